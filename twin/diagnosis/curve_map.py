"""What a user says about files with slow curves: a map file, strictly read.

The keys of a map of measured data (`twin.data.data_map`) mean the same here; others say what
such a file does not hold.

.. code-block:: yaml

    columns: {time_s: t, voltage_V: V_mean}
    current_A: 0.5          # the file has none; positive on discharge
    until_s: 38000
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from twin.data.data_map import (
    ColumnName,
    ColumnSection,
    Name,
    Number,
    Part,
    Positive,
    TextSection,
    Value,
    read_as,
)

WAYS = ("time_s", "charge_Ah", "state_of_charge")


class Window(Part):
    """Voltages of 0 and 100 % charge [V]."""

    lower_V: Positive
    upper_V: Positive


class HalfCellFiles(Part):
    """Files with the columns ``stoichiometry`` and ``potential_V``, instead of the set's."""

    negative: Name | None = None
    positive: Name | None = None


class CurveMap(Part):
    """How files with slow curves are read.

    Parameters
    ----------
    columns : quantity -> column of the file; ``voltage_V`` and one of ``time_s``, ``charge_Ah``
        and ``state_of_charge``, the first with ``current_A`` unless that is constant
    format : ``text``, ``parquet``, ``mat`` or ``bdf``; by default what the ending says
    text : how a text file is written
    where : column -> value of the rows that are read
    positive_on : what a positive current of the file does; said where it has a column
    nominal_capacity_Ah : capacity of the cell, lets wrong units be seen [A.h]
    current_A : constant current, positive on discharge, where the file has no column [A]
    capacity_Ah : charge at a state of charge of 1 [A.h]
    direction : of the current, where the file has charge and not current
    from_s : rows before this time are left out [s]
    until_s : rows after this time are left out [s]
    window : voltages of 0 and 100 % charge; without, the ends of the curve
    half_cells : files with potentials
    bounds : name of a free number -> lowest and highest value
    """

    columns: dict[Name, ColumnName | ColumnSection] | None = None
    format: Literal["text", "parquet", "mat", "bdf"] | None = None
    text: TextSection = TextSection()
    where: dict[Name, Value] = Field(default_factory=dict)
    positive_on: Literal["charge", "discharge"] | None = None
    nominal_capacity_Ah: Positive | None = None
    current_A: Number | None = None
    capacity_Ah: Positive | None = None
    direction: Literal["charge", "discharge"] | None = None
    from_s: Number | None = None
    until_s: Number | None = None
    window: Window | None = None
    half_cells: HalfCellFiles = HalfCellFiles()
    bounds: dict[Name, Annotated[list[Number], Field(min_length=2, max_length=2)]] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _one_way_to_the_charge(self) -> Self:
        if self.columns is None and self.format == "bdf":
            return self
        ways = [name for name in WAYS if name in (self.columns or {})]
        if len(ways) != 1 or "voltage_V" not in (self.columns or {}):
            raise ValueError(
                f"columns: give voltage_V and one of {', '.join(WAYS)}; given: "
                f"{', '.join(self.columns or {}) or 'none'}"
            )
        if ways[0] == "time_s":
            self._check_time()
        else:
            self._check_charge(ways[0])
        return self

    def _check_time(self) -> None:
        column = "current_A" in (self.columns or {})
        if column == (self.current_A is not None):
            raise ValueError(
                "with columns.time_s give the current: columns.current_A, or a constant current_A"
            )
        if column != (self.positive_on is not None):
            raise ValueError(
                "positive_on: say charge or discharge where columns.current_A is given, and only "
                "there"
            )
        if self.direction is not None or self.capacity_Ah is not None:
            raise ValueError(
                "direction and capacity_Ah follow from time and current; leave both out"
            )

    def _check_charge(self, way: str) -> None:
        if self.direction is None:
            raise ValueError(f"with columns.{way} say the direction: charge or discharge")
        if (way == "state_of_charge") != (self.capacity_Ah is not None):
            raise ValueError("give capacity_Ah with columns.state_of_charge, and only with it")
        unknown = sorted(set(self.columns or {}) - {way, "voltage_V"})
        if unknown:
            raise ValueError(f"columns: {', '.join(unknown)} is not read with {way}; leave it out")
        only = ("positive_on", "from_s", "until_s", "where", "text", "format")
        given = [name for name in only if name in self.model_fields_set]
        if given or any(not isinstance(name, str) for name in (self.columns or {}).values()):
            raise ValueError(
                f"{', '.join(given) or 'units of columns'}: only with columns.time_s; with "
                f"columns.{way} the file is CSV or Parquet in A.h and V"
            )


def default_map() -> CurveMap:
    """Return the map of a file with our own names, current positive on discharge."""
    names = ("time_s", "voltage_V", "current_A")
    return CurveMap(columns={name: name for name in names}, positive_on="discharge")


def read_map(file: str | Path) -> CurveMap:
    """Return the map in a YAML file.

    Raises
    ------
    DataError
        with a sentence for everything that is wrong with it.
    """
    return read_as(CurveMap, Path(file))
