"""Where the values of a set stand in its file, and which of PyBaMM's names they have."""

from __future__ import annotations

import re
from collections.abc import Mapping

from twin.parameters.bpx.derived import derived_values
from twin.parameters.bpx.document import Document, Path, Value
from twin.parameters.bpx.fields import CELL, ELECTRODES, ELECTROLYTE, SEPARATOR, STATE, USER_DEFINED
from twin.parameters.bpx.pybamm_names import LAYERS, THERMAL, pybamm_name
from twin.parameters.parameter_set import ParameterSet
from twin.parameters.provenance import Entry
from twin.parameters.ranges import MATERIALS, of_material

FILMS = "Films and plating"
OTHER = "Other"
SECTION_ORDER = (CELL, ELECTROLYTE, *ELECTRODES, SEPARATOR, FILMS, OTHER)
_OF_STATE = {
    "Initial electrolyte concentration [mol.m-3]": "Initial concentration in electrolyte [mol.m-3]",
    "Heat transfer coefficient [W.m-2.K-1]": "Total heat transfer coefficient [W.m-2.K-1]",
    "Ambient temperature [K]": "Ambient temperature [K]",
    "Initial temperature [K]": "Initial temperature [K]",
}
_HYSTERESIS = "Initial hysteresis state: "
# of the patterns that a name has, the first counts
_SECTIONS = (
    (r"\bsei\b|plat|dead lithium|stripp|solvent|lithium interstitial|^ec |tunnel", FILMS),
    (r"negative", ELECTRODES[0]),
    (r"positive", ELECTRODES[1]),
    (r"separator", SEPARATOR),
    (r"electrolyte|transference|thermodynamic", ELECTROLYTE),
    (r"cell|electrode (height|width)|voltage|temperature|current|heat transfer|electrodes", CELL),
)


def names_of(path: Path, materials: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return PyBaMM's names of what the value at a place gives, or helps to give.

    Parameters
    ----------
    path : section and field, as in ``provenance.yaml``
    materials : of the electrode

    Examples
    --------
    >>> names_of(("Cell", "Electrode area [m2]"))
    ('Electrode width [m]', 'Electrode height [m]')
    """
    section, field = path[0], path[-1]
    if section == USER_DEFINED:
        return (field,)
    if section == STATE:
        return _names_of_state(path, materials)
    if section == CELL and field == "Electrode area [m2]":
        return "Electrode width [m]", "Electrode height [m]"
    if section == CELL and field in THERMAL:
        return tuple(f"{layer} {THERMAL[field]}" for layer in LAYERS)
    name = pybamm_name(path, materials)
    if field == "OCP hysteresis decay constant":
        return name, name.replace("lithiation", "delithiation")
    return (name,)


def _names_of_state(path: Path, materials: tuple[str, ...]) -> tuple[str, ...]:
    for part in path[1:]:
        if part in _OF_STATE:
            return (_OF_STATE[part],)
        if part.startswith(_HYSTERESIS):
            index = materials.index(path[-1]) if path[-1] in materials else None
            prefix = "" if index is None else MATERIALS[index]
            electrode = part.removeprefix(_HYSTERESIS).lower()
            return (f"{prefix}Initial hysteresis state in {electrode}",)
    return ()


def written(document: Document) -> dict[Path, Value]:
    """Return every value of a file by its place, as ``provenance.yaml`` has them."""
    own = {**document.flat, **document.functions, **document.extra}
    listed: dict[Path, Value] = {(USER_DEFINED, name): value for name, value in own.items()}
    return {**document.fields, **listed, **document.state}


def paths_by_name(document: Document) -> dict[str, list[Path]]:
    """Return the places of what gives a parameter, by PyBaMM's name; the last one counts."""
    found: dict[str, list[Path]] = {}
    for path in written(document):
        electrode = next((e for e in ELECTRODES if e in path or e in _ends(path)), "")
        for name in names_of(path, document.materials(electrode) if electrode else ()):
            found.setdefault(name, []).append(path)
    return found


def _ends(path: Path) -> tuple[str, ...]:
    return tuple(part.partition(": ")[2] for part in path if path[0] == STATE)


def without_state(document: Document) -> Mapping[str, Value]:
    """Return numbers and functions by PyBaMM's names, before the state of the cell is applied."""
    own = {**document.flat, **document.functions, **document.extra}
    return {**derived_values(document), **own}


def entries_of(
    parameter_set: ParameterSet, paths: Mapping[str, list[Path]]
) -> dict[str, list[Entry]]:
    """Return where each parameter is from, by PyBaMM's name."""
    known = parameter_set.provenance
    if known is None:
        return {}
    found = {name: [known.entry(path) for path in places] for name, places in paths.items()}
    return {name: [e for e in listed if e is not None] for name, listed in found.items()}


def section_of(name: str) -> str:
    """Return the part of the cell that a parameter is of, from PyBaMM's name.

    >>> section_of("Maximum concentration in negative electrode [mol.m-3]")
    'Negative electrode'
    >>> section_of("SEI resistivity [Ohm.m]")
    'Films and plating'
    """
    own = of_material(name)
    found = (s for pattern, s in _SECTIONS if re.search(pattern, own, re.IGNORECASE))
    return next(found, OTHER)


def unit_of(name: str) -> str:
    """Return the unit in the name of a parameter, "" where there is none.

    >>> unit_of("Separator thickness [m]"), unit_of("Separator porosity")
    ('m', '')
    """
    match = re.search(r" \[([^\]]*)\]$", name)
    return match[1] if match else ""
