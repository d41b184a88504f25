"""How a step is integrated: what is tried in which order, and whether compiling pays."""

from __future__ import annotations

from dataclasses import dataclass, replace

from twin.ageing.kernel.integrator import FIRST_STEP_S, Settings
from twin.ageing.kernel.workshop import Compiled
from twin.protocol import Protocol
from twin.study import SolverSection

FALLBACKS = (
    "as asked",
    "all states in the error test",
    "tolerances ten times tighter",
    "a first step of a microsecond",
    "a model of PyBaMM's for the step",
)

# Both the time to compile and the time it saves in a step grow with the length of the functions:
# compiling the residual is won back after 200 to 700 steps, the Jacobian after 2000.
STEPS_WORTH_A_RESIDUAL = 400
STEPS_WORTH_ALL = 4000
CYCLES_OF_A_JUMPED_LIFE = 50


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


def attempts(section: SolverSection, model: object) -> tuple[Attempt, ...]:
    """Return the attempts in order; one that would repeat another is left out.

    Parameters
    ----------
    section : how exactly
    model : of the study, which says what ``error_test: auto`` is
    """
    asked = Settings(section.relative, section.absolute, section.tests_all(model))
    complete = replace(asked, all_states=True)
    tight = replace(complete, relative=asked.relative / 10, absolute=asked.absolute / 10)
    settings = (asked, complete, tight, replace(tight, first_step_s=FIRST_STEP_S / 1000), complete)
    found: list[Attempt] = []
    for name, chosen in zip(FALLBACKS, settings, strict=True):
        attempt = Attempt(name, chosen, name == FALLBACKS[-1])
        if all(replace(attempt, name=other.name) != other for other in found):
            found.append(attempt)
    return tuple(found)


def compiled(section: SolverSection, protocol: Protocol) -> Compiled:
    """Return whether the functions of a cell are compiled: asked for, refused, or as it pays.

    Where it does not pay, what an earlier run has compiled is used.
    """
    asked = section.compile
    if asked == "on":
        return "on"
    if asked == "off":
        return "off"
    steps = _steps(section, protocol)
    if steps >= STEPS_WORTH_ALL:
        return "on"
    return "residual" if steps >= STEPS_WORTH_A_RESIDUAL else "kept"


def _steps(section: SolverSection, protocol: Protocol) -> int:
    """Return about how many steps will be simulated."""
    cycles = protocol.last_cycle
    if section.jump == "auto":
        cycles = min(cycles, CYCLES_OF_A_JUMPED_LIFE)
    first = next(iter(protocol.cycles()), None)
    return 0 if first is None else cycles * len(first.steps)
