"""Laws of the flux: their reductions to one another, and what they leave in equilibrium."""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm
import pytest

from tests.models import lone
from tests.models.lone import CONCENTRATION, METHODS, R_GAS, SHAPES, T_ROOM, F, particle
from twin.models.transport import (
    LAWS,
    LEAST_FACTOR,
    activation_factor,
    driven_concentration,
    potential_stiffness,
    stress_enhancement,
    thermodynamic_factor,
)

C_MAX, OMEGA, MODULUS = 2.5e4, 4e-6, 1e10 / 0.7
THETA = 2 * OMEGA**2 * MODULUS / (9 * R_GAS * T_ROOM)  # 0.51 / C_MAX
kT_F = R_GAS * T_ROOM / F
D_EFF = "particle effective diffusivity [m2.s-1]"
POTENTIAL = "particle mechanical potential [J.mol-1]"
HOST: dict[str, Any] = {"c_max": C_MAX, "c_init": C_MAX / 2, "Omega": OMEGA, "E": 1e10}
by_shape = pytest.mark.parametrize("shape", SHAPES)
by_method = pytest.mark.parametrize("method", METHODS)
by_core = pytest.mark.parametrize("core", ["solid", "hollow", "open-hollow"])


def composition(one: lone.Lone) -> Any:
    return C_MAX * (0.4 + 0.25 * one.r**2 - 0.1 * one.r**4)


def spread(values: Any) -> float:
    return float(np.ptp(values))


def largest(values: Any) -> float:
    return float(np.max(np.abs(values)))


# ---- what stress adds


@by_method
@by_core
@by_shape
def test_stress_multiplies_the_diffusivity_by_1_plus_theta_c(shape, core, method):
    """Both as an output and in the balance: as Fick's law with such a diffusivity."""
    choices = {"core": core, "diffusion": "stress-coupled"}
    coupled = particle(shape, method, 10, choices=choices, flux=0.3 * C_MAX, **HOST)
    c = composition(coupled)
    np.testing.assert_allclose(coupled.value(D_EFF, c), 1 + THETA * c, rtol=1e-10)
    D = {"D": lambda x, T: 1 + THETA * C_MAX * x}
    plain = particle(shape, method, 10, choices={"core": core}, flux=0.3 * C_MAX, **HOST, **D)
    rate = plain.rate(c)
    np.testing.assert_allclose(coupled.rate(c), rate, atol=1e-10 * largest(rate))


@by_method
def test_in_a_lattice_gas_stress_multiplies_it_by_1_plus_theta_c_times_what_is_empty(method):
    choices = {"diffusion": "stress-coupled-lattice-gas"}
    coupled = particle("sphere", method, 10, choices=choices, **HOST)
    c = composition(coupled)
    expected = 1 + THETA * c * (1 - c / C_MAX)
    np.testing.assert_allclose(coupled.value(D_EFF, c), expected, rtol=1e-10)


@by_method
def test_the_diffusivity_of_a_law_is_that_of_the_set_times_what_the_law_adds(method):
    given = {"D": lambda x, T: 2e-14 * (1 + x), "R": 1e-6}
    one = particle("sphere", method, 6, choices={"diffusion": "stress-coupled"}, **HOST, **given)
    c = np.linspace(0.1, 0.9, 6) * C_MAX
    expected = 2e-14 * (1 + c / C_MAX) * (1 + THETA * c)
    np.testing.assert_allclose(one.value(D_EFF, c), expected, rtol=1e-10)


@by_method
@pytest.mark.parametrize("law", ["stress-coupled", "stress-coupled-lattice-gas"])
def test_the_two_forms_of_the_flux_agree_where_omega_varies(law, method):
    """-D (grad c - m grad W / RT) with W solved for, against -D (1 + m k / RT) grad c."""
    gaps = []
    material = {**HOST, "Omega": lambda x, T: OMEGA * (1 + 0.6 * x), "pressure": 1e8}
    sizes = (40, 80, 160) if method == "finite-volume" else (8, 12, 16)
    for points in sizes:
        rates = []
        for modulus in ("uniform", "composition-dependent"):
            choices = {"diffusion": law, "modulus": modulus}
            one = particle("slab", method, points, choices=choices, **material)
            rates.append(one.rate(composition(one)))
        gaps.append(largest(rates[0] - rates[1]) / largest(rates[0]))
    if method == "finite-volume":
        np.testing.assert_allclose(np.log2(gaps[1] / gaps[2]), 2, atol=0.2)
    else:
        assert gaps[1] < gaps[0] / 10
        assert gaps[2] < gaps[1] / 10
    assert gaps[-1] < 1e-4


def rate_gaps(shape: str, core: str, method: str, sizes: tuple[int, ...]) -> list[float]:
    """Return how far the rates for a uniform and a solved modulus are apart (rms)."""
    gaps = []
    for points in sizes:
        rates = []
        for modulus in ("uniform", "composition-dependent"):
            choices = {"core": core, "diffusion": "stress-coupled", "modulus": modulus}
            one = particle(shape, method, points, choices=choices, **HOST)
            rates.append(one.rate(composition(one)))
        gap = np.sqrt(one.mean((rates[0] - rates[1]) ** 2))
        gaps.append(float(gap / np.sqrt(one.mean(rates[0] ** 2))))
    return gaps


def test_a_modulus_solved_for_gives_the_flux_of_the_closed_form_in_a_slab():
    assert max(rate_gaps("slab", "solid", "polynomials", (6, 10))) < 1e-10


@pytest.mark.parametrize("shape", ["cylinder", "sphere"])
def test_a_modulus_solved_for_gives_the_flux_of_the_closed_form_with_enough_polynomials(shape):
    gaps = rate_gaps(shape, "solid", "polynomials", (8, 12, 16))
    assert gaps[1] < gaps[0] / 10
    assert gaps[2] < gaps[1] / 10
    assert gaps[2] < 1e-5


@pytest.mark.parametrize("core", ["solid", "hollow"])
@pytest.mark.parametrize("shape", ["cylinder", "sphere"])
def test_a_modulus_solved_for_gives_the_flux_of_the_closed_form_with_small_volumes(shape, core):
    """Of first order: stress is of second order, and its gradient across a wall cell of first."""
    gaps = rate_gaps(shape, core, "finite-volume", (20, 40, 80))
    assert gaps[0] < 0.1
    assert gaps[2] < gaps[0] / 2.5


# ---- the thermodynamic factor from the open-circuit potential


@by_method
@pytest.mark.parametrize(
    ("U", "factor"),
    [
        (lambda x: 0.5 - kT_F * pybamm.log(x / (1 - x)), lambda x: 1 / (1 - x)),
        (lambda x: 0.5 - kT_F * pybamm.log(x), lambda x: 1 + 0 * x),
        (lambda x: 0.5 - 0.2 * x, lambda x: 0.2 * x / kT_F),
        (lambda x: 0.5 + 0 * x, lambda x: LEAST_FACTOR + 0 * x),
    ],
    ids=["lattice gas", "dilute", "straight", "flat"],
)
def test_the_thermodynamic_factor_is_that_of_the_potential(U, factor, method):
    """Up to the finite step of the slope, h^2/(3 x^2) for a logarithm."""
    one = particle("sphere", method, 9, choices={"diffusion": "thermodynamic"}, U=U)
    x = np.linspace(0.1, 0.9, 9)
    np.testing.assert_allclose(one.value(D_EFF, x), factor(x), rtol=1e-3)
    plain = particle("sphere", method, 9, D=lambda x, T: factor(x))
    rate = plain.rate(x)
    np.testing.assert_allclose(one.rate(x), rate, atol=1e-3 * largest(rate))


@by_method
def test_a_dilute_potential_makes_the_coupled_thermodynamic_law_the_coupled_one(method):
    U = {"U": lambda x: 0.5 - kT_F * pybamm.log(x)}
    rates = []
    for law in ("stress-coupled-thermodynamic", "stress-coupled"):
        one = particle("sphere", method, 9, choices={"diffusion": law}, **HOST, **U)
        rates.append(one.rate(composition(one)))
    np.testing.assert_allclose(rates[0], rates[1], atol=1e-4 * largest(rates[1]))


@by_method
def test_stress_and_the_thermodynamic_factor_add_up(method):
    U = {"U": lambda x: 0.5 - kT_F * pybamm.log(x / (1 - x))}
    choices = {"diffusion": "stress-coupled-thermodynamic"}
    one = particle("sphere", method, 9, choices=choices, **HOST, **U)
    x = np.linspace(0.1, 0.9, 9)
    found = one.value(D_EFF, C_MAX * x)
    np.testing.assert_allclose(found, 1 / (1 - x) + THETA * C_MAX * x, rtol=1e-3)


# ---- stress that changes the barrier: Jung et al. 2020, eq. 8


@by_shape
@pytest.mark.parametrize(("tension", "factor"), [(1e8, 1.41), (5e8, 5.55), (1e9, 30.8)])
def test_tension_speeds_diffusion_up_by_this_factor(shape, tension, factor):
    choices = {"diffusion": "stress-activated"}
    for sign in (1, -1):
        one = particle(
            shape, "polynomials", 4, choices=choices, V_a=8.5e-6, T=298.0, pressure=-sign * tension
        )
        found = one.value(D_EFF, np.full(4, 0.5))
        np.testing.assert_allclose(found**sign, factor, rtol=4e-3)
        assert activation_factor(sign * tension, 8.5e-6, 298.0) == pytest.approx(found[0])


def test_an_unstressed_barrier_is_the_measured_one():
    assert activation_factor(0.0, 8.5e-6, 298.0) == 1.0
    one = particle("sphere", "finite-volume", 4, choices={"diffusion": "stress-activated"}, V_a=1)
    np.testing.assert_array_equal(one.value(D_EFF, np.zeros(4)), 1.0)


# ---- equilibrium


@by_method
@pytest.mark.parametrize("shape", ["cylinder", "sphere"])
def test_lithium_rests_at_a_uniform_potential_in_uneven_stress(shape, method):
    """A pressed shell whose modulus follows the composition is not uniform, and stands still."""
    choices = {
        "core": "hollow",
        "diffusion": "stress-coupled",
        "modulus": "composition-dependent",
        "surface_stress": True,
    }
    material = {**HOST, "E": lambda x, T: 1e10 * (1 + 4 * x), "pressure": 4e8, "f": 1e6}
    points = 16 if method == "polynomials" else 30
    one = particle(shape, method, points, choices=choices, flux=0.0, **material)
    start = np.full(points, C_MAX / 2)
    moving = largest(one.rate(start))
    c = one.solve([20.0])[f"X-averaged negative {CONCENTRATION}"].entries[:, -1]
    assert spread(c) > 0.05 * C_MAX / 2
    assert largest(one.rate(c)) < 1e-6 * moving
    mu = R_GAS * T_ROOM * np.log(c) - one.value(POTENTIAL, c)
    assert spread(mu) < 1e-3 * spread(R_GAS * T_ROOM * np.log(c))
    assert one.mean(c) == pytest.approx(C_MAX / 2, rel=1e-12)


def test_the_lattice_gas_rests_at_its_own_uniform_potential():
    choices = {
        "core": "hollow",
        "diffusion": "stress-coupled-lattice-gas",
        "modulus": "composition-dependent",
    }
    material = {**HOST, "E": lambda x, T: 1e10 * (1 + 4 * x), "pressure": 4e8}
    # a measured diffusivity holds 1/(1 - x): the flux of the self-diffusivity is D c (1 - x)
    one = particle("sphere", "polynomials", 16, choices=choices, flux=0.0, **material)
    c = one.solve([20.0])[f"X-averaged negative {CONCENTRATION}"].entries[:, -1]
    chemical = R_GAS * T_ROOM * np.log(c / (C_MAX - c))
    assert spread(chemical - one.value(POTENTIAL, c)) < 1e-3 * spread(chemical)
    assert spread(c) > 0.01 * C_MAX


# ---- the functions of the module


def test_the_local_form_is_the_derivative_of_omega_times_the_hydrostatic_stress():
    """-d(Omega sigma_h)/dc at a fixed mean strain, by a central difference."""

    def Omega(c: float) -> float:
        return 3e-6 + 1e-10 * c

    def sigma_h(c: float) -> float:  # 2/3 M (mean - local strain)
        return 2 / 3 * MODULUS * (0.03 - (3e-6 * c + 0.5e-10 * c**2) / 3)

    c, h = 2e4, 1.0
    slope = -(Omega(c + h) * sigma_h(c + h) - Omega(c - h) * sigma_h(c - h)) / (2 * h)
    k = potential_stiffness(Omega(c), MODULUS, 1e-10, sigma_h(c))
    assert k == pytest.approx(slope, rel=1e-8)
    assert stress_enhancement(c, k, T_ROOM) == pytest.approx(c * k / (R_GAS * T_ROOM))


def test_only_the_lattice_gas_needs_empty_sites():
    for name, law in LAWS.items():
        m = driven_concentration(law, 0.3, 1.0)
        assert m == pytest.approx(0.21 if "lattice" in name else 0.3)


def test_the_thermodynamic_factor_of_a_spinodal_is_cut_off():
    assert thermodynamic_factor(0.5, 1.0, T_ROOM) == LEAST_FACTOR


@by_method
@pytest.mark.parametrize("modulus", ["uniform", "composition-dependent"])
def test_to_a_measured_diffusivity_stress_adds_theta_c_over_the_thermodynamic_factor(
    method, modulus
):
    """The self-diffusivity is D/factor, so the same flux as the thermodynamic law has with it."""
    choices = {"diffusion": "stress-coupled-measured", "modulus": modulus}
    host = {**HOST, "U": lambda x: 4 - kT_F * pybamm.log(x / (1 - x))}
    measured = particle("slab", method, 9, choices=choices, flux=0.3 * C_MAX, **host)
    c = composition(measured)
    x = c / C_MAX
    if modulus == "uniform":
        expected = 1 + THETA * c * (1 - x)  # the factor is 1/(1 - x)
        np.testing.assert_allclose(measured.value(D_EFF, c), expected, rtol=1e-3)
    self_diffusing = particle(
        "slab",
        method,
        9,
        choices={**choices, "diffusion": "stress-coupled-thermodynamic"},
        flux=0.3 * C_MAX,
        **host,
        D=lambda x, T: 1 - x,
    )
    gap = measured.rate(c) - self_diffusing.rate(c)
    assert largest(gap) < 2e-3 * largest(measured.rate(c))


@by_method
def test_the_thermodynamic_factor_is_bounded_where_pybamm_bends_the_potential(method):
    full = particle(
        "slab",
        method,
        9,
        choices={"diffusion": "thermodynamic"},
        c_max=C_MAX,
        U=lambda x: 4 - kT_F * pybamm.log(x / (1 - x)),
    )
    for x in (1e-4, 1 - 1e-4):
        factor = full.value(D_EFF, np.full(9, C_MAX * x))
        assert np.all((factor > 0.9) & (factor < 111)), x
