r"""Loss of active material whose lithium is counted within the solver's error test.

PyBaMM's submodel holds the lithium that lost material takes with it,

.. math::

    \frac{\mathrm{d} n}{\mathrm{d} t} =
        -\int_V \langle c \rangle \frac{\partial \varepsilon_s}{\partial t}\,\mathrm{d}V ,

as a state in mol with no scale. A hundred cycles add about 1e-5 mol, below an absolute
tolerance of 1e-6 per step, so the integrator does not control it: a few per cent of error
at default settings. Here the same state carries a scale: one thousandth of the lithium that
the electrode's volume could hold if it were full, so that it is followed to 1e-9 of that.
"""

from __future__ import annotations

from typing import Any

import pybamm

RELATIVE_SCALE = 1e-3


class ActiveMaterialLoss(pybamm.active_material.LossActiveMaterial):
    """PyBaMM's loss of active material with a scaled lithium account.

    Overrides ``get_fundamental_variables``: replaces the one unscaled state.

    Provides  ``Loss of lithium due to loss of {phase}active material in {domain}
              electrode [mol]`` (state)
    """

    def get_fundamental_variables(self) -> dict[str, Any]:
        variables: dict[str, Any] = super().get_fundamental_variables()
        name = (
            f"Loss of lithium due to loss of {self.phase_name}active material "
            f"in {self.domain} electrode [mol]"
        )
        full = self.phase_param.c_max * self.domain_param.L * self.param.A_cc
        variables[name] = pybamm.Variable(name, scale=RELATIVE_SCALE * full)
        return variables
