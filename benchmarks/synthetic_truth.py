"""Whether fits find the parameters that measurements were made with, and are rightly sure.

    python benchmarks/synthetic_truth.py [--quick] [--json FILE] [--keep FOLDER] [--minutes N]

Twenty cells (three with --quick), each with six parameters drawn from the belief, lived through
300 cycles by the ageing engine and measured at 12 check-ups with noise. Each is fitted; counted
is in how many cells the truth lies within the 90 and 95 % intervals. The activation energy of
SEI growth does nothing at the one temperature of the test: a fit has to say that the data do
not identify it.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from common import Row, report

CYCLES = tuple(float(n) for n in range(25, 301, 25))
CELLS, QUICK = 20, 3
STUDY: dict[str, Any] = {
    "name": "Synthetic cells",
    "common": {
        "cell": {
            "parameters": "LGM50OKane2022",
            "open_circuit_potentials": "smooth",
            "initial": {"soc_percent": 30},
            "values": {
                "Positive electrode partial molar volume [m3.mol-1]": 1.26e-6,
                "Positive electrode Young's modulus [Pa]": 140.0e9,
                "SEI solvent diffusivity [m2.s-1]": 1e-20,
                "Negative electrode LAM constant proportional term [s-1]": 2e-6,
                "Positive electrode LAM constant proportional term [s-1]": 4e-7,
            },
        },
        "model": {
            "type": "SPM",
            "mesh": {"voltage_mV": 20},
            "negative": {"sei": "solvent-diffusion", "active_material_loss": "stress"},
            "positive": {"active_material_loss": "stress"},
        },
        "solver": {"capacity_tolerance_percent": 0.5, "compile": "off"},
        "protocol": {
            "temperature_degC": 25,
            "blocks": [
                {
                    "repeat": 300,
                    "cycle": [
                        "Charge at C/3 until 4.2 V",
                        "Hold at 4.2 V until C/20",
                        "Discharge at 1C until 2.5 V",
                    ],
                }
            ],
            "checkups": {
                "at_start": True,
                "every_cycles": 25,
                "frozen": True,
                "steps": [
                    "Charge at C/3 until 4.2 V",
                    "Hold at 4.2 V until C/20",
                    {
                        "step": "Discharge at 1C for 10 seconds",
                        "measure": ["capacity", "resistance"],
                    },
                    {"step": "Discharge at C/20 until 2.5 V", "measure": "capacity"},
                ],
            },
        },
    },
    "experiments": [{"name": "cell"}],
    "parameters": {
        "SEI growth": {
            "targets": ["SEI solvent diffusivity [m2.s-1]"],
            "bounds": [0.1, 10.0],
            "prior": {"median": 1.0, "sd": 0.5},
        },
        "loss of negative material": {
            "targets": ["Negative electrode LAM constant proportional term [s-1]"],
            "bounds": [0.1, 10.0],
            "prior": {"median": 1.0, "sd": 0.5},
        },
        "loss of positive material": {
            "targets": ["Positive electrode LAM constant proportional term [s-1]"],
            "bounds": [0.1, 10.0],
            "prior": {"median": 1.0, "sd": 0.5},
        },
        "SEI resistivity": {
            "targets": ["SEI resistivity [Ohm.m]"],
            "bounds": [0.05, 20.0],
            "prior": {"median": 1.0, "sd": 0.7},
        },
        "SEI activation energy": {
            "targets": ["SEI growth activation energy [J.mol-1]"],
            "bounds": [0.2, 5.0],
            "prior": {"median": 1.0, "sd": 0.3},
        },
        "swelling": {
            "targets": ["observation.swelling"],
            "bounds": [0.1, 10.0],
            "prior": {"median": 1.0, "sd": 0.4},
        },
    },
    "noise": {
        "capacity_percent": {"sd": 0.25, "walk": 0.05},
        "lli_percent": {"sd": 0.4, "walk": 0.05},
        "lam_negative_percent": {"sd": 0.4, "walk": 0.05},
        "lam_positive_percent": {"sd": 0.4, "walk": 0.05},
        "resistance_mOhm": {"sd": 0.5, "walk": 0.1},
        "swelling_um": {"sd": 0.2, "walk": 0.05},
    },
    "search": {"iterations": 8, "tolerance": 0.25},
}


@dataclass(frozen=True)
class Cell:
    """One cell after its fit: what was recovered, and what it took."""

    recoveries: list[Any]
    converged: bool
    seconds: float
    simulations: int


def main() -> None:
    """Fit the cells that there is time for, and report."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--json", type=Path, help="where to write figures, machine and versions")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} cells instead of {CELLS}")
    parser.add_argument("--keep", type=Path, help="folder that keeps the simulations")
    parser.add_argument("--minutes", type=float, default=600.0, help="start no fit after so many")
    given = parser.parse_args()
    end = time.monotonic() + 60 * given.minutes
    cells = []
    for number in range(QUICK if given.quick else CELLS):
        if time.monotonic() < end:
            cells.append(one_cell(number, given.keep))
            print(described(number, cells[-1]), flush=True)
    title = f"Parameters found again in {len(cells)} synthetic cells"
    report(title, rows_of(cells), figures_of(cells), given.json)


def one_cell(number: int, keep: Path | None) -> Cell:
    """Make and fit one cell; its number is its seed."""
    from twin.estimation import FitStudy, fit
    from twin.estimation.running import Journal, Runner
    from twin.estimation.synthetic import invented, recovered

    journal = Journal(None if keep is None else keep / f"cell_{number:02d}")
    study = FitStudy.model_validate(STUDY)
    rng = np.random.default_rng(number)
    made, truth = invented(study, CYCLES, rng, Runner(journal, 1))
    fitted = fit(made, None, jobs=1, journal=journal)
    stage = fitted.stages[0].found
    return Cell(recovered(fitted, truth), stage.converged, fitted.seconds, fitted.simulations)


def described(number: int, cell: Cell) -> str:
    """Return one line about a cell."""
    scores = " ".join(f"{one.score:+.2f}" for one in cell.recoveries)
    end = "" if cell.converged else ", not converged"
    return f"cell {number}: {scores} sd; {cell.simulations} runs, {cell.seconds:.0f} s{end}"


def rows_of(cells: list[Cell]) -> list[Row]:
    """Return one row for each parameter."""
    rows = []
    for found in zip(*(cell.recoveries for cell in cells), strict=True):
        rows.append(
            {
                "parameter": str(found[0].entry),
                "cells": len(found),
                "in 90 %": sum(one.inside(90) for one in found),
                "in 95 %": sum(one.inside(95) for one in found),
                "identified": sum(one.identified for one in found),
                "learnt, median [%]": round(100 * float(np.median([o.learnt for o in found]))),
                "sd, median [%]": round(100 * float(np.median([o.sd for o in found])), 1),
                "rms of error / sd": round(float(np.sqrt(np.mean([o.score**2 for o in found]))), 2),
            }
        )
    return rows


def figures_of(cells: list[Cell]) -> Row:
    """Return what the fits took, and every cell."""
    return {
        "seconds_per_fit_median": round(float(np.median([c.seconds for c in cells])), 1),
        "simulations_per_fit_median": float(np.median([c.simulations for c in cells])),
        "converged": sum(c.converged for c in cells),
        "cells": [
            {
                str(one.entry): [round(v, 4) for v in (one.truth, one.mean, one.sd)]
                for one in cell.recoveries
            }
            for cell in cells
        ],
    }


if __name__ == "__main__":
    main()
