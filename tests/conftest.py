"""Shared by all tests: no telemetry, small studies, and where the measured data are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings

# a slow machine is no defect
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent
AGEING = {
    "particle": {"diffusion": "stress-coupled"},
    "sei": "solvent-diffusion",
    "sei_on_cracks": True,
    "cracks": "fatigue",
    "plating": "partially-reversible",
    "active_material_loss": "stress",
}
CYCLE = ["Discharge at 1C until 2.5 V", "Charge at 1C until 4.2 V", "Hold at 4.2 V until C/20"]
CHECKUP = [
    "Charge at 1C until 4.2 V",
    "Hold at 4.2 V until C/20",
    "Rest for 10 minutes",
    {"step": "Discharge at 1C for 10 seconds", "measure": ["capacity", "resistance"]},
    {"step": "Discharge at C/3 until 2.5 V", "measure": "capacity"},
    "Charge at 1C until 4.2 V",
    "Hold at 4.2 V until C/20",
]


def small_study(cycles: int = 3, **sections: Any) -> dict[str, Any]:
    """Return a single-particle study with every ageing mechanism, as plain data."""
    study: dict[str, Any] = {
        "name": "small",
        "cell": {"parameters": "OKane2022", "initial": {"soc_percent": 100}},
        "protocol": {"blocks": [{"repeat": cycles, "cycle": CYCLE}]},
        "model": {
            "type": "SPM",
            "negative": AGEING,
            "positive": {
                "particle": {"diffusion": "stress-coupled"},
                "cracks": "fatigue",
                "active_material_loss": "stress",
            },
            "mesh": dict.fromkeys(
                ("x_negative", "x_separator", "x_positive", "r_negative", "r_positive"), 8
            ),
        },
        "outputs": {"report": False},
    }
    for name, change in sections.items():
        study[name] = {**study.get(name, {}), **change}
    return study


@pytest.fixture(scope="session")
def measured_data() -> Path:
    """Return the folder of measured data, or skip."""
    named = os.environ.get("TWIN_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("measured data are not here: set TWIN_DATA to their folder")
    return folder
