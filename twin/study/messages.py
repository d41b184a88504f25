"""From what is wrong with a study to one sentence each: where, what was given, what to do."""

from __future__ import annotations

import dataclasses
import math
import re
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from twin.errors import nearest
from twin.protocol import Limit
from twin.study.units import UNIT_OF_KEY, unit_hint

Key = tuple[str | int, ...]
PROBLEMS = "study_problems"
MOST_PROBLEMS = 100
_SHOWN = 60
_DEEPEST = 4
_NUMBER_AND_UNIT = re.compile(r"\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*[A-Za-z°%µ][\w°%/.]*\s*")
_LEADING_KEY = re.compile(r"(\w+): ")
REQUIRED = "this key is required here; add it"
_SHAPES = {
    "int": "a whole number",
    "float": "a number",
    "string": "a text",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping of names to values",
}


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a study.

    Parameters
    ----------
    key : where, from the top of the study; positions in lists count from 0
    text : what was given, what is allowed or nearest, and what to do
    """

    key: Key
    text: str

    def under(self, prefix: Key) -> Problem:
        """Return the same problem seen from further up."""
        return Problem((*prefix, *self.key), self.text)


def dotted(key: Key) -> str:
    """Return a key as text; positions in lists count from 1.

    >>> dotted(("protocol", "blocks", 0, "cycle", 2))
    'protocol.blocks[1].cycle[3]'
    """
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in key)
    return "".join(parts).removeprefix(".")


def shown(value: Any) -> str:
    """Return a value as the file would hold it, shortened.

    >>> shown("abc"), shown(True), shown(None), shown(2.5)
    ("'abc'", 'true', 'nothing', '2.5')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if not isinstance(value, str | int | float):
        return f"an object of type {type(value).__name__}"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def raise_problems(problems: Iterable[Problem]) -> None:
    """Hand problems to pydantic from within a validator; `problems_of` unpacks them."""
    found = tuple(problems)
    if found:
        raise PydanticCustomError(PROBLEMS, "problems", {"problems": found})


def problems_of(error: ValidationError, root: type, prefix: Key = ()) -> list[Problem]:
    """Return the problems that pydantic found in a section, one for each defect."""
    found: dict[Any, Problem] = {}
    for detail in error.errors(include_url=False)[:MOST_PROBLEMS]:
        key: Key = tuple(detail["loc"])
        if _only_its_parts(detail):
            continue
        if detail["type"] == PROBLEMS:
            found.update((p, p) for p in _within(detail, key))
        else:
            found.setdefault(key, lowered(Problem(key, _sentence(detail, root, key)), root))
    problems = list(found.values())
    return [p.under(prefix) for p in problems if not _meant_by_another(p, problems)]


def _only_its_parts(detail: ErrorDetails) -> bool:
    """Return whether a list is called too short only because parts of it are wrong."""
    given = detail["input"]
    return (
        detail["type"] == "too_short"
        and isinstance(given, list | tuple)
        and len(given) >= detail["ctx"]["min_length"]
    )


def _meant_by_another(problem: Problem, problems: list[Problem]) -> bool:
    """Return whether a key is missing only because it was misspelt or has another unit."""
    name = problem.key[-1] if problem.key else ""
    return problem.text == REQUIRED and any(
        other.key[:-1] == problem.key[:-1]
        and (f"did you mean '{name}'?" in other.text or f"{UNIT_OF_KEY}{name}" in other.text)
        for other in problems
    )


def lowered(problem: Problem, root: type) -> Problem:
    """Return a problem with the keys that its message starts with moved to its place.

    Parameters
    ----------
    problem : seen from a section
    root : the section
    """
    owner, match = class_at(root, problem.key), _LEADING_KEY.match(problem.text)
    if owner is None or match is None or match[1] not in keys_of(owner):
        return problem
    return lowered(Problem((*problem.key, match[1]), problem.text[match.end() :]), root)


def _within(detail: ErrorDetails, key: Key) -> list[Problem]:
    return [problem.under(key) for problem in detail["ctx"]["problems"]]


def _sentence(detail: ErrorDetails, root: type, key: Key) -> str:
    kind, given = detail["type"], detail["input"]
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        return unknown_key(str(key[-1]), given, class_at(root, key[:-1]), root)
    if kind in {"missing", "missing_argument", "missing_keyword_only_argument"}:
        return REQUIRED
    if kind == "literal_error":
        return _not_listed(given, field_at(root, key))
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind == "string_too_short":
        return "the text is empty; write at least one character"
    if kind in _RANGE:
        return f"{shown(given)} is out of range; allowed: {_range(root, key, detail)}"
    return _wrong_shape(kind, given, detail, class_at(root, key))


_RANGE = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
_RANGE |= {"finite_number", "too_short"}


def unknown_key(name: str, given: Any, owner: type | None, root: type) -> str:
    """Return the message for a key that its section does not have."""
    allowed = keys_of(owner) if owner else []
    hint = unit_hint(name, given, allowed) or nearest(name, allowed) or _elsewhere(name, root)
    return f"unknown key. Allowed here: {', '.join(allowed)}{hint}"


def _elsewhere(name: str, root: type) -> str:
    places = [place for place, owner in _sections(root) if name in keys_of(owner)]
    places = sorted(dict.fromkeys(places), key=lambda place: place.count("."))
    where = [f"{place}.{name}".removeprefix(".") for place in places[:2]]
    return f"; '{name}' belongs elsewhere: {' or '.join(where)}" if where else ""


def _sections(root: type, prefix: str = "", depth: int = 0) -> list[tuple[str, type]]:
    """Return the sections of a study with their names."""
    found = [(prefix, root)]
    if depth < _DEEPEST:  # blocks hold blocks
        for name, hint in hints_of(root).items():
            for inner in classes_in(hint):
                if inner is not root:
                    found += _sections(inner, f"{prefix}.{name}".removeprefix("."), depth + 1)
    return found


def _not_listed(given: Any, annotation: Any) -> str:
    allowed = [str(word) for word in _words(annotation)]
    hint = nearest(given, allowed) if isinstance(given, str) else ""
    return f"{shown(given)} is not allowed; allowed are {', '.join(allowed)}{hint}"


def _words(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [word for part in get_args(annotation) for word in _words(part)]


def _range(root: type, key: Key, detail: ErrorDetails) -> str:
    bounds: dict[str, Any] = {}
    owner = class_at(root, key[:-1])
    if isinstance(owner, type) and issubclass(owner, BaseModel) and key[-1] in owner.model_fields:
        field = owner.model_fields[str(key[-1])]
        for item in (*field.metadata, *_metadata(field.annotation)):
            bounds |= {
                name: getattr(item, name)
                for name in ("gt", "ge", "lt", "le")
                if getattr(item, name, None) is not None
            }
    low = bounds.get("ge", bounds.get("gt"))
    high = bounds.get("le", bounds.get("lt"))
    if low is not None and high is not None:
        above = "above " if "gt" in bounds else ""
        return f"{above}{low:g} to {high:g}"
    return detail["msg"].removeprefix("Input should be ").replace("Input should", "it should")


def _metadata(annotation: Any) -> list[Any]:
    """Return what is annotated anywhere inside an annotation."""
    own = list(getattr(annotation, "__metadata__", ()))
    nested = [item for extra in own for item in getattr(extra, "metadata", ())]
    return [*own, *nested, *(item for part in get_args(annotation) for item in _metadata(part))]


def _wrong_shape(kind: str, given: Any, detail: ErrorDetails, owner: type | None) -> str:
    if owner is Limit:
        return f"{shown(given)} has no unit; write a limit such as '2.5 V' or 'C/50'"
    if owner is not None and kind in {"model_type", "model_attributes_type", "dataclass_type"}:
        return f"{shown(given)} is not a section; give a mapping with {', '.join(keys_of(owner))}"
    if kind == "int_from_float":
        return f"{shown(given)} is not a whole number; give one"
    if kind.startswith("bool"):
        return f"{shown(given)} is neither true nor false; write true or false"
    wanted = _SHAPES.get(kind.split("_")[0])
    if wanted is None:
        return f"{shown(given)}: {detail['msg']}"
    return f"{shown(given)} is not {wanted}; {_advice(wanted, given)}"


def _advice(wanted: str, given: Any) -> str:
    if "number" in wanted and isinstance(given, str):
        match = _NUMBER_AND_UNIT.fullmatch(given)
        if match:
            return f"write {match[1]}, the unit belongs to the key"
        if _is_number(given):
            return f"write {given.strip()} without quotes"
    if wanted == "a list":
        return f"write it as [{given}]" if isinstance(given, str | int | float) else "give a list"
    if wanted == "a text" and isinstance(given, int | float):
        return f'write "{shown(given)}" in quotes'
    return f"give {wanted}"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def keys_of(owner: type) -> list[str]:
    """Return the keys that a section may have."""
    if issubclass(owner, BaseModel):
        return [name for name, field in owner.model_fields.items() if not field.exclude]
    return [field.name for field in dataclasses.fields(owner)]  # type: ignore[arg-type]


def class_at(root: type, key: Key) -> type | None:
    """Return the class of the section at a key, if there is exactly one."""
    classes = classes_in(field_at(root, key)) if key else [root]
    return classes[0] if len(classes) == 1 else None


def field_at(root: type, key: Key) -> Any:
    """Return the annotation of the field at a key, ``None`` where there is none."""
    annotation: Any = root
    for part in key:
        if isinstance(part, int):
            inside = [item for item in get_args(_plain(annotation)) if item is not Ellipsis]
            annotation = inside[0] if inside else None
        else:
            owners = classes_in(annotation)
            annotation = hints_of(owners[0]).get(part) if len(owners) == 1 else None
    return annotation


def _plain(annotation: Any) -> Any:
    """Return an annotation without ``Annotated`` and without ``| None``."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return _plain(parts[0]) if len(parts) == 1 else annotation
    return annotation


def classes_in(annotation: Any) -> list[type]:
    """Return the sections that occur in an annotation."""
    plain = _plain(annotation)
    if isinstance(plain, type) and get_origin(plain) is None:
        section = issubclass(plain, BaseModel) or dataclasses.is_dataclass(plain)
        return [plain] if section else []
    return [owner for part in get_args(plain) for owner in classes_in(part)]


def hints_of(owner: type) -> dict[str, Any]:
    """Return key -> annotation of a section."""
    if issubclass(owner, BaseModel):
        return {
            name: annotated(field.annotation, field.metadata)
            for name, field in owner.model_fields.items()
        }
    if dataclasses.is_dataclass(owner):
        return get_type_hints(owner)
    return {}


def annotated(annotation: Any, metadata: list[Any]) -> Any:
    """Return an annotation with the metadata that pydantic split off it."""
    return Annotated[annotation, *metadata] if metadata else annotation
