"""What a tolerance costs and what it buys: the first example's cycles by model and settings.

    python benchmarks/accuracy.py [--quick] --json FILE

Each row solves the ageing cycles of the first example and is compared with the same model at
tolerances of 1e-7 and 1e-9 with all states in the error test, on the same mesh. Errors are the
largest over the cycles, relative; those of the states at the end. Processor time per cycle
leaves the first cycle out, in which the models are built.
"""

from __future__ import annotations

import time
from typing import Any

from common import ROOT, Row, arguments, report

STUDY = ROOT / "examples" / "01_lgm50_fade" / "study.yaml"
TIGHT = {"relative_tolerance": 1e-7, "absolute_tolerance": 1e-9, "error_test": "all"}
SETTINGS = tuple(
    {"relative_tolerance": rtol, "absolute_tolerance": rtol / 100, "error_test": test}
    for test in ("all", "differential")
    for rtol in (1e-4, 3e-5, 1e-5)
)
STATES = ("lli_percent", "lam_negative_percent", "lithium_dead_Ah")


def solve(model: str, settings: dict[str, Any], cycles: int) -> Row:
    """Return capacity and energy of each discharge, the states at the end, and the effort."""
    from twin.ageing.condition import condition, reference
    from twin.ageing.engine import Engine
    from twin.ageing.measure import Place, step_row
    from twin.cell import build_cell
    from twin.study import Study, load_study

    plain = load_study(STUDY).model_dump(mode="json", exclude_none=True)
    plain["model"]["type"] = model
    plain["solver"] = settings
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
    found["cpu"] = (time.process_time() - began) / cycles
    found["state"] = condition(engine, state, start)
    return found


def worst(found: list[float], exact: list[float]) -> float:
    """Return the largest relative error."""
    return max(abs(a / b - 1) for a, b in zip(found, exact, strict=True))


def main() -> None:
    """Solve, compare and report."""
    options = arguments(__doc__.splitlines()[0])
    cycles = 2 if options.quick else 5
    rows, figures = [], {}
    for model in ("DFN", "SPMe", "SPM"):
        exact = solve(model, TIGHT, cycles)
        for settings in SETTINGS:
            found = solve(model, settings, cycles)
            capacity = worst(found["capacity"], exact["capacity"])
            name = f"{model} {settings['error_test']} {settings['relative_tolerance']:g}"
            figures[name] = {"capacity_error": capacity, "cpu_s_per_cycle": found["cpu"]}
            rows.append(
                {
                    "model": model,
                    "error test": settings["error_test"],
                    "relative tolerance": f"{settings['relative_tolerance']:g}",
                    "processor time per cycle [s]": f"{found['cpu']:.3f}",
                    "steps per cycle": round(found["steps"] / (cycles + 1)),
                    "capacity": f"{capacity:.1e}",
                    "energy": f"{worst(found['energy'], exact['energy']):.1e}",
                    **{
                        state: f"{abs(found['state'][state] / exact['state'][state] - 1):.1e}"
                        for state in STATES
                    },
                    "closure": f"{abs(found['state']['lithium_closure']):.0e}",
                }
            )
    report("Error against a converged solution, and what it costs", rows, figures, options.json)


if __name__ == "__main__":
    main()
