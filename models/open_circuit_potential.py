r"""Open-circuit potential with stress and with the surface energy of small particles.

At rest :math:`F (\phi_s - \phi_e) = -\mu`. Stress takes :math:`W` off the chemical potential of
lithium at the surface, so tension raises the potential [1]_ [2]_,

.. math:: U(x, R, \sigma) = U(x) + \frac{W}{F} + \Delta U(x, R),
          \qquad W = \Omega \sigma_h \ \text{for a constant modulus,}

and :math:`\eta = \phi_s - \phi_e - U` holds both; :math:`\Delta U` is that of
:mod:`twin.models.surface_energy`. The bulk potential, at the mean composition, sees the mean
stress, which is what the walls carry.

References
----------
.. [1] F. C. Larché, J. W. Cahn, "The interactions of composition and stress in crystalline
   solids," Acta Metall. 33, 331 (1985). doi:10.1016/0001-6160(85)90077-X
.. [2] D. A. Santos et al., "Chemistry-mechanics-geometry coupling in positive electrode
   materials," Chem. Sci. 14, 458 (2023). doi:10.1039/d2sc04157j
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models import extra_parameters as extra
from twin.models.citations import cite
from twin.models.description import Electrode
from twin.models.particle_axes import ParticleAxes
from twin.models.slope import slope
from twin.models.surface_energy import surface_potential_shift


class OpenCircuitPotential(pybamm.open_circuit_potential.SingleOpenCircuitPotential):
    """PyBaMM's open-circuit potential with what a study adds to it.

    Overrides ``get_coupled_variables`` for the intercalation reaction.

    Needs     ``{Domain} particle surface mechanical potential [J.mol-1]`` where stress is in
              the kinetics
    Provides  ``{Domain} electrode open-circuit potential [V]`` and what follows from it,
              ``{Domain} electrode potential shift by stress [V]`` and ``... by surface
              energy [V]``
    """

    def __init__(
        self,
        param: Any,
        domain: names.Domain,
        reaction: str,
        options: Any,
        electrode: Electrode,
        x_average: bool,
    ) -> None:
        super().__init__(param, domain, reaction, options, "primary", x_average)
        self.electrode = electrode
        particle = electrode.particle
        self.axes = ParticleAxes(domain, particle.shape, particle.core, x_average)
        if electrode.stress_in_kinetics != "none":
            cite("stress in the potential")
        if electrode.surface_energy:
            cite("nanoscale")

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        surface, bulk, T, T_bulk = self._get_stoichiometry_and_temperature(variables)
        potential = self.phase_param.U(surface, T)
        mean = self.phase_param.U(bulk, T_bulk)
        shifts: dict[str, Any] = {}
        if self.electrode.stress_in_kinetics != "none":
            W = _as_broad_as(
                variables[self.axes.full_name(names.SURFACE_MECHANICAL_POTENTIAL)], surface
            )
            shifts["stress"] = W / self.param.F
            inside = pybamm.r_average(self.axes.pick(variables, names.MECHANICAL_POTENTIAL))
            mean = mean + pybamm.xyzs_average(inside) / self.param.F
        if self.electrode.surface_energy:
            shifts["surface energy"] = self._surface_shift(surface)
            mean = mean + pybamm.xyzs_average(self._surface_shift(bulk))
        for cause, shift in shifts.items():
            potential = potential + shift
            label = f"{self.domain.capitalize()} electrode potential shift by {cause} [V]"
            variables[label] = shift
        slope = self.phase_param.dUdT(surface)
        variables.update(self._get_standard_ocp_variables(potential, mean, slope))
        self._alias_ocp_as_equilibrium(variables)
        return variables

    def _surface_shift(self, x: Any) -> Any:
        """Return the shift by surface energy at a stoichiometry [V]."""
        domain = self.axes.domain

        def gamma(at: Any) -> Any:
            return _function(extra.surface_energy(domain), at)

        def V_m(at: Any) -> Any:
            return _function(extra.molar_volume(domain), at)

        typical = self.phase_param.R_typ
        in_place = x.domain == [f"{domain} electrode"]
        radius = self.phase_param.R if in_place else typical
        area = self.axes.wall_area(radius, typical)
        return surface_potential_shift(area, V_m(x), slope(V_m, x), gamma(x), slope(gamma, x))


def _function(name: str, x: Any) -> Any:
    return pybamm.FunctionParameter(name, {"Particle stoichiometry": x})


def _as_broad_as(symbol: Any, other: Any) -> Any:
    """Return a variable without the broadcast that PyBaMM took off another."""
    if isinstance(symbol, pybamm.Broadcast) and symbol.domain != other.domain:
        return symbol.orphans[0]
    return symbol
