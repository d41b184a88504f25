"""From PyBaMM's ``ParameterValues`` to the content of ``parameters.json``.

BPX gets all that it can say. What it says only nearly, or not at all, is written besides, so
that reading the file back gives every number and function again; what cannot be written is
reported, item by item.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pybamm

from twin.errors import ParameterError
from twin.models.extra_parameters import every_name
from twin.parameters.bpx.derived import derived_values
from twin.parameters.bpx.document import Document, Value
from twin.parameters.bpx.fields import (
    BLOCK,
    ENVIRONMENT,
    INITIAL,
    PARAMETERISATION,
    STATE,
    USER_DEFINED,
    VERSION,
)
from twin.parameters.bpx.migrations import FORMAT
from twin.parameters.bpx.parts import difference, same, samples_for
from twin.parameters.bpx.reading import read_document
from twin.parameters.bpx.writing import bpx_fields
from twin.parameters.bridge.tracing import traced
from twin.parameters.checks.reference_checks import chain_findings
from twin.parameters.equilibrium import state_of_charge, with_limits
from twin.parameters.language.expression import (
    Argument,
    Call,
    Function,
    Reference,
    function_text,
    in_bpx,
    substitute,
    to_text,
    walk,
)
from twin.parameters.language.tables import Table, Table2
from twin.parameters.parameter_set import ParameterSet

SKIPPED = ("citations",)
EXACT = 1e-12  # relative difference that is none
START_IN_BPX = "Initial concentration in electrolyte"  # the electrodes' follow from the charge
_CITATION = re.compile(r"[A-Za-z0-9_.:-]{1,60}")


@dataclass(frozen=True)
class NotCarried:
    """One parameter that the file cannot hold, and why.

    Parameters
    ----------
    name : PyBaMM's name
    why : in a sentence
    """

    name: str
    why: str


@dataclass(frozen=True)
class Approximation:
    """What BPX's own fields say only nearly; our block says it exactly.

    Parameters
    ----------
    name : PyBaMM's name
    error : largest relative difference, between -13 and 57 degC; not a number where unknown
    """

    name: str
    error: float


@dataclass(frozen=True)
class Imported:
    """A set made from PyBaMM's values.

    Parameters
    ----------
    data : content of ``parameters.json``
    not_carried : what it does not hold
    approximate : what its BPX part says only nearly; our block holds the exact values
    """

    data: Mapping[str, Any]
    not_carried: tuple[NotCarried, ...] = ()
    approximate: tuple[Approximation, ...] = field(default=())


def plain_values(values: Any) -> tuple[dict[str, Value], list[NotCarried]]:
    """Return numbers and functions of a ``ParameterValues`` as data, and what is neither."""
    found: dict[str, Value] = {}
    lost: list[NotCarried] = []
    for name, value in values.items():
        if name in SKIPPED:
            continue
        try:
            found[name] = _plain(name, value)
        except ParameterError as error:
            lost.append(NotCarried(name, str(error)))
    return without_dangling(found, lost), lost


def _plain(name: str, value: Any) -> Value:
    if isinstance(value, bool | str):
        raise ParameterError(f"{value!r} is neither a number nor a function")
    if isinstance(value, pybamm.Scalar):
        value = float(value.value)
    if isinstance(value, int | float | np.number):
        if not np.isfinite(value):
            raise ParameterError(f"{value} is not finite")
        return float(value)
    if callable(value) or isinstance(value, pybamm.Symbol):
        return _called(name, value)
    raise ParameterError(f"a {type(value).__name__} is neither a number nor a function")


def _called(name: str, value: Any) -> Value:
    try:
        return traced((lambda: value) if isinstance(value, pybamm.Symbol) else value, name)
    except ParameterError:
        raise
    except Exception as error:  # whatever somebody's function raises
        raise ParameterError(f"it cannot be called as PyBaMM does: {error}") from None


def without_dangling(found: dict[str, Value], lost: list[NotCarried]) -> dict[str, Value]:
    """Leave out functions of parameters that the set does not have, and of themselves."""
    functions = {name: value for name, value in found.items() if isinstance(value, Function)}
    for finding in chain_findings(functions):
        name = finding.place.removeprefix(f"{USER_DEFINED} / ")
        lost.append(NotCarried(name, finding.text))
        del found[name]
    while True:
        gone = {
            name: sorted(missing)
            for name, value in found.items()
            if isinstance(value, Function)
            and (
                missing := {
                    n.name
                    for n in walk(value.body)
                    if isinstance(n, Reference) and n.name not in found
                }
            )
        }
        if not gone:
            return found
        for name, names in gone.items():
            lost.append(NotCarried(name, f"it refers to '{names[0]}', which the set does not have"))
            del found[name]


def from_pybamm(
    values: Any,
    title: str,
    materials: Mapping[str, tuple[str, str]] | None = None,
    header: Mapping[str, str] | None = None,
) -> Imported:
    """Return a ``ParameterValues`` as the content of ``parameters.json``.

    Parameters
    ----------
    values : ``pybamm.ParameterValues`` of a lithium-ion cell
    title : of the set
    materials : ``Negative electrode`` or ``Positive electrode`` -> what its two materials are
        called; ``Primary`` and ``Secondary`` where nothing is said
    header : further entries of the header, such as ``References``

    Raises
    ------
    ParameterError
        where not even the electrodes are there.
    """
    plain, lost = plain_values(values)
    try:
        made = from_values(plain, title, materials, header, _cited(values))
    except ParameterError as error:
        said = "".join(f"\nnot carried: {item.name}: {item.why}" for item in lost)
        raise ParameterError(f"{error}{said}") from None
    told = ParameterSet("", read_document(made.data, title)).values
    items = (
        replace(item, why=f"{item.why}; the set has the default {told[item.name]} for it")
        if isinstance(told.get(item.name), float)
        else item
        for item in lost
    )
    return replace(made, not_carried=tuple(items))


def from_values(
    plain: Mapping[str, Value],
    title: str,
    materials: Mapping[str, tuple[str, str]] | None = None,
    header: Mapping[str, str] | None = None,
    citations: Sequence[str] = (),
) -> Imported:
    """Return numbers and functions by PyBaMM's names as the content of ``parameters.json``.

    Parameters
    ----------
    plain : of a lithium-ion cell; what functions refer to is there
    title, materials, header : as for :func:`from_pybamm`
    citations : keys by which PyBaMM cites the set

    Raises
    ------
    ParameterError
        where not even the electrodes are there.
    """
    limited = with_limits(plain)
    fields, missing = bpx_fields(limited, materials or {})
    head = {"BPX": VERSION, "Title": title, **(header or {})}
    data: dict[str, Any] = {
        "Header": {**head, "Model": "Partial" if missing else "DFN"},
        PARAMETERISATION: fields,
        STATE: _state(limited),
    }
    document = read_document(data, title)
    approximate: list[Approximation] = []
    own = _beyond(plain, document, list(citations), approximate)
    if own:
        fields[USER_DEFINED] = own
    read_document(data, title)
    return Imported(data, (), tuple(approximate))


def _cited(values: Any) -> list[str]:
    given = values.get("citations") or []
    return [str(key) for key in given if _CITATION.fullmatch(str(key))]


def _state(values: Mapping[str, Value]) -> dict[str, Any]:
    def numbers(names: Mapping[str, str]) -> dict[str, float]:
        found = {field: values.get(name) for field, name in names.items()}
        return {f: float(v) for f, v in found.items() if isinstance(v, int | float)}

    initial: dict[str, float] = {}
    soc = state_of_charge(values)
    if soc is not None:
        initial["Initial state-of-charge"] = soc
    initial |= numbers(
        {
            "Initial temperature [K]": "Initial temperature [K]",
            "Initial electrolyte concentration [mol.m-3]": (
                "Initial concentration in electrolyte [mol.m-3]"
            ),
        }
    )
    environment = numbers(
        {
            "Ambient temperature [K]": "Ambient temperature [K]",
            "Heat transfer coefficient [W.m-2.K-1]": "Total heat transfer coefficient [W.m-2.K-1]",
        }
    )
    return {INITIAL: initial, ENVIRONMENT: environment}


def _beyond(
    values: Mapping[str, Value],
    document: Document,
    citations: list[str],
    approximate: list[Approximation],
) -> dict[str, Any]:
    """Return what goes under user-defined: all that BPX's fields do not give exactly."""
    told = {**derived_values(document), **ParameterSet("", document).values}
    samples = samples_for()
    flat: dict[str, Any] = {}
    functions: dict[str, Any] = {}
    extra: dict[str, float] = {}
    for name, value in values.items():
        start = "Initial concentration in " in name and not name.startswith(START_IN_BPX)
        if name in told and same(value, told[name], values) and not start:
            continue
        if name in told and isinstance(value, Function):
            error = difference(value, told[name], values, samples)
            if not error < EXACT:
                approximate.append(Approximation(name, error))
        if not isinstance(value, Function):
            (extra if name in every_name() else flat)[name] = value
        elif (said := _flat(value)) is not None:
            flat[name] = said
        else:
            functions[name] = _entry(value, told.get(name))
    block: dict[str, Any] = {"format": FORMAT}
    block |= {"functions": functions} if functions else {}
    block |= {"parameters": extra} if extra else {}
    block |= {"citations": {"description": " ".join(citations)}} if citations else {}
    return {**flat, BLOCK: block} if len(block) > 1 else flat


def _flat(value: Function) -> str | dict[str, list[float]] | None:
    """Return a function as plain PyBaMM reads it, where it can: of one argument, in BPX's words."""
    if len(value.arguments) != 1:
        return None
    body = substitute(value.body, {value.arguments[0]: Argument("x")})
    if isinstance(value.table, Table) and body == Call("linear_table", (Argument("x"),)):
        return {"x": list(value.table.x), "y": list(value.table.y)}
    return to_text(body) if value.table is None and in_bpx(body) else None


def _entry(value: Function, told: Value | None) -> dict[str, Any]:
    """Return a function as an entry of our block; a table that BPX has is not repeated."""
    entry: dict[str, Any] = {"description": function_text(value)}
    known = told.table if isinstance(told, Function) else None
    if value.table is None or value.table == known:
        return entry
    if isinstance(value.table, Table2):
        columns = zip(*value.table.z, strict=True)
        tables = {
            repr(second): {"x": list(value.table.x), "y": list(column)}
            for second, column in zip(value.table.second, columns, strict=True)
        }
        return {**entry, "tables": tables}
    return {**entry, "table": {"x": list(value.table.x), "y": list(value.table.y)}}
