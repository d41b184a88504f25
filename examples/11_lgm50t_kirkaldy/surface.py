"""A few simulations of one protocol, and a smooth surface through them.

A protocol at one temperature depends on three factors: on the growth of film, on the loss of
silicon, and at 10 degC on how fast plated lithium dies. It is simulated at four or so points,
one factor changed at a time. What a factor changes is added up: along film and dead lithium it
goes with the root of the factor, as layers that slow down their own growth do; along silicon it
is interpolated between the points, and with two points it goes with the factor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from twin.estimation.observing import at_ages

Array = NDArray[np.float64]
Point = tuple[float, float, float]
FILM, SILICON, DEAD = range(3)
BEYOND = 1.0  # of a logarithm: so far a slope goes on
ZERO = (0.0, 0.0, 0.0)
# logarithms of the factors: the middle of each protocol, and the points around it
DESIGN: dict[tuple[int, int], tuple[Point, ...]] = {
    (5, 10): (ZERO, (0.5, 0.0, 0.0), (0.0, -0.7, 0.0), (0.0, 0.0, 1.0)),
    (5, 25): (ZERO, (0.5, 0.0, 0.0), (0.0, 0.7, 0.0), (0.0, -0.7, 0.0)),
    (5, 40): (ZERO, (0.5, 0.0, 0.0), (0.0, 0.7, 0.0), (0.0, 1.2, 0.0)),
    (2, 10): (ZERO, (0.5, 0.0, 0.0), (0.0, 0.7, 0.0), (0.0, 0.0, 1.0)),
    (2, 25): (ZERO, (0.5, 0.0, 0.0), (0.0, 0.7, 0.0)),
    (2, 40): (ZERO, (0.5, 0.0, 0.0), (0.0, 0.7, 0.0)),
    (4, 10): (ZERO, (0.5, 0.0, 0.0), (0.0, -0.7, 0.0), (0.0, 0.0, 1.0)),
    (4, 25): (ZERO, (0.5, 0.0, 0.0), (0.0, 0.7, 0.0), (0.0, -0.7, 0.0)),
    (4, 40): ((0.0, 0.7, 0.0), (0.5, 0.7, 0.0), (0.0, 1.2, 0.0), (0.0, 0.0, 0.0)),
    (3, 10): (ZERO, (0.5, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.7, 0.0)),
    (3, 25): (ZERO, (0.5, 0.0, 0.0), (0.0, 0.7, 0.0)),
    (3, 40): ((0.0, 0.7, 0.0), (0.5, 0.7, 0.0), (0.0, 1.2, 0.0)),
    (1, 25): ((0.4, -0.7, 0.0), (1.0, -0.7, 0.0), (0.4, -1.5, 0.0), (0.4, -2.3, 0.0)),
    (1, 40): ((0.4, 0.0, 0.0), (1.0, 0.0, 0.0), (0.4, -0.8, 0.0), (0.4, -1.6, 0.0)),
    (1, 10): ((0.4, -1.0, 0.0), (1.0, -1.0, 0.0), (0.4, -1.8, 0.0), (0.4, -2.6, 0.0)),
}


@dataclass(frozen=True)
class Surface:
    """A quantity of one protocol over equivalent full cycles, for any factors.

    Parameters
    ----------
    x : equivalent full cycles since the first check-up
    points : logarithms of the factors that were simulated; the first is the middle
    values : what they gave, shape (points, ages)
    """

    x: Array
    points: tuple[Point, ...]
    values: Array

    @classmethod
    def of(cls, runs: Mapping[Point, Mapping[str, Array]], quantity: str) -> Surface:
        """Return the surface of simulated check-ups, by point; losses count from the first."""
        x = np.arange(0.0, 1051.0, 5.0)
        rows = []
        for table in runs.values():
            efc = table["equivalent_full_cycles"] - table["equivalent_full_cycles"][0]
            y = table[quantity]
            rows.append(at_ages(efc, y if quantity.startswith("cap") else y - y[0], x))
        return cls(x, tuple(runs), np.array(rows))

    def at(self, factors: Array) -> Array:
        """Return the quantity at every age, shape (..., ages), for logarithms of the factors."""
        factors = np.asarray(factors, dtype=float)
        found = np.broadcast_to(self.values[0], (*factors.shape[:-1], self.x.size)).copy()
        for axis, change in self._changes.items():
            middle = np.asarray(self.points[0][axis])
            found += change(factors[..., axis]) - change(middle)
        return found

    @cached_property
    def _changes(self) -> dict[int, Callable[[Array], Array]]:
        """What each factor that is varied gives, up to a constant."""
        found: dict[int, Callable[[Array], Array]] = {}
        for axis in (FILM, SILICON, DEAD):
            rows = self._line(axis)
            at = np.array([self.points[k][axis] for k in rows])
            order = np.argsort(at)
            if len(rows) == 2:
                found[axis] = _power(at[order], self.values[rows][order], axis)
            elif len(rows) > 2:
                found[axis] = _between(at[order], self.values[rows][order], self.x)
        return found

    def _line(self, axis: int) -> list[int]:
        """Return the points at which nothing but one factor differs from the middle."""
        others = [a for a in (FILM, SILICON, DEAD) if a != axis]
        middle = self.points[0]
        return [
            k for k, point in enumerate(self.points) if all(point[a] == middle[a] for a in others)
        ]


def _power(at: Array, values: Array, axis: int) -> Callable[[Array], Array]:
    """Return a line over the factor itself, or over its root, through two points."""
    power = 1.0 if axis == SILICON else 0.5
    low, high = np.exp(power * at)
    slope = (values[1] - values[0]) / (high - low)
    return lambda place: np.multiply.outer(np.exp(power * place), slope)


def _between(at: Array, values: Array, x: Array) -> Callable[[Array], Array]:
    """Return a curve through points over the logarithm; beyond them their slope, for a while.

    Above the last point a life can be no more than a faster one along the same way: where that
    has changed less than the slope says, as it does when all silicon is gone, it is taken.
    """
    inside = PchipInterpolator(at, values)
    first = (values[1] - values[0]) / (at[1] - at[0])
    last = (values[-1] - values[-2]) / (at[-1] - at[-2])

    def change(place: Array) -> Array:
        below = np.clip(place - at[0], -BEYOND, 0.0)
        above = np.clip(place - at[-1], 0.0, BEYOND)
        ends = np.multiply.outer(below, first) + np.multiply.outer(above, last)
        straight = inside(np.clip(place, at[0], at[-1])) + ends
        faster = np.interp(np.multiply.outer(np.exp(above), x), x, values[-1])
        start = values[-1][0]
        less = np.abs(faster - start) < np.abs(straight - start)
        beyond = np.expand_dims(above > 0, -1)
        return np.asarray(np.where(less & beyond, faster, straight), dtype=float)

    return change
