"""Where every value of a parameter set comes from, and how sure it is.

``provenance.yaml`` mirrors ``parameters.json``: section, field, entry; for the materials of an
electrode section, ``Particle``, material, field, entry. Functions and other physics have their
entries below ``User-defined``, in one list, under PyBaMM's names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from twin.errors import ParameterError, nearest
from twin.parameters.bpx.fields import (
    BLOCK,
    ELECTRODES,
    OF_STATE,
    PARAMETERISATION,
    PARTICLE,
    SECTIONS,
    STATE,
    USER_DEFINED,
)
from twin.parameters.strict_files import read_yaml

FILE = "provenance.yaml"
UNFILLED = "fill in"  # how a place starts that a template leaves open
Method = Literal["measured", "fitted", "borrowed", "assumed", "specified", "derived"]
METHODS: Mapping[str, str] = MappingProxyType(
    {
        "measured": "Measured on this cell or on parts of it.",
        "fitted": "Fitted, with a model, to what was measured on this cell.",
        "borrowed": "Taken over from another cell or from work on another material.",
        "assumed": "Chosen or guessed; nothing that was measured stands behind it.",
        "specified": "Given by the maker, or a definition such as a cut-off voltage.",
        "derived": "Calculated from other values of the set, as the note says.",
    }
)
Key = tuple[str, ...]
MOST_PROBLEMS = 20
_DOI = re.compile(r"doi:10\.\d{4,9}/[^\s,;]+")
_LIKE_A_DOI = re.compile(r"\b10\.\d{4,9}/|doi\.org|^doi\b", re.IGNORECASE)
_LONGEST_WORDS = 40


class Entry(BaseModel):
    """Where one value comes from.

    Parameters
    ----------
    source : ``doi:10...`` or, where there is no DOI, a sentence; one or several
    method : one of `METHODS`
    where : table, figure or equation of the source
    from_cell : the cell or material that a value was borrowed from
    uncertainty : one standard deviation in the unit of the value, or a sentence
    range : lowest and highest number that the value may be, in its unit
    valid : argument of a function -> from where to where it holds
    note : anything else, in a sentence
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: tuple[str, ...]
    method: Method
    where: str | None = None
    from_cell: str | None = None
    uncertainty: float | str | None = None
    range: tuple[float, float] | None = None
    valid: Mapping[str, tuple[float, float]] | None = None
    note: str | None = None

    @field_validator("source", mode="before")
    @classmethod
    def _sources(cls, given: Any) -> tuple[str, ...]:
        listed = given if isinstance(given, list | tuple) else [given]
        if not listed:
            raise ValueError("the list is empty; give a DOI (doi:10...) or a sentence")
        found = tuple(_text(item) for item in listed)
        for text in found:
            if not _DOI.fullmatch(text) and _LIKE_A_DOI.search(text):
                raise ValueError(
                    f"'{text}' is not of the form doi:10.<number>/<name>; write the DOI alone, "
                    "several as a list, and tables and pages under 'where'"
                )
        return found

    @field_validator("method", mode="before")
    @classmethod
    def _method(cls, given: Any) -> str:
        text = _text(given)
        if text not in METHODS:
            raise ValueError(
                f"'{text}' is not allowed; allowed are {', '.join(METHODS)}{nearest(text, METHODS)}"
            )
        return text

    @field_validator("where", "from_cell", "note", mode="before")
    @classmethod
    def _sentence(cls, given: Any) -> str:
        return _text(given)

    @field_validator("uncertainty", mode="before")
    @classmethod
    def _uncertainty(cls, given: Any) -> float | str:
        if isinstance(given, str):
            return _text(given)
        number = _number(given)
        if number <= 0:
            raise ValueError(
                f"{given!r} is not above 0; give one standard deviation, or leave the key out "
                "where it is not known"
            )
        return number

    @field_validator("range", mode="before")
    @classmethod
    def _range(cls, given: Any) -> tuple[float, float]:
        return _interval(given)

    @field_validator("valid", mode="before")
    @classmethod
    def _valid(cls, given: Any) -> Mapping[str, tuple[float, float]]:
        if not isinstance(given, Mapping) or not given:
            raise ValueError("give intervals by argument, such as {T: [273.15, 318.15]}")
        for name in given:
            if not isinstance(name, str) or not name.isidentifier():
                raise ValueError(f"'{name}' is no name of an argument; write one such as c_e or T")
        return {name: _interval(ends, f"{name}: ") for name, ends in given.items()}

    @model_validator(mode="after")
    def _complete(self) -> Entry:
        if self.method == "borrowed" and self.from_cell is None:
            raise ValueError("a borrowed value needs 'from_cell': the cell it was borrowed from")
        if self.method == "derived" and self.note is None:
            raise ValueError("a derived value needs a 'note' that says how it was calculated")
        return self

    @property
    def dois(self) -> tuple[str, ...]:
        """DOIs among the sources, as they are written, without ``doi:``."""
        return tuple(text.removeprefix("doi:") for text in self.source if _DOI.fullmatch(text))


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError(f"{given!r} is not a text; write a text, in quotes if it is a number")
    text = " ".join(given.split())
    if not text:
        raise ValueError("the text is empty; write at least one word or leave the key out")
    if text.lower().startswith(UNFILLED):
        raise ValueError(f"'{text}' is still to be filled in")
    return text


def _number(given: Any, where: str = "") -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError(f"{where}{given!r} is not a number; give one without quotes and unit")
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{where}{number!r} is not finite; give a finite number")
    return number


def _interval(given: Any, where: str = "") -> tuple[float, float]:
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise ValueError(f"{where}give two numbers, [lowest, highest]")
    low, high = (_number(end, where) for end in given)
    if low > high:
        raise ValueError(f"{where}{low!r} is above {high!r}; write the lower number first")
    return low, high


@dataclass(frozen=True)
class Provenance:
    """Entries by the path of their value, as in ``("Cell", "Electrode area [m2]")``.

    Parameters
    ----------
    entries : path -> entry
    """

    entries: Mapping[Key, Entry]

    @classmethod
    def read(cls, path: Path) -> Provenance:
        """Return what a provenance file says.

        Raises
        ------
        ParameterError
            with every problem in a line of its own: file, section and field, what is allowed.
        """
        return cls.from_data(read_yaml(Path(path)), str(path))

    @classmethod
    def from_data(cls, data: Any, where: str = FILE) -> Provenance:
        """Return the entries in plain data; `where` is what messages call it.

        Raises
        ------
        ParameterError
            as for `read`.
        """
        entries: dict[Key, Entry] = {}
        problems: list[str] = []
        for key, given, problem in _places(data):
            if problem:
                problems.append(_line(where, key, problem))
                continue
            try:
                entries[key] = Entry.model_validate(given)
            except ValidationError as error:
                problems += [_line(where, *_said(key, detail)) for detail in error.errors()]
        if problems:
            more = len(problems) - MOST_PROBLEMS
            ending = [f"{where}: {more} more"] if more > 0 else []
            raise ParameterError("\n".join([*problems[:MOST_PROBLEMS], *ending]))
        return cls(MappingProxyType(entries))

    def entry(self, path: Key) -> Entry | None:
        """Return the entry of a value, ``None`` where there is none."""
        return self.entries.get(tuple(path))

    @property
    def paths(self) -> tuple[Key, ...]:
        """Paths of the values that have an entry, in the order of the file."""
        return tuple(self.entries)


def _line(where: str, key: Key, problem: str) -> str:
    return f"{', '.join((where, ' / '.join(key) or 'top'))}: {problem}"


def _said(key: Key, detail: ErrorDetails) -> tuple[Key, str]:
    """Return where in an entry something is wrong, and what."""
    name = str(detail["loc"][0]) if detail["loc"] else ""
    place = (*key, name) if name else key
    if detail["type"] == "missing":
        return key, f"the key '{name}' is missing; every entry has 'source' and 'method'"
    if detail["type"] == "extra_forbidden":
        allowed = list(Entry.model_fields)
        return (
            key,
            f"unknown key '{name}'; allowed are {', '.join(allowed)}{nearest(name, allowed)}",
        )
    if detail["type"] == "value_error":
        return place, str(detail["ctx"]["error"])
    return (
        place,
        "an entry is a mapping such as {source: doi:10.1149/1945-7111/ab9050, method: ...}",
    )


_Place = tuple[Key, Any, str]  # path, what is there, what is wrong with it


def _places(data: Any) -> Iterator[_Place]:
    """Yield every entry with its path, and every place that cannot hold one."""
    for section, fields, problem in _children(data, (), (*SECTIONS, STATE)):
        if problem:
            yield section, fields, problem
        elif section == (STATE,):
            for group, values, wrong in _children(fields, section, tuple(OF_STATE)):
                yield from [(group, values, wrong)] if wrong else _children(values, group)
        elif section[0] in ELECTRODES:
            yield from _electrode(section, fields)
        else:
            yield from _children(fields, section)


def _electrode(section: Key, fields: Any) -> Iterator[_Place]:
    for field, value, problem in _children(fields, section):
        if problem or field[-1] != PARTICLE:
            yield field, value, problem
            continue
        for material, values, wrong in _children(value, field):
            yield from [(material, values, wrong)] if wrong else _children(values, material)


def _children(data: Any, path: Key, allowed: tuple[str, ...] = ()) -> Iterator[_Place]:
    if not isinstance(data, Mapping):
        what = "sections" if not path else "fields"
        yield path, None, f"a mapping of {what} is to stand here; give one or leave it out"
        return
    for name, value in data.items():
        key = (*path, str(name))
        if allowed and name not in allowed:
            listed = f"allowed here are {', '.join(allowed)}{nearest(str(name), allowed)}"
            yield key, None, f"unknown section; {listed}"
        else:
            yield key, value, ""


def how_sure(entry: Entry) -> str:
    """Return in a few words how sure a value is, for tables.

    >>> how_sure(Entry(source="the maker", method="measured", uncertainty=1e-6))
    'measured ± 1e-06'
    >>> how_sure(Entry(source="a guess", method="borrowed", from_cell="Kokam SLPB 75106100"))
    'borrowed from Kokam SLPB 75106100'
    """
    words = entry.method if entry.from_cell is None else f"{entry.method} from {entry.from_cell}"
    if isinstance(entry.uncertainty, float):
        return f"{_short(words)} ± {entry.uncertainty:g}"
    if entry.uncertainty is not None:
        return f"{_short(words)} ({_short(entry.uncertainty)})"
    return _short(words)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_WORDS else f"{text[: _LONGEST_WORDS - 3].rstrip()}..."


def value_paths(parameters: Mapping[str, Any]) -> tuple[Key, ...]:
    """Return the path of every value in ``parameters.json``, each of which needs an entry.

    >>> value_paths({"Parameterisation": {"Cell": {"Volume [m3]": 1e-4}}})
    (('Cell', 'Volume [m3]'),)
    """
    found: list[Key] = []
    for section, fields in _mapping(parameters.get(PARAMETERISATION)).items():
        if section == USER_DEFINED:
            found += [(section, name) for name in _own(fields)]
            continue
        for name, value in _mapping(fields).items():
            if section in ELECTRODES and name == PARTICLE:
                materials = _mapping(value).items()
                found += [
                    (section, name, m, field) for m, held in materials for field in _mapping(held)
                ]
            else:
                found.append((section, name))
    for group, fields in _mapping(parameters.get(STATE)).items():
        found += [(STATE, group, name) for name in _mapping(fields)]
    return tuple(dict.fromkeys(found))


def _mapping(data: Any) -> Mapping[str, Any]:
    return data if isinstance(data, Mapping) else {}


def _own(fields: Any) -> Iterator[str]:
    """Yield the names below ``User-defined``, those of the block included."""
    for name, value in _mapping(fields).items():
        if name == BLOCK:
            for part in ("functions", "parameters"):
                yield from _mapping(_mapping(value).get(part))
        elif name != "description":
            yield name
