r"""From beliefs and measurements to the best parameters and how sure they are.

With errors of covariance :math:`C` and a belief :math:`N(\mu, P)`, the best :math:`z` makes

.. math::

    \tfrac12 (y - f)^T C^{-1} (y - f) + \tfrac12 (z - \mu)^T P^{-1} (z - \mu)

smallest. Damped Gauss-Newton steps within the bounds find it; with the derivative :math:`J` there,
the posterior is close to :math:`N(z, (J^T C^{-1} J + P^{-1})^{-1})` (Laplace). Where sizes of
errors and spreads are unknown, they maximise the marginal likelihood of the linearised problem,
:math:`y - f + J (z - \mu) \sim N(0, J P J^T + C)`, times a belief about themselves, anew after
every step (empirical Bayes: D. J. C. MacKay, Neural Computation 4, 415 (1992),
doi:10.1162/neco.1992.4.3.415).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import lsq_linear, minimize
from scipy.stats import norm, qmc

from twin.errors import TwinError
from twin.estimation.problem import Prediction, Problem
from twin.estimation.sections import SearchSection
from twin.estimation.sizes import OpenSizes, Sizes, sizes_at_start

Array = NDArray[np.float64]
DAMPING, HARDER, EASIER, HARDEST = 1e-2, 8.0, 0.2, 1e4
LARGEST_STEP = 2.0  # in standard deviations of the belief
TRIES = 5
NEAR = 0.5  # of the posterior's width; a search that cannot go on and is not this near has failed


class SearchFailed(TwinError):
    """No simulation could be made from the start of a search."""


@dataclass(frozen=True)
class Found:
    """Where a search ended.

    Parameters
    ----------
    z : best vector
    covariance : of the posterior
    jacobian : of the prediction at ``z``
    prediction : at ``z``
    sizes : of errors and spreads
    cost : negative logarithm of the posterior, up to a constant
    iterations : that were made
    converged : whether the last step was small
    history : cost after each iteration
    """

    z: Array
    covariance: Array
    jacobian: Array
    prediction: Prediction
    sizes: Sizes
    cost: float
    iterations: int = 0
    converged: bool = False
    history: tuple[float, ...] = field(default=())


def best(
    problem: Problem,
    sizes: Sizes | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Found:
    """Return the best parameters of a stage: design, then a local search from the best of it.

    Raises
    ------
    SearchFailed
        where nothing can be simulated at any start.
    """
    sizes, search = sizes or sizes_at_start(problem), problem.fit.search
    starts = _starts(problem, sizes, search)
    found = [local(problem, start, at, sizes, tell) for start, at in starts[: search.starts]]
    return min(found, key=lambda one: _badness(problem, one))


def _badness(problem: Problem, found: Found) -> float:
    """Return the negative logarithm of the evidence (Laplace) of one end of a search.

    Ends differ in their sizes, so that costs alone cannot be compared.
    """
    sd = problem.belief_sd(found.sizes.spreads)
    shrunk = np.linalg.slogdet(found.covariance / np.outer(sd, sd))[1]
    unknown = OpenSizes(problem, found.sizes)
    return float(found.cost - 0.5 * shrunk + unknown.doubt(unknown.here))


def _starts(
    problem: Problem, sizes: Sizes, search: SearchSection
) -> list[tuple[Array, Prediction]]:
    """Return the start and the points of the design that can be simulated, the best first."""
    vectors = [problem.start, *_design(problem, search.design)]
    predictions = problem.predict(vectors)
    fine = [
        (cost(problem, z, p, sizes), i)
        for i, (z, p) in enumerate(zip(vectors, predictions, strict=True))
        if np.all(np.isfinite(p.values))
    ]
    if not fine:
        raise SearchFailed(_why(problem, predictions[0]))
    return [(vectors[i], predictions[i]) for _, i in sorted(fine)]


def _why(problem: Problem, at: Prediction) -> str:
    """Return what is wrong with the first series that has no values."""
    series = next(
        one
        for one, part in zip(problem.series, problem.parts, strict=True)
        if not np.all(np.isfinite(at.values[part]))
    )
    where = f"experiment '{series.experiment}'"
    if series.experiment in at.ended:
        return (
            f"{where} cannot be simulated where the search begins: {at.ended[series.experiment]} "
            "Change the start of the parameters, or the protocol; 'twin run' shows more."
        )
    return (
        f"{where}: what is simulated has no {series.quantity}; let the protocol measure it (a "
        "check-up step with measure, the steps of a curve), or leave it out"
    )


def _design(problem: Problem, points: int) -> list[Array]:
    """Return Sobol points of the belief about shared parameters, within their bounds."""
    if points == 0 or not problem.entries:
        return []
    low, high = problem.bounds
    sampler = qmc.Sobol(len(problem.entries), scramble=True, rng=np.random.default_rng(0))
    unit = np.clip(sampler.random(points), 1e-6, 1 - 1e-6)
    shared = np.array([not entry.specimen for entry in problem.entries])
    sd = problem.belief_sd(sizes_at_start(problem).spreads) * shared
    drawn = np.clip(problem.centre + sd * norm.ppf(unit), low, high)
    return list(drawn)


def cost(problem: Problem, z: Array, at: Prediction, sizes: Sizes) -> float:
    """Return the negative logarithm of the posterior, up to a constant; infinite without values."""
    if not np.all(np.isfinite(at.values)):
        return float("inf")
    whiten = problem.whitener(sizes.noises)
    residual = whiten(problem.y - at.values)
    away = (z - problem.centre) / problem.belief_sd(sizes.spreads)
    return float(0.5 * (residual @ residual + whiten.log_det + away @ away))


def local(
    problem: Problem,
    start: Array,
    at: Prediction,
    sizes: Sizes,
    tell: Callable[[str], None] = lambda text: None,
) -> Found:
    """Return where damped Gauss-Newton steps lead from a start.

    Forward differences lead the way. For the posterior the last are made central: a quotient
    over a tenth of a wide belief sees a curved model too steep or too flat.
    """
    search = problem.fit.search
    z, damping, history, converged = start.copy(), DAMPING, [], False
    steps = search.step * problem.belief_sd(sizes.spreads)
    jacobian, base = problem.jacobian(z, at, steps), (z, at)
    iteration = 0
    for iteration in range(1, search.iterations + 1):
        sizes = estimated(problem, z, at, jacobian, sizes)
        now = cost(problem, z, at, sizes)
        new, reached, damping = damped_step(problem, (z, at, jacobian), sizes, now, damping)
        width = np.sqrt(np.diag(posterior(problem, jacobian, sizes)))
        if reached is None:  # no step makes it better: the bottom, or the noise of simulations
            whole = _proposal(problem, (z, at, jacobian), sizes, 0.0, _room(problem, z))
            converged = bool(np.all(np.abs(whole) < NEAR * width))
            break
        moved = float(np.max(np.abs(new - z) / width)) if z.size else 0.0
        z, at = new, reached
        history.append(cost(problem, z, at, sizes))
        tell(f"iteration {iteration}: misfit {history[-1]:.2f}, step {moved:.2f} sd")
        if moved < search.tolerance:  # so near that the derivative is the same
            converged = True
            break
        jacobian, base = problem.jacobian(z, at, steps), (z, at)
    jacobian = 0.5 * (jacobian + problem.jacobian(*base, -steps))
    sizes = estimated(problem, z, at, jacobian, sizes)
    return Found(
        z,
        posterior(problem, jacobian, sizes),
        jacobian,
        at,
        sizes,
        cost(problem, z, at, sizes),
        iteration,
        converged,
        tuple(history),
    )


def damped_step(
    problem: Problem,
    here: tuple[Array, Prediction, Array],
    sizes: Sizes,
    now: float,
    damping: float,
) -> tuple[Array, Prediction | None, float]:
    """Return the next vector and its prediction, none where no step is better."""
    z = here[0]
    for _ in range(TRIES):
        new = z + _proposal(problem, here, sizes, damping, _room(problem, z))
        if np.allclose(new, z, rtol=0, atol=1e-9):
            return z, None, damping
        reached = problem.predict([new])[0]
        if cost(problem, new, reached, sizes) < now:
            return new, reached, max(damping * EASIER, 1e-6)
        damping = min(damping * HARDER, HARDEST)
    return z, None, damping


def _room(problem: Problem, z: Array) -> tuple[Array, Array]:
    low, high = problem.bounds
    return low - z, high - z


def _proposal(
    problem: Problem,
    here: tuple[Array, Prediction, Array],
    sizes: Sizes,
    damping: float,
    room: tuple[Array, Array],
) -> Array:
    """Return the damped step that the linearised problem proposes, within the bounds.

    Damping is in units of the curvature (D. W. Marquardt, J. SIAM 11, 431 (1963),
    doi:10.1137/0111030), so that it shortens steps along which the data are strong too.
    """
    z, at, jacobian = here
    sd = problem.belief_sd(sizes.spreads)
    whiten = problem.whitener(sizes.noises)
    white, residual = whiten(jacobian * sd), whiten(problem.y - at.values)
    n = z.size
    stiffness = np.sqrt(1 + np.sum(white**2, axis=0))
    matrix = np.vstack([white, np.eye(n), np.diag(np.sqrt(damping) * stiffness)])
    target = np.concatenate([residual, (problem.centre - z) / sd, np.zeros(n)])
    low = np.minimum(np.maximum(room[0] / sd, -LARGEST_STEP), -1e-12)
    high = np.maximum(np.minimum(room[1] / sd, LARGEST_STEP), 1e-12)
    return np.asarray(lsq_linear(matrix, target, (low, high)).x * sd, dtype=float)


def posterior(problem: Problem, jacobian: Array, sizes: Sizes) -> Array:
    """Return the covariance of the Laplace approximation."""
    sd = problem.belief_sd(sizes.spreads)
    white = problem.whitener(sizes.noises)(jacobian * sd)
    precision = white.T @ white + np.eye(sd.size)
    return np.asarray(np.linalg.inv(precision) * np.outer(sd, sd), dtype=float)


# -- sizes of errors -------------------------------------------------------------


def estimated(problem: Problem, z: Array, at: Prediction, jacobian: Array, sizes: Sizes) -> Sizes:
    """Return the sizes that are likeliest given the linearised problem and beliefs about them."""
    sizes_open = OpenSizes(problem, sizes)
    if not sizes_open.which:
        return sizes
    linear = problem.y - at.values + jacobian @ (z - problem.centre)

    def target(logs: Array) -> float:
        trial = sizes_open.at(logs)
        return _evidence(problem, jacobian, linear, trial) + sizes_open.doubt(logs)

    found = minimize(
        target,
        sizes_open.here,
        method="L-BFGS-B",
        bounds=sizes_open.limits,
        options={"maxiter": 40},
    )
    return sizes_open.at(found.x)


def _evidence(problem: Problem, jacobian: Array, linear: Array, sizes: Sizes) -> float:
    """Return the negative logarithm of the marginal likelihood, up to a constant.

    Inverse and determinant of the sum of error and belief from those of the parts (Woodbury).
    """
    whiten = problem.whitener(sizes.noises)
    white = whiten(jacobian * problem.belief_sd(sizes.spreads))
    residual = whiten(linear)
    root = cho_factor(np.eye(white.shape[1]) + white.T @ white)
    seen = white.T @ residual
    log_det = whiten.log_det + 2 * float(np.sum(np.log(np.diag(root[0]))))
    return float(0.5 * (residual @ residual - seen @ cho_solve(root, seen) + log_det))
