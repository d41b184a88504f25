"""Whether current, voltage and time of a recording can belong together.

A discharge lowers the voltage and a charge raises it. Over a step of constant current this
holds whatever the cell is; where the current jumps it holds for the jump of the voltage. So a
wrong sign, or a current without sign, shows in the data themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import DataError
from twin.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

Values = NDArray[np.float64]
ON = 0.005  # of the largest current: less is no current
SAME = 0.05  # relative change between rows of one stretch
FEWEST_ROWS = 5
CLEARLY_LARGER = 1.5
MEDIAN_ROWS = 5
CLEAR_V = 0.1
CLEAR_JUMP_V = 0.005
CLEAR_JUMP_S = 30.0
TOLERATED = 0.1  # of the evidence may be against
SWING_V = 0.5
SHORTEST_SWING_S, LONGEST_SWING_S = 30.0, 20 * SECONDS_PER_DAY
LOWEST_MEDIAN_V = 0.02
LARGEST_CAPACITIES, SMALLEST_CAPACITIES = 3.0, 0.01
COUNTERS_AGREE = 2.0


@dataclass(frozen=True)
class Stretch:
    """Rows of constant current: first and last place, and what happens between them.

    Parameters
    ----------
    first, last : places
    current : mean current, positive on discharge [A]
    change : change of the voltage [V]
    right : how far the voltage goes as the current wants it within the stretch [V]
    wrong : how far it goes the other way [V]; not counted after a clearly larger current of
        the same direction, when it relaxes
    duration : between the two [s]
    """

    first: int
    last: int
    current: float
    change: float
    right: float
    wrong: float
    duration: float

    @property
    def charge(self) -> float:
        """Charge that passes, either way [A.h]."""
        return abs(self.current) * self.duration / SECONDS_PER_HOUR

    @property
    def words(self) -> str:
        """Change of the voltage and time, for messages."""
        return f"{abs(self.change):.2g} V in {self.duration:.3g} s"


def stretches(time: Values, current: Values, voltage: Values) -> list[Stretch]:
    """Return the stretches of constant current of at least five rows, without rests."""
    from scipy.ndimage import median_filter

    size = np.abs(current)
    limit = ON * size.max(initial=0.0)
    on = size > limit
    larger = np.maximum(size[1:], size[:-1])
    apart = (np.abs(np.diff(current)) > SAME * larger) & (on[1:] | on[:-1])
    starts = np.concatenate([[0], np.flatnonzero(apart) + 1])
    ends = np.concatenate([starts[1:] - 1, [current.size - 1]])
    smooth = median_filter(voltage, MEDIAN_ROWS, mode="nearest")
    found = []
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        if last - first + 1 < FEWEST_ROWS or not on[first]:
            continue
        mean = float(current[first : last + 1].mean())
        before = float(current[first - 1]) if first else 0.0
        relaxes = before * mean > 0 and abs(before) > CLEARLY_LARGER * abs(mean)
        found.append(
            Stretch(
                first,
                last,
                mean,
                float(voltage[last] - voltage[first]),
                _falls(np.sign(mean) * smooth[first : last + 1]),
                0.0 if relaxes else _falls(-np.sign(mean) * smooth[first : last + 1]),
                float(time[last] - time[first]),
            )
        )
    return found


def _falls(values: Values) -> float:
    """Return the largest fall from a value to a later one."""
    return float(np.max(np.maximum.accumulate(values) - values))


def check_direction(
    file: str, word: str, rows: NDArray[np.int64], values: Mapping[str, Values]
) -> list[str]:
    """Return what the voltage says about the sign of the current.

    Raises
    ------
    DataError
        If more than a tenth of the evidence speaks against the sign.
    """
    if "current_A" not in values or "voltage_V" not in values:
        return []
    time, current, voltage = (values[key] for key in ("time_s", "current_A", "voltage_V"))
    found = stretches(time, current, voltage)
    clear = [s for s in found if max(s.right, s.wrong) >= CLEAR_V]
    if clear:
        share = sum(s.wrong for s in clear) / sum(s.right + s.wrong for s in clear)
        seen = [
            (s.first, s.last, float(np.sign(s.current)) * s.wrong)
            for s in clear
            if s.wrong >= CLEAR_V
        ]
        what = words_of(len(clear), "step")
    else:
        seen, share, count = _jumps(time, current, voltage)
        if not count:
            return ["the sign of the current could not be checked: the voltage says nothing clear"]
        what = words_of(count, "jump") + " of the current"
    if not seen or share <= TOLERATED:
        but = f", but not in {word}s {rows[seen[0][0]]} to {rows[seen[0][1]]}" if seen else ""
        return [f"the sign of the current agrees with the voltage over {what}{but}"]
    first, last, change = seen[0]
    raise DataError(
        f"{file}, {word}s {rows[first]} to {rows[last]}: the current is "
        f"{current[last]:.4g} A ({'discharge' if current[last] > 0 else 'charge'}), but the "
        f"voltage {'rises' if change > 0 else 'falls'} by {abs(change):.3g} V "
        f"({_remedy(share, current)})"
    )


def words_of(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> words_of(1, "step"), words_of(2, "step")
    ('1 step', '2 steps')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _remedy(share: float, current: Values) -> str:
    """Return what may be wrong and what to do."""
    if share >= 1 - TOLERATED:
        return "as everywhere in the file: give the other positive_on"
    if (current >= 0).all() or (current <= 0).all():
        return "and right elsewhere, while the current never changes sign: give it its sign"
    return "and right elsewhere: the signs of the current are mixed; correct the file"


def _jumps(
    time: Values, current: Values, voltage: Values
) -> tuple[list[tuple[int, int, float]], float, int]:
    """Return the jumps whose voltage goes the wrong way, their weight, and how many there are."""
    step, change = np.diff(current), np.diff(voltage)
    clear = (np.abs(step) > SAME * np.abs(current).max(initial=0.0)) & (
        np.abs(change) > CLEAR_JUMP_V
    )
    clear &= np.diff(time) <= CLEAR_JUMP_S
    weight = np.abs(step * change) * clear
    against = clear & (step * change > 0)
    seen = [(int(at), int(at) + 1, float(change[at])) for at in np.flatnonzero(against)]
    total = float(weight.sum())
    return seen, float(weight[against].sum()) / total if total else 0.0, int(clear.sum())


def check_plausible(file: str, values: Mapping[str, Values], nominal: float | None) -> list[str]:
    """Return what size of time, voltage and charge was compared with.

    Parameters
    ----------
    file : for messages
    values : quantity -> numbers in our units
    nominal : capacity of the cell [A.h], if known

    Raises
    ------
    DataError
        If sizes do not fit: a whole swing of the voltage in seconds or in months, a charge far
        from the capacity or from the cycler's own count, voltages of a few millivolts.
    """
    voltage = values.get("voltage_V")
    if voltage is not None and float(np.median(np.abs(voltage))) < LOWEST_MEDIAN_V:
        raise DataError(
            f"{file}: half of the voltages are below {LOWEST_MEDIAN_V:g} V; is the unit V rather "
            "than mV?"
        )
    if voltage is None or "current_A" not in values:
        return []
    found = stretches(values["time_s"], values["current_A"], voltage)
    swings = [stretch for stretch in found if abs(stretch.change) >= SWING_V]
    if swings:
        _check_times(file, swings)
    if nominal is not None:
        _check_charges(file, found, swings, nominal)
    return _check_counters(file, values)


def _check_times(file: str, swings: Sequence[Stretch]) -> None:
    """Raise if every large swing of the voltage takes seconds, or takes weeks."""
    longest = max(swings, key=lambda stretch: stretch.duration)
    shortest = min(swings, key=lambda stretch: stretch.duration)
    for stretch, wrong, unit in (
        (longest, longest.duration < SHORTEST_SWING_S, "h"),
        (shortest, shortest.duration > LONGEST_SWING_S, "ms"),
    ):
        if wrong:
            raise DataError(
                f"{file}: a step of constant current moves {stretch.words}; is the time in {unit}?"
            )


def _check_charges(
    file: str, found: Sequence[Stretch], swings: Sequence[Stretch], nominal: float
) -> None:
    """Raise if a step moves several capacities, or every large swing next to nothing."""
    far = [stretch for stretch in found if stretch.charge > LARGEST_CAPACITIES * nominal]
    most = max(swings, key=lambda stretch: stretch.charge, default=None)
    if most is not None and most.charge < SMALLEST_CAPACITIES * nominal:
        far.append(most)
    if far:
        raise DataError(
            f"{file}: a step of constant current moves {far[0].words} and {far[0].charge:.3g} A.h, "
            f"the cell has {nominal:g} A.h; are the units of time and current right?"
        )


def _check_counters(file: str, values: Mapping[str, Values]) -> list[str]:
    """Compare the cycler's own count of charge with the current."""
    current, time = values["current_A"], values["time_s"]
    notes = []
    for key, sign in (("discharge_capacity_Ah", 1.0), ("charge_capacity_Ah", -1.0)):
        if key not in values:
            continue
        flow = np.maximum(sign * current, 0.0)
        counted = np.diff(values[key][np.isfinite(values[key])])
        own = float(np.trapezoid(flow, time)) / SECONDS_PER_HOUR
        count = float(counted[counted > 0].sum())
        if own <= 0 or count <= 0:
            continue
        if not 1 / COUNTERS_AGREE < own / count < COUNTERS_AGREE:
            raise DataError(
                f"{file}: current and time make {own:.4g} A.h where {key} counts {count:.4g} A.h; "
                "are the units of time, current and count right?"
            )
        notes.append(f"current and time make {100 * own / count:.1f} % of {key}")
    return notes
