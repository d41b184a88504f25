"""The best fit of a curve, wherever it lies: many starts, the promising ones refined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from twin.diagnosis.voltage_model import OVERPOTENTIAL, SHARE, VoltageModel

Numbers = NDArray[np.float64]
Bounds = tuple[Numbers, Numbers]
STARTS = 4096
REFINED = 6
LEAST_RANGE = 0.04  # of stoichiometry that a curve spans
LEAST_USED = 0.005  # of stoichiometry, below which a fit is none
_COARSE = 40  # points of the curve that a start is judged by
_SHARES = 5
_ROBUST_V = 0.03  # errors beyond this count less while searching
_APART = 0.06  # starts nearer than this in stoichiometry are one
_SEED = 20240229


@dataclass(frozen=True)
class Optimum:
    """A local best fit: the free numbers and half the weighted sum of squares."""

    given: Numbers
    cost: float


def starts(model: VoltageModel, share: Numbers, volts: Numbers, bounds: Bounds) -> list[Numbers]:
    """Return starting points all over the allowed ranges, the most promising first."""
    from scipy.stats import qmc  # slow to import, and parameter sets import this room

    low, high = bounds
    sample = qmc.Sobol(4, seed=np.random.default_rng(_SEED)).random(STARTS)
    ends = low[:4] + sample * (high[:4] - low[:4])
    ends[:, :2].sort(axis=1)
    ends[:, 2:] = -np.sort(-ends[:, 2:], axis=1)
    wide = (ends[:, 1] - ends[:, 0] > LEAST_RANGE) & (ends[:, 2] - ends[:, 3] > LEAST_RANGE)
    inside = np.all((ends >= low[:4]) & (ends <= high[:4]), axis=1)
    ends = ends[wide & inside]
    places = np.linspace(share[0], share[-1], _COARSE)
    target = np.interp(places, share, volts)
    found: list[tuple[float, Numbers]] = []
    for part in _shares(model, bounds):
        cost = _coarse_cost(model, part, ends, places, target)
        rest = [0.0 if name == OVERPOTENTIAL else part for name in model.free[4:]]
        for at in np.argsort(cost)[: 20 * REFINED]:
            found.append((float(cost[at]), np.concatenate([ends[at], rest])))
    return _apart(found)


def _shares(model: VoltageModel, bounds: Bounds) -> list[float]:
    if SHARE not in model.free:
        return [model.half_cells.negative.share]
    at = model.free.index(SHARE)
    low, high = bounds[0][at], bounds[1][at]
    return [float(low + k / (_SHARES + 1) * (high - low)) for k in range(1, _SHARES + 1)]


def _coarse_cost(
    model: VoltageModel, part: float, ends: Numbers, places: Numbers, target: Numbers
) -> Numbers:
    """Return a robust misfit of many starts at once, the best constant shift taken off if free."""
    cells = model.half_cells
    x = ends[:, :1] + places * (ends[:, 1:2] - ends[:, :1])
    y = ends[:, 2:3] + places * (ends[:, 3:4] - ends[:, 2:3])
    volts = np.interp(y, cells.positive.sto, cells.positive.potential())
    volts -= np.interp(x, cells.negative.sto, cells.negative.potential(part))
    error = volts - target
    if OVERPOTENTIAL in model.free:
        error -= np.median(error, axis=1, keepdims=True)
    return np.asarray(np.sum(np.sqrt(1 + (error / _ROBUST_V) ** 2) - 1, axis=1))


def _apart(found: list[tuple[float, Numbers]]) -> list[Numbers]:
    kept: list[Numbers] = []
    for _, given in sorted(found, key=lambda entry: entry[0]):
        if all(np.max(np.abs(given - other)) > _APART for other in kept):
            kept.append(given)
        if len(kept) == REFINED:
            break
    return kept


def spans(given: Numbers) -> bool:
    """Return whether both electrodes are used, and the right way round."""
    x_0, x_1, y_0, y_1 = given[:4]
    return bool(x_1 - x_0 > LEAST_USED and y_0 - y_1 > LEAST_USED)


def refine(
    model: VoltageModel, points: tuple[Numbers, Numbers], root: Numbers, start: Numbers, bounds: Any
) -> Optimum:
    """Return the local optimum next to a start.

    Parameters
    ----------
    points : shares of the charge and voltages [V]
    root : matrix whose product with the residuals has the weighted sum of squares
    """
    share, volts = points
    room = 1e-9 * (bounds[1] - bounds[0])
    done = least_squares(
        lambda given: root @ (model.voltage(share, given) - volts),
        np.clip(start, bounds[0] + room, bounds[1] - room),
        lambda given: root @ model.jacobian(share, given),
        bounds=bounds,
        x_scale=np.maximum(0.05 * (bounds[1] - bounds[0]), 1e-6),
        xtol=1e-10,
        ftol=1e-12,
        gtol=1e-12,
        max_nfev=200,
    )
    return Optimum(done.x, float(done.cost))
