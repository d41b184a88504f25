"""What a user says about files with slow curves: a map file, strictly read.

.. code-block:: yaml

    columns: {time_s: t, voltage_V: V_mean}
    current_A: 0.5          # the file has none; positive on discharge
    until_s: 38000
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AllowInfNan, BaseModel, ConfigDict, Field, ValidationError, model_validator

from twin.errors import DataError

Number = Annotated[float, AllowInfNan(False)]
Positive = Annotated[float, AllowInfNan(False), Field(gt=0)]
Name = Annotated[str, Field(min_length=1)]
_LARGEST_BYTES = 100_000


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Columns(_Part):
    """Names in the file of what is read; charge, or time and current.

    Parameters
    ----------
    time_s : time [s]
    current_A : current [A]
    charge_Ah : charge in the cell or taken out [A.h]
    state_of_charge : charge in the cell as a share of ``capacity_Ah``, 0 to 1
    voltage_V : terminal voltage [V]
    """

    voltage_V: Name
    time_s: Name | None = None
    current_A: Name | None = None
    charge_Ah: Name | None = None
    state_of_charge: Name | None = None


class Window(_Part):
    """Voltages of 0 and 100 % charge [V]."""

    lower_V: Positive
    upper_V: Positive


class HalfCellFiles(_Part):
    """Files with the columns ``stoichiometry`` and ``potential_V``, instead of the set's."""

    negative: Name | None = None
    positive: Name | None = None


class CurveMap(_Part):
    """How files with slow curves are read.

    Parameters
    ----------
    columns : names in the file
    current_A : constant current, positive on discharge, where the file has no column [A]
    positive_on : what a positive current of the file does; said where it has a column
    capacity_Ah : charge at a state of charge of 1 [A.h]
    direction : of the current, where the file has charge and not current
    from_s, until_s : rows before and after these times are left out [s]
    window : voltages of 0 and 100 % charge; without, the ends of the curve
    half_cells : files with potentials
    bounds : name of a free number -> lowest and highest value
    """

    columns: Columns
    current_A: Number | None = None
    positive_on: Literal["charge", "discharge"] | None = None
    capacity_Ah: Positive | None = None
    direction: Literal["charge", "discharge"] | None = None
    from_s: Number | None = None
    until_s: Number | None = None
    window: Window | None = None
    half_cells: HalfCellFiles = HalfCellFiles()
    bounds: dict[Name, Annotated[list[Number], Field(min_length=2, max_length=2)]] = {}

    @model_validator(mode="after")
    def _one_way_to_the_charge(self) -> Self:
        own = self.columns
        ways = [
            name
            for name in ("time_s", "charge_Ah", "state_of_charge")
            if getattr(own, name) is not None
        ]
        if len(ways) != 1:
            raise ValueError(
                f"columns: give one of time_s, charge_Ah and state_of_charge; given: "
                f"{', '.join(ways) or 'none'}"
            )
        self._check_time(ways[0]) if ways[0] == "time_s" else self._check_charge(ways[0])
        return self

    def _check_time(self, way: str) -> None:
        if (self.columns.current_A is None) == (self.current_A is None):
            raise ValueError(
                f"with columns.{way} give the current: columns.current_A, or a constant current_A"
            )
        if (self.columns.current_A is None) != (self.positive_on is None):
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
        given = (self.columns.current_A, self.positive_on, self.from_s, self.until_s)
        if any(value is not None for value in given):
            raise ValueError(
                "columns.current_A, positive_on, from_s and until_s go with columns.time_s; leave "
                "them out"
            )


def default_map() -> CurveMap:
    """Return the map of a file with our own names, current positive on discharge."""
    names = {name: name for name in ("time_s", "voltage_V", "current_A")}
    return CurveMap(columns=Columns(**names), positive_on="discharge")


def read_map(file: str | Path) -> CurveMap:
    """Return the map in a YAML file.

    Raises
    ------
    DataError
        with a sentence for everything that is wrong with it.
    """
    from twin.study.text import UnreadableError, read_document

    path = Path(file)
    if not path.is_file() or path.stat().st_size > _LARGEST_BYTES:
        raise DataError(
            f"{path}: no such file, or more than {_LARGEST_BYTES} bytes; give a map file"
        )
    try:
        document = read_document(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except UnreadableError as error:
        raise DataError(f"{path}:{error.line or 1}: {error.problem}") from None
    wrong = [f"{path}:{document.line(p.key)}: {p.text}" for p in document.problems]
    if not wrong:
        try:
            return CurveMap.model_validate(document.data)
        except ValidationError as error:
            wrong = [_sentence(path, document, detail) for detail in error.errors()]
    raise DataError("\n".join(wrong))


def _sentence(path: Path, document: Any, detail: Any) -> str:
    from twin.study.messages import dotted

    key = tuple(detail["loc"])
    words = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        words = f"unknown key; allowed at the top are {', '.join(CurveMap.model_fields)}"
    where = f"{dotted(key)}: " if key else ""
    return f"{path}:{document.line(key)}: {where}{words[0].lower()}{words[1:]}"
