r"""Cells of one kind: what they share, how they differ, and what a new one will do.

A measurement :math:`y` of cell :math:`i` at cycle :math:`n`, as a share of the nominal capacity, is

.. math::

    y = c_i \left[ f(n; z_i) + b(f) \right] + \delta + \epsilon, \qquad
    (\ln c_i, z_i) \sim N(\mu, \Sigma),

with the life :math:`f` of the engine, and what it misses: :math:`b`, the same in all cells at the
same stage of life, and :math:`\delta`, a correlated error of each cell, both learnt from the
cells [1]_. Mean, covariance, :math:`b` and the errors are found by expectation and maximisation
[2]_: the best parameters of each cell and their covariance :math:`V_i` (Laplace), then

.. math::

    \mu = \overline{z_i}, \qquad
    \Sigma = \overline{(z_i - \mu)(z_i - \mu)^T + V_i},

so that what a cell does not say about itself is not taken for a difference between cells.
A new cell is a draw from the population, weighted by what its first check-ups say.

References
----------
.. [1] M. C. Kennedy, A. O'Hagan, "Bayesian calibration of computer models," J. R. Stat. Soc. B
   63, 425 (2001). doi:10.1111/1467-9868.00294
.. [2] M. J. Lindstrom, D. M. Bates, "Nonlinear mixed effects models for repeated measures data,"
   Biometrics 46, 673 (1990). doi:10.2307/2532087
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from emulator import CENTRE, REACH, SHAPE, Emulator

PARAMETERS = ("capacity", "pace", *SHAPE)
# stages of life, in shares of the first capacity, at which the error of the engine is told
STAGES = np.array([0.2, 0.35, 0.5, 0.65, 0.8, 0.85, 0.88, 0.91, 0.94, 0.965, 1.0])
STAGE_ERROR = 0.02  # how large that error may be, before it is looked at
NOISE_STAGES = np.array([0.3, 0.6, 0.83, 0.92, 1.0])
NOISE = np.array([0.015, 0.015, 0.01, 0.006, 0.006])
LEAST_NOISE = 0.002
START = np.array([np.log(0.99), 1.75, *CENTRE])
WIDTH = np.array([0.01, 0.3, *(0.6 * REACH)])
# what the covariance is before the cells speak: as much as PRIOR_CELLS cells differing so
PRIOR_CELLS = 2
DIFFERENCE = np.array([0.004, 0.1, 0.1, 0.2, 0.04, 0.02])
REMEMBERED = 0.5  # of the variance of what is missed; the rest is noise of each measurement
MEMORY_CYCLES = 250.0  # over which it is remembered
TRIED, DRAWS = 10000, 1000  # drawn from the population, and kept
STEPS = 1e-3
TRIES, LEAST_GAIN = 10, 1e-2  # of a cell in one round

Cell = tuple[np.ndarray, np.ndarray]


def hats(share: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return linear interpolation between knots as weights, shape (*share, knots)."""
    return np.stack([np.interp(share, knots, row) for row in np.eye(knots.size)], axis=-1)


@dataclass(frozen=True)
class Population:
    """What cells of one kind have in common.

    Parameters
    ----------
    mean, covariance : of ``PARAMETERS``
    error : b at `STAGES`, in shares of the first capacity
    noise : standard deviation of what is left at `NOISE_STAGES`, in shares of nominal
    cells : how many were seen
    """

    mean: np.ndarray
    covariance: np.ndarray
    error: np.ndarray
    noise: np.ndarray
    cells: int = 0

    @classmethod
    def unseen(cls) -> Population:
        """Return what is said before any cell is seen."""
        return cls(START, np.diag(WIDTH**2), np.zeros(STAGES.size), NOISE)

    def lives(self, emulator: Emulator, z: np.ndarray, cycle: np.ndarray):
        """Return capacity [share of nominal] and stage, each (cases, length of ``cycle``)."""
        stage = emulator.share(z[:, 1:], cycle)
        shown = stage + np.interp(stage, STAGES, self.error)
        return np.exp(z[:, :1]) * shown, stage

    def sd(self, stage: np.ndarray) -> np.ndarray:
        """Return the standard deviation of what the life with b misses [share of nominal]."""
        return np.exp(np.interp(stage, NOISE_STAGES, np.log(self.noise)))


@dataclass(frozen=True)
class Found:
    """The best parameters of a cell, their covariance, and what is left of its measurements."""

    z: np.ndarray
    covariance: np.ndarray
    stage: np.ndarray
    rest: np.ndarray
    said: np.ndarray


def fit_cell(emulator: Emulator, population: Population, cell: Cell, start: np.ndarray) -> Found:
    """Return the most probable parameters of one cell, by damped Gauss-Newton steps."""
    cycle, y = cell
    root = np.linalg.cholesky(np.linalg.inv(population.covariance)).T

    def shown(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return population.lives(emulator, np.atleast_2d(z), cycle)

    def cost(z: np.ndarray) -> tuple[float, np.ndarray]:
        life, stage = shown(z)
        miss = (y - life[0]) / population.sd(stage[0])
        prior = root @ (z - population.mean)
        constant = 2 * np.sum(np.log(population.sd(stage[0])))
        return float(miss @ miss + prior @ prior + constant), np.concatenate([miss, -prior])

    z, damping = start.copy(), 1e-2
    least, rest = cost(z)
    for _ in range(TRIES):
        jacobian, sd = _jacobian(shown, z, population)
        slope = np.vstack([jacobian / sd[:, None], root])
        curvature = slope.T @ slope
        step = np.zeros(z.size)
        while damping < 1e6:
            damped = curvature + damping * np.diag(np.diag(curvature))
            step = np.linalg.solve(damped, slope.T @ rest)
            new, new_rest = cost(z + step)
            if new < least:
                break
            damping *= 4
        else:
            break
        gain, z, least, rest, damping = least - new, z + step, new, new_rest, damping / 8
        if gain < LEAST_GAIN:
            break
    jacobian, sd = _jacobian(shown, z, population)
    slope = np.vstack([jacobian / sd[:, None], root])
    covariance = np.linalg.inv(slope.T @ slope)
    life, stage = shown(z)
    said = np.einsum("ij,jk,ik->i", jacobian, covariance, jacobian)
    return Found(z, covariance, stage[0], y - life[0], said)


def _jacobian(shown, z: np.ndarray, population: Population) -> tuple[np.ndarray, np.ndarray]:
    moved = np.concatenate([z + STEPS * np.eye(z.size), z - STEPS * np.eye(z.size)])
    lives, _ = shown(moved)
    up, down = np.split(lives, 2)
    return (up - down).T / (2 * STEPS), population.sd(shown(z)[1][0])


def learn(
    emulator: Emulator,
    cells: Mapping[str, Cell],
    rounds: int = 20,
    places: Mapping[str, np.ndarray] | None = None,
) -> tuple[Population, dict[str, Found]]:
    """Return the population of some cells, and each of them.

    Parameters
    ----------
    emulator : lives of the engine
    cells : name -> cycles and capacity [share of nominal]
    rounds : of expectation and maximisation
    places : parameters of the cells from which to set out
    """
    population, places = Population.unseen(), dict(places or {})
    found: dict[str, Found] = {}
    for _ in range(rounds):
        found = {
            name: fit_cell(emulator, population, cell, places.get(name, population.mean))
            for name, cell in cells.items()
        }
        places = {name: one.z for name, one in found.items()}
        population = _maximise(population, list(found.values()))
    return population, found


def _maximise(population: Population, found: list[Found]) -> Population:
    z = np.array([one.z for one in found])
    mean = z.mean(axis=0)
    scatter = (z - mean).T @ (z - mean) + np.sum([one.covariance for one in found], axis=0)
    prior = PRIOR_CELLS * np.diag(DIFFERENCE**2)
    covariance = (scatter + prior) / (len(found) + PRIOR_CELLS)
    stage = np.concatenate([one.stage for one in found])
    rest = np.concatenate([one.rest for one in found])
    said = np.concatenate([one.said for one in found])
    error = _stage_error(population, stage, rest)
    change = np.interp(stage, STAGES, error - population.error)
    noise = _noise(stage, (rest - change) ** 2 + said)
    return Population(mean, covariance, error, noise, len(found))


def _stage_error(population: Population, stage: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Return b: what is left at each stage, pulled to zero and to its neighbours."""
    sd = population.sd(stage)
    weights = hats(stage, STAGES) / sd[:, None]
    target = (rest + np.interp(stage, STAGES, population.error)) / sd
    rough = np.diff(np.eye(STAGES.size), axis=0) / STAGE_ERROR
    pull = np.eye(STAGES.size) / STAGE_ERROR**2 + rough.T @ rough
    return np.asarray(np.linalg.solve(weights.T @ weights + pull, weights.T @ target))


def _noise(stage: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Return the standard deviation at the stages, of squared rests."""
    weights = hats(stage, NOISE_STAGES)
    counts = weights.sum(axis=0)
    before = 3 * NOISE**2
    return np.asarray(
        np.maximum(np.sqrt((weights.T @ squares + before) / (counts + 3)), LEAST_NOISE)
    )


@dataclass(frozen=True)
class Draws:
    """Capacity curves of a new cell, and the parameters behind them.

    Parameters
    ----------
    z : parameters, shape (draws, 6)
    steady : what the cell holds [share of nominal], shape (draws, cycles)
    measured : what a measurement of it shows
    effective : number of draws from the population that the early measurements leave
    """

    z: np.ndarray
    steady: np.ndarray
    measured: np.ndarray
    effective: float


def forecast_cell(
    emulator: Emulator,
    population: Population,
    early: Cell,
    cycle: np.ndarray,
    generator: np.random.Generator,
) -> Draws:
    """Return draws of a new cell's life after its first check-ups.

    Parameters
    ----------
    emulator : lives of the engine
    population : of cells of its kind
    early : cycles and capacity [share of nominal] of its first check-ups, one at least
    cycle : where to forecast
    generator : of random numbers
    """
    seen = early[0].size
    covariance = population.covariance * (1 + 1 / max(population.cells, 1))
    z = generator.multivariate_normal(population.mean, covariance, TRIED)
    life, stage = population.lives(emulator, z, early[0])
    sd, alike = population.sd(stage), alikeness(early[0], early[0])
    alike += (1 - REMEMBERED) * np.eye(seen)
    rest = (early[1] - life) / sd
    scaled = np.linalg.solve(np.linalg.cholesky(alike), rest.T)
    log = -0.5 * np.sum(scaled**2, axis=0) - np.sum(np.log(sd), axis=1)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    chosen = generator.choice(TRIED, DRAWS, p=weight)
    gain = np.linalg.solve(alike, alikeness(early[0], cycle))
    left = alikeness(cycle, cycle) - alikeness(cycle, early[0]) @ gain
    held, stage = population.lives(emulator, z[chosen], cycle)
    sd = population.sd(stage)
    error = rest[chosen] @ gain + generator.multivariate_normal(np.zeros(cycle.size), left, DRAWS)
    noise = np.sqrt(1 - REMEMBERED) * generator.standard_normal(held.shape)
    steady = np.maximum(held + error * sd, 0.0)
    measured = np.maximum(steady + noise * sd, 0.0)
    return Draws(z[chosen], steady, measured, float(1 / np.sum(weight**2)))


def alikeness(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the covariance of the remembered part of what is missed, of a variance of one."""
    apart = np.abs(first[:, None] - second[None])
    return np.asarray(REMEMBERED * np.exp(-apart / MEMORY_CYCLES))
