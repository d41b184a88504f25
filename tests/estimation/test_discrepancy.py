"""Walks, whitening, and what is seen of a simulated life."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimation.made import CYCLES, Engine, faded, linear, made_fit, measured
from twin.errors import ParameterError
from twin.estimation.discrepancy import Noise, conditioned_walk, error_covariance
from twin.estimation.experiments import benches
from twin.estimation.observations import observations
from twin.estimation.observing import ages, at_ages, quantity, swelling_um
from twin.estimation.problem import Problem
from twin.estimation.running import Journal, Request, Runner
from twin.estimation.sections import ParameterSection
from twin.estimation.transforms import Line

NAN = np.full(3, np.nan)


def test_a_walk_beyond_the_data_is_the_conditional_normal_law() -> None:
    noise = Noise(0.3, 0.5)
    x, new = np.array([50.0, 100.0, 150.0]), np.array([75.0, 150.0, 250.0])
    every = np.concatenate([x, new])
    joint = 0.25 * np.minimum.outer(every, every) / 100
    joint[:3, :3] += 0.09 * np.eye(3)
    gain = joint[3:, :3] @ np.linalg.inv(joint[:3, :3])
    left = joint[3:, 3:] - gain @ joint[:3, 3:]
    walk = conditioned_walk(new, x, NAN, noise)
    np.testing.assert_allclose(walk.gain, gain, atol=1e-12)
    np.testing.assert_allclose(walk.root @ walk.root.T, left, atol=1e-12)
    rng = np.random.default_rng(0)
    residual = np.array([0.2, -0.1, 0.5])
    drawn = np.array([walk.draw(residual, rng) for _ in range(4000)])
    np.testing.assert_allclose(drawn.mean(axis=0), gain @ residual, atol=0.05)


def test_a_walk_without_noise_goes_through_the_residual_and_then_spreads() -> None:
    walk = conditioned_walk(
        np.array([100.0, 200.0]), np.array([100.0]), np.full(1, np.nan), Noise(1e-9, 0.5)
    )
    np.testing.assert_allclose(walk.gain[:, 0], [1.0, 1.0], atol=1e-9)
    np.testing.assert_allclose(np.diag(walk.root @ walk.root.T), [0.0, 0.25], atol=1e-9)


def test_without_a_walk_there_is_nothing_to_draw() -> None:
    walk = conditioned_walk(np.array([10.0, 20.0]), np.array([5.0]), np.zeros(1), Noise(0.1, 0.0))
    assert not walk.draw(np.ones(1), np.random.default_rng(0)).any()


def test_whitening_is_the_inverse_root_of_the_covariance(engine: Engine) -> None:
    early, late = CYCLES[:8], CYCLES[8:]
    study = made_fit(
        {
            "one": [measured(faded(early, 3, 2), early), measured(faded(late, 3, 2), late)],
            "two": [measured(faded(CYCLES, 3, 2))],
        }
    )
    problem = Problem(study, benches(study), observations(study), ["a"], {}, Runner(Journal(), 1))
    noise = Noise(0.3, 0.7)
    # both tables of a specimen share one walk
    block = error_covariance(CYCLES, np.full(20, np.nan), noise)
    covariance = np.kron(np.eye(2), block)
    whiten = problem.whitener({"capacity_percent": noise})
    white = whiten(np.eye(40))
    np.testing.assert_allclose(white.T @ white, np.linalg.inv(covariance), atol=1e-9)
    assert whiten.log_det == pytest.approx(np.linalg.slogdet(covariance)[1])


def test_values_at_check_ups_are_kept_and_the_last_slope_goes_on() -> None:
    x, y = np.array([0.0, 10.0, 20.0]), np.array([0.0, 1.0, 3.0])
    np.testing.assert_allclose(at_ages(x, y, x), y)
    np.testing.assert_allclose(at_ages(x, y, np.array([25.0])), 4.0)
    np.testing.assert_allclose(at_ages(x, np.array([1.0, np.nan, 3.0]), np.array([15.0])), 2.5)
    assert np.isnan(at_ages(x, NAN, x)).all()


def test_losses_and_ages_count_from_the_first_check_up(engine: Engine) -> None:
    study = {"cell": {"values": {"a": 2.0}}, "protocol": {"stop": {"cycles": 100}}}
    table = engine(Request(study)).table
    assert quantity(table, "lli_percent", {})[0] == 0.0
    np.testing.assert_allclose(quantity(table, "lli_percent", {})[-1], 2.0)
    assert ages(table, "time_d")[[0, -1]] == pytest.approx([0.0, 12.5])
    assert ages(table, "efc")[[0, -1]] == pytest.approx([0.0, 90.0])


def test_swelling_is_the_volume_of_products_over_the_footprint() -> None:
    zeros = np.zeros(2)
    table = {
        "cycle": np.array([0.0, 100.0]),
        "lithium_sei_Ah": np.array([0.5, 1.5]),
        "lithium_sei_on_cracks_Ah": np.array([0.0, np.nan]),
        "lithium_plated_Ah": np.array([0.0, 0.5]),
        "lithium_dead_Ah": zeros,
    }
    known = {
        "sei_volume": 1e-4,
        "sei_lithium": 2.0,
        "lithium_volume": 1.3e-5,
        "width": 0.1,
        "height": 0.2,
        "swelling": 1.5,
    }
    mol = 3600 / 96485.33212
    volume = mol * 1.0 * 1e-4 / 2 + mol * 0.5 * 1.3e-5
    assert swelling_um(table, known)[1] == pytest.approx(1.5e6 * volume / 0.02, rel=1e-6)


def test_swelling_without_an_area_is_refused_before_anything_runs(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = made_fit(
        {"cell": [measured(CYCLES, quantity="swelling_um")]},
        parameters={"s": linear("observation.swelling")},
        noise={"swelling_um": {"sd": 1.0}},
    )
    monkeypatch.setattr(
        "twin.estimation.experiments.PRODUCT_VOLUMES", {"width": "Electrode breadth [m]"}
    )
    with pytest.raises(ParameterError, match=r"swelling_um needs 'Electrode breadth \[m\]'"):
        benches(study)


@pytest.mark.parametrize("transform", ["log", "linear", "logit"])
def test_values_and_places_are_each_others_inverse(transform: str) -> None:
    section = ParameterSection.model_validate(
        {"targets": ["a"], "bounds": [0.1, 10.0], "transform": transform, "start": 2.0}
    )
    line = Line("a", section)
    for value in (0.2, 1.0, 9.0):
        assert line.value(line.z(value)) == pytest.approx(value, rel=1e-12)
    assert line.low < line.centre < line.high
    assert 0.1 <= line.value(-1e6) <= line.value(1e6) <= 10.0
