"""Tables of values, and the three ways to read between their points.

Within a table ``linear`` joins the points by straight lines, ``cubic`` by the twice
continuously differentiable cubic spline whose third derivative is continuous at the second and
the last but one point, ``pchip`` by the monotone cubic of Fritsch and Butland [1]_. These are
PyBaMM's interpolants.

References
----------
.. [1] F. N. Fritsch, J. Butland, "A method for constructing local monotone piecewise cubic
   interpolants," SIAM J. Sci. Stat. Comput. 5, 300 (1984). doi:10.1137/0905021
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import ParameterError

KINDS = ("linear", "cubic", "pchip")
LEAST_POINTS = {"linear": 2, "cubic": 4, "pchip": 2}
MOST_POINTS = 100_000
MOST_SECOND = 50  # values of the second argument: each costs two look-ups at every step
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SHOWN = 40


@dataclass(frozen=True)
class Table:
    """Values over one argument.

    Parameters
    ----------
    x : values of the argument, ascending
    y : the function there
    """

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", _ascending(self.x, "x"))
        object.__setattr__(self, "y", _numbers(self.y, "y"))
        if len(self.x) != len(self.y):
            raise ParameterError(
                f"a table has as many y as x, not {len(self.y)} y for {len(self.x)} x"
            )

    def plain(self) -> dict[str, list[float]]:
        """Return the table as a file holds it."""
        return {"x": list(self.x), "y": list(self.y)}


@dataclass(frozen=True)
class Table2:
    """Values over two arguments.

    Parameters
    ----------
    x, second : values of the first and of the second argument, ascending
    z : ``z[i][j]`` is the function at ``x[i]`` and ``second[j]``
    """

    x: tuple[float, ...]
    second: tuple[float, ...]
    z: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", _ascending(self.x, "x"))
        object.__setattr__(self, "second", _ascending(self.second, "the second argument"))
        object.__setattr__(self, "z", tuple(_numbers(row, "a row of z") for row in self.z))
        if len(self.second) > MOST_SECOND:
            raise ParameterError(
                f"a table has {len(self.second)} values of its second argument; allowed: at most "
                f"{MOST_SECOND}, so thin them out"
            )
        if len(self.x) * len(self.second) > MOST_POINTS:
            raise ParameterError(f"a table has at most {MOST_POINTS} points; thin it out")
        if len(self.z) != len(self.x) or any(len(row) != len(self.second) for row in self.z):
            raise ParameterError(
                f"a table with {len(self.x)} x and {len(self.second)} second arguments has as "
                "many rows and columns of z; complete it"
            )

    def plain(self) -> dict[str, dict[str, list[float]]]:
        """Return one table per value of the second argument, as a file holds them."""
        columns = zip(*self.z, strict=True)
        return {
            repr(value): {"x": list(self.x), "y": list(column)}
            for value, column in zip(self.second, columns, strict=True)
        }


def read_table(data: Mapping[str, Any], where: str = "the table") -> Table:
    """Return a table from ``{"x": [...], "y": [...]}``; x in any order is sorted.

    Raises
    ------
    ParameterError
        if keys, lengths or values are wrong, or an x is given twice.
    """
    if not isinstance(data, Mapping) or set(data) != {"x", "y"}:
        keys = f"the keys {_listed(data)}" if isinstance(data, Mapping) else "no keys"
        raise ParameterError(f"{where} has {keys}; a table has x and y, two lists of numbers")
    try:
        x, y = _numbers(data["x"], "x"), _numbers(data["y"], "y")
        if len(x) == len(y):
            order = sorted(range(len(x)), key=x.__getitem__)
            x, y = tuple(x[i] for i in order), tuple(y[i] for i in order)
        return Table(x, y)
    except ParameterError as error:
        raise ParameterError(f"{where}: {error}") from None


def read_tables(data: Mapping[str, Mapping[str, Any]], where: str = "the tables") -> Table2:
    """Return a two-dimensional table from one table per value of the second argument.

    Parameters
    ----------
    data : value of the second argument, as a text -> table; all have the same x

    Raises
    ------
    ParameterError
        if a value or a table cannot be read, or the tables differ in x.
    """
    if not isinstance(data, Mapping):
        raise ParameterError(f"{where}: give one table per value of the second argument")
    read = sorted(
        (_value(key, where), read_table(table, f"{where}, {key!s:.40}"))
        for key, table in data.items()
    )
    for value, table in read:
        if table.x != read[0][1].x:
            raise ParameterError(
                f"{where}: the tables at {read[0][0]!r} and {value!r} differ in x; give all "
                "tables the same x"
            )
    try:
        x = read[0][1].x if read else ()
        z = zip(*(table.y for _, table in read), strict=True)
        return Table2(x, tuple(value for value, _ in read), tuple(z))
    except ParameterError as error:
        raise ParameterError(f"{where}: {error}") from None


def interpolate(table: Table | Table2, kind: str, *arguments: ArrayLike) -> NDArray[np.float64]:
    """Return a table's values, as ``pybamm.Interpolant`` evaluates them in Python.

    Outside the table the first or last piece goes on. A table of two arguments is read along
    the first one and then along the second; in a ``cubic`` one PyBaMM solves for the same
    spline by iteration, to four digits.

    Parameters
    ----------
    kind : ``"linear"``, ``"cubic"`` or ``"pchip"``
    arguments : one, or two that broadcast, as the table has

    Raises
    ------
    ParameterError
        if the table has too few points, or another number of arguments.
    """
    check_interpolation(table, kind, len(arguments))
    values = [np.asarray(value, dtype=float) for value in arguments]
    pieces = _pieces(table, kind)
    if isinstance(table, Table):
        return np.asarray(pieces[0](values[0]), dtype=float)
    first, second = np.broadcast_arrays(*values)
    found: NDArray[np.float64] = (pieces[0](first) * pieces[1](second)).sum(axis=-1)
    return found


def check_interpolation(table: Table | Table2, kind: str, arguments: int) -> None:
    """Refuse a way to read a table that it has too few points or another dimension for."""
    if kind not in KINDS:
        raise ParameterError(f"a table is not read by '{kind}'; use {', '.join(KINDS)}")
    dimension = 1 if isinstance(table, Table) else 2
    if arguments != dimension:
        raise ParameterError(
            f"the table has {dimension} argument(s), but {kind}_table is given {arguments}"
        )
    if dimension == 2 and kind == "pchip":
        raise ParameterError("pchip_table reads tables of one argument; use cubic_table")
    points = min(len(table.x), len(table.second)) if isinstance(table, Table2) else len(table.x)
    if points < LEAST_POINTS[kind]:
        raise ParameterError(
            f"{kind}_table needs {LEAST_POINTS[kind]} points in each argument, but the table has "
            f"{points}; use linear_table"
        )


@lru_cache(maxsize=64)
def _pieces(table: Table | Table2, kind: str) -> tuple[Any, ...]:
    """Return what interpolates a table; of two arguments the columns, and their weights."""
    x = np.array(table.x)
    if isinstance(table, Table):
        return (_interpolator(x, np.array(table.y), kind),)
    weights = _interpolator(np.array(table.second), np.eye(len(table.second)), kind)
    return _interpolator(x, np.array(table.z), kind), weights


def _interpolator(x: NDArray[np.float64], y: NDArray[np.float64], kind: str) -> Any:
    from scipy import interpolate as scipy_interpolate

    if kind == "cubic":
        return scipy_interpolate.CubicSpline(x, y)
    if kind == "pchip":
        return scipy_interpolate.PchipInterpolator(x, y)
    return scipy_interpolate.interp1d(x, y, axis=0, bounds_error=False, fill_value="extrapolate")


def _listed(keys: Any) -> str:
    return ", ".join(f"{key!s:.{_SHOWN}}" for key in list(keys)[:5]) or "none"


def _value(text: Any, where: str) -> float:
    """Return the second argument that a table is for."""
    if isinstance(text, str) and len(text) <= _SHOWN and _NUMBER.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
    raise ParameterError(
        f"{where}: {str(text)[:_SHOWN]!a} is no value of the second argument; write a number, "
        'as in "298.15"'
    )


def _numbers(values: Any, name: str) -> tuple[float, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        raise ParameterError(f"{name} is no list; give a list of numbers")
    if len(values) > MOST_POINTS:
        raise ParameterError(
            f"{name} has {len(values)} numbers; a table has at most {MOST_POINTS}, so thin it out"
        )
    found = []
    for place, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, int | float | np.floating):
            shown = f"{value!a:.{_SHOWN}}"
            raise ParameterError(f"{name}[{place + 1}] is {shown}; give a number")
        found.append(_finite(value, f"{name}[{place + 1}]"))
    return tuple(found)


def _finite(value: Any, name: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ParameterError(f"{name} is no finite number; leave the point out")
    return number


def _ascending(values: Any, name: str) -> tuple[float, ...]:
    numbers = _numbers(values, name)
    if len(numbers) < 2:
        raise ParameterError(f"{name} has {len(numbers)} value(s); a table has at least 2")
    for before, after in pairwise(numbers):
        if before == after:
            raise ParameterError(f"{name} has {after!r} twice; keep one of the points")
        if before > after:
            raise ParameterError(f"{name} has {after!r} after {before!r}; sort it")
    return numbers
