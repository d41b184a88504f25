r"""Pressure of what holds a cell, and how it grows as the cell swells.

A fixture of stiffness :math:`k` (pressure per distance) and the cell, of thickness :math:`L` and
compressive modulus :math:`E_c`, are springs in series: a cell that would thicken by
:math:`\Delta L` if it were free is pressed with

.. math:: p = p_0 + \frac{\Delta L}{1/k + L/E_c} ,

:math:`p_0` being the pressure at the start and no pressure being less than zero. A fixture that
does not give, :math:`k \to \infty`, leaves the cell's own compliance. What reaches the
particles is a share of it. Pressure adds :math:`-p` to the hydrostatic stress of a particle
and so lowers its potential by :math:`\Omega p / F`; it changes no gradient unless the partial
molar volume does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm

from twin import names
from twin.models import extra_parameters as extra
from twin.models.description import Constraint


def fixture_pressure(
    start: Any, swelling: Any, stiffness: Any, thickness: Any, modulus: Any
) -> Any:
    """Return the pressure of a fixture on a cell that swells [Pa].

    Parameters
    ----------
    start : pressure before it swells [Pa]
    swelling : change of thickness of the free cell since then [m]
    stiffness : of the fixture [Pa.m-1]
    thickness : of the cell [m]
    modulus : compressive modulus of the cell [Pa]

    Examples
    --------
    >>> round(float(fixture_pressure(1e5, 1e-5, 1e10, 1e-2, 1e9)), 6)
    190909.090909
    """
    compliance = 1 / stiffness + thickness / modulus
    return np.maximum(start + swelling / compliance, 0.0)


class CellConstraint(pybamm.BaseSubModel):
    """The pressure that a study sets or that a fixture answers swelling with.

    Needs     ``Cell thickness change if free [m]`` for a fixture
    Provides  ``Pressure on the cell [Pa]``, ``Pressure on particles [Pa]``
    """

    def __init__(self, param: Any, options: Any, constraint: Constraint) -> None:
        super().__init__(param, options=options)
        self.constraint = constraint

    def get_coupled_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        pressure: Any = pybamm.Parameter(extra.OUTSIDE_PRESSURE)
        if self.constraint == "stiffness":
            layers = self.param.n_electrodes_parallel
            pressure = fixture_pressure(
                pressure,
                variables[names.FREE_THICKNESS_CHANGE],
                pybamm.Parameter(extra.FIXTURE_STIFFNESS),
                layers * self.param.L_x,
                pybamm.Parameter(extra.CELL_MODULUS),
            )
        if pressure.domain == []:
            pressure = pybamm.PrimaryBroadcast(pressure, "current collector")
        share = pybamm.Parameter(extra.PRESSURE_RATIO)
        variables.update({names.CELL_PRESSURE: pressure, names.PARTICLE_PRESSURE: share * pressure})
        return variables
