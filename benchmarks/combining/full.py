"""Cells with every mechanism: what many sizes cost, and whether lithium adds up for long."""

from __future__ import annotations

import statistics
import time
from typing import Any

from benchmarks.combining import cells
from twin.models.description import Electrode
from twin.models.sizes import LogNormal

Row = dict[str, Any]
MECHANISMS: dict[str, Any] = {
    "sei": "solvent-diffusion",
    "sei_on_cracks": True,
    "cracks": "fatigue",
    "plating": "partially-reversible",
    "active_material_loss": "stress",
    "porosity_change": True,
}
LONG_CYCLES = 100
LONG_NODES = 4
# model, number of sizes in both electrodes (0 for one size), whether graphite and silicon
LONG = (
    ("SPM", 0, False),
    ("SPM", LONG_NODES, False),
    ("SPMe", LONG_NODES, False),
    ("DFN", 0, False),
    ("DFN", 0, True),
    ("DFN", LONG_NODES, False),
)
SIZES = 7


def full(model: str, sizes: int, composite: bool = False) -> cells.Described:
    """Return a cell with every mechanism, lognormal sizes of relative width 0.3, and heat."""
    law = LogNormal(sd=0.3, nodes=sizes) if sizes else None
    whole = {key: MECHANISMS[key] for key in MECHANISMS if key != "porosity_change"}
    second = Electrode(sizes=law, **whole) if composite else None
    negative = Electrode(sizes=law, **MECHANISMS, secondary=second)
    positive = Electrode(sizes=law, cracks="fatigue", active_material_loss="stress")
    return cells.Described(model, negative, positive, thermal="lumped")


def long_run(job: tuple[str, int, bool]) -> Row:
    """Return the error of the books of lithium over a hundred cycles, at the ends of steps."""
    model, sizes, composite = job
    row: Row = {
        "model": model,
        "sizes": sizes or 1,
        "composite": composite,
        "cycles": LONG_CYCLES,
        "failure": "",
    }
    began = time.process_time()
    try:
        solving = cells.simulation(
            full(model, sizes, composite), LONG_CYCLES, cells.MESH, store_first_last=True
        )
        row |= cells.measured(solving.solve(calc_esoh=False), LONG_CYCLES)
    except Exception as error:  # a run that fails is a row of the table
        row["failure"] = f"{type(error).__name__}: {error}"
    return {**row, "time_s": round(time.process_time() - began, 1)}


def cost(repeats: int) -> Row:
    """Return the time of three cycles of a DFN with seven sizes over that with one size.

    Both are built and solved once before; then each is solved `repeats` times in turn. The
    integrator's own time is what PyBaMM reports as solve time, wall time is all of ``solve``.
    """
    start = time.process_time()
    pair = {
        sizes: cells.simulation(full("DFN", sizes), cells.CYCLES, cells.MESH)
        for sizes in (0, SIZES)
    }
    states, failure = {}, ""
    for sizes, solving in pair.items():
        found = cells.measured(solving.solve(calc_esoh=False), cells.CYCLES)
        states[sizes], failure = found["states"], failure or found["failure"]
    integrator: dict[int, list[float]] = {sizes: [] for sizes in pair}
    wall: dict[int, list[float]] = {sizes: [] for sizes in pair}
    for _ in range(repeats):
        for sizes, solving in pair.items():
            began = time.perf_counter()
            solution = solving.solve(calc_esoh=False)
            wall[sizes].append(time.perf_counter() - began)
            integrator[sizes].append(float(solution.solve_time.value))
    one, many = (statistics.median(integrator[sizes]) for sizes in pair)
    walls = [statistics.median(wall[sizes]) for sizes in pair]
    return {
        "failure": failure,
        "ratio": many / one,
        "ratio_wall": walls[1] / walls[0],
        "solve_s": [round(one, 3), round(many, 3)],
        "wall_s": [round(seconds, 3) for seconds in walls],
        "states": list(states.values()),
        "repeats": repeats,
        "time_s": round(time.process_time() - start, 1),
        "mesh": {**cells.MESH, "r": cells.RADIAL["finite-volume"]},
    }
