"""Steps, cycles and resistances of an ideal cell are found as they were made."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.made import CAPACITY_AH, RESISTANCE_OHM, measured, played, recording
from twin.data import (
    Quality,
    Recording,
    find_cycles,
    find_steps,
    frame_of,
    pulse_resistances,
    read_recording,
)
from twin.data.cycles import turning_points
from twin.errors import DataError

HOUR = 3600.0
DOWN = ("flow", 5.0, 0.9 * HOUR)
UP = ("flow", -2.5, 1.7 * HOUR)
HOLD = ("hold", -2.5, 1800.0)
REST = ("rest", 0.0, 600.0)


@pytest.mark.parametrize("seed", [None, 3])
def test_the_steps_are_those_of_the_plan(seed: int | None) -> None:
    found = find_steps(played([REST, DOWN, REST, UP, HOLD, REST], seed=seed))
    kinds = ["rest", "constant current", "rest", "constant current", "constant voltage", "rest"]
    assert [step.kind for step in found] == kinds
    assert [step.duration_s for step in found] == pytest.approx(
        [600, 3240, 600, 6120, 1800, 600], abs=6
    )
    assert found[1].current_A == pytest.approx(5, rel=1e-3)
    assert found[1].charge_Ah == pytest.approx(4.5, rel=1e-4)
    assert found[1].energy_Wh == pytest.approx(4.5 * (4.0 - 0.45 - 0.15), rel=1e-3)


def test_every_row_is_in_one_step_and_no_charge_is_lost() -> None:
    made = played([DOWN, REST, UP, HOLD, ("flow", 8.0, 30.0), REST, DOWN])
    found = find_steps(made)
    assert found[0].first == 0
    assert found[-1].last == len(made) - 1
    assert all(two.first == one.last + 1 for one, two in pairwise(found))
    left = sum(step.charge_Ah for step in found)
    tau = CAPACITY_AH * HOUR * RESISTANCE_OHM
    held = -2.5 * tau * (1 - math.exp(-1800 / tau)) / HOUR
    assert left == pytest.approx(4.5 - 4.25 + held + 8 / 120 + 4.5, abs=2e-4)


def test_the_interval_before_a_step_counts_with_its_current() -> None:
    time = np.array([0.0, 60, 120, 180, 240, 300, 360])
    current = np.array([0.0, 0, 0, 6, 6, 0, 0])
    found = find_steps(recording(time, current, 3.7 - 0.01 * current))
    assert [step.duration_s for step in found] == [120, 120, 120]
    assert [step.charge_Ah for step in found] == pytest.approx([0, 0.2, 0], abs=1e-12)
    assert found[1].energy_Wh == pytest.approx(0.2 * 3.64, rel=1e-12)


def test_a_short_current_after_a_rest_is_a_pulse() -> None:
    plan = [REST, ("flow", 5.0, 10.0), REST, ("flow", -5.0, 10.0), REST, ("flow", 5.0, 90.0)]
    kinds = [step.kind for step in find_steps(played(plan, dt=1.0))]
    assert kinds == ["rest", "pulse", "rest", "pulse", "rest", "constant current"]


def test_two_currents_in_a_row_are_two_steps() -> None:
    plan = [REST, ("flow", 5.0, 600.0), ("flow", 2.5, 600.0), ("flow", -2.5, 600.0)]
    found = find_steps(played(plan))
    assert [round(step.current_A, 2) for step in found] == pytest.approx(
        [0, 5, 2.5, -2.5], abs=0.02
    )


def test_a_drive_profile_is_one_step() -> None:
    generator = np.random.default_rng(5)
    current = np.concatenate([np.zeros(60), generator.normal(2, 3, 900), np.zeros(60)])
    found = find_steps(recording(np.arange(1020.0), current, 3.7 - 0.03 * current), rest_A=0.01)
    assert [step.kind for step in found] == ["rest", "varying", "rest"]


def test_a_constant_power_is_one_varying_step() -> None:
    voltage = np.linspace(4.1, 3.0, 500)
    found = find_steps(recording(np.arange(500.0) * 7, 15 / voltage, voltage))
    assert [step.kind for step in found] == ["varying"]


def test_cycles_have_the_capacity_that_was_cycled() -> None:
    made = played([DOWN, REST, *2 * [UP, HOLD, REST, DOWN, REST], UP])
    found = find_cycles(made)
    assert [cycle.complete for cycle in found] == [False, True, True, False]
    assert [cycle.discharge_capacity_Ah for cycle in found[:3]] == pytest.approx(
        [4.5] * 3, rel=1e-3
    )
    tau = CAPACITY_AH * HOUR * RESISTANCE_OHM
    into = 4.25 + 2.5 * tau * (1 - math.exp(-1800 / tau)) / HOUR
    for cycle in found[1:3]:
        assert cycle.charge_capacity_Ah == pytest.approx(into, rel=2e-4)
        assert cycle.coulombic_efficiency == pytest.approx(4.5 / into, rel=4e-4)
        # each way loses I R of voltage
        assert cycle.energy_efficiency < cycle.coulombic_efficiency
    assert math.isnan(found[0].coulombic_efficiency)
    assert frame_of(found).shape == (4, 16)


@pytest.mark.parametrize("seed", [None, 7])
def test_a_rest_belongs_to_the_cycle_before_it(seed: int | None) -> None:
    made = played([DOWN, REST, UP, REST, DOWN, REST, UP], seed=seed)
    steps, cycles = find_steps(made), find_cycles(made)
    charges = [step.first for step in steps if step.current_A < -1]
    assert [cycle.first + 1 for cycle in cycles[1:]] == charges
    assert [cycle.first for cycle in cycles] == [0, *(cycle.last for cycle in cycles[:-1])]


def test_energy_efficiency_is_that_of_the_resistance() -> None:
    # same charge both ways at 5 A between the same states: mean voltages differ by 2 I R
    made = played([("flow", 5.0, 1800.0), ("flow", -5.0, 1800.0), ("flow", 5.0, 1800.0)])
    cycle = find_cycles(made)[1]
    mean = 3.75
    drop = RESISTANCE_OHM * 5
    assert cycle.coulombic_efficiency == pytest.approx(1, rel=1e-4)
    assert cycle.energy_efficiency == pytest.approx((mean - drop) / (mean + drop), rel=1e-3)


def test_pulses_and_recuperation_make_no_cycle() -> None:
    pulse = [REST, ("flow", 5.0, 20.0), REST, ("flow", -5.0, 20.0)]
    made = played([*pulse, DOWN, *pulse, UP, *pulse])
    assert len(find_cycles(made)) == 2


def test_a_file_at_rest_has_no_cycle() -> None:
    made = recording(np.arange(50.0), np.zeros(50), np.full(50, 3.7))
    assert find_cycles(made) == ()
    assert [step.kind for step in find_steps(made)] == ["rest"]


@given(
    st.lists(st.floats(1.0, 10.0), min_size=2, max_size=12),
    st.floats(0.0, 0.4),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=40, deadline=None)
def test_turning_points_are_those_of_a_zigzag(sizes: list[float], ripple: float, seed: int) -> None:
    ends = np.cumsum([0.0, *(size * (-1) ** at for at, size in enumerate(sizes))])
    places = np.arange(len(ends)) * 40
    passed = np.interp(np.arange(places[-1] + 1), places, ends)
    small = np.random.default_rng(seed).uniform(0, ripple, passed.size)
    small[places] = 0  # ripples below the turns only
    inward = np.interp(np.arange(passed.size), places, -np.sign(np.gradient(ends)))
    noisy = passed + 0.5 * small * np.sign(inward)
    points = turning_points(noisy, 0.9)
    assert len(points) == len(ends)
    assert np.abs(np.array(points) - places).max() <= 20


def test_gaps_are_counted_where_current_flows() -> None:
    made = played([DOWN, REST, UP])
    cut = np.r_[0:200, 260 : len(made)]
    columns = {key: column[cut] for key, column in made.columns.items()}
    less = Recording("made", columns, made.rows[cut], Quality("made", "row", 1, 1))
    assert sum(step.gaps for step in find_steps(less)) == 1
    assert find_cycles(less)[0].gaps == 1
    # the current is constant across the gap, so its charge is still right
    assert find_steps(less)[1].charge_Ah == pytest.approx(4.5, rel=1e-3)


def test_the_resistance_of_pulses_is_that_of_the_cell() -> None:
    plan = [REST, ("flow", 5.0, 30.0), REST, ("flow", -5.0, 30.0)]
    found = pulse_resistances(played(plan, dt=0.05), (0.1, 10.0))
    assert [(one.direction, one.time_s) for one in found] == [
        ("discharge", 0.1),
        ("discharge", 10.0),
        ("charge", 0.1),
        ("charge", 10.0),
    ]
    for one in found:
        own = RESISTANCE_OHM + one.time_s / HOUR / CAPACITY_AH  # and the charge that is gone
        assert one.resistance_mOhm == pytest.approx(1e3 * own, rel=1e-3)
        assert one.reason == ""


@pytest.mark.parametrize(
    ("time", "dt", "reason"),
    [
        (60.0, 0.05, "the current ends after 30 s"),
        (1.0, 5.0, "no row within 1 s of it"),
        (1e-3, 5.0, "the first row with current comes 0.001 s after"),
    ],
)
def test_what_the_rows_do_not_resolve_is_not_given(time: float, dt: float, reason: str) -> None:
    found = pulse_resistances(played([REST, ("flow", 5.0, 30.0), REST], dt=dt), (time,))
    assert math.isnan(found[0].resistance_mOhm)
    assert reason in found[0].reason


def test_a_current_that_is_not_there_yet_gives_no_resistance() -> None:
    made = played([REST, ("flow", 5.0, 30.0), REST], dt=0.05)
    first = find_steps(made)[1].first
    made["current_A"][first : first + 1] = 2.0  # a slow source
    found = pulse_resistances(made, (0.0505, 10.0))
    assert found[0].reason == "the current is 2 A there, 4.997 A in the mean"
    assert math.isnan(found[0].resistance_mOhm)
    assert found[1].resistance_mOhm == pytest.approx(30.56, abs=0.05)


def test_steps_need_current_and_voltage() -> None:
    made = played([DOWN])
    columns = {key: made[key] for key in ("time_s", "voltage_V")}
    with pytest.raises(DataError, match="steps and cycles need current_A"):
        find_steps(Recording("made", columns, made.rows, made.quality))


@pytest.mark.parametrize(
    ("name", "amperes", "capacity"),
    [("NMC_25degC_Co20.csv", 0.625, 13.0), ("LFP_25degC_1C.csv", 2.0, 1.9)],
)
def test_measured_discharges_are_one_step(name: str, amperes: float, capacity: float) -> None:
    columns = {"time_s": "Time [s]", "current_A": "I[A]", "voltage_V": "U[V]"}
    found = find_steps(
        read_recording(measured("about_energy") / name, columns, positive_on="charge")
    )
    longest = max(found, key=lambda step: step.duration_s)
    assert longest.kind == "constant current"
    assert longest.current_A == pytest.approx(amperes, rel=0.01)
    assert longest.charge_Ah == pytest.approx(capacity, rel=0.05)
    assert len(found) <= 3
