"""The fields of BPX 1.1: what they are called, what they may hold, and who needs them.

BPX: Faraday Institution, Battery Parameter eXchange standard, https://bpxstandard.com.
Names and units are the standard's; what each gives in PyBaMM's words is in
:mod:`twin.parameters.bpx.derived`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from twin.names import DOMAINS
from twin.parameters.ranges import FRACTION, KELVIN, NOT_NEGATIVE, POSITIVE, SHARE, Range

Kind = Literal["number", "count", "function"]
VERSION = "1.1.0"
MODELS = ("DFN", "SPMe", "SPM", "Partial")
PARAMETERISATION, STATE, VALIDATION = "Parameterisation", "State", "Validation"
CELL, ELECTROLYTE, SEPARATOR = "Cell", "Electrolyte", "Separator"
ELECTRODES = tuple(f"{domain.capitalize()} electrode" for domain in DOMAINS)
PARTICLE, USER_DEFINED, BLOCK = "Particle", "User-defined", "celltwin"
INITIAL, ENVIRONMENT, DEGRADATION = "Initial conditions", "Thermal environment", "Degradation"
TOP = ("Header", PARAMETERISATION, STATE, VALIDATION)
SECTIONS = (CELL, ELECTROLYTE, *ELECTRODES, SEPARATOR, USER_DEFINED)
HEADER = ("BPX", "Title", "Description", "References", "Model")


@dataclass(frozen=True)
class Field:
    """One field of a section.

    Parameters
    ----------
    name : as BPX calls it, with its unit
    allowed : range of a number, and of the values of a function; ``None`` for any
    kind : a number, a whole number, or a number or function of one variable
    required : whether a full parameterisation (DFN, SPMe) needs it
    spm : whether one for a single-particle model needs it
    """

    name: str
    allowed: Range | None = None
    kind: Kind = "number"
    required: bool = True
    spm: bool = True

    def needed_by(self, model: str) -> bool:
        """Return whether a file for a model must have it."""
        return {"Partial": False, "SPM": self.required and self.spm}.get(model, self.required)


def _named(*fields: Field) -> Mapping[str, Field]:
    return {field.name: field for field in fields}


def _optional(name: str, allowed: Range | None = None, kind: Kind = "number") -> Field:
    return Field(name, allowed, kind, required=False)


VOLTS = Range("-5 to 10 V", -5.0, 10.0)
OF_CELL = _named(
    Field("Electrode area [m2]", POSITIVE),
    _optional("External surface area [m2]", POSITIVE),
    _optional("Volume [m3]", POSITIVE),
    Field(
        "Number of electrode pairs connected in parallel to make a cell",
        Range("1 or more", 1.0),
        "count",
    ),
    Field("Lower voltage cut-off [V]", VOLTS),
    Field("Upper voltage cut-off [V]", VOLTS),
    Field("Nominal cell capacity [A.h]", POSITIVE),
    _optional("Reference temperature [K]", KELVIN),
    _optional("Density [kg.m-3]", POSITIVE),
    _optional("Specific heat capacity [J.K-1.kg-1]", POSITIVE),
)
OF_ELECTROLYTE = _named(
    Field("Cation transference number", FRACTION),
    Field("Diffusivity [m2.s-1]", POSITIVE, "function"),
    _optional("Diffusivity activation energy [J.mol-1]"),
    Field("Conductivity [S.m-1]", POSITIVE, "function"),
    _optional("Conductivity activation energy [J.mol-1]"),
)
OF_CONTACT = _named(
    Field("Thickness [m]", POSITIVE),
    Field("Porosity", SHARE, spm=False),
    Field("Transport efficiency", SHARE, spm=False),
)
OF_ELECTRODE = {
    **OF_CONTACT,
    "Conductivity [S.m-1]": Field("Conductivity [S.m-1]", POSITIVE, spm=False),
}
OF_PARTICLE = _named(
    Field("Minimum stoichiometry", FRACTION),
    Field("Maximum stoichiometry", FRACTION),
    Field("Maximum concentration [mol.m-3]", POSITIVE),
    Field("Particle radius [m]", POSITIVE),
    Field("Surface area per unit volume [m-1]", POSITIVE),
    Field("Diffusivity [m2.s-1]", POSITIVE, "function"),
    _optional("Diffusivity activation energy [J.mol-1]"),
    Field("OCP [V]", VOLTS, "function"),
    _optional("OCP (delithiation) [V]", VOLTS, "function"),
    _optional("OCP (lithiation) [V]", VOLTS, "function"),
    _optional("OCP hysteresis decay constant", NOT_NEGATIVE),
    _optional("Entropic change coefficient [V.K-1]", None, "function"),
    Field("Reaction rate constant [mol.m-2.s-1]", POSITIVE),
    _optional("Reaction rate constant activation energy [J.mol-1]"),
)
OF_STATE: Mapping[str, Mapping[str, Field]] = {
    INITIAL: _named(
        _optional("Initial state-of-charge", FRACTION),
        _optional("Initial temperature [K]", KELVIN),
        _optional("Initial electrolyte concentration [mol.m-3]", POSITIVE),
        _optional("Initial hysteresis state: Positive electrode", Range("-1 to 1", -1.0, 1.0)),
        _optional("Initial hysteresis state: Negative electrode", Range("-1 to 1", -1.0, 1.0)),
    ),
    ENVIRONMENT: _named(
        _optional("Ambient temperature [K]", KELVIN),
        _optional("Heat transfer coefficient [W.m-2.K-1]", NOT_NEGATIVE),
    ),
    DEGRADATION: _named(
        Field("LLI", Range("0 to below 1", 0.0, 0.999)),
        Field("LAM: Positive electrode", Range("0 to below 1", 0.0, 0.999)),
        Field("LAM: Negative electrode", Range("0 to below 1", 0.0, 0.999)),
    ),
}
# of a number or, where an electrode has two materials, one number for each
BY_MATERIAL = tuple(
    name for fields in OF_STATE.values() for name in fields if name.endswith(" electrode")
)


def fields_of(section: str) -> Mapping[str, Field]:
    """Return the fields of a section of the parameterisation by name.

    >>> sorted(fields_of("Separator"))
    ['Porosity', 'Thickness [m]', 'Transport efficiency']
    """
    if section in ELECTRODES:
        return {**OF_ELECTRODE, **OF_PARTICLE}
    return {CELL: OF_CELL, ELECTROLYTE: OF_ELECTROLYTE, SEPARATOR: OF_CONTACT}[section]
