r"""The books of lithium: where what left the particles and the electrolyte has gone [mol].

Every entry is a linear function of states that the model integrates; none is what is left
over when the others are known, so their sum is a check:

.. math::

    n_\mathrm{particles} + n_\mathrm{electrolyte} + n_\mathrm{SEI} + n_\mathrm{cracks}
    + n_\mathrm{plated} + n_\mathrm{dead} + n_\mathrm{trapped} = \text{constant.}

PyBaMM's own "Loss of lithium to ..." variables leave out the number of electrodes
connected in parallel, while its inventories hold it; here it is put back.
"""

from __future__ import annotations

from typing import Any

import pybamm

from twin import names
from twin.models.particle_axes import CellAxes


def ledger_variables(param: Any, variables: dict[str, Any], options: Any) -> dict[str, Any]:
    """Return the lithium gained by each sink since the start [mol], keyed by name.

    Parameters
    ----------
    param : PyBaMM's lithium-ion parameters
    variables : variables of the model, with PyBaMM's inventories in them
    options : PyBaMM's options of the model
    """
    n = param.n_electrodes_parallel
    sei: Any = pybamm.Scalar(0)
    cracks: Any = pybamm.Scalar(0)
    plated: Any = pybamm.Scalar(0)
    dead: Any = pybamm.Scalar(0)
    trapped: Any = pybamm.Scalar(0)
    for domain in names.DOMAINS:
        sei += n * variables[f"Loss of lithium to {domain} SEI [mol]"]
        cracks += n * variables[f"Loss of lithium to {domain} SEI on cracks [mol]"]
        trapped += variables[names.trapped_lithium(domain)]
        if getattr(options, domain)["lithium plating"] == "none":
            continue
        electrode = param.domain_params[domain]
        volume = electrode.L * param.A_cc
        start = pybamm.x_average(electrode.prim.c_plated_Li_0)
        concentration = f"Volume-averaged {domain} lithium plating concentration [mol.m-3]"
        plated += volume * (variables[concentration] - start)
        dead += volume * variables[f"Volume-averaged {domain} dead lithium concentration [mol.m-3]"]
    return {
        names.GAINED_SEI: sei,
        names.GAINED_SEI_ON_CRACKS: cracks,
        names.GAINED_PLATED: plated,
        names.GAINED_DEAD: dead,
        names.GAINED_LOST_MATERIAL: trapped,
    }


def books_of_described(cell: CellAxes, variables: dict[str, Any]) -> dict[str, Any]:
    """Return the lithium gained by each sink since the start [mol] in a model of ours.

    Parameters
    ----------
    cell : where the particles of both electrodes live
    variables : variables of the model
    """

    def over_electrodes(name: str) -> Any:
        return sum((variables[name.format(domain)] for domain in cell.phases), pybamm.Scalar(0))

    def over_materials(name: str) -> Any:
        axes = [a for phases in cell.phases.values() for a in phases]
        return sum(
            (variables[name.format(f"{a.domain} {a.phase_name}")] for a in axes), pybamm.Scalar(0)
        )

    return {
        names.GAINED_SEI: over_electrodes("Loss of lithium to {} SEI [mol]"),
        names.GAINED_SEI_ON_CRACKS: over_electrodes("Loss of lithium to {} SEI on cracks [mol]"),
        names.GAINED_PLATED: over_materials("Lithium plated on {}material [mol]"),
        names.GAINED_DEAD: over_materials("Lithium dead on {}material [mol]"),
        names.GAINED_LOST_MATERIAL: over_electrodes(
            "Loss of lithium due to loss of active material in {} electrode [mol]"
        ),
    }
