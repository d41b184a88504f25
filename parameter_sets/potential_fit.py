"""Fit sums of falling terms to a measured open-circuit potential, one term after the other.

The form is that of :mod:`twin.smooth_potentials`. Each round offers every step of a grid of
centres and widths, takes those that a linear fit with signed coefficients likes best, lets
all coefficients move, and follows the three best; bounds keep amplitudes above zero and steps no
narrower than asked. No chance is involved: the same data give the same fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.constants import physical_constants
from scipy.optimize import least_squares, nnls

from twin.smooth_potentials import SmoothPotential, smooth_potential

Array = NDArray[np.float64]
THERMAL_VOLTAGE_V = 298.15 * (
    physical_constants["molar gas constant"][0] / physical_constants["Faraday constant"][0]
)
WIDEST = 0.5
REACH = (1e-3, 0.05)
AMPLITUDE_V = 10.0
FIRST, LAST = -0.1, 1.1
CENTRES = np.linspace(FIRST, LAST, 121)
FOLLOWED = 3  # fits that the next term is added to
LEADING = 4  # numbers before the amplitudes: offset, slope, logarithms of the reaches
DIGITS = 7


@dataclass(frozen=True)
class Data:
    """Measured potentials with their standard deviation.

    Parameters
    ----------
    x : stoichiometry, above 0 and below 1 [-]
    U : potential [V]
    sigma : standard deviation [V]
    """

    x: Array
    U: Array
    sigma: Array


def local_noise(x: Array, U: Array, points: int = 9, span: int = 31) -> Array:
    """Return the noise of data [V]: scatter about a parabola through the points around each.

    The parabola is fitted to nine points, the six degrees of freedom left give the variance,
    and the median over thirty-one points is taken for the place.

    Parameters
    ----------
    x, U : the data, ascending in x
    points : through which a parabola is laid
    span : over which the median is taken
    """
    variance = np.empty(len(x))
    for i in range(len(x)):
        first = min(max(i - points // 2, 0), len(x) - points)
        here = slice(first, first + points)
        line = np.polynomial.Polynomial.fit(x[here], U[here], 2)
        variance[i] = np.sum((U[here] - line(x[here])) ** 2) / (points - 3)
    half = span // 2
    local = [np.median(variance[max(0, i - half) : i + half + 1]) for i in range(len(x))]
    return np.asarray(np.sqrt(local))


def fit_potential(data: Data, terms: int, narrowest: float) -> SmoothPotential:
    """Return the smooth potential that holds the data best.

    Parameters
    ----------
    data : what is fitted, weighted with its standard deviation
    terms : number of hyperbolic tangents
    narrowest : least width of one, which bounds the curvature [-]
    """
    start = np.log(2 * REACH[0])
    kept = [np.array([float(data.U.mean()), 0.05, start, start])]
    for _ in range(terms):
        begun = [one for at in kept for one in _with_one_more(data, at, narrowest)]
        found = sorted((_polished(data, one, narrowest) for one in begun), key=lambda end: end[0])
        kept = [at for _, at in found[:FOLLOWED]]
    return rounded(_potential(kept[0]))


def rounded(fit: SmoothPotential) -> SmoothPotential:
    """Return a fit with its coefficients cut to the digits that are stored."""
    order = np.argsort(fit.centres)

    def cut(numbers: Any) -> tuple[float, ...]:
        return tuple(float(f"{numbers[k]:.{DIGITS}g}") for k in order)

    def one(number: float) -> float:
        return float(f"{number:.{DIGITS}g}")

    return SmoothPotential(
        offset_V=one(fit.offset_V),
        slope_V=one(fit.slope_V),
        amplitudes_V=cut(fit.amplitudes_V),
        centres=cut(fit.centres),
        widths=cut(fit.widths),
        dilute=one(fit.dilute),
        full=one(fit.full),
        thermal_voltage_V=one(fit.thermal_voltage_V),
    )


def _potential(at: Array) -> SmoothPotential:
    amplitudes, centres, widths = np.split(at[LEADING:], 3)
    return SmoothPotential(
        offset_V=float(at[0]),
        slope_V=float(at[1]),
        amplitudes_V=tuple(amplitudes),
        centres=tuple(centres),
        widths=tuple(np.exp(widths)),
        dilute=float(np.exp(at[2])),
        full=float(np.exp(at[3])),
        thermal_voltage_V=THERMAL_VOLTAGE_V,
    )


def _residual(at: Array, data: Data) -> Array:
    found: Array = (smooth_potential(data.x, _potential(at)) - data.U) / data.sigma
    return found


def _jacobian(at: Array, data: Data) -> Array:
    """Return the derivative of the residual by each coefficient."""
    amplitudes, centres, widths = np.split(at[LEADING:], 3)
    x, width = data.x[:, None], np.exp(widths)
    along = (x - centres) / width
    level = np.tanh(along)
    bend = amplitudes * (1 - level**2)
    dilute, full = np.exp(at[2:LEADING])
    columns = (
        np.ones_like(x),
        -x,
        THERMAL_VOLTAGE_V * dilute / (x + dilute),
        -THERMAL_VOLTAGE_V * full / (1 - x + full),
        -level,
        bend / width,
        bend * along,
    )
    found: Array = np.hstack(columns) / data.sigma[:, None]
    return found


def _with_one_more(data: Data, at: Array, narrowest: float) -> list[Array]:
    """Return the most promising sets of coefficients with one more term."""
    _, centres, widths = np.split(at[LEADING:], 3)
    x = data.x[:, None]
    ideal = smooth_potential(data.x, _potential(at[:LEADING])) - at[0] + at[1] * data.x
    weighted = (data.U - ideal) / data.sigma
    ones = np.ones_like(x)
    present = np.hstack([ones, -ones, -x, -np.tanh((x - centres) / np.exp(widths))])
    present = present / data.sigma[:, None]
    grid = np.meshgrid(CENTRES, np.log(np.geomspace(narrowest, WIDEST, 8)))
    new_centres, new_widths = (part.ravel() for part in grid)
    offered = -np.tanh((x - new_centres) / np.exp(new_widths)) / data.sigma[:, None]
    found = []
    for k in _promising(present, offered, weighted):
        solved, rest = nnls(np.column_stack([present, offered[:, k]]), weighted, maxiter=2000)
        leading = [solved[0] - solved[1], solved[2], at[2], at[3]]
        steps = [*solved[3:], *centres, new_centres[k], *widths, new_widths[k]]
        found.append((rest, np.array([*leading, *steps])))
    return [begun for _, begun in sorted(found, key=lambda pair: pair[0])[:3]]


def _promising(present: Array, offered: Array, weighted: Array) -> list[int]:
    """Return some columns that take most off what the present ones leave."""
    basis, _ = np.linalg.qr(present[:, 1:])
    left = weighted - basis @ (basis.T @ weighted)
    outside = offered - basis @ (basis.T @ offered)
    along = outside.T @ left
    gain = np.where(along > 0, along**2 / np.maximum(np.sum(outside**2, axis=0), 1e-12), 0.0)
    return [int(k) for k in np.argsort(-gain)[:400:40]]


def _polished(data: Data, begun: Array, narrowest: float) -> tuple[float, Array]:
    """Return the least sum of squares that all coefficients reach together, and them."""
    each = np.ones((len(begun) - LEADING) // 3)
    reach = np.log(REACH)
    low = np.r_[-20.0, 0.0, reach[0], reach[0], 0 * each, FIRST * each, np.log(narrowest) * each]
    high = np.r_[20.0, 5.0, reach[1], reach[1], AMPLITUDE_V * each, LAST * each]
    high = np.r_[high, np.log(WIDEST) * each]
    found = least_squares(
        _residual,
        np.clip(begun, low + 1e-9, high - 1e-9),
        jac=_jacobian,
        args=(data,),
        bounds=(low, high),
        x_scale="jac",
        max_nfev=200,
    )
    return float(found.cost), np.asarray(found.x)
