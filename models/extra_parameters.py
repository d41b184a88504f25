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


SOLVENT_VOLUME = "Solvent molar volume [m3.mol-1]"
SOLVENT_PER_LITHIUM = "Ratio of solvent moles to lithium moles in SEI"
EXCESS_ELECTROLYTE = "Excess electrolyte volume per pore volume"


def _electrode(domain: Domain, prefix: str, rest: str) -> str:
    return f"{prefix}{domain.capitalize()} electrode {rest}"


def _particle(domain: Domain, prefix: str, rest: str) -> str:
    return f"{prefix}{domain.capitalize()} particle {rest}"


def inner_radius(domain: Domain, prefix: str = "") -> str:
    """Return the name of the radius of a cavity [m].

    Parameters
    ----------
    domain : electrode
    prefix : ``"Primary: "`` or ``"Secondary: "`` in an electrode of two materials
    """
    return _particle(domain, prefix, "inner radius [m]")


def diffusion_activation_volume(domain: Domain, prefix: str = "") -> str:
    """Return the name of the activation volume of a jump [m3.mol-1]."""
    return _electrode(domain, prefix, "diffusion activation volume [m3.mol-1]")


def reaction_activation_volume(domain: Domain, prefix: str = "") -> str:
    """Return the name of the activation volume of the exchange current [m3.mol-1]."""
    return _electrode(domain, prefix, "reaction activation volume [m3.mol-1]")


def surface_stress(domain: Domain, prefix: str = "") -> str:
    """Return the name of the surface stress of the host [N.m-1]."""
    return _particle(domain, prefix, "surface stress [N.m-1]")


def misfit_stress(domain: Domain, prefix: str = "") -> str:
    """Return the name of the stress from coherent contact [Pa]."""
    return _particle(domain, prefix, "misfit stress [Pa]")


def coating(domain: Domain, prefix: str = "") -> tuple[str, str, str]:
    """Return the names of a coating's thickness [m], Young's modulus [Pa], Poisson's ratio."""
    parts = ("thickness [m]", "Young's modulus [Pa]", "Poisson's ratio")
    thickness, modulus, ratio = (_particle(domain, prefix, f"coating {part}") for part in parts)
    return thickness, modulus, ratio


def surface_energy(domain: Domain, prefix: str = "") -> str:
    """Return the name of the surface energy [J.m-2], a function of stoichiometry."""
    return _electrode(domain, prefix, "surface energy [J.m-2]")


def molar_volume(domain: Domain, prefix: str = "") -> str:
    """Return the name of the host's molar volume [m3.mol-1], a function of stoichiometry."""
    return _electrode(domain, prefix, "molar volume [m3.mol-1]")


def pore_share(domain: Domain) -> str:
    """Return the name of the share of swelling that pores take up."""
    return f"{domain.capitalize()} electrode share of swelling taken up by pores"


def crack_threshold(domain: Domain, prefix: str = "") -> str:
    """Return the name of the stress intensity below which cracks do not grow [Pa.m0.5]."""
    return _electrode(domain, prefix, "stress-intensity threshold [Pa.m0.5]")


def toughness(domain: Domain, prefix: str = "") -> str:
    """Return the name of the fracture toughness [Pa.m0.5]."""
    return _electrode(domain, prefix, "fracture toughness [Pa.m0.5]")


def crack_speed(domain: Domain, prefix: str = "") -> str:
    """Return the name of the speed of a crack at twice the toughness [m.s-1]."""
    return _electrode(domain, prefix, "unstable crack speed [m.s-1]")


def critical_radius(domain: Domain, prefix: str = "") -> str:
    """Return the name of the radius below which a particle cannot break [m]."""
    return _particle(domain, prefix, "critical radius for fracture [m]")


def path_factor(domain: Domain, prefix: str = "") -> str:
    """Return the name of the growth of the diffusion path per crack length over radius."""
    return _electrode(domain, prefix, "diffusion path per relative crack length")


def crack_loss(domain: Domain, prefix: str = "") -> str:
    """Return the name of the share of material cut off per crack length over radius."""
    return _electrode(domain, prefix, "material cut off per relative crack length")


def plating_activation(domain: Domain, prefix: str = "") -> str:
    """Return the name of the activation energy of plating and stripping [J.mol-1]."""
    return _electrode(domain, prefix, "lithium plating activation energy [J.mol-1]")


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


Asked = tuple[bool, str, tuple[str, ...], float | None]


def electrode_extras(domain: Domain, electrode: Electrode) -> list[Extra]:
    """Return what an electrode needs beyond PyBaMM's sets.

    >>> [extra.name for extra in electrode_extras("negative", Electrode(surface_energy=True))]
    ['Negative electrode surface energy [J.m-2]', 'Negative electrode molar volume [m3.mol-1]']
    """
    pores = electrode.swelling == "thickness-and-porosity"
    asked: list[Asked] = [(pores, "swelling", (pore_share(domain),), 1.0)]
    for name, phase in electrode.phases.items():
        prefix = f"{name.capitalize()}: " if electrode.secondary else ""
        start = "secondary." if name == "secondary" else ""
        found = _particle_extras(domain, prefix, phase) + _surface_extras(domain, prefix, phase)
        asked += [(wanted, start + key, names, default) for wanted, key, names, default in found]
    return [
        Extra(name, key, default)
        for wanted, key, names, default in asked
        if wanted
        for name in names
    ]


def _particle_extras(domain: Domain, prefix: str, electrode: Electrode) -> list[Asked]:
    particle, at = electrode.particle, (domain, prefix)
    activated = particle.diffusion == "stress-activated"
    return [
        (particle.core != "solid", "particle.core", (inner_radius(*at),), None),
        (activated, "particle.diffusion", (diffusion_activation_volume(*at),), None),
        (particle.surface_stress, "particle.surface_stress", (surface_stress(*at),), None),
        (particle.misfit_stress, "particle.misfit_stress", (misfit_stress(*at),), None),
        (particle.coating, "particle.coating", coating(*at), None),
    ]


def _surface_extras(domain: Domain, prefix: str, electrode: Electrode) -> list[Asked]:
    at = (domain, prefix)
    exchange = electrode.stress_in_kinetics == "potential-and-exchange-current"
    breaks = electrode.cracks == "fatigue-and-fracture"
    cut_off = "cracks" in electrode.active_material_loss
    energies = (surface_energy(*at), molar_volume(*at))
    return [
        (exchange, "stress_in_kinetics", (reaction_activation_volume(*at),), None),
        (electrode.surface_energy, "surface_energy", energies, None),
        (breaks, "cracks", (crack_threshold(*at),), 0.0),
        (breaks, "cracks", (toughness(*at),), None),
        (breaks, "cracks", (critical_radius(*at),), 0.0),
        (breaks, "cracks", (crack_speed(*at),), 1e-9),
        (electrode.longer_path, "longer_path", (path_factor(*at),), 1.0),
        (cut_off, "active_material_loss", (crack_loss(*at),), 1.0),
        (electrode.activated_plating, "activated_plating", (plating_activation(*at),), None),
    ]


def cell_extras(constraint: Constraint, dry_out: bool = False) -> list[Extra]:
    """Return what an outside constraint and dry-out need.

    >>> len(cell_extras("none")), len(cell_extras("stiffness"))
    (0, 4)
    """
    extras = []
    if dry_out:
        extras += [
            Extra(SOLVENT_VOLUME, "dry_out", 6.67e-5),  # ethylene carbonate, 88.1 g/mol, 1.32 g/ml
            Extra(SOLVENT_PER_LITHIUM, "dry_out", 1.0),
            Extra(EXCESS_ELECTROLYTE, "dry_out", 0.0),
        ]
    if constraint == "none":
        return extras
    extras += [
        Extra(OUTSIDE_PRESSURE, "constraint", 0.0 if constraint == "stiffness" else None),
        Extra(PRESSURE_RATIO, "constraint", 1.0),
    ]
    if constraint == "pressure":
        return extras
    return [
        *extras,
        Extra(FIXTURE_STIFFNESS, "constraint"),
        Extra(CELL_MODULUS, "constraint"),
    ]


PER_PHASE = (
    inner_radius,
    diffusion_activation_volume,
    reaction_activation_volume,
    surface_stress,
    misfit_stress,
    surface_energy,
    molar_volume,
    crack_threshold,
    toughness,
    crack_speed,
    critical_radius,
    path_factor,
    crack_loss,
    plating_activation,
)
PREFIXES = ("", "Primary: ", "Secondary: ")


def every_name() -> frozenset[str]:
    """Return all of these names, whatever the model."""
    names = {OUTSIDE_PRESSURE, FIXTURE_STIFFNESS, CELL_MODULUS, PRESSURE_RATIO}
    names |= {SOLVENT_VOLUME, SOLVENT_PER_LITHIUM, EXCESS_ELECTROLYTE}
    for domain in DOMAINS:
        names.add(pore_share(domain))
        for prefix in PREFIXES:
            names |= {name(domain, prefix) for name in PER_PHASE}
            names |= set(coating(domain, prefix))
    return frozenset(names)
