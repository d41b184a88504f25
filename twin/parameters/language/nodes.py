"""Expressions as trees of frozen nodes.

A sum of a thousand terms is a tree a thousand levels deep, so nothing here recurses: walking,
comparing, hashing, printing and pickling all use a stack of their own.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from twin.errors import ParameterError

MOST_NODES = 5_000
# a sum of more terms is taken by halves, since PyBaMM recurses into sums
LONGEST_SUM = 30
CONSTANTS = {"F": 96485.33212331001, "R": 8.31446261815324}
# function -> smallest and largest number of arguments
FUNCTIONS = {
    **dict.fromkeys(("exp", "log", "tanh", "cosh", "sinh", "sqrt", "abs"), (1, 1)),
    **dict.fromkeys(("min", "max"), (2, 20)),
    **dict.fromkeys(("linear_table", "cubic_table"), (1, 2)),
    "pchip_table": (1, 1),
}
OPERATORS = ("+", "-", "*", "/", "**")
_IN_BPX = {"exp", "tanh", "cosh"}

T = TypeVar("T")


class ExpressionError(ParameterError):
    """An expression that is not in the language, or that cannot be evaluated."""


class _Tree:
    """What all nodes share: equal where they read alike."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Tree):
            return NotImplemented
        return self is other or _key(self) == _key(other)

    def __hash__(self) -> int:
        return hash(_key(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({to_text(self)!r})"  # type: ignore[arg-type]

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_key, (_key(self),)


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Number(_Tree):
    """A finite number; a negative one equals `Negative` of its size."""

    value: float

    def __post_init__(self) -> None:
        if not abs(self.value) <= sys.float_info.max:
            raise ExpressionError("a number of an expression is at most 1.8e308; give a finite one")
        object.__setattr__(self, "value", float(self.value))


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Argument(_Tree):
    """What the expression is a function of."""

    name: str


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Constant(_Tree):
    """``F`` [C.mol-1] or ``R`` [J.mol-1.K-1]."""

    name: str


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Reference(_Tree):
    """Another parameter of the set, or a function of it where there are arguments."""

    name: str
    arguments: tuple[Node, ...] | None = None


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Operation(_Tree):
    """Two operands of ``+``, ``-``, ``*``, ``/`` or ``**``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Negative(_Tree):
    """Minus an operand."""

    operand: Node


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Call(_Tree):
    """A function of the language, tables included."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Argument | Constant | Reference | Operation | Negative | Call


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below a node, in the order of the text."""
    if isinstance(node, Operation):
        return node.left, node.right
    if isinstance(node, Negative):
        return (node.operand,)
    if isinstance(node, Call | Reference):
        return node.arguments or ()
    return ()


def operands(node: Node) -> tuple[Node, ...]:
    """Return what a node's value is made of: its children, of a long sum all its terms."""
    if isinstance(node, Operation) and node.operator in "+-":
        terms = signed_terms(node)
        if len(terms) > LONGEST_SUM:
            return tuple(term for _, term in terms)
    return children(node)


def signed_terms(node: Node) -> list[tuple[str, Node]]:
    """Return the terms of a sum with their signs, from left to right."""
    found: list[tuple[str, Node]] = []
    while isinstance(node, Operation) and node.operator in "+-":
        found.append((node.operator, node.right))
        node = node.left
    return [("+", node), *reversed(found)]


def fold(
    node: Node,
    combine: Callable[[Node, tuple[T, ...]], T],
    parts: Callable[[Node], tuple[Node, ...]] = children,
) -> T:
    """Return a value built from the leaves upwards.

    Parameters
    ----------
    combine : value of a node from the values of its parts
    parts : the nodes whose values a node needs
    """
    results: list[T] = []
    waiting: list[tuple[Node, int]] = [(node, -1)]
    while waiting:
        current, count = waiting.pop()
        if count < 0:
            below = parts(current)
            waiting.append((current, len(below)))
            waiting.extend((part, -1) for part in reversed(below))
        else:
            values = tuple(results[len(results) - count :])
            del results[len(results) - count :]
            results.append(combine(current, values))
    return results[0]


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, each before its children."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))


def references(node: Node) -> frozenset[str]:
    """Return the names of other parameters in an expression."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Reference))


def arguments_of(node: Node) -> frozenset[str]:
    """Return the names of the arguments that occur in an expression."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Argument))


def in_bpx(node: Node) -> bool:
    """Return whether a BPX reader takes the text: numbers, operators, exp, tanh, cosh of x."""
    return all(
        (isinstance(part, Number | Operation | Negative))
        or (isinstance(part, Argument) and part.name == "x")
        or (isinstance(part, Call) and part.function in _IN_BPX)
        for part in walk(node)
    )


def _rebuilt(node: Node, parts: tuple[Node, ...]) -> Node:
    if isinstance(node, Operation):
        return Operation(node.operator, parts[0], parts[1])
    if isinstance(node, Negative):
        return Negative(parts[0])
    if isinstance(node, Call):
        return Call(node.function, parts)
    if isinstance(node, Reference) and parts:
        return Reference(node.name, parts)
    return node


def substitute(node: Node, replacements: Mapping[str, Node]) -> Node:
    """Return an expression with arguments renamed or replaced.

    Parameters
    ----------
    replacements : argument -> what stands in its place; others stay

    Raises
    ------
    ExpressionError
        if the result has more than `MOST_NODES` nodes.
    """
    sizes = {name: sum(1 for _ in walk(other)) for name, other in replacements.items()}
    total = sum(sizes.get(part.name, 1) if isinstance(part, Argument) else 1 for part in walk(node))
    if total > MOST_NODES:
        raise ExpressionError(
            f"with its arguments filled in the expression has {total} numbers, names and "
            f"operators; at most {MOST_NODES} are read, so use a table"
        )

    def replaced(part: Node, parts: tuple[Node, ...]) -> Node:
        if isinstance(part, Argument):
            return replacements.get(part.name, part)
        return _rebuilt(part, parts)

    return fold(node, replaced)


_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
# operator -> how tightly it binds, and how tightly its operands must bind to stand bare
_BINDING = {
    "+": (_SUM, _SUM, _PRODUCT),
    "-": (_SUM, _SUM, _PRODUCT),
    "*": (_PRODUCT, _PRODUCT, _SIGN),
    "/": (_PRODUCT, _PRODUCT, _SIGN),
    "**": (_POWER, _ATOM, _SIGN),
}


def number_text(value: float) -> str:
    """Return a number as `repr` writes it, without the point of a whole number.

    >>> number_text(2.0), number_text(1e-05), number_text(0.1)
    ('2', '1e-05', '0.1')
    """
    return repr(float(value)).removesuffix(".0")


def to_text(node: Node) -> str:
    """Return the text of an expression with as few parentheses as it needs.

    Reading the text gives the same tree; numbers are written by `repr`.
    """
    return fold(node, _written)[1]


def _within(operand: tuple[int, str], least: int) -> str:
    binding, text = operand
    return text if binding >= least else f"({text})"


def _written(node: Node, parts: tuple[tuple[int, str], ...]) -> tuple[int, str]:
    """Return how tightly the text of a node binds, and the text."""
    if isinstance(node, Operation):
        binding, left, right = _BINDING[node.operator]
        sign = f" {node.operator} " if binding == _SUM else node.operator
        return binding, f"{_within(parts[0], left)}{sign}{_within(parts[1], right)}"
    if isinstance(node, Negative):
        return _SIGN, f"-{_within(parts[0], _SIGN)}"
    if isinstance(node, Number):
        negative = math.copysign(1, node.value) < 0
        return _SIGN if negative else _ATOM, number_text(node.value)
    if isinstance(node, Call):
        return _ATOM, f"{node.function}({', '.join(text for _, text in parts)})"
    if isinstance(node, Reference):
        inside = f"({', '.join(text for _, text in parts)})" if node.arguments else ""
        return _ATOM, f"{{{node.name}}}{inside}"
    return _ATOM, node.name


def _key(tree: Any) -> tuple[tuple[Any, ...], ...]:
    """Return what makes two trees equal: their nodes in the order of the text."""
    found: list[tuple[Any, ...]] = []
    for node in walk(tree):
        kind = type(node).__name__
        if isinstance(node, Number):
            if math.copysign(1, node.value) < 0:
                found.append(("Negative", None, 1))
            found.append((kind, abs(node.value), 0))
        elif isinstance(node, Operation):
            found.append((kind, node.operator, 2))
        elif isinstance(node, Negative):
            found.append((kind, None, 1))
        else:
            name = node.function if isinstance(node, Call) else node.name
            found.append((kind, name, len(children(node))))
    return tuple(found)


def _from_key(key: tuple[tuple[Any, ...], ...]) -> Node:
    """Return the tree of a key; pickles hold keys, since deep trees overflow them."""
    built: list[Node] = []
    for kind, own, count in reversed(key):
        parts = tuple(built.pop() for _ in range(count))
        built.append(_node(kind, own, parts))
    return built[0]


def _node(kind: str, own: Any, parts: tuple[Node, ...]) -> Node:
    if kind == "Operation":
        return Operation(own, parts[0], parts[1])
    if kind == "Negative":
        return Negative(parts[0])
    if kind == "Call":
        return Call(own, parts)
    if kind == "Reference":
        return Reference(own, parts or None)
    if kind == "Number":
        return Number(own)
    return Argument(own) if kind == "Argument" else Constant(own)
