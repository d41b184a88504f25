"""From the steps of one cycle to rows of the results tables, as a cycler would measure them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin import names
from twin.ageing.engine import TIME
from twin.ageing.state import State, StepResult, Work
from twin.units import SECONDS_PER_HOUR, ZERO_CELSIUS_K

MEGA = 1e6
PROFILED = ("profile", "pybamm")
MILLI = 1e-3
Row = dict[str, Any]
NAN = float("nan")


@dataclass(frozen=True)
class Place:
    """Where in the protocol a cycle stands.

    Parameters
    ----------
    sequence : row of the cycles table, counted from 1
    cycle : ageing cycles completed once this one is
    kind : ``"ageing"``, ``"storage"`` or ``"checkup"``
    block : block of the protocol
    frozen : whether it runs on a copy of the state
    """

    sequence: int
    cycle: int
    kind: str
    block: str
    frozen: bool = False


def step_row(place: Place, number: int, result: StepResult, before: State) -> Row:
    """Return the row of one step: end values, charges, energies and extremes."""
    series = result.series
    voltage = _of(series, names.VOLTAGE)
    current = _of(series, names.CURRENT) + 0.0  # a rest is 0, not -0
    temperature = _of(series, names.CELL_TEMPERATURE) - ZERO_CELSIUS_K
    discharged, charged = charges(result)
    energy_out, energy_in = energies(result)
    return {
        "sequence": place.sequence,
        "cycle": place.cycle,
        "kind": place.kind,
        "step": number,
        "text": result.step.text,
        "measure": "+".join(result.step.measure),
        "status": result.status,
        "termination": result.termination,
        "start_time_s": before.time_s,
        "end_time_s": result.state.time_s,
        "start_voltage_V": voltage[0],
        "end_voltage_V": voltage[-1],
        "start_current_A": current[0],
        "end_current_A": current[-1],
        "discharge_capacity_Ah": discharged,
        "charge_capacity_Ah": charged,
        "discharge_energy_Wh": energy_out,
        "charge_energy_Wh": energy_in,
        "minimum_voltage_V": voltage.min(),
        "maximum_voltage_V": voltage.max(),
        "minimum_temperature_degC": temperature.min(),
        "maximum_temperature_degC": temperature.max(),
        "solver_steps": result.work.steps,
    }


def cycle_row(place: Place, steps: Sequence[Row], results: Sequence[StepResult]) -> Row:
    """Return the measured part of a cycle's row (the state columns come from the state)."""
    out, back, energy_out, energy_in = (
        math.fsum(row[column] for row in steps)
        for column in (
            "discharge_capacity_Ah",
            "charge_capacity_Ah",
            "discharge_energy_Wh",
            "charge_energy_Wh",
        )
    )
    work = sum((result.work for result in results), Work())
    return {
        "sequence": place.sequence,
        "cycle": place.cycle,
        "kind": place.kind,
        "frozen": place.frozen,
        "block": place.block,
        "start_time_s": steps[0]["start_time_s"],
        "end_time_s": steps[-1]["end_time_s"],
        "discharge_capacity_Ah": out,
        "charge_capacity_Ah": back,
        "coulombic_efficiency": _ratio(out, back),
        "discharge_energy_Wh": energy_out,
        "charge_energy_Wh": energy_in,
        "energy_efficiency": _ratio(energy_out, energy_in),
        "mean_discharge_voltage_V": _ratio(energy_out, out),
        "mean_charge_voltage_V": _ratio(energy_in, back),
        **_extremes(steps, "voltage_V"),
        **_extremes(steps, "temperature_degC"),
        **_stress_extremes(results),
        "solver_steps": work.steps,
        "newton_iterations": work.newton_iterations,
        "factorisations": work.factorisations,
    }


def throughput(results: Iterable[StepResult]) -> float:
    """Return the charge that flowed in either direction during these steps [A.h]."""
    return sum(sum(charges(result)) for result in results)


def net_charge(results: Iterable[StepResult]) -> float:
    """Return the net charge that the cell delivered during these steps [A.h]."""
    return sum(out - back for out, back in (charges(result) for result in results))


def charges(result: StepResult) -> tuple[float, float]:
    """Return the charge that a step took out and the charge that it put in [A.h].

    Their difference is the model's counter, whose error the integrator controls. Where the
    current follows a profile or changes its sign it is a polygon through the time points of
    the integrator, which stops at every point of a profile: then the areas are taken.
    """
    series = result.series
    if not series:
        return 0.0, 0.0
    if _is_polygon(result):
        return two_sided_integral(series[TIME] / SECONDS_PER_HOUR, series[names.CURRENT])
    net = float(series[names.DISCHARGE_CAPACITY][-1] - series[names.DISCHARGE_CAPACITY][0])
    return max(net, 0.0), max(-net, 0.0)


def energies(result: StepResult) -> tuple[float, float]:
    """Return the energy that a step took out and the energy that it put in [W.h].

    The integral of voltage over the charge counter, which is exact where the voltage is held;
    for a profile or a current of both signs, of power over time.
    """
    series = result.series
    if not series:
        return 0.0, 0.0
    voltage = series[names.VOLTAGE]
    if _is_polygon(result):
        power = series[names.CURRENT] * voltage
        return two_sided_integral(series[TIME] / SECONDS_PER_HOUR, power)
    net = float(np.trapezoid(voltage, series[names.DISCHARGE_CAPACITY]))
    return max(net, 0.0), max(-net, 0.0)


def _is_polygon(result: StepResult) -> bool:
    """Return whether the current is a polygon through the time points of the integrator."""
    current = result.series[names.CURRENT]
    return result.step.mode in PROFILED or bool(current.min() < 0 < current.max())


def two_sided_integral(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Return the areas above and below zero of a polygon through points.

    Examples
    --------
    >>> two_sided_integral(np.array([0.0, 1.0, 2.0]), np.array([1.0, -1.0, -1.0]))
    (0.25, 1.25)
    """
    width, left, right = np.diff(x), y[:-1], y[1:]
    span = np.abs(left) + np.abs(right)
    crossing = left * right < 0
    # within an interval that crosses zero each side is a triangle
    share = np.divide(
        np.maximum(left, 0) + np.maximum(right, 0), span, where=crossing, out=np.ones_like(span)
    )
    above = 0.5 * width * (np.maximum(left, 0) + np.maximum(right, 0)) * share
    share_below = np.where(crossing, 1 - share, 1.0)
    below = 0.5 * width * (np.maximum(-left, 0) + np.maximum(-right, 0)) * share_below
    return float(np.nansum(above)), float(np.nansum(below))


def timeseries(
    place: Place,
    results: Sequence[StepResult],
    charge_Ah: float,
    extra: Sequence[str],
    period_s: float | None = None,
) -> pd.DataFrame:
    """Return the time series of a cycle, one row per time point.

    Parameters
    ----------
    place, results : the cycle and its steps
    charge_Ah : net charge that the cell had delivered before this cycle [A.h]
    extra : further variables
    period_s : interval between rows where a step has none of its own; every point of the
        integrator if neither is given [s]
    """
    parts = []
    for number, result in enumerate(results, start=1):
        if not result.series:
            continue
        series = thinned(result.series, result.step.period_s or period_s)
        part = pd.DataFrame(
            {
                "sequence": place.sequence,
                "cycle": place.cycle,
                "kind": place.kind,
                "step": number,
                "time_s": series[TIME],
                "step_time_s": series[TIME] - series[TIME][0],
                "current_A": series[names.CURRENT],
                "voltage_V": series[names.VOLTAGE],
                "temperature_degC": series[names.CELL_TEMPERATURE] - ZERO_CELSIUS_K,
                "charge_passed_Ah": charge_Ah + _passed(result, series),
                **{
                    f"stress_{domain}_MPa": _of(series, names.averaged_surface_stress(domain))
                    / MEGA
                    for domain in names.DOMAINS
                },
                **{name: series[name] for name in extra if name in series},
            }
        )
        parts.append(part)
        charge_Ah += float(_passed(result, series)[-1])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _passed(result: StepResult, series: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the net charge passed since the start of a step [A.h]."""
    start = float(result.series[names.DISCHARGE_CAPACITY][0])
    return series[names.DISCHARGE_CAPACITY] - start


def thinned(
    series: Mapping[str, NDArray[np.float64]], period_s: float | None
) -> Mapping[str, NDArray[np.float64]]:
    """Return time series at even intervals from the start of a step, its end included."""
    if period_s is None:
        return series
    times = series[TIME]
    wanted = np.append(np.arange(times[0], times[-1], period_s), times[-1])
    return {name: np.interp(wanted, times, values) for name, values in series.items()}


def measured_capacity(steps: Sequence[Row]) -> float:
    """Return the charge of the steps that measure capacity [A.h]."""
    marked = [row for row in steps if "capacity" in row["measure"]]
    return sum(row["discharge_capacity_Ah"] for row in marked) if marked else NAN


def measured_resistance(steps: Sequence[Row]) -> float:
    """Return the mean resistance over the pulses of a check-up [mOhm].

    Voltage at the end of the step before less voltage at the end of the pulse, over the
    change of current between the two.
    """
    found = []
    done = [row for row in steps if row["status"] == "done"]
    for before, pulse in itertools.pairwise(done):
        if "resistance" not in pulse["measure"]:
            continue
        drop = before["end_voltage_V"] - pulse["end_voltage_V"]
        change = pulse["end_current_A"] - before["end_current_A"]
        found.append(_ratio(drop, change) / MILLI)
    return float(np.mean(found)) if found else NAN


def _extremes(steps: Sequence[Row], quantity: str) -> Row:
    """Return the least and the largest value over the steps that were done."""
    done = [row for row in steps if row["status"] == "done"]
    low, high = f"minimum_{quantity}", f"maximum_{quantity}"
    return {
        low: min((row[low] for row in done), default=NAN),
        high: max((row[high] for row in done), default=NAN),
    }


def _stress_extremes(results: Sequence[StepResult]) -> dict[str, float]:
    columns = {}
    for domain in names.DOMAINS:
        name = names.averaged_surface_stress(domain)
        values = [result.series[name] for result in results if name in result.series]
        low, high = (
            (min(float(v.min()) for v in values), max(float(v.max()) for v in values))
            if values
            else (NAN, NAN)
        )
        columns[f"minimum_stress_{domain}_MPa"] = low / MEGA
        columns[f"maximum_stress_{domain}_MPa"] = high / MEGA
    return columns


def _of(series: Mapping[str, NDArray[np.float64]], name: str) -> NDArray[np.float64]:
    """Return a series, or one not-a-number for each time where the model lacks it."""
    if name in series:
        return series[name]
    return np.full(len(series.get(TIME, (0.0,))), NAN)


def _ratio(above: float, below: float) -> float:
    return above / below if below else NAN
