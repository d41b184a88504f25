"""The figure: each cell as forecast from its first check-ups and as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twin.forecast import Forecast

COLUMNS = 6


def _one(axes: Axes, cell: tuple[np.ndarray, np.ndarray], forecast: Forecast) -> None:
    (band,) = forecast.quantities.values()
    axes.fill_between(band.x, band.q05, band.q95, color="#0072B2", alpha=0.2, lw=0, label="90 %")
    axes.fill_between(band.x, band.q25, band.q75, color="#0072B2", alpha=0.4, lw=0, label="50 %")
    axes.plot(band.x, band.median, color="#0072B2", lw=1, label="median")
    cycle, y = cell
    shown = cycle < band.x[0]
    style = {"linestyle": "none", "marker": "o", "markersize": 3, "color": "black"}
    axes.plot(cycle[~shown], 100 * y[~shown], markerfacecolor="white", label="hidden", **style)
    axes.plot(cycle[shown], 100 * y[shown], label="shown", **style)
    axes.axhline(80 * y[0], color="0.6", lw=0.6, linestyle=":")


def draw(
    cells: Mapping[str, tuple[np.ndarray, np.ndarray]],
    forecasts: Mapping[str, Forecast],
    path: Path,
) -> None:
    """Write small multiples, a cell each."""
    rows = -(-len(forecasts) // COLUMNS)
    figure = Figure(figsize=(12, 1.9 * rows + 0.6), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False)
    for axes, (name, forecast) in zip(panels.flat, forecasts.items(), strict=False):
        _one(axes, cells[name], forecast)
        axes.set_title(f"cell {name.rsplit('_', 1)[-1]}", fontsize=8)
        axes.tick_params(labelsize=7)
    for axes in panels[-1]:
        axes.set_xlabel("Cycles", fontsize=8)
    for axes in panels[:, 0]:
        axes.set_ylabel("Capacity\n[% of nominal]", fontsize=8)
    panels[0, 0].set_ylim(0, 105)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, fontsize=8)
    figure.savefig(path, dpi=110)
