"""One step of a protocol, from a state to the next: ``step(state, Step) -> StepResult``.

One discretised model, with the cell's current as an algebraic state, serves all ordinary
steps: what they hold and what ends them are inputs. Profiles have a model of the same layout
each; custom steps of PyBaMM go through its own models. Nothing but a state vector is kept from
step to step, so a state written to disk continues as if it had never left memory.

Where the integrator gives up, the same step is tried again with other settings, in the
order of `FALLBACKS`; where an end of the step that the protocol did not ask for is met,
the step fails with a reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin import names
from twin.ageing.kernel.attempts import FALLBACKS, Attempt, attempts, compiled
from twin.ageing.kernel.by_pybamm import PyBammSteps
from twin.ageing.kernel.control import (
    AMBIENT,
    NO_CONTROL,
    OUT_OF_REACH,
    START,
    Control,
    ordinary_control,
)
from twin.ageing.kernel.integrator import FIRST_STEP_S, IntegrationFailed, Integrator, Outcome
from twin.ageing.kernel.workshop import Workshop
from twin.ageing.state import State, StepResult
from twin.ageing.step_failure import StepFailed, explain
from twin.cell import Cell
from twin.errors import nearest
from twin.protocol import Protocol, Step
from twin.protocol.pybamm_bridge import to_pybamm_step
from twin.study import SolverSection
from twin.units import SECONDS_PER_HOUR

__all__ = ["FALLBACKS", "FIRST_STEP_S", "TIME", "Engine", "StepFailed", "StepStates"]

TIME = "Time [s]"
SERIES = (
    names.VOLTAGE,
    names.CURRENT,
    names.CELL_TEMPERATURE,
    names.DISCHARGE_CAPACITY,
    names.averaged_surface_stress("negative"),
    names.averaged_surface_stress("positive"),
)
EXPERIMENT = "[experiment]"


@dataclass(frozen=True)
class StepStates:
    """Whole states within a step.

    Parameters
    ----------
    t : experiment times [s]
    y : states, one in each column
    """

    t: NDArray[np.float64]
    y: NDArray[np.float64]


@dataclass(frozen=True)
class _Plan:
    """A step, read: its PyBaMM step, what tells it from others, and its numbers if it has them."""

    step: Step
    item: Any
    key: str
    control: Control | None
    ambient_K: float | None


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
        self._protocol = protocol
        self._steps = protocol.unique_steps()
        known = cell.model.variables
        self.series = tuple(name for name in (*SERIES, *extra_series) if name in known)
        self._attempts = attempts(settings, cell.section)
        self._controls: dict[Step, tuple[str, Any]] = {}
        self._plans: dict[Step, _Plan] = {}
        self._ambient: dict[str, float | None] = {}
        self._workshop = Workshop(cell, self.series, compiled(settings, protocol))

    # -- public -----------------------------------------------------------------

    def initial_state(self) -> State:
        """Return the cell at rest, as its parameters describe it, at time zero."""
        start = self._workshop.kernel(None).start
        return State(start.copy(), self._layout(None), 0.0)

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
        key, item = self._control(step)
        return f"{key} for {item.duration:g} s"

    def prepare(self, steps: Iterable[Step]) -> None:
        """Read these steps, so that a state after any of them can be read."""
        self._layout(None)
        for step in steps:
            self._layout(self._plan(step).ambient_K)

    @property
    def states(self) -> int:
        """Return the number of states of the cell."""
        return self._workshop.kernel(None).layout.states

    def step(self, state: State, step: Step) -> StepResult:
        """Return what a step does to a cell.

        Raises
        ------
        StepFailed
            where the step cannot be finished: solver failure, an event that the protocol
            did not ask for, or the longest time allowed without meeting the end condition.
        """
        plan = self._plan(step)
        failed: list[str] = []
        for attempt in self._attempts:
            try:
                outcome = self._advance(plan, state, attempt)
            except IntegrationFailed as error:
                failed.append(f"{attempt.name}: {error}")
                continue
            if outcome.at_once:
                return self._ended_at_start(plan, state, outcome)
            return self._result(plan, state, outcome, tuple(failed))
        raise StepFailed(
            "solver",
            f"the integrator could not finish the step ({'; '.join(failed)}).",
            "Try a finer mesh, tighter tolerances or a lower current; if the fade curve bends "
            "down just before, the cell is at its knee and this is its end of life.",
            state.time_s,
        )

    def observe(self, state: State, variables: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """Return variables of a state by name, flattened; those the model lacks are left out."""
        wanted = tuple(name for name in variables if self.has(name))
        ambient = self._ambient[state.layout]
        parameters, function = self._workshop.observer(ambient, wanted)
        inputs = {**NO_CONTROL, **OUT_OF_REACH, AMBIENT: ambient, START: 0.0}
        p = np.array([inputs[name] for name in parameters], dtype=float)
        values = function(state.time_s, state.y, p)
        values = values if isinstance(values, tuple) else (values,)
        return {
            name: np.asarray(value, dtype=float).reshape(-1)
            for name, value in zip(wanted, values, strict=True)
        }

    def slices(self, state: State) -> list[tuple[str, slice]]:
        """Return the names of a state's variables and where their entries are."""
        kernel = self._workshop.kernel(self._ambient[state.layout])
        return [(name, slice(first, end)) for name, first, end in kernel.layout.slices]

    def full_solution(
        self, state: State, result: StepResult, points: int
    ) -> tuple[StepStates, str]:
        """Return the whole states of a step, and the layout of them.

        At the start and at ``points`` evenly spaced times up to the end that the step had,
        with the settings that it needed.
        """
        plan, attempt = self._plan(result.step), self._attempts[len(result.retries)]
        times = np.linspace(0.0, result.state.time_s - state.time_s, points + 1)
        if self._by_pybamm(plan, attempt):
            found, states = self._pybamm_steps(plan).states(
                plan.key, attempt.settings, state.y, self._inputs(plan, state.time_s), times
            )
        else:
            integrator, origin = self._integrator(plan, state)
            outcome = integrator.integrate(
                attempt.settings,
                self._guess(plan, state),
                self._inputs(plan, origin),
                origin + times[[0, -1]],
                origin + times,
            )
            found, states = outcome.times_s - origin, outcome.values
        return StepStates(state.time_s + found, states.T), result.state.layout

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
        return self._workshop.space.mesh

    # -- reading ----------------------------------------------------------------

    def _control(self, step: Step) -> tuple[str, Any]:
        """Return the key of a step's control law and its PyBaMM step."""
        if step not in self._controls:
            # the integrator chooses its points; an output period thins them afterwards
            plain = step.model_copy(update={"period_s": None})
            item = to_pybamm_step(plain, self._protocol.temperature_degC)
            self._controls[step] = (self._key(step, item), item)
        return self._controls[step]

    def _key(self, step: Step, item: Any) -> str:
        """Return what tells a control law from others, in this process and in the next.

        PyBaMM's own mark prints a long profile with an ellipsis, a function with its address in
        memory and a custom step without its function, so two different ones can look alike, and
        one different in another process.
        """
        if step.mode == "pybamm" and step in self._steps:
            return f"PyBaMM step {self._steps.index(step) + 1}"
        mark: str = item.basic_repr()
        if isinstance(item.input_value, np.ndarray):
            # a profile that is followed for longer is laid end to end when its model is built
            data = np.ascontiguousarray(item.input_value)
            mark += f" for {item.duration:g} s, {hashlib.sha256(data.tobytes()).hexdigest()}"
        return mark

    def _plan(self, step: Step) -> _Plan:
        if step not in self._plans:
            key, item = self._control(step)
            control = ordinary_control(item, self._cell.limit(names.NOMINAL_CAPACITY))
            ambient = item.temperature
            ambient = self._workshop.ambient_K if ambient is None else float(ambient)
            self._plans[step] = _Plan(step, item, key, control, ambient)
        return self._plans[step]

    def _layout(self, ambient_K: float | None) -> str:
        """Return the layout of states at a temperature, and remember which that is."""
        ambient_K = self._workshop.ambient_K if ambient_K is None else ambient_K
        layout = "own temperature" if ambient_K is None else f"{ambient_K!r} K"
        self._ambient[layout] = ambient_K
        return layout

    # -- solving ----------------------------------------------------------------

    def _by_pybamm(self, plan: _Plan, attempt: Attempt) -> bool:
        """Return whether PyBaMM's own models take a step."""
        custom = plan.control is None and plan.step.mode == "pybamm"
        return custom or attempt.by_pybamm

    def _pybamm_steps(self, plan: _Plan) -> PyBammSteps:
        """Return what takes a step through PyBaMM's own model of it."""
        self._workshop.by_pybamm.prepare(plan.key, plan.item, self._workshop.model(plan.ambient_K))
        return self._workshop.by_pybamm

    def _integrator(self, plan: _Plan, state: State) -> tuple[Integrator, float]:
        """Return the integrator of a step, and the time at which it starts [s].

        That is zero where the model does not know the time: the end of a step is found as
        exactly after ten years as at the start.
        """
        timed = self._workshop.kernel(plan.ambient_K).layout.timed
        origin = state.time_s if timed else 0.0
        if plan.control is None:
            return self._workshop.integrator_of_step(plan.key, plan.item), origin
        return self._workshop.integrator(plan.ambient_K), origin

    def _inputs(self, plan: _Plan, start_s: float) -> dict[str, Any]:
        """Return all inputs that a model of a step can have."""
        held = plan.control.inputs if plan.control else {**NO_CONTROL, **OUT_OF_REACH}
        return {**held, AMBIENT: plan.ambient_K, START: start_s}

    def _guess(self, plan: _Plan, state: State) -> NDArray[np.float64]:
        """Return a state with the current that a step holds, where it holds one."""
        if plan.control is None or plan.control.current_A is None:
            return state.y
        entry, reference, scale = self._workshop.kernel(plan.ambient_K).layout.current
        y = state.y.copy()
        y[entry] = (plan.control.current_A - reference) / scale
        return y

    def _advance(self, plan: _Plan, state: State, attempt: Attempt) -> Outcome:
        if self._by_pybamm(plan, attempt):
            return self._pybamm_steps(plan).advance(
                plan.key, plan.item, attempt.settings, state.y, self._inputs(plan, state.time_s)
            )
        integrator, origin = self._integrator(plan, state)
        stops, _ = plan.item.setup_timestepping(self._workshop.solver, plan.item.duration, None)
        outcome = integrator.integrate(
            attempt.settings,
            self._guess(plan, state),
            self._inputs(plan, origin),
            origin + np.asarray(stops, dtype=float),
        )
        if plan.control is not None:
            texts = tuple(plan.control.limits.get(name, name) for name in outcome.events)
            outcome = replace(outcome, events=texts)
        return replace(outcome, times_s=outcome.times_s - origin)

    def _result(
        self, plan: _Plan, before: State, outcome: Outcome, retries: tuple[str, ...]
    ) -> StepResult:
        end = before.time_s + float(outcome.times_s[-1])
        event = outcome.events[0] if outcome.events else ""
        if not event and plan.item.uses_default_duration:
            hours = plan.item.duration / SECONDS_PER_HOUR
            raise StepFailed(
                "duration",
                f"the end condition was not met within {hours:g} h.",
                "Give the step a 'for' time or an end condition that the cell can reach.",
                end,
            )
        if event and EXPERIMENT not in event:
            raise StepFailed("event", *explain(event), end)
        if not np.all(np.isfinite(outcome.end)):
            raise StepFailed(
                "solver",
                "the state of the cell is not finite after the step.",
                "Please report this with the study: it is a defect of the model.",
                end,
            )
        state = State(outcome.end, self._layout(plan.ambient_K), end)
        series = self._series_of(before, outcome)
        return StepResult(plan.step, state, "done", event or "time", series, outcome.work, retries)

    def _series_of(self, before: State, outcome: Outcome) -> dict[str, NDArray[np.float64]]:
        series = {name: outcome.values[:, i] for i, name in enumerate(self.series)}
        times = before.time_s + outcome.times_s
        if before.time_s > 0:  # one moment after the end of the step before
            times[0] = np.nextafter(before.time_s, np.inf)
        return {**series, TIME: times}

    def _ended_at_start(self, plan: _Plan, state: State, outcome: Outcome) -> StepResult:
        asked = [text for text in outcome.events if EXPERIMENT in text]
        if asked and not plan.item.skip_ok:
            raise StepFailed(
                "infeasible",
                "its end condition already held, and the step says skip_ok=False.",
                "Let it be skipped, or change what comes before it.",
                state.time_s,
            )
        if asked:
            return StepResult(plan.step, state, "skipped", "its end condition already held")
        raise StepFailed("event", *explain(", ".join(outcome.events)), state.time_s)
