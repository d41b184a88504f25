"""Simulations are made once, kept, and never fatal."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.estimation.made import COMMON, CYCLES, Engine, faded, linear, made_fit, measured
from twin.errors import ParameterError, StudyError
from twin.estimation import fit
from twin.estimation.experiments import Bench, benches
from twin.estimation.observations import observations
from twin.estimation.problem import Problem
from twin.estimation.running import Answer, Journal, Request, Runner, simulate
from twin.estimation.search import SearchFailed

TABLE = measured(faded(CYCLES, 3.0, 2.0))


def test_a_second_fit_from_the_same_folder_simulates_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    study = made_fit({"cell": [TABLE]})
    first = fit(study, tmp_path, jobs=1)
    made = engine.calls
    second = fit(study, tmp_path, jobs=1)
    assert first.simulations == made > 0
    assert engine.calls == made
    assert second.simulations == 0
    np.testing.assert_array_equal(first.law.mean, second.law.mean)


def test_nothing_is_simulated_twice_within_a_fit(engine: Engine) -> None:
    fit(made_fit({"cell": [TABLE]}, parameters={"s": linear("observation.swelling")}), jobs=1)
    assert engine.calls == 1


def test_a_line_cut_short_costs_one_simulation_and_no_other(engine: Engine, tmp_path: Path) -> None:
    study = made_fit({"cell": [TABLE]})
    fit(study, tmp_path, jobs=1)
    made, file = engine.calls, tmp_path / "simulations.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]) + lines[-1][:40], encoding="utf-8")
    for again in (1, 1):  # what was cut is made once more, and is kept then
        fit(study, tmp_path, jobs=1)
        assert engine.calls == made + again


def test_lines_of_rubbish_are_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.put("a", Answer({"cycle": np.arange(3.0)}))
    with (tmp_path / "simulations.jsonl").open("ab") as stream:
        stream.write(b'{"key": "b", "table": 3}\n[]\n7\n\xff\xfe\n{"key": "c"}\n')
    assert len(Journal(tmp_path)) == 1


def test_an_empty_journal_is_a_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert len(journal) == 0
    assert Runner(journal, 1).journal is journal


def test_answers_come_back_as_they_were(tmp_path: Path) -> None:
    values = np.array([1.0, np.nan, 1 / 3])
    given = Answer({"cycle": values}, ({"voltage_V": values},), "it ended", 1.5)
    Journal(tmp_path).put("a", given)
    back = Journal(tmp_path).get("a")
    assert back is not None
    np.testing.assert_allclose(back.table["cycle"], values, rtol=1e-9)
    np.testing.assert_allclose(back.curves[0]["voltage_V"], values, rtol=1e-9)
    assert (back.ended, back.seconds) == ("it ended", 1.5)


def test_failures_are_asked_again_in_another_process(tmp_path: Path) -> None:
    Journal(tmp_path).put("a", Answer(ended="file not found"))
    assert Journal(tmp_path).get("a") is None


def test_the_key_tells_values_sets_and_curves_apart_but_not_names() -> None:
    study = {"name": "x", "cell": {"values": {"a": 1.0}}}
    keys = {
        Request(study).key,
        Request({**study, "cell": {"values": {"a": 1.0 + 1e-12}}}).key,
        Request(study, ((1, (2,), (3.0,)),)).key,
        Request(study, origin="another set").key,
    }
    assert len(keys) == 4
    assert Request({**study, "name": "y"}).key in keys


def test_a_study_that_cannot_be_run_is_an_answer_with_a_reason() -> None:
    answer = simulate(Request({"name": "x", "cell": {"parameters": "NoSuchSet"}}))
    assert not answer.table
    assert answer.ended == "protocol: this key is required here; add it"


def test_a_search_that_cannot_begin_says_why(engine: Engine) -> None:
    engine.limit = 0.5
    study = made_fit({"cell": [TABLE]})
    with pytest.raises(SearchFailed, match=r"experiment 'cell' cannot be simulated.*it broke"):
        fit(study, jobs=1)


def test_a_quantity_that_check_ups_do_not_measure_is_named(engine: Engine) -> None:
    table = measured(CYCLES, quantity="resistance_mOhm")
    study = made_fit({"cell": [table]}, noise={"resistance_mOhm": {"sd": 1.0}})
    with pytest.raises(SearchFailed, match=r"'cell'.*resistance_mOhm"):
        fit(study, jobs=1)


def test_a_search_goes_round_what_cannot_be_simulated(engine: Engine) -> None:
    engine.limit = 2.5  # the best is beyond
    fitted = fit(made_fit({"cell": [TABLE]}), jobs=1)
    assert 2.0 < fitted.law.mean[0] <= 2.5
    assert np.isfinite(fitted.stages[0].found.cost)


def test_a_derivative_is_taken_backwards_where_forwards_nothing_is(engine: Engine) -> None:
    study = made_fit({"cell": [TABLE]}, parameters={"a": linear("a")})
    problem = Problem(study, benches(study), observations(study), ["a"], {}, Runner(Journal(), 1))
    z = np.array([2.45])
    at = problem.predict([z])[0]
    engine.limit = 2.5
    jacobian = problem.jacobian(z, at, np.array([0.2]))
    np.testing.assert_allclose(jacobian[:, 0], -CYCLES / 100, rtol=1e-6)


def test_a_life_that_ends_early_goes_on_with_its_last_slope_and_is_told(engine: Engine) -> None:
    engine.early = 0.0
    told: list[str] = []
    y = 100 - 3 * CYCLES / 100
    study = made_fit({"cell": [measured(y)]}, parameters={"a": linear("a")})
    fitted = fit(study, jobs=1, tell=told.append)
    assert fitted.law.mean[0] == pytest.approx(3.0, abs=0.02)
    assert fitted.law.ended == {"cell": "the cell died"}
    assert any("ended early: the cell died" in line for line in told)


# -- what is asked -------------------------------------------------------------------


def bench_of(**given: object) -> Bench:
    return benches(made_fit({"cell": [TABLE]}, **given))["cell"]


def test_a_run_goes_on_to_the_check_up_after_the_last_measurement(engine: Engine) -> None:
    bench = bench_of()
    values = {"a": 1.0, "b": 1.0}
    assert bench.study(values, 371.0)["protocol"]["stop"]["cycles"] == 380
    assert bench.study(values, 380.0)["protocol"]["stop"]["cycles"] == 380
    assert "stop" not in bench.study(values)["protocol"]


def test_a_run_that_is_cut_is_still_a_study(engine: Engine) -> None:
    from tests.estimation.made import COMMON
    from twin.study import Study

    protocol = COMMON["protocol"]
    checkups = {"at_cycles": [50, 120, 380, 400], "steps": protocol["checkups"]["steps"]}
    bench = bench_of(common={**COMMON, "protocol": {**protocol, "checkups": checkups}})
    for age, end, kept in ((100.0, 120, (50, 120)), (10.0, 50, (50,)), (400.0, 400, None)):
        cut = Study.model_validate(bench.study({"a": 1.0, "b": 1.0}, age) | _real(bench)).protocol
        assert cut.last_cycle == end
        assert cut.checkups is not None
        assert cut.checkups.at_cycles == (kept or (50, 120, 380, 400))


def _real(bench: Bench) -> dict[str, object]:
    return {"cell": bench.plain["cell"]}


def test_ages_beyond_the_protocol_are_refused_not_made_up(engine: Engine) -> None:
    beyond = np.append(CYCLES, 480.0)
    study = made_fit({"cell": [measured(faded(beyond, 3, 2), beyond)]})
    with pytest.raises(StudyError, match=r"'cell': cycle 480 is asked.*last check-up.*at 400"):
        fit(study, jobs=1)
    from twin.forecast.from_fit import forecast

    fitted = fit(made_fit({"cell": [TABLE]}), jobs=1)
    settings = fitted.fit.forecast.model_copy(update={"horizon": 600.0, "draws": 8})
    with pytest.raises(StudyError, match=r"cycle 600 is asked"):
        forecast(fitted, settings, jobs=1)


def test_a_changed_profile_is_simulated_anew(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "drive.csv"
    keys = set()
    for current in (1, 1, 2):
        file.write_text(f"time_s,current_A\n0,{current}\n60,{current}\n", encoding="utf-8")
        profile = {"file": str(file), "time_s": "time_s", "current_A": "current_A"}
        step = {"mode": "profile", "profile": profile, "for": "1 min"}
        blocks = [{"repeat": 400, "cycle": [step]}]
        common = {**COMMON, "protocol": {**COMMON["protocol"], "blocks": blocks}}
        keys.add(bench_of(common=common).request({"a": 1.0, "b": 1.0}).key)
    assert len(keys) == 2


def test_factors_multiply_the_value_whatever_the_order(engine: Engine) -> None:
    factor = {"targets": ["a"], "kind": "factor", "bounds": [0.1, 10]}
    for names in (("x", "k"), ("k", "x")):
        every = {"x": linear("a"), "k": factor}
        bench = bench_of(parameters={name: every[name] for name in names})
        assert bench.numbers({"x": 3.0, "k": 2.0})["a"] == 6.0


def test_a_factor_multiplies_the_value_of_the_set_or_of_the_study(engine: Engine) -> None:
    target = "SEI resistivity [Ohm.m]"
    factor = {"k": {"targets": [target], "bounds": [0.1, 10]}}
    assert bench_of(parameters=factor).numbers({"k": 2.0})[target] == 4e5
    study = made_fit({"cell": [TABLE]}, parameters=factor)
    cell = {"values": {target: 7.0}}
    own = (study.experiments[0].model_copy(update={"cell": cell}),)
    changed = benches(study.model_copy(update={"experiments": own}))["cell"]
    assert changed.numbers({"k": 2.0})[target] == 14.0


def test_a_factor_of_nothing_is_refused_with_the_nearest_name(engine: Engine) -> None:
    factor = {"k": {"targets": ["SEI resistivty [Ohm.m]"], "bounds": [0.1, 10]}}
    with pytest.raises(ParameterError, match=r"parameters\.k\.targets.*SEI resistivity \[Ohm\.m\]"):
        bench_of(parameters=factor)


def test_an_experiment_that_is_no_study_is_named(engine: Engine) -> None:
    from tests.estimation.made import COMMON

    study = made_fit({"cell": [TABLE]}, common={**COMMON, "model": {"type": "SPN"}})
    with pytest.raises(StudyError, match=r"experiment 'cell': model\.type.*SPN"):
        benches(study)
    protocol = {k: v for k, v in COMMON["protocol"].items() if k != "checkups"}
    study = made_fit({"cell": [TABLE]}, common={**COMMON, "protocol": protocol})
    with pytest.raises(StudyError, match=r"experiment 'cell': protocol\.checkups is missing"):
        benches(study)


def test_the_journal_is_json_lines(engine: Engine, tmp_path: Path) -> None:
    fit(made_fit({"cell": [TABLE]}), tmp_path, jobs=1)
    lines = (tmp_path / "simulations.jsonl").read_text(encoding="utf-8").splitlines()
    assert len({json.loads(line)["key"] for line in lines}) == len(lines) == engine.calls
