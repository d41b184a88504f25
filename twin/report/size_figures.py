"""Figures of particles by size: how a distribution of sizes ages."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twin.report.canvas import NothingToDraw, has, label, panels, values

LITRES_PER_M3 = 1000.0
MOMENTS = 5  # lines in a panel
LOST = (
    "lithium_sei_Ah",
    "lithium_sei_on_cracks_Ah",
    "lithium_dead_Ah",
    "lithium_in_lost_material_Ah",
)
PANELS = (
    ("share_left_percent", "Active material\nleft [%]"),
    ("sei_thickness_nm", "Film thickness\n[nm]"),
    ("crack_length_nm", "Crack length\n[nm]"),
    ("lost_mol_per_l", "Lithium lost per\nmaterial [mol/l]"),
)


def sizes_figure(sizes: pd.DataFrame) -> Figure:
    """Draw what each size has become, at a few moments of the life of the cell.

    Parameters
    ----------
    sizes : the table ``sizes`` of a run

    Raises
    ------
    NothingToDraw
        for a model of one size.
    """
    if not len(sizes):
        raise NothingToDraw("The particles of this model have one size.")
    sizes = _with_shares(sizes)
    groups = [group for _, group in sizes.groupby(["electrode", "material"], sort=False)]
    shown = [panel for panel in PANELS if has(sizes, panel[0])]
    figure, axes = panels([1.0] * len(shown), columns=len(groups), sharex="col", height=2.0)
    for row, (column, text) in enumerate(shown):
        for place, group in enumerate(groups):
            one = axes[row * len(groups) + place]
            _draw(one, group, column)
            label(one, y=text if place == 0 else "")
            if row == len(shown) - 1:
                label(one, x="Particle radius [µm]")
            if row == 0:
                first = group.iloc[0]
                where = f"{first['electrode'].capitalize()} electrode {first['material']}"
                label(one, title=where.strip())
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=MOMENTS, frameon=False)
    return figure


def _with_shares(sizes: pd.DataFrame) -> pd.DataFrame:
    """Return the table with what is drawn: material left, and lithium lost per volume of it."""
    left = np.nan_to_num(values(sizes, "share_left"), nan=1.0)
    per_litre = left * values(sizes, "mean_concentration_mol_per_m3") / LITRES_PER_M3
    lost = sum(np.nan_to_num(values(sizes, column)) for column in LOST)
    held = values(sizes, "lithium_particles_Ah")
    return sizes.assign(
        share_left_percent=100 * values(sizes, "share_left"),
        lost_mol_per_l=lost / held * per_litre,
    )


def _draw(axes: Axes, group: pd.DataFrame, column: str) -> None:
    if not np.nanmax(np.abs(values(group, column))) > 0:
        axes.text(0.5, 0.5, "none", ha="center", va="center", transform=axes.transAxes)
        axes.set_yticks([])
        return
    moments = _moments(list(dict.fromkeys(group["sequence"])))
    colours = mpl.colormaps["viridis"](np.linspace(0.0, 0.85, len(moments)))
    for moment, colour in zip(moments, colours, strict=True):
        rows = group[group["sequence"] == moment]
        axes.plot(
            values(rows, "radius_um"),
            values(rows, column),
            "o-",
            color=colour,
            markersize=4,
            label=f"Cycle {rows['cycle'].iloc[0]}",
        )


def _moments(sequences: Sequence[int]) -> list[int]:
    """Return the first, the last and a few between."""
    picks = np.unique(np.linspace(0, len(sequences) - 1, MOMENTS).round().astype(int))
    return [sequences[pick] for pick in picks]
