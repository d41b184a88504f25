"""Who is to be cited for a parameter set, and how much of it rests on whom.

Nothing is looked up on the web: papers that many sets rest on are in ``references.bib`` beside this
module; any other is cited by its DOI alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from twin.errors import ParameterError
from twin.parameters.library.set_files import README_FILE
from twin.parameters.provenance import FILE, METHODS, Provenance

REFERENCES = Path(__file__).parent / "references.bib"
HEADING = re.compile(r"\b(cite|citing|citations?)\b", re.IGNORECASE)
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_FENCE = re.compile(r"\s*(```|~~~)")
_KEY = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class Citation:
    """A source and what rests on it.

    Parameters
    ----------
    source : DOI, or the sentence that stands in its place
    methods : method -> number of values that rest on the source by it
    is_doi : whether the source is a DOI
    """

    source: str
    methods: Mapping[str, int]
    is_doi: bool = True

    @property
    def values(self) -> int:
        """Number of values that rest on the source; a value with two sources counts for both."""
        return sum(self.methods.values())

    @property
    def text(self) -> str:
        """The reference in one line."""
        if not self.is_doi:
            return self.source
        entry = _known().get(self.source.lower())
        return f"doi:{self.source}" if entry is None else _line(entry)

    @property
    def key(self) -> str:
        """Key of the reference in BibTeX."""
        entry = _known().get(self.source.lower())
        return f"doi_{_KEY.sub('_', self.source).strip('_')}" if entry is None else str(entry.key)

    @property
    def bibtex(self) -> str:
        """The reference in BibTeX, "" for a sentence."""
        if not self.is_doi:
            return ""
        from pybtex.database import BibliographyData, Entry  # type: ignore[import-untyped]

        entry = _known().get(self.source.lower()) or Entry("misc", fields={"doi": self.source})
        return str(BibliographyData({self.key: entry}).to_string("bibtex")).strip()

    @property
    def basis(self) -> str:
        """Number of values by method, as in ``"12 values: 10 measured, 2 fitted"``."""
        listed = ", ".join(f"{n} {method}" for method, n in self.methods.items())
        return f"{self.values} value{'' if self.values == 1 else 's'}: {listed}"


def citations(folder: Path) -> list[Citation]:
    """Return the sources of a set: papers by how much rests on them, then sentences.

    Parameters
    ----------
    folder : the set

    Raises
    ------
    ParameterError
        if its provenance cannot be read.
    """
    return sources(Provenance.read(Path(folder) / FILE))


def sources(provenance: Provenance) -> list[Citation]:
    """Return the sources of a provenance, as `citations` does."""
    counts: dict[tuple[bool, str], Counter[str]] = {}
    written: dict[tuple[bool, str], str] = {}
    for entry in provenance.entries.values():
        for source in dict.fromkeys(entry.source):
            doi = source.removeprefix("doi:")
            key = (doi != source, doi.lower())
            written.setdefault(key, doi)
            counts.setdefault(key, Counter())[entry.method] += 1
    found = [
        Citation(written[key], {m: count[m] for m in METHODS if count[m]}, is_doi=key[0])
        for key, count in counts.items()
    ]
    return sorted(found, key=lambda c: (not c.is_doi, -c.values, c.source.lower()))


def how_to_cite(folder: Path) -> str:
    """Return what the README of a set says below a heading such as "How to cite", "" for nothing.

    It is the first heading with the word cite, citing or citation in it.

    Raises
    ------
    ParameterError
        if the README cannot be read.
    """
    path = Path(folder) / README_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} cannot be read ({error}); every set has one") from None
    return _below(text.splitlines(), HEADING)


def _below(lines: Iterable[str], heading: re.Pattern[str]) -> str:
    """Return the lines below a heading, up to the next one of its level or above."""
    level, fenced = 0, False
    found: list[str] = []
    for line in lines:
        fenced ^= _FENCE.match(line) is not None
        match = None if fenced else _HEADING.fullmatch(line)
        if match and level and len(match[1]) <= level:
            break
        if level:
            found.append(line.rstrip())
        elif match and heading.search(match[2]):
            level = len(match[1])
    return "\n".join(found).strip()


def as_text(folder: Path) -> str:
    """Return whom to cite for a set, for people to read."""
    parts = []
    own = how_to_cite(folder)
    if own:
        parts.append(f"How the set asks to be cited\n\n{own}")
    found = citations(folder)
    for title, wanted in (("Papers", True), ("Other sources", False)):
        lines = [f"- {c.text}\n  ({c.basis})" for c in found if c.is_doi is wanted]
        if lines:
            parts.append("\n".join([f"{title} that its values rest on\n", *lines]))
    return "\n\n".join(parts) + "\n"


def as_bibtex(folder: Path) -> str:
    """Return the papers behind a set in BibTeX, each with a line on what rests on it."""
    found = [c for c in citations(folder) if c.is_doi]
    return "\n\n".join(f"% {c.basis}\n{c.bibtex}" for c in found) + "\n" if found else ""


@cache
def _known() -> Mapping[str, Any]:
    """Return pybtex's entries by DOI in small letters."""
    from pybtex.database import parse_file

    entries = parse_file(str(REFERENCES), bib_format="bibtex", encoding="utf-8").entries
    return {entry.fields["doi"].lower(): entry for entry in entries.values()}


def _line(entry: Any) -> str:
    field = {name: text.strip("{}").replace("--", "-") for name, text in entry.fields.items()}
    where = f"{field['journal']} {field['volume']} ({field['year']}) {field['pages']}"
    people = [_person(person) for person in entry.persons["author"]]
    return f"{_listed(people)}: {field['title']}. {where}. doi:{field['doi']}"


def _person(person: Any) -> str:
    first = [*person.first_names, *person.middle_names]
    last = " ".join([*person.prelast_names, *person.last_names])
    return " ".join([*(f"{name[0]}." for name in first), last.strip("{}")])


def _listed(people: list[str]) -> str:
    return " and ".join([", ".join(people[:-1]), people[-1]] if len(people) > 1 else people)
