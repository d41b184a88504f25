"""How do 21 pouch cells age, forecast from three of them?

Cells 1, 4 and 13 were cycled at room temperature, slowly, fast, and slowly to half the depth. A
model of cracks, film and lost material is fitted to their check-ups; the other eighteen cells, with
other rates, depths and temperatures, are forecast from their first check-up and their protocol.
Run it with ``python examples/10_umich_nmc532/forecast.py``; it needs the measurements
(``TWIN_DATA``), takes about 20 minutes, and writes ``forecast.json``, ``tables.md`` and
``forecast.png`` beside itself.
"""

# %% The fit, and the lives of all cells
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from twin.estimation import Fitted, estimates, fit, load_fit
from twin.estimation.observations import Series
from twin.forecast import Band, Forecast, write_forecasts
from twin.forecast.from_fit import forecast

HERE = Path(__file__).parent
RESULTS = Path("results/10_umich_nmc532")
EARLY_CYCLES = 15.0  # the loss that the fit starts after comes about in some tens of cycles
DIGITS = 4
MEASURED_AH = 0.02  # how well a capacity of the first check-up is known
COLUMNS = {"capacity_Ah": "Qfull", "capacity_negative_Ah": "Cn", "capacity_positive_Ah": "Cp"}
FIRST = "BOL_state_and_protocol_of_blind_cells.csv"
LITHIUM_PERCENT = 0.15  # between loss of lithium and loss of C/20 capacity, in the three cells


def first_checkups(fitted: Fitted) -> dict[str, dict[str, float]]:
    """Return the measured capacities of each cell at cycle 0 [A.h]."""
    measured = Path(str(fitted.fit.experiments[0].tables[0].file))
    rows = pd.concat([pd.read_csv(measured), pd.read_csv(measured.parent / FIRST)])
    rows = rows[rows["cycle_number"] == 0].set_index("cellid")
    return {
        f"cell {cell}": {q: float(row[column]) for q, column in COLUMNS.items()}
        for cell, row in rows.iterrows()
    }


# %% What the check-ups were said to show
# The fit starts after the early loss. The forecast begins at the first check-up and goes over to
# it within some tens of cycles.


def mapped(band: Band, change: Callable[[np.ndarray], np.ndarray]) -> Band:
    """Return a band whose values are changed by a function of them, rising or falling."""
    rows = [np.asarray(change(getattr(band, key))) for key in ("q05", "q25", "q75", "q95")]
    low, quarter, three, high = rows if np.all(rows[0] <= rows[-1]) else rows[::-1]
    return Band(band.x, np.asarray(change(band.mean)), low, quarter, three, high)


def from_first_checkup(band: Band, first: float) -> Band:
    """Return the band with the early loss coming about, from the first check-up on."""
    left = np.exp(-band.x / EARLY_CYCLES)
    start = Band.from_normal(band.x, np.full(band.x.size, first), MEASURED_AH)
    rows = {
        key: left * getattr(start, key) + (1 - left) * getattr(band, key)
        for key in ("mean", "q05", "q25", "q75", "q95")
    }
    return Band(band.x, **rows)


def told(forecast: Forecast, first: dict[str, float]) -> Forecast:
    """Return a forecast with the losses since the first check-up beside the capacities."""
    bands = {q: from_first_checkup(b, first[q]) for q, b in forecast.quantities.items()}
    found = dict(bands)
    relative = mapped(bands["capacity_Ah"], lambda y: 100 * y / first["capacity_Ah"])
    found["capacity_percent"] = relative
    found["lli_percent"] = mapped(relative, lambda y: 100 - y + LITHIUM_PERCENT)
    for side in ("negative", "positive"):
        name = f"capacity_{side}_Ah"
        of = first[name]
        found[f"lam_{side}_percent"] = mapped(bands[name], lambda y, of=of: 100 - 100 * y / of)
    rounded = {q: mapped(band, lambda y: np.round(y, DIGITS)) for q, band in found.items()}
    return Forecast(rounded, forecast.x_name, metadata=forecast.metadata)


# %% Tables and the figure


def tables(fitted: Fitted, told_cells: dict[str, Forecast]) -> str:
    """Return the parameters and the forecasts at some cycles as Markdown."""
    lines = ["| parameter | value | 90 % interval | learnt |", "|---|---|---|---|"]
    lines += [
        f"| `{e.name}` | {e.value:.4g} | {e.low:.4g} to {e.high:.4g} | {100 * e.learnt:.0f} % |"
        for e in estimates(fitted.fit, fitted.law)
    ]
    at = np.array([100.0, 300.0, 500.0])
    lines += ["", "| cell | " + " | ".join(f"A.h at cycle {x:.0f}" for x in at) + " |"]
    lines += ["|---|" + "---|" * at.size]
    for name, cell in told_cells.items():
        band = cell.quantities["capacity_Ah"].at(at)
        rows = zip(band.mean, band.q05, band.q95, strict=True)
        cells = " | ".join(f"{m:.2f} ({a:.2f} to {b:.2f})" for m, a, b in rows)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines) + "\n"


def figure(
    told_cells: dict[str, Forecast], series: tuple[Series, ...], titles: dict[str, str]
) -> Figure:
    """Return one small picture per cell: forecast capacity, and what was measured."""
    names = sorted(told_cells, key=lambda name: int(name.split()[1]))
    canvas = Figure(figsize=(12, 15), layout="constrained")
    axes = canvas.subplots(-(-len(names) // 3), 3, sharex=True, sharey=True)
    for name, ax in zip(names, axes.flat, strict=False):
        band = told_cells[name].quantities["capacity_Ah"]
        ax.fill_between(band.x, band.q05, band.q95, color="#9ecae1", label="90 %")
        ax.fill_between(band.x, band.q25, band.q75, color="#4292c6", label="50 %")
        ax.plot(band.x, band.mean, "k-", lw=1)
        for one in series:
            if one.experiment == name and one.quantity == "capacity_Ah":
                ax.plot(one.x, one.y, "o", color="#d7301f", ms=4, label="fitted")
        ax.set_title(f"{name}: {titles[name]}", fontsize=9)
        ax.set_ylim(0, 5.5)
    for ax in axes[-1]:
        ax.set_xlabel("cycle")
    for row in axes:
        row[0].set_ylabel("C/20 capacity [A.h]")
    axes.flat[0].legend(fontsize=8)
    return canvas


def titles_of(fitted: Fitted) -> dict[str, str]:
    """Return temperature, charge and discharge of each cell."""
    found = {}
    for one in fitted.fit.experiments:
        out, charge = (str(step) for step in one.protocol["blocks"][0]["cycle"][:2])
        rates = f"{charge.split()[2]} in, {out.split()[2]} out"
        depth = ", half depth" if "seconds" in out else ""
        told = "drive cycle" if " A " in out else rates + depth
        found[one.name] = f"{one.protocol['temperature_degC']} °C, {told}"
    return found


# %% All of it
if __name__ == "__main__":
    study = load_fit(HERE / "fit.yaml")
    fitted = fit(study, RESULTS, jobs=1, tell=print)
    cells = forecast(fitted, out=RESULTS, jobs=1, tell=print)
    first = first_checkups(fitted)
    told_cells = {name: told(cell, first[name]) for name, cell in cells.items()}
    write_forecasts(told_cells, HERE / "forecast.json")
    (HERE / "tables.md").write_text(tables(fitted, told_cells), encoding="utf-8")
    figure(told_cells, fitted.series, titles_of(fitted)).savefig(HERE / "forecast.png", dpi=110)
