"""From PyBaMM's expressions to ours: functions of a ``ParameterValues``, read as trees."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pybamm

from twin.errors import ParameterError
from twin.parameters.bridge.arguments import argument_names
from twin.parameters.language.expression import (
    Argument,
    Call,
    Function,
    Negative,
    Node,
    Operation,
    Reference,
)
from twin.parameters.language.nodes import CONSTANTS, Constant
from twin.parameters.language.short_numbers import short_number
from twin.parameters.language.tables import Table, Table2

_MARK = "argument: "
_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
DERIVATIVE = "it uses a derivative, which expressions do not have"
_OPERATORS = {
    pybamm.Addition: "+",
    pybamm.Subtraction: "-",
    pybamm.Multiplication: "*",
    pybamm.Division: "/",
    pybamm.Power: "**",
}
_FUNCTIONS = {
    pybamm.Exp: "exp",
    pybamm.Log: "log",
    pybamm.Tanh: "tanh",
    pybamm.Cosh: "cosh",
    pybamm.Sinh: "sinh",
    pybamm.Sqrt: "sqrt",
    pybamm.AbsoluteValue: "abs",
    pybamm.Minimum: "min",
    pybamm.Maximum: "max",
}


def traced(function: Callable[..., Any], name: str = "") -> Function:
    """Return a function of PyBaMM symbols as data.

    Arguments have PyBaMM's meaning by position, and here one name (:mod:`.arguments`). Further
    ones with a default have it.

    Raises
    ------
    ParameterError
        for what the language does not have, with its name.
    """
    ours = getattr(function, "function", None)
    if isinstance(ours, Function):
        return ours
    given = [p for p in inspect.signature(function).parameters.values() if p.kind in _BY_POSITION]
    required = [argument.name for argument in given if argument.default is argument.empty]
    optional = [argument.name for argument in given if argument.default is not argument.empty]
    names = argument_names(name, required, optional)
    with pybamm.tracing():  # as written: simplified, a number is another one
        found = function(*(pybamm.Parameter(_MARK + name) for name in names))
    if not isinstance(found, pybamm.Symbol):
        return Function(names, short_number(float(found)))
    tracer = _Tracer()
    body = tracer.node(found)
    return Function(names, body, tracer.table)


class _Tracer:
    """Turns one expression into a tree, and keeps the table that it looks up."""

    def __init__(self) -> None:
        self.table: Table | Table2 | None = None

    def node(self, symbol: Any) -> Node:
        if isinstance(symbol, pybamm.Constant) and CONSTANTS.get(symbol.name) == symbol.value:
            return Constant(symbol.name)
        if isinstance(symbol, pybamm.Scalar):
            return short_number(float(symbol.value))
        if isinstance(symbol, pybamm.InputParameter):
            raise ParameterError(f"it has an input without a value, '{symbol.name}'")
        if isinstance(symbol, pybamm.Parameter):
            if symbol.name.startswith(_MARK):
                return Argument(symbol.name.removeprefix(_MARK))
            return Reference(symbol.name)
        if isinstance(symbol, pybamm.FunctionParameter):
            if symbol.diff_variable is not None:
                raise ParameterError(DERIVATIVE)
            return Reference(symbol.name, tuple(self.node(c) for c in symbol.children))
        return self._composed(symbol)

    def _composed(self, symbol: Any) -> Node:
        if isinstance(symbol, pybamm.Interpolant):
            return self._lookup(symbol)
        parts = tuple(self.node(child) for child in symbol.children)
        if type(symbol) in _OPERATORS:
            return Operation(_OPERATORS[type(symbol)], *parts)
        if isinstance(symbol, pybamm.Negate):
            return Negative(*parts)
        if type(symbol) in _FUNCTIONS:
            return Call(_FUNCTIONS[type(symbol)], parts)
        raise ParameterError(f"it uses {type(symbol).__name__}, which expressions do not have")

    def _lookup(self, symbol: Any) -> Node:
        if symbol._num_derivatives:
            raise ParameterError(DERIVATIVE)
        if not symbol.extrapolate:
            raise ParameterError("its table ends at its last point; tables here go on beyond")
        table = _table(symbol)
        if self.table not in (None, table):
            raise ParameterError("it looks up two tables; an expression has one")
        self.table = table
        return Call(f"{symbol.interpolator}_table", tuple(self.node(c) for c in symbol.children))


def _table(symbol: Any) -> Table | Table2:
    """Return the data of an interpolant."""
    axes = [tuple(map(float, np.ravel(axis))) for axis in symbol.x]
    if len(axes) == 1:
        return Table(axes[0], tuple(map(float, np.ravel(symbol.y))))
    if len(axes) == 2:
        rows = tuple(tuple(map(float, row)) for row in np.asarray(symbol.y))
        return Table2(axes[0], axes[1], rows)
    raise ParameterError(f"it looks up a table of {len(axes)} arguments; at most 2 go")
