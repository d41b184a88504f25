"""From the fade of two protocols to that of three others, with how sure it is.

Run it with ``python examples/11_lgm50t_kirkaldy/fit.py``, with the measured data in
``../shared/data`` or where ``TWIN_DATA`` says. Simulations are kept in
``results/11_lgm50t_kirkaldy``; a run that was stopped goes on.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from posterior import (
    CAPACITY,
    FACTORS,
    Condition,
    Data,
    Posterior,
    Problem,
    Throughput,
    forecast,
    hidden,
)
from posterior import measured as measurements
from study import (
    DEAD_10,
    HERE,
    MEASURED,
    TEMPERATURES,
    UNSEEN,
    cells,
    efc_at_checkup,
    kirkaldy,
    name_of,
    throughput_ratio,
)
from surface import DESIGN, Point, Surface

from twin.estimation import FitStudy
from twin.estimation.experiments import benches
from twin.estimation.running import Journal, Runner
from twin.forecast import BASELINES, Band, Forecast, score_cells, write_forecasts

QUANTITIES = (CAPACITY, "lli_percent", "lam_negative_percent")
Surfaces = Mapping[Condition, Mapping[str, Surface]]
Measured = Mapping[Condition, Data]
TIMES = ("q05", "q25", "median", "q75", "q95")
LEVELS = ("mean", "q05", "q25", "q75", "q95")


# -- simulations ----------------------------------------------------------------------


def factors_at(study: FitStudy, condition: Condition, point: Point) -> dict[str, float]:
    """Return values of the free parameters at a point of the design."""
    temperature = condition[1]
    names = (f"sei {temperature}", f"silicon {temperature}", DEAD_10)
    logarithms = dict(zip(names, point, strict=True))
    return {name: math.exp(logarithms.get(name, 0.0)) for name in study.parameters}


def surfaces(study: FitStudy, out: Path) -> Surfaces:
    """Simulate every protocol at its points, but for those that are kept, and join them."""
    ready, runner = benches(study), Runner(Journal(out))
    found = {}
    for condition, points in DESIGN.items():
        bench = ready[name_of(*condition)]
        asked = [bench.request(factors_at(study, condition, point)) for point in points]
        tables = [answer.table for answer in runner.run(asked)]
        runs = dict(zip(points, tables, strict=True))
        found[condition] = {name: Surface.of(runs, name) for name in QUANTITIES}
        print(f"simulated: {name_of(*condition)}, {runner.simulated} runs", flush=True)
    return found


def capacities(found: Surfaces) -> dict[Condition, Surface]:
    """Return the surfaces of capacity."""
    return {condition: by_name[CAPACITY] for condition, by_name in found.items()}


# -- fit and backtests -------------------------------------------------------------------


def table_of_factors(law: Posterior, belief: Sequence[float]) -> pd.DataFrame:
    """Return each factor with its 90 % interval, and the share that the data taught."""
    sd = np.sqrt(np.diag(law.covariance))
    rows = {
        "factor": FACTORS,
        "best": np.exp(law.mean),
        "q05": np.exp(law.mean - 1.645 * sd),
        "q95": np.exp(law.mean + 1.645 * sd),
        "learnt": 1 - sd**2 / np.array(belief) ** 2,
    }
    return pd.DataFrame(rows)


def backtest(
    study: FitStudy,
    found: Surfaces,
    shown: Mapping[Condition, Data],
    rest: Mapping[Condition, Data],
) -> pd.DataFrame:
    """Return scores of what is forecast of hidden measurements, and of the baselines."""
    law = Problem(study, capacities(found), shown).fit()
    said: dict[str, dict[str, Forecast]] = {"physics": {}}
    for condition in rest:
        one = forecast(study, law, condition, found[condition], shown.get(condition))
        said["physics"][name_of(*condition)] = one
        if condition in shown:
            own = (shown[condition].x, shown[condition].y)
            start = (np.append(0.0, own[0]), np.append(100.0, own[1]))
            for name, baseline in BASELINES.items():
                band = baseline.fit(*start).forecast(one.x)
                only = Forecast({CAPACITY: band}, "efc")
                said.setdefault(name, {})[name_of(*condition)] = only
    observed = {name_of(*c): {"efc": d.x, CAPACITY: d.y} for c, d in rest.items()}
    tables = [score_cells(_only_capacity(f), observed).assign(method=m) for m, f in said.items()]
    table = pd.concat(tables, ignore_index=True)
    together = table["cell"] == "all"
    return table[together] if together.any() else table


def _only_capacity(forecasts: Mapping[str, Forecast]) -> dict[str, Forecast]:
    return {
        name: Forecast({CAPACITY: one.quantities[CAPACITY]}, one.x_name)
        for name, one in forecasts.items()
    }


def backtests(study: FitStudy, found: Surfaces, data: Measured) -> pd.DataFrame:
    """Return the scores of all backtests."""
    cases: dict[str, tuple[list[Condition], float]] = {
        f"experiment {e} hidden": ([(e, t) for t in TEMPERATURES], math.inf) for e in MEASURED
    }
    for e, t in data:
        cases[f"{name_of(e, t)} hidden"] = ([(e, t)], math.inf)
    cases["after 300 EFC hidden"] = ([], 300.0)
    tables = []
    for name, (conditions, after) in cases.items():
        shown, rest = hidden(data, conditions, after)
        tables.append(backtest(study, found, shown, rest).assign(backtest=name))
    table = pd.concat(tables, ignore_index=True)
    columns = ["points", "rmse", "bias", "crps", "coverage_50_percent", "coverage_90_percent"]
    return table[["backtest", "method", *columns]].round(2)


# -- forecasts -----------------------------------------------------------------------------


def kept(one: Forecast) -> Forecast:
    """Return a forecast every 25 equivalent full cycles, with the digits that matter.

    In the file they are called cycles, as in all stored forecasts.
    """
    x = np.arange(0.0, 1051.0, 25.0)
    bands = {}
    for name, band in one.quantities.items():
        at = band.at(x)
        bands[name] = Band(x, **{key: np.round(getattr(at, key), 3) for key in LEVELS})
    said = {**one.metadata, "cycle": "equivalent full cycles: throughput over 10 A.h"}
    return Forecast(bands, "cycle", one.thresholds, said)


def table_of_cells(folder: Path, forecasts: Mapping[str, Forecast]) -> pd.DataFrame:
    """Return for every cell its retention at check-up 8 and its cycles to 90 %, with intervals."""
    rows: list[dict[str, Any]] = []
    for row in cells(folder, "blind_cells_conditions_and_BOL_only.csv"):
        name = name_of(int(row["expt"]), int(row["temperature_c"]))
        efc, one = efc_at_checkup(row, 8), forecasts[name]
        band = one.quantities[CAPACITY].at([efc])
        to_90 = next(t for t in one.thresholds[CAPACITY] if t.threshold == 90.0)
        at_8 = {f"retention_rpt8_{k}": float(getattr(band, k)[0]) / 100 for k in LEVELS}
        times = {
            f"efc_to_90_{k}": getattr(to_90, k) for k in ("q05", "q25", "median", "q75", "q95")
        }
        new = float(row["bol_c10_ah"])
        capacity = {"capacity_rpt8_Ah": new * at_8["retention_rpt8_mean"]}
        head = {"cell_id": row["cell_id"], "experiment": name, "efc_rpt8": efc}
        rows.append({**head, **at_8, **times, **capacity})
    return pd.DataFrame(rows).round(4)


def throughputs(folder: Path) -> dict[Condition, Throughput]:
    """Return what the charge of the cycles says of experiment 4, whose cycles empty the cell.

    In experiment 5 the same ratio is 0.99 of that of the capacities at C/10 at 25 and 40 degC,
    and 0.92 of it in the cold, as 1C meets more resistance with age. A drive cycle is gentler,
    so half of that is taken off, and the rest is the error.
    """
    rows = cells(folder, "blind_cells_conditions_and_BOL_only.csv")
    found = {}
    for t, rate, sd in ((10, 0.96, 0.03), (25, 0.99, 0.02), (40, 0.99, 0.02)):
        own = [r for r in rows if r["expt"] == "4" and r["temperature_c"] == str(t)]
        ratio = float(np.median([throughput_ratio(row) for row in own])) / rate
        ends = [np.mean([float(row[key]) for row in own]) for key in ("efc_at_rpt2", "last_efc")]
        found[4, t] = Throughput(float(ends[0]), float(ends[1]), ratio, sd)
    return found


def draw(forecasts: Mapping[str, Forecast], data: Measured) -> Figure:
    """Return the bands of all protocols, and the measurements that there are."""
    figure = Figure(figsize=(13, 8), layout="constrained")
    panels = figure.subplots(3, 5, sharex=True, sharey=True)
    for place, experiment in enumerate((*MEASURED, *UNSEEN)):
        for row, temperature in enumerate(TEMPERATURES):
            axes, condition = panels[row, place], (experiment, temperature)
            band = forecasts[name_of(*condition)].quantities[CAPACITY]
            _draw_band(axes, band, "tab:blue" if experiment in MEASURED else "tab:orange")
            if condition in data:
                d = data[condition]
                axes.errorbar(d.x, d.y, 1.645 * d.sd, fmt="k.", elinewidth=0.8)
            axes.axhline(90, color="0.6", linewidth=0.6)
            axes.set_title(f"experiment {experiment}, {temperature} °C", fontsize=9)
    panels[0, 0].set_ylim(65, 101)
    figure.supxlabel("Equivalent full cycles")
    figure.supylabel("C/10 capacity [%]: 50 and 90 % intervals; orange was never measured here")
    return figure


def _draw_band(axes: Any, band: Band, colour: str) -> None:
    axes.fill_between(band.x, band.q05, band.q95, color=colour, alpha=0.2, linewidth=0)
    axes.fill_between(band.x, band.q25, band.q75, color=colour, alpha=0.35, linewidth=0)
    axes.plot(band.x, band.mean, color=colour)


def data_folder() -> Path:
    """Return the folder with measured data, or end with a reason."""
    folder = Path(os.environ.get("TWIN_DATA", HERE.parents[2] / "shared" / "data"))
    if not (folder / "lgm50t_kirkaldy").is_dir():
        sys.exit(f"no measured data: {folder}/lgm50t_kirkaldy is absent; set TWIN_DATA")
    return folder


def main(out: Path = Path("results") / "11_lgm50t_kirkaldy") -> None:
    """Simulate, fit, backtest, forecast; write tables and a figure beside this file."""
    folder = data_folder()
    study = kirkaldy(folder)
    found, data = surfaces(study, out), measurements(study)
    law = Problem(study, capacities(found), data).fit()
    beliefs = [study.parameters[name].prior for name in FACTORS]
    factors = table_of_factors(law, [belief.sd if belief else 1.0 for belief in beliefs])
    print(factors.round(3).to_string(), f"\nwalk {law.noise.walk:.2f} % per root of 100 EFC")
    scores = backtests(study, found, data)
    print(scores.to_string())
    charges = throughputs(folder)
    forecasts = {
        name_of(*c): forecast(study, law, c, by_name, data.get(c), charges.get(c))
        for c, by_name in found.items()
    }
    table = table_of_cells(folder, forecasts)
    factors.round(4).to_csv(HERE / "factors.csv", index=False)
    scores.to_csv(HERE / "backtests.csv", index=False)
    table.to_csv(HERE / "cells.csv", index=False)
    write_forecasts({name: kept(one) for name, one in forecasts.items()}, HERE / "forecast.json")
    draw(forecasts, data).savefig(HERE / "forecast.png", dpi=110)
    print(table.groupby("experiment").mean(numeric_only=True).round(3).T.to_string())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
