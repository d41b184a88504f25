r"""How far the data alone hold a parameter: its profile likelihood.

The parameter is held at several places, everything else is fitted again, and the rise of the
misfit is read: where twice the rise is below :math:`\chi^2_{1}(0.9)`, the place is within
the 90 % interval (S. S. Wilks, Ann. Math. Stat. 9, 60 (1938), doi:10.1214/aoms/1177732360).
A profile that is flat on both sides is of a parameter that the model or the data do not identify
at all, one that is flat on one side has only one limit (A. Raue et al., Bioinformatics 25, 1923
(2009), doi:10.1093/bioinformatics/btp358). The belief about the parameter itself is left out,
unless it is asked for; those about the others count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from twin.errors import ParameterError, nearest
from twin.estimation.problem import Entry, Prediction, Problem
from twin.estimation.search import DAMPING, Found, cost, damped_step

Array = NDArray[np.float64]
RISE = float(0.5 * chi2.ppf(0.9, 1))
FAR_ENOUGH = 1.3  # of the rise that ends the interval; beyond, no place is asked
WIDTHS = (0.8, 1.6, 3.2, 6.4)  # of the places, in standard deviations of the posterior
SMALL = 0.01  # a fall of the misfit below this ends the search at a place
BETTER = 0.1


@dataclass(frozen=True)
class Profile:
    """Misfit along one parameter, everything else fitted again.

    Parameters
    ----------
    name : of the parameter
    places, values : where it was held, on its line and as values; in order
    rises : misfit (negative log posterior) there, minus that of the best
    low, high : ends of the 90 % interval as values, ``None`` where there is no limit
    words : what the profile says, or ""
    """

    name: str
    places: Array
    values: Array
    rises: Array
    low: float | None
    high: float | None
    words: str


class Held(Problem):
    """A problem with one shared parameter held at a place.

    Parameters
    ----------
    problem : the whole problem
    name : of the parameter
    at : its place
    belief : whether the belief about it counts
    """

    def __init__(self, problem: Problem, name: str, at: float, belief: bool) -> None:
        self.__dict__ = dict(problem.__dict__)
        self._name, self._at, self._belief = name, at, belief
        self._entry = problem.entries.index(Entry(name))

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Lowest and highest place of each entry."""
        low, high = super().bounds
        low[self._entry] = high[self._entry] = self._at
        return low, high

    @property
    def centre(self) -> Array:
        """Middle of the belief about each entry."""
        found = super().centre
        if not self._belief:
            found[self._entry] = self._at
        return found

    @property
    def moving(self) -> list[str]:
        """Return the parameters by which there are derivatives."""
        own = any(e.parameter == self._name and e.specimen for e in self.entries)
        return [name for name in super().moving if own or name != self._name]


def profile(
    problem: Problem,
    found: Found,
    name: str,
    *,
    iterations: int = 3,
    belief: bool = False,
    tell: Callable[[str], None] = lambda text: None,
) -> Profile:
    """Return the profile likelihood of a shared parameter.

    Sizes of errors and spreads stay as the fit found them.

    Parameters
    ----------
    problem, found : a stage and where its search ended
    name : of the parameter
    iterations : most Gauss-Newton steps of the others at each place
    belief : whether the belief about the parameter itself counts
    tell : is called with a line for each place

    Raises
    ------
    ParameterError
        for a parameter that the stage does not fit.
    """
    names = [entry.parameter for entry in problem.entries if not entry.specimen]
    if name not in names:
        raise ParameterError(
            f"'{name}' is not fitted in this stage; there are {', '.join(names)}"
            f"{nearest(name, names)}"
        )
    entry, line = problem.entries.index(Entry(name)), problem.lines[name]
    best = float(found.z[entry])
    held = Held(problem, name, best, belief)
    base = cost(held, found.z, found.prediction, found.sizes)
    rises = {best: 0.0}
    for side in (-1.0, 1.0):
        start = (found.z, found.prediction)
        for place in _places(problem, found, entry, side):
            held = Held(problem, name, place, belief)
            start, value = _refitted(held, found, start, (entry, place), iterations)
            rises[place] = value - base
            tell(f"{name} at {line.value(place):.4g}: misfit {value - base:+.2f}")
            if value - base > FAR_ENOUGH * RISE:
                break
    return _read(name, rises, best, line.value)


def _places(problem: Problem, found: Found, entry: int, side: float) -> list[float]:
    """Return places on one side of the best, to the bound at most."""
    low, high = (float(bound[entry]) for bound in problem.bounds)
    best, sd = float(found.z[entry]), float(np.sqrt(found.covariance[entry, entry]))
    end = low if side < 0 else high
    room = side * (end - best)
    if room <= 1e-9:
        return []
    inside = [best + side * width * sd for width in WIDTHS if width * sd < room]
    return [*inside, end] if len(inside) < len(WIDTHS) else inside


def _refitted(
    held: Held,
    found: Found,
    start: tuple[Array, Prediction],
    at: tuple[int, float],
    iterations: int,
) -> tuple[tuple[Array, Prediction], float]:
    """Return vector and prediction of the others' best with one entry held, and the misfit."""
    entry, place = at
    low, high = held.bounds
    column = found.covariance[:, entry] / found.covariance[entry, entry]
    z = np.clip(start[0] + column * (place - start[0][entry]), low, high)
    reached = held.predict([z])[0]
    now, damping = cost(held, z, reached, found.sizes), DAMPING
    steps = held.fit.search.step * held.belief_sd(found.sizes.spreads)
    for _ in range(iterations if np.isfinite(now) and z.size > 1 else 0):
        here = (z, reached, held.jacobian(z, reached, steps))
        new, after, damping = damped_step(held, here, found.sizes, now, damping)
        if after is None:
            break
        fallen = now - cost(held, new, after, found.sizes)
        z, reached, now = new, after, now - fallen
        if fallen < SMALL:
            break
    return ((z, reached) if np.isfinite(now) else start), now


def _read(
    name: str, rises: Mapping[float, float], best: float, value: Callable[[float], float]
) -> Profile:
    """Return a profile with its interval and what it says."""
    places = np.array(sorted(rises))
    heights = np.array([rises[place] for place in places])
    low = _limit(best, places[places <= best][::-1], heights[places <= best][::-1])
    high = _limit(best, places[places >= best], heights[places >= best])
    ends = [None if end is None else value(end) for end in (low, high)]
    values = np.array([value(place) for place in places])
    return Profile(name, places, values, heights, ends[0], ends[1], _words(ends, heights))


def _limit(best: float, places: Array, rises: Array) -> float | None:
    """Return where the rise ends the interval, going away from the best; none if it does not.

    Between places the square root of the rise is straight, as it is for a parabola.
    """
    beyond = np.flatnonzero(rises >= RISE)
    if not beyond.size:
        return None
    last = int(beyond[0])
    if not np.isfinite(rises[last]):
        return float(places[last - 1])  # what cannot be simulated is no further place
    inner, outer = (np.sqrt(max(float(rises[i]), 0.0)) for i in (last - 1, last))
    part = (np.sqrt(RISE) - inner) / (outer - inner)
    return float(places[last - 1] + part * (places[last] - places[last - 1]))


def _words(ends: list[Any], rises: Array) -> str:
    words = []
    known = rises[np.isfinite(rises)]
    if ends == [None, None]:
        words.append(
            f"the data do not identify it: the misfit rises by at most {max(known.max(), 0):.2g}"
        )
    elif None in ends:
        side = "lower" if ends[0] is None else "upper"
        words.append(f"the data give no {side} limit")
    if known.min() < -BETTER:
        words.append(f"the misfit falls by {-known.min():.2g} beside the best: fit again")
    if known.size < rises.size:
        words.append("some places could not be simulated")
    return "; ".join(words)
