"""The fields of BPX from values by PyBaMM's names: the way back from :mod:`.derived`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from twin.parameters.bpx.derived import STANDARD_K
from twin.parameters.bpx.document import Value
from twin.parameters.bpx.fields import (
    CELL,
    ELECTRODES,
    ELECTROLYTE,
    OF_CELL,
    OF_CONTACT,
    OF_ELECTRODE,
    OF_ELECTROLYTE,
    OF_PARTICLE,
    PARTICLE,
    SEPARATOR,
    Field,
    fields_of,
)
from twin.parameters.bpx.parts import Part, part_of, rate_and_energy
from twin.parameters.equilibrium import call
from twin.parameters.language.expression import Function
from twin.parameters.language.nodes import CONSTANTS
from twin.parameters.ranges import MATERIALS

STO = np.linspace(0.005, 0.995, 199)
SALT = np.linspace(1.0, 3000.0, 301)
ALL_PORE = 1 - 1e-9  # PyBaMM's reader divides by the logarithm of a porosity


class _Fields:
    """The values of one cell, as BPX asks for them."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = values
        given = values.get("Reference temperature [K]")
        self.reference_K = float(given) if isinstance(given, int | float) else STANDARD_K

    def number(self, name: str) -> float | None:
        """Return a number; of a function its value at half charge, 1 M and reference."""
        value = self.values.get(name)
        if not isinstance(value, Function):
            return None if value is None else float(value)
        middle = {"c_e": 1000.0, "T": self.reference_K}
        given = [middle.get(argument, 0.5) for argument in value.arguments]
        return float(np.ravel(call(self.values, name, *given))[0])

    def function(self, name: str, samples: Any) -> Part | None:
        """Return what BPX is told of a function, nothing where the set does not have it."""
        value = self.values.get(name)
        return None if value is None else part_of(value, self.values, samples, self.reference_K)


def bpx_fields(
    values: Mapping[str, Value], materials: Mapping[str, tuple[str, str]]
) -> tuple[dict[str, Any], list[str]]:
    """Return the parameterisation, and the required fields that it lacks.

    Parameters
    ----------
    values : by PyBaMM's names, with limits of stoichiometry
    materials : electrode -> names of its two materials
    """
    fields = _Fields(values)
    found: dict[str, Any] = {
        CELL: _possible(_cell(fields), OF_CELL),
        ELECTROLYTE: _possible(_electrolyte(fields), OF_ELECTROLYTE),
        **{electrode: _electrode(fields, electrode, materials) for electrode in ELECTRODES},
        SEPARATOR: _possible(_layer(fields, SEPARATOR), OF_CONTACT),
    }
    lacks = _lacks((CELL,), found[CELL], OF_CELL) + _lacks(
        (SEPARATOR,), found[SEPARATOR], OF_CONTACT
    )
    lacks += _lacks((ELECTROLYTE,), found[ELECTROLYTE], OF_ELECTROLYTE)
    for electrode in ELECTRODES:
        lacks += _lacks((electrode,), found[electrode], OF_ELECTRODE)
        inside = found[electrode].get(PARTICLE, {"": found[electrode]})
        for name, particles in inside.items():
            lacks += _lacks((electrode, name), particles, OF_PARTICLE)
    return found, lacks


def _lacks(path: tuple[str, ...], data: Mapping[str, Any], known: Mapping[str, Field]) -> list[str]:
    return [" / ".join((*path, n)) for n, f in known.items() if f.required and n not in data]


def _possible(data: Mapping[str, Any], known: Mapping[str, Field]) -> dict[str, Any]:
    """Return fields without the numbers that BPX does not allow; they stand beside it."""
    return {
        name: value
        for name, value in data.items()
        if not isinstance(value, int | float)
        or (allowed := known[name].allowed) is None
        or value in allowed
    }


def _given(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}


def _cell(fields: _Fields) -> dict[str, Any]:
    height, width = (fields.number(f"Electrode {side} [m]") for side in ("height", "width"))
    pairs = fields.number("Number of electrodes connected in parallel to make a cell")
    return _given(
        {
            "Electrode area [m2]": height * width if height and width else None,
            "External surface area [m2]": fields.number("Cell cooling surface area [m2]"),
            "Volume [m3]": fields.number("Cell volume [m3]"),
            "Number of electrode pairs connected in parallel to make a cell": (
                _whole(1.0 if pairs is None else pairs)
            ),
            "Lower voltage cut-off [V]": fields.number("Lower voltage cut-off [V]"),
            "Upper voltage cut-off [V]": fields.number("Upper voltage cut-off [V]"),
            "Nominal cell capacity [A.h]": fields.number("Nominal cell capacity [A.h]"),
            "Reference temperature [K]": fields.number("Reference temperature [K]"),
        }
    )


def _whole(number: float) -> int | None:
    return int(number) if number == int(number) else None


def _electrolyte(fields: _Fields) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Cation transference number": fields.number("Cation transference number")
    }
    for name in ("Diffusivity", "Conductivity"):
        unit = {"Diffusivity": "m2.s-1", "Conductivity": "S.m-1"}[name]
        part = fields.function(f"Electrolyte {name.lower()} [{unit}]", SALT)
        found |= _part(f"{name} [{unit}]", f"{name} activation energy [J.mol-1]", part)
    return _given(found)


def _part(name: str, energy: str, part: Part | None) -> dict[str, Any]:
    if part is None:
        return {}
    return {name: part.value, **({energy: part.energy} if part.energy else {})}


def _layer(fields: _Fields, layer: str) -> dict[str, Any]:
    porosity = fields.number(f"{layer} porosity")
    if porosity == 1:
        porosity = ALL_PORE
    exponent = fields.number(f"{layer} Bruggeman coefficient (electrolyte)")
    known = porosity is not None and exponent is not None
    return _given(
        {
            "Thickness [m]": fields.number(f"{layer} thickness [m]"),
            "Porosity": porosity,
            "Transport efficiency": porosity**exponent if known else None,  # type: ignore[operator]
        }
    )


def _electrode(
    fields: _Fields, electrode: str, materials: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    found = _layer(fields, electrode)
    conductivity = fields.number(f"{electrode} conductivity [S.m-1]")
    exponent = fields.number(f"{electrode} Bruggeman coefficient (electrode)") or 0.0
    if conductivity is not None:
        solid = 1 - found.get("Porosity", 0.0)
        found["Conductivity [S.m-1]"] = conductivity * solid**exponent
    domain = electrode.partition(" ")[0]
    if f"{MATERIALS[1]}{domain} particle radius [m]" in fields.values:
        names = materials.get(electrode, ("Primary", "Secondary"))
        found = _possible(found, OF_ELECTRODE)
        found[PARTICLE] = {
            name: _possible(_particles(fields, domain, prefix), OF_PARTICLE)
            for name, prefix in zip(names, MATERIALS, strict=True)
        }
        return found
    return _possible({**found, **_particles(fields, domain, "")}, fields_of(electrode))


def _particles(fields: _Fields, Domain: str, prefix: str) -> dict[str, Any]:
    electrode, particle = f"{prefix}{Domain} electrode", f"{prefix}{Domain} particle"
    c_max = fields.number(f"{prefix}Maximum concentration in {Domain.lower()} electrode [mol.m-3]")
    radius = fields.number(f"{particle} radius [m]")
    share = fields.number(f"{electrode} active material volume fraction")
    found: dict[str, Any] = {
        "Minimum stoichiometry": fields.number(f"{electrode} minimum stoichiometry"),
        "Maximum stoichiometry": fields.number(f"{electrode} maximum stoichiometry"),
        "Maximum concentration [mol.m-3]": c_max,
        "Particle radius [m]": radius,
        "Surface area per unit volume [m-1]": 3 * share / radius if share and radius else None,
    }
    D = fields.function(f"{particle} diffusivity [m2.s-1]", STO)
    found |= _part("Diffusivity [m2.s-1]", "Diffusivity activation energy [J.mol-1]", D)
    for field, name in (
        ("OCP [V]", "OCP [V]"),
        ("OCP (delithiation) [V]", "delithiation OCP [V]"),
        ("OCP (lithiation) [V]", "lithiation OCP [V]"),
        ("Entropic change coefficient [V.K-1]", "OCP entropic change [V.K-1]"),
    ):
        part = fields.function(f"{electrode} {name}", STO)
        found[field] = None if part is None else part.value
    return _given({**found, **_reaction(fields, electrode, c_max)})


def _reaction(fields: _Fields, electrode: str, c_max: float | None) -> dict[str, Any]:
    """Return the normalised reaction rate, exact at half charge in the initial electrolyte.

    With ``c_s = c_max / 2`` the exchange-current density is ``F k / 2``.
    """
    name = f"{electrode} exchange-current density [A.m-2]"
    value = fields.values.get(name)
    if value is None or c_max is None:
        return {}
    salt = fields.number("Initial concentration in electrolyte [mol.m-3]") or 1000.0
    rate = "Reaction rate constant [mol.m-2.s-1]"
    if not isinstance(value, Function):
        return {rate: 2 * value / CONSTANTS["F"]}
    given = {"c_e": salt, "c_s_surf": c_max / 2, "c_s_max": c_max}
    j0, energy = rate_and_energy(value, fields.values, fields.reference_K, given)
    found = {rate: 2 * j0 / CONSTANTS["F"]}
    return (
        {**found, "Reaction rate constant activation energy [J.mol-1]": energy} if energy else found
    )
