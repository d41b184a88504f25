r"""A Gaussian process as a law of fade: a straight line plus smooth deviations.

Prior covariance of the standardised quantity over the standardised axis: that of a line with
unknown offset and slope, a Matérn kernel of order 5/2, and independent scatter; a line as mean
and Matérn kernels are usual practice for fade [1]_. Length and sizes are those of the largest
marginal likelihood [2]_, searched from several starts within bounds. Far beyond the
measurements the forecast is the line, with the spread of line and deviations.

References
----------
.. [1] R. R. Richardson, M. A. Osborne, D. A. Howey, "Gaussian process regression for forecasting
   battery state of health," J. Power Sources 357, 209 (2017).
   doi:10.1016/j.jpowsour.2017.05.004
.. [2] C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning (MIT Press,
   2006), chapter 5.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from twin.forecast.bands import Array, Band, places
from twin.forecast.laws import Fit, Wide, measurements, too_few

LEAST = 4
_LENGTH = (0.1, 10.0)  # of the measured span
_SIZE = (1e-6, 10.0)  # variance of the deviations, by that of the measurements
_SCATTER = (1e-8, 1.0)
_LINE = 10.0  # prior standard deviation of offset and slope, in the same units
_STARTS = 2


@dataclass(frozen=True)
class GaussianProcess:
    """A line plus smooth deviations; at least four places.

    Parameters
    ----------
    noise : least scatter of a measurement, in the unit of the quantity
    """

    noise: float = 0.0

    def fit(self, x: ArrayLike, y: ArrayLike) -> Fit:
        """Return the fit to measurements ``y`` at ``x``."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor

        at, values = measurements(x, y)
        if np.unique(at).size < LEAST:
            return Wide.about(at, values, too_few(at, LEAST))
        scale = float(values.std()) or 1.0
        least = max((self.noise / scale) ** 2, _SCATTER[0])
        process = GaussianProcessRegressor(
            _kernel(least), alpha=1e-10, n_restarts_optimizer=_STARTS, random_state=0
        )
        units = (float(at[0]), float(at[-1] - at[0]), float(values.mean()), scale)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                process.fit(_column(at, units), (values - units[2]) / scale)
        except np.linalg.LinAlgError:
            reason = "the covariance of the Gaussian process could not be factorised"
            return Wide.about(at, values, reason)
        return ProcessFit(process, units)


@dataclass(frozen=True, eq=False)
class ProcessFit:
    """A Gaussian process after its fit.

    Parameters
    ----------
    process : scikit-learn's, over standardised values
    units : first place, measured span; mean and standard deviation of the measurements
    """

    process: Any
    units: tuple[float, float, float, float]
    reason: str = ""

    def forecast(self, x_new: ArrayLike) -> Band:
        """Return the band of a measurement at each new place."""
        x = places(x_new, "x to forecast")
        mean, sd = self.process.predict(_column(x, self.units), return_std=True)
        return Band.from_normal(x, self.units[2] + self.units[3] * mean, self.units[3] * sd)

    def curves(self, x_new: ArrayLike, count: int, generator: np.random.Generator) -> Array:
        """Return draws of the curve without scatter, shape (count, length of ``x_new``)."""
        x = places(x_new, "x to forecast")
        mean, covariance = self.process.predict(_column(x, self.units), return_cov=True)
        smooth = covariance - self.process.kernel_.k2.noise_level * np.eye(x.size)
        values, vectors = np.linalg.eigh((smooth + smooth.T) / 2)
        root = vectors * np.sqrt(np.maximum(values, 0))
        normal = generator.standard_normal((count, x.size))
        return np.asarray(self.units[2] + self.units[3] * (mean + normal @ root.T))


def _kernel(least: float) -> Any:
    from sklearn.gaussian_process.kernels import (
        ConstantKernel,
        DotProduct,
        Matern,
        WhiteKernel,
    )

    line = ConstantKernel(_LINE**2, "fixed") * DotProduct(1.0, "fixed")
    smooth = ConstantKernel(0.1, _SIZE) * Matern(1.0, _LENGTH, nu=2.5)
    scatter = WhiteKernel(max(1e-3, least), (least, max(_SCATTER[1], 10 * least)))
    return (line + smooth) + scatter


def _column(x: Array, units: tuple[float, float, float, float]) -> Array:
    return ((x - units[0]) / units[1])[:, None]
