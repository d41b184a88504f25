r"""Stress in a particle, radius by radius, from its composition and from what holds it.

The chemical strain is that of :mod:`twin.models.chemical_strain`. With a uniform modulus the
stress is the closed form of :mod:`twin.models.stress` plus that of the walls' loads. Where
Young's modulus follows the local composition, the hoop strain :math:`q = u/r` is solved for:
with :math:`\epsilon_r = q + r q'` and Hooke's law, balance of forces in the form

.. math:: \nabla\cdot (r \sigma_r) = \sigma_r + n \sigma_\theta

(the radial balance times r, in which every term is even in r) is one algebraic equation per
node; the uniform strain of the axis or plane follows from the given mean axial stress. A slab
needs no solve.

The stress at a surface depends on the mean over all the particle. Where it acts on every cell of
finite volumes, as loss of material by stress does, each would depend on each, and the matrix of
the integrator would be full in the particle. There the mean strain is an algebraic state, and a
cell depends on its neighbours, on the surface and on that one state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pybamm

from twin import names
from twin.models import extra_parameters as extra
from twin.models.chemical_strain import chemical_strain
from twin.models.citations import cite
from twin.models.coating import Layer, coating_loads
from twin.models.description import Electrode
from twin.models.particle_axes import ParticleAxes
from twin.models.particle_methods import NodeSlope, RunningMean, WallSource
from twin.models.place_model import PlaceModel
from twin.models.slope import slope
from twin.models.stress import (
    Elastic,
    StrainProfile,
    Stress,
    WallLoads,
    diffusion_induced_stress,
    elastic_energy_density,
    hydrostatic,
    lame_stress,
    mechanical_potential,
    radial_displacement,
    running_fill,
    wall_loads,
)
from twin.models.transport import LAWS

MEAN_STRAIN = "particle mean chemical strain"
_MEAN_OF_STRAIN = "particle mean of the chemical strain"


@dataclass(frozen=True)
class _Host:
    """What the stress of one electrode's particles is computed from."""

    r: Any
    radius: Any
    inner: Any
    elastic: Elastic
    strain: StrainProfile


class ParticleStress(PlaceModel):
    """Stress, displacement and mechanical potential in the particles of one electrode.

    Needs     ``{Domain} particle concentration [mol.m-3]`` and, with an outside constraint,
              the pressure on the particles
    Provides  radial, hoop, axial and hydrostatic stress [Pa], displacement [m], elastic
              energy density [J.m-3] and mechanical potential [J.mol-1] over the radius, and
              surface values of stress and potential; ``particle hoop strain`` (algebraic
              state) where the modulus varies inside, ``particle mean chemical strain``
              (algebraic state) where the mean acts on all cells of finite volumes
    """

    def __init__(
        self,
        param: Any,
        options: Any,
        axes: ParticleAxes,
        electrode: Electrode,
        *,
        pressed: bool = False,
    ) -> None:
        super().__init__(param, options, axes, electrode)
        particle = electrode.particle
        self.particle = particle
        self.pressed = pressed
        varies = particle.modulus == "composition-dependent"
        self.solved = varies and self.axes.curved > 0
        self.varies = varies
        cite("stress in a particle")

    @property
    def keeps_mean(self) -> bool:
        """Return whether the mean strain is a state."""
        lost = "stress" in self.electrode.active_material_loss
        widely = lost or LAWS[self.particle.diffusion].activation
        return widely and not self.varies and self.particle.method == "finite-volume"

    def get_fundamental_variables(self) -> dict[str, Any]:
        axes = self.axes
        if self.keeps_mean:
            return {axes.name(MEAN_STRAIN): self.state(MEAN_STRAIN, scale=1e-2)}
        if not self.solved:
            return {}
        state = pybamm.Variable(axes.name(names.HOOP_STRAIN), domains=axes.domains, scale=1e-3)
        return {axes.name(names.HOOP_STRAIN): state}

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        axes, n, phase = self.axes, self.axes.curved, self.phase_param
        c = axes.pick(variables, names.PARTICLE_CONCENTRATION)
        T = axes.into_particle(axes.temperature(variables))
        x = c / phase.c_max
        strain = chemical_strain(lambda at: phase.Omega(at / phase.c_max, T), c, phase.c_0)
        mean_strain = self._mean(variables, strain)
        mean = axes.into_particle(mean_strain)
        E = phase.E(x, T)
        modulus = E if self.varies else axes.into_particle(pybamm.r_average(E))
        host = self._host(variables, StrainProfile(strain, mean, RunningMean(strain)), modulus)
        loads = self._loads(variables, host)
        stress, u = self._stress_and_displacement(variables, host, loads)
        energy = elastic_energy_density(n, modulus, phase.nu, stress)
        sigma_h = hydrostatic(n, stress)
        stiffening: Any = 0
        if self.varies:
            stiffening = slope(lambda at: phase.E(at, T), x) / (phase.c_max * E)
        W = mechanical_potential(phase.Omega(x, T), sigma_h, energy, stiffening)
        fields = {
            "particle radial stress [Pa]": stress.radial,
            "particle hoop stress [Pa]": stress.hoop,
            "particle axial stress [Pa]": stress.axial,
            names.HYDROSTATIC_STRESS: sigma_h,
            "particle displacement [m]": u,
            "particle elastic energy density [J.m-3]": energy,
            names.MECHANICAL_POTENTIAL: W,
        }
        for quantity, field in fields.items():
            variables.update(axes.publish(quantity, _over_radius(axes, field)))
        at_wall = None if self.varies else self._at_wall(variables, mean_strain)
        variables.update(self._surface_variables(stress, u, W, at_wall))
        return variables

    def _mean(self, variables: dict[str, Any], strain: Any) -> Any:
        """Return the volume mean of the strain, or the state that is equal to it."""
        mean = pybamm.r_average(strain)
        if not self.keeps_mean:
            return mean
        variables[self.axes.name(_MEAN_OF_STRAIN)] = mean
        return self.axes.pick(variables, MEAN_STRAIN)

    def _surface_variables(self, stress: Stress, u: Any, W: Any, at_wall: Any) -> dict[str, Any]:
        """Return what cracks, loss of material and kinetics see.

        The closed form at the wall itself; where there is none, and where the kinetics see two
        walls, what the field has there.
        """
        axes, n = self.axes, self.axes.curved
        walls = [_over_radius(axes, value) for value in (hydrostatic(n, stress), W)]
        sigma_h, potential = (axes.at_surface(wall, self.phase_param.R_typ) for wall in walls)
        radial, hoop, axial, u = (
            pybamm.boundary_value(_over_radius(axes, value), "right")
            for value in (stress.radial, stress.hoop, stress.axial, u)
        )
        if at_wall is not None:
            (radial, hoop, axial), u, wall = at_wall
            if axes.core != "open-hollow":
                sigma_h, potential = wall
        tangential = {0: axial, 1: np.maximum(hoop, axial), 2: hoop}[n]
        at_surface = {
            "particle surface radial stress [Pa]": radial,
            "particle surface tangential stress [Pa]": tangential,
            "particle surface displacement [m]": u,
            names.SURFACE_HYDROSTATIC_STRESS: sigma_h,
            names.SURFACE_MECHANICAL_POTENTIAL: potential,
        }
        found: dict[str, Any] = {}
        for quantity, value in at_surface.items():
            found.update(axes.publish(quantity, _over_places(axes, value)))
        return found

    def _at_wall(self, variables: dict[str, Any], mean: Any) -> tuple[Any, Any, Any]:
        """Return stresses, displacement, hydrostatic stress and potential at the outer wall."""
        axes, phase = self.axes, self.phase_param
        c = axes.pick(variables, names.PARTICLE_CONCENTRATION)
        T = axes.temperature(variables)
        inside_T, surface = axes.into_particle(T), pybamm.boundary_value(c, "right")
        local = chemical_strain(lambda at: phase.Omega(at / phase.c_max, T), surface, phase.c_0)
        E = pybamm.r_average(phase.E(c / phase.c_max, inside_T))
        host = self._host(variables, StrainProfile(local, mean, mean), E, inside=False)
        stress = self._closed_form(host, self._loads(variables, host, inside=False))
        u = radial_displacement(axes.curved, host.r, host.inner, host.elastic, host.strain, stress)
        sigma_h = hydrostatic(axes.curved, stress)
        W = mechanical_potential(phase.Omega(surface / phase.c_max, T), sigma_h)
        return (stress.radial, stress.hoop, stress.axial), u, (sigma_h, W)

    def _host(
        self, variables: dict[str, Any], strain: StrainProfile, E: Any, *, inside: bool = True
    ) -> _Host:
        """Return the host over the radius, or at its outer wall."""
        axes = self.axes
        radius: Any = self.phase_param.R_typ
        r, inner = axes.coordinate if inside else radius, axes.inner
        size = axes.relative_size(self.phase_param)
        if size != 1:
            size = axes.into_particle(size) if inside else size
            radius, r = radius * size, r * size
            inner = inner * size if axes.core != "solid" else 0
        return _Host(r, radius, inner, Elastic(E, self.phase_param.nu), strain)

    def _loads(self, variables: dict[str, Any], host: _Host, *, inside: bool = True) -> WallLoads:
        particle, domain, n = self.particle, self.axes.domain, self.axes.curved
        pressure: Any = 0
        if self.pressed:
            pressure = variables[names.PARTICLE_PRESSURE]
            if not self.axes.x_averaged:
                pressure = pybamm.PrimaryBroadcast(pressure, f"{domain} electrode")
            pressure = self.axes.into_sizes(pressure)
            pressure = self.axes.into_particle(pressure) if inside else pressure
        at = domain, self.axes.prefix
        f = pybamm.Parameter(extra.surface_stress(*at)) if particle.surface_stress else 0
        misfit = pybamm.Parameter(extra.misfit_stress(*at)) if particle.misfit_stress else 0
        loads = wall_loads(n, host.radius, host.inner, pressure, f, misfit)
        if particle.coating:
            thickness, modulus, nu = map(pybamm.Parameter, extra.coating(*at))
            layer = Layer(thickness, Elastic(modulus, nu))
            loads += coating_loads(n, host.radius, host.elastic, layer, host.strain.mean).core
        return loads

    # -- stress -----------------------------------------------------------------

    def _stress_and_displacement(
        self, variables: dict[str, Any], host: _Host, loads: WallLoads
    ) -> tuple[Stress, Any]:
        n = self.axes.curved
        if self.solved:
            q = self.axes.pick(variables, names.HOOP_STRAIN)
            solid = self._solid(host, q, loads)
            variables[self.axes.name("particle balance of forces")] = self._balance(
                host, solid, q, loads
            )
            return solid.stress(q), host.r * q
        stress = _slab_stress(host, loads) if self.varies else self._closed_form(host, loads)
        u = radial_displacement(n, host.r, host.inner, host.elastic, host.strain, stress)
        return stress, u

    def _closed_form(self, host: _Host, loads: WallLoads) -> Stress:
        n = self.axes.curved
        fill = running_fill(n, host.r, host.inner)
        uneven = diffusion_induced_stress(n, host.elastic.biaxial_modulus, host.strain, fill)
        return uneven + lame_stress(n, host.r, host.radius, host.inner, loads)

    def _solid(self, host: _Host, q: Any, loads: WallLoads) -> _Solid:
        """Return the constants and strains at the nodes for a hoop strain."""
        axes, n, nu = self.axes, self.axes.curved, self.phase_param.nu
        E, strain = host.elastic.E, host.strain.local
        lame, shear = E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu))
        volumetric = (n + 1) * q + axes.coordinate * NodeSlope(q)
        uniform: Any = 0
        if n == 1:
            known = lame * (volumetric - 3 * strain) - 2 * shear * strain
            wanted = _field(host, loads.axial) - known
            uniform = pybamm.PrimaryBroadcast(
                pybamm.r_average(wanted) / pybamm.r_average(lame + 2 * shear),
                axes.particle_domain,
            )
        return _Solid(n, lame, shear, strain, volumetric, uniform)

    def _wall(self, side: str) -> Any:
        """Return the radius of a wall of a particle of the typical size [m]."""
        return self.phase_param.R_typ if side == "right" else self.axes.inner

    def _balance(self, host: _Host, solid: _Solid, q: Any, loads: WallLoads) -> Any:
        """Return div(r sigma_r) - sigma_r - n sigma_theta over the modulus, at the nodes."""
        domain, n = self.axes.particle_domain, solid.n
        r = self.axes.coordinate
        radial = (
            (solid.lame + 2 * solid.shear) * r * pybamm.grad(q)
            + ((n + 1) * solid.lame + 2 * solid.shear) * q
            + (2 - n) * solid.lame * solid.uniform
            - (3 * solid.lame + 2 * solid.shear) * solid.strain
        )
        outer = pybamm.boundary_value(_field(host, loads.outer), "right")
        walls = WallSource(self._wall("right") * outer, "right", domain)
        if self.axes.core != "solid":
            inner = pybamm.boundary_value(_field(host, loads.inner), "left")
            walls -= WallSource(self._wall("left") * inner, "left", domain)
        stress = solid.stress(q)
        residual = pybamm.div(r * radial) + walls - stress.radial - n * stress.hoop
        scale = self.axes.into_particle(pybamm.r_average(host.elastic.E))
        return residual / scale

    def set_algebraic(self, variables: dict[str, Any]) -> None:
        if self.keeps_mean:
            state, mean = (variables[self.axes.name(key)] for key in (MEAN_STRAIN, _MEAN_OF_STRAIN))
            self.algebraic = {state: state - mean}
        if self.solved:
            state = variables[self.axes.name(names.HOOP_STRAIN)]
            balance = variables[self.axes.name("particle balance of forces")]
            self.algebraic = {state: balance}

    def set_initial_conditions(self, variables: dict[str, Any]) -> None:
        if self.keeps_mean:
            mean = variables[self.axes.name(MEAN_STRAIN)]
            self.initial_conditions = {mean: pybamm.r_average(self._strain_at_start())}
        if self.solved:
            state = variables[self.axes.name(names.HOOP_STRAIN)]
            self.initial_conditions = {state: self._strain_at_start()}

    def _strain_at_start(self) -> Any:
        phase, T = self.phase_param, self.param.T_init
        c = phase.c_init
        if self.axes.x_averaged:
            c = pybamm.x_average(c)
        if self.axes.sized:
            c = pybamm.SecondaryBroadcast(c, self.axes.size_domain)
        return chemical_strain(lambda at: phase.Omega(at / phase.c_max, T), c, phase.c_0)


@dataclass(frozen=True)
class _Solid:
    """Lame constants [Pa] and strains at the nodes of a host whose modulus varies.

    Parameters
    ----------
    n : curved directions
    lame, shear : Lame's constants [Pa]
    strain : chemical strain
    volumetric : strain of area or volume across r, eps_r + n eps_theta
    uniform : strain of the uniform directions
    """

    n: int
    lame: Any
    shear: Any
    strain: Any
    volumetric: Any
    uniform: Any

    def stress(self, q: Any) -> Stress:
        """Return Hooke's stress for a hoop strain q."""
        trace = self.volumetric + (2 - self.n) * self.uniform - 3 * self.strain
        return Stress(
            self.lame * trace + 2 * self.shear * (self.volumetric - self.n * q - self.strain),
            self.lame * trace + 2 * self.shear * (q - self.strain),
            self.lame * trace + 2 * self.shear * (self.uniform - self.strain) if self.n < 2 else 0,
        )


def _slab_stress(host: _Host, loads: WallLoads) -> Stress:
    r"""Return the stress of a slab whose modulus varies across it.

    The in-plane strain :math:`e` is uniform, :math:`\sigma_z = M (e - \epsilon) +
    \nu \sigma_r / (1 - \nu)`, and its mean is given.
    """
    M, nu = host.elastic.biaxial_modulus, host.elastic.nu
    side = nu / (1 - nu) * loads.outer
    pulled = pybamm.r_average(M * host.strain.local) + pybamm.r_average(_field(host, loads.axial))
    e = (pulled - pybamm.r_average(_field(host, side))) / pybamm.r_average(M)
    e = pybamm.PrimaryBroadcast(e, host.r.domain)
    return Stress(loads.outer, 0, M * (e - host.strain.local) + side)


def _field(host: _Host, value: Any) -> Any:
    return value + 0 * host.strain.local


def _over_radius(axes: ParticleAxes, value: Any) -> Any:
    """Return a field on the domains of the particle, also where it is one number."""
    if isinstance(value, pybamm.Symbol) and value.domain == axes.particle_domain:
        return value
    return pybamm.FullBroadcast(value, broadcast_domains=axes.domains)


def _over_places(axes: ParticleAxes, value: Any) -> Any:
    """Return a surface value on the domains outside the particle, also where it is a number."""
    if isinstance(value, pybamm.Symbol) and value.domain:
        return value
    return pybamm.FullBroadcast(value, broadcast_domains=axes.places)
