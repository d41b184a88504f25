r"""Whether a fade curve has a knee, where, and how probable that is.

A curve is described by straight pieces that join, with up to three breaks:

.. math::

    y(x) = \alpha_0 + \alpha_1 x + \sum_{i=1}^{k} \beta_i \,(x - x_i)^{+}, \qquad k \le 3 .

With one break this is the Bacon-Watts model with a sharp transition, with two the double
Bacon-Watts model, which Fermín-Cueto et al. use for knee points and their onset [1]_ [2]_; the
third lets the loss slow down before or after. **A knee** is a break

- after which the curve falls at least ``ratio`` (2) times as fast as before, and
- after which it comes to lie below the line from before by at least ``excess`` (2 %) of its
  first value.

If several breaks are, the knee is the one where the slope changes most. Of a quantity
that grows with fade, give what is left.

**Probability.** All places of the breaks (on a grid) and numbers of them are compared by
:math:`\mathrm{BIC} = N \ln(\mathrm{RSS}/N + \sigma^2) + p \ln N` with :math:`p = 2 + 4k`:
each break adds two parameters, which count twice, because the places are searched for; so at
most 3 % of straight, square-root and mixed curves of 8 to 30 points with a scatter of up to 1 %
seem to have a knee. There are at most :math:`(N - 4)/4` breaks, and a description without a knee
may not steepen at two breaks in a row, which would be a knee in small steps. With the best BIC
of the descriptions with and without a knee, the probability is
:math:`1/(1 + e^{\Delta/2})` (Schwarz' approximation of the Bayes factor, both equally probable
before [3]_). :math:`\sigma` is the scatter that a curve may have in any case: 0.1 % of its first
value, so that a smooth curve is not taken apart to the last digit.

Of the draws of a forecast each is judged so; the mean of their probabilities is that of a knee
within the horizon, their places its distribution.

References
----------
.. [1] P. Fermín-Cueto et al., "Identification and machine learning prediction of knee-point and
   knee-onset in capacity degradation curves of lithium-ion cells," Energy and AI 1, 100006
   (2020). doi:10.1016/j.egyai.2020.100006
.. [2] D. W. Bacon, D. G. Watts, "Estimating the transition between two intersecting straight
   lines," Biometrika 58, 525 (1971). doi:10.1093/biomet/58.3.525
.. [3] R. E. Kass, A. E. Raftery, "Bayes factors," J. Am. Stat. Assoc. 90, 773 (1995).
   doi:10.1080/01621459.1995.10476572
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, product
from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from twin.errors import DataError
from twin.forecast.bands import Array, Band
from twin.forecast.laws import measurements

RATIO = 2.0
EXCESS = 0.02
RESOLUTION = 1e-3
MOST_BREAKS = 3
COST = 4.0  # parameters that a break counts as
LEAST_POINTS = 6
_PLACES = 18  # at which breaks are looked for
_LEVELS = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
_POINTS = 40  # of a draw
_FINER = np.linspace(-0.5, 0.5, 5)  # of the distance between places, for the best breaks
_EACH_SIDE = 2  # points before the first break and after the last


@dataclass(frozen=True)
class Knee:
    """What a curve says about a knee.

    Parameters
    ----------
    probability : that there is one [-]
    place : ``x`` of the most probable one, NaN if no description of the curve has any
    value : the quantity there, by the straight pieces
    slope_before, slope_after : per unit of ``x``
    reason : why nothing can be said, or ""
    """

    probability: float
    place: float
    value: float
    slope_before: float
    slope_after: float
    reason: str = ""

    @property
    def found(self) -> bool:
        """Whether a knee is more probable than none."""
        return self.probability > 0.5


@dataclass(frozen=True, eq=False)
class KneeForecast:
    """When a forecast has its knee.

    Parameters
    ----------
    probability : of a knee within the horizon [-]
    horizon : end of the forecast
    share : of draws in which a knee is more probable than none [-]
    q05, q25, median, q75, q95 : quantiles of the place in these draws, NaN without any
    places : place in each draw, NaN where there is none
    """

    probability: float
    horizon: float
    share: float
    q05: float
    q25: float
    median: float
    q75: float
    q95: float
    places: Array


def find_knee(x: ArrayLike, y: ArrayLike, *, ratio: float = RATIO, excess: float = EXCESS) -> Knee:
    """Return what a measured or smooth curve says about a knee.

    Parameters
    ----------
    x : places, not decreasing, at least six
    y : capacity, or another quantity that falls with fade, with a first value that is not zero
    ratio : least ratio of the slopes after and before [-], more than one
    excess : least fall below the earlier line, in parts of the first value [-]

    Raises
    ------
    DataError
        for values that are not finite, an ``x`` that decreases, a first value of zero, or a
        ratio or excess out of range.
    """
    at, values = measurements(x, y)
    if np.unique(at).size < LEAST_POINTS:
        reason = f"{at.size} points; a knee needs at least {LEAST_POINTS}"
        return Knee(0.0, nan, nan, nan, nan, reason)
    found = _Pieces(at, values[None], ratio, excess).run()
    place, value, before, after = map(float, found.knees[:, 0])
    return Knee(float(found.probability[0]), place, value, before, after)


def knee_of_draws(
    x: ArrayLike, draws: ArrayLike, *, ratio: float = RATIO, excess: float = EXCESS
) -> KneeForecast:
    """Return when the curves of a forecast have their knees.

    Parameters
    ----------
    x : places, strictly increasing; start at the beginning of life, so that there is a before
    draws : curves without noise of measurement, shape (number of draws, length of ``x``)
    ratio, excess : as for `find_knee`

    Raises
    ------
    DataError
        for draws that are no table of finite numbers, or as for `find_knee`.
    """
    band = Band.from_draws(x, draws)
    at, sample = band.x, np.asarray(band.draws)
    if at.size < LEAST_POINTS:
        raise DataError(f"a knee of draws at {at.size} places; forecast at {LEAST_POINTS} or more")
    if at.size > _POINTS:
        even = np.linspace(at[0], at[-1], _POINTS)
        sample = np.array([np.interp(even, at, curve) for curve in sample])
        at = even
    found = _Pieces(at, sample, ratio, excess).run()
    places = np.where(found.probability > 0.5, found.knees[0], np.nan)
    known = places[~np.isnan(places)]
    quantiles = np.quantile(known, list(_LEVELS.values())) if known.size else [nan] * 5
    return KneeForecast(
        probability=float(found.probability.mean()),
        horizon=float(band.x[-1]),
        share=known.size / len(places),
        places=places,
        **{key: float(place) for key, place in zip(_LEVELS, quantiles, strict=True)},
    )


@dataclass
class _Found:
    """Best descriptions of each curve with and without a knee.

    Parameters
    ----------
    with_knee, without : BIC, infinite if there is none
    breaks_with, breaks_without : their breaks, for finer places
    knees : place, value, slope before and slope after of the knee, shape (4, curves)
    """

    with_knee: Array
    without: Array
    breaks_with: list[tuple[float, ...]]
    breaks_without: list[tuple[float, ...]]
    knees: Array

    @classmethod
    def nothing(cls, count: int) -> _Found:
        never: Array = np.full(count, np.inf)
        none: list[tuple[float, ...]] = [()] * count
        return cls(never, never.copy(), none, none.copy(), np.full((4, count), np.nan))

    def take_better(self, other: _Found) -> None:
        """Take over what others describe better."""
        self.without = np.minimum(self.without, other.without)
        better = other.with_knee < self.with_knee
        self.with_knee = np.where(better, other.with_knee, self.with_knee)
        self.knees = np.where(better, other.knees, self.knees)

    @property
    def probability(self) -> Array:
        """Probability of a knee in each curve [-]."""
        return np.asarray(expit((self.without - self.with_knee) / 2))


class _Pieces:
    """Straight pieces through curves on the same ``x``, shape (curves, points)."""

    def __init__(self, x: Array, curves: Array, ratio: float, excess: float) -> None:
        if not (ratio > 1 and excess > 0):
            raise DataError(
                f"a knee with ratio = {ratio:g} and excess = {excess:g}; give a ratio above 1 "
                "and an excess above 0"
            )
        first = np.abs(curves[:, 0])
        if not first.all():
            raise DataError("a curve starts at zero; give a quantity that falls from its start")
        self.x, self.y = x, curves / first[:, None]
        self.first, self.ratio, self.excess = first, ratio, excess

    def run(self) -> _Found:
        """Return the best descriptions with and without a knee."""
        found = _Found.nothing(len(self.y))
        own = np.unique(self.x)
        low, high = own[_EACH_SIDE - 1], own[-_EACH_SIDE]
        places, step = np.linspace(low, high, _PLACES, retstep=True)
        for count in range(min(MOST_BREAKS, (self.x.size - 4) // 4) + 1):
            best = _Found.nothing(len(self.y))
            self._try(combinations(places, count), best)
            for breaks in {*best.breaks_with, *best.breaks_without} - {()}:
                near = [np.clip(place + step * _FINER, low, high) for place in breaks]
                self._try(product(*near), best)
            found.take_better(best)
        return found

    def _try(self, choices: Iterable[tuple[float, ...]], found: _Found) -> None:
        """Compare descriptions that have a point between any two breaks."""
        own = np.unique(self.x)
        for breaks in choices:
            if np.all(np.diff(np.searchsorted(own, breaks, "right")) > 0):
                self._compare(np.array(breaks), found)

    def _compare(self, breaks: Array, best: _Found) -> None:
        """Fit the curves with these breaks, and keep what is better than before."""
        design = _design(self.x, breaks)
        factors, *_ = np.linalg.lstsq(design, self.y.T)
        rss = np.sum((self.y - (design @ factors).T) ** 2, axis=1)
        size = self.x.size
        bic = size * np.log(rss / size + RESOLUTION**2)
        bic += (2 + COST * breaks.size) * np.log(size)
        slopes = np.cumsum(factors[1:], axis=0)  # a row per piece, a column per curve
        knees = self._knees(breaks, slopes)
        has = knees.any(axis=0)
        other = ~has & ~_winding(slopes) & (bic < best.without)
        best.without[other] = bic[other]
        better = has & (bic < best.with_knee)
        for rows, kept in ((other, best.breaks_without), (better, best.breaks_with)):
            for row in np.flatnonzero(rows):
                kept[row] = tuple(breaks)
        if not better.any():
            return
        steepening = np.where(knees, slopes[:-1] - slopes[1:], -np.inf)
        curves: NDArray[np.intp] = np.arange(len(self.y))
        which = np.argmax(steepening, axis=0)
        height = (_design(breaks, breaks) @ factors)[which, curves]
        scaled = np.stack([height, slopes[which, curves], slopes[which + 1, curves]]) * self.first
        best.with_knee[better] = bic[better]
        best.knees[:, better] = np.concatenate([breaks[which][None], scaled])[:, better]

    def _knees(self, breaks: Array, slopes: Array) -> NDArray[np.bool_]:
        """Return which breaks are knees, shape (breaks, curves)."""
        before, after = slopes[:-1], slopes[1:]
        lengths = np.diff([*breaks, self.x[-1]])[:, None]
        steep = -after >= self.ratio * np.maximum(-before, 0)
        for row, slope in enumerate(before):
            fall = np.cumsum((slope - after[row:]) * lengths[row:], axis=0)
            steep[row] &= fall.max(axis=0) >= self.excess
        return np.asarray(steep)


def _winding(slopes: Array) -> NDArray[np.bool_]:
    """Return which curves steepen at two breaks in a row, by a knee in small steps."""
    steeper = np.diff(slopes, axis=0) < 0
    return np.asarray((steeper[1:] & steeper[:-1]).any(axis=0))


def _design(x: Array, breaks: Array) -> Array:
    hinges = np.maximum(x[:, None] - breaks, 0)
    return np.column_stack([np.ones_like(x), x, hinges])
