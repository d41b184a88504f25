"""Measured against simulated curves of a results folder.

An entry of ``compare.measured`` overlays a measured curve on some steps of one executed
cycle. Time zero is the start of the first of these steps. The simulated quantity is
interpolated at the measured times that both curves cover; errors are simulated minus
measured.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.data import read_curve
from twin.errors import DataError, ResultsError
from twin.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "label",
    "variant",
    "quantity",
    "rmse",
    "unit",
    "maximum_error",
    "mean_error",
    "points",
    "measured",
    "simulated",
    "reason",
)
_CURVES = (("voltage", "voltage_V", "mV", 1e3), ("temperature", "temperature_degC", "K", 1.0))
_CURRENT_OFF = 1e-3
_STEADY = 1e-3
_CONSTANT_K = 1e-6


def check_measured(entries: Iterable[Any]) -> None:
    """Read the measured files of a study, so that a bad one is found before anything is run.

    Parameters
    ----------
    entries : ``compare.measured`` of a study; absent files are left to the comparison

    Raises
    ------
    DataError
        for a file that cannot be read as described.
    """
    for entry in entries:
        path = Path(entry.file)
        if path.is_file():
            read_curve(path, entry.columns.given(), charge_positive=entry.charge_positive)


@dataclass(frozen=True)
class Overlay:
    """One entry of ``compare.measured`` with everything needed to draw and score it.

    Parameters
    ----------
    label : name of the measurement
    measured : canonical columns, cut at ``until_s``; ``None`` where the file is absent
    simulated : per variant, time from zero and the same columns; variants without the cycle
        are absent
    rows : rows of the comparison table, as in ``comparison.parquet``
    reason : why there is nothing to draw, or ""
    """

    label: str
    measured: pd.DataFrame | None = None
    simulated: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    rows: tuple[dict[str, Any], ...] = ()
    reason: str = ""


def compare_with_measured(folder: Path, base: Path | None = None) -> pd.DataFrame:
    """Score every measured curve of a study, write ``comparison.parquet`` and return it.

    Quantities are ``voltage`` [mV] and ``temperature`` [K] over the common time range,
    ``discharge voltage`` [mV] up to the earlier end of discharge, and, with the numbers in
    ``measured`` and ``simulated``, ``discharge duration`` [s] and ``discharge capacity`` [A.h].

    Parameters
    ----------
    folder : results folder with ``study.yaml`` and ``timeseries.parquet``
    base : folder that relative file names start from; the results folder if omitted

    Raises
    ------
    DataError
        If a file that is not optional is absent, or a file cannot be read as described.
    ResultsError
        If the folder has no study.
    """
    import pandas as pd

    rows = [row for overlay in overlays(folder, base) for row in overlay.rows]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    if rows:
        table.to_parquet(Path(folder) / "comparison.parquet", index=False)
    return table


def overlays(folder: Path, base: Path | None = None) -> list[Overlay]:
    """Return one overlay per entry of ``compare.measured``; arguments as above."""
    folder = Path(folder)
    entries = (_study(folder).get("compare") or {}).get("measured") or []
    if not entries:
        return []
    series = _all_timeseries(folder)
    return [_overlay(entry, series, base or folder) for entry in entries]


def _study(folder: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    file = folder / "study.yaml"
    if not file.is_file():
        raise ResultsError(f"{folder}: no study.yaml; this is not a results folder")
    try:
        loaded = YAML(typ="safe").load(file)
    except YAMLError as error:
        raise ResultsError(f"{file}: not readable ({error})") from error
    return loaded if isinstance(loaded, dict) else {}


def variant_name(folder: Path) -> str:
    """Return what a results folder is called beside its variants: its parameter set."""
    import json

    file = Path(folder) / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return str((manifest.get("parameter_set") or {}).get("name") or "this run")


def _all_timeseries(folder: Path) -> dict[str, pd.DataFrame | None]:
    """Return the time series of the run and of its variants, by name."""
    import pandas as pd

    folders = {variant_name(folder): folder}
    inside = folder / "variants"
    for path in sorted(inside.iterdir()) if inside.is_dir() else []:
        if path.is_dir():
            folders[path.name] = path
    files = {name: path / "timeseries.parquet" for name, path in folders.items()}
    return {name: pd.read_parquet(file) if file.is_file() else None for name, file in files.items()}


def _overlay(
    entry: Mapping[str, Any], series: Mapping[str, pd.DataFrame | None], base: Path
) -> Overlay:
    """Return one entry read, cut out and scored."""
    label = str(entry.get("label") or entry.get("file"))
    file, absent = _locate(str(entry.get("file", "")), base)
    if absent and not entry.get("optional", False):
        raise DataError(f"compare.measured, '{label}': {absent}; correct it or set optional: true")
    if absent:
        return Overlay(label, rows=(_row(label, "", "all", reason=absent),), reason=absent)
    columns = {key: name for key, name in (entry.get("columns") or {}).items() if name is not None}
    measured = read_curve(file, columns, charge_positive=bool(entry.get("charge_positive", False)))
    until = float(entry["until_s"]) if entry.get("until_s") is not None else np.inf
    simulated: dict[str, pd.DataFrame] = {}
    rows: list[dict[str, Any]] = []
    for variant, table in series.items():
        cut, reason = _cut_out(table, entry)
        if cut is None:
            rows.append(_row(label, variant, "all", reason=reason))
            continue
        simulated[variant] = cut[cut["time_s"] <= until]
        rows += _scores(label, variant, measured, cut, until)
    return Overlay(label, measured[measured["time_s"] <= until], simulated, tuple(rows))


def _locate(text: str, base: Path) -> tuple[Path, str]:
    """Return the file with environment variables filled in, and why it is absent or ""."""
    unset = [name for name in re.findall(r"\$\{?(\w+)\}?", text) if name and name not in os.environ]
    if unset:
        return Path(text), f"the environment variable {unset[0]} of '{text}' is not set"
    path = base / os.path.expandvars(text)
    return path, "" if path.is_file() else f"no file {path}"


def _cut_out(
    table: pd.DataFrame | None, entry: Mapping[str, Any]
) -> tuple[pd.DataFrame | None, str]:
    """Return the simulated steps with time from zero, or why there are none."""
    if table is None:
        return None, "the run has no timeseries.parquet"
    sequence, steps = int(entry.get("sequence", 1)), entry.get("steps")
    rows = table[table["sequence"] == sequence]
    wanted = [int(step) for step in steps] if steps else sorted(set(rows["step"]))
    rows = rows[rows["step"].isin(wanted)]
    if rows.empty:
        return None, (
            f"no time series for row {sequence}, steps {', '.join(map(str, wanted)) or 'all'}; "
            "ask for that cycle in outputs.timeseries.cycles"
        )
    if int(rows["step"].iloc[0]) != wanted[0]:
        return None, f"step {wanted[0]} of row {sequence}, where time zero lies, was not run"
    zero = float(rows["time_s"].iloc[0] - rows["step_time_s"].iloc[0])
    return rows.assign(time_s=rows["time_s"] - zero).reset_index(drop=True), ""


def _row(label: str, variant: str, quantity: str, **values: Any) -> dict[str, Any]:
    """Return one row of the comparison table; what is not given is empty."""
    empty: dict[str, Any] = {
        "rmse": np.nan,
        "unit": "",
        "maximum_error": np.nan,
        "mean_error": np.nan,
        "points": 0,
        "measured": np.nan,
        "simulated": np.nan,
        "reason": "",
    }
    return {"label": label, "variant": variant, "quantity": quantity, **empty, **values}


def _scores(
    label: str, variant: str, measured: pd.DataFrame, simulated: pd.DataFrame, until: float
) -> list[dict[str, Any]]:
    """Return the rows of one measured curve against one variant."""
    rows = []
    for quantity, column, unit, scale in _CURVES:
        if column in measured:
            found = _errors(measured, simulated, column, until, scale)
            rows.append(_row(label, variant, quantity, unit=unit, **found))
    if "temperature_degC" in measured and np.ptp(simulated["temperature_degC"]) < _CONSTANT_K:
        rows[-1]["reason"] = "isothermal model: the simulated temperature does not change"
    ends = discharge_ends(measured, simulated)
    if ends is None:
        return rows
    common = min(*ends, until)
    found = _errors(measured, simulated, "voltage_V", common, 1e3)
    rows.append(_row(label, variant, "discharge voltage", unit="mV", **found))
    for quantity, unit, values in (
        ("discharge duration", "s", ends),
        ("discharge capacity", "A.h", _capacities(measured, simulated, ends)),
    ):
        numbers = {"measured": values[0], "simulated": values[1]}
        gap = values[1] - values[0]
        numbers |= {"mean_error": gap, "maximum_error": abs(gap)}
        rows.append(_row(label, variant, quantity, unit=unit, points=1, **numbers))
    return rows


def _errors(
    measured: pd.DataFrame, simulated: pd.DataFrame, column: str, until: float, scale: float
) -> dict[str, Any]:
    """Return RMSE, mean and largest error (simulated minus measured) on the common times."""
    time, error = residuals(measured, simulated, column)
    error = scale * error[time <= until]
    if error.size == 0 or not np.all(np.isfinite(error)):
        return {"reason": f"no common times with a simulated {column}"}
    return {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mean_error": float(np.mean(error)),
        "maximum_error": float(np.max(np.abs(error))),
        "points": int(error.size),
    }


def residuals(
    measured: pd.DataFrame, simulated: pd.DataFrame, column: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the measured times that both curves cover [s] and simulated minus measured."""
    time = measured["time_s"].to_numpy()
    known = simulated["time_s"].to_numpy()
    common = (time >= known[0]) & (time <= known[-1])
    values = np.interp(time[common], known, simulated[column].to_numpy())
    return time[common], values - measured[column].to_numpy()[common]


def discharge_ends(measured: pd.DataFrame, simulated: pd.DataFrame) -> tuple[float, float] | None:
    """Return when the discharge ends [s], measured and simulated, or ``None`` if unclear.

    It is clear if the simulation discharges from the start without a break and the measured
    curve has a voltage. The measured end is the last row with current if the file has one,
    otherwise the lowest voltage.
    """
    current = simulated["current_A"].to_numpy()
    on = current > _CURRENT_OFF * np.max(np.abs(current))
    last = int(np.flatnonzero(on)[-1]) if on.any() else -1
    if "voltage_V" not in measured or last < 1 or not on[: last + 1].all():
        return None
    time = measured["time_s"].to_numpy()
    if "current_A" in measured:
        drawn = measured["current_A"].to_numpy()
        rows = np.flatnonzero(drawn > _CURRENT_OFF * np.max(np.abs(drawn)))
        if not rows.size:
            return None
        return float(time[rows[-1]]), float(simulated["time_s"].iloc[last])
    return float(time[measured["voltage_V"].argmin()]), float(simulated["time_s"].iloc[last])


def _capacities(
    measured: pd.DataFrame, simulated: pd.DataFrame, ends: tuple[float, float]
) -> tuple[float, float]:
    """Return the discharged charge [A.h], measured and simulated.

    Without a measured current the simulated one is taken, if it is constant.
    """
    time, current = simulated["time_s"].to_numpy(), simulated["current_A"].to_numpy()
    on = current > _CURRENT_OFF * np.max(np.abs(current))
    drawn = float(np.trapezoid(current[on], time[on])) / SECONDS_PER_HOUR
    if "current_A" in measured:
        rows = measured[measured["time_s"] <= ends[0]]
        charge = float(np.trapezoid(rows["current_A"], rows["time_s"]))
        return charge / SECONDS_PER_HOUR, drawn
    mean = float(np.mean(current[on]))
    steady = np.ptp(current[on]) <= _STEADY * abs(mean)
    return (mean * ends[0] / SECONDS_PER_HOUR if steady else np.nan), drawn
