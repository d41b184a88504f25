"""What slow curves and the states of a cell say about where its capacity went."""

from twin.diagnosis.balance import Balance, ElectrodeBalance, capacity_sensitivities
from twin.diagnosis.curves import SlowCurve, curve_of_checkup, curve_over_time, slow_curve
from twin.diagnosis.fitted import FittedBalance
from twin.diagnosis.fitting import fit_balance
from twin.diagnosis.half_cells import (
    HalfCell,
    HalfCells,
    half_cell_of_points,
    half_cell_of_table,
    half_cells_of,
)
from twin.diagnosis.modes import Modes, degradation_modes, modes_table, write_checkups

__all__ = [
    "Balance",
    "ElectrodeBalance",
    "FittedBalance",
    "HalfCell",
    "HalfCells",
    "Modes",
    "SlowCurve",
    "capacity_sensitivities",
    "curve_of_checkup",
    "curve_over_time",
    "degradation_modes",
    "fit_balance",
    "half_cell_of_points",
    "half_cell_of_table",
    "half_cells_of",
    "modes_table",
    "slow_curve",
    "write_checkups",
]
