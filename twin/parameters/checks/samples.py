"""Functions of a set evaluated over the states that a cell may come into.

Every argument has a range here: stoichiometry, salt concentration, temperature and so on. A
surface concentration is taken as a share of the largest one of its own set, so that two sets
can be compared where their particles are filled alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import ParameterError
from twin.parameters.bpx.document import Value
from twin.parameters.equilibrium import call, number
from twin.parameters.language.expression import Function, arguments_of

Floats = NDArray[np.float64]
STO, SALT, KELVIN = "sto", "c_e", "T"
SURFACE, LARGEST, REFERENCE = "c_s_surf", "c_s_max", "T_ref"
# argument -> from where to where; a surface concentration as a share of the largest
SPANS: Mapping[str, tuple[float, float]] = {
    STO: (0.01, 0.99),
    SALT: (1.0, 3000.0),
    KELVIN: (258.0, 328.0),
    SURFACE: (0.01, 0.99),
    "c_Li": (0.0, 1000.0),
    "L_sei": (1e-9, 1e-6),
    "t_plus": (0.1, 0.5),
}
MOST_SAMPLES = 1500
UNUSED = 1.0  # for an argument that a function does not depend on
POINTS = 201  # of a function of one argument
_ALIASES = {"T_dim": KELVIN}
_OF_TEMPERATURE = re.compile(
    r"thermal|specific heat|cracking rate|density \[kg|collector|expansion|modulus|Young"
)
_OF_PARTICLES = re.compile(r"^((?:Primary|Secondary): )?(Negative|Positive) (electrode|particle)")
_OCP = re.compile(
    r"^((?:Primary|Secondary): )?(Negative|Positive) electrode (?:(?:de)?lithiation )?OCP \[V\]$"
)


def is_ocp(name: str) -> bool:
    """Return whether a name is that of an open-circuit potential.

    >>> is_ocp("Primary: Negative electrode lithiation OCP [V]"), is_ocp("SEI resistivity [Ohm.m]")
    (True, False)
    """
    return _OCP.match(name) is not None


def coordinate(name: str, argument: str) -> str | None:
    """Return what an argument of a function stands for, ``None`` where nobody knows.

    >>> coordinate("Electrolyte conductivity [S.m-1]", "x")
    'c_e'
    """
    if argument == "x":
        return _of_x(name)
    found = _ALIASES.get(argument, argument)
    return found if found in SPANS or found in (LARGEST, REFERENCE) else None


def _of_x(name: str) -> str | None:
    if name.startswith("Electrolyte"):
        return SALT
    if _OF_TEMPERATURE.search(name):
        return KELVIN
    return STO if _OF_PARTICLES.match(name) else None


def unknown_arguments(name: str, value: Value) -> list[str]:
    """Return the arguments that a function depends on and that have no range here."""
    return [argument for argument in _used(value) if coordinate(name, argument) is None]


def _used(value: Value) -> list[str]:
    """Return the arguments that occur in a function, in order."""
    if not isinstance(value, Function):
        return []
    occurring = arguments_of(value.body)
    return [argument for argument in value.arguments if argument in occurring]


def limits(values: Mapping[str, Value], name: str) -> tuple[float, float]:
    """Return between which stoichiometries a function is used: a potential within the limits."""
    match = _OCP.match(name)
    if match is None:
        return SPANS[STO]
    electrode = f"{match[1] or ''}{match[2]} electrode"
    found = [values.get(f"{electrode} {end} stoichiometry") for end in ("minimum", "maximum")]
    low, high = (
        float(given) if isinstance(given, int | float) else default
        for given, default in zip(found, SPANS[STO], strict=True)
    )
    return (low, high) if low < high else SPANS[STO]


def grid(
    name: str, functions: list[Value], sto: tuple[float, float] = SPANS[STO]
) -> dict[str, Floats]:
    """Return sample points, flat, for functions that stand under one name.

    Parameters
    ----------
    name : of the functions
    functions : whose arguments the grid is to span; numbers need none
    sto : lowest and highest stoichiometry
    """
    wanted: dict[str, None] = {}
    for value in functions:
        for argument in _used(value):
            found = coordinate(name, argument)
            if found in SPANS:
                wanted[str(found)] = None
    count = min(POINTS, max(2, int(MOST_SAMPLES ** (1 / max(len(wanted), 1)))))
    axes = [np.linspace(*(sto if key == STO else SPANS[key]), count) for key in wanted]
    meshes = np.meshgrid(*axes, indexing="ij") if axes else []
    return {key: mesh.reshape(-1) for key, mesh in zip(wanted, meshes, strict=True)}


def evaluated(values: Mapping[str, Value], name: str, points: Mapping[str, Floats]) -> Floats:
    """Return a function, or a number, of a set at sample points.

    Raises
    ------
    ParameterError
        where it cannot be evaluated.
    """
    value = values[name]
    shape = next(iter(points.values())).shape if points else (1,)
    if not isinstance(value, Function):
        return np.full(shape, float(value))
    given = [_given(values, name, argument, points) for argument in value.arguments]
    found = np.asarray(call(values, name, *given), dtype=float)
    return np.broadcast_to(found, shape)


def _given(
    values: Mapping[str, Value], name: str, argument: str, points: Mapping[str, Floats]
) -> Any:
    key = coordinate(name, argument)
    if argument not in arguments_of(values[name].body):  # type: ignore[union-attr]
        return UNUSED
    if key is None:
        raise ParameterError(f"'{name}': nobody knows the range of {argument}")
    if key == REFERENCE:
        return number(values, "Reference temperature [K]", 298.15)
    if key == LARGEST:
        return _largest(values, name)
    return points[key] * _largest(values, name) if key == SURFACE else points[key]


def _largest(values: Mapping[str, Value], name: str) -> float:
    match = _OF_PARTICLES.match(name)
    if match is None:
        raise ParameterError(f"'{name}': its electrode cannot be told from its name")
    where = f"Maximum concentration in {match[2].lower()} electrode [mol.m-3]"
    return number(values, f"{match[1] or ''}{where}")


@dataclass(frozen=True)
class Samples:
    """A function at sample points.

    Parameters
    ----------
    points : argument -> its values, flat
    values : of the function there
    """

    points: Mapping[str, Floats]
    values: Floats

    def at(self, index: int) -> str:
        """Return one point in words."""
        return ", ".join(f"{key} = {points[index]:.4g}" for key, points in self.points.items())

    def within(self, valid: Mapping[str, tuple[float, float]]) -> NDArray[np.bool_]:
        """Return which points lie in ranges of arguments."""
        inside = np.ones(self.values.shape, dtype=bool)
        for key, (low, high) in valid.items():
            if key in self.points:
                inside &= (self.points[key] >= low) & (self.points[key] <= high)
        return inside


def sampled(values: Mapping[str, Value], name: str) -> Samples | None:
    """Return a function of a set over the range of its arguments; None where that is unknown."""
    value = values[name]
    if unknown_arguments(name, value):
        return None
    points = grid(name, [value], limits(values, name))
    return Samples(points, evaluated(values, name, points))
