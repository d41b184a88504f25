"""The first example against a plain ``pybamm.Simulation`` of the same model and experiment.

    python benchmarks/against_pybamm.py [--quick] --json FILE

Both sides solve the same model (crack rate and lithium account mended on both), the same
parameter values, mesh, protocol with its check-ups, and tolerances, each in a process of its
own. Times are of the processor, from the built study to the results; importing is left out.
PyBaMM keeps the first and the last state of each step only, which is its quickest setting.

Figures: ``capacity_max_rel_diff``, largest relative difference of the discharge capacity of
any cycle or check-up; ``time_ratio``, our time over PyBaMM's; ``rss_growth_mb``, growth of
resident memory from cycle 50 to cycle 300 (``--quick``: 10 to 60).
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import ROOT, Row, arguments, in_own_process, report, resident_MB

STUDY = ROOT / "examples" / "01_lgm50_fade" / "study.yaml"
GRID = ("x_negative", "x_separator", "x_positive", "r_negative", "r_positive")


def study_of(cycles: int, error_test: str) -> Any:
    """Return the first example with another number of cycles, without its report."""
    from twin.study import Study, load_study

    plain = load_study(STUDY).model_dump(mode="json", exclude_none=True)
    plain["protocol"]["blocks"][0]["repeat"] = cycles
    plain["protocol"]["checkups"]["every_cycles"] = min(25, cycles)
    plain["model"]["mesh"] = dict.fromkeys(GRID, 20)
    plain["solver"] = {
        "error_test": error_test,
        "jump": "off",
        "relative_tolerance": 1e-4,
        "absolute_tolerance": 1e-6,
    }
    plain["outputs"]["report"] = False
    return Study.model_validate(plain)


def ours(cycles: int, error_test: str) -> Row:
    """Run the study with `twin.run`."""
    from twin.ageing import run, simulate

    memory: list[float] = []

    class Watching(simulate.Silent):
        def cycle(self, done: int, capacity_Ah: float, percent: float) -> None:
            memory.append(resident_MB())

    simulate.Silent = Watching
    study = study_of(cycles, error_test)
    began, wall = time.process_time(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        solution = run(study, Path(folder) / "out")
        took = time.process_time() - began, time.monotonic() - wall
        capacities = solution.cycles["discharge_capacity_Ah"].tolist()
    return {"cpu_s": took[0], "wall_s": took[1], "capacities": capacities, "memory_MB": memory}


def pybamms(cycles: int, error_test: str) -> Row:
    """Run the same with a plain simulation."""
    import pybamm

    from twin.ageing.engine import FIRST_STEP_S
    from twin.cell import build_cell

    study = study_of(cycles, error_test)
    began, wall = time.process_time(), time.monotonic()
    cell = build_cell(study)
    simulation = pybamm.Simulation(
        cell.model,
        parameter_values=cell.parameters.values,
        experiment=study.protocol.to_pybamm(),
        var_pts=cell.mesh_points,
        solver=pybamm.IDAKLUSolver(
            store_first_last=True,
            rtol=study.solver.relative_tolerance,
            atol=study.solver.absolute_tolerance,
            options={
                "suppress_algebraic_error": error_test == "differential",
                "dt_init": FIRST_STEP_S,
            },
        ),
    )
    solution = simulation.solve(calc_esoh=False)
    took = time.process_time() - began, time.monotonic() - wall
    capacities = []
    for cycle in solution.cycles:
        passed = [
            step["Discharge capacity [A.h]"].entries for step in cycle.steps if step.t.size > 1
        ]
        capacities.append(float(sum(max(q[-1] - q[0], 0.0) for q in passed)))
    return {
        "cpu_s": took[0],
        "wall_s": took[1],
        "capacities": capacities,
        "memory_MB": [resident_MB()],
    }


SIDES = {
    "celltwin, as the example": lambda n: ours(n, "differential"),
    "celltwin, all states in the error test": lambda n: ours(n, "all"),
    "PyBaMM, default": lambda n: pybamms(n, "all"),
    "PyBaMM, algebraic states left out of the error test": lambda n: pybamms(n, "differential"),
}


def difference(one: Row, other: Row) -> float:
    """Return the largest relative difference of capacity over all cycles."""
    pairs = list(zip(one["capacities"], other["capacities"], strict=True))
    return max(abs(a / b - 1) for a, b in pairs)


def main() -> None:
    """Run all sides and report."""
    options = arguments(__doc__.splitlines()[0])
    if options.side:
        sys.stdout.write(json.dumps(SIDES[options.side](options.cycles)) + "\n")
        return
    cycles, early, late = (20, 10, 60) if options.quick else (100, 50, 300)
    found = {side: in_own_process(__file__, side, cycles) for side in SIDES}
    example, same, default, _ = found.values()
    long = in_own_process(__file__, next(iter(SIDES)), late)["memory_MB"]
    rows = [
        {
            "side": side,
            "processor time [s]": f"{row['cpu_s']:.1f}",
            "wall time [s]": f"{row['wall_s']:.1f}",
            "time / PyBaMM default": f"{row['cpu_s'] / default['cpu_s']:.2f}",
            "largest capacity difference": f"{difference(row, default):.1e}",
            "memory at the end [MB]": f"{row['memory_MB'][-1]:.0f}",
        }
        for side, row in found.items()
    ]
    figures = {
        "capacity_max_rel_diff": difference(example, default),
        "capacity_max_rel_diff_same_settings": difference(same, default),
        "time_ratio": example["cpu_s"] / default["cpu_s"],
        "time_ratio_same_settings": same["cpu_s"] / default["cpu_s"],
        "rss_growth_mb": long[late - 1] - long[early - 1],
        "rss_growth_relative": long[late - 1] / long[early - 1] - 1,
        "cycles": cycles,
        "rss_cycles": [early, late],
    }
    title = f"Fade of an LG M50 over {cycles} cycles and its check-ups: celltwin and PyBaMM"
    report(title, rows, figures, options.json)


if __name__ == "__main__":
    main()
