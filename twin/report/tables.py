"""Tables of the page: every cell a string, ready to be escaped and shown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from twin.report.canvas import has, values
from twin.report.figures import LOSSES, not_attributed
from twin.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

ABSENT, MINUS, TIMES = "\N{EN DASH}", "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Table:
    """A header with units, rows of text, and which columns are words, from 0."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[int, ...] = ()


def fixed(value: Any, digits: int) -> str:
    """Return a number with so many decimals.

    >>> fixed(4.8129, 2), fixed(float("nan"), 2), fixed(-0.0001, 2)
    ('4.81', '–', '0.00')
    """
    number = _float(value)
    if not math.isfinite(number):
        return ABSENT
    text = f"{number:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def general(value: Any, digits: int = 4) -> str:
    """Return a number with so many significant digits, powers of ten written out.

    >>> general(1.5e-14), general(5.0), general("Arrhenius")
    ('1.5×10⁻¹⁴', '5', 'Arrhenius')
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        return ABSENT if value is None else str(value)
    number = float(value)
    if not math.isfinite(number):
        return ABSENT
    if number == 0 or 1e-3 <= abs(number) < 1e5:
        shown = max(digits, 6 if abs(number) >= 1e4 else digits)
        return f"{number:.{shown}g}".replace("-", MINUS)
    mantissa, exponent = f"{number:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    power = str(int(exponent)).translate(_SUPERSCRIPT)
    return f"{mantissa}{TIMES}10{power}".replace("-", MINUS)


def duration(seconds: Any) -> str:
    """Return a duration in the unit that reads best.

    >>> duration(86.2), duration(7200), duration(864000)
    ('86 s', '2.0 h', '10.0 d')
    """
    number = _float(seconds)
    if not math.isfinite(number):
        return ABSENT
    if number < 600:
        return f"{number:.0f} s"
    if number < SECONDS_PER_HOUR:
        return f"{number / 60:.0f} min"
    if number < 2 * SECONDS_PER_DAY:
        return f"{number / SECONDS_PER_HOUR:.1f} h"
    return f"{number / SECONDS_PER_DAY:.1f} d"


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


_Column = tuple[str, str, int, float]
_CHECKUP: tuple[_Column, ...] = (
    ("Cycle", "cycle", 0, 1.0),
    ("Time [d]", "time_s", 1, 1 / SECONDS_PER_DAY),
    ("Throughput [A.h]", "throughput_Ah", 0, 1.0),
    ("Capacity [A.h]", "capacity_Ah", 4, 1.0),
    ("Capacity [% of first]", "capacity_percent", 2, 1.0),
    ("Resistance [mΩ]", "resistance_mOhm", 2, 1.0),
    ("Resistance [% of first]", "resistance_percent", 1, 1.0),
    ("LLI [%]", "lli_percent", 3, 1.0),
    ("LAM negative [%]", "lam_negative_percent", 3, 1.0),
    ("LAM positive [%]", "lam_positive_percent", 3, 1.0),
    ("SEI thickness [nm]", "sei_thickness_nm", 2, 1.0),
)


def checkup_table(checkups: pd.DataFrame) -> Table | None:
    """Return the key numbers at each check-up, without columns that hold nothing."""
    return _number_table(checkups, [each for each in _CHECKUP if has(checkups, each[1])])


def loss_table(checkups: pd.DataFrame) -> Table | None:
    """Return the attribution of the measured capacity loss in mA.h, with its sum."""
    if len(checkups) < 2 or not has(checkups, "loss_total_Ah"):
        return None
    parts = [(f"{name} [mA.h]", columns[0], 2, 1e3) for name, columns, _ in LOSSES]
    shown: list[_Column] = [("Cycle", "cycle", 0, 1.0)]
    shown += [each for each in parts if np.nanmax(np.abs([0, *values(checkups, each[1])])) > 0]
    rest = not_attributed(checkups)
    if rest is not None:
        checkups = checkups.assign(rest=rest)
        shown.append(("Not attributed [mA.h]", "rest", 2, 1e3))
    shown.append(("Measured loss [mA.h]", "loss_total_Ah", 2, 1e3))
    return _number_table(checkups, shown)


def _number_table(table: pd.DataFrame, columns: Sequence[_Column]) -> Table | None:
    """Return chosen columns with a number of decimals and a scale each."""
    if table.empty or not columns:
        return None
    cells = [
        [fixed(scale * x, digits) for x in values(table, key)] for _, key, digits, scale in columns
    ]
    return Table(tuple(name for name, *_ in columns), tuple(zip(*cells, strict=True)))


def parameter_table(parameters: Iterable[Mapping[str, Any]]) -> Table | None:
    """Return the parameters that matter, grouped as given, with how sure they are if known."""
    given = list(parameters)
    sure = any(each.get("how_sure") for each in given)
    rows = tuple(
        (
            str(each.get("group", "")),
            str(each.get("name", "")),
            general(each.get("value")),
            str(each.get("unit", "")),
            *([str(each.get("how_sure", ""))] if sure else []),
        )
        for each in given
    )
    header = ("Group", "Parameter", "Value", "Unit", *(["How sure"] if sure else []))
    return Table(header, rows, words=(0, 1, 3, 4)) if rows else None


def comparison_table(comparison: pd.DataFrame) -> Table | None:
    """Return the scores against measured curves, without what could not be compared."""
    rows = comparison[comparison["points"] > 0] if len(comparison) else comparison
    if rows.empty:
        return None
    header: tuple[str, ...] = ("Measured curve", "Parameter set", "Quantity", "Measured")
    header += ("Simulated", "RMSE", "Mean error", "Largest error", "Points")
    return Table(header, tuple(_score(row) for row in rows.to_dict("records")), words=(0, 1, 2))


def comparison_remarks(comparison: pd.DataFrame) -> list[str]:
    """Return what was not compared or needs a word, each remark once."""
    found: dict[str, None] = {}
    for row in comparison.to_dict("records"):
        if row.get("reason"):
            names = [row.get("label"), row.get("variant")]
            if row.get("quantity") != "all":
                names.append(row["quantity"])
            found[f"{', '.join(str(name) for name in names if name)}: {row['reason']}."] = None
    return list(found)


def _score(row: Mapping[Any, Any]) -> tuple[str, ...]:
    digits = {"mV": 1, "K": 2, "s": 0, "A.h": 3}.get(str(row.get("unit")), 3)
    points = _float(row.get("points"))
    return (
        *(str(row.get(key) or ABSENT) for key in ("label", "variant")),
        f"{row.get('quantity')} [{row.get('unit')}]",
        *(fixed(row.get(key), digits) for key in ("measured", "simulated", "rmse")),
        *(fixed(row.get(key), digits) for key in ("mean_error", "maximum_error")),
        fixed(points, 0) if points > 1 else ABSENT,
    )


def variant_table(
    runs: Mapping[str, tuple[Mapping[str, Any], pd.DataFrame, pd.DataFrame]],
) -> Table:
    """Return status and end of each run; a run is (manifest, cycles, check-ups)."""
    rows = []
    for name, (manifest, cycles, checkups) in runs.items():
        last = checkups.iloc[-1].to_dict() if len(checkups) else {}
        ageing = values(cycles[cycles["kind"] == "ageing"], "discharge_capacity_Ah")
        rows.append(
            (
                name,
                str(manifest.get("status", ABSENT)),
                f"{manifest.get('completed_cycles', ABSENT)}",
                fixed(ageing[-1] if ageing.size else None, 4),
                fixed(last.get("capacity_Ah"), 4),
                fixed(last.get("capacity_percent"), 2),
                duration(manifest.get("wall_time_s")),
            )
        )
    header: tuple[str, ...] = ("Parameter set", "Status", "Cycles", "Last discharge [A.h]")
    header += ("Last check-up [A.h]", "Last check-up [% of first]", "Wall time")
    return Table(header, tuple(rows), words=(0, 1))
