"""Units of measured columns: what each quantity may be given in, and what a name says.

A unit is always given by the user. A name that states another unit contradicts it and is
refused, so that ``capacity_mAh`` is not read as A.h.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.units import (
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
    ZERO_CELSIUS_K,
)

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """From a unit of the file to ours: ``offset + factor * value``."""

    factor: float = 1.0
    offset: float = 0.0

    def __call__(self, values: Values) -> Values:
        return self.offset + self.factor * values

    def width(self, values: Values) -> Values:
        """Return a standard deviation in our unit."""
        return abs(self.factor) * values


_MILLI, _MICRO, _KILO = 1e-3, 1e-6, 1e3
TIME = {
    "s": Scale(),
    "ms": Scale(_MILLI),
    "min": Scale(SECONDS_PER_MINUTE),
    "h": Scale(SECONDS_PER_HOUR),
    "d": Scale(SECONDS_PER_DAY),
}
# texts that are turned into seconds cell by cell
CLOCK_TEXTS = ("h:min:s", "iso8601")
CLOCK = {**TIME, **dict.fromkeys(CLOCK_TEXTS, Scale())}
CURRENT = {"A": Scale(), "mA": Scale(_MILLI), "uA": Scale(_MICRO)}
VOLTAGE = {"V": Scale(), "mV": Scale(_MILLI)}
TEMPERATURE = {"degC": Scale(), "K": Scale(1.0, -ZERO_CELSIUS_K)}
THICKNESS = {"um": Scale(), "mm": Scale(1e3), "m": Scale(1e6), "nm": Scale(1e-3)}
CHARGE = {"A.h": Scale(), "mA.h": Scale(_MILLI), "C": Scale(1 / SECONDS_PER_HOUR)}
ENERGY = {"W.h": Scale(), "mW.h": Scale(_MILLI), "J": Scale(1 / SECONDS_PER_HOUR)}
COUNT = {"-": Scale()}
DAYS = {
    "d": Scale(),
    "h": Scale(SECONDS_PER_HOUR / SECONDS_PER_DAY),
    "min": Scale(SECONDS_PER_MINUTE / SECONDS_PER_DAY),
    "s": Scale(1 / SECONDS_PER_DAY),
}
RESISTANCE = {"mOhm": Scale(), "Ohm": Scale(_KILO), "uOhm": Scale(_MILLI)}
_RATIO = {
    "fraction left": Scale(100.0),
    "percent left": Scale(),
    "fraction lost": Scale(-100.0, 100.0),
    "percent lost": Scale(-1.0, 100.0),
}
PERCENT_LEFT = {"%": Scale(), "-": Scale(100.0), **_RATIO}
PERCENT_LOST = {
    "%": Scale(),
    "-": Scale(100.0),
    **{name: Scale(-scale.factor, 100.0 - scale.offset) for name, scale in _RATIO.items()},
}
PERCENT_OF_FIRST = {
    "%": Scale(),
    "-": Scale(100.0),
    "fraction gained": Scale(100.0, 100.0),
    "percent gained": Scale(1.0, 100.0),
}

# how a column's name may spell a unit -> the unit as it is given here
_SPELLINGS: Mapping[str, str] = {
    **dict.fromkeys(("Ah", "ah", "A.h", "A h", "A*h", "A·h"), "A.h"),
    **dict.fromkeys(("mAh", "mah", "mA.h", "mA h", "mA*h", "mA·h"), "mA.h"),
    **dict.fromkeys(("Wh", "W.h", "W h"), "W.h"),
    **dict.fromkeys(("mWh", "mW.h", "mW h"), "mW.h"),
    **dict.fromkeys(("degC", "°C", "celsius", "oC", "Celsius"), "degC"),
    **dict.fromkeys(("um", "µm", "μm"), "um"),
    **dict.fromkeys(("uA", "µA", "μA"), "uA"),
    **dict.fromkeys(("mOhm", "mohm", "mΩ", "mΩ"), "mOhm"),
    **dict.fromkeys(("Ohm", "ohm", "Ω", "Ω"), "Ohm"),
    **{name: name for name in ("A", "mA", "V", "mV", "K", "mm", "nm")},
    **dict.fromkeys(("s", "sec", "seconds", "second"), "s"),
    **dict.fromkeys(("ms", "milliseconds"), "ms"),
    **dict.fromkeys(("min", "minutes"), "min"),
    **dict.fromkeys(("h", "hr", "hours", "hour"), "h"),
    **dict.fromkeys(("d", "days", "day"), "d"),
    **dict.fromkeys(("%", "pct", "percent"), "%"),
}
_BRACKETED = re.compile(r"[\[(]\s*([^\])(\[]+?)\s*[\])]\s*$")
_AFTER_SLASH = re.compile(r"/\s*(\S+)\s*$")
# after an underscore only what can hardly be anything else
_AFTER_UNDERSCORE = re.compile(
    r"_(mAh|Ah|mah|ah|mWh|Wh|mA|mV|ms|mm|um|nm|mOhm|mohm|ohm|Ohm|degC|pct)$"
)


def unit_in_name(name: str) -> str | None:
    """Return the unit that a column's name states, or ``None`` if it states none we know.

    >>> unit_in_name("Capacity [mAh]"), unit_in_name("Test Time / s"), unit_in_name("Q")
    ('mA.h', 's', None)
    """
    for pattern in (_BRACKETED, _AFTER_SLASH, _AFTER_UNDERSCORE):
        match = pattern.search(name)
        if match and match[1] in _SPELLINGS:
            return _SPELLINGS[match[1]]
    return None


def contradiction(name: str, unit: str, units: Mapping[str, Scale]) -> str | None:
    """Return the unit that a name states where it says another size than the unit given.

    Parameters
    ----------
    name : the column as the file names it
    unit : the unit given for it
    units : the units allowed for the quantity
    """
    stated = unit_in_name(name)
    if stated is None or stated == unit or (stated == "%" and unit.startswith("percent")):
        return None
    if stated not in units or units[stated] != units[unit]:
        return stated
    return None
