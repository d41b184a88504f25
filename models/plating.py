r"""Lithium metal plated on particles of every size, and dead lithium.

Both are held per volume of electrode as if the whole surface were like that of size
:math:`R_k`: with shares :math:`\alpha_k` of the surface, the electrode has
:math:`\sum_k \alpha_k c_k`. With the surface at the start :math:`a_0 = \sum_k a_k(0)`, the share
:math:`s_k` of the material left, and the rate :math:`\lambda_k = -\dot s_k / s_k` at which it is
lost,

.. math::

    \dot c_k = -\frac{a_0 s_k j_k}{F} - (\gamma + \lambda_k)\, c_k, \qquad
    \dot d_k = (\gamma + \lambda_k)\, c_k .

What is plated on lost material is dead. The current density follows the metal that a particle
which is left has on it, :math:`c_k / s_k`; laws in :mod:`twin.models.plating_laws`.
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models.extra_parameters import plating_activation
from twin.models.place_model import PlaceModel
from twin.models.plating_laws import (
    activation,
    dead_lithium_rate,
    plated_lithium_rate,
    plating_current_density,
)

PLATED = "lithium plating concentration [mol.m-3]"
DEAD = "dead lithium concentration [mol.m-3]"


class Plating(PlaceModel):
    """Plated and dead lithium on one material of one electrode.

    Needs     surface potential difference, drop across the film, electrolyte concentration,
              temperature, SEI thickness where plated lithium dies
    Provides  ``... lithium plating concentration [mol.m-3]``, ``... dead lithium concentration
              [mol.m-3]`` (states), thicknesses, current density, lithium lost
    """

    @property
    def plates(self) -> bool:
        """Return whether lithium is plated."""
        return self.electrode.plating != "none"

    def get_fundamental_variables(self) -> dict[str, Any]:
        axes = self.axes
        if not self.plates:
            zero = axes.at_places(pybamm.Scalar(0))
            variables = axes.publish(PLATED, zero)
            variables.update(axes.publish(DEAD, zero))
            variables.update(axes.publish(names.PLATING_CURRENT, zero))
            variables.update(self._books(zero, zero))
            return variables
        for paper in ("OKane2020", "OKane2022"):
            pybamm.citations.register(paper)
        scale = self.phase_param.c_Li_typ
        plated, dead = (self.state(quantity, scale=scale) for quantity in (PLATED, DEAD))
        variables = axes.publish(PLATED, plated)
        variables.update(axes.publish(DEAD, dead))
        variables.update(self._books(plated - self.phase_param.c_plated_Li_0, dead))
        return variables

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        axes, phase = self.axes, self.phase_param
        if not self.plates:
            zero = axes.at_places(pybamm.Scalar(0))
            variables.update(axes.publish(names.PLATED_THICKNESS, zero))
            variables.update(axes.publish(names.DEAD_THICKNESS, zero))
            return variables
        T = axes.temperature(variables)
        c_e = axes.field(variables, "electrolyte concentration [mol.m-3]")
        left = axes.pick(variables, PLATED) / self._share(variables)
        faster: Any = 1
        if self.electrode.activated_plating:
            energy = pybamm.Parameter(plating_activation(axes.domain, axes.prefix))
            faster = activation(energy, T, self.param.T_ref)
        difference = axes.field(variables, "electrode surface potential difference [V]")
        j = plating_current_density(
            self.electrode.plating,  # type: ignore[arg-type]
            phase.j0_plating(c_e, left, T) * faster,
            phase.j0_stripping(c_e, left, T) * faster,
            phase.alpha_plating,
            phase.alpha_stripping,
            difference + axes.pick(variables, names.FILM_DROP),
            T,
        )
        variables.update(axes.publish(names.PLATING_CURRENT, j))
        area = axes.total(axes.pick(variables, f"initial {names.SURFACE_AREA}"))
        to_thickness = self.param.V_bar_Li / axes.into_sizes(area)
        dead = axes.pick(variables, DEAD)
        variables.update(axes.publish(names.PLATED_THICKNESS, left * to_thickness))
        variables.update(axes.publish(names.DEAD_THICKNESS, dead * to_thickness))
        return variables

    def _share(self, variables: dict[str, Any]) -> Any:
        if self.electrode.active_material_loss == "none":
            return 1
        return self.axes.pick(variables, names.SHARE_LEFT)

    def _books(self, plated: Any, dead: Any) -> dict[str, Any]:
        axes = self.axes
        name = f"{axes.domain} {axes.phase_name}"
        variables: dict[str, Any] = {}
        found: dict[str, Any] = {}
        for quantity, metal in (("plated", plated), ("dead", dead)):
            by_size = axes.across(metal * axes.area_share) * self.volume_of_electrode
            if axes.sized:
                found[names.by_size(quantity, axes.domain, axes.phase_name, "on material")] = (
                    by_size
                )
            variables[f"Lithium {quantity} on {name}material [mol]"] = pybamm.yz_average(
                axes.total(by_size)
            )
        lost = sum(variables.values())
        variables[f"Loss of lithium to {name}lithium plating [mol]"] = lost
        capacity = lost * self.param.F / 3600
        variables[f"Loss of capacity to {name}lithium plating [A.h]"] = capacity
        return {**variables, **found}

    def set_rhs(self, variables: dict[str, Any]) -> None:
        if not self.plates:
            return
        axes, kind = self.axes, self.electrode.plating
        plated, dead = (axes.pick(variables, quantity) for quantity in (PLATED, DEAD))
        share = self._share(variables)
        area = axes.into_sizes(axes.total(axes.pick(variables, f"initial {names.SURFACE_AREA}")))
        a_j = area * share * axes.pick(variables, names.PLATING_CURRENT)
        gamma: Any = 0
        if kind == "partially-reversible":
            gamma = self.phase_param.dead_lithium_decay_rate(
                axes.pick(variables, names.SEI_THICKNESS)
            )
        cut_off: Any = 0
        if self.electrode.active_material_loss != "none":
            cut_off = axes.pick(variables, names.SHARE_LOSS) / share * plated
        given = (kind, a_j, plated, gamma)
        self.rhs = {
            plated: plated_lithium_rate(*given) - cut_off,  # type: ignore[arg-type]
            dead: dead_lithium_rate(*given) + cut_off,  # type: ignore[arg-type]
        }

    def set_initial_conditions(self, variables: dict[str, Any]) -> None:
        if self.plates:
            plated, dead = (self.axes.pick(variables, quantity) for quantity in (PLATED, DEAD))
            start = self.phase_param.c_plated_Li_0
            self.initial_conditions = {plated: start, dead: pybamm.Scalar(0)}
