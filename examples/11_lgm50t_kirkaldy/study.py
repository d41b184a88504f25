"""The fit of the LG M50T as data: cell, protocols, measurements, free parameters, backtests.

``kirkaldy`` makes a `twin.estimation.FitStudy` of the files of Kirkaldy et al. (J. Power Sources
603 (2024) 234185, doi:10.1016/j.jpowsour.2024.234185), which are read where they lie. One
experiment is one protocol at one temperature; its two or three cells are measured together.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np

from twin.estimation import FitStudy

HERE = Path(__file__).parent
TEMPERATURES = (10, 25, 40)
MEASURED, UNSEEN = (2, 5), (1, 3, 4)
DEAD_10 = "dead lithium 10"
CELL_SD = 0.5  # per cent of capacity: cells under one protocol differ so much at check-up 8
ROUNDING = 0.5e-4  # of the fade per equivalent full cycle
END = 90.0

# -- the cell -----------------------------------------------------------------------

GRAPHITE, SILICON = "Primary: ", "Secondary: "
SEI = "SEI lithium interstitial diffusivity [m2.s-1]"
SEI_HEAT = "SEI growth activation energy [J.mol-1]"
LOSS = SILICON + "Negative electrode LAM constant proportional term [s-1]"
DEAD = "Dead lithium decay constant [s-1]"
VALUES = {
    # 4.47 A.h of graphite and 0.80 A.h of silicon, 4.85 A.h at C/10: means of the cells when new
    GRAPHITE + "Negative electrode active material volume fraction": 0.664,
    SILICON + "Negative electrode active material volume fraction": 0.0123,
    GRAPHITE + "Initial concentration in negative electrode [mol.m-3]": 26240.0,
    GRAPHITE + SEI: 3.3e-17,
    SILICON + SEI: 3.3e-17,
    GRAPHITE + SEI_HEAT: 60e3,
    SILICON + SEI_HEAT: 60e3,
    LOSS: 3.3e-9,
    DEAD: 1.5e-5,
}
MODEL: dict[str, Any] = {
    "type": "SPM",
    "negative": {
        "sei": "interstitial-diffusion",
        "plating": "partially-reversible",
        "secondary": {"sei": "interstitial-diffusion", "active_material_loss": "stress"},
    },
    "positive": {},
}

# -- protocols ------------------------------------------------------------------------

FULL = ["Charge at 0.3C until 4.2 V", "Hold at 4.2 V until C/20"]
SHORT = ["Discharge at 1C for 9 minutes", "Charge at 0.3C for 30 minutes"]
# cycle, how often it is repeated between two check-ups, and what follows a check-up. Short
# cycles are counted by fours: the charge in silicon settles within a few of them
CYCLES: dict[int, tuple[list[str], int, list[str]]] = {
    1: (
        ["Charge at 0.3C for 60 minutes or until 4.2 V", "Discharge at 1C until 2.5 V"],
        253,
        ["Discharge at 1C until 2.5 V"],
    ),
    2: (4 * SHORT, 126, SHORT[:1]),
    3: (4 * [SHORT[0], *FULL], 126, []),
    4: (["Discharge at C/2 until 2.5 V", *FULL], 83, []),
    5: (["Discharge at 1C until 2.5 V", *FULL], 78, []),
}
CHECKUPS = (1, 2, 4, 8, 11, 14)
LAST = {5: 17}  # fewer equivalent full cycles between two check-ups, so more of them


def protocol(experiment: int, temperature_degC: float) -> dict[str, Any]:
    """Return a protocol; check-ups are at 25 degC, and are full cycles that age the cell too."""
    cycle, count, after = CYCLES[experiment]
    numbers = [*CHECKUPS, *([LAST[experiment]] if experiment in LAST else [])]
    slow = {"step": "Discharge at C/10 until 2.5 V", "measure": "capacity"}
    steps = ["Discharge at C/2 until 2.5 V", *FULL, slow, *FULL]
    at_25 = [{**({"step": s} if isinstance(s, str) else s), "temperature_degC": 25} for s in steps]
    return {
        "temperature_degC": temperature_degC,
        "blocks": [{"repeat": count * numbers[-1], "cycle": cycle}],
        "checkups": {"at_cycles": [count * n for n in numbers], "steps": [*at_25, *after]},
    }


# -- measurements -----------------------------------------------------------------------


def cells(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of a file; in names such as "2,2-A" the part after the comma counts."""
    with (folder / "lgm50t_kirkaldy" / name).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["cell_id"], row["expt"] = (row[k].split(",")[-1] for k in ("cell_id", "expt"))
    return rows


def efc_at_checkup(row: dict[str, str], number: int) -> float:
    """Return the equivalent full cycles at a check-up, from those at number 2 and at the last."""
    second, last = float(row["efc_at_rpt2"]), float(row["last_efc"])
    share = (number - 2) / (int(row["n_rpts"]) - 1 - 2)
    return second + share * (last - second)


def throughput_ratio(row: dict[str, str]) -> float:
    """Return the charge between two check-ups after number 2, over that up to number 2."""
    second, last = float(row["efc_at_rpt2"]), float(row["last_efc"])
    return (last - second) / (int(row["n_rpts"]) - 1 - 2) / (second / 2)


def points(row: dict[str, str]) -> list[tuple[float, float, float]]:
    """Return equivalent full cycles, capacity [%] and its standard deviation of one cell.

    The fade up to check-up 2 is rounded. A cell that has not come below 90 % is somewhere
    between 90 % and its capacity at check-up 8 when it was last seen.
    """
    second, eighth = float(row["efc_at_rpt2"]), 100 * float(row["capacity_retention_rpt8"])
    rounding = 100 * ROUNDING * second / math.sqrt(3)
    early = 100 * (1 - float(row["fade_per_efc_to_rpt2_rounded"]) * second)
    crossed = row["crossed_90pct"] == "True"
    width = 0.0 if crossed else (eighth - END) / math.sqrt(12)
    late = END if crossed else (eighth + END) / 2
    return [
        (second, early, math.hypot(rounding, CELL_SD)),
        (float(row["life_efc_to_90pct_c10"]), late, math.hypot(width, CELL_SD)),
        (efc_at_checkup(row, 8), eighth, CELL_SD),
    ]


def table(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Return the measurements of all cells under one protocol as a table of a fit."""
    efc, percent, sd = np.array(sorted(p for row in rows for p in points(row))).T.tolist()
    return {
        "age": "efc",
        "values": {"efc": efc, "capacity_percent": percent},
        "sd": {"capacity_percent": sd},
    }


# -- the fit ------------------------------------------------------------------------------


def name_of(experiment: int, temperature_degC: int) -> str:
    """Return the name of an experiment of the fit."""
    return f"{experiment} at {temperature_degC} degC"


def _parameter(
    targets: list[str], sd: float, experiments: list[str], median: float = 1.0
) -> dict[str, Any]:
    """Return a factor that is believed to be near a median, within a standard deviation."""
    return {
        "targets": targets,
        "start": median,
        "bounds": [median * math.exp(-4 * sd), median * math.exp(4 * sd)],
        "prior": {"median": median, "sd": sd},
        "experiments": experiments,
    }


def parameters() -> dict[str, Any]:
    """Return the free parameters: those of each temperature, and those of unseen protocols."""
    found = {}
    for t in TEMPERATURES:
        every = [name_of(e, t) for e in (*MEASURED, *UNSEEN)]
        found[f"sei {t}"] = _parameter([GRAPHITE + SEI, SILICON + SEI], 0.7, every)
        found[f"silicon {t}"] = _parameter([LOSS], 1.0, every)
    found[DEAD_10] = _parameter([DEAD], 1.0, [name_of(e, 10) for e in (*MEASURED, 3, 4)])
    at = {e: [name_of(e, t) for t in TEMPERATURES] for e in UNSEEN}
    # how far a protocol that was not measured may be from the law fitted to others
    found["sei in 1"] = _parameter([GRAPHITE + SEI, SILICON + SEI], 0.6, at[1], 1.5)
    found["silicon in 1"] = _parameter([LOSS], 0.8, at[1], 0.5)
    found["sei in 3"] = _parameter([GRAPHITE + SEI, SILICON + SEI], 0.5, at[3], 0.8)
    found["silicon in 3"] = _parameter([LOSS], 0.6, at[3])
    found["dead lithium in 3"] = _parameter([DEAD], 0.8, [name_of(3, 10)], 0.7)
    found["dead lithium in 4"] = _parameter([DEAD], 0.5, [name_of(4, 10)])
    found["sei in 4"] = _parameter([GRAPHITE + SEI, SILICON + SEI], 0.3, at[4])
    found["silicon in 4"] = _parameter([LOSS], 0.5, at[4])
    return found


def _experiment(experiment: int, t: int, rows: list[dict[str, str]]) -> dict[str, Any]:
    own = [r for r in rows if r["expt"] == str(experiment) and r["temperature_c"] == str(t)]
    found: dict[str, Any] = {
        "name": name_of(experiment, t),
        "protocol": protocol(experiment, t),
        "tables": [table(own)] if own else [],
    }
    if experiment == 1:  # the negative electrode is far from the potential of lithium metal
        found["model"] = {"negative": {"plating": "none"}}
    if t != TEMPERATURES[0]:
        found["cell"] = {"values": {DEAD: 1e-6}}
    return found


def backtests() -> list[dict[str, Any]]:
    """Return what is hidden in turn: an experiment, a temperature, and the end of every life."""
    hidden = {f"experiment {e}": [name_of(e, t) for t in TEMPERATURES] for e in MEASURED}
    found = [{"name": name, "hide_experiments": names} for name, names in hidden.items()]
    return [*found, {"name": "after 300", "hide_after": {"all": 300}}]


def kirkaldy(folder: Path) -> FitStudy:
    """Return the fit of the cells whose files lie in a folder with measured data."""
    rows = cells(folder, "expt2_expt5.csv")
    every = [(e, t) for e in (*MEASURED, *UNSEEN) for t in TEMPERATURES]
    return FitStudy.model_validate(
        {
            "name": "LG M50T of Kirkaldy et al.",
            "common": {
                "cell": {
                    "parameters": str(HERE / "parameter_sets" / "LGM50TKirkaldy"),
                    "initial": {"soc_percent": 100},
                    "values": VALUES,
                },
                "model": MODEL,
                "solver": {"capacity_tolerance_percent": 0.3, "compile": "off"},
            },
            "experiments": [_experiment(e, t, rows) for e, t in every],
            "parameters": parameters(),
            "noise": {
                "capacity_percent": {"sd": CELL_SD, "walk": 0.3, "estimate": True},
            },
            "search": {"iterations": 5, "tolerance": 0.2},
            "forecast": {
                "experiments": [name_of(e, t) for e, t in every],
                "quantities": ["capacity_percent", "lli_percent", "lam_negative_percent"],
                "horizon": 1050,
                "points": 43,
                "draws": 16,
                "thresholds_percent": [95.0, 90.0, 85.0, 80.0],
            },
            "backtests": backtests(),
        }
    )
