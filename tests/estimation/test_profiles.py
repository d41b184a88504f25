"""Profiles of linear problems are parabolas, and flat where nothing is learnt."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimation.made import CYCLES, Engine, faded, linear, made_fit, measured
from twin.errors import ParameterError
from twin.estimation import fit
from twin.estimation.profiles import Profile, profile

Y = faded(CYCLES, 3.0, 2.0) + 0.3 * np.random.default_rng(2).standard_normal(CYCLES.size)
WIDE = {"median": 1.0, "sd": 1e3}


def profile_of(name: str, belief: bool = False, **parameters: dict) -> Profile:
    fitted = fit(made_fit({"cell": [measured(Y)]}, parameters=parameters), jobs=1)
    stage = fitted.stages[0]
    return profile(stage.problem, stage.found, name, belief=belief)


def test_the_interval_of_a_linear_problem_is_the_closed_form(engine: Engine) -> None:
    free = {"bounds": [-1e4, 1e4], "prior": WIDE}
    found = profile_of("a", a=linear("a", **free), b=linear("b", **free))
    design = np.stack([-CYCLES / 100, -np.sqrt(CYCLES) / 10], axis=1)
    best, *_ = np.linalg.lstsq(design, Y - 100, rcond=None)
    sd = 0.3 * np.sqrt(np.linalg.inv(design.T @ design)[0, 0])
    assert found.low == pytest.approx(best[0] - 1.6449 * sd, abs=0.01 * sd)
    assert found.high == pytest.approx(best[0] + 1.6449 * sd, abs=0.01 * sd)
    expected = 0.5 * ((found.places - best[0]) / sd) ** 2
    np.testing.assert_allclose(found.rises, expected, atol=1e-3)
    assert found.words == ""


def test_the_belief_counts_only_when_asked(engine: Engine) -> None:
    narrow = {"median": 3.0, "sd": 0.01}
    parameters = {"a": linear("a", prior=narrow, start=3.0)}
    alone, with_belief = (profile_of("a", belief, **parameters) for belief in (False, True))
    assert with_belief.high is not None
    assert with_belief.high - with_belief.low < 0.04
    assert alone.high is None or alone.high - alone.low > 0.1


def test_a_parameter_that_does_nothing_is_flat_and_said(engine: Engine) -> None:
    found = profile_of("c", a=linear("a"), b=linear("b"), c=linear("nothing"))
    assert (found.low, found.high) == (None, None)
    np.testing.assert_allclose(found.rises, 0.0, atol=1e-4)
    assert "do not identify" in found.words


def test_a_parameter_that_another_makes_up_for_is_flat(engine: Engine) -> None:
    factor = {"targets": ["a"], "kind": "factor", "bounds": [1e-3, 1e3]}
    believed = {"prior": {"median": 1.0, "sd": 30.0}}
    found = profile_of(
        "times",
        base=linear("a", transform="log", bounds=[1e-4, 1e4], **believed),
        times={**factor, **believed},
        b=linear("b"),
    )
    assert (found.low, found.high) == (None, None)
    assert found.rises.max() < 0.1


def test_a_limit_on_one_side_is_said(engine: Engine) -> None:
    edge = {"bounds": [2.99, 50.0], "start": 3.0, "prior": {"median": 3.0, "sd": 2.0}}
    found = profile_of("a", a=linear("a", **edge), b=linear("b"))
    assert found.low is None
    assert found.high is not None
    assert found.words == "the data give no lower limit"


def test_a_name_that_is_not_fitted_is_refused(engine: Engine) -> None:
    with pytest.raises(ParameterError, match="'aa' is not fitted in this stage; there are a, b"):
        profile_of("aa", a=linear("a"), b=linear("b"))
