"""One step of a protocol, from a state to the next: ``step(state, Step) -> StepResult``.

PyBaMM does the work: each distinct control law becomes one discretised model with one
IDAKLU solver, built once; between steps only a state vector moves. Nothing else is kept
from step to step, so a state written to disk continues as if it had never left memory.

Where the integrator gives up, the same step is tried again with other settings, in the
order of `FALLBACKS`; where an end of the step that the protocol did not ask for is met,
the step fails with a reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import casadi
import numpy as np
import pybamm
from numpy.typing import NDArray

from twin import names
from twin.ageing.state import State, StepResult, Work
from twin.cell import Cell
from twin.errors import nearest
from twin.protocol import Protocol, Step
from twin.protocol.pybamm_bridge import to_pybamm_step
from twin.study import SolverSection
from twin.units import SECONDS_PER_HOUR

TIME = "Time [s]"
SERIES = (
    names.VOLTAGE,
    names.CURRENT,
    names.CELL_TEMPERATURE,
    names.DISCHARGE_CAPACITY,
    names.averaged_surface_stress("negative"),
    names.averaged_surface_stress("positive"),
)
REST = Step(mode="rest", duration_s=1.0, text="Rest for 1 second")
FALLBACKS = ("as asked", "all states in the error test", "tolerances ten times tighter")


class StepFailed(Exception):
    """A step that cannot be finished."""

    def __init__(self, kind: str, reason: str, advice: str, time_s: float) -> None:
        super().__init__(reason)
        self.kind, self.reason, self.advice, self.time_s = kind, reason, advice, time_s


@dataclass
class _StepModel:
    """One discretised model and the solvers made for it."""

    key: str
    model: Any
    solvers: dict[tuple[str, bool], Any] = field(default_factory=dict)
    observers: dict[tuple[str, ...], Any] = field(default_factory=dict)


# The integrator's own first step after a change of control is about 1e-9 s. Its sparse solver
# keeps the pivots that suit that step, and can lose seven digits of the books of lithium by it.
FIRST_STEP_S = 1e-3


class Engine:
    """Advances a cell step by step.

    Parameters
    ----------
    cell : model, parameters and mesh
    settings : tolerances and error test
    protocol : its temperature holds where a step has none
    extra_series : further 0-D variables to return with each step
    """

    def __init__(
        self,
        cell: Cell,
        settings: SolverSection,
        protocol: Protocol,
        extra_series: Sequence[str] = (),
    ) -> None:
        self._cell = cell
        self._settings = settings
        self._protocol = protocol
        self._steps = protocol.unique_steps()
        known = cell.model.variables
        self.series = tuple(name for name in (*SERIES, *extra_series) if name in known)
        self._models: dict[str, _StepModel] = {}
        self._controls: dict[Step, tuple[str, Any]] = {}
        self._mappers: dict[tuple[str, str], Any] = {}
        self._discretisation = self._discretise()

    # -- public -----------------------------------------------------------------

    def initial_state(self) -> State:
        """Return the cell at rest, as its parameters describe it, at time zero."""
        built = self._model_for(REST)
        start = built.model.concatenated_initial_conditions.evaluate(0, inputs={})
        return State(np.asarray(start, dtype=float).reshape(-1), built.key, 0.0)

    def read_protocol(self) -> None:
        """Read the files of all profiles, so that a bad one is found before anything is run.

        Raises
        ------
        DataError
            for a profile that is absent or cannot be followed.
        """
        for step in self._steps:
            self._control(step)

    def mark(self, step: Step) -> str:
        """Return what tells a step from others that do something else: control and time."""
        key, control = self._control(step)
        return f"{key} for {control.duration:g} s"

    def prepare(self, steps: Iterable[Step]) -> None:
        """Build the models of these steps, so that a state with any layout can be read."""
        self._model_for(REST)
        for step in steps:
            self._model_for(step)

    @property
    def states(self) -> int:
        """Return the number of states of the largest model built so far."""
        return max(int(built.model.len_rhs_and_alg) for built in self._models.values())

    def step(self, state: State, step: Step) -> StepResult:
        """Return what a step does to a cell.

        Raises
        ------
        StepFailed
            where the step cannot be finished: solver failure, an event that the protocol
            did not ask for, or the longest time allowed without meeting the end condition.
        """
        built = self._model_for(step)
        _, control = self._control(step)
        failed: list[str] = []
        for fallback in FALLBACKS:
            try:
                solution = self._solve(built, control, state, fallback)
            except pybamm.SolverError as error:
                message = str(error)
                if "non-positive at initial conditions" in message:
                    return self._ended_at_start(step, control, state, message)
                failed.append(f"{fallback}: {message}")
                continue
            return self._result(step, control, solution, tuple(failed))
        raise StepFailed(
            "solver",
            f"the integrator could not finish the step ({'; '.join(failed)}).",
            "Try a finer mesh, tighter tolerances or a lower current; if the fade curve bends "
            "down just before, the cell is at its knee and this is its end of life.",
            state.time_s,
        )

    def observe(self, state: State, variables: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """Return variables of a state by name, flattened; those the model lacks are left out."""
        built = self._models[state.layout]
        wanted = tuple(name for name in variables if name in built.model.variables)
        if wanted not in built.observers:
            built.observers[wanted] = _observer(built.model, wanted)
        values = built.observers[wanted](state.time_s, state.y, self._inputs(state))
        values = values if isinstance(values, tuple) else (values,)
        return {
            name: np.asarray(value, dtype=float).reshape(-1)
            for name, value in zip(wanted, values, strict=True)
        }

    def full_solution(self, state: State, result: StepResult, points: int) -> tuple[Any, str]:
        """Return PyBaMM's solution of a step with its whole state, and the layout of that.

        At the start and at ``points`` evenly spaced times up to the end that the step had,
        with the settings that it needed.
        """
        built = self._model_for(result.step)
        end = result.state.time_s - state.time_s
        fallback = FALLBACKS[len(result.retries)]
        solution = self._solver(built, fallback, full=True).step(
            self._carrier(state),
            built.model,
            end,
            np.array([0.0, end]),
            t_interp=np.linspace(0.0, end, points + 1),
            save=False,
            inputs=self._inputs(state),
            state_mapper=self._mapper(state, built),
        )
        return solution, built.key

    @property
    def model(self) -> Any:
        """The PyBaMM model, not discretised."""
        return self._cell.model

    def has(self, name: str) -> bool:
        """Return whether the model has a variable."""
        return name in self._cell.model.variables

    def variable(self, name: str) -> Any:
        """Return a variable of the model, with its domains."""
        return self._cell.model.variables[name]

    def nearest(self, name: str) -> str:
        """Return a hint at the variable whose name is nearest."""
        return nearest(name, list(self._cell.model.variables))

    @property
    def mesh(self) -> Any:
        """Return the mesh that the models are discretised on."""
        return self._discretisation.mesh

    # -- building ---------------------------------------------------------------

    def _discretise(self) -> Any:
        model, values = self._cell.model, self._cell.parameters.values
        geometry = model.default_geometry
        values.process_geometry(geometry)
        points = {**model.default_var_pts, **self._cell.mesh_points}
        mesh = pybamm.Mesh(geometry, model.default_submesh_types, points)
        return pybamm.Discretisation(mesh, model.default_spatial_methods)

    def _control(self, step: Step) -> tuple[str, Any]:
        """Return the key of a step's control law and its PyBaMM step."""
        if step not in self._controls:
            # the integrator chooses its points; an output period thins them afterwards
            plain = step.model_copy(update={"period_s": None})
            control = to_pybamm_step(plain, self._protocol.temperature_degC)
            self._controls[step] = (self._key(step, control), control)
        return self._controls[step]

    def _key(self, step: Step, control: Any) -> str:
        """Return what tells a control law from others, in this process and in the next.

        PyBaMM's own mark prints a long profile with an ellipsis, a function with its address in
        memory and a custom step without its function, so two different ones can look alike, and
        one different in another process.
        """
        if step.mode == "pybamm" and step in self._steps:
            return f"PyBaMM step {self._steps.index(step) + 1}"
        mark: str = control.basic_repr()
        if isinstance(control.input_value, np.ndarray):
            # a profile that is followed for longer is laid end to end when its model is built
            data = np.ascontiguousarray(control.input_value)
            mark += f" for {control.duration:g} s, {hashlib.sha256(data.tobytes()).hexdigest()}"
        return mark

    def _model_for(self, step: Step) -> _StepModel:
        key, control = self._control(step)
        if key not in self._models:
            processed = control.process_model(
                self._cell.model, self._cell.parameters.values, delayed_variable_processing=True
            )
            built = self._discretisation.process_model(
                processed, inplace=True, delayed_variable_processing=True
            )
            self._models[key] = _StepModel(key, built)
        return self._models[key]

    def _solver(self, built: _StepModel, fallback: str, *, full: bool = False) -> Any:
        if (fallback, full) not in built.solvers:
            tighter = 0.1 if fallback == FALLBACKS[2] else 1.0
            suppress = self._settings.error_test == "differential" and fallback == FALLBACKS[0]
            built.solvers[fallback, full] = pybamm.IDAKLUSolver(
                rtol=self._settings.relative_tolerance * tighter,
                atol=self._settings.absolute_tolerance * tighter,
                output_variables=[] if full else list(self.series),
                on_extrapolation="ignore",
                options={
                    "suppress_algebraic_error": suppress,
                    "silence_sundials_errors": True,
                    "dt_init": FIRST_STEP_S,
                },
            )
        return built.solvers[fallback, full]

    # -- solving ----------------------------------------------------------------

    def _inputs(self, state: State) -> dict[str, float]:
        return {"start time": state.time_s}

    def _carrier(self, state: State) -> Any:
        """Return a one-point PyBaMM solution that carries the state into ``solver.step``."""
        return pybamm.Solution(
            np.array([state.time_s]),
            state.y[:, np.newaxis],
            self._models[state.layout].model,
            self._inputs(state),
            termination="final time",
        )

    def _mapper(self, state: State, built: _StepModel) -> Any:
        """Return the compiled map of state vectors between two models, None within one."""
        if state.layout == built.key:
            return None
        pair = (state.layout, built.key)
        if pair not in self._mappers:
            source = self._models[state.layout].model
            mapper = built.model.build_initial_state_mapper(source)
            self._mappers[pair] = (_compile(source, (mapper,)), None, None)
        return self._mappers[pair]

    def _solve(self, built: _StepModel, control: Any, state: State, fallback: str) -> Any:
        solver = self._solver(built, fallback)
        times, interpolation = control.setup_timestepping(solver, control.duration, None)
        return solver.step(
            self._carrier(state),
            built.model,
            control.duration,
            times,
            t_interp=interpolation,
            save=False,
            inputs=self._inputs(state),
            state_mapper=self._mapper(state, built),
        )

    def _result(
        self, step: Step, control: Any, solution: Any, retries: tuple[str, ...]
    ) -> StepResult:
        termination = str(solution.termination)
        end = float(solution.t[-1])
        if termination == "final time" and control.uses_default_duration:
            hours = control.duration / SECONDS_PER_HOUR
            raise StepFailed(
                "duration",
                f"the end condition was not met within {hours:g} h.",
                "Give the step a 'for' time or an end condition that the cell can reach.",
                end,
            )
        if termination != "final time" and "[experiment]" not in termination:
            raise StepFailed("event", *_explain(termination), end)
        series = {name: np.array(solution[name].entries, dtype=float) for name in self.series}
        series[TIME] = np.array(solution.t, dtype=float)
        final = np.array(solution.y_event, dtype=float).reshape(-1)
        if not np.all(np.isfinite(final)):
            raise StepFailed(
                "solver",
                "the state of the cell is not finite after the step.",
                "Please report this with the study: it is a defect of the model.",
                end,
            )
        state = State(final, self._control(step)[0], end)
        text = "time" if termination == "final time" else termination.removeprefix("event: ")
        return StepResult(step, state, "done", text, series, _work(solution), retries)

    def _ended_at_start(self, step: Step, control: Any, state: State, message: str) -> StepResult:
        if "[experiment]" in message and not control.skip_ok:
            raise StepFailed(
                "infeasible",
                "its end condition already held, and the step says skip_ok=False.",
                "Let it be skipped, or change what comes before it.",
                state.time_s,
            )
        if "[experiment]" in message:
            return StepResult(step, state, "skipped", "its end condition already held")
        raise StepFailed("event", *_explain(message), state.time_s)


def _compile(model: Any, symbols: Sequence[Any]) -> Any:
    """Return a CasADi function of time, states and inputs for symbols of a model."""
    t = casadi.MX.sym("t")
    y = casadi.MX.sym("y", model.len_rhs_and_alg)
    inputs = {p.name: casadi.MX.sym(p.name) for p in model.input_parameters}
    stacked = casadi.vertcat(*inputs.values()) if inputs else casadi.MX.sym("p", 0)
    # one conversion memo: shared subtrees are converted once
    outputs = [symbol.to_casadi(t, y, inputs=inputs) for symbol in symbols]
    return casadi.Function("observe", [t, y, stacked], outputs)


def _observer(model: Any, wanted: Sequence[str]) -> Any:
    function = _compile(model, [model.get_processed_variable(name) for name in wanted])
    order = [p.name for p in model.input_parameters]

    def evaluate(t: float, y: NDArray[np.float64], inputs: dict[str, float]) -> Any:
        return function(t, y, casadi.DM([inputs[name] for name in order]))

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


_EVENTS = {
    "crack length larger than particle radius": (
        "cracks have grown through the particles",
        "The set's cracking rate or stress is too large for this protocol, or the cell is at "
        "its end of life; look at the stress figure.",
    ),
    "porosity cut-off": (
        "the pores of an electrode are closed",
        "This is the knee of pore clogging: the end of life of the cell as modelled.",
    ),
    "surface": (
        "the surface of a particle is empty or full",
        "Lower the current, or let the step end at a voltage that is met first.",
    ),
    "concentration": (
        "the electrolyte or a particle has run out of lithium",
        "Lower the current, or let the step end at a voltage that is met first.",
    ),
    "voltage [V]": (
        "the voltage left the safe window of the parameter set by more than 1 V",
        "The step has no end condition that stops it; add 'until ... V'.",
    ),
}


def _explain(termination: str) -> tuple[str, str]:
    """Return reason and advice for an event that the protocol did not ask for."""
    for part, (reason, advice) in _EVENTS.items():
        if part.lower() in termination.lower():
            return f"{reason} ({termination}).", advice
    return f"an event of the model ended the step ({termination}).", "See the event's name."
