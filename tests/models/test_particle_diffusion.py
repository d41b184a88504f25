"""Lithium in a particle: exact series, storage times, steps of current, conservation."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pybamm
import pytest
from scipy.optimize import brentq

from tests.models import lone
from tests.models.lone import (
    CONCENTRATION,
    MEAN,
    METHODS,
    R_GAS,
    SHAPES,
    SURFACE,
    T_ROOM,
    F,
    curved,
    particle,
)
from tests.reference import diffusion as exact
from twin.models.lone_particle import CURRENT_DENSITY
from twin.models.transport import LAWS

SECONDS_PER_WEEK = 7 * 24 * 3600.0
EXACT = {"finite-volume": 1.5e-3, "polynomials": 1e-7}  # with 30 cells, 12 nodes, after 0.05
CORES = ("solid", "hollow", "open-hollow")
by_shape = pytest.mark.parametrize("shape", SHAPES)
by_method = pytest.mark.parametrize("method", METHODS)
by_core = pytest.mark.parametrize("core", CORES)


def crossing(solution: Any, name: str, value: float, low: float, high: float) -> float:
    return float(brentq(lambda t: float(solution[name](t)) - value, low, high, rtol=1e-9))


def bumpy(one: lone.Lone, seed: int = 1) -> Any:
    """Return a stoichiometry between 0.2 and 0.8 without any order, as concentration."""
    return one.c_max * np.random.default_rng(seed).uniform(0.2, 0.8, one.r.size)


# ---- exact solutions


@by_method
@by_shape
def test_a_constant_flux_fills_a_particle_as_the_series_says(shape, method):
    n, times = curved(shape), np.linspace(0.05, 0.3, 6)
    one = particle(shape, method, flux=0.7, R=2.0, D=4.0, c_max=10.0, c_init=1.0)
    solution = one.solve(times)
    unit = 0.7 * 2.0 / 4.0  # N R / D, and R^2/D is 1
    np.testing.assert_allclose(
        10 * solution[SURFACE](times) - 1,
        unit * exact.constant_flux(n, times, 1.0),
        atol=EXACT[method],
    )
    np.testing.assert_allclose(10 * solution[MEAN](times) - 1, unit * (n + 1) * times, atol=1e-8)
    c = solution[f"X-averaged negative {CONCENTRATION}"].entries
    profile = exact.constant_flux(n, solution.t[:, None], one.r / 2.0)
    tolerance = {"finite-volume": 1.5e-3, "polynomials": 1e-5}[method]
    np.testing.assert_allclose(c[:, -6:].T - 1, unit * profile[-6:], atol=tolerance)


@by_method
@by_shape
@pytest.mark.parametrize("biot", [0.5, 20.0])
def test_an_exchange_at_the_wall_fills_a_particle_as_the_series_says(shape, method, biot):
    n, times = curved(shape), np.linspace(0.05, 0.5, 8)
    one = particle(shape, method, drive="exchange", rate=biot, c_outside=0.8)
    solution = one.solve(times)
    tolerance = {"finite-volume": 2e-3, "polynomials": 1e-6}[method]
    for name, expected in (
        (SURFACE, exact.surface_exchange(n, biot, times, 1.0)),
        (MEAN, exact.surface_exchange_uptake(n, biot, times)),
    ):
        np.testing.assert_allclose(solution[name](times), 0.8 * expected, atol=tolerance)


@by_shape
def test_a_fast_exchange_holds_the_surface(shape):
    n, times = curved(shape), np.linspace(0.02, 0.5, 8)
    gaps = []
    for biot in (1e4, 1e5, 1e6):
        one = particle(shape, "polynomials", drive="exchange", rate=biot, tolerance=1e-11)
        found = one.solve(times)[MEAN](times)
        gaps.append(np.max(np.abs(found - exact.constant_surface_uptake(n, times))))
        expected = exact.surface_exchange_uptake(n, biot, times)
        np.testing.assert_allclose(found, expected, atol=2e-6)
    assert gaps[0] < 3e-4
    assert gaps[2] < 3e-6


@by_method
@pytest.mark.parametrize("core", ["hollow", "open-hollow"])
@by_shape
def test_hollow_particles_follow_their_series(shape, core, method):
    n, inner, times = curved(shape), 0.4, np.linspace(0.03, 0.2, 5)
    points = 16 if method == "polynomials" else 30
    one = particle(shape, method, points, choices={"core": core}, flux=1.0, a=inner)
    solution = one.solve(times)
    both = float(core == "open-hollow")
    series = exact.constant_flux_hollow(n, inner, times[:, None], one.r, inner_flux=both)
    c = solution[f"X-averaged negative {CONCENTRATION}"].entries[:, -5:].T
    np.testing.assert_allclose(
        c, series, atol={"finite-volume": 3e-3 if both else 1e-3, "polynomials": 1e-5}[method]
    )
    walls = exact.constant_flux_hollow(n, inner, times[:, None], np.array([inner, 1.0]), both)
    share = both * inner**n
    surface = (walls[:, 1] + share * walls[:, 0]) / (1 + share)
    np.testing.assert_allclose(
        solution[SURFACE](times), surface, atol={"finite-volume": 2e-3, "polynomials": 1e-5}[method]
    )


@by_method
def test_a_plate_wetted_on_both_faces_is_a_slab_of_half_its_thickness(method):
    plate = particle("slab", method, 24, choices={"core": "open-hollow"}, flux=1.0, a=0.2)
    half = particle("slab", method, 12, flux=1.0, R=0.4)
    times = np.linspace(0.01, 0.1, 5)
    found, expected = (one.solve(times)[SURFACE](times) for one in (plate, half))
    np.testing.assert_allclose(
        found, expected, atol={"finite-volume": 1e-7, "polynomials": 1e-5}[method]
    )


# ---- how much fits in: numbers of Zhu et al. 2017, doi:10.1126/science.aao2808


@by_method
@pytest.mark.parametrize(
    ("shape", "nominal", "stored"),
    [
        ("sphere", 1.0, 0.9333),
        ("cylinder", 1.0, 0.8750),
        ("slab", 1.0, 0.6669),
        ("sphere", 0.1, 0.4686),
        ("slab", 0.1, 0.0785),
    ],
)
def test_the_surface_is_full_when_this_much_is_stored(shape, nominal, stored, method):
    """The current would fill the particle in the nominal time, in units of R^2/D."""
    points = 12 if method == "polynomials" else 150  # for the thin layer at 0.1
    one = particle(shape, method, points, flux=1 / (curved(shape) + 1) / nominal)
    solution = one.solve(np.linspace(0, nominal, 400))
    full = crossing(solution, SURFACE, 1.0, 1e-4 * nominal, nominal) / nominal
    assert full == pytest.approx(stored, abs=6e-5 if method == "polynomials" else 3e-4)
    expected = exact.utilisation_constant_current(curved(shape), nominal)
    assert full == pytest.approx(expected, abs=5e-6 if method == "polynomials" else 2.5e-4)


@by_method
@pytest.mark.parametrize(("shape", "alpha"), [("slab", 0.03), ("cylinder", 0.08), ("sphere", 0.15)])
def test_a_constant_current_fills_to_99_percent_in_this_time(shape, alpha, method):
    """L^2 = alpha D t, with t the nominal time."""
    nominal = 1 / alpha
    one = particle(shape, method, flux=1 / (curved(shape) + 1) / nominal)
    solution = one.solve(np.linspace(0, nominal, 400))
    empty = 1 - crossing(solution, SURFACE, 1.0, 0.5 * nominal, nominal) / nominal
    assert empty == pytest.approx(0.01, rel=0.01)


@by_method
@pytest.mark.parametrize(
    ("shape", "alpha", "half"),
    [("slab", 0.5614, 0.1967), ("cylinder", 1.365, 0.06306), ("sphere", 2.4028, 0.03055)],
)
def test_a_constant_surface_fills_to_50_and_99_percent_in_these_times(shape, alpha, half, method):
    one = particle(shape, method, drive="exchange", rate=1e6)
    solution = one.solve(np.linspace(0, 2, 800))
    found = [crossing(solution, MEAN, share, 1e-3, 2.0) for share in (0.5, 0.99)]
    rel = {"finite-volume": 1e-2, "polynomials": 3e-4}[method]
    np.testing.assert_allclose(found, [half, 1 / alpha], rtol=rel)


def test_a_sheet_of_1_mm_fills_to_99_percent_in_13_8_weeks():
    """Row 5: D = 1e-12 m2/s, half thickness 0.5 mm, constant current, nominal time."""
    stored = []
    for weeks in (13.7, 13.8, 13.9):
        nominal = weeks * SECONDS_PER_WEEK
        flux = 0.5e-3 * 3e4 / nominal
        one = particle("slab", "polynomials", R=0.5e-3, D=1e-12, c_max=3e4, flux=flux)
        solution = one.solve(np.linspace(0, nominal, 200))
        stored.append(crossing(solution, SURFACE, 1.0, 0.5 * nominal, nominal) / nominal)
    assert stored[0] < 0.99 < stored[2]
    assert stored[1] == pytest.approx(0.99, abs=5e-5)


@by_method
@pytest.mark.parametrize("drive", ["current", "exchange"])
def test_filling_1_mm_takes_1e10_times_as_long_as_10_nm(drive, method):
    times = []
    for radius in (1e-3, 1e-8):
        D, c_max = 1e-14, 3e4
        unit = radius**2 / D
        one = particle(
            "sphere", method, drive=drive, R=radius, D=D, c_max=c_max,
            flux=c_max * radius / 3 / (5 * unit), rate=1e5 * D / radius, c_outside=c_max,
        )  # fmt: skip
        solution = one.solve(np.linspace(0, 5 * unit, 500))
        name, value = (SURFACE, 1.0) if drive == "current" else (MEAN, 0.99)
        times.append(crossing(solution, name, value, 1e-3 * unit, 5 * unit))
    assert times[0] / times[1] == pytest.approx(1e10, rel=1e-6)


# ---- accuracy after steps of current: sphere of the NMC811 of an LG M50

STEPS = ((1.0, 300.0), (0.0, 300.0), (3.0, 120.0), (0.0, 400.0), (-3.0, 100.0), (-1.0, 300.0))
RADIUS, D_NMC, WINDOW = 5.22e-6, 4e-15, 0.64
UNIT = RADIUS**2 / D_NMC


def surface_errors(method: str, points: int, since: Any) -> Any:
    """Return the error of the surface stoichiometry at times after each step, [R^2/D].

    Nothing is added by an integration in time: between the steps it is exact.
    """
    one = particle("sphere", method, points, flux=1.0)
    A, b = lone.linear_system(one)
    surface = np.array([one.value(SURFACE, unit) for unit in np.eye(points)])
    slope = one.value(SURFACE, np.zeros(points))
    rate = WINDOW * UNIT / (3 * 3600.0)  # of 1C, as a flux in units of D c_max / R
    c, start, errors = np.zeros(points), 0.0, []
    steps = [(0.0, 0.0)]
    for c_rate, duration in STEPS:
        flux, span = c_rate * rate, duration / UNIT
        steps = [*steps, (start, flux)]
        inside = np.append(since[since < span], span)
        found = lone.exact_in_time(A, flux * b, c, inside)
        expected = exact.piecewise_flux_surface(2, steps[1:], start + inside)
        errors.append((found @ surface + slope - expected)[:-1])
        c, start = found[-1], start + span
    return np.abs(np.concatenate(errors))


def test_the_particle_of_the_example_takes_6800_seconds_to_even_out():
    assert pytest.approx(6800, rel=0.01) == UNIT


@pytest.mark.parametrize(("points", "tolerance"), [(8, 1e-4), (5, 2e-3)])
def test_few_polynomials_give_the_surface_after_steps_of_1c_and_3c(points, tolerance):
    errors = surface_errors("polynomials", points, np.geomspace(1e-3, 0.05, 30))
    assert errors.max() < tolerance


@pytest.mark.parametrize("points", [5, 8])
def test_few_polynomials_beat_30_finite_volumes_in_the_first_instants(points):
    since = np.geomspace(1e-6, 1e-3, 30)
    assert (
        surface_errors("polynomials", points, since).max()
        < surface_errors("finite-volume", 30, since).max()
    )


@by_shape
@by_core
def test_the_surface_of_polynomials_is_a_state(shape, core):
    one = particle(shape, "polynomials", 6, choices={"core": core}, flux=1.0)
    c = bumpy(one)
    assert one.r[-1] == 1.0
    surface = one.value("particle surface concentration [mol.m-3]", c)
    if core != "open-hollow":
        assert surface == c[-1]
        return
    assert one.r[0] == one.inner
    share = 0.5 ** curved(shape)
    assert surface == pytest.approx((c[-1] + share * c[0]) / (1 + share), rel=1e-15)


# ---- lithium is neither made nor lost

kT_F = R_GAS * T_ROOM / F
C_MAX = 2.5e4
MATERIAL: dict[str, Any] = {
    "c_max": C_MAX,
    "c_init": C_MAX / 2,
    "Omega": lambda x, T: 4e-6 * (1 + 0.3 * x),
    "E": lambda x, T: 1e10 * (1 + 0.5 * x),
    "D": lambda x, T: 1 + 0.5 * x,
    "U": lambda x: 0.5 - 0.3 * x - kT_F * pybamm.log(x / (1 - x)),
    "V_a": 2e-6,
    "pressure": 1e7,
    "f": 1.0,
}
ALL = [
    (law, "composition-dependent" if varies else "uniform", core, shape, method)
    for law, varies, core, shape, method in itertools.product(
        LAWS, (False, True), CORES, SHAPES, METHODS
    )
    if law == "stress-coupled-thermodynamic" or not varies
]


@pytest.mark.parametrize(("law", "modulus", "core"), sorted({each[:3] for each in ALL}))
def test_nothing_but_the_walls_changes_the_content(law, modulus, core):
    """For any state: the integral of dc/dt is what enters, to rounding."""
    for shape, method in itertools.product(SHAPES, METHODS):
        choices = {"core": core, "diffusion": law, "modulus": modulus}
        one = particle(shape, method, 6, choices=choices, flux=0.7 * C_MAX, **MATERIAL)
        rate = one.rate(bumpy(one))
        entered = 0.7 * C_MAX * one.wall_area
        assert abs(one.weights @ rate - entered) < 1e-14 * (one.weights @ np.abs(rate))


RUNS = sorted(
    {(law, "sphere", "solid", method) for law in LAWS for method in METHODS}
    | {
        (law, shape, core, method)
        for k, method in enumerate(METHODS)
        for law, (shape, core) in zip(
            itertools.islice(itertools.cycle(LAWS), k, k + 9),
            itertools.product(SHAPES, CORES),
            strict=True,
        )
    }
)


@pytest.mark.parametrize(("law", "shape", "core", "method"), RUNS)
def test_a_charge_and_a_discharge_leave_as_much_as_before(law, shape, core, method):
    modulus = "composition-dependent" if LAWS[law].stress else "uniform"
    choices = {"core": core, "diffusion": law, "modulus": modulus, "surface_stress": True}
    one = particle(shape, method, 6, choices=choices, flux="[input]", tolerance=1e-6, **MATERIAL)
    span, flux = 0.05, 0.1 * C_MAX
    for sign in (1, -1):
        one.simulation.step(span, inputs={CURRENT_DENSITY: -sign * F * flux})
        run = one.simulation.solution
        mean = run[MEAN].entries[-1]
        gained = flux / C_MAX * one.wall_area / one.weights.sum() * span if sign == 1 else 0.0
        assert abs(mean - 0.5 - gained) < 1e-12
    assert run[SURFACE].entries.max() > 0.51
