r"""Balance of lithium in a particle of any shape, with any of the laws for its flux.

.. math::

    \frac{\partial c}{\partial t} = -\frac{1}{r^n} \frac{\partial}{\partial r} (r^n N),
    \qquad N(R) = \frac{j}{F}, \quad N(a) = 0 \ \text{or} \ -\frac{j}{F},

with :math:`j > 0` where lithium leaves the particle and :math:`N` from
:mod:`twin.models.transport`. What crosses a wall enters the balance as it is, so that the
lithium in the particle changes by the current and nothing else, whatever the law.

Where material is lost the state is :math:`m = s c`, lithium per volume of the material that
there was at the start, of which a share :math:`s` is left:

.. math:: \frac{\partial m}{\partial t} = s \frac{\partial c}{\partial t} + c\, \dot s .

Its integral is the lithium in the particles; the last term, that in what is lost
(:mod:`twin.models.active_material`). Both are linear in states, so their sum is kept to rounding.
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models import extra_parameters as extra
from twin.models.citations import cite
from twin.models.description import Electrode
from twin.models.extra_parameters import diffusion_activation_volume
from twin.models.fracture import path_factor
from twin.models.particle_axes import ParticleAxes
from twin.models.particle_methods import WallSource
from twin.models.place_model import PlaceModel
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

HELD = "particle lithium per initial volume [mol.m-3]"


class ParticleDiffusion(PlaceModel, pybamm.particle.FickianDiffusion):
    """Our balance for every size; variables of one size, or of the mean, are PyBaMM's.

    Overrides everything of PyBaMM's submodel but the names that it derives from a
    concentration.

    Needs     ``... electrode interfacial current density [A.m-2]`` and, where a law has
              stress in it, ``... particle hydrostatic stress [Pa]`` or
              ``... particle mechanical potential [J.mol-1]``; the share of material left
    Provides  ``... particle concentration [mol.m-3]`` and what PyBaMM derives from it, flux and
              effective diffusivity
    """

    def __init__(
        self,
        param: Any,
        options: Any,
        axes: ParticleAxes,
        electrode: Electrode,
        *,
        alone: bool = False,
    ) -> None:
        PlaceModel.__init__(self, param, options, axes, electrode)
        self.alone = alone
        self.size_distribution = False  # PyBaMM's names of means
        self.x_average = axes.x_averaged
        self.particle = electrode.particle
        self.law = LAWS[self.particle.diffusion]
        used = {
            "stress in the flux": self.law.stress,
            "thermodynamic factor": self.law.factor,
            "nanoscale": self.law.activation,
        }
        cite(*(topic for topic, wanted in used.items() if wanted))

    @property
    def loses(self) -> bool:
        """Return whether material is lost, and the state is lithium per initial volume."""
        return self.electrode.active_material_loss != "none"

    def get_fundamental_variables(self) -> dict[str, Any]:
        axes, c_max = self.axes, self.phase_param.c_max
        quantity = HELD if self.loses else names.PARTICLE_CONCENTRATION
        given = {"domains": axes.domains, "scale": c_max, "bounds": (0, c_max)}
        state = pybamm.Variable(axes.name(quantity), **given)
        variables = {axes.name(quantity): state}
        if not self.loses:
            variables.update(self._concentrations(state, axes.volume_share))
        return variables

    def _concentrations(self, c: Any, share: Any) -> dict[str, Any]:
        """Return the concentration per size, and what PyBaMM derives from its mean.

        Parameters
        ----------
        c : concentration over radius and place
        share : of the sizes in the volume; they sum to one
        """
        axes = self.axes
        surface = axes.at_surface(c, self.phase_param.R_typ)
        variables = axes.publish(names.PARTICLE_CONCENTRATION, c, share)
        full = variables[axes.full_name(names.PARTICLE_CONCENTRATION)]
        at_walls = axes.publish(names.SURFACE_CONCENTRATION, surface, share)
        seen = at_walls[axes.full_name(names.SURFACE_CONCENTRATION)]
        given = {"c_s_surf": seen} if axes.sized or axes.core == "open-hollow" else {}
        variables.update(self._get_standard_concentration_variables(full, **given))
        variables.update(at_walls)
        if axes.sized:
            wide = axes.publish("particle mean concentration [mol.m-3]", pybamm.r_average(c), share)
            variables.update(wide)
            variables.update(self._extremes(c, surface))
        return variables

    def _extremes(self, c: Any, surface: Any) -> dict[str, Any]:
        """Return the least and the largest concentration over radii, sizes and positions."""
        axes, c_max = self.axes, self.phase_param.c_max
        found = {}
        for word, ends, of_two in (
            ("Minimum", pybamm.min, pybamm.minimum),
            ("Maximum", pybamm.max, pybamm.maximum),
        ):
            label = f"{word} {axes.domain} {axes.phase_name}particle"
            value = ends(of_two(c, axes.into_particle(surface)))
            for kind, end in (("concentration", value), ("surface concentration", ends(surface))):
                found[f"{label} {kind} [mol.m-3]"] = end
                found[f"{label} {kind}"] = end / c_max
                found[f"{label} {kind.replace('concentration', 'stoichiometry')}"] = end / c_max
        return found

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        axes = self.axes
        if self.loses:
            left = axes.pick(variables, names.SHARE_LEFT)
            c = variables[axes.name(HELD)] * axes.into_particle(1 / left)
            volume = axes.pick(variables, names.VOLUME_FRACTION)
            share = volume / axes.into_sizes(axes.total(volume)) if axes.sized else 1
            variables.update(self._concentrations(c, share))
        c = axes.pick(variables, names.PARTICLE_CONCENTRATION)
        T = axes.into_particle(axes.temperature(variables))
        size = axes.relative_size(self.phase_param)
        broad_size = size if size == 1 else axes.into_particle(size)
        D_eff, inside = self._flux(variables, c, T)
        outward = self._outward(variables)
        rate = -pybamm.div(inside) / broad_size**2 - _source(axes, outward / size)
        rate_name = axes.full_name("particle rhs [mol.m-3.s-1]")
        variables[rate_name] = rate
        variables.update(axes.publish("particle effective diffusivity [m2.s-1]", D_eff))
        if not axes.sized:
            variables.update(self._get_standard_flux_variables(axes.spread(inside / broad_size)))
        if axes.sized:
            held = axes.pick(variables, names.VOLUME_FRACTION) * pybamm.r_average(c)
            variables[names.by_size("in", axes.domain, axes.phase_name, "particles")] = (
                axes.across(held) * self.volume_of_electrode
            )
        return variables

    def _outward(self, variables: dict[str, Any]) -> Any:
        """Return the flux density of lithium out of the particles [mol.m-2.s-1].

        One averaged particle of one size stands for all: where radii vary across the electrode,
        the electrode's area per host over the particle's makes the lithium that moves the charge
        that passes.
        """
        axes = self.axes
        j = axes.pick(variables, names.REACTION_CURRENT)
        if axes.x_averaged and not (self.alone or axes.sized):
            typical = self.phase_param.R_typ
            area = axes.pick(variables, names.SURFACE_AREA)
            host = axes.pick(variables, names.VOLUME_FRACTION)
            j = j * area / (host * axes.reacting_area(typical, typical))
        return j / self.param.F

    def _flux(self, variables: dict[str, Any], c: Any, T: Any) -> tuple[Any, Any]:
        """Return the effective diffusivity and the flux inside, per unit of relative size."""
        law, phase, axes = self.law, self.phase_param, self.axes
        D = phase.D(c, T)
        if self.electrode.longer_path:
            D = D * self._path(variables)
        x = c / phase.c_max
        enhancement: Any = 1
        if law.activation:
            V_a = pybamm.Parameter(diffusion_activation_volume(axes.domain, axes.prefix))
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

    def _path(self, variables: dict[str, Any]) -> Any:
        """Return what cracks multiply the diffusivity by."""
        axes = self.axes
        chi = pybamm.Parameter(extra.path_factor(axes.domain, axes.prefix))
        length = axes.pick(variables, names.CRACK_LENGTH)
        return axes.into_particle(path_factor(length, axes.pick(variables, names.RADIUS), chi))

    def _thermodynamic_factor(self, x: Any, T: Any) -> Any:
        # within two steps of empty and full PyBaMM bends every potential to infinity
        least = 2 * POTENTIAL_STEP
        at = pybamm.maximum(pybamm.minimum(x, 1 - least), least)
        dU_dx = slope(lambda near: self.phase_param.U(near, T), at, POTENTIAL_STEP)
        return thermodynamic_factor(at, dU_dx, T)

    def set_rhs(self, variables: dict[str, Any]) -> None:
        axes = self.axes
        rate = variables[axes.full_name("particle rhs [mol.m-3.s-1]")]
        if not self.loses:
            self.rhs = {axes.pick(variables, names.PARTICLE_CONCENTRATION): rate}
            return
        c = axes.pick(variables, names.PARTICLE_CONCENTRATION)
        left = axes.into_particle(axes.pick(variables, names.SHARE_LEFT))
        lost = axes.into_particle(axes.pick(variables, names.SHARE_LOSS))
        self.rhs = {variables[axes.name(HELD)]: left * rate - c * lost}

    def set_initial_conditions(self, variables: dict[str, Any]) -> None:
        axes = self.axes
        c_init = self.phase_param.c_init
        if axes.x_averaged:
            c_init = pybamm.x_average(c_init)
        if axes.sized:
            c_init = pybamm.SecondaryBroadcast(c_init, axes.size_domain)
        quantity = HELD if self.loses else names.PARTICLE_CONCENTRATION
        self.initial_conditions = {variables[axes.name(quantity)]: c_init}

    def set_boundary_conditions(self, variables: dict[str, Any]) -> None:
        """Set none: `WallSource` holds what crosses a wall."""


def _source(axes: ParticleAxes, outward: Any) -> Any:
    source = WallSource(outward, "right", axes.particle_domain)
    if axes.core == "open-hollow":
        source = source + WallSource(outward, "left", axes.particle_domain)
    return source
