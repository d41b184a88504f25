"""Measurements made from a known truth, to see whether a fit finds it again.

The truth is drawn from the belief, simulated, and given noise; what a fit of it then says about
each parameter can be held against the truth. Of many such fits, nine in ten of the 90 %
intervals have to hold it (S. R. Cook, A. Gelman, D. B. Rubin, J. Comput. Graph. Stat. 15, 675
(2006), doi:10.1198/106186006X136976).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from twin.errors import ParameterError
from twin.estimation.experiments import benches
from twin.estimation.fitting import Fitted
from twin.estimation.observations import observations
from twin.estimation.posterior import LITTLE
from twin.estimation.problem import Entry, Problem
from twin.estimation.running import Runner
from twin.estimation.sections import COLUMN_QUANTITIES, FitStudy, TableSection
from twin.estimation.sizes import sizes_at_start

Array = NDArray[np.float64]
Truth = Mapping[Entry, float]
TRIES = 1000


POSSIBLE = 50.0  # a number that every quantity may have


@dataclass(frozen=True)
class Recovery:
    """One entry of a fit beside its truth, both on the line of the parameter.

    Parameters
    ----------
    entry : which
    truth : what the measurements were made with
    mean, sd : posterior of the fit
    learnt : share of the variance of the belief that the data took away
    """

    entry: Entry
    truth: float
    mean: float
    sd: float
    learnt: float

    @property
    def score(self) -> float:
        """Return truth minus estimate in standard deviations."""
        return (self.truth - self.mean) / self.sd

    @property
    def identified(self) -> bool:
        """Return whether the fit says that the data identify it."""
        return self.learnt >= LITTLE

    def inside(self, percent: float) -> bool:
        """Return whether the central interval of so many percent holds the truth."""
        return bool(abs(self.score) <= norm.ppf(0.5 + percent / 200))


def with_places(study: FitStudy, x: Sequence[float]) -> FitStudy:
    """Return a fit whose experiments are measured at some cycles, with numbers to be replaced."""
    quantities = [q for q in study.noise if q in COLUMN_QUANTITIES]
    any_number = dict.fromkeys(quantities, tuple(POSSIBLE for _ in x))
    table = TableSection(values={"cycle": tuple(x), **any_number}, stage=study.stages[0])
    experiments = tuple(e.model_copy(update={"tables": (table,)}) for e in study.experiments)
    return study.model_copy(update={"experiments": experiments})


def invented(
    study: FitStudy,
    x: Sequence[float],
    rng: np.random.Generator,
    runner: Runner,
    truth: Truth | None = None,
) -> tuple[FitStudy, Truth]:
    """Return a fit with made measurements, and the truth behind them.

    Parameters
    ----------
    study : experiments, parameters and noise; every quantity over life with a noise is measured
    x : cycles at which it is measured
    rng : draws truth and noise
    runner : makes the simulations
    truth : places on the lines; by default drawn from the belief within the bounds, deviations
        of specimens from their spreads

    Raises
    ------
    ParameterError
        where the truth cannot be drawn, or cannot be simulated.
    """
    placed = with_places(study, x)
    problem = Problem(
        placed, benches(placed), observations(placed), list(study.parameters), {}, runner
    )
    known = _drawn(problem, rng) if truth is None else truth
    reached = problem.predict([np.array([known[entry] for entry in problem.entries])])[0]
    if not np.all(np.isfinite(reached.values)):
        why = next(iter(reached.ended.items()), ("", "a quantity is not measured at check-ups"))
        raise ParameterError(f"the truth cannot be simulated: experiment '{why[0]}': {why[1]}")
    seen = {}
    for series, part in zip(problem.series, problem.parts, strict=True):
        noise = study.noise[series.quantity].sd * rng.standard_normal(series.x.size)
        seen[series.experiment, series.quantity] = tuple((reached.values[part] + noise).tolist())
    experiments = []
    for experiment in placed.experiments:
        table = experiment.tables[0]
        values = {q: seen.get((experiment.name, q), v) for q, v in table.values.items()}
        tables = (table.model_copy(update={"values": values}),)
        experiments.append(experiment.model_copy(update={"tables": tables}))
    return placed.model_copy(update={"experiments": tuple(experiments)}), known


def _drawn(problem: Problem, rng: np.random.Generator) -> dict[Entry, float]:
    """Return one draw of the belief within the bounds."""
    sd = problem.belief_sd(sizes_at_start(problem).spreads)
    low, high = problem.bounds
    found = {}
    for place, entry in enumerate(problem.entries):
        draws = problem.centre[place] + sd[place] * rng.standard_normal(TRIES)
        fine = draws[(draws >= low[place]) & (draws <= high[place])]
        if not fine.size:
            raise ParameterError(
                f"parameters.{entry.parameter}: its belief has nearly nothing within its bounds; "
                "give wider bounds, or another prior"
            )
        found[entry] = float(fine[0])
    return found


def recovered(fitted: Fitted, truth: Truth) -> list[Recovery]:
    """Return every entry of a fit beside its truth."""
    law = fitted.law
    sd = law.sd()
    return [
        Recovery(
            entry,
            truth[entry],
            float(law.mean[i]),
            float(sd[i]),
            float(1 - (sd[i] / law.prior_sd[i]) ** 2),
        )
        for i, entry in enumerate(law.entries)
    ]
