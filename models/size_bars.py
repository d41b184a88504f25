"""Bars of a measured size distribution: reading them from a file, and what they may be."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from twin.errors import nearest
from twin.models.sizes import LARGEST_RADIUS_M, SMALLEST_RADIUS_M, SizeError, Weight

_UNITS = {"m": 1.0, "um": 1e-6, "nm": 1e-9}
_SIZES = {
    f"{quantity}_{unit}": factor * in_radii
    for quantity, in_radii in (("radius", 1.0), ("diameter", 0.5))
    for unit, factor in _UNITS.items()
}
_ALLOWED = (
    "low_radius_um, high_radius_um, share or radius_um, share; also diameter for radius, and "
    "m or nm for um"
)
_COLUMNS = ("share", *(f"{edge}{size}" for edge in ("", "low_", "high_") for size in _SIZES))


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram, or one radius.

    Parameters
    ----------
    where : where it was given, for messages
    low, high : its edges; both the same for one radius alone [m]
    share : its share, not yet divided by the sum of all
    """

    where: str
    low: float
    high: float
    share: float


def read_bars(file: str) -> list[Bar]:
    """Return the bars in a CSV file (UTF-8, comma or semicolon, one header line).

    Raises
    ------
    SizeError
        If the file is absent, a column is not one that is known, or a cell is no number.
    """
    rows = _rows(file)
    header = [name.strip() for name in rows[0][1]] if rows else []
    low, high, factor = _columns(file, header)
    bars = []
    for line, row in rows[1:]:
        where = f"file: {file}, line {line}"
        if len(row) != len(header):
            raise SizeError(f"{where}: {len(row)} cells, but the header has {len(header)}")
        cells = dict(zip(header, row, strict=True))
        numbers = {name: _number(f"{where}, column '{name}'", cells[name]) for name in header}
        bars.append(Bar(where, factor * numbers[low], factor * numbers[high], numbers["share"]))
    return bars


def _rows(file: str) -> list[tuple[int, list[str]]]:
    """Return line numbers and cells of the lines that are not empty."""
    path = Path(file)
    if not path.is_file():
        raise SizeError(f"file: there is no file {path}; correct the path or put the file there")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            reader = csv.reader(stream, delimiter=";" if ";" in first else ",")
            return [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SizeError(f"file: {path} is not a CSV file in UTF-8 ({error})") from None


def _columns(file: str, header: list[str]) -> tuple[str, str, float]:
    """Return the columns of the lower and the upper radius, and their unit in metres of radius."""
    for name in header:
        if name not in _COLUMNS:
            raise SizeError(
                f"file: {file}, line 1: '{name}' is not a column of a size distribution; allowed "
                f"are {_ALLOWED}{nearest(name, _COLUMNS)}"
            )
    for size, factor in _SIZES.items():
        for low, high in ((size, size), (f"low_{size}", f"high_{size}")):
            if sorted(header) == sorted({low, high, "share"}):
                return low, high, factor
    raise SizeError(
        f"file: {file}, line 1: the columns {', '.join(header) or '(none)'} are not a size "
        f"distribution; allowed are {_ALLOWED}"
    )


def _number(where: str, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        hint = "; write decimals with a point" if "," in cell else ""
        raise SizeError(f"{where}: '{cell}' is not a number{hint}") from None


def checked(bars: Iterable[Bar], weight: Weight, nodes: int) -> tuple[Bar, ...]:
    """Return the filled ones of bars that ascend without overlap.

    Parameters
    ----------
    bars : all bars
    weight : what the shares count
    nodes : number of radii that are to stand for them

    Raises
    ------
    SizeError
        If they do not, a share is negative, the area is not finite, or there are too few.
    """
    end, filled = -math.inf, []
    for bar in bars:
        _check_bar(bar, end, weight)
        end = bar.high
        if bar.share > 0:
            filled.append(bar)
    if len(filled) < nodes:
        raise SizeError(
            f"nodes: {nodes} radii from {len(filled)} filled bars; allowed are as many as bars at "
            "most; give fewer nodes or finer bars"
        )
    return tuple(filled)


def _check_bar(bar: Bar, end: float, weight: Weight) -> None:
    """Raise unless a bar is one and starts after the last has ended."""
    if not all(map(_is_finite, (bar.low, bar.high, bar.share))):
        raise SizeError(
            f"{bar.where}: {bar.low!r}, {bar.high!r}, {bar.share!r} are not finite numbers; remove "
            "or correct it"
        )
    span = f"{bar.low:g} m" if bar.low == bar.high else f"{bar.low:g} to {bar.high:g} m"
    if bar.share < 0:
        raise SizeError(f"{bar.where}: the share {bar.share:g} is negative; allowed is 0 or more")
    if not (0 <= bar.low <= bar.high and SMALLEST_RADIUS_M <= bar.high <= LARGEST_RADIUS_M):
        raise SizeError(
            f"{bar.where}: {span} is no span of radii; they rise from 0 or more and end between "
            f"{SMALLEST_RADIUS_M:g} and {LARGEST_RADIUS_M:g} m; is it another unit?"
        )
    if bar.low < end or bar.high == end:
        raise SizeError(
            f"{bar.where}: {span} does not come after {end:g} m, where the one before ends; sort "
            "them, and let none overlap"
        )
    if weight == "volume" and bar.low == 0 < bar.share:
        raise SizeError(
            f"{bar.where}: a share of volume down to the radius 0 has infinite area; give the bar "
            "a lower edge above 0, such as the smallest radius that was measured"
        )


def _is_finite(given: object) -> bool:
    return isinstance(given, int | float) and math.isfinite(given)
