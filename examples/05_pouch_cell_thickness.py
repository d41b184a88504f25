"""Do voltage, temperature and thickness of a pouch cell follow one set of parameters?

An Enertech pouch cell (2.28 A.h, LCO/graphite) is discharged at C/10, C/2 and 1C by the
Doyle-Fuller-Newman model with stress in the flux and in the kinetics, once with the published
parameters (Ai2020) and once with eight of them identified again on C/10 and C/2; 1C is not in the
fit. The curves (W. Ai et al., J. Electrochem. Soc. 167, 013512 (2020), doi:10.1149/2.0122001JES;
B. Rieger et al., J. Electrochem. Soc. 163, A1566 (2016)) are not part of this project: set
TWIN_DATA to their folder, or the example shows the simulations alone. Run it with
``python examples/05_pouch_cell_thickness.py``; the figure is written to
``results/05_pouch_cell_thickness.png``. docs/physics/pouch_cell.md says what it shows.
"""

# %% Two sets: as published, and with what the first two rates tell about the cell
from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pybamm
from matplotlib.figure import Figure

import twin
from twin.study.files import data_folder

RATES = {"0.1C": 0.1, "0.5C": 0.5, "1C": 1.0}
THICKNESS = "Cell thickness change [m]"
STRAIN = ((0.0, 0.2559, 0.5593, 1.0), (0.0, 0.05412, 0.05412, 0.1071))


def published() -> pybamm.ParameterValues:
    """Return the published set."""
    return pybamm.ParameterValues("Ai2020")


def identified() -> pybamm.ParameterValues:
    """Return the set with eight parameters identified on C/10 and C/2."""
    values = published()
    values.update(
        {
            "Initial concentration in negative electrode [mol.m-3]": 27202.0,
            "Initial concentration in positive electrode [mol.m-3]": 21669.0,
            "Negative electrode active material volume fraction": 0.5181,
            "Positive electrode active material volume fraction": 0.5881,
        }
    )
    factors = {
        "Negative electrode exchange-current density [A.m-2]": 8.43,
        "Positive electrode exchange-current density [A.m-2]": 0.444,
        "Positive particle diffusivity [m2.s-1]": 0.325,
    }
    for name, factor in factors.items():
        values[name] = _times(factor, values[name])
    values["Negative electrode volume change"] = _strain
    return values


def _times(factor: float, function):
    return lambda *given: factor * function(*given)


def _strain(x):
    """Growth of graphite in volume: dilute stages, none in stage 2, then to LiC6."""
    return pybamm.Interpolant(*(np.array(part) for part in STRAIN), x, interpolator="linear")


# %% Three discharges of a set
def discharge(name: str, values: pybamm.ParameterValues, c_rate: float) -> pd.DataFrame:
    """Return time, voltage, temperature and thickness of one discharge."""
    electrode = {
        "particle": {"diffusion": "stress-coupled", "discretisation": "polynomials"},
        "stress_in_kinetics": "potential",
    }
    study = twin.Study.model_validate(
        {
            "name": f"{name}, {c_rate:g}C",
            "cell": {"parameters": values},
            "protocol": {
                "temperature_degC": 25,
                "period_s": 2 / c_rate,
                "blocks": [{"cycle": [f"Discharge at {c_rate:g}C until 3.0 V"]}],
            },
            "model": {
                "type": "DFN",
                "thermal": "lumped",
                "negative": electrode,
                "positive": electrode,
                "mesh": {"r_negative": 10, "r_positive": 10},
            },
            "outputs": {"report": False, "timeseries": {"variables": [THICKNESS]}},
        }
    )
    table = twin.run(study).timeseries
    table["time_s"] -= table["time_s"].iloc[0]
    return table


# %% What was measured, and how far off a simulation is
def measured(rate: str, quantity: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return time [s] and values of a curve, None where it is not there."""
    folder = data_folder(Path(__file__).parent)
    path = folder / "enertech" / f"{rate}_discharge_{quantity}.txt" if folder else None
    if path is None or not path.is_file():
        return None
    table = pd.read_csv(path, sep=r"\s+", header=None)
    return table[0].to_numpy(float), table[1].to_numpy(float)


def rmse(time, values, simulated: pd.DataFrame, column: str) -> float:
    """Return the root mean square difference while both last, from the first second on."""
    both = (time >= 1) & (time <= simulated["time_s"].iloc[-1])
    known = np.interp(time[both], simulated["time_s"], simulated[column])
    return float(np.sqrt(np.mean((known - values[both]) ** 2)))


# %% Voltage, temperature and thickness at three rates
def main() -> None:
    """Draw the curves and print the differences."""
    figure = Figure(figsize=(11, 8), layout="constrained")
    panels = figure.subplots(3, len(RATES), sharex="col")
    labels = ("Voltage [V]", "Temperature rise [K]", "Change of thickness [µm]")
    for row, label in enumerate(labels):
        panels[row][0].set_ylabel(label)
    for column, (rate, c_rate) in enumerate(RATES.items()):
        panels[0][column].set_title(rate + (" (not in the fit)" if rate == "1C" else ""))
        panels[2][column].set_xlabel("Time [h]")
        for name, values in (("published", published()), ("identified", identified())):
            table = discharge(name, values, c_rate)
            table["rise_K"] = table["temperature_degC"] - table["temperature_degC"].iloc[0]
            table["swelling_um"] = 1e6 * (table[THICKNESS] - table[THICKNESS].iloc[0])
            found = []
            for row, (quantity, key, scale, unit) in enumerate(
                (
                    ("U", "voltage_V", 1e3, "mV"),
                    ("T", "rise_K", 1.0, "K"),
                    ("displacement", "swelling_um", 1.0, "um"),
                )
            ):
                panels[row][column].plot(table["time_s"] / 3600, table[key], label=name)
                curve = measured(rate, quantity)
                if curve is None:
                    continue
                time, data = curve
                data = {"displacement": 1e6 * (data - data[0])}.get(quantity, data)
                if name == "identified":
                    while_on = time <= 1.02 * table["time_s"].iloc[-1]
                    panels[row][column].plot(
                        time[while_on] / 3600, data[while_on], "k:", label="data"
                    )
                found.append(f"{scale * rmse(time, data, table, key):.1f} {unit}")
            print(f"{rate}, {name}: {', '.join(found) or 'nothing to compare with'}")
    panels[0][0].legend()
    path = Path("results") / "05_pouch_cell_thickness.png"
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=150)
    print(f"figure: {path}")


if __name__ == "__main__":
    main()
