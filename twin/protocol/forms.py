"""The three ways to write a step, brought to one: a string, ``{step: ...}``, ``{mode: ...}``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from twin.errors import nearest
from twin.protocol import wording
from twin.protocol.fields import as_number
from twin.protocol.text import parse_step
from twin.units import Kind, parse_quantity

DRIVEN = ("current", "c_rate", "power", "resistance")
MODES = (*DRIVEN, "voltage", "rest", "profile")
_EXTRAS = ("measure", "temperature_degC", "period_s")
_STEP_KEYS = ("step", *_EXTRAS)
_OWN_KEYS = ("mode", "value", "direction", "until", "for", "duration_s", "profile", "text")
_FIELD_KEYS = (*_OWN_KEYS, *_EXTRAS)
_PYBAMM_KEYS = ("mode", "pybamm_step", "text")
_KINDS: dict[str, Kind] = {
    "current": "current",
    "c_rate": "c_rate",
    "power": "power",
    "resistance": "resistance",
    "voltage": "voltage",
}
FORMS = (
    "write a string such as 'Discharge at 1C until 2.5 V', {step: '<string>', measure: capacity} "
    "or {mode: current, value: 5 A, direction: discharge, until: 2.5 V}"
)


def step_fields(given: Any) -> dict[str, Any]:
    """Return the fields of a step from any of its forms.

    Raises
    ------
    ValueError
        If the form, a key or a value is not one that a step can have.

    Examples
    --------
    >>> fields = step_fields({"mode": "current", "value": "5 A", "direction": "charge"})
    >>> fields["value"]
    -5.0
    """
    if isinstance(given, str):
        return _from_string(given, {})
    if not isinstance(given, Mapping):
        raise ValueError(f"{given!r} is not a step; {FORMS}")
    if "step" in given:
        _check_keys(given, _STEP_KEYS, "beside 'step'")
        text, extras = given["step"], {key: given[key] for key in given if key != "step"}
        if not isinstance(text, str):
            raise ValueError(f"step: {text!r} is not a string; {FORMS}")
        return _from_string(text, extras)
    if "mode" not in given:
        raise ValueError(f"the keys {', '.join(map(str, given))} make no step; {FORMS}")
    if given["mode"] == "pybamm":
        return _from_object(given)
    return _from_mapping(given)


def _from_string(text: str, extras: dict[str, Any]) -> dict[str, Any]:
    parsed = parse_step(text)
    if parsed.period_s is not None and extras.get("period_s") is not None:
        raise ValueError(
            f"step '{parsed.text}' has a period in the string and as period_s; keep one of them"
        )
    fields = {
        "mode": parsed.mode,
        "value": parsed.value,
        "until": [] if parsed.limit is None else [parsed.limit],
        "duration_s": parsed.duration_s,
        "text": parsed.text,
        "written_as_text": True,
        **_present(extras),
    }
    if parsed.period_s is not None:
        fields["period_s"] = parsed.period_s
    return _with_measures(fields)


def _from_object(given: Mapping[str, Any]) -> dict[str, Any]:
    _check_keys(given, _PYBAMM_KEYS, "beside 'mode: pybamm'")
    if given.get("pybamm_step") is None:
        raise ValueError(
            f"step '{given.get('text', '')}' was a PyBaMM object that has no written form; give "
            "the protocol in Python again, or write the step as a string or with 'mode:'"
        )
    return dict(given)


def _from_mapping(given: Mapping[str, Any]) -> dict[str, Any]:
    mode = given["mode"]
    if mode not in MODES:
        raise ValueError(
            f"mode: {mode!r} is unknown; allowed are {', '.join(MODES)}{nearest(str(mode), MODES)}"
        )
    _check_keys(given, _FIELD_KEYS, f"beside 'mode: {mode}'")
    fields = _present(given)
    fields["value"] = _value(mode, fields)
    fields.pop("direction", None)
    fields["duration_s"] = _duration(fields)
    fields.pop("for", None)
    until = fields.get("until", ())
    fields["until"] = until if isinstance(until, list | tuple) else [until]
    if (mode == "profile") != ("profile" in fields):
        raise ValueError(
            "'profile:' and 'mode: profile' go together; write {mode: profile, profile: "
            "{file: us06.csv, time_s: t, current_A: I}}"
        )
    return _with_measures(fields)


def _value(mode: str, given: Mapping[str, Any]) -> float | None:
    """Return the value of a step, positive on discharge; ``None`` where it has none."""
    _check_direction(mode, given)
    if mode in ("rest", "profile"):
        if "value" in given:
            raise ValueError(f"mode: {mode} takes no 'value'; remove it")
        return None
    unit = "C" if mode == "c_rate" else wording.UNITS[mode]
    if "value" not in given:
        raise ValueError(f"mode: {mode} needs a 'value' in {unit}; add e.g. 'value: 1 {unit}'")
    value = _amount(given["value"], _KINDS[mode])
    if mode == "voltage":
        return value
    if value <= 0:
        raise ValueError(
            f"value: {given['value']!r} must be positive; 'direction' tells charge from "
            "discharge, and 'mode: rest' is no current"
        )
    return value if given["direction"] == "discharge" else -value


def _amount(given: Any, kind: Kind) -> float:
    return parse_quantity(given, kind).value if isinstance(given, str) else as_number(given)


def _check_direction(mode: str, given: Mapping[str, Any]) -> None:
    direction = given.get("direction")
    if mode not in DRIVEN:
        if direction is not None:
            raise ValueError(f"mode: {mode} takes no 'direction'; remove it")
        return
    allowed = ("charge", "discharge")
    if direction is None:
        raise ValueError(
            f"mode: {mode} needs a 'direction'; add 'direction: discharge' or 'direction: charge'"
        )
    if direction not in allowed:
        raise ValueError(
            f"direction: {direction!r} is unknown; allowed are {', '.join(allowed)}"
            f"{nearest(str(direction), allowed)}"
        )


def _duration(given: Mapping[str, Any]) -> Any:
    if "for" not in given:
        return given.get("duration_s")
    if "duration_s" in given:
        raise ValueError("'for' and 'duration_s' say the same; keep one of them")
    lasting = given["for"]
    if not isinstance(lasting, str):
        raise ValueError(f"for: {lasting!r} has no unit; write e.g. 'for: {lasting} s'")
    return parse_quantity(lasting, "time").value


def _present(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given, leaving out keys without a value."""
    return {key: value for key, value in given.items() if value is not None}


def _with_measures(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with ``measure`` as a sorted tuple."""
    given = fields.get("measure", ())
    names = (given,) if isinstance(given, str) else tuple(given)
    allowed = ("capacity", "resistance")
    for name in names:
        if name not in allowed:
            raise ValueError(
                f"measure: {name!r} is unknown; allowed are {', '.join(allowed)}"
                f"{nearest(str(name), allowed)}"
            )
    return {**fields, "measure": tuple(name for name in allowed if name in names)}


def _check_keys(given: Mapping[str, Any], allowed: Collection[str], where: str) -> None:
    for key in given:
        if key not in allowed:
            raise ValueError(
                f"unknown key '{key}' {where}; allowed are {', '.join(allowed)}"
                f"{nearest(str(key), allowed)}"
            )


def step_json_schema() -> dict[str, Any]:
    """Return the JSON schema of the forms in which a step can be written."""
    text = {"type": "string"}
    measures = {"enum": ["capacity", "resistance"]}
    extras = {
        "measure": {"anyOf": [measures, {"type": "array", "items": measures}]},
        "temperature_degC": {"type": "number"},
        "period_s": {"type": "number", "exclusiveMinimum": 0},
    }
    structured = {
        "mode": {"enum": list(MODES)},
        "value": {"type": ["string", "number"]},
        "direction": {"enum": ["charge", "discharge"]},
        "until": {"anyOf": [text, {"type": "array", "items": text}]},
        "for": text,
        "duration_s": {"type": "number", "exclusiveMinimum": 0},
        "profile": {"type": "object"},
        "text": text,
    }
    closed = {"type": "object", "additionalProperties": False}
    return {
        "title": "Step",
        "anyOf": [
            {**text, "description": "a PyBaMM step string, such as Discharge at 1C until 2.5 V"},
            {**closed, "properties": {"step": text, **extras}, "required": ["step"]},
            {**closed, "properties": {**structured, **extras}, "required": ["mode"]},
        ],
    }
