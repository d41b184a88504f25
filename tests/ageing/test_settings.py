"""When a profile starts, and how each attempt is set."""

import numpy as np
import pytest

from tests.conftest import small_study
from twin import names
from twin.ageing.engine import FALLBACKS, TIME, Engine, StepFailed
from twin.ageing.kernel.attempts import attempts
from twin.ageing.kernel.by_pybamm import PyBammSteps
from twin.ageing.kernel.integrator import IntegrationFailed, Integrator
from twin.cell import build_cell
from twin.protocol import Step
from twin.study import ModelSection, SolverSection, Study

PLAIN = {
    "type": "SPM",
    "mesh": {"x_negative": 4, "x_separator": 4, "x_positive": 4}
    | {"r_negative": 8, "r_positive": 8},
}


def engine_of(*cycle, solver=None) -> tuple[Engine, list[Step]]:
    plain = small_study(1, model={**PLAIN, "negative": {}, "positive": {}}, solver=solver or {})
    plain["protocol"] = {"blocks": [{"cycle": list(cycle)}]}
    study = Study.model_validate(plain)
    steps = list(next(study.protocol.cycles()).steps)
    return Engine(build_cell(study), study.solver, study.protocol), steps


@pytest.mark.parametrize(
    ("key", "values", "followed", "tolerance"),
    [
        ("current_A", [1.0, 3.0, -2.0], names.CURRENT, 1e-6),
        ("c_rate", [0.2, 0.6, -0.4], names.CURRENT, 1e-6),
        ("voltage_V", [4.10, 4.05, 4.08], names.VOLTAGE, 1e-4),
    ],
)
def test_a_profile_is_followed_from_the_start_of_its_step(key, values, followed, tolerance):
    """It comes after ten minutes; read from the start of the run it would be over by then."""
    times = [0.0, 60.0, 120.0]
    profile = {"mode": "profile", "profile": {"time_s": times, key: values}}
    engine, (first, second) = engine_of("Discharge at 1C for 10 minutes", profile)
    before = engine.step(engine.initial_state(), first).state
    result = engine.step(before, second)
    since = result.series[TIME] - before.time_s
    expected = np.interp(since, times, values) * (5.0 if key == "c_rate" else 1.0)
    # the first point is before the integrator has made the algebraic states consistent
    found = result.series[followed]
    assert found == pytest.approx(expected, abs=tolerance)
    assert since[0] == pytest.approx(0.0, abs=1e-6)
    assert since[-1] == pytest.approx(120.0)
    for time in times:  # a corner that is stepped over is a polygon with other areas
        assert np.abs(since - time).min() < 1e-6


@pytest.mark.parametrize(
    ("error_test", "complete"),
    [("all", [True] * 4), ("differential", [False] + [True] * 4)],
)
def test_each_attempt_is_stricter_than_the_one_before(error_test, complete):
    section = SolverSection(relative_tolerance=3e-5, absolute_tolerance=7e-7, error_test=error_test)
    made = attempts(section, None)
    skipped = len(FALLBACKS) - len(complete)  # one that would only repeat the first
    assert [a.name for a in made] == [FALLBACKS[0], *FALLBACKS[1 + skipped :]]
    settings = [a.settings for a in made]
    assert [s.all_states for s in settings] == complete
    relaxed = [1.0] * (2 - skipped)
    tighter = np.array([*relaxed, 0.1, 0.1, 1.0])
    assert [s.relative for s in settings] == pytest.approx(3e-5 * tighter)
    assert [s.absolute for s in settings] == pytest.approx(7e-7 * tighter)
    assert [a.by_pybamm for a in made] == [False] * (len(made) - 1) + [True]
    for s in settings:
        assert s.options()["suppress_algebraic_error"] is not s.all_states


def test_where_all_attempts_fail_the_reasons_are_told(monkeypatch):
    engine, (step,) = engine_of("Discharge at 1C until 2.5 V")

    def gives_up(*args):
        raise IntegrationFailed("IDA_CONV_FAIL")

    monkeypatch.setattr(Integrator, "integrate", gives_up)
    monkeypatch.setattr(PyBammSteps, "advance", gives_up)
    with pytest.raises(StepFailed, match="as asked: IDA_CONV_FAIL; tolerances ten times"):
        engine.step(engine.initial_state(), step)


def test_tolerances_follow_from_the_one_on_capacity():
    assert SolverSection().relative == pytest.approx(3e-5)
    assert SolverSection().absolute == pytest.approx(3e-7)
    assert SolverSection(capacity_tolerance_percent=0.01).relative == pytest.approx(3e-6)
    assert SolverSection(capacity_tolerance_percent=5).relative == pytest.approx(1e-4)
    given = SolverSection(relative_tolerance=1e-7)
    assert (given.relative, given.absolute) == (1e-7, pytest.approx(1e-9))


def test_the_error_test_is_chosen_by_the_model():
    auto = SolverSection()
    assert not auto.tests_all(ModelSection(type="DFN"))
    assert auto.tests_all(ModelSection(type="SPM"))
    assert auto.tests_all(None)
    assert SolverSection(error_test="all").tests_all(ModelSection(type="DFN"))
    assert not SolverSection(error_test="differential").tests_all(ModelSection(type="SPM"))
