"""Where a particle lives: its domains and names, fixed once when a submodel is made.

Submodels of particles ask this object for the concentration that they solve for, for the
temperature and current density that belong to it, and for what carries a result back to
every place of the electrode. With one size per electrode these places are the positions
across it, or one averaged position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pybamm

from twin.models.extra_parameters import inner_radius
from twin.models.shapes import COORDINATES, CURVED_DIRECTIONS, surface_to_volume
from twin.names import Domain


@dataclass(frozen=True)
class ParticleAxes:
    """Domains, names and geometry of the particles of one electrode.

    Parameters
    ----------
    domain : ``"negative"`` or ``"positive"``
    shape, core : as in :class:`twin.models.description.Particle`
    x_averaged : whether one averaged particle stands for the electrode
    """

    domain: Domain
    shape: str
    core: str
    x_averaged: bool

    @property
    def curved(self) -> int:
        """Return the number of curved directions."""
        return CURVED_DIRECTIONS[self.shape]

    @property
    def solid_sphere(self) -> bool:
        """Return whether the particle is the one that PyBaMM has."""
        return self.shape == "sphere" and self.core == "solid"

    @property
    def particle_domain(self) -> list[str]:
        """Return the domain of the radius."""
        return [f"{self.domain} particle"]

    @property
    def domains(self) -> dict[str, Any]:
        """Return the domains of a function of the radius."""
        outer = ["current collector"]
        if self.x_averaged:
            return {"primary": self.particle_domain, "secondary": outer}
        electrode = [f"{self.domain} electrode"]
        return {"primary": self.particle_domain, "secondary": electrode, "tertiary": outer}

    def name(self, quantity: str) -> str:
        """Return the name of a quantity where it is solved for."""
        if self.x_averaged:
            return f"X-averaged {self.domain} {quantity}"
        return f"{self.domain.capitalize()} {quantity}"

    def full_name(self, quantity: str) -> str:
        """Return the name of a quantity at every place of the electrode."""
        return f"{self.domain.capitalize()} {quantity}"

    def pick(self, variables: Mapping[str, Any], quantity: str) -> Any:
        """Return a quantity of the model where the particle is solved for."""
        return variables[self.name(quantity)]

    def into_particle(self, symbol: Any) -> Any:
        """Return a function of place as a function of radius too."""
        return pybamm.PrimaryBroadcast(symbol, self.particle_domain)

    def spread(self, symbol: Any) -> Any:
        """Return a result of the averaged particle at every place of the electrode."""
        if not self.x_averaged:
            return symbol
        electrode = f"{self.domain} electrode"
        if symbol.domain == self.particle_domain:
            return pybamm.SecondaryBroadcast(symbol, electrode)
        return pybamm.PrimaryBroadcast(symbol, electrode)

    def both_names(self, quantity: str, symbol: Any) -> dict[str, Any]:
        """Return a result under its name where it is solved for and at every place."""
        full = self.spread(symbol)
        return {
            self.full_name(quantity): full,
            f"X-averaged {self.domain} {quantity}": pybamm.x_average(full),
        }

    def temperature(self, variables: Mapping[str, Any]) -> Any:
        """Return the temperature [K] of the particle's place."""
        return self.pick(variables, "electrode temperature [K]")

    # -- geometry ---------------------------------------------------------------

    @property
    def coordinate(self) -> Any:
        """Return the radius [m] of a particle of the typical size, as a spatial variable."""
        outer = {k: v for k, v in self.domains.items() if k != "primary"}
        return pybamm.SpatialVariable(
            f"r_{self.domain[0]}",
            domain=self.particle_domain,
            auxiliary_domains=outer,
            coord_sys=COORDINATES[self.shape],
        )

    @property
    def inner(self) -> Any:
        """Return the radius of the inner wall of a particle of the typical size [m], 0 if solid."""
        return 0 if self.core == "solid" else pybamm.Parameter(inner_radius(self.domain))

    def reacting_area(self, radius: Any, typical: Any) -> Any:
        """Return the reacting area per volume of particle [m-1]; walls scale with the size."""
        inner = self.inner * radius / typical if self.core != "solid" else 0
        return surface_to_volume(self.curved, radius, inner, open_core=self.core == "open-hollow")

    def wall_area(self, radius: Any, typical: Any) -> Any:
        """Return the area of all walls per volume of particle [m-1]."""
        inner = self.inner * radius / typical if self.core != "solid" else 0
        return surface_to_volume(self.curved, radius, inner, open_core=self.core != "solid")

    def at_surface(self, symbol: Any, typical: Any) -> Any:
        """Return a function of radius at the reacting walls, weighted by their areas.

        Parameters
        ----------
        symbol : function of radius
        typical : radius of a particle of the typical size [m]
        """
        outer = pybamm.boundary_value(symbol, "right")
        if self.core != "open-hollow":
            return outer
        ratio = (self.inner / typical) ** self.curved
        return (outer + ratio * pybamm.boundary_value(symbol, "left")) / (1 + ratio)
