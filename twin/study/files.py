"""Files that a study names: where they are and what their header says.

A relative file is looked for from the folder of the study. ``${TWIN_DATA}`` stands for the
environment variable of that name or, where it is unset, for the nearest folder
``shared/data`` above the study or above the working directory. Nothing else is expanded.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

from twin.parameters.known import located
from twin.study.messages import Key, Problem

VARIABLE = "TWIN_DATA"
_WRITTEN = f"${{{VARIABLE}}}"
_LONGEST_HEADER = 1_000_000


def data_folder(folder: Path) -> Path | None:
    """Return what ``${TWIN_DATA}`` stands for, ``None`` where there is no such folder."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).absolute()
    for start in (folder.absolute(), Path.cwd()):
        for above in (start, *start.parents):
            if (above / "shared" / "data").is_dir():
                return above / "shared" / "data"
    return None


def absolute(file: str, folder: Path) -> str:
    """Return a file name as an absolute path; as it is while ``${TWIN_DATA}`` is unknown.

    Raises
    ------
    ValueError
        if another variable is to be expanded.
    """
    rest = file.replace(_WRITTEN, "")
    if "$" in rest or "\0" in file:
        raise ValueError(
            f"'{file}': only {_WRITTEN} is expanded in a file name; write the path without '$'"
        )
    if _WRITTEN in file:
        data = data_folder(folder)
        if data is None:
            return file
        file = file.replace(_WRITTEN, str(data))
    return os.path.normpath(folder.absolute() / file)


def resolve(data: dict[str, Any], folder: Path) -> list[Problem]:
    """Make the file names in the plain data of a study absolute, in place."""
    problems: list[Problem] = []
    _locate_sets(data, folder)
    profiles = _inside(data.get("protocol"), "profile", ("protocol",))
    sizes = _inside(data.get("model"), "sizes", ("model",))
    for owner, key in (*_measured(data), *profiles, *sizes):
        try:
            owner["file"] = absolute(owner["file"], folder)
        except ValueError as error:
            problems.append(Problem((*key, "file"), str(error)))
    return problems


def _locate_sets(data: dict[str, Any], folder: Path) -> None:
    """Write parameter sets that are found from the study's folder as paths, in place."""
    cell, compare = data.get("cell"), data.get("compare")
    if isinstance(cell, dict) and isinstance(cell.get("parameters"), str):
        cell["parameters"] = located(cell["parameters"], folder)
    names = compare.get("parameter_sets") if isinstance(compare, dict) else None
    if isinstance(names, list):
        names[:] = [located(name, folder) if isinstance(name, str) else name for name in names]


def _measured(data: dict[str, Any]) -> list[tuple[dict[str, Any], Key]]:
    compare = data.get("compare")
    entries = compare.get("measured") if isinstance(compare, dict) else None
    return [
        (entry, ("compare", "measured", place))
        for place, entry in enumerate(entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("file"), str)
    ]


def _inside(data: Any, name: str, key: Key) -> list[tuple[dict[str, Any], Key]]:
    """Return every section of a name that names a file, with its key."""
    found: list[tuple[dict[str, Any], Key]] = []
    if isinstance(data, dict):
        section = data.get(name)
        if isinstance(section, dict) and isinstance(section.get("file"), str):
            found.append((section, (*key, name)))
        for part, value in data.items():
            found += _inside(value, name, (*key, part))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            found += _inside(value, name, (*key, place))
    return found


def absence(file: str | Path) -> str:
    """Return why a file cannot be read, or ""."""
    path = Path(file)
    if _WRITTEN in str(file):
        return (
            f"'{file}': the environment variable {VARIABLE} is not set and there is no folder "
            "shared/data above the study or the working directory"
        )
    if path.is_dir():
        return f"{path} is a folder, not a file"
    if not path.is_file():
        return f"there is no file {path}"
    return ""


def header(file: Path) -> list[str] | None:
    """Return the column names of a CSV file; ``None`` for another kind of file.

    Raises
    ------
    ValueError
        if there is no header that can be read.
    """
    if file.suffix.lower() != ".csv":
        return None
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline(_LONGEST_HEADER)
        rows = list(csv.reader([first], delimiter=";" if ";" in first else ","))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{file} has no header that can be read ({error})") from None
    if not rows or not any(name.strip() for name in rows[0]):
        raise ValueError(f"{file} is empty or starts with an empty line; give it a header")
    return [name.strip() for name in rows[0]]
