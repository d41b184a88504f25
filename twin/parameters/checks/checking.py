"""Is a parameter set right: everything that can be asked of it without solving a model.

Nothing of a set is executed, and PyBaMM is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import ParameterError, ParameterSetError
from twin.parameters.bpx.document import Document, placed
from twin.parameters.bpx.fields import DEGRADATION, STATE
from twin.parameters.bpx.reading import read_document
from twin.parameters.bpx.standard import reader_findings
from twin.parameters.checks.cross_checks import Values, cross_findings
from twin.parameters.checks.findings import Finding, Report, error, note, warning
from twin.parameters.checks.function_checks import (
    function_findings,
    number_findings,
)
from twin.parameters.checks.provenance_checks import (
    entry_findings,
    file_findings,
    header_findings,
    methods,
    readme_findings,
)
from twin.parameters.checks.reference_checks import reference_findings
from twin.parameters.equilibrium import initial_concentrations, materials_of, number
from twin.parameters.library.finding import name_problem
from twin.parameters.parameter_set import PARAMETERS, PROVENANCE, ParameterSet
from twin.parameters.places import without_state
from twin.parameters.provenance import Provenance, value_paths
from twin.parameters.strict_files import read_json, read_yaml

__all__ = ["Finding", "Report", "check_set"]
_LATER = "mend this first; what the values say together has not been looked at"


def check_set(path: Path) -> Report:
    """Return everything that is wrong or odd with a set, and what is good to know.

    Parameters
    ----------
    path : folder of the set, or a single BPX file

    Returns
    -------
    Errors make a set useless or wrong, warnings are worth a second look. The order is always
    the same.
    """
    with np.errstate(all="ignore"):  # what is not finite is found and said
        return _checked(Path(path).absolute())


def _checked(path: Path) -> Report:
    reading = _Reading(path)
    provenance = reading.provenance()
    raw = reading.raw()
    document = reading.document(raw)
    if document is None:
        return Report.of(reading.name, [*reading.findings, *reading.beside()], _count(raw), {})
    findings = [*reading.findings, *reading.beside(), *_content(document, provenance)]
    counts = methods(document, provenance)
    return Report.of(reading.name, findings, _count(raw), counts)


def _count(raw: Any) -> int:
    return len(value_paths(raw)) if isinstance(raw, dict) else 0


def _content(document: Document, provenance: Provenance | None) -> Iterator[Finding]:
    """Yield what the checks of a document that could be read find."""
    yield from header_findings(document)
    yield from reader_findings(document.raw)
    try:
        values = without_state(document)
    except (ParameterError, ValueError, ArithmeticError) as problem:
        yield error(PARAMETERS, f"PyBaMM's values cannot be worked out from the fields: {problem}")
        return
    yield from number_findings(document, provenance)
    loose = list(reference_findings(document))
    yield from loose
    if not loose:  # references that go in circles cannot be evaluated
        yield from function_findings(document, provenance)
        yield from cross_findings(document, values)
        yield from _state(document, values)
    if provenance is not None:
        yield from entry_findings(document, provenance, evaluate=not loose)


def _state(document: Document, values: Values) -> Iterator[Finding]:
    """Yield whether the cell can be in its state, and what is left of it."""
    parameter_set = ParameterSet("", document)
    losses = parameter_set.degradation
    try:
        if document.model != "Partial" and any(losses.values()):
            yield note(placed((STATE, DEGRADATION)), f"the cell is aged: {_left(values, losses)}")
        for name, value in parameter_set.values.items():
            if name not in values and not np.isfinite(value):  # type: ignore[arg-type]
                yield error(STATE, f"gives {value} for '{name}'; correct potentials or losses")
    except (ParameterError, ValueError, ArithmeticError) as problem:
        yield error(STATE, f"the cell cannot be brought into it: {problem}")


def _left(values: Values, losses: Mapping[str, float]) -> str:
    """Return losses, and the charge [A.h] that is left between the limits of voltage."""
    text = ", ".join(f"{name} {100 * share:.3g} %" for name, share in losses.items() if share)
    lam = {name.removeprefix("LAM "): share for name, share in losses.items() if name != "LLI"}
    empty, full = (initial_concentrations(values, soc, losses["LLI"], lam) for soc in (0.0, 1.0))
    electrode = materials_of(values, "negative")
    charge = 0.0
    for prefix, own in zip(electrode.prefixes, electrode.charges, strict=True):
        largest = number(values, f"{prefix}Maximum concentration in negative electrode [mol.m-3]")
        name = f"{prefix}Initial concentration in negative electrode [mol.m-3]"
        share = 1 - lam[f"{prefix}negative"]
        charge += own * share * (full[name] - empty[name]) / largest
    return f"{text}; {charge:.4g} A.h are left"


@dataclass
class _Reading:
    """Reads the files of a set and collects what is wrong with them."""

    path: Path

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.is_folder = self.path.is_dir()
        self.name = self.path.name if self.is_folder else self.path.stem

    def provenance(self) -> Provenance | None:
        file = self.path / PROVENANCE
        if not self.is_folder or not file.is_file():
            text = "is missing, so nobody knows where the values come from; write it"
            self.findings.append(warning(PROVENANCE, text))
            return None
        try:
            return Provenance.from_data(read_yaml(file, PROVENANCE), PROVENANCE)
        except ParameterError as problem:
            self.findings += [_split(line, PROVENANCE) for line in str(problem).splitlines()]
            return None

    def raw(self) -> Any:
        file = self.path / PARAMETERS if self.is_folder else self.path
        try:
            return read_json(file, file.name, top_object=True)
        except ParameterError as problem:
            self.findings += [_split(line, file.name) for line in str(problem).splitlines()]
            return None

    def document(self, raw: Any) -> Document | None:
        if raw is None:
            return None
        places = sorted((placed(place) for place in _places(raw)), key=len, reverse=True)
        try:
            return read_document(raw, PARAMETERS)
        except ParameterSetError as problem:
            for text in problem.problems:
                told = text.removeprefix(f"{PARAMETERS}: ")
                place = next((p for p in places if told.startswith(f"{p}: ")), "")
                rest = told.removeprefix(f"{place}: ")
                self.findings.append(error(place, rest) if place else _split(told, PARAMETERS))
            self.findings.append(note(PARAMETERS, _LATER))
            return None

    def beside(self) -> Iterator[Finding]:
        if self.is_folder:
            problem = name_problem(self.name)
            if problem:
                yield warning("name of the folder", problem)
            yield from readme_findings(self.path)
            yield from file_findings(self.path)


def _split(text: str, otherwise: str) -> Finding:
    """Return an error from a message, which says its place first."""
    place, colon, rest = text.partition(": ")
    return error(place, rest) if colon else error(otherwise, text)


def _places(data: Any) -> Iterator[tuple[str, ...]]:
    """Yield the places in a file, without the part ``Parameterisation``."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        yield path[1:] if path[:1] == ("Parameterisation",) and len(path) > 1 else path
        if isinstance(value, Mapping):
            waiting += [((*path, str(key)), below) for key, below in value.items()]
