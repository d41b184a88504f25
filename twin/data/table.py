"""The cells of a measured file, before anything is made of them.

A text file is read exactly as its `TextFormat` says: delimiter, decimal sign, encoding and
the line of the header are given, never guessed. Only the columns asked for are kept.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin.data.cells import Cells
from twin.data.quality import Finding, Kind, in_words
from twin.errors import DataError, nearest

FORMATS = ("text", "parquet", "mat", "bdf")
TEXT_SUFFIXES = (".csv", ".txt", ".tsv", ".dat", ".asc")
BDF_ENDINGS = (".bdf.csv", ".bdf.parquet")
BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


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
        return _read_text(path, wanted, text)
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


def _read_text(path: Path, wanted: Sequence[str], text: TextFormat) -> Table:
    """Return columns of a text file; rows of another width than the header are kept out."""
    lines, rows, findings = _rows_of_text(path, text)
    if not rows:
        raise DataError(f"{path}: the file is empty; it needs data{_header_words(text)}")
    if text.header:
        header = [name.strip() for name in rows[0]]
        lines, rows = lines[1:], rows[1:]
    else:
        header = [str(number) for number in range(1, len(rows[0]) + 1)]
    if not rows:
        raise DataError(f"{path}: the file has a header but no data; give it at least one row")
    places = {name: _place_in_text(path, name, header, text) for name in wanted}
    width = len(header)
    fits = [len(row) == width for row in rows]
    uneven = tuple(line for line, fit in zip(lines, fits, strict=True) if not fit)
    if uneven:
        seen = len(next(row for row in rows if len(row) != width))
        detail = f"{seen} cells, the header has {width}"
        cut = uneven == (lines[-1],) and seen < width
        kind: Kind = "truncated" if cut else "other number of cells"
        findings = [] if uneven[-1] == lines[-1] else findings
        findings = [*findings, Finding(kind, uneven, "kept out", detail=detail)]
    kept = list(itertools.compress(rows, fits))
    if not kept:
        raise DataError(
            f"{path}: no row has {width} cells as the header does; is the delimiter "
            f"'{text.delimiter}'?"
        )
    cells: dict[str, Cells] = {name: [row[at] for row in kept] for name, at in places.items()}
    numbered = np.array(list(itertools.compress(lines, fits)), dtype=np.int64)
    return Table(path, "line", numbered, cells, len(rows), tuple(findings), tuple(header))


def _place_in_text(path: Path, name: str, header: Sequence[str], text: TextFormat) -> int:
    try:
        return place(path, name, header)
    except DataError as error:
        if len(header) > 1:
            raise
        other = [sign for sign in (",", ";", "\t") if sign != text.delimiter and sign in header[0]]
        hint = f"; the header has '{other[0]}': is that the delimiter?" if other else ""
        raise DataError(f"{error}{hint}") from None


def _header_words(text: TextFormat) -> str:
    return f" below the header in line {text.header}" if text.header else ""


def _rows_of_text(path: Path, text: TextFormat) -> tuple[list[int], list[list[str]], list[Finding]]:
    """Return line numbers and cells from the header on; blank lines are passed over."""
    encoding = "utf-8-sig" if text.encoding.lower() in ("utf-8", "utf8") else text.encoding
    _check_mark(path, text)
    last = ""
    lines: list[int] = []
    rows: list[list[str]] = []
    try:
        with path.open(encoding=encoding, newline="") as stream:
            for _ in range(max(text.header - 1, 0)):
                stream.readline()
            for number, row in _split(path, stream, text):
                lines.append(number)
                rows.append(row)
        with path.open("rb") as raw:
            raw.seek(max(path.stat().st_size - 4, 0))
            last = raw.read().replace(b"\x00", b"")[-1:].decode("latin-1")
    except LookupError:
        raise DataError(
            f"{path}: no encoding '{text.encoding}'; give one such as utf-8, utf-16 or latin-1"
        ) from None
    except UnicodeError as error:
        raise DataError(
            f"{path}: not {text.encoding} text ({error}); give the file's encoding, such as "
            "latin-1 or utf-16"
        ) from None
    except csv.Error as error:
        raise DataError(f"{path}: cannot be taken apart into cells ({error})") from None
    cut = rows and last not in ("\n", "\r")
    detail = "the file ends without an end of line, so its last number may be cut short"
    return lines, rows, [Finding("no end of line", (lines[-1],), "kept", "", detail)] if cut else []


def _check_mark(path: Path, text: TextFormat) -> None:
    """Raise where the first bytes say another encoding than the one given."""
    with path.open("rb") as stream:
        start = stream.read(4)
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            if not text.encoding.lower().replace("_", "-").startswith(encoding):
                raise DataError(
                    f"{path}: begins with the byte-order mark of {encoding}; give "
                    f"encoding '{encoding}'"
                )
            return


def _split(path: Path, stream: Iterable[str], text: TextFormat) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of every line that is not blank."""
    above = max(text.header - 1, 0)
    if text.delimiter == "space":
        for number, line in enumerate(stream, start=above + 1):
            if line.strip():
                yield number, line.split()
        return
    reader = csv.reader(stream, delimiter=text.delimiter)
    before = 0
    for row in reader:
        number = reader.line_num
        if number > before + 1:
            within = in_words(range(above + before + 1, above + number + 1), "line")
            raise DataError(f"{path}: a quoted cell runs over {within}; close the quotation mark")
        before = number
        if any(map(str.strip, row)):
            yield above + number, row


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
