"""Slow curves: voltage over charge of one charge or one discharge, measured or simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.diagnosis.half_cells import Direction
from twin.errors import DataError, ResultsError
from twin.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from twin.solution import Solution

Numbers = NDArray[np.float64]
FEWEST_POINTS = 20
_FLOWS = 0.02  # current below this share of the largest counts as rest


@dataclass(frozen=True)
class SlowCurve:
    """Voltage of a cell while it is slowly charged or discharged.

    Parameters
    ----------
    charge_Ah : charge in the cell above the emptiest point of the curve, rising [A.h]
    voltage_V : terminal voltage [V]
    direction : ``"charge"`` or ``"discharge"``
    current_A : mean size of the current, NaN where it is not known [A]
    label : what it is called in messages, tables and figures
    notes : what was found in the file it is from
    """

    charge_Ah: Numbers
    voltage_V: Numbers
    direction: Direction
    current_A: float = float("nan")
    label: str = "curve"
    notes: tuple[str, ...] = ()

    @property
    def span_Ah(self) -> float:
        """Return the charge between the ends of the curve [A.h]."""
        return float(self.charge_Ah[-1])

    @property
    def rate(self) -> float:
        """Return the C-rate, the charge of the curve being full [1/h]; 0 where it is not known."""
        return 0.0 if np.isnan(self.current_A) else self.current_A / self.span_Ah

    def resampled(self, points: int) -> tuple[Numbers, Numbers]:
        """Return share of the charge [0 to 1] and voltage [V], means over even bins of charge.

        Bins without a point are filled along the straight line between their neighbours.
        """
        share = self.charge_Ah / self.span_Ah
        edges = np.linspace(0, 1, points + 1)
        middle = 0.5 * (edges[1:] + edges[:-1])
        bins = np.clip(np.digitize(share, edges) - 1, 0, points - 1)
        count = np.bincount(bins, minlength=points)
        own = count > 0
        at, volts = middle.copy(), np.interp(middle, share, self.voltage_V)
        sums = [np.bincount(bins, weights=v, minlength=points) for v in (share, self.voltage_V)]
        at[own], volts[own] = (total[own] / count[own] for total in sums)
        return at, volts


def slow_curve(
    charge_Ah: ArrayLike,
    voltage_V: ArrayLike,
    direction: Direction = "discharge",
    *,
    current_A: float = float("nan"),
    label: str = "curve",
) -> SlowCurve:
    """Return a curve from charge and voltage.

    Parameters
    ----------
    charge_Ah : charge, never turning back; it may count what is in the cell or what was taken
        out, from any zero: where the voltage is higher there is more charge in the cell
    voltage_V : terminal voltage at these [V]
    direction : of the current, ``"charge"`` or ``"discharge"``

    Raises
    ------
    DataError
        where the points are too few, no numbers, or turn back.
    """
    charge, volts = (np.asarray(given, dtype=float) for given in (charge_Ah, voltage_V))
    _check_points(charge, volts, direction, label)
    if charge[-1] < charge[0]:
        charge, volts = charge[::-1], volts[::-1]
    if volts[-1] < volts[0]:
        charge, volts = -charge[::-1], volts[::-1]
    if not volts[-1] > volts[0]:
        raise DataError(
            f"{label}: the voltage is {volts[0]:g} V at both ends; give one charge or one "
            "discharge, and nothing of the rests beside it"
        )
    keep = np.concatenate([[True], np.diff(charge) > 0])
    charge = charge[keep] - charge[0]
    return SlowCurve(charge, volts[keep], direction, abs(float(current_A)), label)


def _check_points(charge: Numbers, volts: Numbers, direction: str, label: str) -> None:
    if direction not in ("charge", "discharge"):
        raise DataError(f"{label}: direction '{direction}'; allowed are charge and discharge")
    if charge.ndim != 1 or charge.shape != volts.shape or charge.size < FEWEST_POINTS:
        raise DataError(
            f"{label}: {charge.size} charges and {volts.size} voltages; give as many of both, "
            f"at least {FEWEST_POINTS}"
        )
    bad = np.flatnonzero(~(np.isfinite(charge) & np.isfinite(volts)))
    if bad.size:
        raise DataError(
            f"{label}: point {bad[0] + 1} is no finite number ({charge[bad[0]]} A.h, "
            f"{volts[bad[0]]} V; {bad.size} such points); leave them out"
        )
    steps = np.diff(charge)
    if steps.min() < 0 < steps.max():
        at = int(np.flatnonzero(np.sign(steps) == -np.sign(charge[-1] - charge[0]))[0])
        raise DataError(
            f"{label}: the charge turns back after point {at + 1} ({charge[at]:g} A.h); give one "
            "charge or one discharge"
        )
    if not np.any(steps):
        raise DataError(f"{label}: the charge stays at {charge[0]:g} A.h; no current flows")


def curve_over_time(
    time_s: ArrayLike,
    voltage_V: ArrayLike,
    current_A: ArrayLike,
    *,
    label: str = "curve",
) -> SlowCurve:
    """Return the longest charge or discharge of a measurement, its current integrated.

    Parameters
    ----------
    time_s : not falling [s]
    voltage_V : terminal voltage [V]
    current_A : positive on discharge [A]; one number if it is constant. Rows with less than
        2 % of the largest current are rest

    Raises
    ------
    DataError
        as for :func:`slow_curve`, and where time runs backwards or no current flows.
    """
    time, volts = (np.asarray(given, dtype=float) for given in (time_s, voltage_V))
    amps = np.broadcast_to(np.asarray(current_A, dtype=float), time.shape)
    if volts.shape != time.shape or time.size < FEWEST_POINTS:
        raise DataError(
            f"{label}: {time.size} times and {volts.size} voltages; give as many of both, at "
            f"least {FEWEST_POINTS}"
        )
    back = np.flatnonzero(~(np.diff(time) >= 0))
    if back.size:
        raise DataError(
            f"{label}: time runs backwards or is no number after point {back[0] + 1} "
            f"({time[back[0]]:g} s); sort the points"
        )
    if not np.all(np.isfinite(amps)):
        raise DataError(f"{label}: a current is no finite number; leave such points out")
    rows = _longest(time, amps, label)
    current = amps[rows]
    if (
        rows.stop - rows.start >= FEWEST_POINTS
        and (volts[rows][-1] - volts[rows][0]) * current[current.size // 2] > 0
    ):
        raise DataError(
            f"{label}: from {time[rows][0]:g} to {time[rows][-1]:g} s the voltage goes from "
            f"{volts[rows][0]:g} to {volts[rows][-1]:g} V while the current says "
            f"{'discharge' if current[current.size // 2] > 0 else 'charge'}; turn the sign of the "
            "current (positive on discharge)"
        )
    moved = 0.5 * (current[1:] + current[:-1]) * np.diff(time[rows]) / SECONDS_PER_HOUR
    flowed = np.concatenate([[0.0], np.cumsum(np.abs(moved))])
    return slow_curve(
        flowed,
        volts[rows],
        "discharge" if current[current.size // 2] > 0 else "charge",
        current_A=float(np.median(np.abs(current))),
        label=label,
    )


def _longest(time: Numbers, amps: Numbers, label: str) -> slice:
    """Return the rows of the stretch of one sign of current that lasts longest."""
    largest = float(np.max(np.abs(amps)))
    if not largest > 0:
        raise DataError(f"{label}: no current flows; give the current, positive on discharge")
    sign = np.sign(amps) * (np.abs(amps) > _FLOWS * largest)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(sign)) + 1])
    ends = np.concatenate([starts[1:], [sign.size]])
    lasting = np.where(sign[starts] != 0, time[ends - 1] - time[starts], -1.0)
    best = int(np.argmax(lasting))
    return slice(int(starts[best]), int(ends[best]))


def curve_of_checkup(
    solution: Solution, sequence: int, step: int | None = None, label: str | None = None
) -> SlowCurve:
    """Return the slow curve of a simulated check-up.

    Parameters
    ----------
    solution : results of a run whose study keeps the time series of the check-up
    sequence : row of the check-up in ``cycles.parquet``
    step : step of it; without it, the one that lasts longest with current
    label : of the curve

    Raises
    ------
    ResultsError
        where the time series was not kept, or the check-up has no such step.
    DataError
        where the step is no charge or discharge.
    """
    table = solution.timeseries
    rows = table[table["sequence"] == sequence] if len(table) else table
    kept = sorted(set(table["sequence"])) if len(table) else []
    if not len(rows):
        raise ResultsError(
            f"{solution.path}: no time series of row {sequence}; kept are {kept or 'none'}. Ask "
            "for check-ups in outputs.timeseries"
        )
    if step is not None:
        steps = sorted(set(rows["step"]))
        rows = rows[rows["step"] == step]
        if not len(rows):
            raise ResultsError(
                f"{solution.path}: row {sequence} has no step {step}; it has {steps}"
            )
    columns = (rows[name].to_numpy(float) for name in ("time_s", "voltage_V", "current_A"))
    return curve_over_time(*columns, label=label or f"row {sequence}")
