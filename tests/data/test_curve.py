"""Measured curves: what is read, and what is refused by a message that says where."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin.data import read_curve
from twin.errors import DataError

COLUMNS = {"time_s": "t", "voltage_V": "V", "temperature_degC": "T"}
GOOD = "t,V,T,note\n0,4.1,25,a\n10,4.0,25.5,b\n20,3.9,26,c\n"


def curve(folder: Path, text: str, encoding: str = "utf-8", name: str = "curve.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding=encoding)
    return file


def test_the_columns_asked_for_are_read_under_canonical_names(tmp_path: Path) -> None:
    table = read_curve(curve(tmp_path, GOOD), COLUMNS)
    assert list(table.columns) == ["time_s", "voltage_V", "temperature_degC"]
    assert table["voltage_V"].tolist() == [4.1, 4.0, 3.9]
    assert table["time_s"].dtype == float


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_plain_csv_gives_the_same_curve(
    tmp_path: Path, encoding: str, separator: str, line_end: str
) -> None:
    text = GOOD.replace(",", separator).replace("\n", line_end)
    file = tmp_path / "curve.csv"
    file.write_bytes(text.encode(encoding))
    pd.testing.assert_frame_equal(
        read_curve(file, COLUMNS), read_curve(curve(tmp_path, GOOD, name="plain.csv"), COLUMNS)
    )


def test_parquet_gives_the_same_curve_as_csv(tmp_path: Path) -> None:
    file = tmp_path / "curve.parquet"
    pd.read_csv(curve(tmp_path, GOOD)).to_parquet(file)
    pd.testing.assert_frame_equal(
        read_curve(file, COLUMNS), read_curve(tmp_path / "curve.csv", COLUMNS)
    )


def test_a_current_positive_on_charge_is_turned_only_when_said(tmp_path: Path) -> None:
    file = curve(tmp_path, "t,I\n0,-5\n10,-5\n")
    columns = {"time_s": "t", "current_A": "I"}
    assert read_curve(file, columns)["current_A"].tolist() == [-5, -5]
    assert read_curve(file, columns, charge_positive=True)["current_A"].tolist() == [5, 5]


def test_equal_times_at_a_change_of_step_are_kept(tmp_path: Path) -> None:
    assert len(read_curve(curve(tmp_path, "t,V\n0,4\n10,3\n10,3.2\n"), _two())) == 3


def _two() -> dict[str, str]:
    return {"time_s": "t", "voltage_V": "V"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"curve\.csv: the file is empty"),
        ("t,V\n", r"has a header but no data"),
        ("t,Volt\n0,4\n", r"no column 'V'; the file has t, Volt"),
        ("t,v\n0,4\n", r"no column 'V'.*did you mean 'v'"),
        ("t,V,V\n0,4,4\n", r"the column 'V' occurs 2 times"),
        ("t,V\n0,4\n1,high\n", r"line 3, column 'V': 'high' is not a number"),
        ("t;V\n0;4\n1;3,9\n", r"line 3, column 'V': '3,9' is not a number; write decimals with"),
        ("t,V\n0,4\n1,\n", r"line 3, column 'V': '' is not a number"),
        ("t,V\n0,4\n1,nan\n2,nan\n", r"line 3, column 'V': nan is not a finite.*2 such"),
        ("t,V\n0,4\n1,inf\n", r"line 3, column 'V': inf is not a finite"),
        ("t,V\n0,4\n\n5,4\n4,3\n", r"line 5, column 't': time runs backwards from 5 s to 4 s"),
        ("t,V\n0,4100\n1,4000\n", r"line 2, column 'V': 4100 looks like millivolts"),
        ("t,V\n0,4\n1\n", r"line 3: 1 cells, but the header has 2"),
    ],
)
def test_a_bad_file_is_refused_by_file_line_and_column(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_curve(curve(tmp_path, text), _two())


def test_kelvin_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="298 looks like kelvin"):
        read_curve(curve(tmp_path, "t,T\n0,298\n"), {"time_s": "t", "temperature_degC": "T"})


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.csv: no such file"):
        read_curve(tmp_path / "nothing.csv", _two())


def test_an_unknown_file_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"type '\.xlsx' are not read"):
        read_curve(curve(tmp_path, GOOD, name="a.xlsx"), _two())


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not UTF-8"):
        read_curve(curve(tmp_path, "t,V,°\n0,4,1\n", encoding="latin-1"), _two())


def test_a_file_that_only_claims_to_be_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a readable Parquet file"):
        read_curve(curve(tmp_path, GOOD, name="a.parquet"), _two())


def test_missing_values_in_parquet_are_refused_by_row(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pd.DataFrame({"t": [0.0, 1.0], "V": [4.0, np.nan]}).to_parquet(file)
    with pytest.raises(DataError, match="row 2, column 'V': nan"):
        read_curve(file, _two())


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"time_s": "t", "volts": "V"}, "'volts' is not a quantity"),
        ({"time_s": "t", "voltage_v": "V"}, "did you mean 'voltage_V'"),
        ({"voltage_V": "V"}, "columns must name time_s"),
        ({"time_s": "t"}, "at least one of"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(
    tmp_path: Path, columns: dict[str, str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_curve(curve(tmp_path, GOOD), columns)


def measured_folder() -> Path:
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("TWIN_DATA", beside)) / "lgm50_chen2020"
    if not folder.is_dir():
        pytest.skip(f"no measured data: {folder} is absent (set TWIN_DATA)")
    return folder


@pytest.mark.parametrize(
    ("name", "current", "end"),
    [("dataC10.csv", 0.5, 35952), ("dataC2.csv", 2.5, 7087), ("data1C.csv", 5.0, 3545)],
)
def test_published_lg_m50_discharges_are_read(name: str, current: float, end: float) -> None:
    # Chen et al. 2020: about 4.92 to 4.99 A.h at 25 degC, then two hours of rest
    columns = {"time_s": "t", "voltage_V": "V_mean", "temperature_degC": "T_mean"}
    table = read_curve(measured_folder() / name, columns)
    lowest = table["voltage_V"].argmin()
    assert table["time_s"][lowest] == pytest.approx(end, abs=1)
    assert 4.9 < current * table["time_s"][lowest] / 3600 < 5.0
    assert table["time_s"].iloc[-1] - table["time_s"][lowest] == pytest.approx(7200, abs=6)
