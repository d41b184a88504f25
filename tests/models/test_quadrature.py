"""The rule integrates and differentiates exactly what it should, and nothing by chance."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Polynomial
from scipy.integrate import quad

from tests.models.lone import polynomial_coordinate
from twin.models.quadrature import CROWDING, radial_rule

RADIUS, INNER = 2.0, 0.7
CASES = [
    (n, inner, open_core)
    for n in (0, 1, 2)
    for inner, open_core in ((0.0, False), (INNER, False), (INNER, True))
]
by_case = pytest.mark.parametrize(("n", "inner", "open_core"), CASES)
by_points = pytest.mark.parametrize("points", [3, 5, 8, 12])


def coordinate(r, inner, open_core):
    if open_core:
        return (r - inner) / (RADIUS - inner)
    return polynomial_coordinate(r, RADIUS, inner)


def rule(points, n, inner, open_core):
    return radial_rule(n, points, RADIUS, inner, open_core=open_core)


def integral(n, inner, open_core, power, end=RADIUS):
    """Integral of y^power r^n dr by adaptive quadrature."""
    return quad(
        lambda r: coordinate(r, inner, open_core) ** power * r**n,
        inner,
        end,
        epsabs=0,
        epsrel=1e-12,
    )[0]


@by_case
@by_points
def test_walls_are_nodes_and_the_others_lie_between_them(points, n, inner, open_core):
    found = rule(points, n, inner, open_core)
    assert found.nodes.size == points
    assert found.nodes[-1] == RADIUS
    assert np.all(np.diff(found.nodes) > 0)
    assert np.all(found.weights > 0)
    if open_core:
        assert found.nodes[0] == inner
    else:
        assert found.nodes[0] > inner


@by_case
@by_points
def test_the_weights_integrate_twice_as_many_powers_as_there_are_nodes(points, n, inner, open_core):
    """Radau is exact to degree 2N - 2, Lobatto to 2N - 3; one more power is too much."""
    found = rule(points, n, inner, open_core)
    y = coordinate(found.nodes, inner, open_core)
    last = 2 * points - (3 if open_core else 2)
    for power in (0, 1, points, last):
        expected = integral(n, inner, open_core, power)
        assert found.weights @ y**power == pytest.approx(expected, rel=1e-11)
    if points <= 5:
        beyond = integral(n, inner, open_core, last + 1)
        assert abs(found.weights @ y ** (last + 1) / beyond - 1) > 1e-9


@by_case
def test_the_product_of_any_two_basis_functions_is_integrated_exactly(n, inner, open_core):
    """So the diagonal mass matrix is the true one (Radau; Lobatto lacks the last power)."""
    points = 6
    found = rule(points, n, inner, open_core)
    y = coordinate(found.nodes, inner, open_core)
    basis = [Polynomial.fit(y, unit, points - 1, domain=[0, 1]) for unit in np.eye(points)]
    for i, j in ((0, 0), (1, 4), (5, 5), (2, 5)):
        product = quad(
            lambda r, i=i, j=j: basis[i](z := coordinate(r, inner, open_core)) * basis[j](z) * r**n,
            inner,
            RADIUS,
            epsabs=1e-14,
            epsrel=1e-12,
        )[0]
        expected = found.weights[i] if i == j else 0.0
        if not open_core:
            assert product == pytest.approx(expected, abs=1e-10)
        elif i == j:
            assert abs(product - expected) > 1e-3 * expected


@by_case
def test_derivatives_and_wall_values_are_those_of_the_polynomial(n, inner, open_core):
    found = rule(7, n, inner, open_core)
    y = coordinate(found.nodes, inner, open_core)
    values = Polynomial([0.3, -1.0, 2.0, 0.5, -0.7, 0.2, 0.1])
    h = 1e-6 * RADIUS

    def at(r):
        return values(coordinate(r, inner, open_core))

    slope = (at(found.nodes + h) - at(found.nodes - h)) / (2 * h)
    np.testing.assert_allclose(found.derivative @ values(y), slope, rtol=0, atol=1e-7)
    assert found.inner_value @ values(y) == pytest.approx(0.3, rel=1e-12)
    at_wall = (at(inner + h) - at(inner - h)) / (2 * h) if inner else 0.0
    assert found.inner_derivative @ values(y) == pytest.approx(at_wall, abs=1e-7)


@by_case
def test_running_means_are_those_of_the_polynomial_from_the_inner_wall(n, inner, open_core):
    found = rule(6, n, inner, open_core)
    y = coordinate(found.nodes, inner, open_core)
    means = found.running @ y**3
    for r, mean in zip(found.nodes, means, strict=True):
        if r == inner:
            assert mean == 0.0
            continue
        parts = [integral(n, inner, open_core, power, end=r) for power in (3, 0)]
        assert mean == pytest.approx(parts[0] / parts[1], rel=1e-10)
    total = found.weights.sum()
    assert means[-1] == pytest.approx(found.weights @ y**3 / total, rel=1e-11)


def test_nodes_of_a_solid_sphere_crowd_at_the_surface():
    """The map of the module, turned round: s = (1 + k) y / (1 + k y)."""
    nodes = radial_rule(2, 8, 1.0).nodes
    y = polynomial_coordinate(nodes)
    np.testing.assert_allclose((1 + CROWDING) * y / (1 + CROWDING * y), nodes**2, rtol=1e-14)
    assert 1 - nodes[-2] < 0.025


def test_a_rule_scales_with_the_radius():
    one, other = radial_rule(2, 6, 1.0, 0.3), radial_rule(2, 6, 1e-9, 0.3e-9)
    np.testing.assert_allclose(other.nodes, one.nodes * 1e-9, rtol=1e-12)
    np.testing.assert_allclose(other.weights, one.weights * 1e-27, rtol=1e-11)
    np.testing.assert_allclose(other.derivative, one.derivative * 1e9, rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(other.running, one.running, atol=1e-12)
