"""Where values come from is read, checked and said in a few words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.parameters.sets import PARAMETERS, PROVENANCE, write_set
from twin.errors import ParameterError
from twin.parameters.provenance import METHODS, Entry, Provenance, how_sure, value_paths

DOI = "doi:10.1149/1945-7111/ab9050"
MEASURED = {"source": DOI, "method": "measured"}


def one(entry: Any) -> Provenance:
    return Provenance.from_data({"Cell": {"Volume [m3]": entry}}, "set.yaml")


def test_a_file_is_read_with_its_paths(tmp_path):
    provenance = Provenance.read(write_set(tmp_path) / "provenance.yaml")
    assert set(provenance.paths) == set(value_paths(PARAMETERS))
    entry = provenance.entry(("Negative electrode", "Thickness [m]"))
    assert entry is not None
    assert (entry.uncertainty, entry.range) == (1e-6, (20e-6, 200e-6))
    assert provenance.entry(("Negative electrode", "Porosity")) is None
    ocp = provenance.entry(("Negative electrode", "Particle", "Graphite", "OCP [V]"))
    assert ocp is not None
    assert ocp.dois == ("10.1149/1945-7111/ab9050", "10.9999/unknown.1")


def test_every_value_has_a_path():
    assert value_paths(PARAMETERS) == (
        ("Cell", "Electrode area [m2]"),
        ("Cell", "Nominal cell capacity [A.h]"),
        ("Negative electrode", "Thickness [m]"),
        ("Negative electrode", "Particle", "Graphite", "OCP [V]"),
        ("User-defined", "Negative electrode Young's modulus [Pa]"),
        ("User-defined", "Electrolyte conductivity [S.m-1]"),
        ("User-defined", "Initial plated lithium concentration [mol.m-3]"),
        ("State", "Initial conditions", "Initial temperature [K]"),
    )


@pytest.mark.parametrize("data", [{}, {"Parameterisation": 3}, {"Parameterisation": {"Cell": []}}])
def test_what_has_no_values_has_no_paths(data):
    assert value_paths(data) == ()


def test_entries_cannot_be_changed():
    entry = Entry(**MEASURED)
    with pytest.raises(ValidationError, match="frozen"):
        entry.method = "assumed"


def test_a_source_may_be_a_sentence_or_several():
    assert one({"source": "the maker's data sheet", "method": "specified"}).paths
    several = one({"source": [DOI, "own work"], "method": "measured"})
    entry = several.entry(("Cell", "Volume [m3]"))
    assert entry is not None
    assert entry.source == (DOI, "own work")
    assert entry.dois == ("10.1149/1945-7111/ab9050",)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"source": "https://doi.org/10.1149/2.0122001JES"}, "not of the form doi:10"),
        ({"source": "10.1149/2.0122001JES"}, "not of the form doi:10"),
        ({"source": "doi: 10.1149/2.0122001JES"}, "not of the form doi:10"),
        ({"source": "DOI:10.1149/2.0122001JES"}, "not of the form doi:10"),
        ({"source": "doi:10.1149/2.0122001JES, table 3"}, "tables and pages under 'where'"),
        ({"source": "doi:11.1149/x"}, "not of the form doi:10"),
        ({"source": []}, "the list is empty"),
        ({"source": ""}, "the text is empty"),
        ({"source": 5}, "5 is not a text"),
        ({"source": [DOI, None]}, "None is not a text"),
        ({"method": "mesured"}, "did you mean 'measured'"),
        ({"method": "guess"}, "allowed are measured, fitted, borrowed, assumed"),
        ({"method": True}, "True is not a text"),
        ({"method": "borrowed"}, "needs 'from_cell'"),
        ({"method": "derived"}, "needs a 'note'"),
        ({"method": "fill in"}, "still to be filled in"),
        ({"where": 7}, "7 is not a text"),
        ({"note": "  "}, "the text is empty"),
        ({"uncertainty": 0}, "not above 0"),
        ({"uncertainty": -1e-6}, "not above 0"),
        ({"uncertainty": True}, "is not a number"),
        ({"uncertainty": [1]}, "is not a number"),
        ({"uncertainty": float("nan")}, "not finite"),
        ({"range": [2.0, 1.0]}, "write the lower number first"),
        ({"range": [1.0]}, "two numbers"),
        ({"range": "1 to 2"}, "two numbers"),
        ({"range": [1.0, "2"]}, "is not a number"),
        ({"range": [0, 10**400]}, "not finite"),
        ({"valid": {"T": [300, 280]}}, "T: 300.0 is above"),
        ({"valid": {"c e": [0, 1]}}, "no name of an argument"),
        ({"valid": {3: [0, 1]}}, "no name of an argument"),
        ({"valid": [0, 1]}, "intervals by argument"),
        ({"uncertanty": 1.0}, "did you mean 'uncertainty'"),
        ({5: 1.0}, "unknown key '5'|an entry is a mapping"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_with_its_place(change, says):
    with pytest.raises(ParameterError, match=rf"set.yaml, Cell / Volume \[m3\].*({says})"):
        one(MEASURED | change)


@pytest.mark.parametrize("missing", ["source", "method"])
def test_an_entry_has_a_source_and_a_method(missing):
    with pytest.raises(ParameterError, match=f"the key '{missing}' is missing"):
        one({key: value for key, value in MEASURED.items() if key != missing})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"Cells": {}}, "set.yaml, Cells: unknown section.*did you mean 'Cell'"),
        ({"Cell": None}, "set.yaml, Cell: a mapping of fields"),
        ({"Cell": {"Volume [m3]": "measured"}}, r"Volume \[m3\]: an entry is a mapping"),
        ({"State": {"Initial": {}}}, "State / Initial: unknown section"),
        ({"State": {"Initial conditions": 3}}, "State / Initial conditions: a mapping"),
        ({"Negative electrode": {"Particle": []}}, "Particle: a mapping"),
        ({"Negative electrode": {"Particle": {"Silicon": 1}}}, "Silicon: a mapping"),
        ([], "set.yaml, top: a mapping of sections"),
    ],
)
def test_what_is_in_the_wrong_place_is_named(data, says):
    with pytest.raises(ParameterError, match=says):
        Provenance.from_data(data, "set.yaml")


def test_all_problems_are_named_up_to_a_limit():
    with pytest.raises(ParameterError) as told:
        Provenance.from_data({"Cell": {f"x{n}": {} for n in range(20)}}, "set.yaml")
    lines = str(told.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "set.yaml: 20 more"


def test_a_key_twice_is_an_error(tmp_path):
    folder = write_set(tmp_path, provenance=PROVENANCE + PROVENANCE[: PROVENANCE.index("Neg")])
    with pytest.raises(ParameterError, match=r"provenance\.yaml.*twice"):
        Provenance.read(folder / "provenance.yaml")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (MEASURED, "measured"),
        (MEASURED | {"uncertainty": 1e-6}, "measured ± 1e-06"),
        (MEASURED | {"uncertainty": "5 % between cells"}, "measured (5 % between cells)"),
        (
            {"source": DOI, "method": "borrowed", "from_cell": "Kokam SLPB 75106100"},
            "borrowed from Kokam SLPB 75106100",
        ),
        ({"source": "a guess", "method": "assumed"}, "assumed"),
    ],
)
def test_how_sure_a_value_is_takes_few_words(entry, words):
    assert how_sure(Entry(**entry)) == words


def test_long_words_are_cut():
    entry = Entry(source=DOI, method="borrowed", from_cell="x" * 200, uncertainty="y" * 200)
    assert len(how_sure(entry)) < 90


def test_every_method_has_a_sentence():
    assert all(text.endswith(".") for text in METHODS.values())
    for method in METHODS:
        assert Entry(source="s", method=method, from_cell="c", note="n").method == method
