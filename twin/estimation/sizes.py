"""Sizes of errors and of spreads between specimens: what is believed of them, and which are open.

A size is a logarithm where it is looked for, with a normal belief around the number that the fit
gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.estimation.discrepancy import Noise
from twin.estimation.problem import Problem

Array = NDArray[np.float64]
# standard deviations of the belief about logarithms: a factor of two, for the rarer walk of three
BELIEF = {"sd": 0.7, "walk": 1.1, "spread": 0.7}
WIDEST = 4.0  # standard deviations of the belief; sizes beyond are not asked
Key = tuple[str, str]


@dataclass(frozen=True)
class Sizes:
    """Sizes of errors and of spreads between specimens.

    Parameters
    ----------
    noises : quantity -> noise and discrepancy
    spreads : parameter -> standard deviation between specimens
    """

    noises: Mapping[str, Noise]
    spreads: Mapping[str, float]

    def get(self, key: Key) -> float:
        """Return one size: ``sd`` or ``walk`` of a quantity, or ``spread`` of a parameter."""
        kind, name = key
        return self.spreads[name] if kind == "spread" else float(getattr(self.noises[name], kind))

    def put(self, values: Mapping[Key, float]) -> Sizes:
        """Return the sizes with some of them replaced."""
        noises, spreads = dict(self.noises), dict(self.spreads)
        for (kind, name), value in values.items():
            if kind == "spread":
                spreads[name] = float(value)
            else:
                noises[name] = replace(noises[name], **{kind: float(value)})
        return Sizes(noises, spreads)


def sizes_at_start(problem: Problem) -> Sizes:
    """Return the sizes that a fit gives."""
    noises = {q: Noise(n.sd, n.walk) for q, n in problem.fit.noise.items()}
    spreads = {n: p.spread for n, p in problem.fit.parameters.items() if p.spread is not None}
    return Sizes(noises, spreads)


class OpenSizes:
    """Those sizes of a problem that are estimated, as a vector of logarithms.

    Parameters
    ----------
    problem : the problem
    sizes : all sizes; those that are not estimated stay as they are here
    """

    def __init__(self, problem: Problem, sizes: Sizes) -> None:
        self.which, self._sizes = _open(problem), sizes
        begin = sizes_at_start(problem)
        self._middle = self._logs(begin)
        self._belief = np.array([BELIEF[kind] for kind, _ in self.which])

    @property
    def here(self) -> Array:
        """The logarithms of the sizes as they are."""
        return self._logs(self._sizes)

    @property
    def limits(self) -> list[tuple[float, float]]:
        """Lowest and highest logarithm of each."""
        wide = WIDEST * self._belief
        return list(zip(self._middle - wide, self._middle + wide, strict=True))

    def possible(self, logs: Array) -> bool:
        """Return whether all logarithms are within their limits."""
        return bool(np.all(np.abs(logs - self._middle) <= WIDEST * self._belief))

    def at(self, logs: Array) -> Sizes:
        """Return all sizes, those that are open from a vector."""
        return self._sizes.put(dict(zip(self.which, np.exp(logs).tolist(), strict=True)))

    def doubt(self, logs: Array) -> float:
        """Return the negative logarithm of the belief, up to a constant."""
        away = (logs - self._middle) / self._belief
        return float(0.5 * away @ away)

    def _logs(self, sizes: Sizes) -> Array:
        return np.array([np.log(sizes.get(key)) for key in self.which], dtype=float)


def _open(problem: Problem) -> list[Key]:
    """Return the sizes that are estimated: kind, and quantity or parameter."""
    found: list[Key] = []
    for quantity in dict.fromkeys(s.quantity for s in problem.series):
        section = problem.fit.noise[quantity]
        unsaid = any(np.isnan(s.sd).any() for s in problem.series if s.quantity == quantity)
        if section.estimate and unsaid:
            found.append(("sd", quantity))
        if section.estimate and section.walk > 0:
            found.append(("walk", quantity))
    for name in dict.fromkeys(e.parameter for e in problem.entries if e.specimen):
        if problem.fit.parameters[name].estimate_spread:
            found.append(("spread", name))
    return found
