"""Parameters that our physics needs and PyBaMM's sets do not have, each spelt once.

A parameter without a default has to be given: there is no value that suits every material.
Names follow PyBaMM's (unit in brackets). Those marked as functions may be a number or a
function of stoichiometry.
"""

from __future__ import annotations

from dataclasses import dataclass

from twin.models.description import Constraint, Electrode
from twin.names import DOMAINS, Domain

OUTSIDE_PRESSURE = "Outside pressure on the cell [Pa]"
FIXTURE_STIFFNESS = "Stiffness of the fixture [Pa.m-1]"
CELL_MODULUS = "Compressive modulus of the cell [Pa]"
PRESSURE_RATIO = "Pressure on particles per pressure on the cell"


def inner_radius(domain: Domain) -> str:
    """Return the name of the radius of a cavity [m]."""
    return f"{domain.capitalize()} particle inner radius [m]"


def diffusion_activation_volume(domain: Domain) -> str:
    """Return the name of the activation volume of a jump [m3.mol-1]."""
    return f"{domain.capitalize()} electrode diffusion activation volume [m3.mol-1]"


def reaction_activation_volume(domain: Domain) -> str:
    """Return the name of the activation volume of the exchange current [m3.mol-1]."""
    return f"{domain.capitalize()} electrode reaction activation volume [m3.mol-1]"


def surface_stress(domain: Domain) -> str:
    """Return the name of the surface stress of the host [N.m-1]."""
    return f"{domain.capitalize()} particle surface stress [N.m-1]"


def misfit_stress(domain: Domain) -> str:
    """Return the name of the stress from coherent contact [Pa]."""
    return f"{domain.capitalize()} particle misfit stress [Pa]"


def coating(domain: Domain) -> tuple[str, str, str]:
    """Return the names of a coating's thickness [m], Young's modulus [Pa], Poisson's ratio."""
    stem = f"{domain.capitalize()} particle coating"
    return f"{stem} thickness [m]", f"{stem} Young's modulus [Pa]", f"{stem} Poisson's ratio"


def surface_energy(domain: Domain) -> str:
    """Return the name of the surface energy [J.m-2], a function of stoichiometry."""
    return f"{domain.capitalize()} electrode surface energy [J.m-2]"


def molar_volume(domain: Domain) -> str:
    """Return the name of the host's molar volume [m3.mol-1], a function of stoichiometry."""
    return f"{domain.capitalize()} electrode molar volume [m3.mol-1]"


def pore_share(domain: Domain) -> str:
    """Return the name of the share of swelling that pores take up."""
    return f"{domain.capitalize()} electrode share of swelling taken up by pores"


@dataclass(frozen=True)
class Extra:
    """One such parameter.

    Parameters
    ----------
    name : PyBaMM's kind of name
    key : key of the description that asks for it
    default : value where none is given, None if there has to be one
    """

    name: str
    key: str
    default: float | None = None


def electrode_extras(domain: Domain, electrode: Electrode) -> list[Extra]:
    """Return what an electrode needs beyond PyBaMM's sets.

    >>> [extra.name for extra in electrode_extras("negative", Electrode(surface_energy=True))]
    ['Negative electrode surface energy [J.m-2]', 'Negative electrode molar volume [m3.mol-1]']
    """
    particle = electrode.particle
    volumes = (diffusion_activation_volume(domain), reaction_activation_volume(domain))
    exchange = electrode.stress_in_kinetics == "potential-and-exchange-current"
    pores = electrode.swelling == "thickness-and-porosity"
    asked: list[tuple[bool, str, tuple[str, ...], float | None]] = [
        (particle.core != "solid", "particle.core", (inner_radius(domain),), None),
        (particle.diffusion == "stress-activated", "particle.diffusion", volumes[:1], None),
        (exchange, "stress_in_kinetics", volumes[1:], None),
        (particle.surface_stress, "particle.surface_stress", (surface_stress(domain),), None),
        (particle.misfit_stress, "particle.misfit_stress", (misfit_stress(domain),), None),
        (particle.coating, "particle.coating", coating(domain), None),
        (
            electrode.surface_energy,
            "surface_energy",
            (surface_energy(domain), molar_volume(domain)),
            None,
        ),
        (pores, "swelling", (pore_share(domain),), 1.0),
    ]
    return [
        Extra(name, key, default)
        for wanted, key, names, default in asked
        if wanted
        for name in names
    ]


def cell_extras(constraint: Constraint) -> list[Extra]:
    """Return what an outside constraint needs.

    >>> len(cell_extras("none")), len(cell_extras("stiffness"))
    (0, 4)
    """
    if constraint == "none":
        return []
    common = [
        Extra(OUTSIDE_PRESSURE, "constraint", 0.0 if constraint == "stiffness" else None),
        Extra(PRESSURE_RATIO, "constraint", 1.0),
    ]
    if constraint == "pressure":
        return common
    return [
        *common,
        Extra(FIXTURE_STIFFNESS, "constraint"),
        Extra(CELL_MODULUS, "constraint"),
    ]


def every_name() -> frozenset[str]:
    """Return all of these names, whatever the model."""
    names = {OUTSIDE_PRESSURE, FIXTURE_STIFFNESS, CELL_MODULUS, PRESSURE_RATIO}
    for domain in DOMAINS:
        names |= {
            inner_radius(domain),
            diffusion_activation_volume(domain),
            reaction_activation_volume(domain),
            surface_stress(domain),
            misfit_stress(domain),
            *coating(domain),
            surface_energy(domain),
            molar_volume(domain),
            pore_share(domain),
        }
    return frozenset(names)
