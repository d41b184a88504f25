"""Rows of the cycles that were jumped over, between simulated ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

from twin.ageing.jumps.drift import Vector
from twin.ageing.jumps.landing import MEASURED, MODES
from twin.ageing.measure import Row

EFFORT = ("solver_steps", "newton_iterations", "factorisations")
FAST = (*MEASURED, "coulombic_efficiency", "energy_efficiency")
EXTREME = ("minimum_", "maximum_")
LARGEST_STEP = 2.0  # of the usual loss in a cycle: one that loses more is told as it was measured


@dataclass(frozen=True)
class Anchor:
    """A measured unit: age of the stretch, its rows, and those of the unit before it."""

    place: float
    rows: Sequence[Row]
    previous: Sequence[Row]

    def moved(self, rows: Sequence[Row]) -> list[Row]:
        """Return rows as they were a unit earlier, if they change as those of this unit did."""
        return [
            {
                name: value - (now[name] - then[name]) if is_number(value) else value
                for name, value in row.items()
            }
            for row, now, then in zip(rows, self.rows, self.previous, strict=True)
        ]


def filled_rows(
    anchors: Sequence[Anchor], latest: Sequence[Row], after: Anchor, gap: tuple[float, int]
) -> pd.DataFrame:
    """Return rows for the units between, in order, all but ``sequence`` and ``cycle`` set.

    What follows from the state, and time, is a cubic over the logarithm of the age of the stretch
    with the rates of the measured units at both ends. What a cycle measures (capacity, energy,
    voltage) feels how the unit before it ended, so its differences from one cycle to the next are
    not its rate: it follows from the losses, by a monotone cubic through the measured units.

    Parameters
    ----------
    anchors : the latest measured units before the jump
    latest : rows of the unit just before it
    after : the measured unit after it
    gap : age of the first unit that was jumped over, and how many were
    """
    before = Anchor(gap[0] - 1, latest, anchors[-1].moved(latest))
    units = [_filled(anchors, before, after, at, gap) for at in range(len(after.rows))]
    rows = pd.concat(units) if len(units) > 1 else units[0]
    rows = rows.sort_values(["unit", "at"], ignore_index=True)
    return rows.drop(columns=["unit", "at"])


def _filled(
    anchors: Sequence[Anchor], before: Anchor, after: Anchor, at: int, gap: tuple[float, int]
) -> pd.DataFrame:
    """Return the rows of one cycle of each unit that was jumped over."""
    first, count = gap
    left = anchors[-1].rows[at]
    numbers = [name for name, value in left.items() if is_number(value)]
    slow = [name for name in numbers if not _is_fast(name)]
    fast = [name for name in numbers if _is_fast(name)]
    columns: dict[str, Any] = dict.fromkeys(left)
    columns |= {name: value for name, value in left.items() if name not in numbers}
    columns |= dict(zip(slow, _slow(before, after, at, slow, gap).T, strict=True))
    wanted = np.sum([columns[mode] for mode in MODES], axis=0)
    columns |= dict(zip(fast, _fast([*anchors, after], at, fast, wanted, first).T, strict=True))
    columns |= {name: np.full(count, np.nan) for name in numbers if np.isnan(float(left[name]))}
    columns |= {**dict.fromkeys(EFFORT, 0), "wall_time_s": 0.0, "simulated": False}
    return pd.DataFrame(columns, index=range(count)).assign(unit=np.arange(count), at=at)


def settled_row(row: Row, anchors: Sequence[Anchor], at: int = 0) -> Row:
    """Return the row of a cycle in which the cell settles after a jump.

    What such a cycle measures feels how full the cell was left, not how old it is: it is put on
    the line of the measured units instead.

    Parameters
    ----------
    row : as measured
    anchors : measured units around it, or before it
    at : place of the cycle in its unit
    """
    names = [name for name in row if _is_fast(name) and is_number(row[name])]
    losses = np.array([lost(anchor.rows[at]) for anchor in anchors])
    last = anchors[-1]
    usual = lost(last.rows[at]) - lost(last.previous[at])
    far = lost(row) - losses[-1] > LARGEST_STEP * max(usual, 0.0)
    if len(anchors) < 2 or far or not np.all(np.diff(losses) > 0):
        return row
    values = np.array([_values(anchor.rows[at], names) for anchor in anchors])
    inside = min(lost(row), losses[-1])
    found = PchipInterpolator(losses, values)(inside)
    slope = (values[-1] - values[-2]) / (losses[-1] - losses[-2])
    found = found + slope * (lost(row) - inside)
    return {**row, **{n: float(v) for n, v in zip(names, found, strict=True) if row[n] == row[n]}}


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a table as mappings."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def is_number(value: Any) -> bool:
    """Return whether a value is a number, and not a truth value."""
    return isinstance(value, float | int | np.floating | np.integer) and not isinstance(
        value, bool | np.bool_
    )


def _is_fast(name: str) -> bool:
    return name in FAST or name.startswith(EXTREME)


def _slow(
    left: Anchor, right: Anchor, at: int, names: Sequence[str], gap: tuple[float, int]
) -> Vector:
    ages = np.array([left.place, right.place]) + 1.0
    values = np.array([_values(anchor.rows[at], names) for anchor in (left, right)])
    before = np.array([_values(anchor.previous[at], names) for anchor in (left, right)])
    curve = CubicHermiteSpline(np.log(ages), values, (values - before) * ages[:, np.newaxis])
    return np.asarray(curve(np.log(gap[0] + np.arange(gap[1]) + 1.0)))


def _fast(
    anchors: Sequence[Anchor], at: int, names: Sequence[str], wanted: Vector, first: float
) -> Vector:
    values = np.array([_values(anchor.rows[at], names) for anchor in anchors])
    losses = np.array([lost(anchor.rows[at]) for anchor in anchors])
    if not np.all(np.diff(losses) > 0):  # nothing is lost: by age
        losses = np.log(np.array([anchor.place for anchor in anchors]) + 1.0)
        wanted = np.log(first + np.arange(len(wanted)) + 1.0)
    return np.asarray(PchipInterpolator(losses, values)(np.clip(wanted, losses[0], losses[-1])))


def lost(row: Row) -> float:
    """Return the losses of lithium and material together [%]: how far a cell has aged."""
    return float(sum(row[mode] for mode in MODES))


def _values(row: Row, names: Sequence[str]) -> Vector:
    return np.asarray(np.nan_to_num([float(row[name]) for name in names]), dtype=np.float64)
