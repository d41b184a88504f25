"""Chains and weights against posteriors that are known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimation.made import CYCLES, Engine, faded, linear, made_fit, measured
from twin.estimation import fit
from twin.estimation.fitting import StageFit
from twin.estimation.sampling import SamplingFailed, sample, weighed

pytest.importorskip("emcee")
LOSS = "lam_negative_percent"


def stage_of(y: np.ndarray, quantity: str = "capacity_percent", **given: object) -> StageFit:
    return fit(made_fit({"cell": [measured(y, quantity=quantity)]}, **given), jobs=1).stages[0]


def curved(true: float, sd: float) -> StageFit:
    """A loss that grows as exp(a): the belief about a is wide, its posterior skewed."""
    y = np.exp(true) * CYCLES / 100 + sd * np.random.default_rng(4).standard_normal(20)
    return stage_of(
        y,
        LOSS,
        parameters={"a": linear("a", start=0, bounds=[-6, 3], prior={"median": 0, "sd": 3})},
        noise={LOSS: {"sd": sd, "estimate": False}},
    )


def straight() -> StageFit:
    rng = np.random.default_rng(1)
    return stage_of(faded(CYCLES, 3, 2) + 0.3 * rng.standard_normal(20))


def test_draws_of_a_linear_problem_have_the_mean_and_covariance_of_the_fit(
    engine: Engine,
) -> None:
    stage = straight()
    found = sample(stage.problem, stage.found, steps=3000, draws=20000)
    assert found.emulator_error < 1e-6
    sd = np.sqrt(np.diag(stage.found.covariance))
    np.testing.assert_allclose((found.draws.mean(axis=0) - stage.found.z) / sd, 0, atol=0.1)
    np.testing.assert_allclose(
        np.cov(found.draws.T) / np.outer(sd, sd),
        stage.found.covariance / np.outer(sd, sd),
        atol=0.15,
    )
    assert np.abs(list(found.shifts.values())).max() < 0.2
    assert found.words == ""


def quantiles_on_a_grid(stage: StageFit) -> np.ndarray:
    """Return the 5, 50 and 95 % quantiles of one parameter by integration."""
    from twin.estimation.problem import Prediction
    from twin.estimation.search import cost

    sd = np.sqrt(stage.found.covariance[0, 0])
    grid = stage.found.z[0] + sd * np.linspace(-6, 6, 2001)
    costs = [
        cost(
            stage.problem,
            np.array([z]),
            Prediction(np.exp(z) * CYCLES / 100),
            stage.found.sizes,
        )
        for z in grid
    ]
    density = np.exp(-(np.array(costs) - min(costs)))
    share = np.cumsum(density) / density.sum()
    return np.interp([0.05, 0.5, 0.95], share, grid)


def test_draws_of_a_skewed_posterior_have_its_quantiles(engine: Engine) -> None:
    stage = curved(-1.5, 0.25)
    sd = np.sqrt(stage.found.covariance[0, 0])
    found = sample(stage.problem, stage.found, emulate=16, steps=3000, draws=20000)
    away = np.quantile(found.draws[:, 0], [0.05, 0.5, 0.95]) - quantiles_on_a_grid(stage)
    np.testing.assert_allclose(away / sd, 0.0, atol=0.15)
    assert found.shifts["a"][0] < -0.1  # a logarithm's lower tail is the longer one
    assert found.emulator_error < 0.1


def test_tails_beyond_the_design_are_said(engine: Engine) -> None:
    stage = curved(-1.5, 0.7)
    assert "beyond" in sample(stage.problem, stage.found, emulate=16, steps=1500).words


def test_the_model_itself_can_be_asked(engine: Engine) -> None:
    stage = straight()
    found = sample(stage.problem, stage.found, emulate=None, steps=60)
    sd = np.sqrt(np.diag(stage.found.covariance))
    assert found.emulator_error == 0.0
    np.testing.assert_allclose((found.draws.mean(axis=0) - stage.found.z) / sd, 0, atol=0.6)
    assert "give more steps" in found.words


def test_unknown_sizes_widen_the_intervals(engine: Engine) -> None:
    x = CYCLES[::4]
    y = faded(x, 3, 0) + 0.3 * np.random.default_rng(1).standard_normal(x.size)
    study = made_fit(
        {"cell": [measured(y, x)]},
        parameters={"a": linear("a")},
        noise={"capacity_percent": {"sd": 0.3}},
    )
    stage = fit(study, jobs=1).stages[0]
    found = sample(stage.problem, stage.found, steps=900, draws=4000)
    low, _, high = found.shifts["a"]
    assert 0.1 < high - low < 1.0


def test_a_law_is_corrected_by_draws(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    study = made_fit({"cell": [measured(faded(CYCLES, 3, 2) + 0.3 * rng.standard_normal(20))]})
    fitted = fit(study, jobs=1)
    stage = fitted.stages[0]
    found = sample(stage.problem, stage.found, steps=400, draws=500)
    law = found.corrected(fitted.law)
    np.testing.assert_allclose(law.mean, found.draws.mean(axis=0))
    np.testing.assert_allclose(law.covariance, np.cov(found.draws.T))


def test_an_emulator_that_is_far_off_is_refused(engine: Engine) -> None:
    stage = curved(-3.0, 0.5)  # hardly seen: the posterior spans orders of magnitude
    with pytest.raises(SamplingFailed, match=r"off by .* at left-out points"):
        sample(stage.problem, stage.found, emulate=12)
    with pytest.raises(SamplingFailed, match="3 points are too few for 1 parameters"):
        sample(stage.problem, stage.found, emulate=3)


def test_weights_are_even_where_the_posterior_is_normal(engine: Engine) -> None:
    stage = straight()
    found = weighed(stage.problem, stage.found)
    assert found.effective == pytest.approx(1.0, abs=1e-3)
    assert found.words == ""


def test_weights_fall_where_the_posterior_is_skewed_or_cut_by_a_bound(engine: Engine) -> None:
    stage = curved(-3.0, 0.5)
    found = weighed(stage.problem, stage.found, draws=64)
    assert found.weights.sum() == pytest.approx(1.0)
    assert 0.3 < found.effective < 0.8
    edge = linear("a", bounds=[3.0, 50.0], start=4.0, prior={"median": 10, "sd": 5.0})
    cut = stage_of(faded(CYCLES, 2.9, 0), parameters={"a": edge})
    found = weighed(cut.problem, cut.found, draws=64)
    assert found.effective < 0.5
    assert "not normal" in found.words
