"""Whether every value has a source, and whether the README says what users need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath

import numpy as np

from twin.errors import ParameterError
from twin.parameters.bpx.document import Document, Path, Value, placed
from twin.parameters.checks.findings import Finding, error, note, warning
from twin.parameters.checks.function_checks import Named, named_values
from twin.parameters.checks.samples import SPANS, sampled
from twin.parameters.language.expression import Function
from twin.parameters.library.set_files import README_FILE, files_of
from twin.parameters.library.template import is_unfilled
from twin.parameters.places import written
from twin.parameters.provenance import FILE, METHODS, Entry, Provenance, value_paths

# heading of a set to be filled in -> what a heading on the matter has in it
HEADINGS: Mapping[str, str] = {
    "Who measured it": r"who measured|where .* from|source",
    "What it is good for": r"(?<!not )(good|valid) for",
    "What it is not good for": r"not (good|valid) for|limit",
    "How to cite": r"\bcit(e|ation)",
    "Licence": r"\blicen[cs]e",
}
MOST_LISTED = 3
_SHORTEST = 10  # characters of a README that says something below a heading


def entry_findings(
    document: Document, provenance: Provenance, *, evaluate: bool = True
) -> Iterator[Finding]:
    """Yield values without an entry, entries without a value, and entries that contradict.

    Parameters
    ----------
    evaluate : whether functions can be evaluated
    """
    paths = value_paths(document.raw)
    yield from _left_out(paths, provenance)
    values = written(document)
    for path, entry in provenance.entries.items():
        if path in values:
            yield from _of_entry(path, values[path], entry)
    if evaluate:
        yield from _functions(document, provenance)
    assumed = [placed(p) for p, entry in provenance.entries.items() if entry.method == "assumed"]
    if assumed:
        yield note(FILE, f"{len(assumed)} of {len(paths)} values are assumed")


def _left_out(paths: tuple[Path, ...], provenance: Provenance) -> Iterator[Finding]:
    """Yield values without an entry, by section, and entries without a value."""
    missing: dict[str, list[str]] = {}
    for path in paths:
        if provenance.entry(path) is None:
            missing.setdefault(placed(path[:-1]), []).append(path[-1])
    for section, names in missing.items():
        yield warning(section, f"{_listed(names)} without an entry in {FILE}; say where from")
    for path in provenance.paths:
        if path not in paths:
            text = f"has an entry in {FILE} and no value in parameters.json; remove it"
            yield warning(placed(path), text)


def methods(document: Document, provenance: Provenance | None) -> dict[str, int]:
    """Return how many values came about by each method."""
    found = dict.fromkeys(METHODS, 0)
    for path in value_paths(document.raw) if provenance is not None else ():
        entry = provenance.entry(path) if provenance is not None else None
        if entry is not None:
            found[entry.method] += 1
    return found


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:MOST_LISTED])
    more = len(names) - MOST_LISTED
    ending = f" and {more} more" if more > 0 else ""
    return f"{shown}{ending} ({len(names)} value{'s' if len(names) > 1 else ''})"


def _of_entry(path: Path, value: Value, entry: Entry) -> Iterator[Finding]:
    if isinstance(value, Function):
        return
    if entry.range is not None and not entry.range[0] <= value <= entry.range[1]:
        yield error(
            placed(path),
            f"{value:g} is outside the range that {FILE} gives, {entry.range[0]:g} to "
            f"{entry.range[1]:g}; correct the one or the other",
        )
    if isinstance(entry.uncertainty, float) and value and entry.uncertainty > abs(value):
        yield warning(
            placed(path),
            f"its uncertainty of {entry.uncertainty:g} is more than the value, {value:g}; an "
            "uncertainty is one standard deviation in the unit of the value",
        )


def _functions(document: Document, provenance: Provenance) -> Iterator[Finding]:
    """Yield functions that leave the range of their entry, and ranges of unknown arguments."""
    by_place = {placed(path): entry for path, entry in provenance.entries.items()}
    for item in named_values(document, provenance):
        entry = by_place.get(item.place)
        if entry is None or not isinstance(item.value, Function):
            continue
        yield from _unknown(item, item.value)
        if entry.range is not None:
            yield from _out_of_range(item, entry.range)


def _unknown(item: Named, function: Function) -> Iterator[Finding]:
    for key in item.valid:
        if key not in SPANS and key not in function.arguments:
            yield warning(
                item.place,
                f"'valid' in {FILE} names {key}, but this depends on "
                f"{', '.join(function.arguments) or 'nothing'}; correct the name",
            )


def _out_of_range(item: Named, ends: tuple[float, float]) -> Iterator[Finding]:
    try:
        samples = sampled(item.values, item.name)
    except (ParameterError, TypeError, ValueError, ArithmeticError):
        return  # said where functions are evaluated
    inside = samples.values[samples.within(item.valid)] if samples is not None else np.empty(0)
    if not inside.size or not np.isfinite(inside).all():
        return
    low, middle, high = float(inside.min()), float(np.median(inside)), float(inside.max())
    if ends[0] <= low and high <= ends[1]:
        return
    kind = warning if ends[0] <= middle <= ends[1] else error
    if kind is error or item.valid:
        yield kind(
            item.place,
            f"is between {low:.4g} and {high:.4g}, its middle value {middle:.4g}; {FILE} gives "
            f"the range {ends[0]:g} to {ends[1]:g}. Correct the one or the other",
        )


def readme_findings(folder: FilePath) -> Iterator[Finding]:
    """Yield what a README lacks."""
    path = folder / README_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        problem = "is missing or no UTF-8 text; say what the cell is and what the set is good for"
        yield warning(README_FILE, problem)
        return
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines, 1):
        if is_unfilled(line):
            yield warning(f"{README_FILE}, line {number}", "is still to be filled in")
    told = _told(lines)
    for heading, pattern in HEADINGS.items():
        lengths = [length for given, length in told.items() if re.search(pattern, given)]
        if not lengths:
            yield warning(README_FILE, f"has no heading '## {heading}'; add it")
        elif max(lengths) < _SHORTEST:
            yield warning(README_FILE, f"says nothing below '{heading}'; write a sentence")


def _told(lines: list[str]) -> Mapping[str, int]:
    """Return how much text there is below each heading, by the heading in small letters."""
    found: dict[str, int] = {}
    heading = ""
    for line in lines:
        if line.startswith("#"):
            heading = line.lstrip("#").strip().lower()
            found[heading] = 0
        elif heading:
            found[heading] += len(line)
    return found


def file_findings(folder: FilePath) -> Iterator[Finding]:
    """Yield why the files of a folder could not be passed on as a set."""
    try:
        files_of(folder)
    except ParameterError as problem:
        text = str(problem).removeprefix(f"{folder}: ").removeprefix(f"{folder} ")
        yield warning("files", f"{text}. As it is, the set cannot be packed")


def header_findings(document: Document) -> Iterator[Finding]:
    """Yield texts of the header that are still to be filled in."""
    for key, value in document.raw["Header"].items():
        if is_unfilled(value):
            yield warning(f"Header / {key}", "is still to be filled in")
