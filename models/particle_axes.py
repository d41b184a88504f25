"""Where a particle lives: its domains and names, fixed once when a submodel is made.

Submodels of particles and of their surfaces ask this object for the quantity that they solve
for, for the temperature or potential that belongs to it, and for what carries a result back to
every place of the electrode. A *place* is where a particle sits: a position across the
electrode, or one averaged position, and a size where an electrode has many of them. Equations
are written once, for places; sums over the sizes give what the electrode sees.

Names follow PyBaMM's: a quantity per size has "distribution" before its unit, and its mean over
the sizes the plain name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pybamm

from twin.models.description import Electrode
from twin.models.extra_parameters import inner_radius
from twin.models.shapes import COORDINATES, CURVED_DIRECTIONS, surface_to_volume
from twin.models.size_methods import AREA_SHARE, VOLUME_SHARE, Place, size_field
from twin.models.sizes import Sizes
from twin.names import Domain

LEVELS = ("primary", "secondary", "tertiary", "quaternary")


@dataclass(frozen=True)
class ParticleAxes:
    """Domains, names and geometry of the particles of one electrode or of one phase of it.

    Parameters
    ----------
    domain : ``"negative"`` or ``"positive"``
    shape, core : as in :class:`twin.models.description.Particle`
    x_averaged : whether one averaged place stands for all positions across the electrode
    phase_name : ``"primary "`` or ``"secondary "`` in an electrode of two materials, else empty
    sizes : distribution of sizes, None for one size
    """

    domain: Domain
    shape: str = "sphere"
    core: str = "solid"
    x_averaged: bool = True
    phase_name: str = ""
    sizes: Sizes | None = None

    @property
    def phase(self) -> str:
        """Return PyBaMM's word for the phase."""
        return self.phase_name.strip() or "primary"

    @property
    def prefix(self) -> str:
        """Return what comes before the names of parameters of the phase."""
        return f"{self.phase.capitalize()}: " if self.phase_name else ""

    @property
    def sized(self) -> bool:
        """Return whether there are many sizes."""
        return self.sizes is not None

    @property
    def curved(self) -> int:
        """Return the number of curved directions."""
        return CURVED_DIRECTIONS[self.shape]

    @property
    def solid_sphere(self) -> bool:
        """Return whether the particle is the one that PyBaMM has."""
        return self.shape == "sphere" and self.core == "solid"

    # -- domains ----------------------------------------------------------------

    @property
    def particle_domain(self) -> list[str]:
        """Return the domain of the radius."""
        return [f"{self.domain} {self.phase_name}particle"]

    @property
    def size_domain(self) -> list[str]:
        """Return the domain of the sizes."""
        return [f"{self.domain} {self.phase_name}particle size"]

    @property
    def electrode_domain(self) -> list[str]:
        """Return the domain of the positions across the electrode."""
        return [f"{self.domain} electrode"]

    @property
    def places(self) -> dict[str, Any]:
        """Return the domains of a function of place."""
        levels = [] if self.sizes is None else [self.size_domain]
        levels += [] if self.x_averaged else [self.electrode_domain]
        return dict(zip(LEVELS, [*levels, ["current collector"]], strict=False))

    @property
    def per_size(self) -> dict[str, Any]:
        """Return the domains of a function of size alone, or of none."""
        levels = [] if self.sizes is None else [self.size_domain]
        return dict(zip(LEVELS, [*levels, ["current collector"]], strict=False))

    @property
    def domains(self) -> dict[str, Any]:
        """Return the domains of a function of the radius and of place."""
        return dict(zip(LEVELS, [self.particle_domain, *self.places.values()], strict=False))

    # -- names ------------------------------------------------------------------

    def _insert(self, quantity: str) -> str:
        """Return a quantity with the phase in it."""
        if quantity.startswith("electrode "):
            return f"electrode {self.phase_name}{quantity.removeprefix('electrode ')}"
        return f"{self.phase_name}{quantity}"

    def full_name(self, quantity: str) -> str:
        """Return the name of a quantity, or of its mean over the sizes, at every position."""
        return f"{self.domain.capitalize()} {self._insert(quantity)}"

    def averaged_name(self, quantity: str) -> str:
        """Return the name of the mean over positions, and over sizes."""
        return f"X-averaged {self.domain} {self._insert(quantity)}"

    def name(self, quantity: str) -> str:
        """Return the name of a quantity where it is solved for: at places."""
        plain = self.averaged_name(quantity) if self.x_averaged else self.full_name(quantity)
        return _distribution(plain) if self.sized else plain

    def size_name(self, quantity: str) -> str:
        """Return the name of a quantity per size, its mean over the positions."""
        return _distribution(self.averaged_name(quantity))

    def pick(self, variables: Mapping[str, Any], quantity: str) -> Any:
        """Return a quantity of the model where the particle is solved for."""
        return variables[self.name(quantity)]

    # -- from the electrode to places -------------------------------------------

    def field(self, variables: Mapping[str, Any], quantity: str) -> Any:
        """Return a quantity of the electrode, such as its temperature, at places."""
        start = f"X-averaged {self.domain}" if self.x_averaged else self.domain.capitalize()
        return self.into_sizes(variables[f"{start} {quantity}"])

    def temperature(self, variables: Mapping[str, Any]) -> Any:
        """Return the temperature [K] of the particle's place."""
        return self.field(variables, "electrode temperature [K]")

    def into_sizes(self, symbol: Any) -> Any:
        """Return a function of position as a function of size too."""
        return pybamm.PrimaryBroadcast(symbol, self.size_domain) if self.sized else symbol

    def into_particle(self, symbol: Any) -> Any:
        """Return a function of place as a function of radius too."""
        return pybamm.PrimaryBroadcast(symbol, self.particle_domain)

    def at_places(self, symbol: Any) -> Any:
        """Return a parameter, or a function of the position, as a function of place."""
        if self.x_averaged and symbol.domain == self.electrode_domain:
            symbol = pybamm.x_average(symbol)
        if symbol.domain == []:
            outer = list(self.places.values())[1 if self.sized else 0 :]
            symbol = pybamm.FullBroadcast(
                symbol, broadcast_domains=dict(zip(LEVELS, outer, strict=False))
            )
        if symbol.domain != self.places["primary"]:
            symbol = self.into_sizes(symbol)
        return symbol

    # -- from places to the electrode -------------------------------------------

    def total(self, symbol: Any) -> Any:
        """Return the sum over the sizes of a function of place, or of radius and place."""
        if not self.sized:
            return symbol
        return pybamm.Integral(symbol, self.size_coordinate)

    def across(self, symbol: Any) -> Any:
        """Return the mean of a function of place over the positions."""
        return symbol if self.x_averaged else pybamm.x_average(symbol)

    def spread(self, symbol: Any) -> Any:
        """Return a function of place, or of radius and place, at every position."""
        if not self.x_averaged:
            return symbol
        electrode = self.electrode_domain
        depth = (symbol.domain == self.particle_domain) + (
            self.size_domain in symbol.domains.values()
        )
        if depth == 0:
            return pybamm.PrimaryBroadcast(symbol, electrode)
        outer = pybamm.SecondaryBroadcast if depth == 1 else pybamm.TertiaryBroadcast
        return outer(symbol, electrode)

    def publish(self, quantity: str, symbol: Any, share: Any = None) -> dict[str, Any]:
        """Return a function of place, or of radius and place, under its names.

        Means over the sizes are weighted by what the sizes had at the start, unless a share is
        given, also where material is lost since.

        Parameters
        ----------
        quantity : name without the electrode, such as ``"particle crack length [m]"``
        symbol : its value at places
        share : weights of the sizes in the mean; shares of area if None
        """
        mean = symbol
        if self.sized:
            share = self.area_share if share is None else share
            inside = symbol.domain == self.particle_domain
            mean = self.total(symbol * (self.into_particle(share) if inside else share))
        return self._named(quantity, symbol, mean)

    def publish_sum(self, quantity: str, symbol: Any) -> dict[str, Any]:
        """Return what each size holds under its names, with the sum over the sizes."""
        return self._named(quantity, symbol, self.total(symbol))

    def _named(self, quantity: str, symbol: Any, seen: Any) -> dict[str, Any]:
        full = self.spread(seen)
        named = {
            self.full_name(quantity): full,
            self.averaged_name(quantity): seen if self.x_averaged else pybamm.x_average(full),
        }
        if self.sized:
            named[_distribution(self.full_name(quantity))] = self.spread(symbol)
            named[_distribution(self.averaged_name(quantity))] = self.across(symbol)
        return named

    # -- geometry ---------------------------------------------------------------

    @property
    def _phase_end(self) -> str:
        return {"primary ": "_prim", "secondary ": "_sec", "": ""}[self.phase_name]

    @property
    def _size_name(self) -> str:
        return f"R_{self.domain[0]}{self._phase_end}"

    @property
    def radius_name(self) -> str:
        """Return the name of the coordinate of the radius, as in PyBaMM's meshes."""
        return f"r_{self.domain[0]}{self._phase_end}"

    @property
    def size_coordinate(self) -> Any:
        """Return the spatial variable of the sizes."""
        return pybamm.SpatialVariable(self._size_name, domain=self.size_domain)

    @property
    def coordinate(self) -> Any:
        """Return the radius [m] of a particle of the typical size, as a spatial variable."""
        outer = {k: v for k, v in self.domains.items() if k != "primary"}
        return pybamm.SpatialVariable(
            self.radius_name,
            domain=self.particle_domain,
            auxiliary_domains=outer,
            coord_sys=COORDINATES[self.shape],
        )

    @property
    def area_share(self) -> Any:
        """Return the share of the sizes in the reacting area at the start; they sum to one."""
        return size_field(AREA_SHARE, Place(self.size_domain, self.places)) if self.sized else 1

    @property
    def volume_share(self) -> Any:
        """Return the share of the sizes in the volume at the start; they sum to one."""
        return size_field(VOLUME_SHARE, Place(self.size_domain, self.places)) if self.sized else 1

    def radius(self, phase: Any) -> Any:
        """Return the radius [m] of the particles at places.

        Parameters
        ----------
        phase : PyBaMM's parameters of the particles
        """
        if self.sized:
            return size_field("radius", Place(self.size_domain, self.places))
        return phase.R_typ if self.x_averaged else phase.R

    def relative_size(self, phase: Any) -> Any:
        """Return the radius over that of a particle of the typical size; 1 where it is that."""
        if self.x_averaged and not self.sized:
            return 1
        return self.radius(phase) / phase.R_typ

    @property
    def inner(self) -> Any:
        """Return the radius of the inner wall of a particle of the typical size [m], 0 if solid."""
        if self.core == "solid":
            return 0
        return pybamm.Parameter(inner_radius(self.domain, self.prefix))

    def reacting_area(self, radius: Any, typical: Any) -> Any:
        """Return the reacting area per volume of particle [m-1]; walls scale with the size."""
        return self._area(radius, typical, self.core == "open-hollow")

    def wall_area(self, radius: Any, typical: Any) -> Any:
        """Return the area of all walls per volume of particle [m-1]."""
        return self._area(radius, typical, self.core != "solid")

    def _area(self, radius: Any, typical: Any, inner_wall: bool) -> Any:
        inner = self.inner * radius / typical if self.core != "solid" else 0
        return surface_to_volume(self.curved, radius, inner, open_core=inner_wall)

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


def _distribution(name: str) -> str:
    """Return the name of a quantity per size.

    >>> _distribution("Negative SEI thickness [m]")
    'Negative SEI thickness distribution [m]'
    """
    stem, bracket, unit = name.partition(" [")
    return f"{stem} distribution{bracket}{unit}"


@dataclass(frozen=True)
class CellAxes:
    """Where the particles of both electrodes live.

    Parameters
    ----------
    electrodes : what is chosen for each electrode
    phases : of each electrode, the axes of each of its materials
    """

    electrodes: Mapping[Domain, Electrode]
    phases: Mapping[Domain, tuple[ParticleAxes, ...]]

    @classmethod
    def of(cls, electrodes: Mapping[Domain, Electrode], x_averaged: bool) -> CellAxes:
        """Return the axes of two electrodes."""
        phases = {
            domain: tuple(
                ParticleAxes(
                    domain,
                    phase.particle.shape,
                    phase.particle.core,
                    x_averaged,
                    f"{name} " if electrode.secondary is not None else "",
                    phase.sizes,
                )
                for name, phase in electrode.phases.items()
            )
            for domain, electrode in electrodes.items()
        }
        return cls(electrodes, phases)

    def each(self) -> list[tuple[ParticleAxes, Electrode]]:
        """Return the axes and the choices of every material of the cell."""
        return [
            (axes, self.electrodes[domain].phases[axes.phase])
            for domain, phases in self.phases.items()
            for axes in phases
        ]
