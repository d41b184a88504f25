"""Figures that put runs beside measurements and beside each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twin.compare import Overlay, residuals
from twin.report.canvas import (
    BLACK,
    DASHES,
    SERIES,
    Life,
    NothingToDraw,
    has,
    label,
    legend_above,
    of_kind,
    panels,
    values,
)

_QUANTITIES = (
    ("voltage", "voltage_V", "Terminal voltage [V]", "Error [mV]", 1e3),
    ("temperature", "temperature_degC", "Temperature [°C]", "Error [K]", 1.0),
)


def comparison_figure(overlay: Overlay) -> Figure:
    """Measured against simulated voltage and temperature, with the errors below.

    The error is simulated minus measured; the legend names the root mean square.
    """
    if overlay.measured is None or not overlay.simulated:
        reasons = {row["reason"] for row in overlay.rows} - {""}
        raise NothingToDraw(
            f"'{overlay.label}' was not compared: {overlay.reason or '; '.join(sorted(reasons))}."
        )
    drawn = [each for each in _QUANTITIES if each[1] in overlay.measured]
    if not drawn:
        raise NothingToDraw(f"'{overlay.label}' holds neither a voltage nor a temperature.")
    figure, axes = panels([1.5, 0.8] * len(drawn), height=2.3)
    for place, (quantity, column, name, error_name, scale) in enumerate(drawn):
        above, below = axes[2 * place], axes[2 * place + 1]
        below.sharex(above)
        _draw_quantity(above, below, overlay, (quantity, column, scale))
        label(above, y=name)
        label(below, "Time [s]", error_name)
        above.tick_params(labelbottom=False)
        legend_above(above, 3)
    return figure


def _draw_quantity(
    above: Axes, below: Axes, overlay: Overlay, what: tuple[str, str, float]
) -> None:
    """Draw one quantity of an overlay and its errors."""
    quantity, column, scale = what
    measured = overlay.measured
    if measured is None:
        return
    above.plot(measured["time_s"], measured[column], color=BLACK, linewidth=2.2, label="Measured")
    below.axhline(0, color=BLACK, linewidth=0.8)
    for number, (variant, table) in enumerate(overlay.simulated.items()):
        colour, dash = SERIES[number % len(SERIES)], DASHES[(number + 1) % len(DASHES)]
        name = f"{_plain(variant)}{_rmse(overlay, variant, quantity)}"
        above.plot(table["time_s"], table[column], dash, color=colour, label=name)
        time, error = residuals(measured, table, column)
        below.plot(time, scale * error, dash, color=colour)


def _plain(name: str) -> str:
    """Return a name that Matplotlib shows as it is, dollar signs and underscores included."""
    return name.replace("$", r"\$").removeprefix("_")


def _rmse(overlay: Overlay, variant: str, quantity: str) -> str:
    """Return the root mean square error for a legend."""
    for row in overlay.rows:
        if (row["variant"], row["quantity"]) == (variant, quantity) and np.isfinite(row["rmse"]):
            digits = 1 if row["unit"] == "mV" else 2
            return f" (RMSE {row['rmse']:.{digits}f} {row['unit']})"
    return ""


def variants_figure(runs: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> Figure:
    """Fade of several parameter sets under one protocol; each run is (cycles, check-ups)."""
    ageing = {name: of_kind(cycles, "ageing") for name, (cycles, _) in runs.items()}
    if len(runs) < 2 or max(len(rows) for rows in ageing.values()) < 2:
        raise NothingToDraw(
            "There are no variants with more than one ageing cycle to put side by side."
        )
    measured = any(has(checkups, "capacity_Ah") for _, checkups in runs.values())
    figure, axes = panels([1.2, 1.2] if measured else [1.2], sharex=True)
    life = Life(next(iter(runs.values()))[0])
    for number, (name, (_, checkups)) in enumerate(runs.items()):
        colour, dash = SERIES[number % len(SERIES)], DASHES[number % len(DASHES)]
        rows = ageing[name]
        percent = _of_first(values(rows, "discharge_capacity_Ah"))
        axes[0].plot(life.of(rows), percent, dash, color=colour, label=_plain(name))
        if measured:
            percent = _of_first(values(checkups, "capacity_Ah"))
            axes[1].plot(life.of(checkups), percent, dash, marker="o", color=colour, label=name)
    label(axes[0], y="Discharge of each cycle\n[% of first]")
    if measured:
        label(axes[1], y="Check-up capacity\n[% of first]")
    label(axes[-1], x=life.label)
    legend_above(axes[0], 3)
    return figure


def _of_first(series: np.ndarray) -> np.ndarray:
    """Return a series in percent of its first finite value."""
    known = series[np.isfinite(series)]
    return 100 * series / known[0] if known.size else series
