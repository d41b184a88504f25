"""Machine code gives the numbers of the interpreter, and is made where it pays."""

import shutil
import subprocess

import numpy as np
import pytest

from tests.conftest import CYCLE, small_study
from twin.ageing.engine import Engine
from twin.ageing.kernel import fingerprint as fingerprints
from twin.ageing.kernel import native
from twin.ageing.kernel.attempts import compiled
from twin.ageing.kernel.cache import SUFFIX, VARIABLE
from twin.cell import build_cell
from twin.protocol import Step
from twin.study import Study

needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(fingerprints, "source_hash", lambda: "sources")
    return tmp_path / "cache"


def made(choice, **sections) -> Engine:
    study = Study.model_validate(small_study(**sections))
    engine = Engine(build_cell(study), study.solver, study.protocol)
    engine._workshop._compile = choice
    return engine


def cycled(engine: Engine):
    state = engine.initial_state()
    for text in CYCLE:
        state = engine.step(state, Step.model_validate(text)).state
    return state


@needs_compiler
def test_compiled_steps_are_those_of_the_interpreter_to_the_last_bit(kept, monkeypatch):
    monkeypatch.setattr(native, "PIECE", 100)  # a small model in many pieces
    used = []
    loaded = native.loaded

    def noted(kernel, libraries):
        used.append(sorted(libraries))
        return loaded(kernel, libraries)

    monkeypatch.setattr(native, "loaded", noted)
    interpreted = cycled(made("off"))
    assert not used
    assert np.array_equal(cycled(made("on")).y, interpreted.y)
    monkeypatch.setattr(native, "_made", None)  # kept: nothing is compiled again
    assert np.array_equal(cycled(made("kept")).y, interpreted.y)
    assert used == [sorted(native.PARTS)] * 2


@needs_compiler
def test_the_residual_alone_is_compiled_and_the_numbers_are_the_same(kept, monkeypatch):
    parts = []
    make = native._made

    def noted(texts, path):
        parts.append(tuple(texts))
        return make(texts, path)

    monkeypatch.setattr(native, "_made", noted)
    assert np.array_equal(cycled(made("residual")).y, cycled(made("off")).y)
    assert parts == [native.OFTEN]


@needs_compiler
def test_code_that_gives_other_numbers_is_not_used(kept, monkeypatch):
    source = native.c_source
    monkeypatch.setattr(native, "c_source", lambda f: source(f).replace("exp(", "1.0001*exp("))
    assert np.array_equal(cycled(made("on")).y, cycled(made("off")).y)


@needs_compiler
def test_a_compiler_that_fails_is_asked_once(kept, monkeypatch):
    calls = []
    monkeypatch.setattr(native, "_run", lambda command: calls.append(command) and False)
    first, second = cycled(made("on")), cycled(made("on"))
    assert len(calls) == len(native.PARTS)
    assert np.array_equal(first.y, second.y)


def test_without_a_compiler_all_is_interpreted(kept, monkeypatch):
    monkeypatch.setattr(native, "compiler", lambda: None)
    assert cycled(made("on")).y.size > 0
    assert len(list(kept.glob(f"*{SUFFIX}"))) == 1


def test_what_a_compiler_starts_ends_with_it(tmp_path, monkeypatch):
    mark = tmp_path / "mark"
    monkeypatch.setattr(native, "LONGEST_S", 0.5)
    script = f"(sleep 30; touch {mark}) & echo $! > {tmp_path}/pid; wait"
    assert not native._run(["/bin/sh", "-c", script])
    number = (tmp_path / "pid").read_text().strip()
    done = subprocess.run(["ps", "-o", "stat=", "-p", number], capture_output=True, text=True)
    assert done.stdout.strip() in ("", "Z")


@pytest.mark.parametrize(
    ("cycles", "solver", "choice"),
    [
        (3, {}, "kept"),
        (300, {"jump": "off"}, "residual"),
        (5000, {"jump": "off"}, "on"),
        (5000, {"jump": "auto"}, "kept"),
    ],
)
def test_it_is_compiled_where_it_pays(cycles, solver, choice):
    study = Study.model_validate(small_study(cycles, solver=solver))
    assert compiled(study.solver, study.protocol) == choice
