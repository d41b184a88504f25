r"""Simple laws of fade that a model has to beat, each with honest intervals.

``law.fit(x, y)`` returns a fit, and its ``forecast(x_new)`` a `Band` for a measurement there:
uncertain parameters plus the scatter of the measurements. The laws that are linear in their
parameters,

.. math::

    y = c_0 - k \sqrt{n} \quad\text{(`SquareRoot`)}, \qquad
    y = c_0 - k\, n \quad\text{(`Linear`)},

are fitted by least squares; with :math:`\nu` degrees of freedom and a scatter :math:`s` the
forecast is Student's t with the variance :math:`s^2 (1 + \phi^T (X^T X)^{-1} \phi)`, exact if
the law is true and the scatter independent and normal. The square root of time is the law of
growth limited by diffusion through a film [1]_.

What cannot be fitted (too few points) gives a wide band about the last value, with the reason.

References
----------
.. [1] H. J. Ploehn, P. Ramadass, R. E. White, "Solvent diffusion model for aging of
   lithium-ion battery cells," J. Electrochem. Soc. 151, A456 (2004). doi:10.1149/1.1644601
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from twin.errors import DataError
from twin.forecast.bands import LEVELS, Array, Band, numbers, places

WIDE = 0.1
_LEVELS = np.array(list(LEVELS.values()))


class Fit(Protocol):
    """A law that was fitted to the measurements of one cell."""

    @property
    def reason(self) -> str:
        """Why the forecast is wider than the law would give, or ""."""

    def forecast(self, x_new: ArrayLike) -> Band:
        """Return the band of a measurement at each new place."""

    def curves(self, x_new: ArrayLike, count: int, generator: np.random.Generator) -> Array:
        """Return draws of the curve without scatter, shape (count, length of ``x_new``)."""


class Law(Protocol):
    """A law that can be fitted."""

    def fit(self, x: ArrayLike, y: ArrayLike) -> Fit:
        """Return the fit to measurements ``y`` at ``x``."""


@dataclass(frozen=True, eq=False)
class StudentFit:
    """A law that is linear in its parameters, after least squares.

    Parameters
    ----------
    powers : powers of ``x`` that are added
    parameters : factor of each
    covariance : covariance of the parameters for a scatter of one
    scatter : standard deviation of a measurement about the law
    freedom : degrees of freedom
    """

    powers: tuple[float, ...]
    parameters: Array
    covariance: Array
    scatter: float
    freedom: int
    reason: str = ""

    def forecast(self, x_new: ArrayLike) -> Band:
        """Return the band of a measurement at each new place."""
        x = places(x_new, "x to forecast")
        design = _design(x, self.powers)
        variance = np.einsum("ni,ij,nj->n", design, self.covariance, design)
        sd = self.scatter * np.sqrt(1 + variance)
        return Band.spread(x, design @ self.parameters, sd, student(self.freedom).ppf(_LEVELS))

    def curves(self, x_new: ArrayLike, count: int, generator: np.random.Generator) -> Array:
        """Return draws of the curve without scatter, shape (count, length of ``x_new``)."""
        design = _design(places(x_new, "x to forecast"), self.powers)
        scatter = self.scatter * np.sqrt(self.freedom / generator.chisquare(self.freedom, count))
        root = np.linalg.cholesky(self.covariance)
        normal = generator.standard_normal((count, len(self.powers)))
        return np.asarray((self.parameters + scatter[:, None] * (normal @ root.T)) @ design.T)


@dataclass(frozen=True)
class _LinearLaw:
    """A sum of powers of ``x``; ``noise`` is the least scatter that a measurement has."""

    noise: float = 0.0
    powers = (0.0, 1.0)

    def fit(self, x: ArrayLike, y: ArrayLike) -> Fit:
        """Return the fit to measurements ``y`` at ``x``, which is not negative."""
        at, values = measurements(x, y)
        if at[0] < 0:
            raise DataError(f"x of the measurements, value 1: {at[0]:g}; count from zero")
        size = len(self.powers)
        if np.unique(at).size < size or at.size <= size:
            return Wide.about(at, values, too_few(at, size + 1))
        design = _design(at, self.powers)
        scale = np.abs(design).max(axis=0)
        parameters = np.linalg.lstsq(design / scale, values)[0] / scale
        freedom = at.size - size
        scatter = np.sqrt(np.sum((values - design @ parameters) ** 2) / freedom)
        covariance: Array = np.asarray(np.linalg.inv(design.T @ design), dtype=float)
        least = max(float(scatter), self.noise)
        return StudentFit(self.powers, parameters, covariance, least, freedom)


class Linear(_LinearLaw):
    """Fade in proportion to ``x``: ``c0 - k x``, for at least three points."""

    powers = (0.0, 1.0)


class SquareRoot(_LinearLaw):
    """Fade with the square root of ``x``: ``c0 - k sqrt(x)``, for at least three points."""

    powers = (0.0, 0.5)


@dataclass(frozen=True)
class LastValue:
    r"""Persistence: nothing changes any more.

    The spread is as if the cell went on at its mean past rate, up or down: a standard deviation
    of :math:`\sqrt{s^2 + (r h)^2}` at a distance :math:`h` after the last point, with the rate
    :math:`r` and the scatter :math:`s` of a straight line through all points.
    """

    noise: float = 0.0

    def fit(self, x: ArrayLike, y: ArrayLike) -> Fit:
        """Return the fit to measurements ``y`` at ``x``; at least three points."""
        at, values = measurements(x, y)
        if at.size < 3 or np.unique(at).size < 2:
            return Wide.about(at, values, too_few(at, 3))
        rate, _ = slope = np.polyfit(at - at[0], values, 1)
        scatter = np.sqrt(np.sum((values - np.polyval(slope, at - at[0])) ** 2) / (at.size - 2))
        return Wide(at[-1], values[-1], max(float(scatter), self.noise), abs(float(rate)))


@dataclass(frozen=True)
class Wide:
    """A normal band about a value, wider with the distance from a place.

    Parameters
    ----------
    place, value : last place, and the value there
    scatter : standard deviation at the place
    rate : growth of the standard deviation with distance, added in squares
    reason : why there is no better forecast, or ""
    """

    place: float
    value: float
    scatter: float
    rate: float
    reason: str = ""

    @classmethod
    def about(cls, x: Array, y: Array, reason: str) -> Wide:
        """Return a band about the last value that is wide: a tenth of the largest value.

        It grows by another tenth over every distance as long as the measurements lasted.
        """
        spread = WIDE * (float(np.abs(y).max()) or 1.0)
        span = float(x[-1] - x[0]) or abs(float(x[-1])) or 1.0
        return cls(float(x[-1]), float(y[-1]), spread, spread / span, reason)

    def _sd(self, x: Array) -> Array:
        return np.asarray(np.hypot(self.scatter, self.rate * (x - self.place)))

    def forecast(self, x_new: ArrayLike) -> Band:
        """Return the band of a measurement at each new place."""
        x = places(x_new, "x to forecast")
        return Band.from_normal(x, self.value, self._sd(x), self.reason)

    def curves(self, x_new: ArrayLike, count: int, generator: np.random.Generator) -> Array:
        """Return draws of the curve, straight lines from the last value."""
        x = places(x_new, "x to forecast")
        normal = generator.standard_normal((count, 1))
        start = 0.0 if not self.reason else self.scatter
        offset = start * generator.standard_normal((count, 1))
        return np.asarray(self.value + offset + normal * self.rate * (x - self.place))


def measurements(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Return checked measurements; a place may be given twice.

    Raises
    ------
    DataError
        for values that are not finite, of another number, or an ``x`` that decreases; values
        count from 1.
    """
    at, values = numbers(x, "x of the measurements"), numbers(y, "measurements")
    if at.size != values.size:
        raise DataError(f"{values.size} measurements at {at.size} places; give pairs")
    falls = np.diff(at) < 0
    if falls.any():
        row = int(np.argmax(falls)) + 1
        raise DataError(
            f"x of the measurements, value {row + 1}: {at[row]:g} comes after {at[row - 1]:g}; "
            "sort the measurements by x"
        )
    return at, values


def too_few(x: Array, least: int) -> str:
    """Return the reason for a wide band where points are too few."""
    return f"{x.size} points at {np.unique(x).size} places; this law needs at least {least}"


def _design(x: Array, powers: tuple[float, ...]) -> Array:
    return np.stack([x**power for power in powers], axis=1)
