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


CAPACITY_AH, RESISTANCE_OHM = 5.0, 0.03


def played(
    plan: list[tuple[str, float, float]], dt: float = 5.0, seed: int | None = None
) -> Recording:
    """Return what a cycler would record of an ideal cell: a straight open-circuit voltage.

    The cell has 5 A.h, 3.0 V empty and 4.0 V full, and 30 mOhm; it starts full. A plan is a
    list of current (positive on discharge) and duration, or of a hold at the voltage that was
    reached, whose current dies away. Every step has a row where it begins (1 ms in) and ends.
    """
    time, current, voltage = [0.0], [0.0], [4.0]
    left = CAPACITY_AH
    for kind, amperes, seconds in plan:
        inside = np.append(np.arange(1e-3, seconds, dt), seconds)
        held = voltage[-1]
        begin, start = time[-1], left
        for moment in inside:
            if kind == "hold":
                tau = CAPACITY_AH * 3600 * RESISTANCE_OHM
                flow = amperes * np.exp(-moment / tau)
                left = start - amperes * tau * (1 - np.exp(-moment / tau)) / 3600
                level = held
            else:
                flow = 0.0 if kind == "rest" else amperes
                left = start - flow * moment / 3600
                level = 3.0 + left / CAPACITY_AH - RESISTANCE_OHM * flow
            time.append(begin + moment)
            current.append(flow)
            voltage.append(level)
    noise = np.random.default_rng(seed).normal(0, 1, (2, len(time))) if seed is not None else 0.0
    small = np.array([[1e-4], [1e-4]]) * noise
    given = np.array([current, voltage]) + small
    return recording(np.array(time), given[0], given[1])
