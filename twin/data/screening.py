"""Rows of a recording that cannot be used: found, reported and kept out, never repaired."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.data.quality import Done, Finding, Kind
from twin.data.vocabulary import RECORDED
from twin.errors import DataError

Values = NDArray[np.float64]
Places = NDArray[np.intp]
# quantities without which a row says nothing
ALWAYS = ("time_s", "current_A", "voltage_V")
MOST_KEPT_OUT = 0.1
FEW_ROWS = 3
SHARE_OF_FEW = 0.25
GAP_INTERVALS = 20.0
GAP_S = 60.0
STANDS_STILL_ROWS = 3
FLOWING = 0.01


@dataclass
class Screen:
    """What has been found so far.

    Parameters
    ----------
    rows : line or row of the file, shape (n,)
    word : ``"line"`` or ``"row"``
    file : name of the file
    findings : what was found
    read : rows looked at, with those that could not be taken apart
    bad : which rows are kept out, shape (n,)
    """

    rows: NDArray[np.int64]
    word: str
    file: str
    findings: list[Finding]
    read: int = field(init=False)
    bad: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        lost = sum(len(finding.rows) for finding in self.findings if finding.done == "kept out")
        self.read = len(self.rows) + lost
        self.bad = np.zeros(len(self.rows), dtype=bool)

    def note(self, kind: Kind, places: Places, key: str, column: str, detail: str = "") -> None:
        """Report rows: kept out if the row says nothing without this quantity."""
        done: Done = "kept out" if key in ALWAYS or not key else "left empty"
        self.add(kind, places, done, column, detail)

    def add(
        self, kind: Kind, places: Places, done: Done, column: str = "", detail: str = ""
    ) -> None:
        """Report rows and what is done with them."""
        if not len(places):
            return
        self.findings.append(Finding(kind, tuple(self.rows[places].tolist()), done, column, detail))
        if done == "kept out":
            self.bad[places] = True


def screen(state: Screen, names: Mapping[str, str], values: dict[str, Values]) -> Places:
    """Return the places of rows that can be used; report the others.

    Parameters
    ----------
    state : what was found so far; is added to
    names : quantity -> column of the file
    values : quantity -> numbers, shape (n,); what is impossible in quantities other than time,
        current and voltage is set to NaN

    Raises
    ------
    DataError
        If most values of a quantity are impossible, the clock cannot be followed, or more than
        a tenth of the rows would be kept out.
    """
    for key in values:
        _impossible(state, key, names[key], values[key])
    _repeated(state, values)
    _against_the_clock(state, names["time_s"], values["time_s"])
    out = state.read - int((~state.bad).sum())
    if out > _most(state.read) or state.bad.all():
        kinds = "; ".join(finding.sentence(state.word) for finding in state.findings)
        raise DataError(
            f"{state.file}: {out} of {state.read} rows cannot be used, too many to leave out. "
            f"{kinds}. Correct the file, or how it is described"
        )
    keep = np.flatnonzero(~state.bad)
    _gaps(state, keep, values)
    _standing_clock(state, keep, names["time_s"], values["time_s"])
    return keep


def _most(rows: int) -> float:
    """Return how many rows may be kept out: a tenth, or three of a short file."""
    return max(MOST_KEPT_OUT * rows, min(FEW_ROWS, SHARE_OF_FEW * rows))


def _impossible(state: Screen, key: str, name: str, values: Values) -> None:
    """Report what is outside the range; most rows outside mean another unit."""
    meaning = RECORDED[key]
    places = np.flatnonzero((values < meaning.lowest) | (values > meaning.highest))
    if not places.size:
        return
    there = int(np.isfinite(values).sum())
    seen = f"{values[places[0]]:g} {meaning.unit}"
    if places.size > max(1, there // 2):
        raise DataError(
            f"{state.file}, {state.word} {state.rows[places[0]]}, column '{name}': {seen} and "
            f"{places.size - 1} more are not possible for {key} (allowed is {meaning.lowest:g} to "
            f"{meaning.highest:g}); give the unit of the file: {', '.join(meaning.units)}"
        )
    state.note("not possible", places, key, name, seen)
    if key not in ALWAYS:
        values[places] = np.nan


def _repeated(state: Screen, values: Mapping[str, Values]) -> None:
    """Keep out rows that say the same as the row before."""
    usable = np.flatnonzero(~state.bad)
    if usable.size < 2:
        return
    same = np.ones(usable.size - 1, dtype=bool)
    for column in values.values():
        now, before = column[usable[1:]], column[usable[:-1]]
        same &= (now == before) | (np.isnan(now) & np.isnan(before))
    state.add("repeated row", usable[1:][same], "kept out")


def _against_the_clock(state: Screen, name: str, time: Values) -> None:
    """Keep out rows whose time does not fit between the others'.

    What fits is what is in every longest run of rows whose times do not decrease.
    """
    usable = np.flatnonzero(~state.bad)
    times = time[usable]
    back = np.flatnonzero(np.diff(times) < 0)
    if not back.size:
        return
    before, after = usable[back[0]], usable[back[0] + 1]
    seen = f"from {time[before]:g} s to {time[after]:g} s"
    out = usable[~_in_every_longest_run(times)]
    if out.size > _most(usable.size):
        raise DataError(
            f"{state.file}, {state.word} {state.rows[after]}, column '{name}': the clock goes back "
            f"{seen}, and {out.size} of {usable.size} rows cannot be put in order; give the time "
            "since the test began, not of the step, or cut the file into its tests"
        )
    state.add("clock out of order", out, "kept out", name, f"goes back {seen}")


def _in_every_longest_run(times: Values) -> NDArray[np.bool_]:
    """Return which rows are in every longest non-decreasing subsequence."""
    ahead = _run_lengths(times.tolist())
    behind = _run_lengths((-times[::-1]).tolist())[::-1]
    longest = ahead.max()
    on_one = ahead + behind - 1 == longest
    alone = np.bincount(ahead[on_one], minlength=longest + 1) == 1
    every: NDArray[np.bool_] = on_one & alone[ahead]
    return every


def _run_lengths(times: Sequence[float]) -> NDArray[np.intp]:
    """Return the length of the longest non-decreasing subsequence that ends at each row."""
    tails: list[float] = []
    lengths = np.empty(len(times), dtype=np.intp)
    for at, time in enumerate(times):
        place = bisect_right(tails, time)
        tails[place : place + 1] = [time]
        lengths[at] = place + 1
    return lengths


def _gaps(state: Screen, keep: Places, values: Mapping[str, Values]) -> None:
    """Report long intervals without a row while current flows: the charge in them is unknown."""
    places = keep[1:][gaps(values["time_s"][keep], _of(values, keep, "current_A"))]
    if places.size:
        first = int(np.flatnonzero(keep == places[0])[0])
        width = values["time_s"][places[0]] - values["time_s"][keep[first - 1]]
        detail = f"{width:g} s without a row"
        state.add("gap", places, "kept", "", detail)


def _of(values: Mapping[str, Values], keep: Places, key: str) -> Values | None:
    return values[key][keep] if key in values else None


def gaps(time: Values, current: Values | None) -> NDArray[np.bool_]:
    """Return which intervals are gaps, shape (n - 1,).

    An interval is a gap if it is longer than a minute and than twenty times the median of
    those in which current flows, and current flows at both ends (all intervals count where no
    current is known).
    """
    interval = np.diff(time)
    flows = np.ones(interval.size, dtype=bool)
    if current is not None and current.size:
        size = np.abs(current)
        on = size > FLOWING * size.max()
        flows = on[1:] & on[:-1]
    if not flows.any():
        return flows
    return flows & (interval > max(GAP_S, GAP_INTERVALS * float(np.median(interval[flows]))))


def _standing_clock(state: Screen, keep: Places, name: str, time: Values) -> None:
    """Report times that more than three rows share: the clock is coarser than the rows."""
    _, first, count = np.unique(time[keep], return_index=True, return_counts=True)
    many = np.flatnonzero(count > STANDS_STILL_ROWS)
    if not many.size:
        return
    places = np.concatenate([keep[first[at] : first[at] + count[at]] for at in many])
    detail = f"{count[many[0]]} rows at {time[places[0]]:g} s"
    state.add("clock stands still", places, "kept", name, detail)
