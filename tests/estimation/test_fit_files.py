"""Files of fits, what is wrong with them, and what is kept of a fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.estimation.made import COMMON, CYCLES, Engine, faded, linear, made_fit, measured
from twin.errors import DataError, ResultsError, StudyError
from twin.estimation import fit, load_fit, load_fitted
from twin.estimation.observations import observations
from twin.estimation.sections import FitStudy

SIZED = ("capacity_percent", "lli_percent")

GOOD = """\
name: a fit
common:
  cell: {parameters: UMichMohtat2020}
  model: {type: SPM}
  protocol:
    blocks: [{repeat: 10, cycle: [Discharge at C/5 until 2.8 V]}]
    checkups: {every_cycles: 5, steps: [{step: Discharge at C/5 until 2.8 V, measure: capacity}]}
experiments:
  - name: cell
    tables:
      - values: {cycle: [1, 5], capacity_percent: [99.0, 98.0]}
parameters:
  k: {targets: ["SEI resistivity [Ohm.m]"], bounds: [0.1, 10.0]}
noise:
  capacity_percent: {sd: 0.3}
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "fit.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_good_file_is_read(tmp_path: Path) -> None:
    study = load_fit(written(tmp_path, GOOD))
    assert study.name == "a fit"
    assert study.folder == tmp_path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("noise:\n  capacity_percent", "noise:\n  capacity_Ah", "'capacity_percent' is measured"),
        ("{sd: 0.3}", "{sd: -0.3}", r"fit\.yaml:15: noise\.capacity_percent\.sd"),
        ("bounds: [0.1, 10.0]", "bounds: [10.0, 0.1]", r"fit\.yaml:13: parameters\.k.*lower one"),
        ("bounds: [0.1, 10.0]", "bounds: [2.0, 10.0]", "start 1 is not within the bounds"),
        ("bounds: [0.1, 10.0]", "bounds: [-1.0, 10.0]", "logarithm needs them above 0"),
        ("bounds: [0.1, 10.0]", "bound: [0.1, 10.0]", r"parameters\.k.*bound"),
        ("capacity_percent: [99.0, 98.0]", "capacty_percent: [99.0, 98.0]", "capacity_percent"),
        ("[99.0, 98.0]", "[99.0]", "not of one length"),
        ("{cycle: [1, 5],", "{efc: [1, 5],", "values lack the age 'cycle'"),
        ("parameters:\n", "stages: [early]\nparameters:\n", r"parameters\.k\.stage.*early"),
        ("name: a fit", "name: [a fit", r"fit\.yaml:\d+"),
        ("0.3", "yes", r"fit\.yaml:15: noise\.capacity_percent\.sd"),
        ("name: a fit", "name: a fit\nname: twice", r"fit\.yaml:2"),
        (
            "parameters:\n",
            "backtests: [{name: b, hide_after: {sell: 3}}]\nparameters:\n",
            "'sell' is unknown.*cell",
        ),
        ("98.0]}\n", "98.0]}\n        stage: agein\n", "'agein' is unknown.*'ageing'"),
        ("parameters:\n", "stages: [ageing, ageing]\nparameters:\n", "'ageing' is there twice"),
        ("parameters:\n", "forecast: {quantities: [capacity]}\nparameters:\n", "capacity_Ah"),
        ('["SEI', '["SEI resistivity [Ohm.m]", "SEI', "is there twice"),
        ('"SEI resistivity [Ohm.m]"', "observation.sweling", "observation.swelling"),
        (
            "bounds: [0.1, 10.0]",
            "bounds: [0.1, 10.0], transform: logit, prior: {median: 10.0, sd: 1}",
            "10 is a bound",
        ),
        (
            "noise:\n",
            '  l: {targets: ["x"], kind: value, bounds: [0.1, 10.0]}\n'
            '  m: {targets: ["x"], kind: value, bounds: [0.1, 10.0]}\nnoise:\n',
            r"parameters\.m\.targets: 'x' has its value from parameters\.l",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(StudyError, match=said) as caught:
        load_fit(written(tmp_path, GOOD.replace(old, new)))
    assert "fit.yaml" in str(caught.value)


def test_a_list_with_a_wrong_part_is_not_called_too_short(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        load_fit(written(tmp_path, GOOD.replace("{cycle", "{age")))
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"cycle": [0, 5], "capacity_percent": [100, -98]}, r"capacity_percent\[2\]: -98"),
        ({"cycle": [0, 5], "capacity_percent": [1.0, 0.98]}, "is not possible|fractions"),
        ({"cycle": [0, 5], "capacity_percent": [1.0, 1.0]}, "per cent, not fractions"),
        ({"cycle": [-5, 5], "capacity_percent": [100, 98]}, r"cycle\[1\]: -5"),
        ({"cycle": [0, 5], "lli_percent": [0, 300]}, "allowed is -20 to 100 %"),
    ],
)
def test_numbers_that_cannot_be_true_are_refused(values: dict, said: str) -> None:
    study = made_fit({"cell": [{"values": values}]}, noise={q: {"sd": 1} for q in SIZED})
    with pytest.raises(DataError, match=said):
        observations(study)


def test_files_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be read"):
        load_fit(tmp_path / "absent.yaml")
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="not UTF-8"):
        load_fit(tmp_path / "bad.yaml")
    with pytest.raises(StudyError, match="at its top"):
        load_fit(written(tmp_path, "- 1\n"))


def test_a_fit_comes_back_from_its_folder(engine: Engine, tmp_path: Path) -> None:
    study = made_fit(
        {"cell": [measured(faded(CYCLES, 3, 2))], "unmeasured": []},
        parameters={"a": linear("a", spread=0.2), "b": linear("b", experiments=["unmeasured"])},
    )
    done = fit(study, tmp_path, jobs=1)
    back = load_fitted(study, tmp_path)
    assert back.law.entries == done.law.entries
    np.testing.assert_array_equal(back.law.mean, done.law.mean)
    np.testing.assert_array_equal(back.law.covariance, done.law.covariance)
    assert back.law.sizes == done.law.sizes


def test_a_fit_of_other_data_or_parameters_is_refused(engine: Engine, tmp_path: Path) -> None:
    study = made_fit({"cell": [measured(faded(CYCLES, 3, 2))]})
    fit(study, tmp_path, jobs=1)
    other = made_fit({"cell": [measured(faded(CYCLES, 3, 2.1))]})
    with pytest.raises(ResultsError, match="other measurements"):
        load_fitted(other, tmp_path)
    renamed = made_fit(
        {"cell": [measured(faded(CYCLES, 3, 2))]}, parameters={"c": linear("a"), "b": linear("b")}
    )
    with pytest.raises(ResultsError, match=r"other parameters \(a\)"):
        load_fitted(renamed, tmp_path)
    with pytest.raises(ResultsError, match="no fit can be read"):
        load_fitted(study, tmp_path / "nowhere")


def test_a_fit_of_other_beliefs_is_refused_but_its_protocol_may_grow(
    engine: Engine, tmp_path: Path
) -> None:
    tables = {"cell": [measured(faded(CYCLES, 3, 2))]}
    fit(made_fit(tables), tmp_path, jobs=1)
    changed = {
        "parameters": {"a": linear("a"), "b": linear("b", transform="log", bounds=[0.1, 50.0])},
        "noise": {"capacity_percent": {"sd": 3.0}},
        "common": {**COMMON, "model": {"type": "SPMe"}},
    }
    for key, value in changed.items():
        with pytest.raises(ResultsError, match="were changed since this fit"):
            load_fitted(made_fit(tables, **{key: value}), tmp_path)
    longer = {**COMMON, "protocol": {**COMMON["protocol"], "temperature_degC": 30}}
    study = made_fit({**tables, "new": []}, common=longer, forecast={"horizon": 300})
    assert load_fitted(study, tmp_path).law.mean.size == 2


@pytest.mark.parametrize(
    "part",
    [
        {"mean": [1.0]},
        {"mean": [1.0, float("nan")]},
        {"covariance": [[1.0, 0.0, 0.0]] * 2},
        {"noise": [1.0]},
    ],
)
def test_a_damaged_fit_is_no_fit(engine: Engine, tmp_path: Path, part: dict) -> None:
    study = made_fit({"cell": [measured(faded(CYCLES, 3, 2))]})
    fit(study, tmp_path, jobs=1)
    plain = json.loads((tmp_path / "fit.json").read_text(encoding="utf-8"))
    plain["posterior"] |= part
    (tmp_path / "fit.json").write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(ResultsError, match="no fit can be read there"):
        load_fitted(study, tmp_path)


def test_a_standard_deviation_is_part_of_the_data(engine: Engine, tmp_path: Path) -> None:
    table = measured(faded(CYCLES, 3, 2))
    fit(made_fit({"cell": [table]}), tmp_path, jobs=1)
    surer = table | {"sd": {"capacity_percent": [0.1] * CYCLES.size}}
    with pytest.raises(ResultsError, match="other measurements"):
        load_fitted(made_fit({"cell": [surer]}), tmp_path)


def test_a_fit_without_measurements_is_refused(engine: Engine) -> None:
    with pytest.raises(StudyError, match="no measurements"):
        fit(made_fit({"cell": []}), jobs=1)


def test_tables_of_one_quantity_are_one_series_by_age(engine: Engine) -> None:
    from twin.estimation.observations import observations

    late, early = CYCLES[10:], CYCLES[:10]
    study = made_fit(
        {"cell": [measured(faded(late, 3, 2), late), measured(faded(early, 3, 2), early)]}
    )
    (series,) = observations(study)
    np.testing.assert_array_equal(series.x, CYCLES)
    np.testing.assert_allclose(series.y, faded(CYCLES, 3, 2))
    assert (series.until(200.0).x.size, series.beyond(200.0).x.size) == (10, 10)


# -- hidden data ---------------------------------------------------------------------


def shown_and_hidden(hidden: float) -> FitStudy:
    rng = np.random.default_rng(0)
    tables = {}
    for name in ("one", "two", "three"):
        y = faded(CYCLES, 3 + 0.2 * rng.standard_normal(), 2)
        y = y + 0.2 * rng.standard_normal(y.size)
        y[CYCLES > 200] += hidden
        if name == "three":
            y += hidden
        tables[name] = [measured(y)]
    return made_fit(
        tables,
        parameters={"a": linear("a", spread=0.3, estimate_spread=True), "b": linear("b")},
        noise={"capacity_percent": {"sd": 0.3, "walk": 0.1}},
        search={"iterations": 4},
        forecast={"horizon": 400, "points": 9, "draws": 8},
        backtests=[{"name": "later", "hide_experiments": ["three"], "hide_after": {"all": 200}}],
    )


def test_hidden_measurements_change_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twin.forecast.backtest import backtest

    monkeypatch.setattr("twin.forecast.backtest.baselines", lambda own, others, x: {})

    as_is, changed = (backtest(shown_and_hidden(h), "later", jobs=1) for h in (0.0, -30.0))
    np.testing.assert_array_equal(as_is.fitted.law.mean, changed.fitted.law.mean)
    assert as_is.fitted.law.sizes == changed.fitted.law.sizes
    for method, cells in as_is.forecasts.items():
        for name, one in cells.items():
            other = changed.forecasts[method][name]
            for key, band in one.quantities.items():
                np.testing.assert_array_equal(band.q05, other.quantities[key].q05)
    hidden = {(s.experiment, s.x.min()) for s in as_is.hidden}
    assert hidden == {("one", 220.0), ("two", 220.0), ("three", 20.0)}
    assert max(s.x.max() for s in as_is.shown) == 200.0
