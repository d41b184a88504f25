"""Numbers, limits and steps as text that reads well and parses back to the same numbers."""

from __future__ import annotations

from collections.abc import Sequence

from twin.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

UNITS = {"current": "A", "voltage": "V", "power": "W", "resistance": "Ohm"}
_LARGEST_EXACT = 1e15
_TIMES = (
    (SECONDS_PER_DAY, "d", "day"),
    (SECONDS_PER_HOUR, "h", "hour"),
    (SECONDS_PER_MINUTE, "min", "minute"),
)


def number(value: float) -> str:
    """Return the shortest text that reads back as the same number.

    >>> number(5.0), number(0.1), number(-2)
    ('5', '0.1', '-2')
    """
    whole = float(value).is_integer() and abs(value) < _LARGEST_EXACT
    return str(int(value)) if whole else repr(float(value))


def c_rate(value: float) -> str:
    """Return a C-rate as battery people write it.

    >>> c_rate(1.0), c_rate(0.05), c_rate(0.3)
    ('1C', 'C/20', '0.3C')
    """
    if 0 < value < 1 and 1 / round(1 / value) == value:
        return f"C/{round(1 / value)}"
    return f"{number(value)}C"


def amount(kind: str, value: float) -> str:
    """Return a value of a kind of quantity with its unit.

    >>> amount("current", 5), amount("c_rate", 0.5)
    ('5 A', 'C/2')
    """
    return c_rate(value) if kind == "c_rate" else f"{number(value)} {UNITS[kind]}"


def duration(seconds: float, *, short: bool = False) -> str:
    """Return a time in the largest unit that makes it a whole number.

    >>> duration(3600), duration(1800, short=True), duration(0.5)
    ('1 hour', '30 min', '0.5 seconds')
    """
    size, brief, word = next(
        (unit for unit in _TIMES if seconds >= unit[0] and seconds % unit[0] == 0),
        (1.0, "s", "second"),
    )
    count = number(seconds / size)
    if short:
        return f"{count} {brief}"
    return f"{count} {word}" if count == "1" else f"{count} {word}s"


def limit(quantity: str, value: float, side: str | None) -> str:
    """Return the text of a limit.

    >>> limit("voltage", 2.5, "<")
    '< 2.5 V'
    """
    return amount(quantity, value) if side is None else f"{side} {amount(quantity, value)}"


def ending(seconds: float | None, limits: Sequence[str]) -> str:
    """Return how a step ends.

    >>> ending(3600, ["2.5 V", "C/50"])
    ' for 1 hour or until 2.5 V or C/50'
    """
    parts = []
    if seconds is not None:
        parts.append(f"for {duration(seconds)}")
    if limits:
        parts.append(f"until {' or '.join(limits)}")
    return f" {' or '.join(parts)}" if parts else ""


def beginning(mode: str, value: float | None) -> str:
    """Return what a step does, from its mode and signed value.

    >>> beginning("current", -5.0), beginning("voltage", 4.2), beginning("rest", None)
    ('Charge at 5 A', 'Hold at 4.2 V', 'Rest')
    """
    if value is None:
        return "Rest"
    if mode == "voltage":
        return f"Hold at {amount(mode, value)}"
    return f"{'Discharge' if value > 0 else 'Charge'} at {amount(mode, abs(value))}"
