"""Files that go wrong: each ends in a report or in a message, never in a crash or a guess."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from tests.data.made import COLUMNS, as_text, discharge, written
from twin.data import Quality, Recording, TextFormat, read_checkups, read_recording
from twin.errors import DataError

GOOD = discharge()


def read(file: Path, **options: Any) -> Recording:
    return read_recording(file, COLUMNS, **{"positive_on": "discharge", **options})


def changed(at: int, column: int, cell: object) -> list[list[object]]:
    """Return good rows with one cell changed; ``at`` is its line in the file."""
    rows: list[list[object]] = [list(row) for row in GOOD]
    rows[at - 2][column] = cell
    return rows


def inserted(at: int, *rows: list[object]) -> list[list[object]]:
    return [*map(list, GOOD[: at - 2]), *rows, *map(list, GOOD[at - 2 :])]


# what is reported: rows, kind, the lines that have it, and how many rows are used
REPORTED: dict[str, tuple[str, str, tuple[int, ...], int]] = {
    "text in a number": (as_text(changed(9, 2, "high")), "not a number", (9,), 59),
    "a decimal comma": (as_text(changed(9, 2, '"3,9"')), "not a number", (9,), 59),
    "an underscore": (as_text(changed(9, 2, "3_9")), "not a number", (9,), 59),
    "digits of another script": (as_text(changed(9, 2, "٣")), "not a number", (9,), 59),
    "true": (as_text(changed(9, 1, "True")), "not a number", (9,), 59),
    "hexadecimal": (as_text(changed(9, 1, "0x10")), "not a number", (9,), 59),
    "an empty cell": (as_text(changed(9, 2, "")), "no number", (9,), 59),
    "nan": (as_text(changed(9, 2, "NaN")), "no number", (9,), 59),
    "infinity": (as_text(changed(9, 2, "inf")), "not finite", (9,), 59),
    "beyond a double": (as_text(changed(9, 2, "1e999")), "not finite", (9,), 59),
    "a sensor at its stop": (as_text(changed(9, 2, 65.535)), "not possible", (9,), 59),
    "a negative voltage": (as_text(changed(9, 2, -3.7)), "not possible", (9,), 59),
    "a huge current": (as_text(changed(9, 1, 1e30)), "not possible", (9,), 59),
    "units below the header": (as_text(inserted(2, ["s", "A", "V"])), "not a number", (2,), 60),
    "a header in the middle": (as_text(inserted(9, ["t", "I", "V"])), "not a number", (9,), 60),
    "a repeated row": (as_text(inserted(9, list(GOOD[6]))), "repeated row", (9,), 60),
    "a clock that jumps ahead": (as_text(changed(9, 0, 1e6)), "clock out of order", (9,), 59),
    "a clock that jumps back": (as_text(changed(9, 0, 0.5)), "clock out of order", (9,), 59),
    "two rows in the wrong order": (
        as_text([*GOOD[:7], GOOD[8], GOOD[7], *GOOD[9:]]),
        "clock out of order",
        (9, 10),
        58,
    ),
    "a short row": (as_text(GOOD).replace(f"{GOOD[7][0]},5.0,", "5.0,", 1), "other", (9,), 59),
    "a long row": (as_text(changed(9, 2, "3.9,7")), "other number of cells", (9,), 59),
    "a truncated last line": (as_text(GOOD).rpartition(",")[0], "truncated", (61,), 59),
    "NUL bytes": (as_text(changed(9, 2, "3\x00.9")), "not a number", (9,), 59),
    "only NUL bytes": (as_text(changed(9, 2, "\x00\x00\x00")), "not a number", (9,), 59),
    "a gap": (
        as_text([*GOOD[:30], *([t + 4000, i, v] for t, i, v in GOOD[30:])]),
        "gap",
        (32,),
        60,
    ),
    "a clock that stands still": (
        as_text([*GOOD[:9], *([GOOD[9][0], i, v] for _, i, v in GOOD[9:14]), *GOOD[14:]]),
        "clock stands still",
        (11, 12, 13, 14, 15),
        60,
    ),
    "no end of the last line": (as_text(GOOD)[:-1], "no end of line", (61,), 60),
}


@pytest.mark.parametrize("name", REPORTED)
def test_bad_rows_are_reported_and_kept_out(tmp_path: Path, name: str) -> None:
    text, kind, lines, used = REPORTED[name]
    found = read(written(tmp_path, text))
    kinds = {finding.kind: finding for finding in found.quality.findings}
    match = next(finding for key, finding in kinds.items() if key.startswith(kind))
    assert match.rows == lines
    assert len(found) == used
    assert match.done == ("kept" if used == 60 and kind in KEPT else "kept out")
    if match.done == "kept out":
        assert not set(lines) & set(found.rows.tolist())
    for key in COLUMNS:
        assert np.isfinite(found[key]).all()
    assert (np.diff(found["time_s"]) >= 0).all()


KEPT = {"gap", "clock stands still", "no end of line"}


def test_equal_times_at_a_change_of_step_are_in_order(tmp_path: Path) -> None:
    rows = [[60.0 * (t // 2), 5.0, 4.1 - t / 100] for t in range(60)]
    rows[20][0] = 1e5
    found = read(written(tmp_path, as_text(rows)))
    assert found.quality.rows("clock out of order") == (22,)
    assert len(found) == 59


def test_blank_lines_are_passed_over_and_lines_still_count(tmp_path: Path) -> None:
    text = as_text(changed(9, 2, "high")).replace("t,I,V\n", "t,I,V\n\n  \n")
    found = read(written(tmp_path, text))
    assert found.quality.rows("not a number") == (11,)


@pytest.mark.parametrize("delimiter", [",", "space"])
def test_lines_above_the_header_count(tmp_path: Path, delimiter: str) -> None:
    text = "a cycler\nmade this\n" + as_text(changed(9, 2, "high"))
    text = text.replace(",", "  ") if delimiter == "space" else text
    form = TextFormat(delimiter=delimiter, header=3)
    found = read(written(tmp_path, text), text=form)
    assert found.quality.rows("not a number") == (11,)
    assert found.rows[0] == 4


def test_other_quantities_are_left_empty(tmp_path: Path) -> None:
    rows = [[*row, 25.0] for row in GOOD]
    rows[7][3], rows[8][3], rows[9][3] = "off", 999.0, ""  # type: ignore[call-overload]
    file = written(tmp_path, as_text(rows, "t,I,V,T"))
    columns = {**COLUMNS, "temperature_degC": "T"}
    found = read_recording(file, columns, positive_on="discharge")
    assert len(found) == 60
    assert np.flatnonzero(np.isnan(found["temperature_degC"])).tolist() == [7, 8, 9]
    assert found.quality.rows("not possible") == (10,)
    assert {finding.done for finding in found.quality.findings} == {"left empty"}


def test_a_report_says_how_much_is_used_and_why(tmp_path: Path) -> None:
    lines = read(written(tmp_path, as_text(changed(9, 2, "high")))).quality.sentences()
    assert lines[0].endswith("cycler.csv: 59 of 60 rows are used")
    assert lines[1] == "line 9, column 'V': not a number ('high' in line 9); kept out"


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "blank lines only": (b"\n\n  \n", "the file is empty"),
    "a byte-order mark only": (b"\xef\xbb\xbf", "the file is empty"),
    "a header only": (b"t,I,V\n", "a header but no data"),
    "another header": (b"time,I,V\n0,5,4\n", "no column 't'; the file has time, I, V"),
    "a column twice": (b"t,I,V,V\n0,5,4,4\n", "the column 'V' occurs 2 times"),
    "semicolons": (b"t;I;V\n0;5;4\n", "the header has ';': is that the delimiter"),
    "tabs": (b"t\tI\tV\n0\t5\t4\n", "is that the delimiter"),
    "UTF-16": ("t,I,V\n0,5,4\n".encode("utf-16"), "byte-order mark of utf-16; give encoding"),
    "UTF-16 without mark": ("t,I,V\n0,5,4\n".encode("utf-16-le"), "no column 't'"),
    "UTF-32": ("t,I,V\n0,5,4\n".encode("utf-32"), "byte-order mark of utf-32"),
    "latin-1": ("t,I,V,T/°C\n0,5,4,1\n".encode("latin-1"), "not utf-8 text.*such as latin-1"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 9, "not utf-8 text"),
    "a zip file": (b"PK\x03\x04" + bytes(range(256)), "not utf-8 text"),
    "a huge cell": (b"t,I,V\n0,5," + b"4" * 200_000 + b"\n", "cannot be taken apart"),
    "an open quotation": (b't,I,V\n0,5,4\n1,5,"3.9\n2,5,3.8\n3,5,3.7\n', "runs over lines 3-5"),
    "a carriage return in quotes": (b't,I,V\n0,5,"4\n"\n1,5,4\n', "a quoted cell runs over"),
    "no row of the header's width": (b"t,I,V\n0,5\n1,5\n", "no row has 3 cells"),
    "a decimal comma everywhere": (
        as_text([[f"{t:.1f}", i, f'"{v:.4f}"'.replace(".", ",")] for t, i, v in GOOD]).encode(),
        "60 of 60 rows cannot be used",
    ),
    "the time of each step": (
        as_text([*GOOD, *GOOD, *GOOD]).encode(),
        "line 62, column 't': the clock goes back from 3600 s to 0 s, .*not of the step",
    ),
    "a fifth of the rows bad": (
        as_text([[t, i, "?" if n % 5 == 0 else v] for n, (t, i, v) in enumerate(GOOD)]).encode(),
        "12 of 60 rows cannot be used, too many to leave out",
    ),
    "millivolts": (as_text([[t, i, 1e3 * v] for t, i, v in GOOD]).encode(), "line 2, column 'V'"),
    "times before the beginning": (
        as_text([[t - 1e6, i, v] for t, i, v in GOOD]).encode(),
        "not possible for time_s",
    ),
    "all cells NaN": (b"t,I,V\nnan,nan,nan\n", "1 of 1 rows cannot be used"),
    "every row the same": (b"t,I,V\n" + b"0,5,4\n" * 30, "29 of 30 rows cannot be used"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_consistently_is_refused(tmp_path: Path, name: str) -> None:
    content, message = REFUSED[name]
    file = tmp_path / "cycler.csv"
    file.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(file)


def test_an_encoding_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no encoding 'klingon'"):
        read(written(tmp_path, as_text(GOOD)), text=TextFormat(encoding="klingon"))


def test_absent_files_and_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "no.csv", tmp_path):
        with pytest.raises(DataError, match="no such file"):
            read(path)


def test_an_ending_that_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the ending '.xlsx' does not say"):
        read(written(tmp_path, as_text(GOOD), "a.xlsx"))


PARQUET: dict[str, tuple[dict[str, Any], str]] = {
    "texts": ({"t": ["0", "1"], "I": ["5", "5"], "V": ["high", "low"]}, "2 of 2 rows cannot"),
    "no rows": ({"t": [], "I": [], "V": []}, "columns but no rows"),
    "booleans": ({"t": [0.0, 1.0], "I": [True, False], "V": [4.0, 4.0]}, "2 of 2 rows"),
    "lists": ({"t": [[0.0], [1.0]], "I": [5.0, 5.0], "V": [4.0, 4.0]}, "2 of 2 rows"),
    "dates": (
        {"t": pd.to_datetime(["2024-01-01", "2024-01-02"]), "I": [5.0, 5.0], "V": [4.0, 4.0]},
        "2 of 2 rows",
    ),
    "other names": ({"T": [1.0], "I": [5.0], "V": [4.0]}, "no column 't'.*did you mean 'T'"),
}


@pytest.mark.parametrize("name", PARQUET)
def test_parquet_that_cannot_be_used_is_refused(tmp_path: Path, name: str) -> None:
    content, message = PARQUET[name]
    file = tmp_path / "a.parquet"
    pd.DataFrame(content).to_parquet(file)
    with pytest.raises(DataError, match=message):
        read(file)


def test_numbers_as_texts_in_parquet_are_numbers(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pd.DataFrame(GOOD, columns=["t", "I", "V"]).astype(str).to_parquet(file)
    assert read(file).quality.clean


def test_dates_in_parquet_are_read_as_dates_when_said(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    times = pd.to_datetime([1e9 + t for t, *_ in GOOD], unit="s")
    pd.DataFrame({"t": times, "V": [v for *_, v in GOOD]}).to_parquet(file)
    found = read_recording(file, {"time_s": {"name": "t", "unit": "iso8601"}, "voltage_V": "V"})
    assert found["time_s"][-1] == pytest.approx(3600, abs=1e-3)


MAT: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "texts": ({"t": "hello", "V": [1.0, 2.0]}, {}, "'t' is the text 'hello'"),
    "a struct": ({"t": {"a": [1.0], "b": [2.0]}, "V": [1.0]}, {}, "is a struct; name one of its"),
    "cells": ({"t": np.array([["a", "x", 2.0]], dtype=object), "V": [4.0] * 3}, {}, "of 3 rows"),
    "a matrix": ({"t": np.ones((3, 2)), "V": [1.0] * 3}, {}, "table of 3 x 2 numbers"),
    "other lengths": ({"t": [0.0, 1.0], "V": [4.0] * 3}, {}, "differ in length: t has 2, V has 3"),
    "empty": ({"t": np.empty((0, 0)), "V": np.empty((0, 0))}, {}, "columns are empty"),
    "complex": ({"t": [1j, 2.0], "V": [4.0, 4.0]}, {}, "complex"),
    "no such name": ({"T": [0.0], "V": [4.0]}, {}, "no 't'; there is T, V; did you mean 'T'"),
    "a field of a number": ({"t": [0.0], "V": [4.0]}, {"time_s": "t.x"}, "is no struct"),
    "a column too far": (
        {"t": np.ones((3, 2)), "V": [4.0] * 3},
        {"time_s": "t[3]"},
        r"\[3\] is outside 1 to 2",
    ),
    "a count of a vector": ({"t": [0.0], "V": [4.0]}, {"time_s": "t[1]"}, "nothing to count"),
    "no name": ({"t": [0.0], "V": [4.0]}, {"time_s": "t[x]"}, "does not name a place"),
    "three dimensions": ({"t": np.ones((2, 2, 2)), "V": [4.0]}, {}, "2 x 2 x 2 numbers"),
}


@pytest.mark.parametrize("name", MAT)
def test_matlab_that_cannot_be_used_is_refused(tmp_path: Path, name: str) -> None:
    content, names, message = MAT[name]
    file = tmp_path / "a.mat"
    savemat(file, content)
    with pytest.raises(DataError, match=message):
        read_recording(file, {"time_s": "t", "voltage_V": "V", **names})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MATLAB",
        b"MATLAB 5.0 MAT-file".ljust(116) + b"\x00" * 8 + b"\x00\x01IM" + b"\xff" * 99,
        b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n" + b"\xff" * 99,
    ],
)
def test_damaged_matlab_files_are_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.mat"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.mat"):
        read_recording(file, {"time_s": "t", "voltage_V": "V"})


@pytest.mark.parametrize("kind", ["csv", "parquet", "mat"])
def test_files_with_broken_bytes_never_crash(tmp_path: Path, kind: str) -> None:
    generator = np.random.default_rng(7)
    whole = tmp_path / f"whole.{kind}"
    frame = pd.DataFrame(GOOD, columns=["t", "I", "V"])
    if kind == "csv":
        frame.to_csv(whole, index=False)
    elif kind == "parquet":
        frame.to_parquet(whole)
    else:
        savemat(whole, {name: frame[name].to_numpy() for name in frame})
    content = whole.read_bytes()
    ended = {"read": 0, "refused": 0}
    for trial in range(120):
        broken = bytearray(content)
        for _ in range(generator.integers(1, 6)):
            broken[generator.integers(len(broken))] = generator.integers(256)
        cut = len(broken) if trial % 3 else int(generator.integers(len(broken)))
        file = tmp_path / f"broken.{kind}"
        file.write_bytes(bytes(broken[:cut]))
        try:
            found = read(file)
        except DataError:
            ended["refused"] += 1
            continue
        ended["read"] += 1
        assert (np.diff(found["time_s"]) >= 0).all()
    assert min(ended.values()) > 0, ended


def test_hostile_check_up_tables_are_refused(tmp_path: Path) -> None:
    columns = {"cycle": "N", "capacity_Ah": "Q"}
    for content, message in (
        (b"N,Q\n0,5\n1,4.9\x00\n", "not a finite number"),
        (b'N,Q\n0,"5\n1,4.9\n', "runs over lines 2-3"),
        (b"N,Q\n0,5\n1,4.9,3\n", "line 3: other number of cells"),
        (b"\xff\xfeN\x00", "byte-order mark of utf-16"),
    ):
        file = tmp_path / "life.csv"
        file.write_bytes(content)
        with pytest.raises(DataError, match=message):
            read_checkups(file, columns)


def test_a_clean_report_is_plain_data() -> None:
    assert Quality("a.csv", "line", 3, 3).as_dict() == {
        "file": "a.csv",
        "read": 3,
        "kept": 3,
        "findings": [],
        "notes": [],
    }
