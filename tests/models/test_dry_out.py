"""Drying-out: balance of liquid and pores, from the reservoir to dry pores."""

from __future__ import annotations

import numpy as np
import pybamm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.models.dry_out import (
    LEAST_SATURATION,
    electrolyte_fraction,
    film_volume_grown,
    pore_volume,
    reservoir_left,
    saturation,
    solvent_volume_used,
)

V_SOLVENT, V_FILM = 6.667e-5, 9.585e-5  # ethylene carbonate, ethylene dicarbonate
LAYERS = [(0.25, 85.2e-6), (0.47, 12e-6), (0.335, 75.6e-6)]
PORES = sum(pore_volume(eps, thickness, 0.1027) for eps, thickness in LAYERS)


def state(n, excess=0.0, z=2.0):
    liquid = PORES + excess - solvent_volume_used(n, 1.0, V_SOLVENT)
    return liquid, PORES - film_volume_grown(n, z, V_FILM)


def test_pores_of_the_three_layers():
    per_area = 0.25 * 85.2e-6 + 0.47 * 12e-6 + 0.335 * 75.6e-6
    assert pytest.approx(0.1027 * per_area) == PORES


def test_a_fresh_cell_is_full():
    assert saturation(*state(0.0)) == 1.0
    assert reservoir_left(*state(0.0, 1e-7)) == pytest.approx(1e-7)


@pytest.mark.parametrize("n", [1e-3, 5e-3, 2e-2])
def test_without_excess_it_dries_by_what_the_film_does_not_fill(n):
    expected = (PORES - V_SOLVENT * n) / (PORES - V_FILM * n / 2)
    assert saturation(*state(n)) == pytest.approx(expected, rel=1e-12)
    assert expected < 1


def test_a_film_that_takes_more_room_than_its_solvent_did_never_dries_the_pores():
    assert V_FILM > V_SOLVENT
    for n in (1e-3, 1e-2, 3e-2):
        assert saturation(*state(n, z=1.0)) == 1.0


def test_an_excess_lasts_until_it_is_used():
    excess = 2e-7
    last = excess / (V_SOLVENT - V_FILM / 2)
    assert saturation(*state(0.999 * last, excess)) == 1.0
    assert saturation(*state(1.001 * last, excess)) < 1.0
    assert reservoir_left(*state(last, excess)) == pytest.approx(0.0, abs=1e-16)


@given(n=st.floats(0, 0.05), excess=st.floats(0, 1e-6))
def test_liquid_is_in_the_pores_or_in_the_reservoir(n, excess):
    liquid, pores = state(n, excess)
    if liquid > LEAST_SATURATION * pores:
        inside = saturation(liquid, pores) * pores
        assert inside + reservoir_left(liquid, pores) == pytest.approx(liquid, rel=1e-9)


def test_saturation_falls_with_film_and_stays_above_zero():
    values = np.array([saturation(*state(n)) for n in np.linspace(0, 0.1, 50)])
    assert np.all(np.diff(values) <= 0)
    assert values.min() == LEAST_SATURATION


def test_every_region_loses_the_same_share():
    S = saturation(*state(1e-2))
    filled = sum(pore_volume(electrolyte_fraction(eps, S), L, 0.1027) for eps, L in LAYERS)
    assert filled == pytest.approx(S * PORES, rel=1e-12)


def test_symbols_and_numbers_agree():
    liquid, pores = state(1e-2)
    symbol = saturation(pybamm.Scalar(liquid), pybamm.Scalar(pores))
    assert symbol.evaluate() == pytest.approx(saturation(liquid, pores), rel=1e-14)
    assert reservoir_left(pybamm.Scalar(3e-6), 2e-6).evaluate() == pytest.approx(1e-6)
