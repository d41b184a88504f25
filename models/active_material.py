r"""Active material of every size: how much is left, what it has for surface, what lithium it took.

Of the volume that particles of size :math:`R_k` had at the start, :math:`\varepsilon_0 v_k`, a
share :math:`s_k` is left. It is a state, so the distribution of sizes itself ages:

.. math::

    \varepsilon_{s,k} = \varepsilon_0 v_k s_k, \qquad a_k = \frac{n+1}{R_k} \varepsilon_{s,k},
    \qquad \dot s_k = -\lambda_k ,

with the rates of :mod:`twin.models.loss_laws`. Lost material takes with it the lithium that it
holds, :math:`\dot n_k = V \langle \varepsilon_0 v_k \bar c_k \lambda_k \rangle_x`, where
:math:`\bar c_k` is its mean concentration. What is left in particles is counted by
:math:`s_k c_k` (:mod:`twin.models.particle_diffusion`), which is a state too, so that the sum of
both is linear in states: an integrator that keeps linear invariants keeps it to rounding.
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models.extra_parameters import crack_loss
from twin.models.loss_laws import (
    crack_loss_rate,
    limiter,
    reaction_loss_rate,
    stress_loss_rate,
)
from twin.models.place_model import PlaceModel
from twin.units import SECONDS_PER_HOUR

TRAPPED_SCALE = 1e-3  # of the lithium that the electrode could hold


class ActiveMaterial(PlaceModel):
    """Active material of one kind in one electrode.

    Needs     what drives the loss: ``... particle surface hydrostatic stress [Pa]``,
              ``... electrode SEI interfacial current density [A.m-2]``,
              ``... particle cracking rate [m.s-1]``
    Provides  ``... electrode share of active material left`` (state where it is lost), volume
              fraction, surface area, radius, capacity, and ``Loss of lithium due to loss of
              active material in ... electrode [mol]`` (state)
    """

    @property
    def loses(self) -> bool:
        """Return whether material is lost."""
        return self.electrode.active_material_loss != "none"

    def get_fundamental_variables(self) -> dict[str, Any]:
        axes, phase = self.axes, self.phase_param
        variables: dict[str, Any] = {}
        share: Any = 1
        if self.loses:
            share = self.state(names.SHARE_LEFT, bounds=(0, 1))
            trapped = pybamm.Variable(
                self._trapped_by_size,
                domains=axes.per_size,
                scale=TRAPPED_SCALE * phase.c_max * self.volume_of_electrode,
            )
            total = axes.total(trapped)
            variables.update(
                {self._trapped_by_size: trapped, self._trapped: pybamm.yz_average(total)}
            )
            variables.update(axes.publish(names.SHARE_LEFT, share, axes.volume_share))
        else:
            variables[self._trapped] = pybamm.Scalar(0)
        variables.update(self._surface_and_volume(share))
        return variables

    @property
    def _trapped_by_size(self) -> str:
        axes = self.axes
        return names.by_size("in lost", axes.domain, axes.phase_name, "material")

    @property
    def _trapped(self) -> str:
        axes = self.axes
        return (
            f"Loss of lithium due to loss of {axes.phase_name}active material "
            f"in {axes.domain} electrode [mol]"
        )

    def _volume_at_start(self) -> Any:
        """Return the volume fraction of each size at the start."""
        return self.axes.at_places(self.phase_param.epsilon_s) * self.axes.volume_share

    def _area_at_start(self) -> Any:
        """Return the reacting area of each size per volume of electrode at the start [m-1]."""
        axes, phase = self.axes, self.phase_param
        if axes.sized:
            return axes.reacting_area(axes.radius(phase), phase.R_typ) * self._volume_at_start()
        return axes.at_places(axes.reacting_area(phase.R, phase.R_typ) * phase.epsilon_s)

    def _surface_and_volume(self, share: Any) -> dict[str, Any]:
        axes, phase = self.axes, self.phase_param
        volume = self._volume_at_start() * share
        area = self._area_at_start()
        variables = axes.publish_sum(names.VOLUME_FRACTION, volume)
        variables.update(axes.publish_sum(names.SURFACE_AREA, area * share))
        variables.update(axes.publish_sum(f"initial {names.SURFACE_AREA}", area))
        radius = axes.at_places(phase.R) if not axes.sized else axes.radius(phase)
        variables.update(axes.publish(names.RADIUS, radius))
        full = variables[axes.full_name(names.RADIUS)]
        variables[axes.full_name("particle radius")] = full / phase.R_typ
        left = pybamm.yz_average(variables[axes.averaged_name(names.VOLUME_FRACTION)])
        charge = phase.c_max * self.param.F / SECONDS_PER_HOUR
        kind = f"{axes.phase_name}phase capacity" if axes.phase_name else "capacity"
        capacity = f"{axes.domain.capitalize()} electrode {kind} [A.h]"
        variables[capacity] = left * self.volume_of_electrode * charge
        return variables

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        axes = self.axes
        change = f"{names.VOLUME_FRACTION} change [s-1]"
        if not self.loses:
            zero = 0 * axes.pick(variables, names.VOLUME_FRACTION)
            variables.update(axes.publish_sum(change, zero))
            return variables
        loss = self._loss(variables)
        variables.update(axes.publish(names.SHARE_LOSS, loss, axes.volume_share))
        variables.update(axes.publish_sum(change, -self._volume_at_start() * loss))
        return variables

    def _loss(self, variables: dict[str, Any]) -> Any:
        """Return the share of the initial material lost per time at places [s-1]."""
        axes, phase, drivers = self.axes, self.phase_param, self.electrode.active_material_loss
        share = axes.pick(variables, names.SHARE_LEFT)
        loss: Any = 0
        if "stress" in drivers:
            sigma_h = axes.pick(variables, names.SURFACE_HYDROSTATIC_STRESS)
            beta = phase.beta_LAM(axes.temperature(variables))
            start = axes.at_places(phase.epsilon_s)
            loss += stress_loss_rate(sigma_h, beta, phase.stress_critical, phase.m_LAM, start)
        if "reaction" in drivers:
            a_j = axes.pick(variables, names.SURFACE_AREA) * axes.pick(variables, names.SEI_CURRENT)
            loss += reaction_loss_rate(a_j, phase.beta_LAM_sei, self._volume_at_start())
        if "cracks" in drivers:
            growth = axes.pick(variables, names.CRACKING_RATE)
            kappa = pybamm.Parameter(crack_loss(axes.domain, axes.prefix))
            radius = axes.pick(variables, names.RADIUS)
            loss += crack_loss_rate(share, growth, radius, kappa)
        return loss * limiter(share)

    def set_rhs(self, variables: dict[str, Any]) -> None:
        if not self.loses:
            return
        axes = self.axes
        share = axes.pick(variables, names.SHARE_LEFT)
        loss = axes.pick(variables, names.SHARE_LOSS)
        mean = pybamm.r_average(axes.pick(variables, names.PARTICLE_CONCENTRATION))
        taken = axes.across(self._volume_at_start() * mean * loss)
        self.rhs = {
            share: -loss,
            variables[self._trapped_by_size]: self.volume_of_electrode * taken,
        }

    def set_initial_conditions(self, variables: dict[str, Any]) -> None:
        if self.loses:
            share = self.axes.pick(variables, names.SHARE_LEFT)
            self.initial_conditions = {
                share: pybamm.Scalar(1),
                variables[self._trapped_by_size]: pybamm.Scalar(0),
            }
