"""Steps through PyBaMM's own models and solver: custom steps, and the last resort of all others.

PyBaMM makes a model for the step; the state is mapped to its layout and back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray

from twin.ageing.kernel.control import START
from twin.ageing.kernel.functions import Symbols
from twin.ageing.kernel.integrator import IntegrationFailed, Outcome, Settings
from twin.ageing.state import Work
from twin.cell import Cell

HELD_ALREADY = "non-positive at initial conditions"


@dataclass
class _StepModel:
    """PyBaMM's model of a step, the solvers made for it, and the maps to it and back."""

    model: Any
    maps: tuple[Callable[..., Any], Callable[..., Any]]
    solvers: dict[tuple[Settings, bool], Any] = field(default_factory=dict)


class PyBammSteps:
    """Advances a state by PyBaMM's own means.

    Parameters
    ----------
    cell : what to simulate
    space : PyBaMM's discretisation of it
    series : names of the time series
    """

    def __init__(self, cell: Cell, space: Any, series: Sequence[str]) -> None:
        self._cell, self._space, self._series = cell, space, list(series)
        self._models: dict[str, _StepModel] = {}

    def prepare(self, key: str, step: Any, common: Any) -> None:
        """Make the model of a step, if there is none yet.

        Parameters
        ----------
        key : what tells the step from others
        step : PyBaMM step
        common : discretised model whose layout states have outside
        """
        if key in self._models:
            return
        processed = step.process_model(
            self._cell.model, self._cell.parameters.values, delayed_variable_processing=True
        )
        model = self._space.process_model(processed, inplace=True, delayed_variable_processing=True)
        self._models[key] = _StepModel(model, (_map(common, model), _map(model, common)))

    def advance(
        self,
        key: str,
        step: Any,
        settings: Settings,
        y: NDArray[np.float64],
        inputs: Mapping[str, float],
    ) -> Outcome:
        """Return what becomes of a state in a step.

        Raises
        ------
        IntegrationFailed
            where the integrator gives up.
        """
        built = self._models[key]
        solver = self._solver(built, settings, whole=False)
        times, points = step.setup_timestepping(solver, step.duration, None)
        try:
            solution = self._solved(built, solver, y, inputs, times, points)
        except pybamm.SolverError as error:
            if HELD_ALREADY not in str(error):
                raise IntegrationFailed(str(error)) from None
            held = tuple(re.findall(r"'([^']*)'", str(error).partition("] are ")[0]))
            return Outcome(np.zeros(1), np.empty((1, 0)), y, held, True, Work(solves=1))
        values = [np.asarray(solution[name].entries, dtype=float) for name in self._series]
        termination = str(solution.termination)
        ended = termination.removeprefix("event: ")
        end = built.maps[1](float(solution.t[-1]), np.asarray(solution.y_event), inputs)
        return Outcome(
            np.asarray(solution.t, dtype=float) - inputs[START],
            np.column_stack(values) if values else np.empty((solution.t.size, 0)),
            end,
            () if termination == "final time" else (ended,),
            False,
            _work(solution),
        )

    def states(
        self,
        key: str,
        settings: Settings,
        y: NDArray[np.float64],
        inputs: Mapping[str, float],
        points_s: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return times from the start of a step [s] and the states then, one in each row."""
        built = self._models[key]
        solver = self._solver(built, settings, whole=True)
        stops = points_s[[0, -1]]
        solution = self._solved(built, solver, y, inputs, stops, points_s)
        found = [
            built.maps[1](float(time), solution.y[:, k], inputs)
            for k, time in enumerate(solution.t)
        ]
        return np.asarray(solution.t, dtype=float) - inputs[START], np.array(found)

    def _solved(
        self,
        built: _StepModel,
        solver: Any,
        y: NDArray[np.float64],
        inputs: Mapping[str, float],
        times: NDArray[np.float64],
        points: NDArray[np.float64],
    ) -> Any:
        start = {START: inputs[START]}
        mapped = built.maps[0](inputs[START], y, inputs)
        carrier = pybamm.Solution(
            np.array([inputs[START]]),
            mapped[:, np.newaxis],
            built.model,
            start,
            termination="final time",
        )
        return solver.step(
            carrier, built.model, times[-1], times, t_interp=points, save=False, inputs=start
        )

    def _solver(self, built: _StepModel, settings: Settings, *, whole: bool) -> Any:
        key = (settings, whole)
        if key not in built.solvers:
            built.solvers[key] = pybamm.IDAKLUSolver(
                rtol=settings.relative,
                atol=settings.absolute,
                output_variables=[] if whole else self._series,
                on_extrapolation="ignore",
                options=settings.options(),
            )
        return built.solvers[key]


def _map(source: Any, target: Any) -> Callable[..., NDArray[np.float64]]:
    """Return the map of state vectors of one model to those of another."""
    symbols = Symbols(source)
    mapped = symbols.casadi(target.build_initial_state_mapper(source))
    function = symbols.function("map", [mapped])

    def evaluate(
        time_s: float, y: NDArray[np.float64], inputs: Mapping[str, float]
    ) -> NDArray[np.float64]:
        p = np.array([inputs[name] for name in symbols.parameters])
        return np.asarray(function(time_s, y, p), dtype=float).reshape(-1)

    return evaluate


def _work(solution: Any) -> Work:
    found = solution.solver_statistics
    if found is None:
        return Work(solves=1)
    return Work(
        int(found.number_of_steps),
        int(found.number_of_nonlinear_solver_iterations),
        int(found.number_of_linear_solver_setups),
        1,
    )
