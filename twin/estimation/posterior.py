"""What a fit knows in the end: best values, their covariance, and what the data say about each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.estimation.discrepancy import Noise, root_of
from twin.estimation.problem import Entry
from twin.estimation.sections import FitStudy
from twin.estimation.sizes import Sizes
from twin.estimation.transforms import Line

Array = NDArray[np.float64]
LITTLE = 0.3  # of the variance of the belief; less than this and the data say little
TIED = 0.9
AT_BOUND = 0.02  # of the width between the bounds
Z90 = 1.6448536269514722


@dataclass(frozen=True)
class Posterior:
    """Normal law of all entries of all stages, on their lines.

    Parameters
    ----------
    entries : parameters, shared or of one specimen
    mean, covariance : of the law
    prior_sd : standard deviations of the belief before the data
    sizes : of errors and spreads
    """

    entries: tuple[Entry, ...]
    mean: Array
    covariance: Array
    prior_sd: Array
    sizes: Sizes
    ended: Mapping[str, str] = field(default_factory=dict)

    def draws(self, n: int, rng: np.random.Generator) -> Array:
        """Return draws of the law, one in each row."""
        root = root_of(self.covariance)
        return self.mean + rng.standard_normal((n, self.mean.size)) @ root.T

    def place(self, entry: Entry, vector: Array, default: float) -> float:
        """Return one entry of a vector, a default where the law does not have it."""
        return float(vector[self.entries.index(entry)]) if entry in self.entries else default

    def sd(self) -> Array:
        """Return the standard deviation of each entry."""
        return np.sqrt(np.diag(self.covariance))

    def plain(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "entries": [[e.parameter, e.specimen] for e in self.entries],
            "mean": self.mean.tolist(),
            "covariance": self.covariance.tolist(),
            "prior_sd": self.prior_sd.tolist(),
            "noise": {q: {"sd": n.sd, "walk": n.walk} for q, n in self.sizes.noises.items()},
            "spreads": dict(self.sizes.spreads),
            "ended": dict(self.ended),
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Posterior:
        """Return the law that plain data hold.

        Raises
        ------
        ValueError, KeyError, TypeError, AttributeError
            where they hold none.
        """
        entries = tuple(Entry(*pair) for pair in plain["entries"])
        n = len(entries)
        mean, covariance, prior_sd = (
            np.array(plain[key], dtype=float) for key in ("mean", "covariance", "prior_sd")
        )
        if (mean.shape, covariance.size, prior_sd.shape) != ((n,), n * n, (n,)):
            raise ValueError("mean, covariance and entries are not of one size")
        if not all(np.isfinite(part).all() for part in (mean, covariance, prior_sd)):
            raise ValueError("a number of the posterior is not finite")
        return cls(
            entries,
            mean,
            covariance.reshape(n, n),
            prior_sd,
            Sizes(
                {q: Noise(n["sd"], n["walk"]) for q, n in plain["noise"].items()},
                dict(plain["spreads"]),
            ),
            dict(plain["ended"]),
        )


@dataclass(frozen=True)
class Estimate:
    """One parameter after the fit.

    Parameters
    ----------
    name : of the entry
    value : best value
    low, high : ends of the 90 % interval
    learnt : share of the variance of the belief that the data took away, 0 to 1
    words : what is to be known about it, or ""
    """

    name: str
    value: float
    low: float
    high: float
    learnt: float
    words: str


def estimates(fit: FitStudy, law: Posterior) -> list[Estimate]:
    """Return every shared parameter with its interval and what the data said about it."""
    return [
        _estimate(fit, law, place) for place, entry in enumerate(law.entries) if not entry.specimen
    ]


def _estimate(fit: FitStudy, law: Posterior, place: int) -> Estimate:
    entry = law.entries[place]
    line = Line(entry.parameter, fit.parameters[entry.parameter])
    mean, sd = float(law.mean[place]), float(law.sd()[place])
    learnt = 1 - (sd / float(law.prior_sd[place])) ** 2
    words = []
    if learnt < LITTLE:
        words.append("the data do not identify it: this is the belief that it began with")
    width = line.high - line.low
    if min(mean - line.low, line.high - mean) < AT_BOUND * width:
        words.append("at a bound")
    low, high = line.value(mean - Z90 * sd), line.value(mean + Z90 * sd)
    return Estimate(entry.parameter, line.value(mean), low, high, learnt, "; ".join(words))


def tied(law: Posterior, names: Sequence[str] | None = None) -> list[tuple[str, str, float]]:
    """Return the pairs of shared parameters that the data cannot tell apart, and correlations."""
    shared = [i for i, e in enumerate(law.entries) if not e.specimen]
    sd = law.sd()
    found = []
    for a, i in enumerate(shared):
        for j in shared[a + 1 :]:
            correlation = float(law.covariance[i, j] / (sd[i] * sd[j]))
            if abs(correlation) > TIED:
                found.append((law.entries[i].parameter, law.entries[j].parameter, correlation))
    return sorted(found, key=lambda pair: -abs(pair[2]))
