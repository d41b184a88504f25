"""Sets are taken up from the web, within limits."""

from __future__ import annotations

import http.server
import json
import shutil
import threading
from pathlib import Path

import pytest

from tests.parameters.sets import NAME, PARAMETERS, write_set
from twin.errors import ParameterError
from twin.parameters.library import download
from twin.parameters.library.archive import add, pack


@pytest.fixture
def packed(tmp_path):
    return pack(write_set(tmp_path / "made"), tmp_path / "out")


class Answers(http.server.BaseHTTPRequestHandler):
    """Files of a folder, and redirects: ``/to?<address>``."""

    folder: Path

    def do_GET(self) -> None:
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        file = self.folder / self.path.lstrip("/")
        self.send_response(200 if file.is_file() else 404)
        self.end_headers()
        if file.is_file():
            self.wfile.write(file.read_bytes())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web(tmp_path, monkeypatch):
    folder = tmp_path / "web"
    folder.mkdir()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    handler = type("Here", (Answers,), {"folder": folder})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_archive_is_taken_up_from_the_web(tmp_path, packed, web):
    folder, address = web
    shutil.copy(packed, folder)
    assert add(f"{address}/{packed.name}", tmp_path / "library").name == NAME
    (folder / "SomeCell.json").write_text(json.dumps(PARAMETERS))
    moved = f"{address}/to?/SomeCell.json"
    assert add(moved, tmp_path / "library", name="SomeCell").name == "SomeCell"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("file:///etc/passwd", "no address that is read"),
        ("ftp://example.org/x.zip", "no address that is read"),
        ("data:application/zip,PK", "no address that is read"),
        ("https://", "no address that is read"),
        ("https://me:secret@example.org/x.zip", "holds a user name or password"),
        ("{web}/absent.zip", "answers 404"),
        ("{web}/to?file:///etc/passwd", "no address that is read"),
        ("{web}/to?ftp://example.org/x", "no address that is read"),
        ("{web}/to?/to?/to?/to?/to?/to?/to?/x", "more than 5 redirects|answers 404"),
        ("http://127.0.0.1:9/x.zip", "cannot be read"),
        ("http://[::1/x.zip", "cannot be read"),
    ],
)
def test_addresses_that_are_refused(tmp_path, web, address, says):
    with pytest.raises(ParameterError, match=says) as told:
        add(address.replace("{web}", web[1]), tmp_path / "library")
    assert "secret" not in str(told.value)
    assert not (tmp_path / "library").exists()


def test_https_is_not_left_for_http():
    with pytest.raises(ParameterError, match="which is not https"):
        download._next("https://example.org/a", "http://example.org/b")


def test_answers_that_are_too_large_or_too_slow_are_refused(web, monkeypatch):
    folder, address = web
    (folder / "large.json").write_bytes(b"x" * 1000)
    with pytest.raises(ParameterError, match="more than 100 bytes"):
        download.fetch(f"{address}/large.json", largest=100)
    monkeypatch.setattr(download, "LONGEST_S", -1.0)
    with pytest.raises(ParameterError, match="try again later"):
        download.fetch(f"{address}/large.json")
