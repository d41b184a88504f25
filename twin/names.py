"""Names of PyBaMM variables and of result columns, each spelt once.

PyBaMM names are ``Capitalised phrase [unit]``; columns of the results tables are
``snake_case_unit``.
"""

from __future__ import annotations

from typing import Literal

Domain = Literal["negative", "positive"]
DOMAINS: tuple[Domain, Domain] = ("negative", "positive")

VOLTAGE = "Voltage [V]"
CURRENT = "Current [A]"
CELL_TEMPERATURE = "Volume-averaged cell temperature [K]"
DISCHARGE_CAPACITY = "Discharge capacity [A.h]"
NOMINAL_CAPACITY = "Nominal cell capacity [A.h]"
LOWER_VOLTAGE = "Lower voltage cut-off [V]"
UPPER_VOLTAGE = "Upper voltage cut-off [V]"
AMBIENT_TEMPERATURE = "Ambient temperature [K]"
INITIAL_TEMPERATURE = "Initial temperature [K]"
REFERENCE_TEMPERATURE = "Reference temperature [K]"

LITHIUM_PARTICLES = "Total lithium in particles [mol]"
LITHIUM_ELECTROLYTE = "Total lithium in electrolyte [mol]"
GAINED_SEI = "Lithium gained by SEI [mol]"
GAINED_SEI_ON_CRACKS = "Lithium gained by SEI on cracks [mol]"
GAINED_PLATED = "Lithium gained by reversibly plated lithium [mol]"
GAINED_DEAD = "Lithium gained by dead lithium [mol]"
GAINED_LOST_MATERIAL = "Lithium gained by lost active material [mol]"

# quantities of particles, without the electrode; see `twin.models.particle_axes`
SURFACE_CONCENTRATION = "particle surface concentration [mol.m-3]"
PARTICLE_CONCENTRATION = "particle concentration [mol.m-3]"
HYDROSTATIC_STRESS = "particle hydrostatic stress [Pa]"
MECHANICAL_POTENTIAL = "particle mechanical potential [J.mol-1]"
SURFACE_HYDROSTATIC_STRESS = "particle surface hydrostatic stress [Pa]"
SURFACE_MECHANICAL_POTENTIAL = "particle surface mechanical potential [J.mol-1]"
HOOP_STRAIN = "particle hoop strain"

# of the surface of particles: as above
SHARE_LEFT = "electrode share of active material left"
SHARE_LOSS = "electrode loss of active material share [s-1]"
VOLUME_FRACTION = "electrode active material volume fraction"
SURFACE_AREA = "electrode surface area to volume ratio [m-1]"
RADIUS = "particle radius [m]"
REACTION_CURRENT = "electrode interfacial current density [A.m-2]"
SEI_CURRENT = "electrode SEI interfacial current density [A.m-2]"
CRACK_SEI_CURRENT = "electrode SEI on cracks interfacial current density [A.m-2]"
PLATING_CURRENT = "electrode lithium plating interfacial current density [A.m-2]"
SURFACE_CURRENT = "electrode total surface current density [A.m-2]"
FILM_DROP = "electrode SEI film overpotential [V]"
SEI_THICKNESS = "SEI thickness [m]"
CRACK_SEI_THICKNESS = "SEI on cracks thickness [m]"
PLATED_THICKNESS = "lithium plating thickness [m]"
DEAD_THICKNESS = "dead lithium thickness [m]"
ROUGHNESS = "electrode roughness ratio"
CRACK_LENGTH = "particle crack length [m]"
CRACKING_RATE = "particle cracking rate [m.s-1]"

CELL_PRESSURE = "Pressure on the cell [Pa]"
PARTICLE_PRESSURE = "Pressure on particles [Pa]"
FREE_THICKNESS_CHANGE = "Cell thickness change if free [m]"
CELL_THICKNESS_CHANGE = "Cell thickness change [m]"


def by_size(how: str, domain: Domain, phase_name: str, where: str) -> str:
    """Return the name of what each size of an electrode holds of the lithium [mol].

    >>> by_size("in", "negative", "", "SEI")
    'Lithium in negative SEI by size [mol]'
    """
    return f"Lithium {how} {domain} {phase_name}{where} by size [mol]"


def electrode_capacity(domain: Domain) -> str:
    """Return the PyBaMM name of the capacity of an electrode's active material [A.h]."""
    return f"{domain.capitalize()} electrode capacity [A.h]"


def surface_stress(domain: Domain) -> str:
    """Return the PyBaMM name of the surface tangential stress [Pa], resolved over x."""
    return f"{domain.capitalize()} particle surface tangential stress [Pa]"


def averaged_surface_stress(domain: Domain) -> str:
    """Return the PyBaMM name of the x-averaged surface tangential stress [Pa]."""
    return f"X-averaged {domain} particle surface tangential stress [Pa]"


def crack_length(domain: Domain) -> str:
    """Return the PyBaMM name of the crack length [m], resolved over x."""
    return f"{domain.capitalize()} particle crack length [m]"


def averaged_crack_length(domain: Domain) -> str:
    """Return the PyBaMM name of the x-averaged crack length [m]."""
    return f"X-averaged {domain} particle crack length [m]"


def cracking_rate(domain: Domain) -> str:
    """Return the PyBaMM name of the crack growth rate [m.s-1], resolved over x."""
    return f"{domain.capitalize()} particle cracking rate [m.s-1]"


def averaged_cracking_rate(domain: Domain) -> str:
    """Return the PyBaMM name of the x-averaged crack growth rate [m.s-1]."""
    return f"X-averaged {domain} particle cracking rate [m.s-1]"


def sei_thickness(domain: Domain) -> str:
    """Return the PyBaMM name of the x-averaged SEI thickness [m]."""
    return f"X-averaged {domain} SEI thickness [m]"


def porosity(domain: Domain) -> str:
    """Return the PyBaMM name of an electrode's porosity, resolved over x."""
    return f"{domain.capitalize()} electrode porosity"


def trapped_lithium(domain: Domain) -> str:
    """Return the PyBaMM name of the lithium held by an electrode's lost material [mol]."""
    return f"Loss of lithium due to loss of active material in {domain} electrode [mol]"
