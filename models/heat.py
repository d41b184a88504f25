r"""Heat of reaction of particles of every size.

The heat that the reaction and the film release at the surfaces of particles is

.. math::

    \sum_k a_k j_k \left( \phi_s - \phi_e - U_k + T\, \frac{\mathrm{d}U_k}{\mathrm{d}T} \right) ,

the overpotential less the (negative) drop across the film. PyBaMM's is the product of the means,
:math:`(\sum a_k j_k)\,\bar\eta`, which for two sizes with currents of opposite sign can even
have the wrong sign, and leaves the film out: at 2C and 5 nm 2 % of the heat. The heat of film
growth and of plating is in neither.
"""

from __future__ import annotations

from typing import Any

from twin import names
from twin.models.particle_axes import CellAxes, ParticleAxes


class _HeatOfSizes:
    """Give a thermal submodel of PyBaMM the sums over the sizes; mixed in.

    PyBaMM multiplies three variables, current, overpotential and entropic change; it is handed
    a current of one, and the sums for the other two. Overrides
    ``_get_standard_coupled_variables``.
    """

    cell: CellAxes

    def _get_standard_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        changed = {}
        for phases in self.cell.phases.values():
            for axes in phases:
                if axes.sized or self.cell.electrodes[axes.domain].phases[axes.phase].sei != "none":
                    changed.update(_sums(axes, variables))
        given: dict[str, Any]
        given = super()._get_standard_coupled_variables({**variables, **changed})  # type: ignore[misc]
        for name in changed:
            given[name] = variables[name]
        return given


def _sums(axes: ParticleAxes, variables: dict[str, Any]) -> dict[str, Any]:
    a_j = axes.pick(variables, names.SURFACE_AREA) * axes.pick(variables, names.REACTION_CURRENT)
    behind = axes.pick(variables, "electrode reaction overpotential [V]")
    eta = behind - axes.pick(variables, names.FILM_DROP)
    entropic = axes.pick(variables, "electrode entropic change [V.K-1]")
    one = axes.full_name("electrode volumetric interfacial current density [A.m-3]")
    return {
        one: 0 * variables[one] + 1,
        axes.full_name("electrode reaction overpotential [V]"): axes.spread(axes.total(a_j * eta)),
        axes.full_name("electrode entropic change [V.K-1]"): axes.spread(
            axes.total(a_j * entropic)
        ),
    }


def heated_by_sizes(thermal: type, cell: CellAxes) -> type:
    """Return a thermal submodel of PyBaMM that counts the heat of every size."""
    return type(f"{thermal.__name__}OfSizes", (_HeatOfSizes, thermal), {"cell": cell})
