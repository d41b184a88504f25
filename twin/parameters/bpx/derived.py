r"""What the fields of BPX mean in PyBaMM's words.

An electrode of spheres with surface :math:`a` per volume and radius :math:`R` has the share
:math:`\varepsilon = a R / 3` of active material. The transport efficiency
:math:`\mathcal{B} = \varepsilon_e^b` gives the exponent of Bruggeman. The normalised reaction
rate :math:`k` gives the exchange-current density

.. math::

    j_0 = F k \sqrt{\frac{c_e}{c_{e,0}} \frac{c_s}{c_{max}}\left(1 - \frac{c_s}{c_{max}}\right)}
        = \frac{F k}{c_{max} \sqrt{c_{e,0}}} \sqrt{c_e c_s (c_{max} - c_s)} ,

and what has an activation energy :math:`E` is multiplied by
:math:`\exp\left[\frac{E}{R}\left(\frac{1}{T_{ref}} - \frac{1}{T}\right)\right]`
(BPX standard, https://bpxstandard.com). Numbers and functions are those that PyBaMM's own
reader derives; ``tests/parameters/bpx/test_derived.py`` compares them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from twin.parameters.bpx.document import Document, Path, Value
from twin.parameters.bpx.fields import (
    CELL,
    ELECTRODES,
    ELECTROLYTE,
    ENVIRONMENT,
    INITIAL,
    PARTICLE,
    SEPARATOR,
    STATE,
)
from twin.parameters.bpx.pybamm_names import (
    LAYERS,
    OF_CELL,
    OF_ELECTROLYTE,
    OF_LAYER,
    OF_MATERIAL,
    THERMAL,
    pybamm_name,
)
from twin.parameters.language.expression import (
    Argument,
    Function,
    Node,
    Number,
    Operation,
    parse,
    substitute,
)
from twin.parameters.language.nodes import CONSTANTS
from twin.parameters.ranges import MATERIALS

ONE_MOLAR = 1000.0  # concentration that a file without one means [mol.m-3]
STANDARD_K = 298.15
COLLECTOR_CONDUCTIVITY = 4e7  # of a collector that BPX says nothing about [S.m-1]
_ARRHENIUS = parse("exp(E / R * (1 / T_ref - 1 / T))", ("E", "T_ref", "T"))
_EXCHANGE = parse(
    "k * c_e**0.5 * c_s_surf**0.5 * (c_s_max - c_s_surf)**0.5",
    ("k", "c_e", "c_s_surf", "c_s_max"),
)


def arrhenius(energy: float, reference_K: float) -> Node:
    """Return the factor [-] that an activation energy [J.mol-1] gives, of ``T`` [K]."""
    return substitute(_ARRHENIUS, {"E": Number(energy), "T_ref": Number(reference_K)})


def with_temperature(
    value: Value, argument: str, energy: float, reference_K: float
) -> float | Function:
    """Return a value, of one argument or none, as a function of it and temperature."""
    if isinstance(value, Function):
        body = substitute(value.body, {value.arguments[0]: Argument(argument)})
    else:
        body = Number(float(value))
    table = value.table if isinstance(value, Function) else None
    if energy == 0:
        return Function((argument, "T"), body, table) if isinstance(value, Function) else value
    return Function((argument, "T"), Operation("*", arrhenius(energy, reference_K), body), table)


def exchange_current(
    rate: float, energy: float, reference_K: float, c_max: float, c_e: float
) -> Function:
    """Return the exchange-current density [A.m-2] of a normalised reaction rate.

    Parameters
    ----------
    rate : [mol.m-2.s-1]
    energy : activation energy [J.mol-1]
    reference_K : temperature at which the rate holds [K]
    c_max : largest concentration in the particles [mol.m-3]
    c_e : concentration of the electrolyte that the rate is normalised with [mol.m-3]
    """
    factor: Node = Number(rate * CONSTANTS["F"] / (c_max * c_e**0.5))
    if energy:
        factor = Operation("*", factor, arrhenius(energy, reference_K))
    return Function(("c_e", "c_s_surf", "c_s_max", "T"), substitute(_EXCHANGE, {"k": factor}))


def derived_values(document: Document) -> dict[str, Value]:
    """Return what the fields of BPX give, by PyBaMM's names; where BPX is silent, its defaults."""
    cell = {path[1]: value for path, value in document.fields.items() if path[0] == CELL}
    found = _from_cell(cell)
    reference = float(found["Reference temperature [K]"])  # type: ignore[arg-type]
    found |= _from_state(document, reference)
    found |= _from_electrolyte(document, reference)
    for layer in (*ELECTRODES, SEPARATOR):
        found |= _from_layer(document, layer)
    salt = float(found["Initial concentration in electrolyte [mol.m-3]"])  # type: ignore[arg-type]
    for electrode in ELECTRODES:
        materials = document.materials(electrode)
        inside_of: list[Path] = [(electrode, PARTICLE, m) for m in materials]
        for inside in inside_of or [(electrode,)]:
            found |= _from_particles(document, inside, materials, reference, salt)
    return found


def _from_cell(cell: Mapping[str, Value]) -> dict[str, Value]:
    found: dict[str, Value] = {
        OF_CELL.get(name, name): value
        for name, value in cell.items()
        if name not in THERMAL and name != "Electrode area [m2]"
    }
    found.setdefault("Reference temperature [K]", STANDARD_K)
    if "Electrode area [m2]" in cell:
        side = math.sqrt(cell["Electrode area [m2]"])  # type: ignore[arg-type]
        found |= {"Electrode width [m]": side, "Electrode height [m]": side}
    for name in THERMAL.keys() & cell.keys():
        found |= {f"{layer} {THERMAL[name]}": cell[name] for layer in LAYERS}
    found |= {
        "Number of cells connected in series to make a battery": 1.0,
        "Thermodynamic factor": 1.0,
    }
    for side_of in ("Negative", "Positive"):
        found[f"{side_of} current collector thickness [m]"] = 0.0
        found[f"{side_of} current collector conductivity [S.m-1]"] = COLLECTOR_CONDUCTIVITY
        found[f"{side_of} electrode Bruggeman coefficient (electrode)"] = 0.0
    for end, share in (("Lower", 0), ("Upper", 100)):
        if f"{end} voltage cut-off [V]" in found:
            name = f"Open-circuit voltage at {share}% SOC [V]"
            found[name] = found[f"{end} voltage cut-off [V]"]
    if "Nominal cell capacity [A.h]" in found:
        found["Current function [A]"] = found["Nominal cell capacity [A.h]"]
    return found


def _from_state(document: Document, reference_K: float) -> dict[str, Value]:
    def given(part: str, name: str, default: float) -> float:
        return document.state.get((STATE, part, name), default)

    found: dict[str, Value] = {
        "Ambient temperature [K]": given(ENVIRONMENT, "Ambient temperature [K]", reference_K),
        "Initial temperature [K]": given(INITIAL, "Initial temperature [K]", reference_K),
        "Initial concentration in electrolyte [mol.m-3]": given(
            INITIAL, "Initial electrolyte concentration [mol.m-3]", ONE_MOLAR
        ),
        "Total heat transfer coefficient [W.m-2.K-1]": given(
            ENVIRONMENT, "Heat transfer coefficient [W.m-2.K-1]", 0.0
        ),
    }
    for electrode in ELECTRODES:
        path: Path = (STATE, INITIAL, f"Initial hysteresis state: {electrode}")
        name = f"Initial hysteresis state in {electrode.lower()}"
        if path in document.state:
            found[name] = document.state[path]
        for prefix, material in zip(MATERIALS, document.materials(electrode), strict=False):
            if (*path, material) in document.state:
                found[prefix + name] = document.state[*path, material]
    return found


def _from_electrolyte(document: Document, reference_K: float) -> dict[str, Value]:
    fields = {path[1]: value for path, value in document.fields.items() if path[0] == ELECTROLYTE}
    found: dict[str, Value] = {}
    if "Cation transference number" in fields:
        found["Cation transference number"] = fields["Cation transference number"]
    for name in ("Diffusivity [m2.s-1]", "Conductivity [S.m-1]"):
        if name in fields:
            energy = fields.get(f"{name.partition(' [')[0]} activation energy [J.mol-1]", 0.0)
            found[OF_ELECTROLYTE[name]] = with_temperature(
                fields[name],
                "c_e",
                float(energy),  # type: ignore[arg-type]
                reference_K,
            )
    return found


def _from_layer(document: Document, layer: str) -> dict[str, Value]:
    fields = {name: document.fields.get((layer, name)) for name in OF_LAYER}
    found = {
        OF_LAYER[name].format(Layer=layer): value
        for name, value in fields.items()
        if value is not None
    }
    porosity, efficiency = fields["Porosity"], fields["Transport efficiency"]
    if isinstance(porosity, int | float) and isinstance(efficiency, int | float):
        exponent = math.log(efficiency) / math.log(porosity) if porosity != 1 else 0.0
        found[pybamm_name((layer, "Transport efficiency"))] = exponent
    return found


def _from_particles(
    document: Document, inside: Path, materials: tuple[str, ...], reference_K: float, salt: float
) -> dict[str, Value]:
    fields = {
        name: document.fields[*inside, name]
        for name in OF_MATERIAL
        if (*inside, name) in document.fields
    }
    found: dict[str, Value] = {}
    for field in fields:
        name = pybamm_name((*inside, field), materials)
        value = _of_particles(field, fields, reference_K, salt)
        if value is not None:
            found[name] = value
        if field == "OCP hysteresis decay constant" and value is not None:
            found[name.replace("lithiation", "delithiation")] = value
    return found


def _of_particles(
    field: str, fields: Mapping[str, Value], reference_K: float, salt: float
) -> Value | None:
    """Return what one field of a material gives, or nothing where another field says it."""

    def number(name: str) -> float:
        value = fields.get(name, 0.0)
        return float(value) if isinstance(value, int | float) else 0.0

    name = field.partition(" [")[0]
    if name.endswith("activation energy"):
        return None
    if name == "Diffusivity":
        energy = number("Diffusivity activation energy [J.mol-1]")
        return with_temperature(fields[field], "sto", energy, reference_K)
    if name == "Surface area per unit volume":
        return number(field) * number("Particle radius [m]") / 3.0
    if name == "Reaction rate constant":
        energy = number("Reaction rate constant activation energy [J.mol-1]")
        c_max = number("Maximum concentration [mol.m-3]")
        return exchange_current(number(field), energy, reference_K, c_max, salt) if c_max else None
    return _of_stoichiometry(fields[field])


def _of_stoichiometry(value: Value) -> Value:
    if not isinstance(value, Function):
        return value
    body = substitute(value.body, {value.arguments[0]: Argument("sto")})
    return Function(("sto",), body, value.table)
