"""Good studies: they load, read back, have a stable hash, and take PyBaMM objects."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.study.conftest import GOOD, Write
from twin.errors import StudyError
from twin.models.description import Electrode, Particle
from twin.protocol import Protocol
from twin.study import (
    CellSection,
    CompareSection,
    Every,
    FieldsSection,
    MeasuredSection,
    Study,
    TimeseriesSection,
    load_study,
    study_schema,
)

STEPS = [{"cycle": ["Discharge at 1C until 2.5 V", "Charge at 0.3C until 4.2 V"]}]


def small(**changes: Any) -> Study:
    sections: dict[str, Any] = {
        "name": "small",
        "cell": {"parameters": "Chen2020"},
        "protocol": {"blocks": STEPS},
    }
    return Study(**(sections | changes))


def test_sections_hold_what_the_file_says(write: Write) -> None:
    study = load_study(write())
    assert study.source == write()
    assert study.model.negative == Electrode(
        particle=Particle(diffusion="stress-coupled"),
        sei="solvent-diffusion",
        sei_on_cracks=True,
        cracks="fatigue",
        plating="partially-reversible",
        active_material_loss="stress",
    )
    assert study.model.mesh.x_negative == 10
    assert study.model.mesh.r_negative == 20
    assert study.solver.relative_tolerance == 1e-5
    assert study.solver.error_test == "all"
    assert study.protocol.n_cycles == 12
    assert study.outputs.timeseries.cycles == ("first", 5, "last")
    assert study.outputs.fields is not None
    assert study.outputs.fields.cycles == Every(every=5)
    assert study.compare.measured[0].file == str(write().parent / "one.csv")


def test_what_is_left_out_has_a_default(write: Write) -> None:
    text = "name: a\ncell: {parameters: Chen2020}\noutputs:\nmodel:\n"
    text += "protocol: {blocks: [{cycle: [Rest for 1 hour]}]}\n"
    study = load_study(write(text=text))
    assert (study.model.type, study.model.thermal) == ("DFN", "isothermal")
    assert study.outputs.fields is None
    assert study.cell.initial is None
    assert study.compare == CompareSection()


def test_to_yaml_reads_back_equal_with_the_same_hash(write: Write, tmp_path: Path) -> None:
    study = load_study(write())
    elsewhere = tmp_path / "deep" / "results"
    elsewhere.mkdir(parents=True)
    copy = elsewhere / "study.yaml"
    copy.write_text(study.to_yaml())
    again = load_study(copy)
    assert again == study
    assert again.hash == study.hash
    assert again.to_yaml() == study.to_yaml()
    assert "relative_tolerance: 1e-05" in study.to_yaml()


def test_yaml_is_version_1_2(write: Write) -> None:
    study = load_study(write(("name: Fade in ten cycles", "name: off")))
    assert study.name == "off"
    assert study.solver.relative_tolerance == 1e-5


def test_anchors_may_save_writing(write: Write) -> None:
    changes = (
        ("  negative:", "  negative: &both"),
        ("positive:\n    cracks: fatigue", "positive: *both"),
    )
    study = load_study(write(*changes))
    assert study.model.positive == study.model.negative


def _keys_reversed(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _keys_reversed(value) for key, value in reversed(list(data.items()))}
    return [_keys_reversed(item) for item in data] if isinstance(data, list) else data


def test_hash_does_not_depend_on_wording(write: Write) -> None:
    study = load_study(write())
    file = write(name="b.yaml")
    YAML().dump(_keys_reversed(YAML(typ="safe").load(GOOD)), file)
    assert load_study(file).hash == study.hash
    for change in (
        ("name: Fade in ten cycles", "name: other"),
        ("report: true", "report: false"),
        ("temperature_degC: 25", "temperature_degC: 25.0"),
        ("relative_tolerance: 1e-5", "relative_tolerance: 0.00001"),
        ("label: one", "label: two"),
        ("    - repeat: 10\n", "    - repeat: 0xA\n"),
        ("- Hold at 4.2 V until C/100", "- Hold at 4.2 V until 0.01C"),
    ):
        assert load_study(write(change)).hash == study.hash, change


@pytest.mark.parametrize(
    "change",
    [
        ("temperature_degC: 25", "temperature_degC: 25.1"),
        ("relative_tolerance: 1e-5", "relative_tolerance: 1.1e-5"),
        ("x_negative: 10", "x_negative: 11"),
        ("repeat: 10", "repeat: 11"),
        ("at 0.3C until 4.2 V\n        - Hold", "at 0.31C until 4.2 V\n        - Hold"),
        ("soc_percent: 100", "soc_percent: 99"),
        ("values: {}", 'values: {"Nominal cell capacity [A.h]": 5.1}'),
        ("measure: capacity}", "measure: capacity, temperature_degC: 20}"),
        ("plating: partially-reversible", "plating: reversible"),
        ("days: 30", "days: 31"),
        ("capacity_below_percent: 80", "capacity_below_percent: 81"),
        ("type: DFN", "type: SPMe"),
    ],
)
def test_hash_changes_with_every_number(change: tuple[str, str], write: Write) -> None:
    assert load_study(write(change)).hash != load_study(write()).hash


def test_hash_sees_what_is_in_a_profile(write: Write, tmp_path: Path) -> None:
    (tmp_path / "us.csv").write_text("t,I\n0,1\n10,2\n")
    step = "- {mode: profile, profile: {file: us.csv, time_s: t, current_A: I}}"
    file = write(("- Discharge at 1C until 2.5 V", step))
    before = load_study(file)
    hash_before = before.hash
    assert before.to_yaml().count(str(tmp_path / "us.csv")) == 1
    (tmp_path / "us.csv").write_text("t,I\n0,1\n10,3\n")
    assert load_study(file).hash != hash_before


def test_data_folder_comes_from_the_environment_or_from_above(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = (("file: one.csv", "file: ${TWIN_DATA}/x/one.csv"),)
    data = tmp_path / "shared" / "data"
    for folder in (data / "x", tmp_path / "other" / "x"):
        folder.mkdir(parents=True)
        (folder / "one.csv").write_text("t,V\n0,4.1\n")
    assert load_study(write(*changes)).compare.measured[0].file == str(data / "x" / "one.csv")
    monkeypatch.setenv("TWIN_DATA", str(tmp_path / "other"))
    assert load_study(write(*changes)).compare.measured[0].file.endswith("other/x/one.csv")


def test_an_absent_optional_file_is_allowed(write: Write) -> None:
    study = load_study(write(("file: one.csv", "file: none.csv\n      optional: true")))
    assert study.compare.measured[0].optional


def test_which_cycles_are_wanted() -> None:
    default = TimeseriesSection()
    assert [default.wants(n, "ageing", n == 9) for n in (1, 2, 9)] == [True, False, True]
    assert default.wants(5, "checkup", False)
    assert not TimeseriesSection(checkups=False, cycles="all").wants(0, "checkup", False)
    every = TimeseriesSection(cycles={"every": 10})  # type: ignore[arg-type]
    assert [every.wants(n, "ageing", False) for n in (1, 10, 15, 20)] == [False, True, False, True]
    assert TimeseriesSection(cycles="all").wants(7, "storage", False)
    assert not TimeseriesSection(cycles="none").wants(1, "ageing", True)
    fields = FieldsSection(cycles=(3,), variables=("Voltage [V]",))
    assert [fields.wants(n, "ageing", False) for n in (1, 3)] == [False, True]
    assert not fields.wants(3, "checkup", False)


def test_a_variant_has_another_set_and_nothing_of_the_first(write: Write) -> None:
    study = load_study(
        write(
            ("    plating: partially-reversible\n", ""),
            ("values: {}", 'values: {"Electrode height [m]": 1}'),
        )
    )
    variant = study.variant("Ai2020")
    assert variant.cell.parameters == "Ai2020"
    assert dict(variant.cell.values) == {}
    assert variant.compare == CompareSection()
    assert variant.protocol == study.protocol
    assert variant.source == study.source
    assert variant.hash != study.hash
    with pytest.raises(StudyError, match="ORegan2022 does not have"):
        study.variant("ORegan2022")


def test_a_study_in_python_is_frozen_and_checked() -> None:
    study = small()
    with pytest.raises(Exception, match="frozen"):
        study.name = "other"  # type: ignore[misc]
    with pytest.raises(StudyError, match=r"^Study: cell.parameters: no parameter set .*'Chen2020'"):
        small(cell={"parameters": "Chen2002"})
    with pytest.raises(StudyError, match=r"^TimeseriesSection: checkups: 1 is neither true nor"):
        TimeseriesSection(checkups=1)  # type: ignore[arg-type]
    with pytest.raises(StudyError, match=r"^MeasuredSection: .*required"):
        MeasuredSection(label="a")  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def pybamm() -> Any:
    return pytest.importorskip("pybamm")


def test_pybamm_objects_are_taken_as_they_are(pybamm: Any, tmp_path: Path) -> None:
    values = pybamm.ParameterValues("Chen2020")
    model = pybamm.lithium_ion.SPM()
    experiment = pybamm.Experiment([("Discharge at 1C until 2.5 V", "Rest for 1 hour")] * 3)
    study = small(cell=CellSection(parameters=values), protocol=experiment, model=model)
    assert study.cell.parameters is values
    assert study.model is model
    assert isinstance(study.protocol, Protocol)
    assert study.protocol.n_cycles == 3

    other = values.copy()
    other["Nominal cell capacity [A.h]"] = 4.9
    changed = small(cell=CellSection(parameters=other), protocol=experiment, model=model)
    again = small(cell=CellSection(parameters=values.copy()), protocol=experiment, model=model)
    assert changed.hash != study.hash
    assert again.hash == study.hash
    spme = small(cell=study.cell, protocol=experiment, model=pybamm.lithium_ion.SPMe())
    assert spme.hash != study.hash

    text = study.to_yaml()
    assert "#" not in text
    file = tmp_path / "study.yaml"
    file.write_text(text)
    with pytest.raises(StudyError) as caught:
        load_study(file)
    found = "\n".join(caught.value.problems)
    assert "cell.parameters: the parameter set was a PyBaMM object" in found
    assert "model: the model was a PyBaMM object" in found
    assert len(caught.value.problems) == 2


def test_other_objects_are_refused() -> None:
    with pytest.raises(StudyError, match="an object of type object names no parameter set"):
        CellSection(parameters=object())
    with pytest.raises(StudyError, match="model: an object of type object is not a section"):
        small(model=object())


def test_the_schema_describes_every_key() -> None:
    schema = study_schema()
    json.dumps(schema)
    parts = {"Study": schema, **schema["$defs"]}
    bare = [
        f"{owner}.{key}"
        for owner, part in parts.items()
        if owner not in {"Step", "Profile"}
        for key, entry in part.get("properties", {}).items()
        if not entry.get("description")
    ]
    assert bare == []
    forms = schema["$defs"]["Step"]["anyOf"]
    assert [form["type"] for form in forms] == ["string", "object", "object"]
    assert set(schema["required"]) == {"name", "cell", "protocol"}


def test_the_study_is_checked_without_pybamm(write: Write) -> None:
    code = (
        "import sys\n"
        "from twin.study import load_study, study_schema\n"
        f"study = load_study({str(write())!r})\n"
        "study.hash, study.to_yaml(), study_schema()\n"
        "print(sorted({'pybamm', 'pandas', 'matplotlib', 'casadi', 'scipy'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
