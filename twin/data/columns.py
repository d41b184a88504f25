"""Where a quantity stands in a file: its column, and the unit or meaning of the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.data import units
from twin.data.vocabulary import Meaning
from twin.errors import DataError, nearest

_KEYS = ("name", "unit", "sd")


@dataclass(frozen=True)
class Column:
    """Where a quantity stands in a file.

    Parameters
    ----------
    name : the column, as the file names it
    unit : unit or meaning of its numbers
    sd : column with the standard deviation in the same unit, if there is one
    """

    name: str
    unit: str
    sd: str | None = None


def column_of(path: Path, key: str, given: Any, vocabulary: Mapping[str, Meaning]) -> Column:
    """Return where a quantity is, as given.

    Parameters
    ----------
    path : the file, for messages
    key : the quantity, as we name it
    given : a column's name, for numbers in our unit, or ``{"name": ..., "unit": ..., "sd": ...}``
    vocabulary : quantities of such a file

    Raises
    ------
    DataError
        If the quantity or the unit is unknown, or the column's name states another unit.
    """
    if key not in vocabulary:
        raise DataError(
            f"{path}: '{key}' is not a quantity of such a file; allowed are "
            f"{', '.join(vocabulary)}{nearest(key, vocabulary)}"
        )
    meaning = vocabulary[key]
    column = given
    if isinstance(given, str):
        column = Column(given, meaning.unit)
    elif isinstance(given, Mapping):
        unknown = [word for word in given if word not in _KEYS]
        if unknown or "name" not in given:
            raise DataError(
                f"{path}, columns.{key}: give name and unit, and sd if there is one; given: "
                f"{', '.join(map(str, given)) or 'nothing'}"
            )
        column = Column(str(given["name"]), str(given.get("unit", meaning.unit)), given.get("sd"))
    if not isinstance(column, Column):
        raise DataError(f"{path}, columns.{key}: give a column's name, or name and unit")
    _check_unit(path, key, column, meaning)
    return column


def _check_unit(path: Path, key: str, column: Column, meaning: Meaning) -> None:
    if column.unit not in meaning.units:
        raise DataError(
            f"{path}, columns.{key}: unit '{column.unit}' is not one of {', '.join(meaning.units)}"
            f"{nearest(column.unit, meaning.units)}"
        )
    stated = units.contradiction(column.name, column.unit, meaning.units)
    if stated is not None:
        raise DataError(
            f"{path}, columns.{key}: the column '{column.name}' says {stated}, but the unit given "
            f"is {column.unit}; give the unit of the numbers, or rename the column"
        )
