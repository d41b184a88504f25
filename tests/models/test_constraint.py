"""What holds a cell: a given pressure, or a fixture that answers its swelling."""

import numpy as np
import pytest

from tests.models import cells
from tests.models.cells import FREE_OF_LIMITS, FULL, LENGTH, MODELS, OMEGA, PARALLEL
from twin import names
from twin.models import DFN, SPM, Electrode, SPMe
from twin.models import extra_parameters as extra
from twin.models.constraint import fixture_pressure
from twin.units import FARADAY_C_PER_MOL

TENSE = Electrode(stress_in_kinetics="potential")
THICKNESS = LENGTH["negative"] + 12e-6 + LENGTH["positive"]
START, STIFFNESS, MODULUS, SHARE = 2e6, 5e13, 1e9, 3.0
CHARGE = ((-1, 600), (0, 300))
EMPTYING = ((1, 700),)
HALF_FULL = {
    "Initial concentration in negative electrode [mol.m-3]": 0.6 * FULL["negative"],
    "Initial concentration in positive electrode [mol.m-3]": 0.55 * FULL["positive"],
}
HELD = {
    extra.OUTSIDE_PRESSURE: START,
    extra.FIXTURE_STIFFNESS: STIFFNESS,
    extra.CELL_MODULUS: MODULUS,
    extra.PRESSURE_RATIO: SHARE,
}


def solved(model, steps, changes=None, rtol=1e-8):
    values = cells.okane(FREE_OF_LIMITS, HALF_FULL, HELD, changes)
    return cells.solved(model, values, steps, rtol=rtol)


def entries(solution, name):
    return solution[name].entries


@pytest.mark.parametrize("model", MODELS)
def test_a_given_pressure_stays_and_particles_bear_their_share(model):
    solution = solved(model(TENSE, TENSE, constraint="pressure"), CHARGE)
    assert np.all(entries(solution, names.CELL_PRESSURE) == START)
    assert entries(solution, names.PARTICLE_PRESSURE) == pytest.approx(SHARE * START, rel=1e-14)
    for domain in names.DOMAINS:
        outer = f"{domain.capitalize()} particle surface hydrostatic stress [Pa]"
        assert entries(solution, outer)[..., 0] == pytest.approx(-SHARE * START, rel=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_fixture_and_cell_are_springs_in_series(model):
    solution = solved(model(TENSE, TENSE, constraint="stiffness"), CHARGE)
    free = entries(solution, names.FREE_THICKNESS_CHANGE)
    pressure = entries(solution, names.CELL_PRESSURE)
    assert free[-1] > 1e-7
    expected = START + free / (1 / STIFFNESS + THICKNESS / MODULUS)
    assert pressure == pytest.approx(expected, rel=1e-12)
    assert pressure[-1] > 1.5 * START
    held = entries(solution, names.CELL_THICKNESS_CHANGE)
    assert held == pytest.approx(free - (pressure - START) * THICKNESS / MODULUS, abs=1e-18)
    # the fixture gives by what it is pressed with
    assert held == pytest.approx((pressure - START) / STIFFNESS, abs=1e-18)
    bulk = entries(solution, names.PARTICLE_PRESSURE)
    assert bulk == pytest.approx(SHARE * pressure, rel=1e-14)


def test_a_fixture_that_does_not_give_leaves_the_compliance_of_the_cell():
    rigid = {extra.FIXTURE_STIFFNESS: 1e30}
    solution = solved(SPM(TENSE, TENSE, constraint="stiffness"), CHARGE, rigid)
    free = entries(solution, names.FREE_THICKNESS_CHANGE)
    expected = START + MODULUS * free / THICKNESS
    assert entries(solution, names.CELL_PRESSURE) == pytest.approx(expected, rel=1e-12)
    assert np.max(np.abs(entries(solution, names.CELL_THICKNESS_CHANGE))) < 1e-12 * free[-1]


def test_a_fixture_that_gives_leaves_the_free_cell():
    loose = {extra.FIXTURE_STIFFNESS: 1.0}
    solution = solved(SPM(TENSE, TENSE, constraint="stiffness"), CHARGE, loose)
    free = entries(solution, names.FREE_THICKNESS_CHANGE)
    assert entries(solution, names.CELL_PRESSURE) == pytest.approx(START, abs=1e-5)
    assert entries(solution, names.CELL_THICKNESS_CHANGE) == pytest.approx(free, rel=1e-9, abs=0)


@pytest.mark.parametrize("model", [SPM, DFN])
def test_no_fixture_pulls(model):
    start = START / 4
    model = model(TENSE, TENSE, constraint="stiffness")
    solution = solved(model, EMPTYING, {extra.OUTSIDE_PRESSURE: start})
    free = entries(solution, names.FREE_THICKNESS_CHANGE)
    pressure = entries(solution, names.CELL_PRESSURE)
    assert start + free[-1] / (1 / STIFFNESS + THICKNESS / MODULUS) < -start / 2
    assert np.min(pressure) == pressure[-1] == 0
    lifted = pressure == 0
    held = entries(solution, names.CELL_THICKNESS_CHANGE)[lifted]
    assert held == pytest.approx(free[lifted] + start * THICKNESS / MODULUS, abs=1e-18)


@pytest.mark.parametrize("model", [SPM, SPMe])
def test_the_pressure_of_a_fixture_reaches_stress_and_voltage(model):
    """The compositions of a single particle are those of the current, so the rest is exact."""
    runs = {
        stiffness: solved(
            model(TENSE, TENSE, constraint="stiffness"),
            CHARGE,
            {extra.FIXTURE_STIFFNESS: stiffness},
            rtol=1e-10,
        )
        for stiffness in (1.0, 1e30)
    }
    loose, tight = runs.values()
    name = names.PARTICLE_PRESSURE
    added = entries(tight, name) - entries(loose, name)
    assert added[-1] > 5e6
    for domain in names.DOMAINS:
        outer = f"X-averaged {domain} particle surface hydrostatic stress [Pa]"
        change = entries(tight, outer) - entries(loose, outer)
        assert change == pytest.approx(-added, rel=1e-5, abs=10)
    moved = entries(tight, names.VOLTAGE) - entries(loose, names.VOLTAGE)
    expected = -(OMEGA["positive"] - OMEGA["negative"]) * added / FARADAY_C_PER_MOL
    assert moved == pytest.approx(expected, rel=0, abs=2e-10)
    assert expected[-1] > 1e-4


def test_electrodes_in_parallel_are_a_thicker_cell():
    """n of them swell n times as much and give n times as much: a rigid fixture cannot tell."""
    pressures = {}
    for layers in (1, 5):
        for stiffness in (STIFFNESS, 1e30):
            changes = {PARALLEL: layers, extra.FIXTURE_STIFFNESS: stiffness}
            solution = solved(SPM(TENSE, TENSE, constraint="stiffness"), CHARGE, changes)
            pressures[layers, stiffness] = entries(solution, names.CELL_PRESSURE)
            free = entries(solution, names.FREE_THICKNESS_CHANGE)
            expected = START + free / (1 / stiffness + layers * THICKNESS / MODULUS)
            assert pressures[layers, stiffness] == pytest.approx(expected, rel=1e-12)
            held = entries(solution, names.CELL_THICKNESS_CHANGE)
            given = (pressures[layers, stiffness] - START) / stiffness
            assert held == pytest.approx(given, rel=1e-9, abs=1e-17)
    assert pressures[5, 1e30] == pytest.approx(pressures[1, 1e30], rel=1e-9)
    assert pressures[5, STIFFNESS][-1] > 1.02 * pressures[1, STIFFNESS][-1]


def test_a_warm_cell_presses_on_its_fixture():
    """The thermal expansion of the set is part of what the fixture answers."""
    hot = {names.AMBIENT_TEMPERATURE: 318.15, names.INITIAL_TEMPERATURE: 298.15}
    solution = solved(SPM(TENSE, TENSE, constraint="stiffness"), ((0, 10),), hot)
    free = entries(solution, names.FREE_THICKNESS_CHANGE)
    assert free == pytest.approx(1.1e-6 * (318.15 - 298.15), rel=1e-9)
    expected = START + free / (1 / STIFFNESS + THICKNESS / MODULUS)
    assert entries(solution, names.CELL_PRESSURE) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("swelling", "expected"), [(0.0, 3e5), (2e-6, 3e5 + 2e-6 / 2e-11), (-1e-3, 0.0)]
)
def test_pressure_of_a_fixture_by_hand(swelling, expected):
    # 1e-11 of the fixture and 1e-2/1e9 of the cell
    assert fixture_pressure(3e5, swelling, 1e11, 1e-2, 1e9) == pytest.approx(expected)


def test_a_cell_that_starts_warm_starts_at_the_pressure_that_was_set():
    hot = {names.AMBIENT_TEMPERATURE: 318.15, names.INITIAL_TEMPERATURE: 318.15}
    solution = solved(SPM(TENSE, TENSE, constraint="stiffness"), ((0, 10),), hot)
    assert entries(solution, names.CELL_PRESSURE)[0] == pytest.approx(START, rel=1e-9)
