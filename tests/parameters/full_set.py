"""A whole parameter set for tests of checks: an LG M50 after doi:10.1149/1945-7111/ab9050."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twin.parameters.checks.checking import Report, check_set
from twin.parameters.provenance import value_paths

Change = Callable[[Any], None]

SAFE = "Lithium plating kinetic rate constant [m.s-1]"
PLATING = "Exchange-current density for plating [A.m-2]"
ELECTROLYTE = "Electrolyte conductivity [S.m-1]"
ENERGY = "Reaction rate constant activation energy [J.mol-1]"
PARAMETERS: dict[str, Any] = {
    "Header": {
        "BPX": "1.1.0",
        "Title": "LG M50",
        "Description": "cylindrical 21700 cell, graphite and NMC811",
        "References": "doi:10.1149/1945-7111/ab9050",
        "Model": "DFN",
    },
    "Parameterisation": {
        "Cell": {
            "Electrode area [m2]": 0.1027,
            "External surface area [m2]": 0.00531,
            "Volume [m3]": 2.42e-05,
            "Number of electrode pairs connected in parallel to make a cell": 1,
            "Lower voltage cut-off [V]": 2.5,
            "Upper voltage cut-off [V]": 4.2,
            "Nominal cell capacity [A.h]": 5.0,
            "Reference temperature [K]": 298.15,
            "Density [kg.m-3]": 2500.0,
            "Specific heat capacity [J.K-1.kg-1]": 900.0,
        },
        "Electrolyte": {
            "Cation transference number": 0.2594,
            "Diffusivity [m2.s-1]": "8.794e-17*x**2 - 3.972e-13*x + 4.862e-10",
            "Conductivity [S.m-1]": "1.297e-10*x**3 - 7.937e-5*x**1.5 + 3.329e-3*x",
        },
        "Negative electrode": {
            "Thickness [m]": 8.52e-05,
            "Porosity": 0.25,
            "Transport efficiency": 0.125,
            "Conductivity [S.m-1]": 215.0,
            "Minimum stoichiometry": 0.02634579019180088,
            "Maximum stoichiometry": 0.9106180466273872,
            "Maximum concentration [mol.m-3]": 33133.0,
            "Particle radius [m]": 5.86e-06,
            "Surface area per unit volume [m-1]": 383959.0443686007,
            "Diffusivity [m2.s-1]": 3.3e-14,
            "OCP [V]": "1.9793*exp(-39.3631*x) + 0.2482 - 0.0909*tanh(29.8538*(x - 0.1234))"
            " - 0.04478*tanh(14.9159*(x - 0.2769)) - 0.0205*tanh(30.4444*(x - 0.6103))",
            "Entropic change coefficient [V.K-1]": 0.0,
            "Reaction rate constant [mol.m-2.s-1]": 7.0e-06,
            ENERGY: 35000.0,
        },
        "Positive electrode": {
            "Thickness [m]": 7.56e-05,
            "Porosity": 0.335,
            "Transport efficiency": 0.1939,
            "Conductivity [S.m-1]": 0.18,
            "Minimum stoichiometry": 0.2638452246013547,
            "Maximum stoichiometry": 0.8539746746826645,
            "Maximum concentration [mol.m-3]": 63104.0,
            "Particle radius [m]": 5.22e-06,
            "Surface area per unit volume [m-1]": 382183.908045977,
            "Diffusivity [m2.s-1]": 4.0e-15,
            "OCP [V]": "-0.809*x + 4.4875 - 0.0428*tanh(18.5138*(x - 0.5542))"
            " - 17.7326*tanh(15.789*(x - 0.3117)) + 17.5842*tanh(15.9308*(x - 0.312))",
            "Entropic change coefficient [V.K-1]": 0.0,
            "Reaction rate constant [mol.m-2.s-1]": 7.0e-05,
            ENERGY: 17800.0,
        },
        "Separator": {
            "Thickness [m]": 1.2e-05,
            "Porosity": 0.47,
            "Transport efficiency": 0.3222,
        },
        "User-defined": {
            "Negative electrode Young's modulus [Pa]": 1.5e10,
            "Initial concentration in negative electrode [mol.m-3]": 29866.0,
            "Initial concentration in positive electrode [mol.m-3]": 17038.0,
            "celltwin": {
                "format": 1,
                "functions": {
                    ELECTROLYTE: {
                        "description": "(c_e, T) = (1.297e-10*c_e**3 - 7.937e-5*c_e**1.5"
                        " + 3.329e-3*c_e)*exp(2000*(1/298.15 - 1/T))"
                    },
                    PLATING: {"description": f"(c_e, c_Li, T) = F*{{{SAFE}}}*c_e"},
                },
                "parameters": {SAFE: 1e-11},
            },
        },
    },
    "State": {
        "Initial conditions": {
            "Initial temperature [K]": 298.15,
            "Initial electrolyte concentration [mol.m-3]": 1000.0,
        },
        "Thermal environment": {
            "Ambient temperature [K]": 298.15,
            "Heat transfer coefficient [W.m-2.K-1]": 10.0,
        },
    },
}
README = """\
# LG M50

A cylindrical cell.

## Who measured it

Chen and others, doi:10.1149/1945-7111/ab9050.

## What it is good for

Discharges at 25 °C.

## What it is not good for

Anything else.

## How to cite

Name the paper.

## Licence

The numbers are facts; CC BY 4.0 for the rest.
"""
OWN = "User-defined"
MEASURED = {"source": "doi:10.1149/1945-7111/ab9050", "method": "measured"}


def parameters() -> dict[str, Any]:
    """Return a copy that may be changed."""
    return copy.deepcopy(PARAMETERS)


def provenance(of: Any = PARAMETERS) -> dict[str, Any]:
    """Return an entry for every value."""
    found: dict[str, Any] = {}
    for path in value_paths(of):
        here = found
        for part in path[:-1]:
            here = here.setdefault(part, {})
        here[path[-1]] = dict(MEASURED)
    return found


def write(
    folder: Path, data: Any = PARAMETERS, sources: Any = None, readme: str | None = README
) -> Path:
    """Return the folder of a set that was written into a folder; JSON is YAML, too."""
    place = folder / "LGM50Test2026"
    place.mkdir()
    (place / "parameters.json").write_text(json.dumps(data), encoding="utf-8")
    sources = provenance(data) if sources is None else sources
    (place / "provenance.yaml").write_text(json.dumps(sources, indent=1), encoding="utf-8")
    if readme is not None:
        (place / "README.md").write_text(readme, encoding="utf-8")
    return place


def at(*path: str, to: Any) -> Change:
    """Return a change of one place, of the parameterisation unless it says State or Header."""

    def change(data: Any) -> None:
        start = data if path[0] in ("State", "Header") else data["Parameterisation"]
        for part in path[:-1]:
            start = start.setdefault(part, {})
        start[path[-1]] = to

    return change


def function(name: str, text: str, **more: Any) -> Change:
    return at(OWN, "celltwin", "functions", name, to={"description": text, **more})


def both(*changes: Change) -> Change:
    def change(data: Any) -> None:
        for each in changes:
            each(data)

    return change


def swap(section: str, one: str, other: str) -> Change:
    def change(data: Any) -> None:
        here = data["Parameterisation"][section]
        here[one], here[other] = here[other], here[one]

    return change


def without(*path: str) -> Change:
    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        del data[path[-1]]

    return change


def checked(folder: Path, change: Change) -> Report:
    data = parameters()
    change(data)
    file = folder / "set.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    return check_set(file)
