"""What is remembered from unit to unit for jumps, and written with the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from twin.ageing.jumps.drift import Drift, Vector
from twin.ageing.jumps.rows import Anchor

FIRST_SIZE = 4.0
KEPT_DRIFTS = 6
KEPT_ANCHORS = 3
PLAIN = (
    "stretch",
    "settled",
    "size",
    "wait",
    "patience",
    "ceiling",
    "extra",
    "corrected",
    "latest",
    "running",
)


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
    extra : what check-ups have aged the cell, in units
    corrected : whether the cell was corrected after a jump, and no cycle has run since
    ceiling : a cycle at which an end was met, so that no jump goes as far; 0 if none
    drifts : the latest, by place
    start : the cell and its counters at the start of the running unit
    anchors : latest measured units
    latest : rows of the latest unit
    running : rows of the unit that is running
    """

    stretch: int = 0
    settled: int = 0
    size: float = FIRST_SIZE
    wait: int = 0
    patience: int = 1
    ceiling: int = 0
    extra: float = 0.0
    corrected: bool = False
    drifts: list[Drift] = field(default_factory=list)
    start: Vector | None = None
    anchors: list[Anchor] = field(default_factory=list)
    latest: list[dict[str, Any]] = field(default_factory=list)
    running: list[dict[str, Any]] = field(default_factory=list)

    def copy(self) -> JumpMemory:
        """Return one that does not change with this one."""
        return replace(
            self, drifts=list(self.drifts), anchors=list(self.anchors), running=list(self.running)
        )

    def remember(self, drift: Drift) -> None:
        """Add a drift and forget the oldest."""
        self.drifts = [*self.drifts, drift][-KEPT_DRIFTS:]

    def anchor(self, anchor: Anchor) -> None:
        """Add a measured unit and forget the oldest."""
        self.anchors = [*self.anchors, anchor][-KEPT_ANCHORS:]

    def landed(self, drift: Drift, anchor: Anchor, size: float, count: int) -> None:
        """Note a good jump over ``count`` units, and how far the next one may go."""
        self.remember(drift)
        self.anchor(anchor)
        self.latest = list(anchor.rows)
        self.settled, self.start, self.running, self.corrected = 2, None, [], True
        self.size, self.patience = max(size, min(self.size, 2 * count)), 1

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        places = [drift.place for drift in self.drifts]
        plain = {name: getattr(self, name) for name in PLAIN}
        return plain | {"places": places, "anchors": [asdict(anchor) for anchor in self.anchors]}

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
        anchors = [Anchor(**anchor) for anchor in given.pop("anchors")]
        return cls(drifts=drifts, start=arrays.get("jump_start"), anchors=anchors, **given)
