"""Times written as text: elapsed ``h:min:s``, or dates and times of ISO 8601."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from twin.data.cells import Cells
from twin.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

_BASE = 60


def seconds(cells: Cells, unit: str) -> list[float | str | None]:
    """Return texts as seconds; a cell that is none stays as it is, to be reported.

    Parameters
    ----------
    cells : texts
    unit : ``"h:min:s"`` for elapsed time, hours may be above 24; ``"iso8601"`` for dates with
        times, which are counted from the first readable one. A time without zone is taken as
        UTC; times with and without zone do not mix.
    """
    texts = [cell if isinstance(cell, str) else _plain(cell) for cell in cells]
    if unit == "h:min:s":
        return [_elapsed(text) for text in texts]
    return _since_first(texts)


def _plain(cell: object) -> str:
    isoformat = getattr(cell, "isoformat", None)
    return str(isoformat()) if isoformat is not None else "" if cell is None else str(cell)


def _elapsed(text: str) -> float | str:
    parts = text.strip().split(":")
    if len(parts) != 3:
        return text
    try:
        hours, minutes, rest = int(parts[0]), int(parts[1]), float(parts[2])
    except ValueError:
        return text
    if hours < 0 or not 0 <= minutes < _BASE or not 0 <= rest < _BASE or not math.isfinite(rest):
        return text
    return hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE + rest


def _since_first(texts: Sequence[str]) -> list[float | str | None]:
    first: datetime | None = None
    zoned: bool | None = None
    found: list[float | str | None] = []
    for text in texts:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            found.append(text)
            continue
        zoned = moment.tzinfo is not None if zoned is None else zoned
        if zoned != (moment.tzinfo is not None):
            found.append(text)
            continue
        moment = moment if zoned else moment.replace(tzinfo=UTC)
        first = moment if first is None else first
        found.append((moment - first).total_seconds())
    return found
