"""The language of expressions: from text to nodes and back.

The language is an allow-list: numbers, named arguments, arithmetic, a few functions, tables and
references to other parameters. Text becomes a tree by a grammar and is never run as a program.

>>> to_text(parse("8.8e-11*exp((2044)*(1/298.15 - 1/T))", ["T"]))
'8.8e-11*exp(2044*(1/298.15 - 1/T))'
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from twin.parameters.language.grammar import LONGEST_NAME, check_text, failure, read
from twin.parameters.language.nodes import (
    CONSTANTS,
    FUNCTIONS,
    Argument,
    Call,
    Constant,
    ExpressionError,
    Negative,
    Node,
    Number,
    Operation,
    Reference,
    arguments_of,
    children,
    fold,
    in_bpx,
    references,
    substitute,
    to_text,
    walk,
)
from twin.parameters.language.tables import Table, Table2

__all__ = [
    "CONSTANTS",
    "FUNCTIONS",
    "Argument",
    "Call",
    "Constant",
    "ExpressionError",
    "Function",
    "Negative",
    "Node",
    "Number",
    "Operation",
    "Reference",
    "arguments_of",
    "children",
    "fold",
    "function_text",
    "in_bpx",
    "parse",
    "parse_function",
    "references",
    "substitute",
    "to_text",
    "walk",
]

MOST_ARGUMENTS = 20
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SIGNATURE = re.compile(r"[ \t]*\(([^()=]*)\)[ \t]*=(?!=)")


@dataclass(frozen=True)
class Function:
    """A function of a parameter set.

    Parameters
    ----------
    arguments : their names, in order
    body : the expression
    table : what ``linear_table`` and its kin read; ``None`` where the table is elsewhere
    """

    arguments: tuple[str, ...]
    body: Node
    table: Table | Table2 | None = None

    def __post_init__(self) -> None:
        _check_names(self.arguments)
        lost = sorted(arguments_of(self.body) - set(self.arguments))
        if lost:
            raise ExpressionError(
                f"the expression uses {', '.join(lost)}, but its arguments are "
                f"{_listed(self.arguments)}; add what is missing"
            )
        hidden = {part.name for part in walk(self.body) if isinstance(part, Constant)}
        for name in sorted(hidden & set(self.arguments)):
            raise ExpressionError(f"the argument {name} hides the constant {name}; rename it")


def parse(text: str, arguments: Collection[str]) -> Node:
    """Return the tree of an expression.

    Parameters
    ----------
    text : the expression
    arguments : names that it may use

    Raises
    ------
    ExpressionError
        if it is not in the language or beyond its limits; the message names what was found,
        the column and what is allowed.
    """
    _check_names(tuple(arguments))
    return read(text, frozenset(arguments))


def parse_function(description: str) -> Function:
    """Return the function of a description such as ``(c_e, T) = 1e-10*c_e*exp(-100/T)``.

    Raises
    ------
    ExpressionError
        if there is no signature before ``=``, or the rest is no expression.
    """
    check_text(description)
    signature = _SIGNATURE.match(description)
    if signature is None:
        problem = "a function starts with its arguments, as in (sto, T) = 1 + sto"
        raise failure(description, 0, problem)
    inside = signature[1].strip()
    arguments = tuple(name.strip() for name in inside.split(",")) if inside else ()
    _check_names(arguments)
    return Function(arguments, read(description, frozenset(arguments), signature.end()))


def function_text(function: Function) -> str:
    """Return the description that `parse_function` reads, without the table."""
    return f"({', '.join(function.arguments)}) = {to_text(function.body)}"


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or "none"


def _check_names(arguments: tuple[str, ...]) -> None:
    """Refuse argument names that an expression could not use."""
    if len(arguments) > MOST_ARGUMENTS:
        raise ExpressionError(
            f"there are {len(arguments)} arguments; at most {MOST_ARGUMENTS} are read"
        )
    for name in arguments:
        shown = f"the argument {name[:LONGEST_NAME]!a}"
        if not _NAME.fullmatch(name) or "__" in name or len(name) > LONGEST_NAME:
            raise ExpressionError(
                f"{shown} is no name: use letters, digits and single '_', a letter first, at "
                f"most {LONGEST_NAME} characters"
            )
        if name in FUNCTIONS:
            raise ExpressionError(f"{shown} has the name of a function; rename it")
    if len(set(arguments)) < len(arguments):
        twice = next(name for name in arguments if arguments.count(name) > 1)
        raise ExpressionError(f"the argument {twice!r} is given twice; rename one of them")
