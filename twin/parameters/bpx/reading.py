"""From the content of ``parameters.json`` to checked values: BPX 1.1 and our block.

Everything that is wrong is said at once, with the place in the file. Expressions are parsed by
:mod:`twin.parameters.language.expression`; nothing is executed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from twin.errors import ParameterError, ParameterSetError, nearest
from twin.parameters.bpx.document import Document, Path, Value, placed, shown
from twin.parameters.bpx.fields import (
    BLOCK,
    BY_MATERIAL,
    DEGRADATION,
    ELECTRODES,
    ELECTROLYTE,
    HEADER,
    MODELS,
    OF_ELECTRODE,
    OF_PARTICLE,
    OF_STATE,
    PARAMETERISATION,
    PARTICLE,
    SECTIONS,
    STATE,
    TOP,
    USER_DEFINED,
    VALIDATION,
    Field,
    fields_of,
)
from twin.parameters.bpx.migrations import FORMAT, migrated
from twin.parameters.bpx.pybamm_names import tables_of
from twin.parameters.language.arithmetic import NUMPY, evaluate
from twin.parameters.language.expression import (
    Argument,
    Call,
    Function,
    in_bpx,
    parse,
    parse_function,
    walk,
)
from twin.parameters.language.tables import Table, Table2, read_table, read_tables
from twin.parameters.provenance import UNFILLED
from twin.parameters.ranges import range_of

X = "x"
ONE_MOLAR = 1000.0  # [mol.m-3]
TABLE_CALLS = ("linear_table", "cubic_table", "pchip_table")
_MOST_MATERIALS = 2
_BLOCK_KEYS = ("format", "functions", "parameters", "citations")
_CITATION = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
_ENTRY_KEYS = ("description", "table", "tables")


def read_document(data: Any, where: str) -> Document:
    """Return the checked content of a file.

    Parameters
    ----------
    data : what :func:`twin.parameters.strict_files.read_json` returned
    where : the file, for messages

    Raises
    ------
    ParameterSetError
        with a sentence for every problem.
    """
    reader = _Reader()
    document = reader.document(data)
    if reader.problems or document is None:
        raise ParameterSetError([f"{where}: {text}" for text in reader.problems], where)
    return document


class _Reader:
    """Reads one document and collects what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def say(self, path: Path, text: str) -> None:
        self.problems.append(f"{placed(path)}: {text}" if path else text)

    def document(self, data: Any) -> Document | None:
        if not self._is_object((), data):
            return None
        for key in data:
            if key not in TOP:
                self.say((key,), f"BPX has no such section; it has {', '.join(TOP)}")
        model = self._header(data.get("Header"))
        parameterisation = data.get(PARAMETERISATION)
        if model is None or not self._is_object((PARAMETERISATION,), parameterisation):
            return None
        fields = self._parameterisation(parameterisation, model)
        given = parameterisation.get(USER_DEFINED, {})
        flat, functions, extra = self._user_defined(given, fields, parameterisation)
        state = self._state(data.get(STATE), parameterisation)
        if VALIDATION in data:
            self._is_object((VALIDATION,), data[VALIDATION])
        cited = self._citations(given)
        return Document(data, model, fields, state, flat, functions, extra, cited)

    def _is_object(self, path: Path, data: Any) -> bool:
        if not isinstance(data, dict):
            self.say(path, f"{shown(data)} is given where an object {{...}} is needed; write one")
        return isinstance(data, dict)

    def _header(self, header: Any) -> str | None:
        if not self._is_object(("Header",), header):
            return None
        for key in header:
            if key not in HEADER:
                self.say(("Header", key), f"unknown; a header has {', '.join(HEADER)}")
        version = str(header.get("BPX", ""))
        if not version.startswith("1."):
            self.say(
                ("Header", "BPX"),
                f"version {version or 'missing'} is not read here, 1.x is; "
                "older files come in by 'twin params import'",
            )
            return None
        model = header.get("Model")
        if model not in MODELS:
            self.say(("Header", "Model"), f"{shown(model)}; allowed: {', '.join(MODELS)}")
            return None
        return str(model)

    def _parameterisation(self, data: Mapping[str, Any], model: str) -> dict[Path, Value]:
        found: dict[Path, Value] = {}
        for section in data:
            if section not in SECTIONS:
                hint = nearest(section, SECTIONS)
                self.say((section,), f"BPX has no such part; it has {', '.join(SECTIONS)}{hint}")
        for section in SECTIONS[:-1]:
            if section in data:
                if self._is_object((section,), data[section]):
                    found |= self._section(section, data[section], model)
            elif model != "Partial" and not (model == "SPM" and not _in_spm(section)):
                self.say((section,), f"is missing; a file for the {model} needs it")
        return found

    def _section(self, section: str, data: Mapping[str, Any], model: str) -> dict[Path, Value]:
        if section in ELECTRODES and PARTICLE in data:
            rest = {key: value for key, value in data.items() if key != PARTICLE}
            found = self._fields((section,), rest, OF_ELECTRODE, model)
            materials = data[PARTICLE]
            if not self._is_object((section, PARTICLE), materials):
                return found
            if not 1 <= len(materials) <= _MOST_MATERIALS:
                self.say((section, PARTICLE), f"{len(materials)} materials; allowed: 1 or 2")
            for name, values in materials.items():
                path = (section, PARTICLE, name)
                if self._is_object(path, values):
                    found |= self._fields(path, values, OF_PARTICLE, model)
            return found
        return self._fields((section,), data, fields_of(section), model)

    def _fields(
        self, path: Path, data: Mapping[str, Any], known: Mapping[str, Field], model: str
    ) -> dict[Path, Value]:
        found: dict[Path, Value] = {}
        for name, given in data.items():
            if name not in known:
                self.say(
                    (*path, name),
                    "BPX has no such field; what it does not know goes under "
                    f"{USER_DEFINED}{nearest(name, known)}",
                )
                continue
            value = self._value((*path, name), given, known[name])
            if value is not None:
                found[*path, name] = value
        for name, field in known.items():
            if field.needed_by(model) and name not in data:
                self.say((*path, name), f"is missing; a file for the {model} needs it")
        ends = [found.get((*path, f"{end} stoichiometry")) for end in ("Minimum", "Maximum")]
        low, high = (end if isinstance(end, int | float) else None for end in ends)
        if low is not None and high is not None and low >= high:
            text = f"{low:g} is not below the maximum, {high:g}; correct the limits"
            self.say((*path, "Minimum stoichiometry"), text)
        return found

    def _value(self, path: Path, given: Any, field: Field) -> Value | None:
        if isinstance(given, str) and given.startswith(UNFILLED):
            self.say(path, "is still to be filled in")
            return None
        if field.kind == "function" and isinstance(given, str | dict):
            function = self._function(path, given)
            return function if function and self._in_range(path, function, field) else None
        number = self._number(path, given)
        if number is None:
            return None
        if field.kind == "count" and number != int(number):
            self.say(path, f"{shown(given)} is no whole number")
        if field.allowed is not None and number not in field.allowed:
            self.say(path, f"{number:g} is out of range; allowed: {field.allowed.words}")
            return None
        return number

    def _number(self, path: Path, given: Any) -> float | None:
        if isinstance(given, bool) or not isinstance(given, int | float):
            self.say(path, f"{shown(given)} is given where a number is needed")
            return None
        return given

    def _function(self, path: Path, given: Any) -> Function | None:
        """Return a function of x from an expression or a table."""
        try:
            if isinstance(given, str):
                body = parse(given, (X,))
                if not in_bpx(body):
                    raise ParameterError(
                        "BPX knows x, + - * / **, exp, tanh and cosh alone; put the expression "
                        f"under {USER_DEFINED} / {BLOCK} / functions"
                    )
                return Function((X,), body)
            return Function((X,), Call("linear_table", (Argument(X),)), read_table(given))
        except ParameterError as error:
            self.say(path, str(error))
            return None

    def _in_range(self, path: Path, function: Function, field: Field) -> bool:
        """Return whether a field of BPX has a possible value where cells mostly are."""
        if path[0] == USER_DEFINED:  # of an argument that is not known here
            return True
        x = ONE_MOLAR if path[0] == ELECTROLYTE else 0.5
        y = float(evaluate(function.body, {X: x}, NUMPY, _no_reference, function.table))
        if math.isfinite(y) and (field.allowed is None or y in field.allowed):
            return True
        allowed = f"; allowed: {field.allowed.words}" if field.allowed else ""
        self.say(path, f"is {y:.4g} at x = {x:g}{allowed}")
        return False

    def _user_defined(
        self, data: Any, fields: Mapping[Path, Value], parameterisation: Mapping[str, Any]
    ) -> tuple[dict[str, Value], dict[str, Function], dict[str, float]]:
        flat: dict[str, Value] = {}
        if not self._is_object((USER_DEFINED,), data):
            return flat, {}, {}
        for name, given in data.items():
            if name in (BLOCK, "description"):
                continue
            if isinstance(given, dict) and not {"x", "y"} <= set(given):
                continue  # nested data of other tools is theirs
            value = self._value((USER_DEFINED, name), given, _field_of(name))
            if value is not None:
                flat[name] = value
        block = migrated(data.get(BLOCK, {"format": FORMAT}))
        path = (USER_DEFINED, BLOCK)
        if not self._is_object(path, block):
            return flat, {}, {}
        tables = {name: v.table for name, v in flat.items() if isinstance(v, Function)}
        inside = {e: tuple(_materials(parameterisation, e)) for e in ELECTRODES}
        tables |= tables_of(fields, inside)
        return flat, *self._block(path, block, tables)

    def _block(
        self, path: Path, block: Mapping[str, Any], tables: Mapping[str, Table | Table2 | None]
    ) -> tuple[dict[str, Function], dict[str, float]]:
        for key in block:
            if key not in _BLOCK_KEYS:
                self.say((*path, key), f"unknown; the block has {', '.join(_BLOCK_KEYS)}")
        if block.get("format") != FORMAT:
            given = shown(block.get("format"))
            self.say((*path, "format"), f"{given} is not known here; this version reads {FORMAT}")
        functions: dict[str, Function] = {}
        extra: dict[str, float] = {}
        entries = block.get("functions", {})
        for name, entry in entries.items() if self._is_object(path, entries) else ():
            function = self._entry((*path, "functions", name), entry, tables.get(name))
            if function is not None:
                functions[name] = function
        numbers = block.get("parameters", {})
        for name, given in numbers.items() if self._is_object(path, numbers) else ():
            value = self._value((*path, "parameters", name), given, _field_of(name, "number"))
            if isinstance(value, int | float):
                extra[name] = value
        return functions, extra

    def _citations(self, user_defined: Any) -> tuple[str, ...]:
        """Return the keys that PyBaMM cites a set by, from ``citations / description``."""
        block = user_defined.get(BLOCK, {}) if isinstance(user_defined, dict) else {}
        given = block.get("citations", {}) if isinstance(block, dict) else {}
        path = (USER_DEFINED, BLOCK, "citations")
        text = given.get("description", "") if self._is_object(path, given) else ""
        keys = tuple(text.split()) if isinstance(text, str) else ("?",)
        for key in keys:
            if not _CITATION.fullmatch(key):
                self.say(path, f"{shown(key)} is no key of a citation, such as Chen2020")
        return keys

    def _entry(self, path: Path, entry: Any, table: Table | Table2 | None) -> Function | None:
        if not self._is_object(path, entry):
            return None
        for key in entry:
            if key not in _ENTRY_KEYS:
                self.say((*path, key), f"unknown; a function has {', '.join(_ENTRY_KEYS)}")
        try:
            text = entry.get("description")
            if not isinstance(text, str):
                raise ParameterError(
                    f"{shown(text)} is given under description where the function is needed, "
                    "such as '(c_e, T) = 1e-10*exp(-1500/T)'"
                )
            function = parse_function(text)
            if "table" in entry:
                table = read_table(entry["table"])
            if "tables" in entry:
                table = read_tables(entry["tables"])
            return Function(function.arguments, function.body, _table_for(function, table))
        except ParameterError as error:
            self.say(path, str(error))
            return None

    def _state(self, data: Any, parameterisation: Mapping[str, Any]) -> dict[Path, float]:
        found: dict[Path, float] = {}
        if data is None or not self._is_object((STATE,), data):
            return found
        for part, values in data.items():
            path = (STATE, part)
            if part not in OF_STATE:
                self.say(
                    path, f"unknown; a state has {', '.join(OF_STATE)}{nearest(part, OF_STATE)}"
                )
            elif values is not None and self._is_object(path, values):
                for name, given, field in self._of_state(path, values):
                    materials = _materials(parameterisation, name.split(": ")[-1])
                    found |= self._state_value((*path, name), given, field, materials)
        return found

    def _of_state(self, path: Path, values: Mapping[str, Any]) -> Iterator[tuple[str, Any, Field]]:
        known = OF_STATE[path[-1]]
        for name, given in values.items():
            if name not in known:
                self.say((*path, name), f"BPX has no such field{nearest(name, known)}")
            elif given is not None:
                yield name, given, known[name]
        for name in known if path[-1] == DEGRADATION else ():
            if name not in values:
                self.say((*path, name), "is missing; where one loss is given, all three are")

    def _state_value(
        self, path: Path, given: Any, field: Field, materials: Mapping[str, Any]
    ) -> dict[Path, float]:
        if path[-1] in BY_MATERIAL and isinstance(given, dict):
            if set(given) != set(materials):
                expected = ", ".join(materials) or "one number, for the electrode has one material"
                self.say(path, f"{', '.join(given)} are given; needed: {expected}")
                return {}
            values = {
                (*path, name): self._value((*path, name), v, field) for name, v in given.items()
            }
        else:
            values = {path: self._value(path, given, field)}
        return {key: value for key, value in values.items() if isinstance(value, int | float)}


def _no_reference(name: str, arguments: tuple[Any, ...] | None) -> float:
    raise ParameterError(f"'{name}' is referred to where BPX has no references")


def _in_spm(section: str) -> bool:
    return section not in ("Electrolyte", "Separator")


def _field_of(name: str, kind: Any = "function") -> Field:
    return Field(name, range_of(name), kind)


def _table_for(function: Function, table: Table | Table2 | None) -> Table | Table2 | None:
    """Return the table where the function uses one, or say that it lacks it."""
    uses = any(isinstance(n, Call) and n.function in TABLE_CALLS for n in walk(function.body))
    if uses and table is None:
        raise ParameterError(
            "uses a table, and there is none; give 'table' or 'tables' beside 'description'"
        )
    return table if uses else None


def _materials(parameterisation: Mapping[str, Any], electrode: str) -> Mapping[str, Any]:
    """Return the materials of an electrode, none where something else stands there."""
    section = parameterisation.get(electrode)
    found = section.get(PARTICLE) if isinstance(section, dict) else None
    return found if isinstance(found, dict) else {}
