"""Text files of columns, read line by line exactly as a `TextFormat` says."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from twin.data.quality import Finding, in_words
from twin.data.table import Table, TextFormat, place
from twin.errors import DataError

BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
TAIL_BYTES = 4


@dataclass
class _Taken:
    """What has been taken from the lines so far.

    Parameters
    ----------
    width : cells of the header
    lines : numbers of the lines that have as many cells
    uneven : numbers of the other lines
    seen : cells of the first of these
    last : number of the last line
    """

    width: int
    lines: list[int] = field(default_factory=list)
    uneven: list[int] = field(default_factory=list)
    seen: int = 0
    last: int = 0


def read_text(path: Path, wanted: Sequence[str], text: TextFormat) -> Table:
    """Return columns of a text file; rows of another width than the header are kept out.

    Parameters
    ----------
    path : the file
    wanted : columns as the header names them, or by number
    text : how the file is written

    Raises
    ------
    DataError
        If the file is empty, is no such text, or lacks a column.
    """
    rows = _rows(path, text)
    first = next(rows, None)
    if first is None:
        raise DataError(f"{path}: the file is empty; it needs data{_header_words(text)}")
    header = [name.strip() for name in first[1]]
    if not text.header:
        header = [str(number) for number in range(1, len(first[1]) + 1)]
        rows = _rows(path, text)
    places = {name: _place_in_text(path, name, header, text) for name in wanted}
    cells: dict[str, list[str]] = {name: [] for name in wanted}
    targets = [(cells[name], at) for name, at in places.items()]
    taken = _Taken(len(header))
    for taken.last, row in rows:
        if len(row) == taken.width:
            taken.lines.append(taken.last)
            for column, at in targets:
                column.append(row[at])
        else:
            taken.uneven.append(taken.last)
            taken.seen = taken.seen or len(row)
    findings = _findings(path, taken, text)
    count = len(taken.lines) + len(taken.uneven)
    numbered = np.array(taken.lines, dtype=np.int64)
    return Table(path, "line", numbered, cells, count, findings, tuple(header))


def _findings(path: Path, taken: _Taken, text: TextFormat) -> tuple[Finding, ...]:
    """Return what is wrong with the lines; raise if none can be used."""
    if not taken.last:
        raise DataError(f"{path}: the file has a header but no data; give it at least one row")
    if not taken.lines:
        raise DataError(
            f"{path}: no row has {taken.width} cells as the header does; is the delimiter "
            f"'{text.delimiter}'?"
        )
    if taken.uneven:
        detail = f"{taken.seen} cells, the header has {taken.width}"
        if taken.uneven == [taken.last] and taken.seen < taken.width:
            return (Finding("truncated", (taken.last,), "kept out", detail=detail),)
        return (Finding("other number of cells", tuple(taken.uneven), "kept out", detail=detail),)
    if _ends_a_line(path):
        return ()
    detail = "the file ends without an end of line, so its last number may be cut short"
    return (Finding("no end of line", (taken.last,), "kept", "", detail),)


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as raw:
        raw.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        return raw.read().replace(b"\x00", b"")[-1:] in (b"\n", b"\r")


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


def _rows(path: Path, text: TextFormat) -> Iterator[tuple[int, list[str]]]:
    """Yield line numbers and cells from the header on; blank lines are passed over."""
    encoding = "utf-8-sig" if text.encoding.lower() in ("utf-8", "utf8") else text.encoding
    _check_mark(path, text)
    try:
        with path.open(encoding=encoding, newline="") as stream:
            for _ in range(max(text.header - 1, 0)):
                stream.readline()
            yield from _split(path, stream, text)
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
