"""Electrode balance: closed forms, derivatives, and parts that add up."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from twin.diagnosis import Balance, ElectrodeBalance

STO = np.linspace(0.001, 0.999, 2001)


def linear() -> ElectrodeBalance:
    """U_p = 5 - y, U_n = 1 - x: the voltage is 4 + x - y, linear in charge."""
    return ElectrodeBalance({"negative": (STO, 1 - STO), "positive": (STO, 5 - STO)}, 3.6, 4.4)


def curved() -> ElectrodeBalance:
    """Shapes like graphite and NMC."""
    negative = 0.1 + 0.6 * np.exp(-20 * STO) - 0.05 * np.tanh((STO - 0.5) / 0.05)
    positive = 4.5 - 0.9 * STO - 0.3 * np.tanh((STO - 0.97) / 0.03)
    return ElectrodeBalance({"negative": (STO, negative), "positive": (STO, positive)}, 3.0, 4.1)


def test_capacity_of_linear_electrodes_has_a_closed_form():
    cell = Balance(negative=6.0, positive=8.0, lithium=7.0)
    # 4 + q/6 - (7 - q)/8 between 3.6 and 4.4 V: slope 1/6 + 1/8 per A.h
    assert linear().capacity(cell) == pytest.approx(0.8 / (1 / 6 + 1 / 8), rel=1e-9)


def test_lithium_shifts_linear_electrodes_without_loss():
    balance = linear()
    full, less = Balance(6.0, 8.0, 7.0), Balance(6.0, 8.0, 6.8)
    assert balance.capacity(less) == pytest.approx(balance.capacity(full), rel=1e-9)
    assert balance.sensitivities(full).lithium == pytest.approx(0.0, abs=1e-9)


def test_end_of_window_where_an_electrode_runs_out():
    cell = Balance(negative=1.0, positive=8.0, lithium=7.0)
    assert linear().charge_at(4.9, cell) == pytest.approx(0.999)


@settings(max_examples=30, deadline=None)
@given(st.floats(5.0, 6.5), st.floats(7.5, 9.0), st.floats(6.5, 7.5))
def test_sensitivities_are_the_derivatives(negative, positive, lithium):
    balance, cell = curved(), Balance(negative, positive, lithium)
    found, h = balance.sensitivities(cell), 1e-3
    for which, value in (
        ("negative", found.negative),
        ("positive", found.positive),
        ("lithium", found.lithium),
    ):
        up = Balance(**{**cell.__dict__, which: getattr(cell, which) + h})
        down = Balance(**{**cell.__dict__, which: getattr(cell, which) - h})
        above, here, below = (balance.capacity(at) for at in (up, cell, down))
        # where another end takes over within the step there are two slopes
        assume(abs(above - 2 * here + below) < 2e-3 * h)
        assert value == pytest.approx((above - below) / (2 * h), abs=5e-3)


def test_losing_lithium_costs_capacity():
    assert curved().sensitivities(Balance(6.0, 8.5, 7.2)).lithium > 0.5


def test_parts_add_up_to_the_loss_of_capacity():
    balance = curved()
    start, end = Balance(6.0, 8.5, 7.2), Balance(5.9, 8.42, 7.0)
    parts = balance.split(start, end, {"sei": 0.15, "plating": 0.05})
    loss = balance.capacity(start) - balance.capacity(end)
    assert sum(parts.values()) == pytest.approx(loss, rel=2e-3)
    assert parts["sei"] == pytest.approx(3 * parts["plating"])


def test_splitting_a_path_converges_to_the_loss():
    balance = curved()
    start, end = Balance(6.0, 8.5, 7.2), Balance(5.4, 8.1, 6.5)
    loss = balance.capacity(start) - balance.capacity(end)

    def error(pieces: int) -> float:
        total = 0.0
        for k in range(pieces):
            a, b = start.towards(end, k / pieces), start.towards(end, (k + 1) / pieces)
            total += sum(balance.split(a, b, {"lithium": a.lithium - b.lithium}).values())
        return abs(total - loss)

    assert error(8) < 1e-4 * loss
    assert error(8) < error(1)


@pytest.mark.parametrize(
    ("end", "which", "cell", "window"),
    [
        ("top", "negative", Balance(negative=4.0, positive=8.0, lithium=6.0), (3.6, 9.0)),
        ("top", "positive", Balance(negative=9.0, positive=8.0, lithium=6.0), (3.6, 9.0)),
        ("bottom", "negative", Balance(negative=8.0, positive=9.0, lithium=6.0), (0.0, 4.2)),
        ("bottom", "positive", Balance(negative=8.0, positive=5.0, lithium=7.0), (0.0, 4.2)),
    ],
)
def test_sensitivities_are_the_derivatives_where_an_electrode_runs_out(end, which, cell, window):
    """Narrow ranges of lithiation, so that the stoichiometry at an end is neither 0 nor 1."""
    x, y = np.linspace(0.1, 0.8, 201), np.linspace(0.2, 0.9, 201)
    curves = {"negative": (x, 1 - 0.5 * x), "positive": (y, 5 - y)}
    balance = ElectrodeBalance(curves, *window)
    q = balance.charge_at(window[1] if end == "top" else window[0], cell)
    sto = q / cell.negative if which == "negative" else (cell.lithium - q) / cell.positive
    limits = {
        ("top", "negative"): 0.8,
        ("top", "positive"): 0.2,
        ("bottom", "negative"): 0.1,
        ("bottom", "positive"): 0.9,
    }
    assert sto == pytest.approx(limits[end, which], rel=1e-9)
    found, h = balance.sensitivities(cell), 1e-4
    for name in ("negative", "positive", "lithium"):
        up = Balance(**{**cell.__dict__, name: getattr(cell, name) + h})
        down = Balance(**{**cell.__dict__, name: getattr(cell, name) - h})
        slope = (balance.capacity(up) - balance.capacity(down)) / (2 * h)
        assert getattr(found, name) == pytest.approx(slope, abs=1e-6), name


def test_of_several_charges_at_a_voltage_the_nearest_is_found():
    """A potential with a bump meets a voltage three times; on the way up twice."""
    sto = np.linspace(0.001, 0.999, 999)
    bumpy = 4.0 - sto - 0.4 * np.sin(4 * np.pi * sto)
    pair = ElectrodeBalance({"negative": (sto, 0 * sto), "positive": (sto, bumpy)}, 3.0, 4.0)
    balance = Balance(1.0, 1.0, 1.0)
    low, high = (pair.charge_near(3.5, balance, near) for near in (0.1, 0.9))
    assert low < 0.4
    assert high > 0.6
    for charge in (low, high):
        assert pair.voltage(charge, balance) == pytest.approx(3.5, abs=1e-9)
        assert pair.voltage(charge + 1e-3, balance) > 3.5
    assert pair.charge_near(9.0, balance, 0.5) > 0.99
    assert pair.charge_near(-9.0, balance, 0.5) < 0.01
