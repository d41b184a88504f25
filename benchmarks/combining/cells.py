"""One combination as a model: its parameters, three cycles, and whether its lithium adds up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pybamm

from benchmarks.combining.design import Combination, in_words
from twin import names
from twin.errors import ModelError
from twin.models import extra_parameters as extra
from twin.models import lithium_ion
from twin.models.description import GROWING_SEI, Electrode, Particle
from twin.models.sizes import LogNormal

Row = dict[str, Any]
LIMIT = 1e-10  # of the lithium at the start
NODES = 4
MESH = {"x_n": 6, "x_s": 4, "x_p": 6}
RADIAL = {"finite-volume": 8, "polynomials": 6}
# IDA's own first step after a change of control may be a nanosecond; the sparse solver then keeps
# for the rest of the step the pivots that suit that one, and loses up to seven digits of the books
FIRST_STEP_S = 1e-3
SOLVER: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-6, "options": {"dt_init": FIRST_STEP_S}}
STEPS = ("Discharge at 1C until 2.5 V", "Charge at C/2 until 4.2 V", "Hold at 4.2 V until C/20")
LONGEST_STEP_S = 24 * 3600  # PyBaMM's, of a step that no limit ends
CYCLES = 3

# Where the positive electrode of LGM50 cells is as soft and swells as little as it does:
# docs/physics/particles.md
CORRECTED = {
    "Positive electrode partial molar volume [m3.mol-1]": 1.26e-6,
    "Positive electrode Young's modulus [Pa]": 140e9,
}
# What laws need and OKane2022 and Bonkile2024 lack, for every material. Examples that make a
# law do something within three cycles, not measurements of this cell.
EXAMPLES = {
    # a half is the symmetric law (PyBaMM's Marquis2019); this is the other one
    "SEI growth transfer coefficient": 0.6,
    # as in tests/models/test_sei_laws.py: film within and beyond the reach of tunnelling
    "SEI lithium ion conductivity [S.m-1]": 1e-5,
    "Tunneling distance for electrons [m]": 2e-9,
    "Tunneling barrier factor [m-1]": 5e8,
    # 1 mm3 of material cut off per 10 mmol of electrons; the sets say zero
    "Negative electrode reaction-driven LAM factor [m3.mol-1]": 1e-4,
    # so low that cracks of 20 nm run through a particle; measured values are 0.1e6 and above
    extra.toughness("negative"): 2e4,
    extra.toughness("positive"): 2e4,
    # at most a tenth of what breaks is cut off; one, the default, leaves too little to cycle
    extra.crack_loss("negative"): 0.1,
    # a thousandth of the sets', with which a film grows micrometres a day, as
    # docs/physics/interfaces.md says
    "EC diffusivity [m2.s-1]": 2e-21,
    "SEI kinetic rate constant [m.s-1]": 1e-15,
    # that of OKane2022 for growth of the film
    extra.plating_activation("negative"): 38e3,
}
POSITIVE: dict[str, dict[str, Any]] = {
    "plain": {},
    "cracks and loss": {"cracks": "fatigue", "active_material_loss": "stress"},
    "SEI": {"sei": "solvent-diffusion"},
}
SINKS = {
    "SEI": names.GAINED_SEI,
    "SEI on cracks": names.GAINED_SEI_ON_CRACKS,
    "plated": names.GAINED_PLATED,
    "dead": names.GAINED_DEAD,
    "lost material": names.GAINED_LOST_MATERIAL,
}
BOOKS = (names.LITHIUM_PARTICLES, names.LITHIUM_ELECTROLYTE, *SINKS.values())


@dataclass(frozen=True)
class Described:
    """The description of a model, as its class takes it."""

    model: str
    negative: Electrode
    positive: Electrode
    thermal: Any = "isothermal"
    dry_out: bool = False

    def build(self) -> Any:
        """Return the model."""
        return getattr(lithium_ion, self.model)(
            self.negative, self.positive, thermal=self.thermal, dry_out=self.dry_out
        )


def described(chosen: Combination) -> Described:
    """Return the description of a combination; what ages is chosen for the negative electrode."""
    on = {factor: level == "on" for factor, level in chosen.items()}
    method: Any = chosen["discretisation"]
    shape: Any = chosen["shape"]
    diffusion: Any = chosen["diffusion"]
    particle = Particle(shape=shape, discretisation=method, diffusion=diffusion)
    sizes = {
        domain: LogNormal(sd=0.3, nodes=NODES) if chosen["sizes"] in (domain, "both") else None
        for domain in names.DOMAINS
    }
    whole = {"swelling": chosen["swelling"]}
    material: dict[str, Any] = {"particle": particle, "sizes": sizes["negative"]}
    ageing: dict[str, Any] = {
        "cracks": chosen["cracks"],
        "longer_path": on["longer path"],
        "sei": chosen["SEI"],
        "sei_on_cracks": on["SEI on cracks"],
        "plating": chosen["plating"],
        "activated_plating": on["activated plating"],
        "active_material_loss": chosen["loss"],
    }
    second = {
        "single": None,
        "composite": Electrode(**material, **ageing),
        "composite, plain silicon": Electrode(**material),
    }[chosen["material"]]
    positive: dict[str, Any] = {**whole, **POSITIVE[chosen["positive"]]}
    if "cracks" in positive and chosen["cracks"] != "none":
        positive["cracks"] = chosen["cracks"]
    pores: dict[str, Any] = {**whole, "porosity_change": on["porosity change"]}
    return Described(
        chosen["model"],
        Electrode(**material, **ageing, **pores, secondary=second),
        Electrode(particle=particle, sizes=sizes["positive"], **positive),
        chosen["thermal"],
        on["dry-out"],
    )


def values_for(given: Described) -> Any:
    """Return the parameters of an LGM50 cell, with a composite electrode if there is one."""
    values = pybamm.ParameterValues("OKane2022")
    if given.negative.secondary is not None:
        # beyond Bonkile2024: the film on its positive electrode, and the density of the whole
        # negative one, which heat needs, are those of OKane2022
        single, values = values, pybamm.ParameterValues("Bonkile2024")
        lacking = {name: value for name, value in single.items() if name not in values}
        values.update(lacking, check_already_exists=False)
    added: dict[str, Any] = dict(CORRECTED)
    asked = extra.cell_extras("none", given.dry_out)
    for domain in names.DOMAINS:
        asked += extra.electrode_extras(domain, getattr(given, domain))
    added |= {one.name: one.default for one in asked if one.default is not None}
    for name, value in EXAMPLES.items():
        added |= {f"{prefix}{name}": value for prefix in extra.PREFIXES}
    values.update(added, check_already_exists=False)
    return values


def simulation(given: Described, cycles: int, mesh: dict[str, int], **solver: Any) -> Any:
    """Return the cycles of a model, ready to be solved."""
    model = given.build()
    points = {**model.default_var_pts, **mesh}
    for name in points:
        if str(name).startswith("r_"):
            points[name] = RADIAL[given.negative.particle.discretisation]
    return pybamm.Simulation(
        model,
        parameter_values=values_for(given),
        experiment=pybamm.Experiment([STEPS] * cycles),
        var_pts=points,
        solver=pybamm.IDAKLUSolver(**SOLVER, **solver),
    )


def run(chosen: Combination) -> Row:
    """Return what comes of three cycles of a combination."""
    row: Row = {"combination": in_words(chosen), "built": False, "solved": False, "failure": ""}
    began = time.process_time()
    try:
        solving = simulation(described(chosen), CYCLES, MESH)
        row["built"] = True
        solution = solving.solve(calc_esoh=False)
        row |= measured(solution, CYCLES)
        row["failure"] = row["failure"] or idle(chosen, row)
    except Exception as error:  # a combination that fails is a row of the table
        row["failure"] = f"{type(error).__name__}: {error}"
        row["traceback"] = _where(error)
    row["solved"] = not row["failure"]
    row["time_s"] = round(time.process_time() - began, 2)
    return row


def measured(solution: Any, cycles: int) -> Row:
    """Return whether all steps are there and finite, and the error of the books of lithium."""
    failure = unfinished(solution, cycles)
    books = {name: solution[name].entries for name in BOOKS}
    total = sum(books.values())
    error = float(np.abs(total - total[0]).max() / total[0])
    if not failure and not np.isfinite(error):
        failure = "the books of lithium are not finite"
    return {
        "failure": failure,
        "ledger_error": error,
        "states": int(solution.cycles[0].steps[0].y.shape[0]),
        "gained": {sink: float(books[name][-1]) for sink, name in SINKS.items()},
        "lithium_mol": float(total[0]),
    }


def unfinished(solution: Any, cycles: int) -> str:
    """Return what is missing of the cycles, or nothing."""
    if len(solution.cycles) != cycles:
        return f"cycle {len(solution.cycles)} of {cycles} was the last"
    for cycle, step, text in (
        (cycle, step, text)
        for cycle, found in enumerate(solution.cycles, start=1)
        for step, text in zip([*found.steps, *[None] * len(STEPS)], STEPS, strict=False)
    ):
        at = f"cycle {cycle}, '{text}'"
        if step is None or isinstance(step, pybamm.EmptySolution):
            return f"{at} is missing"
        if step.t[-1] - step.t[0] >= LONGEST_STEP_S:
            return f"{at} did not reach its limit"
        if not all(np.isfinite(part).all() for part in step.all_ys):
            return f"{at} is not finite"
        volts = float(step[names.VOLTAGE].entries[-1])
        if abs(volts - (2.5 if "2.5 V" in text else 4.2)) > 1e-3:
            return f"{at} ended at {volts:.4f} V"
    return ""


def idle(chosen: Combination, row: Row) -> str:
    """Return which sink should have gained lithium and did not, or the other way round."""
    grows = chosen["SEI"] in GROWING_SEI or chosen["positive"] == "SEI"
    plates = chosen["plating"]
    loses = chosen["loss"] != "none"
    expected = {
        "SEI": grows,
        "SEI on cracks": chosen["SEI on cracks"] == "on",
        "plated": plates in ("reversible", "partially-reversible"),
        # what is cut off with lost material is dead too
        "dead": plates in ("irreversible", "partially-reversible") or (plates != "none" and loses),
        "lost material": loses or chosen["positive"] == "cracks and loss",
    }
    for sink, gains in expected.items():
        if gains != (row["gained"][sink] != 0):
            return f"{sink} gained {row['gained'][sink]:g} mol"
    return ""


def refusal(chosen: Combination) -> Row:
    """Return how a combination that makes no sense is refused."""
    row: Row = {"combination": in_words(chosen), "message": "", "refused": False}
    try:
        described(chosen).build()
    except ModelError as error:
        row["message"] = str(error)
        row["refused"] = len(str(error).splitlines()) == 1 and not _inside_pybamm(error)
    except Exception as error:  # the wrong kind of refusal is a row of the table
        row["message"] = f"{type(error).__name__}: {error}"
    else:
        row["message"] = "it was built"
    return row


def _frames(error: BaseException) -> list[str]:
    found, trace = [], error.__traceback__
    while trace is not None:
        found.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found


def _inside_pybamm(error: BaseException) -> bool:
    return any("/pybamm/" in frame for frame in _frames(error))


def _where(error: BaseException) -> list[str]:
    return _frames(error)[-8:]
