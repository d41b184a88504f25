"""The whole protocol: blocks of cycles, check-ups, stop conditions, temperature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator, model_serializer, model_validator

from twin.protocol import describe
from twin.protocol.checkups import Checkups, Stop
from twin.protocol.fields import Positive, Temperature
from twin.protocol.schedule import (
    Block,
    Plan,
    PlannedCycle,
    Run,
    as_list,
    planned_cycles,
    runs_of,
    steps_of,
)
from twin.protocol.step import Step
from twin.protocol.stretches import Stretch, stretches
from twin.protocol.wording import duration, number


class Protocol(BaseModel):
    """What the cell lives through.

    Parameters
    ----------
    temperature_degC : temperature where a step has none of its own; the parameter set's if
        ``None``
    period_s : interval between outputs where a step has none of its own [s]
    blocks : what ages the cell, in order
    checkups : what measures it
    stop : when to stop early
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    temperature_degC: Temperature | None = None
    period_s: Positive | None = None
    blocks: tuple[Block, ...]
    checkups: Checkups | None = None
    stop: Stop = Stop()

    @field_validator("blocks", mode="before")
    @classmethod
    def _list(cls, given: Any) -> Any:
        return as_list(given)

    @field_validator("blocks")
    @classmethod
    def _some(cls, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        if not blocks:
            raise ValueError("there is no ageing cycle; give a block, e.g. {cycle: [...]}")
        return blocks

    @field_validator("stop", mode="before")
    @classmethod
    def _no_stop(cls, given: Any) -> Any:
        return {} if given is None else given

    @model_validator(mode="after")
    def _check(self) -> Protocol:
        if self.checkups is not None:
            _check_reached(self.checkups, self.last_cycle)
        return self

    @model_serializer(mode="plain")
    def _dump(self) -> dict[str, Any]:
        fields = {name: value for name, value in self if value is not None}
        if self.stop == Stop():
            del fields["stop"]
        return fields

    @property
    def n_cycles(self) -> int:
        """Number of cycles in the blocks, storage included, check-ups not."""
        return sum(block.n_cycles for block in self.blocks)

    @property
    def last_cycle(self) -> int:
        """Number of the last cycle that can run: ``stop.cycles`` may come before the plan's."""
        return min(self.n_cycles, self.stop.cycles or self.n_cycles)

    def cycles(self) -> Iterator[PlannedCycle]:
        """Yield the cycles in order; repeats hold the same ``steps`` object."""
        return planned_cycles(self.blocks)

    def plan(self) -> Plan:
        """Return the cycles by their numbers."""
        return Plan(self.blocks)

    def stretches(self) -> tuple[Stretch, ...]:
        """Return the parts that repeat one unit of cycles often, in order."""
        return tuple(stretches(self.blocks))

    def runs(self) -> tuple[Run, ...]:
        """Return the longest stretches of identical consecutive cycles of one block."""
        return tuple(runs_of(self.cycles()))

    def unique_steps(self) -> tuple[Step, ...]:
        """Return each different step once, in order, those of check-ups last."""
        measured = self.checkups.steps if self.checkups else ()
        return tuple(dict.fromkeys((*steps_of(self.blocks), *measured)))

    def describe(self) -> list[str]:
        """Return the protocol in lines for a report."""
        lines = describe.block_lines(self.blocks)
        if self.checkups is not None:
            lines.append(describe.checkups_line(self.checkups))
        stop = describe.stop_line(self.stop)
        if stop is not None:
            lines.append(stop)
        if self.temperature_degC is not None:
            lines.append(f"Temperature {number(self.temperature_degC)} °C")
        if self.period_s is not None:
            lines.append(f"Output every {duration(self.period_s)}")
        return lines

    def to_pybamm(self) -> Any:
        """Return the protocol as a :class:`pybamm.Experiment`.

        Check-ups become cycles at their places; what a step measures is not part of it.

        Raises
        ------
        ProtocolError
            If PyBaMM has no way to say it (frozen check-ups, check-ups at a capacity, a maximum
            voltage, a profile that cannot be read).
        """
        from twin.protocol.pybamm_bridge import to_experiment

        return to_experiment(self)

    @classmethod
    def from_pybamm(cls, experiment: Any) -> Protocol:
        """Return the protocol of a :class:`pybamm.Experiment`.

        Raises
        ------
        ProtocolError
            If it holds something that would not be honoured, such as tags or start times.
        """
        from twin.protocol.pybamm_bridge import from_experiment

        return from_experiment(experiment)


def _check_reached(checkups: Checkups, last: int) -> None:
    """Refuse check-ups after cycles that are not planned."""
    planned = f"{last} {'cycle is' if last == 1 else 'cycles are'} planned"
    if checkups.every_cycles is not None and checkups.every_cycles > last:
        raise ValueError(
            f"checkups: every_cycles: {checkups.every_cycles} would never happen, because only "
            f"{planned}; give at most {last}, or leave it out (at_end: true measures at the end)"
        )
    late = [cycle for cycle in checkups.at_cycles if cycle > last]
    if late:
        raise ValueError(
            f"checkups: at_cycles: {late[0]} would never happen, because only {planned}; give "
            f"cycles from 1 to {last}"
        )
