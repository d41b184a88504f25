"""Gaps in what is known of a set are found: sources, the README, files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.parameters import full_set
from tests.parameters.full_set import (
    ELECTROLYTE,
    MEASURED,
    OWN,
    README,
    Change,
    at,
    function,
    without,
    write,
)
from twin.parameters.checks.checking import check_set
from twin.parameters.checks.provenance_checks import HEADINGS
from twin.parameters.library.template import new_set

NEGATIVE = "Negative electrode"


def test_a_range_of_validity_decides_how_bad_a_value_is(tmp_path: Path) -> None:
    data = full_set.parameters()
    function(ELECTROLYTE, "(c_e, T) = 1 - c_e/2000")(data)
    sources = full_set.provenance(data)
    sources[OWN][ELECTROLYTE] = MEASURED | {"valid": {"c_e": [0, 1500]}}
    report = check_set(write(tmp_path, data, sources))
    assert report.ok
    (found,) = (f for f in report.warnings if "outside its range of validity" in f.text)
    assert found.place == f"User-defined / {ELECTROLYTE}"
    assert "is -0.5 at c_e = 3000" in found.text


def sourced(folder: Path, change: Change) -> str:
    sources = full_set.provenance()
    change({"Parameterisation": sources, "State": sources["State"]})
    return check_set(write(folder, sources=sources)).text()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without("Parameterisation", NEGATIVE),
         r"warning: Negative electrode: 'Thickness \[m\]', 'Porosity', 'Transport efficiency' and "
         r"11 more \(14 values\) without an entry"),
        (without("Parameterisation", "Separator", "Porosity"),
         r"warning: Separator: 'Porosity' \(1 value\) without an entry in provenance.yaml"),
        (at("Separator", "Color", to=MEASURED),
         "warning: Separator / Color: has an entry in provenance.yaml and no value"),
        (at("Separator", "Porosity", to=MEASURED | {"range": [0.1, 0.4]}),
         "error: Separator / Porosity: 0.47 is outside the range that provenance.yaml gives"),
        (at("Separator", "Thickness [m]", to=MEASURED | {"uncertainty": 1.0}),
         r"warning: Separator / Thickness \[m\]: its uncertainty of 1 is more than the value"),
        (at("Separator", "Porosity", to={"source": "doi.org/10.1149/1", "method": "measured"}),
         "error: provenance.yaml, Separator / Porosity / source: .*not of the form doi:10"),
        (at("Separator", "Porosity", to={"source": "x", "method": "guess"}),
         "error: provenance.yaml, Separator / Porosity / method: 'guess' is not allowed"),
        (at(OWN, ELECTROLYTE, to=MEASURED | {"range": [20.0, 30.0]}),
         r"error: User-defined / Electrolyte conductivity \[S.m-1\]: is between .*, its mid"),
        (at(OWN, ELECTROLYTE, to=MEASURED | {"range": [0.3, 3.0], "valid": {"c_e": [100, 2000]}}),
         r"warning: User-defined / Electrolyte conductivity \[S.m-1\]: is between 0.1332 and"),
        (at(OWN, ELECTROLYTE, to=MEASURED | {"valid": {"salt": [100, 2000]}}),
         r"warning: User-defined / Electrolyte conductivity \[S.m-1\]: 'valid' .* names salt, but"),
    ],
)  # fmt: skip
def test_gaps_in_provenance_are_found(tmp_path: Path, change: Change, says: str) -> None:
    text = sourced(tmp_path, change)
    assert [line for line in text.splitlines() if re.match(says, line)], text


def test_methods_are_counted(tmp_path: Path) -> None:
    sources = full_set.provenance()
    sources["Separator"]["Porosity"] = {"source": "a guess", "method": "assumed"}
    del sources["Separator"]["Thickness [m]"]
    report = check_set(write(tmp_path, sources=sources))
    assert report.methods == {
        "measured": 52, "fitted": 0, "borrowed": 0, "assumed": 1, "specified": 0, "derived": 0
    }  # fmt: skip
    assert "54 values, 53 with provenance (52 measured, 1 assumed), 1 warning" in report.text()


@pytest.mark.parametrize(
    ("readme", "says"),
    [
        (None, "warning: README.md: is missing"),
        (README.replace("## How to cite", "## Miscellanea"), "has no heading '## How to cite'"),
        (README.replace("Anything else.", ""), "says nothing below 'What it is not good for'"),
        (README.replace("Anything else.", "fill in: what it is"), "line 15: is still to be filled"),
        (README.replace("What it is good for", "Valid for"), "0 warnings"),
    ],
)
def test_a_readme_says_what_users_need(tmp_path: Path, readme: str | None, says: str) -> None:
    assert says in check_set(write(tmp_path, readme=readme)).text()


def test_the_headings_are_those_of_a_new_set(tmp_path: Path) -> None:
    text = (new_set("New2026", tmp_path) / "README.md").read_text(encoding="utf-8")
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert headings == list(HEADINGS)


def test_a_new_set_says_all_that_is_to_be_filled_in(tmp_path: Path) -> None:
    report = check_set(new_set("New2026", tmp_path))
    assert not report.ok
    assert len(report.problems) > 40
    assert all("fill" in found.text or "more" in found.text for found in report.problems)


def test_files_that_do_not_belong_to_a_set_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "run.py").write_text("print(1)\n", encoding="utf-8")
    assert "warning: files: 'run.py' does not belong into a set" in check_set(folder).text()
