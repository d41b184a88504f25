"""Files that somebody has tampered with: no crash, nothing executed, nothing taken silently."""

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.errors import ParameterError
from twin.parameters.checks.checking import check_set
from twin.parameters.language.expression import Function
from twin.parameters.library.finding import BUNDLED
from twin.parameters.parameter_set import read_set
from twin.parameters.ranges import range_of

# of every kind of content: numbers, expressions, tables, references, two materials
NAMES = ("LGM50OKane2022", "LGM50ORegan2022", "LGM50Chen2020Composite")
TEXTS = {n: (BUNDLED / n / "parameters.json").read_bytes() for n in NAMES}
DATA = {name: json.loads(text) for name, text in TEXTS.items()}
MANY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HOSTILE: tuple[Any, ...] = (
    *("exit(9)", "__import__('os').system('touch pwned')", "x.__class__", "().__class__"),
    *("open('/etc/passwd')", "lambda: 0", "x; import os", "eval('1')", "9**9**9**9**9", "1e999"),
    *(
        "(" * 500,
        "x" * 30_000,
        "x +",
        "",
        "\0",
        "x\n+1",
        "y",
        "{Nothing}",
        "NaN",
        "inf",
        "-1e308**9",
    ),
    *(None, True, [], {}, [1.0], {"x": []}, {"x": [1, 2], "y": [1]}, {"x": [1, 1], "y": [1, 2]}),
    *({"x": [0, 1], "y": [0, "a"]}, {"x": [0, 1], "y": [1, 2], "z": [[3]]}, 1e400, -1e400),
    *({"description": "exit(9)"}, {"description": ["a"]}, {"y": 1}, "../../etc/passwd", -1, 0, 7),
)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below a document; of long lists the first."""
    found = [path] if path else []
    if isinstance(data, dict):
        for key in data:
            found += places(data[key], (*path, key))
    elif isinstance(data, list) and data:
        found += places(data[0], (*path, 0))
    return found


def with_change(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy of a document with something else at one place."""
    changed = at = copy.deepcopy(data)
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return changed


PLACES = {name: places(data) for name, data in DATA.items()}


def outcome(folder: Path, content: bytes) -> Any:
    """The set that is read from a content, or None where it is refused with a message."""
    file = folder / "parameters.json"
    file.write_bytes(content)
    before = {path.name for path in folder.iterdir()}
    try:
        found = read_set(file)
        assert found.values
    except ParameterError as refusal:
        found = None
        said = str(refusal)
    assert {path.name for path in folder.iterdir()} == before
    assert found is not None or said.strip()
    return found


def sane(found: Any) -> None:
    """What was taken is numbers that may be, and functions that were parsed."""
    for name, value in found.values.items():
        if isinstance(value, Function) or name.endswith("collector thickness [m]"):
            continue  # BPX knows no collectors, and a default of zero stands for them
        assert isinstance(value, int | float), name
        assert not isinstance(value, bool), name
        assert math.isfinite(value), name
        allowed = range_of(name)
        assert allowed is None or value in allowed, (name, value)


@MANY
@given(name=st.sampled_from(NAMES), data=st.data())
def test_hostile_content_anywhere_is_refused_or_harmless(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(PLACES[name]))
    hostile = data.draw(st.sampled_from(HOSTILE))
    changed = with_change(DATA[name], place, hostile)
    found = outcome(tmp_path, json.dumps(changed).encode())
    if found is not None:
        sane(found)


@MANY
@given(name=st.sampled_from(NAMES), data=st.data())
def test_a_field_that_is_gone_renamed_or_of_another_kind_is_not_taken_silently(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    """Of BPX's own fields: what is required is missed, and a new name is not known."""
    own = [
        p
        for p in PLACES[name]
        if p[:1] == ("Parameterisation",)
        and len(p) > 1
        and p[1] != "User-defined"
        and isinstance(p[-1], str)
        and p[-1] not in ("x", "y")
    ]
    place = data.draw(st.sampled_from(own))
    changed = copy.deepcopy(DATA[name])
    at = changed
    for key in place[:-1]:
        at = at[key]
    at[f"{place[-1]} "] = at.pop(place[-1])
    material = len(place) == 4 and place[2] == "Particle"  # its name is free
    assert (outcome(tmp_path, json.dumps(changed).encode()) is None) or material


@MANY
@given(name=st.sampled_from(NAMES), data=st.data())
def test_damaged_bytes_are_refused_or_harmless(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    content = bytearray(TEXTS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(("flip", "cut", "double", "insert")))
        if kind == "flip":
            content[at] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del content[at : at + data.draw(st.integers(1, 50))]
        elif kind == "double":
            content[at:at] = content[at : at + data.draw(st.integers(1, 200))]
        else:
            content[at:at] = data.draw(st.sampled_from((b"NaN", b"1e999", b'"', b"{", b"\xff")))
    found = outcome(tmp_path, bytes(content))
    if found is not None:
        sane(found)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda h: repr(h)[:30])
def test_hostile_content_as_a_potential_is_refused(tmp_path: Path, hostile: Any) -> None:
    changed = copy.deepcopy(DATA["LGM50OKane2022"])
    changed["Parameterisation"]["Positive electrode"]["OCP [V]"] = hostile
    if hostile in (-1, 0, 7) and not isinstance(hostile, bool):
        return  # a number is a potential
    assert outcome(tmp_path, json.dumps(changed).encode()) is None


def test_a_key_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    text = TEXTS["LGM50OKane2022"].decode()
    doubled = text.replace('"Porosity": 0.47', '"Porosity": 0.47, "Porosity": 0.48')
    assert doubled != text
    (tmp_path / "parameters.json").write_text(doubled)
    with pytest.raises(ParameterError, match="Porosity"):
        read_set(tmp_path / "parameters.json")


@settings(MANY, max_examples=25)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_the_check_of_a_damaged_set_is_a_report(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(PLACES[name]))
    hostile = data.draw(st.sampled_from(HOSTILE))
    changed = with_change(DATA[name], place, hostile)
    folder = tmp_path_factory.mktemp("set") / "Damaged2026"
    folder.mkdir()
    (folder / "parameters.json").write_text(json.dumps(changed))
    report = check_set(folder)
    assert report.text()
    refused = outcome(folder, json.dumps(changed).encode()) is None
    assert not (refused and report.ok)


@pytest.mark.parametrize(
    ("functions", "said"),
    [
        ({"Negative electrode OCP [V]": "(sto) = {Negative electrode OCP [V]}(sto)"}, "itself"),
        ({"a": "() = {b}()", "b": "() = {a}()"}, "circle"),
        ({"a": "(x) = {Nothing [m]}"}, "which the set does not have"),
    ],
)
def test_references_in_circles_or_to_nothing_are_refused_when_read(
    tmp_path: Path, functions: dict[str, str], said: str
) -> None:
    changed = copy.deepcopy(DATA["LGM50OKane2022"])
    block = changed["Parameterisation"]["User-defined"]["celltwin"]
    block.setdefault("functions", {}).update({n: {"description": f} for n, f in functions.items()})
    changed["State"]["Degradation"] = {
        "LLI": 0.1,
        "LAM: Negative electrode": 0.0,
        "LAM: Positive electrode": 0.0,
    }
    (tmp_path / "parameters.json").write_text(json.dumps(changed))
    with pytest.raises(ParameterError) as caught:
        read_set(tmp_path / "parameters.json")
    assert said in str(caught.value)


def doubling(levels: int, uses: int) -> dict[str, str]:
    """Functions of which each uses the one before several times."""
    found = {"H0 [m]": "(a) = exp(-a)"}
    for k in range(1, levels):
        found[f"H{k} [m]"] = "(a) = " + " + ".join([f"{{H{k - 1} [m]}}(a)"] * uses)
    return found


@pytest.mark.parametrize(
    "functions",
    [
        doubling(20, 2),
        {"H [m]": "(a) = exp(-a)*a*a", "D [m]": "(x) = " + "{H [m]}(" * 20 + "x" + ")" * 20},
        {f"T{k} [m]": "(a) = " + "tanh(" * 40 + (f"{{T{k - 1} [m]}}(a)" if k else "a") + ")" * 40
         for k in range(8)},
    ],
    ids=["doubled", "nested", "deep"],
)  # fmt: skip
def test_functions_that_grow_beyond_bounds_are_refused(
    tmp_path: Path, functions: dict[str, str]
) -> None:
    changed = copy.deepcopy(DATA["LGM50OKane2022"])
    block = changed["Parameterisation"]["User-defined"]["celltwin"]
    block.setdefault("functions", {}).update({n: {"description": f} for n, f in functions.items()})
    (tmp_path / "parameters.json").write_text(json.dumps(changed))
    with pytest.raises(ParameterError, match=r"with all it refers to|needs more than"):
        read_set(tmp_path / "parameters.json")


def test_a_file_of_nothing_is_no_set(tmp_path: Path) -> None:
    folder = tmp_path / "Nothing2026"
    folder.mkdir()
    (folder / "parameters.json").write_text("null")
    assert not check_set(folder).ok
    with pytest.raises(ParameterError, match="single value"):
        read_set(folder)


def test_tables_beyond_bounds_are_refused_together(tmp_path: Path) -> None:
    changed = copy.deepcopy(DATA["LGM50OKane2022"])
    table = {"x": list(range(90_000)), "y": [0.1] * 90_000}
    changed["Parameterisation"]["User-defined"] |= {f"Table {k} [V]": table for k in range(3)}
    (tmp_path / "parameters.json").write_text(json.dumps(changed))
    with pytest.raises(ParameterError, match="points; allowed: 200000"):
        read_set(tmp_path / "parameters.json")


def test_a_radius_in_micrometres_is_refused_when_read(tmp_path: Path) -> None:
    place = ("Parameterisation", "Positive electrode", "Particle radius [m]")
    changed = with_change(DATA["LGM50OKane2022"], place, 5.22)
    (tmp_path / "parameters.json").write_text(json.dumps(changed))
    with pytest.raises(ParameterError, match=r"is 6.65e\+05 as 'Positive electrode active mat"):
        read_set(tmp_path / "parameters.json")
