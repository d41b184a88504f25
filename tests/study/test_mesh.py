"""The mesh of a study: an error or points, what is chosen, and what the benchmark found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import ROOT, small_study
from twin.cell import build_cell
from twin.errors import ModelError, StudyError
from twin.models.description import Electrode, Particle
from twin.models.mesh_choice import DEFAULT_VOLTAGE_MV, TABLE, mesh_for, radial_method
from twin.study import Study
from twin.study.mesh import PARTS, Mesh, resolved_mesh

PLAIN = Electrode()
TWENTY = dict.fromkeys(PARTS, 20)
BENCHMARK = ROOT / "benchmarks" / "results" / "meshes.json"
COLUMNS = {"voltage RMS [mV]": 1.0, "capacity [%]": 0.05, "LLI [%]": 0.5, "LAM [%]": 0.5}


def study(mesh: dict[str, Any] | None, **model: Any) -> Study:
    plain = small_study(1)
    plain["model"] |= model
    if mesh is None:
        del plain["model"]["mesh"]
    else:
        plain["model"]["mesh"] = mesh
    return Study.model_validate(plain)


def test_without_points_the_mesh_holds_one_millivolt():
    for mesh in (None, {}, {"voltage_mV": 1}):
        found = study(mesh)
        assert found.model.mesh == Mesh(voltage_mV=DEFAULT_VOLTAGE_MV)
        resolved = found.model.resolved_mesh
        assert resolved.across == "polynomials"
        assert set(resolved.points.values()) == {5, 3, 6}
        cell = build_cell(found)
        assert cell.mesh_points == resolved.points
        assert cell.model.across == "polynomials"
        assert cell.model.electrodes["negative"].particle.method == "polynomials"


def test_points_that_are_named_are_finite_volumes_and_the_rest_is_twenty():
    found = study({"x_negative": 7, "r_positive": 30})
    assert found.model.mesh.model_dump(exclude_none=True) == {
        **TWENTY,
        "x_negative": 7,
        "r_positive": 30,
        "across": "finite-volume",
    }
    cell = build_cell(found)
    assert cell.mesh_points == {"x_n": 7, "x_s": 20, "x_p": 20, "r_n": 20, "r_p": 30}
    assert cell.model.across == "finite-volume"
    assert cell.model.electrodes["positive"].particle.method == "finite-volume"


def test_a_study_with_points_has_the_hash_of_its_points():
    """Naming what is so anyway changes nothing; another method does."""
    named = {**TWENTY, "r_negative": 12}
    plain = study({"r_negative": 12})
    assert plain.hash == study(named).hash == study({**named, "across": "finite-volume"}).hash
    volumes = {"particle": {"discretisation": "finite-volume"}}
    assert study(named, negative=volumes).hash == study(named, negative={}).hash
    polynomials = {"particle": {"discretisation": "polynomials"}}
    others = [
        study(named, negative=polynomials).hash,
        study({**named, "across": "polynomials"}).hash,
        study({"voltage_mV": 1}).hash,
        study({"voltage_mV": 5}).hash,
    ]
    assert len({plain.hash, *others}) == 5


def test_a_study_is_read_back_with_either_kind_of_mesh(tmp_path):
    from twin.study import load_study

    for mesh in ({"voltage_mV": 5}, {"x_negative": 6, "across": "polynomials"}):
        file = tmp_path / "study.yaml"
        file.write_text(study(mesh).to_yaml(), encoding="utf-8")
        assert load_study(file) == study(mesh)


def test_an_error_and_points_together_are_refused():
    with pytest.raises(
        ValueError, match=r"voltage_mV \(1\) chooses the mesh, and r_negative gives"
    ):
        Mesh.model_validate({"voltage_mV": 1, "r_negative": 20})
    with pytest.raises(ValueError, match="and x_negative, across give it; keep one of the two"):
        Mesh.model_validate({"voltage_mV": 1, "x_negative": 20, "across": "polynomials"})


def test_an_error_below_the_table_is_refused():
    with pytest.raises(StudyError, match=r"voltage_mV: 0.1 is out of range; allowed: 0\.5 to 100"):
        Mesh(voltage_mV=0.1)
    with pytest.raises(
        ModelError, match=r"no mesh is known to hold 0.1 mV; the smallest is 0.5 mV"
    ):
        mesh_for(0.1)


def test_the_cheapest_mesh_that_holds_an_error_is_taken():
    assert [mesh_for(error).voltage_mV for error in (100, 5, 4.9, 1, 0.7, 0.5)] == [
        5.0, 5.0, 1.0, 1.0, 0.5, 0.5,
    ]  # fmt: skip


def test_a_law_that_follows_a_measured_slope_has_finite_volumes():
    assert radial_method(Particle(diffusion="thermodynamic")) == "finite-volume"
    assert radial_method(Particle(diffusion="stress-coupled-measured")) == "finite-volume"
    assert radial_method(Particle(diffusion="stress-coupled")) == "polynomials"
    measured = Electrode(particle=Particle(diffusion="thermodynamic"))
    points = resolved_mesh(Mesh(), measured, PLAIN).points
    assert (points["r_n"], points["r_p"]) == (40, 6)


def test_a_method_that_is_named_stays_with_the_points_that_it_needs():
    volumes = Electrode(particle=Particle(discretisation="finite-volume"))
    resolved = resolved_mesh(Mesh(), volumes, PLAIN)
    assert (resolved.points["r_n"], resolved.points["r_p"]) == (40, 6)
    assert resolved.electrodes["negative"].particle.method == "finite-volume"


def test_each_material_of_an_electrode_has_its_points():
    second = Electrode(particle=Particle(discretisation="finite-volume"))
    resolved = resolved_mesh(Mesh(), Electrode(secondary=second), PLAIN)
    expected = {"x_n": 5, "x_s": 3, "x_p": 5, "r_n_prim": 6, "r_n_sec": 40, "r_p": 6}
    assert resolved.points == expected
    assert resolved.words == (
        "x_negative 5, x_separator 3, x_positive 5, r_negative primary 6, r_negative secondary 40, "
        "r_positive 6; across: polynomials; along radii: finite-volume and polynomials; "
        "chosen for 1 mV"
    )
    given = resolved_mesh(Mesh(r_negative=9), Electrode(secondary=second), PLAIN)
    assert (given.points["r_n_prim"], given.points["r_n_sec"]) == (9, 9)
    assert given.words == (
        "x_negative 20, x_separator 20, x_positive 20, r_negative primary 9, "
        "r_negative secondary 9, r_positive 20"
    )


@pytest.mark.parametrize("choice", TABLE, ids=lambda choice: f"{choice.voltage_mV} mV")
@pytest.mark.parametrize("radial", ["poly", "FV"])
def test_the_benchmark_found_that_the_table_holds(choice, radial):
    """Change a number of the table, or the models, and the benchmark is to be run again."""
    rows = json.loads(BENCHMARK.read_text(encoding="utf-8"))["rows"]
    points = choice.polynomials if radial == "poly" else choice.volumes
    mesh = f"poly {','.join(map(str, choice.x))}; {radial} {points}"
    found = {row["case"]: row for row in rows if row["mesh x; r"] == mesh}
    assert {"DFN, 1C", "DFN, 2C", "SPMe, 1C", "SPMe, 2C"} <= found.keys()
    for row in found.values():
        for column, at_one in COLUMNS.items():
            assert row[column] <= at_one * choice.voltage_mV, (row["case"], column)
        assert float(row["closure"]) < 1e-12
