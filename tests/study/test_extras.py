"""Parameters beyond the sets: named when missing, refused when nobody uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import twin
from tests.conftest import small_study
from twin.errors import ParameterError, StudyError
from twin.models.extra_parameters import Extra, inner_radius
from twin.parameters.values import load_parameters
from twin.study import Study, load_study


def load(plain: dict[str, Any], folder: Path) -> Study:
    path = folder / "study.yaml"
    path.write_text(json.dumps(plain), encoding="utf-8")
    return load_study(path)


def study(model: dict[str, Any], values: dict[str, float]) -> dict[str, Any]:
    plain = small_study(1)
    plain["model"] = {"type": "SPM", **model}
    plain["cell"]["values"] = values
    return plain


HOLLOW = {"negative": {"particle": {"core": "hollow"}}}
RADIUS = {inner_radius("negative"): 2e-6}


def test_a_parameter_that_a_choice_needs_is_asked_for_by_name(tmp_path):
    with pytest.raises(StudyError, match=r"negative.particle.core.*Negative particle inner radius"):
        load(study(HOLLOW, {}), tmp_path)


def test_a_given_parameter_is_taken(tmp_path):
    assert load(study(HOLLOW, RADIUS), tmp_path).cell.values == RADIUS


def test_a_parameter_that_nothing_uses_is_refused(tmp_path):
    with pytest.raises(StudyError, match="this model does not use"):
        load(study({}, RADIUS), tmp_path)


def test_a_size_that_cannot_be_is_refused(tmp_path):
    with pytest.raises(StudyError, match="out of range; allowed: above 0"):
        load(study(HOLLOW, {inner_radius("negative"): -1e-6}), tmp_path)


@pytest.mark.parametrize("key", ["surface_energy", "particle.coating", "particle.misfit_stress"])
def test_words_for_true_are_refused(key, tmp_path):
    electrode: dict[str, Any] = {}
    inside = electrode
    *outer, last = key.split(".")
    for name in outer:
        inside = inside.setdefault(name, {})
    inside[last] = "yes"
    with pytest.raises(StudyError, match=f"{last}.*neither true nor false"):
        load(study({"negative": electrode}, {}), tmp_path)


def test_a_fixture_needs_both_electrodes_to_swell(tmp_path):
    model = {"constraint": "stiffness", "negative": {"stress_in_kinetics": "potential"}}
    with pytest.raises(StudyError, match="swelling of the positive electrode is none"):
        load(study(model, {}), tmp_path)


def test_python_parameters_without_it_are_refused_by_name():
    extra = Extra(inner_radius("negative"), "particle.core")
    with pytest.raises(ParameterError, match=r"particle\.core of the model needs 'Neg"):
        load_parameters("Chen2020", {}, [extra])


def test_a_default_fills_in():
    loaded = load_parameters("Chen2020", {}, [Extra("Pressure ratio", "constraint", 1.0)])
    assert loaded.number("Pressure ratio") == 1.0
    assert loaded.overrides == {}


def test_a_study_of_hollow_particles_under_pressure_runs(tmp_path):
    model = {
        "constraint": "pressure",
        "negative": {
            "particle": {"core": "hollow", "discretisation": "polynomials"},
            "stress_in_kinetics": "potential",
        },
        "mesh": {"r_negative": 8, "r_positive": 8},
    }
    values = {**RADIUS, "Outside pressure on the cell [Pa]": 1e5}
    solution = twin.run(Study.model_validate(study(model, values)), tmp_path / "out")
    assert solution.manifest["status"] == "complete"
    assert solution.manifest["lithium_closure_maximum"] < 1e-9


def test_a_variant_keeps_what_the_model_needs():
    plain = study(HOLLOW, {**RADIUS, "Negative electrode thickness [m]": 8e-5})
    other = Study.model_validate(plain).variant("Chen2020")
    assert other.cell.values == RADIUS


def test_a_given_parameter_is_not_told_unused_where_the_model_has_another_defect(tmp_path):
    broken = {"negative": {"particle": {"core": "hollow"}, "sei": "growing"}}
    with pytest.raises(StudyError) as caught:
        load(study(broken, RADIUS), tmp_path)
    (problem,) = caught.value.problems
    assert "model.negative.sei" in problem
