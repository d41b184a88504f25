"""What a column of a check-up table can be: its unit, the units a file may have, its range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twin.data import units
from twin.data.units import Scale


@dataclass(frozen=True)
class Meaning:
    """A quantity of a check-up table.

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
