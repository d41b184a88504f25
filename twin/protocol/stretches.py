"""Where a protocol repeats itself: stretches of identical units of one or more cycles.

A unit is what is repeated: a cycle, a storage, or all that a block of blocks holds. Within a
stretch the map from the cell at the start of a unit to the cell at its end is one and the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from twin.protocol.schedule import Block

WORTH_INSIDE = 12
WORTH = 6


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive identical units.

    Parameters
    ----------
    first, last : numbers of the first and last of its cycles
    unit : cycles in a unit
    """

    first: int
    last: int
    unit: int

    @property
    def units(self) -> int:
        """Number of units."""
        return (self.last - self.first + 1) // self.unit


def stretches(blocks: Sequence[Block]) -> Iterator[Stretch]:
    """Yield the stretches of a protocol in order; cycles between them are repeated too rarely.

    Of blocks within blocks the inner ones come first, where they are repeated at least
    `WORTH_INSIDE` times; otherwise the outer block is the unit.

    Examples
    --------
    >>> week = Block(repeat=52, blocks=[{"repeat": 5, "cycle": ["Discharge at 1C until 2.5 V"]},
    ...                                 {"storage": {"days": 2}}])
    >>> list(stretches([week]))
    [Stretch(first=1, last=312, unit=6)]
    """
    yield from _stretches(blocks, 1)


def _stretches(blocks: Sequence[Block], first: int) -> Iterator[Stretch]:
    for block in blocks:
        yield from _of_block(block, first)
        first += block.n_cycles


def _of_block(block: Block, first: int) -> Iterator[Stretch]:
    unit = block.n_cycles // block.repeat
    if block.blocks is None or (block.repeat >= WORTH and not _has_long(block.blocks)):
        if block.repeat >= WORTH:
            yield Stretch(first, first + block.n_cycles - 1, unit)
        return
    for turn in range(block.repeat):
        yield from _stretches(block.blocks, first + turn * unit)


def _has_long(blocks: Sequence[Block]) -> bool:
    """Return whether any block inside is repeated often enough to be a stretch by itself."""
    return any(
        block.repeat >= WORTH_INSIDE or (block.blocks is not None and _has_long(block.blocks))
        for block in blocks
    )
