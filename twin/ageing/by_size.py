"""What the state says about the particles of every size, in rows of a table.

Amounts are of the whole cell; thickness and length are means over the positions across the
electrode. An electrode of one size has no rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin import names
from twin.ageing.condition import AH_PER_MOL, NANO
from twin.ageing.engine import Engine
from twin.ageing.measure import Place
from twin.ageing.state import State
from twin.units import SECONDS_PER_DAY

MICRO = 1e6
MEANS = {
    "share_left": (names.SHARE_LEFT, 1.0),
    "mean_concentration_mol_per_m3": ("particle mean concentration [mol.m-3]", 1.0),
    "sei_thickness_nm": (names.SEI_THICKNESS, NANO),
    "sei_on_cracks_thickness_nm": (names.CRACK_SEI_THICKNESS, NANO),
    "plated_thickness_nm": (names.PLATED_THICKNESS, NANO),
    "crack_length_nm": (names.CRACK_LENGTH, NANO),
}
AMOUNTS = {
    "lithium_particles_Ah": ("in", "particles"),
    "lithium_sei_Ah": ("in", "SEI"),
    "lithium_sei_on_cracks_Ah": ("in", "SEI on cracks"),
    "lithium_plated_Ah": ("plated", "on material"),
    "lithium_dead_Ah": ("dead", "on material"),
    "lithium_in_lost_material_Ah": ("in lost", "material"),
}


def size_rows(engine: Engine, state: State, place: Place) -> list[dict[str, object]]:
    """Return a row for each size of each material of each electrode.

    Parameters
    ----------
    engine : with the model
    state : of the cell
    place : in the run that the state is at
    """
    rows: list[dict[str, object]] = []
    cell = getattr(engine.model, "cell", None)
    for axes, _ in cell.each() if cell is not None else ():
        if axes.sized:
            rows += _rows_of(engine, state, place, axes)
    return rows


def _rows_of(engine: Engine, state: State, place: Place, axes: Any) -> list[dict[str, object]]:
    fields: Mapping[str, NDArray[np.float64]] = engine.mesh[axes.size_domain[0]].fields
    wanted = {column: axes.size_name(quantity) for column, (quantity, _) in MEANS.items()}
    held = {
        column: names.by_size(how, axes.domain, axes.phase_name, where)
        for column, (how, where) in AMOUNTS.items()
    }
    seen = engine.observe(state, (*wanted.values(), *held.values()))
    count = fields["radius"].size
    columns: dict[str, NDArray[np.float64]] = {
        "radius_um": fields["radius"] * MICRO,
        "area_share": fields["share of area"],
        "volume_share": fields["share of volume"],
    }
    for column, name in wanted.items():
        if name in seen:
            columns[column] = np.broadcast_to(seen[name] * MEANS[column][1], count)
    for column, name in held.items():
        if name in seen:
            columns[column] = np.broadcast_to(seen[name] * AH_PER_MOL, count)
    start = {
        "sequence": place.sequence,
        "cycle": place.cycle,
        "kind": place.kind,
        "time_d": state.time_s / SECONDS_PER_DAY,
        "electrode": axes.domain,
        "material": axes.phase if axes.phase_name else "",
    }
    empty = dict.fromkeys((*MEANS, *AMOUNTS), float("nan"))
    return [
        {
            **start,
            "size": k + 1,
            **empty,
            **{column: float(values[k]) for column, values in columns.items()},
        }
        for k in range(count)
    ]
