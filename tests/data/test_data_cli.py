"""``twin data`` and its map files: what is printed, drawn and refused."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.conftest import ROOT
from tests.data.made import as_text, discharge, played, written
from twin.cli import app
from twin.data.data_map import DataMap, default_map, read_map
from twin.errors import DataError

LIFE = "cycle,capacity_Ah,lli_percent\n0,5.0,0\n50,4.9,1.5\n100,4.85,\n"
PLAN = [
    ("rest", 0.0, 600.0),
    ("flow", 5.0, 3000.0),
    ("rest", 0.0, 600.0),
    ("flow", -2.5, 6000.0),
    ("rest", 0.0, 600.0),
    ("flow", 5.0, 3000.0),
]


def twin(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["data", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def life(folder: Path) -> Path:
    frame = played(PLAN, seed=1).frame().astype(object)
    frame.iloc[30, 2] = "bad"
    frame.to_csv(folder / "life.csv", index=False)
    return folder / "life.csv"


def map_of(folder: Path, text: str) -> Path:
    return written(folder, text, "map.yaml")


def size_of_png(file: Path) -> tuple[int, int]:
    content = file.read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def test_check_says_what_was_found(tmp_path: Path) -> None:
    code, out, _ = twin("check", life(tmp_path))
    assert code == 0
    assert "not a number ('bad' in line 32); kept out" in out
    assert "the sign of the current agrees with the voltage over 3 steps" in out
    assert "voltage_V     V" in out


def test_summary_prints_steps_cycles_and_resistances(tmp_path: Path) -> None:
    code, out, _ = twin("summary", life(tmp_path))
    assert code == 0
    tables = dict(zip(("head", "steps", "cycles", "resistances"), out.split("\n\n"), strict=True))
    assert tables["steps"].startswith("steps: 6\n")
    assert [line.split()[1] for line in tables["steps"].splitlines()[2:]] == [
        "rest",
        "constant",
        "rest",
        "constant",
        "rest",
        "constant",
    ]
    assert tables["cycles"].startswith("cycles: 2\n")
    assert tables["cycles"].splitlines()[3].split()[2:4] == ["4.1667", "4.1667"]
    assert "-0.0000" not in out


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    for number, file in enumerate((life(tmp_path), written(tmp_path, LIFE, "checkups.csv"))):
        out = tmp_path / f"{number}.png"
        assert twin("plot", file, "--out", out)[0] == 0
        width, height = size_of_png(out)
        assert width == 1200
        assert height > 400


def test_a_picture_of_another_kind_is_refused(tmp_path: Path) -> None:
    code, _, err = twin("plot", life(tmp_path), "--out", tmp_path / "a.jpg")
    assert code == 2
    assert "ends in none of .png, .pdf, .svg" in err


def test_tables_of_checkups_are_printed(tmp_path: Path) -> None:
    file = written(tmp_path, LIFE, "checkups.csv")
    assert "lli_percent" in twin("check", file)[1]
    code, out, _ = twin("summary", file)
    assert code == 0
    assert out.splitlines()[-1].split() == ["100", "4.85", "-"]


def test_a_map_is_followed(tmp_path: Path) -> None:
    file = written(tmp_path, as_text([[t, -1000 * i, v] for t, i, v in discharge()]))
    how = map_of(
        tmp_path,
        "positive_on: charge\nnominal_capacity_Ah: 5\n"
        "columns: {time_s: t, current_A: {name: I, unit: mA}, voltage_V: V}\n",
    )
    code, out, _ = twin("summary", file, "--map", how)
    assert code == 0
    assert "5.000     4.100   3.100        5.0000" in out


def test_a_map_cuts_a_table_of_checkups_at_both_ends(tmp_path: Path) -> None:
    file = written(tmp_path, LIFE, "checkups.csv")
    how = map_of(
        tmp_path,
        "table: checkups\nfrom: 50\nuntil: 50\nx: cycle\n"
        "columns: {cycle: cycle, capacity_Ah: capacity_Ah, lli_percent: {name: lli_percent}}\n",
    )
    code, out, _ = twin("summary", file, "--map", how)
    assert code == 0
    assert [line.split() for line in out.splitlines()[2:]] == [["50", "4.9", "1.5"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a map has at its top the keys table, format, text, columns"),
        ("- 1\n", "a map has at its top the keys"),
        ("colums: {time_s: t}\n", r"map\.yaml:1: colums: .*did you mean 'columns'"),
        ("columns: {time_s: t}\ntable: life\n", r"map\.yaml:2: table: "),
        ("columns: {times: t}\n", "'times' is not a quantity.*did you mean 'time_s'"),
        ("columns: {time_s: {name: t, unit: hours}}\n", "unit 'hours' is not one of s, ms"),
        ("columns: {time_s: {nam: t}}\n", r"columns\.time_s"),
        ("columns: {time_s: t}\ntext: {decimal: ':'}\n", r"map\.yaml:2: text\.decimal"),
        ("columns: {time_s: t}\nrepeats: keep\n", "repeats: only with table: checkups"),
        ("table: checkups\npositive_on: charge\n", "positive_on: only with table: recording"),
        ("columns: {time_s: t}\nnominal_capacity_Ah: -5\n", r"map\.yaml:2: nominal_capacity_Ah"),
        ("columns: {time_s: t}\nnominal_capacity_Ah: true\n", "nominal_capacity_Ah"),
        ("columns: {time_s: t\n", r"map\.yaml:\d+: it is not valid YAML"),
        ("columns: {time_s: !!python/object:os.system t}\n", "the tag .* is not read"),
        ("columns: {time_s: t, time_s: u}\n", "the key is given twice"),
    ],
)
def test_a_bad_map_is_refused_by_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    how = map_of(tmp_path, text)
    with pytest.raises(DataError, match=message):
        read_map(how)
    code, _, err = twin("check", life(tmp_path), "--map", how)
    assert code == 2
    assert "Traceback" not in err


def test_numbers_name_columns_of_a_file_without_header(tmp_path: Path) -> None:
    file = written(tmp_path, as_text(discharge()).partition("\n")[2].replace(",", "\t"))
    how = map_of(
        tmp_path, 'text: {header: 0, delimiter: "\\t"}\ncolumns: {time_s: 1, voltage_V: 3}'
    )
    assert twin("check", file, "--map", how)[0] == 0


def test_without_a_map_the_columns_have_our_names(tmp_path: Path) -> None:
    file = life(tmp_path)
    assert default_map(file).positive_on == "discharge"
    assert default_map(written(tmp_path, LIFE, "c.csv")).table == "checkups"
    assert default_map(written(tmp_path, "", "a.bdf.csv")) == DataMap(format="bdf")
    parquet = tmp_path / "a.parquet"
    pd.DataFrame({"time_s": [0.0, 1.0], "voltage_V": [4.0, 3.9]}).to_parquet(parquet)
    assert set(default_map(parquet).columns or ()) == {"time_s", "voltage_V"}
    for name in ("other.csv", "other.mat"):
        with pytest.raises(DataError, match="say with --map what they are"):
            default_map(written(tmp_path, "t,I\n0,1\n", name))
    code, _, err = twin("check", tmp_path / "absent.csv")
    assert (code, "no such file" in err) == (2, True)


def test_control_characters_of_a_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    rows = discharge()
    text = as_text(rows, "time_s,current_A,voltage_V")
    text = text.replace(f"{rows[7][0]},", "\x1b[31mred\x07,", 1)
    code, out, _ = twin("check", written(tmp_path, text))
    assert code == 0
    assert "\x1b" not in out
    assert "\x07" not in out


@pytest.mark.parametrize("module", ["twin.data", "twin.data_cli"])
def test_reading_needs_neither_pybamm_nor_pandas_nor_figures_at_import(module: str) -> None:
    heavy = {"pybamm", "pandas", "matplotlib", "scipy", "h5py", "bdf"}
    code = f"import sys, {module}; sys.exit(str(sorted({heavy!r} & set(sys.modules))) + '!')"
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.stderr.strip() == "[]!"
