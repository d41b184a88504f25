r"""The drift of a repeated unit as a slow differential equation, and steps along it.

Let :math:`y_n` be the state at the start of unit :math:`n` of a stretch and :math:`F` the map of
one unit. The drift :math:`D_n = F(y_n) - y_n` is known where a unit was simulated. After a few
units the fast parts of the state repeat themselves, and :math:`D` is a smooth function of
:math:`n`. A jump over :math:`N` units takes the sum

.. math:: y_{n+N} = y_n + \sum_{j=n}^{n+N-1} D_j

with :math:`D_j` from the polynomial through known drifts: a linear multistep method for maps
(multirevolution method; Graf and Bettis 1975, doi:10.1007/BF01228532; Petzold 1981,
doi:10.1137/0718031). The predictor takes drifts before the jump, the corrector the one measured
after it too, and the difference of the two estimates the error. Sums that are linear in the
state, such as the lithium in all places together, are kept exactly.
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
    place : number of the unit within its stretch, from 0
    change : of each component of the state, and of the counters behind it
    """

    place: int
    change: Vector


def sum_weights(places: Sequence[float], first: float, count: int) -> Vector:
    """Return weights of drifts in the sum over units that polynomials through them give.

    Parameters
    ----------
    places : units whose drift is known, all different
    first, count : the sum goes over units ``first`` to ``first + count - 1``

    Examples
    --------
    >>> sum_weights([0.0, 1.0], 2, 1)  # a straight line through two drifts, at the next unit
    array([-1.,  2.])
    """
    scale = max(count, *(abs(place - first) for place in places), 1.0)
    units = np.arange(count) / scale
    known = (np.asarray(places, dtype=float) - first) / scale
    powers = range(len(places))
    moments = np.array([np.sum(units**power) for power in powers])
    return np.linalg.solve(np.vander(known, increasing=True).T, moments)


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
