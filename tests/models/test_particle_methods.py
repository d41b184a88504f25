"""Both methods: what they do to polynomials, and the order that is observed."""

from __future__ import annotations

import itertools

import numpy as np
import pybamm
import pytest
from scipy.linalg import expm

from tests.models import lone
from tests.models.lone import CONCENTRATION, METHODS, SHAPES, SURFACE, curved, particle
from tests.reference import diffusion as exact
from twin.models import extra_parameters as extra
from twin.models.description import Electrode, Particle
from twin.models.lithium_ion import DFN

CORES = ("solid", "hollow", "open-hollow")
by_shape = pytest.mark.parametrize("shape", SHAPES)
by_method = pytest.mark.parametrize("method", METHODS)
by_core = pytest.mark.parametrize("core", CORES)


# ---- observed order


def profile_error(shape: str, core: str, method: str, points: int) -> float:
    """Return the error of the profile and the surface under constant flux at tau = 0.1."""
    one = particle(shape, method, points, choices={"core": core}, flux=1.0, a=0.3)
    c = lone.exact_in_time(*lone.linear_system(one), np.zeros(points), [0.1])[0]
    both = float(core == "open-hollow")
    inner = 0.0 if core == "solid" else 0.3
    expected = exact.constant_flux_hollow(curved(shape), inner, 0.1, one.r, both)
    return float(np.sqrt(one.mean((c - expected) ** 2)))


@by_core
@by_shape
def test_finite_volumes_are_of_second_order_in_space(shape, core):
    errors = [profile_error(shape, core, "finite-volume", points) for points in (10, 20, 40)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(orders, 2, atol=0.2)


@by_shape
def test_the_surface_of_finite_volumes_is_of_second_order(shape):
    errors = []
    for points in (20, 40, 80):
        one = particle(shape, "finite-volume", points, flux=1.0)
        c = lone.exact_in_time(*lone.linear_system(one), np.zeros(points), [0.1])[0]
        errors.append(one.value(SURFACE, c) - exact.constant_flux(curved(shape), 0.1, 1.0))
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), 2, atol=0.2)


@by_shape
def test_polynomials_converge_faster_than_any_order(shape):
    errors, times = [], np.linspace(0.1, 0.3, 9)
    expected = exact.constant_flux_surface(curved(shape), times)
    for points in (4, 6, 8, 10, 12):
        one = particle(shape, "polynomials", points, flux=1.0)
        c = lone.exact_in_time(*lone.linear_system(one), np.zeros(points), times)
        errors.append(np.max(np.abs(c[:, -1] - expected)))
    assert all(after < before / 10 for before, after in itertools.pairwise(errors))
    assert errors[-1] < 1e-8


@by_method
def test_implicit_euler_and_crank_nicolson_on_the_equations_have_orders_1_and_2(method):
    """The discrete equations are smooth in time: no step adds or skips something."""
    one = particle("sphere", method, 8, drive="exchange", rate=3.0)
    A, b = lone.linear_system(one)
    start, end, size = one.r**2, 0.2, one.r.size
    rest = np.linalg.solve(A, -b)
    exact_end = rest + expm(A * end) @ (start - rest)
    for share, order in ((1.0, 1), (0.5, 2)):
        errors = []
        for steps in (160, 320, 640):
            dt, c = end / steps, start
            now = np.eye(size) - share * dt * A
            before = np.eye(size) + (1 - share) * dt * A
            for _ in range(steps):
                c = np.linalg.solve(now, before @ c + dt * b)
            errors.append(np.max(np.abs(c - exact_end)))
        np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), order, atol=0.2)


@by_method
def test_the_error_in_time_falls_with_the_tolerance(method):
    """Each 100 times tighter tolerance takes at least a factor of 10 off the error."""
    one = particle("sphere", method, 8, drive="exchange", rate=3.0)
    A, b = lone.linear_system(one)
    rest = np.linalg.solve(A, -b)
    exact_end = rest - expm(A * 0.2) @ rest
    errors = []
    for tolerance in (1e-4, 1e-6, 1e-8, 1e-10):
        one = particle("sphere", method, 8, drive="exchange", rate=3.0, tolerance=tolerance)
        c = one.solve([0.2])[f"X-averaged negative {CONCENTRATION}"].entries[:, -1]
        errors.append(np.max(np.abs(c - exact_end)))
        assert errors[-1] < 30 * tolerance
    assert all(after < before / 10 for before, after in itertools.pairwise(errors))


# ---- the operators


@by_core
@by_shape
def test_polynomials_take_the_divergence_of_polynomials_exactly(shape, core):
    """Diffusion of a polynomial of the nodes: what comes out is r^-n (r^n c')' at the nodes.

    The weak form adds what the wall term gets wrong where the profile does not carry the flux.
    """
    n, points = curved(shape), 20
    slope = 0.5 - 0.4 if core == "solid" else 0.1
    flux = 2 * 0.25 - 4 * 0.1
    one = particle(shape, "polynomials", points, choices={"core": core}, flux=flux, a=0.4)
    r = one.r
    c = 0.4 + 0.25 * r**2 - 0.1 * r**4
    expected = 0.5 * (n + 1) - 0.4 * (n + 3) * r**2
    at_inner = 0.5 * 0.4 - 0.4 * 0.4**3  # the slope there, which the wall does not carry
    given = flux if core == "open-hollow" else 0.0
    if core == "solid":
        np.testing.assert_allclose(one.rate(c), expected, atol=1e-6)
    else:
        row = one.mesh.rule.inner_value
        spurious = 0.4**n * row / one.mesh.rule.weights * (given + at_inner)
        np.testing.assert_allclose(one.rate(c) - spurious, expected, atol=2e-4)
    assert slope == pytest.approx(flux)


@by_method
@by_shape
def test_a_flux_density_is_minus_the_diffusivity_times_the_slope(shape, method):
    one = particle(shape, method, 12, D=3.0)
    flux = one.value("particle flux [mol.m-2.s-1]", 0.4 + 0.25 * one.r**2)
    if method == "polynomials":
        np.testing.assert_allclose(flux[1:], -3 * 0.5 * one.r, atol=1e-4)
    else:
        np.testing.assert_allclose(flux[1:-1], -3 * 0.5 * one.mesh.edges[1:-1], rtol=1e-12)


@by_method
@by_core
@by_shape
def test_means_over_a_particle_are_weighted_by_volume(shape, core, method):
    one = particle(shape, method, 9, choices={"core": core}, a=0.5)
    n, a = curved(shape), one.inner
    expected = (n + 1) / (n + 3) * (1 - a ** (n + 3)) / (1 - a ** (n + 1))
    tolerance = {"finite-volume": 6e-3, "polynomials": 1e-4}[method]
    assert one.value(lone.MEAN, one.r**2) == pytest.approx(expected, abs=tolerance)
    assert one.value(lone.MEAN, np.full(9, 0.7)) == pytest.approx(0.7, rel=1e-14)


# ---- particles of many sizes in one electrode


@by_method
@by_core
def test_each_place_of_an_electrode_has_particles_of_its_own_radius(core, method):
    """The equations at a place are those of a lone particle of that radius, to rounding."""
    choices = {"core": core, "discretisation": method, "shape": "cylinder"}
    electrode = Electrode(particle=Particle(**choices), stress_in_kinetics="potential")
    values = pybamm.ParameterValues("OKane2022")
    thickness, radius = values["Negative electrode thickness [m]"], 5e-6
    values.update(
        {
            "Negative particle radius [m]": lambda x: radius * (0.6 + 0.8 * x / thickness),
            extra.inner_radius("negative"): 0.4 * radius,
        },
        check_already_exists=False,
    )
    places, points = 3, 6
    simulation = pybamm.Simulation(
        DFN(electrode),
        parameter_values=values,
        var_pts={"x_n": places, "x_s": 3, "x_p": 3, "r_n": points, "r_p": 4},
    )
    simulation.build()
    model = simulation.built_model
    c_max = values["Maximum concentration in negative electrode [mol.m-3]"]
    y = model.concatenated_initial_conditions.evaluate().copy()
    slices = {symbol.name: where[0] for symbol, where in model.y_slices.items()}
    random = np.random.default_rng(3)
    x = random.uniform(0.3, 0.7, (places, points))
    y[slices[f"Negative {CONCENTRATION}"], 0] = x.ravel()
    potential = slices["Negative electrode potential [V]"]
    y[potential] += 0.01 * np.arange(places)[:, None]

    def value(name):
        symbol = model.get_processed_variable_or_event(name)
        return np.asarray(symbol.evaluate(0.0, y, inputs={})).reshape(places, -1)

    j = value("Negative electrode interfacial current density [A.m-2]")[:, 0]
    rates = value("Negative particle rhs [mol.m-3.s-1]")
    hoop = value("Negative particle hoop stress [Pa]")
    surface = value("Negative particle surface stoichiometry")[:, 0]
    assert np.min(np.abs(j)) > 1e-3
    names = lone.NAMES
    material = {
        key: values[names[key]]
        for key in ("c_max", "D", "Omega", "E", "nu", "c_free")
        if key != "R"
    }
    for place in range(places):
        size = 0.6 + 0.8 * (place + 0.5) / places
        alone = particle(
            "cylinder", method, points, choices={"core": core}, stress=True, R=radius * size,
            a=0.4 * radius * size, j=j[place], **material,
        )  # fmt: skip
        c = c_max * x[place]
        np.testing.assert_allclose(rates[place], alone.rate(c), rtol=1e-9)
        np.testing.assert_allclose(hoop[place], alone.stress(c)["hoop"], rtol=1e-9)
        assert surface[place] == pytest.approx(alone.value(SURFACE, c), rel=1e-12)
