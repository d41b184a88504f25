"""How long it takes until a cell is simulated, the first time and the second.

    python benchmarks/start_up.py --json FILE

Each row is a process of its own that does what ``twin run`` does with the first example up to a
first second of rest. The first one finds an empty cache, the second one what the first has kept;
the third has its functions compiled, the fourth finds them compiled. ``import`` is PyBaMM and
celltwin, ``cell`` the parameters and the undiscretised model, ``functions`` all up to the state at
the start and what is read of it, ``step`` the integrator and the rest. Times are of the processor,
but for the last.
"""

from __future__ import annotations

import json
import os
import tempfile
import time

from common import ROOT, Row, arguments, in_own_process, report

STUDY = ROOT / "examples" / "01_lgm50_fade" / "study.yaml"
BEGAN = "TWIN_BENCHMARK_BEGAN"
SIDES = (
    ("first run", "kept"),
    ("second run", "kept"),
    ("compiling", "on"),
    ("compiled before", "kept"),
)


def start(compiled: str) -> Row:
    """Return the processor time of each part and the time that has passed by the clock [s]."""
    spent = [0.0]

    def lap() -> float:
        spent.append(time.process_time())
        return round(spent[-1] - spent[-2], 2)

    from twin.ageing.condition import reference
    from twin.ageing.engine import Engine
    from twin.ageing.kernel.fingerprint import source_hash
    from twin.cell import build_cell
    from twin.protocol import Step
    from twin.study import load_study

    if source_hash() is None:
        raise SystemExit("sources have just been changed, so nothing is kept; try again")
    row: Row = {"import [s]": lap()}
    study = load_study(STUDY)
    study = study.model_copy(
        update={"cell": study.cell.model_copy(update={"open_circuit_potentials": "smooth"})}
    )
    cell = build_cell(study)
    row["cell [s]"] = lap()
    engine = Engine(cell, study.solver, study.protocol)
    engine._workshop._compile = compiled
    state = engine.initial_state()
    reference(engine, state)
    row["functions [s]"] = lap()
    engine.step(state, Step.model_validate("Rest for 1 second"))
    row["step [s]"] = lap()
    row["all [s]"] = round(spent[-1], 2)
    row["compiler [s]"] = round(os.times().children_user, 2)
    row["by the clock [s]"] = round(time.time() - float(os.environ[BEGAN]), 2)
    return row


def main() -> None:
    """Run every side and print the table."""
    options = arguments(__doc__ or "")
    if options.side:
        print(json.dumps(start(options.side)))
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TWIN_CACHE"] = folder
        rows = []
        for name, how in SIDES:
            os.environ[BEGAN] = repr(time.time())
            rows.append({"side": name, **in_own_process(__file__, how, 0)})
    report("Time until a cell is simulated: DFN with all mechanisms", rows, {}, options.json)


if __name__ == "__main__":
    main()
