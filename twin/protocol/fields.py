"""Numbers that a protocol may hold, each with the message for one that it may not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from twin.units import ZERO_CELSIUS_K

LARGEST_REPEAT = 1_000_000
HIGHEST_VOLTAGE_V = 10.0
LOWEST_TEMPERATURE_DEGC = -100.0
HIGHEST_TEMPERATURE_DEGC = 150.0


def as_number(value: Any) -> int | float:
    """Return a finite Python number; integers stay integers.

    Raises
    ------
    ValueError
        If it is not a number, or is infinite or NaN.

    Examples
    --------
    >>> as_number(5), as_number(2.5)
    (5, 2.5)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ValueError(f"{value!r} is not a number; give a plain number (the key tells the unit)")
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is not finite; give a finite number")
    return int(value) if isinstance(value, Integral) else float(value)


def _as_count(value: Any) -> int:
    number = as_number(value)
    if not isinstance(number, int) or number < 1:
        raise ValueError(f"{value!r} is not a count; give a whole number of at least 1")
    return number


def _as_repeat(value: Any) -> int:
    count = _as_count(value)
    if count > LARGEST_REPEAT:
        raise ValueError(f"{count} is out of range; allowed: 1 to {LARGEST_REPEAT}")
    return count


def check_measure(step: Any) -> Any:
    """Return a written step, if what it measures is one text or a list.

    Raises
    ------
    ValueError
        If it is neither, such as a number.
    """
    measure = step.get("measure") if isinstance(step, Mapping) else None
    if measure is not None and not isinstance(measure, Iterable):
        given = str(measure).lower() if isinstance(measure, bool) else repr(measure)
        raise ValueError(
            f"measure: {given} is unknown; allowed are capacity, resistance or a list of both"
        )
    return step


def _positive(value: int | float) -> int | float:
    if value <= 0:
        raise ValueError(f"{value!r} must be positive; give a number above 0")
    return value


def check_voltage(value: float) -> float:
    """Return a voltage [V] that a cell can have.

    Raises
    ------
    ValueError
        If it lies outside 0 to 10 V.
    """
    if not 0 <= value <= HIGHEST_VOLTAGE_V:
        raise ValueError(
            f"{value:g} V lies outside 0 to {HIGHEST_VOLTAGE_V:g} V; "
            "give the voltage of one cell in volts"
        )
    return value


def _check_temperature(value: float) -> float:
    if not LOWEST_TEMPERATURE_DEGC <= value <= HIGHEST_TEMPERATURE_DEGC:
        kelvin = value > HIGHEST_TEMPERATURE_DEGC
        hint = f" ({value:g} K is {value - ZERO_CELSIUS_K:g} degC)" if kelvin else ""
        raise ValueError(
            f"{value:g} degC lies outside {LOWEST_TEMPERATURE_DEGC:g} to "
            f"{HIGHEST_TEMPERATURE_DEGC:g} degC; give degrees Celsius{hint}"
        )
    return value


Number = Annotated[int | float, BeforeValidator(as_number)]
Positive = Annotated[Number, AfterValidator(_positive)]
Count = Annotated[int, BeforeValidator(_as_count)]
Repeat = Annotated[int, BeforeValidator(_as_repeat)]
Voltage = Annotated[Number, AfterValidator(check_voltage)]
Temperature = Annotated[Number, AfterValidator(_check_temperature)]
