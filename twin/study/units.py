"""Hints for a key that has the right name and another unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twin.units import (
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
    ZERO_CELSIUS_K,
)

UNIT_OF_KEY = "the unit belongs to the key: "
_TIMES = {
    "s": 1.0,
    "ms": 1e-3,
    "min": SECONDS_PER_MINUTE,
    "h": SECONDS_PER_HOUR,
    "d": SECONDS_PER_DAY,
    "days": SECONDS_PER_DAY,
}
_VOLTS = {"V": 1.0, "mV": 1e-3}
_SHARES = {"percent": 1.0, "fraction": 100.0}
_SCALES = (_TIMES, _VOLTS, _SHARES)
_SUFFIXES = {*_TIMES, *_VOLTS, *_SHARES, "degC", "K", "C", "F", "A", "Ah", "Wh", "W", "Ohm"}
_LOWER = {suffix.lower() for suffix in _SUFFIXES} | {"seconds", "hours", "minutes", "celsius"}
_LOWER |= {"kelvin", "volt", "volts", "soc", "sec", "hr"}


def stem(key: str) -> tuple[str, str]:
    """Return a key without its unit, and the unit.

    >>> stem("temperature_degC"), stem("repeat")
    (('temperature', 'degC'), ('repeat', ''))
    """
    name, _, suffix = key.rpartition("_")
    return (name, suffix) if name and suffix.lower() in _LOWER else (key, "")


def unit_hint(name: str, given: Any, allowed: Iterable[str]) -> str:
    """Return a hint if a key is allowed with another unit, or "".

    >>> unit_hint("temperature_K", 298.15, ["temperature_degC"])
    '; the unit belongs to the key: temperature_degC (298.15 K is temperature_degC: 25)'
    """
    base, unit = stem(name)
    for key in allowed:
        right_base, right_unit = stem(key)
        if right_unit and right_base == base and key != name:
            return f"; {UNIT_OF_KEY}{key}{_converted(given, unit, key, right_unit)}"
    return ""


def _converted(given: Any, unit: str, key: str, right_unit: str) -> str:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return ""
    value = None
    if (unit, right_unit) == ("K", "degC"):
        value = given - ZERO_CELSIUS_K
    for scale in _SCALES:
        if unit in scale and right_unit in scale:
            value = given * scale[unit] / scale[right_unit]
    return "" if value is None else f" ({given:g} {unit} is {key}: {value:.6g})"
