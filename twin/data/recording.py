"""What a cycler recorded: one file in, one vocabulary out, with a report of what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from twin.data import clock, units
from twin.data.cells import EMPTY, GOOD, INFINITE, NO_NUMBER, Cells, numbers
from twin.data.columns import Column, column_of
from twin.data.direction import check_direction, check_plausible
from twin.data.quality import Kind, Quality
from twin.data.screening import ALWAYS, Screen, screen
from twin.data.table import PLAIN, Table, TextFormat, format_of, read_table, selected
from twin.data.vocabulary import RECORDED
from twin.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

Sign = Literal["charge", "discharge"]
KIND_OF_CELL: Mapping[int, Kind] = {
    EMPTY: "no number",
    NO_NUMBER: "not a number",
    INFINITE: "not finite",
}
SIGNS = ("charge", "discharge")


@dataclass(frozen=True)
class Recording:
    """Rows of a cycler file that can be used, in our units.

    Parameters
    ----------
    file : where they are from
    columns : quantity -> numbers, shape (n,); time does not decrease, the current is positive
        on discharge, NaN only in quantities other than time, current and voltage
    rows : line or row of the file, shape (n,)
    quality : what was found in the file
    """

    file: str
    columns: Mapping[str, NDArray[np.float64]]
    rows: NDArray[np.int64]
    quality: Quality

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, quantity: str) -> bool:
        return quantity in self.columns

    def __getitem__(self, quantity: str) -> NDArray[np.float64]:
        if quantity not in self.columns:
            raise DataError(
                f"{self.file}: no '{quantity}' was read; there is {', '.join(self.columns)}"
                f"{nearest(quantity, self.columns)}"
            )
        return self.columns[quantity]

    def frame(self) -> pd.DataFrame:
        """Return the rows as a DataFrame, indexed by line or row of the file."""
        import pandas as pd

        index = pd.Index(self.rows, name=self.quality.word)
        return pd.DataFrame(dict(self.columns), index=index)


def read_recording(
    file: str | Path,
    columns: Mapping[str, str | Mapping[str, str] | Column] | None = None,
    *,
    positive_on: Sign | None = None,
    kind: str | None = None,
    text: TextFormat = PLAIN,
    where: Mapping[str, object] | None = None,
    nominal_capacity_Ah: float | None = None,
) -> Recording:
    """Return what a cycler recorded.

    Parameters
    ----------
    file : text, Parquet, MATLAB or Battery Data Format
    columns : quantity of `RECORDED` -> its column: a name, for numbers in our unit, or
        ``{"name": ..., "unit": ...}``. ``time_s`` and one more are needed. May be left out for
        Battery Data Format, which fixes names and units
    positive_on : what a positive current of the file does, ``"charge"`` or ``"discharge"``;
        has to be said where ``current_A`` is read, except for Battery Data Format
    kind : ``"text"``, ``"parquet"``, ``"mat"`` or ``"bdf"``; by default what the ending says
    text : how a text file is written
    where : column -> value; only rows that have it are read
    nominal_capacity_Ah : capacity of the cell [A.h], if known; lets wrong units of time or
        current be seen

    Raises
    ------
    DataError
        If the file cannot be read as described, too much of it would have to be kept out, the
        current has the other sign, or values look like another unit.

    Notes
    -----
    A row without a readable time, current or voltage, outside what is possible, said twice, or
    against the clock is kept out and listed in ``quality``. Other quantities are left empty.
    """
    path = Path(file)
    is_bdf = path.is_file() and format_of(path, kind) == "bdf"
    if columns is None and is_bdf:
        from twin.data.bdf_format import labels_in

        columns = labels_in(path)
    asked = _asked(path, columns)
    sign = _sign(path, asked, positive_on, is_bdf=is_bdf)
    chosen = {**(where or {})}
    names = [*(column.name for column in asked.values()), *chosen]
    table = selected(read_table(path, names, kind=kind, text=text), chosen)
    state = Screen(table.rows, table.word, str(path), list(table.findings))
    values = {key: _numbers(table, key, column, text, state) for key, column in asked.items()}
    if "current_A" in values and sign == "charge":
        values["current_A"] = 0.0 - values["current_A"]  # no negative zeros
    keep = screen(state, {key: column.name for key, column in asked.items()}, values)
    kept = {key: column[keep] for key, column in values.items()}
    rows = table.rows[keep]
    notes = check_plausible(str(path), kept, nominal_capacity_Ah)
    notes += check_direction(str(path), table.word, rows, kept)
    found = tuple(state.findings)
    quality = Quality(str(path), table.word, state.read, len(rows), found, tuple(notes))
    return Recording(str(path), kept, rows, quality)


def _asked(path: Path, columns: Mapping[str, Any] | None) -> dict[str, Column]:
    """Return the columns asked for; raise unless they name time and something else."""
    if columns is None:
        raise DataError(
            f"{path}: give the columns: time_s and at least one of {', '.join(list(RECORDED)[1:])}"
        )
    asked = {key: column_of(path, key, given, RECORDED) for key, given in columns.items()}
    if "time_s" not in asked or len(asked) == 1:
        raise DataError(
            f"{path}: columns must name time_s and at least one of "
            f"{', '.join(list(RECORDED)[1:])}; given: {', '.join(asked) or 'nothing'}"
        )
    for column in asked.values():
        if column.sd is not None:
            raise DataError(f"{path}: sd is read from check-up tables only; take it out")
    return asked


def _sign(
    path: Path, asked: Mapping[str, Column], positive_on: str | None, *, is_bdf: bool
) -> str | None:
    """Return what a positive current of the file does."""
    if positive_on is not None and positive_on not in SIGNS:
        raise DataError(
            f"{path}: positive_on '{positive_on}': allowed are {', '.join(SIGNS)}"
            f"{nearest(str(positive_on), SIGNS)}"
        )
    if is_bdf and positive_on == "discharge":
        raise DataError(
            f"{path}: Battery Data Format counts the current positive on charge; take positive_on "
            "out, or name another format"
        )
    if is_bdf:
        return "charge"
    if "current_A" in asked and positive_on is None:
        raise DataError(
            f"{path}: say what a positive current does: positive_on: charge, or discharge"
        )
    return positive_on


def _numbers(
    table: Table, key: str, column: Column, text: TextFormat, state: Screen
) -> NDArray[np.float64]:
    """Return a column in our unit, NaN where there is no number; note rows that have none."""
    cells: Cells = table.cells[column.name]
    decimal = text.decimal if table.word == "line" else "."
    if column.unit in units.CLOCK_TEXTS:
        cells, decimal = clock.seconds(cells, column.unit), "."
    raw, codes = numbers(cells, decimal)
    for code in np.unique(codes[codes != GOOD]).tolist():
        places = np.flatnonzero(codes == code)
        seen = table.cells[column.name][int(places[0])]
        state.note(KIND_OF_CELL[code], places, key, column.name, repr(seen)[:60])
    if key in ALWAYS:
        state.bad |= codes != GOOD
    return RECORDED[key].units[column.unit](raw)
