"""How exact particles are, what they cost, and whether every combination of them runs.

    python benchmarks/particles.py [--quick] --json FILE

Accuracy: error of the surface concentration, relative to its maximum, against the exact series
after a step of current on and a step off at 1C and at 3C, for a particle with R^2/D = 6812 s
and a window of 0.64 of its lithium (an NMC811 particle of an LG M50, doi:10.1149/1945-7111/ab9050).
A step lasts until the surface has used up the window. "surface" is the worst from
D t/R^2 = 1e-3 after each step, "early" the worst from 1e-6 to 1e-3, "order" the observed order
between half the points and these. Stress: error of radial and hoop stress in a sphere under
constant current, over the peak of its time, at every radius. Combinations: each shape with each
flux law in each model, isothermal and with heat: a 1C discharge and a C/3 charge.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import ROOT, Row, arguments, report

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")
sys.path.insert(0, str(ROOT))

SHAPES = ("slab", "cylinder", "sphere")
COORDINATES = ("cartesian", "cylindrical polar", "spherical polar")
WINDOW, DIFFUSION_TIME_S, HOUR_S = 0.64, 6812.0, 3600.0
POINTS = {"polynomials": (5, 6, 8, 10, 12), "finite volumes": (15, 30, 60, 120)}
SPECTRAL_VOLUMES = (5, 10, 20)  # of order 2: twice as many cells
STRESS_NODES = 24
TIGHT = {"rtol": 1e-10, "atol": 1e-13}
CONSTANTS = {
    "Negative particle radius [m]": 1.0,
    "Maximum concentration in negative electrode [mol.m-3]": 1.0,
    "Initial concentration in negative electrode [mol.m-3]": 0.1,
    "Negative particle diffusivity [m2.s-1]": 1.0,
    "Negative electrode partial molar volume [m3.mol-1]": 1.0,
    "Negative electrode Young's modulus [Pa]": 1.0,
    "Negative electrode Poisson's ratio": 0.3,
    "Negative electrode reference concentration for free of deformation [mol.m-3]": 0.0,
    "Ambient temperature [K]": 298.15,
    "Reference temperature [K]": 298.15,
    "Initial temperature [K]": 298.15,
    "Outside pressure on the cell [Pa]": 0.0,
}


def flux_of(c_rate: float, n: int) -> float:
    """Return the flux into a particle of unit radius and diffusivity at a C-rate."""
    return c_rate * WINDOW * DIFFUSION_TIME_S / HOUR_S / (n + 1)


# -- accuracy of the surface concentration ---------------------------------------------


def history(c_rate: float, n: int) -> tuple[list[tuple[float, float]], np.ndarray, np.ndarray]:
    """Return the steps of flux, times to compare at, and the time since the last step."""
    from scipy.optimize import brentq

    from tests.reference import diffusion as exact

    flux = flux_of(c_rate, n)
    full = WINDOW / (flux * (n + 1))

    def left(tau: float) -> float:
        return WINDOW - flux * float(exact.constant_flux_surface(n, tau))

    end = float(brentq(left, 1e-9, full)) if left(full) < 0 else full
    since = np.logspace(-6, np.log10(end), 60)
    steps = [(0.0, flux), (end, 0.0)]
    return steps, np.concatenate([since, end + since]), np.concatenate([since, since])


def surface_errors(n: int, run: Any) -> tuple[float, float]:
    """Return the worst error late and early after a step, over 1C and 3C."""
    from tests.reference import diffusion as exact

    late, early = [], []
    for c_rate in (1.0, 3.0):
        steps, times, since = history(c_rate, n)
        found = run(steps, times)
        error = np.abs(found - exact.piecewise_flux_surface(n, steps, times))
        # the end of the first step is the start of the second
        late.append(error[since >= 1e-3 * (1 - 1e-9)].max())
        early.append(error[since < 1e-3].max())
    return max(late), max(early)


def solve_steps(model: Any, values: Any, points: int, steps: Any, times: np.ndarray) -> Any:
    """Solve a model of one particle through steps of flux; return its solution."""
    import pybamm

    values = values.copy()
    values["Current density at the wall [A.m-2]"] = pybamm.InputParameter("j")
    simulation = pybamm.Simulation(
        model, parameter_values=values, var_pts={"r_n": points}, solver=pybamm.IDAKLUSolver(**TIGHT)
    )
    found, state = [], None
    ends = [start for start, _ in steps[1:]] + [times[-1]]
    for (start, flux), end in zip(steps, ends, strict=True):
        inside = times[(times > start) & (times <= end)]
        grid = np.unique(np.concatenate([[start], inside, [end]]))
        inputs = {"j": -flux * 96485.33212}
        state = simulation.step(
            end - start, t_eval=[0, end - start], t_interp=grid - start, inputs=inputs, save=True
        )
    found = state["Surface stoichiometry"](times)
    return np.asarray(found) - 0.1


def ours(shape: str, method: str, points: int) -> Any:
    """Return a runner for one of our two methods."""
    import pybamm

    from twin.models.description import Particle
    from twin.models.lone_particle import LoneParticle

    name: Any = "polynomials" if method == "polynomials" else "finite-volume"
    given: Any = shape
    particle = Particle(shape=given, discretisation=name)
    values = pybamm.ParameterValues(CONSTANTS | {"Current density at the wall [A.m-2]": 0.0})

    def run(steps: Any, times: np.ndarray) -> Any:
        return solve_steps(LoneParticle(particle, stress=False), values, points, steps, times)

    return run


def pybamms(n: int, method: str, points: int) -> Any:
    """Return a runner for PyBaMM's finite or spectral volumes."""
    import pybamm

    def model() -> Any:
        built = pybamm.BaseModel(f"PyBaMM's {method}")
        c = pybamm.Variable("c", domain="negative particle")
        r = pybamm.SpatialVariable("r_n", domain="negative particle", coord_sys=COORDINATES[n])
        flux = -pybamm.Parameter("Current density at the wall [A.m-2]") / 96485.33212
        built.rhs = {c: pybamm.div(pybamm.grad(c))}
        zero, inward = (pybamm.Scalar(0), "Neumann"), (flux, "Neumann")
        built.boundary_conditions = {c: {"left": zero, "right": inward}}
        built.initial_conditions = {c: pybamm.Scalar(0.1)}
        built.variables = {"Surface stoichiometry": pybamm.surf(c), "r": r, "c": c}
        return built, r

    def run(steps: Any, times: np.ndarray) -> Any:
        built, r = model()
        spectral = method == "PyBaMM's spectral volumes"
        mesh = pybamm.SpectralVolume1DSubMesh if spectral else pybamm.Uniform1DSubMesh
        way = pybamm.SpectralVolume() if spectral else pybamm.FiniteVolume()
        values = pybamm.ParameterValues({"Current density at the wall [A.m-2]": 0.0})
        built.__class__ = type(
            "Lone",
            (pybamm.BaseModel,),
            {
                "default_geometry": {"negative particle": {r: {"min": 0, "max": 1}}},
                "default_submesh_types": {"negative particle": mesh},
                "default_spatial_methods": {"negative particle": way},
                "default_var_pts": {r: points},
            },
        )
        return solve_steps(built, values, points, steps, times)

    return run


def accuracy(quick: bool) -> tuple[list[Row], float]:
    """Return the table and the worst surface error of polynomials with 8 unknowns."""
    rows: list[Row] = []
    worst = 0.0
    methods = {
        **POINTS,
        "PyBaMM's finite volumes": POINTS["finite volumes"],
        "PyBaMM's spectral volumes": SPECTRAL_VOLUMES,
    }
    for (n, shape), (method, numbers) in itertools.product(enumerate(SHAPES), methods.items()):
        before: float | None = None
        for points in numbers[: 3 if quick else None]:
            stock = method.startswith("PyBaMM")
            run = pybamms(n, method, points) if stock else ours(shape, method, points)
            unknowns = 2 * points if "spectral" in method else points
            late, early = surface_errors(n, run)
            doubled = before is not None and method != "polynomials"
            order = f"{np.log2(before / late):.2f}" if doubled and before else ""
            before = late
            if method == "polynomials" and points == 8:
                worst = max(worst, late)
            rows.append(
                {
                    "shape": shape,
                    "method": method,
                    "unknowns": unknowns,
                    "surface": f"{late:.1e}",
                    "early": f"{early:.1e}",
                    "order": order,
                }
            )
    return rows, worst


# -- stress ----------------------------------------------------------------------------


def stress_errors() -> tuple[list[Row], float]:
    """Return the error of the stress in a sphere at each time, over the peak of that time."""
    import pybamm

    from tests.reference import diffusion as exact
    from twin.models.description import Particle
    from twin.models.lone_particle import LoneParticle

    taus = np.array([1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 0.4])
    values = pybamm.ParameterValues(
        CONSTANTS | {"Current density at the wall [A.m-2]": -96485.33212}
    )
    model = LoneParticle(Particle(discretisation="polynomials"))
    solution = pybamm.Simulation(
        model,
        parameter_values=values,
        var_pts={"r_n": STRESS_NODES},
        solver=pybamm.IDAKLUSolver(**TIGHT),
    ).solve([0, taus[-1]], t_interp=np.concatenate([[0], taus]))
    r = solution["X-averaged negative particle radial stress [Pa]"].mesh.nodes
    rows, worst = [], 0.0
    for place, tau in enumerate(taus, start=1):
        local, mean = exact.constant_flux(2, tau, r), 3 * tau
        running = exact.constant_flux_running_mean(2, tau, r)
        # xi = 3 (1 - nu) sigma / (Omega E dc)
        radial, hoop = 2 * (mean - running), 2 * mean + running - 3 * local
        peak = max(np.abs(radial).max(), np.abs(hoop).max())
        error = 0.0
        for name, reference in (("radial", radial), ("hoop", hoop)):
            field = solution[f"X-averaged negative particle {name} stress [Pa]"].entries[:, place]
            error = max(error, np.abs(3 * 3 * 0.7 * field - reference).max() / peak)
        worst = max(worst, error)
        rows.append({"D t/R^2": f"{tau:g}", "nodes": STRESS_NODES, "stress": f"{error:.1e}"})
    return rows, worst


# -- combinations ----------------------------------------------------------------------

MESH = {"x_n": 8, "x_s": 5, "x_p": 8, "r_n": 8, "r_p": 8}
VALUES = {  # sources: docs/physics/particles.md
    "Positive electrode partial molar volume [m3.mol-1]": 1.26e-6,
    "Positive electrode Young's modulus [Pa]": 140e9,
}


def descriptions(quick: bool) -> list[Any]:
    """Return the particles to combine: shapes, cores and flux laws."""
    from twin.models.description import Particle
    from twin.models.transport import LAWS

    cores = ("solid",) if quick else ("solid", "hollow", "open-hollow")
    return [
        Particle(shape=shape, core=core, diffusion=law, discretisation="polynomials")  # type: ignore[arg-type]
        for shape, core, law in itertools.product(SHAPES, cores, LAWS)
    ]


def cell_values(particle: Any) -> Any:
    """Return a parameter set with what a particle needs; cavities have half the radius."""
    import pybamm

    from twin.models.extra_parameters import diffusion_activation_volume, inner_radius
    from twin.names import DOMAINS

    values, formulas = pybamm.ParameterValues("OKane2022"), pybamm.ParameterValues("Chen2020")
    values.update(VALUES)
    for domain in DOMAINS:  # the potentials of the same cell as formulas, not as tables
        name = f"{domain.capitalize()} electrode OCP [V]"
        values[name] = formulas[name]
    for domain in DOMAINS:
        radius = values[f"{domain.capitalize()} particle radius [m]"]
        added = {inner_radius(domain): radius / 2, diffusion_activation_volume(domain): 1e-6}
        values.update(added, check_already_exists=False)
    return values


def combine(name: str, thermal: Any, particle: Any) -> Row:
    """Return one row: a 1C discharge and a C/3 charge of one combination."""
    import pybamm

    from twin.models import lithium_ion
    from twin.models.description import Electrode

    row: Row = {
        "model": name,
        "thermal": thermal,
        "shape": particle.shape,
        "core": particle.core,
        "diffusion": particle.diffusion,
    }
    began = time.perf_counter()
    try:
        electrode = Electrode(particle=particle)
        model = getattr(lithium_ion, name)(electrode, electrode, thermal=thermal)
        cycle = ("Discharge at 1C until 2.5 V", "Charge at C/3 until 4.2 V")
        simulation = pybamm.Simulation(
            model,
            parameter_values=cell_values(particle),
            experiment=pybamm.Experiment([cycle]),
            var_pts=MESH,
            solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8),
        )
        solution = simulation.solve(initial_soc=1.0, calc_esoh=False)
        lithium = solution["Total lithium [mol]"].entries
        charge = solution["Discharge capacity [A.h]"].entries
        steps = solution.cycles[0].steps
        if len(steps) != 2 or any(step is None for step in steps):
            raise RuntimeError("the cycle was not finished")
    except Exception as error:  # a combination that fails is a row of the table
        return {**row, "states": "", "time [s]": "", "discharge [A.h]": "", "failed": str(error)}
    return {
        **row,
        "states": solution.y.shape[0] if solution.y is not None else 0,
        "time [s]": f"{time.perf_counter() - began:.2f}",
        "discharge [A.h]": f"{charge.max():.3f}",
        "lithium": f"{np.abs(lithium / lithium[0] - 1).max():.1e}",
        "failed": "",
    }


def combinations(quick: bool) -> list[Row]:
    """Return the table of combinations."""
    thermals = ("isothermal",) if quick else ("isothermal", "lumped")
    rows = []
    for particle in descriptions(quick):
        for name, thermal in itertools.product(("SPM", "SPMe", "DFN"), thermals):
            rows.append(combine(name, thermal, particle))
            print(*rows[-1].values(), flush=True)
    return rows


def main() -> None:
    """Make the three tables."""
    asked = arguments(__doc__ or "")
    table, surface = accuracy(asked.quick)
    stress, worst_stress = stress_errors()
    combined = combinations(asked.quick)
    failed = [row for row in combined if row["failed"]]
    figures = {
        "surface_error_8_unknowns": surface,
        "stress_table_error": worst_stress,
        "combinations_total": len(combined),
        "combinations_failed": len(failed),
        "worst_lithium_error": max(float(r["lithium"]) for r in combined if not r["failed"]),
    }
    path: Path | None = asked.json
    report("Error of the surface concentration against the exact series", table, figures, path)
    for name, title, rows in (
        ("stress", "Error of the stress in a sphere over the peak of its time", stress),
        ("combinations", "Every shape with every flux law in every model", combined),
    ):
        beside = path.with_name(f"{path.stem}_{name}.json") if path else None
        report(title, rows, figures, beside)


if __name__ == "__main__":
    main()
