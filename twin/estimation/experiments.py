"""From a fit and values of its free parameters to the studies of its experiments."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twin.errors import ParameterError, nearest
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
    """

    section: ExperimentSection
    plain: dict[str, Any]
    parameters: dict[str, tuple[tuple[str, ...], bool]]
    base: dict[str, float]
    volumes: dict[str, float] = field(default_factory=dict)

    def study(self, values: Mapping[str, float], last_age: float | None = None) -> dict[str, Any]:
        """Return the study as plain data.

        Parameters
        ----------
        values : of the free parameters; those that do not act here are passed over
        last_age : cycle after which it may stop
        """
        found = copy.deepcopy(self.plain)
        given = found["cell"].setdefault("values", {})
        numbers = self.numbers(values)
        given.update({t: v for t, v in numbers.items() if not t.startswith(OBSERVATION)})
        if last_age is not None:
            stop = found["protocol"].setdefault("stop", {})
            stop["cycles"] = max(1, min(math.ceil(last_age), stop.get("cycles", math.inf)))
        return found

    def numbers(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return the value of each target; factors of one target multiply."""
        found: dict[str, float] = {}
        for name, (targets, factor) in self.parameters.items():
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


def _named() -> list[tuple[str, str]]:
    return list(PRODUCT_VOLUMES.items())


def benches(fit: FitStudy) -> dict[str, Bench]:
    """Return all experiments of a fit, ready to be simulated.

    Raises
    ------
    StudyError, ParameterError
        for an experiment that is no study, or a target that its parameter set does not have.
    """
    return {section.name: _bench(fit, section) for section in fit.experiments}


def _bench(fit: FitStudy, section: ExperimentSection) -> Bench:
    plain = laid_over(
        {key: fit.common[key] for key in fit.common},
        {key: getattr(section, key) for key in SECTIONS if getattr(section, key)},
    )
    plain["name"] = f"{fit.name}: {section.name}"
    plain["outputs"] = laid_over(_kept(section), plain.get("outputs", {}))
    plain.setdefault("cell", {})
    _absolute_profiles(plain.get("protocol"), fit)
    acting = {
        name: (parameter.targets, parameter.kind == "factor")
        for name, parameter in fit.parameters.items()
        if parameter.experiments is None or section.name in parameter.experiments
    }
    bench = Bench(section, plain, acting, {})
    return _with_numbers(bench, _set_values(plain))


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


def _set_values(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the parameter set, those of the study laid over."""
    from twin.parameters.values import load_parameters

    loaded = load_parameters(plain["cell"]["parameters"], {})
    return {**dict(loaded.values), **plain["cell"].get("values", {})}


def _with_numbers(bench: Bench, values: Mapping[str, Any]) -> Bench:
    base = {}
    for name, (targets, factor) in bench.parameters.items():
        for target in targets:
            if factor and not target.startswith(OBSERVATION):
                base[target] = _number(name, target, values)
    volumes = {
        key: float(values[name])
        for key, name in _named()
        if isinstance(values.get(name), int | float)
    }
    return Bench(bench.section, bench.plain, bench.parameters, base, volumes)


def _number(name: str, target: str, values: Mapping[str, Any]) -> float:
    found = values.get(target)
    if isinstance(found, int | float):
        return float(found)
    what = "has no parameter" if found is None else "has a function, not a number, for"
    raise ParameterError(
        f"parameters.{name}.targets: the set {what} '{target}', so there is nothing to multiply; "
        f"use kind: value, or another target{nearest(target, [str(v) for v in values])}"
    )
