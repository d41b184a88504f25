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

from collections.abc import Mapping
from typing import Any

import pybamm

from twin import names
from twin.models import extra_parameters as extra
from twin.models.description import Electrode


def volume_growth(phase: Any, x: Any) -> Any:
    """Return the growth of particles in volume since the start [-], for PyBaMM symbols.

    Parameters
    ----------
    phase : PyBaMM's parameters of the particles
    x : mean stoichiometry of each particle
    """
    start = pybamm.r_average(phase.c_init / phase.c_max)
    return phase.t_change(x) - phase.t_change(start)


class CellSwelling(pybamm.BaseSubModel):
    """Change of thickness of the electrodes that swell, and of the cell where both do.

    Needs     ``R-averaged {domain} particle concentration``, temperature and, with a
              fixture, ``Pressure on the cell [Pa]``
    Provides  ``{Domain} electrode thickness change [m]``, ``Cell thickness change [m]``,
              ``Cell thickness change if free [m]``
    """

    def __init__(
        self, param: Any, options: Any, electrodes: Mapping[names.Domain, Electrode], fixed: bool
    ) -> None:
        super().__init__(param, options=options)
        self.electrodes = electrodes
        self.fixed = fixed

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        changes = []
        for domain, electrode in self.electrodes.items():
            if electrode.swells:
                change = self._electrode_change(domain, electrode, variables)
                variables[f"{domain.capitalize()} electrode thickness change [m]"] = change
                changes.append(change)
        if len(changes) < len(self.electrodes):
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
        half = self.param.domain_params[domain]
        x = variables[f"R-averaged {domain} particle concentration"]
        solid = variables[f"{domain.capitalize()} electrode active material volume fraction"]
        growth = pybamm.x_average(solid * volume_growth(half.prim, x))
        share: Any = 1
        if electrode.swelling == "thickness-and-porosity":
            share = 1 - pybamm.Parameter(extra.pore_share(domain))
        return self.param.n_electrodes_parallel * share * growth * half.L


class SwellingPorosity(pybamm.porosity.ReactionDriven):
    """Porosity that films and swelling particles take up.

    Overrides ``get_coupled_variables``: PyBaMM's films, where the study has them, less what
    the particles grow by.

    Needs     ``R-averaged {domain} particle concentration``,
              ``{Domain} electrode active material volume fraction``
    Provides  ``Porosity`` and its parts
    """

    def __init__(
        self,
        param: Any,
        options: Any,
        electrodes: Mapping[names.Domain, Electrode],
        films: bool,
        x_average: bool,
    ) -> None:
        super().__init__(param, options, x_average)
        self.electrodes = electrodes
        self.films = films

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        porosity = {
            domain: self.param.domain_params[domain.split()[0]].epsilon_init
            for domain in self.options.whole_cell_domains
        }
        if self.films:
            filled = super().get_coupled_variables(dict(variables))
            porosity = {domain: filled[f"{domain.capitalize()} porosity"] for domain in porosity}
        for domain, electrode in self.electrodes.items():
            if electrode.swelling == "thickness-and-porosity":
                porosity[f"{domain} electrode"] -= self._taken(domain, variables)
        variables.update(self._get_standard_porosity_variables(porosity))
        return variables

    def _taken(self, domain: names.Domain, variables: dict[str, Any]) -> Any:
        x = variables[f"R-averaged {domain} particle concentration"]
        solid = variables[f"{domain.capitalize()} electrode active material volume fraction"]
        share = pybamm.Parameter(extra.pore_share(domain))
        return share * solid * volume_growth(self.param.domain_params[domain].prim, x)
