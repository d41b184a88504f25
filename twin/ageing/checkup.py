"""A check-up's row: what it measured, and where the capacity that is missing has gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twin.ageing.checkpoint import Progress
from twin.ageing.condition import balance_of
from twin.ageing.measure import Row, measured_capacity, measured_resistance
from twin.diagnosis import ElectrodeBalance

LITHIUM_SINKS = {
    "loss_sei_Ah": ("lithium_sei_Ah",),
    "loss_sei_on_cracks_Ah": ("lithium_sei_on_cracks_Ah",),
    "loss_plating_Ah": ("lithium_plated_Ah", "lithium_dead_Ah"),
    "loss_lithium_in_lost_material_Ah": ("lithium_in_lost_material_Ah",),
    "loss_electrolyte_Ah": ("lithium_electrolyte_Ah",),
}
MATERIAL = {
    "loss_lam_negative_Ah": "lam_negative",
    "loss_lam_positive_Ah": "lam_positive",
}


def checkup_row(
    progress: Progress,
    balance: ElectrodeBalance,
    columns: Mapping[str, float],
    steps: Sequence[Row],
    cycle: Row,
) -> Row:
    """Return the row of a check-up, and note it in the progress.

    The loss of equilibrium capacity since the check-up before is split along the path of the
    electrode balance (`twin.diagnosis.balance`); what the measured loss has beyond it is
    ``loss_kinetic_Ah``: capacity that polarisation hides at the rate of the check-up.
    """
    capacity, resistance = measured_capacity(steps), measured_resistance(steps)
    if not progress.first_checkup:
        progress.first_checkup = {"capacity": capacity, "resistance": resistance}
        progress.losses = dict.fromkeys((*LITHIUM_SINKS, *MATERIAL), 0.0)
    else:
        _add_losses(progress, balance, columns)
    progress.last_checkup = dict(columns)
    first = progress.first_checkup
    equilibrium = balance.capacity(balance_of(columns))
    total = first["capacity"] - capacity
    progress.checkup_percent = 100 * capacity / first["capacity"]
    return {
        "sequence": cycle["sequence"],
        "cycle": cycle["cycle"],
        "frozen": cycle["frozen"],
        "time_s": cycle["start_time_s"],
        "throughput_Ah": cycle["throughput_Ah"],
        "equivalent_full_cycles": cycle["equivalent_full_cycles"],
        "capacity_Ah": capacity,
        "capacity_percent": progress.checkup_percent,
        "resistance_mOhm": resistance,
        "resistance_percent": 100 * resistance / first["resistance"],
        **columns,
        "equilibrium_capacity_Ah": equilibrium,
        **progress.losses,
        "loss_kinetic_Ah": total - sum(progress.losses.values()),
        "loss_total_Ah": total,
        **progress.errors,
    }


def _add_losses(
    progress: Progress, balance: ElectrodeBalance, columns: Mapping[str, float]
) -> None:
    before = progress.last_checkup
    lost = {
        column: sum(columns[sink] - before[sink] for sink in sinks)
        for column, sinks in LITHIUM_SINKS.items()
    }
    parts = balance.split(balance_of(before), balance_of(columns), lost)
    for column in LITHIUM_SINKS:
        progress.losses[column] += parts[column]
    for column, part in MATERIAL.items():
        progress.losses[column] += parts[part]
