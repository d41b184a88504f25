"""What a column of a check-up table or of a cycler file can be: unit, units, range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twin.data import units
from twin.data.units import Scale


@dataclass(frozen=True)
class Meaning:
    """A quantity of a check-up table or of a cycler file.

    Parameters
    ----------
    about : what it is
    unit : the unit it has in our tables
    units : unit or meaning that the file may have -> to our unit
    lowest, highest : what is possible, in our unit
    """

    about: str
    unit: str
    units: Mapping[str, Scale]
    lowest: float
    highest: float


_CAPACITY = (units.CHARGE, 1e-6, 1e4)
_COUNTER = (units.CHARGE, -1e7, 1e7)
_ENERGY_COUNTER = (units.ENERGY, -1e8, 1e8)
_LOST = (units.PERCENT_LOST, -20.0, 100.0)
ABSCISSAE: Mapping[str, Meaning] = {
    "cycle": Meaning("number of cycles done", "-", units.COUNT, 0, 1e6),
    "efc": Meaning("equivalent full cycles done", "-", units.COUNT, 0, 1e6),
    "time_d": Meaning("time since the beginning", "d", units.DAYS, 0, 36525),
}
QUANTITIES: Mapping[str, Meaning] = {
    "capacity_Ah": Meaning("capacity", "A.h", *_CAPACITY),
    "capacity_percent": Meaning(
        "capacity left, of the first check-up or of a stated capacity",
        "%",
        units.PERCENT_LEFT,
        1,
        150,
    ),
    "lli_percent": Meaning("loss of lithium inventory", "%", *_LOST),
    "lam_negative_percent": Meaning("loss of negative active material", "%", *_LOST),
    "lam_positive_percent": Meaning("loss of positive active material", "%", *_LOST),
    "resistance_mOhm": Meaning("resistance", "mOhm", units.RESISTANCE, 1e-4, 1e6),
    "resistance_percent": Meaning(
        "resistance, in percent of the first check-up", "%", units.PERCENT_OF_FIRST, 1, 1e4
    ),
    "swelling_um": Meaning("irreversible change of thickness", "um", units.THICKNESS, -1e4, 1e5),
    "capacity_negative_Ah": Meaning("capacity of the negative electrode", "A.h", *_CAPACITY),
    "capacity_positive_Ah": Meaning("capacity of the positive electrode", "A.h", *_CAPACITY),
}
VOCABULARY: Mapping[str, Meaning] = {**ABSCISSAE, **QUANTITIES}

RECORDED: Mapping[str, Meaning] = {
    "time_s": Meaning("time since the test began", "s", units.CLOCK, 0, 1e10),
    "current_A": Meaning("current, positive on discharge", "A", units.CURRENT, -1e4, 1e4),
    "voltage_V": Meaning("voltage of the cell", "V", units.VOLTAGE, -1, 10),
    "temperature_degC": Meaning("temperature of the cell", "degC", units.TEMPERATURE, -80, 200),
    "ambient_degC": Meaning("temperature of the chamber", "degC", units.TEMPERATURE, -80, 200),
    "thickness_um": Meaning("thickness, or its change", "um", units.THICKNESS, -1e5, 1e6),
    "cycle": Meaning("cycle, as the cycler counts", "-", units.COUNT, 0, 1e7),
    "step": Meaning("step, as the cycler counts", "-", units.COUNT, 0, 1e9),
    "charge_capacity_Ah": Meaning("charge counted by the cycler while charging", "A.h", *_COUNTER),
    "discharge_capacity_Ah": Meaning(
        "charge counted by the cycler while discharging", "A.h", *_COUNTER
    ),
    "charge_energy_Wh": Meaning(
        "energy counted by the cycler while charging", "W.h", *_ENERGY_COUNTER
    ),
    "discharge_energy_Wh": Meaning(
        "energy counted by the cycler while discharging", "W.h", *_ENERGY_COUNTER
    ),
}
