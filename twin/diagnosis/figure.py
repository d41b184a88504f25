"""Figures of a diagnosis: the curve and its fit, its features, the half-cells, and the losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from twin.diagnosis.fitted import FittedBalance
from twin.report.canvas import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PURPLE,
    VERMILION,
    ReportFigure,
    label,
    legend_above,
    panels,
)

MARGIN_V = 0.1
_STEEP = 4.0  # times the median slope: the largest that is drawn
_LINES = (
    ("lli_percent", "Lithium (LLI)", BLACK),
    ("lam_negative_percent", "Negative (LAM)", BLUE),
    ("lam_positive_percent", "Positive (LAM)", VERMILION),
    ("lam_negative_primary_percent", "First negative material", PURPLE),
    ("lam_negative_secondary_percent", "Second negative material", ORANGE),
)


def balance_figure(fit: FittedBalance) -> ReportFigure:
    """Return measured and fitted voltage, their slopes, and the half-cells with their windows."""
    figure, axes = panels([1.1, 0.6, 0.9, 1.1])
    share, measured, fitted = fit.points
    charge = share * fit.curve.span_Ah
    top, rest, slopes, halves = axes
    top.plot(fit.curve.charge_Ah, fit.curve.voltage_V, color=GREY, linewidth=2.5, label="Measured")
    top.plot(charge, fitted, color=VERMILION, linestyle="--", label="Fitted")
    label(top, y="Voltage [V]", title=f"{fit.curve.label}: {fit.rmse_mV:.1f} mV off")
    top.legend(frameon=False, loc="lower right")
    rest.axhline(0, color=GREY, linewidth=0.8)
    rest.plot(charge, 1e3 * (measured - fitted), color=BLACK)
    label(rest, y="Measured less\nfitted [mV]")
    for volts, colour, style in ((measured, GREY, "-"), (fitted, VERMILION, "--")):
        slopes.plot(charge, np.gradient(volts, charge), color=colour, linestyle=style)
    slopes.set_ylim(0, _STEEP * float(np.median(np.gradient(measured, charge))))
    label(slopes, x="Charge in the cell [A.h]", y="dV/dQ [V/(A.h)]")
    _draw_half_cells(halves, fit)
    return figure


def _draw_half_cells(axes: Axes, fit: FittedBalance) -> None:
    """Draw both potentials over the charge of the cell, thick where the curve uses them."""
    span, (x_0, x_1, y_0, y_1) = fit.curve.span_Ah, fit.given[:4]
    cells = fit.half_cells
    windows = {
        "Positive": (cells.positive, (y_0, y_1), VERMILION),
        "Negative": (cells.negative, (x_0, x_1), BLUE),
    }
    for name, (half, (empty, full), colour) in windows.items():
        charge = (half.sto - empty) / (full - empty) * span
        volts = half.potential()
        inside = (charge >= 0) & (charge <= span)
        sure = [fit.standard_deviations[k] for k in (f"capacity_{name.lower()}_Ah",)]
        value = fit.values[f"capacity_{name.lower()}_Ah"]
        axes.plot(charge, volts, color=colour, linewidth=0.9, alpha=0.5)
        words = f"{name}: {value:.3g} ± {sure[0]:.1g} A.h, {empty:.3f} to {full:.3f}"
        axes.plot(charge[inside], volts[inside], color=colour, linewidth=2.5, label=words)
    for end in (0.0, span):
        axes.axvline(end, color=GREY, linewidth=0.8, linestyle=":")
    axes.set_ylim(-MARGIN_V, float(fit.curve.voltage_V.max()) + 5 * MARGIN_V)
    label(axes, x="Charge in the cell [A.h]", y="Potential [V]")
    legend_above(axes)


def modes_figure(rows: Sequence[Mapping[str, Any]]) -> ReportFigure:
    """Return the losses over the curves in their order, with 90 % intervals.

    Parameters
    ----------
    rows : of :func:`twin.diagnosis.modes.modes_table`
    """
    figure, (axes,) = panels([1.3])
    at = np.arange(len(rows))
    shown = [line for line in _LINES if line[0] in rows[0]]
    for k, (name, words, colour) in enumerate(shown):
        values = [row[name] for row in rows]
        reach = [1.645 * row[f"{name}_sd"] for row in rows]
        axes.errorbar(
            at + 0.04 * (k - len(shown) / 2), values, reach, color=colour, label=words, capsize=3,
            marker="o", markersize=4,
        )  # fmt: skip
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_xticks(at, [str(row["curve"]) for row in rows])
    label(axes, y="Lost since the first curve [%]")
    legend_above(axes, columns=3)
    return figure
