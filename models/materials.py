"""What an electrode of two materials shows as a whole: sums of losses, means over the surface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pybamm

from twin import names
from twin.models.particle_axes import CellAxes, ParticleAxes

SINKS = ("SEI", "SEI on cracks", "lithium plating")
MEANS = (
    names.SEI_THICKNESS,
    names.CRACK_SEI_THICKNESS,
    names.CRACK_LENGTH,
    "particle surface tangential stress [Pa]",
)


def of_materials(cell: CellAxes, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return variables of whole electrodes, under the names that one material has.

    Parameters
    ----------
    cell : where the particles of both electrodes live
    variables : variables of the model
    """
    found: dict[str, Any] = {}
    for phases in cell.phases.values():
        if len(phases) > 1:
            found.update(_sums(phases, variables))
            for quantity in MEANS:
                found.update(_mean(phases, variables, quantity))
    return found


def _sums(phases: tuple[ParticleAxes, ...], variables: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for sink in SINKS:
        for what, unit in (("lithium", "mol"), ("capacity", "A.h")):
            name = f"Loss of {what} to {phases[0].domain} {{}}{sink} [{unit}]"
            found[name.format("")] = sum(variables[name.format(a.phase_name)] for a in phases)
    return found


def _mean(
    phases: tuple[ParticleAxes, ...], variables: Mapping[str, Any], quantity: str
) -> dict[str, Any]:
    """Return the mean over the surface of the materials that have a quantity."""
    having = [axes for axes in phases if axes.full_name(quantity) in variables]
    if not having:
        return {}
    areas = [variables[axes.full_name(names.SURFACE_AREA)] for axes in having]
    seen = [variables[axes.full_name(quantity)] for axes in having]
    mean = sum(area * value for area, value in zip(areas, seen, strict=True)) / sum(areas)
    domain = phases[0].domain
    return {
        f"{domain.capitalize()} {quantity}": mean,
        f"X-averaged {domain} {quantity}": pybamm.x_average(mean),
    }
