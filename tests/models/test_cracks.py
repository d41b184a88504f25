"""Paris' law: closed forms, no growth in compression, and no NaN at rest."""

import numpy as np
import pybamm
import pytest

from twin import names
from twin.models import DFN, SPM, Electrode, Particle
from twin.models.fracture import fatigue_rate, stress_intensity
from twin.units import SECONDS_PER_HOUR

STRESSED = Electrode(particle=Particle(diffusion="stress-coupled"), cracks="fatigue")
K, B, L0 = 3.9e-20, 1.12, 20e-9


def paris(length, sigma, k, m):
    return fatigue_rate(stress_intensity(sigma, length, B), k, m)


def grown(sigma: float, m: float, k: float, seconds: float) -> float:
    """Crack length after a time under constant stress, integrated by IDAKLU."""
    length = pybamm.Variable("l", scale=L0)
    model = pybamm.BaseModel()
    model.rhs = {length: paris(length, pybamm.Scalar(sigma), k, m)}
    model.initial_conditions = {length: pybamm.Scalar(L0)}
    model.variables = {"l": length}
    disc = pybamm.Discretisation()
    disc.process_model(model)
    solver = pybamm.IDAKLUSolver(rtol=1e-9, atol=1e-12)
    return float(solver.solve(model, np.array([0.0, seconds]))["l"].entries[-1])


def test_exponent_two_grows_exponentially():
    sigma, k, seconds = 50e6, 1e-21, 1e5
    expected = L0 * np.exp(k * (B * sigma) ** 2 * np.pi * seconds)
    assert expected > 2 * L0
    assert grown(sigma, 2.0, k, seconds) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("m", [2.2, 3.0, 4.0])
def test_other_exponents_follow_the_power_law(m):
    sigma, seconds = 50e6, 1e5
    rate = (B * sigma * np.sqrt(np.pi)) ** m
    k = 0.3 * L0 ** (1 - m / 2) / (rate * seconds)
    # l^(1 - m/2) falls linearly in time
    expected = (L0 ** (1 - m / 2) + (1 - m / 2) * k * rate * seconds) ** (1 / (1 - m / 2))
    assert grown(sigma, m, k, seconds) == pytest.approx(expected, rel=1e-6)


def test_compression_adds_no_growth():
    assert grown(-80e6, 2.2, 1e-18, 1e6) == L0


@pytest.mark.parametrize("sigma", [0.0, -0.0, -1e-10, 1e-300])
def test_the_rate_at_rest_is_a_number(sigma):
    assert paris(L0, sigma, K, 2.2) == pytest.approx(0.0, abs=1e-30)


def rest(model: pybamm.BaseModel, points: int) -> pybamm.Solution:
    simulation = pybamm.Simulation(
        model,
        parameter_values=pybamm.ParameterValues("OKane2022"),
        var_pts={"x_n": 5, "x_s": 5, "x_p": 5, "r_n": points, "r_p": points},
        experiment=pybamm.Experiment(["Rest for 1 hour", "Discharge at 1C for 60 seconds"]),
    )
    return simulation.solve(calc_esoh=False)


@pytest.mark.parametrize("points", [10, 12, 15, 30, 80])
def test_uniform_particles_have_a_finite_rate_on_any_mesh(points):
    solution = rest(SPM(STRESSED, STRESSED), points)
    assert solution.t[-1] == pytest.approx(3660)
    length = solution["X-averaged negative particle crack length [m]"].entries
    assert np.all(np.isfinite(length))
    assert length[-1] >= L0


def test_pybamm_still_gives_nan_on_some_meshes():
    """Fails when PyBaMM has mended its crack rate: then the note on it can go."""
    options = {"particle mechanics": "swelling and cracking", "SEI": "none"}
    with pytest.raises(pybamm.SolverError):
        rest(pybamm.lithium_ion.SPM(options), 80)


@pytest.mark.parametrize("model", [SPM, DFN])
def test_cracks_of_both_electrodes_grow_by_our_rate(model):
    """At each place, from its stress and length, by the numbers of the set (per hour)."""
    values = pybamm.ParameterValues("OKane2022")
    simulation = pybamm.Simulation(
        model(STRESSED, STRESSED),
        parameter_values=values,
        var_pts={"x_n": 4, "x_s": 3, "x_p": 4, "r_n": 8, "r_p": 8},
    )
    solution = simulation.solve([0, 600])
    for domain in names.DOMAINS:
        stress, length, rate = (
            solution[name(domain)].entries
            for name in (names.surface_stress, names.crack_length, names.cracking_rate)
        )
        k, b, m = (
            values[f"{domain.capitalize()} electrode {quantity}"]
            for quantity in (
                "cracking rate",
                "Paris' law constant b",
                "Paris' law constant m",
            )
        )
        k = pybamm.convert_to_symbol(k(298.15)).evaluate()
        expected = k / SECONDS_PER_HOUR * (b * np.maximum(stress, 0) * np.sqrt(np.pi * length)) ** m
        assert rate == pytest.approx(expected, rel=1e-9, abs=1e-30)
        assert np.max(rate) > 0
