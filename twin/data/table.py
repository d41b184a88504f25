"""The cells of a measured file, before anything is made of them.

Only the columns asked for are kept. How a text file is written is given, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin.data.cells import Cells
from twin.data.quality import Finding
from twin.errors import DataError, nearest

FORMATS = ("text", "parquet", "mat", "bdf")
TEXT_SUFFIXES = (".csv", ".txt", ".tsv", ".dat", ".asc")
BDF_ENDINGS = (".bdf.csv", ".bdf.parquet")


@dataclass(frozen=True)
class TextFormat:
    r"""How a text file is written.

    Parameters
    ----------
    delimiter : one character, ``"\t"`` (a tab), or ``"space"`` for runs of blanks
    decimal : ``"."`` or ``","``
    encoding : as Python names it; a byte-order mark of UTF-8 is taken off
    header : line that names the columns, from 1; lines above are left out. 0 if there is
        none: the columns are then named ``1``, ``2``, ...
    """

    delimiter: str = ","
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8"
    header: int = 1

    def __post_init__(self) -> None:
        if self.delimiter != "space" and len(self.delimiter) != 1:
            raise DataError(
                f"delimiter '{self.delimiter}': give one character, or 'space' for runs of blanks"
            )
        if self.decimal not in (".", ","):
            raise DataError(f"decimal '{self.decimal}': allowed are '.' and ','")
        if self.decimal == self.delimiter:
            raise DataError(f"'{self.decimal}' cannot be both delimiter and decimal sign")
        if self.header < 0:
            raise DataError(f"header {self.header}: give the line of the names, 0 for no header")


PLAIN = TextFormat()


@dataclass(frozen=True)
class Table:
    """Columns of a file as they stand in it.

    Parameters
    ----------
    path : the file
    word : what rows are counted in, ``"line"`` or ``"row"``
    rows : number of each row
    cells : name in the file -> cells
    read : rows with data in the file, those kept out included
    findings : rows that could not be taken apart
    header : all columns of the file, where it lists them
    """

    path: Path
    word: str
    rows: NDArray[np.int64]
    cells: Mapping[str, Cells]
    read: int
    findings: tuple[Finding, ...] = ()
    header: tuple[str, ...] = ()


def read_table(
    file: str | Path, names: Iterable[str], *, kind: str | None = None, text: TextFormat = PLAIN
) -> Table:
    """Return the columns asked for.

    Parameters
    ----------
    file : a text file, Parquet, MATLAB or Battery Data Format
    names : columns as the file names them
    kind : one of `FORMATS`; by default what the ending says (``.csv``, ``.txt``, ``.tsv``,
        ``.dat``, ``.asc``, ``.parquet``, ``.mat``, ``.bdf.csv``, ``.bdf.parquet``)
    text : how a text file is written

    Raises
    ------
    DataError
        If the file is absent, empty or not of this format, or has no such column.
    """
    path = Path(file)
    if not path.is_file():
        raise DataError(f"{path}: no such file; correct the path or put the file there")
    wanted = tuple(dict.fromkeys(names))
    kind = format_of(path, kind)
    if kind == "text":
        from twin.data.text_file import read_text

        return read_text(path, wanted, text)
    if kind == "parquet":
        return _read_parquet(path, wanted)
    if kind == "mat":
        from twin.data.matlab import read_mat

        return read_mat(path, wanted)
    from twin.data.bdf_format import read_bdf

    return read_bdf(path, wanted)


def format_of(path: Path, given: str | None) -> str:
    """Return the format of a file: the one given, or the one that its ending says."""
    if given is not None:
        if given not in FORMATS:
            raise DataError(
                f"{path}: no format '{given}'; allowed are {', '.join(FORMATS)}"
                f"{nearest(given, FORMATS)}"
            )
        return given
    suffix = path.suffix.lower()
    if path.name.lower().endswith(BDF_ENDINGS):
        return "bdf"
    if suffix in TEXT_SUFFIXES:
        return "text"
    if suffix in (".parquet", ".mat"):
        return suffix[1:]
    raise DataError(
        f"{path}: the ending '{suffix}' does not say what is in the file; name its format: "
        f"{', '.join(FORMATS)}"
    )


def place(path: Path, name: str, header: Sequence[str]) -> int:
    """Return where a column is in the header; it has to be there once."""
    found = [at for at, given in enumerate(header) if given == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(f"{path}: the column '{name}' occurs {len(found)} times; rename one")
    shown = ", ".join(header[:40]) + (", ..." if len(header) > 40 else "")
    raise DataError(f"{path}: no column '{name}'; the file has {shown}{nearest(name, header)}")


def selected(table: Table, where: Mapping[str, object]) -> Table:
    """Return the rows that have the values asked for.

    Parameters
    ----------
    table : with the columns that ``where`` names
    where : column -> value, equal as text or as a number

    Raises
    ------
    DataError
        If no row has them.
    """
    if not where:
        return table
    keep = np.ones(len(table.rows), dtype=bool)
    for name, value in where.items():
        same = np.array([_same(cell, value) for cell in table.cells[name]], dtype=bool)
        if not same.any():
            there = list(dict.fromkeys(str(cell) for cell in table.cells[name]))
            shown = ", ".join(there[:30]) + (", ..." if len(there) > 30 else "")
            raise DataError(
                f"{table.path}: no row has {name} = {value}; there is {shown}"
                f"{nearest(str(value), there)}"
            )
        keep &= same
    if not keep.any():
        words = " and ".join(f"{name} = {value}" for name, value in where.items())
        raise DataError(f"{table.path}: no row has {words}; each occurs, but not together")
    places = np.flatnonzero(keep)
    cells = {name: [column[int(at)] for at in places] for name, column in table.cells.items()}
    return replace(table, rows=table.rows[keep], cells=cells)


def _same(cell: object, value: object) -> bool:
    """Return whether a cell says a value: the same text, or the same number."""
    if str(cell).strip() == str(value).strip():
        return True
    try:
        return float(str(cell)) == float(str(value))
    except ValueError:
        return False


def _read_parquet(path: Path, wanted: Sequence[str]) -> Table:
    """Return columns of a Parquet file; rows are counted from 1."""
    from pyarrow import ArrowException
    from pyarrow import parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            header = [str(name) for name in file.schema_arrow.names]
            for name in wanted:
                place(path, name, header)
            table = file.read(columns=list(wanted))
    except (OSError, ValueError, ArrowException) as error:
        raise DataError(f"{path}: not a readable Parquet file ({error})") from error
    if not table.num_rows:
        raise DataError(f"{path}: the file has columns but no rows; give it at least one")
    cells: dict[str, Cells] = {}
    for name in wanted:
        column = table.column(name)
        plain = column.to_pandas().to_numpy()
        cells[name] = plain if plain.dtype.kind in "fiu" else column.to_pylist()
    rows = np.arange(1, table.num_rows + 1)
    return Table(path, "row", rows, cells, table.num_rows, header=tuple(header))
