"""Blocks of cycles with nested repeats, storage between them, and the cycles they plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    field_validator,
    model_serializer,
    model_validator,
)

from twin.protocol import wording
from twin.protocol.fields import Positive, Repeat, Temperature, Voltage, check_measure
from twin.protocol.step import Step, first_step_problem
from twin.units import SECONDS_PER_DAY, parse_quantity

WrittenStep = Annotated[Step, BeforeValidator(check_measure)]
CycleKind = Literal["ageing", "storage"]
DEFAULT_APPROACH = "C/3"
STORAGE_CUT_OFF = "C/50"


class Storage(BaseModel):
    """Calendar storage, at the voltage it is reached with or at one brought to first.

    Parameters
    ----------
    days : how long the cell rests [d]
    temperature_degC : temperature of the whole block; the protocol's if ``None``
    voltage_V : voltage to charge or discharge to, and to hold until C/50, before the rest
    approach : C-rate or current at which that voltage is reached; C/3 if ``None``
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    days: Positive
    temperature_degC: Temperature | None = None
    voltage_V: Voltage | None = None
    approach: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Storage:
        if self.approach is None:
            return self
        if self.voltage_V is None:
            raise ValueError("'approach' without 'voltage_V' approaches nothing; add 'voltage_V'")
        quantity = parse_quantity(self.approach, "c_rate", "current")
        if quantity.value <= 0:
            raise ValueError(f"approach: '{self.approach}' must be positive, e.g. C/3")
        return self

    @model_serializer(mode="plain")
    def _dump(self) -> dict[str, Any]:
        return _present(self)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps that the storage stands for."""
        rest = {"mode": "rest", "duration_s": self.days * SECONDS_PER_DAY}
        return tuple(
            Step.model_validate({**fields, "temperature_degC": self.temperature_degC})
            for fields in (*self._approach(), rest)
        )

    def _approach(self) -> list[dict[str, Any]]:
        if self.voltage_V is None:
            return []
        rate = parse_quantity(self.approach or DEFAULT_APPROACH)
        at = wording.amount(rate.kind, rate.value)
        to = wording.amount("voltage", self.voltage_V)
        return [
            {"step": f"Charge at {at} until {to}"},
            {"step": f"Discharge at {at} until {to}"},
            {"step": f"Hold at {to} until {STORAGE_CUT_OFF}"},
        ]

    @property
    def text(self) -> str:
        """The storage in words."""
        words = f"storage for {wording.duration(self.days * SECONDS_PER_DAY)}"
        if self.temperature_degC is not None:
            words += f" at {wording.number(self.temperature_degC)} °C"
        if self.voltage_V is not None:
            volts = wording.amount("voltage", self.voltage_V)
            words += f", at {volts} reached at {self.approach or DEFAULT_APPROACH}"
        return words


class Block(BaseModel):
    """A cycle, blocks or storage, repeated; exactly one of the three.

    Parameters
    ----------
    repeat : how many times
    cycle : steps of one ageing cycle
    blocks : blocks to go through in order
    storage : calendar storage, which counts as one cycle
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    repeat: Repeat = 1
    cycle: tuple[WrittenStep, ...] | None = None
    blocks: tuple[Block, ...] | None = None
    storage: Storage | None = None

    @field_validator("cycle", "blocks", mode="before")
    @classmethod
    def _list(cls, given: Any) -> Any:
        return as_list(given)

    @model_validator(mode="after")
    def _check(self) -> Block:
        given = [key for key in ("cycle", "blocks", "storage") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(
                "a block has exactly one of cycle, blocks and storage, but "
                f"{' and '.join(given) or 'none'} is given; write e.g. "
                "{repeat: 100, cycle: [...]}"
            )
        if self.cycle == () or self.blocks == ():
            raise ValueError(f"'{given[0]}' is empty; put at least one item in it")
        problem = first_step_problem(self.cycle or ())
        if problem:
            raise ValueError(problem)
        return self

    @model_serializer(mode="plain")
    def _dump(self) -> dict[str, Any]:
        return _present(self)

    @property
    def n_cycles(self) -> int:
        """Number of cycles, storage included."""
        inside = sum(block.n_cycles for block in self.blocks) if self.blocks else 1
        return self.repeat * inside


@dataclass(frozen=True, slots=True)
class PlannedCycle:
    """One cycle of the plan.

    Parameters
    ----------
    number : place in the plan, from 1
    steps : its steps; the same object for every repeat
    block : path of its block, such as ``"1"`` or ``"2.1"``
    kind : ``"ageing"`` or ``"storage"``
    """

    number: int
    steps: tuple[Step, ...]
    block: str
    kind: CycleKind


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive identical cycles of one block.

    Parameters
    ----------
    block : path of the block
    first, last : numbers of the first and last of them
    """

    block: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Node:
    repeat: int
    path: str
    kind: CycleKind
    steps: tuple[Step, ...]
    children: tuple[_Node, ...]

    @property
    def unit(self) -> int:
        """Number of cycles in one turn."""
        return sum(child.repeat * child.unit for child in self.children) if self.children else 1


def planned_cycles(blocks: Sequence[Block]) -> Iterator[PlannedCycle]:
    """Yield the cycles of the blocks in order, without holding more than the blocks."""
    for number, node in enumerate(_walk(_nodes(blocks, "")), start=1):
        yield PlannedCycle(number, node.steps, node.path, node.kind)


class Plan:
    """The cycles of blocks by their numbers.

    Parameters
    ----------
    blocks : of a protocol
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._nodes = _nodes(blocks, "")

    def cycle(self, number: int) -> PlannedCycle:
        """Return the cycle with a number, counted from 1; repeats hold the same ``steps``.

        Raises
        ------
        IndexError
            beyond the last cycle.

        Examples
        --------
        >>> blocks = [Block(repeat=3, blocks=[{"repeat": 2, "cycle": ["Charge at 1C until 4.2 V"]},
        ...                                   {"storage": {"days": 2}}])]
        >>> Plan(blocks).cycle(6).kind, Plan(blocks).cycle(7).block
        ('storage', '1.1')
        """
        node, before = self._find(self._nodes, number - 1)
        while node.children:
            node, before = self._find(node.children, before % node.unit)
        return PlannedCycle(number, node.steps, node.path, node.kind)

    @staticmethod
    def _find(nodes: Sequence[_Node], before: int) -> tuple[_Node, int]:
        """Return the node that holds a cycle, and how many cycles of it come before."""
        for node in nodes:
            cycles = node.repeat * node.unit
            if 0 <= before < cycles:
                return node, before
            before -= cycles
        raise IndexError("no such cycle")


def runs_of(cycles: Iterator[PlannedCycle]) -> Iterator[Run]:
    """Yield the longest stretches of consecutive cycles of one block, which are identical."""
    start = previous = next(cycles, None)
    for cycle in cycles:
        if start and previous and cycle.block != start.block:
            yield Run(start.block, start.number, previous.number)
            start = cycle
        previous = cycle
    if start and previous:
        yield Run(start.block, start.number, previous.number)


def steps_of(blocks: Sequence[Block]) -> Iterator[Step]:
    """Yield the steps of each block once, in order."""
    for block in blocks:
        if block.blocks:
            yield from steps_of(block.blocks)
        else:
            yield from _leaf_steps(block)


def as_list(given: Any) -> Any:
    """Return what was given if it is a list; refuse a single item in its place.

    Raises
    ------
    ValueError
        If it is a string or a mapping.
    """
    if isinstance(given, str | dict):
        raise ValueError(f"{given!r} is not a list; put it in one, with '- ' before it")
    return given


def _present(model: BaseModel) -> dict[str, Any]:
    """Return the fields of a model that have a value."""
    return {name: value for name, value in model if value is not None}


def _leaf_steps(block: Block) -> tuple[Step, ...]:
    return block.storage.steps() if block.storage else block.cycle or ()


def _nodes(blocks: Sequence[Block], parent: str) -> tuple[_Node, ...]:
    """Return the blocks with their paths and steps, each made once."""
    nodes = []
    for place, block in enumerate(blocks, start=1):
        path = f"{parent}{place}"
        kind: CycleKind = "storage" if block.storage else "ageing"
        steps = () if block.blocks else _leaf_steps(block)
        children = _nodes(block.blocks or (), f"{path}.")
        nodes.append(_Node(block.repeat, path, kind, steps, children))
    return tuple(nodes)


def _walk(nodes: Sequence[_Node]) -> Iterator[_Node]:
    for node in nodes:
        for _ in range(node.repeat):
            if node.children:
                yield from _walk(node.children)
            else:
                yield node
