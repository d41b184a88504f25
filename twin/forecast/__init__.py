"""Forecasts that say how sure they are: bands, baselines, knees, thresholds and scores.

What is public here is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.forecast.bands import Band
    from twin.forecast.baselines import BASELINES
    from twin.forecast.forecast import Forecast, read_forecast, read_forecasts, write_forecasts
    from twin.forecast.gaussian_process import GaussianProcess
    from twin.forecast.knee import Knee, KneeForecast, find_knee, knee_of_draws
    from twin.forecast.laws import LastValue, Linear, SquareRoot
    from twin.forecast.population import NearestNeighbours, PopulationMean
    from twin.forecast.score_tables import (
        ThresholdScore,
        pit_of,
        score,
        score_cells,
        score_threshold,
    )
    from twin.forecast.scores import (
        coverage_bounds,
        crps,
        inside,
        interval_score,
        mae,
        pit,
        pit_histogram,
        rmse,
    )
    from twin.forecast.separable_laws import DoubleExponential, PowerLaw
    from twin.forecast.thresholds import (
        ThresholdTime,
        first_passage,
        time_of_band,
        time_to_threshold,
    )

_WHERE = {
    "Band": "twin.forecast.bands",
    "BASELINES": "twin.forecast.baselines",
    "Forecast": "twin.forecast.forecast",
    "read_forecast": "twin.forecast.forecast",
    "read_forecasts": "twin.forecast.forecast",
    "write_forecasts": "twin.forecast.forecast",
    "GaussianProcess": "twin.forecast.gaussian_process",
    "Knee": "twin.forecast.knee",
    "KneeForecast": "twin.forecast.knee",
    "find_knee": "twin.forecast.knee",
    "knee_of_draws": "twin.forecast.knee",
    "LastValue": "twin.forecast.laws",
    "Linear": "twin.forecast.laws",
    "SquareRoot": "twin.forecast.laws",
    "NearestNeighbours": "twin.forecast.population",
    "PopulationMean": "twin.forecast.population",
    "ThresholdScore": "twin.forecast.score_tables",
    "pit_of": "twin.forecast.score_tables",
    "score": "twin.forecast.score_tables",
    "score_cells": "twin.forecast.score_tables",
    "score_threshold": "twin.forecast.score_tables",
    "coverage_bounds": "twin.forecast.scores",
    "crps": "twin.forecast.scores",
    "inside": "twin.forecast.scores",
    "interval_score": "twin.forecast.scores",
    "mae": "twin.forecast.scores",
    "pit": "twin.forecast.scores",
    "pit_histogram": "twin.forecast.scores",
    "rmse": "twin.forecast.scores",
    "DoubleExponential": "twin.forecast.separable_laws",
    "PowerLaw": "twin.forecast.separable_laws",
    "ThresholdTime": "twin.forecast.thresholds",
    "first_passage": "twin.forecast.thresholds",
    "time_of_band": "twin.forecast.thresholds",
    "time_to_threshold": "twin.forecast.thresholds",
}
__all__ = [
    "BASELINES",
    "Band",
    "DoubleExponential",
    "Forecast",
    "GaussianProcess",
    "Knee",
    "KneeForecast",
    "LastValue",
    "Linear",
    "NearestNeighbours",
    "PopulationMean",
    "PowerLaw",
    "SquareRoot",
    "ThresholdScore",
    "ThresholdTime",
    "coverage_bounds",
    "crps",
    "find_knee",
    "first_passage",
    "inside",
    "interval_score",
    "knee_of_draws",
    "mae",
    "pit",
    "pit_histogram",
    "pit_of",
    "read_forecast",
    "read_forecasts",
    "rmse",
    "score",
    "score_cells",
    "score_threshold",
    "time_of_band",
    "time_to_threshold",
    "write_forecasts",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'twin.forecast' has no attribute {name!r}")
