"""The exact solutions obey the equation, its conditions and its limits, and agree by two ways."""

import time
from functools import partial

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.special import erfc, j1, jn_zeros, y1

from tests.reference import diffusion as exact

SHAPES = pytest.mark.parametrize("n", [0, 1, 2], ids=["slab", "cylinder", "sphere"])
HOLLOW = pytest.mark.parametrize(("inner", "flux"), [(0.05, 0.0), (0.3, 0.7), (0.9, -0.4)])
TIMES = np.geomspace(1e-8, 10, 200)


def solutions(n):
    """Return each solution as a function of time and radius, and its inner radius."""
    return {
        "constant flux": (partial(exact.constant_flux, n), 0.0),
        "constant surface": (partial(exact.constant_surface, n), 0.0),
        "exchange": (partial(exact.surface_exchange, n, 3.0), 0.0),
        "hollow": (lambda tau, r: exact.constant_flux_hollow(n, 0.3, tau, r, 0.7), 0.3),
    }


def volume_mean(n, f, inner, outer=1.0, nodes=80):
    """Return the mean over the volume by Gauss's rule."""
    x, weights = np.polynomial.legendre.leggauss(nodes)
    r = inner + (outer - inner) * (1 + x) / 2
    return np.sum(weights * r**n * f(r)) / np.sum(weights * r**n)


def slope(f, x, h):
    """Return the derivative by seven one-sided points a distance h apart."""
    steps = np.arange(7.0)
    weights = np.linalg.solve(np.vander(steps, increasing=True).T, np.eye(7)[1])
    return np.sum(weights * f(x + h * steps)) / h


def collocation(n, inner, tau, flux, biot=0.0):
    """Return radii and concentrations by Chebyshev collocation and a matrix exponential.

    Nothing here is known of eigenfunctions. At the walls biot c + dc/dr (outwards) is the flux;
    a solid particle is the interval from -1 to 1 with the same at both ends and no node at 0.
    """
    m = 47 if inner == -1 else 64
    x = np.cos(np.pi * np.arange(m + 1) / m)
    ends = np.r_[2, np.ones(m - 1), 2] * (-1.0) ** np.arange(m + 1)
    slopes = np.outer(ends, 1 / ends) / (x[:, None] - x + np.eye(m + 1))
    slopes -= np.diag(slopes.sum(axis=1))
    r, slopes = (1 + inner) / 2 + (1 - inner) / 2 * x, slopes * 2 / (1 - inner)
    laplacian = slopes @ slopes + (n / r)[:, None] * slopes
    wall, inside = [0, m], slice(1, m)
    outward = np.array([[1.0], [-1.0]]) * slopes[wall]
    outward[[0, 1], wall] += biot
    solve = np.linalg.inv(outward[:, wall])
    system = np.zeros((m, m))
    back = laplacian[inside][:, wall] @ solve
    system[:-1, :-1] = laplacian[inside, inside] - back @ outward[:, inside]
    system[:-1, -1] = back @ flux
    c = expm(system * tau)[:-1, -1]
    at_walls = solve @ (flux - outward[:, inside] @ c)
    return np.abs(r), np.r_[at_walls[0], c, at_walls[1]]


@SHAPES
@pytest.mark.parametrize("name", list(solutions(0)))
@pytest.mark.parametrize("tau", [0.005, 0.015, 0.05, 0.4])
def test_the_diffusion_equation_holds(n, name, tau):
    """Fourth-order differences; before and after the switch from transform to series."""
    f, _ = solutions(n)[name]
    r, h, k = np.linspace(0.35, 0.95, 7), 2e-3, 2e-3 * tau
    offsets, first = np.arange(-2, 3), np.array([1, -8, 0, 8, -1]) / 12
    second = np.array([-1, 16, -30, 16, -1]) / 12
    around = f(tau, r + h * offsets[:, None])
    rate = first @ f(tau + k * offsets[:, None], r) / k
    expected = second @ around / h**2 + n / r * (first @ around) / h
    assert rate == pytest.approx(expected, abs=1e-6 * (1 + np.abs(rate).max()))


@SHAPES
@pytest.mark.parametrize("tau", [1e-7, 1e-5, 1e-3, 0.03, 1.0])
def test_conditions_at_the_walls_hold(n, tau):
    h = min(0.005, 0.1 * np.sqrt(tau))
    every = {name: f for name, (f, _) in solutions(n).items()}
    outer = {name: -slope(lambda x, f=f: f(tau, 2 - x), 1, h) for name, f in every.items()}
    assert outer["constant flux"] == pytest.approx(1.0, abs=1e-6)
    assert outer["hollow"] == pytest.approx(1.0, abs=1e-6)
    assert outer["exchange"] == pytest.approx(
        3 * (1 - exact.surface_exchange(n, 3.0, tau, 1.0)), rel=1e-6
    )
    assert exact.constant_surface(n, tau, 1.0) == pytest.approx(1.0, abs=1e-12)
    inner = slope(partial(every["hollow"], tau), 0.3, h)
    assert inner == pytest.approx(-0.7, abs=1e-6)
    for name in ("constant flux", "constant surface", "exchange"):
        near = every[name](tau, np.array([0.0, 1e-5]))
        assert near[1] - near[0] == pytest.approx(0.0, abs=1e-8), name  # even in r


@SHAPES
@pytest.mark.parametrize("tau", [1e-3, 0.015, 0.025, 1.0])
def test_what_flows_in_is_inside(n, tau):
    flux, surface, exchange, hollow = (f for f, _ in solutions(n).values())
    expected = [
        (flux, 0.0, exact.constant_flux_mean(n, tau)),
        (surface, 0.0, exact.constant_surface_uptake(n, tau)),
        (exchange, 0.0, exact.surface_exchange_uptake(n, 3.0, tau)),
        (hollow, 0.3, (n + 1) * (1 + 0.7 * 0.3**n) / (1 - 0.3 ** (n + 1)) * tau),
    ]
    for f, inner, mean in expected:
        assert volume_mean(n, partial(f, tau), inner) == pytest.approx(mean, rel=1e-10)
    assert exact.constant_flux_mean(n, tau) == (n + 1) * tau
    mean = exact.constant_flux_hollow_mean(n, 0.3, tau, 0.7)
    assert mean == pytest.approx(expected[-1][-1], rel=1e-14)


@SHAPES
@pytest.mark.parametrize("tau", [1e-3, 0.015, 0.025, 1.0])
def test_the_running_mean_is_the_mean_of_the_inside(n, tau):
    for r in (1e-3, 0.4, 0.97, 1.0):
        found = exact.constant_flux_running_mean(n, tau, r)
        inside = volume_mean(n, partial(exact.constant_flux, n, tau), 0.0, r)
        assert found == pytest.approx(inside, abs=1e-11)
    centre = exact.constant_flux_running_mean(n, tau, 0.0)
    assert centre == pytest.approx(exact.constant_flux(n, tau, 0.0), abs=1e-12)
    whole = exact.constant_flux_running_mean(n, TIMES, 1.0)
    assert whole == pytest.approx((n + 1) * TIMES, rel=1e-11)


@SHAPES
def test_short_times_see_a_plane_wall_and_then_its_curvature(n):
    tau = np.geomspace(1e-15, 1e-4, 50)
    third = (0, 3 / 8, 1)[n] * 4 / (3 * np.sqrt(np.pi)) * tau**1.5
    expected = 2 * np.sqrt(tau / np.pi) + n * tau / 2 + third
    found = exact.constant_flux_surface(n, tau)
    assert np.all(np.abs(found - expected) < tau**2 + 1e-12 * expected)
    uptake = (n + 1) * (2 * np.sqrt(tau / np.pi) - n * tau / 2)
    assert np.all(np.abs(exact.constant_surface_uptake(n, tau) - uptake) < tau**1.5 + 1e-15)


def test_images_give_the_slab_and_the_sphere():
    """Crank's other form of the same solutions, a sum of error functions."""
    r, tau = np.linspace(0.05, 1, 9), np.array([1e-8, 1e-4, 0.01, 0.1, 1.0])[:, None]
    odd, width = 2 * np.arange(12)[:, None, None] + 1, 2 * np.sqrt(tau)
    near, far = erfc((odd - r) / width), erfc((odd + r) / width)
    signs = (-1.0) ** np.arange(12)[:, None, None]
    slab, sphere = np.sum(signs * (near + far), axis=0), np.sum(near - far, axis=0) / r
    assert exact.constant_surface(0, tau, r) == pytest.approx(slab, abs=1e-12)
    assert exact.constant_surface(2, tau, r) == pytest.approx(sphere, abs=1e-12)


@SHAPES
def test_series_and_transform_agree_at_all_times(n):
    times = TIMES[TIMES > 1e-7][::4]
    tau, r = times[:, None], np.array([1e-3, 0.3, 0.9, 1.0])
    pairs = [(partial(exact.flux_series, n), partial(exact._flux_transform, n))]
    for biot in (1e-3, 2.0, 50.0, np.inf):
        series = partial(exact.exchange_series, n, biot)
        pairs.append((series, partial(exact._exchange_transform, n, biot)))
    for series, transform in pairs:
        for mean in (False, True):
            x = r[-1:] if mean and len(series.args) == 2 else r
            inverse = exact.invert_laplace(
                lambda s, t=transform, x=x, mean=mean: t(s, x[:, None], mean=mean), tau
            )
            found = series(tau, x, mean=mean)
            assert found == pytest.approx(inverse, abs=1e-10)
            late = (times > 1e-3) & (times < 0.1)
            assert found[late] == pytest.approx(inverse[late], abs=1e-12)


@SHAPES
def test_solutions_start_at_zero_and_broadcast(n):
    tau = np.array([-1.0, 0.0, 1e-3, 1.0])[:, None]
    for f, inner in solutions(n).values():
        r = np.linspace(inner, 1, 5)
        table = f(tau, r)
        assert table.shape == (4, 5)
        assert np.all(table[:2] == 0)
        assert table[3, 2] == pytest.approx(f(1.0, r[2]), abs=1e-14)


@SHAPES
@pytest.mark.parametrize("tau", [0.005, 0.015, 0.1, 0.5])
def test_solid_particles_agree_with_collocation(n, tau):
    r, c = collocation(n, -1, tau, np.array([1.0, 1.0]))
    assert exact.constant_flux(n, tau, r) == pytest.approx(c, abs=1e-9)
    r, c = collocation(n, -1, tau, np.array([3.0, 3.0]), biot=3.0)
    assert exact.surface_exchange(n, 3.0, tau, r) == pytest.approx(c, abs=1e-9)


@SHAPES
@HOLLOW
@pytest.mark.parametrize("tau", [1e-3, 0.01, 0.1])
def test_hollow_particles_agree_with_collocation(n, inner, flux, tau):
    r, c = collocation(n, inner, tau, np.array([1.0, flux]))
    assert exact.constant_flux_hollow(n, inner, tau, r, flux) == pytest.approx(c, abs=1e-9)


@SHAPES
def test_a_pin_hole_changes_nothing(n):
    r, tau = np.linspace(1e-2, 1, 5), np.geomspace(1e-4, 1, 7)[:, None]
    solid = exact.constant_flux(n, tau, r)
    assert exact.constant_flux_hollow(n, 0.0, tau, r) == pytest.approx(solid, abs=1e-12)
    if n > 0:  # a slab has no hole, it is thinner
        found = exact.constant_flux_hollow(n, 1e-6, tau, r)
        assert found == pytest.approx(solid, abs=1e-9)


def test_a_hollow_slab_is_a_thinner_slab():
    r, tau, a = np.linspace(0.4, 1, 5), np.geomspace(1e-4, 1, 7)[:, None], 0.4
    expected = (1 - a) * exact.constant_flux(0, tau / (1 - a) ** 2, (r - a) / (1 - a))
    assert exact.constant_flux_hollow(0, a, tau, r) == pytest.approx(expected, abs=1e-12)
    both = 0.3 * exact.constant_flux(0, tau / 0.3**2, np.abs(r - 0.7) / 0.3)
    assert exact.constant_flux_hollow(0, a, tau, r, 1.0) == pytest.approx(both, abs=1e-12)


@pytest.mark.parametrize("n", [1, 2])
def test_what_goes_in_outside_and_out_inside_settles(n):
    """No filling: the profile becomes that of steady flow, ln r or -1/r, plus a constant."""
    r, a = np.linspace(0.2, 1, 9), 0.2
    c = exact.constant_flux_hollow(n, a, 10.0, r, -(a**-n))
    steady = np.log(r) if n == 1 else -1 / r
    assert c - c[-1] == pytest.approx(steady - steady[-1], abs=1e-12)
    mean = exact.constant_flux_hollow_mean(n, a, 10.0, -(a**-n))
    assert mean == pytest.approx(0.0, abs=1e-12)


def test_no_eigenvalue_is_missed():
    assert exact.insulated_roots(0, 0.0, 9) == pytest.approx(np.pi * np.arange(1, 10), rel=1e-14)
    assert exact.insulated_roots(1, 0.0, 99) == pytest.approx(jn_zeros(1, 99), rel=1e-14)
    assert exact.exchange_roots(1, np.inf, 99) == pytest.approx(jn_zeros(0, 99), rel=1e-14)
    sphere = exact.insulated_roots(2, 0.0, 99)
    assert sphere == pytest.approx(np.arctan(sphere) + np.pi * np.arange(1, 100), rel=1e-14)
    for inner in (1e-3, 0.05, 0.5, 0.95):
        fine = np.linspace(1e-3, 40 / (1 - inner), 40001)
        roots = {n: exact.insulated_roots(n, inner, 12) for n in (1, 2)}
        cross = {1: lambda x, a=inner: j1(a * x) * y1(x) - j1(x) * y1(a * x)}
        cross[2] = lambda x, a=inner: (
            (1 + a * x * x) * np.sin(x * (1 - a)) - x * (1 - a) * np.cos(x * (1 - a))
        )
        for n, f in cross.items():
            changes = np.flatnonzero(np.diff(np.sign(f(fine))))[:12]
            assert np.all(fine[changes] <= roots[n])
            assert np.all(roots[n] <= fine[changes + 1])


@SHAPES
def test_exchange_lies_between_a_lump_and_a_held_surface(n):
    r = np.linspace(0, 1, 5)
    held = exact.constant_surface(n, 0.1, r)
    assert exact.surface_exchange(n, 1e9, 0.1, r) == pytest.approx(held, abs=1e-8)
    biot, tau = 1e-6, np.array([1e4, 1e5, 1e6])
    lump = -np.expm1(-(n + 1) * biot * tau)
    assert exact.surface_exchange_uptake(n, biot, tau) == pytest.approx(lump, rel=1e-6)


@SHAPES
def test_a_rest_after_a_current_relaxes_to_the_mean(n):
    steps = [(0.0, 1.0), (0.1, 3.0), (0.2, 0.0), (0.3, -1.0), (0.4, 0.0)]
    times = np.array([0.0, 0.05, 0.1, 0.2, 0.21, 9.0])
    found = exact.piecewise_flux_surface(n, steps, times)
    surface = partial(exact.constant_flux_surface, n)
    assert found[:3] == pytest.approx(surface(times[:3]), abs=1e-14)
    assert found[3] == pytest.approx(surface(0.2) + 2 * surface(0.1), abs=1e-14)
    assert found[4] == pytest.approx(surface(0.21) + 2 * surface(0.11) - 3 * surface(0.01))
    assert found[-1] == pytest.approx((n + 1) * 0.3, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "tau_c", "known"),
    [(0, 1, 0.6669), (0, 0.1, 0.0785), (1, 1, 0.8750), (2, 1, 0.9333), (2, 0.1, 0.4686)],
)
def test_utilisation_at_constant_current_is_the_known_one(n, tau_c, known):
    found = exact.utilisation_constant_current(n, tau_c)
    assert found == pytest.approx(known, abs=5e-5)
    surface = exact.constant_flux_surface(n, found * tau_c)
    assert surface == pytest.approx((n + 1) * tau_c, rel=1e-11)


@SHAPES
def test_utilisation_has_its_limits(n):
    """Slow: what is missing is the settled difference. Fast: the surface is a plane wall."""
    slow, fast = (exact.utilisation_constant_current(n, x) for x in (50.0, 1e-6))
    assert 1 - slow == pytest.approx(1 / (50 * (n + 1) * (n + 3)), rel=1e-9)
    assert fast == pytest.approx(np.pi * (n + 1) ** 2 * 1e-6 / 4, rel=1e-5)


@pytest.mark.parametrize(
    ("n", "half", "t99", "current", "potential"),
    [
        (0, 0.1967, 1.7813, 0.03, 0.5614),
        (1, 0.06306, 0.7326, 0.08, 1.3651),
        (2, 0.03055, 0.4162, 0.15, 2.4028),
    ],
)
def test_times_to_fill_are_the_known_ones(n, half, t99, current, potential):
    assert exact.time_to_fill(n, 0.5) == pytest.approx(half, rel=3e-4)
    assert exact.time_to_fill(n, 0.99) == pytest.approx(t99, abs=5e-5)
    assert exact.alpha(n) == pytest.approx(current, rel=1e-9)
    assert exact.alpha(n, constant="potential") == pytest.approx(potential, abs=5e-5)
    for fraction in (0.1, 0.8):
        reached = exact.utilisation_constant_current(n, 1 / exact.alpha(n, fraction))
        assert reached == pytest.approx(fraction, rel=1e-10)


@SHAPES
def test_a_long_table_takes_no_time(n):
    exact.constant_flux_surface(n, 1.0)
    start = time.perf_counter()
    exact.constant_flux_surface(n, np.geomspace(1e-8, 10, 1000))
    assert time.perf_counter() - start < 1.0
