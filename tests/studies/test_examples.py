"""The examples, run as their users run them, with what they have to show."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import twin

ROOT = Path(__file__).resolve().parent.parent.parent
FIGURES = {"fade", "voltage", "lithium", "losses", "mechanics", "modes"}


def run_twin(study: str, out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "twin", "run", study, "--out", str(out)]
    return subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def fade(tmp_path_factory):
    out = tmp_path_factory.mktemp("fade") / "out"
    done = run_twin("examples/01_lgm50_fade/study.yaml", out)
    assert done.returncode == 0, done.stderr
    return done, twin.Solution.open(out)


def test_the_fade_example_shows_progress_and_ends_with_table_and_folder(fade):
    done, solution = fade
    assert "cycle 100 of 100" in done.stderr
    assert "left" in done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split("  ")[0].strip() == "cycle"
    assert [line.split()[0] for line in lines[1:6]] == ["0", "25", "50", "75", "100"]
    assert f"results: {solution.path}" in lines
    assert "warning" not in done.stderr  # the values that were not physical are replaced


def test_the_fade_example_leaves_every_file(fade):
    _, solution = fade
    names = {path.name for path in solution.path.iterdir()}
    assert names >= {
        "study.yaml",
        "cycles.parquet",
        "steps.parquet",
        "timeseries.parquet",
        "checkups.parquet",
        "manifest.json",
        "report.html",
    }
    assert {path.stem for path in (solution.path / "figures").glob("*.png")} >= FIGURES
    page = (solution.path / "report.html").read_text(encoding="utf-8")
    for words in ("SEI on cracks", "OKane2022", "Discharge at 1C until 2.5 V", "[A.h]", "Marquis"):
        assert words in page, words


def test_the_fade_example_fades_as_it_did(fade):
    """Numbers of a run that was looked at; a change of them is a change to explain."""
    _, solution = fade
    checkups = solution.checkups
    assert list(checkups["capacity_Ah"]) == pytest.approx(
        [5.0757, 5.0575, 5.0453, 5.0346, 5.0253], abs=5e-4
    )
    last = checkups.iloc[-1]
    assert last["lli_percent"] == pytest.approx(0.9335, rel=5e-3)
    assert last["lam_negative_percent"] == pytest.approx(0.1517, rel=5e-3)
    assert last["lam_positive_percent"] == pytest.approx(0.4780, rel=5e-3)
    assert last["resistance_mOhm"] == pytest.approx(30.91, rel=2e-3)
    assert solution.manifest["lithium_closure_maximum"] < 2e-5


def test_the_fade_example_explains_its_loss(fade):
    _, solution = fade
    last = solution.checkups.iloc[-1]
    assert abs(last["loss_kinetic_Ah"]) < 0.05 * last["loss_total_Ah"]
    assert last["loss_sei_on_cracks_Ah"] > last["loss_sei_Ah"] > last["loss_plating_Ah"] > 0


def test_the_manifest_says_what_was_run(fade):
    _, solution = fade
    manifest = json.loads((solution.path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["status"] == "complete"
    assert manifest["completed_cycles"] == manifest["planned_cycles"] == 100
    assert len(manifest["study_hash"]) == len(manifest["parameter_set"]["hash"]) == 64
    assert manifest["solver_statistics"]["solves"] >= 90
    assert 15 < manifest["simulated_cycles"] < 50
    assert manifest["estimated_errors"]["capacity_error_percent"] < 0.1
    assert manifest["versions"]["pybamm"].startswith("26.10")
    assert any("Kane" in text for text in manifest["citations"])


def test_the_rate_test_says_why_it_compares_nothing(tmp_path):
    done = run_twin(
        "examples/02_lgm50_rate_test/study.yaml", tmp_path / "out", TWIN_DATA=str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    assert "not compared with Chen et al. 2020, 1C" in done.stderr
    found = twin.Solution.open(tmp_path / "out")
    assert set(found.variants) == {"ORegan2022", "OKane2022"}
    assert found.comparison["rmse"].isna().all()
    assert found.comparison["reason"].str.len().min() > 10


def test_the_rate_test_follows_the_measured_discharges(tmp_path, measured_data):
    """Root mean square errors as found when the example was made [mV, K]."""
    done = run_twin(
        "examples/02_lgm50_rate_test/study.yaml", tmp_path / "out", TWIN_DATA=str(measured_data)
    )
    assert done.returncode == 0, done.stderr
    found = pd.read_parquet(tmp_path / "out" / "comparison.parquet")
    table = found.pivot_table(index=["label", "variant"], columns="quantity", values="rmse")
    discharge = table["discharge voltage"].round(0)
    assert discharge["Chen et al. 2020, 1C"].to_dict() == pytest.approx(
        {"Chen2020": 72, "OKane2022": 102, "ORegan2022": 60}, abs=2
    )
    assert discharge["Chen et al. 2020, C/10"].to_dict() == pytest.approx(
        {"Chen2020": 75, "OKane2022": 69, "ORegan2022": 39}, abs=2
    )
    assert table["temperature"].max() < 2.5
    assert len(list((tmp_path / "out" / "figures").glob("comparison_*.png"))) == 3
    exact = table.loc[("Chen et al. 2020, 1C", "Chen2020"), "discharge voltage"]
    assert f"{exact:.1f}" in done.stdout


def test_storage_costs_more_on_a_warmer_shelf(tmp_path):
    script = ROOT / "examples" / "03_storage_temperature.py"
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    left = [float(line.split()[2]) for line in done.stdout.splitlines()[:3]]
    assert 100 > left[0] > left[1] > left[2] > 95
    assert (tmp_path / "results" / "03_storage_temperature.png").stat().st_size > 10_000


def test_thin_particles_are_used_in_full_at_larger_sizes(tmp_path):
    script = ROOT / "examples" / "04_shape_and_size.py"
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if "2C, " in line]
    largest = {line.split(",")[1].split(":")[0].strip(): float(line.split()[-7]) for line in lines}
    assert largest["plate"] > largest["wire"] > largest["sphere"]
    assert (tmp_path / "results" / "04_shape_and_size.png").stat().st_size > 20_000


def test_no_set_has_a_measured_value_of_its_degradation(tmp_path):
    script = ROOT / "examples" / "08_how_sure_are_the_parameters.py"
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    fresh, ageing = done.stdout.split("degradation:")
    rows = [line.split() for line in ageing.splitlines() if line.startswith("  ")]
    assert len(rows) == 9
    assert {row[1] for row in rows} == {"0"}
    assert max(int(row[6]) for row in rows) > 20
    assert "LGM50ORegan2022            17" in fresh
    assert (tmp_path / "results" / "08_how_sure_are_the_parameters.png").stat().st_size > 20_000


def run_pouch_cell(folder, **environment):
    script = ROOT / "examples" / "05_pouch_cell_thickness.py"
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return dict(line.split(": ") for line in done.stdout.splitlines()[:6])


def test_the_pouch_cell_example_follows_voltage_and_thickness(tmp_path, measured_data):
    """Root mean square differences as found when the example was made [mV, K, um]."""
    found = run_pouch_cell(tmp_path, TWIN_DATA=str(measured_data))
    for rate, published, identified in (
        ("0.1C", (52.3, 8.0), (10.5, 0.9)),
        ("0.5C", (54.8, 7.5), (6.0, 0.6)),
        ("1C", (52.4, 7.1), (12.1, 2.0)),
    ):
        for name, expected in (("published", published), ("identified", identified)):
            numbers = [float(part.split()[0]) for part in found[f"{rate}, {name}"].split(", ")]
            assert (numbers[0], numbers[-1]) == pytest.approx(expected, abs=0.3), (rate, name)
    assert (tmp_path / "results" / "05_pouch_cell_thickness.png").stat().st_size > 20_000


@pytest.mark.slow
def test_the_pouch_cell_example_runs_without_the_data(tmp_path):
    found = run_pouch_cell(tmp_path, TWIN_DATA=str(tmp_path))
    assert set(found.values()) == {"nothing to compare with"}
