"""What each parameter set can be used for, known without loading PyBaMM.

The facts are in ``parameter_sets/catalogue.json``, which ``parameter_sets/make_catalogue.py``
finds out by processing models with the sets that PyBaMM ships.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from twin.models.description import GROWING_SEI, Electrode

Domain = Literal["negative", "positive"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)
FILE = Path(__file__).parent / "parameter_sets" / "catalogue.json"
GROUPS: tuple[str, ...] = (
    "mechanics",
    "cracks",
    "sei",
    *(f"sei-{law}" for law in sorted(GROWING_SEI)),
    "sei-on-cracks",
    "plating",
    "dead-lithium",
    "lam-stress",
    "lam-reaction",
)


@dataclass(frozen=True)
class SetInfo:
    """One parameter set: its window and the groups of parameters that it has.

    Parameters
    ----------
    name : name of the set, as in PyBaMM
    nominal_capacity_Ah : capacity that defines 1C [A.h]
    lower_voltage_V, upper_voltage_V : cut-off voltages [V]
    references : PyBaMM citation key -> DOI, "" where there is none
    cell : models that can be built, and ``"thermal"`` if it has thermal parameters
    negative, positive : groups of parameters that the electrode has, from `GROUPS`
    missing : ``"<electrode> <group>"`` or model -> names of the parameters that it lacks
    parameters : PyBaMM's names of the parameters that it has, sorted
    """

    name: str
    nominal_capacity_Ah: float
    lower_voltage_V: float
    upper_voltage_V: float
    references: Mapping[str, str]
    cell: frozenset[str]
    negative: frozenset[str]
    positive: frozenset[str]
    missing: Mapping[str, tuple[str, ...]]
    parameters: tuple[str, ...]

    @property
    def has(self) -> frozenset[str]:
        """Groups that the cell, or both of its electrodes, have."""
        return self.cell | (self.negative & self.positive)

    def electrode(self, domain: Domain) -> frozenset[str]:
        """Return the groups of parameters that one electrode has."""
        return self.negative if domain == "negative" else self.positive


def needed_groups(electrode: Electrode) -> tuple[tuple[str, str], ...]:
    """Return the key that asks for it and the group, for each group an electrode needs.

    >>> needed_groups(Electrode(sei="constant"))
    (('sei', 'sei'),)
    """
    loss, sei = electrode.active_material_loss, electrode.sei
    particle = electrode.particle
    wanted = (
        ("particle.diffusion", "mechanics", "stress" in particle.diffusion),
        ("particle.modulus", "mechanics", particle.modulus != "uniform"),
        ("particle.surface_stress", "mechanics", particle.surface_stress),
        ("particle.misfit_stress", "mechanics", particle.misfit_stress),
        ("particle.coating", "mechanics", particle.coating),
        ("stress_in_kinetics", "mechanics", electrode.stress_in_kinetics != "none"),
        ("swelling", "mechanics", electrode.swelling != "none"),
        ("cracks", "mechanics", electrode.cracks != "none"),
        ("cracks", "cracks", electrode.cracks != "none"),
        ("sei", "sei", sei != "none"),
        ("sei", f"sei-{sei}", sei in GROWING_SEI),
        ("sei_on_cracks", "sei-on-cracks", electrode.sei_on_cracks),
        ("plating", "plating", electrode.plating != "none"),
        ("plating", "dead-lithium", electrode.plating == "partially-reversible"),
        ("active_material_loss", "mechanics", "stress" in loss),
        ("active_material_loss", "lam-stress", "stress" in loss),
        ("active_material_loss", "lam-reaction", "reaction" in loss),
    )
    return tuple((key, group) for key, group, needed in wanted if needed)


def _set_info(name: str, entry: Mapping[str, Any]) -> SetInfo:
    return SetInfo(
        name=name,
        nominal_capacity_Ah=entry["nominal_capacity_Ah"],
        lower_voltage_V=entry["lower_voltage_V"],
        upper_voltage_V=entry["upper_voltage_V"],
        references=MappingProxyType(entry["references"]),
        cell=frozenset(entry["cell"]),
        negative=frozenset(entry["negative"]),
        positive=frozenset(entry["positive"]),
        missing=MappingProxyType({key: tuple(names) for key, names in entry["missing"].items()}),
        parameters=tuple(entry["parameters"]),
    )


def _read() -> dict[str, Any]:
    if not FILE.is_file():  # only while the file is being made for the first time
        return {"sets": {}, "skipped": {}}
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data


_DATA = _read()
CATALOGUE: Mapping[str, SetInfo] = MappingProxyType(
    {name: _set_info(name, entry) for name, entry in _DATA["sets"].items()}
)
SKIPPED: Mapping[str, str] = MappingProxyType(dict(_DATA["skipped"]))
