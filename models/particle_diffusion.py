r"""Balance of lithium in a particle of any shape, with any of the laws for its flux.

.. math::

    \frac{\partial c}{\partial t} = -\frac{1}{r^n} \frac{\partial}{\partial r} (r^n N),
    \qquad N(R) = \frac{j}{F}, \quad N(a) = 0 \ \text{or} \ -\frac{j}{F},

with :math:`j > 0` where lithium leaves the particle and :math:`N` from
:mod:`twin.models.transport`. What crosses a wall enters the balance as it is, so that the
lithium in the particle changes by the current and nothing else, whatever the law.
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models.citations import cite
from twin.models.description import Particle
from twin.models.extra_parameters import diffusion_activation_volume
from twin.models.particle_axes import ParticleAxes
from twin.models.particle_methods import WallSource
from twin.models.slope import slope
from twin.models.transport import (
    LAWS,
    POTENTIAL_STEP,
    activation_factor,
    driven_concentration,
    potential_stiffness,
    stress_enhancement,
    thermodynamic_factor,
)


class ParticleDiffusion(pybamm.particle.FickianDiffusion):
    """PyBaMM's particle with our balance; its variables and initial state are PyBaMM's.

    Overrides ``get_coupled_variables``, ``set_boundary_conditions`` (none: the walls are in
    the balance) and how the surface concentration of a particle with two reacting walls is
    read off.

    Needs     ``{Domain} electrode interfacial current density [A.m-2]`` and, where a law has
              stress in it, ``{Domain} particle hydrostatic stress [Pa]`` or
              ``{Domain} particle mechanical potential [J.mol-1]``
    Provides  ``{Domain} particle concentration [mol.m-3]`` (state) and what PyBaMM derives
              from it, flux and effective diffusivity
    """

    def __init__(
        self, param: Any, domain: names.Domain, options: Any, particle: Particle, x_average: bool
    ) -> None:
        super().__init__(param, domain, options, x_average=x_average)
        self.particle = particle
        self.law = LAWS[particle.diffusion]
        used = {
            "stress in the flux": self.law.stress,
            "thermodynamic factor": self.law.factor,
            "nanoscale": self.law.activation,
        }
        cite(*(topic for topic, wanted in used.items() if wanted))
        self.axes = ParticleAxes(domain, particle.shape, particle.core, x_average)

    def _get_standard_concentration_variables(self, c_s: Any, **given: Any) -> dict[str, Any]:
        if self.particle.core == "open-hollow" and "c_s_surf" not in given:
            inside = c_s.orphans[0] if self.x_average else c_s
            surface = self.axes.at_surface(inside, self.phase_param.R_typ)
            given["c_s_surf"] = self.axes.spread(surface)
        variables: dict[str, Any] = super()._get_standard_concentration_variables(c_s, **given)
        return variables

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        axes = self.axes
        c = axes.pick(variables, names.PARTICLE_CONCENTRATION)
        T = axes.into_particle(axes.temperature(variables))
        j = axes.pick(variables, "electrode interfacial current density [A.m-2]")
        size = 1 if self.x_average else variables[f"{axes.full_name('particle radius')}"]
        broad_size = 1 if self.x_average else axes.into_particle(size)
        D_eff, inside = self._flux(variables, c, T)
        outward = j / self.param.F
        if self.x_average:
            outward = outward * self._area_ratio(variables)
        rate = -pybamm.div(inside) / broad_size**2 - _source(axes, outward / size)
        variables[axes.full_name("particle rhs [mol.m-3.s-1]")] = rate
        variables.update(self._get_standard_diffusivity_variables(axes.spread(D_eff)))
        flux = inside / broad_size
        if self.x_average:
            flux = pybamm.SecondaryBroadcast(flux, [f"{axes.domain} electrode"])
        variables.update(self._get_standard_flux_variables(flux))
        return variables

    def _area_ratio(self, variables: dict[str, Any]) -> Any:
        """Return the area per host of the electrode over that of the averaged particle.

        Where radii vary across the electrode, the one particle stands for all of them: with
        the electrode's area the charge that passes is the lithium that moves.
        """
        electrode, axes = f"X-averaged {self.domain} electrode", self.axes
        area_name, host_name = (
            f"{electrode} surface area to volume ratio [m-1]",
            f"{electrode} active material volume fraction",
        )
        if area_name not in variables:  # a particle by itself
            return 1
        typical = self.phase_param.R_typ
        one = axes.reacting_area(typical, typical)
        return variables[area_name] / (variables[host_name] * one)

    def _flux(self, variables: dict[str, Any], c: Any, T: Any) -> tuple[Any, Any]:
        """Return the effective diffusivity and the flux inside, per unit of relative size."""
        law, phase, axes = self.law, self.phase_param, self.axes
        D = phase.D(c, T)
        x = c / phase.c_max
        enhancement: Any = 1
        if law.activation:
            V_a = pybamm.Parameter(diffusion_activation_volume(axes.domain))
            D = D * activation_factor(axes.pick(variables, names.HYDROSTATIC_STRESS), V_a, T)
        if law.factor:
            enhancement = self._thermodynamic_factor(x, T)
        if not law.stress:
            return D * enhancement, -(D * enhancement) * pybamm.grad(c)
        if law.measured:
            D = D / enhancement
        m = driven_concentration(law, c, phase.c_max)
        if self.particle.modulus == "composition-dependent":
            W = axes.pick(variables, names.MECHANICAL_POTENTIAL)
            drift = D * m / (self.param.R * T)
            D_eff = D * enhancement
            return D_eff, -D_eff * pybamm.grad(c) + drift * pybamm.grad(W)
        modulus = axes.into_particle(pybamm.r_average(phase.E(x, T))) / (1 - phase.nu)
        stiffness = potential_stiffness(
            phase.Omega(x, T),
            modulus,
            slope(lambda at: phase.Omega(at, T), x) / phase.c_max,
            axes.pick(variables, names.HYDROSTATIC_STRESS),
        )
        D_eff = D * (enhancement + stress_enhancement(m, stiffness, T))
        return D_eff, -D_eff * pybamm.grad(c)

    def _thermodynamic_factor(self, x: Any, T: Any) -> Any:
        # within two steps of empty and full PyBaMM bends every potential to infinity
        least = 2 * POTENTIAL_STEP
        at = pybamm.maximum(pybamm.minimum(x, 1 - least), least)
        dU_dx = slope(lambda near: self.phase_param.U(near, T), at, POTENTIAL_STEP)
        return thermodynamic_factor(at, dU_dx, T)

    def set_boundary_conditions(self, variables: dict[str, Any]) -> None:
        """Set none: `WallSource` holds what crosses a wall."""


def _source(axes: ParticleAxes, outward: Any) -> Any:
    source = WallSource(outward, "right", axes.particle_domain)
    if axes.core == "open-hollow":
        source = source + WallSource(outward, "left", axes.particle_domain)
    return source
