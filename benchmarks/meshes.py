"""What a mesh costs and how wrong it is: finite volumes and polynomials in x and in r.

    python benchmarks/meshes.py [--quick] --json FILE

Each row solves cycles of the first example, with every mechanism, on one mesh and compares them
with the same model on polynomials with 12, 8 and 12 points across negative electrode, separator
and positive electrode and 20 along the radii (8, 4, 8 and 12 where there are seven sizes), both at
a tolerance of 1e-6 with all states in the error test. Graphite has the smooth fit of its data, so
that the error of the mesh is seen and not that of a table. Discharges are at 1C, or at 2C where
the electrolyte of this cell nearly runs out; charges at 0.3C.

Voltage: the larger of discharge and charge in the last cycle, root of the mean square in time and
largest, up to the earlier end of the two. Capacity: the largest error over the discharges, but for
the first one, which begins at 30 %. LLI, LAM (the worse electrode), crack length (same) and dead
lithium: after the last cycle, relative to their own size. Processor time per cycle is that of a
second run with the tolerances of the example, without its first cycle.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from common import ROOT, Row, arguments, report

from twin.models.mesh_choice import TABLE
from twin.study.mesh import PARTS

STUDY = ROOT / "examples" / "01_lgm50_fade" / "study.yaml"
EXACT = {"relative_tolerance": 1e-6, "absolute_tolerance": 1e-8, "error_test": "all"}
FV, GRADED, POLYNOMIALS = "finite-volume", "graded-finite-volume", "polynomials"
SIZES = {"law": "lognormal", "sd": 0.4, "nodes": 7}
CYCLES, TIMED = 3, 4
MILLI = 1e3


@dataclass(frozen=True)
class Mesh:
    """Methods and points: across negative electrode, separator, positive electrode; in r."""

    across: str
    x: tuple[int, int, int]
    radial: str
    r: int

    @property
    def words(self) -> str:
        """Return the mesh as words."""
        short = {FV: "FV", GRADED: "graded FV", POLYNOMIALS: "poly"}
        x = ",".join(map(str, self.x))
        return f"{short[self.across]} {x}; {short[self.radial]} {self.r}"


@dataclass(frozen=True)
class Case:
    """What is solved."""

    model: str
    sizes: bool = False
    rate: int = 1

    @property
    def words(self) -> str:
        """Return the case as words."""
        return f"{self.model}{', 7 sizes' if self.sizes else ''}, {self.rate}C"


PYBAMM = Mesh(FV, (20, 20, 20), FV, 20)
FINEST = Mesh(POLYNOMIALS, (12, 8, 12), POLYNOMIALS, 20)
FINEST_OF_SIZES = Mesh(POLYNOMIALS, (8, 4, 8), POLYNOMIALS, 12)
CHOSEN = (
    *(Mesh(POLYNOMIALS, choice.x, POLYNOMIALS, choice.polynomials) for choice in TABLE),
    *(Mesh(POLYNOMIALS, choice.x, FV, choice.volumes) for choice in TABLE),
)
FINER = Mesh(POLYNOMIALS, (10, 6, 10), POLYNOMIALS, 14)
IN_X = (
    *(Mesh(FV, (n, n, n), POLYNOMIALS, 10) for n in (5, 10, 20, 40)),
    *(Mesh(GRADED, (n, n // 2, n), POLYNOMIALS, 10) for n in (6, 10, 20)),
    *(Mesh(POLYNOMIALS, (n, n // 2 + 1, n), POLYNOMIALS, 10) for n in (2, 3, 4, 5, 7)),
)
IN_R = (
    *(Mesh(POLYNOMIALS, (7, 4, 7), FV, n) for n in (10, 20, 40, 80)),
    *(Mesh(POLYNOMIALS, (7, 4, 7), POLYNOMIALS, n) for n in (4, 5, 6, 8)),
)
PLAN = (
    (Case("DFN"), (PYBAMM, *CHOSEN, FINER)),
    (Case("DFN", rate=2), (PYBAMM, *CHOSEN, FINER)),
    (Case("SPMe"), (PYBAMM, *CHOSEN)),
    (Case("SPMe", rate=2), (PYBAMM, *CHOSEN)),
    (Case("DFN", sizes=True), (PYBAMM, *CHOSEN[:3])),
    (Case("DFN"), (*IN_X, *IN_R)),
)
QUICK = ((Case("DFN"), (PYBAMM, CHOSEN[1])),)


def study_of(case: Case, mesh: Mesh, solver: dict[str, Any] | None) -> Any:
    """Return the study of a row."""
    from twin.study import Study, load_study

    plain = load_study(STUDY).model_dump(mode="json", exclude_none=True)
    plain["cell"]["open_circuit_potentials"] = "smooth"
    points = dict(zip(PARTS, (*mesh.x, mesh.r, mesh.r), strict=True))
    plain["model"] |= {"type": case.model, "mesh": {**points, "across": mesh.across}}
    for domain in ("negative", "positive"):
        plain["model"][domain]["particle"]["discretisation"] = mesh.radial
        if case.sizes:
            plain["model"][domain]["sizes"] = SIZES
    steps = plain["protocol"]["blocks"][0]["cycle"]
    steps[0] = f"Discharge at {case.rate}C until 2.5 V"
    if solver is not None:
        plain["solver"] = solver
    elif case.model != "DFN":
        plain["solver"]["error_test"] = "all"
    return Study.model_validate(plain)


def solve(case: Case, mesh: Mesh, cycles: int, solver: dict[str, Any] | None = EXACT) -> Row:
    """Return capacities, the curves of the last cycle, the state at the end and the effort."""
    from twin import names
    from twin.ageing.condition import condition, reference
    from twin.ageing.engine import Engine
    from twin.cell import build_cell

    study = study_of(case, mesh, solver)
    cell = build_cell(study)
    engine = Engine(cell, study.solver, study.protocol)
    steps = next(study.protocol.cycles()).steps
    state = engine.initial_state()
    start = reference(engine, state)
    found: Row = {"capacity": [], "curves": []}
    began = time.process_time()
    for cycle in range(cycles):
        if cycle == 1:
            began = time.process_time()
        found["curves"] = []
        for step in steps:
            result = engine.step(state, step)
            t = result.series["Time [s]"] - state.time_s
            found["curves"].append((t, result.series[names.VOLTAGE]))
            charge = result.series[names.DISCHARGE_CAPACITY]
            if charge[-1] > charge[0]:
                found["capacity"].append(charge[-1] - charge[0])
            state = result.state
    found["cpu"] = (time.process_time() - began) / max(cycles - 1, 1)
    found["state"] = condition(engine, state, start)
    found["states"] = engine.states
    return found


def voltage_errors(found: Row, exact: Row) -> tuple[float, float]:
    """Return the error of the voltage, mean square and largest [mV]."""
    squares, largest = [], []
    for (t, V), (t_exact, V_exact) in zip(found["curves"][:2], exact["curves"][:2], strict=True):
        grid = np.linspace(0.0, min(t[-1], t_exact[-1]), 4001)
        gap = np.interp(grid, t, V) - np.interp(grid, t_exact, V_exact)
        squares.append(float(np.sqrt(np.mean(gap**2))))
        largest.append(float(np.max(np.abs(gap))))
    return MILLI * max(squares), MILLI * max(largest)


def compared(case: Case, mesh: Mesh, found: Row, exact: Row) -> Row:
    """Return one row of the table."""
    rms, largest = voltage_errors(found, exact)
    pairs = zip(found["capacity"][1:], exact["capacity"][1:], strict=True)
    capacity = max(abs(a / b - 1) for a, b in pairs)

    def off(*columns: str) -> float:
        return 100 * max(abs(found["state"][c] / exact["state"][c] - 1) for c in columns)

    return {
        "case": case.words,
        "mesh x; r": mesh.words,
        "states": found["states"],
        "processor time per cycle [s]": round(found["cpu"], 3),
        "voltage RMS [mV]": round(rms, 2),
        "largest [mV]": round(largest, 1),
        "capacity [%]": float(f"{100 * capacity:.2g}"),
        "LLI [%]": float(f"{off('lli_percent'):.2g}"),
        "LAM [%]": float(f"{off('lam_negative_percent', 'lam_positive_percent'):.2g}"),
        "cracks [%]": float(f"{off('crack_length_negative_nm', 'crack_length_positive_nm'):.2g}"),
        "dead lithium [%]": float(f"{off('lithium_dead_Ah'):.2g}"),
        "closure": f"{abs(found['state']['lithium_closure']):.0e}",
    }


def main() -> None:
    """Solve, compare and report."""
    options = arguments(__doc__.splitlines()[0])
    rows: list[Row] = []
    for case, meshes in QUICK if options.quick else PLAN:
        finest = FINEST_OF_SIZES if case.sizes else FINEST
        cycles = 2 if case.sizes or options.quick else CYCLES
        exact = solve(case, finest, cycles)
        for mesh in dict.fromkeys(meshes):
            found = solve(case, mesh, cycles)
            found["cpu"] = solve(case, mesh, 2 if case.sizes else TIMED, None)["cpu"]
            rows.append(compared(case, mesh, found, exact))
        report("Error of a mesh, and what it costs", rows, {}, options.json)


if __name__ == "__main__":
    main()
