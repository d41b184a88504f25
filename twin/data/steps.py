"""Steps of a recording, found from current and voltage alone.

A step is a stretch at rest, at constant current, at constant voltage (the current falls off),
a pulse (a short constant current after a rest), or one whose current varies, such as a drive
profile. The cycler's own step numbers are not used.

Charge is the trapezoidal integral of the current within a step. The interval between the
last row of a step and the first row of the next counts to the next step, with its current:
cyclers write a row where a step ends. So the charges of all steps add up to that of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twin.data.recording import Recording
from twin.data.screening import gaps
from twin.errors import DataError
from twin.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
KINDS = ("rest", "constant current", "constant voltage", "pulse", "varying")
REST_SHARE = 0.002  # of the largest current
SAME_CURRENT = 0.03
FULL_CURRENT = 0.995
SAME_VOLTAGE_V = 0.005
FEWEST_AT_VOLTAGE = 3
LONGEST_PULSE_S = 60.0
SHORTEST_REST_S = 1.0
SHORT_ROWS = 3  # a run of pieces this short is a profile
FEWEST_SHORT = 5
STEADY_ROWS_OF_PROFILE = 10


@dataclass(frozen=True)
class Step:
    """A step of a recording.

    Parameters
    ----------
    step : number, from 1
    kind : one of `KINDS`
    first, last : places of its first and last row in the recording
    first_row, last_row : the same as line or row of the file
    start_s : time at which it begins: that of the last row before it [s]
    duration_s : until its last row [s]
    current_A : mean current, positive on discharge [A]
    voltage_start_V, voltage_end_V : voltage in its first and last row [V]
    charge_Ah : charge that leaves the cell [A.h]
    energy_Wh : energy that leaves the cell [W.h]
    gaps : intervals without rows in which current flows
    """

    step: int
    kind: str
    first: int
    last: int
    first_row: int
    last_row: int
    start_s: float
    duration_s: float
    current_A: float
    voltage_start_V: float
    voltage_end_V: float
    charge_Ah: float
    energy_Wh: float
    gaps: int


def find_steps(
    recording: Recording, *, rest_A: float | None = None, longest_pulse_s: float = LONGEST_PULSE_S
) -> tuple[Step, ...]:
    """Return the steps of a recording in order; every row is in one of them.

    Parameters
    ----------
    recording : with time, current and voltage
    rest_A : currents up to this size are rest [A]; by default 0.2 % of the largest current
    longest_pulse_s : a constant current after a rest that lasts no longer is a pulse [s]
    """
    time, current, voltage = (
        needed(recording, key) for key in ("time_s", "current_A", "voltage_V")
    )
    limit = REST_SHARE * float(np.abs(current).max()) if rest_A is None else rest_A
    pieces = _merged(_pieces(current, voltage, limit), current)
    starts = np.array([first for first, _, _ in pieces])
    charge, energy = increments(time, current, voltage, starts)
    gap = np.concatenate([[False], gaps(time, current)])
    steps: list[Step] = []
    for first, last, kind in pieces:
        begin = float(time[max(first - 1, 0)])
        duration = float(time[last]) - begin
        through = float(charge[first : last + 1].sum())
        rested = (
            bool(steps) and steps[-1].kind == "rest" and steps[-1].duration_s >= SHORTEST_REST_S
        )
        is_pulse = kind == "constant current" and rested and duration <= longest_pulse_s
        steps.append(
            Step(
                step=len(steps) + 1,
                kind="pulse" if is_pulse else kind,
                first=first,
                last=last,
                first_row=int(recording.rows[first]),
                last_row=int(recording.rows[last]),
                start_s=begin,
                duration_s=duration,
                current_A=through * SECONDS_PER_HOUR / duration
                if duration
                else float(current[first : last + 1].mean()),
                voltage_start_V=float(voltage[first]),
                voltage_end_V=float(voltage[last]),
                charge_Ah=through,
                energy_Wh=float(energy[first : last + 1].sum()),
                gaps=int(gap[first : last + 1].sum()),
            )
        )
    return tuple(steps)


def needed(recording: Recording, key: str) -> Values:
    """Return a quantity that a recording has to have.

    Raises
    ------
    DataError
        If it was not read.
    """
    if key not in recording:
        raise DataError(f"{recording.file}: steps and cycles need {key}; name its column")
    return recording[key]


def increments(
    time: Values, current: Values, voltage: Values, starts: NDArray[np.int64]
) -> tuple[Values, Values]:
    """Return charge [A.h] and energy [W.h] that leave the cell between each row and the next.

    Parameters
    ----------
    time, current, voltage : shape (n,)
    starts : places of the first rows of steps

    Returns
    -------
    tuple
        charge and energy up to each row from the one before, shape (n,); the first are zero
    """
    mean_current = np.concatenate([[0.0], 0.5 * (current[1:] + current[:-1])])
    mean_voltage = np.concatenate([[0.0], 0.5 * (voltage[1:] + voltage[:-1])])
    mean_current[starts], mean_voltage[starts] = current[starts], voltage[starts]
    hours = np.diff(time, prepend=time[:1]) / SECONDS_PER_HOUR
    return mean_current * hours, mean_current * mean_voltage * hours


def frame_of(items: Iterable[Any]) -> pd.DataFrame:
    """Return steps, cycles or pulses as a DataFrame, without places."""
    import pandas as pd

    frame = pd.DataFrame([asdict(item) for item in items])
    return frame.drop(columns=["first", "last"], errors="ignore")


Piece = tuple[int, int, str]


def _pieces(current: Values, voltage: Values, limit: float) -> list[Piece]:
    """Return first and last place and kind of stretches of one sign and one law."""
    amperes, volts = current.tolist(), voltage.tolist()
    sign = np.where(np.abs(current) <= limit, 0, np.sign(current)).astype(int)
    turns = np.flatnonzero(np.diff(sign)) + 1
    bounds = [0, *turns.tolist(), len(amperes)]
    pieces: list[Piece] = []
    for start, stop in pairwise(bounds):
        if sign[start] == 0:
            pieces.append((start, stop - 1, "rest"))
        else:
            pieces += _of_one_sign(amperes, volts, start, stop)
    return pieces


def _of_one_sign(current: list[float], voltage: list[float], start: int, stop: int) -> list[Piece]:
    """Return the pieces of constant current or voltage between two places."""
    pieces: list[Piece] = []
    at = start
    while at < stop:
        until = _same_current(current, at, stop)
        held = _same_voltage(current, voltage, at, stop)
        if held > until and held - at >= FEWEST_AT_VOLTAGE:
            pieces.append((at, held - 1, "constant voltage"))
            at = held
        else:
            if _same_voltage(current, voltage, until - 1, stop) - until >= FEWEST_AT_VOLTAGE:
                until = _falls_off(current, at, until)
            pieces.append((at, until - 1, "constant current"))
            at = until
    return pieces


def _same_current(current: list[float], at: int, stop: int) -> int:
    """Return where the current leaves a band; the first row may be on the way there."""
    reference = current[min(at + 1, stop - 1)]
    band = SAME_CURRENT * abs(reference)
    if at + 2 < stop and abs(current[at + 2] - reference) > band:
        reference = current[at]
        band = SAME_CURRENT * abs(reference)
    until = at + 1
    while until < stop and abs(current[until] - reference) <= band:
        until += 1
    return until


def _falls_off(current: list[float], at: int, until: int) -> int:
    """Return where a constant current begins to fall off, at or before the end of its band."""
    full = FULL_CURRENT * abs(current[at + (until - at) // 2])
    while until > at + 1 and abs(current[until - 1]) < full:
        until -= 1
    return until


def _same_voltage(current: list[float], voltage: list[float], at: int, stop: int) -> int:
    """Return where the voltage leaves a band around its first value or the current grows."""
    level, noise = voltage[at], SAME_CURRENT * abs(current[at])
    until, least = at + 1, abs(current[at])
    while until < stop and abs(voltage[until] - level) <= SAME_VOLTAGE_V:
        if abs(current[until]) > least + noise:
            break
        least = min(least, abs(current[until]))
        until += 1
    return until


def _merged(pieces: Sequence[Piece], current: Values) -> list[Piece]:
    """Return pieces with drifting currents and runs of very short pieces made into one."""
    drift: list[Piece] = []
    for piece in pieces:
        if drift and _drifts(drift[-1], piece, current):
            drift[-1] = (drift[-1][0], piece[1], "varying")
        else:
            drift.append(piece)
    return _profiles(drift)


def _drifts(before: Piece, after: Piece, current: Values) -> bool:
    """Return whether the current goes on steadily from one piece to the next."""
    if "rest" in (before[2], after[2]) or "constant voltage" in (before[2], after[2]):
        return False
    one, two = current[before[1]], current[after[0]]
    long_enough = min(before[1] - before[0], after[1] - after[0]) + 1 > SHORT_ROWS
    return bool(long_enough and abs(two - one) <= SAME_CURRENT * max(abs(one), abs(two)))


def _profiles(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces with every run of short ones as one piece."""
    found: list[Piece] = []
    run: list[Piece] = []

    def close() -> None:
        if len(run) >= FEWEST_SHORT:
            found.append((run[0][0], run[-1][1], "varying"))
        else:
            found.extend(run)
        run.clear()

    for piece in pieces:
        if piece[1] - piece[0] + 1 <= SHORT_ROWS:
            run.append(piece)
        else:
            close()
            found.append(piece)
    close()
    return _joined(found)


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces with a few steady rows between two profiles made part of one."""
    found: list[Piece] = []
    for piece in pieces:
        back = len(found)
        while piece[2] == "varying" and back and _brief(found[back - 1]):
            back -= 1
        if piece[2] == "varying" and back and found[back - 1][2] == "varying":
            found[back - 1 :] = [(found[back - 1][0], piece[1], "varying")]
        else:
            found.append(piece)
    return found


def _brief(piece: Piece) -> bool:
    return piece[2] != "varying" and piece[1] - piece[0] < STEADY_ROWS_OF_PROFILE
