r"""Errors of a fitted curve that hang together along the charge, and what they do to the fit.

What is left when a voltage curve is fitted is mostly the error of the half-cells and of the
overpotential. Neighbouring points are wrong together, so that ten times the points do not tell
ten times as much. The errors are taken as a process with the covariance

.. math::

    C_{ij} &= \sigma^2 \left[ (1-\eta)\, a_i a_j\, k(|s_i - s_j| / \ell)
        + \eta\,\delta_{ij} \right], \\
    a_i^2 &= 1 + \kappa\, (V'_i / \bar V')^2,

with :math:`s` the share of the charge, 0 to 1; :math:`a` lets errors grow where the voltage is
steep, where an error in charge is one in voltage. Shape :math:`k` (rough or smooth), length
:math:`\ell`, white share :math:`\eta` and steepness :math:`\kappa` are not fixed but weighed on a
grid, each by its restricted likelihood (the likelihood of what the fitted parameters leave;
H. D. Patterson and R. Thompson, Biometrika 58, 545 (1971), doi:10.1093/biomet/58.3.545), so that
the intervals count that these are known only roughly. A constant shift as large as the drift is
allowed for.

An error that the free numbers can follow leaves no residual. The stoichiometry at the surface of
the particles is such a one: a current shifts it from the mean, by some thousandths at C/20. So a
smooth error in the stoichiometry of each electrode is added, in volts by the slopes of the
potentials, with the standard deviation `STOICHIOMETRY` and `PER_RATE` for each 1/h of C-rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

Numbers = NDArray[np.float64]
LENGTHS = (0.03, 0.1, 0.3, 1.0)
WHITE = (0.002, 0.03, 0.3, 0.999)
STEEP = (0.0, 0.1)
SHIFT = 1.0  # variance of a constant shift, beside that of the drift
SLOPE_CAP = 30.0  # a slope counts at most so many times the median one
STOICHIOMETRY, PER_RATE = 0.001, 0.02  # standard deviation of the stoichiometries
STOICHIOMETRY_LENGTH = 0.5  # of the charge, over which that error changes
LEAST = 1e-3  # candidates with less weight are left out


@dataclass(frozen=True)
class Candidate:
    """One covariance of the errors [V2], with its weight among the candidates."""

    covariance: Numbers
    weight: float
    length: float
    white: float


@dataclass(frozen=True)
class ErrorModel:
    """The errors along a curve.

    Parameters
    ----------
    candidates : for the covariance of what the residuals show; weights add up to one
    hidden : factor whose product with its transpose is the covariance of the errors that leave
        no residual, shape (points, 2 points) [V]
    """

    candidates: tuple[Candidate, ...]
    hidden: Numbers

    @property
    def precision(self) -> Numbers:
        """Return the mean of the inverses of the candidates, hidden errors added [V-2]."""
        hidden = self.hidden @ self.hidden.T
        parts = [c.weight * np.linalg.inv(c.covariance + hidden) for c in self.candidates]
        return np.asarray(sum(parts))

    @property
    def seen(self) -> Numbers:
        """Return the mean covariance of the errors that residuals show [V2]."""
        return np.asarray(sum(c.weight * c.covariance for c in self.candidates))

    @property
    def covariance(self) -> Numbers:
        """Return the covariance of all errors [V2]."""
        return self.seen + self.hidden @ self.hidden.T

    @property
    def length(self) -> float:
        """Return the length over which errors hang together, in shares of the charge."""
        return float(sum(c.weight * c.length for c in self.candidates))


def rough(distance: Numbers) -> Numbers:
    """Return a correlation that falls at once: errors without a slope."""
    return np.exp(-distance)


def smooth(distance: Numbers) -> Numbers:
    """Return a correlation that falls slowly at first: errors with a slope (Matern 3/2)."""
    scaled = np.sqrt(3.0) * distance
    return np.asarray((1 + scaled) * np.exp(-scaled))


def error_model(
    share: Numbers, slope: Numbers, residual: Numbers, jacobian: Numbers, rate: float = 0.0
) -> ErrorModel:
    """Return what the residuals of a fit say of the errors of its points.

    Parameters
    ----------
    share : places of the points along the curve, 0 to 1
    slope : of the voltage over the share [V]
    residual : measured less fitted voltage [V]
    jacobian : change of the fitted voltage per change of each parameter, the stoichiometries of
        the negative and of the positive at both ends first
    rate : of the current, a full charge in one hour being one [1/h]
    """
    distance = np.abs(share[:, None] - share[None, :])
    steep = np.minimum(np.abs(slope) / np.median(np.abs(slope)), SLOPE_CAP)
    scaled = jacobian / np.linalg.norm(jacobian, axis=0)
    together = np.column_stack([scaled, residual])
    found = []
    for shape_of, length, kappa in product((rough, smooth), LENGTHS, STEEP):
        size = np.sqrt(1 + kappa * steep**2)
        shape = np.outer(size, size) * shape_of(distance / length)
        for white in WHITE:
            kernel = (1 - white) * (shape + SHIFT)
            kernel[np.diag_indices_from(kernel)] += white
            likelihood, variance = _restricted_likelihood(kernel, together)
            found.append((likelihood, variance * kernel, length, white))
    best = max(entry[0] for entry in found)
    weights = np.array([np.exp(entry[0] - best) for entry in found])
    weights /= weights.sum()
    weights[weights < LEAST] = 0
    weights /= weights.sum()
    return ErrorModel(
        tuple(
            Candidate(covariance, float(weight), length, white)
            for (_, covariance, length, white), weight in zip(found, weights, strict=True)
            if weight > 0
        ),
        (STOICHIOMETRY + PER_RATE * rate) * _hidden(distance, jacobian),
    )


def _hidden(distance: Numbers, jacobian: Numbers) -> Numbers:
    """Return the factor of the errors of the stoichiometries, in volts per error of one."""
    kernel = smooth(distance / STOICHIOMETRY_LENGTH)
    kernel[np.diag_indices_from(kernel)] *= 1 + 1e-9
    root = np.linalg.cholesky(kernel)
    by_x, by_y = jacobian[:, 0] + jacobian[:, 1], jacobian[:, 2] + jacobian[:, 3]
    return np.hstack([by_x[:, None] * root, by_y[:, None] * root])


def _restricted_likelihood(kernel: Numbers, together: Numbers) -> tuple[float, float]:
    """Return the logarithm of the restricted likelihood and the variance that fits best [V2].

    Parameters
    ----------
    together : the Jacobian and, as last column, the residuals
    """
    lower = np.linalg.cholesky(kernel)
    white = solve_triangular(lower, together, lower=True, check_finite=False)
    r = np.asarray(np.linalg.qr(white, mode="r"))
    free = together.shape[0] - together.shape[1] + 1
    squares = max(float(r[-1, -1] ** 2), np.finfo(float).tiny)
    log_determinant = 2 * float(np.sum(np.log(np.diag(lower))))
    information = np.abs(np.diag(r)[:-1]) + np.finfo(float).tiny
    log_information = 2 * float(np.sum(np.log(information)))
    likelihood = -0.5 * (log_determinant + log_information + free * np.log(squares))
    return likelihood, squares / free
