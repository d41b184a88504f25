"""What is kept on disk: the same numbers as without it, for the same cell alone."""

import functools
import os

import numpy as np
import pytest

from tests.conftest import CYCLE, small_study
from twin.ageing.citations import citation_texts, collected_citations
from twin.ageing.condition import OBSERVED
from twin.ageing.engine import Engine
from twin.ageing.kernel import fingerprint as fingerprints
from twin.ageing.kernel import workshop
from twin.ageing.kernel.cache import SUFFIX, VARIABLE, Cache, Entry, cache_folder
from twin.ageing.kernel.fingerprint import fingerprint
from twin.cell import build_cell
from twin.protocol import Step
from twin.study import Study

OCP = "Negative electrode OCP [V]"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Return an empty cache's folder; sources are taken for settled while others may edit them."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(fingerprints, "source_hash", lambda: "sources")
    return tmp_path / "cache"


def made(**sections) -> Engine:
    study = Study.model_validate(small_study(**sections))
    return Engine(build_cell(study), study.solver, study.protocol)


def cycled(engine: Engine):
    state = engine.initial_state()
    for text in CYCLE:
        state = engine.step(state, Step.model_validate(text)).state
    return state, engine.observe(state, OBSERVED)


def files(folder):
    return sorted(folder.glob(f"*{SUFFIX}"))


def no_model(*args):
    raise AssertionError("a model is made")


def test_the_second_time_no_model_is_made_and_every_bit_is_the_same(kept, monkeypatch):
    first, seen = cycled(made())
    assert len(files(kept)) == 2  # functions and observer
    monkeypatch.setattr(workshop, "ordinary_model", no_model)
    again, seen_again = cycled(made())
    assert np.array_equal(first.y, again.y)
    assert all(np.array_equal(seen[name], seen_again[name]) for name in seen)


def test_what_is_to_be_cited_is_the_same_with_and_without(kept):
    texts = []
    for _ in range(2):
        with collected_citations() as register:
            made().initial_state()
            texts.append(citation_texts(register))
    assert texts[0] == texts[1]
    assert any("CasADi" in text for text in texts[0])


@pytest.mark.parametrize("harm", ["cut", "bit", "empty"])
def test_a_damaged_file_is_made_again(kept, harm):
    first, _ = cycled(made())
    for path in files(kept):
        data = bytearray(path.read_bytes())
        if harm == "bit":
            data[len(data) // 2] ^= 1
        path.write_bytes({"cut": data[: len(data) // 2], "bit": data, "empty": b""}[harm])
    again, _ = cycled(made())
    assert np.array_equal(first.y, again.y)
    assert all(Cache(kept).read(path.stem) is not None for path in files(kept))


@pytest.mark.parametrize("value", ["off", ""])
def test_nothing_is_kept_where_it_is_turned_off(value, monkeypatch):
    monkeypatch.setenv(VARIABLE, value)
    assert cache_folder() is None
    assert made().initial_state().y.size > 0


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path, monkeypatch, kept):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "cache"))
    assert made().initial_state().y.size > 0


def test_what_was_not_used_for_longest_goes_first(tmp_path):
    cache = Cache(tmp_path, largest_bytes=10_000)
    rng = np.random.default_rng(0)
    for number, name in enumerate("abc"):
        cache.write(name, Entry({}, {}, {"x": rng.random(500)}))
        os.utime(tmp_path / f"{name}{SUFFIX}", (number, number))
        if name == "b":
            assert cache.read("a") is not None  # used now
    assert [path.stem for path in files(tmp_path)] == ["a", "c"]


def test_what_is_written_reads_back(tmp_path):
    entry = Entry({"a": [1, "b", 0.1]}, {"f": "text ä"}, {"x": np.arange(3.0)})
    Cache(tmp_path).write("key", entry)
    found = Cache(tmp_path).read("key")
    assert dict(found.facts) == dict(entry.facts)
    assert dict(found.texts) == dict(entry.texts)
    assert np.array_equal(found.arrays["x"], entry.arrays["x"])
    assert Cache(tmp_path).read("other") is None
    assert [path.name for path in tmp_path.iterdir()] == [f"key{SUFFIX}"]


def cell_of(values=None, **sections):
    cell = build_cell(Study.model_validate(small_study(**sections)))
    cell.parameters.values.update(values or {}, check_already_exists=False)
    return cell


def test_cells_that_differ_have_other_fingerprints(kept, monkeypatch):
    import pybamm

    chen = pybamm.ParameterValues("Chen2020")[OCP]
    radius = "Negative particle radius [m]"
    cells = [
        cell_of(),
        cell_of({radius: 5.860000000000001e-06}),
        cell_of({OCP: chen}),
        cell_of({OCP: functools.partial(chen)}),
        cell_of(model={"mesh": {"r_negative": 9}}),
        cell_of(model={"type": "SPMe"}),
        cell_of(model={"thermal": "lumped"}),
        cell_of(model={"positive": {}}),
        cell_of(cell={"parameters": "OKane2022", "initial": {"soc_percent": 99}}),
    ]
    found = [fingerprint(cell, ("a",)) for cell in cells] + [fingerprint(cells[0], ("b",))]
    monkeypatch.setattr(fingerprints, "source_hash", lambda: "other sources")
    found.append(fingerprint(cells[0], ("a",)))
    assert None not in found
    assert len(set(found)) == len(found)


def test_the_same_cell_has_the_same_fingerprint(kept):
    assert fingerprint(cell_of(), ("a",)) == fingerprint(cell_of(), ("a",))


def test_a_function_of_the_user_has_none(kept):
    assert fingerprint(cell_of({OCP: lambda x: 1 - x}), ()) is None


def test_sources_that_have_just_changed_have_no_hash(monkeypatch):
    monkeypatch.setattr(fingerprints, "_BEGAN", 0.0)
    fingerprints.source_hash.cache_clear()
    assert fingerprints.source_hash() is None
    fingerprints.source_hash.cache_clear()
