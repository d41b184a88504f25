"""From the description of a model to PyBaMM's options, one electrode at a time.

PyBaMM's own rules are stepped round where they are wrong (``docs/pybamm_notes.md``):
SEI on cracks is only debited from the particles of a single-particle model when its
surface form is algebraic; several of its guards read a pair of equal options differently
from the one option, so equal pairs are passed as one word; and one word for SEI or plating
means the negative electrode alone, so these are passed as pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twin.errors import ModelError
from twin.models.description import (
    Constraint,
    Electrode,
    Thermal,
    conflicts,
    constraint_conflicts,
    pair_conflicts,
)

SEI_OPTION = {
    "none": "none",
    "constant": "constant",
    "reaction-limited": "reaction limited",
    "solvent-diffusion": "solvent-diffusion limited",
    "electron-migration": "electron-migration limited",
    "interstitial-diffusion": "interstitial-diffusion limited",
    "ec-reaction": "ec reaction limited",
}
PLATING_OPTION = {
    "none": "none",
    "reversible": "reversible",
    "irreversible": "irreversible",
    "partially-reversible": "partially reversible",
}
LOSS_OPTION = {
    "none": "none",
    "stress": "stress-driven",
    "reaction": "reaction-driven",
    "stress-and-reaction": "stress and reaction-driven",
}


def _mechanics(electrode: Electrode) -> str:
    if electrode.cracks == "fatigue":
        return "swelling and cracking"
    return "swelling only" if electrode.mechanics else "none"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def pybamm_options(
    negative: Electrode,
    positive: Electrode,
    thermal: Thermal,
    *,
    single_particle: bool,
    constraint: Constraint = "none",
) -> dict[str, Any]:
    """Return PyBaMM's options for two electrodes.

    Raises
    ------
    ModelError
        where two choices exclude each other.
    """
    problems = [
        f"{domain}: {problem}"
        for domain, electrode in (("negative", negative), ("positive", positive))
        for problem in conflicts(electrode)
    ]
    problems += pair_conflicts(negative, positive)
    problems += constraint_conflicts(negative, positive, constraint)
    if problems:
        raise ModelError("\n".join(problems))

    def pair(choose: Callable[[Electrode], str]) -> Any:
        n, p = choose(negative), choose(positive)
        return n if n == p else (n, p)

    def films(choose: Callable[[Electrode], str]) -> Any:
        # of films PyBaMM takes one word for the negative electrode alone
        n, p = choose(negative), choose(positive)
        return n if n == p and n in {"none", "false"} else (n, p)

    porosity = negative.porosity_change or positive.porosity_change
    grows = any(e.sei not in {"none", "constant"} for e in (negative, positive))
    plates = any(e.plating != "none" for e in (negative, positive))
    options: dict[str, Any] = {
        "thermal": thermal,
        "particle mechanics": pair(_mechanics),
        "stress-induced diffusion": "false",  # our particles hold their own flux laws
        "SEI": films(lambda e: SEI_OPTION[e.sei]),
        "SEI on cracks": films(lambda e: _flag(e.sei_on_cracks)),
        "SEI porosity change": _flag(porosity and grows),
        "lithium plating": films(lambda e: PLATING_OPTION[e.plating]),
        "lithium plating porosity change": _flag(porosity and plates),
        "loss of active material": pair(lambda e: LOSS_OPTION[e.active_material_loss]),
    }
    if single_particle:
        options["x-average side reactions"] = "true"
        if negative.sei_on_cracks or positive.sei_on_cracks:
            options["surface form"] = "algebraic"
    return options
