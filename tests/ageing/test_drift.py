"""Jumps as numbers: exact for polynomials, of the order they claim, within bounds."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from twin.ageing.jumps import control
from twin.ageing.jumps.bounds import keeps_amounts, keeps_inside, positive
from twin.ageing.jumps.drift import Drift, chosen, sum_weights, summed
from twin.ageing.jumps.landing import MEASURED, MODES, Seen, corrected_rows, overshoot
from twin.ageing.jumps.memory import JumpMemory
from twin.ageing.jumps.rows import Anchor, filled_rows


@given(
    some.lists(some.integers(0, 60), min_size=1, max_size=4, unique=True),
    some.integers(1, 400),
    some.lists(some.floats(-2, 2), min_size=4, max_size=4),
)
def test_sums_of_polynomials_in_the_logarithm_of_age_are_exact(places, count, coefficients):
    polynomial = np.polynomial.Polynomial(coefficients[: len(places)])
    exact = polynomial(np.log(np.arange(61, 61 + count) + 1)).sum()
    weights = sum_weights(places, 61, count)
    known = polynomial(np.log(np.array(places) + 1))
    assert weights @ known == pytest.approx(exact, abs=1e-8 * np.abs(weights * known).sum() + 1e-6)


def fade(n):
    """A state whose drift falls with the square root of the cycles done, and its sum."""
    return np.sqrt(n)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_error_of_a_jump_falls_with_its_length_to_the_order_plus_one(order):
    errors = []
    for count in (40, 20):
        first = 4000
        places = [first - 1 - k * count // 2 for k in range(order)]
        drifts = [Drift(p, np.array([fade(p + 1) - fade(p)])) for p in places]
        errors.append(abs(summed(drifts, first, count)[0] - (fade(first + count) - fade(first))))
    observed = np.log2(errors[0] / errors[1])
    assert observed == pytest.approx(order + 1, abs=0.35)


def test_linear_sums_over_the_state_are_kept():
    drifts = [Drift(p, np.array([1.0 + p, -3.0 - p, 2.0])) for p in (3, 7, 12)]
    assert summed(drifts, 13, 500).sum() == pytest.approx(0, abs=1e-12 * 500 * 513)


def test_drifts_close_to_each_other_are_not_extrapolated_far():
    drifts = [Drift(p, np.zeros(1)) for p in (1, 40, 41, 42)]
    assert chosen(drifts, 43, 40, most=3, growth=3.0) == [3, 0]
    assert chosen(drifts[1:], 43, 40, most=3, growth=3.0) == [2]
    assert chosen(drifts[1:], 43, 1, most=3, growth=10.0) == [2, 1, 0]


@pytest.mark.parametrize("power", [-0.5, 0.0, 1.0])
def test_powers_of_the_age_are_followed_over_a_doubling(power):
    drifts = [Drift(p, np.array([(p + 1.0) ** power])) for p in (10, 20, 39)]
    exact = (np.arange(40, 80) + 1.0) ** power
    assert summed(drifts, 40, 40)[0] == pytest.approx(exact.sum(), rel=0.16)
    after = [*drifts, Drift(81, np.array([82.0**power]))]
    assert summed(after, 40, 40)[0] == pytest.approx(exact.sum(), rel=4e-3)


def test_amounts_cannot_be_negative_and_potentials_can():
    slices = [
        ("X-averaged negative particle crack length [m]", slice(0, 1)),
        ("Negative electrode SEI film overpotential [V]", slice(1, 2)),
        ("Negative electrolyte concentration [mol.m-3]", slice(2, 4)),
        ("Discharge capacity [A.h]", slice(4, 5)),
    ]
    assert list(positive(slices, 5)) == [True, False, True, True, False]


def test_particles_are_not_left_empty_or_full():
    name = "Maximum negative particle surface stoichiometry"
    low = "Minimum positive particle surface stoichiometry"
    before = {name: np.array([0.99]), low: np.array([0.1])}
    assert keeps_inside(before, {name: np.array([0.999]), low: np.array([0.006])})
    assert not keeps_inside(before, {name: np.array([0.9997]), low: np.array([0.1])})
    assert not keeps_inside(before, {name: np.array([1.01]), low: np.array([0.1])})
    assert not keeps_inside(before, {name: np.array([0.5]), low: np.array([0.004])})


def test_amounts_do_not_fall_far_in_one_jump():
    mask = np.array([True, True, False])
    before = np.array([1.0, 0.0, 1.0])
    assert keeps_amounts(before, np.array([0.4, 0.1, -5.0]), mask)
    assert not keeps_amounts(before, np.array([0.2, 0.0, 1.0]), mask)
    assert not keeps_amounts(before, np.array([1.0, -1e-9, 1.0]), mask)
    assert not keeps_amounts(before, np.array([1.0, np.nan, 1.0]), mask)


def verdict(capacity=0.0, mode=0.0, change=1.0, predicted=0.0):
    found = control.Estimates(capacity, predicted, {"lli": mode}, {"lli": change})
    return control.judged(found, 0.1, share=0.1)


def test_a_jump_may_use_its_part_of_the_tolerance():
    assert verdict(capacity=0.007).error == pytest.approx(1.0)
    assert verdict(capacity=0.014).error == pytest.approx(2.0)


def test_twenty_five_jumps_over_a_whole_life_use_the_tolerance_once():
    found = control.Estimates(0.01, 0.0, {}, {})
    errors = [control.judged(found, 0.1, share).error for share in [1 / 25] * 25]
    assert sum(0.01 / error for error in errors) == pytest.approx(0.1)


def test_modes_count_relative_to_their_change_where_capacity_feels_them():
    assert verdict(capacity=0.005, mode=0.06).error == pytest.approx(2.0)
    assert verdict(capacity=1e-6, mode=0.06).error < 0.01


def test_a_predictor_that_is_far_off_is_not_trusted():
    assert verdict(capacity=1e-6, predicted=0.21).error == pytest.approx(2.0)


def test_the_next_jump_is_longer_after_a_good_one_and_shorter_after_a_bad_one():
    assert control.next_size(10, 1e-9, 2) == 30
    assert control.next_size(10, 1.0, 2) == pytest.approx(8.5)
    assert control.next_size(10, 4.0, 2) == pytest.approx(4.25)
    assert control.next_size(10, 1e9, 1) == 1


@given(some.integers(1, 5000), some.floats(3, 400))
def test_even_jumps_fill_the_room(room, size):
    count = control.even_share(room, size, 2)
    assert count <= min(room, size + 1)
    assert count >= min(room, size) / 2 - 2


def rows(lost, unit=1):
    return [
        {
            "sequence": 1,
            "kind": "ageing",
            **dict.fromkeys(MODES, lost + k),
            "discharge_capacity_Ah": 5 - 0.1 * lost,
            "mean_charge_voltage_V": float("nan"),
            "solver_steps": 9,
            "wall_time_s": 1.0,
            "simulated": True,
        }
        for k in range(unit)
    ]


def anchor(place, lost, unit=1):
    return Anchor(place, rows(lost(place), unit), rows(lost(place - 1), unit))


def filled(first, latest, after, count):
    return filled_rows([first, latest], latest.rows, after, (latest.place + 1, count))


def test_rows_of_jumped_cycles_lie_on_the_curve():
    found = filled(anchor(3, np.sqrt), anchor(4, np.sqrt), anchor(30, np.sqrt), 24)
    exact = np.sqrt(np.arange(5, 29))
    assert np.allclose(found["lli_percent"], exact, rtol=0.02)
    assert np.allclose(found["discharge_capacity_Ah"], 5 - 0.1 * found["lli_percent"])
    assert found["mean_charge_voltage_V"].isna().all()
    assert not found["simulated"].any()
    assert (found["solver_steps"] == 0).all()


def test_noise_of_what_cycles_measure_is_not_taken_for_a_rate():
    left, right = anchor(40, np.sqrt), anchor(200, np.sqrt)
    right.previous[0]["discharge_capacity_Ah"] += 0.01
    found = filled(anchor(39, np.sqrt), left, right, 158)
    assert found["discharge_capacity_Ah"].is_monotonic_decreasing


def test_rows_of_units_of_several_cycles_stay_in_order():
    found = filled(anchor(0, float, 2), anchor(1, float, 2), anchor(4, float, 2), 1)
    assert list(found["lli_percent"]) == pytest.approx([2.0, 3.0], rel=0.05)


def test_the_memory_of_jumps_survives_its_files():
    memory = JumpMemory(
        3, 2, 17.5, 1, 4, 99, 2.5, True, start=np.array([1 / 3]), latest=rows(1 / 7)
    )
    memory.anchor(Anchor(5, rows(0.1), rows(0.05)))
    memory.remember(Drift(5, np.array([1e-17])))
    plain, arrays = memory.plain(), memory.arrays()
    again = JumpMemory.read(plain, arrays)
    assert again.plain() == plain
    kept = {"start": again.start, "drifts": again.drifts}
    assert repr(again) == repr(dataclasses.replace(memory, **kept))  # not a number is not itself
    assert again.arrays().keys() == arrays.keys()
    assert all(np.array_equal(again.arrays()[name], arrays[name]) for name in arrays)


def seen(predicted, good):
    return Seen(*(dict.fromkeys(MODES, value) for value in (predicted, 0.0, good, 0.0)))


def test_rows_after_a_jump_move_with_its_correction():
    landed = [dict.fromkeys(MEASURED, 4.0) | dict.fromkeys(MODES, 3.0)]
    share = overshoot(dict.fromkeys(MODES, 1.0), seen(3.0, 3.2))
    assert share == pytest.approx(0.1)
    found = corrected_rows(landed, [dict.fromkeys(MEASURED, 5.0)], seen(3.0, 3.2), share)
    assert found[0]["lli_percent"] == pytest.approx(3.2)
    assert found[0]["discharge_capacity_Ah"] == pytest.approx(3.9)


def test_the_reported_error_is_three_times_the_estimate():
    found = control.Estimates(0.01, 0.0, {"lli_percent": 0.02}, {"lli_percent": 1.0}, 0.001)
    errors = control.judged(found, 0.1, 0.1).errors
    assert errors["capacity_error_percent"] == pytest.approx(0.03)
    assert errors["lli_error_percent"] == pytest.approx(0.06)
    assert errors["other_error_percent"] == pytest.approx(0.3)
