r"""Kinetics of lithium entering and leaving particles of every size.

Butler and Volmer with equal transfer coefficients, at each place and size,

.. math::

    j = 2 j_0 \sinh \frac{F \eta}{2 R T}, \qquad
    \eta = \phi_s - \phi_e - U - j_\mathrm{tot} \rho_f L ,

where all current through the surface, :math:`j_\mathrm{tot}`, crosses the film. The drop across
the film is an algebraic state: in volts it is followed as closely as the other potentials are;
with the current in its place the integrator took 1.6 times the steps. Stress :math:`\sigma_h` at
the surface that changes the barrier of the reaction by a volume of activation :math:`V_j` makes
both directions faster,

.. math:: j_0(\sigma) = j_0 \exp \left( \frac{\sigma_h V_j}{R T} \right) ,

which changes how fast, and never where, equilibrium is: that is the open-circuit potential's
part (:mod:`twin.models.open_circuit_potential`).

In single-particle models one place stands for an electrode, with one current density; where the
electrolyte varies across it `effective_ratio` gives the mean overpotential. The potential
difference solves :math:`\sum a j = \pm I/L`. A Newton iteration leaves a little of that, and of the
particles' balances; the two together are linear in the states, so nothing of their sum, which
is the lithium of the cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pybamm

from twin import names
from twin.models.extra_parameters import reaction_activation_volume
from twin.models.particle_axes import ParticleAxes
from twin.models.place_model import PlaceModel
from twin.models.transport import activation_factor

LEAST_RATIO = 1e-6


def effective_ratio(ratio: Any, over_thermal: Any) -> Any:
    r"""Return what an exchange current that varies across an electrode amounts to [-].

    One current density :math:`j` at all positions :math:`x` needs the mean overpotential
    :math:`\langle \mathrm{asinh}\,(j / 2 j_0(x)) \rangle` (in :math:`2RT/F`). To second order in
    the variation of :math:`\ln j_0` this is that of
    :math:`\ln j_0^* = \langle \ln j_0 \rangle - \mathrm{var}(\ln j_0) / (2 \cosh^2 y)`
    with :math:`y = F \eta / (2 R T)`.

    Parameters
    ----------
    ratio : exchange current density across the electrode over any that does not vary
    over_thermal : y
    """
    log = pybamm.log(ratio)
    mean = pybamm.x_average(log)
    variance = pybamm.x_average(log**2) - mean**2
    return pybamm.exp(mean - variance / (2 * pybamm.cosh(over_thermal) ** 2))


class Kinetics(PlaceModel):
    """Reaction of lithium at the surface of one material of one electrode.

    Needs     open-circuit potential, surface potential difference, surface concentration,
              electrolyte concentration, temperature, SEI thickness
    Provides  ``... electrode interfacial current density [A.m-2]``, exchange current density,
              overpotentials, ``... electrode total surface current density [A.m-2]``
    """

    @property
    def filmed(self) -> bool:
        """Return whether a film resists the current."""
        return self.electrode.sei != "none"

    def get_fundamental_variables(self) -> dict[str, Any]:
        if not self.filmed:
            zero = self.axes.at_places(pybamm.Scalar(0))
            return self.axes.publish(names.FILM_DROP, zero)
        return self.axes.publish(names.FILM_DROP, self.state(names.FILM_DROP))

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        axes, param = self.axes, self.param
        T = axes.temperature(variables)
        drop = axes.pick(variables, names.FILM_DROP)
        difference = axes.field(variables, "electrode surface potential difference [V]")
        eta = difference - axes.pick(variables, "electrode open-circuit potential [V]") + drop
        j0 = self._exchange_current(variables, eta)
        j = 2 * j0 * pybamm.sinh(self.phase_param.ne * param.F * eta / (2 * param.R * T))
        variables.update(axes.publish("electrode exchange current density [A.m-2]", j0))
        variables.update(axes.publish("electrode reaction overpotential [V]", eta))
        variables.update(axes.publish(names.REACTION_CURRENT, j))
        return variables

    def _exchange_current(self, variables: dict[str, Any], eta: Any) -> Any:
        """Return the exchange current density at places [A.m-2]."""
        axes = self.axes
        c = axes.pick(variables, names.SURFACE_CONCENTRATION)
        T = axes.temperature(variables)
        c_e = axes.field(variables, "electrolyte concentration [mol.m-3]")
        j0 = self.phase_param.j0(c_e, c, T)
        local = variables[f"{axes.domain.capitalize()} electrolyte concentration [mol.m-3]"]
        if axes.x_averaged and not isinstance(local, pybamm.Broadcast):
            there = axes.into_sizes(local), axes.spread(c), axes.spread(T)
            uneven = pybamm.maximum(self.phase_param.j0(*there) / axes.spread(j0), LEAST_RATIO)
            over_thermal = self.param.F * eta / (2 * self.param.R * T)
            j0 = j0 * effective_ratio(uneven, over_thermal)
        if self.electrode.stress_in_kinetics == "potential-and-exchange-current":
            V_j = pybamm.Parameter(reaction_activation_volume(axes.domain, axes.prefix))
            sigma_h = axes.pick(variables, names.SURFACE_HYDROSTATIC_STRESS)
            j0 = j0 * activation_factor(sigma_h, V_j, T)
        return j0

    def set_algebraic(self, variables: dict[str, Any]) -> None:
        if self.filmed:
            axes = self.axes
            drop = axes.pick(variables, names.FILM_DROP)
            film = axes.pick(variables, names.SEI_THICKNESS) * self.phase_param.R_sei
            self.algebraic = {drop: drop + film * axes.pick(variables, names.SURFACE_CURRENT)}

    def set_initial_conditions(self, variables: dict[str, Any]) -> None:
        if self.filmed:
            drop = self.axes.pick(variables, names.FILM_DROP)
            self.initial_conditions = {drop: pybamm.Scalar(0)}


class ElectrodeCurrent(pybamm.BaseSubModel):
    """All currents through the surfaces of one electrode, over reactions, sizes and materials.

    Needs     current densities of the reactions, roughness, surface area, and the current
    Provides  the sums that PyBaMM's electrolyte and potentials ask for, ``... electrode total
              surface current density [A.m-2]``
    """

    def __init__(self, param: Any, options: Any, phases: Sequence[ParticleAxes]) -> None:
        super().__init__(param, phases[0].domain, options=options)
        self.phases = phases
        self.x_averaged = phases[0].x_averaged

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        domain = self.domain
        all_reactions = sum(self._volumetric(variables, axes) for axes in self.phases)
        i = variables["Current collector current density [A.m-2]"]
        given = (i if domain == "negative" else -i) / self.domain_param.L
        volumetric = "total volumetric interfacial current density [A.m-3]"
        variables[f"X-averaged {domain} electrode {volumetric}"] = given
        area = sum(axes.total(axes.pick(variables, names.SURFACE_AREA)) for axes in self.phases)
        mean_area = pybamm.x_average(area) if not self.x_averaged else area
        variables[f"X-averaged {domain} electrode total interfacial current density [A.m-2]"] = (
            given / mean_area
        )
        if self.x_averaged:
            self._sums(variables, given, all_reactions)
        else:
            self._sums(variables, all_reactions, pybamm.x_average(all_reactions))
        return variables

    def _volumetric(self, variables: dict[str, Any], axes: ParticleAxes) -> Any:
        """Return current per volume of electrode through one material [A.m-3]."""
        area = axes.pick(variables, names.SURFACE_AREA)
        crack_area = axes.pick(variables, names.ROUGHNESS) - 1
        through: Any = 0
        for reaction in _REACTIONS:
            j = axes.pick(variables, reaction)
            part = j * crack_area if reaction == names.CRACK_SEI_CURRENT else j
            through = through + part
            label = reaction.replace(
                "interfacial current density [A.m-2]",
                "volumetric interfacial current density [A.m-3]",
            )
            variables.update(axes.publish_sum(label, area * part))
        variables.update(axes.publish(names.SURFACE_CURRENT, through))
        return axes.total(area * through)

    def _sums(self, variables: dict[str, Any], source: Any, averaged: Any) -> None:
        """Add PyBaMM's sums: what enters the electrolyte, and what the potentials solve for."""
        domain, _ = self.domain_Domain
        full = source
        if self.x_averaged:
            full = pybamm.PrimaryBroadcast(source, f"{domain} electrode")
        for what in (
            "electrolyte reaction source terms",
            "volumetric interfacial current densities",
        ):
            variables[f"Sum of {domain} electrode {what} [A.m-3]"] = full
            variables[f"Sum of x-averaged {domain} electrode {what} [A.m-3]"] = averaged


_REACTIONS = (
    names.REACTION_CURRENT,
    names.SEI_CURRENT,
    names.CRACK_SEI_CURRENT,
    names.PLATING_CURRENT,
)


class CellCurrent(pybamm.BaseSubModel):
    """The currents through the surfaces of both electrodes, over the whole cell."""

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        nothing = pybamm.FullBroadcast(0, "separator", "current collector")
        for name in (
            "Sum of {}electrolyte reaction source terms [A.m-3]",
            "Sum of {}volumetric interfacial current densities [A.m-3]",
        ):
            parts = [variables[name.format(f"{domain} electrode ")] for domain in names.DOMAINS]
            variables[name.format("")] = pybamm.concatenation(parts[0], nothing, parts[1])
        return variables
