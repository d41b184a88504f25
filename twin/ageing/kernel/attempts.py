"""How a step is tried again where the integrator gives up, in order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from twin.ageing.kernel.integrator import FIRST_STEP_S, Settings
from twin.study import SolverSection

FALLBACKS = (
    "as asked",
    "all states in the error test",
    "tolerances ten times tighter",
    "a first step of a microsecond",
    "a model of PyBaMM's for the step",
)


@dataclass(frozen=True)
class Attempt:
    """One way to integrate a step.

    Parameters
    ----------
    name : one of `FALLBACKS`
    settings : how exactly
    by_pybamm : whether PyBaMM's own model of the step and its own solver do it
    """

    name: str
    settings: Settings
    by_pybamm: bool = False


def attempts(section: SolverSection) -> tuple[Attempt, ...]:
    """Return the attempts in order; one that would repeat another is left out."""
    asked = Settings(
        section.relative_tolerance, section.absolute_tolerance, section.error_test == "all"
    )
    complete = replace(asked, all_states=True)
    tight = replace(complete, relative=asked.relative / 10, absolute=asked.absolute / 10)
    settings = (asked, complete, tight, replace(tight, first_step_s=FIRST_STEP_S / 1000), complete)
    found: list[Attempt] = []
    for name, chosen in zip(FALLBACKS, settings, strict=True):
        attempt = Attempt(name, chosen, name == FALLBACKS[-1])
        if all(replace(attempt, name=other.name) != other for other in found):
            found.append(attempt)
    return tuple(found)
