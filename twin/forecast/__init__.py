"""Forecasts that say how sure they are: bands, baselines, knees, thresholds and scores."""

from twin.forecast.bands import Band
from twin.forecast.forecast import Forecast, read_forecast, read_forecasts, write_forecasts
from twin.forecast.thresholds import (
    ThresholdTime,
    first_passage,
    time_of_band,
    time_to_threshold,
)

__all__ = [
    "Band",
    "Forecast",
    "ThresholdTime",
    "first_passage",
    "read_forecast",
    "read_forecasts",
    "time_of_band",
    "time_to_threshold",
    "write_forecasts",
]
