"""What does a year on the shelf cost a full cell, and what does a warm shelf cost?

A single-particle model of the LG M50 (OKane2022) rests for twelve months at 3.9 V, at 10, 25
and 45 degrees Celsius. Run it with ``python examples/03_storage_temperature.py``; the figure is
written to ``results/03_storage_temperature.png``.
"""

# %% One study, made in Python, with the temperature of the shelf left open
from pathlib import Path

from matplotlib.figure import Figure

import twin


def shelf(celsius: float) -> twin.Study:
    """Return a year of storage at one temperature, with a check-up before and after."""
    check_up = [
        "Charge at C/3 until 4.2 V",
        "Hold at 4.2 V until C/50",
        {"step": "Discharge at C/3 until 2.5 V", "measure": "capacity"},
    ]
    month = {"days": 30, "temperature_degC": celsius, "voltage_V": 3.9, "approach": "C/3"}
    return twin.Study.model_validate(
        {
            "name": f"A year at {celsius:g} °C",
            "cell": {"parameters": "OKane2022", "initial": {"soc_percent": 50}},
            "protocol": {
                "temperature_degC": 25,
                "blocks": [{"repeat": 12, "storage": month}],
                "checkups": {"every_cycles": 12, "steps": check_up},
            },
            "model": {"type": "SPM", "negative": {"sei": "solvent-diffusion"}},
            "outputs": {"report": False},
        }
    )


# %% Three shelves: a storage block counts as one cycle a month
def main() -> None:
    """Run the three shelves and draw what is left."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for celsius in (10, 25, 45):
        solution = twin.run(shelf(celsius))
        months = solution.cycles[solution.cycles["kind"] == "storage"]
        axes.plot(months["cycle"], 1000 * months["lithium_sei_Ah"], label=f"{celsius} °C")
        left = solution.checkups["capacity_percent"].iloc[-1]
        print(f"{celsius} °C: {left:.2f} % of the capacity left after 12 months")
    axes.set_xlabel("Months of storage [-]")
    axes.set_ylabel("Lithium taken up by the SEI [mA.h]")
    axes.legend()
    path = Path("results") / "03_storage_temperature.png"
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=150)
    print(f"figure: {path}")


if __name__ == "__main__":
    main()
