r"""Gauss rules of a particle-size distribution, from a fine rule of its density.

The fine rule of the area-weighted density is a list of radii with weights that is exact to
rounding: the trapezoidal rule in a variable in which the integrand falls off like
:math:`e^{-u^2}` or faster [1]_ (lognormal, Weibull), Gauss-Legendre in each bar of a histogram. No
tail is cut: points are added until what is left out of every moment that the rule holds is
below rounding.

From its radii :math:`z_j` and weights :math:`w_j` the recurrence of the orthogonal polynomials
follows by Golub-Kahan bidiagonalisation of :math:`\mathrm{diag}(\sqrt{z_j})`, started with
:math:`\sqrt{w_j}` [2]_: the bidiagonal :math:`B` has :math:`B^T B = J`, the Jacobi matrix, so that
the nodes are squares of singular values, positive and accurate relative to themselves however
far apart they lie [3]_; the shares are the squared first components of the eigenvectors of
:math:`J` [4]_, from twisted factorisations, which keep small components as accurate [5]_.

References
----------
.. [1] H. Takahasi, M. Mori, "Double exponential formulas for numerical integration,"
   Publ. RIMS 9, 721 (1974). doi:10.2977/prims/1195192451
.. [2] G. H. Golub, W. Kahan, "Calculating the singular values and pseudo-inverse of a matrix,"
   J. SIAM Numer. Anal. B 2, 205 (1965). doi:10.1137/0702016
.. [3] J. Demmel, W. Kahan, "Accurate singular values of bidiagonal matrices,"
   SIAM J. Sci. Stat. Comput. 11, 873 (1990). doi:10.1137/0911052
.. [4] G. H. Golub, J. H. Welsch, "Calculation of Gauss quadrature rules,"
   Math. Comp. 23, 221 (1969). doi:10.1090/S0025-5718-69-99647-1
.. [5] I. S. Dhillon, B. N. Parlett, "Orthogonal eigenvectors and relative gaps,"
   SIAM J. Matrix Anal. Appl. 25, 858 (2003).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import svd
from scipy.special import logsumexp, roots_legendre

from twin.models.size_bars import Bar
from twin.models.size_moments import moment
from twin.models.sizes import (
    Histogram,
    LogNormal,
    Mixture,
    SizeError,
    SizeRule,
    Sizes,
    Weibull,
    shift,
)

Array = NDArray[np.float64]
_LOG_ROUNDING = 60.0
_GAUSSIAN_STEP = 0.1
_DOUBLE_EXPONENTIAL_STEP = 0.04
_PER_PIECE = 40
_FEWEST = 8


def lognormal_points(mu: float, sigma: float, order: float) -> tuple[Array, Array]:
    """Return logarithms of radii and of weights for a lognormal density.

    Parameters
    ----------
    mu, sigma : mean and standard deviation of the logarithm of the radius
    order : highest moment that is wanted
    """
    reach = np.sqrt(2 * _LOG_ROUNDING)
    u = np.arange(-reach, reach + order * sigma + _GAUSSIAN_STEP, _GAUSSIAN_STEP)
    return mu + sigma * u, -(u**2) / 2


def weibull_points(
    scale: float, exponent: float, power: float, order: float
) -> tuple[Array, Array]:
    """Return logarithms of radii and of weights for a Weibull density times a power of the radius.

    Parameters
    ----------
    scale, exponent : the density is that of exp(-(R/scale)^exponent)
    power : power of the radius by which the density is multiplied, above -exponent
    order : highest moment that is wanted
    """
    steepness = 1 + power / exponent
    most = _LOG_ROUNDING + 3 * (steepness + order / exponent)
    step = _DOUBLE_EXPONENTIAL_STEP
    x = np.arange(-np.log(_LOG_ROUNDING / steepness) - 1, np.log(most) + step, step)
    t = x - np.exp(-x)
    return np.log(scale) + t / exponent, steepness * t - np.exp(t) + np.log1p(np.exp(-x))


def bar_points(bar: Bar, power: float) -> tuple[Array, Array]:
    """Return logarithms of radii and of weights for a bar of constant density times a power.

    Pieces of it span a factor of two each, so that any power is smooth in them; a bar that
    starts at zero takes the square of a new variable, in which half-integer powers are smooth.

    Parameters
    ----------
    bar : edges and share before the power is applied
    power : power of the radius by which the density is multiplied
    """
    if bar.low == bar.high:
        return np.array([np.log(bar.low)]), np.array([np.log(bar.share) + power * np.log(bar.low)])
    if bar.low == 0:
        x, w = _legendre(_PER_PIECE)
        t = (1 + x) / 2
        radius, weight = bar.high * t**2, w * t
    else:
        octaves = np.log2(bar.high / bar.low)
        x, w = _legendre(int(np.ceil(_FEWEST + (_PER_PIECE - _FEWEST) * min(octaves, 1.0))))
        pieces = int(np.ceil(octaves))
        edges = np.geomspace(bar.low, bar.high, pieces + 1)
        half = np.diff(edges)[:, np.newaxis] / 2
        radius = (edges[:-1, np.newaxis] + half * (1 + x)).ravel()
        weight = (half * w).ravel() / (bar.high - bar.low)
    return np.log(radius), np.log(bar.share * weight) + power * np.log(radius)


@cache
def _legendre(points: int) -> tuple[Array, Array]:
    x, w = roots_legendre(points)
    return np.asarray(x), np.asarray(w)


def gauss_rule(log_radius: Array, log_weight: Array, nodes: int, root: int) -> tuple[Array, Array]:
    """Return radii and shares of the Gauss rule of a fine rule.

    Parameters
    ----------
    log_radius, log_weight : the fine rule; its weights need not sum to one
    nodes : number of radii
    root : the moments of order 0, 1/root, ... (2 nodes - 1)/root hold
    """
    weight = np.exp(log_weight - log_weight.max())
    middle = float(weight @ log_radius) / float(weight.sum())
    z = np.exp((log_radius - middle) / root)
    diagonal, above = _bidiagonal(np.sqrt(z), np.exp((log_weight - log_weight.max()) / 2), nodes)
    values = svd(np.diag(diagonal) + np.diag(above, 1), compute_uv=False, lapack_driver="gesvd")
    found = np.asarray(values[::-1] ** 2)
    share = _first_components(found, diagonal, above)
    return np.exp(middle + root * np.log(found)), share / share.sum()


def _bidiagonal(matrix: Array, start: Array, nodes: int) -> tuple[Array, Array]:
    """Return both diagonals of the upper bidiagonal form of a diagonal matrix."""
    left, right = np.zeros((nodes, start.size)), np.zeros((nodes, start.size))
    diagonal, above = np.zeros(nodes), np.zeros(nodes - 1)
    right[0] = start / np.linalg.norm(start)
    for k in range(nodes):
        vector = _orthogonal(matrix * right[k], left[:k])
        diagonal[k] = np.linalg.norm(vector)
        left[k] = vector / diagonal[k]
        if k < nodes - 1:
            vector = _orthogonal(matrix * left[k], right[: k + 1])
            above[k] = np.linalg.norm(vector)
            right[k + 1] = vector / above[k]
    return diagonal, above


def _orthogonal(vector: Array, others: Array) -> Array:
    """Return what is left of a vector without its parts along orthonormal others."""
    for _ in range(2):
        for other in others[::-1]:
            vector = vector - other * (other @ vector)
    return vector


def _first_components(at: Array, diagonal: Array, above: Array) -> Array:
    """Return the first component squared of the normed eigenvectors of the Jacobi matrix.

    Each vector is built from both ends towards its largest component, where the recurrence
    is stable both ways; signs do not matter here.

    Parameters
    ----------
    at : eigenvalues
    diagonal, above : diagonals of the bidiagonal whose square is the Jacobi matrix
    """
    pivots, ratio = diagonal**2, above / diagonal[:-1]
    shares = np.zeros_like(at)
    for place, value in enumerate(at):
        down, left = _from_the_top(value, pivots, ratio)
        up, right = _from_the_bottom(value, pivots, ratio)
        turn = int(np.argmin(np.abs(down + up + value)))
        upper = np.cumprod(left[:turn][::-1])
        lower = np.cumprod(right[turn:])
        norm = 1 + float(upper @ upper) + float(lower @ lower)
        shares[place] = (upper[-1] if turn else 1.0) ** 2 / norm
    return shares


def _from_the_top(value: float, pivots: Array, ratio: Array) -> tuple[Array, Array]:
    """Return the remainders of the stationary qd transformation, and the multipliers."""
    rest, factor = np.full_like(pivots, -value), np.zeros_like(ratio)
    for k in range(ratio.size):
        factor[k] = pivots[k] * ratio[k] / _not_zero(rest[k] + pivots[k])
        rest[k + 1] = factor[k] * ratio[k] * rest[k] - value
    return rest, factor


def _from_the_bottom(value: float, pivots: Array, ratio: Array) -> tuple[Array, Array]:
    """Return the remainders of the progressive qd transformation, and the multipliers."""
    rest, factor = pivots - value, np.zeros_like(ratio)
    for k in range(ratio.size - 1, -1, -1):
        step = pivots[k] / _not_zero(pivots[k] * ratio[k] ** 2 + rest[k + 1])
        factor[k] = ratio[k] * step
        rest[k] = rest[k + 1] * step - value
    return rest, factor


def _not_zero(pivot: float) -> float:
    return pivot if pivot != 0 else float(np.finfo(float).tiny)


def fine_points(sizes: Sizes, radius: float, curved: int, order: float) -> tuple[Array, Array]:
    """Return the fine rule of the area-weighted density: logarithms of radii and of weights.

    Parameters
    ----------
    sizes : the distribution
    radius : particle radius of the set [m]
    curved : curved directions of the particles
    order : highest moment that is wanted
    """
    power = shift(sizes.weight, "area", curved)
    if isinstance(sizes, LogNormal):
        mu, sigma = sizes.logarithms(radius)
        return lognormal_points(mu + power * sigma**2, sigma, order)
    if isinstance(sizes, Weibull):
        return weibull_points(*sizes.scale_and_exponent(radius), power, order)
    if isinstance(sizes, Histogram):
        return _joined([bar_points(bar, power) for bar in sizes.bars()])
    parts = []
    for part, share in zip(sizes.parts, sizes.shares, strict=True):
        if share > 0:
            at, weight = fine_points(part, radius, curved, order)
            area = share * moment(part, power, sizes.weight, radius, curved)
            parts.append((at, weight - logsumexp(weight) + np.log(area)))
    return _joined(parts)


def _joined(parts: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    return np.concatenate([at for at, _ in parts]), np.concatenate([w for _, w in parts])


def density(sizes: Sizes, at: Array, radius: float = 1.0, curved: int = 2) -> Array:
    """Return the area-weighted density at radii [m-1].

    Parameters
    ----------
    sizes : the distribution
    at : radii [m]
    radius : particle radius of the set [m]
    curved : curved directions of the particles

    Raises
    ------
    SizeError
        If the distribution is a list of radii.
    """
    power = float(shift(sizes.weight, "area", curved))
    if not isinstance(sizes, Mixture):
        norm = moment(sizes, power, sizes.weight, radius, curved)
        return _own_density(sizes, at, radius) * at**power / norm
    area = np.array(
        [
            share * moment(part, power, sizes.weight, radius, curved)
            for part, share in zip(sizes.parts, sizes.shares, strict=True)
        ]
    )
    densities = np.array([density(part, at, radius, curved) for part in sizes.parts])
    return np.asarray(area @ densities / area.sum())


def _own_density(sizes: LogNormal | Weibull | Histogram, at: Array, radius: float) -> Array:
    """Return the density in the weight that the distribution counts by."""
    if isinstance(sizes, LogNormal):
        mu, sigma = sizes.logarithms(radius)
        height = np.exp(-(((np.log(at) - mu) / sigma) ** 2) / 2) / np.sqrt(2 * np.pi)
        return np.asarray(height / (sigma * at))
    if isinstance(sizes, Weibull):
        scale, exponent = sizes.scale_and_exponent(radius)
        x = at / scale
        return np.asarray(exponent / scale * x ** (exponent - 1) * np.exp(-(x**exponent)))
    bars = sizes.bars()
    if any(bar.low == bar.high for bar in bars):
        raise SizeError(
            "radius: a list of radii has no density; give low and high edges of bars instead"
        )
    heights = [
        bar.share / (bar.high - bar.low) * ((bar.low <= at) & (at < bar.high)) for bar in bars
    ]
    return np.asarray(np.sum(heights, axis=0) / sum(bar.share for bar in bars))


def uniform_rule(
    sizes: Sizes, bins: int, *, deviations: float = 5.0, radius: float = 1.0, curved: int = 2
) -> SizeRule:
    """Return bins of equal width around the mean, as finite volumes have them; for comparison.

    What lies beyond is cut, and moments are only as good as the midpoint rule.

    Parameters
    ----------
    sizes : the distribution
    bins : number of bins
    deviations : how far they reach to both sides of the mean, in standard deviations
    radius : particle radius of the set [m]
    curved : curved directions of the particles
    """
    mean, square = (moment(sizes, order, "area", radius, curved) for order in (1, 2))
    reach = deviations * np.sqrt(square - mean**2)
    edges = np.linspace(max(0.0, mean - reach), mean + reach, bins + 1)
    radii = (edges[:-1] + edges[1:]) / 2
    area = density(sizes, radii, radius, curved)
    volume = radii * area
    return SizeRule(radii, area / area.sum(), volume / volume.sum())
