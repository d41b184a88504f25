"""Calibration: parameters of a cell from what was measured on it, and how sure they are."""

from twin.estimation.fitting import Fitted, fit, load_fitted
from twin.estimation.posterior import Estimate, Posterior, estimates, tied
from twin.estimation.reading import load_fit
from twin.estimation.sections import FitStudy

__all__ = [
    "Estimate",
    "FitStudy",
    "Fitted",
    "Posterior",
    "estimates",
    "fit",
    "load_fit",
    "load_fitted",
    "tied",
]
