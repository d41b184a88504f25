"""Which points hold an error of the voltage: what the benchmark of meshes found.

The error is the root of the mean square over a cycle, the larger of discharge and charge, against
a converged solution: an LG M50 with every mechanism, DFN and SPMe, at 1C and at 2C, where its
electrolyte nearly runs out. At 1 mV capacity is within 0.05 %, LLI and LAM within 0.5 % of their
own size; at other errors that many times more or less. The numbers are those of
``benchmarks/results/meshes.md``, and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from twin.errors import ModelError
from twin.models.description import Discretisation, Electrode, Particle
from twin.models.transport import LAWS

DEFAULT_VOLTAGE_MV = 1.0


@dataclass(frozen=True)
class MeshChoice:
    """Points that hold an error.

    Parameters
    ----------
    voltage_mV : error of the voltage, root of the mean square [mV]
    x : polynomials across negative electrode, separator and positive electrode
    polynomials : along the radius of particles
    volumes : finite volumes along the radius, where they are asked for or the law needs them
    """

    voltage_mV: float
    x: tuple[int, int, int]
    polynomials: int
    volumes: int

    def along_radius(self, particle: Particle) -> int:
        """Return the number of points along the radius of a particle."""
        return self.polynomials if radial_method(particle) == "polynomials" else self.volumes


TABLE = (
    MeshChoice(5.0, (3, 2, 3), 5, 20),
    MeshChoice(1.0, (5, 3, 5), 6, 40),
    MeshChoice(0.5, (7, 4, 7), 10, 80),
)


def mesh_for(voltage_mV: float) -> MeshChoice:
    """Return the cheapest mesh that holds an error.

    Raises
    ------
    ModelError
        for an error below the smallest of the table.

    Examples
    --------
    >>> mesh_for(2.0).voltage_mV
    1.0
    """
    for choice in TABLE:
        if choice.voltage_mV <= voltage_mV:
            return choice
    least = TABLE[-1]
    x = ", ".join(map(str, least.x))
    raise ModelError(
        f"mesh: no mesh is known to hold {voltage_mV:g} mV; the smallest is "
        f"{least.voltage_mV:g} mV ({x} and {least.polynomials} polynomials); give more points "
        "than these yourself, with across: polynomials"
    )


def radial_method(particle: Particle) -> Discretisation:
    """Return how the radius of a particle is resolved where the mesh follows from an error.

    What the particle says, otherwise polynomials; finite volumes where the flux follows the slope
    of a potential, which tables make too wavy for a polynomial.
    """
    if particle.discretisation is not None:
        return particle.discretisation
    return "finite-volume" if LAWS[particle.diffusion].factor else "polynomials"


def with_methods(electrode: Electrode, *, chosen: bool) -> Electrode:
    """Return an electrode whose particles, of all its materials, say how they are resolved.

    Parameters
    ----------
    electrode : as described
    chosen : whether the mesh follows from an error, or points are given
    """
    method = radial_method(electrode.particle) if chosen else electrode.particle.method
    second = electrode.secondary
    return replace(
        electrode,
        particle=replace(electrode.particle, discretisation=method),
        secondary=None if second is None else with_methods(second, chosen=chosen),
    )
