"""What the state vector says about the cell: its lithium, its electrodes, its films.

All of these are functions of the state alone, so they can be read between any two steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from twin import names
from twin.ageing.engine import Engine
from twin.ageing.state import State
from twin.diagnosis import Balance
from twin.units import FARADAY_C_PER_MOL, SECONDS_PER_HOUR

AH_PER_MOL = FARADAY_C_PER_MOL / SECONDS_PER_HOUR
NANO = 1e9

SINKS = {
    "lithium_sei_Ah": names.GAINED_SEI,
    "lithium_sei_on_cracks_Ah": names.GAINED_SEI_ON_CRACKS,
    "lithium_plated_Ah": names.GAINED_PLATED,
    "lithium_dead_Ah": names.GAINED_DEAD,
    "lithium_in_lost_material_Ah": names.GAINED_LOST_MATERIAL,
}
STORES = {
    "lithium_particles_Ah": names.LITHIUM_PARTICLES,
    "lithium_electrolyte_Ah": names.LITHIUM_ELECTROLYTE,
}
OBSERVED = (
    *SINKS.values(),
    *STORES.values(),
    names.electrode_capacity("negative"),
    names.electrode_capacity("positive"),
    names.sei_thickness("negative"),
    names.averaged_crack_length("negative"),
    names.averaged_crack_length("positive"),
    names.porosity("negative"),
)


@dataclass(frozen=True)
class Reference:
    """The cell at the start, to which losses are referred [A.h]."""

    negative: float
    positive: float
    particles: float
    electrolyte: float

    def as_dict(self) -> dict[str, float]:
        """Return plain data for a checkpoint."""
        return asdict(self)


def reference(engine: Engine, start: State) -> Reference:
    """Return the capacities and the lithium of the cell at the start [A.h]."""
    seen = engine.observe(start, OBSERVED)
    return Reference(
        _number(seen, names.electrode_capacity("negative")),
        _number(seen, names.electrode_capacity("positive")),
        _number(seen, names.LITHIUM_PARTICLES) * AH_PER_MOL,
        _number(seen, names.LITHIUM_ELECTROLYTE) * AH_PER_MOL,
    )


def condition(engine: Engine, state: State, start: Reference) -> dict[str, float]:
    """Return the state columns of the results tables.

    ``lithium_closure`` is the lithium found in all sinks less what the particles and the
    electrolyte have lost, relative to the particles at the start: zero but for the error
    of the integrator.
    """
    seen = engine.observe(state, OBSERVED)
    row = {column: _number(seen, name) * AH_PER_MOL for column, name in {**STORES, **SINKS}.items()}
    negative = _number(seen, names.electrode_capacity("negative"))
    positive = _number(seen, names.electrode_capacity("positive"))
    lost = start.particles - row["lithium_particles_Ah"]
    from_electrolyte = start.electrolyte - row["lithium_electrolyte_Ah"]
    gained = sum(row[column] for column in SINKS)
    porosity = seen.get(names.porosity("negative"))
    return {
        "lli_percent": 100 * lost / start.particles,
        "lam_negative_percent": 100 * (1 - negative / start.negative),
        "lam_positive_percent": 100 * (1 - positive / start.positive),
        "capacity_negative_Ah": negative,
        "capacity_positive_Ah": positive,
        **row,
        "lithium_closure": (gained - lost - from_electrolyte) / start.particles,
        "sei_thickness_nm": _number(seen, names.sei_thickness("negative")) * NANO,
        "crack_length_negative_nm": _number(seen, names.averaged_crack_length("negative")) * NANO,
        "crack_length_positive_nm": _number(seen, names.averaged_crack_length("positive")) * NANO,
        "porosity_negative_minimum": float("nan") if porosity is None else float(porosity.min()),
    }


def balance_of(row: Mapping[str, float]) -> Balance:
    """Return the electrode balance of a row of state columns."""
    return Balance(
        row["capacity_negative_Ah"], row["capacity_positive_Ah"], row["lithium_particles_Ah"]
    )


def _number(seen: Mapping[str, NDArray[np.float64]], name: str) -> float:
    """Return a scalar variable, not-a-number where the model does not have it."""
    value = seen.get(name)
    return float("nan") if value is None else float(np.mean(value))
