"""What is known once a jump has landed, and what that makes of the rows simulated there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from twin.ageing.condition import SINKS
from twin.ageing.jumps.drift import Correction, Drift, Vector
from twin.ageing.measure import Row

MODES = ("lli_percent", "lam_negative_percent", "lam_positive_percent")
MEASURED = (
    "discharge_capacity_Ah",
    "charge_capacity_Ah",
    "discharge_energy_Wh",
    "charge_energy_Wh",
    "mean_discharge_voltage_V",
    "mean_charge_voltage_V",
)
LENGTHS = ("sei_thickness_nm", "crack_length_negative_nm", "crack_length_positive_nm")
LEAST_SINK = 0.05  # of all lithium that is lost: smaller sinks are measured by this
LARGEST_OVERSHOOT = 0.5


@dataclass(frozen=True)
class Landing:
    """A jump and what was measured after it.

    Parameters
    ----------
    place, count : it went over ``count`` units, the first of them at ``place``
    order : number of drifts that the predictor went by
    new : drift of the second unit after it
    correction : of where the predictor went
    unlike : change over the first unit after it, in which the cell settles, less that of the second
    """

    place: float
    count: int
    order: int
    new: Drift
    correction: Correction
    unlike: Vector


class Seen(NamedTuple):
    """State columns: where the predictor went, corrected at two orders, and moved by settling."""

    predicted: dict[str, float]
    less_good: dict[str, float]
    good: dict[str, float]
    settling: dict[str, float]


def other_errors(seen: Seen) -> float:
    """Return the largest relative error of lengths and of lithium in its sinks [-]."""
    good, less_good = seen.good, seen.less_good
    all_lost = np.nansum([abs(good[name]) for name in SINKS])
    sizes = {name: abs(good[name]) for name in LENGTHS}
    sizes |= {name: max(abs(good[name]), LEAST_SINK * all_lost) for name in SINKS}
    errors = [abs(good[n] - less_good[n]) / size for n, size in sizes.items() if size > 0]
    return float(np.max(errors, initial=0.0))


def overshoot(before: Row, seen: Seen) -> float:
    """Return by which share of its way along the fade the predictor fell short (or went too far).

    Measured by the losses of lithium and material together.
    """
    way = sum(seen.predicted[mode] - before[mode] for mode in MODES)
    missing = sum(seen.good[mode] - seen.predicted[mode] for mode in MODES)
    if way == 0 or not np.isfinite(missing / way):
        return 0.0
    return float(np.clip(missing / way, -LARGEST_OVERSHOOT, LARGEST_OVERSHOOT))


def corrected_rows(
    rows: Sequence[Row], before: Sequence[Row], seen: Seen, share: float
) -> list[Row]:
    """Return the rows simulated after a jump as they are of the corrected cell.

    State columns move by what the correction changes them; measured ones go on along the line
    from before the jump to here.

    Parameters
    ----------
    rows : of the units after the jump
    before : rows of a unit before it
    seen : the cell at the end of these units
    share : of the way that was missing, see `overshoot`
    """
    moved = {name: value - seen.predicted[name] for name, value in seen.good.items()}
    found = []
    for at, row in enumerate(rows):
        base = before[at % len(before)]
        states = {name: row[name] + change for name, change in moved.items()}
        measured = {name: row[name] + share * (row[name] - base[name]) for name in MEASURED}
        found.append({**row, **states, **measured})
    return found
