r"""What is between a measurement and the model: noise, and what the model leaves out.

A measured value at age :math:`x` is

.. math::

    y(x) = f(x, z) + w(x) + \varepsilon,\quad
    \varepsilon \sim N(0, \sigma^2),\quad
    \mathrm{cov}\,(w(x), w(x')) = s^2 \min(x, x') / 100,

a simulation plus a discrepancy plus noise (M. C. Kennedy, A. O'Hagan, J. R. Stat. Soc. B 63, 425
(2001), doi:10.1111/1467-9868.00294). The discrepancy is a random walk from zero at the beginning
of life: of standard deviation :math:`s` after 100 of the age, free to go on in either direction,
so that it tells nothing about how the fade goes on but how far it may stray. One
walk for each quantity of each experiment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PER = 100.0
JITTER = 1e-12


@dataclass(frozen=True)
class Noise:
    """Size of both errors of one quantity, in its unit.

    Parameters
    ----------
    sd : standard deviation of a measurement
    walk : standard deviation of the discrepancy after 100 of the age
    """

    sd: float
    walk: float


Noises = Mapping[str, Noise]


def walk_covariance(x: Array, other: Array, walk: float) -> Array:
    """Return the covariance of the discrepancy at some ages with that at others.

    >>> walk_covariance(np.array([100.0, 400.0]), np.array([200.0]), 0.5)
    array([[0.25],
           [0.5 ]])
    """
    return walk**2 * np.minimum.outer(np.maximum(x, 0.0), np.maximum(other, 0.0)) / PER


def error_covariance(x: Array, sd: Array, noise: Noise) -> Array:
    """Return the covariance of both errors at some ages.

    Parameters
    ----------
    x : ages
    sd : standard deviation of each measurement where it is known, NaN elsewhere
    noise : of the quantity
    """
    own = np.where(np.isfinite(sd), sd, noise.sd)
    return walk_covariance(x, x, noise.walk) + np.diag(own**2)


@dataclass(frozen=True)
class Walk:
    """The discrepancy of one quantity of one experiment at later ages, given what was measured.

    Parameters
    ----------
    gain : weights of the residuals, shape (ages, measurements)
    root : a root of the covariance that is left, shape (ages, ages)
    """

    gain: Array
    root: Array

    def draw(self, residual: Array, rng: np.random.Generator) -> Array:
        """Return one realisation, given measured minus simulated."""
        normal = rng.standard_normal(self.root.shape[1])
        return np.asarray(self.gain @ residual + self.root @ normal, dtype=float)


def conditioned_walk(x_new: Array, x: Array, sd: Array, noise: Noise) -> Walk:
    """Return the discrepancy at some ages given residuals at others."""
    prior = walk_covariance(x_new, x_new, noise.walk)
    if not x.size or noise.walk == 0.0:
        return Walk(np.zeros((x_new.size, x.size)), root_of(prior))
    cross = walk_covariance(x_new, x, noise.walk)
    gain = np.asarray(np.linalg.solve(error_covariance(x, sd, noise), cross.T).T, dtype=float)
    return Walk(gain, root_of(prior - gain @ cross.T))


def root_of(covariance: Array) -> Array:
    """Return a matrix whose product with its transpose is a covariance, which may be singular."""
    values, vectors = np.linalg.eigh(0.5 * (covariance + covariance.T))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), dtype=float)
