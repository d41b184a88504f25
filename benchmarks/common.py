"""Shared by the benchmarks: one command line, one way to print and keep a table."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from twin.ageing.manifest import machine, now

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("celltwin", "pybamm", "pybammsolvers", "casadi", "numpy")
MEGA = 1e6
Row = dict[str, Any]


def arguments(description: str) -> argparse.Namespace:
    """Return the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, help="where to write figures, machine and versions")
    parser.add_argument("--quick", action="store_true", help="minutes, not tens of minutes")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--cycles", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def in_own_process(script: str, side: str, cycles: int) -> Row:
    """Run one side in a fresh process and return what it prints as its last line."""
    command = [sys.executable, script, "--side", side, "--cycles", str(cycles)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    found: Row = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def resident_MB() -> float:
    """Return the memory that this process holds now [MB]."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGA


def report(title: str, rows: Sequence[Row], figures: Row, path: Path | None) -> None:
    """Print the table with machine and versions; keep it as JSON and Markdown."""
    versions = {name: version(name) for name in PACKAGES}
    where = {"machine": machine(), "versions": versions, "python": sys.version.split()[0]}
    table = Table(title=title)
    for column in rows[0]:
        table.add_column(column, justify="left" if column == "side" else "right")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console = Console()
    console.print(table)
    console.print({**figures, **where})
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {**figures, "title": title, "rows": list(rows), "date": now(), **where}
    path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(_markdown(kept), encoding="utf-8")


def _markdown(kept: Row) -> str:
    columns = list(kept["rows"][0])
    lines = [f"# {kept['title']}", "", f"| {' | '.join(columns)} |"]
    lines.append("|" + " --- |" * len(columns))
    lines += [f"| {' | '.join(str(row[c]) for c in columns)} |" for row in kept["rows"]]
    host = kept["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in kept["versions"].items())
    lines += [
        "",
        f"{kept['date'][:10]}, {host['processor']}, {host['cores']} cores, "
        f"{host['memory_GB']} GB, {host['platform']}; Python {kept['python']}, {versions}.",
        "",
    ]
    return "\n".join(lines)
