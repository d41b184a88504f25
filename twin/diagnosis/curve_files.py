"""Slow curves from files and from the results of runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from twin.diagnosis.curve_map import CurveMap
from twin.diagnosis.curves import SlowCurve, curve_of_checkup, curve_over_time, slow_curve
from twin.errors import DataError, ResultsError


def read_slow_curve(file: str | Path, curve_map: CurveMap, label: str | None = None) -> SlowCurve:
    """Return the slow curve in a file.

    Parameters
    ----------
    file : CSV or Parquet as :func:`twin.data.read_columns` reads them
    curve_map : names of the columns, and what the file does not say
    label : of the curve; the name of the file without its ending if omitted

    Raises
    ------
    DataError
        where the file cannot be read as described, or holds no slow curve.
    """
    from twin.data import read_columns

    path = Path(file)
    given = {key: name for key, name in curve_map.columns.model_dump().items() if name is not None}
    if not path.is_file():
        raise DataError(f"{path}: no such file; correct the path")
    _, found = read_columns(path, given)
    name = label or path.stem
    if "time_s" in found:
        return _over_time(path, found, curve_map, name)
    charge = found.get("charge_Ah")
    if charge is None:
        charge = found["state_of_charge"] * (curve_map.capacity_Ah or 1.0)
    direction = curve_map.direction or "discharge"
    current = curve_map.current_A if curve_map.current_A is not None else float("nan")
    return slow_curve(charge, found["voltage_V"], direction, current_A=current, label=name)


def _over_time(path: Path, found: dict[str, Any], curve_map: CurveMap, label: str) -> SlowCurve:
    current = found.get("current_A", np.full_like(found["time_s"], curve_map.current_A or 0.0))
    if curve_map.positive_on == "charge":
        current = -current
    start = -np.inf if curve_map.from_s is None else curve_map.from_s
    end = np.inf if curve_map.until_s is None else curve_map.until_s
    rows = (found["time_s"] >= start) & (found["time_s"] <= end)
    if not rows.any():
        raise DataError(f"{path}: no row from {start:g} to {end:g} s; correct from_s and until_s")
    return curve_over_time(
        found["time_s"][rows], found["voltage_V"][rows], current[rows], label=label
    )


def curves_of_run(folder: str | Path) -> list[SlowCurve]:
    """Return the slow curve of every check-up of a run whose time series was kept.

    Raises
    ------
    ResultsError
        where the folder holds no results, or no time series of a check-up.
    """
    from twin.solution import Solution

    solution = Solution.open(folder)
    kept = set(solution.timeseries["sequence"]) if len(solution.timeseries) else set()
    found = [
        curve_of_checkup(solution, int(row["sequence"]), label=f"cycle {row['cycle']:.0f}")
        for row in solution.checkups.to_dict("records")
        if row["sequence"] in kept
    ]
    if not found:
        raise ResultsError(
            f"{folder}: no time series of a check-up; ask for them with outputs.timeseries in the "
            "study"
        )
    return found
