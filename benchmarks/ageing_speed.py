"""A thousand cycles in seconds: what jumps cost, what they miss, and what they say of it.

    python benchmarks/ageing_speed.py [--quick] --json FILE

Every side runs in a process of its own. Processor time is of that process from the study to the
results, imports left out; the functions of each cell have been made once before (`warm`), and the
first time is told beside it (`cold`). References simulate every cycle of the same model at a tenth
of the tolerance. PyBaMM's own DFN runs its cycles with the same mechanisms, on its 20-point grid,
as a user would (published potential, default solver) and tuned as well as we know how (smooth
potential, first and last states only, algebraic states left out of the error test, tolerance of
1e-4 or 1e-3, whichever is quicker); their time for 1,000 cycles is 1,000 times the mean of some,
which cost the same each.

Figures: ``speedup_default``, ``speedup_tuned`` and ``seconds_1000`` (study on the 20-point grid,
warm), ``capacity_error_max`` [% of the initial capacity] and ``mode_error_max`` [% of their own
size] over its check-ups, ``no_jump_speedup`` (per cycle, against PyBaMM's default),
``rss_slope_mb_per_1000_cycles``, ``estimate_coverage`` (share of check-ups whose error is below
the estimate), ``knee_error_cycles``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from common import ROOT, Row, arguments, report
from lives import studies
from lives.sides import MODES, SIDES

TIGHT = 1e-6
INITIAL_AH = 5.0


def run(side: str, spec: dict[str, Any], cache: Path | None = None) -> Row:
    """Run one side in a fresh process; return what it prints as its last line."""
    command = [sys.executable, __file__, "--side", json.dumps([side, spec])]
    environment = dict(os.environ) | ({"TWIN_CACHE": str(cache)} if cache else {})
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, env=environment
    )
    sys.stderr.write(f"{side} {spec}\n")
    found: Row = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def both(spec: dict[str, Any], rtol: float = TIGHT) -> tuple[Row, Row]:
    """Return a life with jumps, once its functions are there, and the full one."""
    run("life", {**spec, "blocks": None, "cycles": 1, "every": None} if "blocks" in spec else spec)
    jumped = run("life", spec)
    full = run("life", {**spec, "jump": "off", "rtol": rtol})
    return jumped, full


def errors(jumped: Row, full: Row) -> tuple[list[float], list[float]]:
    """Return errors of capacity [% of the initial] and of modes [% of their own size]."""
    ours, theirs = jumped["checkups"], full["checkups"]
    count = min(len(ours["cycle"]), len(theirs["cycle"]))
    capacity = [
        100 * abs(ours["capacity_Ah"][k] - theirs["capacity_Ah"][k]) / INITIAL_AH
        for k in range(count)
    ]
    modes = [
        100 * abs(ours[mode][k] / theirs[mode][k] - 1) for mode in MODES for k in range(1, count)
    ]
    return capacity, modes


def line(name: str, jumped: Row, full: Row | None) -> Row:
    """Return one row of the table."""
    row: Row = {
        "study": name,
        "states": jumped["states"],
        "cycles": jumped["last"],
        "simulated": jumped["simulated"],
        "processor time [s]": f"{jumped['cpu_s']:.1f}",
        "every cycle [s]": "-",
        "capacity error [%]": "-",
        "mode error [%]": "-",
        "estimated [%]": "-",
        "closure": f"{jumped['closure']:.0e}",
    }
    if full is not None and jumped["checkups"]:
        capacity, modes = errors(jumped, full)
        row |= {
            "every cycle [s]": f"{full['cpu_s']:.1f}",
            "capacity error [%]": f"{max(capacity):.4f}",
            "mode error [%]": f"{max(modes):.3f}",
            "estimated [%]": f"{jumped['checkups']['capacity_error_percent'][-1]:.4f}",
        }
    return row


def thousand(quick: bool) -> tuple[list[Row], Row]:
    """Compare the study on the 20-point grid with PyBaMM and with every cycle simulated."""
    spec: dict[str, Any] = {"cycles": 200 if quick else 1000, "every": 100 if quick else 250}
    spec |= {"grid": 20, "pores": True}
    with tempfile.TemporaryDirectory() as cache:
        cold = run("life", spec, Path(cache))
        warm = run("life", spec, Path(cache))
        run("life", {**spec, "compile": "on"}, Path(cache))
        compiled = run("life", {**spec, "compile": "on"}, Path(cache))
    some = 6 if quick else 30
    default = run("pybamm_default", {"cycles": some, "potentials": "published"})["cpu_s"]
    tuned = min(
        run("pybamm_tuned", {"cycles": some, "potentials": "smooth", "rtol": rtol})["cpu_s"]
        for rtol in (1e-4, 1e-3)
    )
    full = run("life", {**spec, "jump": "off", "rtol": TIGHT})
    capacity, modes = errors(warm, full)
    cycles = spec["cycles"]
    figures = {
        "seconds_1000": warm["cpu_s"],
        "seconds_1000_cold": cold["cpu_s"],
        "seconds_1000_compiled": compiled["cpu_s"],
        "speedup_default": cycles * default / warm["cpu_s"],
        "speedup_tuned": cycles * tuned / warm["cpu_s"],
        "speedup_default_cold": cycles * default / cold["cpu_s"],
        "speedup_tuned_cold": cycles * tuned / cold["cpu_s"],
        "pybamm_default_s_per_cycle": default,
        "pybamm_tuned_s_per_cycle": tuned,
        "capacity_error_max": max(capacity),
        "mode_error_max": max(modes),
        "cycles_of_the_study": cycles,
    }
    return [line("DFN, 20-point grid", warm, full)], figures


def protocols(quick: bool) -> list[Row]:
    """Run other protocols and models: not only constant current, and not only the DFN."""
    n = 60 if quick else 300
    cases: dict[str, dict[str, Any]] = {
        "SPM, 1000 cycles": {"model": "SPM", "cycles": 1000},
        "DFN, default mesh": {"cycles": n, "every": n // 3},
        "DFN, lumped thermal": {"cycles": n, "every": n // 3, "thermal": "lumped"},
        "DFN, driving, check-ups every 50": {"blocks": studies.driving(), "every": 50},
        "DFN, weeks of five cycles and rest": {
            "blocks": [{"repeat": 52, "blocks": studies.WEEK}],
            "every": 156,
        },
        "DFN, ten years of storage, seasons": {
            "blocks": [{"repeat": 10, "blocks": studies.MONTHS}],
            "every": 60,
        },
        "SPM, 7 sizes in both": {"model": "SPM", "sizes": 7, "cycles": n, "every": n // 3},
    }
    rows = [line(name, *both(spec)) for name, spec in cases.items()]
    sized: dict[str, Any] = {
        "sizes": 7,
        "cycles": 100 if quick else 1000,
        "every": 50 if quick else 200,
    }
    run("life", {"sizes": 7, "cycles": 1, "every": None})
    return [*rows, line("DFN, 7 sizes in both", run("life", sized), None)]


def knees(quick: bool) -> tuple[list[Row], float]:
    """Run cells that fall off: the cycle of 80 % with jumps and without."""
    cases: dict[str, dict[str, Any]] = {
        "knee: pores clog": {**studies.CLOGGING, "cycles": 300},
        "knee: pores clog and lithium plates": {**studies.PLATED, "cycles": 700},
        "knee: cracks cut material off": {**studies.CRACKED, "model": "SPM", "cycles": 1000},
    }
    rows, worst = [], 0.0
    for name, spec in list(cases.items())[: 1 if quick else 3]:
        jumped, full = both({**spec, "every": None, "stop": 80.0}, 1e-5)
        off = abs(jumped["last"] - full["last"])
        worst = max(worst, off)
        row = line(f"{name} ({jumped['status']} at {jumped['last']}, {full['last']})", jumped, None)
        rows.append({**row, "every cycle [s]": f"{full['cpu_s']:.1f}"})
    return rows, worst


def lengths(quick: bool) -> tuple[list[Row], float]:
    """Return cost against cycles, and memory."""
    lengths = (100, 300, 1000, 3000, 10000)[: 3 if quick else 5]
    lives = [run("life", {"cycles": n, "every": n, "model": "SPM"}) for n in lengths]
    rows = [line(f"SPM, {n} cycles", life, None) for n, life in zip(lengths, lives, strict=True)]
    # the growth within a life, of the longest less that of the one before: what is loaded on the
    # way is in both
    last, before = (life["memory_MB"][0] - life["memory_MB"][1] for life in (lives[-1], lives[-2]))
    return rows, 1000 * (last - before) / (lengths[-1] - lengths[-2])


def tolerances(quick: bool) -> list[Row]:
    """Return cost against accuracy."""
    spec: dict[str, Any] = {"cycles": 60 if quick else 300, "every": 20 if quick else 100}
    full = run("life", {**spec, "jump": "off", "rtol": TIGHT})
    values = (1.0, 0.3, 0.1, 0.03, 0.01)[: 2 if quick else 5]
    return [
        line(f"DFN, tolerance {value:g} %", run("life", {**spec, "tolerance": value}), full)
        for value in values
    ]


def varied(quick: bool) -> tuple[list[Row], float]:
    """Run twenty cells and protocols to see how often the reported error bounds the true one."""
    specs = []
    for k in range(4 if quick else 20):
        factors = {
            studies.SEI: (1, 10, 100, 30)[k % 4],
            studies.PLATING: (1, 100, 10)[k % 3],
            studies.LOSS: (1, 25, 5, 50, 10)[k % 5],
        }
        specs.append(
            {
                "model": ("SPM", "SPMe")[k % 2],
                "factors": factors,
                "pores": k % 3 == 0,
                "cycles": 150,
                "every": 30 + 10 * (k % 3),
                "grid": 10,
            }
        )
    full_specs = [{**spec, "jump": "off"} for spec in specs]
    with ThreadPoolExecutor(2) as pool:
        jumped = list(pool.map(lambda spec: run("life", spec), specs))
        full = list(pool.map(lambda spec: run("life", spec), full_specs))
    inside, number, rows = 0, 0, []
    for k, (ours, theirs) in enumerate(zip(jumped, full, strict=True)):
        capacity, _ = errors(ours, theirs)
        bounds = ours["checkups"]["capacity_error_percent"]
        pairs = list(zip(capacity, bounds, strict=False))[1:]
        inside += sum(error <= bound for error, bound in pairs)
        number += len(pairs)
        rows.append(line(f"varied {k + 1}", ours, theirs))
    return rows, inside / number


def without_jumps(quick: bool) -> Row:
    """Simulate each cycle: time, and error of capacity against a converged solution."""
    cycles = 5 if quick else 15
    ours = run("per_cycle", {"cycles": cycles, "grid": 20, "every": None, "pores": True})
    exact = run(
        "per_cycle", {"cycles": cycles, "grid": 20, "every": None, "pores": True, "rtol": 1e-7}
    )
    theirs = run("pybamm_default", {"cycles": cycles, "potentials": "published"})
    converged = run("pybamm_default", {"cycles": cycles, "potentials": "published", "rtol": 1e-6})

    def worst(found: Row, reference: Row) -> float:
        pairs = zip(found["capacity"][1:], reference["capacity"][1:], strict=True)
        return 100 * max(abs(a / b - 1) for a, b in pairs)

    return {
        "no_jump_speedup": theirs["cpu_s"] / ours["cpu_s"],
        "no_jump_s_per_cycle": ours["cpu_s"],
        "no_jump_capacity_error_percent": worst(ours, exact),
        "pybamm_capacity_error_percent": worst(theirs, converged),
    }


def main() -> None:
    """Run all and report."""
    options = arguments(__doc__.splitlines()[0])
    if options.side:
        side, spec = json.loads(options.side)
        sys.stdout.write(json.dumps(SIDES[side](spec)) + "\n")
        return
    quick = options.quick
    rows, figures = thousand(quick)
    figures |= without_jumps(quick)
    rows += protocols(quick)
    found, figures["knee_error_cycles"] = knees(quick)
    rows += found
    found, figures["rss_slope_mb_per_1000_cycles"] = lengths(quick)
    rows += found + tolerances(quick)
    found, figures["estimate_coverage"] = varied(quick)
    report("Lives with jumps over cycles", rows + found, figures, options.json)


if __name__ == "__main__":
    main()
