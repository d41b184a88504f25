"""Runs of electrodes with many sizes: their table, their books, and what explains the loss."""

import numpy as np
import pytest

import twin
from tests.conftest import small_study
from twin.study import Study

LOGNORMAL = {"law": "lognormal", "sd": 0.3, "nodes": 4}
AGED = {
    "sei": "solvent-diffusion",
    "sei_on_cracks": True,
    "cracks": "fatigue",
    "plating": "partially-reversible",
    "active_material_loss": "stress",
}
WORN = {"cracks": "fatigue", "active_material_loss": "stress"}
VALUES = {
    "Positive electrode partial molar volume [m3.mol-1]": 1.26e-6,
    "Positive electrode Young's modulus [Pa]": 140e9,
}
PARTS = (
    "lithium_particles_Ah",
    "lithium_sei_Ah",
    "lithium_sei_on_cracks_Ah",
    "lithium_plated_Ah",
    "lithium_dead_Ah",
    "lithium_in_lost_material_Ah",
)
SLOW = [
    "Charge at 0.3C until 4.2 V",
    "Hold at 4.2 V until C/1000",
    "Rest for 2 hours",
    {"step": "Discharge at C/50 until 2.5 V", "measure": "capacity"},
    "Charge at 0.3C until 4.2 V",
]


def study(cycles, negative, positive, *, values=None, **protocol):
    plain = small_study(cycles)
    plain["model"] |= {"type": "SPM", "negative": negative, "positive": positive}
    plain["cell"] |= {"parameters": "OKane2022", "values": {**VALUES, **(values or {})}}
    plain["cell"]["initial"] = {"soc_percent": 30}  # the first check-up charges it like the others
    plain["protocol"] |= protocol
    return Study.model_validate(plain)


@pytest.fixture(scope="module")
def solution(tmp_path_factory):
    both = study(3, {**AGED, "sizes": LOGNORMAL}, {**WORN, "sizes": LOGNORMAL})
    return twin.run(both, tmp_path_factory.mktemp("sized") / "out")


def test_a_row_for_each_size_of_each_electrode(solution):
    sizes = solution.sizes
    assert len(sizes) == len(solution.cycles) * 2 * LOGNORMAL["nodes"]
    for _, one in sizes.groupby(["sequence", "electrode"]):
        assert list(one["size"]) == [1, 2, 3, 4]
        assert one["radius_um"].is_monotonic_increasing
        assert one["area_share"].sum() == pytest.approx(1.0, abs=1e-12)
        assert one["volume_share"].sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("column", PARTS)
def test_the_sizes_add_up_to_the_cell(solution, column):
    by_size = solution.sizes.groupby("sequence")[column].sum().to_numpy()
    cycles = solution.cycles.set_index("sequence")[column].to_numpy()
    np.testing.assert_allclose(by_size, cycles, rtol=1e-12)


def test_the_books_close_to_rounding(solution):
    assert solution.manifest["lithium_closure_maximum"] < 1e-11


def test_large_particles_lose_their_material_first(solution):
    last = solution.sizes[solution.sizes["sequence"] == solution.sizes["sequence"].max()]
    for _, one in last.groupby("electrode"):
        assert one["share_left"].is_monotonic_decreasing


def test_a_model_of_one_size_has_no_rows(tmp_path):
    found = twin.run(study(1, AGED, WORN), tmp_path / "out")
    assert found.sizes.empty
    assert found.manifest["lithium_closure_maximum"] < 1e-11


def test_the_loss_that_a_slow_check_up_measures_is_that_of_the_books(tmp_path):
    """Where nothing grows during the check-up and it is slow, one per cent is left to explain."""
    rate = {
        f"{side} electrode LAM constant proportional term [s-1]": 1.4e-6
        for side in ("Negative", "Positive")
    }
    checkups = {"every_cycles": 10, "at_start": True, "steps": SLOW}
    worn = study(10, WORN, WORN, values=rate, checkups=checkups)
    exact = {"solver": {"relative_tolerance": 1e-5, "absolute_tolerance": 1e-7}}
    worn = Study.model_validate({**worn.model_dump(), **exact})
    last = twin.run(worn, tmp_path / "out").checkups.iloc[-1]
    assert last["loss_total_Ah"] > 0.02
    assert abs(last["loss_kinetic_Ah"]) < 0.01 * last["loss_total_Ah"]
