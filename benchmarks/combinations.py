"""Every choice of a model with every other: whether it runs, and lithium adds up.

    python benchmarks/combinations.py [--quick] --json FILE

A designed sample (benchmarks/combining/design.py) of the choices of model, sizes, materials,
mechanics, films, plating, losses and heat has every sensible pair of levels, then every triple that
fits in. Each combination runs three cycles of an LG M50 (benchmarks/combining/cells.py). The
ledger error is the largest change of the lithium in particles, electrolyte, films, plated, dead
and lost material, all of them, over what there was at the start, at every saved time.
Combinations that make no sense have to be refused in one line. Results are kept as they come; the
same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from common import PACKAGES, ROOT

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(ROOT))

from benchmarks.combining import cells, full, tables
from benchmarks.combining.design import (
    FACTORS,
    Combination,
    coverage,
    designed,
    excluded_pairs,
    in_words,
)
from benchmarks.combining.kept import Kept, fingerprint
from benchmarks.combining.pool import Row, Work, in_processes
from twin.ageing.manifest import machine, now

SOURCES = [ROOT / folder for folder in ("models", "twin", "benchmarks/combining")]
ROWS, QUICK_ROWS = 420, 40
REPEATS, QUICK_REPEATS = 5, 1
TIMEOUT_S, LONG_TIMEOUT_S = 600.0, 3600.0
WHAT = (
    f"Three cycles ({', '.join(cells.STEPS)}) of an LG M50 with OKane2022, or Bonkile2024 where "
    "the negative electrode has two materials; films, plating and loss are those of the negative "
    f"electrode. Mesh: {', '.join(f'{k} {v}' for k, v in cells.MESH.items())}; "
    f"{cells.RADIAL['finite-volume']} finite volumes or {cells.RADIAL['polynomials']} polynomials "
    f"along the radius; {cells.NODES} sizes of a lognormal law of relative width 0.3. IDAKLU, rtol "
    f"{cells.SOLVER['rtol']:g}, atol {cells.SOLVER['atol']:g}, first steps of "
    f"{cells.FIRST_STEP_S:g} s. A combination fails if a step is missing, not finite or ends "
    "elsewhere than at its limit, or if a sink of lithium that was chosen gains nothing or one "
    "that was not gains something. Times are the processor's, with building, on a machine that "
    "may be shared."
)


def quiet(chosen: Combination) -> Row:
    """Run a combination without PyBaMM's reports of what becomes a row of the table."""
    import pybamm

    pybamm.set_logging_level("CRITICAL")
    return cells.run(chosen)


def all_rows(
    work: Work, jobs: Sequence[Any], kept: Kept, timeout_s: float, workers: int | None
) -> list[Row]:
    """Return the result of each job, from disk where it is there."""
    keys = [f"{work.__name__} {json.dumps(job, sort_keys=True)}" for job in jobs]
    missing = [place for place, key in enumerate(keys) if key not in kept.rows]
    began, failed = time.monotonic(), 0
    results = in_processes(work, [jobs[place] for place in missing], timeout_s, workers)
    for done, (number, row) in enumerate(results, start=1):
        kept.add(keys[missing[number]], row)
        failed += bool(row["failure"])
        left = (time.monotonic() - began) / done * (len(missing) - done) / 60
        text = row.get("combination", keys[missing[number]])
        print(
            f"{len(jobs) - len(missing) + done} of {len(jobs)}, {failed} failed, {left:.0f} min "
            f"left: {row.get('time_s', timeout_s):.1f} s, "
            f"{row.get('ledger_error', float('nan')):.0e}, {text} {row['failure']}",
            flush=True,
        )
    return [kept.rows[key] for key in keys]


def combined(design: list[Combination], rows: list[Row]) -> list[Row]:
    """Return the rows of the table, also where a process had nothing to say."""
    return [
        {
            "combination": in_words(chosen),
            "built": row.get("built", False),
            "solved": not row["failure"],
            "time_s": row.get("time_s", TIMEOUT_S),
            **{key: row[key] for key in ("ledger_error", "states", "gained") if key in row},
            "failure": row["failure"],
            **({"traceback": row["traceback"]} if "traceback" in row else {}),
        }
        for chosen, row in zip(design, rows, strict=True)
    ]


def figures(design: list[Combination], rows: list[Row], cost: Row, long: list[Row]) -> Row:
    """Return all that is kept."""
    refused = [cells.refusal(chosen) for chosen, _ in excluded_pairs()]
    errors = [row["ledger_error"] for row in long if "ledger_error" in row]
    host = machine()
    versions = {name: version(name) for name in PACKAGES}
    return {
        "total": len(rows),
        "failed": sum(not row["solved"] for row in rows),
        "above_limit": sum(row.get("ledger_error", 0.0) > cells.LIMIT for row in rows),
        "worst_ledger_error": tables.worst(rows),
        "cost_ratio_7_sizes": cost.get("ratio"),
        "worst_ledger_error_100_cycles": max(errors) if errors else None,
        "failed_100_cycles": sum(bool(row["failure"]) for row in long),
        "refused_total": len(refused),
        "refused_otherwise": sum(not row["refused"] for row in refused),
        "covered": {"pairs": coverage(design, 2), "triples": coverage(design, 3)},
        "cost": cost,
        "long": long,
        "refused": refused,
        "what": WHAT,
        "where": f"{now()[:10]}, {host['processor']}, {host['cores']} cores, "
        f"{host['memory_GB']} GB, {host['platform']}; Python {sys.version.split()[0]}, "
        + ", ".join(f"{name} {number}" for name, number in versions.items())
        + ".",
        "machine": host,
        "versions": versions,
        "date": now(),
        "rows": rows,
    }


def write(kept: Row, design: list[Combination], path: Path) -> None:
    """Write figures as JSON, the page as Markdown and all rows as CSV, side by side."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(tables.markdown(kept, design), encoding="utf-8")
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        columns = [*FACTORS, "built", "solved", "ledger_error", "time_s", "states", "failure"]
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**c, **row} for c, row in zip(design, kept["rows"], strict=True))


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, help="where to write; .md and .csv come beside it")
    parser.add_argument("--quick", action="store_true", help="three minutes, not twenty-five")
    parser.add_argument("--rows", type=int, help="number of combinations")
    parser.add_argument("--workers", type=int, help="number of processes, as many as cores")
    return parser.parse_args()


def main() -> int:
    """Run what is missing and write the tables."""
    asked = arguments()
    design = designed(asked.rows or (QUICK_ROWS if asked.quick else ROWS))
    folder = Path(tempfile.gettempdir())
    path = asked.json or folder / "combinations.json"
    of = fingerprint([version(name) for name in PACKAGES], SOURCES)
    kept = Kept(folder / f"{path.stem}.partial.jsonl", of)
    if kept.rows:
        print(f"going on after {len(kept.rows)} results in {kept.path}")
    rows = combined(design, all_rows(quiet, design, kept, TIMEOUT_S, asked.workers))
    long = [] if asked.quick else full.LONG
    hundred = all_rows(full.long_run, long, kept, LONG_TIMEOUT_S, asked.workers)
    repeats = QUICK_REPEATS if asked.quick else REPEATS
    (cost,) = all_rows(full.cost, [repeats], kept, LONG_TIMEOUT_S, 1)
    found = figures(design, rows, cost, hundred)
    write(found, design, path)
    kept.path.unlink()
    listed = {key: value for key, value in found.items() if isinstance(value, int | float)}
    print(json.dumps(listed, indent=1))
    for failure in tables.failures(rows):
        print(*failure.values(), sep=": ")
    wrong = found["failed"] + found["above_limit"] + found["refused_otherwise"]
    return int(bool(wrong or found["failed_100_cycles"] or cost["failure"]))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
