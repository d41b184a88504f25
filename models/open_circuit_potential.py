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
from twin.models.place_model import PlaceModel
from twin.models.slope import slope
from twin.models.surface_energy import surface_potential_shift


class OpenCircuitPotential(PlaceModel):
    """Open-circuit potential of one material of one electrode, at each place and size.

    Needs     surface concentration, mean stoichiometry, temperature and, where stress is in the
              kinetics, ``... particle surface mechanical potential [J.mol-1]``
    Provides  ``... electrode open-circuit potential [V]`` and what follows from it,
              ``... electrode potential shift by stress [V]`` and ``... by surface energy [V]``
    """

    def __init__(self, param: Any, options: Any, axes: ParticleAxes, electrode: Electrode) -> None:
        super().__init__(param, options, axes, electrode)
        if electrode.stress_in_kinetics != "none":
            cite("stress in the potential")
        if electrode.surface_energy:
            cite("nanoscale")

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        axes, phase = self.axes, self.phase_param
        x = axes.pick(variables, names.SURFACE_CONCENTRATION) / phase.c_max
        T = axes.temperature(variables)
        bulk = variables[f"{axes.domain.capitalize()} electrode {axes.phase_name}stoichiometry"]
        T_bulk = pybamm.yz_average(variables["X-averaged cell temperature [K]"])
        potential, mean = phase.U(x, T), phase.U(bulk, T_bulk)
        for cause, (shift, shift_of_mean) in self._shifts(variables, x, bulk).items():
            potential = potential + shift
            mean = mean + shift_of_mean
            variables.update(axes.publish(f"electrode potential shift by {cause} [V]", shift))
        for kind in ("", "equilibrium "):
            name = f"electrode {kind}open-circuit potential [V]"
            variables.update(axes.publish(name, potential))
        slope = phase.dUdT(x)
        variables.update(axes.publish("electrode entropic change [V.K-1]", slope))
        start = f"{axes.domain.capitalize()} electrode {axes.phase_name}"
        variables[f"{start}bulk open-circuit potential [V]"] = mean
        seen = variables[axes.averaged_name("electrode open-circuit potential [V]")]
        over = axes.full_name("particle concentration overpotential [V]")
        variables[over] = seen - mean
        return variables

    def _shifts(self, variables: dict[str, Any], x: Any, bulk: Any) -> dict[str, Any]:
        """Return what a study adds at the surface, and to the potential of the mean [V]."""
        axes, F = self.axes, self.param.F
        shifts: dict[str, Any] = {}
        if self.electrode.stress_in_kinetics != "none":
            W = axes.pick(variables, names.SURFACE_MECHANICAL_POTENTIAL)
            inside = pybamm.r_average(axes.pick(variables, names.MECHANICAL_POTENTIAL))
            mean = axes.total(inside * axes.volume_share) if axes.sized else inside
            shifts["stress"] = W / F, pybamm.yz_average(axes.across(mean)) / F
        if self.electrode.surface_energy:
            radius, typical = axes.pick(variables, names.RADIUS), self.phase_param.R_typ
            at_mean = self._surface_shift(bulk, typical)
            shifts["surface energy"] = self._surface_shift(x, radius), at_mean
        return shifts

    def _surface_shift(self, x: Any, radius: Any) -> Any:
        """Return the shift by surface energy at a stoichiometry [V]."""
        at = self.axes.domain, self.axes.prefix

        def gamma(x: Any) -> Any:
            return _function(extra.surface_energy(*at), x)

        def V_m(x: Any) -> Any:
            return _function(extra.molar_volume(*at), x)

        area = self.axes.wall_area(radius, self.phase_param.R_typ)
        return surface_potential_shift(area, V_m(x), slope(V_m, x), gamma(x), slope(gamma, x))


def _function(name: str, x: Any) -> Any:
    return pybamm.FunctionParameter(name, {"Particle stoichiometry": x})
