"""Whether the parameter values that a study gives have a name and a size that they may have.

The name of a parameter says what it is, so it says in which range it lies. What may rightly be
zero or negative (potentials, activation energies, entropic changes, partial molar volumes) has
no range here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from twin.catalogue import LACKED, SetInfo
from twin.errors import nearest
from twin.models.extra_parameters import every_name
from twin.study.messages import Problem
from twin.units import ZERO_CELSIUS_K

COLDEST_K, HOTTEST_K = 150.0, 500.0
_PERCENT = 100.0


@dataclass(frozen=True)
class Range:
    """Numbers that a parameter may have.

    Parameters
    ----------
    words : the range as a message says it
    low, high : its ends; ``None`` where there is no upper one
    above : whether the lower end is left out
    """

    words: str
    low: float
    high: float | None = None
    above: bool = False

    def __contains__(self, value: float) -> bool:
        enough = value > self.low if self.above else value >= self.low
        return enough and (self.high is None or value <= self.high)


POSITIVE = Range("above 0", 0.0, above=True)
NOT_NEGATIVE = Range("0 or above", 0.0)
SHARE = Range("above 0 to 1", 0.0, 1.0, above=True)
FRACTION = Range("0 to 1", 0.0, 1.0)
KELVIN = Range(f"{COLDEST_K:g} to {HOTTEST_K:g} K", COLDEST_K, HOTTEST_K)
# of the patterns that a name has, the first counts; zero switches off what has NOT_NEGATIVE
RANGES: tuple[tuple[str, Range | None], ...] = (
    (r"^sei growth transfer coefficient", FRACTION),
    (r"activation energy|coefficient|volume change|entropic change", None),
    (r"\[K\]$", KELVIN),
    (r"transference number|share of swelling", FRACTION),
    (r"outside pressure|pressure per pressure", NOT_NEGATIVE),
    (r"misfit|surface stress|activation volume", None),
    (r"(?<!partial )molar volume|stiffness|surface energy", POSITIVE),
    (r"porosity|volume fraction", SHARE),
    (r"^initial (plated|sei)|free of deformation|exchange.current density", NOT_NEGATIVE),
    (r"^sei lithium ion conductivity|fracture toughness|unstable crack speed", POSITIVE),
    (r"^sei .*(conductivity|diffusivity)", NOT_NEGATIVE),
    (r"^(tunneling|excess electrolyte|ratio of solvent)|per relative crack length", NOT_NEGATIVE),
    (r"stress-intensity threshold|critical radius", NOT_NEGATIVE),
    (r"thickness|radius|height|width|capacity|concentration", POSITIVE),
    (r"diffusivity|conductivity|modulus|density|number of (electrodes|cells)", POSITIVE),
)


def range_of(name: str) -> Range | None:
    """Return the range of a parameter from PyBaMM's name of it, ``None`` where it has none.

    >>> range_of("Separator thickness [m]").words
    'above 0'
    >>> range_of("SEI open-circuit potential [V]")
    """
    of_material = name.removeprefix("Primary: ").removeprefix("Secondary: ")
    found = (kind for pattern, kind in RANGES if re.search(pattern, of_material, re.IGNORECASE))
    return next(found, None)


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
