r"""Tables as PyBaMM symbols whose values are the same in Python and in CasADi.

PyBaMM's own interpolants are used as far as CasADi evaluates them as Python does. It does not
do so in two cases: outside its table a cubic spline is zero, and a two-dimensional one has its
coefficients transposed. Two-dimensional interpolants also need arguments of one shape. So

- a cubic is evaluated within its table, and the polynomial of its first or last piece, which is
  what Python extrapolates with, is added outside;
- a table of two arguments is a sum over the values of the second one,
  :math:`z(x, y) = \sum_j s_j(x)\, e_j(y)`, of the interpolant :math:`s_j` of one column times the
  interpolant :math:`e_j` of one at :math:`y_j` and zero at the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from twin.parameters.language.tables import Table, Table2, check_interpolation, interpolate


def table_symbol(kind: str, table: Table | Table2, arguments: tuple[Any, ...]) -> Any:
    """Return the value of a table as a PyBaMM symbol.

    Parameters
    ----------
    kind : ``"linear"``, ``"cubic"`` or ``"pchip"``
    arguments : PyBaMM symbols, one or two as the table has

    Raises
    ------
    ParameterError
        as for :func:`twin.parameters.language.tables.interpolate`.
    """
    check_interpolation(table, kind, len(arguments))
    if isinstance(table, Table):
        return _one(kind, table, arguments[0])
    total: Any = 0
    unit = np.eye(len(table.second))
    for column, chosen in zip(zip(*table.z, strict=True), unit, strict=True):
        along = _one(kind, Table(table.x, column), arguments[0])
        total = total + along * _one(kind, Table(table.second, tuple(chosen)), arguments[1])
    return total


def _one(kind: str, table: Table, argument: Any) -> Any:
    """Return a table of one argument."""
    import pybamm

    if isinstance(argument, pybamm.Scalar):
        return pybamm.Scalar(float(interpolate(table, kind, argument.value)))
    x, y = np.array(table.x), np.array(table.y)
    if kind != "cubic":
        return _interpolant(kind, x, y, argument)
    first, last = table.x[0], table.x[-1]
    inside = pybamm.maximum(pybamm.minimum(argument, last), first)
    below = pybamm.minimum(argument - first, 0)
    above = pybamm.maximum(argument - last, 0)
    left, right = _slopes(x, y)
    return _interpolant(kind, x, y, inside) + _polynomial(left, below) + _polynomial(right, above)


def _interpolant(kind: str, x: Any, y: Any, argument: Any) -> Any:
    import pybamm

    return pybamm.Interpolant(x, y, argument, name=f"{kind}_table", interpolator=kind)


def _slopes(x: Any, y: Any) -> tuple[list[float], list[float]]:
    """Return the coefficients of the powers from 1 at both ends of a cubic spline."""
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(x, y)
    factorials = ((1, 1.0), (2, 2.0), (3, 6.0))
    ends = (float(x[0]), float(x[-1]))
    left, right = (
        [float(spline(end, n)) / n_factorial for n, n_factorial in factorials] for end in ends
    )
    return left, right


def _polynomial(coefficients: list[float], distance: Any) -> Any:
    linear, square, cube = coefficients
    return distance * (linear + distance * (square + distance * cube))
