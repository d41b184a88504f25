"""From a parameter set to PyBaMM's ``ParameterValues``: every function built from its tree."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pybamm

from twin.parameters.bpx.document import Value
from twin.parameters.language.arithmetic import evaluate, pybamm_operations
from twin.parameters.language.expression import Function, function_text
from twin.parameters.parameter_set import ParameterSet


@dataclass(frozen=True)
class SymbolicFunction:
    """A function of a set, called by PyBaMM with symbols.

    Parameters
    ----------
    name : PyBaMM's name of the parameter
    function : its arguments and its tree
    """

    name: str
    function: Function

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Return the expression for the arguments in PyBaMM's order, or by their names.

        Raises
        ------
        TypeError
            for another number of arguments, or other names.
        """
        wanted = self.function.arguments
        by_name = {**dict(zip(wanted, given, strict=False)), **named}
        if len(given) + len(named) != len(wanted) or set(by_name) != set(wanted):
            raise TypeError(
                f"'{self.name}' is a function of {', '.join(wanted)}; "
                f"{len(given) + len(named)} arguments given"
            )
        operations = pybamm_operations()
        found = evaluate(self.function.body, by_name, operations, _reference, self.function.table)
        return found if isinstance(found, pybamm.Symbol) else pybamm.Scalar(found)

    @property
    def __name__(self) -> str:
        return "".join(c if c.isalnum() else "_" for c in self.name)

    @property
    def __signature__(self) -> inspect.Signature:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature([inspect.Parameter(n, kind) for n in self.function.arguments])

    def __str__(self) -> str:
        return function_text(self.function)


def _reference(name: str, arguments: tuple[Any, ...] | None) -> Any:
    """Return another parameter of the set, looked up when the model is processed."""
    if arguments is None:
        return pybamm.Parameter(name)
    return pybamm.FunctionParameter(name, {str(k): v for k, v in enumerate(arguments)})


def pybamm_values(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return numbers as they are and functions as PyBaMM calls them, by PyBaMM's names."""
    return {name: _for_pybamm(name, value) for name, value in values.items()}


def _for_pybamm(name: str, value: Value) -> Any:
    """Return a value as PyBaMM takes it; a function of nothing is a symbol."""
    if not isinstance(value, Function):
        return float(value)
    function = SymbolicFunction(name, value)
    return function if value.arguments else function()


def parameter_values(parameter_set: ParameterSet) -> Any:
    """Return the ``pybamm.ParameterValues`` of a set.

    Numbers and functions equal those that the set was made from to the last digits; the
    keys that PyBaMM cites a set by come along.
    """
    found = pybamm_values(parameter_set.values)
    if parameter_set.document.citations:
        found["citations"] = list(parameter_set.document.citations)
    return pybamm.ParameterValues(found)
