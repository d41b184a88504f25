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
from twin.ageing.jumps.bounds import EXTREMES, keeps_amounts, keeps_inside, positive
from twin.ageing.jumps.drift import Drift, Vector, chosen, corrected, summed
from twin.ageing.jumps.landing import MODES, Landing, Seen, corrected_rows, other_errors, overshoot
from twin.ageing.jumps.memory import JumpMemory
from twin.ageing.jumps.rows import Anchor, filled_rows, lost, records, settled_row
from twin.ageing.state import State
from twin.ageing.tables import ResultTables
from twin.diagnosis import ElectrodeBalance
from twin.protocol.stretches import Stretch
from twin.study import Study

LOG = logging.getLogger(__name__)
LANDING = 2  # units simulated after a jump: one in which fast states settle, one that is measured
MOST_DRIFTS = 3
NOISE_GROWTH = 8.0
FRESH = 8.0  # units: drifts that are older than this, and than a tenth of a jump, are not enough
MOST_EXTRA = 50.0
COUNTERS = 3  # behind the state in a vector: time, throughput, charge


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
        """Note that something other than the cycles of a stretch has happened to the cell.

        It has aged the cell as some units of the stretch do; so many later are drifts from now on.
        """
        memory = self._memory
        if memory.anchors and memory.latest:
            last = memory.anchors[-1]
            usual = lost(last.rows[-1]) - lost(last.previous[-1])
            found = lost(self._seen(self._life.state)) - lost(memory.latest[-1])
            if usual > 0:
                memory.extra += min(max(found / usual, 0.0), MOST_EXTRA)
        self._memory.settled, self._memory.start, self._memory.corrected = 0, None, False

    def advance(self) -> None:
        """Run the next cycle, or jump.

        Raises
        ------
        Ended
            where a cycle cannot be finished.
        """
        stretch = self._stretch()
        if stretch is None:
            self._memory = JumpMemory()
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
        row = self._life.age().row
        if self._memory.corrected:
            row = self._settled(row)
        self._memory.running = [*self._memory.running, row]
        if inside == stretch.unit - 1:
            self._end_unit(place)

    def _settled(self, row: dict[str, Any]) -> dict[str, Any]:
        """Put the row of the first cycle after a correction on the line of the cycles before."""
        life, anchors = self._life, self._memory.anchors
        life_row = self._tables.take_after("cycles", life.committed.sequence)
        found = settled_row(row, anchors)
        self._tables.add("cycles", life_row.assign(**found))
        before = anchors[-1].rows[0]["discharge_capacity_Ah"]
        if before:
            share = found["discharge_capacity_Ah"] / before
            life.progress.percent = life.committed.percent * min(share, 1.0)
        self._memory.corrected = False
        return found

    # -- where the cell stands -----------------------------------------------------

    def _stretch(self) -> Stretch | None:
        number = self._life.progress.completed + 1
        index = bisect_right(self._firsts, number) - 1
        if index < 0 or number > self._stretches[index].last:
            return None
        return self._stretches[index]

    def _place(self, stretch: Stretch) -> tuple[float, int]:
        """Return the age of the stretch in units, and how many cycles of a unit are done."""
        done = self._life.progress.completed + 1 - stretch.first
        return done // stretch.unit + self._memory.extra, done % stretch.unit

    def _vector(self) -> Vector:
        """Return the state, and behind it the counters of the loop."""
        state, progress = self._life.state, self._life.progress
        counters = (state.time_s, progress.throughput_Ah, progress.charge_Ah)
        return np.concatenate([state.y, counters])

    def _end_unit(self, place: float) -> None:
        memory = self._memory
        previous, memory.latest = memory.latest, memory.running
        if memory.start is None:
            return
        end = self._vector()
        memory.settled += 1
        if memory.settled >= 2 and end.size == memory.start.size:
            memory.remember(Drift(place, end - memory.start))
            memory.anchor(Anchor(place, memory.running, previous))
        memory.wait = max(memory.wait - 1, 0)
        memory.running = []

    # -- how far -------------------------------------------------------------------

    def _count(self, stretch: Stretch, place: float) -> int:
        """Return over how many units to jump from here, 0 for none."""
        memory = self._memory
        if memory.wait or not self._knows_enough(place):
            return 0
        room = self._room(stretch) - LANDING
        if room < control.LEAST or memory.size < control.LEAST:
            return 0
        count = control.even_share(room, memory.size, LANDING)
        return count if count >= control.LEAST else 0

    def _knows_enough(self, place: float) -> bool:
        memory = self._memory
        if len(memory.drifts) < 2:
            return False
        fresh = place - memory.drifts[-1].place
        return memory.settled >= 1 and fresh <= max(FRESH, 0.1 * memory.size)

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

    def _jump(self, stretch: Stretch, place: float, count: int) -> bool:
        """Jump and simulate the units after it; return whether it was good enough."""
        picked = self._predictor(place, count)
        if not picked:
            return self._refused(count, 0.5)
        change = summed(picked, place, count)
        try:
            self._take_off(change, count * stretch.unit)
            ends = [self._vector(), *(self._land(stretch) for _ in range(LANDING))]
        except Ended as ended:
            LOG.debug("a jump over %d units led to a cell that fails: %s", count, ended.failure)
            return self._refused(count, 0.25)
        except _Met:
            return self._shortened(count)
        new = Drift(place + count + 1, ends[2] - ends[1])
        correction = corrected(picked, new, change, place, count)
        unlike = ends[1] - ends[0] - new.change
        return self._settle(stretch, Landing(place, count, len(picked), new, correction, unlike))

    def _predictor(self, place: float, count: int) -> list[Drift]:
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
        progress.throughput_Ah += float(change[-2])
        progress.charge_Ah += float(change[-1])
        progress.completed += cycles
        progress.sequence += cycles

    def _land(self, stretch: Stretch) -> Vector:
        """Run one unit after a jump; return the vector at its end."""
        for _ in range(stretch.unit):
            self._life.age()
            if self._met_something():
                raise _Met
        return self._vector()

    def _met_something(self) -> bool:
        life, protocol = self._life, self._study.protocol
        done = life.progress.completed
        reached = protocol.stop.cycles is not None and done >= protocol.stop.cycles
        if life.stop_reason() and not reached:
            return True
        return life.progress.checkup_due and not self._must_be_run(done)

    def _settle(self, stretch: Stretch, landing: Landing) -> bool:
        """Judge a jump; correct the cell and write the rows if it is good, else go back."""
        life, delta = self._life, landing.correction.delta
        good = self._moved(delta)
        less_good = self._moved(delta - landing.correction.doubt)
        settling = self._moved(landing.unlike)
        states = (life.state, less_good, good, settling)
        seen = Seen(*(self._seen(state) for state in states))
        verdict = self._verdict(stretch, landing, seen)
        self._log(landing, verdict)
        size = control.next_size(landing.count, verdict.error, landing.order)
        if verdict.error > 1 or not self._can_be(life.state, good):
            return self._refused(landing.count, min(size / landing.count, 0.6))
        share = overshoot(self.kept.latest[-1], seen)
        percent = life.progress.percent
        percent += share * (percent - life.committed.percent)
        if self._passed(percent):
            return self._shortened(landing.count)
        life.state, life.progress.percent = good, percent
        life.progress.throughput_Ah += float(delta[-2])
        life.progress.charge_Ah += float(delta[-1])
        for name, error in verdict.errors.items():
            life.progress.errors[name] += error
        self._memory = self.kept.copy()
        anchor = self._write_rows(landing, stretch.unit, seen, share)
        self._memory.landed(landing.new, anchor, size, landing.count)
        return True

    def _passed(self, percent: float) -> bool:
        """Return whether capacity fell through a mark that the jump should have stopped at."""
        before = self._life.committed.percent
        return any(before > mark >= percent for mark in self._marks())

    def _marks(self) -> list[float]:
        """Return the capacities at which something happens [%]."""
        protocol = self._study.protocol
        marks = [protocol.stop.capacity_below_percent or 0.0]
        return marks + list(protocol.checkups.at_capacity_percent if protocol.checkups else ())

    def _verdict(self, stretch: Stretch, landing: Landing, seen: Seen) -> control.Verdict:
        nominal, before = self._life.runner.nominal_capacity_Ah, self.kept.latest[-1]
        capacity = [100 * self._life.balance.capacity(balance_of(row)) / nominal for row in seen]
        return control.judged(
            control.Estimates(
                abs(capacity[2] - capacity[1]),
                max(abs(capacity[2] - capacity[0]), abs(capacity[3] - capacity[0])),
                {mode: abs(seen.good[mode] - seen.less_good[mode]) for mode in MODES},
                {mode: seen.good[mode] - before[mode] for mode in MODES},
                other_errors(seen),
            ),
            self._study.solver.capacity_tolerance_percent,
            landing.count * stretch.unit / self._study.protocol.last_cycle,
        )

    def _log(self, landing: Landing, verdict: control.Verdict) -> None:
        LOG.debug(
            "from cycle %d over %d units by %d drifts: %.3g of the error allowed, capacity %.1e %%",
            self._life.committed.completed,
            landing.count,
            landing.order,
            verdict.error,
            verdict.errors["capacity_error_percent"],
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
            met = [mark for mark in self._marks() if before.percent > mark >= reached]
            share = (before.percent - max(met, default=reached)) / (before.percent - reached)
        self._refused(count, min(max(share - 3 / count, 0.0), 0.9))
        self._memory.ceiling = ceiling
        return False

    # -- helpers -----------------------------------------------------------------------

    def _seen(self, state: State) -> dict[str, float]:
        return condition(self._engine, state, self._life.runner.reference)

    def _moved(self, change: Vector) -> State:
        """Return the cell's state after a change of its vector."""
        state = self._life.state
        return State(
            state.y + change[:-COUNTERS], state.layout, state.time_s + float(change[-COUNTERS])
        )

    def _can_be(self, before: State, after: State) -> bool:
        """Return whether a state can be a cell's that was in another before."""
        mask = positive(self._engine.slices(before), before.y.size)
        if not keeps_amounts(before.y, after.y, mask):
            return False
        return keeps_inside(*(self._engine.observe(state, EXTREMES) for state in (before, after)))

    def _write_rows(self, landing: Landing, unit: int, seen: Seen, share: float) -> Anchor:
        """Write the rows of jumped cycles and of those after; return the measured unit."""
        life, begun, anchors = self._life, self._life.committed, self.kept.anchors
        landed = records(self._tables.take_after("cycles", begun.sequence))
        landed = corrected_rows(landed, anchors[-1].rows, seen, share)
        rows = [{**row, **life.progress.errors} for row in landed]
        after = Anchor(landing.new.place, rows[-unit:], rows[:unit])
        rows[0] = settled_row(rows[0], [*anchors, after])
        filled = filled_rows(anchors, self.kept.latest, after, (landing.place, landing.count))
        numbers = np.arange(1, len(filled) + 1)
        filled = filled.assign(sequence=begun.sequence + numbers, cycle=begun.completed + numbers)
        self._tables.add("cycles", pd.concat([filled, pd.DataFrame(rows)], ignore_index=True))
        return after
