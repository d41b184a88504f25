"""The page of a backtest: what was hidden, what was forecast, and how right it was."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.report.forecast_figures import NAMES, Line, Panel, life_figure, pit_figure
from twin.report.forecast_page import BAND, BEYOND, ages_of, by_age, points_of
from twin.report.sheets import Part, Picture, Sheet, write_sheets

if TYPE_CHECKING:
    import pandas as pd

    from twin.forecast.backtest import Backtest
    from twin.forecast.thresholds import ThresholdTime

_NOT_IN_FILES = re.compile(r"[^A-Za-z0-9_.-]+")
SCORES = {
    "rmse": "RMSE",
    "mae": "mean absolute error",
    "bias": "bias",
    "crps": "CRPS",
    "coverage_50_percent": "in 50 % interval [%]",
    "coverage_90_percent": "in 90 % interval [%]",
    "winkler_90": "interval score, 90 %",
}


def write_backtest_page(backtest: Backtest, out: str | Path) -> Path:
    """Write ``backtest_<name>.html`` with its figures and tables, and return its path.

    Parameters
    ----------
    backtest : what was hidden and forecast
    out : folder
    """
    from twin.forecast.backtest import OURS

    name = f"backtest_{file_name(backtest.section.name)}"
    ours = backtest.forecasts[OURS]
    quantities = list(dict.fromkeys(q for one in ours.values() for q in one.quantities))
    scored = backtest.section.quantity
    order = [scored, *(q for q in quantities if q != scored)]
    pictures = [p for q in order for p in _hidden_pictures(backtest, q, name)]
    sections = [
        Part("What was hidden", lines=_hidden_lines(backtest)),
        Part("Forecast and measurement", pictures=pictures),
        Part("Scores", sheets=_score_sheets(backtest, name)),
        *_thresholds(backtest, name),
        *_calibration(backtest, name),
    ]
    title = f"Backtest {backtest.section.name}: {backtest.fitted.fit.name}"
    return write_sheets(Path(out) / f"{name}.html", title, _verdict(backtest), sections)


def file_name(text: str) -> str:
    """Return a text as part of a file name.

    >>> file_name("after 300 cycles")
    'after_300_cycles'
    """
    return _NOT_IN_FILES.sub("_", text).strip("_.") or "unnamed"


def _hidden_lines(backtest: Backtest) -> list[str]:
    section, lines = backtest.section, []
    if section.hide_experiments:
        lines.append(f"Everything measured on {', '.join(section.hide_experiments)}.")
    for name, age in section.hide_after.items():
        others = len(section.hide_after) > 1 or section.hide_experiments
        every = "all other experiments" if others else "all experiments"
        whose = every if name == "all" else name
        lines.append(f"What was measured on {whose} after {age:g} of the age.")
    shown = sum(s.x.size for s in backtest.shown)
    hidden = sum(s.x.size for s in backtest.hidden)
    return [*lines, f"{shown} measured values were shown to the fit, {hidden} hidden from it."]


def _hidden_pictures(backtest: Backtest, quantity: str, name: str) -> list[Picture]:
    from twin.forecast.backtest import OURS

    ours = backtest.forecasts[OURS]
    has = [n for n, one in ours.items() if quantity in one.quantities]
    groups = by_age(has, ages_of(ours))
    words = (
        f"{BAND} Black points were shown to the fit, open red ones were hidden from it and the "
        "forecast. Thin lines: the means of the simple laws beside it."
    )
    found = []
    for age, names in groups.items():
        shown = [_hidden_panel(backtest, experiment, quantity) for experiment in names]
        suffix = f"_{age}" if len(groups) > 1 else ""
        figure = life_figure(shown, quantity, age)
        title = NAMES.get(quantity, quantity).partition(" [")[0]
        found.append(Picture(f"{name}_{quantity}{suffix}", title, words, figure))
    return found


def _hidden_panel(backtest: Backtest, experiment: str, quantity: str) -> Panel:
    from twin.forecast.backtest import OURS

    shown = points_of(backtest.shown, experiment, quantity)
    hidden = points_of(backtest.hidden, experiment, quantity, hidden=True)
    begins = min((float(p.x.min()) for p in hidden), default=-math.inf) if shown else -math.inf
    lines = []
    for method, cells in backtest.forecasts.items():
        band = cells[experiment].quantities.get(quantity) if experiment in cells else None
        if method != OURS and band is not None:
            keep = band.x >= begins
            lines.append(Line(band.x[keep], band.mean[keep], name=method))
    band = backtest.forecasts[OURS][experiment].quantities[quantity]
    return Panel(experiment, [*shown, *hidden], lines, band, begins=begins)


def _together(backtest: Backtest) -> pd.DataFrame:
    """Return the scores of each method over all cells, the best CRPS first."""
    scores = backtest.scores[backtest.scores["quantity"] == backtest.section.quantity]
    every = scores[scores["cell"] == "all"]
    return (every if len(every) else scores).sort_values("crps")


def _score_sheets(backtest: Backtest, name: str) -> list[Sheet]:
    together = _together(backtest)
    columns = {"method": "method", **SCORES, "points": "values", "cells": "cells"}
    if together["coverage_90_low_percent"].notna().any():
        columns["coverage_90_low_percent"] = "in 90 %: from [%]"
        columns["coverage_90_high_percent"] = "to [%]"
    hint = (
        f"Of {backtest.section.quantity}, in its unit, over all that was hidden; forecast minus "
        "measured, the best CRPS first. CRPS is a mean error that also weighs how sure a forecast "
        "was; of a good 90 % interval 90 % of the values are within. The interval score is its "
        "width plus what the values lie outside. The ends of the last columns, where there are "
        "several cells, are of the true coverage."
    )
    found = [Sheet(f"{name}_scores", "", hint, together[list(columns)].rename(columns=columns), 3)]
    cells = backtest.scores[backtest.scores["cell"] != "all"]
    if cells["cell"].nunique() > 1:
        wide = cells[cells["quantity"] == backtest.section.quantity].pivot_table(
            index="cell", columns="method", values="rmse", sort=False
        )
        title, hint = "RMSE by experiment", "In the unit of the quantity."
        found.append(Sheet(f"{name}_rmse", title, hint, wide.reset_index(), 3))
    return found


def _thresholds(backtest: Backtest, name: str) -> list[Part]:
    """Return errors of the times to thresholds that were forecast."""
    import pandas as pd

    rows = [row for times in _observed(backtest) for row in times]
    if not rows:
        return []
    hint = (
        "Age at which the measurements first pass the threshold, straight between them, and the "
        "median of the forecast; error: forecast minus measured, or a bound of it where one of "
        f"the two ends before. {BEYOND}"
    )
    return [
        Part(
            "Time to thresholds",
            sheets=[Sheet(f"{name}_thresholds", "", hint, pd.DataFrame(rows))],
        )
    ]


def _observed(backtest: Backtest) -> list[list[dict[str, Any]]]:
    from twin.forecast.backtest import OURS
    from twin.forecast.score_tables import score_threshold

    found = []
    for experiment, one in backtest.forecasts[OURS].items():
        for quantity, times in one.thresholds.items():
            every = points_of((*backtest.shown, *backtest.hidden), experiment, quantity)
            x = np.concatenate([p.x for p in every])
            y = np.concatenate([p.y for p in every])
            order = np.argsort(x, kind="stable")
            scored = [(t, score_threshold(t, x[order], y[order])) for t in times]
            found.append([_threshold_row(experiment, quantity, *pair) for pair in scored])
    return found


def _threshold_row(
    experiment: str, quantity: str, time: ThresholdTime, score: Any
) -> dict[str, Any]:
    low, high = time.interval(90)
    held = {True: "yes", False: "no", None: "cannot be said"}
    return {
        "experiment": experiment,
        "quantity": quantity,
        "threshold": time.threshold,
        "measured": score.observed,
        "measured until": score.observed_until,
        "forecast, median": time.median,
        "5 %": low,
        "95 %": high,
        "error": score.error,
        "error is": score.error_is,
        "in 90 % interval": held[score.inside_90],
    }


def _calibration(backtest: Backtest, name: str) -> list[Part]:
    from twin.forecast.score_tables import pit_of
    from twin.forecast.scores import pit_histogram

    quantity = backtest.section.quantity
    observed = {
        s.experiment: {"cycle": s.x, quantity: s.y}
        for s in backtest.hidden
        if s.quantity == quantity and s.curve is None
    }
    values = {
        method: pit_of(cells, observed, quantity) for method, cells in backtest.forecasts.items()
    }
    counts = {method: pit_histogram(row) for method, row in values.items() if row.size}
    if not counts:
        return []
    words = (
        "For each hidden value, the probability that the forecast gave to less than it. Of a "
        "forecast that knows how sure it is all bars are near the dashed line; a U is one too "
        "sure, a hump one too unsure, a slope one that is off to one side: more on the left "
        "where it said too much, on the right where it said too little."
    )
    figure = pit_figure(counts)
    picture = Picture(f"{name}_pit", "Probability integral transform", words, figure)
    return [Part("Was it as sure as it should be?", pictures=[picture])]


def _verdict(backtest: Backtest) -> list[str]:
    from twin.forecast.backtest import OURS

    table = _together(backtest).set_index("method")
    ours, quantity = table.loc[OURS], backtest.section.quantity
    cells = len(backtest.forecasts[OURS])
    first = (
        f"The forecast of {quantity} was off by {ours['rmse']:.3g} (RMSE) over "
        f"{ours['points']:.0f} hidden values of {cells} experiment{'s' if cells > 1 else ''}; "
        f"{ours['coverage_90_percent']:.0f} % of them were within the 90 % interval."
    )
    others = table.drop(index=OURS)
    if not len(others):
        return [first, "No simple law could be laid beside it."]
    best = others.iloc[0]
    better = "better than" if ours["crps"] < best["crps"] else "not better than"
    place = 1 + list(table.index).index(OURS)
    return [
        first,
        f"By CRPS it is {better} the best of {len(others)} simple laws ({best.name}): "
        f"{ours['crps']:.3g} against {best['crps']:.3g}, place {place} of {len(table)}.",
    ]
