"""When the cell is measured, and when the run stops."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StrictBool,
    field_validator,
    model_serializer,
    model_validator,
)

from twin.protocol.fields import Count, Number, Positive, Voltage
from twin.protocol.schedule import WrittenStep, as_list
from twin.protocol.step import CONSTANT_CURRENT, Step, first_step_problem

LOWEST_PERCENT = 1.0


def _share(value: float) -> float:
    if not LOWEST_PERCENT <= value < 100:
        meant = f"did you mean {100 * value:g}?" if 0.01 <= value < LOWEST_PERCENT else "e.g. 80"
        raise ValueError(
            f"{value:g} % must be at least {LOWEST_PERCENT:g} % and below 100 %; {meant}"
        )
    return value


Percent = Annotated[Number, AfterValidator(_share)]


class Checkups(BaseModel):
    """Reference cycles that measure capacity and resistance.

    Parameters
    ----------
    at_start : before the first ageing cycle
    every_cycles : after every so many ageing cycles
    at_cycles : after these ageing cycles
    at_capacity_percent : after the cycle whose capacity, in percent of the largest so far,
        fell through one of these values
    at_end : after the last ageing cycle
    frozen : whether a check-up runs on a copy of the cell, so that measuring does not age it
    steps : its steps; those with ``measure`` give capacity and resistance. If none has it, and
        one step alone is a constant-current discharge that ends at a voltage, that one measures
        the capacity
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    at_start: StrictBool = True
    every_cycles: Count | None = None
    at_cycles: tuple[Count, ...] = ()
    at_capacity_percent: tuple[Percent, ...] = ()
    at_end: StrictBool = False
    frozen: StrictBool = False
    steps: tuple[WrittenStep, ...]

    @field_validator("steps", mode="before")
    @classmethod
    def _list(cls, given: Any) -> Any:
        return as_list(given)

    @field_validator("steps")
    @classmethod
    def _measure(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        steps = with_capacity_step(steps)
        problem = first_step_problem(steps)
        if problem:
            raise ValueError(problem)
        return steps

    @model_validator(mode="after")
    def _check(self) -> Checkups:
        if not (self.at_start or self.at_end or self._on_the_way):
            raise ValueError(
                "the check-ups would never happen; give at_start: true, every_cycles, at_cycles, "
                "at_capacity_percent or at_end: true, or leave the check-ups out"
            )
        return self

    @property
    def _on_the_way(self) -> bool:
        return bool(self.every_cycles or self.at_cycles or self.at_capacity_percent)

    def due_after(
        self, cycle: int, previous_percent: float, percent: float, last: StrictBool
    ) -> bool:
        """Return whether a check-up follows an ageing cycle.

        Parameters
        ----------
        cycle : its number, from 1
        previous_percent, percent : discharge capacity of the cycle before and of this one, in
            percent of the largest so far; NaN where there is none
        last : whether it is the last cycle
        """
        if (self.at_end and last) or cycle in self.at_cycles:
            return True
        if self.every_cycles is not None and cycle % self.every_cycles == 0:
            return True
        return any(previous_percent > mark >= percent for mark in self.at_capacity_percent)


class Stop(BaseModel):
    """When the run stops early; the first condition that holds.

    Parameters
    ----------
    capacity_below_percent : capacity of an ageing cycle in percent of the largest so far, or of a
        check-up in percent of the first one, whichever falls below it first
    cycles : ageing cycles done
    time_d : time since the start [d]
    minimum_voltage_V, maximum_voltage_V : voltage of the cell [V]
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    capacity_below_percent: Percent | None = None
    cycles: Count | None = None
    time_d: Positive | None = None
    minimum_voltage_V: Voltage | None = None
    maximum_voltage_V: Voltage | None = None

    @model_validator(mode="after")
    def _check(self) -> Stop:
        low, high = self.minimum_voltage_V, self.maximum_voltage_V
        if low is not None and high is not None and low >= high:
            raise ValueError(
                f"minimum_voltage_V: {low:g} is not below maximum_voltage_V: {high:g}; "
                "the run would stop at once"
            )
        return self

    @model_serializer(mode="plain")
    def _dump(self) -> dict[str, Any]:
        return {name: value for name, value in self if value is not None}


def with_capacity_step(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps of a check-up with the one marked that measures the capacity.

    Raises
    ------
    ValueError
        If none is marked and it is open which one it is.
    """
    if any("capacity" in step.measure for step in steps):
        return steps
    places = [
        place
        for place, step in enumerate(steps)
        if step.mode in CONSTANT_CURRENT
        and step.is_discharge
        and any(limit.quantity == "voltage" for limit in step.until)
    ]
    if len(places) != 1:
        found = "none ends" if not places else f"{len(places)} end"
        raise ValueError(
            "no step of the check-up measures the capacity, and of its constant-current "
            f"discharges {found} at a voltage; mark one, e.g. "
            "{step: Discharge at C/10 until 2.5 V, measure: capacity}"
        )
    marked = steps[places[0]]
    measuring = marked.measuring("capacity", *marked.measure)
    return (*steps[: places[0]], measuring, *steps[places[0] + 1 :])
