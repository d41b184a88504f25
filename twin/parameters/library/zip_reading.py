"""An archive of a parameter set, read into memory and trusted in nothing."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib

from twin.errors import ParameterError
from twin.parameters.library.finding import name_problem
from twin.parameters.library.set_files import HASHES_FILE, check_files, check_sizes, verified

LARGEST_ARCHIVE = 40_000_000
MOST_MEMBERS = 60
HIGHEST_RATIO = 200
SMALL = 100_000  # below, the ratio does not matter [bytes]
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UNREADABLE = (
    zipfile.BadZipFile,
    OSError,
    ValueError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
    OverflowError,
    LookupError,
)
ADVICE = "nothing was added; get the archive anew from who made it"


def read_archive(data: bytes, where: str) -> tuple[str, dict[str, bytes], str]:
    """Return the name of a set, its files without ``hashes.json``, and its content hash.

    Parameters
    ----------
    data : the archive
    where : what messages call it

    Raises
    ------
    ParameterError
        if it is no archive of a set, holds anything else, or is not as its hashes say.
    """
    if len(data) > LARGEST_ARCHIVE:
        raise ParameterError(
            f"{where} has {len(data)} bytes; an archive has at most {LARGEST_ARCHIVE}"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = _checked(archive.infolist(), where)
            files = {file: _content(archive, info) for file, info in infos.items()}
    except ParameterError:
        raise
    except _UNREADABLE as error:
        raise ParameterError(f"{where} is no sound archive ({error}); {ADVICE}") from None
    folder = next(iter(infos.values())).filename.partition("/")[0]
    name, content = verified(files.pop(HASHES_FILE), files, where)
    if name != folder:
        raise ParameterError(
            f"{where}: {HASHES_FILE} names the set {name!r}, its folder is {folder!r}; {ADVICE}"
        )
    return name, files, content


def _checked(infos: list[zipfile.ZipInfo], where: str) -> dict[str, zipfile.ZipInfo]:
    """Return the members of an archive by the name of their file."""
    if len(infos) > MOST_MEMBERS:
        raise ParameterError(f"{where} has {len(infos)} members; at most {MOST_MEMBERS}; {ADVICE}")
    for info in infos:
        problem = _member_problem(info)
        if problem:
            raise ParameterError(
                f"{where}: the member {info.orig_filename[:100]!r} {problem}; {ADVICE}"
            )
    folders = {info.filename.partition("/")[0] for info in infos}
    if len(folders) != 1:
        raise ParameterError(f"{where} holds {len(folders)} folders; a set is one; {ADVICE}")
    files = [info.filename.partition("/")[2] for info in infos]
    if files.count(HASHES_FILE) != 1:
        raise ParameterError(
            f"{where} holds {files.count(HASHES_FILE)} files {HASHES_FILE}, and one is needed; "
            "make archives with celltwin's own packing"
        )
    check_files((file for file in files if file != HASHES_FILE), where)
    check_sizes({info.filename: info.file_size for info in infos}, where)
    return dict(zip(files, infos, strict=True))


def _member_problem(info: zipfile.ZipInfo) -> str:
    """Return why a member cannot be of a set, or ""."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is a link, a folder or a device"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.compress_type not in _METHODS:
        return "is compressed in a way that is not read (only 'stored' and 'deflated' are)"
    if info.file_size > max(SMALL, HIGHEST_RATIO * info.compress_size):
        return f"is compressed more than {HIGHEST_RATIO} times"
    return _path_problem(info.orig_filename) or (
        "" if info.filename == info.orig_filename else "has two names"
    )


def _path_problem(path: str) -> str:
    if "\\" in path:
        return "has a backslash in its name"
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "has an absolute path"
    parts = path.split("/")
    if ".." in parts:
        return "leads out of its folder"
    if len(parts) != 2 or not parts[1]:
        return "is not <name of the set>/<file>"
    problem = name_problem(parts[0])
    return f"has no name of a set before the slash ({problem})" if problem else ""


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as stream:
        data = stream.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise zipfile.BadZipFile(f"{info.filename!r} has not the size that is stated")
    return data
