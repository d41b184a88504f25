"""A file from the web, with a limit on everything."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urljoin, urlsplit

from twin.errors import ParameterError

SCHEMES = ("https", "http")
LARGEST = 40_000_000
CONNECT_S = 10.0
READ_S = 30.0
LONGEST_S = 300.0
MOST_REDIRECTS = 5
_CHUNK = 8192


def fetch(url: str, largest: int = LARGEST) -> bytes:
    """Return what is behind an address.

    Parameters
    ----------
    url : an ``https`` or ``http`` address
    largest : how much is read at most [bytes]

    Raises
    ------
    ParameterError
        for another kind of address, also where a redirect leads to one; if the answer is too
        large or too slow; if there is none.
    """
    import requests

    deadline = time.monotonic() + LONGEST_S
    try:
        with requests.Session() as session:
            for _ in range(MOST_REDIRECTS + 1):
                _check(url)
                with session.get(
                    url, stream=True, timeout=(CONNECT_S, READ_S), allow_redirects=False
                ) as answer:
                    if not answer.is_redirect:
                        return _body(answer, url, largest, deadline)
                    url = _next(url, answer.headers["location"])
    except (OSError, ValueError) as error:  # those of requests are OSErrors
        reason = str(error).partition("\n")[0][:200]
        raise ParameterError(f"{url} cannot be read ({reason}); check the address") from None
    raise ParameterError(f"{url}: more than {MOST_REDIRECTS} redirects; give the last address")


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme.lower() not in SCHEMES or not parts.hostname:
        raise ParameterError(
            f"'{url[:200]}' is no address that is read; allowed are https:// and http://, and for "
            "files on this machine their path"
        )
    if parts.username is not None or parts.password is not None:
        raise ParameterError(
            f"the address at {parts.hostname} holds a user name or password; download the file "
            "yourself and give its path"
        )


def _next(url: str, location: str) -> str:
    """Return where a redirect leads."""
    target = urljoin(url, location)
    _check(target)
    if urlsplit(url).scheme.lower() == "https" and urlsplit(target).scheme.lower() != "https":
        raise ParameterError(f"{url} leads to {target}, which is not https; check the address")
    return target


def _body(answer: Any, url: str, largest: int, deadline: float) -> bytes:
    if answer.status_code != 200:
        raise ParameterError(
            f"{url} answers {answer.status_code} ({answer.reason}); check the address"
        )
    found = bytearray()
    for chunk in answer.iter_content(_CHUNK):
        found += chunk
        if len(found) > largest:
            raise ParameterError(f"{url} holds more than {largest} bytes, the most that is read")
        if time.monotonic() > deadline:
            raise ParameterError(f"{url} took more than {LONGEST_S:g} s; try again later")
    return bytes(found)
