"""Fracture: Paris' law again at no threshold, arrest inside the particle, the critical size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pybamm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from twin.models.fracture import (
    arrest,
    critical_size,
    fatigue_rate,
    path_factor,
    ramp,
    size_gate,
    stress_intensity,
    unstable_rate,
)

B, RADIUS = 1.12, 5e-6


@pytest.mark.parametrize("m", [1.5, 2.2, 4.0])
@pytest.mark.parametrize("sigma", [-80e6, 0.0, 1e3, 150e6])
def test_without_a_threshold_it_is_paris_law(m, sigma):
    found = fatigue_rate(stress_intensity(sigma, 20e-9, B), 1e-20, m)
    pybamms = 1e-20 * (sigma * B * np.sqrt(np.pi * 20e-9) * (sigma >= 0)) ** m
    assert found == pytest.approx(pybamms, rel=1e-14)


def test_stress_intensity_is_that_of_griffith():
    assert stress_intensity(100e6, 1e-6, 1.0) == pytest.approx(100e6 * np.sqrt(np.pi * 1e-6))
    assert stress_intensity(-100e6, 1e-6, 1.0) == 0.0


@given(K=st.floats(0, 1e7), K_th=st.floats(0, 1e6), m=st.floats(1, 6))
def test_the_threshold_is_continuous_and_far_below_paris(K, K_th, m):
    rate, paris = fatigue_rate(K, 1e-20, m, K_th), fatigue_rate(K, 1e-20, m)
    assert 0 <= rate <= paris
    assert rate == 0 or K_th < K


def test_far_above_the_threshold_paris_law_is_back():
    assert fatigue_rate(1e6, 1e-20, 3.0, 1e4) == pytest.approx(
        fatigue_rate(1e6, 1e-20, 3.0), rel=2e-6
    )


@pytest.mark.parametrize("K", [0.0, 3.3e4, 1.7e5, 2.1e6])
@pytest.mark.parametrize("m", [1.3, 2.2, 3.7])
def test_the_rate_at_the_threshold_is_a_number(K, m):
    assert fatigue_rate(K, 1e-20, m, K) == 0.0
    symbol = fatigue_rate(pybamm.Scalar(K) * (1 - 1e-16), 1e-20, m, K)
    assert symbol.evaluate() == 0.0


def growth(l0: float, seconds: float, rate) -> float:
    solution = solve_ivp(
        lambda _, l: rate(l), (0, seconds), [l0], rtol=1e-10, atol=1e-16, method="LSODA"
    )
    assert solution.status == 0
    return float(solution.y[0, -1])


@pytest.mark.parametrize("start", [30e-9, 10e-9])
def test_exponent_two_leaves_the_threshold_exponentially(start):
    sigma, k, seconds, l_th = 50e6, 2e-21, 1e5, 20e-9
    K_th = stress_intensity(sigma, l_th, B)
    found = growth(
        start, seconds, lambda l: fatigue_rate(stress_intensity(sigma, l, B), k, 2.0, K_th)
    )
    speed = k * (B * sigma) ** 2 * np.pi
    expected = l_th + (start - l_th) * np.exp(speed * seconds) if start > l_th else start
    assert found == pytest.approx(expected, rel=1e-8)


def test_a_crack_runs_on_its_own_above_the_toughness():
    assert unstable_rate(0.99e6, 1e6, 1e-3) == 0.0
    assert unstable_rate(1.5e6, 1e6, 1e-3) == pytest.approx(5e-4)
    K = np.linspace(0, 3e6, 3001)
    assert np.abs(np.diff(unstable_rate(K, 1e6, 1e-3))).max() < 1.01e-6  # no jump


def test_no_crack_outgrows_its_particle():
    def rate(l):
        K = stress_intensity(300e6, l, B)
        return arrest(l, RADIUS) * (fatigue_rate(K, 3.9e-20, 2.2) + unstable_rate(K, 5e5, 1e-6))

    lengths = [growth(0.5e-6, seconds, rate) for seconds in (1.0, 10.0, 1e2, 1e3, 1e4)]
    assert np.all(np.diff(lengths) >= -1e-15)
    assert lengths[0] > 0.5e-6
    assert lengths[-1] == pytest.approx(RADIUS, rel=1e-6)
    assert max(lengths) <= RADIUS * (1 + 1e-9)


def test_arrest_leaves_short_cracks_alone():
    assert np.all(arrest(np.linspace(0, 0.899, 50) * RADIUS, RADIUS) == 1.0)
    assert arrest(0.95 * RADIUS, RADIUS) == pytest.approx(0.5)
    assert np.all(arrest(np.array([1.0, 1.5]) * RADIUS, RADIUS) == 0.0)


def test_the_last_tenth_is_approached_exponentially():
    found = growth(0.95 * RADIUS, 0.3, lambda l: 1e-6 * arrest(l, RADIUS))
    assert found == pytest.approx(RADIUS * (1 - 0.05 * np.exp(-1e-6 * 0.3 / (0.1 * RADIUS))))


# --------------------------------------------------------------------------------- critical size
@pytest.mark.parametrize(
    ("name", "exponent"),
    [("fracture_energy", 1), ("Z_max", -1), ("E", -1), ("mismatch_strain", -2)],
)
def test_exponents_of_the_critical_size(name, exponent):
    given_ = {"fracture_energy": 1.3, "Z_max": 0.4, "E": 3.7e11, "mismatch_strain": 0.023}
    for factor in (0.3, 2.0, 17.0):
        ratio = critical_size(**{**given_, name: factor * given_[name]}) / critical_size(**given_)
        assert np.log(ratio) / np.log(factor) == pytest.approx(exponent, abs=1e-12)


def test_the_critical_size_balances_release_and_fracture_energy():
    gamma, Z, E, strain = 1.3, 0.4, 3.7e11, 0.023
    size = critical_size(gamma, Z, E, strain)
    assert Z * E * strain**2 * size == pytest.approx(gamma, rel=1e-14)


def test_a_wire_with_half_the_release_rate_may_be_twice_as_thick():
    """Silicon: particles above 150 nm, wires above 300 nm, doi:10.1021/acs.chemrev.9b00405."""
    strain = np.sqrt(10.0 / (0.5 * 80e9 * 150e-9))  # calibrated on particles
    assert critical_size(10.0, 0.5, 80e9, strain) == pytest.approx(150e-9, rel=1e-12)
    assert critical_size(10.0, 0.25, 80e9, strain) == pytest.approx(300e-9, rel=1e-12)


def test_particles_below_the_critical_size_keep_their_cracks():
    sizes = np.array([50e-9, 149.9e-9, 150e-9, 165.1e-9, 1e-6])
    assert np.array_equal(size_gate(sizes, 150e-9), [0, 0, 0, 1, 1])
    speed = fatigue_rate(stress_intensity(500e6, 20e-9, B), 1e-20, 2.2)
    assert speed > 0
    assert size_gate(100e-9, 150e-9) * speed == 0.0


def test_the_share_that_can_break_is_the_tail_of_the_distribution():
    """Log-normal sizes: above the critical size lies what the error function says."""
    from scipy.stats import lognorm

    sizes = lognorm(0.4, scale=150e-9)
    edge = 200e-9
    points = np.linspace(1e-9, 3e-6, 300_001)
    share = np.sum(sizes.pdf(points) * size_gate(points, edge)) * (points[1] - points[0])
    assert sizes.sf(1.1 * edge) < share < sizes.sf(edge)
    assert share == pytest.approx(sizes.sf(1.05 * edge), rel=0.01)


# ------------------------------------------------------------------------------------- diffusion
def test_the_path_lengthens_with_the_cracks():
    assert path_factor(0.0, RADIUS, 2.0) == 1.0
    assert path_factor(1e-6, RADIUS, 0.0) == 1.0
    assert path_factor(1e-6, RADIUS, 2.0) == pytest.approx(1 / 1.4**2)
    factors = [path_factor(l, RADIUS, 1.0) for l in np.linspace(0, RADIUS, 20)]
    assert all(a > b for a, b in pairwise(factors))


def test_the_functions_take_symbols():
    l, sigma = pybamm.Scalar(1e-6), pybamm.Scalar(200e6)
    K = stress_intensity(sigma, l, B)
    pairs = [
        (fatigue_rate(K, 1e-20, 2.2, 1e4), fatigue_rate(K.evaluate(), 1e-20, 2.2, 1e4)),
        (unstable_rate(K, 1e5, 1e-3), unstable_rate(K.evaluate(), 1e5, 1e-3)),
        (arrest(l, 1.05e-6), arrest(1e-6, 1.05e-6)),
        (size_gate(l, 0.95e-6), size_gate(1e-6, 0.95e-6)),
        (path_factor(l, RADIUS, 1.0), path_factor(1e-6, RADIUS, 1.0)),
    ]
    for symbol, number in pairs:
        assert symbol.evaluate() == pytest.approx(number, rel=1e-14)
        assert number > 0


def test_a_ramp_is_straight_between_its_ends():
    x = np.linspace(0, 0.1, 11)
    assert ramp(x, 0.1) == pytest.approx(x / 0.1)
    assert ramp(-1.0, 0.1) == 0.0
    assert ramp(1.0, 0.1) == 1.0
