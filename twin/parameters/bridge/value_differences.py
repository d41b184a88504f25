"""How far two sets of PyBaMM's parameter values are apart: each number, and each function."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from typing import Any

import numpy as np
import pybamm
from numpy.typing import NDArray

POINTS = 60
SEED = 7
_C_MAX = 4e4
# argument -> between which numbers functions of cells are compared
_RANGES = {
    "sto": (0.01, 0.99),
    "T": (260.0, 330.0),
    "T_dim": (260.0, 330.0),
    "c_e": (50.0, 3000.0),
    "c_s_max": (_C_MAX, _C_MAX),
    "c_s_surf": (0.01 * _C_MAX, 0.99 * _C_MAX),
    "c_Li": (1.0, 1000.0),
    "L_sei": (1e-9, 1e-7),
    "x": (0.01, 0.99),
    "var": (0.01, 0.99),
}


def arguments_of(function: Any) -> tuple[str, ...]:
    """Return the names of the arguments that PyBaMM gives to a function."""
    given = inspect.signature(function).parameters.values()
    return tuple(argument.name for argument in given if argument.default is argument.empty)


def samples(names: Collection[str]) -> list[NDArray[np.float64]]:
    """Return numbers for arguments, at random and always the same.

    Raises
    ------
    KeyError
        for an argument that functions of cells do not have.
    """
    random = np.random.default_rng(SEED)
    known = {name: random.uniform(*ends, POINTS) for name, ends in _RANGES.items()}
    return [known[name] for name in names]


def called(values: Any, name: str, given: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return a function of parameter values at these arguments, as PyBaMM evaluates it."""
    symbol = values[name](*[pybamm.Vector(v) for v in given])
    return np.asarray(values.process_symbol(symbol).evaluate(), dtype=float)


def value_difference(one: Any, other: Any, name: str) -> float:
    """Return the difference of one parameter, relative to its largest size in the first.

    Parameters
    ----------
    one, other : ``pybamm.ParameterValues``
    name : of the parameter; both have it
    """
    functions = [values[name] for values in (one, other) if callable(values[name])]
    given = samples(arguments_of(functions[0])) if functions else []
    found = [
        called(values, name, given) if callable(values[name]) else np.asarray(values[name])
        for values in (one, other)
    ]
    return float(np.max(np.abs(found[0] - found[1])) / (np.max(np.abs(found[0])) or 1.0))


def largest_difference(one: Any, other: Any) -> tuple[float, str]:
    """Return the largest difference of all that the first has, and the parameter's name."""
    names = [name for name in one.keys() if name != "citations"]  # noqa: SIM118 - no Mapping
    return max((value_difference(one, other, name), name) for name in names)
