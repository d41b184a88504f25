"""From a study to a PyBaMM model with its parameter values: nothing is solved here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pybamm

from twin import names
from twin.diagnosis import ElectrodeBalance
from twin.errors import ModelError, ParameterError
from twin.models import lithium_ion
from twin.models.ledger import ledger_variables
from twin.parameters.values import (
    LoadedParameters,
    electrode_balance_curves,
    load_parameters,
    physical_warnings,
)
from twin.protocol import Checkups
from twin.smooth_potentials import known_curves, rough_words, smooth_words
from twin.study import CellSection, ModelSection, Study
from twin.units import ZERO_CELSIUS_K

MODELS = {"DFN": lithium_ion.DFN, "SPMe": lithium_ion.SPMe, "SPM": lithium_ion.SPM}
MANY_CYCLES = 50
LOOSE_WARNING = (
    "solver.error_test: differential leaves the voltage of the {} out of the integrator's error "
    "test; the capacity of a cycle is then off by up to 0.5 %. Choose all, or the DFN."
)
UNCHARGED_WARNING = (
    "protocol.checkups: the check-up does not charge the cell before it measures, so the first "
    "one measures the initial state and the later ones what the cycles leave; the difference is "
    "counted as loss. Let the check-up begin with a charge and a hold."
)


@dataclass(frozen=True)
class Cell:
    """A model, the values of its parameters, and the mesh it will be solved on.

    Parameters
    ----------
    model : PyBaMM model, not yet discretised
    parameters : what was loaded, with overrides, temperature and initial state applied
    mesh_points : number of points by PyBaMM coordinate
    warnings : sentences for the user
    section : the model as the study describes it
    """

    model: Any
    parameters: LoadedParameters
    mesh_points: Mapping[str, int]
    warnings: tuple[str, ...]
    section: Any = None

    def limit(self, name: str) -> float:
        """Return one scalar parameter, such as a voltage limit."""
        return self.parameters.number(name)

    def electrode_balance(self, checkups: Checkups | None) -> ElectrodeBalance:
        """Return the open-circuit behaviour of the electrodes between a check-up's voltages.

        The lowest voltage that ends a discharge and the highest that ends or holds a charge;
        where the check-up names none, the limit of the parameter set.
        """
        steps = checkups.steps if checkups else ()
        ends = [limit.value for s in steps for limit in s.until if limit.quantity == "voltage"]
        held = [s.value for s in steps if s.mode == "voltage" and s.value is not None]
        lower_V = min((*ends, *held), default=self.limit(names.LOWER_VOLTAGE))
        upper_V = max((*ends, *held), default=self.limit(names.UPPER_VOLTAGE))
        if lower_V == upper_V:  # only one of the two is named
            lower_V = min(lower_V, self.limit(names.LOWER_VOLTAGE))
            upper_V = max(upper_V, self.limit(names.UPPER_VOLTAGE))
        return ElectrodeBalance(
            electrode_balance_curves(self.parameters, self.model.param),
            lower_V,
            upper_V,
        )


def build_cell(study: Study) -> Cell:
    """Return the cell of a study.

    Raises
    ------
    ParameterError
        for unknown or missing parameters, or an initial state outside the voltage window.
    ModelError
        for choices that exclude each other.
    """
    section = study.model
    extras = [extra for _, extra in section.extras] if isinstance(section, ModelSection) else []
    loaded = load_parameters(
        study.cell.parameters, study.cell.values, extras, study.cell.open_circuit_potentials
    )
    if isinstance(section, ModelSection):
        resolved = section.resolved_mesh
        electrodes, mesh = resolved.electrodes, dict(resolved.points)
        model = MODELS[section.type](
            electrodes["negative"],
            electrodes["positive"],
            thermal=section.thermal,
            constraint=section.constraint,
            dry_out=section.dry_out,
            across=resolved.across,
        )
        warnings = physical_warnings(loaded, electrodes, model.param)
        if section.type != "DFN" and study.solver.error_test == "differential":
            warnings.append(LOOSE_WARNING.format(section.type))
    else:
        model, mesh, warnings = _with_books(section), dict(section.default_var_pts), []
    warnings += checkup_warnings(study.protocol.checkups)
    warnings += potential_warnings(loaded, study)
    _set_temperature(loaded, study)
    _set_initial_state(loaded, study.cell, model)
    return Cell(model, loaded, mesh, tuple(warnings), section)


def checkup_warnings(checkups: Checkups | None) -> list[str]:
    """Return a sentence where the first check-up measures a cell that nothing has charged."""
    if checkups is None or not checkups.at_start:
        return []
    for step in checkups.steps:
        if step.mode == "voltage" or (step.value or 0.0) < 0:
            return []
        if "capacity" in step.measure:
            break
    return [UNCHARGED_WARNING]


def potential_warnings(loaded: LoadedParameters, study: Study) -> list[str]:
    """Return a sentence where smooth potentials replace nothing, or would make a run faster.

    What they replace stands with the source of the parameter set.
    """
    if study.cell.open_circuit_potentials == "smooth":
        return [] if loaded.smooth else [smooth_words(loaded.name, loaded.smooth)]
    known = known_curves(loaded.values) if study.protocol.n_cycles >= MANY_CYCLES else {}
    rough = [name for name, curve in known.items() if curve.rough]
    return [rough_words(loaded.name, rough)] if rough else []


def _with_books(given: Any) -> Any:
    """Return a copy of a PyBaMM model with the books of lithium, where it has the entries.

    Raises
    ------
    ModelError
        for a model that is not of a lithium-ion cell with two porous electrodes.
    """
    whole = isinstance(given, pybamm.lithium_ion.BaseModel)
    if not whole or given.options["working electrode"] != "both":
        raise ModelError(
            f"model: {given.name} cannot be run here; give a lithium-ion model of PyBaMM with two "
            "porous electrodes, such as pybamm.lithium_ion.SPM()"
        )
    model = given.new_copy()
    with suppress(AttributeError, KeyError):
        model.variables.update(ledger_variables(model.param, model.variables, model.options))
    return model


def _set_temperature(loaded: LoadedParameters, study: Study) -> None:
    """Apply the protocol's temperature as ambient and initial, unless the cell has its own."""
    ambient = study.protocol.temperature_degC
    if ambient is not None:
        loaded.values.update(
            {
                names.AMBIENT_TEMPERATURE: ambient + ZERO_CELSIUS_K,
                names.INITIAL_TEMPERATURE: ambient + ZERO_CELSIUS_K,
            }
        )
    initial = study.cell.initial.temperature_degC if study.cell.initial else None
    if initial is not None:
        loaded.values.update({names.INITIAL_TEMPERATURE: initial + ZERO_CELSIUS_K})


def _set_initial_state(loaded: LoadedParameters, section: CellSection, model: Any) -> None:
    """Set the initial concentrations for a state of charge or an open-circuit voltage."""
    initial = section.initial
    if initial is None or (initial.soc_percent is None and initial.voltage_V is None):
        return
    value: float | str
    if initial.soc_percent is not None:
        value = initial.soc_percent / 100
    else:
        value = f"{initial.voltage_V} V"
    try:
        loaded.values.set_initial_state(value, param=model.param, options=model.options)
    except (ValueError, pybamm.SolverError) as error:
        raise ParameterError(
            f"cell.initial: {value} cannot be reached with {loaded.name} between "
            f"{loaded.number(names.LOWER_VOLTAGE)} and {loaded.number(names.UPPER_VOLTAGE)} V "
            f"({error})"
        ) from error
