"""A fit, stage by stage: search, posterior, and a folder that holds all of it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import block_diag

from twin.errors import ResultsError, StudyError
from twin.estimation.experiments import Bench, benches
from twin.estimation.observations import Series, data_hash, observations
from twin.estimation.posterior import Posterior
from twin.estimation.problem import Problem
from twin.estimation.running import Journal, Runner
from twin.estimation.search import Found, best
from twin.estimation.sections import FitStudy
from twin.estimation.sizes import Sizes, sizes_at_start

FILE = "fit.json"
FORMAT = 1


@dataclass(frozen=True)
class StageFit:
    """One stage after its search.

    Parameters
    ----------
    name : of the stage
    problem : parameters and measurements
    found : where the search ended
    """

    name: str
    problem: Problem
    found: Found


@dataclass(frozen=True)
class Fitted:
    """A fit and what it found.

    Parameters
    ----------
    fit : what was fitted
    law : posterior of all parameters
    series : measurements that were fitted
    stages : the searches, where they were made in this process
    seconds, simulations : what it took
    """

    fit: FitStudy
    law: Posterior
    series: tuple[Series, ...]
    stages: tuple[StageFit, ...] = ()
    seconds: float = 0.0
    simulations: int = 0

    @cached_property
    def benches(self) -> dict[str, Bench]:
        """The experiments, ready to be simulated."""
        return benches(self.fit)

    def plain(self) -> dict[str, Any]:
        """Return plain data for ``fit.json``."""
        from importlib.metadata import version

        return {
            "format": FORMAT,
            "name": self.fit.name,
            "data_sha256": data_hash(self.series),
            "beliefs_sha256": beliefs_hash(self.fit),
            "versions": {name: version(name) for name in ("celltwin", "pybamm")},
            "seconds": round(self.seconds, 1),
            "simulations": self.simulations,
            "posterior": self.law.plain(),
            "stages": [
                {
                    "name": stage.name,
                    "iterations": stage.found.iterations,
                    "converged": stage.found.converged,
                    "misfit": list(stage.found.history),
                }
                for stage in self.stages
            ],
        }


def fit(
    study: FitStudy,
    out: str | Path | None = None,
    *,
    jobs: int | None = None,
    tell: Callable[[str], None] = lambda text: None,
    series: Sequence[Series] | None = None,
    journal: Journal | None = None,
) -> Fitted:
    """Fit the free parameters to the measurements, stage by stage.

    Parameters
    ----------
    study : what is fitted to what
    out : folder; simulations in it are not made again, so a stopped fit goes on
    jobs : processes; by default one for each core
    tell : is called with a line for each thing that happens
    series : measurements, where they are not all that the study names
    journal : simulations that are known, in place of those in the folder

    Raises
    ------
    StudyError, DataError, ParameterError
        for bad input.
    SearchFailed
        where nothing can be simulated from the start.
    """
    began = time.monotonic()
    folder = None if out is None else Path(out)
    found = list(observations(study) if series is None else series)
    if not found:
        raise StudyError([f"{study.name}: there are no measurements to fit"], study.name)
    runner = Runner(Journal(folder) if journal is None else journal, jobs)
    ready = benches(study)
    law, stages = _empty(sizes_at_start(_nothing(study, ready, runner))), []
    for stage in study.stages:
        law, done = _stage(
            study, ready, [s for s in found if s.stage == stage], stage, law, runner, tell
        )
        stages += done
    fitted = Fitted(
        study, law, tuple(found), tuple(stages), time.monotonic() - began, runner.simulated
    )
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(fitted.plain(), indent=1)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")
    return fitted


def _nothing(study: FitStudy, ready: dict[str, Bench], runner: Runner) -> Problem:
    return Problem(study, ready, [], [], {}, runner)


def _empty(sizes: Sizes) -> Posterior:
    return Posterior((), np.zeros(0), np.zeros((0, 0)), np.zeros(0), sizes)


def _stage(
    study: FitStudy,
    ready: dict[str, Bench],
    series: list[Series],
    stage: str,
    law: Posterior,
    runner: Runner,
    tell: Callable[[str], None],
) -> tuple[Posterior, list[StageFit]]:
    """Fit one stage with what the stages before found held."""
    free = [name for name, parameter in study.parameters.items() if parameter.stage == stage]
    fixed = dict(zip(law.entries, law.mean.tolist(), strict=True))
    problem = Problem(study, ready, series, free, fixed, runner)
    if not problem.entries:
        return law, []
    tell(f"stage {stage}: {len(problem.entries)} unknowns, {problem.y.size} measured values")
    found = best(problem, law.sizes, tell)
    if not found.converged:
        tell(f"stage {stage}: the search has not converged; give it more search.iterations")
    for name, why in found.prediction.ended.items():
        tell(f"the best run of '{name}' ended early: {why}")
    joined = Posterior(
        (*law.entries, *problem.entries),
        np.concatenate([law.mean, found.z]),
        block_diag(law.covariance, found.covariance) if law.entries else found.covariance,
        np.concatenate([law.prior_sd, problem.belief_sd(found.sizes.spreads)]),
        found.sizes,
        {**law.ended, **found.prediction.ended},
    )
    return joined, [StageFit(stage, problem, found)]


def load_fitted(study: FitStudy, folder: str | Path) -> Fitted:
    """Return a fit from its folder.

    Raises
    ------
    ResultsError
        where the folder holds none, or one of other data or parameters.
    """
    path = Path(folder) / FILE
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        law = Posterior.of(plain["posterior"])
        series = tuple(observations(study))
        same = plain["data_sha256"] == data_hash(series)
        took = float(plain["seconds"]), int(plain["simulations"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultsError(
            f"{path}: no fit can be read there ({error}); make one with 'twin fit'"
        ) from None
    unknown = {e.parameter for e in law.entries} - set(study.parameters)
    if not same or unknown:
        what = "other measurements" if not same else f"other parameters ({', '.join(unknown)})"
        raise ResultsError(f"{path}: this is a fit of {what}; fit again with 'twin fit'")
    if plain.get("beliefs_sha256", beliefs_hash(study)) != beliefs_hash(study):
        raise ResultsError(
            f"{path}: parameters, noise, stages, cell or model were changed since this fit; fit "
            "again with 'twin fit'"
        )
    return Fitted(study, law, series, (), *took)


def beliefs_hash(study: FitStudy) -> str:
    """Return the SHA-256 of what a posterior means nothing without.

    Parameters with their lines and beliefs, noise, stages, and cell and model of what was
    measured. Protocols may grow and experiments be added to forecast from one fit.
    """
    plain = {
        "parameters": {
            name: parameter.model_dump(mode="json", exclude={"experiments"})
            for name, parameter in study.parameters.items()
        },
        "noise": {name: noise.model_dump(mode="json") for name, noise in study.noise.items()},
        "stages": study.stages,
        "common": [_placeless(study.common.get("cell", {})), study.common.get("model", {})],
        "own": {
            one.name: [one.specimen, _placeless(one.cell), one.model]
            for one in study.experiments
            if one.tables or one.curves
        },
    }
    text = json.dumps(plain, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _placeless(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell without the folder of its parameter set: a fit may be moved."""
    found = dict(cell)
    if "parameters" in found:
        found["parameters"] = Path(str(found["parameters"])).name
    return found
