r"""One particle under constant current: how much of it is used, and what stress that costs.

The particle has the balance, the flux laws and the stress of the cell models
(:class:`twin.models.lone_particle.LoneParticle`). At a C-rate the current would fill or empty
its window in ``1/C`` hours; the run ends when the surface has reached the end of the window.
For constant diffusivity the use is a function of :math:`C R^2/D` alone, and the stress of
:math:`\Omega E/(1-\nu)` times the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pybamm
from numpy.typing import NDArray

from twin.errors import ModelError, ParameterError
from twin.models import extra_parameters as extra
from twin.models.description import Particle
from twin.models.lone_particle import CURRENT_DENSITY, TEMPERATURE, LoneParticle
from twin.models.shapes import CURVED_DIRECTIONS, surface_to_volume
from twin.units import FARADAY_C_PER_MOL, SECONDS_PER_HOUR, ZERO_CELSIUS_K

Direction = Literal["insert", "extract"]
POINTS = 16
TOLERANCES = {"rtol": 1e-7, "atol": 1e-9}
_STRESSES = ("radial", "hoop", "axial")


@dataclass(frozen=True)
class Material:
    """A host of lithium; every value with its source in `source`.

    Parameters
    ----------
    name : what it is
    diffusivity_m2_per_s : diffusivity that the flux law takes [m2.s-1]
    maximum_concentration_mol_per_m3 : lithium at stoichiometry 1 [mol.m-3]
    window : stoichiometry when empty and when full
    partial_molar_volume_m3_per_mol : of lithium in it [m3.mol-1]
    youngs_modulus_Pa : Young's modulus [Pa]
    poissons_ratio : Poisson's ratio [-]
    source : where the values come from
    """

    name: str
    diffusivity_m2_per_s: float
    maximum_concentration_mol_per_m3: float
    window: tuple[float, float]
    partial_molar_volume_m3_per_mol: float
    youngs_modulus_Pa: float
    poissons_ratio: float
    source: str = ""


@dataclass(frozen=True)
class Fill:
    """What happened to a particle.

    Parameters
    ----------
    utilisation : part of the window that was used when the surface came to its end [-]
    time_s : how long that took [s]
    peak_tensile_stress_Pa : largest principal stress, at any radius and time [Pa]
    radius_m : radii of the profiles [m]
    stoichiometry : its profile at the end
    hoop_stress_Pa : profile of the tangential stress at the end [Pa]; in-plane in a slab
    """

    utilisation: float
    time_s: float
    peak_tensile_stress_Pa: float
    radius_m: NDArray[np.float64]
    stoichiometry: NDArray[np.float64]
    hoop_stress_Pa: NDArray[np.float64]


def constant_current(
    material: Material,
    particle: Particle,
    radius_m: float,
    c_rate: float,
    *,
    inner_radius_m: float = 0.0,
    direction: Direction = "extract",
    values: Mapping[str, Any] | None = None,
) -> Fill:
    """Return what a constant current makes of a particle.

    Parameters
    ----------
    material : its material
    particle : its shape, flux law and what holds it; solved with polynomials
    radius_m : outer radius, or half-thickness of a slab [m]
    c_rate : inverse of the hours in which the current would use the window [h-1]
    inner_radius_m : radius of the cavity of a hollow particle [m]
    direction : ``"extract"`` from full or ``"insert"`` into empty; extraction puts the surface
        under tension
    values : further parameters by name, such as an activation volume

    Raises
    ------
    ParameterError
        for a size or a rate that cannot be.
    ModelError
        for a particle that cannot be solved; the message says why.

    Examples
    --------
    >>> host = Material("test", 1e-14, 5e4, (0.2, 1.0), 1e-6, 1e11, 0.3)
    >>> found = constant_current(host, Particle(), 5e-6, 1.0)
    >>> round(found.utilisation, 3)
    0.954
    """
    _check(particle, radius_m, inner_radius_m, c_rate)
    particle = replace(particle, discretisation="polynomials")
    start, end = material.window if direction == "insert" else material.window[::-1]
    model = LoneParticle(particle)
    for name in _STRESSES:
        field = model.variables[f"X-averaged negative particle {name} stress [Pa]"]
        model.variables[f"Inner {name} stress [Pa]"] = pybamm.boundary_value(field, "left")
    surface = model.variables["Surface stoichiometry"]
    left = (end - surface) * np.sign(end - start)
    model.events.append(pybamm.Event("surface at the end of its window", left))
    given = _values(material, particle, radius_m, inner_radius_m, start, (end - start) * c_rate)
    simulation = pybamm.Simulation(
        model,
        parameter_values=pybamm.ParameterValues({**given, **(values or {})}),
        var_pts={"r_n": POINTS},
        solver=pybamm.IDAKLUSolver(**TOLERANCES),
    )
    try:
        solution = simulation.solve([0, SECONDS_PER_HOUR / c_rate])
    except (pybamm.SolverError, KeyError) as error:
        raise ModelError(
            f"a {particle.shape} of {radius_m:g} m at {c_rate:g} C could not be solved: {error}. "
            "Check the values of the material, or lower the rate"
        ) from error
    return _fill(solution, particle, (start, end))


def _check(particle: Particle, radius: float, inner: float, c_rate: float) -> None:
    if not (radius > 0 and c_rate > 0):
        raise ParameterError(
            f"radius_m = {radius:g} and c_rate = {c_rate:g}: both have to be above 0"
        )
    if particle.core == "solid" and inner != 0:
        raise ParameterError(
            f"inner_radius_m = {inner:g}, but core is 'solid'; choose Particle(core='hollow')"
        )
    if particle.core != "solid" and not 0 < inner < radius:
        raise ParameterError(
            f"inner_radius_m = {inner:g}: a {particle.core} particle needs one between 0 and its "
            f"radius, {radius:g} m"
        )


def _values(
    material: Material, particle: Particle, radius: float, inner: float, start: float, rate: float
) -> dict[str, Any]:
    """Return parameters by name; `rate` is the change of stoichiometry per hour."""
    c_max = material.maximum_concentration_mol_per_m3
    area = surface_to_volume(
        CURVED_DIRECTIONS[particle.shape],
        radius,
        inner,
        open_core=particle.core == "open-hollow",
    )
    kelvin = 25.0 + ZERO_CELSIUS_K
    return {
        "Negative particle radius [m]": radius,
        "Maximum concentration in negative electrode [mol.m-3]": c_max,
        "Initial concentration in negative electrode [mol.m-3]": start * c_max,
        "Negative particle diffusivity [m2.s-1]": material.diffusivity_m2_per_s,
        "Negative electrode partial molar volume [m3.mol-1]": (
            material.partial_molar_volume_m3_per_mol
        ),
        "Negative electrode Young's modulus [Pa]": material.youngs_modulus_Pa,
        "Negative electrode Poisson's ratio": material.poissons_ratio,
        "Negative electrode reference concentration for free of deformation [mol.m-3]": (
            start * c_max
        ),
        "Reference temperature [K]": kelvin,
        "Initial temperature [K]": kelvin,
        TEMPERATURE: kelvin,
        CURRENT_DENSITY: -rate / SECONDS_PER_HOUR * c_max * FARADAY_C_PER_MOL / area,
        extra.OUTSIDE_PRESSURE: 0.0,
        extra.inner_radius("negative"): inner,
    }


def _fill(solution: Any, particle: Particle, ends: tuple[float, float]) -> Fill:
    start, end = ends
    fields = {
        name: solution[f"X-averaged negative particle {name} stress [Pa]"].entries
        for name in _STRESSES
    }
    # at the centre, or the inner wall, there need not be a node
    inner = [solution[f"Inner {name} stress [Pa]"].entries for name in _STRESSES]
    mean = solution["Mean stoichiometry"].entries
    concentration = solution["X-averaged negative particle concentration"]
    along = "hoop" if CURVED_DIRECTIONS[particle.shape] else "axial"
    return Fill(
        utilisation=float((mean[-1] - start) / (end - start)),
        time_s=float(solution.t[-1]),
        peak_tensile_stress_Pa=float(max(field.max() for field in [*fields.values(), *inner])),
        radius_m=np.array(concentration.mesh.nodes),
        stoichiometry=np.array(concentration.entries[:, -1]),
        hoop_stress_Pa=np.array(fields[along][:, -1]),
    )
