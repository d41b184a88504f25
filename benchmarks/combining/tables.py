"""What came of the combinations, as figures and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.combining.cells import LIMIT
from benchmarks.combining.design import FACTORS, Combination

Row = dict[str, Any]
SHOWN = 10


def worst(rows: Sequence[Row]) -> float:
    """Return the largest error of the books among those that have one."""
    return max((row["ledger_error"] for row in rows if "ledger_error" in row), default=0.0)


def by_level(design: Sequence[Combination], rows: Sequence[Row]) -> list[Row]:
    """Return a row for each level of each factor."""
    found = []
    for factor, levels in FACTORS.items():
        for level in levels:
            those = [r for c, r in zip(design, rows, strict=True) if c[factor] == level]
            times = sorted(row["time_s"] for row in those if row["solved"])
            found.append(
                {
                    "factor": factor,
                    "level": level,
                    "combinations": len(those),
                    "failed": sum(not row["solved"] for row in those),
                    "largest ledger error": f"{worst(those):.1e}",
                    "median time [s]": f"{times[len(times) // 2]:.1f}" if times else "",
                }
            )
    return found


def failures(rows: Sequence[Row]) -> list[Row]:
    """Return the combinations that failed, and those whose books do not close."""
    found = []
    for row in rows:
        error = row.get("ledger_error", 0.0)
        reason = row["failure"] or (f"ledger error {error:.1e}" if error > LIMIT else "")
        if reason:
            first = " ".join(reason.split())
            found.append({"combination": row["combination"], "reason": first})
    return found


def largest(rows: Sequence[Row], key: str, form: str) -> list[Row]:
    """Return the rows where a number is largest."""
    ranked = sorted((row for row in rows if row["solved"]), key=lambda row: -row[key])
    return [{"combination": r["combination"], key: format(r[key], form)} for r in ranked[:SHOWN]]


def markdown(kept: Row, design: Sequence[Combination]) -> str:
    """Return the page of the results."""
    rows, cost, long = kept["rows"], kept["cost"], kept["long"]
    covered = {n: "{} of {}".format(*kept["covered"][n]) for n in ("pairs", "triples")}
    wrong = [row for row in kept["refused"] if not row["refused"]]
    lines = [
        "# Every choice of a model with every other",
        "",
        kept["what"],
        "",
        f"- {kept['total']} combinations, with {covered['pairs']} pairs of levels and "
        f"{covered['triples']} triples: {kept['failed']} failed, "
        f"{kept['above_limit']} above {LIMIT:g}, the largest ledger error is "
        f"{kept['worst_ledger_error']:.1e}.",
        f"- {len(kept['refused'])} pairs of levels exclude each other; "
        f"{len(kept['refused']) - len(wrong)} are refused in one line before PyBaMM.",
        f"- A DFN with every mechanism and seven sizes in both electrodes takes "
        f"{kept['cost_ratio_7_sizes']:.2f} times as long as with one size "
        f"({cost['solve_s'][1]:.1f} s and {cost['solve_s'][0]:.1f} s for three cycles, "
        f"{cost['states'][1]} and {cost['states'][0]} states, medians of {cost['repeats']} in "
        f"turn)."
        if cost and not cost["failure"]
        else f"- Cost of seven sizes: {cost.get('failure', 'not run')}.",
        "",
        *_section("Failures", failures(rows)),
        *_section("Refused otherwise", [{k: row[k] for k in _REFUSED} for row in wrong]),
        *_section("A hundred cycles with every mechanism", [_long(row) for row in long]),
        *_section("By level", by_level(design, rows)),
        *_section("Largest ledger errors", largest(rows, "ledger_error", ".1e")),
        *_section("Longest", largest(rows, "time_s", ".1f")),
        *_section("Refused", [{k: row[k] for k in _REFUSED} for row in kept["refused"]]),
        kept["where"],
        "",
    ]
    return "\n".join(lines)


_REFUSED = ("combination", "message")


def _long(row: Row) -> Row:
    return {
        "model": row["model"],
        "sizes in both electrodes": row["sizes"],
        "negative electrode": "graphite and silicon" if row["composite"] else "graphite",
        "cycles": row["cycles"],
        "ledger error": f"{row['ledger_error']:.1e}" if "ledger_error" in row else "",
        "time [s]": row["time_s"],
        "failed": row["failure"],
    }


def _section(title: str, rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    lines = [f"## {title}", f"| {' | '.join(rows[0])} |", "|" + " --- |" * len(rows[0])]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    return [*lines, ""]
