r"""Porosity: what films and swelling particles take of the pores, and what liquid is left in them.

.. math::

    \varepsilon = S \left( \varepsilon_0 - \sum_k a_k(0) \left[ \Delta q_k + p_k + d_k \right]
                  - f \sum_k \varepsilon_{s,k} \left[ \theta_v(x_k) - \theta_v(x_{k,0}) \right]
                  \right) ,

with the volume of film :math:`q` per surface at the start, on the surface and in the cracks,
plated and dead lithium :math:`p, d`, and the swelling of :mod:`twin.models.swelling`, over all
sizes and materials. Films of lost material stay in the pores. The saturation :math:`S` is one
unless the growth of the film dries the cell out (:mod:`twin.models.dry_out`). It counts the room
that films take, also where they do not narrow the pores, and not that of swelling particles or
of metal: what these push out of the pores comes back with them.
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models import extra_parameters as extra
from twin.models.description import GROWING_SEI
from twin.models.dry_out import (
    electrolyte_fraction,
    film_volume_grown,
    pore_volume,
    saturation,
    solvent_volume_used,
)
from twin.models.particle_axes import CellAxes, ParticleAxes
from twin.models.plating import DEAD, PLATED
from twin.models.sei import volume_at_start
from twin.models.swelling import electrode_growth

PORES = "volume fraction of pores, wet or dry"
SATURATION = "Liquid saturation of the pores"


class SolidPaths(pybamm.transport_efficiency.Bruggeman):
    """Conduction of electrons in the solid, which dry pores do not help.

    PyBaMM takes all that is no liquid for conductor. Overrides ``get_coupled_variables``.
    """

    def __init__(self, param: Any, options: Any) -> None:
        super().__init__(param, "Electrode", options)

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        wet = {
            f"{domain.capitalize()} electrode porosity": variables[
                f"{domain.capitalize()} electrode {PORES}"
            ]
            for domain in names.DOMAINS
        }
        kept = {name: variables[name] for name in wet}
        given: dict[str, Any] = super().get_coupled_variables({**variables, **wet})
        return {**given, **kept}


class Pores(pybamm.porosity.BaseModel):
    """Porosity of a cell whose pores fill or dry out.

    Needs     films, plated lithium, surface area, concentration in the particles
    Provides  ``Porosity`` and its parts, ``Liquid saturation of the pores``
    """

    def __init__(self, param: Any, options: Any, cell: CellAxes, dry_out: bool) -> None:
        super().__init__(param, options)
        self.cell = cell
        self.dry_out = dry_out

    def get_fundamental_variables(self) -> dict[str, Any]:
        # a state of its own, because through it every particle acts on all of the electrolyte:
        # without it the Jacobian is full, and its sparse factors lose digits of the books
        return {SATURATION: pybamm.Variable(SATURATION)} if self.dry_out else {}

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        whole = self.options.whole_cell_domains
        pores = {domain: self._empty(domain) for domain in whole}
        for domain, electrode in self.cell.electrodes.items():
            taken: Any = 0
            if electrode.porosity_change:
                taken += self._films(domain, variables)
            if electrode.swelling == "thickness-and-porosity":
                half = self.param.domain_params[domain]
                share = pybamm.Parameter(extra.pore_share(domain))
                growth = electrode_growth(half, self.cell.phases[domain], variables)
                taken += share * growth
            if not isinstance(taken, int):
                spread = self.cell.phases[domain][0].spread(taken)
                pores[f"{domain} electrode"] = pores[f"{domain} electrode"] - spread
        for domain, eps in pores.items():
            variables[f"{domain.capitalize()} {PORES}"] = eps
        if self.dry_out:
            pores = self._wetted(pores, variables)
        variables.update(self._get_standard_porosity_variables(pores))
        return variables

    def _films(self, domain: names.Domain, variables: dict[str, Any]) -> Any:
        taken: Any = 0
        for axes in self.cell.phases[domain]:
            phase = self.param.domain_params[domain].phase_params[axes.phase]
            electrode = self.cell.electrodes[domain].phases[axes.phase]
            if electrode.plating != "none":
                metal = axes.pick(variables, PLATED) + axes.pick(variables, DEAD)
                gained = axes.total(metal * axes.area_share) - phase.c_plated_Li_0
                taken += gained * self.param.V_bar_Li
            thickness: Any = 0
            if electrode.sei in GROWING_SEI:
                grown = axes.pick(variables, "SEI volume per initial area [m]")
                thickness += grown - phase.L_sei_0
            if electrode.sei_on_cracks:
                grown = axes.pick(variables, "SEI on cracks volume per initial area [m]")
                thickness += grown - volume_at_start(phase, cracks=True)
            area = axes.pick(variables, f"initial {names.SURFACE_AREA}")
            if not isinstance(thickness, int):
                taken += axes.total(area * thickness)
        return taken

    def _wetted(self, pores: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """Return the part of the pores that liquid fills."""
        start = sum(self._space(domain, self._empty(domain)) for domain in pores)
        grown: Any = 0
        room = start
        for axes, electrode in self.cell.each():
            if electrode.sei in GROWING_SEI:
                phase = self.param.domain_params[axes.domain].phase_params[axes.phase]
                lithium = self._lithium_in_films(axes, variables)
                grown += lithium
                room -= film_volume_grown(lithium, phase.z_sei, phase.V_bar_sei)
        per_lithium, molar = (
            pybamm.Parameter(name) for name in (extra.SOLVENT_PER_LITHIUM, extra.SOLVENT_VOLUME)
        )
        liquid = start * (1 + pybamm.Parameter(extra.EXCESS_ELECTROLYTE))
        used = solvent_volume_used(grown, per_lithium, molar)
        variables[f"{SATURATION} by volumes"] = saturation(liquid - used, room)
        wide = pybamm.PrimaryBroadcast(variables[SATURATION], "current collector")
        # less what is empty: the product alone would cancel against the porosity that PyBaMM
        # starts an electrolyte of constant concentration with, and leave a field without a domain
        return {
            domain: eps - electrolyte_fraction(eps, pybamm.PrimaryBroadcast(1 - wide, domain))
            for domain, eps in pores.items()
        }

    def _lithium_in_films(self, axes: ParticleAxes, variables: dict[str, Any]) -> Any:
        """Return the lithium that films have taken since the start, from their states [mol]."""
        half = self.param.domain_params[axes.domain]
        phase = half.phase_params[axes.phase]
        area = axes.pick(variables, f"initial {names.SURFACE_AREA}")
        volume: Any = 0
        on_cracks = self.cell.electrodes[axes.domain].phases[axes.phase].sei_on_cracks
        for cracks in (False, True) if on_cracks else (False,):
            film = "SEI on cracks" if cracks else "SEI"
            grown = axes.pick(variables, f"{film} volume per initial area [m]")
            start = volume_at_start(phase, cracks)
            volume += axes.across(area * grown) - axes.across(area * start)
        moles = pybamm.yz_average(axes.total(volume)) * phase.z_sei / phase.V_bar_sei
        return moles * half.L * self.param.A_cc

    def _empty(self, domain: str) -> Any:
        """Return the porosity of a layer at the start."""
        return self.param.domain_params[domain.split()[0]].epsilon_init

    def _space(self, domain: str, eps: Any) -> Any:
        """Return the volume of the pores of a layer [m3]."""
        thickness = self.param.domain_params[domain.split()[0]].L
        return pore_volume(pybamm.xyz_average(eps), thickness, self.param.A_cc)

    def set_algebraic(self, variables: dict[str, Any]) -> None:
        if self.dry_out:
            S = variables[SATURATION]
            self.algebraic = {S: S - variables[f"{SATURATION} by volumes"]}

    def set_initial_conditions(self, variables: dict[str, Any]) -> None:
        if self.dry_out:
            self.initial_conditions = {variables[SATURATION]: pybamm.Scalar(1)}

    def add_events_from(self, variables: dict[str, Any]) -> None:
        for domain in names.DOMAINS:
            porosity = variables[names.porosity(domain)]
            name = f"Zero {domain} electrode porosity cut-off"
            self.events.append(
                pybamm.Event(name, pybamm.min(porosity), pybamm.EventType.TERMINATION)
            )
