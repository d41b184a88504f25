r"""When a quantity first passes a threshold: the cycles to 80 %, with how sure that is.

A curve is straight between its points, and passes where it first goes below the threshold (or
above, for a quantity that grows). A curve that does not pass within its length is *not
reached*: its time is infinite, and such curves count in the quantiles as later than all others.

A band without draws gives the same for curves that fall all the time: then
:math:`P(T \le x) = P(y(x) \le y^*)`, so that the time at which the 5 % quantile passes is the
5 % quantile of the time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from twin.errors import DataError
from twin.forecast.bands import INTERVALS, LEVELS, Array, Band, numbers

DIRECTIONS = ("falling", "rising")
_KEYS = ("q05", "q25", "median", "q75", "q95")
_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class ThresholdTime:
    """Distribution of the place at which a quantity first passes a threshold.

    Parameters
    ----------
    threshold : value to pass, in the unit of the quantity
    horizon : place at which the forecast ends
    q05, q25, median, q75, q95 : quantiles of the place; infinite where it is beyond the horizon
    probability_not_reached : probability [-] of not passing up to the horizon
    direction : ``"falling"`` or ``"rising"``
    draws : place of each draw, infinite where it does not pass, or ``None``
    """

    threshold: float
    horizon: float
    q05: float
    q25: float
    median: float
    q75: float
    q95: float
    probability_not_reached: float
    direction: str = "falling"
    draws: Array | None = None

    def interval(self, percent: int) -> tuple[float, float]:
        """Return the ends of the central 50 or 90 % interval; infinite beyond the horizon."""
        low, high = INTERVALS[percent]
        return getattr(self, low), getattr(self, high)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; ``None`` stands for beyond the horizon."""
        times = {key: getattr(self, key) for key in _KEYS}
        return {
            "threshold": self.threshold,
            "direction": self.direction,
            "horizon": self.horizon,
            **{key: time if math.isfinite(time) else None for key, time in times.items()},
            "probability_not_reached": self.probability_not_reached,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], where: str = "threshold") -> ThresholdTime:
        """Return what `as_dict` described.

        Raises
        ------
        DataError
            for a key that is missing or unknown, a value that is no number, times out of
            order, or a probability outside of 0 to 1.
        """
        needed = ("threshold", "direction", "horizon", *_KEYS, "probability_not_reached")
        if set(data) != set(needed):
            odd = sorted(set(data) ^ set(needed))[0]
            said = "is missing" if odd in needed else "is not known"
            raise DataError(f"{where}: '{odd}' {said}; give {', '.join(needed)}")
        _known(data["direction"], where)
        values = {key: data[key] for key in needed if key != "direction"}
        for key in _KEYS:
            values[key] = math.inf if values[key] is None else values[key]
        for key, value in values.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise DataError(f"{where}, {key}: {value!r} is no number; give one")
        if any(values[a] > values[b] for a, b in pairwise(_KEYS)):
            raise DataError(f"{where}: the quantiles are not in order; sort {', '.join(_KEYS)}")
        if not 0 <= values["probability_not_reached"] <= 1:
            given = values["probability_not_reached"]
            raise DataError(f"{where}: a probability of {given:g}; give 0 to 1")
        return cls(direction=data["direction"], **values)


def first_passage(
    x: ArrayLike, y: ArrayLike, threshold: float, direction: str = "falling"
) -> float:
    """Return where a curve first passes a threshold, infinite if it does not.

    Parameters
    ----------
    x : places, not decreasing; at a place given twice the curve jumps
    y : the curve
    threshold : value to pass; a curve that starts at or beyond it passes at its start
    direction : ``"falling"`` or ``"rising"``

    Raises
    ------
    DataError
        for values that are not finite, of another number, or an ``x`` that decreases.
    """
    _known(direction, "threshold")
    at, curve = numbers(x, "x"), numbers(y, "y")
    if at.size != curve.size:
        raise DataError(f"y: {curve.size} values for {at.size} places; give one for each")
    if np.any(np.diff(at) < 0):
        row = int(np.argmax(np.diff(at) < 0)) + 2
        raise DataError(f"x, value {row}: {at[row - 1]:g} comes after {at[row - 2]:g}; sort")
    return _first(at, curve, threshold, direction)


def time_to_threshold(
    x: ArrayLike, draws: ArrayLike, threshold: float, direction: str = "falling"
) -> ThresholdTime:
    """Return when curves pass a threshold.

    Parameters
    ----------
    x : places, strictly increasing; the last is the horizon
    draws : curves without noise of measurement, shape (number of draws, length of ``x``); with
        noise the first passage would come too early
    threshold, direction : as for `first_passage`

    Raises
    ------
    DataError
        for draws that are no table of finite numbers.
    """
    _known(direction, "threshold")
    band = Band.from_draws(x, draws)
    sample = np.asarray(band.draws)
    times = np.array([_first(band.x, curve, threshold, direction) for curve in sample])
    quantiles = np.quantile(times, _LEVELS, method="inverted_cdf")
    return ThresholdTime(
        threshold=threshold,
        horizon=float(band.x[-1]),
        probability_not_reached=float(np.mean(np.isinf(times))),
        direction=direction,
        draws=times,
        **_named(quantiles),
    )


def time_of_band(band: Band, threshold: float, direction: str = "falling") -> ThresholdTime:
    """Return when the quantity of a band passes a threshold, for curves that never turn.

    Parameters
    ----------
    band : the forecast; its draws are not used, since they may hold noise of measurement
    threshold, direction : as for `first_passage`
    """
    _known(direction, "threshold")
    rows = [getattr(band, key) for key in LEVELS]
    curves = [*rows[:2], (band.q25 + band.q75) / 2, *rows[2:]]
    if direction == "rising":
        curves.reverse()
    times = [_first(band.x, curve, threshold, direction) for curve in curves]
    below = float(band.probability_below(threshold)[-1])
    passed = below if direction == "falling" else 1 - below
    return ThresholdTime(
        threshold=threshold,
        horizon=float(band.x[-1]),
        probability_not_reached=1 - passed,
        direction=direction,
        **_named(np.maximum.accumulate(times)),
    )


def _named(times: ArrayLike) -> dict[str, Any]:
    return {key: float(time) for key, time in zip(_KEYS, np.asarray(times), strict=True)}


def _first(x: Array, y: Array, threshold: float, direction: str) -> float:
    height = y - threshold if direction == "falling" else threshold - y
    beyond = height <= 0
    if not beyond.any():
        return math.inf
    row = int(np.argmax(beyond))
    if row == 0:
        return float(x[0])
    part = height[row - 1] / (height[row - 1] - height[row])
    return float(x[row - 1] + part * (x[row] - x[row - 1]))


def _known(direction: Any, where: str) -> None:
    if direction not in DIRECTIONS:
        raise DataError(f"{where}: direction {direction!r}; give {' or '.join(DIRECTIONS)}")
