"""Whether the parameter values that a study gives have a name and a size that they may have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from twin.catalogue import LACKED, SetInfo
from twin.errors import nearest
from twin.models.extra_parameters import every_name
from twin.parameters.ranges import FRACTION, KELVIN, SHARE, Range, range_of
from twin.study.messages import Problem
from twin.units import ZERO_CELSIUS_K

_PERCENT = 100.0


def value_problems(
    values: Mapping[str, float], info: SetInfo, asked: Collection[str] = ()
) -> Iterator[Problem]:
    """Yield what is wrong with the values that replace or add to those of a parameter set.

    Parameters
    ----------
    values : name -> number
    info : the parameter set
    asked : names that the model asks for beyond the set
    """
    for name, value in values.items():
        allowed = range_of(name)
        known = name in info.parameters or name in asked
        if not known and (name in every_name() or name in LACKED):
            yield Problem(
                (name,),
                "is a value that this model does not use; leave it out, or ask for what uses it "
                "under model",
            )
        elif not known:
            lacked = {other for names in info.missing.values() for other in names}
            candidates = [*info.parameters, *sorted(lacked | every_name())]
            yield Problem(
                (name,),
                f"{value:g} is given for a parameter that {info.name} does not have; names are "
                f"PyBaMM's, with their unit{nearest(name, candidates)}",
            )
        elif allowed is not None and value not in allowed:
            yield Problem(
                (name,),
                f"{value:g}{_unit(name)} is out of range; allowed: {allowed.words}"
                f"{_hint(value, allowed)}",
            )


def _unit(name: str) -> str:
    match = re.search(r" \[([^\[\]]+)\]$", name)
    return f" {match[1]}" if match else ""


def _hint(value: float, allowed: Range) -> str:
    """Return the number that was meant, where it looks like degrees Celsius or percent."""
    if allowed is KELVIN and value + ZERO_CELSIUS_K in allowed:
        return f" ({value:g} degC is {value + ZERO_CELSIUS_K:g} K)"
    if allowed in (SHARE, FRACTION) and 1 < value <= _PERCENT:
        return f" ({value:g} % is {value / _PERCENT:g})"
    return ""
