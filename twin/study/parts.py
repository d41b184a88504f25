"""The sections of a study side by side, for checks of whether they fit together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twin.catalogue import SetInfo
from twin.errors import ParameterError
from twin.parameters.known import known_set
from twin.protocol import Protocol
from twin.study.messages import Key
from twin.study.sections import CellSection, CompareSection, OutputsSection


def set_of(name: str) -> SetInfo | None:
    """Return what is known of a set, ``None`` where there is none that can be read."""
    try:
        return known_set(name)
    except ParameterError:
        return None


@dataclass(frozen=True)
class Parts:
    """The sections of a study that are valid by themselves; ``None`` where one is not."""

    cell: CellSection | None = None
    protocol: Protocol | None = None
    model: Any = None
    outputs: OutputsSection | None = None
    compare: CompareSection | None = None

    @property
    def set_names(self) -> Iterator[tuple[Key, str]]:
        """Yield each parameter set that is named, with its key; the cell's first."""
        if self.cell is not None and isinstance(self.cell.parameters, str):
            yield ("cell", "parameters"), self.cell.parameters
        if self.compare is not None:
            names = self.compare.parameter_sets
            for place, name in enumerate(names):
                if name not in names[:place]:
                    yield ("compare", "parameter_sets", place), name

    @property
    def own_set(self) -> SetInfo | None:
        """What is known of the cell's own parameter set."""
        given = self.cell.parameters if self.cell is not None else None
        return set_of(given) if isinstance(given, str) else None
