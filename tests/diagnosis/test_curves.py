"""Slow curves and half-cells: read as they are, refused where they cannot be."""

import numpy as np
import pytest

from tests.diagnosis.cells import STO, composite, curve, graphite, silicon
from twin.diagnosis import (
    curve_over_time,
    half_cell_of_points,
    half_cell_of_table,
    half_cells_of,
    slow_curve,
)
from twin.errors import DataError, ParameterError

TIME = np.linspace(0, 36000, 200)
FALL = np.linspace(4.2, 3.0, 200)


def test_the_current_is_integrated():
    made = curve_over_time(TIME, FALL, 0.5)
    assert made.direction == "discharge"
    assert made.span_Ah == pytest.approx(0.5 * 10.0, rel=1e-12)
    assert made.voltage_V[0] == 3.0
    assert made.current_A == 0.5
    assert made.rate == pytest.approx(0.1)


def test_an_uneven_current_is_integrated_by_the_trapezium():
    made = curve_over_time(TIME, FALL, 0.5 + 0.1 * np.sin(TIME / 5000))
    exact = (0.5 * 36000 + 0.1 * 5000 * (1 - np.cos(36000 / 5000))) / 3600
    assert made.span_Ah == pytest.approx(exact, rel=1e-4)


def test_the_longest_stretch_of_one_sign_is_taken():
    current = np.concatenate(
        [np.full(20, -0.5), np.zeros(30), np.full(100, 0.2), np.full(50, -0.5)]
    )
    time = np.arange(200.0) * 60
    volts = np.concatenate(
        [np.linspace(4.0, 4.2, 50), np.linspace(4.2, 3.2, 100), np.full(50, 3.5)]
    )
    made = curve_over_time(time, volts, current)
    assert made.direction == "discharge"
    assert made.span_Ah == pytest.approx(0.2 * 99 * 60 / 3600)


def test_resampling_keeps_the_mean_of_noise():
    rng = np.random.default_rng(1)
    charge = np.linspace(0, 5, 20001)
    made = slow_curve(charge, 3.0 + charge / 5 + 0.01 * rng.normal(size=charge.size))
    share, volts = made.resampled(100)
    assert np.all(np.diff(share) > 0)
    assert np.std(volts - 3.0 - share) < 0.0015


def test_few_points_are_joined_by_lines():
    charge = np.linspace(0, 5, 21)
    share, volts = slow_curve(charge, 3.0 + charge / 5).resampled(100)
    assert volts == pytest.approx(3.0 + share, abs=1e-9)


@pytest.mark.parametrize(
    ("charge", "volts", "words"),
    [
        (np.arange(5.0), np.arange(5.0), "at least 20"),
        (np.arange(30.0), np.arange(29.0), "give as many of both"),
        (np.where(np.arange(30) == 7, np.nan, np.arange(30.0)), np.arange(30.0), "point 8 is no"),
        (np.abs(np.arange(30.0) - 20), np.arange(30.0), "turns back after point 21"),
        (np.zeros(30), np.arange(30.0), "stays at 0"),
        (np.arange(30.0), np.full(30, 3.7), "is 3.7 V at both ends"),
        (np.ones((5, 6)), np.ones((5, 6)), "at least 20"),
    ],
)
def test_points_that_are_no_curve_are_refused(charge, volts, words):
    with pytest.raises(DataError, match=words):
        slow_curve(charge, volts)


@pytest.mark.parametrize(
    ("time", "volts", "current", "words"),
    [
        (TIME[::-1], FALL, 0.5, "time runs backwards"),
        (TIME, FALL, 0.0, "no current flows"),
        (TIME, FALL, -0.5, "turn the sign of the current"),
        (TIME, FALL, np.where(TIME > 5000, np.nan, 0.5), "current is no finite"),
        (TIME, FALL[:-1], 0.5, "give as many of both"),
        (TIME, np.where(TIME > 5000, np.inf, FALL), 0.5, "turn the sign|no finite number"),
    ],
)
def test_measurements_that_are_no_curve_are_refused(time, volts, current, words):
    with pytest.raises(DataError, match=words):
        curve_over_time(time, volts, current)


def test_a_direction_that_is_none_is_refused():
    with pytest.raises(DataError, match="allowed are charge and discharge"):
        slow_curve(np.arange(30.0), np.arange(30.0), "down")


def test_half_cells_of_a_set_are_its_potentials():
    cells = half_cells_of("LGM50Chen2020")
    at = np.interp(0.5, cells.positive.sto, cells.positive.potential())
    assert at == pytest.approx(3.9, abs=0.15)
    assert not cells.negative.composite


def test_a_discharge_takes_the_branch_on_which_silicon_gives_lithium_off():
    down, up = (half_cells_of("LGM50Chen2020Composite", d) for d in ("discharge", "charge"))
    out, into = (np.interp(0.4, c.negative.sto, c.negative.potentials[1]) for c in (down, up))
    assert out > into + 0.05


def test_two_materials_hold_the_sum_of_what_each_holds():
    half = composite(0.2).negative
    volts = half.potential()
    for level in (0.2, 0.3, 0.5):
        parts = [np.interp(-level, -u, STO) for u in (graphite(), silicon())]
        whole = np.interp(-level, -volts, STO)
        assert whole == pytest.approx(0.8 * parts[0] + 0.2 * parts[1], abs=2e-3)
    assert half.potential(0.0) == pytest.approx(graphite(), abs=1e-6)


def test_a_half_cell_comes_from_a_table(tmp_path):
    file = tmp_path / "half.csv"
    rows = [f"{x},{3 - x}" for x in np.linspace(0.9, 0.1, 9)]
    file.write_text("\n".join(["x,U", *rows]) + "\n", encoding="utf-8")
    half = half_cell_of_table(file, {"stoichiometry": "x", "potential_V": "U"})
    assert half.sto[0] == pytest.approx(0.1)
    assert half.potential() == pytest.approx(3 - half.sto)
    cells = half_cells_of("LGM50Chen2020", negative=half)
    assert cells.negative is half
    with pytest.raises(DataError, match="'sto' is no column"):
        half_cell_of_table(file, {"sto": "x"})
    with pytest.raises(DataError, match="no column 'stoichiometry'"):
        half_cell_of_table(file)


@pytest.mark.parametrize(
    ("sto", "words"),
    [
        ([0.1, 0.2, 0.3], "at least 5 rows"),
        ([0.1, 0.2, 0.2, 0.3, 0.4], "point 3"),
        ([0.1, 0.2, 0.3, 0.4, 1.4], "point 5"),
        ([0.1, 0.2, np.nan, 0.4, 0.5], "point 3"),
    ],
)
def test_points_that_are_no_half_cell_are_refused(sto, words):
    with pytest.raises(DataError, match=words):
        half_cell_of_points(sto, [0.1] * len(sto), "mine")


def test_an_unknown_set_is_refused():
    with pytest.raises(ParameterError, match="Chen2021"):
        half_cells_of("Chen2021")


def test_a_made_curve_rises_with_charge():
    assert np.all(np.diff(curve().voltage_V) > 0)
