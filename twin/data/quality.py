"""What was found in a measured file, row by row, and what was done with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "not a number",
    "no number",
    "not finite",
    "not possible",
    "repeated row",
    "clock out of order",
    "clock stands still",
    "gap",
    "other number of cells",
    "truncated",
    "no end of line",
    "not measured",
    "empty",
    "outside the limits",
]
Done = Literal["kept out", "kept", "left empty", "cut"]
SHOWN_RANGES = 5


@dataclass(frozen=True)
class Finding:
    """One kind of trouble and the rows that have it.

    Parameters
    ----------
    kind : what it is
    rows : line numbers of a text file (the first line is 1), else row numbers from 1
    done : what became of these rows
    column : the column that shows it, as the file names it, or "" for the whole row
    detail : what was seen in the first of these rows
    """

    kind: Kind
    rows: tuple[int, ...]
    done: Done
    column: str = ""
    detail: str = ""

    def sentence(self, word: str = "row") -> str:
        """Return the finding as one line of text.

        >>> Finding("not a number", (3, 4, 5, 9), "kept out", "V", "'high'").sentence("line")
        "lines 3-5, 9 (4), column 'V': not a number ('high' in line 3); kept out"
        """
        column = f", column '{self.column}'" if self.column else ""
        detail = f" ({self.detail} in {word} {self.rows[0]})" if self.detail and self.rows else ""
        return f"{in_words(self.rows, word)}{column}: {self.kind}{detail}; {self.done}"


@dataclass(frozen=True)
class Quality:
    """How good a measured file is.

    Parameters
    ----------
    file : the file
    word : what its rows are counted in, ``"line"`` or ``"row"``
    read : rows with data in the file
    kept : rows that are used
    findings : everything that was found, in the order of the checks
    notes : what was checked, and what could not be
    """

    file: str
    word: str
    read: int
    kept: int
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def rows(self, kind: Kind) -> tuple[int, ...]:
        """Return the rows that have one kind of trouble, in file order."""
        found = (row for finding in self.findings if finding.kind == kind for row in finding.rows)
        return tuple(sorted(found))

    def sentences(self) -> list[str]:
        """Return the report as lines of text; the first says how much is used."""
        head = f"{self.file}: {self.kept} of {self.read} rows are used"
        found = [finding.sentence(self.word) for finding in self.findings]
        return [head, *found, *self.notes]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "file": self.file,
            "read": self.read,
            "kept": self.kept,
            "findings": [
                {
                    "kind": finding.kind,
                    "column": finding.column,
                    "rows": list(finding.rows),
                    "done": finding.done,
                    "detail": finding.detail,
                }
                for finding in self.findings
            ],
            "notes": list(self.notes),
        }


def in_words(rows: Sequence[int], word: str = "row") -> str:
    """Return row numbers as text, runs as ranges, with their count when there are several.

    >>> in_words([4]), in_words([4, 5, 6, 9], "line")
    ('row 4', 'lines 4-6, 9 (4)')
    """
    if len(rows) == 1:
        return f"{word} {rows[0]}"
    ranges = list(_ranges(rows))
    shown = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges[:SHOWN_RANGES])
    more = ", ..." if len(ranges) > SHOWN_RANGES else ""
    return f"{word}s {shown}{more} ({len(rows)})"


def _ranges(rows: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Yield the first and last of every run of consecutive numbers."""
    start: int | None = None
    last = 0
    for row in rows:
        if start is None:
            start = row
        elif row != last + 1:
            yield start, last
            start = row
        last = row
    if start is not None:
        yield start, last
