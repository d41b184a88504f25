r"""How good a forecast was: errors of the mean, and whether the intervals told the truth.

For a measurement :math:`y` and a forecast with distribution :math:`F`:

.. math::

    \mathrm{CRPS}(F, y) = \int \left( F(z) - 1\{y \le z\} \right)^2 \mathrm{d} z,
    \qquad
    W_\alpha = (u - l) + \frac{2}{\alpha} (l - y)^{+} + \frac{2}{\alpha} (y - u)^{+},

the continuous ranked probability score and the interval (Winkler) score of the central
:math:`1-\alpha` interval from :math:`l` to :math:`u` [1]_. Both have the unit of the quantity,
both are least on average for the distribution the measurements come from, and the CRPS of a
forecast without spread is its absolute error. Coverage is the share of points within an
interval; the probability integral transform (PIT) is :math:`F(y)`, uniform where the forecast
is calibrated [2]_.

References
----------
.. [1] T. Gneiting, A. E. Raftery, "Strictly proper scoring rules, prediction, and estimation,"
   J. Am. Stat. Assoc. 102, 359 (2007). doi:10.1198/016214506000001437
.. [2] T. Gneiting, F. Balabdaoui, A. E. Raftery, "Probabilistic forecasts, calibration and
   sharpness," J. R. Stat. Soc. B 69, 243 (2007). doi:10.1111/j.1467-9868.2007.00587.x
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import DataError
from twin.forecast.bands import INTERVALS, Array, Band, numbers

# levels at which the CRPS of a band without draws is summed; its error is below 0.1 %
_LEVELS = (np.arange(400) + 0.5) / 400
_RESAMPLED = 2000


def rmse(forecast: ArrayLike, observed: ArrayLike) -> float:
    """Return the root of the mean squared error, in the unit of the quantity."""
    return float(np.sqrt(np.mean(_errors(forecast, observed) ** 2)))


def mae(forecast: ArrayLike, observed: ArrayLike) -> float:
    """Return the mean absolute error, in the unit of the quantity."""
    return float(np.mean(np.abs(_errors(forecast, observed))))


def bias(forecast: ArrayLike, observed: ArrayLike) -> float:
    """Return the mean error, forecast minus observed, in the unit of the quantity."""
    return float(np.mean(_errors(forecast, observed)))


def crps(band: Band, x: ArrayLike, y: ArrayLike) -> Array:
    """Return the continuous ranked probability score of each measurement, in its unit.

    From the draws where the band has them, without the bias of a small sample (the "fair"
    estimator), else from the quantile function of the band.

    Parameters
    ----------
    band : the forecast, which covers all ``x``
    x, y : where was measured, in any order, and what

    Raises
    ------
    DataError
        for an ``x`` beyond the band, or values that are not finite.
    """
    import scoringrules

    at, row, values = _meet(band, x, y)
    if band.draws is not None:
        # order statistics, so that between two places the sample is as wide as the quantiles
        ordered = np.sort(band.draws, axis=0)
        sample = np.array([np.interp(at.x, band.x, curve) for curve in ordered]).T[row]
        return np.atleast_1d(scoringrules.crps_ensemble(values, sample, estimator="pwm"))
    quantiles = at.quantile(_LEVELS)[row]
    return np.atleast_1d(scoringrules.crps_quantile(values, quantiles, _LEVELS))


def inside(band: Band, x: ArrayLike, y: ArrayLike, percent: int) -> NDArray[np.bool_]:
    """Return for each measurement whether it lies in the central 50 or 90 % interval."""
    at, row, values = _meet(band, x, y)
    low, high = _ends(at, percent)
    return np.asarray((low[row] <= values) & (values <= high[row]))


def interval_score(band: Band, x: ArrayLike, y: ArrayLike, percent: int) -> Array:
    """Return the interval (Winkler) score of each measurement, in its unit.

    Parameters
    ----------
    band, x, y : as for `crps`
    percent : 50 or 90
    """
    import scoringrules

    at, row, values = _meet(band, x, y)
    low, high = _ends(at, percent)
    return np.atleast_1d(
        scoringrules.interval_score(values, low[row], high[row], 1 - percent / 100)
    )


def pit(band: Band, x: ArrayLike, y: ArrayLike) -> Array:
    """Return the probability integral transform of each measurement [-]: 0 low, 1 high."""
    at, row, values = _meet(band, x, y)
    pairs = zip(row, values, strict=True)
    places = [Band(*(getattr(at, key)[k : k + 1] for key in _FIELDS)) for k in range(at.x.size)]
    return np.array([float(places[k].probability_below(value)[0]) for k, value in pairs])


def pit_histogram(values: ArrayLike, bins: int = 10) -> NDArray[np.int_]:
    """Return how many PIT values fall into each of some bins from 0 to 1.

    A flat histogram is a calibrated forecast, a U one too narrow, a hump one too wide, a slope
    one that is off to one side.
    """
    return np.histogram(numbers(values, "PIT"), bins=bins, range=(0.0, 1.0))[0]


def coverage_bounds(
    inside: ArrayLike,
    cells: Sequence[Any],
    percent: float = 90.0,
    generator: np.random.Generator | None = None,
) -> tuple[float, float]:
    """Return an interval [-] for the true coverage, where the points of a cell go together.

    Whole cells are drawn with replacement (the cluster bootstrap). Where all cells have the
    same coverage of 0 or 1 that says nothing, and the interval is Clopper's and Pearson's with
    the cells as trials. With a single cell it cannot be known: both ends are NaN.

    Parameters
    ----------
    inside : whether each point was covered
    cells : to which cell it belongs
    percent : central interval to give
    generator : source of randomness; a fixed one by default

    Raises
    ------
    DataError
        if there are no points, or not one cell for each.
    """
    hits = np.asarray(inside, dtype=float)
    if hits.ndim != 1 or hits.size == 0 or hits.size != len(cells):
        raise DataError(f"coverage: {hits.size} points and {len(cells)} cells; give one for each")
    names, row = np.unique(np.asarray(cells), return_inverse=True)
    if names.size < 2:
        return float("nan"), float("nan")
    covered, counts = np.bincount(row, hits), np.bincount(row)
    tail = (1 - percent / 100) / 2
    if hits.min() == hits.max():
        short = tail ** (1 / names.size)
        return (float(short), 1.0) if hits[0] else (0.0, float(1 - short))
    chance = np.random.default_rng(0) if generator is None else generator
    drawn = chance.integers(names.size, size=(_RESAMPLED, names.size))
    shares = covered[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(shares, [tail, 1 - tail])
    return float(low), float(high)


_FIELDS = ("x", "mean", "q05", "q25", "q75", "q95")


def _ends(band: Band, percent: int) -> tuple[Array, Array]:
    if percent not in INTERVALS:
        raise DataError(f"the interval of {percent} % is not kept; ask for 50 or 90")
    low, high = INTERVALS[percent]
    return getattr(band, low), getattr(band, high)


def _errors(forecast: ArrayLike, observed: ArrayLike) -> Array:
    said, seen = numbers(forecast, "forecast"), numbers(observed, "observed")
    if said.size != seen.size:
        raise DataError(f"{said.size} forecast and {seen.size} observed values; give pairs")
    return said - seen


def _meet(band: Band, x: ArrayLike, y: ArrayLike) -> tuple[Band, NDArray[np.intp], Array]:
    """Return the band at the measured places, the row of each measurement in it, and values."""
    at, values = numbers(x, "x of the measurements"), numbers(y, "measurements")
    if at.size != values.size:
        raise DataError(f"{values.size} measurements at {at.size} places; give pairs")
    unique, row = np.unique(at, return_inverse=True)
    return band.at(unique), row, values
