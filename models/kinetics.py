r"""Exchange current density under stress.

Where stress :math:`\sigma_h` at the surface changes the barrier of the reaction by a volume of
activation :math:`V_j`, both directions of it are faster by

.. math:: j_0(\sigma) = j_0 \exp \left( \frac{\sigma_h V_j}{R T} \right) ,

which changes how fast, and never where, equilibrium is: that is the open-circuit potential's
part (:mod:`twin.models.open_circuit_potential`).
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models.extra_parameters import reaction_activation_volume
from twin.models.transport import activation_factor


class _StressedExchange:
    """Multiply a kinetic submodel's exchange current by the effect of stress; mixed in.

    Overrides ``_get_exchange_current_density``.
    """

    def _get_exchange_current_density(self, variables: dict[str, Any]) -> Any:
        j0 = super()._get_exchange_current_density(variables)  # type: ignore[misc]
        domain, Domain = self.domain_Domain  # type: ignore[attr-defined]
        sigma_h = variables[f"{Domain} {names.SURFACE_HYDROSTATIC_STRESS}"]
        T = variables[f"{Domain} electrode temperature [K]"]
        if j0.domain != sigma_h.domain:  # PyBaMM took the broadcasts off
            sigma_h, T = sigma_h.orphans[0], T.orphans[0]
        V_j = pybamm.Parameter(reaction_activation_volume(domain))
        return j0 * activation_factor(sigma_h, V_j, T)


def stressed(kinetics: type) -> type:
    """Return a kinetic submodel of PyBaMM whose exchange current stress changes."""
    return type(f"Stressed{kinetics.__name__}", (_StressedExchange, kinetics), {})
