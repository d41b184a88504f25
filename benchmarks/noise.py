"""What the integrator's settings cost, how far they are off, and how much they scatter.

    python benchmarks/noise.py [--quick] --json FILE

The ageing cycles of the first example with smooth potentials, each setting against tolerances of
1e-8 and 1e-10 with all states in the error test. Errors are those of the amount after the last
cycle, relative. Scatter is the standard deviation of the change per cycle about a line, after that
of the tight solution is subtracted, relative to the change: what an extrapolation over many cycles
would multiply. For the capacity it is relative to the capacity that a cycle loses.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from common import ROOT, Row, arguments, report
from numpy.typing import NDArray

STUDY = ROOT / "examples" / "01_lgm50_fade" / "study.yaml"
TIGHT = (1e-8, True, 0.33)
SETTINGS = (
    TIGHT,
    *((rtol, test, 0.33) for test in (False, True) for rtol in (1e-3, 1e-4, 3e-5, 1e-5, 1e-6)),
    (1e-4, False, 0.1),
    (1e-4, True, 0.1),
    (1e-5, False, 0.1),
)


def amounts(model: str, setting: tuple[float, bool, float], cycles: int) -> tuple[Row, NDArray]:
    """Return the effort, and after each cycle lithium in SEI, in particles, and capacity."""
    from twin import names
    from twin.ageing.engine import Engine
    from twin.ageing.kernel.attempts import Attempt
    from twin.cell import build_cell
    from twin.study import Study, load_study

    plain = load_study(STUDY).model_dump(mode="json", exclude_none=True)
    plain["model"]["type"] = model
    plain["cell"]["open_circuit_potentials"] = "smooth"
    study = Study.model_validate(plain)
    engine = Engine(build_cell(study), study.solver, study.protocol)
    rtol, complete, newton = setting
    settings = replace(
        engine._attempts[0].settings,
        relative=rtol,
        absolute=rtol / 100,
        all_states=complete,
        newton=newton,
    )
    engine._attempts = (Attempt("as asked", settings), *engine._attempts[1:])
    state, steps = engine.initial_state(), next(study.protocol.cycles()).steps
    found, spent, effort = [], [], np.zeros(3)
    for cycle in range(cycles + 1):
        began = time.process_time()
        results = []
        for step in steps:
            results.append(engine.step(state, step))
            state = results[-1].state
        spent.append(time.process_time() - began)
        if cycle:
            works = [result.work for result in results]
            effort += np.sum(
                [(w.steps, w.newton_iterations, w.factorisations) for w in works], axis=0
            )
        seen = engine.observe(state, (names.GAINED_SEI, names.LITHIUM_PARTICLES))
        passed = np.ptp(results[0].series[names.DISCHARGE_CAPACITY])
        found.append([*(float(np.mean(value)) for value in seen.values()), passed])
    counts = effort / cycles
    row = {"time per cycle [ms]": round(1e3 * float(np.median(spent[1:])), 1)}
    for name, count in zip(("steps", "Newton iterations", "factorisations"), counts, strict=True):
        row[name] = round(count)
    return row, np.array(found)


def compared(found: NDArray, tight: NDArray) -> Row:
    """Return errors after the last cycle, and scatter of the change per cycle."""
    changes, expected = (np.diff(values[1:], axis=0) for values in (found, tight))
    # the capacity itself is what a cycle gives: its scatter is not that of a change
    off = changes - expected
    off[:, 2] = (found - tight)[2:, 2]
    number = np.arange(len(off))
    smooth = np.array([np.polyval(np.polyfit(number, column, 1), number) for column in off.T]).T
    scatter = np.sqrt(np.sum((off - smooth) ** 2, axis=0) / max(1, len(off) - 2))
    scatter /= np.abs(expected.mean(axis=0))
    error = np.abs(found[-1] / tight[-1] - 1)
    names = ("SEI", "lithium in particles", "capacity")
    return {
        **{f"error of {name}": f"{value:.0e}" for name, value in zip(names, error, strict=True)},
        **{f"scatter of {n}": f"{value:.0e}" for n, value in zip(names, scatter, strict=True)},
    }


def main() -> None:
    """Run every setting and print the table."""
    options = arguments(__doc__ or "")
    cycles = 4 if options.quick else 14
    rows = []
    for model in ("SPM", "SPMe", "DFN"):
        tight = np.empty(0)
        for setting in SETTINGS[:3] if options.quick else SETTINGS:
            effort, found = amounts(model, setting, cycles)
            tight = found if setting == TIGHT else tight
            rtol, complete, newton = setting
            side = f"{model}, {rtol:g}, {'all' if complete else 'differential'}"
            side += "" if newton == TIGHT[2] else f", Newton {newton:g}"
            rows.append({"side": side, **effort, **compared(found, tight)})
    report("Settings of the integrator: cost, error and scatter", rows, {}, options.json)


if __name__ == "__main__":
    main()
