"""What comes back of PyBaMM's parameter sets, and how well the sets that come along are sourced.

    python benchmarks/parameter_round_trip.py --json FILE

Each full lithium-ion cell that PyBaMM ships is written as our file and read back: the largest
relative difference of a number, or of a function at 60 places, and what was not carried. The same
file goes through PyBaMM's own reader of BPX; what differs there is what plain BPX says only nearly.
For the sets that come along: values, those with provenance, and the processor time of a check
without PyBaMM.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from common import ROOT, Row, arguments, report


def round_trip(name: str, folder: Path) -> Row:
    """Return what comes back of one of PyBaMM's sets."""
    import pybamm

    from twin.parameters.bridge.from_pybamm import from_pybamm
    from twin.parameters.bridge.to_pybamm import parameter_values
    from twin.parameters.bridge.value_differences import largest_difference
    from twin.parameters.parameter_set import read_set
    from twin.parameters.strict_files import write_json

    values = pybamm.ParameterValues(name)
    made = from_pybamm(values, name)
    file = folder / f"{name}.json"
    write_json(made.data, file)
    again = folder / f"{name} again.json"
    write_json(read_set(file).document.raw, again)
    worst, where = largest_difference(values, parameter_values(read_set(file)))
    return {
        "side": name,
        "values": len(values) - 1,
        "worst_error": worst,
        "in": where,
        "bpx_unchanged": file.read_bytes() == again.read_bytes(),
        "not_carried": len(made.not_carried),
        "bpx_alone_says_nearly": len(made.approximate),
        "plain_pybamm_differs_in": plain_pybamm(made.data, values),
    }


def plain_pybamm(data: Any, values: Any) -> int | str:
    """Return in how many values PyBaMM's own reader of BPX differs from the set.

    A text where it refuses a file for lack of what BPX does not ask for.
    """
    import pybamm

    from twin.parameters.bridge.value_differences import value_difference

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = pybamm.ParameterValues.create_from_bpx_obj(json.loads(json.dumps(data)))
        except KeyError as error:
            return f"asks for {error.args[0]}"
        except ValueError:
            return "refuses a partial file"
    names = [name for name in values.keys() if name != "citations"]  # noqa: SIM118
    return sum(
        name not in found or not value_difference(values, found, name) < 1e-12 for name in names
    )


def bundled(name: str) -> Row:
    """Return how well one of the sets that come along is sourced."""
    from twin.parameters.library.finding import BUNDLED
    from twin.parameters.parameter_set import read_set
    from twin.parameters.provenance import value_paths

    found = read_set(BUNDLED / name)
    paths = value_paths(found.document.raw)
    entries = [found.provenance.entry(path) for path in paths] if found.provenance else []
    methods = [entry.method for entry in entries if entry is not None]
    command = [sys.executable, "-X", "importtime", "-m", "twin", "params", "check", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    timed = [sys.executable, "-c", _TIMED, *command[3:]]
    took = subprocess.run(timed, capture_output=True, text=True, check=True, cwd=ROOT)
    return {
        "side": name,
        "values": len(paths),
        "with_provenance": len(methods),
        **{m: methods.count(m) for m in ("measured", "fitted", "borrowed", "assumed")},
        "specified_or_derived": methods.count("specified") + methods.count("derived"),
        "check_ok": done.returncode == 0,
        "check_cpu_s": round(float(took.stdout.split()[-1]), 2),
        "imports_pybamm": "| pybamm\n" in done.stderr or "pybamm.util" in done.stderr,
    }


_TIMED = """
import resource, subprocess, sys
subprocess.run([sys.executable, *sys.argv[1:]], capture_output=True, check=False)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""


def main() -> None:
    """Run both tables."""
    from twin.catalogue import CATALOGUE, SKIPPED
    from twin.parameters.library.finding import BUNDLED, sets_in

    options = arguments(__doc__.splitlines()[0])
    with tempfile.TemporaryDirectory() as folder:
        rows = [round_trip(name, Path(folder)) for name in CATALOGUE]
    sourced = [bundled(name) for name in sets_in(BUNDLED)]
    values = sum(row["values"] for row in sourced)
    figures = {
        "sets": len(rows),
        "bundled_sets": len(sourced),
        "values_with_provenance_fraction": sum(r["with_provenance"] for r in sourced) / values,
        "worst_round_trip_error": max(row["worst_error"] for row in rows),
        "not_carried": {row["side"]: row["not_carried"] for row in rows if row["not_carried"]},
        "not_full_cells": dict(SKIPPED),
        "slowest_check_cpu_s": max(row["check_cpu_s"] for row in sourced),
    }
    for row in rows:
        row["worst_error"] = f"{row['worst_error']:.1e}"
    assert math.isfinite(figures["worst_round_trip_error"])  # noqa: S101
    report("Round trip of PyBaMM's parameter sets", rows, figures, options.json)
    beside = options.json.with_name("parameter_sets.json") if options.json else None
    report("Parameter sets that come along", sourced, {"sets": len(sourced)}, beside)


if __name__ == "__main__":
    main()
