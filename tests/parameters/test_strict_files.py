"""Files from strangers: what is read is plain data, and what is refused is said with its place."""

import json
import math
import os
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import ParameterError
from twin.parameters import strict_files
from twin.parameters.strict_files import (
    DEEPEST,
    LARGEST_JSON_BYTES,
    LARGEST_YAML_BYTES,
    LONGEST_KEY,
    WIDEST_LINE,
    read_json,
    read_yaml,
    write_json,
)

SAMPLE = {
    "Header": {"BPX": "1.1", "Title": "Zelle µ", "n": 3, "yes": True, "no": None},
    "U": {"x": [0.1 * i for i in range(40)], "y": [1e-300, 2.5, -3.0]},
    "mixed": [1, "a", {"b": []}, [[1, 2], [3]], {}],
}
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
keys = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), max_size=20)
numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**70), 2**70), st.booleans()
)
plain = st.recursive(
    st.one_of(st.none(), numbers, texts),
    lambda below: st.one_of(
        st.lists(below, max_size=5),
        st.lists(numbers, max_size=30),
        st.dictionaries(keys, below, max_size=5),
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("content", "data"),
    [
        ('{"a": {"b": [1, 2.5, "c", null, true]}}', {"a": {"b": [1, 2.5, "c", None, True]}}),
        ("\ufeff[1]", [1]),
        ("3", 3),
        ("[" * DEEPEST + "]" * DEEPEST, None),
        (f'{{"{"k" * LONGEST_KEY}": 1}}', {"k" * LONGEST_KEY: 1}),
        ('{"description": "two\\nlines"}', {"description": "two\nlines"}),
    ],
)
def test_json_is_read(content, data):
    found = read_json(content.encode(), "f")
    assert data is None or found == data
    assert data is None or type(found) is type(data)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1, "a": 2}', "f, a: the key is given twice; keep one of them"),
        ('{"a": [1, {"b": 1, "\\u0062": 1}]}', "f, a[2] / b: the key is given twice"),
        ("NaN", "f: NaN is no finite number"),
        ('{"a": [0, -Infinity]}', "f, a[2]: -Infinity is no finite number"),
        ('{"a": {"b c": 1e999}}', "f, a / b c: inf is no finite number"),
        (f"[1{'0' * 350}]", "f, [1]: a whole number of 1163 bits is no finite number"),
        (f"[{'9' * 10_000}]", "f, [1]: 9999999999... is no finite number"),
        ("[" * 33 + "]" * 33, "f: lists and mappings are more than 32 levels deep"),
        ('{"a":' * 33 + "1" + "}" * 33, "more than 32 levels deep"),
        ("[" * 100_000, "more than 32 levels deep"),
        ('{"a":' * 100_000, "more than 32 levels deep"),
        ("", "f: the file is empty"),
        (" \n", "f: the file is empty"),
        ('{"\\ud800": 1}', "f: the key '\\ud800' holds a character that cannot be shown"),
        ('{"a\\u0000": 1}', "f: the key 'a\\x00' holds a character that cannot be shown"),
        ('{"a\\u202eb": 1}', "f: the key 'a\\u202eb' holds a character that cannot be shown"),
        ('{"a": ["\\udc00"]}', "f, a[1]: the text holds half a character"),
        (f'{{"{"k" * 301}": 1}}', "f: a key has 301 characters; at most 300 are read"),
        ('{"a": 1,}', "f, line 1, column "),
        ('{\n"a": 1\n"b": 2}', "f, line 3, column 1: it is not valid JSON"),
        ("{'a': 1}", "f, line 1, column 2: it is not valid JSON"),
        ("[1] [2]", "f, line 1, column 5: it is not valid JSON: Extra data"),
        ("[01]", "f, line 1, column 3: it is not valid JSON"),
        ('["\x00"]', "f, line 1, column 3: it is not valid JSON"),
        ("// comment\n{}", "f, line 1, column 1: it is not valid JSON"),
    ],
)
def test_json_that_is_not_plain_is_refused(content, message):
    with pytest.raises(ParameterError) as caught:
        read_json(content.encode(), "f")
    assert str(caught.value).startswith(message) or message in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_text_that_is_not_utf_8_is_refused(encoding):
    content = '\n\n["é"]'.encode(encoding)
    with pytest.raises(ParameterError, match=r"f, line \d: it is not UTF-8 text"):
        read_json(content, "f")


def test_an_object_is_asked_for_where_there_must_be_one():
    assert read_json(b"{}", "f", top_object=True) == {}
    assert read_yaml(b"a: 1", top_object=True) == {"a": 1}
    with pytest.raises(ParameterError, match="f: it holds a list; give keys"):
        read_json(b"[]", "f", top_object=True)
    with pytest.raises(ParameterError, match="it holds a single value"):
        read_yaml(b"a", top_object=True)


@pytest.mark.parametrize("read", [read_json, read_yaml])
def test_files_that_cannot_be_read_are_refused(read, tmp_path):
    with pytest.raises(ParameterError, match="there is no such file"):
        read(tmp_path / "none.json", "f")
    with pytest.raises(ParameterError, match="this is no regular file"):
        read(tmp_path, "f")
    with pytest.raises(ParameterError, match="f: "):
        read(tmp_path / ("a" * 5000), "f")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ParameterError, match="this is no regular file"):
        read(tmp_path / "pipe", "f")


@pytest.mark.parametrize(
    ("read", "most"), [(read_json, LARGEST_JSON_BYTES), (read_yaml, LARGEST_YAML_BYTES)]
)
def test_large_files_are_refused_before_they_are_read(read, most, tmp_path):
    file = tmp_path / "large"
    with file.open("wb") as stream:
        stream.truncate(10 * most)
    with pytest.raises(ParameterError, match=f"f: it has more than {most} bytes"):
        read(file, "f")


def test_hostile_texts_take_no_time():
    start = time.perf_counter()
    for text in ('"' + '\\"' * 2_000_000, "[" * 2_000_000, '{"a":' * 300_000, "-" * 2_000_000):
        with pytest.raises(ParameterError):
            read_json(text.encode(), "f")
    assert time.perf_counter() - start < 2


def test_yaml_is_read(tmp_path):
    file = tmp_path / "provenance.yaml"
    file.write_text(
        "\ufeff# comment\nNegative electrode:\n  Thickness [m]:\n"
        "    source: doi:10.1149/1945-7111/ab9050\n    uncertainty: 1.0e-6\n"
        "    range: [20.0e-6, 2e-4]\n    valid: {T: [273.15, 318.15]}\n    note: 'a & b *!'\n"
        "date: 2020-01-01\nflag: true\nword: yes\nnone: ~\nn: 3\n",
        encoding="utf-8",
    )
    entry = read_yaml(file)["Negative electrode"]["Thickness [m]"]
    assert entry == {
        "source": "doi:10.1149/1945-7111/ab9050",
        "uncertainty": 1e-6,
        "range": [20e-6, 2e-4],
        "valid": {"T": [273.15, 318.15]},
        "note": "a & b *!",
    }
    rest = read_yaml(file)
    assert [rest[key] for key in ("date", "flag", "word", "none", "n")] == [
        "2020-01-01",
        True,
        "yes",
        None,
        3,
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1\nb: 2\na: 3", "p, line 3, a: the key is given twice, first in line 1"),
        ("x:\n  a: 1\n  a: 2", "p, line 3, x / a: the key is given twice, first in line 2"),
        ("a: &x 1\nb: *x", "p, line 1: the reference x is not read"),
        ("a: 1\nb: *x", "p, line 2: the reference x is not read"),
        ("a: !!python/object/apply:os.system [x]", "p, line 1: the tag tag:yaml.org,2002:python"),
        ("\na: !x 1", "p, line 2: the tag !x is not read; write plain data"),
        ("a: !!str 5", "p, line 1: the tag tag:yaml.org,2002:str is not read"),
        ("<<: {a: 1}", "p, line 1, <<: merge keys are not read"),
        ("a: .nan", "p, line 1, a: nan is no finite number"),
        ("\na: [1, -.inf]", "p, line 2, a[2]: -inf is no finite number"),
        ("a: 1e999", "p, line 1, a: inf is no finite number"),
        (f"a: {'9' * 5000}", "p, line 1, a: "),
        (f"a: 0x{'f' * 9000}", "p, line 1, a: a whole number of 36000 bits is no finite number"),
        (f"[{'1,' * 50_001}]", "p: it has more than 50000 keys and values"),
        ("1: 2", "p, line 1, 1: a key must be a text; write '1' in quotes"),
        ("? [a]\n: 2", "p, line 1, a list or mapping: a key must be a text"),
        ('"a\\nb": 1', "p, line 1: the key 'a\\nb' holds a character that cannot be shown"),
        ('a: "\\ud800"', "p, line 1, a: the text holds half a character"),
        (f"{'k' * 301}: 1", "p, line 1: a key has 301 characters"),
        ("a: [1, 2", "p, line 1: it is not valid YAML"),
        ("a:\n\t- x", "p, line 2: it is not valid YAML: found a tab; indent with spaces"),
        ("a: 1\n---\nb: 2", "p, line 2: it is not valid YAML"),
        ("[" * 40 + "]" * 40, "p: lists and mappings are more than 32 levels deep"),
        ("[" * 20_000, "p: lists and mappings are more than 32 levels deep"),
        ("- " * 50_000, "p: lists and mappings are more than 32 levels deep"),
        ("? " * 50_000, "p: lists and mappings are more than 32 levels deep"),
        (("{a: " * 33) + ("}" * 33), "p: lists and mappings are more than 32 levels deep"),
        ("a: \x00", "p"),
        ("", "p: the file is empty"),
    ],
)
def test_yaml_that_is_not_plain_is_refused(content, message):
    with pytest.raises(ParameterError) as caught:
        read_yaml(content.encode(), "p")
    assert str(caught.value).startswith(message)


@given(plain)
def test_what_is_written_is_read_back(data):
    text = strict_files.json_text(data)
    again = read_json(text.encode(), "f")
    assert again == data
    assert json.loads(text) == data
    assert repr(again) == repr(data)


@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "ignore"))
)
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused(content):
    for read in (read_json, read_yaml):
        try:
            found = read(content, "f")
        except ParameterError as error:
            assert str(error).startswith("f")  # noqa: PT017
        else:
            assert found is None or isinstance(found, str | int | float | list | dict)


@given(st.text(alphabet="{}[]:,\"'\\ \n-ab1.eE#&*!|>?%@`~<", max_size=40))
@settings(max_examples=500)
def test_any_text_that_looks_like_data_is_read_or_refused(text):
    for read in (read_json, read_yaml):
        try:
            read(text.encode(), "f")
        except ParameterError as error:
            assert str(error).startswith("f")  # noqa: PT017


def test_a_file_is_written_to_be_read(tmp_path):
    file = tmp_path / "parameters.json"
    write_json(SAMPLE, file)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert read_json(file, "f") == SAMPLE
    assert max(len(line) for line in lines) <= WIDEST_LINE
    assert lines[:3] == ["{", '  "Header": {', '    "BPX": "1.1",']
    assert '    "Title": "Zelle µ",' in lines
    assert '    "y": [1e-300, 2.5, -3.0]' in lines
    assert "    [[1, 2], [3]]," not in lines
    assert len(lines) < 50
    assert os.listdir(tmp_path) == ["parameters.json"]  # noqa: PTH208


def test_numpy_floats_are_written_as_numbers(tmp_path):
    write_json({"a": np.float64(0.1), "b": (np.float64(1e-5), 2)}, tmp_path / "f")
    assert (tmp_path / "f").read_text() == '{\n  "a": 0.1,\n  "b": [1e-05, 2]\n}\n'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"a": [1.0, math.nan]}, r"a\[2\]: nan is no finite number"),
        ({"a": math.inf}, "a: inf is no finite number"),
        ({"a": 10**400}, "a: a whole number of 1329 bits is no finite number"),
        ({1: 2}, "the key 1 is no text"),
        ({"a": {"b": b"c"}}, "a / b: an object of type bytes is no plain data"),
        ({"a": {1, 2}}, "a: an object of type set is no plain data"),
        ({"a": np.arange(2)}, "a: an object of type ndarray is no plain data"),
        ({"a\n": 1}, "holds a character that cannot be shown"),
        ({"a": "\ud800"}, "a: the text holds half a character"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(data, message, tmp_path):
    file = tmp_path / "f.json"
    file.write_text("before")
    with pytest.raises(ParameterError, match=message):
        write_json(data, file)
    assert file.read_text() == "before"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "f.json"
    file.write_text("before")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ParameterError, match=r"it cannot be written .*No space left"):
        write_json({"a": 1}, file)
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["f.json"]
    with pytest.raises(ParameterError, match="it cannot be written"):
        write_json({"a": 1}, tmp_path / "none" / "f.json")
