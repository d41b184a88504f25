"""One model for all ordinary steps does what PyBaMM's model of each step does."""

import numpy as np
import pybamm
import pytest

from tests.conftest import small_study
from twin import names
from twin.ageing.engine import TIME, Engine
from twin.ageing.kernel.control import (
    CURRENT_ABOVE,
    MAGNITUDE_BELOW,
    OF_CURRENT,
    OF_VOLTAGE,
    VALUE,
    VOLTAGE_ABOVE,
    VOLTAGE_BELOW,
    ordinary_control,
)
from twin.cell import build_cell
from twin.protocol import Protocol, Step
from twin.study import Study

TIGHT = {"relative_tolerance": 1e-7, "absolute_tolerance": 1e-9}
MESH = dict.fromkeys(("x_negative", "x_separator", "x_positive", "r_negative", "r_positive"), 4)
SMALL_DFN = {"type": "DFN", "thermal": "lumped", "mesh": MESH}
TWO_RESTS = {"blocks": [{"cycle": ["Rest for 10 minutes"]}]}
STEPS = [
    "Discharge at 1C until 3.2 V",
    "Discharge at 2 A for 20 minutes",
    "Rest for 20 minutes",
    "Charge at 1C until 4.1 V",
    "Hold at 4.1 V until C/10",
    "Hold at 3.9 V for 5 minutes",
    "Discharge at 15 W for 10 minutes or until 3.3 V",
    "Charge at 10 W until 4.0 V",
    {"mode": "resistance", "value": "1 Ohm", "direction": "discharge", "for": "10 min"},
    {"mode": "rest", "for": "10 min", "until": ["> 3.75 V"]},
    {"step": "Discharge at C/3 for 15 minutes", "temperature_degC": 40},
    {"mode": "voltage", "value": "4.1 V", "for": "2 h", "until": ["> -1 A"]},
    {"mode": "current", "value": "5 A", "direction": "discharge", "until": ["3.4 V", "3.6 V"]},
]


def engines(**sections) -> tuple[Engine, Engine]:
    """Return the engine, and one that takes every step by PyBaMM's own model of it."""
    study = Study.model_validate(small_study(solver=TIGHT, **sections))
    ours, theirs = (Engine(build_cell(study), study.solver, study.protocol) for _ in range(2))
    theirs._attempts = theirs._attempts[-1:]
    return ours, theirs


def pybamm_step(item) -> Step:
    return Protocol.from_pybamm(pybamm.Experiment([item])).unique_steps()[0]


@pytest.mark.parametrize("model", [{"type": "SPM"}, SMALL_DFN])
def test_every_kind_of_step_ends_as_in_pybamms_model_of_it(model):
    ours, theirs = engines(model=model)
    state = ours.initial_state()
    theirs.initial_state()
    for given in STEPS:
        step = Step.model_validate(given)
        found, expected = ours.step(state, step), theirs.step(state, step)
        assert (found.status, found.termination) == (expected.status, expected.termination)
        if found.status == "skipped":
            continue
        assert found.state.time_s == pytest.approx(expected.state.time_s, rel=2e-5), step.text
        for name in (names.VOLTAGE, names.CURRENT, names.CELL_TEMPERATURE):
            ends = found.series[name][-1], expected.series[name][-1]
            assert ends[0] == pytest.approx(ends[1], rel=2e-5, abs=2e-5), (step.text, name)
        passed = [np.ptp(r.series[names.DISCHARGE_CAPACITY]) for r in (found, expected)]
        assert passed[0] == pytest.approx(passed[1], rel=5e-5, abs=1e-6), step.text
        assert found.state.y == pytest.approx(expected.state.y, rel=1e-3, abs=1e-3)
        state = found.state


def test_a_profile_is_followed_as_in_pybamms_model_of_it():
    ours, theirs = engines()
    profile = {"time_s": [0, 60, 120, 180], "current_A": [1.0, 4.0, -2.0, 1.0]}
    step = Step.model_validate({"mode": "profile", "profile": profile, "for": "6 min"})
    state = ours.step(ours.initial_state(), Step.model_validate(STEPS[1])).state
    theirs.initial_state()
    found, expected = ours.step(state, step), theirs.step(state, step)
    assert found.state.layout == state.layout
    assert found.state.time_s == expected.state.time_s
    assert found.state.y == pytest.approx(expected.state.y, rel=1e-4, abs=1e-4)


def test_a_custom_step_of_pybamm_hands_the_state_on():
    engine, _ = engines()
    custom = pybamm.step.CustomStepExplicit(
        lambda variables: 10.0 / variables["Voltage [V]"], duration=600
    )
    state = engine.initial_state()
    result = engine.step(state, pybamm_step(custom))
    assert result.state.layout == state.layout
    power = result.series[names.VOLTAGE] * result.series[names.CURRENT]
    assert power == pytest.approx(10.0, rel=1e-4)
    after = engine.step(result.state, Step.model_validate("Rest for 1 minute"))
    assert after.series[names.CURRENT][-1] == pytest.approx(0.0, abs=1e-9)


def test_states_keep_their_layout_and_can_be_added():
    """Half-way between two states there is a cell, once its potentials are found again."""
    engine, _ = engines(model={"type": "DFN"})
    first = engine.step(engine.initial_state(), Step.model_validate(STEPS[0])).state
    second = engine.step(first, Step.model_validate(STEPS[2])).state
    assert first.layout == second.layout
    between = type(first)((first.y + second.y) / 2, first.layout, second.time_s)
    result = engine.step(between, Step.model_validate("Charge at 1C for 10 minutes"))
    lithium = [
        float(engine.observe(state, [names.LITHIUM_PARTICLES])[names.LITHIUM_PARTICLES][0])
        for state in (between, result.state)
    ]
    assert lithium[0] == pytest.approx(lithium[1], rel=1e-3)
    assert result.series[TIME][-1] - between.time_s == pytest.approx(600.0)


def test_the_first_of_two_limits_on_one_side_ends_a_step():
    item = pybamm.step.current(
        1.0, termination=["3.4 V", "3.6 V", pybamm.step.CurrentTermination(2.0, ">")]
    )
    control = ordinary_control(item, 5.0)
    assert control.inputs[VOLTAGE_BELOW] == 3.6
    assert control.limits[VOLTAGE_BELOW] == "Voltage < 3.6 [V] [experiment]"
    assert control.inputs[CURRENT_ABOVE] == 2.0
    assert control.inputs[VOLTAGE_ABOVE] > 1e6
    assert control.current_A == 1.0


def test_rates_and_resistances_are_turned_into_numbers():
    hold = ordinary_control(pybamm.step.voltage(4.2, termination="C/20"), 5.0)
    assert hold.inputs[MAGNITUDE_BELOW] == pytest.approx(0.25)
    assert (hold.inputs[OF_VOLTAGE], hold.inputs[OF_CURRENT], hold.inputs[VALUE]) == (1, 0, 4.2)
    assert ordinary_control(pybamm.step.c_rate(-0.5), 5.0).current_A == -2.5
    load = ordinary_control(pybamm.step.resistance(2.0, duration=60), 5.0)
    assert (load.inputs[OF_VOLTAGE], load.inputs[OF_CURRENT], load.inputs[VALUE]) == (1, -2, 0)


@pytest.mark.parametrize(
    "item",
    [
        pybamm.step.CustomStepExplicit(lambda variables: 1.0, duration=60),
        pybamm.step.current(lambda t: 1.0 + 0 * t, duration=60),
        pybamm.step.current(
            1.0, termination=pybamm.step.CustomTermination("mine", lambda variables: 1.0)
        ),
    ],
)
def test_what_is_more_than_numbers_keeps_a_model_of_its_own(item):
    assert ordinary_control(item, 5.0) is None


def test_pybammsolvers_still_keeps_the_pivots_of_what_it_solved_first():
    """One solver for a current and then a voltage finds no consistent state; a new one does."""
    engine, _ = engines(model=SMALL_DFN)
    drawn, held = (
        Step.model_validate(given)
        for given in ("Discharge at C/3 for 15 minutes", "Hold at 4.1 V for 1 minute")
    )
    state = engine.step(engine.initial_state(), Step.model_validate(STEPS[0])).state
    integrator, settings = engine._workshop.integrator(298.15), engine._attempts[0]
    layout = engine._workshop.kernel(298.15).layout
    voltage = layout.series.index(names.VOLTAGE)

    def first_voltage(solver, step):
        inputs = engine._inputs(engine._plan(step), 0.0)
        p = np.array([[inputs[name] for name in layout.parameters]])
        stops, nothing = np.array([0.0, 60.0]), np.empty(0)
        rates = np.zeros((1, layout.states))
        try:
            found = solver.solve(stops, nothing, state.y[None], rates, p, pbar=np.empty((0, 0)))[0]
        except ValueError:  # the integrator gave up
            return np.nan
        return np.array(found.y).reshape(found.t.size, -1)[0, voltage]

    used = integrator._solver(settings.settings, whole=False)
    first_voltage(used, drawn)
    assert first_voltage(used, held) != pytest.approx(4.1, abs=1e-3)
    new = integrator._solver(settings.settings, whole=False)
    assert first_voltage(new, held) == pytest.approx(4.1, abs=1e-6)


def test_a_temperature_that_follows_the_clock_is_that_of_the_run_not_of_the_step():
    """Where the model knows the time, a step begins at the time at which it begins."""
    study = Study.model_validate(small_study(solver=TIGHT))
    runs = []
    for _ in range(2):
        cell = build_cell(study)
        cell.parameters.values["Ambient temperature [K]"] = lambda y, z, t: 290.0 + t / 600.0
        runs.append(Engine(cell, study.solver, Protocol.model_validate(TWO_RESTS)))
    ours, theirs = runs
    theirs._attempts = theirs._attempts[-1:]
    assert ours.initial_state().layout == theirs.initial_state().layout
    states = [ours.initial_state()] * 2
    for text in ("Discharge at 1C for 10 minutes", "Rest for 10 minutes"):
        results = [
            engine.step(state, Step.model_validate(text))
            for engine, state in zip(runs, states, strict=True)
        ]
        states = [result.state for result in results]
        ends = [result.series[names.CELL_TEMPERATURE][-1] for result in results]
        assert ends[0] == pytest.approx(290.0 + states[0].time_s / 600.0)
        assert ends[0] == pytest.approx(ends[1])
    seen = ours.observe(states[0], [names.CELL_TEMPERATURE])[names.CELL_TEMPERATURE]
    assert seen[0] == pytest.approx(292.0)
    warm = Step.model_validate({"step": "Rest for 1 minute", "temperature_degC": 40})
    after = ours.step(states[0], warm)
    assert after.series[names.CELL_TEMPERATURE][-1] == pytest.approx(313.15)
