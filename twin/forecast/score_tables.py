"""Tables of scores: one row per quantity and cell, and one for all cells together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from twin.errors import DataError
from twin.forecast.bands import INTERVALS, Array, Band, numbers
from twin.forecast.forecast import Forecast
from twin.forecast.scores import (
    bias,
    coverage_bounds,
    crps,
    inside,
    interval_score,
    mae,
    pit,
    rmse,
)
from twin.forecast.thresholds import ThresholdTime, first_passage

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"
SCORE_COLUMNS = (
    "cell",
    "quantity",
    "points",
    "beyond",
    "rmse",
    "mae",
    "bias",
    "crps",
    "coverage_50_percent",
    "coverage_90_percent",
    "winkler_50",
    "winkler_90",
    "cells",
    "coverage_90_low_percent",
    "coverage_90_high_percent",
)


def score(forecast: Forecast, observed: Mapping[str, Any] | pd.DataFrame) -> pd.DataFrame:
    """Return the scores of one forecast, a row per quantity that was measured.

    Parameters
    ----------
    forecast : what was said
    observed : table with the axis of the forecast (``cycle``) and a column per quantity, NaN
        where it was not measured; columns that are not forecast are left out

    Returns
    -------
    pandas.DataFrame
        with `SCORE_COLUMNS`: number of points within the forecast and of those ``beyond`` its
        ends (not scored); RMSE, MAE, bias (forecast minus observed), CRPS and interval scores
        in the unit of the quantity; coverage in percent.

    Raises
    ------
    DataError
        if the axis is missing, nothing that is forecast was measured, or a number is none.
    """
    return score_cells({"": forecast}, {"": observed})


def score_cells(forecasts: Mapping[str, Forecast], observed: Mapping[str, Any]) -> pd.DataFrame:
    """Return the scores of several cells, and of all their points together.

    Parameters
    ----------
    forecasts : cell -> what was said
    observed : cell -> table as for `score`; cells without a forecast are left out

    Returns
    -------
    pandas.DataFrame
        with `SCORE_COLUMNS`; the rows of the cell ``"all"`` come last where there are several,
        with a 90 % interval for the true coverage from the cluster bootstrap over cells.

    Raises
    ------
    DataError
        as for `score`, or if no cell has both a forecast and measurements.
    """
    import pandas as pd

    shared = [cell for cell in forecasts if cell in observed]
    if not shared:
        said = f"forecasts of {_list(forecasts)}, measurements of {_list(observed)}"
        raise DataError(f"no cell has both: {said}; name them alike")
    points = [p for cell in shared for p in _points(cell, forecasts[cell], observed[cell])]
    rows = [p.row() for p in points]
    if len(shared) > 1:
        for quantity in dict.fromkeys(p.quantity for p in points):
            rows.append(_together([p for p in points if p.quantity == quantity]))
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


@dataclass(frozen=True)
class _Points:
    """Everything about the measured points of one quantity of one cell."""

    cell: str
    quantity: str
    beyond: int
    mean: Array
    y: Array
    crps: Array
    inside_50: Array
    inside_90: Array
    winkler_50: Array
    winkler_90: Array

    def row(self) -> dict[str, Any]:
        """Return a row of the table."""
        row: dict[str, Any] = {"cell": self.cell, "quantity": self.quantity}
        row |= {"points": self.y.size, "beyond": self.beyond, "cells": 1}
        if not self.y.size:
            return row
        errors = {f.__name__: f(self.mean, self.y) for f in (rmse, mae, bias)}
        return {
            **row,
            **errors,
            "crps": float(self.crps.mean()),
            "coverage_50_percent": 100 * float(self.inside_50.mean()),
            "coverage_90_percent": 100 * float(self.inside_90.mean()),
            "winkler_50": float(self.winkler_50.mean()),
            "winkler_90": float(self.winkler_90.mean()),
        }


def _points(cell: str, forecast: Forecast, observed: Any) -> list[_Points]:
    where = f"measurements of cell {cell}" if cell else "measurements"
    if forecast.x_name not in observed:
        raise DataError(f"{where}: no column '{forecast.x_name}', the axis of the forecast")
    x = numbers(observed[forecast.x_name], f"{where}, {forecast.x_name}")
    names = [name for name in forecast.quantities if name in observed]
    if not names:
        said = f"of {_list(forecast.quantities)} nothing was measured, but {_list(observed)}"
        raise DataError(f"{where}: {said}; name columns like the forecast")
    return [
        _of_quantity(cell, name, forecast.quantities[name], x, _column(observed[name], where, x))
        for name in names
    ]


def _column(given: ArrayLike, where: str, x: Array) -> Array:
    values = np.asarray(given, dtype=float)
    if values.shape != x.shape:
        raise DataError(f"{where}: {values.size} values at {x.size} places; give one for each")
    return values


def _of_quantity(cell: str, name: str, band: Band, x: Array, y: Array) -> _Points:
    known = ~np.isnan(y)
    within = known & (x >= band.x[0]) & (x <= band.x[-1])
    beyond = int(known.sum() - within.sum())
    if not within.any():
        return _Points(cell, name, beyond, *(np.empty(0) for _ in range(7)))
    at, values = x[within], y[within]
    unique, row = np.unique(at, return_inverse=True)
    scores = {"crps": crps(band, at, values)}
    for percent in INTERVALS:
        scores[f"inside_{percent}"] = inside(band, at, values, percent).astype(float)
        scores[f"winkler_{percent}"] = interval_score(band, at, values, percent)
    return _Points(cell, name, beyond, band.at(unique).mean[row], values, **scores)


def _together(points: list[_Points]) -> dict[str, Any]:
    arrays = {
        f.name: np.concatenate([getattr(p, f.name) for p in points])
        for f in fields(_Points)
        if f.name not in ("cell", "quantity", "beyond")
    }
    beyond = sum(p.beyond for p in points)
    row = _Points(ALL, points[0].quantity, beyond, **arrays).row()
    cells = [p.cell for p in points for _ in p.y]
    row["cells"] = len(set(cells))
    if cells:
        low, high = coverage_bounds(arrays["inside_90"], cells)
        row["coverage_90_low_percent"] = 100 * low
        row["coverage_90_high_percent"] = 100 * high
    return row


def pit_of(forecasts: Mapping[str, Forecast], observed: Mapping[str, Any], name: str) -> Array:
    """Return the PIT values [-] of one quantity over all cells, for `pit_histogram`.

    Parameters
    ----------
    forecasts, observed : as for `score_cells`
    name : the quantity
    """
    values = []
    for cell, forecast in forecasts.items():
        if cell not in observed or name not in forecast.quantities or name not in observed[cell]:
            continue
        band = forecast.quantities[name]
        x, y = (np.asarray(observed[cell][key], float) for key in (forecast.x_name, name))
        kept = ~np.isnan(y) & (x >= band.x[0]) & (x <= band.x[-1])
        if kept.any():
            values.append(pit(band, x[kept], y[kept]))
    return np.concatenate(values) if values else np.empty(0)


@dataclass(frozen=True)
class ThresholdScore:
    """How well the time to a threshold was forecast.

    Parameters
    ----------
    threshold : value to pass
    observed : where it was passed, infinite if not within the measurements
    observed_until : last place that was measured
    median : forecast place, infinite if beyond the horizon
    error : median minus observed, or a bound of it, or NaN
    error_is : ``"exact"``, ``"at most"``, ``"at least"`` or ``"unknown"``
    inside_50, inside_90 : whether the interval held the place; ``None`` where the measurements
        end too early to say. All places beyond the horizon count as one
    """

    threshold: float
    observed: float
    observed_until: float
    median: float
    error: float
    error_is: str
    inside_50: bool | None
    inside_90: bool | None


def score_threshold(time: ThresholdTime, x: ArrayLike, y: ArrayLike) -> ThresholdScore:
    """Return how well the time to a threshold was forecast, also where it was not reached.

    Parameters
    ----------
    time : the forecast
    x : places of the measurements, not decreasing
    y : what was measured there, straight in between

    Raises
    ------
    DataError
        as for `first_passage`.
    """
    observed = first_passage(x, y, time.threshold, time.direction)
    until = float(numbers(x, "x")[-1])
    error, error_is = _threshold_error(time, observed, until)
    held = {p: _holds(time.interval(p), time.horizon, observed, until) for p in INTERVALS}
    return ThresholdScore(
        time.threshold, observed, until, time.median, error, error_is, held[50], held[90]
    )


def _threshold_error(time: ThresholdTime, observed: float, until: float) -> tuple[float, str]:
    if math.isfinite(time.median):
        if math.isfinite(observed):
            return time.median - observed, "exact"
        if time.median < until:
            return time.median - until, "at most"
    elif observed < time.horizon:
        return time.horizon - observed, "at least"
    return math.nan, "unknown"


def _holds(
    interval: tuple[float, float], horizon: float, observed: float, until: float
) -> bool | None:
    low, high = interval
    if math.isfinite(observed) or until >= horizon:
        place = observed if observed <= horizon else math.inf
        return low <= place <= high
    if high <= until:
        return False
    return True if low <= until and math.isinf(high) else None


def _list(names: Any) -> str:
    return ", ".join(map(str, list(names)[:8])) or "nothing"
