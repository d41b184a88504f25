"""Each defect gives one message: file, line, key, what was given, what is allowed or nearest."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from tests.study.conftest import GOOD, Write
from twin.cli import app
from twin.errors import StudyError
from twin.study import load_study

# what is replaced, by what, and parts of the one message: its key and what it says
BAD = {
    "misspelt key": (
        ("every_cycles: 5", "every_cycle: 5"),
        "protocol.checkups.every_cycle: ",
        "unknown key. Allowed here: at_start, every_cycles",
        "did you mean 'every_cycles'?",
    ),
    "kelvin": (
        ("temperature_degC: 25", "temperature_K: 298.15"),
        "protocol.temperature_K: ",
        "the unit belongs to the key: temperature_degC (298.15 K is temperature_degC: 25)",
    ),
    "hours": (
        ("{capacity_below_percent: 80}", "{time_h: 48}"),
        "protocol.stop.time_h: ",
        "the unit belongs to the key: time_d (48 h is time_d: 2)",
    ),
    "minutes": (
        ("  temperature_degC: 25", "  period_min: 10"),
        "protocol.period_min: ",
        "the unit belongs to the key: period_s (10 min is period_s: 600)",
    ),
    "no unit": (
        ("soc_percent: 100", "soc: 100"),
        "cell.initial.soc: ",
        "the unit belongs to the key: soc_percent",
    ),
    "required key with another unit": (
        ("{time_s: t, voltage_V: V}", "{time_h: t, voltage_V: V}"),
        "compare.measured[1].columns.time_h: ",
        "the unit belongs to the key: time_s",
    ),
    "required key misspelt": (
        ("parameters: OKane2022", "parameter: OKane2022"),
        "cell.parameter: ",
        "did you mean 'parameters'?",
    ),
    "empty name": (
        ("name: Fade in ten cycles", 'name: ""'),
        ":1: name: ",
        "the text is empty; write at least one character",
    ),
    "required key absent": (
        ("name: Fade in ten cycles\n", ""),
        ":1: name: ",
        "required",
    ),
    "unknown set": (
        ("parameters: OKane2022", "parameters: OKane2202"),
        "cell.parameters: ",
        "no parameter set is called 'OKane2202'",
        "Chen2020",
        "did you mean 'OKane2022'?",
    ),
    "half-cell": (
        ("parameters: OKane2022", "parameters: Xu2019"),
        "cell.parameters: ",
        "'Xu2019' cannot be used, because it is a half-cell",
    ),
    "set as a number": (
        ("parameters: OKane2022", "parameters: 5"),
        "cell.parameters: ",
        "5 names no parameter set",
    ),
    "object that a file cannot hold": (
        ("parameters: OKane2022", 'parameters: {pybamm: "ParameterValues, 5 values"}'),
        "cell.parameters: ",
        "a PyBaMM object given in Python (ParameterValues, 5 values)",
        "give the object again in Python",
    ),
    "charge above 100": (
        ("soc_percent: 100", "soc_percent: 120"),
        "cell.initial.soc_percent: ",
        "120 is out of range; allowed: 0 to 100",
    ),
    "two initial states": (
        ("soc_percent: 100", "soc_percent: 100, voltage_V: 4.0"),
        "cell.initial: ",
        "soc_percent (100) and voltage_V (4) both set the initial state; keep one",
    ),
    "initial voltage outside": (
        ("soc_percent: 100", "voltage_V: 4.5"),
        "cell.initial.voltage_V: ",
        "4.5 V lies outside the voltage window of OKane2022, 2.5 to 4.2 V",
    ),
    "number for a section": (
        ("{soc_percent: 100}", "100"),
        "cell.initial: ",
        "100 is not a section; give a mapping with soc_percent, voltage_V",
    ),
    "text for a parameter": (
        ("values: {}", 'values: {"Ambient temperature [K]": warm}'),
        "cell.values.Ambient temperature [K]: ",
        "'warm' is not a number",
    ),
    "misspelt parameter": (
        ("values: {}", 'values: {"Negative electrode thicknes [m]": 1e-4}'),
        ":5: cell.values.Negative electrode thicknes [m]: ",
        "0.0001 is given for a parameter that OKane2022 does not have; names are PyBaMM's, with "
        "their unit; did you mean 'Negative electrode thickness [m]'?",
    ),
    "parameter without its unit": (
        ("values: {}", "values: {Nominal cell capacity: 5.1}"),
        "cell.values.Nominal cell capacity: ",
        "did you mean 'Nominal cell capacity [A.h]'?",
    ),
    "no parameter": (
        ("values: {}", "values: {citations: 1}"),
        "cell.values.citations: ",
        "OKane2022 does not have",
    ),
    "negative thickness": (
        ("values: {}", 'values: {"Negative electrode thickness [m]": -1}'),
        ":5: cell.values.Negative electrode thickness [m]: ",
        "-1 m is out of range; allowed: above 0",
    ),
    "no capacity": (
        ("values: {}", 'values: {"Nominal cell capacity [A.h]": 0}'),
        "cell.values.Nominal cell capacity [A.h]: ",
        "0 A.h is out of range; allowed: above 0",
    ),
    "porosity in percent": (
        ("values: {}", "values: {Separator porosity: 47}"),
        "cell.values.Separator porosity: ",
        "47 is out of range; allowed: above 0 to 1 (47 % is 0.47)",
    ),
    "temperature in degrees Celsius": (
        ("values: {}", 'values: {"Ambient temperature [K]": 25}'),
        "cell.values.Ambient temperature [K]: ",
        "25 K is out of range; allowed: 150 to 500 K (25 degC is 298.15 K)",
    ),
    "transference number": (
        ("values: {}", "values: {Cation transference number: -0.3}"),
        "cell.values.Cation transference number: ",
        "-0.3 is out of range; allowed: 0 to 1",
    ),
    "number for a key": (
        ("values: {}", "values: {1: 2}"),
        "cell.values.1: ",
        "write '1' in quotes",
    ),
    "model type": (
        ("type: DFN", "type: DFM"),
        "model.type: ",
        "'DFM' is not allowed; allowed are SPM, SPMe, DFN; did you mean 'DFN'?",
    ),
    "word for true": (
        ("sei_on_cracks: true", "sei_on_cracks: yes"),
        "model.negative.sei_on_cracks: ",
        "'yes' is neither true nor false",
    ),
    "growth law": (
        ("sei: solvent-diffusion", "sei: solvent diffusion"),
        "model.negative.sei: ",
        "reaction-limited",
        "did you mean 'solvent-diffusion'?",
    ),
    "SEI on cracks without cracks": (
        ("    cracks: fatigue\n    plating", "    plating"),
        "model.negative.sei_on_cracks: ",
        "needs cracks: fatigue",
    ),
    "key of a particle": (
        ("{diffusion: stress-coupled}", "{difusion: stress-coupled}"),
        "model.negative.particle.difusion: ",
        "did you mean 'diffusion'?",
    ),
    "tolerance": (
        ("relative_tolerance: 1e-5", "relative_tolerance: 1"),
        "solver.relative_tolerance: ",
        "1 is out of range; allowed: 1e-12 to 0.1",
    ),
    "not a number": (
        ("relative_tolerance: 1e-5", "relative_tolerance: .nan"),
        "solver.relative_tolerance: ",
        "nan",
        "allowed: 1e-12 to 0.1",
    ),
    "number in quotes": (
        ("relative_tolerance: 1e-5", "relative_tolerance: '1e-5'"),
        "solver.relative_tolerance: ",
        "'1e-5' is not a number; write 1e-5 without quotes",
    ),
    "key in the wrong section": (
        ("relative_tolerance: 1e-5", "mesh: {x_negative: 3}"),
        "solver.mesh: ",
        "'mesh' belongs elsewhere: model.mesh",
    ),
    "key at the top": (
        ("solver:", "cracks: fatigue\nsolver:"),
        ": cracks: unknown key",
        "'cracks' belongs elsewhere: model.negative.cracks or model.positive.cracks",
    ),
    "off": (("error_test: all", "error_test: off"), "solver.error_test: ", "'off' is not allowed"),
    "half a mesh point": (
        ("x_negative: 10", "x_negative: 10.5"),
        "model.mesh.x_negative: ",
        "10.5 is not a whole number",
    ),
    "one mesh point": (
        ("x_negative: 10", "x_negative: 1"),
        "model.mesh.x_negative: ",
        "1 is out of range; allowed: 2 to 400",
    ),
    "cycle never reached": (
        ("[first, 5, last]", "[first, 50, last]"),
        "outputs.timeseries.cycles: ",
        "cycle 50 is never reached, because the last planned cycle is 12",
    ),
    "cycle word": (
        ("[first, 5, last]", "[frist]"),
        "outputs.timeseries.cycles: ",
        "'frist' selects no cycles; give all, none, {every: 10}",
        "did you mean 'first'?",
    ),
    "cycle mapping": (
        ("[first, 5, last]", "{evry: 5}"),
        "outputs.timeseries.cycles: ",
        "a mapping with evry selects no cycles",
    ),
    "cycle zero": (
        ("[first, 5, last]", "[0]"),
        "outputs.timeseries.cycles: ",
        "0 is not a cycle number; cycles count from 1",
    ),
    "fields without variables": (
        (', variables: ["Electrolyte concentration [mol.m-3]"]', ""),
        "outputs.fields.variables: ",
        "no variable is named",
    ),
    "number for true": (
        ("report: true", "report: 1"),
        "outputs.report: ",
        "1 is neither true nor false",
    ),
    "own set compared": (
        ("parameter_sets: []", "parameter_sets: [OKane2022]"),
        "compare.parameter_sets[1]: ",
        "'OKane2022' is the set of the cell itself",
    ),
    "compared set without the physics": (
        ("parameter_sets: []", "parameter_sets: [Ai2020]"),
        "compare.parameter_sets[1]: ",
        "'Ai2020' has no parameters for model.negative.plating",
        "OKane2022",
    ),
    "measured file": (
        ("file: one.csv", "file: two.csv"),
        "compare.measured[1].file: ",
        "two.csv; correct 'file', or write 'optional: true'",
    ),
    "other variable": (
        ("file: one.csv", "file: $HOME/one.csv"),
        "compare.measured[1].file: ",
        "only ${TWIN_DATA} is expanded",
    ),
    "measured column": (
        ("voltage_V: V}", "voltage_V: v_cell}"),
        "compare.measured[1].columns.voltage_V: ",
        "has no column 'v_cell'; it has t, V",
    ),
    "nothing to compare": (
        ("{time_s: t, voltage_V: V}", "{time_s: t}"),
        "compare.measured[1].columns: ",
        "only time_s is named",
    ),
    "sequence never reached": (
        ("sequence: 2", "sequence: 200"),
        "compare.measured[1].sequence: ",
        "200 is never reached, because at most 15",
    ),
    "number for a list": (
        ("steps: [1, 2]", "steps: 1"),
        "compare.measured[1].steps: ",
        "1 is not a list; write it as [1]",
    ),
    "unit in a number": (
        ("until_s: 3600", "until_s: 60 min"),
        "compare.measured[1].until_s: ",
        "'60 min' is not a number; write 60, the unit belongs to the key",
    ),
    "step string": (
        ("- Discharge at 1C until 2.5 V", "- Disharge at 1C until 2.5 V"),
        "protocol.blocks[1].cycle[1]: ",
        "did you mean 'Discharge'?",
    ),
    "limit of another cell": (
        ("- Discharge at 1C until 2.5 V", "- Discharge at 1C until 1.2 V"),
        "protocol.blocks[1].cycle[1]: ",
        "1.2 V lies more than 1 V outside the voltage window of OKane2022, 2.5 to 4.2 V",
    ),
    "plain number for a limit": (
        (
            "- Discharge at 1C until 2.5 V",
            "- {mode: current, value: 5 A, direction: discharge, until: 2.5}",
        ),
        "protocol.blocks[1].cycle[1].until[1]: ",
        "2.5 has no unit; write a limit such as '2.5 V'",
    ),
    "profile file": (
        (
            "- Discharge at 1C until 2.5 V",
            "- {mode: profile, profile: {file: us.csv, time_s: t, current_A: I}}",
        ),
        "protocol.blocks[1].cycle[1].profile.file: ",
        "there is no file",
        "us.csv",
    ),
    "profile column": (
        (
            "- Discharge at 1C until 2.5 V",
            "- {mode: profile, profile: {file: one.csv, time_s: t, current_A: I}}",
        ),
        "protocol.blocks[1].cycle[1].profile.file: ",
        "has no column 'I'; it has t, V",
    ),
    "check-up never due": (
        ("every_cycles: 5", "at_cycles: [50]"),
        "protocol.checkups.at_cycles: ",
        "50 would never happen",
    ),
    "storage voltage": (
        ("voltage_V: 3.9", "voltage_V: 6.9"),
        "protocol.blocks[2].storage.voltage_V: ",
        "6.9 V lies more than 1 V outside",
    ),
    "negative repeat": (("repeat: 10", "repeat: -3"), "protocol.blocks[1].repeat: ", "-3"),
    "repeat without end": (
        ("repeat: 10", "repeat: 1000001"),
        "protocol.blocks[1].repeat: ",
        "1000001 is out of range; allowed: 1 to 1000000",
    ),
    "blocks without end": (
        (
            "    - repeat: 2\n",
            "    - {repeat: 1000000, blocks: [{repeat: 10, cycle: [Rest for 1 hour]}]}\n"
            "    - repeat: 2\n",
        ),
        ":8: protocol.blocks: ",
        "10000012 cycles are planned, with all repeats multiplied; allowed: at most 10000000",
    ),
    "period of the protocol": (
        ("  temperature_degC: 25", "  period_s: 1e-9"),
        ":7: protocol.period_s: ",
        "1e-09 s is out of range; allowed: at least 0.001 s",
    ),
    "period of a step": (
        ("measure: capacity}", "measure: capacity, period_s: 0.0001}"),
        "protocol.checkups.steps[1].period_s: ",
        "0.0001 s is out of range",
    ),
    "period in a string": (
        ("until C/100", "until C/100 (0.0001 second period)"),
        "protocol.blocks[1].cycle[3]: ",
        "0.0001 s is out of range",
    ),
    "stop at a fraction": (
        ("capacity_below_percent: 80", "capacity_below_percent: 0.8"),
        "protocol.stop.capacity_below_percent: ",
        "0.8 % must be at least 1 % and below 100 %; did you mean 80?",
    ),
    "check-up at a fraction": (
        ("every_cycles: 5", "at_capacity_percent: [90, 0.8]"),
        "protocol.checkups.at_capacity_percent[2]: ",
        "did you mean 80?",
    ),
    "number to measure": (
        ("measure: capacity}", "measure: 5}"),
        ":19: protocol.checkups.steps[1].measure: ",
        "5 is unknown; allowed are capacity, resistance or a list of both",
    ),
    "truth to measure": (
        (
            "- Hold at 4.2 V until C/100",
            "- {mode: voltage, value: 4.2 V, until: C/100, measure: true}",
        ),
        "protocol.blocks[1].cycle[3].measure: ",
        "true is unknown",
    ),
    "misspelt until": (
        ("- Discharge at 1C until 2.5 V", "- Discharge at 1C untill 2.5 V"),
        "protocol.blocks[1].cycle[1]: ",
        "'untill' is no word of a step; did you mean 'until'?",
    ),
    "charge to a current": (
        ("- Hold at 4.2 V until C/100", "- Charge at 1C until C/20"),
        "protocol.blocks[1].cycle[3]: ",
        "end it by a voltage, e.g. 'until 4.2 V'",
    ),
    "key given twice": (
        ("solver:", "cell: {parameters: Chen2020}\nsolver:"),
        ":35: cell: ",
        "the key is given twice, first in line 2",
    ),
    "tag": (
        ("name: Fade in ten cycles", "name: !!python/object/apply:os.system ['touch evil']"),
        ":1: name: ",
        "the tag !!python/object/apply:os.system is not read",
    ),
    "merge key": (
        ("  initial: {soc_percent: 100}", "  <<: {soc_percent: 100}"),
        ":4: cell.<<: ",
        "merge keys are not read",
    ),
    "tab": (("  initial:", "\tinitial:"), ":4: ", "found a tab; indent with spaces"),
    "colon": (("name: Fade", "name: a: Fade"), ":1: ", "not valid YAML"),
    "unquoted brackets": (
        ("variables: []", "variables: [Voltage [V], x]"),
        ":39: ",
        "not valid YAML",
        "in quotes",
    ),
    "unknown alias": (("{soc_percent: 100}", "*start"), ":4: ", "undefined alias 'start'"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD.keys())
def test_a_defect_gives_one_message_with_file_key_and_advice(
    case: tuple[tuple[str, str], str], write: Write
) -> None:
    change, key, *parts = case
    file = write(change)
    with pytest.raises(StudyError, match=re.escape(str(file))) as caught:
        load_study(file)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{file}:")
    for part in (key, *parts):
        assert part in problem


def test_the_line_is_that_of_the_key(write: Write) -> None:
    file = write(("every_cycles: 5", "every_cycle: 5"))
    line = 1 + file.read_text().splitlines().index("    every_cycle: 5")
    with pytest.raises(StudyError, match=f"a.yaml:{line}: protocol"):
        load_study(file)


def test_a_set_without_the_physics_is_told_key_group_and_sets_that_have_it(write: Write) -> None:
    with pytest.raises(StudyError) as caught:
        load_study(write(("parameters: OKane2022", "parameters: Chen2020")))
    keys = [problem.split(": ")[1] for problem in caught.value.problems]
    assert keys == [
        "model.negative.particle.diffusion",
        "model.negative.sei_on_cracks",
        "model.negative.cracks",
        "model.negative.plating",
        "model.negative.active_material_loss",
        "model.positive.cracks",
    ]
    cracks = caught.value.problems[2]
    assert "'fatigue' needs parameters for particle stress and cracks" in cracks
    assert "which Chen2020 does not have" in cracks
    assert "Sets that have them: Ai2020, OKane2022" in cracks


def test_lumped_temperature_without_thermal_parameters_is_refused(write: Write) -> None:
    text = "name: a\ncell: {parameters: Prada2013}\nmodel: {thermal: lumped}\n"
    text += "protocol: {blocks: [{cycle: [Rest for 1 hour]}]}\n"
    with pytest.raises(StudyError, match=r"model.thermal: 'lumped' needs parameters for heat"):
        load_study(write(text=text))


def test_all_problems_are_reported_together_in_the_order_of_the_file(write: Write) -> None:
    file = write(
        ("parameters: OKane2022", "parameters: OKane2202"),
        ("soc_percent: 100", "soc_percent: 100, voltage_V: 4.0"),
        ("every_cycles: 5", "every_cycle: 5"),
        ("error_test: all", "error_test: off"),
        ("file: one.csv", "file: two.csv"),
        ("solver:", "solver: {}\nsolver:"),
    )
    with pytest.raises(StudyError) as caught:
        load_study(file)
    lines = [int(problem.split(":")[1]) for problem in caught.value.problems]
    assert lines == sorted(lines)
    for part in ("initial", "every_cycle", "two.csv", "solver", "initial"):
        assert sum(part in problem for problem in caught.value.problems) == 1, part


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; a study has at its top the keys name, cell, protocol"),
        (b"# nothing\n", "the file is empty"),
        (b"- a\n- b\n", ":1: the file holds a list"),
        (b"just words\n", ":1: the file holds a single value"),
        (b"name: caf\xe9\n", "line 1 is not UTF-8 text"),
        (b"name: a\n---\nname: b\n", "keep one document"),
        (b"name: \x00\n", "not valid YAML"),
        (b"a: " + b"[" * 1200 + b"]" * 1200, "nested too deeply"),
        (b"a: &a {b: *a}\n", "levels"),
        (b"# " + b"x" * 1_000_000, "has 1000002 bytes; a study has at most 1000000"),
    ],
)
def test_a_file_that_is_no_study_is_refused(content: bytes, message: str, write: Write) -> None:
    file = write()
    file.write_bytes(content)
    with pytest.raises(StudyError, match=re.escape(message)) as caught:
        load_study(file)
    assert str(caught.value).startswith(str(file))


def test_aliases_cannot_blow_up(write: Write) -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(StudyError, match="more than 100000 values"):
        load_study(write(text="\n".join(lines)))


def test_a_thousand_problems_are_cut_short(write: Write) -> None:
    text = "".join(f"key{n}: 1\n" for n in range(1000))
    with pytest.raises(StudyError, match="there may be more problems") as caught:
        load_study(write(text=text))
    assert len(caught.value.problems) == 101


def test_nothing_in_a_file_is_executed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(
        ("name: Fade in ten cycles", "name: !!python/object/apply:os.mkdir [evil]"),
    )
    monkeypatch.chdir(file.parent)
    with pytest.raises(StudyError, match="holds plain data"):
        load_study(file)
    assert not (file.parent / "evil").exists()


def test_an_absent_file_and_a_folder_are_refused(write: Write) -> None:
    file = write(name="study.yaml")
    with pytest.raises(StudyError, match=r"studdy.yaml: there is no such file; did you mean"):
        load_study(file.with_name("studdy.yaml"))
    with pytest.raises(StudyError, match=r"this is a folder; .* \(there is a study.yaml in it\)"):
        load_study(file.parent)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("t,V\n0,4.1\n10,\n", "one.csv, line 3, column 'V': '' is not a number"),
        ("t,V\n0,4.1\n10,nan\n", "line 3, column 'V': nan is not a finite number"),
        ("t;V\n0;4,1\n", "'4,1' is not a number; write decimals with a point"),
        ("t,V\n0,4.1\n10\n", "one.csv, line 3: 1 cells, but the header has 2"),
        ("t,V\n", "one.csv: the file has a header but no data"),
        (
            "t,V\n0,4.1\n10,4.0\n\n5,3.9\n",
            "one.csv, line 5, column 't': time runs backwards from 10 s to 5 s; sort the rows",
        ),
    ],
)
def test_what_is_in_a_measured_file_is_read(content: str, message: str, write: Write) -> None:
    file = write()
    (file.parent / "one.csv").write_text(content)
    with pytest.raises(StudyError, match="measured") as caught:
        load_study(file)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{file}:46: compare.measured[1].file: ")
    assert message in problem


def test_time_may_stand_still_in_a_measured_file(write: Write) -> None:
    file = write()
    (file.parent / "one.csv").write_text("t,V\n0,4.1\n10,4.0\n10,3.9\n")
    assert load_study(file).compare.measured[0].label == "one"


def test_a_file_of_another_kind_is_refused(write: Write) -> None:
    file = write(("file: one.csv", "file: one.txt"))
    (file.parent / "one.txt").write_text("t,V\n0,4.1\n10,4.0\n")
    with pytest.raises(StudyError, match=r"file: .*files of type '.txt' are not read; give .csv"):
        load_study(file)


@pytest.mark.parametrize("case", list(BAD.values())[::6], ids=list(BAD)[::6])
def test_the_command_prints_the_message_and_ends_with_2(
    case: tuple[tuple[str, str], str], write: Write
) -> None:
    file = write(case[0])
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert case[1] in result.stderr
    assert "Traceback" not in result.output


def test_the_good_study_is_good(write: Write) -> None:
    assert load_study(write()).name == GOOD.splitlines()[0].removeprefix("name: ")
