r"""The drift of a repeated unit as a slow differential equation, and steps along it.

Let :math:`y_n` be the state at the start of unit :math:`n` of a stretch and :math:`F` the map of
one unit. The drift :math:`D_n = F(y_n) - y_n` is known where a unit was simulated. After a few
units the fast parts of the state repeat themselves, and :math:`D` is a smooth function of
:math:`n`. A jump over :math:`N` units takes the sum

.. math:: y_{n+N} = y_n + \sum_{j=n}^{n+N-1} D_j

with :math:`D_j` from the polynomial through known drifts: a linear multistep method for maps (a
multirevolution method; Petzold, Jay and Yen 1997, doi:10.1017/S0962492900002750). The predictor
takes drifts before the jump; the corrector also the one that is measured after it, and with one
drift less it is the formula of the next lower order, whose difference estimates the error. Sums
that are linear in the state, such as the lithium in all places together, are kept exactly.

The polynomials are in :math:`\log(n + 1)`, not in :math:`n`: growth that limits itself goes as a
power of :math:`n`, which is smooth in the logarithm over any ratio of ages, and where a jump is
short beside the age of the stretch the two are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Drift:
    """Change of a cell over one unit.

    Parameters
    ----------
    place : age of the stretch at the start of the unit: units from its beginning, and what else
        has aged the cell, in units
    change : of each component of the state, and of the counters behind it
    """

    place: float
    change: Vector


def sum_weights(places: Sequence[float], first: float, count: int) -> Vector:
    """Return weights of drifts in the sum over units that polynomials through them give.

    Parameters
    ----------
    places : units whose drift is known, all different
    first, count : the sum goes over units ``first`` to ``first + count - 1``

    Examples
    --------
    >>> sum_weights([0.0, 1.0], 3, 1)  # a straight line over the logarithm: ages 1, 2 and then 4
    array([-1.,  2.])
    """
    units = _age(first + np.arange(count, dtype=np.float64), first)
    known = _age(np.asarray(places, dtype=float), first)
    scale = max(units[-1], *np.abs(known))
    units, known = units / scale, known / scale
    powers = range(len(places))
    moments = np.array([np.sum(units**power) for power in powers])
    return np.linalg.solve(np.vander(known, increasing=True).T, moments)


def _age(place: Vector, first: float) -> Vector:
    """Return the variable that drifts are polynomials of, zero at the unit ``first``."""
    return np.asarray(np.log((place + 1.0) / (first + 1.0)), dtype=float)


def chosen(
    drifts: Sequence[Drift], first: float, count: int, most: int, growth: float
) -> list[int]:
    """Return which drifts to go by: the latest, and earlier ones at some distance from each other.

    Parameters
    ----------
    drifts : known, in order of their places
    first, count : the jump
    most : largest number of them
    growth : largest sum of the weights' magnitudes for each unit of the jump: what noise of the
        drifts may grow by
    """
    picked = [len(drifts) - 1]
    for index in range(len(drifts) - 2, -1, -1):
        if len(picked) == most:
            break
        trial = [*picked, index]
        weights = sum_weights([drifts[k].place for k in trial], first, count)
        if np.abs(weights).sum() <= growth * count:
            picked = trial
    return picked


def summed(drifts: Sequence[Drift], first: float, count: int) -> Vector:
    """Return the change over a jump that the polynomial through these drifts gives."""
    weights = sum_weights([drift.place for drift in drifts], first, count)
    changes = np.array([drift.change for drift in drifts])
    return np.asarray(weights @ changes, dtype=float)


@dataclass(frozen=True)
class Correction:
    """What a drift measured after a jump says about it.

    Parameters
    ----------
    delta : to be added to where the predictor went
    doubt : what the formula of the next lower order leaves out of it
    """

    delta: Vector
    doubt: Vector


def corrected(
    drifts: Sequence[Drift], new: Drift, change: Vector, first: float, count: int
) -> Correction:
    """Return the correction of a jump that a predictor from these drifts made.

    Parameters
    ----------
    drifts : that the predictor went by, the latest first
    new : measured after the jump
    change : what the predictor added
    first, count : the jump
    """
    better = summed([*drifts, new], first, count)
    if len(drifts) > 1:
        return Correction(better - change, better - summed([*drifts[:-1], new], first, count))
    return Correction(better - change, (better - change) / 2)
