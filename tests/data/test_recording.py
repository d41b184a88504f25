"""Cycler files: every format gives the same recording; units and sign are checked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from tests.data.made import COLUMNS, as_text, discharge, measured, written
from twin.data import Recording, TextFormat, read_recording
from twin.data.bdf_format import LABELS
from twin.data.vocabulary import RECORDED
from twin.errors import DataError


def read(file: Path, **options: Any) -> Recording:
    return read_recording(file, COLUMNS, **{"positive_on": "discharge", **options})


def plain(folder: Path) -> Recording:
    return read(written(folder, as_text(discharge()), "plain.csv"))


def same(one: Recording, two: Recording) -> None:
    for key in COLUMNS:
        np.testing.assert_allclose(one[key], two[key], rtol=1e-12, atol=1e-9)


def test_a_plain_file_is_read_as_it_is(tmp_path: Path) -> None:
    found = plain(tmp_path)
    assert len(found) == 60
    assert found.rows[0] == 2
    assert found.quality.clean
    assert "agrees with the voltage over 1 step" in found.quality.notes[0]
    assert found.frame()["current_A"].tolist() == [5.0] * 60


@pytest.mark.parametrize(
    ("delimiter", "decimal", "encoding"),
    [
        (";", ",", "utf-8"),
        ("\t", ".", "latin-1"),
        ("\t", ",", "utf-16"),
        (",", ".", "utf-8-sig"),
        ("space", ".", "utf-8"),
        ("|", ".", "cp1252"),
    ],
)
def test_every_text_format_gives_the_same_recording(
    tmp_path: Path, delimiter: str, decimal: str, encoding: str
) -> None:
    sign = "  " if delimiter == "space" else delimiter
    text = as_text(discharge()).replace(",", sign)
    text = text.replace(".", decimal) if decimal == "," else text
    file = written(tmp_path, "made by a cycler\n" + text, encoding=encoding)
    form = TextFormat(delimiter, decimal, encoding, header=2)  # type: ignore[arg-type]
    same(read(file, text=form), plain(tmp_path))


def test_a_file_without_header_is_read_by_number(tmp_path: Path) -> None:
    file = written(tmp_path, as_text(discharge()).partition("\n")[2])
    columns = {"time_s": "1", "current_A": "2", "voltage_V": "3"}
    found = read_recording(file, columns, positive_on="discharge", text=TextFormat(header=0))
    same(found, plain(tmp_path))
    assert found.rows[0] == 1


def test_parquet_gives_the_same_recording(tmp_path: Path) -> None:
    file = tmp_path / "cycler.parquet"
    pd.DataFrame(discharge(), columns=["t", "I", "V"]).to_parquet(file)
    same(read(file), plain(tmp_path))


def mat_columns(prefix: str, suffix: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(COLUMNS, (f"{prefix}{name}" for name in suffix), strict=True))


@pytest.mark.parametrize("orient", ["row", "column"])
@pytest.mark.parametrize("place", ["top", "struct", "array", "matrix"])
def test_matlab_5_gives_the_same_recording(tmp_path: Path, orient: str, place: str) -> None:
    t, i, v = np.array(discharge()).T
    fields = {"t": t, "I": i, "V": v}
    file = tmp_path / "cycler.mat"
    content: dict[str, Any] = fields
    columns = mat_columns("", ("t", "I", "V"))
    if place == "struct":
        content, columns = {"cell": fields}, mat_columns("cell.", ("t", "I", "V"))
    elif place == "array":
        records = np.array([({"t": t + 9, "I": i, "V": v},), (fields,)], dtype=object)[:, 0]
        content, columns = {"runs": list(records)}, mat_columns("runs[2].", ("t", "I", "V"))
        stacked = np.zeros(2, dtype=[(name, object) for name in fields])
        for at, record in enumerate(records):
            for name in fields:
                stacked[name][at] = record[name]
        content = {"runs": stacked}
    elif place == "matrix":
        content = {"data": np.column_stack([t, i, v])}
        columns = mat_columns("", ("data[1]", "data[2]", "data[3]"))
    savemat(file, content, oned_as=orient)
    found = read_recording(file, columns, positive_on="discharge")
    same(found, plain(tmp_path))


def matlab_73(file: Path, fields: dict[str, np.ndarray], *, tall: bool) -> None:
    """Write what MATLAB writes with -v7.3: HDF5, arrays transposed."""
    import h5py

    with h5py.File(file, "w", userblock_size=512) as made:
        for name, column in fields.items():
            data = made.create_dataset(
                f"cell/{name}", data=column.reshape((1, -1) if tall else (-1, 1))
            )
            data.attrs["MATLAB_class"] = np.bytes_("double")
        text = made.create_dataset("note", data=np.array([[104], [105]], dtype=np.uint16))
        text.attrs["MATLAB_class"] = np.bytes_("char")
        matrix = np.column_stack(list(fields.values()))
        made.create_dataset("data", data=matrix.T)  # MATLAB counts columns first
        group = made.create_group("runs")
        for name, column in fields.items():
            refs = [
                made.create_dataset(f"#refs#/{name}{at}", data=column + at).ref for at in (0, 9)
            ]
            group.create_dataset(name, data=np.array(refs, dtype=h5py.ref_dtype).reshape(2, 1))
    with file.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file".ljust(128))


@pytest.mark.parametrize("tall", [True, False])
@pytest.mark.parametrize("prefix", ["cell.", "runs[1]."])
def test_matlab_73_gives_the_same_recording(tmp_path: Path, tall: bool, prefix: str) -> None:
    t, i, v = np.array(discharge()).T
    file = tmp_path / "cycler.mat"
    matlab_73(file, {"t": t, "I": i, "V": v}, tall=tall)
    columns = mat_columns(prefix, ("t", "I", "V"))
    same(read_recording(file, columns, positive_on="discharge"), plain(tmp_path))
    columns = mat_columns("", ("data[1]", "data[2]", "data[3]"))
    same(read_recording(file, columns, positive_on="discharge"), plain(tmp_path))
    for name, message in (
        ("data", "is a table of 60 x 3 numbers"),
        ("note", "is the text 'hi'"),
        ("cell", "is a struct; name one of its fields: I, V, t"),
        ("runs[3].t", r"\[3\] is outside 1 to 2"),
        ("cell.T", "no 'cell.T'; there is I, V, t.*did you mean 't'"),
    ):
        with pytest.raises(DataError, match=message):
            read_recording(file, {**columns, "temperature_degC": name}, positive_on="discharge")


def test_battery_data_format_gives_the_same_recording(tmp_path: Path) -> None:
    pytest.importorskip("bdf", reason="batterydf is not installed")
    frame = pd.DataFrame(discharge(), columns=[LABELS[key] for key in COLUMNS])
    frame[LABELS["current_A"]] *= -1  # the format is positive on charge
    for name in ("cell.bdf.csv", "cell.bdf.parquet"):
        file = tmp_path / name
        frame.to_csv(file, index=False) if name.endswith("csv") else frame.to_parquet(file)
        same(read_recording(file, kind="bdf"), plain(tmp_path))
    with pytest.raises(DataError, match="positive on charge; take positive_on out"):
        read_recording(file, kind="bdf", positive_on="discharge")
    frame.drop(columns=LABELS["voltage_V"]).to_csv(tmp_path / "no.csv", index=False)
    twice = ",".join([*(LABELS[key] for key in COLUMNS), LABELS["voltage_V"]])
    file = written(tmp_path, as_text([[*row, 1.0] for row in discharge()], twice), "a.bdf.csv")
    with pytest.raises(DataError, match="the column 'Voltage / V' occurs 2 times"):
        read_recording(file)
    with pytest.raises(DataError, match="not Battery Data Format: Voltage / V is missing"):
        read_recording(tmp_path / "no.csv", kind="bdf")


def test_labels_are_those_of_the_battery_data_format() -> None:
    spec = pytest.importorskip("bdf.normalize.spec", reason="batterydf is not installed")
    theirs = {spec._label_for(name) for name in spec.COLUMNS}
    assert set(LABELS.values()) <= theirs
    assert set(LABELS) <= set(RECORDED)


def test_without_the_package_it_is_named(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "bdf.io", None)
    monkeypatch.setitem(sys.modules, "bdf", None)
    file = written(tmp_path, as_text(discharge()), "cell.bdf.csv")
    with pytest.raises(DataError, match=r"needs the package batterydf.*celltwin\[data\]"):
        read_recording(file, kind="bdf")


def test_units_are_turned_into_ours(tmp_path: Path) -> None:
    rows = [[t / 3600, 1000 * i, 1000 * v, 298.15, 0.5] for t, i, v in discharge()]
    columns = {
        "time_s": {"name": "t", "unit": "h"},
        "current_A": {"name": "I", "unit": "mA"},
        "voltage_V": {"name": "V", "unit": "mV"},
        "temperature_degC": {"name": "T", "unit": "K"},
        "thickness_um": {"name": "d", "unit": "mm"},
    }
    file = written(tmp_path, as_text(rows, "t,I,V,T,d"))
    found = read_recording(file, columns, positive_on="discharge", nominal_capacity_Ah=5)
    same(found, plain(tmp_path))
    assert found["temperature_degC"] == pytest.approx(np.full(60, 25.0), abs=1e-9)
    assert found["thickness_um"] == pytest.approx(np.full(60, 500.0), rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "first", "second"),
    [
        ("h:min:s", "25:00:00", "25:01:01.5"),
        ("iso8601", "2024-02-28T23:59:30", "2024-02-29T00:00:31.5"),
        ("iso8601", "2024-02-28 23:59:30+01:00", "2024-02-28 23:00:31.5+00:00"),
    ],
)
def test_clocks_are_read_as_seconds(tmp_path: Path, unit: str, first: str, second: str) -> None:
    file = written(tmp_path, f"t,V\n{first},4\n{second},3.9\n")
    found = read_recording(file, {"time_s": {"name": "t", "unit": unit}, "voltage_V": "V"})
    assert np.diff(found["time_s"]) == pytest.approx([61.5], abs=1e-9)


@pytest.mark.parametrize("sign", ["charge", "discharge"])
def test_the_current_is_turned_to_positive_on_discharge(tmp_path: Path, sign: str) -> None:
    rows = [[t, -i if sign == "charge" else i, v] for t, i, v in discharge()]
    found = read(written(tmp_path, as_text(rows)), positive_on=sign)
    assert (found["current_A"] == 5).all()


@pytest.mark.parametrize("sign", ["charge", "discharge"])
def test_a_wrong_sign_is_refused_where_it_is_seen(tmp_path: Path, sign: str) -> None:
    rows = [[t, i if sign == "charge" else -i, v] for t, i, v in discharge()]
    rest = [[t - 600, 0.0, 4.15] for t in range(0, 600, 60)]
    with pytest.raises(DataError, match=r"lines 12 to 71: .*falls by 1 V.*other positive_on"):
        read(
            written(tmp_path, as_text([[t + 600, i, v] for t, i, v in rest + rows])),
            positive_on=sign,
        )


def cycle(current: float) -> list[list[float]]:
    """Return a charge, then a discharge; the size of the current as the file has it."""
    down = discharge()
    up = [[3700 + t, current, 7.2 - v] for t, _, v in down]
    return [*down, *up]


def test_a_current_without_sign_is_refused(tmp_path: Path) -> None:
    assert len(read(written(tmp_path, as_text(cycle(-5.0))))) == 120
    with pytest.raises(DataError, match=r"rises by 0.98. V .*the current never changes sign"):
        read(written(tmp_path, as_text(cycle(5.0))))


def test_mixed_signs_are_refused(tmp_path: Path) -> None:
    rows = cycle(-5.0)
    more = [[8000 + t, -i, v] for t, i, v in rows]
    with pytest.raises(DataError, match="the signs of the current are mixed"):
        read(written(tmp_path, as_text([*rows, *more])))


def test_a_drive_cycle_is_checked_by_its_jumps(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    current = generator.normal(0, 2, 400)
    rows = [[float(t), i, 3.7 - 0.03 * i] for t, i in enumerate(current.tolist())]
    assert "jumps" in read(written(tmp_path, as_text(rows))).quality.notes[0]
    with pytest.raises(DataError, match="other positive_on"):
        read(written(tmp_path, as_text(rows)), positive_on="charge")


def test_a_voltage_that_relaxes_is_no_wrong_sign(tmp_path: Path) -> None:
    hard = [[float(t), 10.0, 4.0 - t / 1200] for t in range(0, 600, 10)]
    soft = [[600.0 + t, 0.5, 3.45 + 0.3 * (1 - 0.99**t)] for t in range(1, 600, 10)]
    file = written(tmp_path, as_text([*hard, *soft]))
    assert "agrees with the voltage over 1 step" in read(file).quality.notes[0]
    with pytest.raises(DataError, match=r"rises by 0\.29. V .and right elsewhere"):
        read(written(tmp_path, as_text([*soft, *([t + 1200, i, v] for t, i, v in hard)])))


def test_where_the_voltage_says_nothing_that_is_said(tmp_path: Path) -> None:
    rows = [[t, 0.0, 3.7] for t in range(0, 600, 60)]
    found = read(written(tmp_path, as_text(rows)))
    assert "could not be checked" in found.quality.notes[0]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"voltage_V": {"name": "V", "unit": "mV"}}, "is the unit V rather than mV"),
        ({"time_s": {"name": "t", "unit": "ms"}}, "moves 1 V in 3.6 s; is the time in h"),
        ({"time_s": {"name": "t", "unit": "d"}}, "is the time in ms"),
        ({"time_s": {"name": "t", "unit": "min"}}, "moves 1 V in .* the cell has 5 A.h"),
        ({"current_A": {"name": "I", "unit": "uA"}}, "the cell has 5 A.h"),
        ({"temperature_degC": "t"}, r"3600 degC|not possible for temperature_degC"),
        ({"temperature_degC": {"name": "V", "unit": "K"}}, "not possible for temperature_degC"),
        ({"time_s": {"name": "t", "unit": "hours"}}, "unit 'hours' is not one of s, ms"),
        ({"discharge_capacity_Ah": "t"}, "counts 3600 A.h; are the units"),
        ({"voltage": "V"}, "did you mean 'voltage_V'"),
        ({"voltage_V": {"name": "V", "sd": "V"}}, "sd is read from check-up tables only"),
    ],
)
def test_other_units_are_seen(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    file = written(tmp_path, as_text(discharge()))
    with pytest.raises(DataError, match=message):
        read_recording(file, {**COLUMNS, **columns}, positive_on="discharge", nominal_capacity_Ah=5)


def test_short_pulses_of_an_empty_cell_are_no_wrong_unit(tmp_path: Path) -> None:
    pulse = [[4000.0 + t, 10.0, 3.0 - 0.15 * t] for t in range(6)]
    file = written(tmp_path, as_text([*discharge(), *pulse]))
    assert len(read(file, nominal_capacity_Ah=5)) == 66


def test_a_few_rows_against_the_sign_are_named(tmp_path: Path) -> None:
    odd = [[4000.0 + 60 * t, -5.0, 3.3 - 0.004 * t] for t in range(30)]
    note = read(written(tmp_path, as_text([*discharge(200), *odd]))).quality.notes[0]
    assert note.endswith("agrees with the voltage over 2 steps, but not in lines 202 to 231")


def test_millivolts_and_kelvin_as_ours_are_refused_by_line(tmp_path: Path) -> None:
    rows = [[t, i, 1000 * v, 298.0] for t, i, v in discharge()]
    file = written(tmp_path, as_text(rows, "t,I,V,T"))
    with pytest.raises(DataError, match=r"line 2, column 'V': 4100 V and 59 more .* V, mV"):
        read(file)
    with pytest.raises(DataError, match=r"line 2, column 'T': 298 degC and 59 more"):
        read_recording(file, {"time_s": "t", "temperature_degC": "T"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"positive_on": None}, "say what a positive current does"),
        ({"positive_on": "charging"}, "allowed are charge, discharge; did you mean 'charge'"),
        ({"kind": "csv"}, "no format 'csv'; allowed are text"),
        ({"columns": None}, "give the columns"),
        ({"columns": {"time_s": "t"}}, "columns must name time_s and at least one"),
        ({"where": {"t": 7}}, "no row has t = 7"),
    ],
)
def test_a_description_that_cannot_be_used_is_refused(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    file = written(tmp_path, as_text(discharge()))
    given = {"columns": COLUMNS, "positive_on": "discharge", **options}
    with pytest.raises(DataError, match=message):
        read_recording(file, **given)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"delimiter": ";;"}, "give one character"),
        ({"delimiter": ",", "decimal": ","}, "both delimiter and decimal"),
        ({"decimal": "'"}, "decimal ''': allowed are"),
        ({"header": -1}, "header -1"),
    ],
)
def test_a_text_format_that_cannot_be_is_refused(form: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        TextFormat(**form)


def test_a_recording_says_what_it_has(tmp_path: Path) -> None:
    found = plain(tmp_path)
    assert "voltage_V" in found
    with pytest.raises(DataError, match="no 'voltage' was read"):
        found["voltage"]


@pytest.mark.parametrize("cell", ["LFP", "NMC"])
@pytest.mark.parametrize("rate", ["1C", "Co2", "Co20"])
def test_measured_discharges_have_the_sign_that_is_documented(cell: str, rate: str) -> None:
    file = measured("about_energy") / f"{cell}_25degC_{rate}.csv"
    columns = {"time_s": "Time [s]", "current_A": "I[A]", "voltage_V": "U[V]"}
    found = read_recording(file, columns, positive_on="charge")
    capacity = np.trapezoid(found["current_A"], found["time_s"]) / 3600
    assert capacity == pytest.approx({"LFP": 2.0, "NMC": 12.5}[cell], rel=0.08)
    with pytest.raises(DataError, match="other positive_on"):
        read_recording(file, columns, positive_on="discharge")


def test_a_measured_drive_cycle_is_read_with_thickness() -> None:
    file = measured("umich_nmc532") / "NMC19_drive_thickness_cycle1.csv"
    columns = {
        "time_s": "t_s",
        "current_A": "I_A",
        "voltage_V": "V",
        "temperature_degC": "T_C",
        "thickness_um": {"name": "thickness_mm", "unit": "mm"},
    }
    found = read_recording(file, columns, positive_on="discharge")
    assert np.ptp(found["thickness_um"]) > 30
    with pytest.raises(DataError, match="other positive_on"):
        read_recording(file, columns, positive_on="charge")
