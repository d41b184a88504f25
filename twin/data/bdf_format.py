"""Battery Data Format files, through the package ``batterydf``.

The format fixes names and units, and counts the current positive on charge.
Source: Battery Data Alliance, https://github.com/battery-data-alliance/battery-data-format.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from twin.data.cells import Cells
from twin.data.table import Table, place
from twin.errors import DataError

# quantity -> preferred label of the format
LABELS: Mapping[str, str] = {
    "time_s": "Test Time / s",
    "voltage_V": "Voltage / V",
    "current_A": "Current / A",
    "temperature_degC": "Surface Temperature T1 / degC",
    "ambient_degC": "Ambient Temperature / degC",
    "cycle": "Cycle Count / 1",
    "step": "Step Count / 1",
    "charge_capacity_Ah": "Charging Capacity / Ah",
    "discharge_capacity_Ah": "Discharging Capacity / Ah",
    "charge_energy_Wh": "Charging Energy / Wh",
    "discharge_energy_Wh": "Discharging Energy / Wh",
}
REQUIRED = ("time_s", "voltage_V", "current_A")
INSTALL = "pip install 'celltwin[data]'"


def read_bdf(path: Path, wanted: Sequence[str]) -> Table:
    """Return columns of a file by the preferred labels of the format.

    Raises
    ------
    DataError
        If ``batterydf`` is not installed, the file is not of the format, or a column is missing.
    """
    frame = _loaded(path)
    header = [str(name) for name in frame.columns]
    cells: dict[str, Cells] = {}
    for name in wanted:
        column = frame.iloc[:, place(path, name, header)]
        cells[name] = column.to_numpy() if column.dtype.kind in "fiu" else column.tolist()
    if not len(frame):
        raise DataError(f"{path}: the file has a header but no data; give it at least one row")
    return Table(path, "row", np.arange(1, len(frame) + 1), cells, len(frame))


def labels_in(path: Path) -> dict[str, str]:
    """Return the quantities that a file has, each with its label.

    Raises
    ------
    DataError
        If time, voltage or current is missing.
    """
    header = {str(name) for name in _loaded(path).columns}
    missing = [LABELS[key] for key in REQUIRED if LABELS[key] not in header]
    if missing:
        raise DataError(
            f"{path}: not Battery Data Format: {', '.join(missing)} is missing; the file has "
            f"{', '.join(sorted(header))}"
        )
    return {key: label for key, label in LABELS.items() if label in header}


def _loaded(path: Path) -> Any:
    """Return the file as a DataFrame with preferred labels."""
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise DataError(
            f"{path}: Battery Data Format is read from .bdf.csv and .bdf.parquet files; unpack or "
            "rename it"
        )
    try:
        from bdf.io import load
    except ImportError as error:
        raise DataError(
            f"{path}: reading Battery Data Format needs the package batterydf; install it with "
            f"{INSTALL}"
        ) from error
    if path.suffix.lower() == ".csv":
        _refuse_repeated_names(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # older labels of the format are as good
            return load(path)
    except (ValueError, OSError) as error:
        raise DataError(f"{path}: not a readable file of the format ({error})") from error


def _refuse_repeated_names(path: Path) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream), [])
    except (UnicodeError, csv.Error) as error:
        raise DataError(f"{path}: not UTF-8 text in cells ({error})") from error
    for name in header:
        place(path, name, header)
