"""How large functions become when what they refer to is put in.

A function that uses its argument twice doubles what is handed to it; a chain of such functions
grows without bound while each is short. PyBaMM puts everything in, and gives up on deep ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from twin.parameters.bpx.document import Document, placed
from twin.parameters.bpx.fields import USER_DEFINED
from twin.parameters.checks.findings import Finding, error
from twin.parameters.language.expression import Argument, Function, Node, Operation, Reference
from twin.parameters.language.nodes import fold
from twin.parameters.language.tables import Table2

MOST_NODES = 20_000
MOST_LEVELS = 200
MOST_POINTS = 200_000  # of all tables of a set
_SUMS = ("+", "-")


@dataclass(frozen=True)
class _Size:
    """Nodes and levels of an expression, and how often it uses each argument."""

    nodes: int
    levels: int
    uses: Counter[str] = field(default_factory=Counter)


def size_findings(functions: Mapping[str, Function], order: list[str]) -> Iterator[Finding]:
    """Yield functions that are too large with all that they refer to.

    Parameters
    ----------
    functions : by PyBaMM's names
    order : their names, each after those it refers to
    """
    known: dict[str, _Size] = {}
    for name in order:
        size = _size(functions[name].body, functions, known)
        known[name] = size
        large = size.nodes > MOST_NODES or size.levels > MOST_LEVELS
        if large:
            yield error(
                placed((USER_DEFINED, name)),
                f"with all it refers to it has {_count(size.nodes)} parts, {size.levels} deep; "
                f"allowed: {MOST_NODES} parts, {MOST_LEVELS} deep; use arguments once, or a table",
            )
            return  # what refers to it is too large as well


def table_findings(document: Document) -> Iterator[Finding]:
    """Yield whether the tables of a set have too many points together."""
    listed = (*document.fields.values(), *document.flat.values(), *document.functions.values())
    tables = [f.table for f in listed if isinstance(f, Function) and f.table is not None]
    points = sum(len(t.x) * (len(t.second) if isinstance(t, Table2) else 1) for t in tables)
    if points > MOST_POINTS:
        text = f"the tables of the set have {points} points; allowed: {MOST_POINTS}; thin them out"
        yield error("parameters.json", text)


def _count(number: int) -> str:
    return str(number) if number < 10 * MOST_NODES else f"more than {10 * MOST_NODES}"


def _size(body: Node, functions: Mapping[str, Function], known: Mapping[str, _Size]) -> _Size:
    def combine(node: Node, parts: tuple[_Size, ...]) -> _Size:
        if isinstance(node, Argument):
            return _Size(1, 1, Counter({node.name: 1}))
        if isinstance(node, Reference) and node.name in known:
            return _put_in(functions[node.name], known[node.name], parts)
        uses: Counter[str] = Counter()
        for part in parts:
            uses.update(part.uses)
        level = 0 if isinstance(node, Operation) and node.operator in _SUMS else 1
        return _Size(
            1 + sum(part.nodes for part in parts),
            level + max((part.levels for part in parts), default=0),
            uses,
        )

    return fold(body, combine)


def _put_in(function: Function, inner: _Size, parts: tuple[_Size, ...]) -> _Size:
    nodes, levels = inner.nodes, inner.levels
    uses: Counter[str] = Counter()
    for argument, part in zip(function.arguments, parts, strict=False):
        times = inner.uses[argument]
        nodes += times * part.nodes
        uses.update({name: times * count for name, count in part.uses.items()})
    return _Size(nodes, levels + max((part.levels for part in parts), default=0), uses)
