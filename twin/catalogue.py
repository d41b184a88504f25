"""What each parameter set can be used for, known without loading PyBaMM.

The facts are in ``parameter_sets/catalogue.json``, which ``parameter_sets/make_catalogue.py``
finds out by processing models with the sets that PyBaMM ships.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from twin.models.description import GROWING_SEI, Electrode
from twin.names import DOMAINS, Domain

SECONDARY = "secondary"
CELL_QUESTIONS = ("SPM", "SPMe", "DFN", "thermal")
FORMAT = 4
FILE = Path(__file__).parent / "parameter_sets" / "catalogue.json"
GROUPS: tuple[str, ...] = (
    "mechanics",
    "cracks",
    "sei",
    *(f"sei-{law}" for law in sorted(GROWING_SEI)),
    "sei-on-cracks",
    "plating",
    "stripping",
    "dead-lithium",
    "lam-stress",
    "lam-reaction",
)


# group -> groups that it uses besides
BESIDES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{f"sei-{law}": ("sei",) for law in GROWING_SEI},
        "cracks": ("mechanics",),
        "sei-on-cracks": ("mechanics", "cracks", "sei", "sei-solvent-diffusion"),
        "stripping": ("plating",),
        "dead-lithium": ("sei", "plating", "stripping"),
        "lam-stress": ("mechanics",),
        "lam-reaction": ("sei", "sei-solvent-diffusion"),
    }
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
    groups : as in `materials` -> groups of parameters that the material has, from `GROUPS`
    missing : ``"<material> <group>"`` or model -> names of the parameters that it lacks
    parameters : PyBaMM's names of the parameters that it has, sorted
    """

    name: str
    nominal_capacity_Ah: float
    lower_voltage_V: float
    upper_voltage_V: float
    references: Mapping[str, str]
    cell: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    missing: Mapping[str, tuple[str, ...]]
    parameters: tuple[str, ...]

    @property
    def has(self) -> frozenset[str]:
        """Groups that the cell, or all materials of its electrodes, have."""
        return self.cell | frozenset.intersection(*self.groups.values())

    def is_composite(self, domain: Domain) -> bool:
        """Return whether an electrode has two materials."""
        return f"{domain} {SECONDARY}" in self.groups


def materials(composite: Collection[Domain]) -> tuple[str, ...]:
    """Return what the materials of a cell are called in the catalogue.

    Parameters
    ----------
    composite : electrodes of two materials

    Examples
    --------
    >>> materials(["negative"])
    ('negative', 'negative secondary', 'positive')
    """
    return tuple(
        material
        for domain in DOMAINS
        for material in (domain, f"{domain} {SECONDARY}")
        if material == domain or domain in composite
    )


def needed_groups(electrode: Electrode) -> tuple[tuple[str, str], ...]:
    """Return the key that asks for it and the group, for each group one material needs.

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
        ("plating", "stripping", electrode.plating in ("reversible", "partially-reversible")),
        ("plating", "dead-lithium", electrode.plating == "partially-reversible"),
        ("active_material_loss", "mechanics", "stress" in loss),
        ("active_material_loss", "lam-stress", "stress" in loss),
        ("active_material_loss", "lam-reaction", "reaction" in loss),
    )
    return tuple((key, group) for key, group, needed in wanted if needed)


def own_missing(
    materials: Collection[str], missing: Mapping[str, Collection[str]]
) -> dict[str, set[str]]:
    """Return what each question lacks by itself, without what the groups besides it lack.

    Parameters
    ----------
    materials : of the cell, as in `materials`
    missing : question -> names that a model asks for in vain
    """
    own = {question: set(names) for question, names in missing.items()}
    for material in materials:
        for group, besides in BESIDES.items():
            for other in besides:
                own[f"{material} {group}"] -= set(missing[f"{material} {other}"])
    return own


def info_from_names(name: str, names: Collection[str], numbers: Mapping[str, float]) -> SetInfo:
    """Return what a set can be used for, from the names of its parameters.

    Parameters
    ----------
    name : of the set
    names : PyBaMM's names of all that it has
    numbers : of these, the capacity and the voltage limits
    """
    radius = f"{SECONDARY.capitalize()}: {{}} particle radius [m]"
    composite = [domain for domain in DOMAINS if radius.format(domain.capitalize()) in names]
    asked = NEEDS[" ".join(composite)]
    missing = {q: (set(wanted) | set(asked["SPM"])) - set(names) for q, wanted in asked.items()}
    found = materials(composite)
    own = own_missing(found, missing)
    return SetInfo(
        name=name,
        nominal_capacity_Ah=numbers["Nominal cell capacity [A.h]"],
        lower_voltage_V=numbers["Lower voltage cut-off [V]"],
        upper_voltage_V=numbers["Upper voltage cut-off [V]"],
        references=MappingProxyType({}),
        cell=frozenset(q for q in CELL_QUESTIONS if not own[q]),
        groups=MappingProxyType(
            {m: frozenset(g for g in GROUPS if not own[f"{m} {g}"]) for m in found}
        ),
        missing=MappingProxyType({q: tuple(sorted(lacks)) for q, lacks in own.items() if lacks}),
        parameters=tuple(sorted(names)),
    )


def _set_info(name: str, entry: Mapping[str, Any]) -> SetInfo:
    return SetInfo(
        name=name,
        nominal_capacity_Ah=entry["nominal_capacity_Ah"],
        lower_voltage_V=entry["lower_voltage_V"],
        upper_voltage_V=entry["upper_voltage_V"],
        references=MappingProxyType(entry["references"]),
        cell=frozenset(entry["cell"]),
        groups=MappingProxyType({name: frozenset(have) for name, have in entry["groups"].items()}),
        missing=MappingProxyType({key: tuple(names) for key, names in entry["missing"].items()}),
        parameters=tuple(entry["parameters"]),
    )


def _read() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    if data.get("format") != FORMAT:  # only while the file is being made
        return {"sets": {}, "skipped": {}, "needs": {}}
    return data


_DATA = _read()
CATALOGUE: Mapping[str, SetInfo] = MappingProxyType(
    {name: _set_info(name, entry) for name, entry in _DATA["sets"].items()}
)
SKIPPED: Mapping[str, str] = MappingProxyType(dict(_DATA["skipped"]))
# electrodes of two materials -> question -> names asked for, beyond those of the SPM
NEEDS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        composite: MappingProxyType({q: tuple(names) for q, names in asked.items()})
        for composite, asked in _DATA["needs"].items()
    }
)
# what some choice asks for and some set does not have: it may be given beside the set
LACKED: frozenset[str] = frozenset(
    name for info in CATALOGUE.values() for names in info.missing.values() for name in names
)
