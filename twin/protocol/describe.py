"""A protocol in lines that a report can show."""

from __future__ import annotations

from collections.abc import Sequence

from twin.protocol import wording
from twin.protocol.checkups import Checkups, Stop
from twin.protocol.schedule import Block
from twin.protocol.step import Step
from twin.units import SECONDS_PER_DAY


def step_line(step: Step) -> str:
    """Return a step in words, with its temperature if it has its own."""
    if step.temperature_degC is None:
        return step.text
    return f"{step.text} at {wording.number(step.temperature_degC)} °C"


def block_lines(blocks: Sequence[Block], indent: str = "") -> list[str]:
    """Return a line for each block, those inside another one indented."""
    lines = []
    for block in blocks:
        times = f"{indent}{block.repeat} x "
        if block.blocks:
            lines.append(f"{times}the following:")
            lines.extend(block_lines(block.blocks, indent + "  "))
        elif block.storage:
            lines.append(times + block.storage.text)
        else:
            lines.append(f"{times}[{'; '.join(map(step_line, block.cycle or ()))}]")
    return lines


def checkups_line(checkups: Checkups) -> str:
    """Return when the check-ups happen and what they do."""
    when = ["at the start"] if checkups.at_start else []
    if checkups.every_cycles == 1:
        when.append("after every cycle")
    elif checkups.every_cycles:
        when.append(f"every {checkups.every_cycles} cycles")
    if checkups.at_cycles:
        when.append(f"after {_listed('cycle', checkups.at_cycles)}")
    if checkups.at_capacity_percent:
        marks = _joined([wording.number(mark) for mark in checkups.at_capacity_percent])
        when.append(f"at {marks} % capacity")
    if checkups.at_end:
        when.append("at the end")
    copy = " (on a copy of the cell, which does not age it)" if checkups.frozen else ""
    steps = "; ".join(
        f"{step_line(step)} [{', '.join(step.measure)}]" if step.measure else step_line(step)
        for step in checkups.steps
    )
    return f"Check-up {_joined(when)}{copy}: {steps}"


def stop_line(stop: Stop) -> str | None:
    """Return when the run stops early, or nothing if it does not."""
    number = wording.number
    conditions = []
    if stop.capacity_below_percent is not None:
        conditions.append(f"below {number(stop.capacity_below_percent)} % capacity")
    if stop.cycles is not None:
        conditions.append(f"after {stop.cycles} {'cycle' if stop.cycles == 1 else 'cycles'}")
    if stop.time_d is not None:
        conditions.append(f"after {wording.duration(stop.time_d * SECONDS_PER_DAY)}")
    if stop.minimum_voltage_V is not None:
        conditions.append(f"below {number(stop.minimum_voltage_V)} V")
    if stop.maximum_voltage_V is not None:
        conditions.append(f"above {number(stop.maximum_voltage_V)} V")
    return f"Stops {_joined(conditions, 'or')}" if conditions else None


def _listed(word: str, items: Sequence[int]) -> str:
    return f"{word if len(items) == 1 else word + 's'} {_joined([str(item) for item in items])}"


def _joined(items: Sequence[str], last: str = "and") -> str:
    """Return items as a list in words.

    >>> _joined(["a", "b", "c"])
    'a, b and c'
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"
