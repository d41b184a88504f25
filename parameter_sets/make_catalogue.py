"""Write ``catalogue.json``: what the parameter sets that PyBaMM ships can be used for.

Run as ``python -m twin.parameter_sets.make_catalogue`` after a change of PyBaMM. Whether a
set has the parameters of a physics is not guessed from names: a single-particle model with
that physics is processed with the set, and each parameter that it asks for in vain is noted.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

import pybamm

from twin.catalogue import (
    CELL_QUESTIONS,
    FILE,
    FORMAT,
    GROUPS,
    SECONDARY,
    materials,
    own_missing,
)
from twin.models.description import Electrode, Particle
from twin.models.extra_parameters import every_name
from twin.models.lithium_ion import DFN, SPM, SPMe
from twin.names import DOMAINS, Domain
from twin.parameters.bridge.pybamm_sets import PREFIX

OTHER_CHEMISTRY = {"Chayambuka2022": "a sodium-ion cell"}
# a parameter that only sets of this kind have -> why the set is left out
OTHER_KIND = {
    "Exchange-current density for lithium metal electrode [A.m-2]": "a half-cell",
    "Open-circuit voltage [V]": "an equivalent-circuit model",
    "Number of reactions in negative electrode": "a multi-species, multi-reaction model",
    "Maximum porosity of negative electrode": "a lead-acid cell",
}
NO_PARAMETERS = {"citations"}  # what PyBaMM keeps beside the parameters of a set
_NOT_FOUND = re.compile(r"Parameter '(.+?)' not found")
_DOI = re.compile(r"\bdoi\s*=\s*[{\"]\s*(?:https?://(?:dx\.)?doi\.org/)?(10\.[^\s}\"]+)", re.I)
_STANDS_IN = 0.37  # no round number: 1 - nu must not vanish

Missing = dict[str, set[str]]


def example(group: str) -> Electrode:
    """Return an electrode that uses a group, and those of `twin.catalogue.BESIDES`."""
    if group.startswith("sei-") and group != "sei-on-cracks":
        return Electrode(sei=group.removeprefix("sei-"))  # type: ignore[arg-type]
    solvent = {"sei": "solvent-diffusion"}
    described: dict[str, dict[str, Any]] = {
        "mechanics": {"particle": Particle(diffusion="stress-coupled")},
        "cracks": {"cracks": "fatigue"},
        "sei": {"sei": "constant"},
        "sei-on-cracks": {**solvent, "cracks": "fatigue", "sei_on_cracks": True},
        "plating": {"plating": "irreversible"},
        "stripping": {"plating": "reversible"},
        "dead-lithium": {"sei": "constant", "plating": "partially-reversible"},
        "lam-stress": {"active_material_loss": "stress"},
        "lam-reaction": {**solvent, "active_material_loss": "reaction"},
    }
    return Electrode(**described[group])


def composite_electrodes(values: Any) -> tuple[Domain, ...]:
    """Return the electrodes that have two materials in a set."""
    radius = f"{SECONDARY.capitalize()}: {{}} particle radius [m]"
    return tuple(domain for domain in DOMAINS if radius.format(domain.capitalize()) in values)


@cache
def models(composite: tuple[Domain, ...]) -> dict[str, Any]:
    """Return one model per question, for cells with these electrodes of two materials."""
    plain: Any = {domain: Electrode(secondary=Electrode()) for domain in composite}
    found: dict[str, Any] = {
        "SPM": SPM(**plain),
        "SPMe": SPMe(**plain),
        "DFN": DFN(**plain),
        "thermal": SPM(**plain, thermal="lumped"),
    }
    for material in materials(composite):
        domain = material.split()[0]
        for group in GROUPS:
            chosen = example(group)
            if material != domain:
                chosen = Electrode(secondary=chosen)
            elif domain in composite:
                chosen = replace(chosen, secondary=Electrode())
            found[f"{material} {group}"] = SPM(**{**plain, domain: chosen})
    return found


def absent_parameters(model: Any, values: Any) -> set[str]:
    """Return the parameters that occur in a model and not in a set; ours are in none."""
    asked = {p.name for p in model.parameters if not isinstance(p, pybamm.InputParameter)}
    return {name for name in asked - every_name() if name not in values}


def missing_parameters(model: Any, values: Any) -> set[str]:
    """Return the parameters that a model, or a function of the set, asks for in vain."""
    values = values.copy()
    missing = absent_parameters(model, values)
    beside = missing | every_name()
    values.update(dict.fromkeys(beside, _STANDS_IN), check_already_exists=False)
    while True:
        try:
            values.process_model(model, inplace=False)
        except KeyError as error:
            match = _NOT_FOUND.search(str(error))
            if match is None or match[1] in missing:
                raise
            missing.add(match[1])
            values.update({match[1]: _STANDS_IN}, check_already_exists=False)
        else:
            return missing


def reason_to_skip(name: str, values: Any, missing: Iterable[str]) -> str:
    """Return why a set is no full lithium-ion cell of porous electrodes, or ""."""
    missing = sorted(missing)
    if name in OTHER_CHEMISTRY:
        return OTHER_CHEMISTRY[name]
    if not missing:
        return ""
    for key, kind in OTHER_KIND.items():
        if key in values:
            return kind
    return f"the single-particle model lacks {missing[0]}"


def describe(values: Any, missing: Missing) -> dict[str, Any]:
    """Return the entry of one set."""
    found = materials(composite_electrodes(values))
    own = own_missing(found, missing)
    return {
        "nominal_capacity_Ah": float(values["Nominal cell capacity [A.h]"]),
        "lower_voltage_V": float(values["Lower voltage cut-off [V]"]),
        "upper_voltage_V": float(values["Upper voltage cut-off [V]"]),
        "references": {key: doi(key) for key in values.get("citations", [])},
        "cell": sorted(q for q in CELL_QUESTIONS if not own[q]),
        "groups": {
            material: sorted(group for group in GROUPS if not own[f"{material} {group}"])
            for material in found
        },
        "missing": {question: sorted(names) for question, names in own.items() if names},
        "parameters": sorted(set(values.keys()) - NO_PARAMETERS),
    }


def needs() -> dict[str, dict[str, list[str]]]:
    """Return what each question asks for, by the electrodes that have two materials.

    Of all but the first question, what is asked for beyond it.
    """
    found = {}
    for composite in ((), *((domain,) for domain in DOMAINS), DOMAINS):
        asked = {q: _asked(model) for q, model in models(tuple(composite)).items()}
        base = asked["SPM"]
        found[" ".join(composite)] = {
            question: sorted(names if question == "SPM" else names - base)
            for question, names in asked.items()
        }
    return found


def _asked(model: Any) -> set[str]:
    names = {p.name for p in model.parameters if not isinstance(p, pybamm.InputParameter)}
    return names - every_name()


def doi(key: str) -> str:
    """Return the DOI of one of PyBaMM's citations, or "" where it has none."""
    match = _DOI.search(str(pybamm.citations._all_citations.get(key, "")))
    return match[1] if match else ""


def catalogue() -> dict[str, Any]:
    """Return the whole catalogue as plain data."""
    sets: dict[str, Any] = {}
    skipped: dict[str, str] = {}
    pybamm.citations.read_citations()
    for name in sorted(n for n in pybamm.parameter_sets if not n.startswith(PREFIX)):
        values = pybamm.ParameterValues(name)
        questions = models(composite_electrodes(values))
        # sets without the base model are not asked about anything else
        reason = reason_to_skip(name, values, absent_parameters(questions["SPM"], values))
        if reason:
            skipped[name] = reason
            continue
        missing = {q: missing_parameters(model, values) for q, model in questions.items()}
        sets[name] = describe(values, missing)
    return {
        "format": FORMAT,
        "pybamm": pybamm.__version__,
        "sets": sets,
        "skipped": skipped,
        "needs": needs(),
    }


def main() -> None:
    """Write the catalogue beside this file."""
    text = json.dumps(catalogue(), indent=1, ensure_ascii=False)
    Path(FILE).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
