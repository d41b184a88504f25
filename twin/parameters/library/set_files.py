"""Which files a parameter set consists of, and how large they may be."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from twin.errors import ParameterError
from twin.parameters.bpx.fields import PARTICLE
from twin.parameters.library.finding import PARAMETERS_FILE, RESERVED, name_problem
from twin.parameters.provenance import FILE as PROVENANCE_FILE
from twin.parameters.strict_files import read_json

README_FILE = "README.md"
REQUIRED = (PARAMETERS_FILE, PROVENANCE_FILE, README_FILE)
HASHES_FILE = "hashes.json"
EXTRA_ENDINGS = (".csv", ".md", ".png")
LICENSE_FILE = "LICENSE"
MOST_FILES = 50
LARGEST_FILE = 20_000_000
LARGEST_SET = 40_000_000
FORMAT = 1
ALLOWED = (
    f"a set holds {', '.join(REQUIRED)} and, if need be, {LICENSE_FILE} and files that end in "
    f"{', '.join(EXTRA_ENDINGS)}, named in plain letters and digits"
)
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+ -]{0,99}")


def file_problem(name: str) -> str:
    """Return what is wrong with the name of a file in a set, or "".

    >>> file_problem("potential.csv"), file_problem("README.md")
    ('', '')
    >>> file_problem("run.py").partition(";")[0]
    "'run.py' does not belong into a set"
    """
    plain = _FILE.fullmatch(name) is not None and name.split(".")[0].lower() not in RESERVED
    known = name in (*REQUIRED, LICENSE_FILE) or name.endswith(EXTRA_ENDINGS)
    return "" if plain and known else f"{name[:100]!r} does not belong into a set; {ALLOWED}"


def check_files(names: Iterable[str], where: str) -> None:
    """Raise unless files of these names make a set.

    Raises
    ------
    ParameterError
        if one is missing, does not belong there, or is there twice but for capitals.
    """
    listed = list(names)
    for name in listed:
        problem = file_problem(name)
        if problem:
            raise ParameterError(f"{where}: {problem}")
    lower = [name.lower() for name in listed]
    twice = [name for name in listed if lower.count(name.lower()) > 1]
    if twice:
        raise ParameterError(
            f"{where}: the names {', '.join(sorted(twice))} differ in capitals alone or are there "
            "twice; keep one"
        )
    missing = [name for name in REQUIRED if name not in listed]
    if missing:
        raise ParameterError(f"{where}: {' and '.join(missing)} missing; {ALLOWED}")
    if len(listed) > MOST_FILES:
        raise ParameterError(f"{where}: {len(listed)} files; a set has at most {MOST_FILES}")


def check_sizes(sizes: Mapping[str, int], where: str) -> None:
    """Raise if a file, or all of them together, are too large [bytes].

    Raises
    ------
    ParameterError
        if so; names the file.
    """
    for name, size in sizes.items():
        if size > LARGEST_FILE:
            raise ParameterError(
                f"{where}: {name} has {size} bytes; a file of a set has at most {LARGEST_FILE}"
            )
    if sum(sizes.values()) > LARGEST_SET:
        raise ParameterError(
            f"{where}: all files have {sum(sizes.values())} bytes; a set has at most {LARGEST_SET}"
        )


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the files of a set by name, without ``hashes.json`` and without hidden ones.

    Raises
    ------
    ParameterError
        if something else is in the folder, a file is missing, a link, too large, or unreadable.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        paths = [path for path in paths if path.name != HASHES_FILE]
        for path in paths:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise ParameterError(
                    f"{folder}: {path.name!r} is a folder, a link or no file; a set holds plain "
                    "files alone"
                )
        check_files((path.name for path in paths), str(folder))
        check_sizes({path.name: path.stat().st_size for path in paths}, str(folder))
        return {path.name: path.read_bytes() for path in paths}
    except OSError as error:
        raise ParameterError(
            f"{folder} cannot be read ({error}); give the folder of a set"
        ) from None


def canonical(data: Any) -> Any:
    """Return plain data in which what means the same is the same.

    Whole numbers are floats, so that 1 and 1.0 are the same. The order of keys means nothing but
    under ``Particle``, whose first material is the primary one.
    """
    if isinstance(data, dict):
        return {
            str(key): [[name, canonical(held)] for name, held in value.items()]
            if key == PARTICLE and isinstance(value, dict)
            else canonical(value)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [canonical(value) for value in data]
    if isinstance(data, int) and not isinstance(data, bool):
        with suppress(OverflowError):
            return float(data) if float(data) == data else data
    return data


def sha256(data: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def hashes(name: str, files: Mapping[str, bytes], content: str) -> dict[str, Any]:
    """Return what ``hashes.json`` holds.

    Parameters
    ----------
    name : name of the set
    files : content by name, without ``hashes.json``
    content : hash of the values and their provenance, whatever their formatting
    """
    each = {file: sha256(files[file]) for file in sorted(files)}
    listed = "".join(f"{value}  {file}\n" for file, value in each.items())
    whole = sha256(f"{name}\n{content}\n{listed}".encode())
    return {"format": FORMAT, "name": name, "set": content, "files": each, "whole": whole}


def hashes_text(data: Mapping[str, Any]) -> bytes:
    """Return ``hashes.json`` as it stands in an archive."""
    return (json.dumps(data, indent=2, ensure_ascii=True) + "\n").encode()


def verified(raw: bytes, files: Mapping[str, bytes], where: str) -> tuple[str, str]:
    """Return the name and the content hash that ``hashes.json`` states.

    Raises
    ------
    ParameterError
        unless every file is there, and no other, each with its hash.
    """
    data = read_json(raw, f"{where}, {HASHES_FILE}")
    name, content = _stated(data, where)
    for file in sorted({*files, *data["files"]}):
        if file not in files or data["files"].get(file) != sha256(files[file]):
            raise ParameterError(
                f"{where}: {file[:100]!r} is not what {HASHES_FILE} says: it was changed, added or "
                "left out after packing; get the archive anew from who made it"
            )
    if data != hashes(name, files, content):
        raise ParameterError(
            f"{where}: {HASHES_FILE} contradicts itself; get the archive anew from who made it"
        )
    return name, content


def _stated(data: Any, where: str) -> tuple[str, str]:
    """Return name and content hash of hashes of the right form."""
    form = isinstance(data, dict) and isinstance(data.get("files"), dict)
    if not form or data.get("format") != FORMAT:
        raise ParameterError(
            f"{where}: {HASHES_FILE} is not of format {FORMAT}; pack the set with this version"
        )
    name, content = data.get("name"), data.get("set")
    if not isinstance(name, str) or not isinstance(content, str):
        raise ParameterError(f"{where}: {HASHES_FILE} lacks 'name' or 'set'; pack the set again")
    problem = name_problem(name)
    if problem:
        raise ParameterError(f"{where}: {problem}")
    return name, content
