"""What resolves electrodes and separator: closed forms, order, conservation, whole cells."""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pybamm.input.parameters.lithium_ion.Chen2020 import graphite_LGM50_ocp_Chen2020 as graphite

from tests.models import cells
from tests.models.layers import EDGES, Layers
from twin import names
from twin.errors import ModelError
from twin.models import DFN, SPM, Electrode, SPMe
from twin.models.cell_mesh import lobatto_rule

METHODS = ("finite-volume", "graded-finite-volume", "polynomials")
K, SOURCE = (0.3, 0.7, 0.2), (2.0, 0.0, -4 / 3)  # what is put into one electrode leaves the other


def steady(x, k=K, source=SOURCE):
    """Return the steady profile that is zero at the right face, by integrating from the left."""
    exact, flux = np.zeros_like(x), 0.0
    level = 0.0
    for low, high, k_here, s in zip(EDGES, EDGES[1:], k, source, strict=False):
        inside = (x >= low) & (x <= high)
        d = x[inside] - low
        exact[inside] = level - (flux * d + s * d**2 / 2) / k_here
        d = high - low
        level -= (flux * d + s * d**2 / 2) / k_here
        flux += s * d
    return exact - level


# ---- closed forms


@pytest.mark.parametrize("as_sum", [False, True])
@pytest.mark.parametrize("points", [(3, 2, 3), (6, 4, 5)])
def test_polynomials_hold_the_steady_profile_of_layers_to_rounding(points, as_sum):
    layers = Layers("polynomials", points, K, SOURCE, right=0.0, as_sum=as_sum)
    u = np.linalg.solve(layers.A, -layers.b)
    np.testing.assert_allclose(u, steady(layers.x), rtol=0, atol=1e-11)
    assert layers.value("left", u) == pytest.approx(steady(np.zeros(1))[0], abs=1e-11)
    assert layers.value("right", u) == pytest.approx(0.0, abs=1e-11)


def steady_errors(across, counts, **given):
    """Return the error of the steady profile's mean over the left layer."""
    errors = []
    for n in counts:
        layers = Layers(across, (n, n, n), K, SOURCE, right=0.0, **given)
        u = np.linalg.solve(layers.A, -layers.b)
        errors.append(u[0] - steady(layers.x[:1])[0])
    return np.abs(errors)


@pytest.mark.parametrize("across", ["finite-volume", "graded-finite-volume"])
def test_finite_volumes_with_harmonic_means_are_of_second_order(across):
    errors = steady_errors(across, (32, 64, 128))
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 2, atol=0.2)


def test_pybamms_mean_before_a_sum_of_gradients_is_of_first_order_at_a_jump():
    """When this fails PyBaMM takes a harmonic mean there too; see `CellFiniteVolume`."""
    errors = steady_errors("finite-volume", (32, 64, 128), as_sum=True)
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 1, atol=0.2)


def test_graded_cells_are_of_second_order_there_too():
    errors = steady_errors("graded-finite-volume", (32, 64, 128), as_sum=True)
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 2, atol=0.2)


def slowest(across, points):
    """Return the error of the slowest rate of decay of a closed cell, relative."""
    rates = np.sort(np.linalg.eigvals(Layers(across, points).A).real)[::-1]
    assert abs(rates[0]) < 1e-12 * abs(rates[-1])
    return abs(rates[1] / (np.pi / EDGES[-1]) ** 2 + 1)


@pytest.mark.parametrize("across", ["finite-volume", "graded-finite-volume"])
def test_the_decay_of_a_mode_is_of_second_order_in_finite_volumes(across):
    errors = np.array([slowest(across, (n, n, n)) for n in (8, 16, 32)])
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 2, atol=0.2)


def test_the_decay_of_a_mode_converges_faster_than_any_order():
    errors = np.array([slowest("polynomials", (n, n, n)) for n in (2, 3, 4, 5)])
    assert np.all(errors[1:] < errors[:-1] / 30)
    assert errors[-1] < 1e-9


def test_a_conductivity_that_varies_is_resolved_faster_than_any_order():
    """The steady profile for k = exp(-x) and a flux of 1 from the left layer on."""
    errors = []
    for n in (3, 4, 5, 6, 7):
        k = [lambda x: pybamm.exp(-x)] * 3
        layers = Layers("polynomials", (n, n, n), k, (1.0, 0.0, 0.0), right=0.0)
        u = np.linalg.solve(layers.A, -layers.b)
        exact = np.exp(3) - np.exp(1) + 1.0  # of exp(x) min(x, 1), from 0 to 3
        errors.append(abs(layers.value("left", u) / exact - 1))
    assert np.all(np.array(errors[1:]) < np.array(errors[:-1]) / 3)
    assert errors[-1] < 1e-6


# ---- structure


@pytest.mark.parametrize("across", METHODS)
@pytest.mark.parametrize("k", [K, (5.0, 1e-3, 2.0)])
def test_nothing_is_lost_between_layers(across, k):
    layers = Layers(across, (5, 4, 6), k)
    rates = layers.A @ np.random.default_rng(2).random(15)
    assert abs(layers.weights @ rates) < 1e-13 * (layers.weights @ np.abs(rates))
    assert layers.value("mean", np.ones(15)) == pytest.approx(1.0, rel=1e-14)


@settings(max_examples=25, deadline=None)
@given(
    k=st.tuples(*[st.floats(1e-3, 1e3)] * 3),
    points=st.tuples(*[st.integers(1, 7)] * 3),
)
def test_polynomials_are_symmetric_and_never_grow(k, points):
    layers = Layers("polynomials", points, k)
    energy = layers.weights[:, np.newaxis] * layers.A
    scale = np.max(np.abs(energy))
    np.testing.assert_allclose(energy, energy.T, rtol=0, atol=1e-10 * scale)
    assert np.max(np.linalg.eigvalsh((energy + energy.T) / 2)) < 1e-10 * scale


def test_one_point_in_a_layer_is_a_finite_volume():
    given = {"k": K, "source": SOURCE}
    found, expected = (
        Layers(across, (1, 1, 1), **given) for across in ("polynomials", "graded-finite-volume")
    )
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-15)
    np.testing.assert_allclose(found.A, expected.A, rtol=1e-13)
    np.testing.assert_allclose(found.b, expected.b, rtol=1e-13)


def test_lobattos_rule_is_exact_to_its_order():
    for points in (2, 3, 5, 9):
        nodes, weights = lobatto_rule(points)
        for power in range(0, 2 * points - 2, 2):
            assert weights @ nodes**power == pytest.approx(2 / (power + 1), rel=1e-13)


def test_too_many_points_are_refused():
    with pytest.raises(ModelError, match="61 points along x_n: polynomials of more than 60"):
        Layers("polynomials", (61, 3, 3))


# ---- whole cells

R = {"r_n": 10, "r_p": 10}
FINE = {"x_n": 60, "x_s": 30, "x_p": 60, **R}
FEW = {"x_n": 7, "x_s": 4, "x_p": 7, **R}
AGEING = {"sei": "solvent-diffusion", "plating": "partially-reversible", "porosity_change": True}


def run(model, points):
    # a formula for the potential, which shows the error of the mesh and not that of a table
    values = cells.okane(cells.FREE_OF_LIMITS, {"Negative electrode OCP [V]": graphite})
    return cells.solved(model, values, ((1, 1500), (0, 300), (-1, 600)), points, moments=16)


@pytest.mark.parametrize("model", [SPMe, DFN])
def test_polynomials_come_to_the_voltage_of_fine_finite_volumes(model):
    negative = Electrode(**AGEING)
    found = run(model(negative, across="polynomials"), FEW)
    fine = run(model(negative, across="graded-finite-volume"), FINE)
    gap = found[names.VOLTAGE].entries - fine[names.VOLTAGE].entries
    assert np.ptp(fine[names.VOLTAGE].entries) > 0.2
    assert np.max(np.abs(gap)) < 2e-4
    for name in (names.GAINED_SEI, names.GAINED_DEAD):
        assert cells.change(found, name) == pytest.approx(cells.change(fine, name), rel=2e-3)


@pytest.mark.parametrize("across", ["graded-finite-volume", "polynomials"])
@pytest.mark.parametrize("model", [SPM, SPMe, DFN])
def test_the_electrolyte_keeps_its_lithium(model, across):
    solution = run(model(Electrode(**AGEING), across=across), FEW)
    salt = solution["Total lithium in electrolyte [mol]"].entries
    gained = sum(solution[name].entries for name in cells.SINKS)
    particles = solution["Total lithium in particles [mol]"].entries
    books = particles + salt + gained
    assert np.max(np.abs(books - books[0])) < 1e-12 * books[0]
    assert np.max(np.abs(salt - salt[0])) < 1e-11 * salt[0]


def test_positions_across_the_cell_are_those_of_the_points():
    solution = run(SPMe(across="polynomials"), FEW)
    x = solution["x [m]"].entries[:, 0]
    start, _ = np.polynomial.legendre.leggauss(FEW["x_n"])
    expected = cells.LENGTH["negative"] * (1 + start) / 2
    np.testing.assert_allclose(x[: FEW["x_n"]], expected, rtol=1e-12)
    np.testing.assert_allclose(solution["Electrolyte concentration [mol.m-3]"].mesh.nodes, x)
