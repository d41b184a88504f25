"""A stand-in for the ageing engine whose fade is a closed form, and fits of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.estimation.running import Answer, Request
from twin.estimation.sections import FitStudy

Array = NDArray[np.float64]
EVERY = 10
LENGTH = 400
CYCLES = np.arange(20.0, 401.0, 20.0)
COMMON: dict[str, Any] = {
    "cell": {"parameters": "UMichMohtat2020", "initial": {"soc_percent": 0}},
    "model": {"type": "SPM"},
    "protocol": {
        "temperature_degC": 25,
        "blocks": [{"repeat": LENGTH, "cycle": ["Charge at C/5 until 4.2 V"]}],
        "checkups": {
            "every_cycles": EVERY,
            "steps": [{"step": "Discharge at C/5 until 2.8 V", "measure": "capacity"}],
        },
    },
}


def faded(n: Array, a: float, b: float) -> Array:
    """Return the capacity after cycles, linear in both parameters."""
    return np.asarray(100 - a * n / 100 - b * np.sqrt(n) / 10, dtype=float)


class Engine:
    """Counts what it is asked; cells with ``a`` beyond a limit die at once, or early."""

    def __init__(self, limit: float = np.inf, early: float = np.inf) -> None:
        self.calls = 0
        self.limit, self.early = limit, early
        self.first = 0.0  # cycle of the first check-up

    def __call__(self, request: Request) -> Answer:
        self.calls += 1
        values = request.study["cell"].get("values", {})
        a, b = values.get("a", 0.0), values.get("b", 0.0)
        if a > self.limit:
            return Answer(ended="SolverError: it broke", seconds=0.1)
        last = request.study["protocol"].get("stop", {}).get("cycles", LENGTH)
        n = np.arange(self.first, min(last, LENGTH) + 1, EVERY)
        n = n[: 1 + len(n) // 2] if a > self.early else n
        table = {
            "cycle": n,
            "time_s": 86400 * n / 8 + 7200,
            "equivalent_full_cycles": 0.9 * n + 0.5,
            "capacity_percent": faded(n, a, b),
            "capacity_Ah": 0.05 * faded(n, a, b),
            "lli_percent": 0.3 + a * n / 100,
            "lam_negative_percent": np.exp(a) * n / 100,
            "resistance_mOhm": np.full(n.shape, np.nan),
            "lithium_sei_Ah": 1e-3 * (1 + n),
            "lithium_sei_on_cracks_Ah": np.zeros(n.shape),
            "lithium_plated_Ah": 2e-3 * n,
            "lithium_dead_Ah": np.zeros(n.shape),
        }
        return Answer(table, (), "the cell died" if a > self.early else "", 0.1)


def linear(name: str, **given: Any) -> dict[str, Any]:
    """Return a parameter that is a value on a line."""
    return {
        "targets": [name],
        "kind": "value",
        "transform": "linear",
        "start": 1.0,
        "bounds": [-50.0, 50.0],
        "prior": {"median": 1.0, "sd": 2.0},
        **given,
    }


def measured(y: Array, x: Array = CYCLES, quantity: str = "capacity_percent") -> dict[str, Any]:
    """Return a table of one quantity."""
    return {"values": {"cycle": list(map(float, x)), quantity: list(map(float, y))}}


def made_fit(tables: dict[str, list[dict[str, Any]]], **given: Any) -> FitStudy:
    """Return a fit of ``a`` and ``b`` to experiments with tables."""
    plain: dict[str, Any] = {
        "name": "made",
        "common": COMMON,
        "experiments": [{"name": name, "tables": own} for name, own in tables.items()],
        "parameters": {"a": linear("a"), "b": linear("b")},
        "noise": {"capacity_percent": {"sd": 0.3, "estimate": False}},
        "search": {"tolerance": 1e-9, "iterations": 60},
    }
    return FitStudy.model_validate({**plain, **given})
