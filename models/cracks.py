r"""Cracks in the surface of particles of every size, and the rough surface they leave.

Their growth is that of :mod:`twin.models.fracture`: by fatigue above a threshold, at once where
the stress intensity reaches the toughness, not at all in particles too small to break, and
coming to rest as a crack nears the far side of its own particle. So there is no crack event that
ends a run at a mean size: each size stops by itself. The faces of cracks of length :math:`l`,
width :math:`w` and density :math:`\rho` add to the surface [1]_,

.. math:: \frac{a + a_\mathrm{cr}}{a} = 1 + 2 l w \rho .

References
----------
.. [1] R. Deshpande, M. Verbrugge, Y.-T. Cheng, J. Wang, P. Liu, "Battery cycle life
   prediction with coupled chemical degradation and fatigue mechanics,"
   J. Electrochem. Soc. 159, A1730 (2012). doi:10.1149/2.049210jes
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models import extra_parameters as extra
from twin.models.fracture import arrest, fatigue_rate, size_gate, stress_intensity, unstable_rate
from twin.models.place_model import PlaceModel
from twin.units import SECONDS_PER_HOUR

FACES = 2


def added_roughness(phase: Any, length: Any) -> Any:
    """Return the area of the faces of cracks over that of the surface [-].

    Parameters
    ----------
    phase : PyBaMM's parameters of the particles
    length : of the cracks [m]
    """
    return FACES * length * phase.rho_cr * phase.w_cr


class Cracks(PlaceModel):
    """Cracks of one material of one electrode.

    Needs     ``... particle surface tangential stress [Pa]``, temperature
    Provides  ``... particle crack length [m]`` (state), ``... particle cracking rate [m.s-1]``,
              ``... electrode roughness ratio``, ``... particle stress intensity [Pa.m0.5]``
    """

    @property
    def grows(self) -> bool:
        """Return whether there are cracks."""
        return self.electrode.cracks != "none"

    def get_fundamental_variables(self) -> dict[str, Any]:
        axes, phase = self.axes, self.phase_param
        if not self.grows:
            return axes.publish(names.ROUGHNESS, axes.at_places(pybamm.Scalar(1)))
        length = self.state(names.CRACK_LENGTH, scale=phase.l_cr_0)
        roughness = 1 + added_roughness(phase, length)
        variables = axes.publish(names.CRACK_LENGTH, length)
        variables.update(axes.publish(names.ROUGHNESS, roughness))
        return variables

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        if not self.grows:
            return variables
        axes, phase = self.axes, self.phase_param
        length = axes.pick(variables, names.CRACK_LENGTH)
        sigma = axes.pick(variables, "particle surface tangential stress [Pa]")
        K = stress_intensity(sigma, length, phase.b_cr)
        breaks = self.electrode.cracks == "fatigue-and-fracture"
        at = axes.domain, axes.prefix
        threshold = pybamm.Parameter(extra.crack_threshold(*at)) if breaks else 0
        # PyBaMM's sets give the rate per hour of loading in place of Deshpande's t0
        k = phase.k_cr(axes.temperature(variables)) / SECONDS_PER_HOUR
        rate = fatigue_rate(K, k, phase.m_cr, threshold)
        radius = axes.pick(variables, names.RADIUS)
        if breaks:
            rate = self._fracture(rate, K, radius)
        rate = rate * arrest(length, self._wall(radius))
        variables.update(axes.publish(names.CRACKING_RATE, rate))
        variables.update(axes.publish("particle stress intensity [Pa.m0.5]", K))
        return variables

    def _fracture(self, rate: Any, K: Any, radius: Any) -> Any:
        at = self.axes.domain, self.axes.prefix
        toughness, speed = (pybamm.Parameter(p(*at)) for p in (extra.toughness, extra.crack_speed))
        critical = pybamm.Parameter(extra.critical_radius(*at))
        running = rate + unstable_rate(K, toughness, speed)
        return running * size_gate(radius, pybamm.maximum(critical, 1e-30))

    def _wall(self, radius: Any) -> Any:
        """Return how far a crack can go [m]: the radius, or the wall of a hollow particle."""
        if self.axes.core == "solid":
            return radius
        return radius * (1 - self.axes.inner / self.phase_param.R_typ)

    def set_rhs(self, variables: dict[str, Any]) -> None:
        if self.grows:
            length = self.axes.pick(variables, names.CRACK_LENGTH)
            self.rhs = {length: self.axes.pick(variables, names.CRACKING_RATE)}

    def set_initial_conditions(self, variables: dict[str, Any]) -> None:
        if self.grows:
            length = self.axes.pick(variables, names.CRACK_LENGTH)
            self.initial_conditions = {length: self.phase_param.l_cr_0}
