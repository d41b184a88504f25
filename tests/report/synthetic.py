"""A made-up results folder with every file of a run: plausible numbers, no simulation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CYCLES, EVERY = 100, 25
STATE = [
    "lli_percent",
    "lam_negative_percent",
    "lam_positive_percent",
    "capacity_negative_Ah",
    "capacity_positive_Ah",
    "lithium_particles_Ah",
    "lithium_electrolyte_Ah",
    "lithium_sei_Ah",
    "lithium_sei_on_cracks_Ah",
    "lithium_plated_Ah",
    "lithium_dead_Ah",
    "lithium_in_lost_material_Ah",
    "lithium_closure",
    "sei_thickness_nm",
    "crack_length_negative_nm",
    "crack_length_positive_nm",
    "porosity_negative_minimum",
]
STUDY = """\
name: {name}
cell:
  parameters: OKane2022
  initial: {{soc_percent: 100}}
protocol:
  temperature_degC: 25
  blocks:
    - repeat: 100
      cycle:
        - Discharge at 1C until 2.5 V
        - Charge at 0.3C until 4.2 V
        - Hold at 4.2 V until C/100
model:
  type: DFN
  thermal: {thermal}
solver:
  relative_tolerance: 1.0e-4
  absolute_tolerance: 1.0e-6
  error_test: differential
compare:
  parameter_sets: []
  measured: {measured}
"""


def write_results(
    folder: Path,
    *,
    name: str = "Fade of an LG M50 over 100 cycles",
    completed: int = CYCLES,
    checkups: int = 5,
    thermal: str = "isothermal",
    measured: list[dict[str, Any]] | None = None,
    variant: bool = False,
    fade: float = 1.0,
    manifest: dict[str, Any] | None = None,
) -> Path:
    """Write a results folder; ``fade`` scales every degradation."""
    folder.mkdir(parents=True, exist_ok=True)
    text = STUDY.format(name=json.dumps(name), thermal=thermal, measured=json.dumps(measured or []))
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    info = make_manifest(name, completed) | (manifest or {})
    (folder / "manifest.json").write_text(json.dumps(info), encoding="utf-8")
    cycles = make_cycles(completed, checkups, thermal, fade)
    cycles.to_parquet(folder / "cycles.parquet")
    make_checkups(cycles).to_parquet(folder / "checkups.parquet")
    make_timeseries(cycles, thermal).to_parquet(folder / "timeseries.parquet")
    make_steps(cycles).to_parquet(folder / "steps.parquet")
    if variant:
        other = {"parameter_set": {"name": "ORegan2022", "hash": "beef", "source": "doi"}}
        write_results(
            folder / "variants" / "ORegan2022",
            name=name,
            completed=completed,
            checkups=checkups,
            thermal=thermal,
            fade=1.7 * fade,
            manifest=other,
        )
    return folder


def states(n: np.ndarray, fade: float) -> dict[str, np.ndarray]:
    """State columns after n ageing cycles."""
    sei = fade * 0.0062 * np.sqrt(n)
    cracks = fade * 1.1e-4 * n
    plated, dead = fade * 0.006 * (1 - np.exp(-n / 20)), fade * 4e-5 * n
    lost = fade * 5e-5 * n
    total = sei + cracks + plated + dead + lost
    closure = 1e-6 * np.sin(n)
    values = {
        "lli_percent": 100 * total / 6.0,
        "lam_negative_percent": fade * 0.004 * n,
        "lam_positive_percent": fade * 0.007 * n,
        "capacity_negative_Ah": 5.83 * (1 - fade * 4e-5 * n),
        "capacity_positive_Ah": 8.69 * (1 - fade * 7e-5 * n),
        "lithium_particles_Ah": 5.7 - total,
        "lithium_electrolyte_Ah": 0.041 + 0 * n,
        "lithium_sei_Ah": sei,
        "lithium_sei_on_cracks_Ah": cracks,
        "lithium_plated_Ah": plated,
        "lithium_dead_Ah": dead,
        "lithium_in_lost_material_Ah": lost,
        "lithium_closure": closure,
        "sei_thickness_nm": 5 + fade * 3 * np.sqrt(n),
        "crack_length_negative_nm": 20 * np.exp(fade * 0.004 * n),
        "crack_length_positive_nm": 20 * np.exp(fade * 0.002 * n),
        "porosity_negative_minimum": 0.25 - 1e-5 * n,
    }
    assert set(values) == set(STATE)
    return values


def make_cycles(completed: int, checkups: int, thermal: str, fade: float) -> pd.DataFrame:
    due = list(range(0, completed + 1, EVERY))[:checkups]
    order = []
    for number in range(completed + 1):
        if number:
            order.append((number, "ageing"))
        if number in due:
            order.append((number, "checkup"))
    n = np.array([number for number, _ in order], dtype=float)
    ageing = np.array([kind == "ageing" for _, kind in order])
    state = states(n, fade)
    loss = sum(state[f"lithium_{key}_Ah"] for key in ("sei", "sei_on_cracks", "dead", "plated"))
    charge = np.where(ageing, 4.62, 4.90) - loss - 3e-4 * fade * n
    duration = np.where(ageing, 6.1, 14.0) * 3600
    end = np.cumsum(duration)
    rise = np.where(ageing, 9.0 + 0.01 * n, 1.5) if thermal == "lumped" else 0 * n
    stress = 52 + fade * 0.04 * n
    return pd.DataFrame(
        {
            "sequence": np.arange(1, len(order) + 1),
            "cycle": n.astype(int),
            "kind": [kind for _, kind in order],
            "frozen": False,
            "block": np.where(ageing, "1", "checkup"),
            "start_time_s": end - duration,
            "end_time_s": end,
            "discharge_capacity_Ah": charge,
            "charge_capacity_Ah": charge * (1.0008 + 2e-3 * np.exp(-n / 8)),
            "coulombic_efficiency": 1 / (1.0008 + 2e-3 * np.exp(-n / 8)),
            "discharge_energy_Wh": charge * 3.49,
            "charge_energy_Wh": charge * 3.83,
            "energy_efficiency": 3.49 / 3.83 - 1e-5 * n,
            "mean_discharge_voltage_V": 3.49,
            "mean_charge_voltage_V": 3.83,
            "throughput_Ah": np.cumsum(2 * charge),
            "equivalent_full_cycles": np.cumsum(2 * charge) / 10,
            "minimum_voltage_V": 2.5,
            "maximum_voltage_V": 4.2,
            "minimum_temperature_degC": 25.0,
            "maximum_temperature_degC": 25.0 + rise,
            "minimum_stress_negative_MPa": np.where(ageing, -stress, -stress / 5),
            "maximum_stress_negative_MPa": np.where(ageing, 0.8 * stress, stress / 8),
            "minimum_stress_positive_MPa": np.where(ageing, -1.6 * stress, -stress / 5),
            "maximum_stress_positive_MPa": np.where(ageing, 2.0 * stress, stress / 4),
            **state,
            "solver_steps": 410,
            "residual_evaluations": 1900,
            "wall_time_s": 0.7,
        }
    )


def make_checkups(cycles: pd.DataFrame) -> pd.DataFrame:
    rows = cycles[cycles["kind"] == "checkup"].reset_index(drop=True)
    table = rows[["sequence", "cycle", "frozen", "throughput_Ah", "equivalent_full_cycles", *STATE]]
    table = table.assign(time_s=rows["end_time_s"])
    if rows.empty:
        return table.assign(capacity_Ah=[], capacity_percent=[])
    capacity, n = rows["discharge_capacity_Ah"], rows["cycle"]
    total = capacity.iloc[0] - capacity
    parts = {
        "loss_sei_Ah": rows["lithium_sei_Ah"],
        "loss_sei_on_cracks_Ah": rows["lithium_sei_on_cracks_Ah"],
        "loss_plating_Ah": rows["lithium_plated_Ah"] + rows["lithium_dead_Ah"],
        "loss_lithium_in_lost_material_Ah": rows["lithium_in_lost_material_Ah"],
        "loss_lam_negative_Ah": 4e-5 * n,
        "loss_lam_positive_Ah": -8e-5 * n,
        "loss_electrolyte_Ah": 1e-6 * n,
    }
    parts = {key: part - part.iloc[0] for key, part in parts.items()}
    resistance = 28.4 + 0.011 * n
    return table.assign(
        capacity_Ah=capacity,
        capacity_percent=100 * capacity / capacity.iloc[0],
        resistance_mOhm=resistance,
        resistance_percent=100 * resistance / resistance.iloc[0],
        equilibrium_capacity_Ah=capacity + 0.07,
        **parts,
        loss_kinetic_Ah=total - sum(parts.values()),
        loss_total_Ah=total,
    )


def ocv(soc: np.ndarray) -> np.ndarray:
    return 3.35 + 0.85 * soc - 0.6 * np.exp(-soc / 0.03) + 0.05 * np.sin(6 * soc)


def make_timeseries(cycles: pd.DataFrame, thermal: str) -> pd.DataFrame:
    """First and last ageing cycle and the check-ups: discharge, charge, hold."""
    ageing = cycles[cycles["kind"] == "ageing"]
    wanted = {*ageing["sequence"].iloc[[0, -1]]} if len(ageing) else set()
    wanted |= set(cycles.loc[cycles["kind"] == "checkup", "sequence"])
    parts = [_one(row, thermal) for _, row in cycles.iterrows() if row["sequence"] in wanted]
    columns = ["sequence", "cycle", "kind", "step", "time_s", "voltage_V"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _one(row: pd.Series, thermal: str) -> pd.DataFrame:
    capacity, rate = row["discharge_capacity_Ah"], 5.0 if row["kind"] == "ageing" else 0.5
    parts, start, charge = [], row["start_time_s"], 0.0
    for step, current in ((1, rate), (2, -1.5)):
        duration = capacity / abs(current) * 3600
        local = np.linspace(0, duration, 120)
        moved = charge + current * local / 3600
        volts = ocv(1 - moved / capacity) - current * (0.03 + 1e-4 * row["cycle"])
        heat = 9 * (local / duration) * (current > 0) if thermal == "lumped" else 0 * local
        parts.append(
            pd.DataFrame(
                {
                    "sequence": row["sequence"],
                    "cycle": row["cycle"],
                    "kind": row["kind"],
                    "step": step,
                    "time_s": start + local,
                    "step_time_s": local,
                    "current_A": current,
                    "voltage_V": np.clip(volts, 2.5, 4.2),
                    "temperature_degC": 25 + heat,
                    "charge_passed_Ah": 10 + moved,
                    "stress_negative_MPa": 50 * np.sin(local / duration),
                    "stress_positive_MPa": -30 * np.sin(local / duration),
                }
            )
        )
        start, charge = start + duration, moved[-1]
    return pd.concat(parts)


def make_steps(cycles: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for _, row in cycles.iterrows():
        ageing = row["kind"] == "ageing"
        rows.append(
            {
                "sequence": row["sequence"],
                "cycle": row["cycle"],
                "kind": row["kind"],
                "step": 1,
                "text": "Discharge at 1C until 2.5 V"
                if ageing
                else "Discharge at C/10 until 2.5 V",
                "measure": "" if ageing else "capacity",
                "status": "done",
                "termination": "voltage < 2.5 V",
                "discharge_capacity_Ah": row["discharge_capacity_Ah"],
            }
        )
    return pd.DataFrame(rows)


def make_manifest(name: str, completed: int) -> dict[str, Any]:
    return {
        "format": 1,
        "name": name,
        "status": "complete",
        "stop_reason": None,
        "failure": None,
        "study_hash": "3f9ac0de" * 8,
        "parameter_set": {
            "name": "OKane2022",
            "hash": "deadbeef" * 8,
            "source": "PyBaMM 26.10",
            "overrides": {},
        },
        "versions": {"celltwin": "0.1.0", "pybamm": "26.10.1.1", "python": "3.12.1"},
        "machine": {
            "platform": "Linux x86_64",
            "processor": "EPYC",
            "cores": 2,
            "memory_GB": 23.1,
        },
        "started": "2026-11-21T08:00:00+00:00",
        "finished": "2026-11-21T08:01:26+00:00",
        "wall_time_s": 86.2,
        "resumed": 0,
        "solver_statistics": {
            "steps": 41230,
            "residual_evaluations": 190233,
            "jacobian_evaluations": 8123,
            "solves": 335,
        },
        "states": 1246,
        "warnings": [],
        "lithium_closure_maximum": 1.0e-6,
        "cell": {"nominal_capacity_Ah": 5.0, "lower_voltage_V": 2.5, "upper_voltage_V": 4.2},
        "planned_cycles": CYCLES,
        "completed_cycles": completed,
        "model": ["Doyle-Fuller-Newman model", "negative: SEI solvent-diffusion, cracks fatigue"],
        "protocol": ["100 times:", "  Discharge at 1C until 2.5 V", "  Charge at 0.3C until 4.2 V"],
        "parameters": [
            {"group": "SEI", "name": "SEI solvent diffusivity", "value": 2.5e-22, "unit": "m2.s-1"},
            {"group": "SEI", "name": "Initial SEI thickness", "value": 5e-9, "unit": "m"},
            {"group": "Cell", "name": "Nominal cell capacity", "value": 5.0, "unit": "A.h"},
        ],
        "citations": [
            "S. E. J. O'Kane et al., Lithium-ion battery degradation: how to model it, "
            "Phys. Chem. Chem. Phys. 24, 7909 (2022). doi:10.1039/D2CP00417H"
        ],
    }
