r"""The nearest that BPX can say of a function: one argument, and an activation energy.

A function :math:`f(x, T)` is :math:`g(x) \exp[E/R (1/T_{ref} - 1/T)]` with
:math:`g(x) = f(x, T_{ref})` where that holds at every sample; else BPX gets :math:`g` and the
energy that fits best near the reference temperature, and our block the function itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.errors import ParameterError
from twin.parameters.bpx.derived import STANDARD_K
from twin.parameters.bpx.document import Value
from twin.parameters.equilibrium import call
from twin.parameters.language.expression import (
    Argument,
    Call,
    Constant,
    Function,
    Negative,
    Node,
    Number,
    Operation,
    Reference,
    arguments_of,
    in_bpx,
    substitute,
    to_text,
    walk,
)
from twin.parameters.language.nodes import CONSTANTS, fold
from twin.parameters.language.tables import Table

SAME = 1e-12  # relative difference of two functions that are one
NEAR = 1e-14  # of two numbers
WARMER_K = 20.0
_SAMPLES = 401
_DIGITS = 12
_RNG = 20260101


@dataclass(frozen=True)
class Part:
    """What BPX is told of a function.

    Parameters
    ----------
    value : number, expression in ``x`` or table, as the file holds it
    energy : activation energy [J.mol-1]
    """

    value: float | str | dict[str, list[float]]
    energy: float


def inlined(node: Node, values: Mapping[str, Value]) -> Node:
    """Return an expression with what it refers to put in, and constants as numbers."""

    def combine(found: Node, parts: tuple[Node, ...]) -> Node:
        if isinstance(found, Constant):
            return Number(CONSTANTS[found.name])
        if isinstance(found, Reference):
            return _referred(found, parts, values)
        if isinstance(found, Operation):
            return Operation(found.operator, *parts)
        if isinstance(found, Negative):
            return Negative(*parts)
        return _in_words_of_bpx(Call(found.function, parts)) if isinstance(found, Call) else found

    return fold(node, combine)


def _referred(found: Reference, parts: tuple[Node, ...], values: Mapping[str, Value]) -> Node:
    value = values.get(found.name)
    if value is None:
        raise ParameterError(f"'{found.name}' is missing")
    if not isinstance(value, Function):
        return Number(float(value))
    body = inlined(value.body, values)
    return substitute(body, dict(zip(value.arguments, parts, strict=True)))


def _in_words_of_bpx(node: Call) -> Node:
    if node.function == "sqrt":
        return Operation("**", node.arguments[0], Number(0.5))
    return node


def part_of(value: Value, values: Mapping[str, Value], samples: Any, reference_K: float) -> Part:
    """Return what BPX is told of a number, or of a function of one argument and temperature.

    Parameters
    ----------
    value : of the set
    values : all of the set, for what it refers to
    samples : numbers of the first argument, ascending, for a table where BPX lacks the words
    reference_K : temperature at which BPX's part holds [K]
    """
    if not isinstance(value, Function):
        return Part(float(value), 0.0)
    first = value.arguments[0]
    warm = "T" in value.arguments[1:]
    here: dict[str, Node] = {"T": Number(reference_K)} if warm else {}
    f = _called(value, values)
    middle = samples[len(samples) // 2 : len(samples) // 2 + 1]
    energy = 0.0
    if warm:
        energy = activation_energy(lambda kelvin: float(f(middle, kelvin)[0]), reference_K)
    return Part(_at_reference(value, values, here, (first, samples, f)), energy)


def _called(value: Function, values: Mapping[str, Value]) -> Callable[[Any, float], Any]:
    """Return a function of the first argument and temperature in numpy."""
    own = {**values, "": value}

    def f(x: Any, kelvin: float) -> Any:
        rest = [kelvin] * (len(value.arguments) - 1)
        found = call(own, "", np.asarray(x, dtype=float), *rest)
        return np.broadcast_to(np.asarray(found, dtype=float), np.shape(x))

    return f


def rate_and_energy(
    value: Function, values: Mapping[str, Value], reference_K: float, given: Mapping[str, float]
) -> tuple[float, float]:
    """Return a function at the reference temperature, and its activation energy [J.mol-1].

    Parameters
    ----------
    given : its other arguments
    """
    own = {**values, "": value}

    def f(kelvin: float) -> float:
        named = {**given, "T": kelvin}
        return float(call(own, "", *(named[argument] for argument in value.arguments)))

    energy = activation_energy(f, reference_K) if "T" in value.arguments else 0.0
    return _rounded(f(reference_K)), energy


def activation_energy(f: Callable[[float], float], reference_K: float) -> float:
    """Return the activation energy from two temperatures [J.mol-1], short where it was written."""
    warm = reference_K + WARMER_K
    cold = f(reference_K)
    ratio = f(warm) / cold if cold else 0.0
    if not 0 < ratio < math.inf or abs(math.log(ratio)) < SAME:
        return 0.0
    energy = CONSTANTS["R"] * math.log(ratio) / (1 / reference_K - 1 / warm)
    return float(f"{energy:.{_DIGITS - 1}g}")


def _at_reference(
    value: Function,
    values: Mapping[str, Value],
    here: Mapping[str, Node],
    sampled: tuple[str, Any, Callable[[Any, float], Any]],
) -> float | str | dict[str, list[float]]:
    """Return the function at the reference temperature, as the file says it."""
    first, samples, f = sampled
    kelvin = here["T"].value if "T" in here else STANDARD_K  # type: ignore[union-attr]
    if not arguments_of(value.body) - set(here) and value.table is None:
        return _rounded(float(f(samples[:1], kelvin)[0]))
    if _plain_table(value):
        return {"x": list(value.table.x), "y": list(value.table.y)}  # type: ignore[union-attr]
    body = inlined(without_temperature(value.body, here), values)
    body = substitute(body, {first: Argument("x"), **here})
    if value.table is None and in_bpx(body):
        return to_text(body)
    return {"x": [float(v) for v in samples], "y": [float(v) for v in f(samples, kelvin)]}


def _plain_table(value: Function) -> bool:
    """Return whether a function is a table of its first argument and nothing else."""
    body = value.body
    return (
        isinstance(value.table, Table)
        and isinstance(body, Call)
        and body.arguments == (Argument(value.arguments[0]),)
    )


def _rounded(number: float) -> float:
    """Return a number without the last digits that a factor of one has left."""
    short = float(f"{number:.{_DIGITS}g}")
    return short if abs(short - number) <= NEAR * abs(number) else number


def without_temperature(node: Node, here: Mapping[str, Node]) -> Node:
    """Return a product without the factors that are one at the reference temperature."""
    if not (isinstance(node, Operation) and node.operator == "*"):
        return node
    left, right = (without_temperature(n, here) for n in (node.left, node.right))
    if _is_one(left, here):
        return right
    return left if _is_one(right, here) else Operation("*", left, right)


def _is_one(node: Node, here: Mapping[str, Node]) -> bool:
    names = arguments_of(node)
    if names != {"T"} or "T" not in here:
        return False
    try:
        value = call({"": Function((), substitute(node, here))}, "")
    except ParameterError:  # refers to others
        return False
    return bool(abs(float(value) - 1) < SAME)


def difference(
    one: Value, other: Value, values: Mapping[str, Value], samples: Mapping[str, Any]
) -> float:
    """Return the largest difference of two numbers or functions; not a number where unknown.

    Parameters
    ----------
    one, other : what is compared, relative to the largest size of the first
    values : all of the set, for what they refer to
    samples : argument -> numbers, all of one length
    """
    if one == other:
        return 0.0
    arguments = [f.arguments for f in (one, other) if isinstance(f, Function)]
    if not all(set(names) <= set(samples) for names in arguments) or len(set(arguments)) > 1:
        return math.nan
    given = [samples[name] for name in (arguments[0] if arguments else ())]
    found = []
    for f in (one, other):
        value = call({**values, "": f}, "", *(given if isinstance(f, Function) else ()))
        found.append(np.asarray(value, dtype=float))
    largest = np.max(np.abs(found[0] - found[1])) / (np.max(np.abs(found[0])) + 1e-300)
    return float(largest)


def same(one: Value, other: Value, values: Mapping[str, Value]) -> bool:
    """Return whether two numbers, or two functions wherever cells may be, are the same.

    Functions of one tree are. Of others those that follow other parameters, have corners or look
    up other tables are not: what remains is smooth, and compared from 150 to 500 K, in nearly no
    and ten molar salt, and from nearly empty to nearly full.
    """
    if not isinstance(one, Function) or not isinstance(other, Function):
        both_numbers = not isinstance(one, Function) and not isinstance(other, Function)
        return both_numbers and difference(one, other, values, {}) < NEAR
    if one == other:
        return True
    if one.table != other.table or not (_smooth(one.body) and _smooth(other.body)):
        return False
    if one.arguments != other.arguments or not set(one.arguments) <= set(_WIDE):
        return False
    random = np.random.default_rng(_RNG)
    given = [_anywhere(random, *_WIDE[name]) for name in one.arguments]
    found = [np.asarray(call({"": f}, "", *given), dtype=float) for f in (one, other)]
    return bool(np.all(np.abs(found[0] - found[1]) <= SAME * np.abs(found[0])))


def _smooth(node: Node) -> bool:
    """Return whether an expression has no corner, no reference and no table but a linear one."""
    corners = ("min", "max", "abs", "cubic_table", "pchip_table")
    return not any(
        isinstance(part, Reference) or (isinstance(part, Call) and part.function in corners)
        for part in walk(node)
    )


def _anywhere(random: Any, low: float, high: float, scale: str) -> Any:
    """Return numbers between two ends, these included."""
    if scale == "log":
        found = np.exp(random.uniform(math.log(low), math.log(high), _SAMPLES))
    else:
        found = random.uniform(low, high, _SAMPLES)
    found[0], found[1] = low, high
    return found


# argument -> between which numbers functions are compared, and how these are spread
_WIDE = {
    "sto": (1e-4, 1 - 1e-4, "even"),
    "T": (150.0, 500.0, "even"),
    "c_e": (1e-3, 1e4, "log"),
    "c_s_max": (5e4, 5e4, "even"),
    "c_s_surf": (1.0, 4.9999e4, "even"),
}


def samples_for() -> dict[str, Any]:
    """Return numbers of the arguments that functions of cells have, at random."""
    random = np.random.default_rng(_RNG)
    c_max = np.full(_SAMPLES, 5e4)
    return {
        "sto": random.uniform(0.01, 0.99, _SAMPLES),
        "T": random.uniform(260, 330, _SAMPLES),
        "c_e": random.uniform(50, 3000, _SAMPLES),
        "c_s_max": c_max,
        "c_s_surf": random.uniform(0.01, 0.99, _SAMPLES) * c_max,
    }
