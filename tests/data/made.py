"""Made-up recordings with known truths."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.data import Quality, Recording

COLUMNS = {"time_s": "t", "current_A": "I", "voltage_V": "V"}


def measured(name: str) -> Path:
    """Return a folder of measured data, or skip the test where there is none."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("TWIN_DATA", beside)) / name
    if not folder.is_dir():
        pytest.skip(f"no measured data: {folder} is absent (set TWIN_DATA)")
    return folder


def written(folder: Path, text: str, name: str = "cycler.csv", encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_text(text, encoding=encoding, newline="")
    return file


def discharge(rows: int = 60, hours: float = 1.0) -> list[list[float]]:
    """Return time [s], current [A] and voltage [V] of one discharge of 5 A from 4.1 to 3.1 V."""
    time = np.linspace(0, 3600 * hours, rows)
    return np.column_stack([time, np.full(rows, 5.0), 4.1 - time / 3600 / hours]).tolist()


def as_text(rows: list[list[object]] | list[list[float]], header: str = "t,I,V") -> str:
    lines = [",".join(str(cell) for cell in row) for row in rows]
    return "\n".join([header, *lines]) + "\n"


def recording(
    time: NDArray[np.float64], current: NDArray[np.float64], voltage: NDArray[np.float64]
) -> Recording:
    """Return a recording of given numbers."""
    columns = {"time_s": time, "current_A": current, "voltage_V": voltage}
    rows = np.arange(1, len(time) + 1)
    return Recording("made", columns, rows, Quality("made", "row", len(rows), len(rows)))
