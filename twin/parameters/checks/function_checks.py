"""Whether functions of a set can be evaluated, and whether numbers and functions are plausible."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import ParameterError
from twin.parameters.bpx.document import Document, Path, Value, placed
from twin.parameters.bpx.fields import USER_DEFINED, VOLTS
from twin.parameters.checks.findings import Finding, error, note, warning
from twin.parameters.checks.samples import (
    Samples,
    coordinate,
    is_ocp,
    sampled,
    unknown_arguments,
)
from twin.parameters.language.expression import Function
from twin.parameters.places import paths_by_name, without_state, written
from twin.parameters.provenance import Provenance
from twin.parameters.ranges import Range, range_of, usual_of

ENERGY = "activation energy [J.mol-1]"
# negative ones were measured (doi:10.1149/2.0571912jes), so they are no error
_TRANSFERENCE = "Cation transference number"
_WIDER = Range("-1 to 1", -1.0, 1.0)


@dataclass(frozen=True)
class Named:
    """A value, where it stands, and what stands around it.

    Parameters
    ----------
    place : as messages say it
    name : PyBaMM's name
    values : among which its references are looked up
    valid : argument -> where the function holds, as its provenance says
    written : what the file says there, before anything is derived from it
    """

    place: str
    name: str
    values: Mapping[str, Value]
    valid: Mapping[str, tuple[float, float]]
    written: Value | None = None

    @property
    def value(self) -> Value:
        """Return the number or function."""
        return self.values[self.name]


def named_values(document: Document, provenance: Provenance | None) -> Iterator[Named]:
    """Yield what fields give and what stands under PyBaMM's names, each with its place.

    A field whose value is replaced under ``User-defined`` counts too: other readers may use it.
    """
    everything = without_state(document)
    bare = Document(document.raw, document.model, document.fields, document.state, {}, {}, {})
    derived, found = without_state(bare), written(document)
    for name, paths in paths_by_name(document).items():
        for values, path in ((derived, _first(paths, own=False)), (everything, _first(paths))):
            if path is not None and name in values:
                valid = _valid(provenance, path, name, values[name])
                yield Named(placed(path), name, values, valid, found[path])


def _first(paths: list[Path], *, own: bool = True) -> Path | None:
    """Return the place below ``User-defined``, or the first of those in fields."""
    return next((path for path in paths if (path[0] == USER_DEFINED) is own), None)


def _valid(
    provenance: Provenance | None, path: Path, name: str, value: Value
) -> Mapping[str, tuple[float, float]]:
    entry = provenance.entry(path) if provenance is not None else None
    if entry is None or entry.valid is None:
        return {}
    first = value.arguments[0] if isinstance(value, Function) and value.arguments else ""
    return {
        coordinate(name, first if key == "x" and first else key) or key: ends
        for key, ends in entry.valid.items()
    }


def number_findings(document: Document, provenance: Provenance | None) -> Iterator[Finding]:
    """Yield numbers that are not what is usual."""
    told: dict[str, float] = {}
    for item in named_values(document, provenance):
        if isinstance(item.value, Function):
            continue
        number = float(item.value)
        if not math.isclose(number, told.get(item.name, math.nan), rel_tol=1e-6):
            told[item.name] = number
            yield from _unusual(item.place, item.name, number, derived=number != item.written)
    for path, value in document.fields.items():
        if path[-1].endswith(ENERGY) and not isinstance(value, Function):
            yield from _unusual(placed(path), path[-1], float(value))


def _unusual(
    place: str, name: str, value: float, words: str = "", *, derived: bool = False
) -> Iterator[Finding]:
    ends = usual_of(name)
    if ends is None or ends[0] <= value <= ends[1]:
        return
    gives = f" ('{name}')" if derived else ""
    yield warning(
        place,
        f"{words}{value:.4g}{gives} is not usual; usual is {ends[0]:g} to {ends[1]:g}. "
        f"Check {_slip(value, ends)}",
    )


def _slip(value: float, ends: tuple[float, float]) -> str:
    """Return what to check: the unit, where a power of ten would make the value usual."""
    for power in (3, -3, 6, -6, 9, -9):
        if ends[0] <= value * 10.0**power <= ends[1]:
            return f"the unit (times 1e{power} it would be usual)"
    return "value and source"


def function_findings(document: Document, provenance: Provenance | None) -> Iterator[Finding]:
    """Yield functions that are not finite, not allowed or not usual somewhere."""
    for item in named_values(document, provenance):
        if not isinstance(item.value, Function):
            continue
        unknown = unknown_arguments(item.name, item.value)
        if unknown:
            text = f"not evaluated, since nobody here knows the range of {', '.join(unknown)}"
            yield note(item.place, text)
            continue
        try:
            samples = sampled(item.values, item.name)
        except (ParameterError, TypeError, ValueError, ArithmeticError) as problem:
            yield error(item.place, f"cannot be evaluated: {problem}")
            continue
        if samples is not None:
            yield from _of_samples(item, samples)


def _of_samples(item: Named, samples: Samples) -> Iterator[Finding]:
    finite = np.isfinite(samples.values)
    if not finite.all():
        where = samples.at(int(np.argmin(finite)))
        text = f"is not finite at {where}; change the function, or limit its arguments with min/max"
        yield error(item.place, text)
        return
    allowed = VOLTS if is_ocp(item.name) else range_of(item.name)
    if allowed is not None:
        yield from _not_allowed(item, samples, allowed)
    if item.name == _TRANSFERENCE:
        yield from _not_allowed(item, samples, _WIDER)
    middle = float(np.median(samples.values))
    if not is_ocp(item.name):
        yield from _unusual(item.place, item.name, middle, "its middle value ")


def _not_allowed(item: Named, samples: Samples, allowed: Range) -> Iterator[Finding]:
    wrong = _outside(samples.values, allowed)
    inside = samples.within(item.valid)
    worse = warning if item.name == _TRANSFERENCE and allowed is not _WIDER else error
    for kind, part, words in (
        (worse, wrong & inside, "within its range of validity" if item.valid else ""),
        (warning, wrong & ~inside, "outside its range of validity"),
    ):
        if part.any():
            worst = _worst(samples.values, part, allowed)
            yield kind(
                item.place,
                f"is {samples.values[worst]:.4g} at {samples.at(worst)}"
                f"{f', {words}' if words else ''}; allowed: {allowed.words}. Check the "
                f"coefficients and units{_hint(item)}",
            )


def _hint(item: Named) -> str:
    if item.valid or is_ocp(item.name):
        return ""
    return ", or say under 'valid' in provenance.yaml where it holds"


def _outside(values: NDArray[np.float64], allowed: Range) -> NDArray[np.bool_]:
    low = values <= allowed.low if allowed.above else values < allowed.low
    return low if allowed.high is None else low | (values > allowed.high)


def _worst(values: NDArray[np.float64], part: NDArray[np.bool_], allowed: Range) -> int:
    """Return where a value is furthest from what is allowed."""
    high = np.inf if allowed.high is None else allowed.high
    beyond = np.maximum(allowed.low - values, values - high)
    return int(np.argmax(np.where(part, beyond, -np.inf)))
