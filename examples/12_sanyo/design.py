"""Which lives can the engine give? The runs that the emulator learns from.

Runs the study beside this file at 128 places of a Sobol sequence over the five inputs and writes
``simulations.csv``. A run takes one to five seconds of processor time; those that are in the file
are kept. Run it with ``python examples/12_sanyo/design.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from emulator import CENTRE, REACH, SHAPE, SIMULATIONS
from scipy.stats import qmc

import twin
from twin.study import load_study

HERE = Path(__file__).parent
FASTER = 4  # cycles of the cell for one that is simulated
RUNS = 128
COLUMNS = ("lli_percent", "lam_negative_percent")
# logarithms of the diffusivity in the film and of the constant of material loss; the film's
# share in a life is their difference
FILM, FILM_REACH = -0.1, 0.7
PACE, PACE_REACH = 1.55, 0.4


def places(runs: int = RUNS) -> pd.DataFrame:
    """Return pace and shape of each run."""
    unit = 2 * qmc.Sobol(5, seed=1).random(runs) - 1
    film = FILM + FILM_REACH * unit[:, 0]
    pace = PACE + PACE_REACH * unit[:, 2]
    rest = CENTRE[1:] + REACH[1:] * unit[:, [1, 3, 4]]
    table = np.column_stack([pace, film - pace, rest])
    return pd.DataFrame(table, columns=["pace", *SHAPE])


def values(place: pd.Series) -> dict[str, float]:
    """Return the values of the study at a place.

    All inputs are logarithms: of the constant of material loss to 7.5e-7 s-1 at 30 MPa, of the
    diffusivity in the film to 1e-20 m2/s less that, of the first film to 5 nm, of the exponent of
    stress to 2, and of the thickness of the negative electrode to that of the set.
    """
    return {
        "SEI solvent diffusivity [m2.s-1]": FASTER * 1e-20 * np.exp(place.film + place.pace),
        "Negative electrode LAM constant proportional term [s-1]": (
            FASTER * 7.5e-7 * np.exp(place.pace)
        ),
        "Initial SEI thickness [m]": 5e-9 * np.exp(place.first_film),
        "Negative electrode LAM constant exponential term": 2 * np.exp(place.exponent),
        "Negative electrode thickness [m]": 6.2e-5 * np.exp(place.negative),
    }


def simulated(place: pd.Series) -> pd.DataFrame:
    """Return the life at a place, a row per check-up."""
    plain = load_study(HERE / "study.yaml").model_dump(mode="json", exclude_none=True)
    plain["cell"]["values"] |= {name: float(value) for name, value in values(place).items()}
    checkups = twin.run(twin.Study.model_validate(plain)).checkups
    capacity = checkups["capacity_Ah"] / checkups["capacity_Ah"].iloc[0]
    table = checkups[list(COLUMNS)].assign(
        cycle=FASTER * checkups["cycle"], capacity_share=capacity, **place
    )
    return table[["cycle", *place.index, "capacity_share", *COLUMNS]]


def main(runs: int = RUNS) -> None:
    """Run what is missing; a run that fails at once is left out."""
    old = [pd.read_csv(SIMULATIONS)] if SIMULATIONS.exists() else []
    done = set(old[0]["run"]) if old else set()
    for number, place in places(runs).iterrows():
        if number in done:
            continue
        try:
            found = simulated(place)
        except twin.errors.TwinError as error:
            print(f"run {number}: {error}")
            continue
        found.insert(0, "run", number)
        old.append(found.round(6))
        pd.concat(old).sort_values(["run", "cycle"]).to_csv(SIMULATIONS, index=False)
        print(f"run {number}: {found['capacity_share'].iloc[-1]:.3f} left")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
