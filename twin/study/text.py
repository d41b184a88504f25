"""YAML text to plain data with the line of every key; nothing in it is ever executed.

The text is only composed into nodes by ruamel.yaml (YAML 1.2: ``1e-4`` is a number, ``off``
a text). Plain data is made here, so a tag cannot make anything else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from twin.study.messages import Key, Problem, shown

LARGEST_BYTES = 1_000_000
MOST_VALUES = 100_000
DEEPEST = 50
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {f"{_TAG}{name}" for name in ("str", "timestamp", "value")}


class UnreadableError(Exception):
    """Text that is no YAML at all; says where and what to do."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        self.problem = problem
        self.line = line
        super().__init__(problem)


@dataclass
class Document:
    """Plain data with what is wrong in it.

    Parameters
    ----------
    data : mappings, lists, texts, numbers, true and false, nothing
    lines : key -> line, from 1
    problems : what cannot be read
    """

    data: Any = None
    lines: dict[Key, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _values: int = 0

    def line(self, key: Key) -> int:
        """Return the line of a key, or of the nearest one above it that is in the file."""
        while key not in self.lines and key:
            key = key[:-1]
        return self.lines.get(key, 1)

    def build(self, node: Any, key: Key) -> Any:
        """Return the plain data of a node, noting lines and problems."""
        self._values += 1
        if self._values > MOST_VALUES or len(key) > DEEPEST:
            raise UnreadableError(
                f"the file holds more than {MOST_VALUES} values, or more than {DEEPEST} levels, "
                "once its aliases are filled in; make it smaller"
            )
        kind = type(node).__name__
        if kind == "ScalarNode":
            return self._scalar(node, key)
        self._refuse_tag(node, key, "map" if kind == "MappingNode" else "seq")
        if kind == "MappingNode":
            return self._mapping(node, key)
        return [self._item(item, (*key, place)) for place, item in enumerate(node.value)]

    def _item(self, node: Any, key: Key) -> Any:
        self.lines[key] = node.start_mark.line + 1
        return self.build(node, key)

    def _mapping(self, node: Any, key: Key) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name_node, value_node in node.value:
            line = name_node.start_mark.line + 1
            name = self._name(name_node, key, line)
            if name is None:
                continue
            if name in found:
                first = self.lines[(*key, name)]
                text = f"the key is given twice, first in line {first}; keep one of them"
                self._note((*key, name, ""), line, text)
                continue
            self.lines[(*key, name)] = line
            found[name] = self.build(value_node, (*key, name))
        return found

    def _note(self, key: Key, line: int, text: str) -> None:
        """Note a problem; a key that ends in "" stands for its own second place."""
        self.lines[key] = line
        self.problems.append(Problem(key, text))

    def _name(self, node: Any, key: Key, line: int) -> str | None:
        text = str(node.value) if type(node).__name__ == "ScalarNode" else "a list or mapping"
        if str(node.tag) == f"{_TAG}merge":
            self._note((*key, "<<"), line, "merge keys are not read; write the keys out")
        elif str(node.tag) in _PLAIN_TAGS:
            return text
        else:
            advice = f"write '{text}' in quotes" if text else "write a name before the colon"
            self._note((*key, text), line, f"a key must be a text; {advice}")
        return None

    def _scalar(self, node: Any, key: Key) -> Any:
        tag, text = str(node.tag), str(node.value)
        try:
            if tag == f"{_TAG}int":
                return _whole(text)
            if tag == f"{_TAG}float":
                return _number(text)
        except ValueError:
            self.problems.append(Problem(key, f"{shown(text)} is no number that can be read"))
            return None
        if tag == f"{_TAG}null":
            return None
        if tag == f"{_TAG}bool":
            return {"true": True, "false": False}.get(text.lower(), text)
        if tag not in _PLAIN_TAGS:
            self._refuse_tag(node, key, "str")
        return text

    def _refuse_tag(self, node: Any, key: Key, allowed: str) -> None:
        if str(node.tag) not in {f"{_TAG}{allowed}", "None", "!"}:
            tag = str(node.tag).replace(_TAG, "!!")
            self.problems.append(
                Problem(key, f"the tag {tag} is not read: a study holds plain data; remove it")
            )


def _whole(text: str) -> int:
    digits = text.replace("_", "").lower()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    base = {"0x": 16, "0o": 8, "0b": 2}.get(digits[:2], 10)
    return sign * int(digits, base)


def _number(text: str) -> float:
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


def read_document(text: str) -> Document:
    """Return the plain data of a YAML text.

    Raises
    ------
    UnreadableError
        if it is no YAML, or unreasonably large or deep.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    document = Document()
    try:
        node = YAML().compose(text)
        if node is not None:
            document.lines[()] = node.start_mark.line + 1
            document.data = document.build(node, ())
    except RecursionError:
        raise UnreadableError("lists and mappings are nested too deeply; flatten them") from None
    except YAMLError as error:
        raise _unreadable(error) from None
    except (ValueError, AttributeError, TypeError, KeyError, IndexError, AssertionError) as error:
        raise UnreadableError(f"it is not valid YAML ({error})") from None
    return document


def _unreadable(error: Any) -> UnreadableError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None)
    advice = "check the indentation, colons and quotes there"
    if "\\t" in said:
        said, advice = "found a tab", "indent with spaces"
    elif "expected ',' or" in said:
        advice = "put texts that hold brackets, commas or colons in quotes"
    elif "alias" in said:
        advice = "put a text that starts with * in quotes"
    elif "single document" in str(context or said) or "document" in str(said):
        advice = "keep one document and no '---' between"
    line = mark.line + 1 if mark is not None else None
    return UnreadableError(f"it is not valid YAML: {said}; {advice}", line)
