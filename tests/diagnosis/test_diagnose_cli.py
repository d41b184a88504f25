"""The command reads curves and maps, prints and draws, and refuses what it cannot read."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.conftest import ROOT
from twin.cli import app
from twin.data.data_map import keys_of_map
from twin.diagnosis import Balance, half_cells_of
from twin.diagnosis.curve_map import CurveMap, read_map
from twin.errors import DataError

RUNNER = CliRunner()
SET = "LGM50Chen2020"
KEYS = re.compile(r"`([^`]+)`")
MAP = """columns: {time_s: t, voltage_V: U, current_A: I}
positive_on: charge
until_s: 70000
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two discharges of one cell as a cycler writes them, with a rest before and after."""
    place = tmp_path_factory.mktemp("curves")
    known = half_cells_of(SET).balance(2.6, 4.2)
    for name, cell in (("a", Balance(5.6, 8.2, 7.2)), ("b", Balance(5.4, 8.0, 6.9))):
        ends = known.charge_at(4.2, cell), known.charge_at(2.6, cell)
        charge = np.linspace(*ends, 300)
        volts = np.array([known.voltage(q, cell) for q in charge]) - 0.01
        time = 600 + (ends[0] - charge) / 0.25 * 3600
        rows = ["t,U,I", "0,4.2,0", *(f"{t},{u},-0.25" for t, u in zip(time, volts, strict=True))]
        rows.append(f"{time[-1] + 10},2.9,0")
        (place / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (place / "map.yaml").write_text(MAP, encoding="utf-8")
    return place


def run(*words):
    return RUNNER.invoke(app, ["diagnose", *map(str, words)])


def test_two_curves_give_tables_and_figures(folder, tmp_path):
    files = folder / "a.csv", folder / "b.csv"
    done = run(*files, "--set", SET, "--map", folder / "map.yaml", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "LLI [%]" in done.output
    lost = re.findall(r"^ *b  +(.*)$", done.output, re.MULTILINE)[1]
    lli = float(re.findall(r"[-\d.]+", lost)[2])
    assert lli == pytest.approx(100 * (1 - 6.9 / 7.2), abs=0.5)
    made = {path.name for path in (tmp_path / "out").iterdir()}
    assert made == {"modes.csv", "modes.png", "balance.json", "balance_1.png", "balance_2.png"}
    plain = json.loads((tmp_path / "out" / "balance.json").read_text(encoding="utf-8"))
    assert plain[0]["values"]["capacity_negative_Ah"] == pytest.approx(5.6, rel=0.03)
    assert plain[0]["values"]["overpotential_V"] == pytest.approx(0.01, abs=0.006)


def test_one_curve_gives_its_balance(folder):
    done = run(folder / "a.csv", "--set", SET, "--map", folder / "map.yaml", "--no-overpotential")
    assert done.exit_code == 0, done.output
    assert "x at 100 %" in done.output
    assert "overpotential [V]" not in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.csv", "--set", SET], "'time_s'"),
        (["none.csv", "--set", SET, "--map", "map.yaml"], "no such file"),
        (["a.csv", "--set", "LGM50Chen2021", "--map", "map.yaml"], "LGM50Chen2021"),
        (["a.csv", "--set", SET, "--map", "none.yaml"], "no such file"),
        (["a.csv", "--set", SET, "--map", "map.yaml", "--weighting", "x"], "allowed are"),
        (["a.csv", "--set", SET, "--map", "map.yaml", "--free-share"], "one material"),
        ([".", "--set", SET, "--map", "map.yaml"], "not a results folder"),
    ],
)
def test_what_cannot_be_read_is_refused(folder, words, said):
    names = {path.name for path in folder.iterdir()} | {"none.csv", "none.yaml", "."}
    done = run(*(folder / word if word in names else word for word in words))
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has at its top the keys columns"),
        ("[1, 2]", "has at its top the keys columns"),
        ("columns: {voltage_V: U}", "one of time_s, charge_Ah, state_of_charge"),
        ("columns: {voltage_V: U, time_s: t}", "give the current"),
        ("columns: {voltage_V: U, time_s: t, current_A: I}", "positive_on"),
        ("columns: {voltage_V: U, time_s: t}\ncurrent_A: 1\npositive_on: charge", "positive_on"),
        ("columns: {voltage_V: U, charge_Ah: q}", "say the direction"),
        ("columns: {voltage_V: U, state_of_charge: s}\ndirection: charge", "give capacity_Ah"),
        ("columns: {voltage_V: U, charge_Ah: q}\ndirection: up", "direction"),
        ("colums: {voltage_V: U}", "unknown key"),
        ("columns: {voltage_V: U, charge_Ah: q, volt: U}\ndirection: charge", "volt is not read"),
        ("columns: {voltage_V: U, charge_Ah: q}\ndirection: charge\nuntil_s: 3", "until_s: only"),
        ("columns: {voltage_V: U, time_s: t}\ncurrent_A: .nan", "finite"),
        ("columns: {voltage_V: U, time_s: t}\ncurrent_A: 1\nbounds: {x_0: [1]}", "bounds.x_0"),
        ("columns: {voltage_V: U\n", "not valid YAML"),
        ("columns: {voltage_V: U, time_s: t}\ncurrent_A: '1'", "current_A"),
    ],
)
def test_a_map_is_read_strictly(tmp_path, text, words):
    file = tmp_path / "map.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words) as caught:
        read_map(file)
    assert str(file) in str(caught.value)


def test_binary_rubbish_is_no_map(tmp_path):
    file = tmp_path / "map.yaml"
    file.write_bytes(bytes(range(256)))
    with pytest.raises(DataError, match="UTF-8"):
        read_map(file)


def test_the_guide_names_every_key_of_a_map_that_is_not_of_measured_data():
    text = (ROOT / "docs" / "how-to" / "diagnose_a_cell.md").read_text(encoding="utf-8")
    named = {
        key for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for key in KEYS.findall(row)
    }
    assert set(CurveMap.model_fields) - set(keys_of_map()) <= named
    assert named - {"--free-share", "--no-overpotential"} <= {
        *CurveMap.model_fields,
        "--weighting derivative",
    }
