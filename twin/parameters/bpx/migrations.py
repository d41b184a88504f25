"""Older formats of our block, brought to the one that is read here.

The block says its format. A file of an older one is read as if it had been written today; a
file of a newer one is refused by the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

FORMAT = 1
Step = Callable[[Mapping[str, Any]], dict[str, Any]]


def _from_0(block: Mapping[str, Any]) -> dict[str, Any]:
    """Bring drafts to format 1: functions were bare texts, and numbers stood beside them.

    Readers of BPX refuse such texts, so a function is an object with a description now.
    """
    functions = block.get("functions", {})
    texts = {
        name: {"description": given} if isinstance(given, str) else given
        for name, given in functions.items()
    }
    numbers = {k: v for k, v in block.items() if k not in ("format", "functions", "parameters")}
    return {
        "format": 1,
        "functions": texts,
        "parameters": {**block.get("parameters", {}), **numbers},
    }


STEPS: Mapping[int, Step] = {0: _from_0}


def migrated(block: Any) -> Any:
    """Return a block in the current format, or as it is where it cannot be brought to it.

    >>> migrated({"format": 0, "functions": {"a": "(x) = x"}})["functions"]
    {'a': {'description': '(x) = x'}}
    """
    while isinstance(block, Mapping) and isinstance(block.get("functions", {}), Mapping):
        number = block.get("format")
        step = STEPS.get(number) if isinstance(number, int) and number is not False else None
        if step is None:
            return block
        block = step(block)
    return block
