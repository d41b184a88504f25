r"""Nodes, weights and derivatives of an orthogonal-polynomial method along a radius.

A function of the radius of a solid particle that is smooth in space is even in :math:`r`, so it
is expanded in :math:`s = r^2/R^2` and needs half the unknowns; in a shell the coordinate
is :math:`s = (r-a)/(R-a)`. The nodes are those of a Gauss rule with the outer wall (Radau), or
with both walls (Lobatto), among them [1]_ [2]_. A rational map

.. math:: s = \frac{(1+k)\,y}{1+k\,y}, \qquad y \in [0, 1],

draws them towards the outer wall [3]_, where a step of current leaves its thin layer; the
polynomials are then those of :math:`y`. With the weight :math:`r^n \mathrm{d}r` in the rule,
the Radau weights integrate the product of any two of the :math:`N` basis functions exactly, so
the mass matrix is diagonal without error and lithium is conserved to rounding.

References
----------
.. [1] C. Canuto, M. Y. Hussaini, A. Quarteroni, T. A. Zang, Spectral Methods: Fundamentals in
   Single Domains, Springer (2006). doi:10.1007/978-3-540-30726-6
.. [2] G. H. Golub, "Some modified matrix eigenvalue problems," SIAM Review 15, 318 (1973).
   doi:10.1137/1015032
.. [3] J. P. Boyd, Chebyshev and Fourier Spectral Methods, 2nd ed., Dover (2001), on maps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import roots_legendre

from twin.models.lagrange import Array, differentiation_matrix, interpolation_matrix

CROWDING = 1.75
_FINE = 200


@dataclass(frozen=True)
class Rule:
    r"""What a method on the nodes of a radius needs; radius and inner wall in their unit.

    Parameters
    ----------
    nodes : radii of the nodes, the last one the outer wall
    weights : integral of a function times :math:`r^n` is ``weights @ values``
    derivative : matrix from values to d/dr at the nodes
    inner_value, inner_derivative : rows that give value and d/dr at the inner wall
    running : matrix from values to their volume mean between the inner wall and each node
    """

    nodes: Array
    weights: Array
    derivative: Array
    inner_value: Array
    inner_derivative: Array
    running: Array


@dataclass(frozen=True)
class _Map:
    """Radius as a function of y, with its derivative."""

    radius: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def _map(radius: float, inner: float, crowding: float) -> _Map:
    def s(y: Array) -> Array:
        return (1 + crowding) * y / (1 + crowding * y)

    def ds(y: Array) -> Array:
        return (1 + crowding) / (1 + crowding * y) ** 2

    if inner > 0:
        width = radius - inner
        return _Map(lambda y: inner + width * s(y), lambda y: width * ds(y))
    return _Map(lambda y: radius * np.sqrt(s(y)), lambda y: radius * ds(y) / (2 * np.sqrt(s(y))))


def radial_rule(
    n: int,
    points: int,
    radius: float,
    inner: float = 0.0,
    *,
    open_core: bool = False,
    crowding: float = CROWDING,
) -> Rule:
    """Return the rule of a shape with `points` nodes.

    Parameters
    ----------
    n : curved directions of the shape, 0 to 2
    points : number of nodes, at least 2 (3 where both walls are among them)
    radius, inner : outer and inner wall
    open_core : whether the inner wall reacts too, and is then a node
    crowding : k of the map; none where the inner wall is a node

    Examples
    --------
    >>> rule = radial_rule(2, 5, 1.0)
    >>> float(rule.nodes[-1]), round(float(rule.weights.sum()), 12)
    (1.0, 0.333333333333)
    """
    walls = _map(radius, inner, 0.0 if open_core else crowding)
    fine, fine_weights = _fine(0.0, 1.0)
    measure = fine_weights * walls.radius(fine) ** n * walls.slope(fine)
    y = _gauss_nodes(fine, measure, points, both=open_core)
    weights = np.asarray(interpolation_matrix(y, fine).T @ measure)
    derivative = differentiation_matrix(y)
    slope = walls.slope(np.maximum(y, 1e-300)) if inner == 0 else walls.slope(y)
    nodes = walls.radius(y)
    nodes[-1] = radius
    inner_derivative = np.zeros(points)
    if inner > 0:
        step = walls.slope(np.zeros(1))[0]
        inner_derivative = interpolation_matrix(y, np.zeros(1))[0] @ derivative / step
    return Rule(
        nodes=nodes,
        weights=weights,
        derivative=derivative / slope[:, np.newaxis],
        inner_value=interpolation_matrix(y, np.zeros(1))[0],
        inner_derivative=inner_derivative,
        running=_running_means(n, y, walls, inner),
    )


def _fine(start: float, end: float) -> tuple[Array, Array]:
    """Return a rule on [start, end] that is fine enough to be exact to rounding.

    The square of a new variable takes the root out of weights such as r dr/ds at s = 0.
    """
    x, w = _legendre()
    t = (1 + x) / 2
    return start + (end - start) * t**2, (end - start) * w * t


@cache
def _legendre() -> tuple[Array, Array]:
    x, w = roots_legendre(_FINE)
    return np.asarray(x), np.asarray(w)


def _gauss_nodes(fine: Array, measure: Array, points: int, *, both: bool) -> Array:
    """Return the Gauss nodes in [0, 1] with 1 among them, and 0 too if `both`.

    The recurrence of the orthogonal polynomials comes from discrete sums (Stieltjes); its
    last rows are changed so that the given ends are nodes.
    """
    alpha, beta = np.zeros(points), np.zeros(points)
    before, now, norm = np.zeros_like(fine), np.ones_like(fine), 1.0
    for k in range(points):
        square = float(measure @ now**2)
        alpha[k] = float(measure @ (fine * now**2)) / square
        beta[k] = square / norm if k else 0.0
        before, now = now, (fine - alpha[k]) * now - beta[k] * before
        norm = square

    def last_two(x: float) -> tuple[float, float]:
        old, new = 0.0, 1.0
        for k in range(points - 1):
            old, new = new, (x - alpha[k]) * new - beta[k] * old
        return old, new

    low, high = last_two(0.0), last_two(1.0)
    if both:
        system = np.array([[low[1], low[0]], [high[1], high[0]]])
        alpha[-1], beta[-1] = np.linalg.solve(system, np.array([0.0, high[1]]))
    else:
        alpha[-1] = 1.0 - beta[-1] * high[0] / high[1]
    off = np.sqrt(beta[1:])
    y = np.linalg.eigvalsh(np.diag(alpha) + np.diag(off, 1) + np.diag(off, -1))
    y[-1] = 1.0
    if both:
        y[0] = 0.0
    return y


def _running_means(n: int, y: Array, walls: _Map, inner: float) -> Array:
    rows = np.empty((y.size, y.size))
    for k, end in enumerate(y):
        if end == 0.0:
            rows[k] = np.arange(y.size) == k
            continue
        at, w = _fine(0.0, float(end))
        measure = w * walls.radius(at) ** n * walls.slope(at)
        rows[k] = (interpolation_matrix(y, at).T @ measure) / measure.sum()
    return rows
