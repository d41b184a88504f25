"""What differs between two parameter sets, by PyBaMM's names.

Numbers are equal up to a part in 1e12. Functions whose texts differ are compared where both
are defined: over stoichiometry, salt concentration and temperature as
:mod:`twin.parameters.checks.samples` has them, surface concentrations as shares of the largest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twin.errors import ParameterError
from twin.parameters.bpx.document import Value
from twin.parameters.checks.samples import Samples, evaluated, grid, limits, unknown_arguments
from twin.parameters.language.expression import Function
from twin.parameters.parameter_set import ParameterSet
from twin.parameters.places import SECTION_ORDER, entries_of, paths_by_name, section_of, unit_of
from twin.parameters.provenance import Entry
from twin.parameters.showing import value_text

Kind = Literal["only in a", "only in b", "number", "function", "provenance"]
EQUAL = 1e-12
SMALL = 1e-6  # of the largest value; below it a relative difference says nothing
SHOWN = 32
_KINDS = ("number", "function", "only in a", "only in b", "provenance")


@dataclass(frozen=True)
class Difference:
    """One parameter that is not the same in two sets.

    Parameters
    ----------
    section : part of the cell
    name : PyBaMM's, with the unit
    kind : how they differ; ``"function"`` where at least one is a function
    a, b : the value in each, as text, "" where it is absent
    size : relative difference [-], of functions the largest; infinite where it is not known
    text : the difference in words
    """

    section: str
    name: str
    kind: Kind
    a: str
    b: str
    size: float
    text: str


def difference(a: ParameterSet, b: ParameterSet) -> list[Difference]:
    """Return what differs between two sets: section by section, the largest first.

    Parameters
    ----------
    a, b : the sets, each in its own state of charge and age
    """
    entries = [entries_of(each, paths_by_name(each.document)) for each in (a, b)]
    both = a.provenance is not None and b.provenance is not None
    found = list(_of_values(a.values, b.values))
    differing = {each.name for each in found}
    for name in a.values if both else ():
        if name in b.values and name not in differing:
            found += _of_entries(name, a.values[name], *(each.get(name, []) for each in entries))
    return sorted(found, key=_order)


def _order(found: Difference) -> tuple[int, int, float, str]:
    return (
        SECTION_ORDER.index(found.section),
        _KINDS.index(found.kind),
        -found.size,
        found.name,
    )


def _of_values(a: Mapping[str, Value], b: Mapping[str, Value]) -> Iterator[Difference]:
    for name in dict.fromkeys((*a, *b)):
        section = section_of(name)
        if name not in b:
            yield Difference(section, name, "only in a", _shown(a[name]), "", np.inf, "only in a")
        elif name not in a:
            yield Difference(section, name, "only in b", "", _shown(b[name]), np.inf, "only in b")
        elif isinstance(a[name], Function) or isinstance(b[name], Function):
            yield from _of_functions(section, name, a, b)
        else:
            yield from _of_numbers(section, name, float(a[name]), float(b[name]))  # type: ignore[arg-type]


def _shown(value: Value) -> str:
    return value_text(value, SHOWN)


def relative(a: float, b: float) -> float:
    """Return by how much two numbers differ, as a share of the larger one [-].

    >>> relative(4.0, 5.0), relative(0.0, 0.0)
    (0.2, 0.0)
    """
    larger = max(abs(a), abs(b))
    return abs(b - a) / larger if larger else 0.0


def _of_numbers(section: str, name: str, a: float, b: float) -> Iterator[Difference]:
    size = relative(a, b)
    if not size <= EQUAL:
        yield Difference(section, name, "number", _shown(a), _shown(b), size, _in_words(a, b))


def _in_words(a: float, b: float) -> str:
    """Return the second number against the first one."""
    if a == 0 or b == 0 or (a < 0) != (b < 0):
        return f"{b - a:+.3g}"
    ratio = b / a
    return f"times {ratio:.4g}" if not 0.5 <= ratio <= 2 else f"{100 * (ratio - 1):+.3g} %"


def _of_functions(
    section: str, name: str, a: Mapping[str, Value], b: Mapping[str, Value]
) -> Iterator[Difference]:
    one, other = a[name], b[name]
    if one == other:
        return
    shown = (_shown(one), _shown(other))
    unknown = unknown_arguments(name, one) + unknown_arguments(name, other)
    if unknown:
        listed = ", ".join(sorted(set(unknown)))
        text = f"other text; not evaluated, as nobody here knows the range of {listed}"
        yield Difference(section, name, "function", *shown, np.inf, text)
        return
    try:
        size, text = _largest(name, a, b)
    except (ParameterError, TypeError, ValueError, ArithmeticError, RecursionError) as problem:
        size, text = np.inf, f"cannot be compared: {problem}"
    if not size <= EQUAL:
        yield Difference(section, name, "function", *shown, size, text)


def _largest(name: str, a: Mapping[str, Value], b: Mapping[str, Value]) -> tuple[float, str]:
    """Return the largest relative difference of two functions, and where it is."""
    ends = [limits(values, name) for values in (a, b)]
    sto = (min(low for low, _ in ends), max(high for _, high in ends))
    points = grid(name, [a[name], b[name]], sto)
    one, other = (evaluated(values, name, points) for values in (a, b))
    finite = np.isfinite(one) & np.isfinite(other)
    if not finite.all():
        where = Samples(points, one).at(int(np.argmin(finite)))
        return np.inf, f"not finite at {where}"
    larger = np.maximum(np.abs(one), np.abs(other))
    apart = np.abs(other - one) / np.maximum(larger, SMALL * float(larger.max()) or 1.0)
    alike = apart >= (1 - SMALL) * apart.max()
    worst = int(np.argmax(np.where(alike, np.abs(other - one), -1.0)))
    where = Samples(points, one).at(worst)
    text = f"up to {100 * apart[worst]:.3g} % ({other[worst] - one[worst]:+.3g}{_unit(name)})"
    return float(apart[worst]), f"{text} at {where}" if where else text


def _unit(name: str) -> str:
    unit = unit_of(name)
    return f" {unit}" if unit else ""


def _of_entries(name: str, value: Value, a: list[Entry], b: list[Entry]) -> Iterator[Difference]:
    """Yield a parameter that is the same in both sets, but from elsewhere."""
    told = [", ".join(sorted({_origin(entry) for entry in each})) for each in (a, b)]
    if told[0] != told[1]:
        text = f"same value; {told[0] or 'not stated'} | {told[1] or 'not stated'}"
        shown = _shown(value)
        yield Difference(section_of(name), name, "provenance", shown, shown, 0.0, text)


def _origin(entry: Entry) -> str:
    return f"{entry.method}: {', '.join(entry.source)}"


def text(found: Iterable[Difference], a: str = "a", b: str = "b") -> str:
    """Return differences as lines of a table, a heading for each section.

    Parameters
    ----------
    found : of :func:`difference`
    a, b : names of the sets, as headings
    """
    lines: list[str] = []
    section = ""
    listed = list(found)
    only = {"only in a": f"only in {a}", "only in b": f"only in {b}"}
    cells = [("", a, b, "difference")]
    cells += [(d.name, d.a, d.b, only.get(d.kind, d.text)) for d in listed]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    for each, row in zip(listed, cells[1:], strict=True):
        if each.section != section:
            section = each.section
            lines += [*([""] if lines else []), _line((section, a, b, "difference"), widths)]
        lines.append(_line(row, widths))
    return "\n".join(lines) or f"{a} and {b} have the same values"


def _line(cells: tuple[str, str, str, str], widths: list[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells[:3], widths, strict=True)]
    return "  ".join([*padded, cells[3]]).rstrip()
