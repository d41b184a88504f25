"""Constants and quantities with units: conversion to SI happens here, once.

Notes
-----
Unit names and their case are PyBaMM's (``A``, ``mA``, ``C``, ``Ohm``, ``oC``, ...), so a
quantity that PyBaMM reads is read here, to the same floating-point number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from twin.errors import nearest

SECONDS_PER_MINUTE = 60.0
SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 86400.0
HOURS_PER_DAY = 24.0
ZERO_CELSIUS_K = 273.15
FARADAY_C_PER_MOL = 96485.33212
GAS_CONSTANT_J_PER_MOL_K = 8.314462618

Kind = Literal["current", "c_rate", "voltage", "power", "resistance", "time", "temperature"]

_TIME_NAMES = {
    SECONDS_PER_MINUTE: ("m", "min", "minute", "minutes"),
    SECONDS_PER_HOUR: ("h", "hr", "hour", "hours"),
    SECONDS_PER_DAY: ("d", "day", "days"),
    1.0: ("s", "sec", "second", "seconds"),
}
_THOUSAND = 1000.0
# unit -> (kind, multiply by, divide by, add): milli divides, as in PyBaMM, for equal rounding
_UNITS: dict[str, tuple[Kind, float, float, float]] = {
    "C": ("c_rate", 1.0, 1.0, 0.0),
    "A": ("current", 1.0, 1.0, 0.0),
    "mA": ("current", 1.0, _THOUSAND, 0.0),
    "V": ("voltage", 1.0, 1.0, 0.0),
    "mV": ("voltage", 1.0, _THOUSAND, 0.0),
    "W": ("power", 1.0, 1.0, 0.0),
    "mW": ("power", 1.0, _THOUSAND, 0.0),
    "kW": ("power", _THOUSAND, 1.0, 0.0),
    "Ohm": ("resistance", 1.0, 1.0, 0.0),
    "mOhm": ("resistance", 1.0, _THOUSAND, 0.0),
    **{name: ("time", size, 1.0, 0.0) for size, names in _TIME_NAMES.items() for name in names},
    "degC": ("temperature", 1.0, 1.0, ZERO_CELSIUS_K),
    "oC": ("temperature", 1.0, 1.0, ZERO_CELSIUS_K),
    "K": ("temperature", 1.0, 1.0, 0.0),
}
# what a message lists: one spelling of each unit
_LISTED = (
    "A",
    "mA",
    "C",
    "V",
    "mV",
    "W",
    "mW",
    "kW",
    "Ohm",
    "mOhm",
    "s",
    "min",
    "h",
    "d",
    "degC",
    "K",
)
_NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_WITH_UNIT = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>\S.*)?")
_FRACTION = re.compile(rf"C\s*/\s*(?P<number>{_NUMBER})")


@dataclass(frozen=True)
class Quantity:
    """A number in SI units (C-rates as a multiple of 1C) and the kind of quantity it is.

    Parameters
    ----------
    kind : what is measured
    value : in A, V, W, Ohm, s or K, or the C-rate [-]
    unit : the unit as written
    """

    kind: Kind
    value: float
    unit: str


def units_of(*kinds: Kind, excluding: Collection[str] = ()) -> str:
    """Return the units of these kinds (of every kind if none is given), for a message.

    >>> units_of("current", "c_rate")
    'A, mA, C (as 1C or C/20)'
    """
    listed = [unit for unit in _LISTED if unit in _allowed(kinds, excluding)]
    return ", ".join("C (as 1C or C/20)" if unit == "C" else unit for unit in listed)


def parse_quantity(text: str, *kinds: Kind, excluding: Collection[str] = ()) -> Quantity:
    """Return a quantity in SI units from its text.

    Parameters
    ----------
    text : number and unit, such as ``"2.5 V"``, ``"50mA"``, ``"C/20"`` or ``"30 min"``
    kinds : the kinds that are allowed; any if none is given
    excluding : units to treat as unknown

    Raises
    ------
    ValueError
        If there is no number or no unit, or the unit is unknown or of another kind.

    Examples
    --------
    >>> parse_quantity("2.5 V")
    Quantity(kind='voltage', value=2.5, unit='V')
    >>> parse_quantity("C / 20", "c_rate", "current").value
    0.05
    >>> parse_quantity("30 min").value
    1800.0
    """
    given = text.strip()
    fraction = _FRACTION.fullmatch(given)
    if fraction:
        number, unit = float(fraction["number"]), "C"
        if number == 0:
            raise ValueError(f"'{given}': a C-rate cannot be divided by zero; write e.g. C/20")
        number = 1 / number
    else:
        number, unit = _split(given, kinds, excluding)
    kind, times, over, offset = _UNITS[unit]
    if kinds and kind not in kinds:
        raise ValueError(
            f"'{given}' is a {_words(kind)}, but {_expected(kinds)} is needed here; "
            f"allowed units: {units_of(*kinds, excluding=excluding)}"
        )
    value = number * times / over + offset
    if not math.isfinite(value):
        raise ValueError(f"'{given}' is not a finite number; give a smaller one")
    return Quantity(kind, value, unit)


def _allowed(kinds: Collection[Kind], excluding: Collection[str]) -> list[str]:
    return [
        unit
        for unit, (kind, *_) in _UNITS.items()
        if (not kinds or kind in kinds) and unit not in excluding
    ]


def _split(given: str, kinds: tuple[Kind, ...], excluding: Collection[str]) -> tuple[float, str]:
    match = _WITH_UNIT.fullmatch(given)
    units = f"allowed units: {units_of(*kinds, excluding=excluding)}"
    if match is None:
        raise ValueError(
            f"'{given}' does not start with a number; write a number and a unit, {units}"
        )
    unit = match["unit"]
    if unit is None:
        raise ValueError(f"'{given}' has no unit; {units}")
    if unit not in _UNITS or unit in excluding:
        close = nearest(unit, _allowed(kinds, excluding))
        raise ValueError(f"'{given}': unknown unit '{unit}'; {units}{close}")
    return float(match["number"]), unit


def _words(kind: Kind) -> str:
    return "C-rate" if kind == "c_rate" else kind


def _expected(kinds: tuple[Kind, ...]) -> str:
    names = [f"a {_words(kind)}" for kind in kinds]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
