"""dV/dQ and dQ/dV of curves with a known slope."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.made import measured
from twin.data import differential_curve, read_recording, resample_monotone
from twin.errors import DataError

CHARGE = np.linspace(0, 5, 2000)


def ocv(charge: np.ndarray) -> np.ndarray:
    """A discharge with two plateaus: known slope everywhere."""
    return 4.2 - 0.1 * charge - 0.1 * np.tanh(4 * (charge - 2)) - 0.05 * np.tanh(6 * (charge - 3.5))


def slope(charge: np.ndarray) -> np.ndarray:
    one = 0.4 / np.cosh(4 * (charge - 2)) ** 2
    two = 0.3 / np.cosh(6 * (charge - 3.5)) ** 2
    return -0.1 - one - two


def test_the_slope_of_a_parabola_is_exact() -> None:
    curve = differential_curve(CHARGE, 4 - 0.2 * CHARGE - 0.01 * CHARGE**2)
    assert curve.dv_dq_V_per_Ah == pytest.approx(-0.2 - 0.02 * curve.charge_Ah, abs=1e-9)
    assert curve.voltage_V == pytest.approx(
        4 - 0.2 * curve.charge_Ah - 0.01 * curve.charge_Ah**2, abs=1e-9
    )
    assert np.abs(curve.dv_dq_sd).max() < 1e-9


def test_both_curves_are_inverse_to_each_other() -> None:
    curve = differential_curve(CHARGE, ocv(CHARGE))
    assert curve.dv_dq_V_per_Ah * curve.dq_dv_Ah_per_V == pytest.approx(np.ones(500), rel=1e-12)
    assert set(curve.frame()) >= {"dv_dq_sd", "dq_dv_sd"}


def test_the_bias_of_the_window_falls_with_its_square() -> None:
    errors = []
    for width in (0.2, 0.1):
        curve = differential_curve(CHARGE, ocv(CHARGE), window_Ah=width)
        inner = slice(50, -50)
        errors.append(np.abs(curve.dv_dq_V_per_Ah - slope(curve.charge_Ah))[inner].max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.3)


@pytest.mark.parametrize("alike", [0.0, 0.7, 0.95])
def test_the_standard_deviation_is_that_of_the_slope(alike: float) -> None:
    """Ninety in a hundred 90 % intervals hold the true slope, also where neighbours are alike."""
    generator = np.random.default_rng(11)
    inside = []
    for _ in range(20):
        noise = generator.normal(0, 1e-3, CHARGE.size)
        for at in range(1, noise.size):
            noise[at] = alike * noise[at - 1] + np.sqrt(1 - alike**2) * noise[at]
        curve = differential_curve(CHARGE, ocv(CHARGE) + noise, window_Ah=0.15, points=60)
        away = np.abs(curve.dv_dq_V_per_Ah - slope(curve.charge_Ah)) / curve.dv_dq_sd
        inside.append((away < 1.645)[2:-2].mean())
    assert 0.82 < np.mean(inside) < 0.94


def test_twice_the_noise_is_twice_the_standard_deviation() -> None:
    noise = np.random.default_rng(4).normal(0, 1e-3, CHARGE.size)
    line = 4 - 0.1 * CHARGE
    one, two = (differential_curve(CHARGE, line + size * noise).dv_dq_sd for size in (1, 2))
    assert two == pytest.approx(2 * one, rel=1e-6)


def test_the_inverse_slope_is_as_sure_as_the_slope() -> None:
    noise = np.random.default_rng(4).normal(0, 1e-4, CHARGE.size)
    curve = differential_curve(CHARGE, ocv(CHARGE) + noise)
    relative = curve.dv_dq_sd / np.abs(curve.dv_dq_V_per_Ah)
    assert curve.dq_dv_sd / np.abs(curve.dq_dv_Ah_per_V) == pytest.approx(relative, rel=1e-9)


def test_a_noisy_curve_is_resampled_without_turning_back() -> None:
    generator = np.random.default_rng(2)
    grid = np.linspace(3.6, 4.2, 200)
    for falling in (True, False):
        clean = ocv(CHARGE) if falling else ocv(CHARGE)[::-1]
        found = resample_monotone(CHARGE, clean + generator.normal(0, 1e-3, CHARGE.size), grid)
        there = np.isfinite(found)
        assert there.sum() > 150
        order = -1 if falling else 1
        assert (order * np.diff(found[there]) >= 0).all()
        own = np.interp(
            grid, clean[::-1] if falling else clean, CHARGE[::-1] if falling else CHARGE
        )
        assert np.abs(found - own)[there][5:-5].max() < 0.03


def test_outside_the_curve_there_is_no_charge() -> None:
    found = resample_monotone(CHARGE, ocv(CHARGE), np.array([2.0, 5.0]))
    assert np.isnan(found).all()


@pytest.mark.parametrize(
    ("charge", "voltage", "options", "message"),
    [
        (CHARGE[:9], CHARGE[:9], {}, "20 rows or more"),
        (CHARGE, CHARGE[:-1], {}, "same length"),
        (CHARGE[::-1], CHARGE, {}, "goes back at place 1"),
        (CHARGE, np.full(2000, np.nan), {}, "finite numbers"),
        (CHARGE, CHARGE, {"window_Ah": 0.0}, "window_Ah = 0"),
        (CHARGE, CHARGE, {"window_Ah": 9.0}, "less than 5 A.h"),
        (CHARGE, CHARGE, {"window_Ah": 0.004}, "too few for a slope; give a larger window"),
        (np.repeat([0.0, 1.0], 50), np.linspace(4, 3, 100), {}, "too few for a slope"),
    ],
)
def test_what_has_no_slope_is_refused(
    charge: np.ndarray, voltage: np.ndarray, options: dict[str, float], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        differential_curve(charge, voltage, **options)


def test_a_measured_slow_discharge_has_a_slope_everywhere() -> None:
    columns = {"time_s": "Time [s]", "current_A": "I[A]", "voltage_V": "U[V]"}
    file = measured("about_energy") / "NMC_25degC_Co20.csv"
    found = read_recording(file, columns, positive_on="charge")
    flowing = found["current_A"] > 0.3
    charge = np.cumsum(np.diff(found["time_s"], prepend=0) * found["current_A"]) / 3600
    curve = differential_curve(charge[flowing], found["voltage_V"][flowing])
    assert (curve.dv_dq_V_per_Ah < 0).mean() > 0.98
    middle = slice(25, -25)
    sure = curve.dv_dq_sd[middle] < 0.2 * np.abs(curve.dv_dq_V_per_Ah[middle])
    assert sure.mean() > 0.9
