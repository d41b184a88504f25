r"""The film (SEI) on particles of every size, on their surface and on the faces of their cracks.

A particle of size :math:`R_k` carries a film of volume :math:`u_k` per outer surface: on the
surface itself this is its thickness, on cracks it is thickness times area of the faces,
:math:`u = L\,(r - 1)` with the roughness :math:`r`, so that a crack's fresh faces thin the film
that there is. With the current density :math:`j` of :mod:`twin.models.sei_laws`,

.. math::

    \dot u_k = -\frac{V_f\, j_k}{F z}, \qquad
    \dot q_k = s_k \dot u_k ,

where the second state is the volume that has grown per surface *at the start*, of which a share
:math:`s_k` is left (:mod:`twin.models.active_material`). Films of lost material stay in
:math:`q` and do not thicken those that are left. The lithium in the film,

.. math:: n = \sum_k \langle a_k(0)\, q_k \rangle_x \frac{z V}{V_f} ,

is linear in the states. Where nothing is lost the two are one state.
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models.cracks import added_roughness
from twin.models.description import GROWING_SEI, Electrode
from twin.models.particle_axes import ParticleAxes
from twin.models.place_model import PlaceModel
from twin.models.sei_laws import FilmState, film_growth_rate, sei_current_density


def volume_at_start(phase: Any, cracks: bool) -> Any:
    """Return the volume of film per outer surface at the start [m].

    Parameters
    ----------
    phase : PyBaMM's parameters of the particles
    cracks : whether it is that on the faces of cracks
    """
    if not cracks:
        return phase.L_sei_0
    return phase.L_sei_cr0 * added_roughness(phase, phase.l_cr_0)


class SeiFilm(PlaceModel):
    """The film of one material of one electrode.

    Parameters
    ----------
    cracks : whether it is the film on the faces of cracks
    param, options, axes, electrode : as for every submodel of places

    Needs     surface potential difference, ``... electrode interfacial current density``,
              roughness, temperature
    Provides  ``... SEI thickness [m]``, ``... electrode SEI interfacial current density``,
              ``... SEI volume per initial area [m]`` and, in mol and A.h, ``Loss of ... to ...``
    """

    def __init__(
        self, param: Any, options: Any, axes: ParticleAxes, electrode: Electrode, *, cracks: bool
    ) -> None:
        super().__init__(param, options, axes, electrode)
        self.cracks = cracks
        self.where = "SEI on cracks" if cracks else "SEI"
        grows = electrode.sei in GROWING_SEI
        self.grows = grows and (electrode.sei_on_cracks or not cracks)
        self.loses = electrode.active_material_loss != "none"
        self.thickness = names.CRACK_SEI_THICKNESS if cracks else names.SEI_THICKNESS
        self.current = names.CRACK_SEI_CURRENT if cracks else names.SEI_CURRENT

    @property
    def _film(self) -> str:
        return f"{self.where} volume per area [m]"

    @property
    def _grown(self) -> str:
        return f"{self.where} volume per initial area [m]"

    @property
    def _start(self) -> Any:
        return volume_at_start(self.phase_param, self.cracks)

    def get_fundamental_variables(self) -> dict[str, Any]:
        axes = self.axes
        if not self.grows:
            return self._still()
        scale = self.phase_param.L_sei_0
        film = self.state(self._film, scale=scale)
        variables = axes.publish(self._film, film)
        grown = self.state(self._grown, scale=scale) if self.loses else film
        variables.update(axes.publish(self._grown, grown))
        if not self.cracks:
            variables.update(axes.publish(self.thickness, film))
        return variables

    def _still(self) -> dict[str, Any]:
        """Return a film that does not grow, or none."""
        axes = self.axes
        there = self.electrode.sei != "none" and not self.cracks
        start = self._start if there else pybamm.Scalar(0)
        zero = axes.at_places(pybamm.Scalar(0))
        variables = axes.publish(self.thickness, axes.at_places(start))
        variables.update(axes.publish(self.current, zero))
        variables.update(axes.publish(self._grown, axes.at_places(start)))
        variables.update(self._books(zero, zero))
        return variables

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        if not self.grows:
            return variables
        axes = self.axes
        film = axes.pick(variables, self._film)
        thickness = film
        if self.cracks:
            thickness = film / (axes.pick(variables, names.ROUGHNESS) - 1)
            variables.update(axes.publish(self.thickness, thickness))
        j = sei_current_density(
            self.electrode.sei,
            FilmState(
                delta_phi=axes.field(variables, "electrode surface potential difference [V]"),
                j=axes.pick(variables, names.REACTION_CURRENT),
                thickness=thickness,
                T=axes.temperature(variables),
            ),
            self.phase_param,
        )
        variables.update(axes.publish(self.current, j))
        area = axes.pick(variables, f"initial {names.SURFACE_AREA}")
        grown = axes.pick(variables, self._grown)
        variables.update(self._books(area * grown, area * self._start))
        return variables

    def _books(self, now: Any, start: Any) -> dict[str, Any]:
        """Return the lithium that the film has taken since the start.

        Parameters
        ----------
        now, start : volume of the film per volume of electrode, for each place
        """
        axes, phase = self.axes, self.phase_param
        moles: Any = axes.across(now) - axes.across(start)
        if self.grows:
            moles = moles * self.volume_of_electrode * phase.z_sei / phase.V_bar_sei
        total = pybamm.yz_average(axes.total(moles))
        name = f"to {axes.domain} {axes.phase_name}{self.where}"
        variables = {
            f"Loss of lithium {name} [mol]": total,
            f"Loss of capacity {name} [A.h]": total * self.param.F / 3600,
        }
        if axes.sized:
            label = names.by_size("in", axes.domain, axes.phase_name, self.where)
            variables[label] = moles
        return variables

    def set_rhs(self, variables: dict[str, Any]) -> None:
        if not self.grows:
            return
        axes = self.axes
        rate = film_growth_rate(axes.pick(variables, self.current), self.phase_param)
        if self.cracks:
            rate = rate * (axes.pick(variables, names.ROUGHNESS) - 1)
        self.rhs = {axes.pick(variables, self._film): rate}
        if self.loses:
            share = axes.pick(variables, names.SHARE_LEFT)
            self.rhs[axes.pick(variables, self._grown)] = share * rate

    def set_initial_conditions(self, variables: dict[str, Any]) -> None:
        if not self.grows:
            return
        axes = self.axes
        self.initial_conditions = {axes.pick(variables, self._film): self._start}
        if self.loses:
            self.initial_conditions[axes.pick(variables, self._grown)] = self._start
