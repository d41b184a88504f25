"""Check-up tables: meanings and units, what is selected, and what is refused by its row."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from twin.data import read_checkups
from twin.data.vocabulary import VOCABULARY
from twin.errors import DataError

TABLE = """cell,N,Q,r,lost
A,0,5000,1.0,0.0
A,50,4900,0.97,0.02
A,100,4700,0.95,0.04
B,0,5010,1.0,0.0
B,60,4800,0.9,0.1
"""
Q = {"name": "Q", "unit": "mA.h"}


def written(folder: Path, text: str, name: str = "life.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def folder_of(name: str) -> Path:
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("TWIN_DATA", beside)) / name
    if not folder.is_dir():
        pytest.skip(f"no measured data: {folder} is absent (set TWIN_DATA)")
    return folder


def test_one_cell_is_read_in_our_units(tmp_path: Path) -> None:
    file = written(tmp_path, TABLE)
    table = read_checkups(file, {"cycle": "N", "capacity_Ah": Q}, where={"cell": "B"})
    assert table.x_name == "cycle"
    assert table.x.tolist() == [0, 60]
    assert table.values["capacity_Ah"] == pytest.approx([5.01, 4.8], rel=1e-12)
    assert table.rows.tolist() == [5, 6]
    assert table.quality.clean


@pytest.mark.parametrize(
    ("key", "unit", "expected"),
    [
        ("lli_percent", "fraction left", [0.0, 3.0, 5.0]),
        ("capacity_percent", "fraction left", [100.0, 97.0, 95.0]),
        ("capacity_percent", "-", [100.0, 97.0, 95.0]),
    ],
)
def test_ratios_mean_what_the_map_says(
    tmp_path: Path, key: str, unit: str, expected: list[float]
) -> None:
    columns = {"cycle": "N", key: {"name": "r", "unit": unit}}
    table = read_checkups(written(tmp_path, TABLE), columns, where={"cell": "A"})
    assert table.values[key] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("unit", ["fraction lost", "-"])
def test_what_is_lost_is_positive(tmp_path: Path, unit: str) -> None:
    columns = {"cycle": "N", "lam_negative_percent": {"name": "lost", "unit": unit}}
    table = read_checkups(written(tmp_path, TABLE), columns, where={"cell": "B"})
    assert table.values["lam_negative_percent"] == pytest.approx([0, 10], abs=1e-12)


def test_left_and_lost_of_one_quantity_add_to_all() -> None:
    for key in ("capacity_percent", "lli_percent"):
        scales = VOCABULARY[key].units
        x = np.array([0.2, 0.7, 1.0])
        left, lost = scales["fraction left"], scales["fraction lost"]
        assert left(x) == pytest.approx(lost(1 - x), abs=1e-12)
        assert scales["percent left"](100 * x) == pytest.approx(left(x), abs=1e-12)
        assert scales["percent lost"](100 * x) == pytest.approx(lost(x), abs=1e-12)


def test_numbers_select_whatever_their_spelling(tmp_path: Path) -> None:
    text = "cell,N,Q\n1,0,5\n2,0,4\n"
    for value in (1, 1.0, "1"):
        table = read_checkups(
            written(tmp_path, text), {"cycle": "N", "capacity_Ah": "Q"}, where={"cell": value}
        )
        assert table.values["capacity_Ah"].tolist() == [5]


def test_limits_cut_and_say_so(tmp_path: Path) -> None:
    columns = {"cycle": "N", "capacity_Ah": Q}
    table = read_checkups(written(tmp_path, TABLE), columns, where={"cell": "A"}, limits=(50, 50))
    assert table.x.tolist() == [50]
    assert table.quality.rows("outside the limits") == (2, 4)


def test_time_and_standard_deviations_are_turned_into_our_units(tmp_path: Path) -> None:
    text = "h,R,s\n0,0.03,0.001\n48,0.04,\n"
    columns = {
        "time_d": {"name": "h", "unit": "h"},
        "resistance_mOhm": {"name": "R", "unit": "Ohm", "sd": "s"},
    }
    table = read_checkups(written(tmp_path, text), columns)
    assert table.x == pytest.approx([0, 2], rel=1e-12)
    assert table.values["resistance_mOhm"] == pytest.approx([30, 40], rel=1e-12)
    assert table.sd["resistance_mOhm"] == pytest.approx([1, np.nan], rel=1e-12, nan_ok=True)


def test_empty_cells_are_left_empty_and_reported(tmp_path: Path) -> None:
    text = "N,Q,L\n0,5,0\n10,4.9,\n20,4.8,nan\n30,,\n40,4.7,3\n"
    columns = {"cycle": "N", "capacity_Ah": "Q", "lli_percent": "L"}
    table = read_checkups(written(tmp_path, text), columns)
    assert table.x.tolist() == [0, 10, 20, 40]
    x, lost = table.of("lli_percent")
    assert (x.tolist(), lost.tolist()) == ([0, 40], [0, 3])
    assert table.quality.rows("empty") == (5,)
    assert table.frame()["lli_percent"].isna().sum() == 2


def test_a_row_that_says_the_same_twice_is_read_once(tmp_path: Path) -> None:
    text = "N,Q\n0,5\n10,4.9\n10,4.9\n20,4.8\n"
    table = read_checkups(written(tmp_path, text), {"cycle": "N", "capacity_Ah": "Q"})
    assert table.x.tolist() == [0, 10, 20]
    assert table.quality.rows("repeated row") == (4,)


def test_two_values_at_one_cycle_are_kept_only_when_asked(tmp_path: Path) -> None:
    file = written(tmp_path, "N,Q\n0,5\n10,4.9\n10,4.8\n")
    columns = {"cycle": "N", "capacity_Ah": "Q"}
    with pytest.raises(DataError, match=r"lines 3 and 4: two different check-ups at cycle = 10"):
        read_checkups(file, columns)
    table = read_checkups(file, columns, repeats="keep")
    assert table.values["capacity_Ah"].tolist() == [5, 4.9, 4.8]


def test_parquet_says_the_same_as_text(tmp_path: Path) -> None:
    text = written(tmp_path, TABLE)
    file = tmp_path / "life.parquet"
    pd.read_csv(text).to_parquet(file)
    columns = {"cycle": "N", "capacity_Ah": Q}
    one, two = (read_checkups(path, columns, where={"cell": "A"}) for path in (text, file))
    pd.testing.assert_frame_equal(one.frame(), two.frame())


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("N,Q\n0,5\n10,740\n5,4\n", {"capacity_Ah": "Q"}, r"line 4: cycle goes back from 10 to 5"),
        ("N,Q\n0,5\n10,many\n", {"capacity_Ah": "Q"}, r"line 3, column 'Q': 'many' is not a fin"),
        ("N,Q\n0,5\n,4\n", {"capacity_Ah": "Q"}, r"line 3, column 'N': '' is not a finite number"),
        ("N,Q\n0,5\n10,-4\n", {"capacity_Ah": "Q"}, r"line 3: capacity_Ah = -4 is not possible"),
        ("N,Q\n0,5\n-1,4\n", {"capacity_Ah": "Q"}, r"line 3: cycle = -1 is not possible"),
        ("N,Q\n0,5\n10\n", {"capacity_Ah": "Q"}, r"line 3: truncated"),
        ("N,Q_mAh\n0,5\n", {"capacity_Ah": "Q_mAh"}, r"says mA\.h, but the unit given is A\.h"),
        ("N,r\n0,1\n9,0.9\n", {"capacity_percent": "r"}, r"is the unit 'fraction left'"),
        ("N,r\n0,100\n9,90\n", {"lli_percent": "r"}, r"begins at 100 % lost.*what is left"),
        (
            "N,r\n0,100\n9,98\n",
            {"capacity_percent": {"name": "r", "unit": "-"}},
            r"= 10000 is not possible.*meaning '-' right",
        ),
        (
            "N,r\n0,0\n9,0.1\n",
            {"lli_percent": {"name": "r", "unit": "fraction left"}},
            r"begins at 100 % lost",
        ),
        (
            "N,Q\n0,5\n9,4.9\n20,4800\n30,4.7\n",
            {"capacity_Ah": "Q"},
            r"line 4: capacity_Ah = 4800, the others are about 4.95; are there two units",
        ),
        ("N,Q\n0,\n", {"capacity_Ah": "Q"}, r"no check-up is left"),
        ("N,Q\n0,5\n", {"capacity": "Q"}, r"'capacity' is not a quantity.*did you mean"),
        ("N,Q\n0,5\n", {"capacity_Ah": {"name": "Q", "unit": "Ah"}}, r"unit 'Ah' is not one of"),
        ("N,Q\n0,5\n", {"capacity_Ah": {"unit": "A.h"}}, r"give name and unit"),
        ("N,Q\n0,5\n", {"capacity_Ah": 3}, r"give a column's name"),
        ("N,Q\n0,5\n", {"capacity_Ah": "q"}, r"no column 'q'.*did you mean 'Q'"),
    ],
)
def test_what_cannot_be_true_is_refused(
    tmp_path: Path, text: str, columns: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_checkups(written(tmp_path, text), {"cycle": "N", **columns})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"where": {"cell": "C"}}, r"no row has cell = C; there is A, B"),
        ({"where": {"cell": "A", "N": 60}}, r"cell = A and N = 60; each occurs, but not together"),
        ({"where": {"kind": "A"}}, r"no column 'kind'"),
        ({}, r"line 5: cycle goes back from 100 to 0.*choose one cell with 'where'"),
        ({"where": {"cell": "A"}, "x": "efc"}, r"columns must name the abscissa"),
        ({"where": {"cell": "A"}, "limits": (200, 300)}, r"no check-up is left; cycle is 0 to 100"),
        ({"where": {"cell": "A"}, "repeats": "mean"}, r"allowed are refuse and keep"),
    ],
)
def test_a_selection_that_cannot_be_made_is_refused(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_checkups(written(tmp_path, TABLE), {"cycle": "N", "capacity_Ah": Q}, **options)


def test_the_table_says_what_it_has(tmp_path: Path) -> None:
    table = read_checkups(
        written(tmp_path, TABLE), {"cycle": "N", "capacity_Ah": Q}, where={"cell": "A"}
    )
    with pytest.raises(DataError, match=r"no 'capacity_ah' was read.*did you mean 'capacity_Ah'"):
        table.of("capacity_ah")


def test_the_lco_cell_is_read() -> None:
    folder = folder_of("lco_polito")
    table = read_checkups(
        folder / "capacity_swelling.csv",
        {
            "cycle": "cycle",
            "capacity_percent": {"name": "capacity_retention", "unit": "fraction left"},
            "swelling_um": {"name": "irreversible_swelling_mm", "unit": "mm"},
        },
        limits=(None, 300),
    )
    assert (len(table), table.x[-1]) == (14, 300)
    assert table.values["swelling_um"][-1] == pytest.approx(100.9, abs=0.1)
    modes = read_checkups(
        folder / "LLI_LAM.csv",
        {
            "cycle": "cycle",
            "lli_percent": {"name": "LLI_pct", "unit": "percent lost"},
            "lam_positive_percent": "LAM_p_pct",
        },
    )
    assert modes.values["lli_percent"][6] == pytest.approx(2.2197, abs=1e-4)


@pytest.mark.parametrize(("cell", "rows", "last"), [(1, 11, 3.54), (4, 9, 3.16), (13, 14, 3.67)])
def test_every_nmc532_cell_is_read(cell: int, rows: int, last: float) -> None:
    table = read_checkups(
        folder_of("umich_nmc532") / "esoh_cells_1_4_13.csv",
        {
            "cycle": "cycle_number",
            "capacity_Ah": "Qfull",
            "lli_percent": {"name": "nLi_ratio", "unit": "fraction left"},
            "lam_negative_percent": {"name": "LAM_NE", "unit": "fraction lost"},
            "capacity_negative_Ah": "Cn",
        },
        where={"cellid": cell},
    )
    assert len(table) == rows
    assert table.values["capacity_Ah"][-1] == last
    # what is lost agrees with the electrode's own capacity
    own = 100 * (1 - table.values["capacity_negative_Ah"] / table.values["capacity_negative_Ah"][0])
    assert table.values["lam_negative_percent"] == pytest.approx(own, abs=1e-9)


def test_every_sanyo_cell_is_read() -> None:
    file = folder_of("sanyo") / "capacity_24cells.csv"
    columns = {"cycle": "cycle", "capacity_Ah": "capacity_Ah"}
    cells = pd.read_csv(file)["cell"].unique()
    tables = [read_checkups(file, columns, where={"cell": c}, repeats="keep") for c in cells]
    assert len(tables) == 24
    assert sum(len(table) for table in tables) == 345  # one row of 346 is there twice
    assert all(1.7 < table.values["capacity_Ah"][0] < 1.95 for table in tables)


@pytest.mark.parametrize("cell", [1, 3, 7])
def test_the_wide_kokam_table_is_read(cell: int) -> None:
    table = read_checkups(
        folder_of("oxford_kokam") / "capacity_cells_1_3_7.csv",
        {"cycle": "cycle", "capacity_Ah": {"name": f"CapacityCell_{cell}", "unit": "mA.h"}},
    )
    assert 0.72 < table.values["capacity_Ah"][0] < 0.745
    assert table.values["capacity_Ah"][-1] < 0.6


def test_the_quoted_names_of_lg_m50t_cells_are_read() -> None:
    table = read_checkups(
        folder_of("lgm50t_kirkaldy") / "expt2_expt5.csv",
        {
            "efc": "last_efc",
            "capacity_Ah": "bol_c10_ah",
            "resistance_mOhm": {"name": "bol_r_10s_ohm", "unit": "Ohm"},
        },
        where={"cell_id": "2,2-A"},
    )
    assert table.x.tolist() == [912.095]
    assert table.values["resistance_mOhm"] == pytest.approx([32.8594], rel=1e-12)
