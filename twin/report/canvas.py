"""What every figure shares: size, palette, axes and the marks of check-ups.

Figures are made with Matplotlib's objects alone, never with ``pyplot``, so that drawing
neither needs a display nor keeps state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twin.errors import ResultsError
from twin.units import SECONDS_PER_DAY

DPI = 150
WIDTH = 8.0
# Okabe & Ito's colours, distinguishable with every common colour vision
BLACK, GREY = "#000000", "#6e6e6e"
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
SERIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
DASHES = ("-", "--", "-.", ":")


class NothingToDraw(ResultsError):
    """The results do not hold what a figure shows; the message is a sentence for the page."""


class ReportFigure(Figure):
    """A figure that notebooks show inline without ``pyplot``."""

    def _repr_png_(self) -> bytes:
        return png(self)


def png(figure: Figure) -> bytes:
    """Return the figure as PNG."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, facecolor="white")
    return buffer.getvalue()


def panels(
    heights: Sequence[float], *, columns: int = 1, sharex: Any = False, height: float = 2.7
) -> tuple[ReportFigure, list[Axes]]:
    """Return a figure and its axes, row by row; heights are relative to ``height`` [inch]."""
    figure = ReportFigure(figsize=(WIDTH, height * sum(heights)), layout="constrained")
    grid = figure.subplots(
        len(heights), columns, squeeze=False, sharex=sharex, height_ratios=list(heights)
    )
    axes = list(grid.flat)
    for one in axes:
        one.grid(visible=True, color="#dddddd", linewidth=0.6)
        one.set_axisbelow(True)
        one.spines[["top", "right"]].set_visible(False)
        one.margins(x=0.02)
    return figure, axes


def label(axes: Axes, x: str = "", y: str = "", title: str = "") -> None:
    """Name the axes with units; a title is left-aligned."""
    if x:
        axes.set_xlabel(x)
    if y:
        axes.set_ylabel(y)
    if title:
        axes.set_title(title, loc="left", fontsize=10.5, fontweight="bold")
    axes.ticklabel_format(axis="y", useOffset=False)


def legend_above(axes: Axes, columns: int = 2) -> None:
    """Put the legend above the axes, where it hides no data."""
    handles, _ = axes.get_legend_handles_labels()
    if handles:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=columns,
            fontsize=8.5,
            frameon=False,
            borderaxespad=0.2,
            columnspacing=1.4,
            handlelength=1.8,
        )


def values(table: pd.DataFrame, column: str) -> np.ndarray:
    """Return a column as floats; NaN where the table does not have it."""
    if column not in table:
        return np.full(len(table), np.nan)
    return np.asarray(pd.to_numeric(table[column], errors="coerce"), dtype=float)


def has(table: pd.DataFrame, *columns: str) -> bool:
    """Return whether any of the columns holds a number."""
    return any(bool(np.isfinite(values(table, column)).any()) for column in columns)


def of_kind(cycles: pd.DataFrame, *kinds: str) -> pd.DataFrame:
    """Return the rows of these kinds."""
    return cycles[cycles["kind"].isin(kinds)] if "kind" in cycles else cycles.iloc[:0]


class Life:
    """The axis of age: ageing cycles, or days where the protocol has storage."""

    def __init__(self, cycles: pd.DataFrame) -> None:
        self.in_days = bool(len(of_kind(cycles, "storage")))
        self.label = "Time [d]" if self.in_days else "Ageing cycle [-]"

    def of(self, table: pd.DataFrame) -> np.ndarray:
        """Return the age at each row of cycles or check-ups."""
        if not self.in_days:
            return values(table, "cycle")
        column = "end_time_s" if "end_time_s" in table else "time_s"
        return values(table, column) / SECONDS_PER_DAY


def mark_checkups(axes: Iterable[Axes], ages: np.ndarray) -> None:
    """Draw a faint dotted line at each check-up, named in the legend of the first axes."""
    for place, one in enumerate(axes):
        for number, age in enumerate(ages):
            named = "Check-up" if place == 0 and number == 0 else "_"
            one.axvline(age, color=GREY, linewidth=0.9, linestyle=":", label=named, zorder=0.5)


def signed_stack(axes: Axes, x: np.ndarray, parts: Sequence[tuple[str, np.ndarray, str]]) -> None:
    """Stack what is positive upwards from zero and what is negative downwards."""
    up, down = np.zeros_like(x), np.zeros_like(x)
    for name, part, colour in parts:
        finite = np.nan_to_num(part)
        above, below = np.maximum(finite, 0), np.minimum(finite, 0)
        style: dict[str, Any] = {"facecolor": colour, "linewidth": 0.4, "edgecolor": "white"}
        axes.fill_between(x, up, up + above, label=name, **style)
        axes.fill_between(x, down, down + below, **style)
        up, down = up + above, down + below


def signed_bars(axes: Axes, x: np.ndarray, parts: Sequence[tuple[str, np.ndarray, str]]) -> None:
    """Stacked bars, positive parts upwards from zero and negative parts downwards."""
    gaps = np.diff(np.unique(x))
    width = float(min(0.55 * gaps.min(), 0.15 * gaps.sum())) if gaps.size else 1.0
    up, down = np.zeros_like(x), np.zeros_like(x)
    for name, part, colour in parts:
        finite = np.nan_to_num(part)
        base = np.where(finite >= 0, up, down)
        axes.bar(x, finite, width, base, color=colour, edgecolor="white", linewidth=0.4, label=name)
        up, down = up + np.maximum(finite, 0), down + np.minimum(finite, 0)
