"""Cycles of a recording, found from the charge that passed, with capacity and efficiency.

The charge is followed through its turning points; a turn counts if the charge then goes back
by more than a small share of its range, so that pulses, recuperation and ripples make no cycle. A
cycle is a charge and the discharge that follows; a discharge at the beginning of the file and
a charge at its end are cycles of one half.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.data.recording import Recording
from twin.data.screening import gaps
from twin.data.steps import Step, find_steps, increments, needed

Values = NDArray[np.float64]
LEAST_SHARE = 0.05


@dataclass(frozen=True)
class Cycle:
    """A cycle of a recording.

    Parameters
    ----------
    cycle : number, from 1
    first, last : places of its first and last row
    first_row, last_row : the same as line or row of the file
    start_s, duration_s : when it begins and how long it lasts [s]
    complete : whether it has a charge and a discharge
    charge_capacity_Ah, discharge_capacity_Ah : all charge that went in, and out [A.h]
    coulombic_efficiency : out over in; NaN unless complete
    charge_energy_Wh, discharge_energy_Wh : all energy that went in, and out [W.h]
    energy_efficiency : out over in; NaN unless complete
    voltage_lowest_V, voltage_highest_V : extremes [V]
    temperature_mean_degC : mean over its rows, NaN if not measured [degC]
    gaps : intervals without rows in which current flows; their charge is interpolated
    """

    cycle: int
    first: int
    last: int
    first_row: int
    last_row: int
    start_s: float
    duration_s: float
    complete: bool
    charge_capacity_Ah: float
    discharge_capacity_Ah: float
    coulombic_efficiency: float
    charge_energy_Wh: float
    discharge_energy_Wh: float
    energy_efficiency: float
    voltage_lowest_V: float
    voltage_highest_V: float
    temperature_mean_degC: float
    gaps: int


def find_cycles(recording: Recording, *, least_share: float = LEAST_SHARE) -> tuple[Cycle, ...]:
    """Return the cycles of a recording in order; a rest belongs to the cycle before it.

    Parameters
    ----------
    recording : with time, current and voltage
    least_share : a charge or discharge smaller than this share of the range of the charge that
        passed belongs to the one around it
    """
    time, current, voltage = (
        needed(recording, key) for key in ("time_s", "current_A", "voltage_V")
    )
    steps = find_steps(recording)
    charge, energy = increments(time, current, voltage, np.array([step.first for step in steps]))
    bounds = _bounds(np.cumsum(charge), least_share)
    bounds = [*bounds[:1], *(_end_of_rest(at, steps) for at in bounds[1:])]
    gap = np.concatenate([[False], gaps(time, current)])
    return tuple(
        _cycle(recording, number, (first, last), (charge, energy, gap))
        for number, (first, last) in enumerate(itertools.pairwise(bounds), start=1)
    )


def _end_of_rest(place: int, steps: Sequence[Step]) -> int:
    """Return the last row of the rest that a place is in or just before, or the place."""
    at = bisect_right([step.last for step in steps], place - 1)
    for step in steps[at : at + 2]:
        if step.kind == "rest" and step.first - 1 <= place <= step.last:
            return step.last
    return place


def turning_points(passed: Values, least: float) -> list[int]:
    """Return the places of the ends and of every turn after which more than ``least`` goes back.

    Parameters
    ----------
    passed : charge that passed so far, shape (n,) [A.h]
    least : smallest change between two turning points [A.h]

    Examples
    --------
    >>> turning_points(np.array([0.0, 5.0, 4.9, 5.1, 0.0, 3.0]), 1.0)
    [0, 3, 4, 5]
    """
    candidates = [0, *_flips(passed), len(passed) - 1]
    points = [0]
    extreme, direction = 0, 0
    for at in candidates:
        ahead = float(passed[at] - passed[extreme])
        if direction == 0:
            if abs(ahead) > least:
                extreme, direction = at, 1 if ahead > 0 else -1
        elif ahead * direction >= 0:
            extreme = at
        elif abs(ahead) > least:
            points.append(extreme)
            extreme, direction = at, -direction
    if direction:
        points.append(extreme)
    return points


def _flips(passed: Values) -> list[int]:
    """Return the places where the charge changes its direction."""
    change = np.diff(passed)
    moving = np.flatnonzero(change)
    turns = np.flatnonzero(np.diff(np.sign(change[moving])))
    return [int(at) for at in moving[turns] + 1]


def _bounds(passed: Values, least_share: float) -> list[int]:
    """Return the places where cycles begin, and the end."""
    points = turning_points(passed, least_share * float(np.ptp(passed)))
    if len(points) < 2:
        return []
    end = len(passed) - 1
    begins = [point for point, after in itertools.pairwise(points) if passed[after] < passed[point]]
    return [0, *(point for point in begins if point > 0), end]


def _cycle(
    recording: Recording,
    number: int,
    places: tuple[int, int],
    steps: tuple[Values, Values, NDArray[np.bool_]],
) -> Cycle:
    """Return the cycle between two places."""
    first, last = places
    within = slice(first + 1, last + 1)
    charge, energy, gap = (column[within] for column in steps)
    into, out = abs(charge[charge < 0].sum()), charge[charge > 0].sum()
    energy_into, energy_out = abs(energy[charge < 0].sum()), energy[charge > 0].sum()
    complete = bool(min(into, out) > LEAST_SHARE * max(into, out))
    time, voltage = recording["time_s"], recording["voltage_V"][within]
    warmth = (
        recording["temperature_degC"][within]
        if "temperature_degC" in recording
        else charge * math.nan
    )
    return Cycle(
        cycle=number,
        first=first,
        last=last,
        first_row=int(recording.rows[first]),
        last_row=int(recording.rows[last]),
        start_s=float(time[first]),
        duration_s=float(time[last] - time[first]),
        complete=complete,
        charge_capacity_Ah=float(into),
        discharge_capacity_Ah=float(out),
        coulombic_efficiency=float(out / into) if complete else math.nan,
        charge_energy_Wh=float(energy_into),
        discharge_energy_Wh=float(energy_out),
        energy_efficiency=float(energy_out / energy_into) if complete else math.nan,
        voltage_lowest_V=float(voltage.min()),
        voltage_highest_V=float(voltage.max()),
        temperature_mean_degC=float(np.mean(warmth[np.isfinite(warmth)]))
        if np.isfinite(warmth).any()
        else math.nan,
        gaps=int(gap.sum()),
    )
