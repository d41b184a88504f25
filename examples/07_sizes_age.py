"""How does a distribution of particle sizes age: who breaks, who is coated, who carries on?

One cell of the sixth example, an LG M50 whose graphite has a mean radius of 10 um and a wide
distribution, is formed at C/10 and cycled 500 times, C/2 in and 1C out. Five radii stand for its
particles; each has its own film, cracks, material and current. The small ones give the most
lithium to the film, the large ones crack and fall out, and smaller ones take over their charge.
Run it with ``python examples/07_sizes_age.py``; the figure is written to
``results/07_sizes_age.png``.
"""

# %% The cell: that of the sixth example, with potential and numbers from there
from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import twin
from twin.parameters import load_parameters
from twin.units import FARADAY_C_PER_MOL, GAS_CONSTANT_J_PER_MOL_K

POTENTIAL = "Negative electrode OCP [V]"
FULL_FROM, FULL_TO = 0.95, 1 - 1e-6
THERMAL_V = GAS_CONSTANT_J_PER_MOL_K * 298.15 / FARADAY_C_PER_MOL
CELL = load_parameters("OKane2022", {}).values
FIT = load_parameters("Chen2020", {}).values[POTENTIAL]


def graphite(x):
    """Return the potential [V]: a smooth fit, and near full that of an ideal solution."""
    room = 1 - np.maximum(np.minimum(x, FULL_TO), FULL_FROM)
    return FIT(x) + THERMAL_V * np.log(room / (1 - FULL_FROM))


CELL.update({POTENTIAL: graphite})
VALUES = {
    "Negative particle radius [m]": 10e-6,
    "Negative electrode fracture toughness [Pa.m0.5]": 1e6,
    "Initial SEI thickness [m]": 1e-9,
    "Initial SEI on cracks thickness [m]": 1e-9,
    "Ratio of lithium moles to SEI moles": 2.0,
    "SEI solvent diffusivity [m2.s-1]": 9.75e-21,
}
CURRENT = (
    "X-averaged negative electrode volumetric interfacial current density distribution [A.m-3]"
)
CYCLES = (0, 100, 250, 500)
DISCHARGE = 2  # step of a cycle


def protocol(cycles: int) -> dict[str, object]:
    """Return formation, which is a check-up, and cycles."""
    formation = [
        "Charge at C/10 until 4.2 V",
        "Hold at 4.2 V until C/50",
        {"step": "Discharge at C/10 until 2.5 V", "measure": "capacity"},
        "Hold at 2.5 V until C/50",
    ]
    cycle = ["Charge at C/2 until 4.2 V", "Discharge at 1C until 2.5 V"]
    return {
        "temperature_degC": 25,
        "blocks": [{"repeat": cycles, "cycle": cycle}],
        "checkups": {"at_start": True, "steps": formation},
    }


def study(cycles: tuple[int, ...]) -> twin.Study:
    """Return a life, with the current of each size kept at the moments to be drawn."""
    polynomials = {"discretisation": "polynomials"}
    negative = {
        "particle": polynomials,
        "sizes": {"law": "lognormal", "sd": 0.5, "weight": "volume", "nodes": 5},
        "sei": "solvent-diffusion",
        "sei_on_cracks": True,
        "cracks": "fatigue-and-fracture",
        "active_material_loss": "stress-and-cracks",
    }
    kept = sorted({max(number, 1) for number in cycles})
    return twin.Study.model_validate(
        {
            "name": "Graphite of many sizes",
            "cell": {"parameters": CELL, "initial": {"soc_percent": 0}, "values": VALUES},
            "protocol": protocol(max(cycles)),
            "model": {
                "type": "SPM",
                "negative": negative,
                "positive": {"particle": polynomials},
                "mesh": {"r_negative": 6, "r_positive": 6},
            },
            "outputs": {
                "report": False,
                "timeseries": {"cycles": "none", "checkups": False},
                "fields": {"cycles": kept, "variables": [CURRENT], "points_per_step": 20},
            },
        }
    )


# %% What each size is at one moment: a row of the table of sizes, and its share of the current
def moment(solution: twin.Solution, cycle: int) -> pd.DataFrame:
    """Return the sizes after a cycle; cycle 0 is the cell as formed."""
    sizes = solution.sizes
    found = sizes[(sizes["cycle"] == cycle) & ((sizes["kind"] == "ageing") | (cycle == 0))]
    found = found.reset_index(drop=True)
    fields = solution.fields
    there = (fields["cycle"] == max(cycle, 1)) & (fields["step"] == DISCHARGE)
    charge = fields[CURRENT].to_numpy()[there.to_numpy()].mean(axis=0)
    capacity = solution.cycles["capacity_negative_Ah"].iloc[0] * found["volume_share"]
    return found.assign(
        volume_percent=100 * found["volume_share"],
        volume_left_percent=100 * found["volume_share"] * found["share_left"],
        film_percent=100 * found["lithium_sei_Ah"] / capacity,
        crack_film_percent=100 * found["lithium_sei_on_cracks_Ah"] / capacity,
        charge_percent=100 * charge / charge.sum(),
    )


# %% Small multiples: a row for each question, a column for each moment
def bars(axes: Axes, sizes: pd.DataFrame, filled: str, outlined: str, words: tuple[str, str]):
    """Draw what is, in front of the outline of what was."""
    place = np.arange(len(sizes))
    axes.bar(place, sizes[filled], color="tab:blue", width=0.7, label=words[0])
    outline = {"color": "none", "edgecolor": "black", "linestyle": ":"}
    axes.bar(place, sizes[outlined], width=0.7, label=words[1], **outline)


def draw_column(column: list[Axes], sizes: pd.DataFrame) -> None:
    """Draw one moment, from material to current."""
    place = np.arange(len(sizes))
    words = ("left", "at the start")
    bars(column[0], sizes, "volume_left_percent", "volume_percent", words)
    for x, height, left in zip(place, sizes["volume_percent"], sizes["share_left"], strict=True):
        column[0].text(x, height + 1, f"{100 * left:.0f} %", ha="center", fontsize=8)
    column[1].bar(place, sizes["sei_thickness_nm"], 0.7, color="tab:green", label="outside")
    faces = sizes["sei_on_cracks_thickness_nm"]
    column[1].plot(place, faces, "D", color="black", markersize=4, label="on crack faces")
    film, on_cracks = sizes["film_percent"], sizes["crack_film_percent"]
    column[2].bar(place, film, 0.7, color="tab:green", label="outside")
    column[2].bar(place, on_cracks, 0.7, bottom=film, color="tab:red", label="on crack faces")
    column[3].plot(place, sizes["crack_length_nm"], "s", color="tab:red", label="crack")
    column[3].plot(
        place, 1000 * sizes["radius_um"], "_", color="0.4", markersize=14, label="radius"
    )
    column[3].set_yscale("log")
    bars(column[4], sizes, "charge_percent", "volume_percent", ("charge", "volume at the start"))
    column[4].set_xticks(place, [f"{radius:.3g}" for radius in sizes["radius_um"]])
    column[4].set_xlabel("Radius [µm]")


LABELS = (
    "Share of the\nvolume [%]",
    "Film thickness\n[nm]",
    "Lithium in film,\nof what the size\ncan hold [%]",
    "Crack length\n[nm]",
    "Share of the charge\nin a 1C discharge [%]",
)


def draw(moments: dict[int, pd.DataFrame]) -> Figure:
    """Return the small multiples; axes of a row have one scale."""
    figure = Figure(figsize=(11, 11), layout="constrained")
    panels = figure.subplots(len(LABELS), len(moments), sharex=True, sharey="row")
    for place, (cycle, sizes) in enumerate(moments.items()):
        draw_column(list(panels[:, place]), sizes)
        panels[0, place].set_title("as formed" if cycle == 0 else f"after {cycle} cycles")
    for row, label in zip(panels, LABELS, strict=True):
        row[0].set_ylabel(label)
        low, high = row[0].get_ylim()
        logarithmic = row[0].get_yscale() == "log"
        row[0].set_ylim(low, high**1.1 if logarithmic else 1.35 * high)  # room for the legend
        row[0].legend(fontsize=8, loc="upper left" if logarithmic else "upper right")
    return figure


# %% One life, four moments
def main(cycles: tuple[int, ...] = CYCLES) -> None:
    """Age the cell, print what each size has become, and draw it."""
    solution = twin.run(study(cycles))
    moments = {cycle: moment(solution, cycle) for cycle in cycles}
    for _, size in moments[max(cycles)].iterrows():
        film = size["film_percent"] + size["crack_film_percent"]
        print(
            f"{size['radius_um']:.3g} um: {100 * size['share_left']:.1f} % left, cracks of "
            f"{size['crack_length_nm']:.3g} nm, {film:.1f} % of its lithium in film, "
            f"{size['charge_percent']:.2f} % of the charge from {size['volume_percent']:.2f} % "
            "of the volume"
        )
    path = Path("results") / "07_sizes_age.png"
    path.parent.mkdir(exist_ok=True)
    draw(moments).savefig(path, dpi=150)
    print(f"figure: {path}")


if __name__ == "__main__":
    main()
