r"""The posterior without the assumption that it is normal: Markov chains, and a check of weights.

An affine-invariant ensemble (J. Goodman, J. Weare, Commun. Appl. Math. Comput. Sci. 5, 65 (2010),
doi:10.2140/camcos.2010.5.65; D. Foreman-Mackey et al., Publ. Astron. Soc. Pac. 125, 306 (2013),
doi:10.1086/670067) samples parameters and sizes of errors together, where the search takes
the likeliest sizes. Models that cost seconds are replaced by a polynomial of second order in
the parameters for every measured value, from a small Sobol design around the best; left-out
points say how good it is, and one that is not good enough is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import norm, qmc

from twin.errors import TwinError
from twin.estimation.discrepancy import root_of
from twin.estimation.posterior import Posterior
from twin.estimation.problem import Entry, Prediction, Problem
from twin.estimation.search import Found, cost
from twin.estimation.sizes import OpenSizes

Array = NDArray[np.float64]
Predict = Callable[[Array], Array]
REACH = 2.0  # the design is wider than the posterior by this
FARTHEST = 4.0  # standard deviations of the posterior, beyond which the emulator is not asked
EDGE, AT_EDGE = 3.5, 0.01  # where it begins to be unsure, and which share of draws may be there
MOST_ENTRIES = 12
WORST = 0.5  # root-mean-square error of the misfit at left-out points; worse is refused
RELEVANT = 6.0  # rise of the misfit up to which left-out points count
CHAIN = 50.0  # a chain has to be this many autocorrelation times long
LEAST_WALKERS = 16
ENOUGH = 0.5  # share of weighed draws that count; with less the normal law is doubted
LEVELS = (0.05, 0.5, 0.95)


class SamplingFailed(TwinError):
    """The posterior could not be sampled well enough to be used."""


@dataclass(frozen=True)
class Sampled:
    """Draws of a posterior, beside the normal law of the fit.

    Parameters
    ----------
    entries : of the draws
    draws : on the lines, shape (draws, entries)
    shifts : entry -> how far the 5, 50 and 95 % quantiles are from those of the normal law, in
        its standard deviations
    correlation_time : of the chains, in steps
    emulator_error : of the misfit at left-out points; 0 where the model itself was asked
    words : what is to be known, or ""
    """

    entries: tuple[Entry, ...]
    draws: Array
    shifts: dict[str, tuple[float, float, float]]
    correlation_time: float
    emulator_error: float
    words: str

    def corrected(self, law: Posterior) -> Posterior:
        """Return a posterior with mean and covariance of the draws for their entries.

        Those entries become independent of others that the law has.
        """
        places = [law.entries.index(entry) for entry in self.entries]
        mean, covariance = law.mean.copy(), law.covariance.copy()
        covariance[places, :] = covariance[:, places] = 0.0
        mean[places] = self.draws.mean(axis=0)
        covariance[np.ix_(places, places)] = np.cov(self.draws.T).reshape(len(places), -1)
        return replace(law, mean=mean, covariance=covariance)


@dataclass(frozen=True)
class Emulator:
    """Measured values as polynomials of second order around the best.

    Parameters
    ----------
    centre, root : a vector is ``centre + root @ u``
    weights : of the terms, shape (terms, measurements)
    pairs : products of two directions that are among the terms
    error : root mean square of the misfit's error at left-out points
    """

    centre: Array
    inverse: Array
    weights: Array
    pairs: tuple[tuple[int, int], ...]
    error: float

    def __call__(self, rows: Array) -> Array:
        """Return the prediction at each row, shape (rows, measurements)."""
        terms = _terms((rows - self.centre) @ self.inverse.T, self.pairs)
        return np.asarray(terms @ self.weights, dtype=float)


def sample(
    problem: Problem,
    found: Found,
    *,
    emulate: int | None = 0,
    steps: int = 2000,
    draws: int = 512,
    seed: int = 1,
) -> Sampled:
    """Return draws of the posterior of a stage, with its sizes unknown.

    Parameters
    ----------
    problem, found : a stage and where its search ended
    emulate : simulated points of the emulator, 0 for as many as it needs; ``None`` asks the model
        itself at every step, for models that cost milliseconds
    steps : of each chain; the first half is dropped
    draws : how many are kept
    seed : of chains and design

    Raises
    ------
    SamplingFailed
        where the emulator is not good enough, or emcee is not installed.
    """
    emulator = None if emulate is None else emulator_of(problem, found, emulate, seed)
    predict = emulator or (lambda rows: np.array([p.values for p in problem.predict(list(rows))]))
    chains, time = _chains(problem, found, predict, steps, seed)
    rng = np.random.default_rng(seed)
    kept = chains[rng.choice(len(chains), size=min(draws, len(chains)), replace=False)]
    words = []
    if steps < CHAIN * time:
        words.append(
            f"the chains are {steps / time:.0f} correlation times long, less than {CHAIN:.0f}: "
            "give more steps"
        )
    if emulator is not None and _share_beyond(found, chains, EDGE) > AT_EDGE:
        words.append(
            "the posterior reaches beyond the simulated design, where it is cut: its tails are "
            "longer than said"
        )
    shifts = _shifts(problem, found, chains)
    error = 0.0 if emulator is None else emulator.error
    return Sampled(tuple(problem.entries), kept, shifts, time, error, "; ".join(words))


def _chains(
    problem: Problem, found: Found, predict: Predict, steps: int, seed: int
) -> tuple[Array, float]:
    """Return the vectors of all walkers after the first half, and the correlation time."""
    try:
        import emcee
    except ImportError:
        raise SamplingFailed(
            "sampling needs the package emcee; install it with: pip install 'celltwin[fit]'"
        ) from None
    sizes = OpenSizes(problem, found.sizes)
    density = _density(problem, found, predict, sizes)
    n, rng = found.z.size, np.random.default_rng(seed)
    width = n + len(sizes.which)
    walkers = max(LEAST_WALKERS, 2 * width + 2)
    near = np.zeros((walkers, width))
    near[:, :n] = rng.standard_normal((walkers, n))
    near[:, n:] = sizes.here + 0.1 * rng.standard_normal((walkers, width - n))
    low, high = problem.bounds
    root = root_of(found.covariance)
    near[:, :n] = np.clip(found.z + 0.5 * near[:, :n] @ root.T, low, high)
    sampler = emcee.EnsembleSampler(walkers, width, density, vectorize=True)
    sampler.random_state = np.random.RandomState(seed).get_state()
    sampler.run_mcmc(near, steps, skip_initial_state_check=True)
    time = float(np.max(sampler.get_autocorr_time(discard=steps // 2, tol=0)))
    return np.asarray(sampler.get_chain(discard=steps // 2, flat=True)[:, :n]), time


def _density(
    problem: Problem, found: Found, predict: Predict, sizes: OpenSizes
) -> Callable[[Array], Array]:
    """Return the logarithm of the posterior density of rows of parameters and sizes."""
    low, high = problem.bounds
    n, inverse = found.z.size, np.linalg.pinv(root_of(found.covariance))

    def density(rows: Array) -> Array:
        z, logs = rows[:, :n], rows[:, n:]
        fine = np.all((z >= low) & (z <= high), axis=1)
        if isinstance(predict, Emulator):
            fine &= np.all(np.abs((z - found.z) @ inverse.T) <= FARTHEST, axis=1)
        fine &= np.array([sizes.possible(row) for row in logs])
        heights = np.full(len(rows), -np.inf)
        if fine.any():
            heights[fine] = -_misfits(problem, z[fine], predict(z[fine]), logs[fine], sizes)
        return heights

    return density


def _misfits(problem: Problem, z: Array, values: Array, logs: Array, sizes: OpenSizes) -> Array:
    """Return the negative logarithm of the density of each row."""
    if not sizes.which:
        whiten = problem.whitener(sizes.at(logs[0]).noises)
        residual = whiten((problem.y - values).T)
        away = (z - problem.centre) / problem.belief_sd(sizes.at(logs[0]).spreads)
        found = 0.5 * (np.sum(residual**2, axis=0) + np.sum(away**2, axis=1))
        return np.where(np.isfinite(found), found, np.inf)
    rows = []
    for place, value, log in zip(z, values, logs, strict=True):
        trial = sizes.at(log)
        spreads = float(np.sum(np.log(problem.belief_sd(trial.spreads))))
        misfit = cost(problem, place, Prediction(value), trial)
        rows.append(misfit + spreads + sizes.doubt(log))
    return np.array(rows)


def _share_beyond(found: Found, chains: Array, edge: float) -> float:
    """Return which share of vectors is so many standard deviations away in some direction."""
    inverse = np.linalg.pinv(root_of(found.covariance))
    far: Array = np.abs((chains - found.z) @ inverse.T)
    return float(np.mean(np.max(far, axis=1, initial=0.0) > edge))


def _shifts(problem: Problem, found: Found, chains: Array) -> dict[str, tuple[float, float, float]]:
    sd = np.sqrt(np.diag(found.covariance))
    quantiles = np.quantile(chains, LEVELS, axis=0)
    away = (quantiles - found.z) / sd - norm.ppf(LEVELS)[:, None]
    return {
        str(entry): (float(away[0, i]), float(away[1, i]), float(away[2, i]))
        for i, entry in enumerate(problem.entries)
    }


# -- emulator ------------------------------------------------------------------------


def emulator_of(problem: Problem, found: Found, points: int, seed: int) -> Emulator:
    """Return polynomials of second order through simulated points around the best.

    Parameters
    ----------
    problem, found : a stage and where its search ended
    points : how many are simulated; 0 for as many as the terms need
    seed : of the design

    Raises
    ------
    SamplingFailed
        where there are too many entries, too few points, or the error at left-out points is
        too large.
    """
    n = found.z.size
    if n > MOST_ENTRIES:
        raise SamplingFailed(
            f"an emulator of {n} parameters needs too many simulations; at most {MOST_ENTRIES}: "
            "hold some, or keep the normal law of the fit"
        )
    pairs = tuple(combinations(range(n), 2))
    points = points or int(1.5 * (1 + 2 * n + len(pairs))) + 2
    if points < 1.3 * (1 + 2 * n + len(pairs)):
        pairs = ()
    if points < 1 + 2 * n + 3:
        raise SamplingFailed(f"{points} points are too few for {n} parameters; {2 * n + 4} or more")
    root = root_of(found.covariance)
    low, high = problem.bounds
    sampler = qmc.Sobol(n, scramble=True, rng=np.random.default_rng(seed))
    size = 1 << (points - 1).bit_length()
    normal = norm.ppf(np.clip(sampler.random(size)[:points], 1e-6, 1 - 1e-6))
    vectors = np.clip(found.z + REACH * normal @ root.T, low, high)
    reached = problem.predict([*vectors, found.z])
    values = np.array([one.values for one in reached])
    fine = np.isfinite(values).all(axis=1)
    return _fitted(problem, found, np.vstack([vectors, found.z])[fine], values[fine], pairs)


def _fitted(
    problem: Problem,
    found: Found,
    vectors: Array,
    values: Array,
    pairs: tuple[tuple[int, int], ...],
) -> Emulator:
    inverse = np.asarray(np.linalg.pinv(root_of(found.covariance)), dtype=np.float64)
    terms = _terms((vectors - found.z) @ inverse.T, pairs)
    if len(terms) <= terms.shape[1] + 1:
        raise SamplingFailed(f"{len(terms)} points could be simulated for {terms.shape[1]} terms")
    weights = np.asarray(np.linalg.lstsq(terms, values, rcond=None)[0], dtype=np.float64)
    leverage = np.einsum("ij,ji->i", terms, np.linalg.pinv(terms))
    wrong = (values - terms @ weights) / np.maximum(1 - leverage, 1e-3)[:, None]
    pairs_of_costs = np.array(
        [
            [cost(problem, z, Prediction(y), found.sizes) for y in (seen, seen - off)]
            for z, seen, off in zip(vectors, values, wrong, strict=True)
        ]
    )
    near = pairs_of_costs[:, 0] - found.cost < max(RELEVANT, vectors.shape[1])
    error = float(np.sqrt(np.mean(np.diff(pairs_of_costs[near], axis=1) ** 2)))
    if not error < WORST:
        raise SamplingFailed(
            f"the emulator is off by {error:.2g} in the misfit at left-out points, more than "
            f"{WORST:g}; give more points, or keep the normal law of the fit"
        )
    return Emulator(found.z, inverse, weights, pairs, error)


def _terms(u: Array, pairs: tuple[tuple[int, int], ...]) -> Array:
    """Return 1, all directions, their squares and products, shape (points, terms)."""
    products = [(u[:, i] * u[:, j])[:, None] for i, j in pairs]
    return np.hstack([np.ones((len(u), 1)), u, u**2, *products])


# -- weights -------------------------------------------------------------------------


@dataclass(frozen=True)
class Weights:
    """How much draws of the normal law count when the posterior itself is asked.

    Parameters
    ----------
    draws : of the normal law, on the lines, shape (draws, entries)
    weights : of each, adding up to one
    effective : share of the draws that count, 0 to 1
    words : what is to be known, or ""
    """

    draws: Array
    weights: Array
    effective: float
    words: str


def weighed(problem: Problem, found: Found, draws: int = 32, seed: int = 1) -> Weights:
    """Return importance weights of draws of the normal law, at the sizes of the fit.

    Where few of the draws carry the weight, the posterior is not normal and the interval of
    the fit is not to be trusted; with one simulation per draw and experiment this is
    cheaper than `sample`.

    Parameters
    ----------
    problem, found : a stage and where its search ended
    draws : how many are simulated
    seed : of the draws
    """
    n = found.z.size
    sampler = qmc.Sobol(n, scramble=True, rng=np.random.default_rng(seed))
    size = 1 << (draws - 1).bit_length()
    normal = norm.ppf(np.clip(sampler.random(size)[:draws], 1e-6, 1 - 1e-6))
    vectors = found.z + normal @ root_of(found.covariance).T
    low, high = problem.bounds
    inside = np.all((vectors >= low) & (vectors <= high), axis=1)
    reached = problem.predict(list(np.clip(vectors, low, high)))
    costs = [cost(problem, z, at, found.sizes) for z, at in zip(vectors, reached, strict=True)]
    logs = np.where(inside, -np.array(costs) + 0.5 * np.sum(normal**2, axis=1), -np.inf)
    if not np.isfinite(logs).any():
        return Weights(vectors, np.zeros(draws), 0.0, "no draw could be simulated within bounds")
    weights = np.exp(logs - logsumexp(logs))
    effective = float(1 / (draws * np.sum(weights**2)))
    words = ""
    if effective < ENOUGH:
        words = (
            f"{100 * effective:.0f} % of the draws carry the weight: the posterior is not normal; "
            "sample it"
        )
    return Weights(vectors, weights, effective, words)
