"""Measured or standard profiles: current, power, voltage or C-rate over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from twin.data import read_columns
from twin.errors import DataError, nearest
from twin.protocol.fields import Number, check_voltage

ProfileMode = Literal["current", "power", "voltage", "c_rate"]
Points = npt.NDArray[Any]
COLUMN_KEYS: dict[str, ProfileMode] = {
    "current_A": "current",
    "power_W": "power",
    "voltage_V": "voltage",
    "c_rate": "c_rate",
}
_KEYS = ("file", "time_s", *COLUMN_KEYS, "charge_positive")
_SUFFIXES = (".csv", ".parquet")
_EXAMPLE = "{file: us06.csv, time_s: t, current_A: I}"


class Profile(BaseModel):
    """A profile from the columns of a CSV or Parquet file, or from numbers.

    Written ``{file: us06.csv, time_s: t, current_A: I}``, where ``t`` and ``I`` name columns and
    the key of the second tells what is followed and in which unit, or
    ``{time_s: [0, 60], current_A: [5, 0]}``. The file is read by `load`, not before; a relative
    path is taken from the folder in the validation context (``context={"folder": ...}``), else
    from the working directory.

    Parameters
    ----------
    file : CSV or Parquet file; ``None`` if the numbers are given
    mode : what is followed
    time_column, value_column : names of columns in the file
    charge_positive : whether values are positive on charge in the source
    times_s, values : the profile itself, where there is no file [s; A, W, V or C-rate]
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    file: Path | None = None
    mode: ProfileMode
    time_column: str | None = None
    value_column: str | None = None
    charge_positive: bool = False
    times_s: tuple[Number, ...] | None = Field(default=None, repr=False)
    values: tuple[Number, ...] | None = Field(default=None, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any, info: ValidationInfo) -> Any:
        folder = (info.context or {}).get("folder")
        return given if isinstance(given, Profile) else _profile_fields(given, folder)

    @model_validator(mode="after")
    def _check(self) -> Profile:
        if self.mode == "voltage" and self.charge_positive:
            raise ValueError("charge_positive has no meaning for a voltage profile; remove it")
        if self.times_s is not None and self.values is not None:
            check_points(self._given_points(), self.mode)
        return self

    @model_serializer(mode="plain")
    def _dump(self) -> dict[str, Any]:
        return self.form()

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        text_or_numbers = {"type": ["string", "array"], "items": {"type": "number"}}
        columns = dict.fromkeys(("time_s", *COLUMN_KEYS), text_or_numbers)
        other = {"file": {"type": "string"}, "charge_positive": {"type": "boolean"}}
        return {
            "title": "Profile",
            "type": "object",
            "additionalProperties": False,
            "properties": {**other, **columns},
            "required": ["time_s"],
        }

    @property
    def text(self) -> str:
        """The profile in words."""
        name = "C-rate" if self.mode == "c_rate" else self.mode.capitalize()
        if self.file is not None:
            return f"{name} profile {self.file.name}"
        times = self.times_s or (0.0,)
        return f"{name} profile of {len(times)} points over {times[-1]:g} s"

    def form(self) -> dict[str, Any]:
        """Return the profile as it is written in a study."""
        key = next(key for key, mode in COLUMN_KEYS.items() if mode == self.mode)
        form: dict[str, Any] = {}
        if self.file is not None:
            form = {"file": str(self.file), "time_s": self.time_column, key: self.value_column}
        elif self.times_s is not None and self.values is not None:
            form = {"time_s": list(self.times_s), key: list(self.values)}
        return {**form, "charge_positive": True} if self.charge_positive else form

    def load(self) -> Points:
        """Return time [s] and value (A, W, V or C-rate, positive on discharge) in two columns.

        Raises
        ------
        DataError
            If the file or a column is absent, or the profile cannot be followed.
        """
        if self.file is None:
            points = self._given_points()
        else:
            columns = {"time": str(self.time_column), "value": str(self.value_column)}
            found = read_columns(self.file, columns)[1]
            points = np.column_stack((found["time"], found["value"]))
            try:
                check_points(points, self.mode)
            except ValueError as error:
                raise DataError(f"{self.file}: {error}") from None
        if self.charge_positive:
            points[:, 1] *= -1
        return points

    def _given_points(self) -> Points:
        return np.column_stack((self.times_s or (), self.values or ()))


def _profile_fields(given: Any, folder: Path | None) -> dict[str, Any]:
    """Return the fields of a profile from its written form."""
    if not isinstance(given, Mapping):
        raise ValueError(f"{given!r} is not a profile; write {_EXAMPLE}")
    key = _value_key(given)
    charge_positive = given.get("charge_positive", False)
    if not isinstance(charge_positive, bool):
        raise ValueError(f"charge_positive: {charge_positive!r} is neither true nor false")
    fields = {"mode": COLUMN_KEYS[key], "charge_positive": charge_positive}
    times, values = given["time_s"], given[key]
    if given.get("file") is not None:
        if not isinstance(given["file"], str | Path):
            raise ValueError(f"file: {given['file']!r} is not the name of a file; write {_EXAMPLE}")
        return {**fields, **_file_fields(Path(given["file"]), times, values, folder)}
    lists = isinstance(times, Sequence) and isinstance(values, Sequence)
    if not lists or isinstance(times, str) or isinstance(values, str) or len(times) != len(values):
        raise ValueError(
            "a profile without 'file' needs two lists of equal length, as in "
            "{time_s: [0, 60], current_A: [5, 0]}"
        )
    return {**fields, "times_s": tuple(times), "values": tuple(values)}


def _value_key(given: Mapping[str, Any]) -> str:
    """Return the key that tells what is followed, after checking the keys."""
    for key in given:
        if key not in _KEYS:
            raise ValueError(
                f"unknown key '{key}' in a profile; allowed are {', '.join(_KEYS)}"
                f"{nearest(str(key), _KEYS)}"
            )
    columns = [key for key in COLUMN_KEYS if given.get(key) is not None]
    if len(columns) != 1:
        raise ValueError(
            f"a profile follows exactly one of {', '.join(COLUMN_KEYS)}, but "
            f"{', '.join(columns) or 'none'} is given; write e.g. {_EXAMPLE}"
        )
    if given.get("time_s") is None:
        raise ValueError(f"a profile needs 'time_s'; write e.g. {_EXAMPLE}")
    return columns[0]


def _file_fields(file: Path, times: Any, values: Any, folder: Path | None) -> dict[str, Any]:
    if file.suffix.lower() not in _SUFFIXES:
        raise ValueError(
            f"file: {file} is neither CSV nor Parquet; give a file that ends in "
            f"{' or '.join(_SUFFIXES)}"
        )
    if not isinstance(times, str) or not isinstance(values, str):
        raise ValueError(f"with 'file', the other keys name columns; write e.g. {_EXAMPLE}")
    placed = file if folder is None else Path(folder) / file
    return {"file": placed, "time_column": times, "value_column": values}


def check_points(points: Points, mode: ProfileMode) -> None:
    """Check that a profile can be followed.

    Parameters
    ----------
    points : time [s] and value in two columns
    mode : what is followed

    Raises
    ------
    ValueError
        If it has fewer than two points, a value that is not finite, a time that does not
        increase or does not start at 0, or a voltage that no cell has.

    Examples
    --------
    >>> check_points(np.array([[0.0, 5.0], [60.0, 5.0]]), "current")
    """
    if len(points) < 2:
        raise ValueError(f"a profile needs at least 2 points, but there are {len(points)}")
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if bad.size:
        raise ValueError(
            f"row {bad[0] + 1} is not finite (time {points[bad[0], 0]}, value "
            f"{points[bad[0], 1]}); remove or fill it"
        )
    times = points[:, 0]
    back = np.flatnonzero(np.diff(times) <= 0)
    if back.size:
        raise ValueError(
            f"time must increase, but row {back[0] + 2} ({times[back[0] + 1]:g} s) follows "
            f"{times[back[0]]:g} s; sort the rows and remove doubled times"
        )
    if times[0] != 0:
        raise ValueError(
            f"time must start at 0 s, but starts at {times[0]:g} s; subtract {times[0]:g} from "
            "the time column, or add a row at 0 s"
        )
    if mode == "voltage":
        for extreme in (points[:, 1].min(), points[:, 1].max()):
            check_voltage(float(extreme))
