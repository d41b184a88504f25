"""Slow curves from files and from the results of runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from twin.diagnosis.curve_map import CurveMap
from twin.diagnosis.curves import SlowCurve, curve_of_checkup, curve_over_time, slow_curve
from twin.errors import DataError, ResultsError

_ALIKE = ("format", "text", "columns", "positive_on", "where", "nominal_capacity_Ah")


def read_slow_curve(file: str | Path, curve_map: CurveMap, label: str | None = None) -> SlowCurve:
    """Return the slow curve in a file.

    Parameters
    ----------
    file : a cycler file as :func:`twin.data.read_recording` reads them, or with charge instead
        of time a file as :func:`twin.data.read_columns` does
    curve_map : names of the columns, and what the file does not say
    label : of the curve; the name of the file without its ending if omitted

    Raises
    ------
    DataError
        where the file cannot be read as described, or holds no slow curve.
    """
    from twin.data import read_columns

    path, columns = Path(file), curve_map.columns
    if not path.is_file():
        raise DataError(f"{path}: no such file; correct the path")
    name = label or path.stem
    if columns is None or "time_s" in columns:
        return _over_time(path, curve_map, name)
    _, found = read_columns(path, {key: str(column) for key, column in columns.items()})
    charge = found.get("charge_Ah")
    if charge is None:
        charge = found["state_of_charge"] * (curve_map.capacity_Ah or 1.0)
    direction = curve_map.direction or "discharge"
    current = curve_map.current_A if curve_map.current_A is not None else float("nan")
    return slow_curve(charge, found["voltage_V"], direction, current_A=current, label=name)


def _over_time(path: Path, curve_map: CurveMap, label: str) -> SlowCurve:
    from twin.data.data_map import DataMap, read_measured
    from twin.data.recording import Recording

    given = {
        name: getattr(curve_map, name) for name in _ALIKE if name in curve_map.model_fields_set
    }
    found = read_measured(path, DataMap(**given))
    if not isinstance(found, Recording):  # a table of check-ups, which a curve map cannot ask for
        raise DataError(f"{path}: no recording; give a cycler file")
    time = found["time_s"]
    constant = np.full_like(time, curve_map.current_A or 0.0)
    current = found.columns.get("current_A", constant)
    start = -np.inf if curve_map.from_s is None else curve_map.from_s
    end = np.inf if curve_map.until_s is None else curve_map.until_s
    rows = (time >= start) & (time <= end)
    if not rows.any():
        raise DataError(f"{path}: no row from {start:g} to {end:g} s; correct from_s and until_s")
    curve = curve_over_time(time[rows], found["voltage_V"][rows], current[rows], label=label)
    notes = tuple(found.quality.sentences()) if found.quality.findings else ()
    return replace(curve, notes=notes)


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
