"""Measurements made from a truth, and how often fits find it again."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimation.made import CYCLES, Engine, linear, made_fit
from twin.errors import ParameterError
from twin.estimation import fit
from twin.estimation.problem import Entry
from twin.estimation.running import Journal, Runner
from twin.estimation.synthetic import invented, recovered

ERROR = {"capacity_percent": {"sd": 0.3, "estimate": False}}
PARAMETERS = {
    "a": linear("a", bounds=[-1.0, 8.0], start=3.0, prior={"median": 3.0, "sd": 1.0}),
    "b": linear("b", spread=0.3),
    "c": linear("nothing"),
}


def test_made_measurements_are_the_truth_with_noise(engine: Engine) -> None:
    study = made_fit({"one": [], "two": []}, parameters=PARAMETERS, noise=ERROR)
    truth = {
        Entry("a"): 2.0,
        Entry("b"): 1.0,
        Entry("c"): 0.0,
        Entry("b", "one"): 0.5,
        Entry("b", "two"): -0.5,
    }
    runner = Runner(Journal(), 1)
    made, kept = invented(study, CYCLES.tolist(), np.random.default_rng(0), runner, truth)
    assert kept == truth
    off = []
    for experiment, b in zip(made.experiments, (1.5, 0.5), strict=True):
        values = experiment.tables[0].values
        assert values["cycle"] == tuple(CYCLES)
        exact = 100 - 2.0 * CYCLES / 100 - b * np.sqrt(CYCLES) / 10
        off.append(np.array(values["capacity_percent"]) - exact)
    assert np.std(off) == pytest.approx(0.3, rel=0.3)
    assert not np.allclose(off[0], off[1])
    again, _ = invented(study, CYCLES.tolist(), np.random.default_rng(0), runner, truth)
    assert again == made


def test_nine_in_ten_truths_are_within_the_90_percent_intervals(engine: Engine) -> None:
    study = made_fit({"cell": []}, parameters={k: PARAMETERS[k] for k in ("a", "c")}, noise=ERROR)
    runner = Runner(Journal(), 1)
    found = []
    for seed in range(40):
        made, truth = invented(study, (100.0, 400.0), np.random.default_rng(seed), runner)
        assert -1.0 <= truth[Entry("a")] <= 8.0
        found.append(recovered(fit(made, jobs=1), truth))
    inside = [sum(one.inside(90) for one in entry) for entry in zip(*found, strict=True)]
    assert all(30 <= count <= 40 for count in inside)  # 36 expected, 1.9 the scatter
    known, unknown = found[0]
    assert known.identified
    assert not unknown.identified


def test_a_truth_that_cannot_be_is_refused(engine: Engine) -> None:
    far = linear("a", bounds=[0.0, 50.0], start=3.0, prior={"median": 0.0, "sd": 1.0})
    study = made_fit({"cell": []}, parameters={"a": far}, noise=ERROR)
    engine.limit = -1.0
    with pytest.raises(ParameterError, match=r"truth cannot be simulated: .*'cell': .*it broke"):
        invented(study, (100.0,), np.random.default_rng(0), Runner(Journal(), 1))
