"""Jumps as numbers: exact for polynomials, of the order they claim, within bounds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from twin.ageing.jumps import control
from twin.ageing.jumps.bounds import positive
from twin.ageing.jumps.drift import Drift, chosen, sum_weights, summed
from twin.ageing.jumps.memory import JumpMemory
from twin.ageing.jumps.rows import filled_rows


@given(
    some.lists(some.integers(0, 60), min_size=1, max_size=4, unique=True),
    some.integers(1, 400),
    some.lists(some.floats(-2, 2), min_size=4, max_size=4),
)
def test_sums_of_polynomials_through_the_known_drifts_are_exact(places, count, coefficients):
    polynomial = np.polynomial.Polynomial(coefficients[: len(places)])
    exact = polynomial(np.arange(61, 61 + count) / 100).sum()
    weights = sum_weights(places, 61, count)
    ours = weights @ polynomial(np.array(places) / 100)
    assert ours == pytest.approx(exact, rel=1e-6, abs=1e-9 * np.abs(weights).sum())


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


def test_amounts_cannot_be_negative_and_potentials_can():
    slices = [
        ("X-averaged negative particle crack length [m]", slice(0, 1)),
        ("Negative electrode SEI film overpotential [V]", slice(1, 2)),
        ("Negative electrolyte concentration [mol.m-3]", slice(2, 4)),
        ("Discharge capacity [A.h]", slice(4, 5)),
    ]
    assert list(positive(slices, 5)) == [True, False, True, True, False]


def verdict(capacity=0.0, mode=0.0, change=1.0):
    return control.judged(capacity, {"lli": mode}, {"lli": change}, 0.1, share=0.1)


def test_a_jump_may_use_its_part_of_the_tolerance():
    assert verdict(capacity=0.007).error == pytest.approx(1.0)
    assert verdict(capacity=0.014).error == pytest.approx(2.0)


def test_twenty_five_jumps_over_a_whole_life_use_the_tolerance_once():
    errors = [control.judged(0.01, {}, {}, 0.1, share).error for share in [1 / 25] * 25]
    assert sum(0.01 / error for error in errors) == pytest.approx(0.1)


def test_modes_count_relative_to_their_change_where_capacity_feels_them():
    assert verdict(capacity=0.005, mode=0.06).error == pytest.approx(2.0)
    assert verdict(capacity=1e-6, mode=0.06).error < 0.01


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


def rows(value, unit=1):
    return [
        {
            "sequence": 1,
            "cycle": 1,
            "kind": "ageing",
            "fade": value + k,
            "solver_steps": 9,
            "wall_time_s": 1.0,
            "simulated": True,
        }
        for k in range(unit)
    ]


def test_rows_of_jumped_cycles_lie_on_the_line_of_a_linear_fade():
    after = [pd.DataFrame(rows(10.0 - 0.1 * n)) for n in (8, 9)]
    found = filled_rows([rows(10.1), rows(10.0)], after, 7)
    assert list(found["fade"]) == pytest.approx([10 - 0.1 * n for n in range(1, 8)])
    assert not found["simulated"].any()
    assert (found["solver_steps"] == 0).all()


def test_rows_of_jumped_cycles_do_not_overshoot():
    after = [pd.DataFrame(rows(v)) for v in (0.0, 0.0)]
    found = filled_rows([rows(1.0), rows(1.0)], after, 50)
    assert found["fade"].is_monotonic_decreasing
    assert found["fade"].between(0, 1).all()


def test_rows_of_units_of_several_cycles_stay_in_order():
    after = [pd.DataFrame(rows(float(v), unit=2)) for v in (30, 40)]
    found = filled_rows([rows(0.0, unit=2), rows(10.0, unit=2)], after, 1)
    assert list(found["fade"]) == pytest.approx([20.0, 21.0])


def test_the_memory_of_jumps_survives_its_files():
    memory = JumpMemory(3, 2, 17.5, 1, 4, 99, start=np.array([1 / 3]), rows=[rows(1 / 7)])
    memory.remember(Drift(5, np.array([1e-17])))
    plain, arrays = memory.plain(), memory.arrays()
    again = JumpMemory.read(plain, arrays)
    assert again.plain() == plain
    assert again.arrays().keys() == arrays.keys()
    assert all(np.array_equal(again.arrays()[name], arrays[name]) for name in arrays)
