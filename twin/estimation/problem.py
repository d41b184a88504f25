r"""One stage of a fit as a problem of numbers: vectors in, residuals and beliefs out.

The vector :math:`z` holds the parameters that all specimens share and, after them, how far each
specimen is from the shared value where a parameter has a spread. What a specimen
simulates depends on the sum of the two alone, so a derivative by the one is one by the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twin.estimation.discrepancy import Noises
from twin.estimation.experiments import Bench
from twin.estimation.observations import Series, last_age, of_life
from twin.estimation.observing import ages, at_ages, quantity
from twin.estimation.running import Answer, Request, Runner
from twin.estimation.sections import FitStudy
from twin.estimation.transforms import Line
from twin.estimation.whitening import Whitener, groups_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Entry:
    """One entry of the vector: a parameter, shared or of one specimen.

    Parameters
    ----------
    parameter : its name
    specimen : whose deviation it is; "" for the shared value
    """

    parameter: str
    specimen: str = ""

    def __str__(self) -> str:
        return f"{self.parameter} [{self.specimen}]" if self.specimen else self.parameter


@dataclass(frozen=True)
class Prediction:
    """What the model says at all measurements of a problem.

    Parameters
    ----------
    values : one below the other, as the measurements; NaN where nothing could be simulated
    ended : experiment -> why its run ended early
    """

    values: Array
    ended: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """One parameter of one experiment, moved along its line.

    Parameters
    ----------
    experiment, name : which
    h : how far
    other : how far to move instead where nothing can be simulated; 0 for not at all
    """

    experiment: str
    name: str
    h: float
    other: float = 0.0


class Problem:
    """Parameters and measurements of one stage.

    Parameters
    ----------
    fit : the fit
    benches : experiments ready to be simulated
    series : measurements that are fitted
    free : parameters that are free; the others keep the values in ``fixed``
    fixed : places on their lines of parameters that other stages fit, by entry
    runner : makes the simulations
    """

    def __init__(
        self,
        fit: FitStudy,
        benches: Mapping[str, Bench],
        series: Sequence[Series],
        free: Sequence[str],
        fixed: Mapping[Entry, float],
        runner: Runner,
    ) -> None:
        self.fit, self.benches, self.series = fit, dict(benches), list(series)
        self.lines = {name: Line(name, section) for name, section in fit.parameters.items()}
        self.fixed, self.runner = dict(fixed), runner
        self.experiments = [
            e.name for e in fit.experiments if any(s.experiment == e.name for s in series)
        ]
        self.entries = self._entries(free)
        self.y = np.concatenate([s.y for s in self.series]) if self.series else np.zeros(0)
        ends = np.cumsum([0, *(s.x.size for s in self.series)])
        self.parts = [slice(a, b) for a, b in pairwise(ends)]
        self._groups = groups_of(self.series)

    def _entries(self, free: Sequence[str]) -> list[Entry]:
        acting = [n for n in free if any(n in self.benches[e].parameters for e in self.experiments)]
        shared = [Entry(name) for name in acting]
        own = [
            Entry(name, specimen)
            for specimen in dict.fromkeys(self.specimen(e) for e in self.experiments)
            for name in acting
            if self.lines[name].section.spread is not None and self._acts(name, specimen)
        ]
        return shared + own

    def _acts(self, name: str, specimen: str) -> bool:
        return any(
            name in self.benches[e].parameters
            for e in self.experiments
            if self.specimen(e) == specimen
        )

    def specimen(self, experiment: str) -> str:
        """Return which cell an experiment is made on."""
        return self.benches[experiment].section.cell_id

    # -- beliefs ----------------------------------------------------------------

    @property
    def centre(self) -> Array:
        """Middle of the belief about each entry."""
        return np.array(
            [0.0 if e.specimen else self.lines[e.parameter].centre for e in self.entries]
        )

    def belief_sd(self, spreads: Mapping[str, float]) -> Array:
        """Return the standard deviation of the belief about each entry."""
        return np.array(
            [
                spreads[e.parameter] if e.specimen else self.lines[e.parameter].sd
                for e in self.entries
            ]
        )

    @property
    def start(self) -> Array:
        """Where the search begins."""
        return np.array(
            [0.0 if e.specimen else self.lines[e.parameter].start for e in self.entries]
        )

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Lowest and highest place of each entry; a deviation may cross the whole line."""
        pairs = []
        for entry in self.entries:
            line = self.lines[entry.parameter]
            wide = line.high - line.low
            pairs.append((-wide, wide) if entry.specimen else (line.low, line.high))
        low, high = zip(*pairs, strict=True) if pairs else ((), ())
        return np.array(low, dtype=float), np.array(high, dtype=float)

    # -- simulations ------------------------------------------------------------

    def values_of(self, experiment: str, z: Array) -> dict[str, float]:
        """Return the values of all parameters that act in an experiment."""
        return {
            name: self.lines[name].value(self._place(experiment, name, z))
            for name in self.benches[experiment].parameters
        }

    def request(self, experiment: str, z: Array) -> Request:
        """Return the simulation of an experiment."""
        own = [s for s in self.series if s.experiment == experiment]
        end = last_age(own, "cycle") if all(s.age == "cycle" for s in own) else None
        bench = self.benches[experiment]
        asked = []
        for place, curve in enumerate(bench.section.curves):
            times = next((s.x for s in own if s.curve == place), np.zeros(0))
            asked.append((curve.sequence, curve.steps, tuple(map(float, times))))
        return bench.request(self.values_of(experiment, z), end, tuple(asked))

    def predict(self, vectors: Sequence[Array]) -> list[Prediction]:
        """Return what the model says for each vector; all simulations side by side."""
        asked = [(e, z) for z in vectors for e in self.experiments]
        answers = self.runner.run([self.request(e, z) for e, z in asked])
        n = len(self.experiments)
        return [
            self.prediction(
                z, dict(zip(self.experiments, answers[i * n : (i + 1) * n], strict=True))
            )
            for i, z in enumerate(vectors)
        ]

    def prediction(self, z: Array, answers: Mapping[str, Answer]) -> Prediction:
        """Return what answers say at all measurements."""
        values = np.full(self.y.shape, np.nan)
        for series, part in zip(self.series, self.parts, strict=True):
            bench, answer = self.benches[series.experiment], answers[series.experiment]
            if of_life(series):
                bench.check_begin(answer, series.age, float(series.x.min()))
                bench.check_reach(answer, series.age, float(series.x.max()))
            observation = bench.observation(self.values_of(series.experiment, z))
            values[part] = predicted(series, answer, bench, observation)
        return Prediction(values, {e: a.ended for e, a in answers.items() if a.ended})

    def jacobian(self, z: Array, at: Prediction, steps: Array) -> Array:
        """Return the derivative of the prediction by difference quotients.

        One simulation per experiment and parameter that acts in it; where a step ends in
        nothing, a second one in the other direction.

        Parameters
        ----------
        z : where
        at : prediction there
        steps : of each entry, backwards where negative; deviations of specimens move by that of
            the shared parameter
        """
        found = np.full((self.y.size, len(self.entries)), np.nan)
        plan = [
            self._move(experiment, name, z, steps)
            for experiment in self.experiments
            for name in self.moving
            if name in self.benches[experiment].parameters
        ]
        lost = [move for move in self._fill(found, at, z, plan) if move.other]
        self._fill(found, at, z, [replace(move, h=move.other, other=0.0) for move in lost])
        return np.asarray(np.nan_to_num(found), dtype=float)

    @property
    def moving(self) -> list[str]:
        """Return the parameters by which there are derivatives."""
        return list(dict.fromkeys(e.parameter for e in self.entries))

    def _move(self, experiment: str, name: str, z: Array, steps: Array) -> Move:
        """Return a step of a parameter that stays within its bounds, and one that goes back."""
        line, here = self.lines[name], self._place(experiment, name, z)
        size = steps[self.entries.index(Entry(name))]
        up, down = (min(max(here + h, line.low), line.high) - here for h in (size, -size))
        pair = (up, down) if abs(up) >= 0.99 * abs(down) else (down, up)
        return Move(experiment, name, *pair)

    def _sum(self, experiment: str, name: str, z: Array) -> float:
        """Return the shared place of a parameter plus the deviation of a specimen."""
        given = {**self.fixed, **dict(zip(self.entries, z, strict=True))}
        shared = given.get(Entry(name), self.lines[name].start)
        return float(shared + given.get(Entry(name, self.specimen(experiment)), 0.0))

    def _place(self, experiment: str, name: str, z: Array) -> float:
        """Return where a parameter of an experiment is on its line, within the bounds."""
        line = self.lines[name]
        return min(max(self._sum(experiment, name, z), line.low), line.high)

    def _moved(self, move: Move, z: Array) -> Array:
        """Return the vector with one parameter of one experiment moved."""
        own = Entry(move.name, self.specimen(move.experiment))
        place = self.entries.index(own if own in self.entries else Entry(move.name))
        found = z.copy()
        beyond = self._sum(move.experiment, move.name, z) - self._place(
            move.experiment, move.name, z
        )
        found[place] += move.h - beyond
        return found

    def _fill(self, found: Array, at: Prediction, z: Array, plan: Sequence[Move]) -> list[Move]:
        """Write derivatives in place, and return the moves that ended in nothing."""
        vectors = [self._moved(move, z) for move in plan]
        asked = [self.request(m.experiment, v) for m, v in zip(plan, vectors, strict=True)]
        lost = []
        for move, vector, answer in zip(plan, vectors, self.runner.run(asked), strict=True):
            slope = self._slope(move, vector, at, answer)
            if any(np.isnan(values).all() for values in slope.values()):
                lost.append(move)
            own = Entry(move.name, self.specimen(move.experiment))
            for column in [i for i, e in enumerate(self.entries) if e in (Entry(move.name), own)]:
                for place, values in slope.items():
                    found[self.parts[place], column] = values
        return lost

    def _slope(self, move: Move, vector: Array, at: Prediction, answer: Answer) -> dict[int, Array]:
        """Return the derivative of each series of an experiment."""
        bench = self.benches[move.experiment]
        observation = bench.observation(self.values_of(move.experiment, vector))
        return {
            i: (predicted(series, answer, bench, observation) - at.values[self.parts[i]]) / move.h
            for i, series in enumerate(self.series)
            if series.experiment == move.experiment
        }

    # -- errors -----------------------------------------------------------------

    def whitener(self, noises: Noises) -> Whitener:
        """Return what makes the errors of all measurements independent and of unit size."""
        return Whitener(self._groups, noises)


def predicted(
    series: Series, answer: Answer, bench: Bench, observation: Mapping[str, float]
) -> Array:
    """Return what a simulation says where something was measured."""
    if not of_life(series):
        place = series.curve or 0
        curve = answer.curves[place] if place < len(answer.curves) else {}
        return np.asarray(curve.get(series.quantity, np.full(series.x.shape, np.nan)))
    if not answer.table:
        return np.full(series.x.shape, np.nan)
    x = ages(answer.table, series.age)
    return at_ages(x, quantity(answer.table, series.quantity, observation), series.x)
