"""The studies: the first example's cell under many protocols and with many mechanisms."""

from __future__ import annotations

import math
from typing import Any

from common import ROOT

EXAMPLE = ROOT / "examples" / "01_lgm50_fade" / "study.yaml"
GRID = ("x_negative", "x_separator", "x_positive", "r_negative", "r_positive")
SEI = "SEI solvent diffusivity [m2.s-1]"
PLATING = "Lithium plating kinetic rate constant [m.s-1]"
LOSS = "Negative electrode LAM constant proportional term [s-1]"
CRACKING = "Negative electrode cracking rate"
CYCLE = ["Discharge at 1C until 2.5 V", "Charge at 0.3C until 4.2 V", "Hold at 4.2 V until C/100"]
# of the published set, for factors
PUBLISHED = {SEI: 2.5e-22, PLATING: 1e-9, LOSS: 2.7778e-07}
CLOGGING = {"factors": {SEI: 100}, "pores": True}
PLATED = {"factors": {SEI: 30, PLATING: 10, LOSS: 3}, "pores": True}
CRACKED = {"factors": {SEI: 4, PLATING: 100, LOSS: 60}}


def driving() -> list[Any]:
    """Return blocks of cycles that drive: twenty minutes with recuperation, a rest and a charge."""
    points = range(61)
    profile = {
        "time_s": [20.0 * k for k in points],
        "current_A": [
            round(4.0 + 3 * math.sin(0.9 * k) + 2 * math.cos(2.3 * k), 3) for k in points
        ],
    }
    drive = {"mode": "profile", "profile": profile, "duration_s": 1200.0}
    return [{"repeat": 150, "cycle": [drive, "Rest for 10 minutes", *CYCLE[1:]]}]


DEFAULTS: dict[str, Any] = {
    "cycles": 1000,
    "every": 200,
    "model": "DFN",
    "grid": None,
    "jump": "auto",
    "rtol": None,
    "tolerance": 0.1,
    "potentials": "smooth",
    "factors": {},
    "pores": False,
    "thermal": "isothermal",
    "sizes": 0,
    "blocks": None,
    "stop": None,
    "compile": "auto",
}


def plain_study(given: dict[str, Any]) -> dict[str, Any]:
    """Return a study as plain data.

    Parameters
    ----------
    given : what differs from `DEFAULTS`: cycles and check-ups, model and points of its grid (the
        default mesh if none), jumps, tolerances, potentials, factors of published values, whether
        films fill the pores, heat, number of sizes in both electrodes, blocks in place of cycles,
        capacity at which to stop [%]
    """
    from twin.study import load_study

    spec = {**DEFAULTS, **given}
    plain = load_study(EXAMPLE).model_dump(mode="json", exclude_none=True)
    plain["cell"]["open_circuit_potentials"] = spec["potentials"]
    plain["cell"]["initial"] = {"soc_percent": 100}
    for name, factor in spec["factors"].items():
        plain["cell"]["values"][name] = factor * PUBLISHED[name]
    _protocol(plain["protocol"], spec)
    _model(plain["model"], spec)
    plain["solver"] = {
        "jump": spec["jump"],
        "capacity_tolerance_percent": spec["tolerance"],
        "compile": spec["compile"],
    }
    if spec["rtol"]:
        plain["solver"] |= {
            "relative_tolerance": spec["rtol"],
            "absolute_tolerance": spec["rtol"] / 100,
        }
    plain["outputs"] = {"report": False}
    return plain


def _protocol(protocol: dict[str, Any], spec: dict[str, Any]) -> None:
    protocol["blocks"] = spec["blocks"] or [{"repeat": spec["cycles"], "cycle": CYCLE}]
    if spec["every"] is None:
        protocol.pop("checkups")
    else:
        protocol["checkups"]["every_cycles"] = spec["every"]
    if spec["stop"]:
        protocol["stop"] = {"capacity_below_percent": spec["stop"]}


def _model(model: dict[str, Any], spec: dict[str, Any]) -> None:
    model |= {"type": spec["model"], "thermal": spec["thermal"]}
    model["negative"]["porosity_change"] = spec["pores"]
    model.pop("mesh", None)
    if spec["grid"]:
        model["mesh"] = dict.fromkeys(GRID, spec["grid"])
    if spec["sizes"]:
        for domain in ("negative", "positive"):
            law = {"law": "lognormal", "sd": 0.3, "weight": "volume", "nodes": spec["sizes"]}
            model[domain]["sizes"] = law


WEEK = [{"repeat": 5, "cycle": CYCLE}, {"storage": {"days": 2}}]
MONTHS = [
    {"storage": {"days": 30, "temperature_degC": round(15 - 10 * math.cos(math.pi * k / 6), 1)}}
    for k in range(12)
]
