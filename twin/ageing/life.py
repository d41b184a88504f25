"""The loop: cycle after cycle and check-up after check-up, streamed to disk.

Only the state of the cell and a page of counters are in memory from one cycle to the next,
and both are in the checkpoint.
"""

from __future__ import annotations

import copy
import functools
import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from twin import names
from twin.ageing import measure
from twin.ageing.by_size import size_rows
from twin.ageing.checkpoint import Progress, write_checkpoint
from twin.ageing.checkup import checkup_row
from twin.ageing.condition import Reference, condition
from twin.ageing.display import Display
from twin.ageing.engine import Engine, StepFailed
from twin.ageing.fields import gather, step_fields, write_part
from twin.ageing.interrupts import Interrupts
from twin.ageing.manifest import update_manifest, write_manifest
from twin.ageing.measure import Place, Row
from twin.ageing.state import State, StepResult, Work
from twin.ageing.tables import ResultTables
from twin.cell import Cell
from twin.errors import Failure
from twin.protocol import PlannedCycle, Step
from twin.study import Study
from twin.units import SECONDS_PER_DAY

SECONDS_BETWEEN_FLUSHES = 2.0
IDLE_SHARE = 1e-4
LEAST_DISCHARGE = 0.05


class _Ended(Exception):
    """The run ended early."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True)
class Desk:
    """Where a run is written, and who watches it."""

    folder: Path
    tables: ResultTables
    manifest: dict[str, Any]
    display: Display


class Life:
    """One cell living through one protocol.

    Parameters
    ----------
    study, cell, engine : what to run and what runs it
    desk : where it is written
    state : the cell now
    progress : the loop's memory now
    """

    def __init__(
        self,
        study: Study,
        cell: Cell,
        engine: Engine,
        desk: Desk,
        state: State,
        progress: Progress,
    ) -> None:
        self._study, self._cell, self._engine = study, cell, engine
        self._folder, self._tables = desk.folder, desk.tables
        self._manifest, self._display = desk.manifest, desk.display
        self._state = state
        self.progress = progress
        self._reference = Reference(**progress.reference)
        self._interrupts = Interrupts()
        self._commit()
        self._balance = cell.electrode_balance(study.protocol.checkups)
        self._unwritten: tuple[Place, Callable[[], pd.DataFrame]] | None = None
        self._clock = time.monotonic() - progress.wall_time_s

    @property
    def planned_cycles(self) -> int:
        """Return how many ageing cycles the protocol asks for, its stop condition included."""
        return self._study.protocol.last_cycle

    def announce(self) -> None:
        """Write the manifest of a run that begins."""
        update_manifest(self._manifest, self.progress, "running")
        write_manifest(self._folder, self._manifest)

    def live(self) -> None:
        """Run to the end of the protocol, a stop condition or a failure.

        The folder can be read at any moment, and whatever ends the run.
        """
        self._save("running")
        with self._interrupts:
            try:
                reason = self._cycle_through(self._remaining_cycles())
            except _Ended as ended:
                self._leave("failed", failure=ended.failure)
            except BaseException:  # Ctrl-C, or a defect: keep what there is, then say so
                self._tables.discard_after(self._committed[1].sequence)
                self._leave("interrupted")
                raise
            else:
                self._leave("stopped" if reason else "complete", stop_reason=reason)

    # -- the loop ---------------------------------------------------------------

    def _remaining_cycles(self) -> Iterator[PlannedCycle]:
        return itertools.islice(self._study.protocol.cycles(), self.progress.completed, None)

    def _cycle_through(self, cycles: Iterator[PlannedCycle]) -> str | None:
        """Return why the run stopped before its last planned cycle, if it did."""
        while True:
            if self.progress.checkup_due:
                self._check_up()
            elif self.progress.completed == self._study.protocol.n_cycles:
                return None
            elif reason := self._stop_reason():
                if self._owes_final_check_up():
                    self._write_last_series()
                    self._check_up()
                    self._commit()
                return reason
            else:
                self._age(next(cycles))
            self._commit()
            if self._tables.due(SECONDS_BETWEEN_FLUSHES):
                self._save("running")

    def _age(self, planned: PlannedCycle) -> None:
        place = Place(self.progress.sequence + 1, planned.number, planned.kind, planned.block)
        row, _, _ = self._run_steps(place, planned.steps)
        before, memory = self.progress.percent, self.progress
        if planned.kind == "ageing":
            self._note_capacity(planned, row["discharge_capacity_Ah"])
        memory.completed = planned.number
        memory.minimum_voltage_V = row["minimum_voltage_V"]
        memory.maximum_voltage_V = row["maximum_voltage_V"]
        last = planned.number >= self.planned_cycles
        checkups = self._study.protocol.checkups
        memory.checkup_due = bool(
            checkups and checkups.due_after(planned.number, before, memory.percent, last)
        )
        self._display.cycle(planned.number, row["discharge_capacity_Ah"], memory.percent)

    def _note_capacity(self, planned: PlannedCycle, capacity_Ah: float) -> None:
        """Follow capacity in per cent of the largest discharge so far.

        A cycle of other steps has another capacity, so its largest discharge is set equal to
        where the cell stood when such cycles began. Cycles that hardly discharge say nothing.
        """
        block = "; ".join(self._engine.mark(step) for step in planned.steps)
        memory = self.progress
        if capacity_Ah < LEAST_DISCHARGE * self._cell.limit(names.NOMINAL_CAPACITY):
            return
        if block not in memory.full_capacity_Ah:
            memory.full_capacity_Ah[block] = [capacity_Ah, memory.percent]
        full, stood = memory.full_capacity_Ah[block]
        memory.full_capacity_Ah[block] = [max(full, capacity_Ah), stood]
        memory.percent = stood * min(capacity_Ah / full, 1.0)

    def _check_up(self) -> None:
        checkups = self._study.protocol.checkups
        if checkups is None:
            return
        self._display.doing(f"check-up after {self.progress.completed} cycles")
        place = Place(
            self.progress.sequence + 1,
            self.progress.completed,
            "checkup",
            "checkup",
            checkups.frozen,
        )
        row, steps, results = self._run_steps(place, checkups.steps)
        if measure.measured_capacity(steps) <= 0:
            first = next(r for r in results if "capacity" in r.step.measure)
            error = StepFailed(
                "infeasible",
                "the check-up measured no capacity: its marked steps could not discharge the cell.",
                "Let the check-up charge the cell before it measures.",
                self._state.time_s,
            )
            raise _Ended(_failure(place, results.index(first) + 1, first.step, error))
        # read the cell where its capacity has just been measured: it is empty, so lithium
        # that had plated reversibly is back in the particles
        measured = [r.state for r in results if "capacity" in r.step.measure][-1]
        columns = condition(self._engine, measured, self._reference)
        self._tables.add(
            "checkups", [checkup_row(self.progress, self._balance, columns, steps, row)]
        )
        self.progress.checkup_due = False
        self.progress.last_checkup_cycle = self.progress.completed

    def _owes_final_check_up(self) -> bool:
        checkups = self._study.protocol.checkups
        return bool(
            checkups
            and checkups.at_end
            and self.progress.last_checkup_cycle != self.progress.completed
        )

    def _stop_reason(self) -> str | None:
        stop, memory = self._study.protocol.stop, self.progress
        if stop.cycles is not None and memory.completed >= stop.cycles:
            return f"{stop.cycles} cycles reached"
        if stop.time_d is not None and self._state.time_s >= stop.time_d * SECONDS_PER_DAY:
            return f"{stop.time_d:g} days reached"
        floor = stop.capacity_below_percent
        if floor is not None and min(memory.percent, memory.checkup_percent) < floor:
            return f"capacity below {floor:g} %"
        return self._voltage_stop()

    def _voltage_stop(self) -> str | None:
        stop, memory = self._study.protocol.stop, self.progress
        low, high = memory.minimum_voltage_V, memory.maximum_voltage_V
        if stop.minimum_voltage_V is not None and low is not None and low < stop.minimum_voltage_V:
            return f"voltage below {stop.minimum_voltage_V:g} V"
        if (
            stop.maximum_voltage_V is not None
            and high is not None
            and high > stop.maximum_voltage_V
        ):
            return f"voltage above {stop.maximum_voltage_V:g} V"
        return None

    # -- one cycle --------------------------------------------------------------

    def _run_steps(
        self, place: Place, steps: Sequence[Step]
    ) -> tuple[Row, list[Row], list[StepResult]]:
        """Run the steps of one cycle, write its rows, and return them."""
        results: list[StepResult] = []
        starts: list[State] = []
        rows: list[Row] = []
        began = time.monotonic()
        state = self._state
        for number, step in enumerate(steps, start=1):
            self._interrupts.check()
            try:
                result = self._engine.step(state, step)
            except StepFailed as error:
                self._keep_partial(place, rows, results)
                raise _Ended(_failure(place, number, step, error)) from error
            starts.append(state)
            results.append(result)
            rows.append(measure.step_row(place, number, result, state))
            state = result.state
        self._refuse_idle(place, results)
        self._write_fields(place, starts, results)
        row = self._finish_cycle(place, rows, results)
        row["wall_time_s"] = time.monotonic() - began
        self._tables.add("cycles", [row])
        self._tables.add("sizes", size_rows(self._engine, self._state, place))
        return row, rows, results

    def _finish_cycle(
        self,
        place: Place,
        rows: list[Row],
        results: list[StepResult],
    ) -> Row:
        memory = self.progress
        self._keep_series(place, results)
        self._tables.add("steps", rows)
        memory.sequence = place.sequence
        nominal = self._cell.limit(names.NOMINAL_CAPACITY)
        if not place.frozen:  # a frozen check-up ran on a copy: the cell is where it was
            self._state = results[-1].state
            memory.throughput_Ah += measure.throughput(results)
            memory.charge_Ah += measure.net_charge(results)
        columns = condition(self._engine, self._state, self._reference)
        memory.closure = _larger(memory.closure, abs(columns["lithium_closure"]))
        self._note_work(place, results)
        return {
            **measure.cycle_row(place, rows, results),
            "throughput_Ah": memory.throughput_Ah,
            "equivalent_full_cycles": memory.throughput_Ah / (2 * nominal),
            **columns,
        }

    def _series(
        self,
        place: Place,
        results: Sequence[StepResult],
        charge_Ah: float,
    ) -> pd.DataFrame:
        extra = self._study.outputs.timeseries.variables
        period_s = self._study.protocol.period_s
        return measure.timeseries(place, results, charge_Ah, extra, period_s)

    def _note_work(self, place: Place, results: Sequence[StepResult]) -> None:
        total = Work(**self.progress.work) + sum((r.work for r in results), Work())
        self.progress.work = asdict(total)
        for number, result in enumerate(results, start=1):
            if result.retries:
                self.progress.warnings.append(
                    f"cycle {place.cycle}, step {number}: needed another attempt of the "
                    f"integrator ({'; '.join(result.retries)})"
                )

    def _refuse_idle(self, place: Place, results: Sequence[StepResult]) -> None:
        """End a run at a cycle that asks for current and moves no charge."""
        asked = any(result.step.mode != "rest" for result in results)
        least = IDLE_SHARE * self._cell.limit(names.NOMINAL_CAPACITY)
        if place.kind != "ageing" or not asked or measure.throughput(results) > least:
            return
        reason = "no charge flowed in the cycle: the end condition of each step already held."
        advice = (
            "Check the voltage limits and currents of the cycle against the state of the cell at "
            "its start (does each discharge have its charge?); an aged cell is at its end of life."
        )
        first = results[0]
        error = StepFailed("infeasible", reason, advice, first.state.time_s)
        raise _Ended(_failure(place, 1, first.step, error))

    def _keep_series(self, place: Place, results: Sequence[StepResult]) -> None:
        """Write the time series of a cycle if it is wanted; else keep it, it may be the last."""
        series = functools.partial(self._series, place, results, self.progress.charge_Ah)
        wanted = self._study.outputs.timeseries.wants(
            place.cycle, place.kind, place.cycle >= self.planned_cycles
        )
        if wanted:
            self._tables.add("timeseries", series())
        if place.kind != "checkup":
            self._unwritten = None if wanted else (place, series)

    def _keep_partial(
        self,
        place: Place,
        rows: list[Row],
        results: list[StepResult],
    ) -> None:
        """Keep the finished steps of a cycle that failed."""
        self._tables.add("steps", rows)
        charge = self.progress.charge_Ah
        self._tables.add("timeseries", self._series(place, results, charge))

    def _write_fields(
        self, place: Place, starts: Sequence[State], results: Sequence[StepResult]
    ) -> None:
        fields = self._study.outputs.fields
        last = place.cycle >= self.planned_cycles
        if fields is None or not fields.wants(place.cycle, place.kind, last):
            return
        variables, points = fields.variables, fields.points_per_step
        parts = {
            number: step_fields(self._engine, before, result, variables, points)
            for number, (before, result) in enumerate(zip(starts, results, strict=True), start=1)
            if result.status == "done"
        }
        if parts:
            write_part(self._folder, place, parts)

    # -- writing ----------------------------------------------------------------

    def _save(self, status: str, **outcome: Any) -> None:
        """Bring tables, checkpoint and manifest on disk up to the last whole cycle."""
        state, memory = self._committed
        memory.wall_time_s = time.monotonic() - self._clock
        self._tables.flush()
        write_checkpoint(self._folder, state, memory)
        update_manifest(self._manifest, memory, status, **outcome)
        write_manifest(self._folder, self._manifest)

    def _commit(self) -> None:
        """Note a moment at which everything belongs together: what a checkpoint holds."""
        self._committed = self._state, copy.deepcopy(self.progress)

    def _write_last_series(self) -> None:
        """Write the time series of the last cycle, if the last one is wanted."""
        memory = self._committed[1]
        if self._unwritten is None or self._unwritten[0].sequence > memory.sequence:
            return
        place, series = self._unwritten
        if self._study.outputs.timeseries.wants(place.cycle, place.kind, True):
            self._tables.add("timeseries", series())
            memory.provisional_series = self.progress.provisional_series = place.sequence
        self._unwritten = None

    def _leave(self, status: str, **outcome: Any) -> None:
        """Write what is still in memory and close the run."""
        self._write_last_series()
        gather(self._folder)
        self._save(status, **outcome)


def _larger(so_far: float | None, value: float) -> float | None:
    """Return the larger of two, ``None`` where the model keeps no books."""
    return None if so_far is None or math.isnan(value) else max(so_far, value)


def _failure(place: Place, number: int, step: Step, error: StepFailed) -> Failure:
    return Failure(
        error.reason,
        error.advice,
        error.kind,
        place.cycle,
        place.sequence,
        number,
        step.text,
        error.time_s,
    )
