"""A parameter set as rows of a table, as plain data, and in a few lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twin.parameters.bpx.document import Path, Value
from twin.parameters.bpx.fields import (
    CELL,
    DEGRADATION,
    ELECTRODES,
    INITIAL,
    PARTICLE,
    STATE,
    USER_DEFINED,
)
from twin.parameters.language.expression import Function, function_text
from twin.parameters.language.tables import Table, Table2
from twin.parameters.library.archive import sha256_of_set
from twin.parameters.parameter_set import README, ParameterSet
from twin.parameters.places import names_of, unit_of, written
from twin.parameters.provenance import METHODS, Entry, how_sure, value_paths

LONGEST_TEXT = 40
UNKNOWN = "not stated"
REPLACED = f"replaced under {USER_DEFINED}"
FORMAT = 1


@dataclass(frozen=True)
class Row:
    """One value of a set, for a table.

    Parameters
    ----------
    section : part of the file, with the material where an electrode has several
    name : of the field, without its unit
    value : the number, the text of the function, or how many points a table has
    unit : "" where there is none
    how_sure : method and uncertainty in a few words
    source : DOI or sentence
    note : what else is known
    """

    section: str
    name: str
    value: str
    unit: str
    how_sure: str
    source: str
    note: str


def rows(parameter_set: ParameterSet) -> list[Row]:
    """Return every value of a file, section by section, in the order of the file."""
    document = parameter_set.document
    values = written(document)
    own = {*document.flat, *document.functions, *document.extra}
    found = []
    for path, value in _ordered(parameter_set, values):
        entry = _entry(parameter_set, path)
        replaced = path[0] != USER_DEFINED and own.issuperset(_names(parameter_set, path) or ("",))
        notes = [REPLACED] if replaced else []
        if entry is not None and entry.note:
            notes.append(entry.note)
        found.append(
            Row(
                section=_section(path),
                name=_name(path),
                value=value_text(value, LONGEST_TEXT),
                unit=unit_of(path[-1]) or unit_of(path[2] if path[0] == STATE else ""),
                how_sure=UNKNOWN if entry is None else how_sure(entry),
                source="" if entry is None else _source(entry),
                note="; ".join(notes),
            )
        )
    return found


def _ordered(parameter_set: ParameterSet, values: Mapping[Path, Value]) -> list[tuple[Path, Value]]:
    """Return places and values with each section in one piece, the state last."""
    sections = list(dict.fromkeys(_section(path) for path in values if path[0] != STATE))
    sections += list(dict.fromkeys(_section(path) for path in values if path[0] == STATE))
    return sorted(values.items(), key=lambda item: sections.index(_section(item[0])))


def _section(path: Path) -> str:
    if path[0] == STATE:
        return f"{STATE}, {path[1].lower()}"
    return f"{path[0]}, {path[2]}" if PARTICLE in path else path[0]


def _name(path: Path) -> str:
    """Return the name of a value without its unit; in the state, with the material."""
    field = ", ".join(path[2:]) if path[0] == STATE else path[-1]
    return re.sub(r" \[[^\]]*\]$", "", field)


def _entry(parameter_set: ParameterSet, path: Path) -> Entry | None:
    """Return where a value is from; for one material of a state, the entry of all of them."""
    known = parameter_set.provenance
    if known is None:
        return None
    return known.entry(path) or (known.entry(path[:3]) if path[0] == STATE else None)


def _source(entry: Entry) -> str:
    listed = ", ".join(entry.source)
    return f"{listed} ({entry.where})" if entry.where else listed


def _names(parameter_set: ParameterSet, path: Path) -> tuple[str, ...]:
    electrode = next((e for e in ELECTRODES if any(e in part for part in path[:3])), "")
    return names_of(path, parameter_set.document.materials(electrode) if electrode else ())


def value_text(value: Value, longest: int | None = None) -> str:
    """Return a value as a table shows it.

    Parameters
    ----------
    longest : most characters of an expression; ``None`` for all

    Examples
    --------
    >>> value_text(8.52e-5)
    '8.52e-05'
    """
    if not isinstance(value, Function):
        return f"{value:.6g}"
    text = function_text(value)
    if value.table is not None:
        points = _points(value.table)
        bare = re.fullmatch(r"\([^()]*\) = (linear|cubic|pchip)_table\([^()]*\)", text)
        return f"table of {points}" if bare else f"{_cut(text, longest)}, table of {points}"
    return _cut(text, longest)


def _points(table: Table | Table2) -> str:
    if isinstance(table, Table2):
        return f"{len(table.x)} by {len(table.second)} points"
    return f"{len(table.x)} points"


def _cut(text: str, longest: int | None) -> str:
    return text if longest is None or len(text) <= longest else f"{text[: longest - 3].rstrip()}..."


def as_json(parameter_set: ParameterSet) -> dict[str, Any]:
    """Return a set as plain data: every value, what it gives in PyBaMM, and where it is from.

    ``entries`` are the values of the file, ``values`` is all that PyBaMM gets, the state of the
    cell applied.
    """
    document = parameter_set.document
    found = written(document)
    return {
        "format": FORMAT,
        "name": parameter_set.name,
        "path": None if parameter_set.path is None else str(parameter_set.path),
        "sha256": _hash(parameter_set),
        "header": dict(document.raw["Header"]),
        "citations": list(document.citations),
        "degradation": dict(parameter_set.degradation),
        "entries": [
            {
                "place": list(path),
                "unit": unit_of(path[-1]),
                **_plain(value),
                "gives": list(_names(parameter_set, path)),
                "provenance": _plain_entry(_entry(parameter_set, path)),
            }
            for path, value in _ordered(parameter_set, found)
        ],
        "values": {
            name: {"unit": unit_of(name), **_plain(value)}
            for name, value in parameter_set.values.items()
        },
    }


def _hash(parameter_set: ParameterSet) -> str | None:
    return None if parameter_set.path is None else sha256_of_set(parameter_set.path)


def _plain(value: Value) -> dict[str, Any]:
    if not isinstance(value, Function):
        return {"value": float(value)}
    found: dict[str, Any] = {
        "arguments": list(value.arguments),
        "function": function_text(value),
    }
    if isinstance(value.table, Table):
        found["table"] = value.table.plain()
    elif isinstance(value.table, Table2):
        found["tables"] = value.table.plain()
    return found


def _plain_entry(entry: Entry | None) -> dict[str, Any] | None:
    return None if entry is None else entry.model_dump(mode="json", exclude_none=True)


def summary(parameter_set: ParameterSet) -> list[tuple[str, str]]:
    """Return what a set is in a few lines, as pairs of a word and a text."""
    document = parameter_set.document
    header = document.raw["Header"]
    lines = [
        ("set", parameter_set.name),
        ("cell", _sentence(header.get("Title"))),
        ("description", _sentence(header.get("Description"))),
        ("model", document.model),
        ("capacity", _cell(parameter_set, "Nominal cell capacity [A.h]", "{:g} A.h")),
        ("voltage", _window(parameter_set)),
        ("materials", _materials(parameter_set)),
        ("state", _state(parameter_set)),
        ("values", _counts(parameter_set)),
        ("references", _sentence(header.get("References"))),
        ("licence", _licence(parameter_set)),
        ("hash", _hash(parameter_set) or ""),
        ("path", "" if parameter_set.path is None else str(parameter_set.path)),
    ]
    return [(word, text) for word, text in lines if text]


def _sentence(given: Any) -> str:
    return " ".join(given.split()) if isinstance(given, str) else ""


def _cell(parameter_set: ParameterSet, name: str, form: str) -> str:
    value = parameter_set.document.fields.get((CELL, name))
    return form.format(value) if isinstance(value, int | float) else ""


def _window(parameter_set: ParameterSet) -> str:
    ends = [
        _cell(parameter_set, f"{end} voltage cut-off [V]", "{:g}") for end in ("Lower", "Upper")
    ]
    return f"{ends[0]} to {ends[1]} V" if all(ends) else ""


def _materials(parameter_set: ParameterSet) -> str:
    parts = []
    for electrode in ELECTRODES:
        names = parameter_set.document.materials(electrode)
        if names:
            parts.append(f"{electrode.partition(' ')[0].lower()} {' and '.join(names)}")
    return ", ".join(parts)


def _state(parameter_set: ParameterSet) -> str:
    """Return charge and losses, where the file states them."""
    state = parameter_set.document.state
    soc = state.get((STATE, INITIAL, "Initial state-of-charge"))
    parts = [] if soc is None else [f"charged to {100 * soc:.4g} %"]
    if any(path[1] == DEGRADATION for path in state):
        losses = parameter_set.degradation.items()
        parts += [f"{name} {100 * share:.3g} %" for name, share in losses if share]
    return ", ".join(parts)


def _counts(parameter_set: ParameterSet) -> str:
    paths = value_paths(parameter_set.document.raw)
    known = parameter_set.provenance
    if known is None:
        return f"{len(paths)}, provenance not stated"
    entries = [known.entry(path) for path in paths]
    counts: Counter[str] = Counter(entry.method for entry in entries if entry is not None)
    parts = [f"{counts[method]} {method}" for method in METHODS if counts[method]]
    missing = len(paths) - sum(counts.values())
    return f"{len(paths)}: {', '.join([*parts, *([f'{missing} not stated'] if missing else [])])}"


def _licence(parameter_set: ParameterSet) -> str:
    """Return the first paragraph below a heading on the licence in the README, or its line."""
    path = parameter_set.path
    if path is None or not (path / README).is_file():
        return ""
    try:
        lines = (path / README).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    found: list[str] = []
    below = False
    for line in (*lines, "#"):
        if line.startswith("#") or (found and not line.strip()):
            if found:
                break
            below = re.search(r"licen[cs]e", line, re.IGNORECASE) is not None
        elif below and line.strip():
            found.append(line.strip())
    return _cut(" ".join(found), 5 * LONGEST_TEXT)
