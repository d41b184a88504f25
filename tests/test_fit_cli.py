"""The commands ``fit``, ``forecast`` and ``backtest``, from a file to results and back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.estimation.conftest import engine  # noqa: F401
from tests.estimation.made import CYCLES, Engine, faded
from twin.cli import app

SMALL = """\
name: small
common:
  cell: {parameters: UMichMohtat2020, initial: {soc_percent: 0}}
  model: {type: SPM, negative: {sei: solvent-diffusion}, positive: {}}
  protocol:
    temperature_degC: 25
    blocks:
      - repeat: 2
        cycle: ["Charge at 1C until 4.2 V", "Discharge at 1C until 2.8 V"]
    checkups:
      at_start: true
      every_cycles: 1
      steps:
        - Charge at 1C until 4.2 V
        - {step: Discharge at 1C until 2.8 V, measure: capacity}
experiments:
  - name: cell
    tables:
      - values: {cycle: [1, 2], capacity_percent: [99.8, 99.6]}
parameters:
  sei: {targets: ["SEI solvent diffusivity [m2.s-1]"], bounds: [0.01, 1.0e+4], start: 30.0}
  rate: {targets: ["Negative electrode active material volume fraction"], bounds: [0.98, 1.02]}
noise:
  capacity_percent: {sd: 0.1, estimate: false}
search: {iterations: 1}
forecast: {horizon: 2, points: 3, draws: 8, thresholds_percent: [99.7]}
backtests:
  - {name: later, hide_after: {cell: 1}}
"""
MADE = """\
name: made
common:
  cell: {parameters: UMichMohtat2020, initial: {soc_percent: 0}}
  model: {type: SPM}
  protocol:
    temperature_degC: 25
    blocks: [{repeat: 200, cycle: ["Charge at C/5 until 4.2 V"]}]
    checkups:
      every_cycles: 10
      steps: [{step: Discharge at C/5 until 2.8 V, measure: capacity}]
experiments:
  - name: cell
    tables:
      - values: {cycle: CYCLES, capacity_percent: VALUES}
parameters:
  a: {targets: [a], kind: value, transform: linear, bounds: [-50, 50], start: 1}
  b: {targets: [b], kind: value, transform: linear, bounds: [-50, 50], start: 1}
noise: {capacity_percent: {sd: 0.3}}
forecast: {horizon: 400, points: 5, draws: 8}
backtests:
  - {name: early, hide_after: {all: 100}}
  - {name: late, hide_after: {all: 200}}
"""


@pytest.fixture
def made(engine: Engine, tmp_path):  # noqa: F811
    values = [round(float(v), 3) for v in faded(CYCLES, 3.0, 2.0)]
    text = MADE.replace("CYCLES", str(list(map(int, CYCLES)))).replace("VALUES", str(values))
    file = tmp_path / "fit.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def called(command: str, file, out, *more: str):
    return CliRunner().invoke(app, [command, str(file), "--out", str(out), "--jobs", "1", *more])


def test_a_fit_of_a_real_cell_is_forecast_and_tested_without_a_second_simulation(tmp_path) -> None:
    file, out = tmp_path / "fit.yaml", tmp_path / "out"
    file.write_text(SMALL, encoding="utf-8")
    for command, outputs in (
        ("fit", ("fit.json", "fit.html", "parameter_sets/small/parameters.json")),
        ("forecast", ("forecast.json", "forecast.html", "figures/forecast_capacity_percent.png")),
        ("backtest", ("backtest_later.html", "tables/backtest_later_scores.csv")),
    ):
        result = called(command, file, out)
        assert result.exit_code == 0, result.output
        for name in outputs:
            assert (out / name).is_file(), name
    simulations = (out / "simulations.jsonl").read_text().splitlines()
    assert called("fit", file, out, "--quiet").exit_code == 0
    assert json.loads((out / "fit.json").read_text())["simulations"] == 0
    assert called("forecast", file, out).exit_code == 0
    assert (out / "simulations.jsonl").read_text().splitlines() == simulations


def test_a_fit_finds_what_was_put_in(made, tmp_path) -> None:
    result = called("fit", made, tmp_path / "out", "--quiet")
    assert result.exit_code == 0, result.output
    law = json.loads((tmp_path / "out" / "fit.json").read_text())["posterior"]
    assert law["mean"] == pytest.approx([3.0, 2.0], abs=0.05)
    assert "iteration" not in result.output


def test_a_forecast_makes_the_fit_that_is_not_there(made, tmp_path) -> None:
    result = called("forecast", made, tmp_path / "out")
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "out" / "forecast.json").read_text())
    assert found["cycle"] == [0, 100, 200, 300, 400]
    truth = faded(np.arange(0.0, 401.0, 100.0), 3.0, 2.0)
    assert found["capacity_percent"]["mean"] == pytest.approx(list(truth), abs=0.3)
    assert "80 % at beyond 400" in result.output


def test_all_backtests_are_made_or_one(made, tmp_path) -> None:
    result = called("backtest", made, tmp_path / "out", "--only", "late")
    assert result.exit_code == 0, result.output
    assert [p.name for p in (tmp_path / "out").glob("*.html")] == ["backtest_late.html"]
    assert called("backtest", made, tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "backtest_early.html").is_file()


def test_an_interrupted_fit_goes_on_where_it_stopped(
    made,
    engine: Engine,  # noqa: F811
    tmp_path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = engine.calls
    assert called("fit", made, tmp_path / "whole").exit_code == 0
    needed = engine.calls - whole

    def stopped(request):
        if engine.calls >= stop:
            raise KeyboardInterrupt
        return engine(request)

    stop = engine.calls + 3
    monkeypatch.setattr("twin.estimation.running.simulate", stopped)
    out = tmp_path / "a folder"
    result = called("fit", made, out)
    assert result.exit_code == 130
    assert "interrupted" in result.output
    assert f"twin fit {made} --out '{out}'" in result.output
    assert len((out / "simulations.jsonl").read_text().splitlines()) == 3
    monkeypatch.setattr("twin.estimation.running.simulate", engine)
    before = engine.calls
    assert called("fit", made, out).exit_code == 0
    assert engine.calls - before == needed - 3
    same = [
        json.loads((f / "fit.json").read_text())["posterior"] for f in (tmp_path / "whole", out)
    ]
    assert same[0] == same[1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("noise: {", "nois: {", ["fit.yaml:18: nois", "did you mean 'noise'"]),
        ("start: 1}", "start: 90}", ["parameters.a", "start 90 is not within the bounds"]),
        ("sd: 0.3", "sd: -1", ["fit.yaml:18: noise.capacity_percent.sd: -1"]),
        ("hide_after: {all", "hide_after: {alll", ["backtests.early", "'alll' is unknown"]),
        ("capacity_percent: [", "capacity_percents: [", ["capacity_percent"]),
        ("cycle: [20,", "cycle: [", ["not of one length"]),
        ("UMichMohtat2020", "UMichMohtat2021", ["UMichMohtat2020"]),
    ],
)
def test_a_bad_file_is_named_with_line_and_key(made, tmp_path, old, new, said) -> None:
    text = made.read_text()
    assert old in text
    made.write_text(text.replace(old, new, 1))
    result = called("fit", made, tmp_path / "out")
    assert result.exit_code not in (0, 130)
    assert "Traceback" not in result.output
    for words in said:
        assert words in " ".join(result.output.split()), result.output
    assert not (tmp_path / "out" / "fit.json").exists()


def test_a_backtest_that_is_not_there_is_refused(made, tmp_path) -> None:
    result = called("backtest", made, tmp_path / "out", "--only", "lat")
    assert result.exit_code != 0
    assert "late" in result.output


def test_a_forecast_of_other_measurements_is_refused(made, tmp_path) -> None:
    assert called("fit", made, tmp_path / "out").exit_code == 0
    made.write_text(made.read_text().replace("[20, 40", "[21, 40"))
    result = called("forecast", made, tmp_path / "out")
    assert result.exit_code != 0
    assert "other measurements" in result.output
