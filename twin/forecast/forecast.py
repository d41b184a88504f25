"""A forecast: several quantities along one axis of life, and its file.

The file is JSON: the axis as a list, one object per quantity, and if wanted ``thresholds`` and
``metadata``::

    {"cycle": [0, 100], "capacity_Ah": {"mean": [5.0, 4.9], "q05": ..., "q95": ...},
     "thresholds": {"capacity_Ah": [{"threshold": 4.0, ...}]}, "metadata": {"cell": "7"}}

or ``{"cells": {"7": {...}, "8": {...}}}`` for several cells. Files are read strictly: what is
not understood is refused, with its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import DataError, ParameterError
from twin.forecast.bands import Array, Band, places
from twin.forecast.thresholds import ThresholdTime
from twin.parameters.strict_files import read_json, write_json

AXES = ("cycle", "efc", "t")
_OTHER = ("thresholds", "metadata")


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is forecast for one cell.

    Parameters
    ----------
    quantities : name with unit (``capacity_Ah``) -> band; all on the same ``x``
    x_name : ``"cycle"``, ``"efc"`` (equivalent full cycles) or ``"t"`` [s]
    thresholds : name of a quantity -> when it passes one or more thresholds
    metadata : plain data about where the forecast comes from

    Raises
    ------
    DataError
        if there is no quantity, one has the name of an axis, or bands differ in ``x``.
    """

    quantities: Mapping[str, Band]
    x_name: str = "cycle"
    thresholds: Mapping[str, tuple[ThresholdTime, ...]] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.x_name not in AXES:
            raise DataError(f"the axis {self.x_name!r} is not known; give {', '.join(AXES)}")
        if not self.quantities:
            raise DataError("a forecast without quantities; give at least one band")
        for name, band in self.quantities.items():
            if name in (*AXES, *_OTHER, "cells"):
                raise DataError(f"a quantity has the name {name!r}, which is taken; rename it")
            if not np.array_equal(band.x, self.x):
                raise DataError(f"the band of {name} has another x than the first; use band.at(x)")
        for name in self.thresholds:
            if name not in self.quantities:
                raise DataError(f"a threshold of {name!r}, which is not forecast; add its band")

    @property
    def x(self) -> Array:
        """Where the forecast is given."""
        return next(iter(self.quantities.values())).x

    def as_dict(self) -> dict[str, Any]:
        """Return the forecast as plain data, without draws."""
        data: dict[str, Any] = {self.x_name: self.x.tolist()}
        data |= {name: band.as_dict() for name, band in self.quantities.items()}
        if self.thresholds:
            data["thresholds"] = {
                name: [time.as_dict() for time in times] for name, times in self.thresholds.items()
            }
        return {**data, "metadata": dict(self.metadata)} if self.metadata else data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], where: str = "forecast") -> Forecast:
        """Return the forecast that plain data describe.

        Raises
        ------
        DataError
            with ``where`` and the key of what is missing, unknown or impossible.
        """
        axes = [name for name in AXES if name in data]
        if len(axes) != 1:
            found = f"the axes {', '.join(axes)}" if axes else "no axis"
            raise DataError(f"{where}: {found}; give one list named {', '.join(AXES)}")
        try:
            x = places(data[axes[0]], axes[0])
        except DataError as error:
            raise DataError(f"{where}: {error}") from None
        bands = {
            name: Band.from_dict(x, _mapping(value, f"{where}, {name}"), f"{where}, {name}")
            for name, value in data.items()
            if name not in (axes[0], *_OTHER)
        }
        thresholds = _thresholds(data.get("thresholds", {}), f"{where}, thresholds")
        metadata = _mapping(data.get("metadata", {}), f"{where}, metadata")
        try:
            return cls(bands, axes[0], thresholds, metadata)
        except DataError as error:
            raise DataError(f"{where}: {error}") from None


def write_forecasts(forecasts: Forecast | Mapping[str, Forecast], path: Path | str) -> None:
    """Write one forecast, or those of several cells by name, as JSON.

    Raises
    ------
    DataError
        if the metadata are no plain data or the file cannot be written.
    """
    if isinstance(forecasts, Forecast):
        data = forecasts.as_dict()
    else:
        data = {"cells": {name: forecast.as_dict() for name, forecast in forecasts.items()}}
    try:
        write_json(data, Path(path))
    except ParameterError as error:
        raise DataError(str(error)) from None


def read_forecast(path: Path | str) -> Forecast:
    """Return the one forecast in a JSON file.

    Raises
    ------
    DataError
        if the file holds several cells, or is not as described above.
    """
    data = _read(path)
    if "cells" in data:
        raise DataError(f"{path}: it holds several cells; read it with read_forecasts")
    return Forecast.from_dict(data, str(path))


def read_forecasts(path: Path | str) -> dict[str, Forecast]:
    """Return the forecasts in a JSON file by cell; a file of one cell has the name "".

    Raises
    ------
    DataError
        if the file cannot be read or is not as described above.
    """
    data = _read(path)
    if "cells" not in data:
        return {"": Forecast.from_dict(data, str(path))}
    others = sorted(set(data) - {"cells"})
    if others:
        raise DataError(f"{path}: '{others[0]}' beside 'cells'; put it into the cells")
    cells = _mapping(data["cells"], f"{path}, cells")
    if not cells:
        raise DataError(f"{path}, cells: there is none; give at least one")
    return {
        name: Forecast.from_dict(_mapping(cell, f"{path}, cell {name}"), f"{path}, cell {name}")
        for name, cell in cells.items()
    }


def _read(path: Path | str) -> dict[str, Any]:
    try:
        return dict(read_json(Path(path), str(path), top_object=True))
    except ParameterError as error:
        raise DataError(str(error)) from None


def _mapping(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise DataError(f"{where}: {str(data)[:60]!r} is no object; give keys with values")
    return data


def _thresholds(data: Any, where: str) -> dict[str, tuple[ThresholdTime, ...]]:
    found = {}
    for name, times in _mapping(data, where).items():
        if not isinstance(times, list):
            raise DataError(f"{where}, {name}: this is no list; give a list of objects")
        found[name] = tuple(
            ThresholdTime.from_dict(
                _mapping(time, f"{where}, {name} [{row}]"), f"{where}, {name} [{row}]"
            )
            for row, time in enumerate(times, start=1)
        )
    return found
