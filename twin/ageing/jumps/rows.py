"""Rows of the cycles that were jumped over, between simulated ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Row = dict[str, Any]
EFFORT = ("solver_steps", "newton_iterations", "factorisations")
STEEPEST = 3.0


def filled_rows(
    before: Sequence[Sequence[Row]], after: Sequence[pd.DataFrame], count: int
) -> pd.DataFrame:
    """Return rows for the units between, in order, all but ``sequence`` and ``cycle`` set.

    Cubics through the rows at both sides with the slopes that the simulated units show, bounded
    so that a quantity that rises or falls over the jump does so throughout (Fritsch and Carlson
    1980, doi:10.1137/0717021).

    Parameters
    ----------
    before : rows of the latest one or two units before the jump
    after : rows of the two units after it
    count : units that were jumped over
    """
    end = count + 2  # the second unit after the jump; the last one before it is at 0
    units = []
    x = np.arange(1, count + 1) / end
    for at, row in enumerate(before[-1]):
        left, right = row, after[1].iloc[at]
        numbers = [name for name, value in left.items() if _is_number(value)]
        a, b = _values(left, numbers), _values(right, numbers)
        rise_a = end * (a - _values(before[-2][at], numbers)) if len(before) > 1 else b - a
        rise_b = end * (b - _values(after[0].iloc[at], numbers))
        values = cubic(x, a, b, _bounded(rise_a, b - a), _bounded(rise_b, b - a))
        frame = pd.DataFrame(values, columns=numbers)
        for name, value in left.items():
            if name not in numbers:
                frame[name] = value
        units.append(frame.assign(unit=np.arange(count), at=at)[[*left, "unit", "at"]])
    rows = pd.concat(units).sort_values(["unit", "at"], ignore_index=True)
    effort = dict.fromkeys(EFFORT, 0)
    return rows.drop(columns=["unit", "at"]).assign(**effort, wall_time_s=0.0, simulated=False)


def cubic(
    x: NDArray[np.float64],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    rise_a: NDArray[np.float64],
    rise_b: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return cubics over 0..1 from their values and slopes at both ends.

    >>> cubic(np.array([0.5]), *(np.array([v]) for v in (0.0, 1.0, 1.0, 1.0)))
    array([[0.5]])
    """
    x = x[:, np.newaxis]
    step = x * x * (3 - 2 * x)
    return a + (b - a) * step + rise_a * x * (1 - x) ** 2 - rise_b * x * x * (1 - x)


def _bounded(rise: NDArray[np.float64], chord: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return slopes that keep a cubic monotone."""
    steepest = STEEPEST * np.abs(chord)
    return np.where(rise * chord > 0, np.clip(rise, -steepest, steepest), 0.0)


def _is_number(value: Any) -> bool:
    return isinstance(value, float | int | np.floating | np.integer) and not isinstance(
        value, bool | np.bool_
    )


def _values(row: Any, names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([row[name] for name in names], dtype=float)
