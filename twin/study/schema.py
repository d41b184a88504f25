"""JSON schema of a study, for editors that complete and check YAML."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from twin.models.sizes import Sizes
from twin.study.electrodes import SELECTOR
from twin.study.messages import classes_in, hints_of
from twin.study.study import Study

_ENTRY = re.compile(r"^(?P<names>\w+(?:, \w+)*) : (?P<text>.+(?:\n {4,}.+)*)", re.MULTILINE)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def study_schema() -> dict[str, Any]:
    """Return the JSON schema of a study file, with a description of every key."""
    schema = Study.model_json_schema(mode="validation")
    definitions = schema.get("$defs", {})
    for owner in _sections(Study, set()):
        part = schema if owner is Study else definitions.get(owner.__name__, {})
        texts = descriptions(owner)
        part["description"] = _first_line(owner)
        for name, entry in part.get("properties", {}).items():
            if name in texts:
                entry["description"] = texts[name]
        if issubclass(owner, Sizes):
            _say_which(part, SELECTOR)
    return {"$schema": DIALECT, **schema, "title": "celltwin study"}


def _say_which(part: dict[str, Any], key: str) -> None:
    """Make the key that tells a section from its alternatives a required one."""
    entry = part["properties"][key]
    entry.pop("default", None)
    entry["description"] = f"which law it is: {entry['const']}"
    part["required"] = [*part.get("required", ()), key]


def descriptions(owner: type) -> dict[str, str]:
    """Return key -> meaning, from the docstring of a section."""
    found = {}
    for match in _ENTRY.finditer(_dedented(owner)):
        text = " ".join(match["text"].replace("``", "").split())
        found.update(dict.fromkeys(match["names"].split(", "), text))
    return found


def _dedented(owner: type) -> str:
    import inspect

    return inspect.cleandoc(owner.__doc__ or "")


def _first_line(owner: type) -> str:
    return _dedented(owner).split("\n\n", maxsplit=1)[0].replace("``", "").replace("\n", " ")


def _sections(owner: type, seen: set[type]) -> Iterator[type]:
    """Yield a section and every one inside it, once."""
    if owner in seen or not (issubclass(owner, BaseModel) or dataclasses.is_dataclass(owner)):
        return
    seen.add(owner)
    yield owner
    for hint in hints_of(owner).values():
        for inner in classes_in(hint):
            yield from _sections(inner, seen)
