"""Cells of a file as numbers, or as what they are instead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Cells = Sequence[object] | NDArray[np.generic]
# codes of `numbers`
GOOD, EMPTY, NO_NUMBER, INFINITE = range(4)
_NOTHING = {"", "nan", "na", "n/a", "null", "none", "-nan", "#n/a"}


def numbers(cells: Cells, decimal: str = ".") -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Return cells as floats, NaN where there is no finite number, and what each cell is.

    Parameters
    ----------
    cells : texts, numbers or anything else
    decimal : decimal sign of texts

    Returns
    -------
    tuple
        values, shape (n,); codes ``GOOD``, ``EMPTY``, ``NO_NUMBER`` or ``INFINITE``, shape (n,)
    """
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "fiu":
        values = cells.astype(float)
        codes = np.where(np.isnan(values), EMPTY, np.where(np.isfinite(values), GOOD, INFINITE))
    else:
        plain = _all_plain(cells) if decimal == "." else None
        if plain is not None:
            return numbers(plain)
        values, codes = _numbers_one_by_one(cells, decimal)
    values[codes != GOOD] = np.nan
    return values, codes.astype(np.int8)


def _all_plain(cells: Cells) -> NDArray[np.float64] | None:
    """Return texts that are all numbers as floats, at once, or ``None``."""
    try:
        together = "".join(cells)  # type: ignore[arg-type]
        if "_" in together or not together.isascii():
            return None
        return np.array([float(cell) for cell in cells])  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _numbers_one_by_one(
    cells: Cells, decimal: str
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    values = np.full(len(cells), np.nan)
    codes = np.zeros(len(cells), dtype=np.int64)
    for at, cell in enumerate(cells):
        value = _number(cell, decimal)
        if value is None:
            empty = cell is None or (isinstance(cell, str) and cell.strip().lower() in _NOTHING)
            codes[at] = EMPTY if empty else NO_NUMBER
        elif value != value:
            codes[at] = EMPTY
        elif value in (np.inf, -np.inf):
            codes[at] = INFINITE
        else:
            values[at] = value
    return values, codes


def _number(cell: object, decimal: str) -> float | None:
    if isinstance(cell, str):
        if "_" in cell or not cell.isascii() or (decimal == "," and "." in cell):
            return None
        cell = cell.replace(",", ".") if decimal == "," else cell
    elif isinstance(cell, bool | np.bool_ | bytes):
        return None
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
