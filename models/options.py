"""From the description of a model to PyBaMM's options.

PyBaMM supplies electrolyte, potentials, temperature and external circuit. Particles and all that
happens at their surfaces are ours (:mod:`twin.models.lithium_ion`), so PyBaMM is told of none of
it: its options hold only how many materials an electrode has and how charge is solved for.
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin.errors import ModelError
from twin.models.description import (
    Constraint,
    Electrode,
    Thermal,
    conflicts,
    constraint_conflicts,
    dry_out_conflicts,
)


def check(
    negative: Electrode, positive: Electrode, constraint: Constraint, dry_out: bool = False
) -> None:
    """Refuse a model in which two choices exclude each other.

    Raises
    ------
    ModelError
        with a line for each such pair.
    """
    problems = [
        f"{domain}: {problem}"
        for domain, electrode in (("negative", negative), ("positive", positive))
        for problem in conflicts(electrode)
    ]
    problems += constraint_conflicts(negative, positive, constraint)
    problems += dry_out_conflicts(negative, positive, dry_out)
    if problems:
        raise ModelError("\n".join(problems))


def pybamm_options(
    negative: Electrode, positive: Electrode, thermal: Thermal, *, single_particle: bool
) -> Any:
    """Return PyBaMM's options for two electrodes.

    PyBaMM asks that charge be solved by the "surface form" where an electrode has two
    materials, which loses some electrolyte lithium in its DFN (``docs/pybamm_notes.md``); our
    interfaces do not need it there, so it is set back.
    """
    phases = tuple(str(len(electrode.phases)) for electrode in (negative, positive))
    options = pybamm.BatteryModelOptions(
        {
            "thermal": thermal,
            "particle phases": "1" if phases == ("1", "1") else phases,
            "surface form": "algebraic" if single_particle or "2" in phases else "false",
            **({"x-average side reactions": "true"} if single_particle else {}),
        }
    )
    if not single_particle:
        options["surface form"] = "false"
    return options
