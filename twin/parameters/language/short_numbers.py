"""Numbers as somebody has written them, before a program has worked them out."""

from __future__ import annotations

from twin.parameters.language.nodes import Node, Number, Operation

_SHORT = 8  # digits of a number that somebody has written


def short_number(value: float) -> Node:
    """Return a number, as the fraction that somebody has written where it plainly was one.

    Temperatures are divided by before PyBaMM sees them. The value stays the same to the last
    digit.

    >>> short_number(0.0033540164346805303)
    Operation('1/298.15')
    """
    if value and len(repr(abs(value))) > 2 * _SHORT:
        inverse = 1 / value
        short = float(f"{inverse:.{_SHORT}g}")
        if 1 / short == value:
            return Operation("/", Number(1.0), Number(short))
    return Number(value)
