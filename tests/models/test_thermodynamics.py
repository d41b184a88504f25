"""No cycle at zero rate returns energy; the potential is the slope of one free energy."""

import numpy as np
import pytest
from scipy.integrate import quad, simpson

from tests.models.cells import CURRENT, FULL, OMEGA, POISSON, RADIUS, YOUNG, ready
from tests.models.test_open_circuit_potential import (
    COUPLED,
    GAMMA,
    PLAIN,
    SWELLING,
    TENSE,
    VOLUME,
    okane,
    potential,
    surfaces,
    table,
)
from twin import names
from twin.models import SPM, Electrode, Particle
from twin.models import extra_parameters as extra
from twin.units import FARADAY_C_PER_MOL, SECONDS_PER_HOUR

P = 1e9


def stiffening(x, T):
    return YOUNG["negative"] * (1 + 0.8 * x)


STIFF = {"Negative electrode Young's modulus [Pa]": stiffening}
GIGA = {extra.OUTSIDE_PRESSURE: P, extra.PRESSURE_RATIO: 1.0}
VARYING = Particle(diffusion="stress-coupled", modulus="composition-dependent")


def work_of_pressure(x):
    """[J per mole of host], of a partial molar volume that grows with x."""
    return P * OMEGA["negative"] * (0.5 * x + x**2 / 2)


def complementary_energy(x):
    """[J per mole of host] under an even pressure, of a modulus that grows with x."""
    bulk = stiffening(x, 298.15) / (3 * (1 - 2 * POISSON["negative"]))
    return P**2 / (2 * bulk) / FULL["negative"]


def energy_of_surface(x):
    gamma, volume = (np.polynomial.Polynomial(part)(x) for part in (GAMMA, VOLUME))
    return 3 / RADIUS["negative"] * volume * gamma


@pytest.mark.parametrize(
    ("electrode", "constraint", "changes", "added"),
    [
        (PLAIN, "none", {}, lambda x: 0.0),
        (Electrode(surface_energy=True), "none", surfaces("negative"), energy_of_surface),
        (TENSE, "pressure", {**SWELLING, **GIGA}, work_of_pressure),
        (
            Electrode(particle=VARYING, stress_in_kinetics="potential"),
            "pressure",
            {**SWELLING, **STIFF, **GIGA},
            lambda x: work_of_pressure(x) - complementary_energy(x),
        ),
    ],
    ids=["table", "surface energy", "pressure", "pressure on a varying modulus"],
)
def test_the_potential_is_the_slope_of_one_free_energy(electrode, constraint, changes, added):
    start = "Initial concentration in negative electrode [mol.m-3]"
    values = okane(changes, {start: "[input]"})
    built = SPM(electrode, constraint=constraint)
    simulation = ready(built, values)
    h = 1e-4
    for x in (0.15, 0.4, 0.6, 0.85):
        inputs = {CURRENT: 0.0, start: x * FULL["negative"]}
        rest = simulation.solve([0, 1], inputs=inputs, t_interp=[0, 1])
        found = potential(rest, "negative")[0, 0]
        chemical, _ = quad(
            lambda at: -FARADAY_C_PER_MOL * table(built, values, "negative", np.array([at]))[0],
            x - h,
            x + h,
        )
        slope = (chemical + added(x + h) - added(x - h)) / (2 * h)
        assert found == pytest.approx(-slope / FARADAY_C_PER_MOL, abs=2e-6)
        if electrode is not PLAIN:
            own = table(built, values, "negative", np.array([x]))[0]
            assert abs(found - own) > 5e-5


RATE = 1 / 50
POINTS = 201
FLAT = {"Positive electrode OCP [V]": lambda x: 4.0 - 1e-3 * x}
CYCLED = {
    "table alone": ({}, "none", {}),
    "stress": ({"particle": COUPLED, "stress_in_kinetics": "potential"}, "none", {}),
    "stress in the exchange": (
        {"particle": COUPLED, "stress_in_kinetics": "potential-and-exchange-current"},
        "none",
        {extra.reaction_activation_volume(domain): 1e-5 for domain in names.DOMAINS},
    ),
    "surface energy": (
        {"surface_energy": True},
        "none",
        {**surfaces("negative"), **surfaces("positive")},
    ),
    "modulus of the place": (
        {"particle": VARYING, "stress_in_kinetics": "potential"},
        "pressure",
        {**SWELLING, **STIFF, **GIGA},
    ),
    "fixture": (
        {"particle": COUPLED, "stress_in_kinetics": "potential"},
        "stiffness",
        {
            extra.OUTSIDE_PRESSURE: 1e6,
            extra.PRESSURE_RATIO: 20.0,
            extra.FIXTURE_STIFFNESS: 1e13,
            extra.CELL_MODULUS: 1e9,
        },
    ),
    "self-diffusivity": ({"particle": Particle(diffusion="thermodynamic")}, "none", {}),
    "stress and self-diffusivity": (
        {
            "particle": Particle(diffusion="stress-coupled-thermodynamic"),
            "stress_in_kinetics": "potential",
        },
        "none",
        {},
    ),
    "stress on a plateau": ({"particle": COUPLED, "stress_in_kinetics": "potential"}, "none", FLAT),
}


def shares_lost(simulation, capacity, rates):
    """Energy lost in a discharge and the charge that undoes it, over what passed, per rate."""
    shares = []
    for rate in rates:
        seconds = 0.06 / rate * SECONDS_PER_HOUR
        times = np.linspace(0, seconds, POINTS)
        lost = passed = 0.0
        for current in (rate * capacity, -rate * capacity):
            simulation.step(seconds, t_interp=times, inputs={CURRENT: current})
            power = current * simulation.solution[names.VOLTAGE].entries[-POINTS:]
            lost -= simpson(power, x=times)
            passed += simpson(np.abs(power), x=times)
        shares.append(lost / passed)
        simulation.step(40 * SECONDS_PER_HOUR, inputs={CURRENT: 0.0})
    return np.array(shares)


@pytest.mark.parametrize("case", CYCLED)
def test_no_cycle_returns_net_energy_and_what_is_lost_falls_with_the_rate(case):
    choices, constraint, changes = CYCLED[case]
    electrode = Electrode(**choices)
    values = okane(changes)
    simulation = ready(SPM(electrode, electrode, constraint=constraint), values)
    fast, middle, slow = shares_lost(
        simulation, values[names.NOMINAL_CAPACITY], RATE / np.array([1, 2, 4])
    )
    assert min(fast, middle, slow) > 0
    assert fast / middle == pytest.approx(2, rel=0.1)
    assert middle / slow == pytest.approx(2, rel=0.1)
    assert abs(2 * slow - middle) < 5e-5
