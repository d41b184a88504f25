r"""Forecasts from other cells that lived alike: their mean, and the cells most like this one.

`PopulationMean` says what the other cells showed at the same place, with Student's t over the
:math:`m` cells: a standard deviation of :math:`s \sqrt{1 + 1/m}`.

`NearestNeighbours` takes the cells whose early fade is nearest (root mean square distance to
the measurements of this cell), and moves their mean curve to where this cell stands. How well
that works it tries on the others: each is forecast from the rest in the same way, and the root
mean square of these errors is the standard deviation at each place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from twin.errors import DataError
from twin.forecast.bands import LEVELS, Array, Band, places
from twin.forecast.laws import Fit, Wide, measurements

Curve = tuple[Array, Array]
LEAST = 3
_LEVELS = np.array(list(LEVELS.values()))


@dataclass(frozen=True)
class PopulationMean:
    """The mean of other cells at the same place; at least three cells must reach it.

    Parameters
    ----------
    others : ``x`` and ``y`` of the other cells, not of the one that is forecast
    """

    others: Sequence[tuple[ArrayLike, ArrayLike]]

    def fit(self, x: ArrayLike, y: ArrayLike) -> Fit:
        """Return the fit; the measurements of the cell matter only where there are no others."""
        at, values = measurements(x, y)
        cells = _checked(self.others)
        if len(cells) < LEAST:
            return Wide.about(at, values, _too_few_cells(len(cells)))
        return PopulationFit(cells, Wide.about(at, values, ""), None, at, values)


@dataclass(frozen=True)
class NearestNeighbours:
    """The mean of the cells with the most similar early fade; at least five other cells.

    Parameters
    ----------
    others : ``x`` and ``y`` of the other cells, not of the one that is forecast
    neighbours : how many cells are averaged
    """

    others: Sequence[tuple[ArrayLike, ArrayLike]]
    neighbours: int = 3

    def fit(self, x: ArrayLike, y: ArrayLike) -> Fit:
        """Return the fit to the early measurements of the cell."""
        at, values = measurements(x, y)
        cells = [cell for cell in _checked(self.others) if cell[0][0] <= at[-1] <= cell[0][-1]]
        least = max(self.neighbours + 2, LEAST)
        if len(cells) < least:
            return Wide.about(at, values, _too_few_cells(len(cells), least))
        return PopulationFit(cells, Wide.about(at, values, ""), self.neighbours, at, values)


@dataclass(frozen=True, eq=False)
class PopulationFit:
    """A forecast from other cells.

    Parameters
    ----------
    cells : ``x`` and ``y`` of the others
    wide : what is said where too few of them reach
    neighbours : how many are averaged, ``None`` for all as they are
    x, y : measurements of this cell
    """

    cells: list[Curve]
    wide: Wide
    neighbours: int | None
    x: Array
    y: Array
    reason: str = ""

    def forecast(self, x_new: ArrayLike) -> Band:
        """Return the band of a measurement at each new place."""
        x = places(x_new, "x to forecast")
        wide = self.wide.forecast(x)
        mean = wide.mean.copy()
        rows = {key: getattr(wide, key).copy() for key in LEVELS}
        table = self._said(x)
        kept = self._known(table)
        for column in np.flatnonzero(kept):
            mean[column], width, freedom = self._spread(table[:, column])
            for key, z in zip(LEVELS, student(freedom).ppf(_LEVELS), strict=True):
                rows[key][column] = mean[column] + z * width
        short = x[~kept]
        reason = f"there are too few other cells at x = {short[0]:g}" if short.size else ""
        return Band(x, mean, reason=reason, **rows)

    def curves(self, x_new: ArrayLike, count: int, generator: np.random.Generator) -> Array:
        """Return curves of the others as they say this cell goes on, drawn with replacement.

        Where a curve of another cell ends, it keeps its last value.
        """
        x = places(x_new, "x to forecast")
        table = np.array([np.interp(x, *cell) for cell in self._moved()])
        return np.asarray(table[generator.integers(len(table), size=count)])

    def _moved(self) -> list[Curve]:
        if self.neighbours is None:
            return self.cells
        return [(x, y + _shift((x, y), self.x, self.y)) for x, y in self.cells]

    def _known(self, said: Array) -> NDArray[np.bool_]:
        """Return at which places enough is known to say anything."""
        known = ~np.isnan(said)
        if self.neighbours is None:
            return np.asarray(known.sum(axis=0) >= LEAST)
        return np.asarray(known[0] & (known[1:].sum(axis=0) >= LEAST))

    def _said(self, x: Array) -> Array:
        """Return what counts at each place: a row per cell, NaN where it does not reach."""
        if self.neighbours is None:
            return np.array([_within(cell, x) for cell in self.cells])
        early = self.x[-1]
        errors = []
        for number, (a, b) in enumerate(self.cells):
            rest = self.cells[:number] + self.cells[number + 1 :]
            seen = a <= early
            errors.append(_within((a, b), x) - self._nearest(rest, a[seen], b[seen], x))
        return np.array([self._nearest(self.cells, self.x, self.y, x), *errors])

    def _spread(self, column: Array) -> tuple[float, float, int]:
        known = column[~np.isnan(column)]
        if self.neighbours is None:
            factor = np.sqrt(1 + 1 / known.size)
            return float(known.mean()), float(known.std(ddof=1) * factor), known.size - 1
        errors = known[1:]
        return float(known[0]), float(np.sqrt(np.mean(errors**2))), errors.size

    def _nearest(self, cells: list[Curve], x: Array, y: Array, x_new: Array) -> Array:
        """Return the mean of the nearest cells, moved to the last measurement."""
        order = np.argsort([_distance(cell, x, y) for cell in cells])[: self.neighbours]
        moved = [_within(cells[k], x_new) + _shift(cells[k], x, y) for k in order]
        counts = np.sum(~np.isnan(moved), axis=0)
        return np.asarray(
            np.where(counts, np.nansum(moved, axis=0) / np.maximum(counts, 1), np.nan)
        )


def _distance(cell: Curve, x: Array, y: Array) -> float:
    """Return how far another cell is from the early measurements of this one."""
    gaps = _within(cell, x) - y
    return float(np.sqrt(np.nanmean(gaps**2))) if np.any(~np.isnan(gaps)) else np.inf


def _shift(cell: Curve, x: Array, y: Array) -> float:
    """Return by how much this cell is above another at its last measurement."""
    return float(y[-1] - np.interp(x[-1], *cell))


def _within(cell: Curve, x: Array) -> Array:
    return np.asarray(np.interp(x, *cell, left=np.nan, right=np.nan))


def _checked(others: Sequence[tuple[ArrayLike, ArrayLike]]) -> list[Curve]:
    cells = []
    for number, other in enumerate(others, start=1):
        try:
            cells.append(measurements(*other))
        except DataError as error:
            raise DataError(f"other cell {number}: {error}") from None
    return cells


def _too_few_cells(given: int, least: int = LEAST) -> str:
    return f"{given} other cells; this forecast needs at least {least}"
