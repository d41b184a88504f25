"""Sets are shown with every value, what it is worth, and where it is from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parameters import full_set
from tests.parameters.full_set import ELECTROLYTE, MEASURED, PLATING, SAFE, write
from twin.parameters.language.expression import Function, parse, parse_function
from twin.parameters.language.tables import Table, Table2
from twin.parameters.library.archive import sha256_of_set
from twin.parameters.library.finding import BUNDLED, sets_in
from twin.parameters.parameter_set import ParameterSet, read_set
from twin.parameters.places import SECTION_ORDER, names_of, paths_by_name, section_of, unit_of
from twin.parameters.provenance import value_paths
from twin.parameters.showing import REPLACED, UNKNOWN, Row, as_json, rows, summary, value_text

NEGATIVE, OWN = "Negative electrode", "User-defined"
SALT = "(c_e, T) = 1e-10*c_e*exp(-100/T)"
SHARE = "Negative electrode active material volume fraction"
HYSTERESIS = "Initial hysteresis state: Negative electrode"


@pytest.fixture
def shown(tmp_path: Path) -> ParameterSet:
    data = full_set.parameters()
    data["Parameterisation"][NEGATIVE]["OCP [V]"] = {"x": [0, 0.5, 1], "y": [1.0, 0.2, 0.1]}
    sources = full_set.provenance(data)
    sources[NEGATIVE]["Thickness [m]"] = MEASURED | {
        "where": "Table VII", "uncertainty": 1e-6, "note": "Dry."
    }  # fmt: skip
    del sources["Separator"]["Porosity"]
    return read_set(write(tmp_path, data, sources))


def row(found: list[Row], section: str, name: str) -> Row:
    (match,) = (each for each in found if (each.section, each.name) == (section, name))
    return match


def test_every_value_has_a_row_section_by_section(shown: ParameterSet) -> None:
    found = rows(shown)
    assert len(found) == len(value_paths(shown.document.raw)) == 54
    sections = [each.section for each in found]
    assert list(dict.fromkeys(sections)) == [
        "Cell",
        "Electrolyte",
        "Negative electrode",
        "Positive electrode",
        "Separator",
        "User-defined",
        "State, initial conditions",
        "State, thermal environment",
    ]
    assert sections == sorted(sections, key=list(dict.fromkeys(sections)).index)


def test_a_row_says_what_is_known(shown: ParameterSet) -> None:
    found = rows(shown)
    assert row(found, NEGATIVE, "Thickness") == Row(
        section=NEGATIVE,
        name="Thickness",
        value="8.52e-05",
        unit="m",
        how_sure="measured ± 1e-06",
        source="doi:10.1149/1945-7111/ab9050 (Table VII)",
        note="Dry.",
    )
    assert row(found, NEGATIVE, "OCP").value == "table of 3 points"
    assert row(found, "Separator", "Porosity").how_sure == UNKNOWN
    assert row(found, "Separator", "Porosity").source == ""
    conductivity = row(found, "Electrolyte", "Conductivity")
    assert conductivity.note == REPLACED
    assert conductivity.unit == "S.m-1"
    assert len(conductivity.value) == 40
    assert conductivity.value.endswith("...")
    assert row(found, "Electrolyte", "Diffusivity").note == ""
    assert row(found, OWN, "Electrolyte conductivity").value.startswith("(c_e, T) = ")
    assert row(found, "State, initial conditions", "Initial temperature").value == "298.15"


def test_values_of_two_materials_are_told_apart(tmp_path: Path) -> None:
    data = full_set.parameters()
    section = data["Parameterisation"][NEGATIVE]
    own = (
        "Minimum",
        "Maximum",
        "Particle",
        "Surface",
        "Diffusivity",
        "OCP",
        "Entropic",
        "Reaction",
    )
    material = {k: section.pop(k) for k in list(section) if k.startswith(own)}
    section["Particle"] = {"Graphite": material, "Silicon": dict(material)}
    lam = {"Graphite": 0.0, "Silicon": 0.25}
    data["State"]["Degradation"] = {
        "LLI": 0.0, "LAM: Negative electrode": lam, "LAM: Positive electrode": 0.0
    }  # fmt: skip
    found = read_set(write(tmp_path, data))
    names = {(each.section, each.name) for each in rows(found)}
    assert ("Negative electrode, Silicon", "OCP") in names
    assert ("State, degradation", "LAM: Negative electrode, Silicon") in names
    assert all(each.how_sure == "measured" for each in rows(found))
    assert ("materials", "negative Graphite and Silicon") in summary(found)
    assert ("state", "LAM Secondary: negative 25 %") in summary(found)
    paths = paths_by_name(found.document)
    assert paths["Secondary: Negative particle radius [m]"] == [
        (NEGATIVE, "Particle", "Silicon", "Particle radius [m]")
    ]


@pytest.mark.parametrize(
    ("value", "longest", "text"),
    [
        (5.0, None, "5"),
        (8.52e-5, None, "8.52e-05"),
        (33133, None, "33133"),
        (parse_function(SALT), None, SALT),
        (parse_function(SALT), 20, "(c_e, T) = 1e-10*..."),
        (
            Function(("x",), parse("linear_table(x)", ["x"]), Table((0, 1), (1, 0))),
            20,
            "table of 2 points",
        ),
        (
            Function(("x",), parse("2*cubic_table(x)", ["x"]), Table((0, 1, 2, 3), (1, 0, 1, 0))),
            None,
            "(x) = 2*cubic_table(x), table of 4 points",
        ),
        (
            Function(
                ("x", "T"),
                parse("linear_table(x, T)", ["x", "T"]),
                Table2((0, 1, 2), (280, 300), ((1, 2), (3, 4), (5, 6))),
            ),
            20,
            "table of 3 by 2 points",
        ),
    ],
)  # fmt: skip
def test_a_value_takes_a_few_characters(value: Any, longest: int | None, text: str) -> None:
    assert value_text(value, longest) == text


def test_as_data_everything_is_there(shown: ParameterSet) -> None:
    data = json.loads(json.dumps(as_json(shown), allow_nan=False))
    assert data["name"] == "LGM50Test2026"
    assert data["sha256"] == sha256_of_set(shown.path)  # type: ignore[arg-type]
    assert data["header"]["Title"] == "LG M50"
    places = [tuple(entry["place"]) for entry in data["entries"]]
    assert sorted(places) == sorted(value_paths(shown.document.raw))
    by_place = dict(zip(places, data["entries"], strict=True))
    thickness = by_place[NEGATIVE, "Thickness [m]"]
    assert thickness["value"] == 8.52e-5
    assert thickness["unit"] == "m"
    assert thickness["gives"] == ["Negative electrode thickness [m]"]
    assert thickness["provenance"] == {
        "source": ["doi:10.1149/1945-7111/ab9050"],
        "method": "measured",
        "where": "Table VII",
        "uncertainty": 1e-6,
        "note": "Dry.",
    }
    assert by_place["Separator", "Porosity"]["provenance"] is None
    potential = by_place[NEGATIVE, "OCP [V]"]
    assert potential["table"] == {"x": [0, 0.5, 1], "y": [1.0, 0.2, 0.1]}
    conductivity = by_place[OWN, ELECTROLYTE]
    assert conductivity["arguments"] == ["c_e", "T"]
    text = full_set.PARAMETERS["Parameterisation"][OWN]["celltwin"]["functions"][ELECTROLYTE]
    assert parse_function(conductivity["function"]) == parse_function(text["description"])


def test_the_values_are_those_that_pybamm_gets(shown: ParameterSet) -> None:
    data = as_json(shown)["values"]
    assert set(data) == set(shown.values)
    assert data[SHARE]["value"] == pytest.approx(0.75)
    assert f"{{{SAFE}}}" in data[PLATING]["function"]


def test_a_summary_says_what_the_set_is(shown: ParameterSet) -> None:
    found = dict(summary(shown))
    assert found["set"] == "LGM50Test2026"
    assert found["cell"] == "LG M50"
    assert found["description"] == "cylindrical 21700 cell, graphite and NMC811"
    assert found["capacity"] == "5 A.h"
    assert found["voltage"] == "2.5 to 4.2 V"
    assert found["values"] == "54: 53 measured, 1 not stated"
    assert found["licence"] == "The numbers are facts; CC BY 4.0 for the rest."
    assert found["hash"] == sha256_of_set(shown.path)  # type: ignore[arg-type]
    assert found["path"] == str(shown.path)


def test_a_single_file_is_shown_too(tmp_path: Path) -> None:
    file = tmp_path / "cell.json"
    file.write_text(json.dumps(full_set.PARAMETERS), encoding="utf-8")
    found = read_set(file)
    assert {each.how_sure for each in rows(found)} == {UNKNOWN}
    assert dict(summary(found))["values"] == "54, provenance not stated"
    assert "licence" not in dict(summary(found))
    made = ParameterSet("made", found.document)
    assert as_json(made)["path"] is None
    assert as_json(made)["sha256"] is None
    assert "hash" not in dict(summary(made))


@pytest.mark.parametrize("name", sets_in(BUNDLED))
def test_the_sets_that_come_along_can_be_shown(name: str) -> None:
    found = read_set(BUNDLED / name)
    assert len(rows(found)) >= len(value_paths(found.document.raw))
    assert json.dumps(as_json(found), allow_nan=False)
    assert {"capacity", "voltage", "values", "licence"} <= set(dict(summary(found)))
    named = paths_by_name(found.document)
    assert {section_of(each) for each in named} <= set(SECTION_ORDER)


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("Negative electrode thickness [m]", "Negative electrode"),
        ("Secondary: Maximum concentration in negative electrode [mol.m-3]", "Negative electrode"),
        ("Positive current collector density [kg.m-3]", "Positive electrode"),
        ("Separator porosity", "Separator"),
        ("Electrolyte conductivity [S.m-1]", "Electrolyte"),
        ("Cation transference number", "Electrolyte"),
        ("SEI solvent diffusivity [m2.s-1]", "Films and plating"),
        ("Nominal cell capacity [A.h]", "Cell"),
        ("Upper voltage cut-off [V]", "Cell"),
        ("Something else", "Other"),
    ],
)
def test_a_name_says_what_it_is_of(name: str, section: str) -> None:
    assert section_of(name) == section


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (("Cell", "Volume [m3]"), ("Cell volume [m3]",)),
        (("Cell", "Electrode area [m2]"), ("Electrode width [m]", "Electrode height [m]")),
        (("State", "Degradation", "LLI"), ()),
        (
            ("State", "Initial conditions", HYSTERESIS),
            ("Initial hysteresis state in negative electrode",),
        ),
        (
            ("State", "Initial conditions", HYSTERESIS, "Silicon"),
            ("Secondary: Initial hysteresis state in negative electrode",),
        ),
        ((OWN, "Contact resistance [Ohm]"), ("Contact resistance [Ohm]",)),
    ],
)  # fmt: skip
def test_a_place_gives_pybamms_names(path: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert names_of(path, ("Graphite", "Silicon")) == names


def test_density_of_the_cell_is_that_of_every_layer() -> None:
    assert len(names_of(("Cell", "Density [kg.m-3]"))) == 5


def test_what_has_no_unit_has_an_empty_one() -> None:
    assert unit_of("Separator porosity") == ""
    assert unit_of("OCP [V]") == "V"
