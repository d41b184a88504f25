"""Cells for the tests of the models: parameters, runs, and PyBaMM's models beside ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm

from twin import names
from twin.models import DFN, SPM, SPMe

COARSE = {"x_n": 4, "x_s": 3, "x_p": 4, "r_n": 8, "r_p": 8}
MODELS = [SPM, SPMe, DFN]
STOCK = {
    SPM: pybamm.lithium_ion.SPM,
    SPMe: pybamm.lithium_ion.SPMe,
    DFN: pybamm.lithium_ion.DFN,
}
CURRENT = "Current function [A]"
PARALLEL = "Number of electrodes connected in parallel to make a cell"
OMEGA = {"negative": 3.1e-6, "positive": 1.2e-6}
YOUNG = {"negative": 15e9, "positive": 142.5e9}
POISSON = {"negative": 0.3, "positive": 0.2}
FULL = {"negative": 33133.0, "positive": 63104.0}
RADIUS = {"negative": 5.86e-6, "positive": 5.22e-6}
SOLID = {"negative": 0.75, "positive": 0.665}
PORES = {"negative": 0.25, "positive": 0.335}
LENGTH = {"negative": 85.2e-6, "positive": 75.6e-6}
FILM = 5e-9
FREE_OF_LIMITS = {names.LOWER_VOLTAGE: 0.1, names.UPPER_VOLTAGE: 9.0}
SINKS = (
    names.GAINED_SEI,
    names.GAINED_SEI_ON_CRACKS,
    names.GAINED_PLATED,
    names.GAINED_DEAD,
    names.GAINED_LOST_MATERIAL,
)


def okane(*changes: dict[str, Any] | None) -> Any:
    """Return OKane2022 with a positive electrode of ordinary strain, and with changes."""
    values = pybamm.ParameterValues("OKane2022")
    ordinary = {
        "Positive electrode partial molar volume [m3.mol-1]": OMEGA["positive"],
        "Positive electrode Young's modulus [Pa]": YOUNG["positive"],
    }
    for change in (ordinary, *changes):
        values.update(change or {}, check_already_exists=False)
    return values


def ready(model: Any, values: Any, points: Any = COARSE, rtol: float = 1e-8) -> Any:
    """Return a simulation whose current is given with each step."""
    values.update({CURRENT: "[input]"})
    solver = pybamm.IDAKLUSolver(rtol=rtol, atol=1e-2 * rtol)
    return pybamm.Simulation(model, parameter_values=values, var_pts=points, solver=solver)


def solved(
    model: Any,
    values: Any,
    steps: Any,
    points: Any = COARSE,
    *,
    rtol: float = 1e-8,
    moments: int = 11,
) -> Any:
    """Return the solution over steps of (current over the nominal one, seconds).

    The nominal current is that of one electrode times those in parallel.
    """
    simulation = ready(model, values, points, rtol)
    one_c = values[names.NOMINAL_CAPACITY] * values[PARALLEL]
    for rate, seconds in steps:
        times = np.linspace(0, seconds, moments)
        simulation.step(seconds, t_interp=times, inputs={CURRENT: rate * one_c})
    return simulation.solution


def change(solution: Any, name: str) -> float:
    """Return by how much a variable has grown over a run."""
    entries = solution[name].entries
    return float(entries[-1] - entries[0])


def imbalance(solution: Any) -> float:
    """Return the largest gap in the books of lithium over a run, over all lithium [-]."""
    lithium = solution["Total lithium [mol]"].entries
    gained = sum(solution[name].entries for name in SINKS)
    left = lithium + gained
    return float(np.max(np.abs(left - left[0])) / lithium[0])
