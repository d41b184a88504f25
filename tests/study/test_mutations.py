"""Whatever is done to a good study, it gives a study or a `StudyError`, nothing else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.study.conftest import GOOD
from twin.errors import StudyError
from twin.study import Study, load_study

Where = tuple[str | int, ...]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from([10**30, -1, 0, 1e-300, "", " ", "off", "1e-4", "25 degC", "${X}", "all"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=10),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.sampled_from(["step", "mode", "every", "file", "x"]), st.integers()),
    st.sampled_from([{"a": {"b": [1]}}, [[]], {}, [], [{}], [None]]),
)
RICH = GOOD.replace(
    "- Hold at 4.2 V until C/100\n    - repeat",
    "- {mode: current, value: 5 A, direction: charge, until: [4.2 V], for: 30 min}\n"
    "        - {mode: profile, profile: {file: one.csv, time_s: t, current_A: V}, period_s: 5}\n"
    "    - {repeat: 2, blocks: [{repeat: 2, cycle: [Rest for 1 hour]}]}\n"
    "    - repeat",
)
RICH = RICH.replace("OKane2022", "Bonkile2024").replace(
    "  positive:\n",
    "    sizes: {law: lognormal, sd: 0.3, nodes: 5}\n"
    "    secondary:\n"
    "      sei: ec-reaction\n"
    "      particle: {shape: slab, coating: false}\n"
    "      sizes:\n"
    "        law: mixture\n"
    "        parts:\n"
    "          - {law: weibull, mean: 1e-6, sd: 2e-7}\n"
    "          - {law: lognormal, mean: 3e-6, sd: 1e-6}\n"
    "        shares: [0.5, 0.5]\n"
    "  positive:\n"
    "    sizes: {law: histogram, radius: [1e-6, 2e-6], share: [1, 2], nodes: 2}\n",
)


def places(data: Any, key: Where = ()) -> list[Where]:
    """Return every key of plain data."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    found: list[Where] = []
    for name, value in items:
        found.append((*key, name))
        if isinstance(value, dict | list):
            found += places(value, (*key, name))
    return found


GOOD_DATA = YAML(typ="safe").load(RICH)
PLACES = places(GOOD_DATA)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """Draw a good study with up to three things deleted, renamed or retyped."""
    data = YAML(typ="safe").load(RICH)
    for _ in range(draw(st.integers(1, 3))):
        key = draw(st.sampled_from(PLACES))
        owner = data
        try:
            for part in key[:-1]:
                owner = owner[part]
            value = owner[key[-1]]
        except (KeyError, IndexError, TypeError):
            continue
        kind = draw(st.sampled_from(["delete", "rename", "retype"]))
        if kind == "retype" and isinstance(owner, dict | list):
            owner[key[-1]] = draw(VALUES)
        elif isinstance(owner, dict | list):
            del owner[key[-1]]
            if kind == "rename" and isinstance(owner, dict):
                owner[draw(st.text(max_size=8)) if draw(st.booleans()) else f"{key[-1]}s"] = value
    return data


def outcome(text: str, folder: Path) -> Study | tuple[str, ...]:
    """Return the study in a text, or the problems that it has."""
    (folder / "one.csv").write_text("t,V\n0,4.1\n10,4.0\n")
    file = folder / "mutated.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        return load_study(file)
    except StudyError as error:
        return error.problems


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=mutated())
def test_a_mutated_study_loads_or_is_refused(data: Any, tmp_path_factory: Any) -> None:
    folder = Path(tmp_path_factory.getbasetemp())
    stream = io.StringIO()
    YAML().dump(data, stream)
    found = outcome(stream.getvalue(), folder)
    if isinstance(found, Study):
        again = outcome(found.to_yaml(), folder)
        assert isinstance(again, Study)
        assert again.hash == found.hash
    else:
        assert found
        assert len(set(found)) == len(found)
        assert all(problem.startswith(f"{folder}") for problem in found)


PIECES = st.text("ab:-[]{}&*!%#'\"\t\n ,1", max_size=5)


def test_the_study_that_is_mutated_is_good(tmp_path: Path) -> None:
    assert isinstance(outcome(RICH, tmp_path), Study)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, len(RICH)), cut=st.integers(0, 5), put=PIECES)
def test_mutated_text_loads_or_is_refused(
    at: int, cut: int, put: str, tmp_path_factory: Any
) -> None:
    folder = Path(tmp_path_factory.getbasetemp())
    assert outcome(RICH[:at] + put + RICH[at + cut :], folder)
