"""From a fit and values of its free parameters to the studies of its experiments."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from twin.errors import ParameterError, StudyError, nearest
from twin.estimation.observing import ages
from twin.estimation.running import Answer, CurveAsked, Request
from twin.estimation.sections import OBSERVATION, SWELLING, ExperimentSection, FitStudy
from twin.names import CELL_THICKNESS_CHANGE
from twin.study.files import absolute

SECTIONS = ("cell", "protocol", "model", "solver", "outputs")
# what turns an amount of reaction products into thickness; from the parameter set
PRODUCT_VOLUMES = {
    "sei_volume": "SEI partial molar volume [m3.mol-1]",
    "sei_lithium": "Ratio of lithium moles to SEI moles",
    "width": "Electrode width [m]",
    "height": "Electrode height [m]",
    "lithium_volume": "Lithium metal partial molar volume [m3.mol-1]",
}
QUIET = {"report": False, "timeseries": {"cycles": "none", "checkups": False}}
CURVES = {"report": False, "timeseries": {"cycles": "all", "checkups": True}}


def laid_over(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain data with other plain data laid over it; lists and values are replaced.

    >>> laid_over({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}})
    {'a': {'b': 3, 'c': 2}}
    """
    found = dict(copy.deepcopy(dict(base)))
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = laid_over(found[key], value) if both else copy.deepcopy(value)
    return found


@dataclass(frozen=True)
class Bench:
    """One experiment, ready to be simulated with any values of the free parameters.

    Parameters
    ----------
    section : the experiment
    plain : its study as plain data, with the values that nobody fits
    parameters : free parameters that act in it: name -> targets and whether it is a factor
    base : numbers that factors multiply, by target
    volumes : molar volumes and area that a swelling is worked out from, where they are known
    origin : tells the values of its parameter set, and the versions of what simulates it
    """

    section: ExperimentSection
    plain: dict[str, Any]
    parameters: dict[str, tuple[tuple[str, ...], bool]]
    base: dict[str, float]
    volumes: dict[str, float] = field(default_factory=dict)
    origin: str = ""

    def request(
        self,
        values: Mapping[str, float],
        last_age: float | None = None,
        curves: tuple[CurveAsked, ...] = (),
    ) -> Request:
        """Return the simulation with values of the free parameters, as for `study`."""
        return Request(self.study(values, last_age), curves, self.origin)

    def study(self, values: Mapping[str, float], last_age: float | None = None) -> dict[str, Any]:
        """Return the study as plain data.

        Parameters
        ----------
        values : of the free parameters; those that do not act here are passed over
        last_age : cycle after which it may stop; it goes on to the next check-up
        """
        found = copy.deepcopy(self.plain)
        given = found["cell"].setdefault("values", {})
        numbers = self.numbers(values)
        given.update({t: v for t, v in numbers.items() if not t.startswith(OBSERVATION)})
        if last_age is not None:
            stop = found["protocol"].setdefault("stop", {})
            end = _next_checkup(found["protocol"].get("checkups") or {}, math.ceil(last_age))
            stop["cycles"] = max(1, min(end, stop.get("cycles", math.inf)))
            _leave_out(found["protocol"].get("checkups"), stop["cycles"])
        return found

    def check_begin(self, answer: Answer, age: str, begin: float) -> None:
        """Refuse measurements from before the first check-up.

        Capacity in per cent and losses count from the first check-up of a run; from another age
        than the measured ones they are another quantity.

        Raises
        ------
        StudyError
            where something was measured before the first check-up.
        """
        if answer.table and begin < (first := float(ages(answer.table, age)[0])):
            where = f"experiment '{self.section.name}'"
            raise StudyError(
                [
                    f"{where}: measured from {age} {begin:g} on, but the first check-up of its "
                    f"protocol is after cycle {first:g}, where capacity is 100 % and losses are 0; "
                    "let the check-ups begin with the measurements (at_start: true, or after:)"
                ],
                where,
            )

    def check_reach(self, answer: Answer, age: str, end: float) -> None:
        """Refuse an age that the protocol does not reach: nothing is made up beyond its end.

        A life that fails, or that ends by a stop condition, may go on with its last slope.

        Parameters
        ----------
        answer : one life
        age, end : what it is asked for: kind and place

        Raises
        ------
        StudyError
            where the last check-up is more than an interval before the age.
        """
        stops = set(self.plain["protocol"].get("stop") or {}) - {"cycles"}
        if answer.ended or stops or not answer.table:
            return
        x = ages(answer.table, age)
        interval = x[-1] - x[-2] if x.size > 1 else 0.0
        if end > x[-1] + interval:
            where = f"experiment '{self.section.name}'"
            raise StudyError(
                [
                    f"{where}: {age} {end:g} is asked for, but the last check-up of its protocol "
                    f"is at {x[-1]:g}; repeat the cycles until there"
                ],
                where,
            )

    def numbers(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return the value of each target: the value given, times all its factors."""
        found: dict[str, float] = {}
        for name, (targets, factor) in sorted(self.parameters.items(), key=lambda item: item[1][1]):
            for target in targets:
                begin = found.get(target, self.base.get(target, 1.0))
                found[target] = begin * values[name] if factor else values[name]
        return found

    def observation(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return what the observation needs beyond the tables of the run."""
        numbers = self.numbers(values)
        found = {key: numbers.get(name, self.volumes.get(key)) for key, name in _named()}
        known = {key: value for key, value in found.items() if value is not None}
        return {**known, "swelling": numbers.get(SWELLING, 1.0)}


def _next_checkup(checkups: Mapping[str, Any], cycle: int) -> int:
    """Return the first cycle with a check-up that is not before a cycle, if it is known.

    >>> _next_checkup({"every_cycles": 40, "at_cycles": [10]}, 75)
    80
    """
    every = checkups.get("every_cycles")
    known = [c for c in checkups.get("at_cycles", ()) if c >= cycle]
    known += [math.ceil(cycle / every) * every] if every else []
    return min(known, default=cycle)


def _leave_out(checkups: Any, last: int) -> None:
    """Take check-ups after the last cycle out of plain data, in place; one is made at the end."""
    if isinstance(checkups, dict) and "at_cycles" in checkups:
        checkups["at_cycles"] = [cycle for cycle in checkups["at_cycles"] if cycle <= last]
        if not checkups["at_cycles"]:
            del checkups["at_cycles"]
        checkups.setdefault("at_end", True)


def _named() -> list[tuple[str, str]]:
    return list(PRODUCT_VOLUMES.items())


def benches(fit: FitStudy) -> dict[str, Bench]:
    """Return all experiments of a fit, ready to be simulated.

    Raises
    ------
    StudyError, ParameterError
        for an experiment that is no study, a target that its parameter set does not have, or
        a swelling whose volumes and area it does not have.
    """
    return {section.name: _bench(fit, section) for section in fit.experiments}


def _bench(fit: FitStudy, section: ExperimentSection) -> Bench:
    plain = laid_over(
        {key: fit.common[key] for key in fit.common},
        {key: getattr(section, key) for key in SECTIONS if getattr(section, key)},
    )
    plain["name"] = f"{fit.name}: {section.name}"
    plain["outputs"] = laid_over(_kept(section), plain.get("outputs", {}))
    _absolute_profiles(plain.get("protocol"), fit)
    _check(plain, section)
    acting = {
        name: (parameter.targets, parameter.kind == "factor")
        for name, parameter in fit.parameters.items()
        if parameter.experiments is None or section.name in parameter.experiments
    }
    values, origin = _set_values(plain)
    origin += "".join(f" {_content(file)}" for file in _profiles(plain["protocol"]))
    bench = _with_numbers(Bench(section, plain, acting, {}, origin=origin), values)
    _check_swelling(fit, bench)
    return bench


def _check(plain: Mapping[str, Any], section: ExperimentSection) -> None:
    """Refuse an experiment that is no study, or that measures nothing over its life."""
    from twin.study import Study
    from twin.study.messages import dotted, problems_of

    where = f"experiment '{section.name}'"
    try:
        study = Study.model_validate(plain)
    except ValidationError as error:
        found = problems_of(error, Study)
        raise StudyError([f"{where}: {dotted(p.key)}: {p.text}" for p in found], where) from None
    if section.tables and study.protocol.checkups is None:
        raise StudyError(
            [f"{where}: protocol.checkups is missing; its tables are compared with check-ups"],
            where,
        )


def _check_swelling(fit: FitStudy, bench: Bench) -> None:
    asked = {q for table in bench.section.tables for q in (*table.columns, *table.values)}
    names = fit.forecast.experiments or (bench.section.name,)
    if bench.section.name in names:
        asked |= set(fit.forecast.quantities)
    known = bench.observation(dict.fromkeys(bench.parameters, 1.0))
    lacking = [name for key, name in _named() if key not in known and key != "lithium_volume"]
    if "swelling_um" in asked and lacking:
        raise ParameterError(
            f"experiment '{bench.section.name}': swelling_um needs '{lacking[0]}', which the set "
            "does not have; give it under cell.values"
        )


def _kept(section: ExperimentSection) -> dict[str, Any]:
    """Return what a run has to keep for the measurements of an experiment."""
    if not section.curves:
        return QUIET
    found = copy.deepcopy(CURVES)
    if any("thickness_um" in curve.columns for curve in section.curves):
        found["timeseries"]["variables"] = [CELL_THICKNESS_CHANGE]  # type: ignore[index]
    return found


def _absolute_profiles(data: Any, fit: FitStudy) -> None:
    """Make the files of profiles absolute, in place; those of a loaded file are already."""
    if isinstance(data, dict):
        if isinstance(data.get("file"), str):
            data["file"] = absolute(data["file"], fit.folder)
        for part in data.values():
            _absolute_profiles(part, fit)
    elif isinstance(data, list):
        for part in data:
            _absolute_profiles(part, fit)


def _profiles(data: Any) -> list[str]:
    """Return the files of profiles in plain data, in order."""
    if isinstance(data, dict):
        own = [data["file"]] if isinstance(data.get("file"), str) else []
        return own + [file for part in data.values() for file in _profiles(part)]
    return [file for part in data for file in _profiles(part)] if isinstance(data, list) else []


def _content(file: str) -> str:
    """Return the SHA-256 of a file, "" where it cannot be read: the run says why."""
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError:
        return ""


def _set_values(plain: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the values of the parameter set with the study's, and what tells the set."""
    from twin.parameters.values import load_parameters

    loaded = load_parameters(plain["cell"]["parameters"], {})
    versions = "".join(f" {name} {version(name)}" for name in ("celltwin", "pybamm"))
    values = {**dict(loaded.values), **plain["cell"].get("values", {})}
    return values, loaded.hash + versions


def _with_numbers(bench: Bench, values: Mapping[str, Any]) -> Bench:
    base = {}
    given = {t for targets, factor in bench.parameters.values() if not factor for t in targets}
    for name, (targets, factor) in bench.parameters.items():
        for target in targets:
            if factor and target not in given and not target.startswith(OBSERVATION):
                base[target] = _number(name, target, values)
    volumes = {
        key: float(values[name])
        for key, name in _named()
        if isinstance(values.get(name), int | float)
    }
    return replace(bench, base=base, volumes=volumes)


def _number(name: str, target: str, values: Mapping[str, Any]) -> float:
    found = values.get(target)
    if isinstance(found, int | float):
        return float(found)
    what = "has no parameter" if found is None else "has a function, not a number, for"
    raise ParameterError(
        f"parameters.{name}.targets: the set {what} '{target}', so there is nothing to multiply; "
        f"use kind: value, or another target{nearest(target, [str(v) for v in values])}"
    )
