"""Runs that jump: the same cell as without jumps, within the error that they report."""

import numpy as np
import pytest

import twin
from tests.ageing.test_run import Stop, interrupted, same
from tests.conftest import CHECKUP, CYCLE, small_study
from twin.study import Study

SEI = "SEI solvent diffusivity [m2.s-1]"
FAST_SEI = {SEI: 100 * 2.5e-22}
TIGHT = {"relative_tolerance": 1e-5, "absolute_tolerance": 1e-7}


def study(cycles, jump="auto", *, protocol=None, values=None, **sections) -> Study:
    plain = small_study(cycles, **sections)
    plain["cell"]["open_circuit_potentials"] = "smooth"
    plain["cell"]["values"] = values or FAST_SEI
    plain["protocol"] |= protocol or {}
    plain["solver"] = {"jump": jump, **TIGHT}
    return Study.model_validate(plain)


CHECKUPS = {"checkups": {"every_cycles": 40, "steps": CHECKUP}}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jumps")
    return {
        jump: twin.run(study(120, jump, protocol=CHECKUPS), folder / jump)
        for jump in ("auto", "off")
    }


def test_few_cycles_are_simulated_and_all_have_rows(pair):
    cycles = pair["auto"].cycles
    ageing = cycles[cycles["kind"] == "ageing"]
    assert list(ageing["cycle"]) == list(range(1, 121))
    assert list(cycles["sequence"]) == list(range(1, len(cycles) + 1))
    assert ageing["simulated"].sum() < 50
    assert pair["off"].cycles["simulated"].all()
    assert list(cycles.columns) == list(pair["off"].cycles.columns)


def test_check_ups_come_where_they_were_asked_for(pair):
    assert list(pair["auto"].checkups["cycle"]) == [0, 40, 80, 120]


def test_capacity_is_that_of_the_full_run_within_the_reported_error(pair):
    ours, full = pair["auto"].checkups, pair["off"].checkups
    error = 100 * (ours["capacity_Ah"] - full["capacity_Ah"]).abs() / 5.0
    assert full["capacity_percent"].iloc[-1] < 95  # there is something to be wrong about
    assert (error <= ours["capacity_error_percent"]).all()
    assert ours["capacity_error_percent"].iloc[-1] < 0.1
    assert error.max() < 0.02


@pytest.mark.parametrize("mode", ["lli", "lam_negative", "lam_positive"])
def test_modes_are_those_of_the_full_run(pair, mode):
    ours, full = (pair[jump].checkups[f"{mode}_percent"] for jump in ("auto", "off"))
    assert list(ours)[1:] == pytest.approx(list(full)[1:], rel=5e-3)


def test_the_books_of_lithium_close_through_jumps(pair):
    assert pair["auto"].cycles["lithium_closure"].abs().max() < 1e-8


def test_jumped_cycles_are_those_of_the_full_run(pair):
    ours, full = (pair[jump].cycles.set_index("sequence") for jump in ("auto", "off"))
    for column, bound in (
        ("discharge_capacity_Ah", 2e-3),
        ("lli_percent", 1e-2),
        ("throughput_Ah", 2e-1),
        ("end_time_s", 3e3),
    ):
        assert np.abs(ours[column] - full[column]).max() < bound, column


def test_estimated_errors_only_grow(pair):
    for name in ("capacity", "lli", "lam_negative", "lam_positive"):
        errors = pair["auto"].cycles[f"{name}_error_percent"]
        assert errors.is_monotonic_increasing
        assert errors.iloc[-1] > 0
    assert (pair["off"].cycles["capacity_error_percent"] == 0).all()


def test_end_of_life_is_found_to_the_cycle(tmp_path):
    stop = {"stop": {"capacity_below_percent": 95}}
    ends = {}
    for jump in ("auto", "off"):
        found = twin.run(study(150, jump, protocol=stop), tmp_path / jump)
        assert found.status == "stopped"
        ends[jump] = int(found.cycles["cycle"].max())
        if jump == "auto":
            assert found.cycles["simulated"].sum() < ends[jump] / 2
            assert found.cycles["simulated"].iloc[-3:].all()
    assert abs(ends["auto"] - ends["off"]) <= 1


def test_check_ups_at_a_capacity_are_not_jumped_over(tmp_path):
    checkups = {"checkups": {"at_capacity_percent": [96.0], "steps": CHECKUP, "at_start": False}}
    at = [
        list(twin.run(study(120, jump, protocol=checkups), tmp_path / jump).checkups["cycle"])
        for jump in ("auto", "off")
    ]
    assert len(at[0]) == 1
    assert at[0][0] == pytest.approx(at[1][0], abs=1)


def test_wanted_cycles_are_simulated(tmp_path):
    outputs = {"timeseries": {"cycles": [1, 33, "last"]}}
    found = twin.run(study(60, outputs=outputs), tmp_path / "out")
    assert list(found.timeseries["cycle"].unique()) == [1, 33, 60]
    assert found.cycles.set_index("cycle").loc[[1, 33, 60], "simulated"].all()
    assert not found.cycles["simulated"].all()


@pytest.mark.parametrize("after", [7, 15])
def test_a_run_resumes_through_jumps(pair, tmp_path, monkeypatch, after):
    plan = study(120, protocol=CHECKUPS)
    interrupted(tmp_path / "out", plan, after, Stop(), monkeypatch)
    assert len(twin.Solution.open(tmp_path / "out").cycles) < len(pair["auto"].cycles)
    found = twin.resume(tmp_path / "out")
    for table in ("cycles", "steps", "checkups", "timeseries"):
        same(getattr(found, table), getattr(pair["auto"], table))


def test_weeks_of_cycles_and_rest_are_jumped_over_whole(tmp_path):
    week = {"repeat": 20, "blocks": [{"repeat": 2, "cycle": CYCLE}, {"storage": {"days": 5}}]}
    runs = {
        jump: twin.run(study(1, jump, protocol={"blocks": [week]}), tmp_path / jump)
        for jump in ("auto", "off")
    }
    ours, full = (runs[jump].cycles for jump in ("auto", "off"))
    assert list(ours["cycle"]) == list(full["cycle"])
    assert list(ours["kind"]) == list(full["kind"])
    assert list(ours["block"]) == list(full["block"])
    assert 12 < ours["simulated"].sum() < 50
    assert ours["lli_percent"].iloc[-1] == pytest.approx(full["lli_percent"].iloc[-1], rel=2e-3)
    assert ours["end_time_s"].iloc[-1] == pytest.approx(full["end_time_s"].iloc[-1], rel=1e-4)


def test_years_of_storage_cost_a_few_months(tmp_path):
    months = {"blocks": [{"repeat": 60, "storage": {"days": 30}}]}
    runs = {
        jump: twin.run(study(1, jump, protocol=months), tmp_path / jump) for jump in ("auto", "off")
    }
    ours, full = (runs[jump].cycles for jump in ("auto", "off"))
    assert ours["simulated"].sum() < 35
    assert ours["lli_percent"].iloc[-1] == pytest.approx(full["lli_percent"].iloc[-1], rel=3e-3)
    assert full["lli_percent"].iloc[-1] > 1


def test_closing_pores_are_an_end_of_life_and_not_a_crash(tmp_path):
    plain = small_study(300)
    plain["model"] |= {"type": "DFN", "negative": {"sei": "solvent-diffusion"}, "positive": {}}
    plain["model"]["negative"] |= {"plating": "partially-reversible", "porosity_change": True}
    plain["model"].pop("mesh")
    plain["cell"] |= {"open_circuit_potentials": "smooth", "values": {SEI: 1000 * 2.5e-22}}
    found = twin.run(Study.model_validate(plain), tmp_path / "out")
    assert found.status == "stopped"
    assert "end of life, pores of the negative electrode down to" in found.manifest["stop_reason"]
    assert found.failure is not None
    assert found.cycles["cycle"].is_monotonic_increasing
    assert len(found.cycles) > 5
