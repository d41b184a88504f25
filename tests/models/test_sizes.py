"""A few radii keep the moments of a distribution, and integrate what depends on the radius."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pybamm.parameters.size_distribution_parameters import lognormal as pybamm_lognormal
from scipy.integrate import quad
from scipy.special import roots_laguerre, roots_legendre

from twin.models.size_bars import Bar
from twin.models.size_moments import moment
from twin.models.size_quadrature import bar_points, density, fine_points, gauss_rule
from twin.models.sizes import (
    WEIGHTS,
    Histogram,
    LogNormal,
    Mixture,
    Weibull,
    shift,
    size_rule,
)

UM = 1e-6
WIDTHS = (0.05, 0.3, 0.8)
NODES = (1, 2, 3, 4, 5, 7, 10, 15, 30)
EDGES = (0.5 * UM, 1 * UM, 2 * UM, 2.5 * UM, 4 * UM, 7 * UM)
SHARE = (2.0, 7.0, 5.0, 4.0, 1.0)
LAWS = [
    *(law(sd=sd, weight=w) for law in (LogNormal, Weibull) for sd in WIDTHS for w in WEIGHTS),
    LogNormal(mean=5 * UM, sd=2 * UM, weight="number"),
    Weibull(mean=3 * UM, sd=1 * UM, weight="volume"),
    *(
        Mixture(
            parts=(
                LogNormal(mean=2 * UM, sd=0.6 * UM, weight="volume"),
                Weibull(mean=8 * UM, sd=2 * UM, weight="number"),
            ),
            shares=(0.3, 0.7),
            weight=w,
        )
        for w in WEIGHTS
    ),
    *(Histogram(low=EDGES[:-1], high=EDGES[1:], share=SHARE, weight=w, nodes=5) for w in WEIGHTS),
    Histogram(low=(0.0, 3 * UM), high=(3 * UM, 4 * UM), share=(1, 2), weight="area", nodes=2),
]
by_law = pytest.mark.parametrize("sizes", LAWS, ids=str)
by_curved = pytest.mark.parametrize("curved", [0, 1, 2])


def with_nodes(sizes, nodes):
    """The same distribution; a histogram has bars enough for as many as five."""
    if isinstance(sizes, Histogram):
        nodes = min(nodes, len(sizes.share))
    return dataclasses.replace(sizes, nodes=nodes)


def held_orders(nodes):
    """Orders of the area moments that the rule says it holds."""
    step = 1.0 if nodes < 4 else 0.5
    return np.arange(2 * nodes) * step


def own_density(sizes, at):
    """Density in the weight of a law, written out once more."""
    m, s = (sizes.mean, sizes.sd) if sizes.mean else (1.0, sizes.sd)
    if isinstance(sizes, LogNormal):
        variance = np.log(1 + (s / m) ** 2)
        mu = np.log(m**2 / np.sqrt(m**2 + s**2))
        height = np.exp(-((np.log(at) - mu) ** 2) / (2 * variance))
        return height / np.sqrt(2 * np.pi * variance) / at
    scale, k = sizes.scale_and_exponent()
    return k / scale * (at / scale) ** (k - 1) * np.exp(-((at / scale) ** k))


def integral(sizes, order, low=1e-60, high=60.0):
    """Integral of a power of the radius times the density, over the logarithm of the radius."""
    unit = sizes.mean or 1.0
    return quad(
        lambda x: (R := unit * math.exp(x)) ** order * own_density(sizes, R) * R,
        math.log(low),
        math.log(high),
        epsabs=0,
        epsrel=1e-12,
        limit=400,
        points=[0.0],
    )[0]


# what is exact ------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("law", [LogNormal, Weibull])
@pytest.mark.parametrize("sd", [0.05, 0.3, 0.45])
def test_closed_forms_are_the_integrals_of_the_density(law, sd, weight):
    sizes = law(sd=sd, weight=weight)
    assert integral(sizes, 0) == pytest.approx(1, rel=1e-10)
    assert integral(sizes, 1) == pytest.approx(1, rel=1e-10)
    assert math.sqrt(integral(sizes, 2) - 1) == pytest.approx(sd, rel=1e-8)
    for curved in (0, 1, 2):
        for wanted in WEIGHTS:
            power = {"number": 0, "area": curved, "volume": curved + 1}
            by = power[wanted] - power[weight]
            if law is Weibull and by < 0 and 1 + by / sizes.scale_and_exponent()[1] < 0.1:
                continue
            expected = integral(sizes, by + 1.5) / integral(sizes, by)
            assert moment(sizes, 1.5, wanted, curved=curved) == pytest.approx(expected, rel=1e-9)


@by_curved
@pytest.mark.parametrize("weight", WEIGHTS)
def test_moments_of_a_mixture_add_up_in_the_weight_of_its_shares(weight, curved):
    parts = (LogNormal(mean=2 * UM, sd=UM), Weibull(mean=8 * UM, sd=2 * UM, weight="number"))
    mixture = Mixture(parts=parts, shares=(0.4, 0.6), weight=weight)
    expected = sum(
        share * moment(part, 2, weight, curved=curved)
        for part, share in zip(parts, (0.4, 0.6), strict=True)
    )
    assert moment(mixture, 2, weight, curved=curved) == pytest.approx(expected, rel=1e-14)
    # shares of area from shares of number: each part brings its own mean area
    areas = [moment(part, curved, "number", curved=curved) for part in parts]
    number = Mixture(parts=parts, shares=(0.4, 0.6), weight="number")
    area_share = np.array([0.4, 0.6]) * areas / (np.array([0.4, 0.6]) @ areas)
    mean = area_share @ [moment(part, 1, "area", curved=curved) for part in parts]
    assert moment(number, 1, "area", curved=curved) == pytest.approx(mean, rel=1e-13)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_moments_of_bars_are_the_integrals_over_them(weight):
    sizes = Histogram(low=EDGES[:-1], high=EDGES[1:], share=SHARE, weight=weight, nodes=5)
    r = [np.linspace(a, b, 20001) for a, b in itertools.pairwise(EDGES)]

    def total(power):
        return sum(
            s * np.trapezoid((x / UM) ** power, x) / (x[-1] - x[0])
            for x, s in zip(r, SHARE, strict=True)
        )

    for wanted in WEIGHTS:
        by = shift(weight, wanted)
        for order in (-1, 0.5, 1, 3):
            expected = total(by + order) / total(by) * UM**order
            assert moment(sizes, order, wanted) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("nodes", NODES)
@by_law
def test_the_rule_holds_the_moments_that_it_says(sizes, nodes):
    sizes = with_nodes(sizes, nodes)
    for curved in (0, 1, 2):
        rule = size_rule(sizes, radius=1.0, curved=curved)
        assert rule.radii.size == sizes.nodes
        assert np.all(np.diff(rule.radii) > 0)
        assert np.all(rule.radii > 0)
        assert np.all(rule.area_share > 0)
        for order in held_orders(sizes.nodes):
            exact = moment(sizes, order, "area", curved=curved)
            assert rule.moment(order) == pytest.approx(exact, rel=1e-10)
            by_volume = moment(sizes, order - 1, "volume", curved=curved)
            assert rule.moment(order - 1, "volume") == pytest.approx(by_volume, rel=1e-10)


@pytest.mark.parametrize("nodes", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("law", [LogNormal, Weibull])
def test_one_moment_more_does_not_hold(law, nodes):
    sizes = law(sd=0.3, nodes=nodes)
    orders = held_orders(nodes)
    beyond = orders[-1] + orders[1]
    assert abs(size_rule(sizes).moment(beyond) / moment(sizes, beyond) - 1) > 1e-8


@by_law
def test_from_two_nodes_on_mean_and_width_by_area_and_by_volume_hold(sizes):
    for nodes in (2, 3, 4, 5):
        rule = size_rule(with_nodes(sizes, nodes))
        for weight in ("area", "volume"):
            found = rule.moment(1, weight), rule.moment(2, weight) - rule.moment(1, weight) ** 2
            mean = moment(sizes, 1, weight)
            width = moment(sizes, 2, weight) - mean**2
            assert found == pytest.approx((mean, width), rel=1e-9)


@by_law
def test_one_node_is_the_mean_by_area_and_has_the_area_of_the_volume(sizes):
    rule = size_rule(with_nodes(sizes, 1), radius=1.0)
    assert rule.radii == pytest.approx([moment(sizes, 1, "area")], rel=1e-12)
    assert 1 / rule.radii[0] == pytest.approx(moment(sizes, -1, "volume"), rel=1e-12)
    assert (rule.area_share, rule.volume_share) == ([1.0], [1.0])


@pytest.mark.parametrize("nodes", NODES)
def test_shares_sum_to_one_and_volume_goes_as_area_times_radius(nodes):
    rule = size_rule(LogNormal(mean=4 * UM, sd=2 * UM, nodes=nodes))
    assert rule.area_share.sum() == pytest.approx(1, rel=1e-14)
    assert rule.volume_share.sum() == pytest.approx(1, rel=1e-14)
    ratio = rule.volume_share / rule.area_share / rule.radii
    np.testing.assert_allclose(ratio, 1 / rule.moment(1), rtol=1e-13)


# weights ------------------------------------------------------------------------------------


@by_curved
def test_another_weight_moves_a_lognormal_law_and_keeps_its_shape(curved):
    by_number = LogNormal(sd=0.6, weight="number")
    mu, sigma = by_number.logarithms()
    mean = math.exp(mu + curved * sigma**2 + sigma**2 / 2)
    assert moment(by_number, 1, "area", curved=curved) == pytest.approx(mean, rel=1e-13)
    by_volume = math.exp(mu + (curved + 1) * sigma**2 + sigma**2 / 2)
    assert moment(by_number, 1, "volume", curved=curved) == pytest.approx(by_volume, rel=1e-13)
    same = LogNormal(sd=0.6, weight="area")
    found, expected = (
        size_rule(by_number, radius=1.0, curved=curved),
        size_rule(same, radius=mean, curved=curved),
    )
    np.testing.assert_allclose(found.radii, expected.radii, rtol=1e-11)
    np.testing.assert_allclose(found.area_share, expected.area_share, rtol=1e-9)


def test_the_mean_by_area_of_spheres_is_the_sauter_radius():
    for sizes in (LogNormal(sd=0.5, weight="number"), Weibull(sd=0.5, weight="number")):
        sauter = moment(sizes, 3, "number") / moment(sizes, 2, "number")
        assert size_rule(sizes).moment(1) == pytest.approx(sauter, rel=1e-12)


def test_plates_have_the_same_area_whatever_their_thickness():
    for law in (LogNormal, Weibull):
        by_number, by_area = law(sd=0.4, weight="number"), law(sd=0.4, weight="area")
        one, other = size_rule(by_number, curved=0), size_rule(by_area, curved=0)
        np.testing.assert_array_equal(one.radii, other.radii)
        np.testing.assert_array_equal(one.area_share, other.area_share)


def test_a_law_without_a_mean_has_that_of_the_set():
    relative, absolute = LogNormal(sd=0.4), LogNormal(mean=5 * UM, sd=2 * UM)
    one, other = size_rule(relative, radius=5 * UM), size_rule(absolute, radius=77.0)
    np.testing.assert_allclose(one.radii, other.radii, rtol=1e-12)
    np.testing.assert_allclose(one.area_share, other.area_share, rtol=1e-10)


# against other solutions --------------------------------------------------------------------


def test_nodes_of_a_lognormal_law_are_those_of_the_stieltjes_wigert_polynomials():
    """Their recurrence is known in closed form (mu = 0, a = exp(sigma^2))."""
    sigma, nodes = 0.5, 6
    sizes = LogNormal(sd=math.sqrt(math.expm1(sigma**2)), nodes=nodes)
    points = fine_points(sizes, math.exp(sigma**2 / 2), 2, 2 * nodes - 1)
    radii, share = gauss_rule(*points, nodes=nodes, root=1)
    n, a = np.arange(nodes), math.exp(sigma**2)
    alpha = a ** (n - 0.5) * (a ** (n + 1) + a**n - 1)
    beta = np.sqrt(a ** (3 * n[1:] - 2) * (a ** n[1:] - 1))
    values, vectors = np.linalg.eigh(np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1))
    np.testing.assert_allclose(radii, values, rtol=1e-11)
    np.testing.assert_allclose(share, vectors[0] ** 2, rtol=1e-8)


def test_one_bar_by_area_gives_gauss_legendre():
    x, w = roots_legendre(3)
    radii, share = gauss_rule(*bar_points(Bar("", 1.0, 3.0, 1.0), 0), nodes=3, root=1)
    np.testing.assert_allclose(radii, 2 + x, rtol=1e-13)
    np.testing.assert_allclose(share, w / 2, rtol=1e-12)


def test_an_exponential_law_gives_gauss_laguerre():
    """Weibull's exponent is 1 where the standard deviation is the mean."""
    sizes = Weibull(sd=1.0, nodes=3)
    assert sizes.scale_and_exponent() == pytest.approx((1, 1), rel=1e-12)
    x, w = roots_laguerre(3)
    rule = size_rule(sizes)
    np.testing.assert_allclose(rule.radii, x, rtol=1e-11)
    np.testing.assert_allclose(rule.area_share, w, rtol=1e-10)


def test_as_many_nodes_as_radii_give_them_back():
    radius, share = (1 * UM, 2 * UM, 5 * UM, 9 * UM), (3.0, 1.0, 0.5, 2.0)
    rule = size_rule(Histogram(radius=radius, share=share, weight="number", nodes=4))
    np.testing.assert_allclose(rule.radii, radius, rtol=1e-12)
    area = np.array(share) * np.array(radius) ** 2
    np.testing.assert_allclose(rule.area_share, area / area.sum(), rtol=1e-11)


@pytest.mark.parametrize("nodes", [4, 15, 29, 30])
def test_almost_as_many_nodes_as_radii_keep_the_moments(nodes):
    radius = np.sort(np.random.default_rng(7).uniform(0.1 * UM, 10 * UM, 30))
    sizes = Histogram(radius=tuple(radius.tolist()), share=tuple(range(1, 31)), nodes=nodes)
    rule = size_rule(sizes)
    for order in held_orders(nodes):
        assert rule.moment(order) == pytest.approx(moment(sizes, order), rel=1e-10)


def test_the_lognormal_density_by_area_is_that_of_pybamm():
    for mean, sd, x in ((1.0, 0.3, 0.7), (5 * UM, 2 * UM, 6 * UM)):
        expected = pybamm_lognormal(x, mean, sd)
        expected = float(expected if isinstance(expected, float) else expected.evaluate())
        own = LogNormal(sd=sd / mean)
        assert density(own, np.array([x]), radius=mean) == pytest.approx([expected], rel=1e-12)


@by_curved
@by_law
def test_densities_by_area_have_the_integral_one(sizes, curved):
    mean = moment(sizes, 1, curved=curved)
    x = np.linspace(0, 3.2, 400_001)[1:] ** 4 * mean
    total = np.trapezoid(density(sizes, x, curved=curved), x)
    assert total == pytest.approx(1, abs=2e-3)


# any distribution ---------------------------------------------------------------------------


@st.composite
def distributions(draw):
    weight = draw(st.sampled_from(WEIGHTS))
    widths = st.floats(0.01, 0.6)
    if draw(st.booleans()):
        laws = [draw(st.sampled_from((LogNormal, Weibull))) for _ in range(draw(st.integers(1, 3)))]
        means = [draw(st.floats(1e-7, 3e-5)) for _ in laws]
        parts = tuple(
            law(mean=m, sd=draw(widths) * m, weight="number")
            for law, m in zip(laws, means, strict=True)
        )
        share = np.array([draw(st.floats(0.01, 1)) for _ in parts])
        shares = tuple((share / share.sum()).tolist())
        nodes = draw(st.integers(1, 12))
        return Mixture(parts=parts, shares=shares, weight=weight, nodes=nodes)
    gaps = draw(st.lists(st.floats(1e-7, 5e-6), min_size=3, max_size=12))
    edges = np.cumsum(gaps)
    share = draw(st.lists(st.floats(0.01, 1), min_size=len(gaps) - 1, max_size=len(gaps) - 1))
    nodes = draw(st.integers(1, len(share)))
    return Histogram(
        low=tuple(edges[:-1].tolist()),
        high=tuple(edges[1:].tolist()),
        share=tuple(share),
        weight=weight,
        nodes=nodes,
    )


@settings(max_examples=60, deadline=None)
@given(distributions(), st.sampled_from([0, 1, 2]))
def test_any_distribution_keeps_its_moments(sizes, curved):
    rule = size_rule(sizes, curved=curved)
    assert np.all(np.diff(rule.radii) > 0)
    assert rule.area_share.sum() == pytest.approx(1, rel=1e-13)
    for order in held_orders(sizes.nodes):
        exact = moment(sizes, order, "area", curved=curved)
        assert rule.moment(order) == pytest.approx(exact, rel=1e-9)
