"""What a smooth open-circuit potential saves, and what it changes.

    python benchmarks/open_circuit_potentials.py [--quick] --json FILE

Each row solves the ageing cycles of the first example, every one of them, with the potentials as
published or smooth. Processor time is the median over the cycles but the first, in which the models
are built; capacity is that of the last discharge, and what is lost is that at its end.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from common import ROOT, Row, arguments, report

STUDY = ROOT / "examples" / "01_lgm50_fade" / "study.yaml"
CYCLES, QUICK_CYCLES = 20, 3
CASES = (
    ("SPM", "all"),
    ("SPMe", "all"),
    ("DFN", "all"),
    ("DFN", "differential"),
)


def solve(model: str, error_test: str, potentials: str, cycles: int) -> Row:
    """Return effort per cycle, and capacity and losses at the end."""
    from twin.ageing.condition import condition, reference
    from twin.ageing.engine import Engine
    from twin.ageing.measure import Place, step_row
    from twin.cell import build_cell
    from twin.study import Study, load_study

    plain: dict[str, Any] = load_study(STUDY).model_dump(mode="json", exclude_none=True)
    plain["model"]["type"] = model
    plain["cell"]["open_circuit_potentials"] = potentials
    plain["solver"] = {"error_test": error_test}
    study = Study.model_validate(plain)
    engine = Engine(build_cell(study), study.solver, study.protocol)
    steps = next(study.protocol.cycles()).steps
    state = engine.initial_state()
    start = reference(engine, state)
    found: Row = {"steps": 0, "newton": 0, "capacity": 0.0}
    spent = []
    for cycle in range(cycles + 1):
        began = time.process_time()
        for step in steps:
            result = engine.step(state, step)
            row = step_row(Place(1, 1, "ageing", "1"), 1, result, state)
            state = result.state
            if cycle > 0:
                found["steps"] += result.work.steps / cycles
                found["newton"] += result.work.newton_iterations / cycles
            if row["discharge_capacity_Ah"] > 0:
                found["capacity"] = row["discharge_capacity_Ah"]
        spent.append(time.process_time() - began)
    found["cpu"] = median(spent[1:])
    return found | condition(engine, state, start)


def compared(model: str, error_test: str, potentials: str, found: Row, before: Row) -> Row:
    """Return one row of the table, beside the one with published potentials."""
    return {
        "model": model,
        "error test": error_test,
        "potentials": potentials,
        "steps": round(found["steps"]),
        "Newton iterations": round(found["newton"]),
        "processor time [ms]": round(1e3 * found["cpu"]),
        "of published": round(found["cpu"] / before["cpu"], 2),
        "capacity [A.h]": round(found["capacity"], 5),
        "change [%]": round(100 * (found["capacity"] / before["capacity"] - 1), 4),
        "LLI [%]": round(found["lli_percent"], 4),
        "LAM negative [%]": round(found["lam_negative_percent"], 4),
        "LAM positive [%]": round(found["lam_positive_percent"], 4),
    }


def main() -> None:
    """Run every row and print the table."""
    given = arguments("What a smooth open-circuit potential saves, and what it changes.")
    cycles = QUICK_CYCLES if given.quick else CYCLES
    rows = []
    for model, error_test in CASES:
        before = solve(model, error_test, "published", cycles)
        after = solve(model, error_test, "smooth", cycles)
        rows.append(compared(model, error_test, "published", before, before))
        rows.append(compared(model, error_test, "smooth", after, before))
    title = f"Potentials of OKane2022 as published and smooth, {cycles} cycles of the first example"
    report(title, rows, {"cycles": cycles}, given.json)


if __name__ == "__main__":
    main()
