"""Figures of fits and forecasts: small multiples over life, residuals, correlations, PIT."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from twin.forecast.bands import INTERVALS, Band
from twin.forecast.thresholds import ThresholdTime
from twin.report.canvas import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SERIES,
    SKY,
    VERMILION,
    YELLOW,
    ReportFigure,
    label,
    panels,
)

Array = NDArray[np.float64]
MOST_COLUMNS = 6
SHADES = {90: 0.18, 50: 0.38}
OTHERS = (VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY, YELLOW, "#7a4a00")
LOOKS = ((0, (5, 2)), (0, (1, 1)), (0, (4, 1, 1, 1)))
AGES = {
    "cycle": "Ageing cycle [-]",
    "efc": "Equivalent full cycles [-]",
    "time_d": "Time [d]",
    "time_s": "Time [h]",
}
NAMES = {
    "capacity_Ah": "Capacity [A.h]",
    "capacity_percent": "Capacity [% of first]",
    "resistance_mOhm": r"Resistance [m$\Omega$]",
    "resistance_percent": "Resistance [% of first]",
    "lli_percent": "Lost lithium inventory [%]",
    "lam_negative_percent": "Lost negative material [%]",
    "lam_positive_percent": "Lost positive material [%]",
    "capacity_negative_Ah": "Negative electrode [A.h]",
    "capacity_positive_Ah": "Positive electrode [A.h]",
    "swelling_um": r"Swelling [$\mathrm{\mu m}$]",
    "voltage_V": "Terminal voltage [V]",
    "temperature_degC": "Temperature [degC]",
    "thickness_um": r"Change of thickness [$\mathrm{\mu m}$]",
}


@dataclass(frozen=True)
class Points:
    """Measurements of one panel.

    Parameters
    ----------
    x, y : ages and values
    hidden : whether a forecast did not see them
    """

    x: Array
    y: Array
    hidden: bool = False


@dataclass(frozen=True)
class Line:
    """A curve of one panel, with what measurements may be away from it.

    Parameters
    ----------
    x, y : ages and values
    half : half width of the 90 % interval of a measurement, or ``None``
    name : in the legend
    """

    x: Array
    y: Array
    half: Array | None = None
    name: str = "best run"


@dataclass(frozen=True)
class Panel:
    """What is drawn for one experiment.

    Parameters
    ----------
    title : name of the experiment
    points, lines : measurements and curves
    band : forecast
    times : when the quantity passes thresholds
    begins : age from which the band is drawn
    """

    title: str
    points: Sequence[Points] = ()
    lines: Sequence[Line] = ()
    band: Band | None = None
    times: Sequence[ThresholdTime] = ()
    begins: float = -math.inf


def multiples(
    count: int, *, sharey: bool = True, height: float = 2.2
) -> tuple[ReportFigure, list[Axes]]:
    """Return a figure with one panel for each of many, at most six in a row.

    Parameters
    ----------
    count : of panels
    sharey : whether all have one axis of values
    height : of a row where there are few [inch]
    """
    columns = next((c for c, most in ((1, 1), (2, 4), (3, 9), (4, 16)) if count <= most), 6)
    rows = math.ceil(count / columns)
    tall = {1: 1.7 * height, 2: 1.25 * height, 3: height}.get(columns, 0.85 * height)
    width = 8.0 if columns < MOST_COLUMNS else 10.5
    figure = ReportFigure(figsize=(width, tall * rows + 0.6), layout="constrained")
    grid = list(figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=sharey).flat)
    for place, axes in enumerate(grid):
        axes.set_visible(place < count)
        axes.grid(visible=True, color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=9 if columns < 4 else 7.5)
        if count - columns <= place < count:
            axes.tick_params(labelbottom=True)
    return figure, grid[:count]


def life_figure(shown: Sequence[Panel], quantity: str, age: str) -> Figure:
    """Return measurements, curves and bands of one quantity, a panel for each experiment.

    Parameters
    ----------
    shown : the panels
    quantity : a name of `NAMES`
    age : a name of `AGES`
    """
    figure, grid = multiples(len(shown))
    scale = 1 / 3600 if age == "time_s" else 1.0
    for axes, panel in zip(grid, shown, strict=True):
        _draw(axes, panel, scale, small=len(shown) > 4)
        if len(shown) > 1:
            axes.set_title(panel.title, loc="left", fontsize=8.5 if len(shown) > 9 else 9.5)
        axes.ticklabel_format(axis="y", useOffset=False)
    _limit(grid[0], shown)
    _common(figure, AGES.get(age, age), NAMES.get(quantity, quantity))
    _legend(figure, grid)
    return figure


def _limit(axes: Axes, shown: Sequence[Panel]) -> None:
    """Let the values show measurements and our own curves; simple laws may leave the picture."""
    rows = [points.y for panel in shown for points in panel.points]
    for panel in shown:
        if panel.band is not None:
            keep = panel.band.x >= panel.begins
            rows += [panel.band.q05[keep], panel.band.q95[keep]]
        rows += [
            line.y + k * line.half for line in panel.lines if line.half is not None for k in (-1, 1)
        ]
        rows += [np.array([time.threshold]) for time in panel.times]
    every = np.concatenate(rows) if rows else np.empty(0)
    every = every[np.isfinite(every)]
    if every.size:
        low, high = float(every.min()), float(every.max())
        room = 0.04 * (high - low) or 0.01 * abs(high) or 1.0
        axes.set_ylim(low - room, high + room)


def _draw(axes: Axes, panel: Panel, scale: float, *, small: bool) -> None:
    if panel.band is not None:
        _band(axes, panel.band, panel.begins)
    for place, line in enumerate(panel.lines):
        colour = BLUE if line.half is not None else OTHERS[place % len(OTHERS)]
        style: Any = "-" if line.half is not None else LOOKS[place % len(LOOKS)]
        if line.half is not None:
            low, high = line.y - line.half, line.y + line.half
            axes.fill_between(
                scale * line.x, low, high, color=BLUE, alpha=0.2, linewidth=0, label="90 % interval"
            )
        width = 1.4 if line.half is not None else 1.0
        axes.plot(scale * line.x, line.y, color=colour, ls=style, lw=width, label=line.name)
    for time in panel.times:
        _threshold(axes, time)
    size = 2.5 if small else 4.0
    for points in panel.points:
        name = "measured, hidden" if points.hidden else "measured"
        face = "white" if points.hidden else BLACK
        axes.plot(
            scale * points.x,
            points.y,
            "o",
            ms=size + 0.6 * points.hidden,
            mfc=face,
            mec=VERMILION if points.hidden else BLACK,
            mew=0.8,
            label=name,
            zorder=3,
        )


def _band(axes: Axes, band: Band, begins: float) -> None:
    keep = band.x >= begins
    for percent, (low, high) in sorted(INTERVALS.items(), reverse=True):
        ends = getattr(band, low)[keep], getattr(band, high)[keep]
        axes.fill_between(
            band.x[keep],
            *ends,
            color=BLUE,
            alpha=SHADES[percent],
            linewidth=0,
            label=f"{percent} % interval",
        )
    axes.plot(band.x[keep], band.mean[keep], color=BLUE, lw=1.3, label="forecast, mean")


def _threshold(axes: Axes, time: ThresholdTime) -> None:
    """Draw a threshold, and the 90 % interval of when it is passed."""
    axes.axhline(time.threshold, color=GREY, ls=":", lw=1.0, label="threshold")
    low, high = (min(end, time.horizon) for end in time.interval(90))
    if low < time.horizon:
        axes.plot([low, high], [time.threshold] * 2, color=ORANGE, lw=3, label="passes it, 90 %")


def _common(figure: ReportFigure, x: str, y: str) -> None:
    figure.supxlabel(x, fontsize=10)
    figure.supylabel(y, fontsize=10)


def _legend(figure: ReportFigure, grid: Sequence[Axes]) -> None:
    named: dict[str, Any] = {}
    for axes in grid:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            named.setdefault(name, handle)
    columns = min(len(named), 5)
    figure.legend(
        list(named.values()),
        list(named),
        loc="outside upper left",
        ncols=max(columns, 1),
        fontsize=8.5,
        frameon=False,
    )


def residual_figure(
    residuals: Mapping[tuple[str, str], Sequence[tuple[str, Array, Array]]],
    spreads: Mapping[str, Callable[[Array], Array]],
) -> Figure:
    """Return measured minus best run over age, a panel for each quantity.

    Parameters
    ----------
    residuals : quantity and age -> experiment, ages and residuals
    spreads : quantity -> half width of the 90 % interval at ages
    """
    figure, grid = panels([1.0] * len(residuals), height=2.5)
    for axes, ((quantity, age), rows) in zip(grid, residuals.items(), strict=True):
        scale = 1 / 3600 if age == "time_s" else 1.0
        few = len(rows) <= len(SERIES)
        for place, (name, x, y) in enumerate(rows):
            order = np.argsort(x)
            colour = SERIES[place] if few else BLUE
            axes.plot(
                scale * x[order],
                y[order],
                "o-",
                ms=2.5,
                lw=0.8,
                color=colour,
                alpha=1.0 if few else 0.5,
                label=name if few else "_",
            )
        ends = max(float(x.max()) for _, x, _ in rows)
        x = np.linspace(0, ends, 100)
        half = spreads[quantity](x)
        axes.fill_between(scale * x, -half, half, color=GREY, alpha=0.15, linewidth=0)
        axes.axhline(0, color=BLACK, lw=0.8)
        label(axes, AGES[age], NAMES.get(quantity, quantity))
        if few and len(rows) > 1:
            axes.legend(fontsize=8, frameon=False, ncols=3)
    return figure


def correlation_figure(names: Sequence[str], matrix: Array) -> Figure:
    """Return the correlations of parameters as a coloured matrix with numbers.

    Parameters
    ----------
    names : of the parameters
    matrix : correlations, shape (parameters, parameters)
    """
    size = min(8.0, 2.2 + 0.5 * len(names))
    figure = ReportFigure(figsize=(size + 1.0, size), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    if len(names) <= 14:
        for (row, column), value in np.ndenumerate(matrix):
            colour = "white" if abs(value) > 0.6 else "black"
            text = f"{value:.2f}"
            axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color=colour)
    figure.colorbar(image, ax=axes, label="Correlation [-]", shrink=0.8)
    return figure


def pit_figure(counts: Mapping[str, NDArray[np.int_]]) -> Figure:
    """Return histograms of the probabilities that forecasts gave to less than what was measured.

    Parameters
    ----------
    counts : method -> number of measurements in each of some bins from 0 to 1
    """
    figure, grid = multiples(len(counts), sharey=True, height=1.9)
    for axes, (method, heights) in zip(grid, counts.items(), strict=True):
        edges = np.linspace(0, 1, len(heights) + 1)
        axes.bar(edges[:-1], heights, np.diff(edges), align="edge", color=BLUE, edgecolor="white")
        axes.axhline(heights.sum() / len(heights), color=VERMILION, ls="--", lw=1)
        axes.set_title(method, loc="left", fontsize=9.5)
        axes.set_xlim(0, 1)
    _common(figure, "Probability that was given to less than the measured value [-]", "Number [-]")
    return figure
