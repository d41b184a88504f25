r"""The functions of a discretised model, in CasADi: what the integrator evaluates.

With states :math:`y`, of which the first have a time derivative, time :math:`t` since the step
began and inputs :math:`p`, the model is :math:`M \dot y = f(t, y, p)`. The residual of a large
model stays a graph of operations on vectors; all else is made of scalars, the cheapest measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import casadi
import numpy as np
import pybamm
from numpy.typing import NDArray

from twin.ageing.kernel.cache import Entry
from twin.ageing.kernel.control import START
from twin.ageing.kernel.model import CURRENT_STATE

RESIDUAL, JACOBIAN, MASS = "residual", "jacobian", "mass"
EVENTS, SERIES = "events", "series"
ALGEBRAIC, ALGEBRAIC_JACOBIAN = "algebraic", "algebraic_jacobian"


# an operation on a vector costs CasADi's interpreter about as much as ten on scalars
SCALARS_FOR_A_VECTOR = 10
# a row of a Jacobian is long if it has this many times the entries of an ordinary one
LONG_ROW = 10


@dataclass(frozen=True)
class Layout:
    """What the entries of the vectors are.

    Parameters
    ----------
    states, differential : number of states, and of those with a time derivative
    parameters : names of the inputs, in order
    events : names of the events, in order
    series : names of the time series, in order
    current : entry of the cell current, what its state is subtracted from, and its scale
    slices : name, first entry and end of each variable
    timed : whether the model depends on the time since the start of the run
    standard : whether time derivatives stand alone in their equations
    """

    states: int
    differential: int
    parameters: tuple[str, ...]
    events: tuple[str, ...]
    series: tuple[str, ...]
    current: tuple[int, float, float]
    slices: tuple[tuple[str, int, int], ...]
    timed: bool
    standard: bool


@dataclass(frozen=True)
class Kernel:
    """Functions of a model by name, with what their vectors mean.

    Parameters
    ----------
    layout : what the entries of the vectors are
    functions : CasADi functions, in CasADi's text for them
    start : the state vector that the parameters describe
    columns, rows : pattern of the Jacobian: where columns begin, and the row of each entry
    """

    layout: Layout
    functions: Mapping[str, str]
    start: NDArray[np.float64]
    columns: NDArray[np.int64]
    rows: NDArray[np.int64]


def to_entry(kernel: Kernel) -> Entry:
    """Return a kernel as it is kept on disk."""
    arrays = {"start": kernel.start, "columns": kernel.columns, "rows": kernel.rows}
    return Entry(asdict(kernel.layout), kernel.functions, arrays)


def from_entry(entry: Entry) -> Kernel:
    """Return the kernel that was kept."""
    facts = {name: _tuples(value) for name, value in entry.facts.items()}
    arrays = entry.arrays
    return Kernel(Layout(**facts), entry.texts, arrays["start"], arrays["columns"], arrays["rows"])


def _tuples(value: Any) -> Any:
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value


class Symbols:
    """The symbols of a model's functions, with one memo of what has been converted.

    Parameters
    ----------
    model : discretised PyBaMM model
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.parameters = tuple(sorted(p.name for p in model.input_parameters))
        self.t = casadi.MX.sym("t")
        self.y = casadi.MX.sym("y", model.len_rhs_and_alg)
        self.p = casadi.MX.sym("p", len(self.parameters))
        self._inputs = {name: self.p[i] for i, name in enumerate(self.parameters)}
        self._memo: dict[Any, Any] = {}

    def casadi(self, symbol: Any) -> Any:
        """Return a PyBaMM symbol as a CasADi expression."""
        return symbol.to_casadi(self.t, self.y, inputs=self._inputs, casadi_symbols=self._memo)

    def function(self, name: str, expressions: Sequence[Any]) -> Any:
        """Return the CasADi function of t, y and p for expressions, one below the other."""
        return casadi.Function(name, [self.t, self.y, self.p], [casadi.vertcat(*expressions)])

    def observer(self, names: Sequence[str]) -> Any:
        """Return a CasADi function for variables of the model, one output for each."""
        wanted = [self.casadi(self._model.get_processed_variable(name)) for name in names]
        return casadi.Function("observe", [self.t, self.y, self.p], wanted)


def kernel_of(model: Any, series: Sequence[str], inputs: Mapping[str, float]) -> Kernel:
    """Return the functions of a discretised model.

    Parameters
    ----------
    model : discretised PyBaMM model, with the current as an algebraic state
    series : names of variables to follow; fields among them are left out
    inputs : values of its inputs at the start
    """
    symbols = Symbols(model)
    algebraic = symbols.casadi(model.concatenated_algebraic)
    parts = [algebraic]
    if model.len_rhs:
        parts = [symbols.casadi(model.concatenated_rhs), algebraic]
    residual = symbols.function(RESIDUAL, parts)
    watched = [symbols.casadi(event.expression) for event in _ends(model)]
    values = {name: symbols.casadi(model.get_processed_variable(name)) for name in series}
    series = tuple(name for name, value in values.items() if value.numel() == 1)
    followed = [values[name] for name in series]
    functions = {
        RESIDUAL: _cheaper(residual),
        EVENTS: _of_scalars(symbols.function(EVENTS, watched)),
        SERIES: _of_scalars(symbols.function(SERIES, followed)),
        **_jacobians(model, residual, symbols.function(ALGEBRAIC, [algebraic])),
    }
    start = model.concatenated_initial_conditions.evaluate(0, inputs=dict(inputs))
    followed_time = casadi.depends_on(casadi.vertcat(*parts, *watched, *followed), symbols.t)
    pattern = functions[JACOBIAN].sparsity_out(0)
    return Kernel(
        _layout(model, symbols, series, timed=bool(followed_time)),
        {name: function.serialize() for name, function in functions.items()},
        np.asarray(start, dtype=float).reshape(-1),
        np.array(pattern.colind(), dtype=np.int64),
        np.array(pattern.row(), dtype=np.int64),
    )


def _ends(model: Any) -> list[Any]:
    """Return the events that end a step: not those of an interpolant that is left."""
    kind = pybamm.EventType.TERMINATION
    return [event for event in model.events if event.event_type == kind]


def _layout(model: Any, symbols: Symbols, series: tuple[str, ...], *, timed: bool) -> Layout:
    slices = tuple(
        (str(variable.name), int(part.start), int(part.stop))
        for variable, parts in model.y_slices.items()
        for part in parts
    )
    current = next(v for v in model.y_slices if v.name == CURRENT_STATE)
    return Layout(
        int(model.len_rhs_and_alg),
        int(model.len_rhs),
        symbols.parameters,
        tuple(event.name for event in _ends(model)),
        series,
        (
            int(model.y_slices[current][0].start),
            float(current.reference.evaluate()),
            float(current.scale.evaluate()),
        ),
        slices,
        timed and START not in symbols.parameters,
        bool(model.is_standard_form_dae),
    )


def _jacobians(model: Any, residual: Any, algebraic: Any) -> dict[str, Any]:
    """Return Jacobian less ``cj`` times mass matrix, and what finds consistent states."""
    mass, v = casadi.DM(model.mass_matrix.entries), casadi.MX.sym("v", residual.size1_in(1))
    found = {
        JACOBIAN: _iteration_matrix(residual, mass),
        MASS: casadi.Function(MASS, [v], [casadi.densify(mass @ v)]),
    }
    if not model.is_standard_form_dae:
        return found
    return {**found, ALGEBRAIC: algebraic, ALGEBRAIC_JACOBIAN: _slope(algebraic)}


def _iteration_matrix(residual: Any, mass: Any) -> Any:
    """Return the function of t, y, p and cj for ``df/dy - cj M``."""
    kind, arguments = _symbols_for(residual)
    cj = kind.sym("cj")
    matrix = _derivative(residual(*arguments), arguments[1]) - cj * mass
    return casadi.Function(JACOBIAN, [*arguments, cj], [matrix])


def _derivative(expression: Any, y: Any) -> Any:
    """Return the Jacobian of an expression, its long rows apart.

    CasADi finds entries together that do not share a row; one long row, such as the sum of a
    current over an electrode, would keep all others apart.
    """
    pattern = casadi.jacobian_sparsity(expression, y)
    entries = np.bincount(np.array(pattern.row(), dtype=int), minlength=expression.numel())
    long = entries > LONG_ROW * max(1.0, float(np.median(entries)))
    if not long.any():
        return casadi.jacobian(expression, y)
    order = np.argsort(long, kind="stable")
    parts = [np.flatnonzero(~long).tolist(), np.flatnonzero(long).tolist()]
    rows = casadi.vertcat(*(casadi.jacobian(expression[part], y) for part in parts))
    return rows[np.argsort(order).tolist(), :]


def _slope(algebraic: Any) -> Any:
    """Return the function of t, y and p for the Jacobian of the algebraic equations."""
    _, arguments = _symbols_for(algebraic)
    slope = _derivative(algebraic(*arguments), arguments[1])
    return casadi.Function(ALGEBRAIC_JACOBIAN, arguments, [slope])


def _symbols_for(function: Any) -> tuple[Any, list[Any]]:
    """Return symbols of scalars for the arguments, of matrices where there is a table in it."""
    sizes = [function.size1_in(i) for i in range(3)]
    for kind in (casadi.SX, casadi.MX):
        arguments = [kind.sym(name, size) for name, size in zip("typ", sizes, strict=True)]
        try:
            function(*arguments)
        except RuntimeError:
            continue
        break
    return kind, arguments


def _cheaper(function: Any) -> Any:
    """Return a function as operations on scalars, if that is the quicker way to evaluate it."""
    scalars = _of_scalars(function)
    few = SCALARS_FOR_A_VECTOR * function.n_instructions()
    return scalars if scalars.n_instructions() < few else function


def _of_scalars(function: Any) -> Any:
    """Return a function as operations on scalars, or as it is where that cannot be."""
    try:
        return function.expand()
    except RuntimeError:
        return function
