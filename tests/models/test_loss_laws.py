"""Loss of active material: PyBaMM's rates, closed forms, and never less than nothing left."""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from scipy.integrate import solve_ivp

from twin.models.loss_laws import (
    LAST_SHARE,
    LEAST_SHARE,
    crack_loss_rate,
    hydrostatic_surface_stress,
    limiter,
    reaction_loss_rate,
    stress_loss_rate,
)

BETA, CRITICAL, M, EPS_0 = 2.7778e-7, 60e6, 2.0, 0.75
CHANGE = "X-averaged negative electrode active material volume fraction change [s-1]"


def rates(option: str, ours, **changes: float) -> tuple[np.ndarray, np.ndarray]:
    """PyBaMM's loss in a discharge, a rest and a charge, and ours from its state."""
    model = pybamm.lithium_ion.SPM(
        {"loss of active material": (option, "none"), "SEI": "ec reaction limited"}
    )
    names, phase = model.variables, model.param.n.prim
    stem = "X-averaged negative particle surface"
    if "stress" in option:
        stress = hydrostatic_surface_stress(
            names[f"{stem} radial stress [Pa]"], names[f"{stem} tangential stress [Pa]"]
        )
    else:
        stress = None
    eps_0 = pybamm.x_average(phase.epsilon_s)
    names["test ours"] = -pybamm.x_average(eps_0 * ours(names, phase, stress, eps_0))
    values = pybamm.ParameterValues("OKane2022")
    values.update(changes, check_already_exists=False)
    cycle = ("Discharge at 1C for 20 minutes", "Rest for 10 minutes", "Charge at 1C for 10 minutes")
    simulation = pybamm.Simulation(
        model, parameter_values=values, experiment=pybamm.Experiment([cycle])
    )
    solution = simulation.solve(calc_esoh=False)
    theirs, found = solution[CHANGE].entries, solution["test ours"].entries
    assert np.abs(theirs).max() > 0
    return found, theirs


def test_loss_by_stress_is_that_of_pybamm():
    def ours(names, phase, stress, eps_0):
        T = names["X-averaged negative electrode temperature [K]"]
        return stress_loss_rate(
            stress, phase.beta_LAM(T), phase.stress_critical, phase.m_LAM, eps_0
        )

    found, theirs = rates("stress-driven", ours)
    assert found == pytest.approx(theirs, rel=1e-12)
    assert theirs.max() == 0  # compression loses nothing


def test_loss_by_compression_is_the_law_with_the_other_sign():
    def ours(names, phase, stress, eps_0):
        T = names["X-averaged negative electrode temperature [K]"]
        others = (phase.stress_critical, phase.m_LAM, eps_0)
        tension = stress_loss_rate(stress, phase.beta_LAM(T, direction="tensile"), *others)
        compression = stress_loss_rate(-stress, phase.beta_LAM(T, direction="compressive"), *others)
        return tension + compression

    stem = "Negative electrode LAM constant proportional term"
    found, theirs = rates(
        "asymmetric stress-driven",
        ours,
        **{f"{stem} (tensile) [s-1]": 3e-7, f"{stem} (compressive) [s-1]": 1e-7},
    )
    assert found == pytest.approx(theirs, rel=1e-12)


def test_loss_by_film_growth_is_that_of_pybamm():
    def ours(names, phase, stress, eps_0):
        a_j = names[
            "X-averaged negative electrode SEI volumetric interfacial current density [A.m-3]"
        ]
        return reaction_loss_rate(a_j, phase.beta_LAM_sei, eps_0)

    factor = {"Negative electrode reaction-driven LAM factor [m3.mol-1]": 1e-4}
    found, theirs = rates("reaction-driven", ours, **factor)
    assert found == pytest.approx(theirs, rel=1e-9)
    assert theirs.max() < 0


@pytest.mark.parametrize("m", [1.0, 2.0, 3.5])
def test_only_tension_counts(m):
    assert stress_loss_rate(-2 * CRITICAL, BETA, CRITICAL, m, EPS_0) == 0
    assert stress_loss_rate(2 * CRITICAL, BETA, CRITICAL, m, EPS_0) == pytest.approx(
        2**m * BETA / EPS_0
    )


def left_after(seconds: float, rate) -> float:
    solution = solve_ivp(
        lambda _, s: -rate(s) * limiter(s),
        (0, seconds),
        [1.0],
        rtol=1e-9,
        atol=1e-12,
        max_step=seconds / 50,
    )
    return float(solution.y[0, -1])


def test_loss_by_constant_stress_is_linear_and_then_fades_out():
    rate = stress_loss_rate(CRITICAL, BETA, CRITICAL, M, EPS_0)
    knee = (1 - LEAST_SHARE) / rate
    assert left_after(0.9 * knee, lambda s: rate) == pytest.approx(1 - 0.9 * (1 - LEAST_SHARE))
    width = LEAST_SHARE - LAST_SHARE
    later = knee + 3 * width / rate
    expected = LAST_SHARE + width * np.exp(-3)
    assert left_after(later, lambda s: rate) == pytest.approx(expected, rel=1e-6)


def test_cracks_cut_off_an_exponential_share():
    kappa, radius, speed, seconds = 0.7, 5e-6, 1e-12, 2e6
    found = left_after(seconds, lambda s: crack_loss_rate(s, speed, radius, kappa))
    assert found == pytest.approx(np.exp(-kappa * speed * seconds / radius), rel=1e-8)


def test_the_limiter_is_exact_above_two_per_cent():
    assert np.all(limiter(np.linspace(0.02, 1.0, 99)) == 1.0)
    assert limiter(0.0) == 0.0
    assert limiter(-0.01) == 0.0
    assert limiter(LAST_SHARE) == 0.0
    assert limiter(0.0125) == pytest.approx(0.25)


def test_all_rates_are_losses():
    assert stress_loss_rate(1e7, BETA, CRITICAL, M, EPS_0) > 0
    assert reaction_loss_rate(-1.0, 1e-4, EPS_0) > 0
    assert crack_loss_rate(1.0, 1e-12, 5e-6, 0.2) > 0


def test_a_volume_fraction_per_second_becomes_a_share():
    assert stress_loss_rate(CRITICAL, BETA, CRITICAL, M, 0.5) == pytest.approx(2 * BETA)
    charge = 96485.33212 * 0.5 / 1e-4  # per volume of electrode, to cut half of its volume off
    assert reaction_loss_rate(-charge, 1e-4, 0.5) == pytest.approx(1.0)
