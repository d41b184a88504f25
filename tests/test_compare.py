"""Measured against simulated curves, on hand-made series whose errors are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from twin.compare import COLUMNS, compare_with_measured
from twin.errors import DataError, ResultsError

START = 5000.0
DISCHARGE_S, REST_S = 3600.0, 1800.0


def simulated_voltage(time: np.ndarray) -> np.ndarray:
    """Linear discharge, then a rest at 3 V."""
    return np.where(time <= DISCHARGE_S, 4.0 - 1.5 * time / DISCHARGE_S, 3.0)


def series(temperature: float = 25.0, heat: float = 0.0) -> pd.DataFrame:
    """A check-up as sequence 1, then the cycle of interest: discharge, rest, charge."""
    parts = []
    for sequence, step, start, end, current in (
        (1, 1, 0.0, 1000.0, 0.5),
        (2, 1, START, START + DISCHARGE_S, 5.0),
        (2, 2, START + DISCHARGE_S, START + DISCHARGE_S + REST_S, 0.0),
        (2, 3, START + DISCHARGE_S + REST_S, START + 9000, -5.0),
    ):
        time = np.linspace(start, end, 61)
        volts = simulated_voltage(time - START)
        if (sequence, step) == (2, 2):
            volts = np.full(61, 3.0)
        parts.append(
            pd.DataFrame(
                {
                    "sequence": sequence,
                    "cycle": sequence - 1,
                    "kind": "ageing",
                    "step": step,
                    "time_s": time,
                    "step_time_s": time - start,
                    "current_A": current,
                    "voltage_V": volts if sequence == 2 else 9.0,
                    "temperature_degC": temperature + heat * (time - START) / 1000,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def folder_with(
    folder: Path, entry: dict[str, Any], table: pd.DataFrame | None = None
) -> tuple[Path, dict[str, Any]]:
    entry = {"label": "cell A", "file": "a.csv", "sequence": 2, "steps": [1, 2], **entry}
    entry.setdefault("columns", {"time_s": "t", "voltage_V": "V"})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(json.dumps({"name": "x", "compare": {"measured": [entry]}}))
    (folder / "manifest.json").write_text(json.dumps({"parameter_set": {"name": "OKane2022"}}))
    (series() if table is None else table).to_parquet(folder / "timeseries.parquet")
    return folder, entry


def measure(folder: Path, time: np.ndarray, volts: np.ndarray, **more: np.ndarray) -> None:
    pd.DataFrame({"t": time, "V": volts, **more}).to_csv(folder / "a.csv", index=False)


def score(table: pd.DataFrame, quantity: str, variant: str = "OKane2022") -> pd.Series:
    rows = table[(table["quantity"] == quantity) & (table["variant"] == variant)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_constant_offset_is_the_error(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, {"until_s": 3500})
    time = np.arange(0, 3501, 7.0)
    measure(folder, time, simulated_voltage(time) - 0.005)
    row = score(compare_with_measured(folder), "voltage")
    # simulated lies 5 mV above measured; with the sign turned the mean would be -5 mV
    assert row["rmse"] == pytest.approx(5.0, abs=1e-6)
    assert row["mean_error"] == pytest.approx(5.0, abs=1e-6)
    assert row["maximum_error"] == pytest.approx(5.0, abs=1e-6)
    assert (row["unit"], row["points"]) == ("mV", len(time))


def test_a_mirrored_curve_is_no_constant_offset(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, {"until_s": 3500})
    time = np.arange(0, 3501, 7.0)
    mirrored = 2 * 3.25 - simulated_voltage(time)
    measure(folder, time, mirrored)
    row = score(compare_with_measured(folder), "voltage")
    assert row["rmse"] == pytest.approx(
        1e3 * np.sqrt(np.mean((2 * (simulated_voltage(time) - 3.25)) ** 2)), rel=1e-9
    )


def test_an_alternating_error_gives_its_amplitude_and_no_mean(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, {"until_s": 3400})
    time = np.arange(0, 3400, 10.0)
    measure(folder, time, simulated_voltage(time) + 0.003 * (-1) ** np.arange(len(time)))
    row = score(compare_with_measured(folder), "voltage")
    assert row["rmse"] == pytest.approx(3.0, abs=1e-6)
    assert row["mean_error"] == pytest.approx(0.0, abs=1e-6)


def test_time_zero_is_the_start_of_the_first_listed_step(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, {"steps": [2]})
    measure(folder, np.arange(0, 1700, 10.0), np.full(170, 3.0))
    table = compare_with_measured(folder)
    assert score(table, "voltage")["rmse"] == pytest.approx(0.0, abs=1e-9)
    assert set(table["quantity"]) == {"voltage"}  # a rest has no discharge to time


def test_only_common_times_count(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, {})
    measure(folder, np.array([-10.0, 4000.0, 5000.0, 7000.0]), np.array([9.0, 3.0, 3.0, 9.0]))
    row = score(compare_with_measured(folder), "voltage")
    assert (row["rmse"], row["points"]) == (pytest.approx(0.0, abs=1e-9), 2)


def test_a_discharge_that_ends_early_is_told_in_seconds_and_charge(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, {})
    time = np.arange(0, 5000, 10.0)
    volts = np.where(time <= 3000, simulated_voltage(time), 3.0)
    measure(folder, time, volts)
    table = compare_with_measured(folder)
    duration, capacity = score(table, "discharge duration"), score(table, "discharge capacity")
    assert (duration["measured"], duration["simulated"]) == (3000.0, 3600.0)
    assert duration["mean_error"] == pytest.approx(600.0)
    assert capacity["measured"] == pytest.approx(5 * 3000 / 3600)
    assert capacity["simulated"] == pytest.approx(5.0)
    assert score(table, "discharge voltage")["rmse"] == pytest.approx(0.0, abs=1e-6)
    assert score(table, "voltage")["rmse"] > 10


def test_a_measured_current_ends_the_discharge(tmp_path: Path) -> None:
    columns = {"time_s": "t", "voltage_V": "V", "current_A": "I"}
    folder, _ = folder_with(tmp_path, {"columns": columns})
    time = np.arange(0, 5000, 10.0)
    measure(folder, time, simulated_voltage(time), I=np.where(time <= 3300, 4.0, 0.0))
    table = compare_with_measured(folder)
    assert score(table, "discharge duration")["measured"] == 3300.0
    charge = score(table, "discharge capacity")
    assert charge["measured"] == pytest.approx(4 * 3300 / 3600)


def test_temperature_is_in_kelvin_and_isothermal_models_are_named(tmp_path: Path) -> None:
    columns = {"time_s": "t", "temperature_degC": "T"}
    time = np.arange(0, 5000, 10.0)
    for name, heat, remark in (("lumped", 1.0, ""), ("isothermal", 0.0, "isothermal model")):
        folder, _ = folder_with(tmp_path / name, {"columns": columns}, series(heat=heat))
        measure(folder, time, 4 + 0 * time, T=24.5 + heat * time / 1000)
        row = score(compare_with_measured(folder), "temperature")
        assert row["rmse"] == pytest.approx(0.5, abs=1e-6)
        assert row["unit"] == "K"
        assert row["reason"].startswith(remark)
        assert bool(row["reason"]) == bool(remark)


def test_variants_are_scored_beside_the_run(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, {"until_s": 3000})
    other = folder / "variants" / "ORegan2022"
    other.mkdir(parents=True)
    table = series()
    table.assign(voltage_V=table["voltage_V"] + 0.02).to_parquet(other / "timeseries.parquet")
    (folder / "variants" / "Broken2020").mkdir()
    time = np.arange(0, 3000, 10.0)
    measure(folder, time, simulated_voltage(time))
    found = compare_with_measured(folder)
    assert score(found, "voltage")["rmse"] == pytest.approx(0.0, abs=1e-6)
    assert score(found, "voltage", "ORegan2022")["rmse"] == pytest.approx(20.0, abs=1e-6)
    assert "no timeseries.parquet" in score(found, "all", "Broken2020")["reason"]


def test_the_table_is_written_as_it_is_returned(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, {})
    measure(folder, np.arange(0, 3000, 10.0), np.full(300, 3.0))
    table = compare_with_measured(folder)
    assert list(table.columns) == list(COLUMNS)
    pd.testing.assert_frame_equal(
        pd.read_parquet(folder / "comparison.parquet"), table, check_dtype=False
    )


def test_an_optional_file_that_is_absent_gives_a_row_with_the_reason(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, {"optional": True})
    table = compare_with_measured(folder)
    assert len(table) == 1
    assert np.isnan(table["rmse"][0])
    assert "no file" in table["reason"][0]


def test_an_unset_variable_in_an_optional_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWIN_NOT_SET", raising=False)
    folder, _ = folder_with(tmp_path, {"optional": True, "file": "${TWIN_NOT_SET}/a.csv"})
    assert "TWIN_NOT_SET" in compare_with_measured(folder)["reason"][0]


def test_a_required_file_that_is_absent_is_an_error(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, {})
    with pytest.raises(DataError, match=r"'cell A': no file .*optional: true"):
        compare_with_measured(folder)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"sequence": 7}, "no time series for row 7"),
        ({"steps": [4]}, "steps 4"),
        ({"steps": [0, 1]}, "step 0 of row 2, where time zero lies, was not run"),
    ],
)
def test_steps_without_a_time_series_are_named(
    tmp_path: Path, entry: dict[str, Any], reason: str
) -> None:
    folder, _ = folder_with(tmp_path, entry)
    measure(folder, np.arange(0, 3000, 10.0), np.full(300, 3.0))
    table = compare_with_measured(folder)
    assert np.isnan(table["rmse"][0])
    assert reason in table["reason"][0]


def test_a_study_without_measurements_gives_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text("name: x\n")
    table = compare_with_measured(tmp_path)
    assert table.empty
    assert list(table.columns) == list(COLUMNS)
    assert not (tmp_path / "comparison.parquet").exists()


def test_a_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"no study\.yaml"):
        compare_with_measured(tmp_path)
