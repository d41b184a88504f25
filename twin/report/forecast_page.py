"""The page of a forecast: what it says, how sure it is, and when thresholds are passed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from twin.report.forecast_figures import (
    AGES,
    Panel,
    Points,
    life_figure,
)
from twin.report.sheets import Part, Picture, Sheet, write_sheets
from twin.report.tables import general

if TYPE_CHECKING:
    from twin.estimation.observations import Series
    from twin.estimation.sections import FitStudy
    from twin.forecast.forecast import Forecast
    from twin.forecast.thresholds import ThresholdTime

BAND = (
    "Blue: the forecast of what a measurement would show, as its mean and the 50 and 90 % "
    "intervals. They hold what the fit leaves open about the parameters, the spread between "
    "specimens where the cell was not measured, what the model leaves out, and noise."
)
THRESHOLD = (
    "Dotted: thresholds; the thick orange line is the 90 % interval of when the cell itself, "
    "without the noise of a measurement, first passes it."
)
BEYOND = "A dash stands for beyond the horizon: the forecast ends before."


def write_forecast_page(
    study: FitStudy, forecasts: Mapping[str, Forecast], out: str | Path
) -> Path:
    """Write ``forecast.html`` with its figures and tables, and return its path.

    Parameters
    ----------
    study : the fit that the forecasts are of
    forecasts : experiment -> forecast
    out : folder

    Raises
    ------
    DataError
        where the measurements cannot be read.
    """
    from twin.estimation.observations import observations

    series = observations(study)
    quantities = list(dict.fromkeys(q for one in forecasts.values() for q in one.quantities))
    pictures = [
        picture
        for quantity in quantities
        for picture in _pictures(quantity, forecasts, series, study.name)
    ]
    times = _times(forecasts)
    sections = [
        Part("Forecasts", pictures=pictures),
        *([Part("When thresholds are passed", sheets=[_time_sheet(times)])] if times else []),
        *_knees(forecasts),
        Part("Values", sheets=[_values(forecasts)]),
        Part("How it was made", lines=_made(forecasts)),
    ]
    title = f"Forecast: {study.name}"
    return write_sheets(Path(out) / "forecast.html", title, _answer(forecasts), sections)


def by_age(names: Iterable[str], age_of: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the experiments of each age."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(age_of[name], []).append(name)
    return found


def points_of(
    series: Sequence[Series], experiment: str, quantity: str, *, hidden: bool = False
) -> list[Points]:
    """Return what was measured over the life of an experiment."""
    return [
        Points(s.x, s.y, hidden)
        for s in series
        if s.experiment == experiment and s.quantity == quantity and s.curve is None
    ]


# -- forecasts -----------------------------------------------------------------------


def ages_of(forecasts: Mapping[str, Forecast]) -> dict[str, str]:
    """Return by what each experiment's age is counted."""
    return {name: str(one.metadata.get("age", one.x_name)) for name, one in forecasts.items()}


def _pictures(
    quantity: str, forecasts: Mapping[str, Forecast], series: Sequence[Series], name: str
) -> list[Picture]:
    """Return the pictures of one quantity, one for each kind of age."""
    has = [n for n, one in forecasts.items() if quantity in one.quantities]
    groups = by_age(has, ages_of(forecasts))
    found = []
    for age, names in groups.items():
        shown = [
            Panel(
                experiment,
                points_of(series, experiment, quantity),
                band=forecasts[experiment].quantities[quantity],
                times=forecasts[experiment].thresholds.get(quantity, ()),
            )
            for experiment in names
        ]
        words = f"{BAND} Points: what was measured. "
        words += THRESHOLD if any(panel.times for panel in shown) else ""
        suffix = f"_{age}" if len(groups) > 1 else ""
        title = f"{quantity} over {AGES.get(age, age).partition(' [')[0].lower()}"
        figure = life_figure(shown, quantity, age)
        found.append(Picture(f"forecast_{quantity}{suffix}", title, words, figure))
    return found


def _times(forecasts: Mapping[str, Forecast]) -> list[tuple[str, str, ThresholdTime]]:
    return [
        (name, quantity, time)
        for name, one in forecasts.items()
        for quantity, times in one.thresholds.items()
        for time in times
    ]


def _time_sheet(times: Sequence[tuple[str, str, ThresholdTime]]) -> Sheet:
    import pandas as pd

    rows = [
        {
            "experiment": name,
            "quantity": quantity,
            "threshold": time.threshold,
            "5 %": time.q05,
            "25 %": time.q25,
            "median": time.median,
            "75 %": time.q75,
            "95 %": time.q95,
            "not passed by the horizon [%]": 100 * time.probability_not_reached,
            "horizon": time.horizon,
        }
        for name, quantity, time in times
    ]
    hint = (
        "Quantiles of the age at which the quantity of the cell itself first passes the "
        f"threshold, in the age of the figure. {BEYOND}"
    )
    return Sheet("forecast_thresholds", "", hint, pd.DataFrame(rows))


def _knees(forecasts: Mapping[str, Forecast]) -> list[Part]:
    import pandas as pd

    rows = [
        {
            "experiment": name,
            "probability of a knee [%]": 100 * knee["probability"],
            **{key: _number(knee[k]) for key, k in _KNEE.items()},
        }
        for name, one in forecasts.items()
        if (knee := one.metadata.get("knee"))
    ]
    if not rows:
        return []
    hint = (
        "A knee is a bend after which the capacity falls at least twice as fast as before and "
        "comes to lie at least 2 % below where it was heading. Quantiles of its age are of the "
        "lives that have one; a dash where none has."
    )
    return [Part("Knees", sheets=[Sheet("forecast_knees", "", hint, pd.DataFrame(rows), 3)])]


_KNEE = {"5 %": "q05", "median": "median", "95 %": "q95"}


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _values(forecasts: Mapping[str, Forecast]) -> Sheet:
    """Return the bands at the last age on the page; all of them are in ``forecast.json``."""
    import pandas as pd

    rows = [
        {
            "experiment": name,
            "quantity": quantity,
            "at age": one.x[-1],
            "mean": band.mean[-1],
            **{f"{key[1:].lstrip('0')} %": getattr(band, key)[-1] for key in _BANDS},
        }
        for name, one in forecasts.items()
        for quantity, band in one.quantities.items()
    ]
    hint = "At the horizon, in the unit of the quantity; forecast.json has every age."
    return Sheet("forecast_values", "", hint, pd.DataFrame(rows))


_BANDS = ("q05", "q25", "q75", "q95")


def _made(forecasts: Mapping[str, Forecast]) -> list[str]:
    lines = []
    for name, one in forecasts.items():
        draws, died = one.metadata.get("draws"), one.metadata.get("lives_ended_early", 0)
        text = f"{name}: {draws} lives were simulated, one for each draw of the parameters"
        lines.append(f"{text}; {died} of them ended early and go on straight." if died else text)
    return lines


def _answer(forecasts: Mapping[str, Forecast]) -> list[str]:
    """Return the sentences that matter most, for at most six experiments."""
    found = []
    for name, quantity, time in _times(forecasts)[:6]:
        limit, end = f"{quantity} first passes {time.threshold:g}", time.horizon
        if math.isinf(time.median):
            chance = 100 * (1 - time.probability_not_reached)
            found.append(
                f"{name}: {limit} beyond {end:g}; by then with {chance:.0f} % probability."
            )
            continue
        low, high = (_age(place, end) for place in time.interval(90))
        middle = _age(time.median, end)
        found.append(f"{name}: {limit} at {middle} (90 % interval {low} to {high}).")
    count = len(forecasts)
    return found or [f"{count} experiment{'s' if count > 1 else ''} forecast; no threshold asked."]


def _age(value: float, horizon: float) -> str:
    return general(value, 3) if math.isfinite(value) else f"beyond {general(horizon)}"
