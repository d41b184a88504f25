"""A backtest: part of the measurements is hidden, forecast, and scored beside the baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import StudyError, nearest
from twin.estimation.fitting import Fitted, fit
from twin.estimation.observations import Series, observations
from twin.estimation.running import Journal
from twin.estimation.sections import AGES, BacktestSection, FitStudy
from twin.forecast.bands import Array
from twin.forecast.baselines import baselines
from twin.forecast.forecast import Forecast
from twin.forecast.from_fit import forecast
from twin.forecast.score_tables import score_cells

if TYPE_CHECKING:
    import pandas as pd

OURS = "physics"


@dataclass(frozen=True)
class Backtest:
    """What was hidden, what was forecast, and how well.

    Parameters
    ----------
    section : what was hidden
    fitted : the fit to the rest
    hidden, shown : measurements that were hidden, and those that were not
    forecasts : method -> experiment -> forecast; ``physics`` is ours
    scores : one row per method: RMSE, CRPS, coverage and so on
    """

    section: BacktestSection
    fitted: Fitted
    hidden: tuple[Series, ...]
    shown: tuple[Series, ...]
    forecasts: Mapping[str, Mapping[str, Forecast]]
    scores: pd.DataFrame

    @property
    def seconds(self) -> float:
        """Return how long the fit took."""
        return self.fitted.seconds


def backtest(
    study: FitStudy,
    name: str,
    out: str | Path | None = None,
    *,
    jobs: int | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Backtest:
    """Hide measurements, fit the rest, forecast what was hidden, and score it.

    Parameters
    ----------
    study : the fit, with its backtests
    name : which of them
    out : folder that keeps the simulations
    jobs : processes; by default one for each core
    tell : is called with a line for each thing that happens

    Raises
    ------
    StudyError
        for a backtest that is not there, or that hides nothing.
    """
    section = _section(study, name)
    folder = None if out is None else Path(out)
    shown, hidden = _split(study, observations(study), section)
    if not any(s.quantity == section.quantity for s in hidden):
        raise StudyError([f"backtests.{name}: it hides no {section.quantity}"], study.name)
    journal = Journal(folder)
    fitted = fit(study, None, jobs=jobs, tell=tell, series=shown, journal=journal)
    scored = [s for s in hidden if s.quantity == section.quantity]
    settings = study.forecast.model_copy(
        update={
            "experiments": tuple(s.experiment for s in scored),
            "quantities": tuple(dict.fromkeys(s.quantity for s in hidden if s.age in AGES)),
        }
    )
    x = {s.experiment: _ages(hidden, s.experiment) for s in scored}
    ours = forecast(fitted, settings, jobs=jobs, journal=journal, tell=tell, x=x)
    found: dict[str, dict[str, Forecast]] = {OURS: ours}
    found |= _baselines(shown, scored, section.quantity, x)
    return Backtest(
        section, fitted, tuple(hidden), tuple(shown), found, _scores(found, scored, section)
    )


def _section(study: FitStudy, name: str) -> BacktestSection:
    names = [test.name for test in study.backtests]
    if name not in names:
        raise StudyError(
            [f"there is no backtest '{name}'; there are {', '.join(names)}{nearest(name, names)}"],
            study.name,
        )
    return study.backtests[names.index(name)]


def _row(study: FitStudy, series: Series) -> int:
    """Return the row of the table of cycles that a measured curve is of."""
    return study.experiment(series.experiment).curves[series.curve or 0].sequence


def _split(
    study: FitStudy, series: Sequence[Series], section: BacktestSection
) -> tuple[list[Series], list[Series]]:
    """Return what is shown to the fit and what is hidden from it."""
    shown, hidden = [], []
    for one in series:
        if one.experiment in section.hide_experiments:
            hidden.append(one)
            continue
        after = section.hide_after.get(one.experiment, section.hide_after.get("all"))
        if after is None:
            shown.append(one)
            continue
        if one.age not in AGES:  # a curve of row n is of cycle n at the latest
            (shown if _row(study, one) <= after else hidden).append(one)
            continue
        shown.append(one.until(after))
        hidden.append(one.beyond(after))
    return [s for s in shown if s.x.size], [s for s in hidden if s.x.size]


def _ages(hidden: Sequence[Series], experiment: str) -> Array:
    """Return every age at which something of an experiment is hidden, from zero."""
    own = [s.x for s in hidden if s.experiment == experiment and s.age in AGES]
    return np.unique(np.concatenate([np.zeros(1), *own]))


def _baselines(
    shown: Sequence[Series], scored: Sequence[Series], quantity: str, x: Mapping[str, Array]
) -> dict[str, dict[str, Forecast]]:
    """Return what the baselines make of the same measurements."""
    found: dict[str, dict[str, Forecast]] = {}
    of_quantity = [s for s in shown if s.quantity == quantity]
    for name in (s.experiment for s in scored):
        own = next(((s.x, s.y) for s in of_quantity if s.experiment == name), None)
        others = [(s.x, s.y) for s in of_quantity if s.experiment != name]
        for method, band in baselines(own, others, x[name]).items():
            found.setdefault(method, {})[name] = Forecast({quantity: band})
    return {method: cells for method, cells in found.items() if len(cells) == len(scored)}


def _scores(
    found: Mapping[str, Mapping[str, Forecast]],
    scored: Sequence[Series],
    section: BacktestSection,
) -> pd.DataFrame:
    import pandas as pd

    observed = {s.experiment: {"cycle": s.x, section.quantity: s.y} for s in scored}
    rows = []
    for method, cells in found.items():
        only = {
            name: Forecast({section.quantity: cell.quantities[section.quantity]})
            for name, cell in cells.items()
        }
        table = score_cells(only, observed)
        rows.append(table.assign(method=method))
    return pd.concat(rows, ignore_index=True)
