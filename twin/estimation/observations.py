"""What was measured, as series: one quantity of one experiment over age or time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import DataError
from twin.estimation.sections import (
    AGES,
    ColumnSection,
    CurveSection,
    ExperimentSection,
    FitStudy,
    TableSection,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """One measured quantity of one experiment.

    Parameters
    ----------
    experiment, quantity : of what
    age : ``cycle``, ``efc`` or ``time_d``; ``time_s`` for a curve
    x, y : ages and values
    sd : standard deviation of each value, where it is known; NaN elsewhere
    curve : which curve of the experiment, ``None`` for a table
    stage : in which stage it is fitted
    source : file and rows, for messages and provenance
    """

    experiment: str
    quantity: str
    age: str
    x: Array
    y: Array
    sd: Array
    curve: int | None
    stage: str
    source: str

    def until(self, age: float) -> Series:
        """Return the part up to an age."""
        keep = self.x <= age
        return replace(self, x=self.x[keep], y=self.y[keep], sd=self.sd[keep])

    def beyond(self, age: float) -> Series:
        """Return the part after an age."""
        keep = self.x > age
        return replace(self, x=self.x[keep], y=self.y[keep], sd=self.sd[keep])


def observations(fit: FitStudy) -> list[Series]:
    """Return everything that was measured; tables of one quantity and age become one series.

    Raises
    ------
    DataError
        for a file that is absent or cannot be read as described.
    """
    found: list[Series] = []
    for experiment in fit.experiments:
        for table in experiment.tables:
            found += _table(experiment.name, table)
        for place, curve in enumerate(experiment.curves):
            found += _curve(experiment.name, place, curve)
    return _joined([series for series in found if series.x.size])


def _joined(found: Sequence[Series]) -> list[Series]:
    """Return series with those over life of one quantity, age and stage put together, by age."""
    together: dict[tuple[str, str, str, str, int | None], list[Series]] = {}
    for one in found:
        key = (one.experiment, one.quantity, one.age, one.stage, one.curve)
        together.setdefault(key, []).append(one)
    return [own[0] if len(own) == 1 else _one_of(own) for own in together.values()]


def _one_of(parts: Sequence[Series]) -> Series:
    x, y, sd = (np.concatenate([getattr(s, key) for s in parts]) for key in ("x", "y", "sd"))
    order = np.argsort(x, kind="stable")
    source = ", ".join(dict.fromkeys(s.source for s in parts))
    return replace(parts[0], x=x[order], y=y[order], sd=sd[order], source=source)


def data_hash(measured: Sequence[Series]) -> str:
    """Return the SHA-256 of what was measured and how surely: numbers, not file names."""
    digest = hashlib.sha256()
    for series in measured:
        digest.update(f"{series.experiment} {series.quantity} {series.age}".encode())
        for values in (series.x, series.y, series.sd):
            digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return digest.hexdigest()


def files_of(experiment: ExperimentSection) -> list[Path]:
    """Return the files of an experiment's measurements."""
    tables = [table.file for table in experiment.tables if table.file is not None]
    return [Path(file) for file in (*tables, *(curve.file for curve in experiment.curves))]


def _table(experiment: str, table: TableSection) -> list[Series]:
    columns, given, source = _from_file(table) if table.file else _given(experiment, table)
    age = columns.pop(table.age)
    found = []
    for name, y in columns.items():
        sd = given.get(name, np.full(y.shape, np.nan))
        keep = np.isfinite(age) & np.isfinite(y) & _wanted(table, age)
        parts = (age[keep], y[keep], sd[keep])
        found.append(Series(experiment, name, table.age, *parts, None, table.stage, source))
    return found


_Read = tuple[dict[str, Array], dict[str, Array], str]


def _given(experiment: str, table: TableSection) -> _Read:
    columns = {name: _floats(values) for name, values in table.values.items()}
    for name, values in columns.items():
        _check_possible(f"experiment '{experiment}', values.{name}", name, values)
    return columns, {name: _floats(sd) for name, sd in table.sd.items()}, "given in the fit"


def _check_possible(where: str, name: str, values: Array) -> None:
    """Refuse numbers that cannot be true in our units, as in a file."""
    from twin.data.checkups import FRACTION_LIKE_PERCENT
    from twin.data.vocabulary import VOCABULARY

    meaning = VOCABULARY[name]
    beyond = np.flatnonzero((values < meaning.lowest) | (values > meaning.highest))
    if beyond.size:
        raise DataError(
            f"{where}[{beyond[0] + 1}]: {values[beyond[0]]:g} is not possible; allowed is "
            f"{meaning.lowest:g} to {meaning.highest:g} {meaning.unit}"
        )
    known = values[np.isfinite(values)]
    if name == "capacity_percent" and known.size and known.max() < FRACTION_LIKE_PERCENT:
        raise DataError(f"{where}: the largest is {known.max():g} %; give per cent, not fractions")


def _wanted(table: TableSection, age: Array) -> Any:
    low = -np.inf if table.after is None else table.after
    high = np.inf if table.until is None else table.until
    return (age > low) & (age <= high)


def _from_file(table: TableSection) -> _Read:
    from twin.data import read_checkups

    asked = {table.age: table.x, **table.columns}
    columns = {name: _column(given) for name, given in asked.items()}
    file = Path(str(table.file))
    read = read_checkups(file, columns, where=table.where, x=table.age, repeats=table.repeats)
    return {table.age: read.x, **read.values}, dict(read.sd), read.file


def _column(given: ColumnSection | str | None) -> Any:
    if isinstance(given, ColumnSection):
        pairs = {"name": given.column, "unit": given.unit, "sd": given.sd}
        return {key: value for key, value in pairs.items() if value is not None}
    return given


def _floats(values: tuple[float | None, ...]) -> Array:
    return np.array([np.nan if v is None else v for v in values], dtype=float)


def _curve(experiment: str, place: int, curve: CurveSection) -> list[Series]:
    from twin.data import read_columns

    _, columns = read_columns(Path(curve.file), curve.columns)
    time = columns["time_s"] - columns["time_s"][0]
    if np.any(np.diff(time) < 0):
        raise DataError(f"{curve.file}: time runs backwards in column '{curve.columns['time_s']}'")
    end = float(time[-1]) if curve.until_s is None else min(curve.until_s, float(time[-1]))
    x = np.linspace(0.0, end, curve.points + 1)[1:]
    time, keep = np.unique(time, return_index=True)
    return [
        Series(
            experiment,
            name,
            "time_s",
            x,
            np.interp(x, time, columns[name][keep]),
            np.full(x.shape, np.nan),
            place,
            curve.stage,
            curve.file,
        )
        for name in curve.columns
        if name != "time_s"
    ]


def last_age(series: list[Series], age: str) -> float | None:
    """Return the last age of one kind, ``None`` where none of the series has it."""
    ends = [float(s.x.max()) for s in series if s.age == age]
    return max(ends, default=None)


def of_life(series: Series) -> bool:
    """Return whether a series is over life, not a curve."""
    return series.age in AGES
