"""The JSON schema takes what the reader takes, and says what it refuses."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from twin.parameters.bpx.fields import SECTIONS
from twin.parameters.bpx.migrations import FORMAT
from twin.parameters.bpx.schema import parameters_schema
from twin.parameters.library.finding import BUNDLED, sets_in

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = parameters_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def parameters(name: str) -> Any:
    return json.loads((BUNDLED / name / "parameters.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sets_in(BUNDLED))
def test_every_set_fits_the_schema(name: str, validator: Any) -> None:
    assert list(validator.iter_errors(parameters(name))) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("Parameterisation", "Cell", "Volume"), 1.0),
        (("Parameterisation", "Separator", "Porosity"), "0.5"),
        (("Parameterisation", "User-defined", "A"), [1.0]),
        (("Parameterisation", "User-defined", "celltwin", "format"), FORMAT + 1),
        (("Parameterisation", "User-defined", "celltwin", "extra"), {}),
        (("Parameterisation", "User-defined", "celltwin", "parameters", "A"), "1"),
        (("Parameterisation", "User-defined", "celltwin", "functions", "A"), "(T) = T"),
        (("Parameterisation", "User-defined", "celltwin", "functions", "A"), {"description": "T"}),
        (
            ("Parameterisation", "User-defined", "celltwin", "functions", "A"),
            {"description": "(T) = linear_table(T)", "tables": {"warm": {"x": [0], "y": [1]}}},
        ),
        (("State", "Degradation"), {"LLI": 0.1}),
    ],
)
def test_what_is_wrong_does_not_fit(place: tuple[str, ...], value: Any, validator: Any) -> None:
    data = copy.deepcopy(parameters("LGM50OKane2022"))
    data["Parameterisation"]["User-defined"]["celltwin"].setdefault("parameters", {})
    inner = data
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    assert list(validator.iter_errors(data))


def test_the_schema_says_what_it_is_of() -> None:
    schema = parameters_schema()
    assert schema["$id"] == f"urn:celltwin:parameters:{FORMAT}"
    assert schema["version"].startswith("BPX 1.")
    whole = schema["$defs"]["Parameterisation"]["properties"]
    assert set(SECTIONS) <= set(whole)
