"""What runs in a process of its own: a life, or PyBaMM's own way to live it."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import Row, resident_MB

from lives.studies import CYCLE, GRID, plain_study

MODES = ("lli_percent", "lam_negative_percent", "lam_positive_percent")
KEPT = ("cycle", "capacity_Ah", "capacity_error_percent", *MODES)


def processor_s() -> float:
    """Return the processor time of this process and of those it has started [s]."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def life(spec: dict[str, Any]) -> Row:
    """Run a study and return its check-ups, its cycles and what it cost.

    Processor time is from the study to the results, compiling included, imports left out.
    """
    from twin.ageing import run, simulate
    from twin.study import Study

    memory: dict[int, float] = {}

    class Watching(simulate.Silent):
        def cycle(self, done: int, capacity_Ah: float, percent: float) -> None:
            memory[done] = resident_MB()

    simulate.Silent = Watching
    study = Study.model_validate(plain_study(spec))
    began, wall = processor_s(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        solution = run(study, Path(folder) / "out")
        cpu, took = processor_s() - began, time.monotonic() - wall
        cycles = solution.cycles[solution.cycles["kind"] != "checkup"]
        checkups = solution.checkups
        return {
            "cpu_s": cpu,
            "wall_s": took,
            "status": solution.status,
            "reason": solution.manifest["stop_reason"] or str(solution.failure or ""),
            "simulated": solution.manifest["simulated_cycles"],
            "last": int(cycles["cycle"].max()),
            "states": solution.manifest["states"],
            "closure": solution.manifest["lithium_closure_maximum"],
            "checkups": [] if checkups.empty else checkups[list(KEPT)].to_dict("list"),
            "end": {mode: float(cycles[mode].iloc[-1]) for mode in MODES},
            "capacity": cycles["discharge_capacity_Ah"].tolist(),
            "memory_MB": [memory[max(memory)], memory[min(memory)]],
        }


def per_cycle(spec: dict[str, Any]) -> Row:
    """Run some cycles without jumps; return processor time per cycle but for the first two.

    Both ends are of the same run: the rows of the table say what each cycle took.
    """
    from twin.ageing.engine import Engine
    from twin.cell import build_cell
    from twin.study import Study

    study = Study.model_validate(plain_study(spec))
    engine = Engine(build_cell(study), study.solver, study.protocol)
    state, capacities = engine.initial_state(), []
    for cycle in range(spec["cycles"]):
        if cycle == 2:
            began = time.process_time()
        for step in study.protocol.plan().cycle(1).steps:
            result = engine.step(state, step)
            state = result.state
            charge = result.series["Discharge capacity [A.h]"]
            capacities += [float(charge[-1] - charge[0])] if charge[-1] > charge[0] else []
    cpu = (time.process_time() - began) / (spec["cycles"] - 2)
    return {"cpu_s": cpu, "capacity": capacities}


def pybamm_default(spec: dict[str, Any]) -> Row:
    """Run PyBaMM's own DFN with the same mechanisms as a user would."""
    return _pybamm(spec, {})


def pybamm_tuned(spec: dict[str, Any]) -> Row:
    """Run it with the smooth potential, and the solver and the storage that cost least."""
    return _pybamm(spec, {"suppress_algebraic_error": True})


def _pybamm(spec: dict[str, Any], options: dict[str, Any]) -> Row:
    import pybamm

    from twin.smooth_potentials import smooth_potentials

    values = pybamm.ParameterValues("OKane2022")
    if spec.get("potentials") == "smooth":
        values, _ = smooth_potentials(values)
    model = pybamm.lithium_ion.DFN(
        {
            "SEI": "solvent-diffusion limited",
            "SEI porosity change": "true",
            "SEI on cracks": "true",
            "lithium plating": "partially reversible",
            "lithium plating porosity change": "true",
            "particle mechanics": ("swelling and cracking", "swelling only"),
            "stress-induced diffusion": "true",
            "loss of active material": "stress-driven",
        }
    )
    tuned = {"store_first_last": True} if options else {}
    solver = pybamm.IDAKLUSolver(
        rtol=spec.get("rtol") or 1e-4,
        atol=(spec.get("rtol") or 1e-4) / 100,
        options=options,
        **tuned,
    )
    marks: list[float] = []

    class Clock(pybamm.callbacks.Callback):
        def on_cycle_end(self, logs: Any) -> None:
            marks.append(time.process_time())

    simulation = pybamm.Simulation(
        model,
        parameter_values=values,
        experiment=pybamm.Experiment([tuple(CYCLE)] * spec["cycles"]),
        solver=solver,
        var_pts=dict(zip(("x_n", "x_s", "x_p", "r_n", "r_p"), [20] * len(GRID), strict=True)),
    )
    solution = simulation.solve(calc_esoh=False, initial_soc=1.0, callbacks=Clock())
    capacities = [
        float(charge[-1] - charge[0])
        for charge in (
            cycle.steps[0]["Discharge capacity [A.h]"].entries for cycle in solution.cycles
        )
    ]
    cpu = (marks[-1] - marks[1]) / (spec["cycles"] - 2)
    return {"cpu_s": cpu, "capacity": capacities}


SIDES: dict[str, Callable[[dict[str, Any]], Row]] = {
    "life": life,
    "per_cycle": per_cycle,
    "pybamm_default": pybamm_default,
    "pybamm_tuned": pybamm_tuned,
}
