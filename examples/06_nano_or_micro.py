"""Nano or micro: which size of graphite particles makes a cell that lasts?

Small particles are fast and do not break, but their surface costs lithium (SEI); large ones have
little surface but tension opens cracks in them, and cracks make surface. An LG M50 whose graphite
has another mean radius and another width of its size distribution, and the same amount per
area of electrode, is formed at C/10 and then cycled 500 times, C/2 in and 1C out. The film takes
what is measured in the first cycle, 7 mA.h per square metre of graphite (doi:10.1021/
acs.chemrev.9b00405), and goes on growing by the law that fits it. Run it with
``python examples/06_nano_or_micro.py`` (36 cells: a quarter of an hour); figure and table are
written to ``results/06_nano_or_micro.png`` and ``.csv``. docs/how-to/sizes.md says what they show.
"""

# %% The cell: an LG M50, with a smooth potential of graphite that ends where it is full
# Each size meets the noise of the measured points in the set at a time of its own; the published
# fit (doi:10.1149/1945-7111/ab9050) takes the integrator a seventh of the steps. It is flat from
# 0.7 on, so nothing would tell small particles, which fill first, to stop. Near full the
# potential of an ideal solution is added.
from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import twin
from twin.parameters import load_parameters
from twin.units import FARADAY_C_PER_MOL, GAS_CONSTANT_J_PER_MOL_K

MOST_LITHIUM = "Maximum concentration in negative electrode [mol.m-3]"
POTENTIAL = "Negative electrode OCP [V]"
FULL_FROM, FULL_TO = 0.95, 1 - 1e-6
THERMAL_V = GAS_CONSTANT_J_PER_MOL_K * 298.15 / FARADAY_C_PER_MOL
CELL = load_parameters("OKane2022", {}).values
FIT = load_parameters("Chen2020", {}).values[POTENTIAL]


def graphite(x):
    """Return the potential [V] at a stoichiometry, a number or a symbol of the model."""
    room = 1 - np.maximum(np.minimum(x, FULL_TO), FULL_FROM)
    return FIT(x) + THERMAL_V * np.log(room / (1 - FULL_FROM))


CELL.update({POTENTIAL: graphite})


def given(name: str) -> float:
    """Return a number of the parameter set."""
    return float(CELL[name])


# %% The film: what the first cycle is measured to take sets how fast it grows
# By solvent diffusion L^2 = L_0^2 + 2 V D c t/z, with two lithium in each molecule of film. From
# 1 nm, D is such that formation binds 7 mA.h/m2: 12.5 nm.
THIN_m = 1e-9
FORMATION_h = 20.5
FORMED_mAh_per_m2 = 7.0
LITHIUM_PER_FILM = 2.0


def solvent_diffusivity() -> float:
    """Return the diffusivity of solvent in the film that forms it in the first cycle [m2.s-1]."""
    volume = given("SEI partial molar volume [m3.mol-1]") / LITHIUM_PER_FILM
    solvent = given("Bulk solvent concentration [mol.m-3]")
    grown = FORMED_mAh_per_m2 * 3.6 / FARADAY_C_PER_MOL * volume
    squares = (THIN_m + grown) ** 2 - THIN_m**2
    return squares / (2 * volume * solvent * FORMATION_h * 3600)


# %% One cell: mean radius and width by volume, as laser diffraction gives them
# The positive electrode does not age here: the question is about the negative one. Stress and
# loss constants are the set's. Its cracks, 20 nm deep at first, make 2.9 times the surface of
# smooth spheres. The toughness is that of polycrystalline graphite, rounded; only cracks in the
# largest particles, above 25 um, reach it.
TOUGHNESS_Pa_m05 = 1e6
MIDDLE_WIDTH = 0.3


def protocol(cycles: int) -> dict[str, object]:
    """Return formation, which is the first check-up, cycles, and a check-up at the end."""
    check_up = [
        "Charge at C/10 until 4.2 V",
        "Hold at 4.2 V until C/50",
        {"step": "Discharge at C/10 until 2.5 V", "measure": "capacity"},
        "Hold at 2.5 V until C/50",
    ]
    cycle = ["Charge at C/2 until 4.2 V", "Discharge at 1C until 2.5 V"]
    return {
        "temperature_degC": 25,
        "blocks": [{"repeat": cycles, "cycle": cycle}],
        "checkups": {"at_start": True, "at_end": True, "steps": check_up},
        "stop": {"capacity_below_percent": 20},
    }


def study(mean_um: float, width: float, on_cracks: bool, cycles: int) -> twin.Study:
    """Return the life of a cell with film on cracks too, or outside only."""
    values = {
        "Negative particle radius [m]": mean_um * 1e-6,
        "Negative electrode fracture toughness [Pa.m0.5]": TOUGHNESS_Pa_m05,
        "Initial SEI thickness [m]": THIN_m,
        "Initial SEI on cracks thickness [m]": THIN_m,
        "Ratio of lithium moles to SEI moles": LITHIUM_PER_FILM,
        "SEI solvent diffusivity [m2.s-1]": solvent_diffusivity(),
    }
    polynomials = {"discretisation": "polynomials"}
    negative = {
        "particle": polynomials,
        "sizes": {"law": "lognormal", "sd": width, "weight": "volume", "nodes": 5},
        "sei": "solvent-diffusion",
        "sei_on_cracks": on_cracks,
        "cracks": "fatigue-and-fracture",
        "active_material_loss": "stress-and-cracks",
    }
    return twin.Study.model_validate(
        {
            "name": f"Graphite of {mean_um:g} um, width {width:g}",
            "cell": {"parameters": CELL, "initial": {"soc_percent": 0}, "values": values},
            "protocol": protocol(cycles),
            "model": {
                "type": "SPM",
                "negative": negative,
                "positive": {"particle": polynomials},
                "mesh": {"r_negative": 6, "r_positive": 6},
            },
            "outputs": {"report": False, "timeseries": {"cycles": "none", "checkups": False}},
        }
    )


def surface(mean_um: float, width: float, on_cracks: bool) -> float:
    """Return the surface of the graphite that carries film at the start [m2]."""
    start = "Negative electrode "
    volume = given(f"{start}active material volume fraction") * given(f"{start}thickness [m]")
    volume *= given("Electrode height [m]") * given("Electrode width [m]")
    # the mean of 1/R by volume is (1 + width^2)/mean for a lognormal law
    spheres = 3 * (1 + width**2) / (mean_um * 1e-6) * volume
    if not on_cracks:
        return spheres
    faces = 2 * given(f"{start}initial crack length [m]") * given(f"{start}initial crack width [m]")
    return spheres * (1 + faces * given(f"{start}number of cracks per unit area [m-2]"))


def age(mean_um: float, width: float, on_cracks: bool, cycles: int) -> dict[str, object]:
    """Return a row of the table: what one cell gave and kept."""
    solution = twin.run(study(mean_um, width, on_cracks, cycles))
    formation, last = solution.cycles.iloc[0], solution.cycles.iloc[-1]
    ageing = solution.cycles[solution.cycles["kind"] == "ageing"]
    small = solution.sizes[(solution.sizes["size"] == 1) & (solution.sizes["kind"] == "ageing")]
    filling = small["mean_concentration_mol_per_m3"].max() / given(MOST_LITHIUM)
    area = surface(mean_um, width, on_cracks)
    film = formation["lithium_sei_Ah"] + formation["lithium_sei_on_cracks_Ah"]
    return {
        "mean_radius_um": mean_um,
        "relative_width": width,
        "sei_on_cracks": on_cracks,
        "surface_m2": area,
        "first_cycle_efficiency_percent": 100 * formation["coulombic_efficiency"],
        "first_cycle_film_mAh_per_m2": 1000 * film / area,
        "capacity_Ah": solution.checkups["capacity_Ah"].iloc[0],
        "status": solution.status,
        "cycles": int(last["cycle"]),
        "retention_percent": solution.checkups["capacity_percent"].iloc[-1],
        "first_1C_energy_Wh": ageing["discharge_energy_Wh"].iloc[0],
        "last_1C_energy_Wh": ageing["discharge_energy_Wh"].iloc[-1],
        "lithium_sei_Ah": last["lithium_sei_Ah"],
        "lithium_sei_on_cracks_Ah": last["lithium_sei_on_cracks_Ah"],
        "lam_negative_percent": last["lam_negative_percent"],
        "sei_thickness_nm": last["sei_thickness_nm"],
        "crack_length_nm": last["crack_length_negative_nm"],
        "peak_tension_MPa": ageing["maximum_stress_negative_MPa"].max(),
        "smallest_size_filling_percent": 100 * filling,  # when discharged; no size got stuck
        "lithium_closure": solution.manifest["lithium_closure_maximum"],
        "wall_time_s": solution.manifest["wall_time_s"],
        "made_with": "celltwin {celltwin} PyBaMM {pybamm}".format(**solution.manifest["versions"]),
        "made_on": "{processor} {cores} cores".format(**solution.manifest["machine"]),
    }


# %% The figure: three measures of each cell, and the best radius for each
FIRST_CYCLE, RETENTION = "first_cycle_efficiency_percent", "retention_percent"
MEASURES = {
    FIRST_CYCLE: "First-cycle efficiency [%]",
    RETENTION: "Capacity left [%]",
    "last_1C_energy_Wh": "Energy of a 1C discharge [W.h]",
}
TICKS_um = (0.3, 1, 3, 10, 20)
OUTSIDE_ONLY = "film outside only"
COLOURS = ("tab:blue", "tab:orange", "tab:green")


def families(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows that make a line, by the words for it."""
    found = {}
    for (on_cracks, width), rows in table.groupby(["sei_on_cracks", "relative_width"]):
        where = "film on cracks too" if on_cracks else OUTSIDE_ONLY
        found[f"width {width:g}, {where}"] = rows.sort_values("mean_radius_um")
    return dict(sorted(found.items(), key=lambda item: item[0].endswith(OUTSIDE_ONLY)))


def draw_measure(panel: Axes, table: pd.DataFrame, key: str) -> None:
    """Draw one measure: a line for each family, a star at its best, a triangle at the dead."""
    for place, (name, rows) in enumerate(families(table).items()):
        outside = name.endswith(OUTSIDE_ONLY)
        look = {"color": "0.4" if outside else COLOURS[place % len(COLOURS)]}
        lasted = rows["status"] == "complete"
        shown = rows if key == FIRST_CYCLE else rows[lasted]
        radii = shown["mean_radius_um"]
        line = "--" if outside else "-"
        panel.plot(radii, shown[key], line, marker="o", markersize=4, label=name, **look)
        if len(shown):
            best = shown.loc[shown[key].idxmax()]
            nested = {
                "markersize": max(22 - 4 * place, 14),
                "zorder": 5 + place,
                "markeredgecolor": "white",
            }
            panel.plot(best["mean_radius_um"], best[key], "*", **nested, **look)
        if key == RETENTION and not lasted.all():
            dead = rows[~lasted]
            panel.plot(dead["mean_radius_um"], dead[key], "v", markerfacecolor="none", **look)


def draw(table: pd.DataFrame, cycles: int) -> Figure:
    """Return the three measures over the mean radius."""
    figure = Figure(figsize=(12.5, 4.8), layout="constrained")
    panels = figure.subplots(1, len(MEASURES))
    for panel, (key, label) in zip(panels, MEASURES.items(), strict=True):
        draw_measure(panel, table, key)
        panel.set_xscale("log")
        panel.set_xticks(TICKS_um, [f"{tick:g}" for tick in TICKS_um])
        panel.set_xlabel("Mean radius by volume [µm]")
        panel.set_ylabel(label)
        panel.grid(alpha=0.3)
    panels[0].set_title("Formation at C/10", fontsize=10)
    panels[1].set_title(f"{cycles} cycles of C/2 and 1C, measured at C/10", fontsize=10)
    panels[2].set_title(f"Cycle {cycles}", fontsize=10)
    panels[0].legend(title="Width: standard deviation over mean", fontsize=8, title_fontsize=8)
    notes = {"*": "best of the line", "v": "1C capacity below 20 % before the end"}
    for mark, words in notes.items():
        panels[1].plot([], [], mark, color="black", markerfacecolor="none", label=words)
    handles, words = panels[1].get_legend_handles_labels()
    panels[1].legend(handles[-len(notes) :], words[-len(notes) :], fontsize=8)
    return figure


# %% The scan: three widths, and the middle one without film on cracks
RADII_um = (0.3, 0.6, 1.2, 2.5, 4.0, 6.0, 9.0, 13.0, 20.0)
WIDTHS = (0.1, 0.3, 0.5)
CYCLES = 500


def main(
    radii_um: tuple[float, ...] = RADII_um,
    widths: tuple[float, ...] = WIDTHS,
    cycles: int = CYCLES,
) -> None:
    """Age all cells, print the best, and write table and figure."""
    lines = [(width, True) for width in widths] + [(MIDDLE_WIDTH, False)]
    rows = []
    for width, on_cracks in lines:
        for mean_um in radii_um:
            rows.append(row := age(mean_um, width, on_cracks, cycles))
            print(
                f"{mean_um:g} um, width {width:g}, film on cracks {on_cracks}: "
                f"first cycle {row['first_cycle_efficiency_percent']:.2f} %, "
                f"left {row['retention_percent']:.2f} % after {row['cycles']} cycles"
            )
    table = pd.DataFrame(rows)
    for name, part in families(table).items():
        whole = part[part["status"] == "complete"]
        for key, label in MEASURES.items():
            if len(whole):
                best = whole.loc[whole[key].idxmax()]
                print(f"best, {name}: {label} {best[key]:.2f} at {best['mean_radius_um']:g} um")
    path = Path("results") / "06_nano_or_micro.png"
    path.parent.mkdir(exist_ok=True)
    table.to_csv(path.with_suffix(".csv"), index=False)
    draw(table, cycles).savefig(path, dpi=150)
    print(f"figure: {path}")


if __name__ == "__main__":
    main()
