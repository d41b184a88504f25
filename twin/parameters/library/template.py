"""A parameter set to be filled in.

Every place that is to be filled in holds a text that starts with "fill in", in all three files;
:func:`unfilled` lists them. Where all are filled in, or removed where they are not needed, the set
has the form that it needs.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from twin.errors import ParameterError
from twin.parameters.bpx.fields import (
    CELL,
    ELECTRODES,
    ELECTROLYTE,
    ENVIRONMENT,
    INITIAL,
    PARAMETERISATION,
    SEPARATOR,
    STATE,
    VERSION,
    Field,
    fields_of,
)
from twin.parameters.library.finding import PARAMETERS_FILE, new_name
from twin.parameters.library.set_files import README_FILE
from twin.parameters.provenance import FILE as PROVENANCE_FILE
from twin.parameters.provenance import METHODS, UNFILLED, value_paths
from twin.parameters.strict_files import read_json, read_yaml

MOST_LISTED = 200
# what to write into a place, by the name of its field, where it goes beyond a number
_HINTS: Mapping[str, str] = {
    "Electrode area [m2]": "area of one electrode pair, one side",
    "External surface area [m2]": "outer surface of the cell; only for heat",
    "Volume [m3]": "volume of the cell; only for heat",
    "Number of electrode pairs connected in parallel to make a cell": "a whole number",
    "Nominal cell capacity [A.h]": "what 1C means; by the maker",
    "Reference temperature [K]": "temperature at which the other values hold",
    "Density [kg.m-3]": "mean over the cell; only for heat",
    "Specific heat capacity [J.K-1.kg-1]": "mean over the cell; only for heat",
    "Porosity": "volume of electrolyte per volume",
    "Transport efficiency": "effective over bulk conductivity; if not known, porosity to the 1.5",
    "Minimum stoichiometry": "lithium per site, at an end of the voltage window",
    "Maximum stoichiometry": "lithium per site, at the other end of the voltage window",
    "Surface area per unit volume [m-1]": "for spheres 3 * share of active material / radius",
    "Reaction rate constant [mol.m-2.s-1]": "twice the exchange current density over the "
    "Faraday constant, at half-filled sites and the initial concentration",
    "Initial electrolyte concentration [mol.m-3]": "salt in the electrolyte at rest",
    "Heat transfer coefficient [W.m-2.K-1]": "from the outer surface to the surroundings",
}
_OPTIONAL = (
    "Reference temperature [K]",
    "Diffusivity activation energy [J.mol-1]",
    "Conductivity activation energy [J.mol-1]",
    "Entropic change coefficient [V.K-1]",
    "Reaction rate constant activation energy [J.mol-1]",
    "External surface area [m2]",
    "Volume [m3]",
    "Density [kg.m-3]",
    "Specific heat capacity [J.K-1.kg-1]",
)
_STATE = {
    INITIAL: (
        "Initial temperature [K]",
        "Initial electrolyte concentration [mol.m-3]",
    ),
    ENVIRONMENT: ("Ambient temperature [K]", "Heat transfer coefficient [W.m-2.K-1]"),
}
_README = """# {name}

<!-- Everything after "fill in" is to be replaced. Text between arrows like this may go. -->

fill in: one sentence on the cell: maker, type, format, chemistry, capacity, voltage window.

## Who measured it

fill in: who measured what, how, on how many cells, and where it is published (doi:10...).

## What it is good for

fill in: rates, temperatures, states of charge and ages at which it was compared with measurements,
and how large the differences were.

## What it is not good for

fill in: what was not measured, what was borrowed from other cells, where it is known to fail.

## How to cite

fill in: the papers that users of this set are to name.

## Licence

fill in: under which licence the numbers and curves may be passed on.
"""
_HEADER = """\
# Where every value of parameters.json comes from: section, field, entry.
#
# source        a DOI as doi:10.1149/1945-7111/ab9050, or a sentence; several as a list
# where         table, figure or equation of the source; only if somebody looked there
# method        {methods}
# from_cell     for what is borrowed: from which cell or material
# uncertainty   one standard deviation in the unit of the value, or a sentence; none if unknown
# range         [lowest, highest] that the value may be
# valid         for a function, where it holds: {{T: [273.15, 318.15], sto: [0.01, 0.99]}}
# note          anything else, in one sentence; for what is derived: how it was calculated
#
# A value that nobody measured is 'assumed'. That is no shame, and readers need to know it.
# An entry in full:
#   Thickness [m]:
#     source: doi:10.1149/1945-7111/ab9050
#     where: Table VII
#     method: measured
#     uncertainty: 1.0e-6
# A field that is removed from parameters.json is removed here, too; one that is added, also below
# "User-defined" there, gets an entry in the same place here.
"""


def new_set(name: str, folder: Path) -> Path:
    """Return the folder of a new set whose values are to be filled in.

    Parameters
    ----------
    name : name of the set, such as ``CellSourceYear``
    folder : where the folder of the set is made, such as ``parameter_sets`` beside a study

    Raises
    ------
    ParameterError
        if the name cannot be one of a set, or something of the name is there.
    """
    new_name(name)
    place = Path(folder).absolute() / name
    if place.exists():
        raise ParameterError(f"{place} is there already; choose another name or remove it")
    parameters = _parameters(name)
    texts = {
        PARAMETERS_FILE: json.dumps(parameters, indent=2, ensure_ascii=False) + "\n",
        PROVENANCE_FILE: _provenance(parameters),
        README_FILE: _README.format(name=name),
    }
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=place.parent) as room:
            made = Path(room) / name
            made.mkdir()
            for file, text in texts.items():
                (made / file).write_text(text, encoding="utf-8", newline="\n")
            made.rename(place)
    except OSError as error:
        raise ParameterError(f"{place} cannot be made ({error}); choose another folder") from None
    return place


def unfilled(folder: Path) -> list[str]:
    """Return the places of a set that are still to be filled in, each as file and path.

    Parameters
    ----------
    folder : the set

    Raises
    ------
    ParameterError
        if a file cannot be read.
    """
    folder = Path(folder)
    found: list[str] = []
    files = {
        PARAMETERS_FILE: read_json(folder / PARAMETERS_FILE, str(folder / PARAMETERS_FILE)),
        PROVENANCE_FILE: read_yaml(folder / PROVENANCE_FILE),
    }
    for file, data in files.items():
        found += [f"{file}, {' / '.join(path)}" for path in _open_places(data)]
    try:
        lines = (folder / README_FILE).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{folder / README_FILE} cannot be read ({error})") from None
    found += [
        f"{README_FILE}, line {number}" for number, line in enumerate(lines, 1) if is_unfilled(line)
    ]
    return found


def is_unfilled(value: Any) -> bool:
    """Return whether a value is a text that stands for one to be filled in.

    >>> is_unfilled("fill in: a number above 0"), is_unfilled(1.0)
    (True, False)
    """
    return isinstance(value, str) and value.strip().lower().startswith(UNFILLED)


def _open_places(data: Any) -> Iterator[tuple[str, ...]]:
    """Yield the paths of what is to be filled in, in plain data."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop(0)
        if is_unfilled(value):
            yield path
        elif isinstance(value, Mapping):
            waiting = [*(((*path, str(k)), v) for k, v in value.items()), *waiting]
        elif isinstance(value, list):
            waiting = [*(((*path, str(n)), v) for n, v in enumerate(value, 1)), *waiting]


def _parameters(name: str) -> dict[str, Any]:
    return {
        "Header": {
            "BPX": VERSION,
            "Title": name,
            "Description": f"{UNFILLED}: the cell in one sentence",
            "References": f"{UNFILLED}: the papers, with DOI",
            "Model": "DFN",
        },
        PARAMETERISATION: {
            section: dict(_section(section))
            for section in (CELL, ELECTROLYTE, *ELECTRODES, SEPARATOR)
        },
        STATE: {
            group: {field: f"{UNFILLED}: {_hint(field)}" for field in fields}
            for group, fields in _STATE.items()
        },
    }


def _section(section: str) -> Iterator[tuple[str, str]]:
    for name, field in fields_of(section).items():
        if field.required or name in _OPTIONAL:
            yield name, _text(section, field)


def _text(section: str, field: Field) -> str:
    words = [_hint(field.name)]
    if field.kind == "function":
        x = "concentration [mol.m-3]" if section == ELECTROLYTE else "lithium per site, 0 to 1"
        words = [f"a number, an expression in x, or a table; x is the {x}"]
    if field.allowed is not None and field.kind == "number":
        words.append(field.allowed.words)
    if not field.required:
        words.append("remove the line if not known")
    return f"{UNFILLED}: {'; '.join(words)}"


def _hint(name: str) -> str:
    return _HINTS.get(name, "a number")


def _provenance(parameters: Mapping[str, Any]) -> str:
    lines = [_HEADER.format(methods=" | ".join(METHODS))]
    before: tuple[str, ...] = ()
    for path in value_paths(parameters):
        for depth, part in enumerate(path[:-1]):
            if path[: depth + 1] != before[: depth + 1]:
                lines.append(f"{'  ' * depth}{part}:")
        lines.append(
            f"{'  ' * (len(path) - 1)}{path[-1]}: {{source: {UNFILLED}, method: {UNFILLED}}}"
        )
        before = path
    return "\n".join(lines) + "\n"
