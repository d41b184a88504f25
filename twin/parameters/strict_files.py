"""JSON and YAML files that may come from strangers, read strictly; JSON written to be read.

What is read is plain data: mappings, lists, texts, finite numbers, true, false and nothing.
A key that is given twice, a number that is none, or a file that is unreasonably large or deep is
an error with its place, never a guess.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.errors import ParameterError

LARGEST_JSON_BYTES = 20_000_000
LARGEST_YAML_BYTES = 1_000_000
MOST_YAML_VALUES = 50_000
LONGEST_YAML_LINE = 200_000
DEEPEST = 32
LONGEST_KEY = 300
WIDEST_LINE = 100
_LEAST_DIGITS_BEYOND_FLOAT = 400
_SHOWN = 60
_SIGNS = ("&", "*", "!", "[[", "{", "- -", "-\t", "? ", " " * 20)
_STEPS = {
    "MappingStartEvent": 1,
    "SequenceStartEvent": 1,
    "MappingEndEvent": -1,
    "SequenceEndEvent": -1,
}
_HALVES = re.compile("[\ud800-\udfff]")
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)

Key = tuple[str | int, ...]


class _Pairs(list[tuple[str, Any]]):
    """Keys and values of a JSON object as they stand in the file."""


class _NotANumber(str):
    """What stands where a number is needed: ``NaN``, ``Infinity``, or far too many digits."""


def read_json(
    source: Path | bytes, where: str, *, top_object: bool = False, deepest: int = DEEPEST
) -> Any:
    """Return the plain data in a JSON file.

    Parameters
    ----------
    source : the file, or what is in it
    where : what messages call the file
    top_object : whether there must be an object at the top
    deepest : levels of lists and objects that are read

    Raises
    ------
    ParameterError
        if the file cannot be read, is no JSON, holds a key twice or a number that is not
        finite, or is beyond a limit.
    """
    text = _text(source, where, LARGEST_JSON_BYTES)
    try:
        data = json.loads(
            text, object_pairs_hook=_Pairs, parse_constant=_NotANumber, parse_int=_whole
        )
        plain = _Check(where, deepest=deepest).plain(data)
    except json.JSONDecodeError as error:
        raise ParameterError(
            f"{where}, line {error.lineno}, column {error.colno}: it is not valid JSON: "
            f"{error.msg}; check the quotes, commas and brackets there"
        ) from None
    except RecursionError:
        raise _too_deep(where, deepest) from None
    return _at_top(plain, where, top_object)


def read_yaml(source: Path | bytes, where: str | None = None, *, top_object: bool = False) -> Any:
    """Return the plain data in a YAML file without tags, anchors and aliases.

    Parameters
    ----------
    source : the file, or what is in it
    where : what messages call the file; its path by default
    top_object : whether there must be a mapping at the top

    Raises
    ------
    ParameterError
        as for `read_json`, with the line.
    """
    from twin.study.text import UnreadableError, read_document

    name = where or (str(source) if isinstance(source, Path) else "the YAML text")
    text = _text(source, name, LARGEST_YAML_BYTES)
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > LONGEST_YAML_LINE:
            said = f"it has {len(line)} characters; a line has at most {LONGEST_YAML_LINE}"
            raise ParameterError(f"{name}, line {number}: {said}")
    try:
        if _may_refer(text):
            _check_events(text, name)
        document = read_document(text)
    except UnreadableError as error:
        line = f", line {error.line}" if error.line else ""
        raise ParameterError(f"{name}{line}: {error.problem}") from None
    for problem in document.problems:
        line = f", line {document.line(problem.key)}"
        raise ParameterError(f"{name}{line}{_place(problem.key)}: {problem.text}")
    return _at_top(_Check(name, document).plain(document.data), name, top_object)


def _text(source: Path | bytes, where: str, most: int) -> str:
    content = source if isinstance(source, bytes) else _content(source, where, most)
    if len(content) > most:
        raise ParameterError(f"{where}: it has more than {most} bytes; make it smaller")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ParameterError(
            f"{where}, line {line}: it is not UTF-8 text; save the file as UTF-8"
        ) from None
    if not text.strip():
        raise ParameterError(f"{where}: the file is empty; restore its content")
    return text


def _content(path: Path, where: str, most: int) -> bytes:
    try:
        if not path.is_file():
            kind = "this is no regular file" if path.exists() else "there is no such file"
            raise ParameterError(f"{where}: {kind}; give the path of a file")
        with path.open("rb") as stream:
            return stream.read(most + 1)
    except (OSError, ValueError) as error:
        raise ParameterError(f"{where}: it cannot be read ({error})") from None


def _at_top(data: Any, where: str, top_object: bool) -> Any:
    if top_object and not isinstance(data, dict):
        kind = "a list" if isinstance(data, list) else "a single value"
        raise ParameterError(f"{where}: it holds {kind}; give keys with their values")
    return data


def _may_refer(text: str) -> bool:
    """Return whether a text can hold tags, anchors or aliases, or is long or deep.

    Of others one pass is enough, in half the time.
    """
    values = text.count("\n") + text.count(",") + text.count("[")
    return values > MOST_YAML_VALUES // 4 or any(sign in text for sign in _SIGNS)


def _check_events(text: str, where: str) -> None:
    """Refuse tags, anchors, aliases and depth, before any data is made."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    depth = 0
    try:
        for count, event in enumerate(YAML(typ="safe", pure=True).parse(text)):
            if count > MOST_YAML_VALUES:
                problem = f"it has more than {MOST_YAML_VALUES} keys and values; make it smaller"
                raise ParameterError(f"{where}: {problem}")
            anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
            if anchor or tag:
                what = (
                    f"the tag {tag!s:.{_SHOWN}}" if tag else f"the reference {anchor!s:.{_SHOWN}}"
                )
                raise ParameterError(
                    f"{where}, line {event.start_mark.line + 1}: {what} is not read; write plain "
                    "data out, and put a text that starts with '&', '*' or '!' in quotes"
                )
            depth += _STEPS.get(type(event).__name__, 0)
            if depth > DEEPEST:
                raise _too_deep(where)
    except (YAMLError, ValueError):
        return  # the reader says what is wrong


def _whole(text: str) -> int | _NotANumber:
    return int(text) if len(text) < _LEAST_DIGITS_BEYOND_FLOAT else _NotANumber(text)


def _place(key: Key) -> str:
    """Return where a value is, for messages; positions in lists count from 1."""
    named = key[:-1] if key and key[-1] == "" else key  # the second place of a doubled key
    parts = (f"[{part + 1}]" if isinstance(part, int) else f" / {part}" for part in named)
    path = "".join(parts).removeprefix(" / ")
    return f", {path}" if path else ""


def _too_deep(where: str, deepest: int = DEEPEST) -> ParameterError:
    return ParameterError(
        f"{where}: lists and mappings are more than {deepest} levels deep; flatten them"
    )


@dataclass(frozen=True)
class _Check:
    """Looks at every key, text and number; `document` knows the lines of YAML."""

    where: str
    document: Any = None
    deepest: int = DEEPEST

    def plain(self, data: Any, key: Key = ()) -> Any:
        """Return data as plain data."""
        if data is None or isinstance(data, bool):
            return data
        if isinstance(data, float | int | _NotANumber):
            return self._number(data, key)
        if isinstance(data, str):
            return self._text(data, key)
        if len(key) >= self.deepest:
            raise _too_deep(self.where, self.deepest)
        if isinstance(data, dict):
            return self._mapping(data.items(), key)
        if isinstance(data, _Pairs):
            return self._mapping(data, key)
        if isinstance(data, list | tuple):
            return [self.plain(value, (*key, place)) for place, value in enumerate(data)]
        kind = type(data).__name__
        raise self._error(f"an object of type {kind} is no plain data; write it out", key)

    def _mapping(self, pairs: Iterable[tuple[Any, Any]], key: Key) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            self._check_name(name, key)
            if name in found:
                raise self._error("the key is given twice; keep one of them", (*key, name))
            found[name] = self.plain(value, (*key, name))
        return found

    def _number(self, value: Any, key: Key) -> Any:
        if isinstance(value, _NotANumber) or not abs(value) <= sys.float_info.max:
            whole = isinstance(value, int)
            shown = f"a whole number of {value.bit_length()} bits" if whole else str(value)
            short = shown if len(shown) <= _SHOWN else f"{shown[:10]}..."
            raise self._error(f"{short} is no finite number (at most 1.8e308); give one", key)
        return value

    def _text(self, text: str, key: Key) -> str:
        if _HALVES.search(text):
            raise self._error("the text holds half a character; write it anew", key)
        return text

    def _check_name(self, name: Any, key: Key) -> None:
        if not isinstance(name, str):
            raise self._error(f"the key {name!a:.{_SHOWN}} is no text; put it in quotes", key)
        if len(name) > LONGEST_KEY:
            problem = f"a key has {len(name)} characters; at most {LONGEST_KEY} are read"
            raise self._error(f"{problem}, so shorten it", key)
        if _UNSHOWN.search(name):
            problem = f"the key {name!a} holds a character that cannot be shown; write it anew"
            raise self._error(problem, key)

    def _error(self, problem: str, key: Key) -> ParameterError:
        line = f", line {self.document.line(key)}" if self.document is not None else ""
        return ParameterError(f"{self.where}{line}{_place(key)}: {problem}")


def json_text(data: Any, where: str = "the data", deepest: int = DEEPEST) -> str:
    """Return plain data as the text of a JSON file.

    Numbers are written by `repr`, objects with an indent of two, and lists of numbers in as few
    lines as they need.

    Raises
    ------
    ParameterError
        if the data is not what `read_json` reads back.
    """
    return f"{_json(_Check(where, deepest=deepest).plain(data), '', 0)}\n"


def write_json(data: Any, path: Path, *, deepest: int = DEEPEST) -> None:
    """Write plain data as `json_text` does, in one move.

    Raises
    ------
    ParameterError
        as for `json_text`, or if the file cannot be written.
    """
    path = Path(path)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise ParameterError(f"{path}: this is a link or no regular file; name another file")
    text = json_text(data, str(path), deepest)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        raise ParameterError(f"{path}: it cannot be written ({error})") from None
    finally:
        partial.unlink(missing_ok=True)


def _json(data: Any, indent: str, column: int) -> str:
    """Return the JSON text of plain data that starts in a column of an indented line."""
    inner = f"{indent}  "
    if isinstance(data, dict) and data:
        heads = [f"{inner}{_scalar(name)}: " for name in data]
        items = [
            head + _json(value, inner, len(head))
            for head, value in zip(heads, data.values(), strict=True)
        ]
        return f"{{\n{_lines(items)}\n{indent}}}"
    if isinstance(data, list):
        if all(isinstance(value, int | float) for value in data):
            return _numbers([_scalar(value) for value in data], indent, column)
        items = [f"{inner}{_json(value, inner, len(inner))}" for value in data]
        return f"[\n{_lines(items)}\n{indent}]"
    return "{}" if isinstance(data, dict) else _scalar(data)


def _lines(items: list[str]) -> str:
    return ",\n".join(items)


def _scalar(value: Any) -> str:
    return (
        float.__repr__(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
    )


def _numbers(values: list[str], indent: str, column: int) -> str:
    """Return a list of numbers in one line, or in full lines where it is too long for one."""
    line = f"[{', '.join(values)}]"
    if column + len(line) < WIDEST_LINE:
        return line
    inner = f"{indent}  "
    filled = textwrap.wrap(
        ", ".join(values),
        WIDEST_LINE,
        initial_indent=inner,
        subsequent_indent=inner,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"[\n{chr(10).join(filled)}\n{indent}]"
