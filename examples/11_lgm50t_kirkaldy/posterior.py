"""What the measurements say about the factors, and what that says about every protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from study import DEAD_10, TEMPERATURES, name_of
from surface import Surface

from twin.estimation import FitStudy
from twin.estimation.discrepancy import Noise, conditioned_walk, error_covariance, root_of
from twin.forecast import Band, Forecast, time_to_threshold

Array = NDArray[np.float64]
Condition = tuple[int, int]
CAPACITY = "capacity_percent"
FACTORS = (*(f"sei {t}" for t in TEMPERATURES), *(f"silicon {t}" for t in TEMPERATURES), DEAD_10)
WALKS = np.geomspace(0.1, 1.6, 7)
# of the logarithms of film, silicon and dead lithium, where a measured protocol is hidden
TRANSFER = (0.4, 0.5, 0.8)
# of the logarithm of the loss itself, under protocols that were not measured: what is lost with
# silicon is the least certain where nothing but silicon works
AMOUNT = {1: 0.3, 0: 0.1}
WALK_BELIEF = 1.1  # of the logarithm of the walk, around what the fit begins with


@dataclass(frozen=True)
class Data:
    """Capacity of the cells under one protocol: ages [EFC], values [%], their errors [%]."""

    x: Array
    y: Array
    sd: Array


@dataclass(frozen=True)
class Posterior:
    """A normal law of the logarithms of the factors, and the errors of the capacity.

    Parameters
    ----------
    mean, covariance : of the logarithms, in the order of `FACTORS`
    noise : of a measurement [%], and of what the model leaves out [% per root of 100 EFC]
    """

    mean: Array
    covariance: Array
    noise: Noise


def measured(study: FitStudy) -> dict[Condition, Data]:
    """Return the measurements of every protocol that has some."""
    found = {}
    for experiment in study.experiments:
        for table in experiment.tables:
            rows = (table.values["efc"], table.values[CAPACITY], table.sd[CAPACITY])
            number, temperature = experiment.name.split()[0], experiment.name.split()[2]
            found[int(number), int(temperature)] = Data(*(np.array(row, float) for row in rows))
    return found


def shared(condition: Condition, z: Array) -> Array:
    """Return the logarithms of film, silicon and dead lithium of one protocol."""
    place = TEMPERATURES.index(condition[1])
    return np.array([z[place], z[3 + place], z[6] if place == 0 else 0.0])


@dataclass(frozen=True)
class Throughput:
    """How much less charge a cycle carried after check-up 2 than before, on average.

    Where a cycle goes from full to empty its charge is the capacity of the cell at that rate,
    and the number of cycles between two check-ups was kept.

    Parameters
    ----------
    second, last : equivalent full cycles at check-up 2 and at the last one
    ratio, sd : charge per cycle after check-up 2 over that before, at C/10, and its error
    """

    second: float
    last: float
    ratio: float
    sd: float

    def likely(self, x: Array, capacity: Array) -> Array:
        """Return how likely lives are, up to a factor; capacity has the shape (lives, ages)."""
        before, after = x <= self.second, (x > self.second) & (x <= self.last)
        ratio = capacity[:, after].mean(axis=1) / capacity[:, before].mean(axis=1)
        return np.asarray(np.exp(-0.5 * ((ratio - self.ratio) / self.sd) ** 2), dtype=float)


class Problem:
    """Factors, believed to be within their priors, and capacities."""

    def __init__(
        self, study: FitStudy, surfaces: Mapping[Condition, Surface], data: Mapping[Condition, Data]
    ) -> None:
        self._surfaces, self._data = surfaces, data
        self._belief = np.array([_prior_sd(study, name) for name in FACTORS])
        self._start = study.noise[CAPACITY]

    def fit(self) -> Posterior:
        """Return the posterior, with the walk that makes the measurements most likely."""
        found = [self._with(float(walk)) for walk in WALKS]
        return max(found, key=lambda one: one[0])[1]

    def _with(self, walk: float) -> tuple[float, Posterior]:
        """Return the logarithm of the evidence (Laplace), and the posterior, with one walk."""
        noise = Noise(self._start.sd, walk)
        covariances = {c: error_covariance(d.x, d.sd, noise) for c, d in self._data.items()}
        roots = {c: np.linalg.cholesky(matrix) for c, matrix in covariances.items()}
        best = least_squares(lambda z: self._residuals(z, roots), np.zeros(len(FACTORS)))
        covariance = np.linalg.inv(best.jac.T @ best.jac)
        logarithms = sum(np.log(np.diag(root)).sum() for root in roots.values())
        shrunk = 0.5 * np.linalg.slogdet(covariance / np.outer(self._belief, self._belief))[1]
        belief = 0.5 * (np.log(walk / self._start.walk) / WALK_BELIEF) ** 2
        return shrunk - best.cost - logarithms - belief, Posterior(best.x, covariance, noise)

    def _residuals(self, z: Array, roots: Mapping[Condition, Array]) -> Array:
        rows = [z / self._belief]
        for condition, data in self._data.items():
            surface = self._surfaces[condition]
            y = np.interp(data.x, surface.x, surface.at(shared(condition, z)))
            rows.append(np.linalg.solve(roots[condition], data.y - y))
        return np.concatenate(rows)


def _prior_sd(study: FitStudy, name: str) -> float:
    prior = study.parameters[name].prior
    return prior.sd if prior else 1.0


# -- forecasts ------------------------------------------------------------------------


def factor_draws(
    law: Posterior,
    condition: Condition,
    transfer: Array | None,
    rng: np.random.Generator,
    n: int,
) -> Array:
    """Return logarithms of the three factors of a protocol, shape (n, 3).

    Parameters
    ----------
    transfer : medians and standard deviations of what an unseen protocol differs by, shape (2, 3)
    """
    z = law.mean + rng.standard_normal((n, law.mean.size)) @ root_of(law.covariance).T
    found = np.array([shared(condition, row) for row in z])
    if transfer is not None:
        found += transfer[0] + transfer[1] * rng.standard_normal((n, 3))
    return found


def transfer_of(study: FitStudy, condition: Condition) -> Array:
    """Return medians and standard deviations of what an unseen protocol may differ by."""
    found = np.array([np.zeros(3), TRANSFER])
    for axis, what in enumerate(("sei", "silicon", "dead lithium")):
        parameter = study.parameters.get(f"{what} in {condition[0]}")
        if parameter and parameter.prior:
            found[:, axis] = np.log(parameter.prior.median), parameter.prior.sd
    return found


def forecast(
    study: FitStudy,
    law: Posterior,
    condition: Condition,
    surfaces: Mapping[str, Surface],
    data: Data | None,
    throughput: Throughput | None = None,
    n: int = 2000,
) -> Forecast:
    """Return the forecast of one protocol at one temperature.

    Parameters
    ----------
    study : what is believed
    law : what the measurements say
    condition : experiment and temperature
    surfaces : quantity -> its surface
    data : measurements of it, which the discrepancy is drawn through; ``None`` where unseen
    throughput : how the charge of its cycles fell, where that is known
    n : number of draws
    """
    rng = np.random.default_rng((1, *condition))
    transfer = transfer_of(study, condition) if data is None else None
    factors = factor_draws(law, condition, transfer, rng, n)
    bands = {}
    x = surfaces[CAPACITY].x
    capacity = surfaces[CAPACITY].at(factors)
    if data is None:
        amount = AMOUNT.get(condition[0], AMOUNT[0])
        capacity = 100 - (100 - capacity) * np.exp(amount * rng.standard_normal((n, 1)))
    capacity += _walks(law.noise, capacity, x, data, rng)
    if throughput:
        likely = throughput.likely(x, capacity)
        picked = rng.choice(n, n, p=likely / likely.sum())
        factors, capacity = factors[picked], capacity[picked]
    for name, surface in surfaces.items():
        if name != CAPACITY:
            bands[name] = Band.from_draws(x, np.maximum(surface.at(factors), 0.0))
            continue
        seen = capacity + law.noise.sd * rng.standard_normal((n, 1)) * (x > 0)
        bands[name] = Band.from_draws(x, np.clip(seen, 0.0, None))
        times = tuple(time_to_threshold(x, seen, at) for at in study.forecast.thresholds_percent)
    about = {
        "experiment": name_of(*condition),
        "age": "efc",
        "bands": "of a cell under this protocol: parameters, transfer, discrepancy, cell to cell",
        "draws": n,
    }
    return Forecast(bands, "efc", {CAPACITY: times}, about)


def _walks(
    noise: Noise, lives: Array, x: Array, data: Data | None, rng: np.random.Generator
) -> Array:
    if data is None:
        walk = conditioned_walk(x, np.zeros(0), np.zeros(0), noise)
        return np.array([walk.draw(np.zeros(0), rng) for _ in lives])
    walk = conditioned_walk(x, data.x, data.sd, noise)
    return np.array([walk.draw(data.y - np.interp(data.x, x, life), rng) for life in lives])


def hidden(
    data: Mapping[Condition, Data], conditions: Sequence[Condition], after: float
) -> tuple[dict[Condition, Data], dict[Condition, Data]]:
    """Return what is shown and what is hidden: protocols, or all that comes after an age."""
    shown, kept = {}, {}
    for condition, d in data.items():
        late = d.x > after if condition not in conditions else np.ones(d.x.size, bool)
        for rows, store in ((~late, shown), (late, kept)):
            if rows.any():
                store[condition] = Data(d.x[rows], d.y[rows], d.sd[rows])
    return shown, kept
