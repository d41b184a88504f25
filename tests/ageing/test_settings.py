"""What the engine hands to PyBaMM: when a step starts, and how each attempt is set."""

import numpy as np
import pybamm
import pytest

from tests.conftest import small_study
from twin import names
from twin.ageing.engine import FALLBACKS, TIME, Engine, StepFailed
from twin.cell import build_cell
from twin.protocol import Step
from twin.study import Study

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


class Attempts:
    """Stands in PyBaMM's place for the solver: notes its settings and gives up in each step."""

    def __init__(self) -> None:
        self.settings: list[dict] = []

    def make(self, *args, **settings):
        self.settings.append(settings)
        solver = REAL_SOLVER(*args, **settings)

        def gives_up(*args, **kwargs):
            raise pybamm.SolverError("IDA_CONV_FAIL")

        solver.step = gives_up
        return solver


REAL_SOLVER = pybamm.IDAKLUSolver


@pytest.mark.parametrize(
    ("error_test", "suppressed"),
    [("all", [False, False, False]), ("differential", [True, False, False])],
)
def test_each_attempt_is_stricter_than_the_one_before(monkeypatch, error_test, suppressed):
    solver = {
        "relative_tolerance": 3e-5,
        "absolute_tolerance": 7e-7,
        "error_test": error_test,
    }
    engine, (step,) = engine_of("Discharge at 1C until 2.5 V", solver=solver)
    attempts = Attempts()
    monkeypatch.setattr(pybamm, "IDAKLUSolver", attempts.make)
    with pytest.raises(StepFailed, match="IDA_CONV_FAIL"):
        engine.step(engine.initial_state(), step)
    made = attempts.settings
    assert len(made) == len(FALLBACKS) == 3
    assert [s["rtol"] for s in made] == pytest.approx([3e-5, 3e-5, 3e-6])
    assert [s["atol"] for s in made] == pytest.approx([7e-7, 7e-7, 7e-8])
    assert [s["options"]["suppress_algebraic_error"] for s in made] == suppressed
