"""What is known of a parameter set by its name or path, without loading PyBaMM.

A name is one of PyBaMM's sets, or that of a set in a library; a path is one of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from twin.catalogue import CATALOGUE, SetInfo, info_from_names
from twin.errors import ParameterError
from twin.parameters.library.finding import (
    BUNDLED,
    PARAMETERS_FILE,
    Location,
    find,
    is_path,
    sets_in,
)

if TYPE_CHECKING:
    from twin.parameters.parameter_set import ParameterSet

CAPACITY = "Nominal cell capacity [A.h]"
LIMITS = ("Lower voltage cut-off [V]", "Upper voltage cut-off [V]")


def known_set(given: str, project: Path | None = None) -> SetInfo | None:
    """Return what a set can be used for, ``None`` where there is no such set.

    Parameters
    ----------
    given : name of a set of PyBaMM or of a library, or a path
    project : folder of the study

    Raises
    ------
    ParameterError
        for a set that is there and cannot be read, with everything that is wrong with it.
    """
    if given in CATALOGUE:
        return CATALOGUE[given]
    try:
        location = find(given, project)
    except ParameterError:
        return None
    return _info(location.name, location.path, _changed(location.path))


def located(given: str, project: Path) -> str:
    """Return a set as a study keeps it: its name, or the absolute path where only that is sure.

    The sets of PyBaMM and those that come along have their names everywhere; others are where
    the study finds them. What is not found stays as it is.
    """
    if given in CATALOGUE:
        return given
    try:
        location = find(given, project)
    except ParameterError:
        return given
    return given if location.origin == "bundled" else str(location.path.absolute())


def set_name(given: str) -> str:
    """Return the name of a set that is given by name or path.

    >>> set_name("OKane2022"), set_name("/home/me/MyCell2026")
    ('OKane2022', 'MyCell2026')
    """
    if not is_path(given):
        return given
    path = Path(given)
    return path.parent.name if path.name == PARAMETERS_FILE else path.name.removesuffix(".json")


def content_hash(given: str) -> str:
    """Return what the numbers of a set follow from, wherever it is.

    For one of PyBaMM's sets its name, else the SHA-256 of its values.
    """
    if given in CATALOGUE:
        return given
    try:
        location = find(given)
    except ParameterError:
        return given
    return read_once(location).content_hash


def every_set() -> Iterator[SetInfo]:
    """Yield all sets that a name means everywhere: PyBaMM's, and those that come along."""
    yield from CATALOGUE.values()
    for name in sets_in(BUNDLED):
        yield _info(name, BUNDLED / name, _changed(BUNDLED / name))


def every_name() -> list[str]:
    """Return the names of these sets."""
    return [*CATALOGUE, *sets_in(BUNDLED)]


def read_once(location: Location) -> ParameterSet:
    """Return a set; one that was read before, as long as its files are as they were."""
    return _read(location.name, location.path, _changed(location.path))


def _changed(path: Path) -> tuple[int, ...]:
    """Return when each file of a set was changed last."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return tuple(file.lstat().st_mtime_ns for file in (path, *files))


@lru_cache(maxsize=64)
def _read(name: str, path: Path, changed: tuple[int, ...]) -> ParameterSet:
    from twin.parameters.parameter_set import read_set

    return read_set(path, name)


@lru_cache(maxsize=64)
def _info(name: str, path: Path, changed: tuple[int, ...]) -> SetInfo:
    found = _read(name, path, changed)
    numbers = {key: found.number(key) for key in (CAPACITY, *LIMITS)}
    return info_from_names(name, found.values.keys(), numbers)
