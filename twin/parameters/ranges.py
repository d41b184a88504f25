"""In which range a parameter may lie, from its name.

The name of a parameter says what it is, so it says what it may be. What may rightly be zero or
negative (potentials, activation energies, entropic changes, partial molar volumes) has no range
here. What is possible is a :class:`Range`; what is usual, and else worth a second look, is a
pair of numbers (:func:`usual_of`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

COLDEST_K, HOTTEST_K = 150.0, 500.0
MATERIALS = ("Primary: ", "Secondary: ")


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
# of the patterns that a name has, the first counts: what cells of this kind are known to have
USUAL: tuple[tuple[str, tuple[float, float]], ...] = (
    (r"^(negative|positive) electrode thickness", (1e-6, 1e-3)),
    (r"^separator thickness", (1e-6, 1e-4)),
    (r"current collector thickness", (0.0, 1e-4)),
    (r"particle radius", (1e-9, 1e-4)),
    (r"^(negative|positive) electrode porosity", (0.1, 0.7)),
    (r"^separator porosity", (0.2, 0.9)),
    (r"active material volume fraction", (0.005, 0.95)),
    (r"^maximum concentration", (5e3, 4e5)),  # silicon 3e5
    (r"initial concentration in electrolyte", (100.0, 5e3)),
    (r"particle diffusivity", (1e-20, 1e-9)),
    (r"^electrolyte diffusivity", (1e-13, 1e-8)),
    (r"^electrolyte conductivity", (1e-4, 10.0)),
    (r"electrode conductivity", (1e-4, 1e6)),
    (r"transference number", (0.05, 0.8)),
    (r"bruggeman coefficient", (0.0, 5.0)),
    (r"young's modulus", (1e8, 1e12)),
    (r"poisson's ratio", (0.0, 0.5)),
    (r"partial molar volume", (-2e-5, 2e-4)),
    (r"initial sei thickness", (0.0, 1e-7)),
    (r"activation energy", (-1e5, 2e5)),
    (r"voltage cut-off|open-circuit voltage", (0.5, 5.5)),
    (r"reference temperature|ambient temperature|initial temperature", (230.0, 350.0)),
    (r"nominal cell capacity", (1e-5, 1e3)),
    (r"charge transfer coefficient", (0.0, 1.0)),
    (r"entropic change", (-5e-3, 5e-3)),
    (r"electrode exchange-current density \[A", (1e-6, 1e4)),
    (r"density \[kg", (50.0, 3e4)),
    (r"specific heat capacity", (100.0, 1e4)),
    (r"thermal conductivity", (1e-3, 1e3)),
    (r"heat transfer coefficient", (0.0, 1e4)),
    (r"^cell volume", (1e-9, 1.0)),
    (r"^cell cooling surface area", (1e-6, 100.0)),
    (r"^electrode (height|width)", (1e-3, 1e3)),
)


def of_material(name: str) -> str:
    """Return a name without the words that say which of two materials it is of."""
    for prefix in MATERIALS:
        name = name.removeprefix(prefix)
    return name


def range_of(name: str) -> Range | None:
    """Return the range of a parameter from PyBaMM's name of it, ``None`` where it has none.

    >>> range_of("Separator thickness [m]").words
    'above 0'
    >>> range_of("SEI open-circuit potential [V]")
    """
    found = (kind for pattern, kind in RANGES if _is(pattern, name))
    return next(found, None)


def usual_of(name: str) -> tuple[float, float] | None:
    """Return between which numbers a parameter usually lies, ``None`` where nothing is known.

    >>> usual_of("Separator porosity")
    (0.2, 0.9)
    """
    return next((ends for pattern, ends in USUAL if _is(pattern, name)), None)


def _is(pattern: str, name: str) -> bool:
    return re.search(pattern, of_material(name), re.IGNORECASE) is not None
