r"""From the strain of particles to the thickness of electrodes and cell, and to porosity.

Particles at mean stoichiometry :math:`x` have grown by the measured volume change
:math:`\theta_v(x)` of the set. An electrode of thickness :math:`L` with a share
:math:`\varepsilon_s` of them thickens by

.. math:: \Delta L = (1 - f)\, N L \left[ \langle \varepsilon_s \theta_v(x) \rangle
          - \langle \varepsilon_s \theta_v(x_0) \rangle \right]

relative to its start, with :math:`N` electrodes in parallel, all of its swelling across the
thickness [1]_; a share :math:`f`, none if the pores are not in the model, goes into the pores
instead,

.. math:: \varepsilon = \varepsilon_0 - f\, \varepsilon_s [\theta_v(x) - \theta_v(x_0)] ,

which keeps the salt in them. The cell adds the thermal expansion of its parameter set from the
temperature at the start (PyBaMM's counts from the reference temperature); a
fixture takes back :math:`(p - p_0)\, L_\mathrm{cell}/E_c`.

References
----------
.. [1] W. Ai, L. Kraft, J. Sturm, A. Jossen, B. Wu, "Electrochemical thermal-mechanical
   modelling of stress inhomogeneity in lithium-ion pouch cells,"
   J. Electrochem. Soc. 167, 013512 (2020). doi:10.1149/2.0122001JES
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pybamm

from twin import names
from twin.models import extra_parameters as extra
from twin.models.description import Electrode
from twin.models.particle_axes import CellAxes, ParticleAxes


def volume_growth(phase: Any, x: Any, start: Any) -> Any:
    """Return the growth of particles in volume since the start [-], for PyBaMM symbols.

    Parameters
    ----------
    phase : PyBaMM's parameters of the particles
    x, start : mean stoichiometry of each particle, now and at the start
    """
    return phase.t_change(x) - phase.t_change(start)


def electrode_growth(
    param: Any, phases: Sequence[ParticleAxes], variables: Mapping[str, Any]
) -> Any:
    """Return the volume that the particles of an electrode have grown by, over its own [-].

    Each size and material grows by its own mean composition.

    Parameters
    ----------
    param : PyBaMM's parameters of the electrode
    phases : where the particles of each of its materials live
    variables : of the model
    """
    growth: Any = 0
    for axes in phases:
        phase = param.phase_params[axes.phase]
        mean = pybamm.r_average(axes.pick(variables, names.PARTICLE_CONCENTRATION)) / phase.c_max
        solid = axes.pick(variables, names.VOLUME_FRACTION)
        start = axes.at_places(pybamm.r_average(phase.c_init) / phase.c_max)
        growth += axes.total(solid * volume_growth(phase, mean, start))
    return growth


class CellSwelling(pybamm.BaseSubModel):
    """Change of thickness of the electrodes that swell, and of the cell where both do.

    Needs     concentration in the particles, temperature and, with a fixture,
              ``Pressure on the cell [Pa]``
    Provides  ``{Domain} electrode thickness change [m]``, ``Cell thickness change [m]``,
              ``Cell thickness change if free [m]``
    """

    def __init__(self, param: Any, options: Any, cell: CellAxes, fixed: bool) -> None:
        super().__init__(param, options=options)
        self.cell = cell
        self.fixed = fixed

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        changes = []
        for domain, electrode in self.cell.electrodes.items():
            if electrode.swells:
                change = self._electrode_change(domain, electrode, variables)
                variables[f"{domain.capitalize()} electrode thickness change [m]"] = change
                changes.append(change)
        if len(changes) < len(self.cell.electrodes):
            return variables
        heated = variables["X-averaged cell temperature [K]"] - self.param.T_init
        free = sum(changes, self.param.alpha_T_cell * heated)
        variables[names.FREE_THICKNESS_CHANGE] = free
        if not self.fixed:
            variables[names.CELL_THICKNESS_CHANGE] = free
            return variables
        added = variables[names.CELL_PRESSURE] - pybamm.Parameter(extra.OUTSIDE_PRESSURE)
        thickness = self.param.n_electrodes_parallel * self.param.L_x
        squeezed = added * thickness / pybamm.Parameter(extra.CELL_MODULUS)
        variables[names.CELL_THICKNESS_CHANGE] = free - squeezed
        return variables

    def _electrode_change(
        self, domain: names.Domain, electrode: Electrode, variables: dict[str, Any]
    ) -> Any:
        half, phases = self.param.domain_params[domain], self.cell.phases[domain]
        growth = pybamm.yz_average(phases[0].across(electrode_growth(half, phases, variables)))
        share: Any = 1
        if electrode.swelling == "thickness-and-porosity":
            share = 1 - pybamm.Parameter(extra.pore_share(domain))
        return self.param.n_electrodes_parallel * share * growth * half.L
