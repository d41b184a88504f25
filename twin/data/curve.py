"""Measured curves: one file in, one table with canonical columns out, nothing guessed.

The canonical columns are ``time_s``, ``voltage_V``, ``temperature_degC`` and ``current_A``
(positive on discharge). A file that cannot be read exactly as described is refused by a
`DataError` that names the file, the column and the line.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

CANONICAL = ("time_s", "voltage_V", "temperature_degC", "current_A")
LARGEST_VOLTAGE_V = 100.0
LARGEST_TEMPERATURE_DEGC = 150.0
_Cells = Sequence[object]


def read_curve(
    file: str | Path, columns: Mapping[str, str], *, charge_positive: bool = False
) -> pd.DataFrame:
    """Return a measured curve with canonical columns.

    Parameters
    ----------
    file : CSV (UTF-8, comma or semicolon, one header line, decimal point) or Parquet
    columns : canonical name -> name in the file; ``time_s`` is required, with at least one
        of ``voltage_V`` [V], ``temperature_degC`` [degC], ``current_A`` [A]
    charge_positive : whether the file counts the current positive on charge; it is then turned

    Returns
    -------
    DataFrame
        The columns asked for, as floats, in file order; time does not decrease.

    Raises
    ------
    DataError
        If the file is absent or empty, a column is missing, a cell is no finite number, time
        runs backwards, or values look like another unit (millivolts, kelvin).
    """
    import pandas as pd

    path = Path(file)
    _check_request(path, columns)
    lines, numbers = read_columns(path, columns)
    curve = pd.DataFrame(numbers, dtype=float)
    _check_values(path, columns, curve, lines)
    if charge_positive and "current_A" in curve:
        curve["current_A"] = -curve["current_A"]
    return curve


def read_columns(
    path: Path, columns: Mapping[str, str]
) -> tuple[list[int], dict[str, NDArray[np.float64]]]:
    """Return line or row numbers and columns of finite numbers.

    Parameters
    ----------
    path : CSV (UTF-8, comma or semicolon, one header line, decimal point) or Parquet
    columns : key of the result -> name in the file

    Raises
    ------
    DataError
        If the file is absent or empty, a column is missing, or a cell is no finite number.
    """
    _check_file(path)
    lines, cells = _read_parquet(path, columns) if _is_parquet(path) else _read_csv(path, columns)
    if not lines:
        raise DataError(f"{path}: the file has a header but no data; give it at least one row")
    return lines, {key: _numbers(path, columns[key], cells[key], lines) for key in columns}


def _check_request(path: Path, columns: Mapping[str, str]) -> None:
    """Raise unless there is a file and the column mapping can be used."""
    if not path.is_file():
        raise DataError(f"{path}: no such file; correct the path, or mark the entry 'optional'")
    for key in columns:
        if key not in CANONICAL:
            raise DataError(
                f"{path}: '{key}' is not a quantity of a measured curve; allowed are "
                f"{', '.join(CANONICAL)}{nearest(key, CANONICAL)}"
            )
    if "time_s" not in columns or len(columns) == 1:
        raise DataError(
            f"{path}: columns must name time_s and at least one of {', '.join(CANONICAL[1:])}; "
            f"given: {', '.join(columns) or 'nothing'}"
        )


def _check_file(path: Path) -> None:
    """Raise unless the file is there and of a kind that is read."""
    if not path.is_file():
        raise DataError(f"{path}: no such file; correct the path or put the file there")
    if path.suffix.lower() not in {".csv", ".parquet"}:
        raise DataError(
            f"{path}: files of type '{path.suffix}' are not read; give .csv (comma or semicolon) "
            "or .parquet"
        )


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _read_parquet(path: Path, columns: Mapping[str, str]) -> tuple[list[int], dict[str, _Cells]]:
    """Return row numbers (from 1) and the cells of the columns asked for."""
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not a readable Parquet file ({error})") from error
    header = [str(name) for name in table.columns]
    places = {key: _place(path, name, header) for key, name in columns.items()}
    cells: dict[str, _Cells] = {key: table.iloc[:, at].tolist() for key, at in places.items()}
    return list(range(1, len(table) + 1)), cells


def _read_csv(path: Path, columns: Mapping[str, str]) -> tuple[list[int], dict[str, _Cells]]:
    """Return line numbers (the header is line 1) and the cells of the columns asked for."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            reader = csv.reader(stream, delimiter=";" if ";" in first else ",")
            rows = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text; save it as CSV in UTF-8") from error
    except csv.Error as error:
        raise DataError(f"{path}: not a readable CSV file ({error})") from error
    if not rows:
        raise DataError(f"{path}: the file is empty; it needs a header line and data")
    header = [name.strip() for name in rows[0][1]]
    places = {key: _place(path, name, header) for key, name in columns.items()}
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise DataError(
                f"{path}, line {line}: {len(row)} cells, but the header has {len(header)}"
            )
    cells: dict[str, _Cells] = {key: [row[at] for _, row in rows[1:]] for key, at in places.items()}
    return [line for line, _ in rows[1:]], cells


def _place(path: Path, name: str, header: Sequence[str]) -> int:
    """Return the position of a column."""
    found = [at for at, given in enumerate(header) if given == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(f"{path}: the column '{name}' occurs {len(found)} times; rename one")
    raise DataError(
        f"{path}: no column '{name}'; the file has {', '.join(header)}{nearest(name, header)}"
    )


def _numbers(path: Path, name: str, cells: _Cells, lines: Sequence[int]) -> np.ndarray:
    """Return the cells as finite floats."""
    values = np.empty(len(cells))
    for at, cell in enumerate(cells):
        try:
            values[at] = float(cell)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            hint = "; write decimals with a point" if "," in str(cell) else ""
            raise DataError(
                f"{path}, {_where(path, lines[at])}, column '{name}': "
                f"'{cell}' is not a number{hint}"
            ) from error
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise DataError(
            f"{path}, {_where(path, lines[bad[0]])}, column '{name}': {values[bad[0]]} is not a "
            f"finite number ({bad.size} such cells); remove or fill the rows"
        )
    return values


def _where(path: Path, number: int) -> str:
    return f"row {number}" if _is_parquet(path) else f"line {number}"


def _check_values(
    path: Path, columns: Mapping[str, str], curve: pd.DataFrame, lines: Sequence[int]
) -> None:
    """Raise if time runs backwards or a quantity looks like another unit."""
    time = curve["time_s"].to_numpy()
    back = np.flatnonzero(np.diff(time) < 0)
    if back.size:
        at = int(back[0]) + 1
        raise DataError(
            f"{path}, {_where(path, lines[at])}, column '{columns['time_s']}': time runs backwards "
            f"from {time[at - 1]:g} s to {time[at]:g} s; sort the rows or cut the file"
        )
    for key, largest, hint in (
        ("voltage_V", LARGEST_VOLTAGE_V, "looks like millivolts; convert the column to volts"),
        ("temperature_degC", LARGEST_TEMPERATURE_DEGC, "looks like kelvin; convert to degC"),
    ):
        if key not in curve:
            continue
        high = np.flatnonzero(np.abs(curve[key].to_numpy()) > largest)
        if high.size:
            raise DataError(
                f"{path}, {_where(path, lines[high[0]])}, column '{columns[key]}': "
                f"{curve[key].iloc[high[0]]:g} {hint}"
            )
