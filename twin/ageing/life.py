"""The loop: cycle after cycle and check-up after check-up, streamed to disk.

Only the state of the cell and a page of counters are in memory from one cycle to the next,
and both are in the checkpoint. Where the protocol repeats itself, cycles may be jumped over
(`twin.ageing.jumps`).
"""

from __future__ import annotations

import copy
import time
from typing import Any

from twin import names
from twin.ageing import measure
from twin.ageing.checkpoint import Progress, write_checkpoint
from twin.ageing.checkup import checkup_row
from twin.ageing.condition import condition
from twin.ageing.cycle import CycleRunner, Desk, Done, Ended, failure_at
from twin.ageing.engine import Engine, StepFailed
from twin.ageing.fields import gather
from twin.ageing.jumps.jumper import Jumper
from twin.ageing.jumps.memory import JumpMemory
from twin.ageing.manifest import update_manifest, write_manifest
from twin.ageing.measure import Place
from twin.ageing.state import State
from twin.cell import Cell
from twin.errors import Failure
from twin.protocol import PlannedCycle
from twin.study import Study
from twin.units import SECONDS_PER_DAY

SECONDS_BETWEEN_FLUSHES = 2.0
LEAST_DISCHARGE = 0.05
# a cell with less capacity than this that cannot go on is at the end of its life
END_OF_LIFE_PERCENT = 80.0
# of the porosity at the start: with less, pores may be too narrow for the current
CLOSED_PORES = 0.5
AGED_KINDS = ("solver", "event", "duration", "infeasible")


class Life:
    """One cell living through one protocol.

    Parameters
    ----------
    study, cell, engine : what to run and what runs it
    desk : where it is written
    state : the cell now
    progress : the loop's memory now
    jumped : what is remembered of drifts, for jumps
    """

    def __init__(
        self,
        study: Study,
        cell: Cell,
        engine: Engine,
        desk: Desk,
        state: State,
        progress: Progress,
        jumped: JumpMemory,
    ) -> None:
        self._study, self._cell, self._engine = study, cell, engine
        self._folder, self._tables = desk.folder, desk.tables
        self._manifest, self._display = desk.manifest, desk.display
        self.state = state
        self.progress = progress
        self.balance = cell.electrode_balance(study.protocol.checkups)
        self._plan = study.protocol.plan()
        self.runner = CycleRunner(study, cell, engine, desk, progress)
        self._jumper = Jumper(study, engine, desk.tables, self, jumped)
        self.commit()
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
        with self.runner.interrupts:
            try:
                reason = self._cycle_through()
            except Ended as ended:
                self._end(ended.failure)
            except BaseException:  # Ctrl-C, or a defect: keep what there is, then say so
                self._tables.discard_after(self.committed.sequence)
                self._leave("interrupted")
                raise
            else:
                self._leave("stopped" if reason else "complete", stop_reason=reason)

    def _end(self, failure: Failure) -> None:
        """Close a run that cannot go on: an aged cell is at its end of life."""
        aged = self._aged_by() if failure.kind in AGED_KINDS else None
        if aged is None:
            self._leave("failed", failure=failure)
        else:
            reason = f"end of life, {aged}: {failure.reason}"
            self._leave("stopped", stop_reason=reason, failure=failure)

    def _aged_by(self) -> str | None:
        """Return what has worn out, if anything has."""
        percent = self.committed.percent
        if percent < END_OF_LIFE_PERCENT:
            return f"at {percent:.0f} % of the capacity"
        start, now = (
            condition(self._engine, state, self.runner.reference)["porosity_negative_minimum"]
            for state in (self._engine.initial_state(), self._kept)
        )
        if now < CLOSED_PORES * start:
            return f"pores of the negative electrode down to {100 * now / start:.0f} %"
        return None

    # -- the loop ---------------------------------------------------------------

    def _cycle_through(self) -> str | None:
        """Return why the run stopped before its last planned cycle, if it did."""
        while True:
            if self.progress.checkup_due:
                self._check_up()
            elif self.progress.completed == self._study.protocol.n_cycles:
                return None
            elif reason := self.stop_reason():
                if self._owes_final_check_up():
                    self._write_last_series()
                    self._check_up()
                    self.commit()
                return reason
            else:
                self._jumper.advance()
            self.commit()
            if self._tables.due(SECONDS_BETWEEN_FLUSHES):
                self._save("running")

    def age(self) -> Done:
        """Run the next cycle of the plan."""
        planned = self._plan.cycle(self.progress.completed + 1)
        place = Place(self.progress.sequence + 1, planned.number, planned.kind, planned.block)
        done = self.runner.run(self.state, place, planned.steps)
        self.state = done.state
        row = done.row
        before, memory = self.progress.percent, self.progress
        if planned.kind == "ageing":
            self._note_capacity(planned, row["discharge_capacity_Ah"])
        memory.completed = planned.number
        memory.simulated += 1
        memory.minimum_voltage_V = row["minimum_voltage_V"]
        memory.maximum_voltage_V = row["maximum_voltage_V"]
        last = planned.number >= self.planned_cycles
        checkups = self._study.protocol.checkups
        memory.checkup_due = bool(
            checkups and checkups.due_after(planned.number, before, memory.percent, last)
        )
        self._display.cycle(planned.number, row["discharge_capacity_Ah"], memory.percent)
        return done

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
        done = self.runner.run(self.state, place, checkups.steps)
        self.state, steps, results = done.state, done.steps, done.results
        if measure.measured_capacity(steps) <= 0:
            first = next(r for r in results if "capacity" in r.step.measure)
            error = StepFailed(
                "infeasible",
                "the check-up measured no capacity: its marked steps could not discharge the cell.",
                "Let the check-up charge the cell before it measures.",
                self.state.time_s,
            )
            raise Ended(failure_at(place, results.index(first) + 1, first.step, error))
        # read the cell where its capacity has just been measured: it is empty, so lithium
        # that had plated reversibly is back in the particles
        measured = [r.state for r in results if "capacity" in r.step.measure][-1]
        columns = condition(self._engine, measured, self.runner.reference)
        self._tables.add(
            "checkups", [checkup_row(self.progress, self.balance, columns, steps, done.row)]
        )
        self.progress.checkup_due = False
        self.progress.last_checkup_cycle = self.progress.completed
        if not checkups.frozen:
            self._jumper.disturbed()

    def _owes_final_check_up(self) -> bool:
        checkups = self._study.protocol.checkups
        return bool(
            checkups
            and checkups.at_end
            and self.progress.last_checkup_cycle != self.progress.completed
        )

    def stop_reason(self) -> str | None:
        """Return which stop condition holds, if one does."""
        stop, memory = self._study.protocol.stop, self.progress
        if stop.cycles is not None and memory.completed >= stop.cycles:
            return f"{stop.cycles} cycles reached"
        if stop.time_d is not None and self.state.time_s >= stop.time_d * SECONDS_PER_DAY:
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

    # -- writing ----------------------------------------------------------------

    def _save(self, status: str, **outcome: Any) -> None:
        """Bring tables, checkpoint and manifest on disk up to the last whole cycle."""
        memory = self.committed
        memory.wall_time_s = time.monotonic() - self._clock
        self._tables.flush()
        write_checkpoint(self._folder, self._kept, memory, self._jumper.kept)
        update_manifest(self._manifest, memory, status, **outcome)
        write_manifest(self._folder, self._manifest)

    def commit(self) -> None:
        """Note a moment at which everything belongs together: what a checkpoint holds."""
        self._kept, self.committed = self.state, copy.deepcopy(self.progress)
        self._kept_series = self.runner.unwritten
        self._jumper.commit()

    def roll_back(self) -> None:
        """Return to the last such moment; what was simulated since is only counted."""
        counted = {"work": self.progress.work, "simulated": self.progress.simulated}
        self._tables.discard_after(self.committed.sequence)
        self.state = self._kept
        self.runner.unwritten = self._kept_series
        self.progress.__dict__.update(copy.deepcopy(self.committed.__dict__) | counted)

    def _write_last_series(self) -> None:
        """Write the time series of the last cycle, if the last one is wanted."""
        memory, unwritten = self.committed, self.runner.unwritten
        if unwritten is None or unwritten[0].sequence > memory.sequence:
            return
        place, series = unwritten
        if self._study.outputs.timeseries.wants(place.cycle, place.kind, True):
            self._tables.add("timeseries", series())
            memory.provisional_series = self.progress.provisional_series = place.sequence
        self.runner.unwritten = None

    def _leave(self, status: str, **outcome: Any) -> None:
        """Write what is still in memory and close the run."""
        self._write_last_series()
        gather(self._folder)
        self._save(status, **outcome)
