"""A cell's model with its current as an algebraic state, discretised: what a kernel is made of.

All steps whose models are made here share one layout of the state vector, so that a state can
be handed from step to step as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import pybamm

from twin.ageing.kernel.control import AMBIENT, control_residual, limit_events
from twin.cell import Cell

INPUT = "[input]"
CURRENT_STATE = "Current variable [A]"
Residual = Callable[[Mapping[str, Any]], Any]
Events = Callable[[Mapping[str, Any]], list[Any]]


def discretisation(cell: Cell) -> Any:
    """Return PyBaMM's discretisation of a cell, on its mesh."""
    model, values = cell.model, cell.parameters.values
    geometry = model.default_geometry
    values.process_geometry(geometry)
    points = {**model.default_var_pts, **cell.mesh_points}
    mesh = pybamm.Mesh(geometry, model.default_submesh_types, points)
    return pybamm.Discretisation(mesh, model.default_spatial_methods)


def takes_ambient(cell: Cell) -> bool:
    """Return whether the temperature around a cell is a number, which an input can stand for."""
    return isinstance(cell.parameters.values.get(AMBIENT), Real)


def ordinary_model(cell: Cell, space: Any, ambient_K: float | None) -> Any:
    """Return the model of all steps that hold a constant, with their limits as inputs.

    Parameters
    ----------
    cell, space : what to simulate, and its discretisation
    ambient_K : temperature in place of a function that the parameters have, if there is one [K]
    """
    return _controlled_model(cell, space, control_residual, limit_events, ambient_K)


def model_of_step(cell: Cell, space: Any, step: Any) -> Any:
    """Return the model of one PyBaMM step, such as one that follows a profile."""
    return _controlled_model(
        cell, space, step.get_control_residual, step.get_termination_events, step.temperature
    )


def _controlled_model(
    cell: Cell, space: Any, residual: Residual, events: Events, ambient_K: float | None
) -> Any:
    model, values = cell.model.new_copy(), cell.parameters.values.copy()
    control = pybamm.external_circuit.FunctionControl(model.param, residual, model.options)
    pybamm.step.CustomStepImplicit.add_control_submodel(model, control, values)
    model.events.extend(events(model.variables))
    pybamm.step.Current.update_voltage_safety_events(model)
    if takes_ambient(cell):
        values[AMBIENT] = INPUT
    elif ambient_K is not None:
        values[AMBIENT] = ambient_K
    processed = values.process_model(model, inplace=False, delayed_variable_processing=True)
    return space.process_model(processed, inplace=True, delayed_variable_processing=True)
