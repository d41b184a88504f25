"""PyBaMM's names of what the fields of BPX give."""

from __future__ import annotations

from collections.abc import Mapping

from twin.parameters.bpx.document import Path, Value
from twin.parameters.bpx.fields import CELL, ELECTROLYTE, PARTICLE
from twin.parameters.language.expression import Function
from twin.parameters.language.tables import Table, Table2
from twin.parameters.ranges import MATERIALS

THERMAL = {
    "Density [kg.m-3]": "density [kg.m-3]",
    "Specific heat capacity [J.K-1.kg-1]": "specific heat capacity [J.kg-1.K-1]",
    "Thermal conductivity [W.m-1.K-1]": "thermal conductivity [W.m-1.K-1]",
}
LAYERS = (
    "Negative electrode",
    "Positive electrode",
    "Separator",
    "Negative current collector",
    "Positive current collector",
)
OF_CELL = {
    "External surface area [m2]": "Cell cooling surface area [m2]",
    "Volume [m3]": "Cell volume [m3]",
    "Number of electrode pairs connected in parallel to make a cell": (
        "Number of electrodes connected in parallel to make a cell"
    ),
}
# field of a material -> PyBaMM's name, with Domain and domain
OF_MATERIAL = {
    "Maximum concentration [mol.m-3]": "Maximum concentration in {domain} electrode [mol.m-3]",
    "Particle radius [m]": "{Domain} particle radius [m]",
    "Surface area per unit volume [m-1]": "{Domain} electrode active material volume fraction",
    "Diffusivity [m2.s-1]": "{Domain} particle diffusivity [m2.s-1]",
    "Diffusivity activation energy [J.mol-1]": "{Domain} particle diffusivity [m2.s-1]",
    "OCP [V]": "{Domain} electrode OCP [V]",
    "OCP (delithiation) [V]": "{Domain} electrode delithiation OCP [V]",
    "OCP (lithiation) [V]": "{Domain} electrode lithiation OCP [V]",
    "OCP hysteresis decay constant": "{Domain} particle lithiation hysteresis decay rate",
    "Entropic change coefficient [V.K-1]": "{Domain} electrode OCP entropic change [V.K-1]",
    "Reaction rate constant [mol.m-2.s-1]": "{Domain} electrode exchange-current density [A.m-2]",
    "Reaction rate constant activation energy [J.mol-1]": (
        "{Domain} electrode exchange-current density [A.m-2]"
    ),
    "Minimum stoichiometry": "{Domain} electrode minimum stoichiometry",
    "Maximum stoichiometry": "{Domain} electrode maximum stoichiometry",
}
OF_LAYER = {
    "Thickness [m]": "{Layer} thickness [m]",
    "Porosity": "{Layer} porosity",
    "Transport efficiency": "{Layer} Bruggeman coefficient (electrolyte)",
    "Conductivity [S.m-1]": "{Layer} conductivity [S.m-1]",
}
OF_ELECTROLYTE = {
    "Cation transference number": "Cation transference number",
    "Diffusivity [m2.s-1]": "Electrolyte diffusivity [m2.s-1]",
    "Diffusivity activation energy [J.mol-1]": "Electrolyte diffusivity [m2.s-1]",
    "Conductivity [S.m-1]": "Electrolyte conductivity [S.m-1]",
    "Conductivity activation energy [J.mol-1]": "Electrolyte conductivity [S.m-1]",
}


def prefix_of(path: Path, materials: tuple[str, ...]) -> str:
    """Return what PyBaMM puts before the names of a material."""
    if PARTICLE not in path or len(materials) < len(MATERIALS):
        return ""
    return MATERIALS[materials.index(path[path.index(PARTICLE) + 1])]


def pybamm_name(path: Path, materials: tuple[str, ...] = ()) -> str:
    """Return PyBaMM's name of what a field gives, or helps to give.

    >>> pybamm_name(("Negative electrode", "OCP [V]"))
    'Negative electrode OCP [V]'
    >>> pybamm_name(("Separator", "Transport efficiency"))
    'Separator Bruggeman coefficient (electrolyte)'
    """
    section, field = path[0], path[-1]
    if section == CELL:
        return OF_CELL.get(field, field)
    if section == ELECTROLYTE:
        return OF_ELECTROLYTE.get(field, field)
    if field in OF_LAYER:
        return OF_LAYER[field].format(Layer=section)
    Domain = section.partition(" ")[0]
    name = OF_MATERIAL[field].format(Domain=Domain, domain=Domain.lower())
    return prefix_of(path, materials) + name


def tables_of(
    fields: Mapping[Path, Value], materials: Mapping[str, tuple[str, ...]]
) -> dict[str, Table | Table2 | None]:
    """Return the tables of BPX fields by PyBaMM's name of what they give.

    Parameters
    ----------
    fields : by place
    materials : electrode -> names of its materials, where it has two
    """
    return {
        pybamm_name(path, materials.get(path[0], ())): value.table
        for path, value in fields.items()
        if isinstance(value, Function) and value.table is not None
    }
