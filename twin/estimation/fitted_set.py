"""A fit as a parameter set: what was fitted can be shared, with how sure it is and where it holds.

Values that the experiments of a fit share are written with the fitted ones into a new set beside
the base set's own. What only some experiments have, such as the state of one specimen, stays in
the fit file.
"""

from __future__ import annotations

import io
import math
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from twin.estimation.experiments import Bench
from twin.estimation.fitting import Fitted
from twin.estimation.observations import data_hash
from twin.estimation.posterior import Z90, Estimate, estimates
from twin.estimation.problem import Entry
from twin.estimation.sections import OBSERVATION
from twin.estimation.transforms import Line
from twin.parameters.bpx.fields import PARAMETERISATION, STATE
from twin.parameters.places import entries_of, paths_by_name
from twin.parameters.provenance import value_paths
from twin.parameters.strict_files import write_json

Changes = Mapping[str, tuple[float, "Estimate | None"]]
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]+")
HASH_DIGITS = 16
SMALL = 0.3
STEP = 1e-4


def write_fitted_sets(fitted: Fitted, folder: str | Path) -> list[Path]:
    """Write one parameter set for each base set of a fit, and return their folders.

    Parameters
    ----------
    fitted : the fit
    folder : where the folders of the sets are made; sets that an earlier fit wrote are replaced

    Raises
    ------
    ParameterError
        where a base set cannot be written as one of ours.
    """
    bases: dict[str, list[str]] = {}
    for name, bench in fitted.benches.items():
        bases.setdefault(str(bench.plain["cell"]["parameters"]), []).append(name)
    single = len(bases) == 1
    return [
        _write(fitted, base, names, Path(folder) / _name(fitted.fit.name, base, single=single))
        for base, names in bases.items()
    ]


def shared_values(
    fitted: Fitted, experiments: list[str]
) -> dict[str, tuple[float, Estimate | None]]:
    """Return what all these experiments change in their base set, by PyBaMM's name.

    Returns
    -------
    name -> value, and the estimate that it is from where it is fitted. Of parameters with a
    spread, the value that specimens share.
    """
    benches = [fitted.benches[name] for name in experiments]
    own = [bench.plain["cell"].get("values", {}) for bench in benches]
    shared = {
        name: value
        for name, value in own[0].items()
        if all(other.get(name) == value for other in own)
    }
    found: dict[str, tuple[float, Estimate | None]] = {n: (v, None) for n, v in shared.items()}
    values = _values_at(fitted, _shared_places(fitted))
    numbers = [bench.numbers(values) for bench in benches]
    for target, value in numbers[0].items():
        everywhere = all(math.isclose(n.get(target, math.nan), value) for n in numbers)
        if everywhere and not target.startswith(OBSERVATION):
            found[target] = (value, _estimate_of(fitted, benches[0], target))
    return found


def _shared_places(fitted: Fitted) -> dict[str, float]:
    """Return where the shared value of each parameter is on its line."""
    law = fitted.law
    return {
        name: law.place(Entry(name), law.mean, Line(name, section).start)
        for name, section in fitted.fit.parameters.items()
    }


def _values_at(fitted: Fitted, places: Mapping[str, float]) -> dict[str, float]:
    return {name: Line(name, fitted.fit.parameters[name]).value(z) for name, z in places.items()}


def _estimate_of(fitted: Fitted, bench: Bench, target: str) -> Estimate | None:
    """Return how sure a value of the set is, ``None`` where no fitted parameter acts on it."""
    by_name = {one.name: one for one in estimates(fitted.fit, fitted.law)}
    acting = [n for n, (targets, _) in bench.parameters.items() if target in targets]
    fitting = [name for name in acting if name in by_name]
    if not fitting:
        return None
    places = _shared_places(fitted)
    value = bench.numbers(_values_at(fitted, places))[target]
    own = [fitted.law.entries.index(Entry(name)) for name in fitting]
    slopes = np.array([_slope(fitted, bench, target, places, name) for name in fitting])
    sd = math.sqrt(float(slopes @ fitted.law.covariance[np.ix_(own, own)] @ slopes))
    before = math.sqrt(float(np.sum((slopes * fitted.law.prior_sd[own]) ** 2)))
    learnt = 1 - (sd / before) ** 2 if before > 0 else 0.0
    words = "; ".join(dict.fromkeys(by_name[n].words for n in fitting if by_name[n].words))
    low, high = _ends(value, sd)
    if len(fitting) == 1:
        only = by_name[fitting[0]]
        ends = [{**_values_at(fitted, places), only.name: end} for end in (only.low, only.high)]
        low, high = sorted(bench.numbers(one)[target] for one in ends)
        learnt = only.learnt
    return Estimate(" and ".join(fitting), value, low, high, learnt, words)


def _slope(
    fitted: Fitted, bench: Bench, target: str, places: Mapping[str, float], name: str
) -> float:
    """Return the derivative of a value of the set by the place of a parameter on its line."""
    up, down = (
        bench.numbers(_values_at(fitted, {**places, name: places[name] + h}))[target]
        for h in (STEP, -STEP)
    )
    return (up - down) / (2 * STEP)


def _ends(value: float, sd: float) -> tuple[float, float]:
    """Return the 90 % interval, in the logarithm for what is not zero."""
    if value == 0:
        return -Z90 * sd, Z90 * sd
    factor = math.exp(Z90 * sd / abs(value))
    low, high = sorted((value / factor, value * factor))
    return low, high


# -- the files -------------------------------------------------------------------------


def _name(title: str, base: str, *, single: bool) -> str:
    """Return a name for the set.

    >>> _name("NMC pouch, room temperature", "UMichMohtat2020", single=True)
    'NMC_pouch_room_temperature'
    """
    words = _NOT_IN_NAMES.sub("_", title).strip("_") or "Fit"
    name = words if single else f"{words}_{_NOT_IN_NAMES.sub('_', Path(base).name)}"
    return name if name[0].isalpha() else f"Fit_{name}"


def _write(fitted: Fitted, base: str, experiments: list[str], place: Path) -> Path:
    from twin.parameters.bridge.from_pybamm import from_values
    from twin.parameters.parameter_set import read_set

    parameter_set, plain, materials = _base(base)
    changes = shared_values(fitted, experiments)
    values = {**plain, **{name: value for name, (value, _) in changes.items()}}
    title = f"{fitted.fit.name}, fitted; base {Path(base).name}"
    citations = parameter_set.document.citations if parameter_set is not None else ()
    made = from_values(values, title, materials, None, citations)
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    write_json(made.data, place / "parameters.json")
    written = read_set(place / "parameters.json")
    known = {} if parameter_set is None else _known(parameter_set)
    entries = _entries(written.document, known, changes, fitted, Path(base).name)
    (place / "provenance.yaml").write_text(_yaml(entries), encoding="utf-8")
    (place / "README.md").write_text(_readme(fitted, changes, place.name, base), encoding="utf-8")
    read_set(place)
    return place


def _base(base: str) -> tuple[Any, dict[str, Any], dict[str, tuple[str, str]]]:
    """Return the base set (none where it is PyBaMM's), its values, and its materials."""
    from twin.catalogue import CATALOGUE
    from twin.parameters.bpx.fields import ELECTRODES
    from twin.parameters.known import read_once
    from twin.parameters.library.finding import find

    if base in CATALOGUE:
        import pybamm

        from twin.parameters.bridge.from_pybamm import plain_values

        return None, plain_values(pybamm.ParameterValues(base))[0], {}
    found = read_once(find(base))
    materials = {
        electrode: (names[0], names[1])
        for electrode in ELECTRODES
        if len(names := found.document.materials(electrode)) == 2
    }
    return found, dict(found.values), materials


def _known(parameter_set: Any) -> dict[str, Any]:
    """Return the entry of each parameter of a set, by PyBaMM's name."""
    found = entries_of(parameter_set, paths_by_name(parameter_set.document))
    return {name: listed[-1] for name, listed in found.items() if listed}


def _entries(
    document: Any, known: Mapping[str, Any], changes: Changes, fitted: Fitted, base: str
) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return where every value of the new set comes from, by its place."""
    names: dict[tuple[str, ...], list[str]] = {}
    for name, places in paths_by_name(document).items():
        for path in places:
            names.setdefault(tuple(path), []).append(name)
    found = {}
    for path in value_paths(document.raw):
        own = names.get(tuple(path), [])
        changed = next((name for name in own if name in changes), None)
        old = next((known[name] for name in own if name in known), None)
        if changed is not None:
            found[path] = _changed(changed, changes[changed], fitted, (document.raw, path))
        elif old is not None:
            found[path] = _plain(old)
        else:
            found[path] = {
                "source": f"parameter set {base}",
                "method": "derived",
                "note": "Follows from other values of the set, or has no source there.",
            }
    return found


def _plain(entry: Any) -> dict[str, Any]:
    found = entry.model_dump(exclude_none=True)
    source = found["source"]
    found["source"] = source[0] if len(source) == 1 else list(source)
    if "range" in found:
        found["range"] = list(found["range"])
    if "valid" in found:
        found["valid"] = {name: list(ends) for name, ends in found["valid"].items()}
    return dict(found)


def _stored(raw: Mapping[str, Any], path: tuple[str, ...], value: float) -> float:
    """Return the number at a place of ``parameters.json``; the value itself where it is none."""
    found: Any = raw if path[0] == STATE else raw[PARAMETERISATION]
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) else value


def _changed(
    name: str,
    change: tuple[float, Estimate | None],
    fitted: Fitted,
    place: tuple[Mapping[str, Any], tuple[str, ...]],
) -> dict[str, Any]:
    """Return where a changed value comes from; what is stored may be another form of it."""
    value, estimate = change
    if estimate is None:
        return {
            "source": f"fit file of '{fitted.fit.name}'",
            "method": "assumed",
            "note": "Set by hand in the fit file, which may say why.",
        }
    digits = data_hash(fitted.series)[:HASH_DIGITS]
    interval = f"90 % interval of {name}: {estimate.low:.4g} to {estimate.high:.4g}"
    identified = estimate.words or f"the data took {100 * estimate.learnt:.0f} % of its variance"
    return {
        "source": f"celltwin fit '{fitted.fit.name}', data sha256 {digits}",
        "method": "fitted",
        **_uncertainty(value, estimate, _stored(*place, value)),
        "note": f"{interval}, from {estimate.name}; {identified}. {validity(fitted)}",
    }


def _uncertainty(value: float, estimate: Estimate, stored: float) -> dict[str, Any]:
    """Return one standard deviation, in words where it is not small beside the value."""
    sd = (estimate.high - estimate.low) / (2 * Z90)
    if not sd > 0:
        return {}
    if sd < SMALL * abs(value) or estimate.low <= 0:
        scale = abs(stored / value) if value else 1.0
        return {"uncertainty": float(f"{scale * sd:.3g}")}
    factor = math.exp(math.log(estimate.high / estimate.low) / (2 * Z90))
    return {"uncertainty": f"a factor of {factor:.3g}, one standard deviation of the logarithm"}


def validity(fitted: Fitted) -> str:
    """Return the conditions that the data cover, in a sentence."""
    measured = sorted({s.experiment for s in fitted.series})
    temperatures = {
        fitted.benches[name].plain.get("protocol", {}).get("temperature_degC") for name in measured
    }
    warm = sorted(t for t in temperatures if t is not None)
    ages: dict[str, float] = {}
    for series in fitted.series:
        ages[series.age] = max(ages.get(series.age, 0.0), float(series.x.max()))
    reach = ", ".join(f"{age} up to {end:g}" for age, end in ages.items())
    degrees = " at " + ", ".join(f"{t:g}" for t in warm) + " degC" if warm else ""
    return f"Fitted to {', '.join(measured)}{degrees}; {reach}."


def _yaml(entries: Mapping[tuple[str, ...], dict[str, Any]]) -> str:
    from ruamel.yaml import YAML

    tree: dict[str, Any] = {}
    for path, entry in entries.items():
        inner = tree
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = entry
    stream = io.StringIO()
    writer: Any = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.width = 100
    writer.sort_base_mapping_type_on_output = False
    writer.dump(tree, stream)
    return stream.getvalue()


def _readme(fitted: Fitted, changes: Changes, name: str, base: str) -> str:
    rows = [
        f"| {e.name} | {e.value:.4g} | {e.low:.4g} to {e.high:.4g} | {100 * e.learnt:.0f} "
        f"| {e.words} |"
        for e in estimates(fitted.fit, fitted.law)
    ]
    targets = [f"- `{target}`: {value:.6g}" for target, (value, e) in changes.items() if e]
    noises = [
        f"- {quantity}: noise {n.sd:.3g}, discrepancy {n.walk:.3g} after 100 of the age"
        for quantity, n in fitted.law.sizes.noises.items()
    ]
    return "\n".join(
        [
            f"# {name}",
            "",
            f"Fitted by celltwin: {fitted.fit.name}. Base set: {Path(base).name}.",
            "",
            "## Fitted parameters",
            "| parameter | best | 90 % interval | learnt [%] | |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "A factor multiplies the value of the base set. *Learnt* is the share of the variance",
            "of the belief before the data that the data took away. Values in the set:",
            "",
            *targets,
            "",
            "## Errors that were estimated with them",
            *noises,
            "",
            "## Valid for",
            validity(fitted),
            "",
            "## What it is not good for",
            "Other temperatures, rates and windows than those, cells of another kind, and",
            "parameters that the table calls not identified: they are beliefs.",
            "",
            "## Who measured it",
            f"See the fit file. SHA-256 of the measurements: `{data_hash(fitted.series)}`",
            "",
            "## How to cite",
            "- the sources of the base set (`twin params cite`), and those of the measurements",
            "",
            "## Licence",
            "That of the base set and of the measurements; say here which.",
            "",
        ]
    )
