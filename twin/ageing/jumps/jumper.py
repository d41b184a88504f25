"""When to simulate and when to jump: one unit, or one jump with the units after it, at a time."""

from __future__ import annotations

import logging
from bisect import bisect_right
from typing import Any, Protocol

import numpy as np
import pandas as pd

from twin.ageing.checkpoint import Progress
from twin.ageing.condition import balance_of, condition
from twin.ageing.cycle import CycleRunner, Done, Ended
from twin.ageing.engine import Engine
from twin.ageing.jumps import control
from twin.ageing.jumps.bounds import positive
from twin.ageing.jumps.drift import Drift, Vector, chosen, summed
from twin.ageing.jumps.memory import JumpMemory
from twin.ageing.jumps.rows import filled_rows
from twin.ageing.state import State
from twin.ageing.tables import ResultTables
from twin.diagnosis import ElectrodeBalance
from twin.protocol.stretches import Stretch
from twin.study import Study

LOG = logging.getLogger(__name__)
LANDING = 2  # units simulated after a jump: one in which fast states settle, one that is measured
MOST_DRIFTS = 3
NOISE_GROWTH = 3.0
SMALLEST_SHARE = 0.3
MODES = ("lli_percent", "lam_negative_percent", "lam_positive_percent")
COUNTERS = 4  # behind the state in a vector: time, throughput, charge, capacity of the unit


class Cellholder(Protocol):
    """The loop, as jumps see it."""

    state: State
    progress: Progress
    committed: Progress
    runner: CycleRunner
    balance: ElectrodeBalance

    def age(self) -> Done:
        """Run the next cycle of the plan."""

    def roll_back(self) -> None:
        """Return to the last whole moment."""

    def stop_reason(self) -> str | None:
        """Return which stop condition holds, if one does."""


class _Met(Exception):
    """A stop condition or a check-up that nobody could know of before."""


class Jumper:
    """Advances a cell by cycles, or by jumps over them.

    Parameters
    ----------
    study : whose protocol is followed
    engine : reads states
    tables : where rows of jumped cycles go
    life : the loop
    memory : of the stretch that the cell is in
    """

    def __init__(
        self,
        study: Study,
        engine: Engine,
        tables: ResultTables,
        life: Cellholder,
        memory: JumpMemory,
    ) -> None:
        self._study, self._engine, self._tables, self._life = study, engine, tables, life
        self._stretches = study.protocol.stretches() if study.solver.jump == "auto" else ()
        self._firsts = [stretch.first for stretch in self._stretches]
        self._memory = memory
        self.commit()

    def commit(self) -> None:
        """Note what belongs to the state of the loop."""
        self.kept = self._memory.copy()

    def disturbed(self) -> None:
        """Note that something other than the cycles of a stretch has happened to the cell."""
        self._memory.settled, self._memory.start = 0, None

    def advance(self) -> None:
        """Run the next cycle, or jump.

        Raises
        ------
        Ended
            where a cycle cannot be finished.
        """
        stretch = self._stretch()
        if stretch is None:
            self.disturbed()
            self._life.age()
            return
        if stretch.first != self._memory.stretch:
            self._memory = JumpMemory(stretch=stretch.first)
        place, inside = self._place(stretch)
        if inside == 0:
            count = self._count(stretch, place)
            if count and self._jump(stretch, place, count):
                return
            self._memory.start, self._memory.running = self._vector(), []
        done = self._life.age()
        self._memory.running = [*self._memory.running, done.row]
        if inside == stretch.unit - 1:
            self._end_unit(place)

    # -- where the cell stands -----------------------------------------------------

    def _stretch(self) -> Stretch | None:
        number = self._life.progress.completed + 1
        index = bisect_right(self._firsts, number) - 1
        if index < 0 or number > self._stretches[index].last:
            return None
        return self._stretches[index]

    def _place(self, stretch: Stretch) -> tuple[int, int]:
        return divmod(self._life.progress.completed + 1 - stretch.first, stretch.unit)

    def _vector(self) -> Vector:
        """Return the state, and behind it the counters of the loop."""
        state, progress = self._life.state, self._life.progress
        rows = self._memory.rows[-1] if self._memory.rows else []
        capacity = sum(row["discharge_capacity_Ah"] for row in rows)
        counters = (state.time_s, progress.throughput_Ah, progress.charge_Ah, capacity)
        return np.concatenate([state.y, counters])

    def _end_unit(self, place: int) -> None:
        memory = self._memory
        memory.rows = [*memory.rows, memory.running][-2:]
        if memory.start is None:
            return
        end = self._vector()
        memory.settled += 1
        if memory.settled >= 2 and end.size == memory.start.size:
            memory.remember(Drift(place, end - memory.start))
        memory.wait = max(memory.wait - 1, 0)
        memory.running = []

    # -- how far -------------------------------------------------------------------

    def _count(self, stretch: Stretch, place: int) -> int:
        """Return over how many units to jump from here, 0 for none."""
        memory = self._memory
        if memory.wait or not self._knows_enough(place):
            return 0
        room = self._room(stretch) - LANDING
        if room < control.LEAST or memory.size < control.LEAST:
            return 0
        count = control.even_share(room, memory.size, LANDING)
        return count if count >= control.LEAST else 0

    def _knows_enough(self, place: int) -> bool:
        memory = self._memory
        if len(memory.drifts) < 2:
            return False
        fresh = place - memory.drifts[-1].place
        return memory.settled >= 1 and fresh <= 1 + max(2.0, 0.1 * memory.size)

    def _room(self, stretch: Stretch) -> int:
        """Return how many units there are up to the next cycle that must be simulated."""
        done = self._life.progress.completed
        if done >= self._memory.ceiling:
            self._memory.ceiling = 0
        protocol = self._study.protocol
        last = min(stretch.last, protocol.last_cycle)
        if self._memory.ceiling:
            last = min(last, self._memory.ceiling - 1)
        reach = min(last, done + (int(self._memory.size) + LANDING + 1) * 4 * stretch.unit)
        for number in range(done + 1, reach + 1):
            if self._must_be_run(number):
                return (number - done) // stretch.unit
        return (last - done) // stretch.unit

    def _must_be_run(self, number: int) -> bool:
        """Return whether a check-up follows a cycle, or its course is wanted."""
        last = number >= self._study.protocol.last_cycle
        checkups, outputs = self._study.protocol.checkups, self._study.outputs
        nothing = float("nan")
        return bool(
            (checkups and checkups.due_after(number, nothing, nothing, last))
            or outputs.timeseries.wants(number, "ageing", last)
            or (outputs.fields and outputs.fields.wants(number, "ageing", last))
        )

    # -- a jump ----------------------------------------------------------------------

    def _jump(self, stretch: Stretch, place: int, count: int) -> bool:
        """Jump and simulate the units after it; return whether it was good enough."""
        picked = self._predictor(place, count)
        if not picked:
            return self._refused(count, 0.5)
        change = summed(picked, place, count)
        try:
            self._take_off(change, count * stretch.unit)
            units = [self._land(stretch) for _ in range(LANDING)]
        except Ended as ended:
            LOG.debug("a jump over %d units led to a cell that fails: %s", count, ended.failure)
            return self._refused(count, 0.25)
        except _Met:
            return self._shortened(count)
        new = Drift(place + count + 1, units[1][1] - units[0][1])
        corrected = summed([*picked, new], place, count)
        if len(picked) > 1:
            doubt = corrected - summed([*picked[:-1], new], place, count)
        else:
            doubt = (corrected - change) / 2
        rows = [rows for rows, _ in units]
        return self._settle(stretch, count, len(picked), new, (corrected - change, doubt), rows)

    def _predictor(self, place: int, count: int) -> list[Drift]:
        """Return the drifts to go by: fewer where more lead to what cannot be a cell."""
        drifts, life = self._memory.drifts, self._life
        picked = chosen(drifts, place, count, MOST_DRIFTS, NOISE_GROWTH)
        while picked:
            found = [drifts[k] for k in picked]
            if self._can_be(life.state, self._moved(summed(found, place, count))):
                return found
            picked = picked[:-1]
        return []

    def _take_off(self, change: Vector, cycles: int) -> None:
        """Put the cell where the predictor says."""
        life = self._life
        life.state = self._moved(change)
        progress = life.progress
        progress.throughput_Ah += float(change[-3])
        progress.charge_Ah += float(change[-2])
        progress.completed += cycles
        progress.sequence += cycles

    def _land(self, stretch: Stretch) -> tuple[list[dict[str, Any]], Vector]:
        """Run one unit after a jump; return its rows and the vector at its end."""
        rows = []
        for _ in range(stretch.unit):
            rows.append(self._life.age().row)
            if self._met_something():
                raise _Met
        self._memory.rows = [rows]
        return rows, self._vector()

    def _met_something(self) -> bool:
        life, protocol = self._life, self._study.protocol
        done = life.progress.completed
        reached = protocol.stop.cycles is not None and done >= protocol.stop.cycles
        if life.stop_reason() and not reached:
            return True
        return life.progress.checkup_due and not self._must_be_run(done)

    def _settle(
        self,
        stretch: Stretch,
        count: int,
        order: int,
        new: Drift,
        change: tuple[Vector, Vector],
        units: list[list[dict[str, Any]]],
    ) -> bool:
        """Judge a jump; correct the cell and write the rows if it is good, else go back."""
        life, memory = self._life, self._memory
        delta, doubt = change
        corrected = self._moved(delta)
        was, now = self._condition(self._moved(delta - doubt)), self._condition(corrected)
        verdict = self._verdict(stretch, count, was, now)
        self._log(count, order, verdict)
        size = control.next_size(count, verdict.error, order)
        if verdict.error > 1 or not self._can_be(life.state, corrected):
            return self._refused(count, min(size / count, 0.6))
        life.state = corrected
        life.progress.throughput_Ah += float(delta[-3])
        life.progress.charge_Ah += float(delta[-2])
        errors = life.progress.errors
        errors["capacity_error_percent"] += verdict.capacity_percent
        for mode in MODES:
            errors[mode.replace("percent", "error_percent")] += verdict.modes_percent[mode]
        memory = self._memory = self.kept.copy()
        self._write_rows(units, count, stretch.unit)
        memory.remember(new)
        memory.settled, memory.start, memory.rows, memory.running = LANDING, None, units, []
        memory.size, memory.patience = max(size, min(memory.size, 2 * count)), 1
        return True

    def _verdict(
        self,
        stretch: Stretch,
        count: int,
        was: dict[str, float],
        now: dict[str, float],
    ) -> control.Verdict:
        life = self._life
        nominal = self._nominal
        equilibrium = life.balance.capacity(balance_of(now)) - life.balance.capacity(
            balance_of(was)
        )
        before = self.kept.rows[-1][-1]
        return control.judged(
            100 * abs(equilibrium) / nominal,
            {mode: now[mode] - was[mode] for mode in MODES},
            {mode: now[mode] - before[mode] for mode in MODES},
            self._study.solver.capacity_tolerance_percent,
            count * stretch.unit / self._study.protocol.last_cycle,
        )

    def _log(self, count: int, order: int, verdict: control.Verdict) -> None:
        LOG.debug(
            "from cycle %d over %d units by %d drifts: %.3g of the error allowed, capacity %.1e %%",
            self._life.committed.completed,
            count,
            order,
            verdict.error,
            verdict.capacity_percent,
        )

    def _refused(self, count: int, factor: float) -> bool:
        """Go back, and let the next jump be shorter."""
        self._life.roll_back()
        memory = self._memory = self.kept.copy()
        memory.drifts = memory.drifts[-2:]  # what came before may have been another regime
        memory.size = count * factor
        if memory.size < control.LEAST:
            memory.size = float(control.LEAST)
            memory.wait, memory.patience = memory.patience, min(2 * memory.patience, 16)
        return False

    def _shortened(self, count: int) -> bool:
        """Go back from beyond an end, and jump to just before it."""
        progress, before = self._life.progress, self._life.committed
        ceiling, reached = progress.completed, progress.percent
        share = 0.5
        if reached < before.percent:
            protocol = self._study.protocol
            marks = [protocol.stop.capacity_below_percent or 0.0]
            marks += protocol.checkups.at_capacity_percent if protocol.checkups else ()
            met = [mark for mark in marks if before.percent > mark >= reached]
            share = (before.percent - max(met, default=reached)) / (before.percent - reached)
        self._refused(count, min(max(share - 3 / count, 0.0), 0.9))
        self._memory.ceiling = ceiling
        return False

    # -- helpers -----------------------------------------------------------------------

    @property
    def _nominal(self) -> float:
        return self._life.runner.nominal_capacity_Ah

    def _condition(self, state: State) -> dict[str, float]:
        return condition(self._engine, state, self._life.runner.reference)

    def _moved(self, change: Vector) -> State:
        """Return the cell's state after a change of its vector."""
        state = self._life.state
        return State(
            state.y + change[:-COUNTERS], state.layout, state.time_s + float(change[-COUNTERS])
        )

    def _can_be(self, before: State, after: State) -> bool:
        """Return whether a state can be a cell's: what cannot be negative is not far down."""
        mask = positive(self._engine.slices(before), before.y.size)
        least = np.where(before.y[mask] > 0, SMALLEST_SHARE * before.y[mask], before.y[mask])
        return bool(np.all(np.isfinite(after.y)) and np.all(after.y[mask] >= least))

    def _write_rows(self, units: list[list[dict[str, Any]]], count: int, unit: int) -> None:
        """Put the rows of jumped cycles before those of the units after the jump."""
        life, begun = self._life, self._life.committed
        landed = self._tables.take_after("cycles", begun.sequence).assign(**life.progress.errors)
        after = [landed.iloc[k * unit : (k + 1) * unit] for k in range(LANDING)]
        rows = filled_rows(self.kept.rows, after, count)
        numbers = np.arange(1, count * unit + 1)
        rows = rows.assign(sequence=begun.sequence + numbers, cycle=begun.completed + numbers)
        self._tables.add("cycles", pd.concat([rows, landed], ignore_index=True))
