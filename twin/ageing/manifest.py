"""What a run was made of and how it went: ``manifest.json``."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from twin import names
from twin.ageing.checkpoint import Progress
from twin.cell import Cell
from twin.errors import Failure
from twin.parameters.values import key_parameters
from twin.study import ModelSection, Study
from twin.study.words import choices_in_words

FILE = "manifest.json"
FORMAT = 3  # of results and of the state vector
PACKAGES = (
    "celltwin",
    "pybamm",
    "pybammsolvers",
    "casadi",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "xarray",
)
BYTES_PER_GB = 1e9


def new_manifest(study: Study, cell: Cell, citations: list[str]) -> dict[str, Any]:
    """Return the manifest of a run that begins."""
    loaded = cell.parameters
    return {
        "format": FORMAT,
        "name": study.name,
        "status": "running",
        "stop_reason": None,
        "failure": None,
        "study_hash": study.hash,
        "parameter_set": {
            "name": loaded.name,
            "hash": loaded.hash,
            "source": loaded.source,
            "overrides": loaded.overrides,
        },
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
        "machine": machine(),
        "started": now(),
        "finished": None,
        "resumed": 0,
        "cell": {
            "nominal_capacity_Ah": cell.limit(names.NOMINAL_CAPACITY),
            "lower_voltage_V": cell.limit(names.LOWER_VOLTAGE),
            "upper_voltage_V": cell.limit(names.UPPER_VOLTAGE),
        },
        "solver": {
            **study.solver.model_dump(mode="json"),
            "relative_tolerance": study.solver.relative,
            "absolute_tolerance": study.solver.absolute,
            "error_test": "all" if study.solver.tests_all(study.model) else "differential",
        },
        "outputs": study.outputs.model_dump(mode="json"),
        "planned_cycles": study.protocol.last_cycle,
        "model": describe_model(study.model),
        "protocol": study.protocol.describe(),
        "parameters": key_parameters(loaded),
        "citations": citations,
    }


def update_manifest(
    manifest: dict[str, Any],
    progress: Progress,
    status: str,
    *,
    stop_reason: str | None = None,
    failure: Failure | None = None,
) -> None:
    """Bring a manifest up to date with the loop."""
    manifest.update(
        status=status,
        stop_reason=stop_reason,
        failure=failure.as_dict() if failure else None,
        finished=None if status == "running" else now(),
        wall_time_s=progress.wall_time_s,
        solver_statistics=progress.work,
        warnings=progress.warnings,
        lithium_closure_maximum=progress.closure,
        completed_cycles=progress.completed,
        simulated_cycles=progress.simulated,
        estimated_errors=progress.errors,
    )


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write a manifest in one move."""
    partial = folder / f"{FILE}.partial"
    partial.write_text(
        json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False), encoding="utf-8"
    )
    partial.replace(folder / FILE)


def machine() -> dict[str, Any]:
    """Return what this machine is, without naming it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / BYTES_PER_GB
    return {
        "platform": platform.platform(terse=True),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_GB": round(memory, 1),
    }


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def describe_model(section: Any) -> list[str]:
    """Return the choices of a model as readable lines."""
    if not isinstance(section, ModelSection):
        return [f"PyBaMM model given in Python: {section.name}"]
    lines = [f"{section.type}, {section.thermal}"]
    if section.constraint != "none":
        lines[0] += f", constraint: {section.constraint}"
    if section.dry_out:
        lines[0] += ", dry out"
    for domain in names.DOMAINS:
        electrode = getattr(section, domain)
        particle = electrode.particle
        plain = replace(particle, shape="sphere", diffusion="fickian")  # these two come first
        active = [
            f"{particle.shape}, {particle.diffusion} diffusion",
            *choices_in_words(plain, named=True),
            *choices_in_words(electrode, named=True),
        ]
        lines.append(f"{domain} electrode: {'; '.join(active)}")
    return [*lines, f"mesh points: {section.resolved_mesh.words}"]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
