"""Stress in a discretised particle: closed forms, balance of forces, a modulus that varies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad, solve_bvp, solve_ivp
from scipy.interpolate import CubicSpline

from tests.models import lone
from tests.models.lone import (
    CONCENTRATION,
    MEAN,
    METHODS,
    R_GAS,
    SHAPES,
    SURFACE,
    T_ROOM,
    curved,
    particle,
    polynomial_coordinate,
    through,
)
from tests.reference import diffusion as exact
from twin.models.particle_stress import chemical_strain

C_MAX, OMEGA, E_0, NU, INNER = 2.5e4, 4e-6, 1e10, 0.3, 0.4
M = E_0 / (1 - NU)
HOST: dict[str, Any] = {
    "c_max": C_MAX,
    "c_init": C_MAX / 2,
    "Omega": OMEGA,
    "E": E_0,
    "nu": NU,
    "a": INNER,
}
VARIES = "composition-dependent"
COMPONENTS = ("radial", "hoop", "axial", "hydrostatic")
by_shape = pytest.mark.parametrize("shape", SHAPES)
by_method = pytest.mark.parametrize("method", METHODS)
by_core = pytest.mark.parametrize("core", ["solid", "hollow", "open-hollow"])
by_curved = pytest.mark.parametrize("shape", ["cylinder", "sphere"])


def composition(r: Any) -> Any:
    return C_MAX * (0.4 + 0.25 * r**2 - 0.1 * r**4)


def profile(solution: Any, quantity: str) -> Any:
    """Return an output over the nodes, one row per time."""
    return solution[f"X-averaged negative particle {quantity}"].entries.T


# ---- closed forms of transient stress


def test_the_galvanostatic_sphere_follows_the_table_at_every_time_and_radius(measured_data):
    path = measured_data / "analytic_dis" / "galvanostatic_sphere.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    table = np.genfromtxt(path, delimiter=",", skip_header=1)
    times = np.unique(table[:, 0])
    one = particle("sphere", "polynomials", 24, stress=True, flux=1.0, Omega=3e-6, tolerance=1e-10)
    solution = one.solve(times)
    unit = 3e-6 / 3 * M  # times N R / D, which is 1
    y = polynomial_coordinate(one.r)
    at = polynomial_coordinate(np.minimum(np.unique(table[:, 1]), 1 - 1e-12))
    for column, quantity in ((3, "radial"), (4, "hoop"), (5, "hydrostatic")):
        expected = table[:, column].reshape(times.size, -1)
        found = profile(solution, f"{quantity} stress [Pa]")[-times.size :] / unit
        rows = np.array([through(y, row, at) for row in found])
        np.testing.assert_allclose(rows, expected, atol=1e-4 * np.max(np.abs(expected)))


@by_method
@by_shape
def test_a_held_surface_gives_the_closed_form(shape, method):
    """From `constant_surface`: M Omega/3 times (mean - local) and the running mean."""
    n, times = curved(shape), np.array([0.03, 0.1, 0.3])
    one = particle(
        shape, method, 16 if method == "polynomials" else 60, drive="exchange", rate=1e6,
        stress=True, Omega=OMEGA,
    )  # fmt: skip
    solution = one.solve(times)
    unit = OMEGA / 3 * M
    x, w = np.polynomial.legendre.leggauss(30)
    for k, tau in enumerate(times):
        local = exact.constant_surface(n, tau, one.r)
        mean = exact.constant_surface_uptake(n, tau)
        inside = exact.constant_surface(n, tau, np.multiply.outer(one.r, (1 + x) / 2))
        running = inside @ (w / 2 * ((1 + x) / 2) ** n) * (n + 1)
        expected = {
            "radial": n / (n + 1) * (mean - running),
            "hoop": ((n * mean + running) / (n + 1) - local) * (n > 0),
            "axial": (mean - local) * (n < 2),
            "hydrostatic": 2 / 3 * (mean - local),
        }
        for quantity, value in expected.items():
            found = profile(solution, f"{quantity} stress [Pa]")[k - 3] / unit
            tolerance = {"finite-volume": 1e-3, "polynomials": 1e-5}[method]
            np.testing.assert_allclose(found, value, atol=tolerance, err_msg=quantity)


def coupled_reference(n: int, theta: float, flux: float, times: Any, cells: int) -> Any:
    """Return the surface under a flux, of dx/dt = div((1 + theta x) grad x).

    The Kirchhoff transform phi = x + theta x^2/2 takes the coefficient out of the flux.
    """
    edges = np.linspace(0, 1, cells + 1)
    area, volumes, h = edges**n, np.diff(edges ** (n + 1)) / (n + 1), 1 / cells

    def rate(t: float, x: Any) -> Any:
        inward = np.zeros(cells + 1)
        phi = x + theta * x**2 / 2
        inward[1:-1], inward[-1] = np.diff(phi) / h, flux
        return np.diff(area * inward) / volumes

    found = solve_ivp(
        rate, (0, times[-1]), np.full(cells, 0.2), "LSODA", times, rtol=1e-9, atol=1e-11,
        lband=1, uband=1,
    )  # fmt: skip
    x = found.y[-2:]
    phi = x + theta * x**2 / 2
    wall = (9 * phi[1] - phi[0] + 3 * flux * h) / 8
    return (np.sqrt(1 + 2 * theta * wall) - 1) / theta


@by_method
@by_shape
def test_the_coupled_particle_follows_an_independent_solution(shape, method):
    n, flux, times = curved(shape), 0.4, np.array([0.02, 0.1, 0.3])
    theta = 2 * OMEGA**2 * M / (9 * R_GAS * T_ROOM) * C_MAX
    coarse, fine = (coupled_reference(n, theta, flux, times, cells) for cells in (150, 300))
    surface = (4 * fine - coarse) / 3
    np.testing.assert_allclose(surface, fine, atol=2e-5)
    one = particle(
        shape, method, 16 if method == "polynomials" else 60, flux=flux * C_MAX,
        choices={"diffusion": "stress-coupled"}, **{**HOST, "c_init": 0.2 * C_MAX},
    )  # fmt: skip
    solution = one.solve(times)
    tolerance = {"finite-volume": 5e-4, "polynomials": 2e-7}[method]
    np.testing.assert_allclose(solution[SURFACE](times), surface, atol=tolerance)
    mean = 0.2 + (n + 1) * flux * times
    tangential = OMEGA * C_MAX / 3 * M * (mean - surface)
    found = solution["X-averaged negative particle surface tangential stress [Pa]"](times)
    np.testing.assert_allclose(found, tangential, atol=3 * tolerance * OMEGA * C_MAX / 3 * M)
    plain = exact.constant_flux_surface(n, times) * flux + 0.2
    assert np.max(np.abs(plain - surface)) > 30 * tolerance


# ---- balance of forces

LOADED: dict[str, Any] = {"pressure": 3e7, "f": 2e7, "misfit": 1e7}


@by_method
@by_core
@by_shape
@pytest.mark.parametrize("modulus", ["uniform", VARIES])
def test_the_mean_stress_is_what_the_walls_carry(modulus, shape, core, method):
    """Virial theorem: the integral of sigma_r + n sigma_theta is R^(n+1) s_o - a^(n+1) s_i."""
    choices = {"core": core, "modulus": modulus, "surface_stress": True, "misfit_stress": True}
    host = {**HOST, "E": lambda x, T: E_0 * (1 + 2 * x)}
    one = particle(shape, method, 9, choices=choices, stress=True, **host, **LOADED)
    n, a, stress = one.n, one.inner, one.stress(composition(one.r))
    p, f, misfit = 3e7, 2e7, 1e7
    outer = -p - n * f + (misfit if n == 2 else 0)
    inner = 0 if a == 0 else (outer if n == 0 else n * f / a)
    axial = misfit - p - 2 * f / (2 if n == 0 and a == 0 else 1 - a)
    peak = max(np.max(np.abs(values)) for values in stress.values())
    across = one.weights @ (stress["radial"] + n * stress["hoop"])
    assert across == pytest.approx(outer - a ** (n + 1) * inner, abs=1e-12 * peak)
    trace = 3 * one.mean(stress["hydrostatic"])
    expected = (outer - a ** (n + 1) * inner) / one.weights.sum()
    if n < 2:
        assert one.mean(stress["axial"]) == pytest.approx(axial, abs=1e-12 * peak)
        expected += (2 - n) * axial
    assert trace == pytest.approx(expected, abs=1e-11 * peak)
    wall = one.value("particle surface radial stress [Pa]", composition(one.r))
    exactly = modulus == "uniform" and method == "polynomials"
    assert wall == pytest.approx(outer, abs=(1e-12 if exactly else 0.2) * peak)


@by_method
def test_a_rigid_coating_turns_swelling_into_pressure(method):
    """The wall cannot move: sigma_r = -3 K times the strain, K = E/(3 (1 - 2 nu))."""
    layer = {"thickness": 0.1, "E_layer": 1e7 * E_0, "nu_layer": 0.25}
    one = particle("sphere", method, 6, choices={"coating": True}, **HOST, **layer)
    c = np.full(6, 0.6 * C_MAX)
    expected = -E_0 / (1 - 2 * NU) * OMEGA / 3 * 0.6 * C_MAX
    np.testing.assert_allclose(one.stress(c)["radial"], expected, rtol=1e-5)
    np.testing.assert_allclose(one.stress(c)["hoop"], expected, rtol=1e-5)


# ---- a modulus that follows the composition


def modulus(c: Any) -> Any:
    return E_0 * (1 + 1.5 * c / C_MAX)


def strain(c: Any) -> Any:
    """Return the integral of Omega/3 for Omega = OMEGA (1 + 0.5 x)."""
    x = c / C_MAX
    return OMEGA * C_MAX / 3 * (x + 0.25 * x**2)


STIFFENING: dict[str, Any] = {
    **HOST,
    "E": lambda x, T: E_0 * (1 + 1.5 * x),
    "Omega": lambda x, T: OMEGA * (1 + 0.5 * x),
    "pressure": 2e7,
    "f": 1e7,
}


def elasticity(n: int, a: float, at: Any) -> dict[str, Any]:
    """Return stress and displacement at radii from balance and Hooke's law, by collocation.

    The unknowns are u, sigma_r and, in a cylinder, the axial strain and force.
    """
    p, f = 2e7, 1e7
    outer, inner = (-p - n * f) / E_0, n * f / a / E_0 if a else 0.0
    axial = (-p - 2 * f / (1 - a)) / E_0
    start = a or 1e-4

    def fields(r: Any, y: Any) -> tuple[Any, ...]:
        c = composition(r)
        E, free = modulus(c) / E_0, strain(c)
        lame, shear = E * NU / (1 + NU) / (1 - 2 * NU), E / 2 / (1 + NU)
        u, s, e = y[0], y[1], (2 - n) * y[2]
        rest = n * u / r + e - 3 * free
        along = (s - lame * rest + 2 * shear * free) / (lame + 2 * shear)
        trace = lame * (along + rest)
        return along, trace + 2 * shear * (u / r - free), trace + 2 * shear * (y[2] - free)

    def slopes(r: Any, y: Any) -> Any:
        along, hoop, along_axis = fields(r, y)
        return np.array([along, -n * (y[1] - hoop) / r, 0 * r, along_axis * r])

    def ends(left: Any, right: Any) -> Any:
        along = fields(np.array([start]), left[:, None])[0][0]
        begin = left[1] - inner if a else left[0] / start - along
        force = right[3] - axial * (1 - a**2) / 2 if n == 1 else right[2]
        return np.array([begin, right[1] - outer, left[3], force])

    r = np.linspace(start, 1, 60)
    guess = np.zeros((4, r.size))
    found = solve_bvp(slopes, ends, r, guess, tol=1e-8, max_nodes=5000)
    y = found.sol(at)
    _, hoop, along_axis = fields(at, y)
    axis = along_axis if n == 1 else 0 * at
    return {name: E_0 * part for name, part in (("radial", y[1]), ("hoop", hoop), ("axial", axis))}


def slab(a: float, at: Any) -> dict[str, Any]:
    """Return the stress of a slab: the in-plane strain is uniform, its mean stress given."""
    p, f = 2e7, 1e7

    def biaxial(r: Any) -> Any:
        return modulus(composition(r)) / (1 - NU)

    pull = quad(lambda r: biaxial(r) * strain(composition(r)), a, 1)[0]
    stiffness = quad(biaxial, a, 1)[0]
    thickness = 2.0 if a == 0 else 1 - a
    given = -p - 2 * f / thickness + NU / (1 - NU) * p
    e = (pull + given * (1 - a)) / stiffness
    in_plane = biaxial(at) * (e - strain(composition(at))) - NU / (1 - NU) * p
    return {"radial": -p + 0 * at, "hoop": 0 * at, "axial": in_plane}


def stress_errors(shape: str, core: str, method: str, sizes: tuple[int, ...]) -> list[float]:
    """Return rms errors of all stresses over the largest stress."""
    errors = []
    for points in sizes:
        choices = {"core": core, "modulus": VARIES, "surface_stress": True}
        one = particle(shape, method, points, choices=choices, stress=True, **STIFFENING)
        found = one.stress(composition(one.r))
        a, at = one.inner, np.maximum(one.r, 1e-4)
        expected = slab(a, at) if one.n == 0 else elasticity(one.n, a, at)
        peak = max(np.max(np.abs(part)) for part in expected.values())
        square = sum(one.mean((found[name] - part) ** 2) for name, part in expected.items())
        errors.append(float(np.sqrt(square)) / peak)
    return errors


@pytest.mark.parametrize("core", ["solid", "hollow"])
@by_shape
def test_finite_volumes_find_the_stress_of_a_varying_modulus_to_second_order(shape, core):
    errors = stress_errors(shape, core, "finite-volume", (20, 40, 80))
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), 2, atol=0.2)
    assert errors[-1] < 2e-3


@by_core
@by_shape
def test_polynomials_find_the_stress_of_a_varying_modulus(shape, core):
    sizes = (8, 12, 16)
    errors = stress_errors(shape, core, "polynomials", sizes)
    if shape != "slab":
        assert errors[1] < errors[0] / (5 if core == "hollow" else 10)
    assert errors[2] < (1e-3 if core == "hollow" and shape != "slab" else 1e-5)


@by_method
@by_core
@by_shape
def test_a_varying_modulus_that_happens_to_be_constant_gives_the_closed_form(shape, core, method):
    choices = {"core": core, "surface_stress": True, "misfit_stress": True}
    points = 16 if method == "polynomials" else 60
    closed = particle(shape, method, 60, choices=choices, stress=True, **HOST, **LOADED)
    solved = particle(
        shape, method, points, choices={**choices, "modulus": VARIES}, stress=True, **HOST, **LOADED
    )
    found, expected = (
        {**one.stress(c), "u": one.value("particle displacement [m]", c)}
        for one, c in ((one, composition(one.r)) for one in (solved, closed))
    )
    scale = {"u": np.max(np.abs(expected["u"]))}
    peak = max(np.max(np.abs(expected[name])) for name in COMPONENTS)
    tolerance = {"finite-volume": 3e-2, "polynomials": 1e-4 if core == "hollow" else 1e-5}[method]
    for name, values in expected.items():
        gap = found[name] - CubicSpline(closed.r, values, axis=0)(solved.r)
        assert np.sqrt(solved.mean(gap**2)) < tolerance * scale.get(name, peak), name


# ---- the potential that follows from the stress


def stored(one: lone.Lone, c: Any, load: float) -> float:
    """Return elastic energy and the potential energy of the pressure, over the solid angle."""
    energy = one.weights @ one.value("particle elastic energy density [J.m-3]", c)
    return energy + load * one.value("particle surface displacement [m]", c)


@by_method
@pytest.mark.parametrize(
    ("shape", "core", "kind", "pressure"),
    [
        ("slab", "solid", VARIES, 0.0),
        ("cylinder", "solid", VARIES, 0.0),
        ("sphere", "solid", VARIES, 0.0),
        ("sphere", "solid", VARIES, 2e8),
        ("sphere", "hollow", VARIES, 2e8),
        ("cylinder", "open-hollow", VARIES, 0.0),
        ("sphere", "hollow", "uniform", 2e8),
        ("slab", "hollow", "uniform", 0.0),
    ],
)
def test_the_mechanical_potential_is_minus_the_slope_of_the_elastic_energy(
    shape, core, kind, pressure, method
):
    r"""At equilibrium of forces, the change of energy with composition is -W per volume."""
    host = {**HOST, "pressure": pressure}
    if kind == VARIES:
        host |= {"E": STIFFENING["E"], "Omega": STIFFENING["Omega"]}
    choices = {"core": core, "modulus": kind}
    points = 20 if method == "polynomials" else 60
    one = particle(shape, method, points, choices=choices, stress=True, **host)
    c = composition(one.r)
    W = one.value("particle mechanical potential [J.mol-1]", c)
    for change in (np.ones(points), one.r**2, one.r**4):
        step = 1e-3 * C_MAX * change
        slope = (stored(one, c + step, pressure) - stored(one, c - step, pressure)) / 2
        expected = -one.weights @ (W * step)
        scale = one.weights @ np.abs(W * step)
        assert slope == pytest.approx(
            expected, abs=scale * {"finite-volume": 2e-2, "polynomials": 1e-4}[method]
        )


# ---- chemical strain


@pytest.mark.parametrize("degree", range(10))
def test_the_chemical_strain_is_the_integral_of_any_polynomial_up_to_the_ninth(degree):
    found = chemical_strain(lambda c: 3e-6 * (degree + 1) * c**degree, 0.9, 0.2)
    assert found == pytest.approx(1e-6 * (0.9 ** (degree + 1) - 0.2 ** (degree + 1)), rel=1e-14)


@by_method
def test_swelling_starts_from_the_unstrained_composition(method):
    one = particle("sphere", method, 6, stress=True, **{**HOST, "c_free": 0.3 * C_MAX})
    u = one.value("particle surface displacement [m]", np.full(6, 0.8 * C_MAX))
    assert u == pytest.approx(OMEGA / 3 * 0.5 * C_MAX, rel=1e-12)


def test_a_varying_modulus_is_solved_in_time_as_it_is_at_a_moment():
    """The run of the differential-algebraic system ends in balance."""
    choices = {"diffusion": "stress-coupled", "modulus": VARIES}
    one = particle("sphere", "polynomials", 10, choices=choices, flux=0.3 * C_MAX, **STIFFENING)
    solution = one.solve([0.05, 0.2])
    c = profile(solution, CONCENTRATION.removeprefix("particle "))[-1]
    found = profile(solution, "hoop stress [Pa]")[-1]
    expected = one.stress(c)["hoop"]
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.max(np.abs(expected)))
    assert solution[MEAN](0.2) == pytest.approx(0.5 + 3 * 0.3 * 0.2, rel=1e-9)
