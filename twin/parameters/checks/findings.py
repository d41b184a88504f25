"""What a check of a parameter set finds: errors, warnings and notes, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Parameters
    ----------
    kind : how bad it is
    place : section and field, or file
    text : what is there, what is allowed or usual, what to do
    """

    kind: Kind
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.place}: {self.text}"


def error(place: str, text: str) -> Finding:
    """Return what makes a set wrong."""
    return Finding("error", place, text)


def warning(place: str, text: str) -> Finding:
    """Return what is worth a second look."""
    return Finding("warning", place, text)


def note(place: str, text: str) -> Finding:
    """Return what is good to know."""
    return Finding("note", place, text)


@dataclass(frozen=True)
class Report:
    """What a check found.

    Parameters
    ----------
    name : of the set
    problems, warnings, notes : findings, in the order of the checks
    values : how many values the set has
    methods : method -> how many values came about by it
    """

    name: str
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    values: int
    methods: Mapping[str, int]

    @classmethod
    def of(
        cls, name: str, findings: Iterable[Finding], values: int, methods: Mapping[str, int]
    ) -> Report:
        """Return the report of findings, each kept once."""
        once = tuple(dict.fromkeys(findings))
        errors, warnings, notes = (
            tuple(found for found in once if found.kind == kind)
            for kind in ("error", "warning", "note")
        )
        return cls(name, errors, warnings, notes, values, dict(methods))

    @property
    def ok(self) -> bool:
        """Return whether there is no error."""
        return not self.problems

    def text(self) -> str:
        """Return one line per finding, and a last one that sums up."""
        lines = [str(found) for found in (*self.problems, *self.warnings, *self.notes)]
        return "\n".join([*lines, self._last_line()])

    def _last_line(self) -> str:
        parts = [
            *([_counted(len(self.problems), "error")] if self.problems else []),
            f"{_counted(self.values, 'value')}{self._sources()}",
            _counted(len(self.warnings), "warning"),
        ]
        return f"{'ok' if self.ok else 'not ok'}: {self.name}, {', '.join(parts)}"

    def _sources(self) -> str:
        known = sum(self.methods.values())
        if not known or not self.values:
            return ", none with provenance" if self.values else ""
        share = "all" if known >= self.values else f"{known}"
        counts = ", ".join(f"{count} {method}" for method, count in self.methods.items() if count)
        return f", {share} with provenance ({counts})"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
