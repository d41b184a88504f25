"""Whether the BPX standard's own reader takes a file.

That reader writes the texts of open-circuit potentials to a program file and runs it. Here it
gets a copy in which every potential is a table of two values; the texts themselves it parses and
does not run. They have been read by :mod:`twin.parameters.language.expression` before.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from twin.parameters.bpx.fields import ELECTRODES, PARAMETERISATION, PARTICLE
from twin.parameters.checks.findings import Finding, error, warning

POTENTIALS = ("OCP [V]", "OCP (delithiation) [V]", "OCP (lithiation) [V]")
_STAND_IN = {"x": [0.0, 1.0], "y": [1.0, 0.0]}
_MOST = 10


def reader_findings(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what the standard's reader refuses or warns of.

    Parameters
    ----------
    raw : content of ``parameters.json``, which our own reader took
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies
        from bpx import parse_bpx_obj

        refusals = [found for place, text in _texts(raw) for found in _of_text(place, text)]
    yield from refusals
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            parse_bpx_obj(_without_potentials(raw))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as refused:
            yield from _refusals(refused)
    for message in dict.fromkeys(str(item.message) for item in heard):
        yield warning("parameters.json", f"the standard's reader warns: {_one_line(message)}")


def _sections(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what may hold potentials: electrodes and the materials in them."""
    for electrode in ELECTRODES:
        section = data[PARAMETERISATION].get(electrode)
        if isinstance(section, dict):
            yield electrode, section
            for material, fields in section.get(PARTICLE, {}).items():
                yield f"{electrode} / {PARTICLE} / {material}", fields


def _texts(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for place, section in _sections(raw):
        for name in POTENTIALS:
            if isinstance(section.get(name), str):
                yield f"{place} / {name}", section[name]


def _of_text(place: str, text: str) -> Iterator[Finding]:
    """Yield what the standard's grammar says of a text; parsing runs nothing."""
    from bpx import ExpressionParser

    try:
        ExpressionParser().parse_string(text)
    except (ExpressionParser.ParseException, RecursionError) as refused:
        yield error(place, f"the standard's reader refuses it: {_one_line(str(refused))}")


def _without_potentials(raw: Mapping[str, Any]) -> dict[str, Any]:
    safe: dict[str, Any] = copy.deepcopy(dict(raw))
    for _, section in _sections(safe):
        for name in POTENTIALS:
            if name in section:
                section[name] = copy.deepcopy(_STAND_IN)
    return safe


def _refusals(refused: Exception) -> Iterator[Finding]:
    from pydantic import ValidationError

    if not isinstance(refused, ValidationError):
        text = f"the standard's reader refuses it: {_one_line(str(refused))}"
        yield error("parameters.json", text)
        return
    told: dict[str, str] = {}
    for detail in refused.errors():
        parts = [str(part) for part in detail["loc"] if not str(part).startswith("function-")]
        told.setdefault(" / ".join(parts[:4]) or "parameters.json", _said(detail["msg"]))
    for place, text in list(told.items())[:_MOST]:
        yield error(place, f"the standard's reader refuses it: {_one_line(text)}")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:200]}..."


def _said(message: str) -> str:
    return "is missing" if message == "Field required" else message
