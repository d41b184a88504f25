"""Figures of one run: tables in, Matplotlib figure out.

Every function takes the tables of a results folder and returns a figure that notebooks show
inline; `NothingToDraw` says in one sentence why there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twin.report.canvas import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
    Life,
    NothingToDraw,
    has,
    label,
    legend_above,
    mark_checkups,
    of_kind,
    panels,
    signed_bars,
    signed_stack,
    values,
)
from twin.units import SECONDS_PER_HOUR

_MANY_CHECKUPS = 25
_LEAST_TEMPERATURE_CHANGE_K = 0.01
_NM_PER_UM = 1000.0
_LARGEST_REST = 0.01
_LEAST_EFFICIENCY_SPAN_PERCENT = 0.04


def fade_figure(
    cycles: pd.DataFrame, checkups: pd.DataFrame, manifest: Mapping[str, Any]
) -> Figure:
    """Capacity of every cycle and check-up, and resistance below where it is measured."""
    ageing, life = of_kind(cycles, "ageing"), Life(cycles)
    resistance = has(checkups, "resistance_mOhm")
    if not has(ageing, "discharge_capacity_Ah") and not has(checkups, "capacity_Ah"):
        raise NothingToDraw("No cycle and no check-up was completed, so there is no fade to show.")
    figure, axes = panels([1.45, 1.0] if resistance else [1.45], sharex=True)
    top = axes[0]
    capacity = values(ageing, "discharge_capacity_Ah")
    if len(ageing):
        name = f"Discharge of each ageing cycle{_retained(capacity)}"
        style: dict[str, Any] = {"marker": "." if len(ageing) < 40 else ""}
        top.plot(life.of(ageing), capacity, color=BLUE, label=name, **style)
        _mark_simulated(top, life, ageing)
    measured = values(checkups, "capacity_Ah")
    if len(checkups):
        name = f"Check-up{_retained(measured)}"
        top.plot(life.of(checkups), measured, "o--", color=VERMILION, linewidth=1, label=name)
    _percent_axis(top, measured if np.isfinite(measured).any() else capacity, len(checkups) > 0)
    label(top, y="Capacity [A.h]")
    if resistance:
        ohms = values(checkups, "resistance_mOhm")
        axes[1].plot(life.of(checkups), ohms, "s--", color=GREEN, linewidth=1, label="Check-up")
        _percent_axis(axes[1], ohms, True)
        label(axes[1], y=r"Resistance [m$\Omega$]")
    mark_checkups(axes[1:], life.of(checkups))
    for age in life.of(checkups):
        top.axvline(age, color=GREY, linewidth=0.9, linestyle=":", zorder=0.5)
    legend_above(top)
    label(axes[-1], x=life.label)
    planned, done = manifest.get("planned_cycles"), manifest.get("completed_cycles")
    if planned and done is not None and done < planned:
        top.set_title(f"{done} of {planned} cycles", loc="right", fontsize=9, color=GREY, pad=22)
    return figure


def _mark_simulated(axes: Axes, life: Life, ageing: pd.DataFrame) -> None:
    """Mark the cycles that were simulated, where others were jumped over."""
    run = ageing[values(ageing, "simulated") == 1] if "simulated" in ageing else ageing
    if len(run) < len(ageing):
        capacity = values(run, "discharge_capacity_Ah")
        axes.plot(life.of(run), capacity, "|", color=BLUE, markersize=7, label="Simulated")


def _retained(capacity: np.ndarray) -> str:
    """Return the last value in percent of the first, for a legend."""
    known = capacity[np.isfinite(capacity)]
    return f" (last: {100 * known[-1] / known[0]:.1f} % of first)" if known.size > 1 else ""


def _percent_axis(axes: Axes, series: np.ndarray, from_checkups: bool) -> None:
    """Add a right-hand axis in percent of the first finite value."""
    known = series[np.isfinite(series)]
    if not known.size or known[0] == 0:
        return
    first = float(known[0])
    scale = 100 / first
    right = axes.secondary_yaxis(
        "right", functions=(partial(np.multiply, scale), partial(np.multiply, 1 / scale))
    )
    right.set_ylabel(f"of first {'check-up' if from_checkups else 'cycle'} [%]")
    right.ticklabel_format(axis="y", useOffset=False)


def voltage_figure(timeseries: pd.DataFrame, cycles: pd.DataFrame | None = None) -> Figure:
    """First and last ageing cycle: voltage against charge removed and against time."""
    chosen = _first_and_last(timeseries)
    figure, axes = panels([1.2, 1.2])
    for (name, rows), colour, dash in zip(chosen, (BLUE, VERMILION), ("-", "--"), strict=False):
        charge = values(rows, "charge_passed_Ah") - values(rows, "charge_passed_Ah")[0]
        hours = (values(rows, "time_s") - values(rows, "time_s")[0]) / SECONDS_PER_HOUR
        volts = values(rows, "voltage_V")
        axes[0].plot(charge, volts, dash, color=colour, label=name)
        axes[1].plot(hours, volts, dash, color=colour, label=name)
    label(axes[0], "Charge removed since the start of the cycle [A.h]", "Terminal voltage [V]")
    label(axes[1], "Time since the start of the cycle [h]", "Terminal voltage [V]")
    legend_above(axes[0])
    return figure


def _first_and_last(timeseries: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the first and last ageing cycle of the time series, named."""
    ageing = of_kind(timeseries, "ageing")
    if not has(ageing, "voltage_V"):
        raise NothingToDraw(
            "No time series of an ageing cycle was stored (outputs.timeseries.cycles), "
            "so there is no voltage curve to show."
        )
    numbers = sorted(set(ageing["sequence"]))
    chosen = [numbers[0], numbers[-1]] if len(numbers) > 1 else numbers
    tables = [ageing[ageing["sequence"] == number] for number in chosen]
    return [(f"Cycle {int(rows['cycle'].iloc[0])}", rows) for rows in tables]


LITHIUM = (
    ("SEI", ("lithium_sei_Ah",), BLUE),
    ("SEI on cracks", ("lithium_sei_on_cracks_Ah",), SKY),
    ("Plated and dead lithium", ("lithium_plated_Ah", "lithium_dead_Ah"), PURPLE),
    ("Lithium in lost material", ("lithium_in_lost_material_Ah",), ORANGE),
)
LOSSES = (
    ("SEI", ("loss_sei_Ah",), BLUE),
    ("SEI on cracks", ("loss_sei_on_cracks_Ah",), SKY),
    ("Lithium plating", ("loss_plating_Ah",), PURPLE),
    ("Lithium in lost material", ("loss_lithium_in_lost_material_Ah",), ORANGE),
    ("Negative material", ("loss_lam_negative_Ah",), GREEN),
    ("Positive material", ("loss_lam_positive_Ah",), VERMILION),
    ("Lithium in the electrolyte", ("loss_electrolyte_Ah",), YELLOW),
    ("Polarisation", ("loss_kinetic_Ah",), GREY),
)
_Parts = list[tuple[str, np.ndarray, str]]


def _parts(table: pd.DataFrame, which: Any) -> _Parts:
    """Return name, summed columns and colour of the parts that are not zero throughout."""
    found = []
    for name, columns, colour in which:
        total = np.nansum([values(table, column) for column in columns], axis=0)
        if np.any(np.abs(total) > 0):
            found.append((name, np.asarray(total, dtype=float), colour))
    return found


def losses_figure(cycles: pd.DataFrame, checkups: pd.DataFrame) -> Figure:
    """Where the lithium went (above) and what the measured capacity was lost to (below)."""
    drawers = [_can_draw_lithium(cycles), _can_draw_attribution(checkups)]
    if all(drawers):
        raise NothingToDraw(" ".join(drawers))
    figure, axes = panels([1.3] * drawers.count(""))
    free = iter(axes)
    if not drawers[0]:
        _draw_lithium(next(free), cycles, checkups)
    if not drawers[1]:
        _draw_attribution(next(free), cycles, checkups)
    return figure


def lithium_figure(cycles: pd.DataFrame, checkups: pd.DataFrame) -> Figure:
    """Lithium bound outside the particles, by where it is, over life."""
    if reason := _can_draw_lithium(cycles):
        raise NothingToDraw(reason)
    figure, axes = panels([1.6])
    _draw_lithium(axes[0], cycles, checkups)
    return figure


def attribution_figure(cycles: pd.DataFrame, checkups: pd.DataFrame) -> Figure:
    """Capacity measured by the check-ups, split into what it was lost to."""
    if reason := _can_draw_attribution(checkups):
        raise NothingToDraw(reason)
    figure, axes = panels([1.7])
    _draw_attribution(axes[0], cycles, checkups)
    return figure


def _can_draw_lithium(cycles: pd.DataFrame) -> str:
    """Return why lithium cannot be drawn, or ""."""
    if len(of_kind(cycles, "ageing", "storage")) < 1:
        return "No ageing cycle was completed, so no lithium can have been lost."
    if not _parts(cycles, LITHIUM):
        return "The model has no reaction that consumes lithium, so there is no loss to show."
    return ""


def _can_draw_attribution(checkups: pd.DataFrame) -> str:
    """Return why the attribution cannot be drawn, or ""."""
    if len(checkups) < 2:
        count = "one check-up was" if len(checkups) else "no check-up was"
        return f"Only {count} completed; two are needed to say what capacity was lost to.".replace(
            "Only no", "No"
        )
    if not has(checkups.iloc[1:], "loss_total_Ah"):
        return "The check-ups hold no capacity loss, so it cannot be attributed."
    return ""


def _draw_lithium(axes: Axes, cycles: pd.DataFrame, checkups: pd.DataFrame) -> None:
    life = Life(cycles)
    age = life.of(cycles)
    parts = _parts(cycles, LITHIUM)
    if len(cycles) > 2:
        signed_stack(axes, age, parts)
    else:
        signed_bars(axes, age[-1:], [(name, part[-1:], colour) for name, part, colour in parts])
    axes.axhline(0, color=BLACK, linewidth=0.8)
    mark_checkups([axes], life.of(checkups))
    label(axes, life.label, "Lithium taken up since the start [A.h]")
    legend_above(axes, 3)


def not_attributed(checkups: pd.DataFrame) -> np.ndarray | None:
    """Return measured loss minus its parts [A.h], or ``None`` if that is below 1 % of it."""
    total = values(checkups, "loss_total_Ah")
    columns = [values(checkups, column) for _, names, _ in LOSSES for column in names]
    rest = np.asarray(total - np.nansum(columns, axis=0), dtype=float)
    missing = np.nanmax(np.abs(rest)) > _LARGEST_REST * np.nanmax(np.abs(total))
    return rest if missing else None


def _draw_attribution(axes: Axes, cycles: pd.DataFrame, checkups: pd.DataFrame) -> None:
    life = Life(cycles)
    age, total = life.of(checkups), values(checkups, "loss_total_Ah")
    parts = _parts(checkups, LOSSES)
    rest = not_attributed(checkups)
    if rest is not None:
        parts.append(("Not attributed", rest, "#c8c8c8"))
    draw = signed_bars if len(checkups) <= _MANY_CHECKUPS else signed_stack
    draw(axes, age, parts)
    style: dict[str, Any] = {"markerfacecolor": "white", "linewidth": 1.4}
    axes.plot(age, total, "D-", color=BLACK, markersize=5, label="Measured loss", **style)
    axes.axhline(0, color=BLACK, linewidth=0.8)
    label(axes, life.label, "Capacity loss since\nthe first check-up [A.h]")
    legend_above(axes, 3)


def mechanics_figure(cycles: pd.DataFrame, checkups: pd.DataFrame | None = None) -> Figure:
    """Range of surface stress per cycle in both electrodes, and crack length over life."""
    ageing, life = of_kind(cycles, "ageing"), Life(cycles)
    sides = [side for side in ("negative", "positive") if has(ageing, _stress("maximum", side))]
    cracks = [
        side
        for side in ("negative", "positive")
        if len(ageing)
        and has(cycles, f"crack_length_{side}_nm")
        and np.nanmax(values(cycles, f"crack_length_{side}_nm")) > 0  # particles without cracks: 0
    ]
    if not sides and not cracks:
        raise NothingToDraw(
            "No stress was computed: the model has no mechanics, or no ageing cycle was completed."
        )
    heights = [1.0] * (len(sides) + bool(cracks))
    figure, axes = panels(heights, sharex=True, height=2.5)
    free = iter(axes)
    for side in sides:
        _draw_stress(next(free), ageing, life, side)
    if cracks:
        _draw_cracks(next(free), cycles, life, cracks)
    if checkups is not None:
        for one in axes:
            mark_checkups([one], life.of(checkups))
    for one in axes:
        legend_above(one, 3)
    label(axes[-1], x=life.label)
    return figure


def _stress(extreme: str, side: str) -> str:
    return f"{extreme}_stress_{side}_MPa"


def _draw_stress(axes: Axes, ageing: pd.DataFrame, life: Life, side: str) -> None:
    age = life.of(ageing)
    high, low = (values(ageing, _stress(extreme, side)) for extreme in ("maximum", "minimum"))
    axes.fill_between(age, low, high, color=GREY, alpha=0.15, linewidth=0)
    style: dict[str, Any] = {"marker": "." if len(ageing) < 40 else ""}
    axes.plot(age, high, color=VERMILION, label="Largest in the cycle", **style)
    axes.plot(age, low, "--", color=BLUE, label="Smallest in the cycle", **style)
    axes.axhline(0, color=BLACK, linewidth=0.8)
    label(axes, y=f"{side.capitalize()} electrode:\nsurface stress [MPa]")


def _draw_cracks(axes: Axes, cycles: pd.DataFrame, life: Life, sides: list[str]) -> None:
    longest = max(float(np.nanmax(values(cycles, f"crack_length_{side}_nm"))) for side in sides)
    scale, unit = (_NM_PER_UM, "µm") if longest > _NM_PER_UM else (1.0, "nm")
    for side, colour, dash in zip(("negative", "positive"), (BLUE, VERMILION), "-:", strict=True):
        if side in sides:
            length = values(cycles, f"crack_length_{side}_nm") / scale
            name = f"{side.capitalize()} electrode"
            axes.plot(life.of(cycles), length, dash, color=colour, linewidth=1.8, label=name)
    label(axes, y=f"Crack length [{unit}]")


def modes_figure(cycles: pd.DataFrame, checkups: pd.DataFrame) -> Figure:
    """Loss of lithium inventory and of active material in percent."""
    modes = (
        ("Lithium inventory (LLI)", "lli_percent", BLACK, "-"),
        ("Negative active material (LAM)", "lam_negative_percent", BLUE, "--"),
        ("Positive active material (LAM)", "lam_positive_percent", VERMILION, "-."),
    )
    if len(cycles) < 2 or not has(cycles, *(column for _, column, _, _ in modes)):
        raise NothingToDraw(
            "Fewer than two cycles hold degradation modes, so there is no course to show."
        )
    figure, axes = panels([1.4])
    life = Life(cycles)
    for name, column, colour, dash in modes:
        if has(cycles, column):
            axes[0].plot(life.of(cycles), values(cycles, column), dash, color=colour, label=name)
    mark_checkups(axes, life.of(checkups))
    label(axes[0], life.label, "Loss since the start [%]")
    legend_above(axes[0])
    return figure


def energy_figure(cycles: pd.DataFrame, checkups: pd.DataFrame) -> Figure:
    """Energy per ageing cycle above, coulombic and energy efficiency below."""
    ageing, life = of_kind(cycles, "ageing"), Life(cycles)
    if not has(ageing, "discharge_energy_Wh"):
        raise NothingToDraw("No ageing cycle was completed, so there is no energy to show.")
    figure, axes = panels([1.0, 0.9, 0.9], sharex=True, height=2.4)
    style: dict[str, Any] = {"marker": "." if len(ageing) < 40 else ""}
    for name, column, colour, dash, place in (
        ("Charge energy", "charge_energy_Wh", VERMILION, "--", 0),
        ("Discharge energy", "discharge_energy_Wh", BLUE, "-", 0),
        ("Coulombic efficiency", "coulombic_efficiency", BLACK, "-", 1),
        ("Energy efficiency", "energy_efficiency", GREEN, "-", 2),
    ):
        scale = 100.0 if "efficiency" in column else 1.0
        y = scale * values(ageing, column)
        axes[place].plot(life.of(ageing), y, dash, color=colour, label=name, **style)
    for one in axes[1:]:
        _at_least(one, _LEAST_EFFICIENCY_SPAN_PERCENT)
    label(axes[0], y="Energy [W.h]")
    label(axes[1], y="Coulombic\nefficiency [%]")
    label(axes[2], life.label, "Energy\nefficiency [%]")
    mark_checkups(axes, life.of(checkups))
    legend_above(axes[0], 3)
    return figure


def _at_least(axes: Axes, span: float) -> None:
    """Widen the y axis to a span, so that numerical noise does not look like a signal."""
    low, high = axes.get_ylim()
    if high - low < span:
        axes.set_ylim((low + high - span) / 2, (low + high + span) / 2)


def temperature_figure(
    cycles: pd.DataFrame, checkups: pd.DataFrame, timeseries: pd.DataFrame
) -> Figure:
    """Range of cell temperature per ageing cycle, and its course in the first and last one."""
    ageing, life = of_kind(cycles, "ageing"), Life(cycles)
    high, low = (values(ageing, f"{word}_temperature_degC") for word in ("maximum", "minimum"))
    if not np.isfinite(high).any() or not np.isfinite(low).any():
        raise NothingToDraw("No ageing cycle was completed, so there is no temperature to show.")
    if np.nanmax(high) - np.nanmin(low) < _LEAST_TEMPERATURE_CHANGE_K:
        raise NothingToDraw(
            f"The cell temperature is {np.nanmean(high):.1f} °C throughout (isothermal model)."
        )
    try:
        chosen = _first_and_last(timeseries)
    except NothingToDraw:
        chosen = []
    figure, axes = panels([1.1, 1.1] if chosen else [1.1])
    axes[0].fill_between(life.of(ageing), low, high, color=GREY, alpha=0.15, linewidth=0)
    axes[0].plot(life.of(ageing), high, color=VERMILION, label="Largest in the cycle")
    axes[0].plot(life.of(ageing), low, "--", color=BLUE, label="Smallest in the cycle")
    mark_checkups(axes[:1], life.of(checkups))
    label(axes[0], life.label, "Cell temperature [°C]")
    for (name, rows), colour, dash in zip(chosen, (BLUE, VERMILION), ("-", "--"), strict=False):
        hours = (values(rows, "time_s") - values(rows, "time_s")[0]) / SECONDS_PER_HOUR
        axes[1].plot(hours, values(rows, "temperature_degC"), dash, color=colour, label=name)
        label(axes[1], "Time since the start of the cycle [h]", "Cell temperature [°C]")
    for one in axes:
        legend_above(one, 3)
    return figure
