r"""Fatigue growth of surface cracks on active-material particles (Paris' law).

A crack of length :math:`l` grows with the tensile part of the tangential surface stress
:math:`\sigma`; compression closes it and adds nothing [1]_ [2]_:

.. math::

    \frac{\mathrm{d} l}{\mathrm{d} t} =
        k \left( b\, \max(\sigma, 0) \sqrt{\pi l} \right)^{m}, \qquad l(0) = l_0 .

PyBaMM writes the tensile part as ``sigma * (sigma >= 0)``. The two copies of ``sigma``
can differ by rounding, so at rest the base is now and then :math:`-10^{-10}` under a true
switch, and a negative number to the power 2.2 is not a number. The maximum has one copy.

References
----------
.. [1] R. Deshpande, M. Verbrugge, Y.-T. Cheng, J. Wang, P. Liu, "Battery cycle life
   prediction with coupled chemical degradation and fatigue mechanics,"
   J. Electrochem. Soc. 159, A1730 (2012). doi:10.1149/2.049210jes
.. [2] W. Ai, L. Kraft, J. Sturm, A. Jossen, B. Wu, "Electrochemical thermal-mechanical
   modelling of stress inhomogeneity in lithium-ion pouch cells,"
   J. Electrochem. Soc. 167, 013512 (2020). doi:10.1149/2.0122001JES
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm

from twin import names
from twin.models.particle_axes import ParticleAxes
from twin.units import SECONDS_PER_HOUR


def crack_growth_rate(l_cr: Any, sigma: Any, k: Any, b: Any, m: Any) -> Any:
    """Return the crack growth rate [m.s-1], for numbers or for PyBaMM symbols.

    Parameters
    ----------
    l_cr : crack length [m]
    sigma : tangential surface stress, tension positive [Pa]
    k : cracking rate [m.s-1.(Pa.m0.5)-m]
    b : stress-intensity correction [-]
    m : Paris exponent [-]

    Examples
    --------
    >>> float(crack_growth_rate(20e-9, -1e6, 1e-20, 1.12, 2.2))
    0.0
    """
    return k * (b * np.maximum(sigma, 0.0) * np.sqrt(np.pi * l_cr)) ** m


class _StressFromFields:
    """Leave stress and swelling to the submodels that compute them; mixed in.

    Overrides ``_get_mechanical_results``, which in PyBaMM gives the surface stress of a
    sphere and the thickness of the cell.
    """

    def _get_mechanical_results(self, variables: dict[str, Any]) -> dict[str, Any]:
        return variables


class NoCracks(_StressFromFields, pybamm.particle_mechanics.SwellingOnly):
    """Surface of particles that have stress and no cracks: PyBaMM's, and nothing else."""


class CrackGrowth(_StressFromFields, pybamm.particle_mechanics.CrackPropagation):
    """PyBaMM's crack propagation with the rate of `crack_growth_rate`.

    Overrides ``get_coupled_variables`` and ``add_events_from`` (a crack through the wall of a
    hollow particle ends a run); everything else (state, roughness) is PyBaMM's. One size per
    electrode.

    Parameters
    ----------
    old : PyBaMM's submodel that it takes the place of
    axes : where the particles live
    x_average : whether one averaged particle stands for the electrode

    Needs     ``{Domain} particle surface tangential stress [Pa]``
    Provides  ``{Domain} particle crack length [m]`` (state),
              ``{Domain} particle cracking rate [m.s-1]`` and its x-average
    """

    def __init__(self, old: Any, axes: ParticleAxes, x_average: bool) -> None:
        super().__init__(old.param, old.domain, x_average, options=old.options, phase=old.phase)
        self.axes = axes

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        variables = super().get_coupled_variables(variables)
        domain = self.domain
        rate = crack_growth_rate(
            variables[names.crack_length(domain)],
            variables[names.surface_stress(domain)],
            # PyBaMM's sets give the rate per hour of loading in place of Deshpande's t0
            self.phase_param.k_cr(variables[f"{domain.capitalize()} electrode temperature [K]"])
            / SECONDS_PER_HOUR,
            self.phase_param.b_cr,
            self.phase_param.m_cr,
        )
        variables[names.cracking_rate(domain)] = rate
        variables[names.averaged_cracking_rate(domain)] = pybamm.x_average(rate)
        return variables

    def add_events_from(self, variables: dict[str, Any]) -> None:
        super().add_events_from(variables)
        if self.axes.core == "solid":
            return
        event = self.events[-1]
        longest = (1 - event.expression) * self.phase_param.R_typ
        wall = self.phase_param.R_typ - self.axes.inner
        self.events[-1] = pybamm.Event(event.name, 1 - longest / wall)
