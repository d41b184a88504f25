"""A new set says what is to be filled in; filled in, it has the form that it needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parameters.sets import contents
from twin.errors import ParameterError
from twin.parameters.bpx.fields import fields_of
from twin.parameters.library.archive import add, pack
from twin.parameters.library.template import is_unfilled, new_set, unfilled
from twin.parameters.provenance import Provenance, value_paths
from twin.parameters.strict_files import read_json

NAME = "MyCell2026"


def filled(data: Any) -> Any:
    """Return plain data with a number in every open place, and a text in the header."""
    if isinstance(data, dict):
        return {
            key: {k: "text" if is_unfilled(v) else v for k, v in value.items()}
            if key == "Header"
            else filled(value)
            for key, value in data.items()
        }
    return 0.5 if is_unfilled(data) else data


def fill(folder: Path) -> None:
    """Fill in every place of a new set."""
    parameters = read_json(folder / "parameters.json", "x")
    (folder / "parameters.json").write_text(json.dumps(filled(parameters)), encoding="utf-8")
    text = (folder / "provenance.yaml").read_text(encoding="utf-8")
    text = text.replace("source: fill in, method: fill in", "source: a book, method: assumed")
    (folder / "provenance.yaml").write_text(text, encoding="utf-8")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(readme.replace("fill in:", "Said:"), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    return new_set(NAME, tmp_path / "parameter_sets")


def test_a_new_set_has_its_files_and_nothing_else_is_made(tmp_path, folder):
    assert folder == tmp_path / "parameter_sets" / NAME
    assert set(contents(tmp_path / "parameter_sets")) == {
        f"{NAME}/{file}" for file in ("parameters.json", "provenance.yaml", "README.md")
    }


def test_every_place_that_is_open_is_listed(folder):
    places = unfilled(folder)
    assert "parameters.json, Parameterisation / Cell / Electrode area [m2]" in places
    assert "provenance.yaml, Negative electrode / OCP [V] / source" in places
    assert "parameters.json, Header / Description" in places
    assert sum(place.startswith("README.md, line ") for place in places) == 6
    with pytest.raises(ParameterError, match="still to be filled in"):
        Provenance.read(folder / "provenance.yaml")


def test_every_field_that_bpx_needs_is_there(folder):
    given = read_json(folder / "parameters.json", "x")["Parameterisation"]
    for section, fields in given.items():
        known = fields_of(section)
        assert set(fields) <= set(known)
        assert {name for name, field in known.items() if field.required} <= set(fields)


def test_every_value_has_a_place_for_where_it_comes_from(folder):
    fill(folder)
    paths = value_paths(read_json(folder / "parameters.json", "x"))
    assert Provenance.read(folder / "provenance.yaml").paths == paths


def test_a_set_that_is_filled_in_can_be_shared(tmp_path, folder):
    fill(folder)
    assert unfilled(folder) == []
    assert add(pack(folder, tmp_path / "out"), tmp_path / "library").name == NAME


def test_one_open_place_is_found(folder):
    fill(folder)
    text = (folder / "parameters.json").read_text()
    (folder / "parameters.json").write_text(text.replace("0.5", '"Fill in: later"', 1))
    assert len(unfilled(folder)) == 1


def test_nothing_is_written_over(tmp_path, folder):
    before = contents(tmp_path)
    with pytest.raises(ParameterError, match="is there already"):
        new_set(NAME, folder.parent)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["", "../x", "my set", "a/b", "CON"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(ParameterError, match="name"):
        new_set(name, tmp_path)
    assert contents(tmp_path) == {}


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="cannot be made"):
        new_set(NAME, tmp_path / "file")


def test_a_set_without_readme_is_an_error(folder):
    (folder / "README.md").unlink()
    with pytest.raises(ParameterError, match=r"README\.md cannot be read"):
        unfilled(folder)


@pytest.mark.parametrize("name", ["OKane2022", "Xu2019"])
def test_a_new_set_cannot_be_called_like_one_of_pybamms(tmp_path, name):
    with pytest.raises(ParameterError, match=f"'{name}' is the name of one of PyBaMM's sets"):
        new_set(name, tmp_path)
    assert not list(tmp_path.iterdir())
