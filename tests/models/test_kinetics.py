"""Stress in the exchange current: how fast the reaction is, and never where equilibrium is."""

import numpy as np
import pybamm
import pytest

from twin import names
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models import extra_parameters as extra
from twin.units import FARADAY_C_PER_MOL, GAS_CONSTANT_J_PER_MOL_K

COARSE = {"x_n": 4, "x_s": 3, "x_p": 4, "r_n": 8, "r_p": 8}
MODELS = [SPM, SPMe, DFN]
CURRENT = "Current function [A]"
PARTICLE = Particle(diffusion="stress-coupled")
POTENTIAL = Electrode(particle=PARTICLE, stress_in_kinetics="potential")
EXCHANGE = Electrode(particle=PARTICLE, stress_in_kinetics="potential-and-exchange-current")
VOLUME = {"negative": 9e-6, "positive": -4e-6}
PRESSURE = 200e6
KT = GAS_CONSTANT_J_PER_MOL_K * 298.15


def okane(**changes):
    values = pybamm.ParameterValues("OKane2022")
    given = {
        "Positive electrode partial molar volume [m3.mol-1]": 1.2e-6,
        "Positive electrode Young's modulus [Pa]": 142.5e9,
        names.LOWER_VOLTAGE: 0.1,
        names.UPPER_VOLTAGE: 9.0,
        CURRENT: "[input]",
        extra.OUTSIDE_PRESSURE: PRESSURE,
        extra.PRESSURE_RATIO: 1.0,
        **{extra.reaction_activation_volume(domain): VOLUME[domain] for domain in names.DOMAINS},
        **changes,
    }
    values.update(given, check_already_exists=False)
    return values


def solved(model, steps, **changes):
    values = okane(**changes)
    solver = pybamm.IDAKLUSolver(rtol=1e-8, atol=1e-10)
    simulation = pybamm.Simulation(model, parameter_values=values, var_pts=COARSE, solver=solver)
    for rate, seconds in steps:
        times = np.linspace(0, seconds, 11)
        simulation.step(seconds, t_interp=times, inputs={CURRENT: rate * 5.0})
    return simulation.solution


def exchange(solution, domain):
    return solution[f"{domain.capitalize()} electrode exchange current density [A.m-2]"].entries


def overpotential(solution, domain):
    return solution[f"{domain.capitalize()} electrode reaction overpotential [V]"].entries


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "stressed",
    [
        ("negative",),
        pytest.param(("positive",), marks=pytest.mark.slow),
        pytest.param(names.DOMAINS, marks=pytest.mark.slow),
    ],
)
def test_pressure_at_rest_slows_the_exchange_and_leaves_equilibrium(model, stressed):
    """The factor is exp(-p V_j/(R T)), in the electrode that has it; the voltage stays."""
    choice = {d: EXCHANGE if d in stressed else POTENTIAL for d in names.DOMAINS}
    found = solved(model(**choice, constraint="pressure"), ((0, 3600),))
    plain = solved(model(POTENTIAL, POTENTIAL, constraint="pressure"), ((0, 3600),))
    for domain in names.DOMAINS:
        factor = np.exp(-PRESSURE * VOLUME[domain] / KT) if domain in stressed else 1.0
        ratio = exchange(found, domain) / exchange(plain, domain)
        assert ratio == pytest.approx(factor, rel=1e-9)
    assert np.exp(-PRESSURE * VOLUME["negative"] / KT) < 0.5
    assert found[names.VOLTAGE].entries == pytest.approx(plain[names.VOLTAGE].entries, abs=1e-9)


@pytest.mark.parametrize("model", [SPM, SPMe])
@pytest.mark.parametrize("steps", [((1, 600), (-1, 300))])
def test_the_exchange_follows_the_stress_of_the_surface_while_current_flows(model, steps):
    found = solved(model(EXCHANGE, EXCHANGE), steps)
    plain = solved(model(POTENTIAL, POTENTIAL), steps)
    for domain in names.DOMAINS:
        sigma_h = found[f"{domain.capitalize()} particle surface hydrostatic stress [Pa]"].entries
        factor = np.exp(sigma_h * VOLUME[domain] / KT)
        assert np.ptp(factor) > 1e-2
        ratio = exchange(found, domain) / exchange(plain, domain)
        assert ratio == pytest.approx(factor, rel=1e-6)
        expected = np.sinh(overpotential(plain, domain) * FARADAY_C_PER_MOL / (2 * KT)) / factor
        driven = np.sinh(overpotential(found, domain) * FARADAY_C_PER_MOL / (2 * KT))
        assert driven == pytest.approx(expected, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(("model", "thermal"), [(DFN, "isothermal"), (SPM, "lumped")])
def test_the_exchange_follows_stress_and_temperature_of_each_place(model, thermal):
    """Against the set's own exchange current at the compositions of each place."""
    built, values = model(EXCHANGE, EXCHANGE, thermal=thermal), okane()
    found = solved(built, ((2, 300), (-1, 100)))
    for domain in names.DOMAINS:
        Domain, phase = domain.capitalize(), built.param.domain_params[domain].prim
        electrolyte, surface, T = (
            found[f"{Domain} {quantity}"].entries
            for quantity in (
                "electrolyte concentration [mol.m-3]",
                "particle surface concentration [mol.m-3]",
                "electrode temperature [K]",
            )
        )
        at_places = (pybamm.Vector(part.ravel()) for part in (electrolyte, surface, T))
        own = values.process_symbol(phase.j0(*at_places)).evaluate().reshape(T.shape)
        assert np.ptp(T) > 1 if thermal == "lumped" else np.ptp(T) == 0
        sigma_h = found[f"{Domain} particle surface hydrostatic stress [Pa]"].entries
        factor = np.exp(sigma_h * VOLUME[domain] / (GAS_CONSTANT_J_PER_MOL_K * T))
        assert np.max(np.abs(factor - 1)) > 1e-2
        # PyBaMM smooths the powers of its exchange current by some 1e-5
        assert exchange(found, domain) / own == pytest.approx(factor, rel=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_no_volume_of_activation_is_no_effect(model):
    steps = ((1, 600),)
    none = {extra.reaction_activation_volume(domain): 0.0 for domain in names.DOMAINS}
    found, plain = (
        solved(model(electrode, electrode), steps, **none)[names.VOLTAGE].entries
        for electrode in (EXCHANGE, POTENTIAL)
    )
    assert found == pytest.approx(plain, abs=1e-9)
