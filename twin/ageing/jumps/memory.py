"""What is remembered from unit to unit for jumps, and written with the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from twin.ageing.jumps.drift import Drift, Vector

FIRST_SIZE = 4.0
KEPT_DRIFTS = 6
PLAIN = ("stretch", "settled", "size", "wait", "patience", "ceiling", "rows", "running")


@dataclass
class JumpMemory:
    """The memory of the stretch that the cell is in.

    Parameters
    ----------
    stretch : number of its first cycle
    settled : units simulated one after the other since the cell was last disturbed
    size : units that the next jump may go over
    wait : units to simulate before the next jump is tried
    patience : units to wait after the next jump that cannot be shortened any more
    ceiling : a cycle at which an end was met, so that no jump goes as far; 0 if none
    drifts : the latest, by place
    start : the cell and its counters at the start of the running unit
    rows : rows of the cycles table of the latest two units
    running : rows of the unit that is running
    """

    stretch: int = 0
    settled: int = 0
    size: float = FIRST_SIZE
    wait: int = 0
    patience: int = 1
    ceiling: int = 0
    drifts: list[Drift] = field(default_factory=list)
    start: Vector | None = None
    rows: list[list[dict[str, Any]]] = field(default_factory=list)
    running: list[dict[str, Any]] = field(default_factory=list)

    def copy(self) -> JumpMemory:
        """Return one that does not change with this one."""
        return replace(
            self, drifts=list(self.drifts), rows=list(self.rows), running=list(self.running)
        )

    def remember(self, drift: Drift) -> None:
        """Add a drift and forget the oldest."""
        self.drifts = [*self.drifts, drift][-KEPT_DRIFTS:]

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        places = [drift.place for drift in self.drifts]
        return {name: getattr(self, name) for name in PLAIN} | {"places": places}

    def arrays(self) -> dict[str, Vector]:
        """Return the vectors."""
        found = {} if self.start is None else {"jump_start": self.start}
        if self.drifts:
            found["jump_drifts"] = np.array([drift.change for drift in self.drifts])
        return found

    @classmethod
    def read(cls, plain: Mapping[str, Any], arrays: Mapping[str, Vector]) -> JumpMemory:
        """Return the memory that was written as plain data and arrays."""
        given = dict(plain)
        changes = arrays["jump_drifts"] if given["places"] else ()
        drifts = [Drift(p, c) for p, c in zip(given.pop("places"), changes, strict=True)]
        start = arrays.get("jump_start")
        return cls(drifts=drifts, start=start, **given)
