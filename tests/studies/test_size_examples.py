"""The examples of size distributions, shortened, and the table that the long run left."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = ROOT / "docs" / "figures" / "nano_or_micro.csv"
CELL = ["mean_radius_um", "relative_width", "sei_on_cracks"]
FIRST_CYCLE, RETENTION = "first_cycle_efficiency_percent", "retention_percent"
ENERGY = "last_1C_energy_Wh"


def run_example(name: str, call: str, folder: Path) -> list[str]:
    """Call something of an example in a process of its own; return the lines it prints."""
    script = ROOT / "examples" / name
    code = f"import runpy; example = runpy.run_path({str(script)!r}); {call}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def committed():
    return pd.read_csv(TABLE)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nano")
    call = "example['main'](radii_um=(0.6, 6.0), widths=(0.3,), cycles=3)"
    lines = run_example("06_nano_or_micro.py", call, folder)
    return folder / "results", lines, pd.read_csv(folder / "results" / "06_nano_or_micro.csv")


def test_the_first_cycle_binds_what_is_measured_per_surface(short):
    """7 mA.h/m2 of graphite (doi:10.1021/acs.chemrev.9b00405), whatever the size."""
    _, _, table = short
    assert len(table) == 4
    assert table["first_cycle_film_mAh_per_m2"].to_numpy() == pytest.approx(7.0, rel=0.05)


def test_small_particles_and_rough_ones_lose_more_in_the_first_cycle(short):
    _, lines, table = short
    assert lines[0].startswith("0.6 um")
    loss = (100 - table.set_index(CELL)[FIRST_CYCLE]).unstack("sei_on_cracks")
    assert (loss[True] > 2 * loss[False]).all()
    assert loss.loc[(0.6, 0.3), True] > 8 * loss.loc[(6.0, 0.3), True]


def test_lithium_is_kept_and_the_figure_is_there(short):
    folder, _, table = short
    assert table["lithium_closure"].max() < 1e-8
    assert (folder / "06_nano_or_micro.png").stat().st_size > 20_000


def test_the_committed_table_is_of_this_code(short, committed):
    _, _, table = short
    found = table.set_index(CELL)[[FIRST_CYCLE, "capacity_Ah", "first_1C_energy_Wh"]]
    there = committed.set_index(CELL).loc[found.index, found.columns]
    assert found.to_numpy() == pytest.approx(there.to_numpy(), rel=1e-3)


@pytest.mark.parametrize("measure", [FIRST_CYCLE, RETENTION, ENERGY])
@pytest.mark.parametrize("width", [0.1, 0.3, 0.5])
def test_the_best_size_lies_between_nano_and_micro(committed, measure, width):
    """By more than one per cent above both ends, which is more than the error of the numbers."""
    line = committed[(committed["relative_width"] == width) & committed["sei_on_cracks"]]
    line = line[(line["status"] == "complete") | (measure == FIRST_CYCLE)]
    values = line.sort_values("mean_radius_um")[measure].to_numpy()
    ends = values[0], values[-1]
    margin = 1.0005 if measure == FIRST_CYCLE else 1.01
    assert values.max() > margin * max(ends)


def test_a_film_on_cracks_costs_life_where_lithium_is_what_fails(committed):
    """At 20 um tension does: there, lithium in the film spares what the tension would break."""
    line = committed[(committed["relative_width"] == 0.3) & (committed["status"] == "complete")]
    table = line.pivot(index="mean_radius_um", columns="sei_on_cracks")
    left, lost = table[RETENTION].dropna(), table["lam_negative_percent"].dropna()
    assert (left[True] < left[False]).loc[0.6:13.0].all()
    assert left.loc[20.0, True] > left.loc[20.0, False]
    assert lost.loc[20.0, True] < lost.loc[20.0, False]


def test_no_size_got_stuck(committed):
    assert committed["smallest_size_filling_percent"].max() < 50
    assert committed["lithium_closure"].max() < 1e-7


@pytest.mark.slow
def test_a_life_of_the_committed_table_comes_out_again(committed, tmp_path):
    call = "print(example['age'](9.0, 0.3, True, 500)['retention_percent'])"
    left = float(run_example("06_nano_or_micro.py", call, tmp_path)[-1])
    there = committed.set_index(CELL).loc[(9.0, 0.3, True), RETENTION]
    assert left == pytest.approx(there, abs=0.1)


def test_small_sizes_are_coated_and_large_ones_crack(tmp_path):
    lines = run_example("07_sizes_age.py", "example['main']((0, 2, 4))", tmp_path)
    left = [float(line.split(": ")[1].split(" %")[0]) for line in lines[:5]]
    cracks = [float(line.split("cracks of ")[1].split(" nm")[0]) for line in lines[:5]]
    film = [float(line.split(" nm, ")[1].split(" %")[0]) for line in lines[:5]]
    assert left == sorted(left, reverse=True)
    assert cracks == sorted(cracks)
    assert film == sorted(film, reverse=True)
    assert (tmp_path / "results" / "07_sizes_age.png").stat().st_size > 20_000
