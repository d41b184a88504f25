"""Check-up tables: capacity, lost lithium and material, resistance, thickness over a life.

A table has one row per check-up, or one per cell and check-up. The column map says what each
column is and in which unit or meaning (``fraction left``, ``percent lost``, ...); nothing is
taken from the numbers. What cannot be true is refused with its row.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from twin.data import units
from twin.data.cells import EMPTY, GOOD, numbers
from twin.data.columns import Column, column_of
from twin.data.quality import Finding, Quality, in_words
from twin.data.table import PLAIN, Table, TextFormat, read_table, selected
from twin.data.vocabulary import ABSCISSAE, QUANTITIES, VOCABULARY
from twin.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd


FRACTION_LIKE_PERCENT = 5.0
MOSTLY_LOST_PERCENT = 50.0
MIXED_UNITS = 100.0


@dataclass(frozen=True)
class CheckupTable:
    """Check-ups of one cell, in order.

    Parameters
    ----------
    file : where they are from
    x_name : ``"cycle"``, ``"efc"`` or ``"time_d"``
    x : the abscissa, increasing (not decreasing if repeats are kept), shape (n,)
    values : quantity -> numbers in our units, shape (n,); NaN where it was not measured
    sd : quantity -> standard deviations, shape (n,), of those that have them
    rows : line or row of the file, shape (n,)
    quality : what was found in the file
    """

    file: str
    x_name: str
    x: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]
    rows: NDArray[np.int64]
    quality: Quality
    sd: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.x)

    def of(self, quantity: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return abscissa and numbers of one quantity where it was measured.

        Raises
        ------
        DataError
            If the table has no such quantity.
        """
        if quantity not in self.values:
            raise DataError(
                f"{self.file}: no '{quantity}' was read; there is {', '.join(self.values)}"
                f"{nearest(quantity, self.values)}"
            )
        there = np.isfinite(self.values[quantity])
        return self.x[there], self.values[quantity][there]

    def frame(self) -> pd.DataFrame:
        """Return the table as a DataFrame; standard deviations end in ``_sd``."""
        import pandas as pd

        spread = {f"{name}_sd": values for name, values in self.sd.items()}
        return pd.DataFrame({self.x_name: self.x, **self.values, **spread})


def read_checkups(
    file: str | Path,
    columns: Mapping[str, str | Mapping[str, str] | Column],
    *,
    where: Mapping[str, object] | None = None,
    x: str | None = None,
    limits: tuple[float | None, float | None] = (None, None),
    repeats: Literal["refuse", "keep"] = "refuse",
    text: TextFormat = PLAIN,
) -> CheckupTable:
    """Return the check-ups of one cell from a table.

    Parameters
    ----------
    file : text, Parquet or MATLAB
    columns : quantity of `VOCABULARY` -> its column: a name, for numbers in our unit, or
        ``{"name": ..., "unit": ..., "sd": ...}``, where ``unit`` is a unit or a meaning of
        `VOCABULARY` and ``sd`` another column
    where : column -> value; only rows that have it are read
    x : which of ``cycle``, ``efc``, ``time_d`` orders the table; the only one by default
    limits : first and last abscissa that is used, in our unit, both included
    repeats : whether two different rows at one abscissa are refused or both kept; a row that
        says the same twice is always read once, and reported
    text : how a text file is written

    Raises
    ------
    DataError
        If the file cannot be read as described, no row is left, a cell is no number, a value
        cannot be true in the unit given, or the abscissa does not increase.

    Examples
    --------
    >>> read_checkups("life.csv", {"cycle": "N", "capacity_Ah": {"name": "Q", "unit": "mA.h"},
    ...     "lli_percent": {"name": "n_Li", "unit": "fraction left"}},
    ...     where={"cell": "A1"})  # doctest: +SKIP
    """
    path = Path(file)
    asked = {key: column_of(path, key, given, VOCABULARY) for key, given in columns.items()}
    x_name = _abscissa(path, asked, x)
    chosen = {**(where or {})}
    spread = [column.sd for column in asked.values() if column.sd is not None]
    names = [*(column.name for column in asked.values()), *spread, *chosen]
    table = selected(read_table(path, names, text=text), chosen)
    findings = list(table.findings)
    _refuse_uneven(path, findings)
    values = {
        key: _values(table, key, column, text.decimal, findings) for key, column in asked.items()
    }
    sd = {
        key: _deviations(table, key, column, text.decimal)
        for key, column in asked.items()
        if column.sd is not None
    }
    keep = _kept(table, x_name, values, limits, findings)
    keep = _ordered(table, x_name, values, keep, repeats, findings)
    for key in QUANTITIES:
        if key in values:
            _check_range(table, key, asked[key], values[key], keep)
    abscissa = values.pop(x_name)
    others = {key: numbers[keep] for key, numbers in values.items() if key not in ABSCISSAE}
    return CheckupTable(
        file=str(path),
        x_name=x_name,
        x=abscissa[keep],
        values=others,
        rows=table.rows[keep],
        quality=Quality(str(path), table.word, len(table.rows), len(keep), tuple(findings)),
        sd={key: numbers[keep] for key, numbers in sd.items()},
    )


def _abscissa(path: Path, asked: Mapping[str, Column], x: str | None) -> str:
    """Return the name of the abscissa."""
    given = [key for key in asked if key in ABSCISSAE]
    if len(given) == len(asked):
        raise DataError(
            f"{path}: columns must name at least one of {', '.join(QUANTITIES)}; given: "
            f"{', '.join(asked) or 'nothing'}"
        )
    if x is None and len(given) == 1:
        return given[0]
    if x in given:
        return str(x)
    raise DataError(
        f"{path}: columns must name the abscissa, one of {', '.join(ABSCISSAE)}; given: "
        f"{', '.join(given) or 'none'}" + (f", and x: {x}" if x is not None else "")
    )


def _refuse_uneven(path: Path, findings: list[Finding]) -> None:
    """Raise if rows could not be taken apart: a check-up table is too short to lose any."""
    for finding in findings:
        if finding.done == "kept out":
            raise DataError(f"{path}, {finding.sentence('line').removesuffix('; kept out')}")


def _values(
    table: Table, key: str, column: Column, decimal: str, findings: list[Finding]
) -> NDArray[np.float64]:
    """Return a column in our unit, NaN where a cell is empty."""
    raw, codes = numbers(table.cells[column.name], decimal)
    bad = np.flatnonzero((codes != GOOD) & (codes != EMPTY))
    if bad.size or (key in ABSCISSAE and (codes == EMPTY).any()):
        bad = bad if bad.size else np.flatnonzero(codes == EMPTY)
        cell = table.cells[column.name][bad[0]]
        raise DataError(
            f"{table.path}, {in_words(table.rows[bad].tolist(), table.word)}, column "
            f"'{column.name}': '{cell}' is not a finite number; correct the file or the column map"
        )
    empty = codes == EMPTY
    if empty.any():
        rows = tuple(table.rows[empty].tolist())
        findings.append(Finding("not measured", rows, "left empty", column.name))
    return VOCABULARY[key].units[column.unit](raw)


def _deviations(table: Table, key: str, column: Column, decimal: str) -> NDArray[np.float64]:
    """Return standard deviations in our unit; they have to be positive where they are given."""
    raw, codes = numbers(table.cells[str(column.sd)], decimal)
    bad = np.flatnonzero((codes != EMPTY) & ~(raw > 0))
    if bad.size:
        raise DataError(
            f"{table.path}, {in_words(table.rows[bad].tolist(), table.word)}, column "
            f"'{column.sd}': a standard deviation has to be a number above zero"
        )
    return VOCABULARY[key].units[column.unit].width(raw)


def _kept(
    table: Table,
    x_name: str,
    values: Mapping[str, NDArray[np.float64]],
    limits: tuple[float | None, float | None],
    findings: list[Finding],
) -> NDArray[np.intp]:
    """Return the places of rows within the limits, and of rows that say anything."""
    x = values[x_name]
    meaning = ABSCISSAE[x_name]
    beyond = np.flatnonzero((x < meaning.lowest) | (x > meaning.highest))
    if beyond.size:
        raise DataError(
            f"{table.path}, {in_words(table.rows[beyond].tolist(), table.word)}: {x_name} = "
            f"{x[beyond[0]]:g} is not possible; allowed is {meaning.lowest:g} to "
            f"{meaning.highest:g}"
        )
    first, last = limits
    within = (x >= (-np.inf if first is None else first)) & (
        x <= (np.inf if last is None else last)
    )
    some = np.zeros(len(x), dtype=bool)
    for key, column in values.items():
        some |= np.isfinite(column) if key in QUANTITIES else False
    if not within.all():
        cut = tuple(table.rows[~within].tolist())
        findings.append(Finding("outside the limits", cut, "cut"))
    if not some.all():
        findings.append(Finding("empty", tuple(table.rows[~some].tolist()), "kept out"))
    keep = np.flatnonzero(within & some)
    if not keep.size:
        raise DataError(
            f"{table.path}: no check-up is left; {x_name} is {x.min():g} to {x.max():g}, the "
            f"limits are {first} to {last}"
        )
    return keep


def _ordered(
    table: Table,
    x_name: str,
    values: Mapping[str, NDArray[np.float64]],
    keep: NDArray[np.intp],
    repeats: str,
    findings: list[Finding],
) -> NDArray[np.intp]:
    """Return the places of rows whose abscissa increases; raise where it does not."""
    if repeats not in ("refuse", "keep"):
        raise DataError(f"repeats '{repeats}': allowed are refuse and keep")
    x = values[x_name]
    back = np.flatnonzero(np.diff(x[keep]) < 0)
    if back.size:
        before, at = keep[back[0]], keep[back[0] + 1]
        raise DataError(
            f"{table.path}, {table.word} {table.rows[at]}: {x_name} goes back from {x[before]:g} "
            f"to {x[at]:g}; sort the table, or choose one cell with 'where'"
        )
    every = np.column_stack([values[key] for key in values])
    twice: list[int] = []
    for before, at in itertools.pairwise(keep):
        if x[before] != x[at]:
            continue
        if np.array_equal(every[before], every[at], equal_nan=True):
            twice.append(int(at))
        elif repeats == "refuse":
            raise DataError(
                f"{table.path}, {table.word}s {table.rows[before]} and {table.rows[at]}: two "
                f"different check-ups at {x_name} = {x[at]:g}; choose one cell with 'where', or "
                "keep both with repeats: keep"
            )
    if twice:
        rows = tuple(table.rows[twice].tolist())
        findings.append(Finding("repeated row", rows, "kept out"))
    return np.setdiff1d(keep, np.array(twice, dtype=np.intp))


def _check_range(
    table: Table,
    key: str,
    column: Column,
    values: NDArray[np.float64],
    keep: NDArray[np.intp],
) -> None:
    """Raise if a value cannot be true in the unit or with the meaning given."""
    meaning = QUANTITIES[key]
    kept = values[keep]
    where = f"{table.path}, column '{column.name}'"
    there = kept[np.isfinite(kept)]
    if not there.size:
        raise DataError(f"{where}: no row has a value; leave {key} out")
    if key == "capacity_percent" and there.max() < FRACTION_LIKE_PERCENT:
        raise DataError(
            f"{where}: the largest capacity is {there.max():g} %; is the unit 'fraction left'?"
        )
    beyond = keep[(kept < meaning.lowest) | (kept > meaning.highest)]
    if beyond.size:
        raise DataError(
            f"{where}, {in_words(table.rows[beyond].tolist(), table.word)}: {key} = "
            f"{values[beyond[0]]:g} is not possible (allowed is {meaning.lowest:g} to "
            f"{meaning.highest:g}); is the unit or meaning '{column.unit}' right?"
        )
    _check_sizes(table, where, key, values, keep)
    if (
        meaning.units is units.PERCENT_LOST
        and there[0] > MOSTLY_LOST_PERCENT
        and there[0] >= there[-1]
    ):
        raise DataError(
            f"{where}: {key} begins at {there[0]:g} % lost and does not grow; is what is given "
            f"what is left ('fraction left', 'percent left')?"
        )


def _check_sizes(
    table: Table, where: str, key: str, values: NDArray[np.float64], keep: NDArray[np.intp]
) -> None:
    """Raise if single values are a hundred times the others: two units in one column."""
    if QUANTITIES[key].lowest <= 0:
        return
    usual = float(np.nanmedian(values[keep]))
    apart = keep[values[keep] > MIXED_UNITS * usual]
    if apart.size:
        raise DataError(
            f"{where}, {in_words(table.rows[apart].tolist(), table.word)}: {key} = "
            f"{values[apart[0]]:g}, the others are about {usual:g}; are there two units?"
        )
