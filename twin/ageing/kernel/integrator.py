"""IDA with the sparse solver KLU, called as PyBaMM's ``IDAKLUSolver`` calls it, and no more.

PyBaMM's solver makes a `pybamm.Solution` for each step and maps the state from model to model.
Here arrays go in and arrays come out; the time series are computed by the solver on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import casadi
import numpy as np
import pybamm
from numpy.typing import NDArray
from pybammsolvers import idaklu

from twin.ageing.kernel import functions as names
from twin.ageing.kernel.functions import Kernel
from twin.ageing.state import Work

# The integrator's own first step after a change of control is about 1e-9 s. Its sparse solver
# keeps the pivots that suit that step, and can lose seven digits of the books of lithium by it.
FIRST_STEP_S = 1e-3
ROOT_FOUND = 2
EMPTY = casadi.Function("empty", [], [])
ARGUMENTS = {
    "rhs_alg": names.RESIDUAL,
    "jac_times_cjmass": names.JACOBIAN,
    "mass_action": names.MASS,
    "events": names.EVENTS,
    "alg_res": names.ALGEBRAIC,
    "alg_jac": names.ALGEBRAIC_JACOBIAN,
    "jac_action": "",  # for iterative solvers
    "sens": "",  # for sensitivities
}


class IntegrationFailed(Exception):
    """The integrator gave up."""


@dataclass(frozen=True)
class Settings:
    """How exactly a step is integrated.

    Parameters
    ----------
    relative, absolute : tolerances of the error of a step, of each scaled state [-]
    all_states : whether algebraic states enter the error test
    first_step_s : length of the first time step [s]
    newton : share of the tolerance that the error of Newton's iterations may have [-]
    """

    relative: float
    absolute: float
    all_states: bool
    first_step_s: float = FIRST_STEP_S
    newton: float = 0.33

    def options(self) -> dict[str, Any]:
        """Return them as options of PyBaMM's solver."""
        return {
            "suppress_algebraic_error": not self.all_states,
            "silence_sundials_errors": True,
            "dt_init": self.first_step_s,
            "nonlinear_convergence_coefficient": self.newton,
        }


@dataclass(frozen=True)
class Outcome:
    """What the integrator did.

    Parameters
    ----------
    times_s : times, from the start of the step [s]
    values : one row for each time: the time series, or the state where the whole was asked for
    end : state at the end
    events : names of the events that ended it; of all that held already where it ended at once
    at_once : whether an event held at the start
    work : effort
    """

    times_s: NDArray[np.float64]
    values: NDArray[np.float64]
    end: NDArray[np.float64]
    events: tuple[str, ...]
    at_once: bool
    work: Work


class Integrator:
    """Integrates the model of a kernel.

    Parameters
    ----------
    kernel : functions of the model
    functions : compiled ones in place of its own, if there are
    """

    def __init__(self, kernel: Kernel, functions: Mapping[str, str] | None = None) -> None:
        self._kernel = kernel
        texts = functions or kernel.functions
        self._functions = {
            name: idaklu.generate_function(texts.get(name) or EMPTY.serialize())
            for name in (*ARGUMENTS.values(), names.SERIES)
        }
        self._events = casadi.Function.deserialize(kernel.functions[names.EVENTS])

    def integrate(
        self,
        settings: Settings,
        y: NDArray[np.float64],
        inputs: Mapping[str, float],
        stops_s: NDArray[np.float64],
        points_s: NDArray[np.float64] | None = None,
    ) -> Outcome:
        """Return what becomes of a state.

        Parameters
        ----------
        settings : how exactly
        y : state; its algebraic entries are a first guess
        inputs : values of the inputs by name
        stops_s : times at which the integrator stops, the first and last among them [s]
        points_s : where the whole state is wanted; without it, time series at all steps [s]

        Raises
        ------
        IntegrationFailed
            where the integrator gives up.
        """
        layout = self._kernel.layout
        p = np.array([[inputs[name] for name in layout.parameters]], dtype=float)
        whole = points_s is not None
        solver = self._solver(settings, whole=whole)
        rates = np.zeros((1, layout.states))  # found by the solver with the algebraic states
        wanted = points_s if points_s is not None else np.empty(0)
        try:
            found = solver.solve(stops_s, wanted, y[np.newaxis, :], rates, p, pbar=np.empty((0, 0)))
        except (ValueError, RuntimeError) as error:
            raise IntegrationFailed(str(error)) from None
        return self._outcome(found[0], p[0], whole=whole)

    def _outcome(self, found: Any, p: NDArray[np.float64], *, whole: bool) -> Outcome:
        if found.flag < 0:
            raise IntegrationFailed(str(idaklu.sundials_error_message(found.flag)))
        times = np.array(found.t, dtype=float)
        values = np.array(found.y, dtype=float).reshape(times.size, -1)
        end = values[-1] if whole else np.array(found.y_term, dtype=float).reshape(-1)
        events: tuple[str, ...] = ()
        at_once = False
        if found.flag == ROOT_FOUND:
            events, at_once = self._met(times, end, p)
        return Outcome(times, values, end, events, at_once, _work(found.stats))

    def _met(
        self, times: NDArray[np.float64], y: NDArray[np.float64], p: NDArray[np.float64]
    ) -> tuple[tuple[str, ...], bool]:
        """Return the events that held at the start, and that they did; else the nearest one."""
        values = np.asarray(self._events(times[-1], y, p)).reshape(-1)
        if not np.isfinite(values).any():
            raise IntegrationFailed("no event is a number")
        events = self._kernel.layout.events
        held = tuple(events[i] for i in np.flatnonzero(values <= 0))
        if times.size == 1 and held:
            return held, True
        return (events[int(np.nanargmin(np.abs(values)))],), False

    def _solver(self, settings: Settings, *, whole: bool) -> Any:
        """Return a solver that has solved nothing yet.

        One that has keeps the pivots of its first factorisation. They depend on the control of
        that step and on its state, and fail where a voltage is held after a current.
        """
        layout = self._kernel.layout
        columns, rows = self._kernel.columns, self._kernel.rows
        differential = np.arange(layout.states) < layout.differential
        outputs = [self._functions[names.SERIES]] if layout.series and not whole else []
        return idaklu.create_casadi_solver_group(
            number_of_states=layout.states,
            number_of_parameters=0,
            jac_times_cjmass_colptrs=columns,
            jac_times_cjmass_rowvals=rows,
            jac_times_cjmass_nnz=rows.size,
            jac_bandwidth_lower=0,  # for banded solvers
            jac_bandwidth_upper=0,
            number_of_events=len(layout.events),
            rhs_alg_id=differential.astype(float),
            atol=np.full(layout.states, settings.absolute),
            rtol=settings.relative,
            inputs=len(layout.parameters),
            var_fcns=outputs,
            dvar_dy_fcns=[],
            dvar_dp_fcns=[],
            options=_all_options(settings),
            **{argument: self._functions[name] for argument, name in ARGUMENTS.items()},
        )


@cache
def _all_options(settings: Settings) -> dict[str, Any]:
    """Return all options of PyBaMM's solver, its defaults among them."""
    options: dict[str, Any] = pybamm.IDAKLUSolver(options=settings.options()).options
    return options


def _work(found: Any) -> Work:
    return Work(
        int(found.number_of_steps),
        int(found.number_of_nonlinear_solver_iterations),
        int(found.number_of_linear_solver_setups),
        1,
    )
