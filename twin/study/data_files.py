"""Whether the files that a study names can be read, and hold what the study says.

What is in a CSV file is read here, without pandas; a Parquet file is read by the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from twin.data import read_columns
from twin.errors import DataError, nearest
from twin.protocol import Profile
from twin.study.files import absence, header
from twin.study.messages import Problem
from twin.study.sections import MeasuredSection


def file_problem(file: str | Path, columns: Mapping[str, str], advice: str) -> str:
    """Return what is wrong with a file or its header, or ""."""
    absent = absence(file)
    if absent:
        return f"{absent}; {advice}"
    try:
        names = header(Path(file))
    except ValueError as error:
        return str(error)
    if names is not None:
        for column in columns.values():
            if column not in names:
                return (
                    f"{file} has no column '{column}'; it has {', '.join(names)}"
                    f"{nearest(column, names)}"
                )
    return ""


def profile_problem(profile: Profile) -> str:
    """Return why a profile cannot be followed, or ""; a Parquet file is read by the run."""
    if profile.file is None or _is_parquet(profile.file):
        return ""
    try:
        profile.load()
    except DataError as error:
        return str(error)
    return ""


def curve_problems(entry: MeasuredSection) -> Iterator[Problem]:
    """Yield what is wrong with the file of a measured curve, seen from its entry."""
    if entry.optional and absence(entry.file):
        return
    advice = "correct 'file', or write 'optional: true' to go on without it"
    problem = file_problem(entry.file, {}, advice)
    if problem:
        yield Problem(("file",), problem)
        return
    columns = list(_column_problems(entry))
    problem = "" if columns else _content_problem(entry)
    yield from columns
    if problem:
        yield Problem(("file",), problem)


def _column_problems(entry: MeasuredSection) -> Iterator[Problem]:
    for quantity, column in entry.columns.given().items():
        problem = file_problem(entry.file, {quantity: column}, "")
        if problem:
            yield Problem(("columns", quantity), problem)


def _content_problem(entry: MeasuredSection) -> str:
    """Return why a measured curve cannot be read, or ""."""
    file, columns = Path(entry.file), entry.columns.given()
    if _is_parquet(file):
        return ""
    try:
        lines, numbers = read_columns(file, columns)
    except (DataError, OSError) as error:
        return str(error)
    time = numbers["time_s"]
    back = np.flatnonzero(np.diff(time) < 0)
    if not back.size:
        return ""
    at = int(back[0]) + 1
    return (
        f"{file}, line {lines[at]}, column '{columns['time_s']}': time runs backwards from "
        f"{time[at - 1]:g} s to {time[at]:g} s; sort the rows or cut the file"
    )


def _is_parquet(file: Path) -> bool:
    return file.suffix.lower() == ".parquet"
