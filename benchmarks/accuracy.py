"""What a tolerance costs and what it buys: the first example's cycles by model and settings.

    python benchmarks/accuracy.py [--quick] --json FILE

Each row solves the ageing cycles of the first example. Rows on PyBaMM's mesh, 20 finite volumes
everywhere, are compared with the same model and mesh at tolerances of 1e-7 and 1e-9 with
all states in the error test; rows on other meshes with 40 points in each part of the cell and 60
in the particles, all at a tolerance of 1e-5. Errors are the largest over the cycles, relative;
those of the states at the end. Processor time per cycle leaves the first cycle out, in which
the models are built.
"""

from __future__ import annotations

import time
from typing import Any

from common import ROOT, Row, arguments, report

from twin.study.mesh import PARTS

STUDY = ROOT / "examples" / "01_lgm50_fade" / "study.yaml"
TIGHT = {"relative_tolerance": 1e-7, "absolute_tolerance": 1e-9, "error_test": "all"}
SETTINGS = tuple(
    {"relative_tolerance": rtol, "absolute_tolerance": rtol / 100, "error_test": test}
    for test in ("all", "differential")
    for rtol in (1e-4, 3e-5, 1e-5)
)
MESH = {"relative_tolerance": 1e-5, "absolute_tolerance": 1e-7, "error_test": "all"}
EXAMPLE, FINEST = (20, 20), (40, 60)
MESHES = ((5, 10), (5, 30), (10, 20), EXAMPLE, (20, 40))
STATES = ("lli_percent", "lam_negative_percent", "lithium_dead_Ah")


def solve(
    model: str, settings: dict[str, Any], cycles: int, points: tuple[int, int] = EXAMPLE
) -> Row:
    """Return capacity and energy of each discharge, the states at the end, and the effort."""
    from twin.ageing.condition import condition, reference
    from twin.ageing.engine import Engine
    from twin.ageing.measure import Place, step_row
    from twin.cell import build_cell
    from twin.study import Study, load_study

    plain = load_study(STUDY).model_dump(mode="json", exclude_none=True)
    plain["model"]["type"] = model
    plain["solver"] = settings
    plain["model"]["mesh"] = {part: points[part.startswith("r_")] for part in PARTS}
    study = Study.model_validate(plain)
    engine = Engine(build_cell(study), study.solver, study.protocol)
    steps = next(study.protocol.cycles()).steps
    state = engine.initial_state()
    start = reference(engine, state)
    found: Row = {"capacity": [], "energy": [], "steps": 0}
    for cycle in range(cycles + 1):
        if cycle == 1:
            began = time.process_time()
        for step in steps:
            result = engine.step(state, step)
            row = step_row(Place(1, 1, "ageing", "1"), 1, result, state)
            state = result.state
            found["steps"] += result.work.steps
            if row["discharge_capacity_Ah"] > 0:
                found["capacity"].append(row["discharge_capacity_Ah"])
                found["energy"].append(row["discharge_energy_Wh"])
    found["steps"] = round(found["steps"] / (cycles + 1))
    found["cpu"] = (time.process_time() - began) / cycles
    found["state"] = condition(engine, state, start)
    return found


def worst(found: list[float], exact: list[float]) -> float:
    """Return the largest relative error."""
    return max(abs(a / b - 1) for a, b in zip(found, exact, strict=True))


def compared(
    model: str, settings: dict[str, Any], points: tuple[int, int], found: Row, exact: Row
) -> Row:
    """Return one row of the table."""
    states = {
        name: f"{abs(found['state'][name] / exact['state'][name] - 1):.1e}" for name in STATES
    }
    return {
        "model": model,
        "points x, r": f"{points[0]}, {points[1]}",
        "error test": settings["error_test"],
        "relative tolerance": f"{settings['relative_tolerance']:g}",
        "processor time per cycle [s]": f"{found['cpu']:.3f}",
        "steps per cycle": found["steps"],
        "capacity": f"{worst(found['capacity'], exact['capacity']):.1e}",
        "energy": f"{worst(found['energy'], exact['energy']):.1e}",
        **states,
        "closure": f"{abs(found['state']['lithium_closure']):.0e}",
    }


def main() -> None:
    """Solve, compare and report."""
    options = arguments(__doc__.splitlines()[0])
    cycles = 1 if options.quick else 5
    rows: list[Row] = []
    figures: Row = {}
    for model in ("DFN", "SPMe", "SPM"):
        exact = solve(model, TIGHT, cycles)
        for settings in SETTINGS:
            found = solve(model, settings, cycles)
            rows.append(compared(model, settings, EXAMPLE, found, exact))
            key = f"{model}_{settings['error_test']}_{settings['relative_tolerance']:g}"
            figures[f"capacity_error_{key}"] = worst(found["capacity"], exact["capacity"])
            figures[f"cpu_s_per_cycle_{key}"] = found["cpu"]
    exact = solve("DFN", MESH, cycles, FINEST)
    for points in MESHES[-2:] if options.quick else MESHES:
        found = solve("DFN", MESH, cycles, points)
        rows.append(compared("DFN", MESH, points, found, exact))
        key = f"mesh_{points[0]}_{points[1]}"
        figures[f"capacity_error_{key}"] = worst(found["capacity"], exact["capacity"])
    report("Error against a converged solution, and what it costs", rows, figures, options.json)


if __name__ == "__main__":
    main()
