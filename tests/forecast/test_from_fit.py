"""Forecasts of fits whose lives are a closed form, so that means and widths are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.estimation.conftest import engine  # noqa: F401
from tests.estimation.made import CYCLES, Engine, faded, linear, made_fit, measured
from twin.errors import DataError, StudyError
from twin.estimation import fit, load_fitted
from twin.estimation.running import Journal
from twin.forecast.backtest import OURS, backtest
from twin.forecast.from_fit import forecast, parameter_draws

X = np.array([0.0, 200.0, 400.0])
Z90 = 1.6448536269514722


def seen(a: float = 3.0, b: float = 2.0, sd: float = 0.3, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return faded(CYCLES, a, b) + sd * rng.standard_normal(CYCLES.size)


def settings(**given):
    return {"forecast": {"horizon": 400, "points": 3, "draws": 64, **given}}


def half_width(band) -> np.ndarray:
    return 0.5 * (band.q95 - band.q05)


def test_a_forecast_of_a_linear_problem_has_its_closed_form(engine: Engine) -> None:  # noqa: F811
    study = made_fit({"cell": [measured(seen())]}, **settings(draws=256))
    fitted = fit(study, jobs=1)
    band = forecast(fitted, jobs=1)["cell"].quantities["capacity_percent"]
    design = np.stack([-X / 100, -np.sqrt(X) / 10], axis=1)
    mean = 100 + design @ fitted.law.mean
    sd = np.sqrt(np.sum((design @ fitted.law.covariance) * design, axis=1) + 0.3**2)
    np.testing.assert_allclose(band.mean, mean, atol=0.02)
    np.testing.assert_allclose(half_width(band), Z90 * sd, rtol=0.06)


def test_a_walk_begins_at_the_last_residual_and_widens_as_a_root(engine: Engine) -> None:  # noqa: F811
    x = CYCLES[CYCLES <= 200]
    off = faded(x, 3.0, 2.0) + np.where(x > 100, 2.0, 0.0)  # a step that the model cannot make
    study = made_fit(
        {"cell": [measured(off, x)]},
        noise={"capacity_percent": {"sd": 0.01, "walk": 0.5, "estimate": False}},
        parameters={
            "a": linear("a", start=3.0, prior={"median": 3.0, "sd": 1e-4}),
            "b": linear("b", start=2.0, prior={"median": 2.0, "sd": 1e-4}),
        },
        **settings(),
    )
    band = forecast(fit(study, jobs=1), jobs=1)["cell"].quantities["capacity_percent"]
    np.testing.assert_allclose(band.mean[1:], faded(X[1:], 3.0, 2.0) + 2.0, atol=0.1)
    np.testing.assert_allclose(half_width(band)[2], Z90 * 0.5 * np.sqrt(2.0), rtol=0.1)
    assert half_width(band)[1] < 0.1


def test_a_new_specimen_is_as_uncertain_as_the_spread_says(engine: Engine) -> None:  # noqa: F811
    tables = {f"{i}": [measured(seen(2.0 + 0.5 * i, seed=i))] for i in range(5)} | {"new": []}
    study = made_fit(
        tables,
        parameters={"a": linear("a", spread=0.8), "b": linear("b")},
        **settings(draws=256),
    )
    found = forecast(fit(study, jobs=1), jobs=1)
    new, old = (found[name].quantities["capacity_percent"] for name in ("new", "4"))
    assert half_width(new)[2] > Z90 * 0.8 * 4 * 0.95
    assert half_width(old)[2] < 0.25 * half_width(new)[2]
    assert old.mean[2] < new.mean[2] - 2  # the fifth cell fades fastest


def test_what_acts_only_where_nothing_was_measured_keeps_its_belief(engine: Engine) -> None:  # noqa: F811
    study = made_fit(
        {"cell": [measured(faded(CYCLES, 1.0, 2.0))], "hot": []},
        parameters={
            "a": linear("a", experiments=["hot"], prior={"median": 5.0, "sd": 1.0}),
            "b": linear("b"),
        },
        **settings(draws=256),
    )
    band = forecast(fit(study, jobs=1), jobs=1)["hot"].quantities["capacity_percent"]
    assert half_width(band)[2] == pytest.approx(Z90 * 4.0, rel=0.1)
    assert band.mean[2] < 85


def test_thresholds_and_knees_are_of_the_cell_and_said_in_the_file(engine: Engine) -> None:  # noqa: F811
    study = made_fit({"cell": [measured(seen())]}, **settings(points=41, thresholds_percent=[90]))
    found = forecast(fit(study, jobs=1), jobs=1)["cell"]
    (time,) = found.thresholds["capacity_percent"]
    x = np.linspace(0, 400, 4001)
    assert time.median == pytest.approx(x[np.argmax(faded(x, 3.0, 2.0) < 90)], abs=8)
    assert found.metadata["knee"]["probability"] < 0.1
    assert found.metadata["draws"] == 64


def test_lives_that_end_early_go_on_with_their_slope_and_are_counted(engine: Engine) -> None:  # noqa: F811
    fitted = fit(made_fit({"cell": [measured(seen())]}, **settings()), jobs=1)
    engine.early = fitted.law.mean[0]
    told: list[str] = []
    found = forecast(fitted, jobs=1, tell=told.append)["cell"]
    assert 16 < found.metadata["lives_ended_early"] < 48
    assert found.quantities["capacity_percent"].mean[2] == pytest.approx(84, abs=1.5)
    assert "the cell died" in told[0]


def test_a_fit_is_read_back_and_forecasts_the_same(engine: Engine, tmp_path) -> None:  # noqa: F811
    study = made_fit({"cell": [measured(seen())]}, **settings())
    first = forecast(fit(study, tmp_path, jobs=1), out=tmp_path, jobs=1)["cell"]
    calls = engine.calls
    again = forecast(load_fitted(study, tmp_path), out=tmp_path, jobs=1)["cell"]
    assert engine.calls == calls
    np.testing.assert_array_equal(
        first.quantities["capacity_percent"].q95, again.quantities["capacity_percent"].q95
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"quantities": ["capacty_Ah"]}, "did you mean 'capacity_Ah'"),
        ({"horizon": None}, "horizon is missing"),
    ],
)
def test_bad_settings_are_refused(engine: Engine, given, message) -> None:  # noqa: F811
    fitted = fit(made_fit({"cell": [measured(seen())]}, **settings()), jobs=1)
    wanted = fitted.fit.forecast.model_copy(update=given)
    with pytest.raises(DataError, match=message):
        forecast(fitted, wanted, jobs=1)


# -- backtests -----------------------------------------------------------------------


def ending(values: np.ndarray, **given):
    return made_fit(
        {"cell": [measured(values)]},
        **settings(),
        backtests=[{"name": "end", "hide_after": {"all": 200}}],
        **given,
    )


def test_the_right_model_beats_the_baselines_that_are_wrong(engine: Engine) -> None:  # noqa: F811
    found = backtest(ending(seen()), "end", jobs=1)
    by = found.scores.set_index("method")
    assert by.loc[OURS, "rmse"] < by.loc["linear", "rmse"]
    assert by.loc[OURS, "rmse"] < 0.6
    assert by.loc[OURS, "points"] == 10
    assert by.loc[OURS, "coverage_90_percent"] >= 70
    assert {"square root", "double exponential", "gaussian process"} <= set(by.index)


def test_what_is_hidden_never_reaches_the_forecast(engine: Engine) -> None:  # noqa: F811
    values = seen()
    other = np.where(CYCLES > 200, values - 30.0, values)
    first, second = (backtest(ending(y), "end", jobs=1) for y in (values, other))
    np.testing.assert_array_equal(first.fitted.law.mean, second.fitted.law.mean)
    for method, cells in first.forecasts.items():
        band = cells["cell"].quantities["capacity_percent"]
        np.testing.assert_array_equal(
            band.q05, second.forecasts[method]["cell"].quantities["capacity_percent"].q05
        )
    assert (second.scores["rmse"] > first.scores["rmse"]).all()


def test_a_whole_experiment_can_be_hidden(engine: Engine) -> None:  # noqa: F811
    tables = {f"{i}": [measured(seen(3.0 + 0.1 * i, seed=i))] for i in range(5)}
    study = made_fit(
        tables,
        parameters={"a": linear("a", spread=0.2), "b": linear("b")},
        **settings(),
        backtests=[{"name": "one", "hide_experiments": ["3"]}],
    )
    found = backtest(study, "one", jobs=1)
    assert {s.experiment for s in found.shown} == {"0", "1", "2", "4"}
    assert list(found.forecasts[OURS]) == ["3"]
    assert "population mean" in found.forecasts


@pytest.mark.slow
def test_a_hidden_experiment_keeps_its_age(engine: Engine) -> None:  # noqa: F811
    hidden = {"age": "efc", "values": {"efc": [90.0, 180.0], "capacity_percent": [96.0, 93.0]}}
    study = made_fit(
        {"a": [measured(seen())], "b": [hidden]},
        **settings(),
        backtests=[{"name": "b", "hide_experiments": ["b"]}],
    )
    found = backtest(study, "b", jobs=1)
    assert found.forecasts[OURS]["b"].metadata["age"] == "efc"


def test_a_walk_is_conditioned_on_residuals_of_its_own_age(engine: Engine) -> None:  # noqa: F811
    by_cycle = measured(seen()[:10], CYCLES[:10])
    odd = {"age": "efc", "values": {"efc": [90.0], "capacity_percent": [60.0]}}
    noise = {"capacity_percent": {"sd": 0.3, "walk": 0.5, "estimate": False}}
    study = made_fit({"cell": [by_cycle, odd]}, **settings(), noise=noise)
    fitted = fit(study, jobs=1)
    only = replace(fitted, series=fitted.series[:1])
    both = (forecast(f, jobs=1)["cell"].quantities["capacity_percent"] for f in (fitted, only))
    first, second = both
    np.testing.assert_array_equal(first.mean, second.mean)


def test_coverage_is_what_it_says_over_many_cells(engine: Engine) -> None:  # noqa: F811
    rng = np.random.default_rng(5)
    inside, points = 0.0, 0
    for seed in range(16):
        walk = np.cumsum(rng.normal(0, 0.4 * np.sqrt(0.2), CYCLES.size))
        y = faded(CYCLES, rng.normal(1, 2), rng.normal(1, 2)) + walk
        y = y + 0.3 * np.random.default_rng(seed).standard_normal(CYCLES.size)
        study = ending(y, noise={"capacity_percent": {"sd": 0.3, "walk": 0.4, "estimate": False}})
        row = backtest(study, "end", jobs=1).scores.set_index("method").loc[OURS]
        inside += row["coverage_90_percent"] / 100 * row["points"]
        points += row["points"]
    assert 0.80 < inside / points < 0.97


@pytest.mark.parametrize(
    ("name", "message"), [("ends", "did you mean 'end'"), ("end", "hides no capacity_percent")]
)
def test_a_backtest_that_cannot_be_made_is_refused(engine: Engine, name, message) -> None:  # noqa: F811
    values = seen()
    study = made_fit(
        {"cell": [measured(values[:5], CYCLES[:5])]},
        **settings(),
        backtests=[{"name": "end", "hide_after": {"all": 200}}],
    )
    with pytest.raises(StudyError, match=message):
        backtest(study, name, jobs=1, out=None)


def test_simulations_are_shared_between_backtests(engine: Engine, tmp_path) -> None:  # noqa: F811
    study = ending(seen())
    backtest(study, "end", tmp_path, jobs=1)
    calls = engine.calls
    backtest(study, "end", tmp_path, jobs=1)
    assert engine.calls == calls
    assert len(Journal(tmp_path)) == calls


def test_new_specimens_differ_from_each_other(engine: Engine) -> None:  # noqa: F811
    tables = {f"{i}": [measured(seen(2.0 + 0.5 * i, seed=i))] for i in range(4)}
    study = made_fit(
        {**tables, "new": [], "newer": []},
        parameters={"a": linear("a", spread=0.8), "b": linear("b")},
        **settings(),
    )
    fitted = fit(study, jobs=1)
    one, other = (
        np.array([d["a"] for d in parameter_draws(fitted, fitted.benches[name], 64, 1)])
        for name in ("new", "newer")
    )
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.6
    np.testing.assert_allclose(one.std(), other.std(), rtol=0.2)
