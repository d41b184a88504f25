"""Pages of fits, forecasts and backtests: what is in them, of lives that are a closed form."""

from __future__ import annotations

import html
import re

import numpy as np
import pandas as pd
import pytest

from tests.estimation.conftest import engine  # noqa: F401
from tests.estimation.made import CYCLES, Engine, faded, linear, made_fit, measured
from twin.estimation import fit, load_fitted
from twin.forecast.backtest import backtest
from twin.forecast.bands import Band
from twin.forecast.forecast import Forecast
from twin.forecast.from_fit import forecast
from twin.forecast.thresholds import ThresholdTime
from twin.report.backtest_page import file_name, write_backtest_page
from twin.report.fit_page import write_fit_page
from twin.report.forecast_figures import Line, Panel, Points, life_figure, multiples
from twin.report.forecast_page import write_forecast_page
from twin.report.sheets import Sheet
from twin.report.tables import ABSENT

CELLS = {"one <b>": (3.0, 2.0), "two": (4.0, 2.0), "three": (3.5, 2.5)}


def study(**given):
    rng = np.random.default_rng(4)
    tables = {
        name: [measured(faded(CYCLES, *truth) + 0.3 * rng.standard_normal(CYCLES.size))]
        for name, truth in CELLS.items()
    }
    plain = {
        "parameters": {"a": linear("a", spread=0.5), "b": linear("b")},
        "forecast": {"horizon": 400, "points": 9, "draws": 16, "thresholds_percent": [90, 50]},
        "backtests": [{"name": "later/on", "hide_after": {"all": 200}}],
    }
    return made_fit(tables, **{**plain, **given})


def text_of(page) -> str:
    text = page.read_text(encoding="utf-8")
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<style>.*?</style>", "", text)))


def test_the_page_of_a_fit_says_what_the_fit_found(engine: Engine, tmp_path) -> None:  # noqa: F811
    fitted = fit(study(), jobs=1)
    page = write_fit_page(fitted, tmp_path)
    rows = pd.read_csv(tmp_path / "tables" / "fit_parameters.csv", index_col="parameter")
    np.testing.assert_allclose(rows["best"], fitted.law.mean[:2])
    np.testing.assert_allclose(rows["middle"], 1.0)
    half = 1.6448536269514722 * fitted.law.sd()[:2]
    np.testing.assert_allclose(rows["95 % "] - rows["after: 5 %"], 2 * half)
    misfit = pd.read_csv(tmp_path / "tables" / "fit_misfit.csv").iloc[0]
    stage = fitted.stages[0]
    residual = stage.problem.y - stage.found.prediction.values
    assert misfit["RMSE"] == pytest.approx(np.sqrt(np.mean(residual**2)))
    assert misfit["bias"] == pytest.approx(-residual.mean())
    assert misfit["RMS in expected errors"] == pytest.approx(misfit["RMSE"] / 0.3)
    text = text_of(page)
    for said in ("one <b>", fitted.plain()["data_sha256"], "celltwin", "converged after"):
        assert said in text


def test_a_page_holds_its_pictures_and_escapes_names(engine: Engine, tmp_path) -> None:  # noqa: F811
    page = write_fit_page(fit(study(), jobs=1), tmp_path)
    source = page.read_text(encoding="utf-8")
    assert "<b>" not in source
    assert not re.search(r"(src|href)=\"(?!data:)", source)
    names = {path.stem for path in (tmp_path / "figures").glob("*.png")}
    assert names == {"fit_capacity_percent_cycle", "fit_residuals", "fit_correlations"}
    assert source.count("data:image/png;base64,") == len(names)


def test_a_fit_that_was_read_back_has_a_page_without_curves(engine: Engine, tmp_path) -> None:  # noqa: F811
    fit(study(), tmp_path, jobs=1)
    text = text_of(write_fit_page(load_fitted(study(), tmp_path), tmp_path))
    assert "read back from its folder" in text
    assert "Measured and simulated" not in text


def test_what_ended_early_and_what_is_tied_is_said(engine: Engine, tmp_path) -> None:  # noqa: F811
    engine.early = 3.0
    factor = linear("a", kind="factor", prior={"median": 1.0, "sd": 0.5})
    parameters = {"a": linear("a"), "b": linear("b"), "a too": factor}
    text = text_of(write_fit_page(fit(study(parameters=parameters), jobs=1), tmp_path))
    assert "two: the cell died" in text
    assert "The data do not tell a from a too: their correlation is -1.00" in text


def test_the_page_of_a_forecast_gives_thresholds_and_knees(engine: Engine, tmp_path) -> None:  # noqa: F811
    fitted = fit(study(), jobs=1)
    found = forecast(fitted, jobs=1)
    page = write_forecast_page(fitted.fit, found, tmp_path)
    rows = pd.read_csv(tmp_path / "tables" / "forecast_thresholds.csv")
    assert len(rows) == 2 * len(CELLS)
    passed = rows[rows["threshold"] == 90]
    times = [found[name].thresholds["capacity_percent"][0] for name in passed["experiment"]]
    np.testing.assert_allclose(passed["median"], [time.median for time in times])
    never = rows[rows["threshold"] == 50]
    assert np.all(np.isinf(never["median"]))
    assert np.all(never["not passed by the horizon [%]"] == 100)
    text = text_of(page)
    assert "first passes 50 beyond 400; by then with 0 % probability" in text
    assert "probability of a knee" in text
    assert page.name == "forecast.html"


def test_forecasts_by_another_age_say_so(engine: Engine, tmp_path) -> None:  # noqa: F811
    x = np.array([0.0, 100.0])
    band = Band.from_normal(x, [100.0, 90.0], 1.0)
    two = {
        name: Forecast({"capacity_percent": band}, metadata={"age": age, "draws": 8})
        for name, age in (("one <b>", "cycle"), ("two", "efc"))
    }
    write_forecast_page(study(), two, tmp_path)
    names = {path.name for path in (tmp_path / "figures").glob("*.png")}
    assert names == {"forecast_capacity_percent_cycle.png", "forecast_capacity_percent_efc.png"}
    assert "1 experiment" not in text_of(tmp_path / "forecast.html")


def test_the_page_of_a_backtest_has_its_scores_and_errors(engine: Engine, tmp_path) -> None:  # noqa: F811
    found = backtest(study(), "later/on", jobs=1)
    page = write_backtest_page(found, tmp_path)
    assert page.name == "backtest_later_on.html"
    rows = pd.read_csv(tmp_path / "tables" / "backtest_later_on_scores.csv", index_col="method")
    ours = found.scores[(found.scores["method"] == "physics") & (found.scores["cell"] == "all")]
    assert rows.loc["physics", "RMSE"] == pytest.approx(ours["rmse"].iloc[0])
    assert rows["CRPS"].is_monotonic_increasing
    times = pd.read_csv(tmp_path / "tables" / "backtest_later_on_thresholds.csv")
    known = times[times["error is"] == "exact"]
    np.testing.assert_allclose(known["error"], known["forecast, median"] - known["measured"])
    place = 1 + list(rows.index).index("physics")
    assert f"place {place} of {len(rows)}" in text_of(page)
    assert "30 measured values were shown to the fit, 30 hidden" in text_of(page)
    assert (tmp_path / "figures" / "backtest_later_on_pit.png").is_file()


def test_a_backtest_without_a_simple_law_has_a_page(engine: Engine, tmp_path) -> None:  # noqa: F811
    hide = [{"name": "cell", "hide_experiments": ["two"]}]
    page = write_backtest_page(backtest(study(backtests=hide), "cell", jobs=1), tmp_path)
    assert "No simple law could be laid beside it" in text_of(page)
    assert "Everything measured on two." in text_of(page)


# -- figures and tables --------------------------------------------------------------


@pytest.mark.parametrize(("count", "rows", "columns"), [(1, 1, 1), (4, 2, 2), (24, 4, 6)])
def test_at_most_six_panels_are_in_a_row(count: int, rows: int, columns: int) -> None:
    figure, grid = multiples(count)
    assert len(grid) == count
    assert grid[0].get_gridspec().get_geometry() == (rows, columns)
    assert figure.get_figwidth() / columns > 1.5


def test_a_band_is_drawn_where_it_begins_and_simple_laws_do_not_set_the_axis() -> None:
    x = np.linspace(0, 10, 11)
    band = Band.from_normal(x, 100 - x, 1.0)
    wild = Line(x, 1e4 * np.ones_like(x), name="wild law")
    panel = Panel("cell", [Points(x, 100 - x)], [wild], band, begins=6.0)
    (axes,) = life_figure([panel], "capacity_percent", "cycle").get_axes()
    assert axes.get_ylim()[1] < 110
    mean = next(line for line in axes.get_lines() if line.get_label() == "forecast, mean")
    np.testing.assert_allclose(mean.get_xdata(), x[x >= 6])


def test_a_threshold_beyond_the_horizon_is_drawn_without_an_interval() -> None:
    x = np.array([0.0, 100.0])
    inf = float("inf")
    never = ThresholdTime(80.0, 100.0, inf, inf, inf, inf, inf, 1.0)
    half = ThresholdTime(80.0, 100.0, 60.0, 80.0, inf, inf, inf, 0.6)
    for time, drawn in ((never, []), (half, [60.0, 100.0])):
        band = Band.from_normal(x, [100.0, 90.0], 1.0)
        (axes,) = life_figure(
            [Panel("c", band=band, times=[time])], "capacity_percent", "cycle"
        ).get_axes()
        found = [one for one in axes.get_lines() if one.get_label().startswith("passes")]
        assert [list(one.get_xdata()) for one in found] == ([drawn] if drawn else [])


def test_time_within_a_curve_is_in_hours() -> None:
    x = np.array([3600.0, 7200.0])
    panel = Panel("c", [Points(x, np.array([4.0, 3.0]))], [Line(x, x, np.ones(2))])
    figure = life_figure([panel], "voltage_V", "time_s")
    points = figure.get_axes()[0].get_lines()[-1]
    np.testing.assert_allclose(points.get_xdata(), [1.0, 2.0])


def test_numbers_of_a_table_are_rounded_on_the_page_alone() -> None:
    frame = pd.DataFrame({"name": ["a"], "value": [np.pi], "none": [np.inf]})
    table = Sheet("n", "", "", frame, 3).table()
    assert table.rows == (("a", "3.14", ABSENT),)
    assert table.words == (0,)


@pytest.mark.parametrize(
    ("given", "name"), [("a b", "a_b"), ("../x", "x"), ("..", "unnamed"), ("é", "unnamed")]
)
def test_names_of_backtests_are_safe_names_of_files(given: str, name: str) -> None:
    assert file_name(given) == name
