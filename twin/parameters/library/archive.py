"""Parameter sets packed into one file, and taken up from elsewhere.

An archive ``<Name>-<hash>.celltwin.zip`` holds one folder ``<Name>`` with the files of the set and
``hashes.json``, the SHA-256 of each and of the whole. It is not compressed, so the same set makes
the same archive to the byte, on every machine.

What is taken up is read into memory, verified, written into a folder that starts with a dot inside
the library, checked there, and then renamed: a set is there as a whole or not at all, and nothing
outside the library is written.
"""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from twin.errors import ParameterError
from twin.parameters.library.bare_file import set_of
from twin.parameters.library.download import fetch
from twin.parameters.library.finding import (
    PARAMETERS_FILE,
    Location,
    check_name,
    is_set,
    new_name,
    user_folder,
)
from twin.parameters.library.set_files import (
    HASHES_FILE,
    LARGEST_SET,
    canonical,
    files_of,
    hashes,
    hashes_text,
    sha256,
    verified,
)
from twin.parameters.library.zip_reading import read_archive
from twin.parameters.provenance import FILE as PROVENANCE_FILE
from twin.parameters.strict_files import read_json, read_yaml

SUFFIX = ".celltwin.zip"
SHOWN_DIGITS = 8
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16
_UNIX = 3
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_STATED = re.compile(rf"-([0-9a-f]{{{SHOWN_DIGITS}}}){re.escape(SUFFIX)}$")
_ZIP = b"PK"
Check = Callable[[Path], object]


@dataclass(frozen=True)
class _Incoming:
    """A set that was read: its name, files, and content hash where one was stated."""

    name: str
    files: Mapping[str, bytes]
    stated: str | None = None


def sha256_of_set(path: Path) -> str:
    """Return the SHA-256 of the values of a set and of where they come from.

    Spaces, comments, the order of keys and how a number is written do not matter; README and
    other files do not enter.

    Parameters
    ----------
    path : folder of the set, or a BPX file

    Raises
    ------
    ParameterError
        if a file cannot be read.
    """
    path = Path(path)
    file = path if path.is_file() else path / PARAMETERS_FILE
    beside = path / PROVENANCE_FILE
    return _sha256_of(file, beside, _changed(file), _changed(beside))


def _changed(file: Path) -> tuple[int, int] | None:
    """Return what tells a file from what it was before, ``None`` where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=64)
def _sha256_of(file: Path, beside: Path, *changed: object) -> str:
    """Return the hash of two files; a fit asks for that of one set a thousand times."""
    parameters = read_json(file, str(file))
    provenance = read_yaml(beside) if beside.is_file() else None
    content = {"parameters": canonical(parameters), "provenance": canonical(provenance)}
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


def pack(folder: Path, target: Path, check: Check | None = None) -> Path:
    """Return the archive that was made of a set.

    Parameters
    ----------
    folder : the set; its name is the name of the set
    target : folder for the archive, made if need be
    check : called with the folder first; raises where the set is not sound

    Raises
    ------
    ParameterError
        if the folder is not a set, or the archive cannot be written.
    """
    folder, target = Path(folder).absolute(), Path(target)
    name = check_name(folder.name)
    if target.absolute().is_relative_to(folder):
        raise ParameterError(f"{target} is inside the set; give another folder for the archive")
    files = files_of(folder)
    if check is not None:
        check(folder)
    content = sha256_of_set(folder)
    held = {**files, HASHES_FILE: hashes_text(hashes(name, files, content))}
    path = target / f"{name}-{content[:SHOWN_DIGITS]}{SUFFIX}"
    partial = target / f".{uuid.uuid4().hex}.partial"
    try:
        target.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(_zipped(name, held))
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise ParameterError(f"{path} cannot be written ({error}); choose another folder") from None
    return path


def _zipped(name: str, files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(files):
            info = zipfile.ZipInfo(f"{name}/{file}", _EARLIEST)
            info.create_system, info.external_attr = _UNIX, _READABLE
            archive.writestr(info, files[file])
    return stream.getvalue()


def add(
    source: str | Path,
    library: Path,
    overwrite: bool = False,
    *,
    check: Check | None = None,
    name: str | None = None,
    checksum: str | None = None,
) -> Location:
    """Return where a set is that was taken up into a folder of sets.

    Parameters
    ----------
    source : folder of a set, archive, BPX file, or ``https``/``http`` address of one of the files
    library : folder of sets, made if need be
    overwrite : whether a set of the name is replaced; it is put back if that fails
    check : called with the set in a folder of its own before it is there; raises where it is
        not sound
    name : name of the set in the library, where it is not to be that of the source
    checksum : SHA-256 of the file, where whoever published it states one

    Raises
    ------
    ParameterError
        if the set is not sound, was changed after packing, or is there already. Nothing is
        left behind.
    """
    incoming = _read(source, name, checksum)
    name, library = new_name(name or incoming.name), Path(library).absolute()
    try:
        _check_free(name, library, overwrite)
        with _room(library) as room:
            folder = room / name
            folder.mkdir()
            for file, data in incoming.files.items():
                (folder / file).write_bytes(data)
            _check_content(folder, incoming.stated, source)
            if check is not None:
                check(folder)
            _check_free(name, library, overwrite)
            _put(folder, library / name, room)
    except OSError as error:
        raise ParameterError(f"{library / name} cannot be written ({error})") from None
    origin = "user" if library == user_folder() else "path"
    return Location(name, library / name, origin)


def _read(source: str | Path, name: str | None, checksum: str | None) -> _Incoming:
    text = str(source)
    if isinstance(source, str) and _ADDRESS.match(source):
        return _of_bytes(fetch(source), unquote(urlsplit(source).path), name, checksum)
    path = Path(source).expanduser().absolute()
    try:
        if path.is_dir():
            return _of_folder(path, name, checksum)
        if not path.is_file():
            raise ParameterError(
                f"there is no {text}; give the folder of a set, an archive, a BPX file or an "
                "https address"
            )
        if path.stat().st_size > LARGEST_SET:
            raise ParameterError(f"{text} has more than {LARGEST_SET} bytes, the most that is read")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise ParameterError(f"{text!r} cannot be read ({error})") from None
    return _of_bytes(data, path.name, name, checksum)


def _of_folder(folder: Path, name: str | None, checksum: str | None) -> _Incoming:
    if checksum is not None:
        raise ParameterError(
            f"{folder} is a folder, and a checksum is of a file; pack the folder, or leave it out"
        )
    files = files_of(folder)
    stated = None
    if (folder / HASHES_FILE).is_file():
        _, stated = verified((folder / HASHES_FILE).read_bytes(), files, str(folder))
    return _Incoming(name or folder.name, files, stated)


def _of_bytes(data: bytes, path: str, name: str | None, checksum: str | None) -> _Incoming:
    """Return the set in a file, from its content and the last part of its path or address."""
    file = path.rpartition("/")[2]
    if checksum is not None and sha256(data) != checksum.strip().lower():
        raise ParameterError(
            f"{file} has the SHA-256 {sha256(data)}, not {checksum}; it is not the file that was "
            "published; nothing was added"
        )
    if not data.startswith(_ZIP):
        stem = name or file.removesuffix(".json")
        return _Incoming(stem, set_of(data, stem, file))
    held, files, content = read_archive(data, file)
    named = _STATED.search(file)
    if named is not None and not content.startswith(named[1]):
        raise ParameterError(
            f"{file} holds another set than its name says: its hash starts with "
            f"{content[:SHOWN_DIGITS]}; nothing was added; get the archive anew from who made it"
        )
    return _Incoming(held, files, content)


def _check_content(folder: Path, stated: str | None, source: str | Path) -> None:
    """Raise where a set is not readable or has another content hash than stated."""
    found = sha256_of_set(folder)
    if stated is not None and found != stated:
        raise ParameterError(
            f"{source}: the values have the hash {found}, {HASHES_FILE} says {stated}; nothing was "
            "added; get the archive anew from who made it"
        )


def _check_free(name: str, library: Path, overwrite: bool) -> None:
    """Raise if a set cannot be put into a library under a name."""
    if library.exists() and not library.is_dir():
        raise ParameterError(f"{library} is not a folder; give a folder for parameter sets")
    there = [path.name for path in library.iterdir()] if library.is_dir() else []
    alike = [other for other in there if other.lower() == name.lower() and other != name]
    if alike:
        raise ParameterError(
            f"{library} holds '{alike[0]}', which differs from '{name}' in capitals alone; remove "
            "it, or take the new one up under another name"
        )
    if name not in there:
        return
    if not overwrite:
        raise ParameterError(
            f"{library} holds a set '{name}' already; say that it is to be overwritten, or take "
            "the new one up under another name"
        )
    if not is_set(library / name):
        raise ParameterError(f"{library / name} is there and is no parameter set; remove it first")


@contextmanager
def _room(library: Path) -> Iterator[Path]:
    """Make a folder inside a library for a while; what was made for it goes if that fails."""
    made: list[Path] = []
    for folder in (library, *library.parents):
        if folder.exists():
            break
        made.append(folder)
    try:
        library.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=library) as room:
            yield Path(room)
    except BaseException:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise


def _put(new: Path, place: Path, room: Path) -> None:
    """Rename a folder to its place; one that is there is put back where that fails."""
    old = room / ".old"  # goes with the room; no set is called so
    replaced = os.path.lexists(place)
    if replaced:
        place.rename(old)
    try:
        new.rename(place)
    except BaseException:
        if replaced:
            old.rename(place)
        raise
