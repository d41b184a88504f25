"""One cycle of a life: its steps run, measured, and written to the tables."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from twin import names
from twin.ageing import measure
from twin.ageing.by_size import size_rows
from twin.ageing.checkpoint import Progress
from twin.ageing.condition import Reference, condition
from twin.ageing.display import Display
from twin.ageing.engine import Engine, StepFailed
from twin.ageing.fields import step_fields, write_part
from twin.ageing.interrupts import Interrupts
from twin.ageing.measure import Place, Row
from twin.ageing.state import State, StepResult, Work
from twin.ageing.tables import ResultTables
from twin.cell import Cell
from twin.errors import Failure
from twin.protocol import Step
from twin.study import Study

IDLE_SHARE = 1e-4


class Ended(Exception):
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


@dataclass(frozen=True)
class Done:
    """What one cycle left: its row, the rows and results of its steps, and the cell after it."""

    row: Row
    steps: list[Row]
    results: list[StepResult]
    state: State


class CycleRunner:
    """Runs the steps of one cycle after the other and writes their rows.

    Parameters
    ----------
    study, cell, engine : what to run and what runs it
    desk : where it is written
    progress : the loop's memory; counters of charge, work and warnings are kept there
    """

    def __init__(
        self, study: Study, cell: Cell, engine: Engine, desk: Desk, progress: Progress
    ) -> None:
        self._study, self._cell, self._engine = study, cell, engine
        self._folder, self._tables = desk.folder, desk.tables
        self.progress = progress
        self.reference = Reference(**progress.reference)
        self.interrupts = Interrupts()
        self.nominal_capacity_Ah = cell.limit(names.NOMINAL_CAPACITY)
        self.unwritten: tuple[Place, Callable[[], pd.DataFrame]] | None = None

    @property
    def _last_cycle(self) -> int:
        return self._study.protocol.last_cycle

    def run(self, state: State, place: Place, steps: Sequence[Step]) -> Done:
        """Run the steps of one cycle from a state, and write its rows.

        Raises
        ------
        Ended
            where a step cannot be finished; the finished ones are written.
        """
        start = state
        results: list[StepResult] = []
        starts: list[State] = []
        rows: list[Row] = []
        began = time.monotonic()
        for number, step in enumerate(steps, start=1):
            self.interrupts.check()
            try:
                result = self._engine.step(state, step)
            except StepFailed as error:
                self._keep_partial(place, rows, results)
                raise Ended(failure_at(place, number, step, error)) from error
            starts.append(state)
            results.append(result)
            rows.append(measure.step_row(place, number, result, state))
            state = result.state
        self._refuse_idle(place, results)
        self._write_fields(place, starts, results)
        # a frozen check-up ran on a copy: the cell is where it was
        after = start if place.frozen else state
        row = self._finish(place, rows, results, after)
        row["wall_time_s"] = time.monotonic() - began
        self._tables.add("cycles", [row])
        self._tables.add("sizes", size_rows(self._engine, after, place))
        return Done(row, rows, results, after)

    def _finish(
        self, place: Place, rows: list[Row], results: list[StepResult], after: State
    ) -> Row:
        memory = self.progress
        self._keep_series(place, results)
        self._tables.add("steps", rows)
        memory.sequence = place.sequence
        nominal = self._cell.limit(names.NOMINAL_CAPACITY)
        if not place.frozen:
            memory.throughput_Ah += measure.throughput(results)
            memory.charge_Ah += measure.net_charge(results)
        columns = condition(self._engine, after, self.reference)
        memory.closure = _larger(memory.closure, abs(columns["lithium_closure"]))
        self._note_work(place, results)
        return {
            **measure.cycle_row(place, rows, results),
            "throughput_Ah": memory.throughput_Ah,
            "equivalent_full_cycles": memory.throughput_Ah / (2 * nominal),
            **columns,
            "simulated": True,
            **memory.errors,
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
        raise Ended(failure_at(place, 1, first.step, error))

    def _keep_series(self, place: Place, results: Sequence[StepResult]) -> None:
        """Write the time series of a cycle if it is wanted; else keep it, it may be the last."""
        series = functools.partial(self._series, place, results, self.progress.charge_Ah)
        wanted = self._study.outputs.timeseries.wants(
            place.cycle, place.kind, place.cycle >= self._last_cycle
        )
        if wanted:
            self._tables.add("timeseries", series())
        if place.kind != "checkup":
            self.unwritten = None if wanted else (place, series)

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
        last = place.cycle >= self._last_cycle
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


def _larger(so_far: float | None, value: float) -> float | None:
    """Return the larger of two, ``None`` where the model keeps no books."""
    return None if so_far is None or math.isnan(value) else max(so_far, value)


def failure_at(place: Place, number: int, step: Step, error: StepFailed) -> Failure:
    """Return why a run ended at a step."""
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
