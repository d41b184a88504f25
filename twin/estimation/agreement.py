"""What has to agree between the parts of a fit file: names, stages, targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from twin.errors import nearest
from twin.estimation.sections import (
    AGES,
    COLUMN_QUANTITIES,
    QUANTITIES,
    ExperimentSection,
    FitStudy,
)


def problems_between(study: FitStudy) -> list[str]:
    """Return what does not fit together, as sentences."""
    return [*_twice(study), *_noise(study), *_stages(study), *_targets(study), *_names(study)]


def _twice(study: FitStudy) -> Iterator[str]:
    listed: dict[str, Sequence[str]] = {
        "experiments": [experiment.name for experiment in study.experiments],
        "stages": study.stages,
        "backtests": [test.name for test in study.backtests],
    }
    for where, names in listed.items():
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                yield f"{where}: '{name}' is there twice"


def _noise(study: FitStudy) -> Iterator[str]:
    used = {q for e in study.experiments for q in _quantities(e)}
    for q in sorted(used - set(study.noise)):
        yield f"noise: '{q}' is measured, but its noise is not given; add noise.{q}.sd"
    for q in study.noise:
        if q not in QUANTITIES:
            yield f"noise: {_unknown(q, QUANTITIES)}"


def _quantities(experiment: ExperimentSection) -> set[str]:
    tables = {q for t in experiment.tables for q in (*t.columns, *t.values) if q not in AGES}
    return tables | {q for c in experiment.curves for q in c.columns if q != "time_s"}


def _stages(study: FitStudy) -> Iterator[str]:
    for name, parameter in study.parameters.items():
        if parameter.stage not in study.stages:
            yield f"parameters.{name}.stage: {_unknown(parameter.stage, study.stages)}"
    for experiment in study.experiments:
        stages = [t.stage for t in experiment.tables] + [c.stage for c in experiment.curves]
        for stage in stages:
            if stage not in study.stages:
                yield f"experiment '{experiment.name}', stage: {_unknown(stage, study.stages)}"


def _targets(study: FitStudy) -> Iterator[str]:
    """Name a target that two parameters say the value of: one would count for nothing."""
    every = {experiment.name for experiment in study.experiments}
    said: dict[str, list[tuple[str, set[str]]]] = {}
    for name, parameter in study.parameters.items():
        if parameter.kind != "value":
            continue
        acts = every if parameter.experiments is None else set(parameter.experiments)
        for target in parameter.targets:
            for other, there in said.get(target, []):
                if acts & there:
                    yield (
                        f"parameters.{name}.targets: '{target}' has its value from "
                        f"parameters.{other} already; use kind: factor, or other experiments"
                    )
            said.setdefault(target, []).append((name, acts))


def _names(study: FitStudy) -> Iterator[str]:
    for where, given, allowed in _named(study):
        for name in given:
            if name not in allowed:
                yield f"{where}: {_unknown(name, allowed)}"


def _named(study: FitStudy) -> Iterator[tuple[str, Iterable[str], Sequence[str]]]:
    """Yield where names are used, which, and what there is."""
    names = [experiment.name for experiment in study.experiments]
    for name, parameter in study.parameters.items():
        yield f"parameters.{name}.experiments", parameter.experiments or (), names
    yield "forecast", study.forecast.experiments, names
    yield "forecast.quantities", study.forecast.quantities, COLUMN_QUANTITIES
    for test in study.backtests:
        after = [name for name in test.hide_after if name != "all"]
        yield f"backtests.{test.name}", (*test.hide_experiments, *after), names
        yield f"backtests.{test.name}.quantity", (test.quantity,), COLUMN_QUANTITIES


def _unknown(given: str, allowed: Iterable[str]) -> str:
    known = list(allowed)
    return f"'{given}' is unknown; there are {', '.join(known)}{nearest(given, known)}"
