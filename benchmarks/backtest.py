"""What forecasts are worth: hidden measurements of four data sets, forecast and scored.

    python benchmarks/backtest.py [--quick] --json FILE

Every example of a fit hides part of its measurements (the end of lives, whole cells, whole
protocols), fits the rest, and forecasts what was hidden; the baselines get the same measurements.
For each data set: RMSE of capacity in per cent of nominal and that of the best baseline, the share
of hidden points in the 90 % intervals, CRPS, and the time of the longest fit with its simulations.
RMSE and that of the baseline are of the backtests in which there is a baseline, coverage and CRPS
of all. ``--quick`` makes one backtest of each with fewer draws and shorter searches. Data sets that
are absent are left out.
"""

from __future__ import annotations

import runpy
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import ROOT, Row, arguments, report

from twin.errors import TwinError
from twin.estimation import load_fit
from twin.forecast.backtest import OURS, Backtest, backtest

QUICK_DRAWS, QUICK_ITERATIONS = 16, 4
NESTED = ("sanyo",)  # its other rows are of the same cells, known better or for longer
AFTER_300 = "after 300 EFC hidden"
SCORES = ("rmse", "crps")


# -- fits that are one file -------------------------------------------------------------


def of_fit_file(name: str, folder: Path, *, quick: bool) -> Iterator[Row]:
    """Yield the scores of the backtests that a fit file describes."""
    study = load_fit(ROOT / "examples" / name / "fit.yaml")
    if quick:
        fewer = study.forecast.model_copy(update={"draws": QUICK_DRAWS})
        shorter = study.search.model_copy(update={"iterations": QUICK_ITERATIONS})
        study = study.model_copy(update={"forecast": fewer, "search": shorter})
    for test in study.backtests[: 1 if quick else None]:
        found = backtest(study, test.name, folder, tell=lambda text: print(f"  {text}", flush=True))
        scores = found.scores[found.scores["quantity"] == test.quantity]
        several = (scores["cell"] == "all").any()
        scores = scores[scores["cell"] == "all"] if several else scores
        yield row_of(test.name, scores, OURS, 100 / nominal(found), found.seconds)


def nominal(test: Backtest) -> float:
    """Return what 100 % of the scored quantity is, in its unit."""
    if test.section.quantity == "capacity_percent":
        return 100.0
    from twin.parameters.values import load_parameters

    cell = next(iter(test.fitted.benches.values())).plain["cell"]
    values = {**dict(load_parameters(cell["parameters"], {}).values), **cell.get("values", {})}
    return float(values["Nominal cell capacity [A.h]"])


# -- fits that are scripts --------------------------------------------------------------


@contextmanager
def script(name: str, file: str) -> Iterator[dict[str, Any]]:
    """Yield what a script of an example defines; its neighbours can be imported meanwhile."""
    folder, known = ROOT / "examples" / name, set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield runpy.run_path(str(folder / file))
    finally:
        sys.path.remove(str(folder))
        for module in set(sys.modules) - known:
            if (folder / f"{module}.py").is_file():
                del sys.modules[module]


def of_lgm50t(name: str, folder: Path, *, quick: bool) -> Iterator[Row]:
    """Yield the scores of the LG M50T: an experiment, a protocol, or the end of lives is hidden."""
    with script(name, "fit.py") as made:
        began = time.monotonic()
        study = made["kirkaldy"](made["data_folder"]())
        found, data = made["surfaces"](study, folder), made["measurements"](study)
        scores = made["backtests"](study, found, data)
        seconds = time.monotonic() - began
    for test, table in scores.groupby("backtest", sort=False):
        if not quick or test == AFTER_300:
            yield row_of(str(test), table, "physics", 1.0, seconds)


def of_sanyo(name: str, folder: Path, *, quick: bool) -> Iterator[Row]:
    """Yield the scores of the population: each cell forecast from the others and its start."""
    with script(name, "forecast.py") as made:
        began = time.monotonic()
        cells, emulator = made["measured"](), made["Emulator"](*made["learnt"]())
        others = made["learnt_without"](cells, emulator)
        seconds = time.monotonic() - began
        for part in (0.2,) if quick else (0.2, 0.35):
            found = made["leave_one_out"](cells, emulator, others, part)
            table = made["scores"](cells, found, part)
            for words, scores in table.groupby("range", sort=False):
                test = f"first {100 * part:.0f} % shown, {words}"
                yield row_of(test, scores, made["OURS"], 1.0, seconds)


EXAMPLES: dict[str, tuple[str, Callable[..., Iterator[Row]]]] = {
    "sanyo": ("12_sanyo", of_sanyo),
    "lco_polito": ("09_lco_polito", of_fit_file),
    "lgm50t_kirkaldy": ("11_lgm50t_kirkaldy", of_lgm50t),
    "umich_nmc532": ("10_umich_nmc532", of_fit_file),
}


# -- tables -----------------------------------------------------------------------------


def row_of(test: str, scores: pd.DataFrame, method: str, scale: float, seconds: float) -> Row:
    """Return one row: our scores and the best of the baselines, in per cent of nominal."""
    by = scores.set_index("method")
    ours, others = by.loc[method], by.drop(index=method)
    best = {
        f"{key}_best_baseline": round(scale * others[key].min(), 3) if len(others) else None
        for key in SCORES
    }
    return {
        "side": "",
        "backtest": test,
        "points": int(ours["points"]),
        "rmse": round(scale * ours["rmse"], 3),
        "rmse_best_baseline": best["rmse_best_baseline"],
        "best_baseline": others["rmse"].idxmin() if len(others) else "",
        "crps": round(scale * ours["crps"], 3),
        "crps_best_baseline": best["crps_best_baseline"],
        "coverage_50": round(ours["coverage_50_percent"] / 100, 3),
        "coverage_90": round(ours["coverage_90_percent"] / 100, 3),
        "fit_seconds": round(seconds, 1),
    }


def together(rows: list[Row]) -> Row:
    """Return the scores of all backtests of a data set together, by their numbers of points."""

    def mean(key: str, of: list[Row], power: int = 1) -> float:
        values = np.array([row[key] for row in of], dtype=float) ** power
        weights = [row["points"] for row in of]
        return round(float(np.average(values, weights=weights) ** (1 / power)), 4)

    beside = [row for row in rows if row["rmse_best_baseline"] is not None]
    return {
        "backtests": [row["backtest"] for row in rows],
        "rmse": mean("rmse", beside or rows, 2),
        "rmse_best_baseline": mean("rmse_best_baseline", beside, 2) if beside else None,
        "coverage_90": mean("coverage_90", rows),
        "crps": mean("crps", rows),
        "fit_seconds": max(row["fit_seconds"] for row in rows),
    }


def main() -> None:
    """Run the backtests of every data set that is there."""
    given = arguments(__doc__.splitlines()[0])
    rows: list[Row] = []
    figures: dict[str, Any] = {}
    for name, (example, made) in EXAMPLES.items():
        print(name, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            try:
                own = list(made(example, Path(folder), quick=given.quick))
            except (TwinError, SystemExit) as error:
                print(f"  left out: {error}")
                continue
        rows += [{**row, "side": name} for row in own]
        figures[name] = together(own[:1] if name in NESTED else own)
        report("Backtests: capacity, per cent of nominal", rows, figures, given.json)
    if not rows:
        raise SystemExit("none of the data sets is here; set TWIN_DATA to their folder")


if __name__ == "__main__":
    main()
