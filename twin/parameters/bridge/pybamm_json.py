"""PyBaMM's JSON of parameter values, read as data.

``ParameterValues.to_json`` writes every function as a tree of nodes, each with the dotted path of
its class. PyBaMM's own reader imports what a path names; here a path is a text that is looked up
in a list of known nodes, and nothing is imported or run. What is not in the list is reported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.errors import ParameterError
from twin.parameters.bpx.document import Value
from twin.parameters.bridge.arguments import argument_names
from twin.parameters.language.expression import (
    Argument,
    Call,
    Function,
    Negative,
    Node,
    Number,
    Operation,
    Reference,
    arguments_of,
    function_text,
    parse_function,
    substitute,
)
from twin.parameters.language.nodes import CONSTANTS, Constant
from twin.parameters.language.short_numbers import short_number
from twin.parameters.language.tables import Table, Table2
from twin.parameters.strict_files import read_json

DEEPEST = 300  # lists and objects; a sum of a hundred terms is a tree of two hundred
TAGS = ("$type", "py/object", "type")  # the last two are of older versions
CITATIONS = "citations"
_LONGEST = 60
_CITATION = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
_OPERATORS = {
    "Addition": "+",
    "Subtraction": "-",
    "Multiplication": "*",
    "Division": "/",
    "Power": "**",
}
# of one argument, then of two
_FUNCTIONS = {
    **{name: (name.lower(), 1) for name in ("Exp", "Log", "Tanh", "Cosh", "Sinh", "Sqrt")},
    "AbsoluteValue": ("abs", 1),
    "Minimum": ("min", 2),
    "Maximum": ("max", 2),
}
_INTERPOLATORS = ("linear", "cubic", "pchip")


@dataclass(frozen=True)
class Plain:
    """What a file holds, by PyBaMM's names.

    Parameters
    ----------
    values : numbers and functions
    unread : name -> why it is neither
    citations : keys by which PyBaMM cites the set
    """

    values: Mapping[str, Value]
    unread: Mapping[str, str]
    citations: tuple[str, ...] = ()


def read_pybamm_json(path: Path) -> Plain:
    """Return numbers and functions in a file of ``ParameterValues.to_json``.

    Raises
    ------
    ParameterError
        if the file cannot be read, or is no object of names and values.
    """
    return plain_data(read_json(path, str(path), top_object=True, deepest=DEEPEST))


def plain_data(data: Mapping[str, Any]) -> Plain:
    """Return numbers and functions of what such a file holds."""
    values: dict[str, Value] = {}
    unread: dict[str, str] = {}
    for name, given in data.items():
        if name == CITATIONS:
            continue
        try:
            values[name] = _value(name, given)
        except ParameterError as error:
            unread[name] = str(error)
    return Plain(values, unread, _citations(data.get(CITATIONS)))


def _citations(given: Any) -> tuple[str, ...]:
    listed = given if isinstance(given, list) else []
    return tuple(key for key in listed if isinstance(key, str) and _CITATION.fullmatch(key))


def _value(name: str, given: Any) -> Value:
    if isinstance(given, dict):
        return _readable(_function(name, given))
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ParameterError(f"{_shown(given)} is neither a number nor a function")
    return _finite(given)


def _function(name: str, given: Mapping[str, Any]) -> Function | float:
    kind = _kind(given)
    reader = _Reader(())
    if kind == "ExpressionFunctionParameter":
        names = given.get("func_args")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ParameterError("it does not say what its arguments are called ('func_args')")
        reader = _Reader(tuple(names))
        (given,) = _children(given, 1)
    elif kind in ("Scalar", "Constant"):
        return _number(given.get("value"))
    body = reader.node(given)
    return _as_asked(name, Function(reader.arguments, body, reader.table))


def _as_asked(name: str, function: Function) -> Function:
    """Return a function of the arguments that PyBaMM's models give, by our names for them.

    The file does not tell arguments with a default from others: those at the end that are not
    used may be such.
    """
    used, given = arguments_of(function.body), function.arguments
    count = max((k + 1 for k, argument in enumerate(given) if argument in used), default=0)
    count = max(count, min(len(given), 1))
    names = argument_names(name, given[:count], given[count:])
    renamed = {old: Argument(new) for old, new in zip(given, names, strict=False)}
    return Function(names, substitute(function.body, renamed), function.table)


def _readable(value: Function | float) -> Value:
    """Return a function that its own text gives again, or say why there is no such text."""
    if isinstance(value, Function):
        parse_function(function_text(value))
    return value


class _Reader:
    """Turns one tree of PyBaMM into ours, and keeps the table that it looks up."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
        self.arguments = arguments
        self.table: Table | Table2 | None = None
        self.readers: Mapping[str, Callable[[Mapping[str, Any]], Node]] = {
            "Scalar": lambda given: short_number(_number(given.get("value"))),
            "Constant": _constant,
            "Parameter": self._parameter,
            "FunctionParameter": self._call,
            "Negate": lambda given: Negative(*self._parts(given, 1)),
            "Interpolant": self._lookup,
        }

    def node(self, given: Any) -> Node:
        if isinstance(given, int | float) and not isinstance(given, bool):
            return short_number(_finite(given))
        kind = _kind(given)
        if kind in _OPERATORS:
            return Operation(_OPERATORS[kind], *self._parts(given, 2))
        if kind in _FUNCTIONS:
            name, count = _FUNCTIONS[kind]
            return Call(name, self._parts(given, count))
        if kind in self.readers:
            return self.readers[kind](given)
        raise ParameterError(f"it uses {kind}, which expressions do not have")

    def _parts(self, given: Mapping[str, Any], count: int | None) -> tuple[Node, ...]:
        return tuple(self.node(child) for child in _children(given, count))

    def _parameter(self, given: Mapping[str, Any]) -> Node:
        name = _name(given)
        return Argument(name) if name in self.arguments else Reference(name)

    def _call(self, given: Mapping[str, Any]) -> Node:
        if given.get("has_diff_variable"):
            raise ParameterError("it uses a derivative, which expressions do not have")
        return Reference(_name(given), self._parts(given, None))

    def _lookup(self, given: Mapping[str, Any]) -> Node:
        kind = given.get("interpolator", "linear")
        if kind not in _INTERPOLATORS or given.get("_num_derivatives"):
            raise ParameterError(f"it reads a table by {_shown(kind)}; tables do not do that")
        table = _table(given)
        if self.table not in (None, table):
            raise ParameterError("it looks up two tables; an expression has one")
        self.table = table
        return Call(f"{kind}_table", self._parts(given, 2 if isinstance(table, Table2) else 1))


def _kind(given: Any) -> str:
    """Return the name of a node's class; only PyBaMM's own have one here."""
    if not isinstance(given, dict):
        raise ParameterError(f"{_shown(given)} stands where a node of an expression is needed")
    path = next((given[tag] for tag in TAGS if isinstance(given.get(tag), str)), "")
    module, _, name = path.rpartition(".")
    if not path or (module and module.partition(".")[0] != "pybamm"):
        raise ParameterError(f"it holds {_shown(path) if path else 'an object'}, not of PyBaMM")
    return str(name)[:_LONGEST]


def _children(given: Mapping[str, Any], count: int | None) -> list[Any]:
    found = given.get("children", [])
    if not isinstance(found, list) or (count is not None and len(found) != count):
        given_count = len(found) if isinstance(found, list) else "no list of"
        raise ParameterError(f"its {_kind(given)} has {given_count} operands, not {count}")
    return found


def _name(given: Mapping[str, Any]) -> str:
    name = given.get("name")
    if not isinstance(name, str):
        raise ParameterError(f"its {_kind(given)} has no name")
    return name


def _constant(given: Mapping[str, Any]) -> Node:
    """Return a constant of nature, where the file has the number that it has here."""
    name, value = given.get("name"), _number(given.get("value"))
    return Constant(name) if CONSTANTS.get(str(name)) == value else Number(value)  # type: ignore[arg-type]


def _table(given: Mapping[str, Any]) -> Table | Table2:
    axes, values = given.get("x"), given.get("y")
    if not isinstance(axes, list) or not isinstance(values, list):
        raise ParameterError("its table has no points")
    if axes and not isinstance(axes[0], list):
        axes = [axes]
    if len(axes) == 1:
        return Table(tuple(axes[0]), tuple(_flat(values)))
    if len(axes) == 2 and all(isinstance(row, list) for row in values):
        return Table2(tuple(axes[0]), tuple(axes[1]), tuple(tuple(row) for row in values))
    raise ParameterError(f"it looks up a table of {len(axes)} arguments; at most 2 go")


def _flat(values: list[Any]) -> list[Any]:
    """Return the numbers of a column, which may be given as rows of one."""
    return [v[0] if isinstance(v, list) and len(v) == 1 else v for v in values]


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ParameterError(f"{_shown(given)} is given where a number is needed")
    return _finite(given)


def _finite(given: int | float) -> float:
    value = float(given)
    if not math.isfinite(value):
        raise ParameterError(f"{value} is not finite")
    return value


def _shown(given: Any) -> str:
    text = "an object" if isinstance(given, dict) else ascii(given)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
