"""The value of an expression, in NumPy or as a tree of PyBaMM symbols.

Numbers follow IEEE 754: a division by zero gives an infinity, the logarithm or the root of a
negative number is not a number, and what is too large is infinite. Callers ask whether what
they get is finite.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

import numpy as np

from twin.errors import nearest
from twin.parameters.language.nodes import (
    CONSTANTS,
    Argument,
    Call,
    Constant,
    ExpressionError,
    Negative,
    Node,
    Number,
    Operation,
    Reference,
    fold,
    operands,
    signed_terms,
    to_text,
)
from twin.parameters.language.table_symbols import table_symbol
from twin.parameters.language.tables import Table, Table2, interpolate

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}


@dataclass(frozen=True)
class Operations:
    """What an expression is evaluated with.

    Parameters
    ----------
    value : makes an operand of a number, an argument or a referenced value
    functions : name of a function of one argument -> function
    minimum, maximum : of two operands
    table : value of a table, from the kind of interpolation, the table and its arguments
    """

    value: Callable[[Any], Any]
    functions: Mapping[str, Callable[[Any], Any]]
    minimum: Callable[[Any, Any], Any]
    maximum: Callable[[Any, Any], Any]
    table: Callable[[str, Table | Table2, tuple[Any, ...]], Any]


def _numpy_value(value: Any) -> Any:
    return np.asarray(value, dtype=float)[()]


def _numpy_table(kind: str, table: Table | Table2, arguments: tuple[Any, ...]) -> Any:
    return interpolate(table, kind, *arguments)[()]


NUMPY = Operations(
    value=_numpy_value,
    functions={
        "exp": np.exp,
        "log": np.log,
        "tanh": np.tanh,
        "cosh": np.cosh,
        "sinh": np.sinh,
        "sqrt": np.sqrt,
        "abs": np.abs,
    },
    minimum=np.minimum,
    maximum=np.maximum,
    table=_numpy_table,
)


@cache
def pybamm_operations() -> Operations:
    """Return the operations that build PyBaMM symbols."""
    import pybamm

    def value(operand: Any) -> Any:
        return operand if isinstance(operand, pybamm.Symbol) else pybamm.Scalar(float(operand))

    return Operations(
        value=value,
        functions={
            "exp": pybamm.exp,
            "log": pybamm.log,
            "tanh": pybamm.tanh,
            "cosh": pybamm.cosh,
            "sinh": pybamm.sinh,
            "sqrt": pybamm.sqrt,
            "abs": abs,
        },
        minimum=pybamm.minimum,
        maximum=pybamm.maximum,
        table=table_symbol,
    )


def evaluate(
    node: Node,
    arguments: Mapping[str, Any],
    operations: Operations,
    reference: Callable[[str, tuple[Any, ...] | None], Any],
    table: Table | Table2 | None = None,
) -> Any:
    """Return the value of an expression.

    Sums of many terms are taken by halves (`nodes.operands`), all else from left to right.

    Parameters
    ----------
    arguments : name -> value
    operations : `NUMPY`, or what `pybamm_operations` returns
    reference : value of another parameter, from its name and the values of its arguments
        (``None`` where it is not called)
    table : what ``linear_table`` and its kin read

    Raises
    ------
    ExpressionError
        if an argument or the table is missing.
    ParameterError
        if the table has another number of arguments, or too few points.
    """
    values = _Values(arguments, operations, reference, table)
    with np.errstate(all="ignore"):
        return fold(node, values.of, operands)


@dataclass(frozen=True)
class _Values:
    arguments: Mapping[str, Any]
    operations: Operations
    reference: Callable[[str, tuple[Any, ...] | None], Any]
    table: Table | Table2 | None

    def of(self, node: Node, parts: tuple[Any, ...]) -> Any:
        if isinstance(node, Operation):
            return _operation(node, parts)
        if isinstance(node, Negative):
            return -parts[0]
        if isinstance(node, Call):
            return self._call(node.function, parts)
        return self.operations.value(self._leaf(node, parts))

    def _leaf(self, node: Node, parts: tuple[Any, ...]) -> Any:
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Constant):
            return CONSTANTS[node.name]
        if isinstance(node, Reference):
            return self.reference(node.name, parts or None)
        if isinstance(node, Argument) and node.name in self.arguments:
            return self.arguments[node.name]
        known = ", ".join(self.arguments) or "none"
        name = str(getattr(node, "name", node))
        raise ExpressionError(
            f"the argument {name!r} has no value; given are {known}{nearest(name, self.arguments)}"
        )

    def _call(self, name: str, parts: tuple[Any, ...]) -> Any:
        if name in self.operations.functions:
            return self.operations.functions[name](parts[0])
        if name in ("min", "max"):
            two = self.operations.minimum if name == "min" else self.operations.maximum
            return reduce(two, parts)
        if self.table is None:
            raise ExpressionError(
                f"{name} reads a table, but there is none; give the function a 'table' or 'tables'"
            )
        return self.operations.table(name.removesuffix("_table"), self.table, parts)


def _operation(node: Operation, parts: tuple[Any, ...]) -> Any:
    if len(parts) > 2:
        return _sum([sign for sign, _ in signed_terms(node)], list(parts))
    try:
        return _OPERATORS[node.operator](*parts)
    except (ZeroDivisionError, OverflowError):
        raise ExpressionError(
            f"{to_text(node)} divides by zero or is too large; change the expression"
        ) from None


def _sum(signs: list[str], values: list[Any]) -> Any:
    """Return a sum taken by halves; the sign of the first term has been dealt with."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    left, right = _sum(signs[:half], values[:half]), signs[half:]
    if right[0] == "-":
        flipped = ["+" if sign == "-" else "-" for sign in right]
        return left - _sum(flipped, values[half:])
    return left + _sum(right, values[half:])
