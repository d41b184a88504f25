"""Plating and stripping: PyBaMM's currents, equilibrium, and where the lithium goes."""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from scipy.integrate import solve_ivp

from twin.models.plating_laws import (
    activation,
    dead_lithium_decay_rate,
    dead_lithium_rate,
    plated_lithium_rate,
    plating_current_density,
)

F, R, T = 96485.33212, 8.314462618, 298.15
KINDS = ("reversible", "irreversible", "partially-reversible")


def current(kind: str, eta: float, j0_p: float = 0.1, j0_s: float = 0.02) -> float:
    return float(plating_current_density(kind, j0_p, j0_s, 0.65, 0.35, eta, T))


@pytest.mark.parametrize("kind", KINDS)
def test_a_running_model_gives_the_same(kind):
    options = {"lithium plating": kind.replace("-", " "), "SEI": "solvent-diffusion limited"}
    model = pybamm.lithium_ion.SPM(options)
    names, phase = model.variables, model.param.n.prim
    c_e = names["Negative electrolyte concentration [mol.m-3]"]
    c = names["Negative lithium plating concentration [mol.m-3]"]
    temperature = names["Negative electrode temperature [K]"]
    eta = (
        names["Negative electrode surface potential difference [V]"]
        + names["Negative electrode SEI film overpotential [V]"]
    )
    ours = plating_current_density(
        kind,
        phase.j0_plating(c_e, c, temperature),
        phase.j0_stripping(c_e, c, temperature),
        phase.alpha_plating,
        phase.alpha_stripping,
        eta,
        temperature,
    )
    a_j = names[
        "X-averaged negative electrode lithium plating volumetric interfacial current "
        "density [A.m-3]"
    ]
    rhs = {symbol.name: value for symbol, value in model.rhs.items()}
    plated = "X-averaged negative lithium plating concentration [mol.m-3]"
    dead = "X-averaged negative dead lithium concentration [mol.m-3]"
    gamma = dead_lithium_decay_rate(
        pybamm.Parameter("Dead lithium decay constant [s-1]"),
        pybamm.Parameter("Initial SEI thickness [m]"),
        names["X-averaged negative SEI thickness [m]"],
    )
    pairs = {
        "current": (
            ours,
            names["Negative electrode lithium plating interfacial current density [A.m-2]"],
        ),
        "plated": (plated_lithium_rate(kind, a_j, names[plated], gamma), rhs[plated]),
        "dead": (dead_lithium_rate(kind, a_j, names[plated], gamma), rhs[dead]),
    }
    for key, pair in pairs.items():
        for whose, symbol in zip(("ours", "theirs"), pair, strict=True):
            model.variables[f"test {key} {whose}"] = symbol
    values = pybamm.ParameterValues("OKane2022")
    experiment = pybamm.Experiment(
        [("Charge at 1C for 5 minutes", "Discharge at 1C for 5 minutes")]
    )
    solution = pybamm.Simulation(model, parameter_values=values, experiment=experiment).solve(
        calc_esoh=False
    )
    for key in pairs:
        found, expected = (solution[f"test {key} {whose}"].entries for whose in ("ours", "theirs"))
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-16)
    assert np.abs(solution["test current theirs"].entries).max() > 0


def test_plating_is_negative_and_stripping_positive():
    assert current("reversible", -0.05) < 0 < current("reversible", 0.1)
    assert current("irreversible", -0.05) < current("irreversible", 0.1) < 0


def test_equilibrium_follows_nernst():
    eta = R * T / F * np.log(0.1 / 0.02)
    assert current("reversible", eta) == pytest.approx(0.0, abs=1e-15)
    slope = (current("reversible", eta + 1e-6) - current("reversible", eta - 1e-6)) / 2e-6
    exchange = 0.1 ** (1 - 0.65) * 0.02**0.65
    assert slope == pytest.approx(exchange * F / (R * T), rel=1e-7)


def test_far_from_equilibrium_the_slopes_are_those_of_tafel():
    decade = np.log(10) * R * T / F
    assert current("reversible", -0.4 - decade / 0.65) / current("reversible", -0.4) == (
        pytest.approx(10, rel=1e-6)
    )
    assert current("reversible", 0.5 + decade / 0.35) / current("reversible", 0.5) == (
        pytest.approx(10, rel=1e-6)
    )


def test_partially_reversible_has_the_current_of_reversible():
    assert current("partially-reversible", -0.02) == current("reversible", -0.02)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("a_j", [-2e3, 0.0, 1e3])
def test_all_lithium_is_either_plated_or_dead(kind, a_j):
    total = sum(rate(kind, a_j, 150.0, 1e-5) for rate in (plated_lithium_rate, dead_lithium_rate))
    assert total == pytest.approx(-a_j / F, rel=1e-14)


def test_plated_lithium_dies_exponentially():
    seconds, gamma = 2e5, dead_lithium_decay_rate(1e-5, 5e-9, 10e-9)

    def rates(_, c):
        return [
            rate("partially-reversible", -50.0, c[0], gamma)
            for rate in (plated_lithium_rate, dead_lithium_rate)
        ]

    plated, dead = solve_ivp(rates, (0, seconds), [0.0, 0.0], rtol=1e-10, atol=1e-12).y[:, -1]
    steady = 50.0 / F / 5e-6
    assert plated == pytest.approx(steady * (1 - np.exp(-5e-6 * seconds)), rel=1e-8)
    assert plated + dead == pytest.approx(50.0 / F * seconds, rel=1e-10)


def test_rates_rise_with_temperature_as_arrhenius_has_it():
    inverse = np.array([1 / 273.15, 1 / 298.15, 1 / 323.15])
    slopes = np.diff(np.log(activation(50e3, 1 / inverse, T))) / np.diff(inverse)
    assert slopes == pytest.approx([-50e3 / R] * 2, rel=1e-12)
    assert activation(50e3, T, T) == 1.0
