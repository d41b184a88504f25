"""How long does a new cell live, when 23 others of its kind and its first check-ups are known?

Each of 24 cells is forecast as if it were new: the population is learnt from the other 23, and of
the cell itself only the check-ups in the first 20 % of its life are shown. Writes
``forecast.json``, ``scores.csv``, ``lives.csv`` and ``forecast.png`` beside this file.
Run it with ``python examples/12_sanyo/forecast.py``; it takes some minutes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from draw import draw
from emulator import Emulator, learnt
from population import PARAMETERS, STAGES, Cell, Draws, Population, forecast_cell, learn

from twin.data import read_checkups
from twin.forecast import (
    Band,
    Forecast,
    score_cells,
    score_threshold,
    time_of_band,
    time_to_threshold,
    write_forecasts,
)
from twin.forecast.baselines import baselines as baselines_of
from twin.study.files import data_folder

HERE = Path(__file__).parent
NOMINAL_AH = 1.85
END_PERCENT = 80.0  # of the first capacity
EARLY = 0.2  # of the life, that is shown
HORIZON = 2400.0
GRID = np.arange(0.0, HORIZON + 1, 40.0)
OURS = "physics and population"
SHARE = "capacity_percent_of_nominal"


def measured() -> dict[str, Cell]:
    """Return cycles and capacity [share of nominal] of each cell."""
    folder = data_folder(HERE)
    if folder is None:
        raise SystemExit("the measured data are not here: set TWIN_DATA to their folder")
    file = folder / "sanyo" / "capacity_24cells.csv"
    names = pd.read_csv(file, usecols=["cell"])["cell"].unique()
    columns = {"cycle": "cycle", "capacity_Ah": "capacity_Ah"}
    cells = {}
    for name in names:
        table = read_checkups(file, columns, where={"cell": name}, repeats="keep")
        cycle, capacity = table.of("capacity_Ah")
        cells[str(name)] = (cycle, capacity / NOMINAL_AH)
    return cells


def end_of_life(cell: Cell) -> float:
    """Return the cycle at which a cell is down to `END_PERCENT` of its first capacity."""
    cycle, y = cell
    last = int(np.argmax(y < END_PERCENT / 100 * y[0]))
    part = (y[last - 1] - END_PERCENT / 100 * y[0]) / (y[last - 1] - y[last])
    return float(cycle[last - 1] + part * (cycle[last] - cycle[last - 1]))


def shown(cell: Cell, part: float = EARLY) -> Cell:
    """Return the check-ups in the first part of a cell's life, two at least."""
    kept = cell[0] <= max(part * end_of_life(cell), cell[0][1])
    return cell[0][kept], cell[1][kept]


def grid(cell: Cell, early: Cell) -> np.ndarray:
    """Return the cycles at which a cell is forecast: after what is shown, with all check-ups."""
    places = np.union1d(GRID, cell[0])
    return places[places > early[0][-1]]


def of_draws(cell: Cell, cycle: np.ndarray, draws: Draws) -> Forecast:
    """Return bands of a measurement, and when the cell ends [percent of nominal]."""
    band = Band.from_draws(cycle, 100 * draws.measured)
    limit = END_PERCENT * float(cell[1][0])
    ends = time_to_threshold(cycle, 100 * draws.steady, limit)
    quantities = {SHARE: band}
    said = {"draws_left": round(draws.effective)}
    return Forecast(quantities, thresholds={SHARE: (ends,)}, metadata=said)


def in_ah(forecast: Forecast) -> Forecast:
    """Return the forecast with its capacity in A.h."""
    band, (ends,) = forecast.quantities[SHARE], forecast.thresholds[SHARE]
    unit = NOMINAL_AH / 100
    rows = {key: unit * getattr(band, key) for key in ("mean", "q05", "q25", "q75", "q95")}
    ends = replace(ends, threshold=unit * ends.threshold, draws=None)
    name = "capacity_Ah"
    return Forecast(
        {name: Band(band.x, **rows)}, thresholds={name: (ends,)}, metadata=forecast.metadata
    )


def learnt_without(cells: dict[str, Cell], emulator: Emulator) -> dict[str, Population]:
    """Return for each cell the population that the other ones are."""
    found: dict[str, Population] = {}
    places: dict[str, np.ndarray] = {}
    for name in cells:
        others = {other: values for other, values in cells.items() if other != name}
        found[name], of_others = learn(emulator, others, places=places)
        places |= {other: one.z for other, one in of_others.items()}
    return found


def leave_one_out(
    cells: dict[str, Cell], emulator: Emulator, others_of: dict[str, Population], part: float
) -> dict[str, dict]:
    """Return method -> cell -> forecast, each cell forecast from the others and its start."""
    found: dict[str, dict] = {}
    for number, (name, cell) in enumerate(cells.items()):
        others = {other: values for other, values in cells.items() if other != name}
        early = shown(cell, part)
        cycle = grid(cell, early)
        generator = np.random.default_rng(number)
        draws = forecast_cell(emulator, others_of[name], early, cycle, generator)
        found.setdefault(OURS, {})[name] = of_draws(cell, cycle, draws)
        percent = {other: (n, 100 * y) for other, (n, y) in others.items()}
        own = (early[0], 100 * early[1])
        for method, band in baselines_of(own, list(percent.values()), cycle).items():
            ends = time_of_band(band, END_PERCENT * float(cell[1][0]))
            said = {SHARE: (ends,)}
            one = Forecast({SHARE: band}, thresholds=said)
            found.setdefault(method, {})[name] = one
        print(f"{name}: {draws.effective:.0f} draws count", flush=True)
    return found


def hidden(cells: dict[str, Cell], part: float, until_end: bool) -> dict[str, dict]:
    """Return what a forecast is scored on: after what is shown, until 80 % or to the end."""
    kept = {}
    for name, (cycle, y) in cells.items():
        there = cycle > shown((cycle, y), part)[0][-1]
        if until_end:
            there &= cycle <= cycle[np.argmax(y < END_PERCENT / 100 * y[0])]
        kept[name] = {"cycle": cycle[there], SHARE: 100 * y[there]}
    return kept


def scores(cells: dict[str, Cell], found: dict[str, dict], part: float) -> pd.DataFrame:
    """Return a row for each method and range, all cells together."""
    rows = []
    for method, forecasts in found.items():
        ends = [_end_error(cells[name], one) for name, one in forecasts.items()]
        error = np.array([one.error for one in ends])
        said = {
            "life_rmse_cycles": np.sqrt(np.mean(error**2)) if np.all(np.isfinite(error)) else None,
            "life_median_error_cycles": np.nanmedian(np.abs(error)),
            "life_not_told": int(np.sum(~np.isfinite(error))),
            "life_in_90_percent": np.mean([bool(one.inside_90) for one in ends]) * 100,
        }
        for words, until_end in (("until 80 %", True), ("whole record", False)):
            table = score_cells(forecasts, hidden(cells, part, until_end))
            row = table[table["cell"] == "all"].iloc[0].drop(["cell", "quantity", "beyond"])
            rows.append({"method": method, "range": words, **row, **said})
    return pd.DataFrame(rows)


def _end_error(cell: Cell, forecast: Forecast):
    return score_threshold(forecast.thresholds[SHARE][0], cell[0], 100 * cell[1])


def lives(cells: dict[str, Cell], found: dict[str, dict]) -> pd.DataFrame:
    """Return cycles to 80 % of the first capacity: measured and forecast, a row per cell."""
    rows = []
    for name, forecast in found[OURS].items():
        ends = forecast.thresholds[SHARE][0]
        rows.append(
            {
                "cell": name,
                "measured": end_of_life(cells[name]),
                **{key: getattr(ends, key) for key in ("q05", "q25", "median", "q75", "q95")},
            }
        )
    return pd.DataFrame(rows)


def told(emulator: Emulator, cells: dict[str, Cell]) -> None:
    """Print what all cells together say: parameters, error of the engine, misfit."""
    population, found = learn(emulator, cells)
    print("parameter   mean   sd between cells")
    for name, mean, var in zip(
        PARAMETERS, population.mean, np.diag(population.covariance), strict=True
    ):
        print(f"{name:10s} {mean:7.3f} {np.sqrt(var):7.3f}")
    for stage, error in zip(STAGES, population.error, strict=True):
        print(f"at {stage:.3f} of the capacity the engine misses {100 * error:+.2f} %")
    rest = np.concatenate([one.rest for one in found.values()])
    print(f"misfit of all cells {100 * np.sqrt(np.mean(rest**2)):.2f} % of nominal")


def main() -> None:
    """Forecast all cells from a fifth, a third and half of their lives; score, write and draw."""
    cells, emulator = measured(), Emulator(*learnt())
    told(emulator, cells)
    tables = []
    others_of = learnt_without(cells, emulator)
    for part, words in ((EARLY, "20 % of life"), (0.35, "35 % of life"), (0.5, "50 % of life")):
        found = leave_one_out(cells, emulator, others_of, part)
        table = scores(cells, found, part)
        tables.append(table.assign(shown=words))
        print(table.round(2).to_string(index=False))
        if part == EARLY:
            written = {name: in_ah(one) for name, one in found[OURS].items()}
            write_forecasts(written, HERE / "forecast.json")
            lives(cells, found).round(1).to_csv(HERE / "lives.csv", index=False)
            draw(cells, found[OURS], HERE / "forecast.png")
    pd.concat(tables).round(4).to_csv(HERE / "scores.csv", index=False)


if __name__ == "__main__":
    main()
