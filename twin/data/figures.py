"""Figures of measured data: what a cycler recorded, and a table of check-ups."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from twin.data.checkups import CheckupTable
from twin.data.cycles import LEAST_SHARE, Cycle
from twin.data.recording import Recording
from twin.data.steps import Step
from twin.data.vocabulary import ABSCISSAE, QUANTITIES, RECORDED
from twin.report.canvas import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SERIES,
    SKY,
    VERMILION,
    ReportFigure,
    label,
    legend_above,
    panels,
)
from twin.units import SECONDS_PER_HOUR

SHOWN = ("voltage_V", "current_A", "temperature_degC", "thickness_um")
TITLES = {
    "voltage_V": "Voltage [V]",
    "current_A": "Current [A]",
    "temperature_degC": "Temperature [°C]",
    "thickness_um": "Thickness [µm]",
}
COLOURS = {
    "rest": GREY,
    "constant current": BLUE,
    "constant voltage": VERMILION,
    "pulse": GREEN,
    "varying": PURPLE,
}
DOTS_UP_TO = 400
UNITS = {"A.h": "A·h", "um": "µm", "mOhm": "mΩ"}
FEWEST_CYCLES = 3


def recording_figure(
    recording: Recording, steps: Sequence[Step] = (), cycles: Sequence[Cycle] = ()
) -> ReportFigure:
    """Voltage, current, temperature and thickness over time; capacity over cycles below.

    Parameters
    ----------
    recording : what a cycler recorded
    steps : steps by whose kind the voltage is coloured, if any
    cycles : cycles whose beginnings are marked, if any; three or more get a panel
    """
    there = [key for key in SHOWN if key in recording]
    most = max((cycle.discharge_capacity_Ah for cycle in cycles), default=0.0)
    life = [cycle for cycle in cycles if cycle.discharge_capacity_Ah > LEAST_SHARE * most]
    many = len(life) >= FEWEST_CYCLES
    figure, axes = panels([1.0] * (len(there) + many), height=2.1)
    hours = recording["time_s"] / SECONDS_PER_HOUR
    for one, key in zip(axes, there, strict=False):
        if key == "voltage_V" and steps:
            _by_kind(one, hours, recording[key], steps)
        else:
            one.plot(hours, recording[key], color=BLUE, linewidth=0.9)
        label(one, y=TITLES[key])
        one.sharex(axes[0])
        for cycle in cycles[1:]:
            one.axvline(hours[cycle.first], color=SKY, linewidth=0.6, zorder=0)
        one.tick_params(labelbottom=key == there[-1])
    words = ["Time [h]", *(["current positive on discharge"] if "current_A" in there else [])]
    words += ["lines begin a cycle"] if len(cycles) > 1 else []
    label(axes[len(there) - 1], x="; ".join(words))
    _gaps(axes[0], hours, recording)
    if many:
        _capacities(axes[-1], life)
    legend_above(axes[0], columns=5)
    return figure


def checkups_figure(table: CheckupTable) -> ReportFigure:
    """Every quantity of a table of check-ups over its abscissa.

    Parameters
    ----------
    table : check-ups of one cell; standard deviations are drawn as bars
    """
    figure, axes = panels([1.0] * len(table.values), sharex=True, height=2.0)
    for place, (one, key) in enumerate(zip(axes, table.values, strict=True)):
        x, y = table.of(key)
        colour = SERIES[place % len(SERIES)]
        one.plot(x, y, "o-", color=colour, markersize=3.5, linewidth=0.9)
        if key in table.sd:
            there = np.isfinite(table.values[key])
            one.errorbar(x, y, yerr=table.sd[key][there], fmt="none", ecolor=colour, capsize=2)
        meaning = QUANTITIES[key]
        label(one, title=f"{_capital(meaning.about)} [{UNITS.get(meaning.unit, meaning.unit)}]")
    meaning = ABSCISSAE[table.x_name]
    label(axes[-1], x=_capital(meaning.about) + f" [{meaning.unit}]")
    return figure


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _by_kind(
    axes: Axes, hours: NDArray[np.float64], voltage: NDArray[np.float64], steps: Sequence[Step]
) -> None:
    """Draw the voltage of each kind of step in its colour, as one line per kind."""
    for kind, colour in COLOURS.items():
        own = np.full(voltage.size, np.nan)
        for step in steps:
            if step.kind == kind:
                places = slice(max(step.first - 1, 0), step.last + 1)
                own[places] = voltage[places]
        if np.isfinite(own).any():
            axes.plot(hours, own, color=colour, linewidth=1.1, label=kind)


def _gaps(axes: Axes, hours: NDArray[np.float64], recording: Recording) -> None:
    """Shade the intervals without rows."""
    rows = set(recording.quality.rows("gap"))
    ends = [at for at, row in enumerate(recording.rows.tolist()) if row in rows]
    for number, at in enumerate(ends):
        text = "gap" if number == 0 else None
        axes.axvspan(hours[at - 1], hours[at], color=ORANGE, alpha=0.25, label=text, zorder=0)


def _capacities(axes: Axes, cycles: Sequence[Cycle]) -> None:
    """Draw the capacity of each cycle; halves at the ends of the file are open dots."""
    number = [cycle.cycle for cycle in cycles]
    capacity = [cycle.discharge_capacity_Ah for cycle in cycles]
    style = "o-" if len(cycles) <= DOTS_UP_TO else "-"
    axes.plot(number, capacity, style, color=BLUE, markersize=3.5, linewidth=0.9)
    for cycle, value in zip(cycles, capacity, strict=True):
        if not cycle.complete:
            axes.plot(cycle.cycle, value, "o", color=BLUE, markerfacecolor="white", markersize=4.5)
    if all(two == one + 1 for one, two in pairwise(number)) and len(number) <= FEWEST_CYCLES * 5:
        axes.set_xticks(number)
    about = RECORDED["discharge_capacity_Ah"].unit
    label(axes, x="Cycle [-]; open: half a cycle", y=f"Discharged [{UNITS[about]}]")
