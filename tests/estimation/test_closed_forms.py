"""Linear problems, whose posteriors are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimation.made import CYCLES, Engine, faded, linear, made_fit, measured
from twin.errors import StudyError
from twin.estimation import FitStudy, estimates, fit, tied
from twin.estimation.experiments import benches
from twin.estimation.observations import observations
from twin.estimation.problem import Entry, Problem
from twin.estimation.running import Journal, Runner
from twin.estimation.search import _evidence, best, estimated, local
from twin.estimation.sizes import sizes_at_start

DESIGN = np.stack([-CYCLES / 100, -np.sqrt(CYCLES) / 10], axis=1)


def noisy(a: float, b: float, sd: float = 0.3, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return faded(CYCLES, a, b) + sd * rng.standard_normal(CYCLES.size)


def closed_form(
    design: np.ndarray, y: np.ndarray, error: np.ndarray, mean: np.ndarray, sd: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    weight = np.linalg.inv(error)
    covariance = np.linalg.inv(design.T @ weight @ design + np.diag(sd**-2.0))
    return covariance @ (design.T @ weight @ (y - 100) + mean / sd**2), covariance


@pytest.mark.parametrize("walk", [0.0, 0.8])
def test_posterior_of_a_linear_problem_is_the_closed_form(engine: Engine, walk: float) -> None:
    y = noisy(3.0, 2.0)
    study = made_fit(
        {"cell": [measured(y)]},
        noise={"capacity_percent": {"sd": 0.3, "walk": walk, "estimate": False}},
    )
    law = fit(study, jobs=1).law
    error = 0.09 * np.eye(y.size) + walk**2 * np.minimum.outer(CYCLES, CYCLES) / 100
    mean, covariance = closed_form(DESIGN, y, error, np.ones(2), np.full(2, 2.0))
    np.testing.assert_allclose(law.mean, mean, atol=1e-5)
    np.testing.assert_allclose(law.covariance, covariance, rtol=1e-5)


def test_a_standard_deviation_of_each_value_takes_the_place_of_the_noise(engine: Engine) -> None:
    y = noisy(3.0, 2.0)
    own = np.linspace(0.1, 2.0, y.size)
    table = measured(y) | {"sd": {"capacity_percent": own.tolist()}}
    law = fit(made_fit({"cell": [table]}), jobs=1).law
    mean, covariance = closed_form(DESIGN, y, np.diag(own**2), np.ones(2), np.full(2, 2.0))
    np.testing.assert_allclose(law.mean, mean, atol=1e-5)
    np.testing.assert_allclose(law.covariance, covariance, rtol=1e-5)


def test_deviations_of_specimens_are_shrunk_as_the_hierarchy_says(engine: Engine) -> None:
    spread, sd = 0.5, 0.3
    slopes = {"one": 2.0, "two": 3.0, "three": 4.4}
    rng = np.random.default_rng(3)
    seen = {k: faded(CYCLES, a, 0.0) + sd * rng.standard_normal(20) for k, a in slopes.items()}
    study = made_fit(
        {name: [measured(y)] for name, y in seen.items()},
        parameters={"a": linear("a", spread=spread)},
    )
    law = fit(study, jobs=1).law
    t = -CYCLES / 100
    found = {name: t @ (y - 100) / (t @ t) for name, y in seen.items()}  # least squares
    wide = spread**2 + sd**2 / (t @ t)
    precision = 1 / 4.0 + 3 / wide
    shared = (1 / 4.0 + sum(found.values()) / wide) / precision
    assert law.mean[law.entries.index(Entry("a"))] == pytest.approx(shared, abs=1e-5)
    assert law.covariance[0, 0] == pytest.approx(1 / precision, rel=1e-5)
    for name, slope in found.items():
        place = law.entries.index(Entry("a", name))
        assert law.mean[place] == pytest.approx((slope - shared) * spread**2 / wide, abs=1e-5)


def test_one_specimen_in_two_experiments_has_one_deviation(engine: Engine) -> None:
    study = made_fit(
        {"first": [measured(noisy(2, 0))], "again": [measured(noisy(2, 0, seed=2))]},
        parameters={"a": linear("a", spread=0.3)},
    )
    both = tuple(e.model_copy(update={"specimen": "cell"}) for e in study.experiments)
    law = fit(study.model_copy(update={"experiments": both}), jobs=1).law
    assert law.entries == (Entry("a"), Entry("a", "cell"))


def test_evidence_is_the_density_of_the_data(engine: Engine) -> None:
    from scipy.stats import multivariate_normal

    y = noisy(3.0, 2.0)
    study = made_fit({"cell": [measured(y)]})
    problem = problem_of(study)
    found = best(problem)
    linearised = y - found.prediction.values + found.jacobian @ (found.z - 1.0)
    covariance = 4 * DESIGN @ DESIGN.T + 0.09 * np.eye(y.size)
    expected = multivariate_normal(100 + DESIGN @ np.ones(2), covariance).logpdf(y)
    value = _evidence(problem, found.jacobian, linearised, found.sizes)
    constant = 0.5 * y.size * np.log(2 * np.pi)
    assert -value - constant == pytest.approx(expected, rel=1e-6)


def problem_of(study: FitStudy) -> Problem:
    return Problem(
        study, benches(study), observations(study), list(study.parameters), {}, Runner(Journal(), 1)
    )


def test_sizes_of_errors_and_spread_are_found_on_average(engine: Engine) -> None:
    names = [f"cell {i}" for i in range(8)]
    study = made_fit(
        {name: [measured(faded(CYCLES, 3.0, 0.0))] for name in names},
        parameters={"a": linear("a", spread=0.5, estimate_spread=True)},
        noise={"capacity_percent": {"sd": 0.4, "walk": 0.1}},
        search={"iterations": 2},
    )
    problem = problem_of(study)
    rng = np.random.default_rng(5)
    logs = []
    for _ in range(5):
        steps = rng.standard_normal((8, 20)) * np.sqrt(20 / 100) * 0.2
        slopes = 3.0 + 0.25 * rng.standard_normal(8)
        lives = [faded(CYCLES, a, 0.0) for a in slopes] + np.cumsum(steps, axis=1)
        problem.y = (lives + 0.2 * rng.standard_normal(lives.shape)).ravel()
        start = problem.start
        sizes = local(problem, start, problem.predict([start])[0], sizes_at_start(problem)).sizes
        noise = sizes.noises["capacity_percent"]
        logs.append(np.log([noise.sd / 0.2, noise.walk / 0.2, sizes.spreads["a"] / 0.25]))
    np.testing.assert_allclose(np.mean(logs, axis=0), 0.0, atol=0.3)


def test_bounds_are_respected_and_said(engine: Engine) -> None:
    study = made_fit(
        {"cell": [measured(noisy(6.0, 0.0))]},
        parameters={"a": linear("a", bounds=[0.0, 4.0], start=3.99, prior=None)},
    )
    fitted = fit(study, jobs=1)
    estimate = estimates(study, fitted.law)[0]
    assert estimate.value == pytest.approx(4.0)
    assert estimate.high <= 4.0
    assert "at a bound" in estimate.words
    assert fitted.stages[0].found.jacobian[:, 0] == pytest.approx(-CYCLES / 100, rel=1e-6)


def test_a_step_larger_than_the_bounds_is_cut(engine: Engine) -> None:
    study = made_fit(
        {"cell": [measured(noisy(2.0, 0.0))]},
        parameters={
            "a": linear("a", bounds=[1.9, 2.1], start=2.0, prior={"median": 2.0, "sd": 50.0})
        },
    )
    problem = problem_of(study)
    z = np.array([2.0])
    jacobian = problem.jacobian(z, problem.predict([z])[0], np.array([5.0]))
    assert jacobian[:, 0] == pytest.approx(-CYCLES / 100, rel=1e-6)


def test_a_specimen_beyond_a_bound_still_has_a_derivative(engine: Engine) -> None:
    study = made_fit(
        {"one": [measured(noisy(3, 0))], "two": [measured(noisy(4, 0))]},
        parameters={"a": linear("a", bounds=[0.0, 4.0], start=4.0, spread=0.5)},
    )
    problem = problem_of(study)
    z = np.array([4.0, 0.5, 0.0])
    jacobian = problem.jacobian(z, problem.predict([z])[0], np.full(3, 0.1))
    expected = -CYCLES / 100
    np.testing.assert_allclose(jacobian[:20, 0], expected, rtol=1e-6)
    np.testing.assert_allclose(jacobian[:20, 1], expected, rtol=1e-6)
    np.testing.assert_allclose(jacobian[20:, 2], expected, rtol=1e-6)
    assert not jacobian[20:, 1].any()


def test_what_the_data_do_not_identify_keeps_its_belief_and_is_said(engine: Engine) -> None:
    study = made_fit(
        {"cell": [measured(noisy(3.0, 0.0))]},
        parameters={"a": linear("a"), "c": linear("nothing", prior={"median": 5.0, "sd": 0.7})},
    )
    law = fit(study, jobs=1).law
    found = {e.name: e for e in estimates(study, law)}
    assert found["c"].value == pytest.approx(5.0, abs=1e-4)
    assert found["c"].high == pytest.approx(5 + 1.645 * 0.7, abs=1e-3)
    assert "do not identify" in found["c"].words
    assert found["a"].words == ""


def test_two_that_act_alike_are_named_as_tied(engine: Engine) -> None:
    factors = {"targets": ["a"], "kind": "factor", "bounds": [0.01, 100.0]}
    prior = {"median": 1.0, "sd": 1.0}
    study = made_fit(
        {"cell": [measured(noisy(3.0, 0.0))]},
        parameters={
            "base": linear("a", bounds=[0.5, 50.0], transform="log", prior=prior),
            "times": factors | {"prior": prior},
        },
    )
    law = fit(study, jobs=1).law
    ((one, other, correlation),) = tied(law)
    assert {one, other} == {"base", "times"}
    assert correlation < -0.99
    assert np.exp(law.mean.sum()) == pytest.approx(3.0, rel=0.05)


def test_later_stages_hold_what_earlier_ones_found(engine: Engine) -> None:
    early = CYCLES[:6]
    first = measured(faded(early, 2.0, 0.0), early) | {"stage": "early"}
    second = measured(faded(CYCLES, 2.0, 5.0))
    study = made_fit(
        {"cell": [second], "young": [first]},
        parameters={
            "a": linear("a", stage="early"),
            "b": linear("b", experiments=["cell"]),
        },
        stages=["early", "ageing"],
    )
    fitted = fit(study, jobs=1)
    assert [stage.name for stage in fitted.stages] == ["early", "ageing"]
    assert fitted.law.entries == (Entry("a"), Entry("b"))
    assert fitted.law.covariance[0, 1] == 0.0
    held = fitted.law.mean[0]
    t, s = CYCLES / 100, np.sqrt(CYCLES) / 10
    rest = 2.0 * t + 5.0 * s - held * t
    expected = (s @ rest / 0.09 + 1 / 4) / (s @ s / 0.09 + 1 / 4)
    assert fitted.law.mean[1] == pytest.approx(expected, abs=1e-5)


def test_a_search_from_several_starts_keeps_the_best(engine: Engine) -> None:
    study = made_fit(
        {"cell": [measured(noisy(3.0, 2.0))]}, search={"design": 8, "starts": 3, "tolerance": 1e-6}
    )
    law = fit(study, jobs=1).law
    mean, _ = closed_form(DESIGN, noisy(3.0, 2.0), 0.09 * np.eye(20), np.ones(2), np.full(2, 2.0))
    np.testing.assert_allclose(law.mean, mean, atol=1e-4)


def test_a_search_converges_where_the_data_are_strong_and_the_model_is_curved(
    engine: Engine,
) -> None:
    y = np.exp(1.5) * CYCLES / 100
    study = made_fit(
        {"cell": [measured(y, quantity="lam_negative_percent")]},
        parameters={"a": linear("a", start=-1.0, bounds=[-8.0, 8.0], prior={"median": 0, "sd": 3})},
        noise={"lam_negative_percent": {"sd": 1e-3, "estimate": False}},
        search={"iterations": 40, "tolerance": 1e-3},
    )
    fitted = fit(study, jobs=1)
    assert fitted.stages[0].found.converged
    assert fitted.law.mean[0] == pytest.approx(1.5, abs=1e-3)


def test_the_posterior_of_a_curved_model_has_its_slope_at_the_best(engine: Engine) -> None:
    study = made_fit(
        {"cell": [measured(np.exp(0.5) * CYCLES / 100, quantity="lam_negative_percent")]},
        parameters={"a": linear("a", start=0.0, bounds=[-8, 8], prior={"median": 0, "sd": 3})},
        noise={"lam_negative_percent": {"sd": 0.5, "estimate": False}},
    )
    law = fit(study, jobs=1).law
    slope = np.exp(law.mean[0]) * CYCLES / 100
    expected = 1 / np.sqrt(slope @ slope / 0.25 + 1 / 9)
    assert law.sd()[0] == pytest.approx(expected, rel=0.02)


def test_sizes_do_not_depend_on_where_a_linear_problem_is_looked_at(engine: Engine) -> None:
    study = made_fit(
        {"cell": [measured(noisy(3.0, 2.0))]},
        parameters={"a": linear("a", prior={"median": 2.8, "sd": 0.1}), "b": linear("b")},
        noise={"capacity_percent": {"sd": 0.4, "walk": 0.2}},
    )
    problem = problem_of(study)
    found = []
    for z in (np.array([1.0, 1.0]), np.array([3.0, 2.5])):
        at = problem.predict([z])[0]
        jacobian = problem.jacobian(z, at, np.full(2, 0.1))
        sizes = estimated(problem, z, at, jacobian, sizes_at_start(problem))
        noise = sizes.noises["capacity_percent"]
        found.append([noise.sd, noise.walk])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-3)


def test_measurements_from_before_the_first_checkup_are_refused(engine: Engine) -> None:
    study = made_fit({"cell": [measured(noisy(3.0, 2.0))]})
    engine.first = 20.0
    assert fit(study, jobs=1)
    engine.first = 40.0
    with pytest.raises(StudyError, match="measured from cycle 20 on, but the first check-up"):
        fit(study, jobs=1)
