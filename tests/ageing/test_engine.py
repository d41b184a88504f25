"""One step: the same as PyBaMM's, a function of the state alone, with reasons when it fails."""

import numpy as np
import pybamm
import pytest

from tests.conftest import CYCLE, small_study
from twin import names
from twin.ageing.engine import FALLBACKS, TIME, Engine, StepFailed
from twin.ageing.kernel.integrator import IntegrationFailed
from twin.cell import build_cell
from twin.protocol import Step
from twin.study import Study


def engine_of(**sections) -> Engine:
    study = Study.model_validate(small_study(**sections))
    return Engine(build_cell(study), study.solver, study.protocol)


def step(text: str) -> Step:
    return Step.model_validate(text)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return engine_of()


def test_steps_equal_a_pybamm_simulation():
    """Same model, mesh, solver settings and experiment: only the way of stepping differs."""
    settings = {"relative_tolerance": 1e-6, "absolute_tolerance": 1e-8, "error_test": "all"}
    engine = engine_of(solver=settings)
    cell = engine._cell
    simulation = pybamm.Simulation(
        cell.model,
        parameter_values=cell.parameters.values,
        var_pts=cell.mesh_points,
        experiment=pybamm.Experiment([tuple(CYCLE)] * 2),
        solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8),
    )
    solution = simulation.solve(calc_esoh=False)
    state = engine.initial_state()
    for cycle in solution.cycles:
        for text, theirs in zip(CYCLE, cycle.steps, strict=True):
            ours = engine.step(state, step(text))
            state = ours.state
            assert state.time_s == pytest.approx(theirs.t[-1], rel=1e-5)
            passed = np.ptp(theirs[names.DISCHARGE_CAPACITY].entries)
            counted = np.ptp(ours.series[names.DISCHARGE_CAPACITY])
            assert counted == pytest.approx(passed, rel=1e-5)
    for name in (names.LITHIUM_PARTICLES, names.GAINED_SEI, names.GAINED_LOST_MATERIAL):
        found = engine.observe(state, [name])[name][0]
        assert found == pytest.approx(solution[name].entries[-1], rel=1e-4)


def test_a_step_depends_on_the_state_alone(engine):
    start = engine.initial_state()
    first = engine.step(start, step(CYCLE[0]))
    engine.step(first.state, step(CYCLE[1]))
    again = engine.step(start, step(CYCLE[0]))
    assert np.array_equal(first.state.y, again.state.y)
    assert first.state.time_s == again.state.time_s


def test_discharge_current_is_positive_and_time_goes_on(engine):
    first = engine.step(engine.initial_state(), step("Discharge at 1C for 10 minutes"))
    second = engine.step(first.state, step("Charge at 1C for 5 minutes"))
    assert first.series[names.CURRENT][-1] == pytest.approx(5.0)
    assert second.series[names.CURRENT][-1] == pytest.approx(-5.0)
    assert second.state.time_s == pytest.approx(900.0)
    assert second.series[TIME][0] == pytest.approx(600.0)


def test_a_step_whose_end_already_holds_is_skipped(engine):
    state = engine.initial_state()
    result = engine.step(state, step("Charge at 1C until 4.0 V"))
    assert result.status == "skipped"
    assert result.state is state


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Discharge at 1C for 3 hours", "event", "voltage|surface|lithium"),
        ("Hold at 4.1 V until 0.0001 mA", "duration", "not met within 24 h"),
    ],
)
def test_steps_that_cannot_finish_say_why(engine, text, kind, words):
    with pytest.raises(StepFailed, match=words) as caught:
        engine.step(engine.initial_state(), step(text))
    assert caught.value.kind == kind
    assert caught.value.advice


def test_solver_failures_are_tried_again_in_order(monkeypatch):
    engine = engine_of(model={"type": "DFN"}, solver={"error_test": "differential"})
    tried = []
    advance = engine._advance

    def failing(plan, state, attempt):
        tried.append(attempt.name)
        if attempt.name != FALLBACKS[-1]:
            raise IntegrationFailed("IDA_CONV_FAIL")
        return advance(plan, state, attempt)

    monkeypatch.setattr(engine, "_advance", failing)
    result = engine.step(engine.initial_state(), step("Discharge at 1C for 1 minute"))
    assert tuple(tried) == FALLBACKS
    assert result.status == "done"
    assert [text.partition(":")[0] for text in result.retries] == list(FALLBACKS[:-1])
    again = engine.step(result.state, step("Rest for 1 minute"))  # from PyBaMM's state, ours
    assert again.status == "done"


def test_when_every_attempt_fails_the_step_fails(monkeypatch):
    engine = engine_of()

    def failing(*args):
        raise IntegrationFailed("IDA_CONV_FAIL")

    monkeypatch.setattr(engine, "_advance", failing)
    with pytest.raises(StepFailed, match="IDA_CONV_FAIL") as caught:
        engine.step(engine.initial_state(), step(CYCLE[0]))
    assert caught.value.kind == "solver"


def test_two_long_profiles_that_print_alike_are_two_models(engine):
    def profile(middle: float) -> Step:
        data = np.column_stack([np.arange(2000.0), np.full(2000, 1.0)])
        data[1000, 1] = middle
        experiment = pybamm.Experiment([pybamm.step.current(data)])
        from twin.protocol import Protocol

        return Protocol.from_pybamm(experiment).unique_steps()[0]

    assert engine._control(profile(2.0))[0] != engine._control(profile(3.0))[0]


def test_lumped_temperature_rises_on_discharge():
    engine = engine_of(model={"thermal": "lumped"})
    result = engine.step(engine.initial_state(), step(CYCLE[0]))
    warmer = np.ptp(result.series[names.CELL_TEMPERATURE])
    assert 1 < warmer < 60
