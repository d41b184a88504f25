"""A results folder as plain tables; whatever is absent is empty."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from twin.compare import Overlay, compare_with_measured, overlays, variant_name
from twin.errors import ResultsError, TwinError

_COLUMNS = {
    "cycles": ("sequence", "cycle", "kind"),
    "steps": ("sequence", "cycle", "kind", "step", "text", "measure", "status"),
    "checkups": ("sequence", "cycle"),
    "timeseries": ("sequence", "cycle", "kind", "step", "time_s"),
    "sizes": ("sequence", "cycle", "electrode", "material", "size", "radius_um"),
}


@dataclass(frozen=True)
class Results:
    """Everything a report needs of one run.

    Parameters
    ----------
    folder : where it was read from
    name : the parameter set, which tells variants apart
    study, manifest : contents of ``study.yaml`` and ``manifest.json``
    cycles, steps, checkups, timeseries, sizes : tables, with their key columns even if empty
    comparison : rows of ``comparison.parquet``
    overlays : measured curves with the simulated ones
    variants : the same protocol with other parameter sets, by name
    problems : files that are there but cannot be read or compared, in sentences
    """

    folder: Path
    name: str
    study: Mapping[str, Any]
    manifest: Mapping[str, Any]
    cycles: pd.DataFrame
    steps: pd.DataFrame
    checkups: pd.DataFrame
    timeseries: pd.DataFrame
    sizes: pd.DataFrame = field(default_factory=pd.DataFrame)
    comparison: pd.DataFrame = field(default_factory=pd.DataFrame)
    overlays: tuple[Overlay, ...] = ()
    variants: Mapping[str, Results] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def read_results(folder: Path, base: Path | None = None) -> Results:
    """Return the tables of a results folder, of its variants and of its comparison."""
    results = _read_run(folder)
    problems = list(results.problems)
    inside = folder / "variants"
    names = sorted(path for path in inside.iterdir() if path.is_dir()) if inside.is_dir() else []
    variants: dict[str, Results] = {}
    for path in names:
        try:
            variants[path.name] = _read_run(path)
        except ResultsError as error:
            problems.append(f"The variant {path.name} was left out: {error}.")
    comparison, drawn = _comparison(results, base, problems)
    return replace(
        results,
        comparison=comparison,
        overlays=drawn,
        variants=variants,
        problems=tuple(problems),
    )


def _read_run(folder: Path) -> Results:
    """Return the tables of one run alone."""
    problems: list[str] = []
    manifest = _manifest(folder)
    study = _study(folder, problems)
    tables = {name: _table(folder, name, problems) for name in _COLUMNS}
    return Results(
        folder=folder,
        name=variant_name(folder),
        study=study,
        manifest=manifest,
        cycles=tables["cycles"],
        steps=tables["steps"],
        checkups=tables["checkups"],
        timeseries=tables["timeseries"],
        sizes=tables["sizes"],
        problems=tuple(problems),
    )


def _manifest(folder: Path) -> dict[str, Any]:
    file = folder / "manifest.json"
    if not file.is_file():
        raise ResultsError(f"{folder}: no manifest.json; this is not a results folder")
    try:
        loaded = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ResultsError(f"{file}: not readable ({error})") from error
    if not isinstance(loaded, dict):
        raise ResultsError(f"{file}: not the manifest of a run")
    return loaded


def _study(folder: Path, problems: list[str]) -> dict[str, Any]:
    file = folder / "study.yaml"
    if not file.is_file():
        problems.append("The folder has no study.yaml, so settings are not shown.")
        return {}
    try:
        loaded = YAML(typ="safe").load(file)
    except YAMLError:
        problems.append("study.yaml is not readable, so settings are not shown.")
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _table(folder: Path, name: str, problems: list[str]) -> pd.DataFrame:
    """Return a table; an empty one with its key columns where there is none."""
    file = folder / f"{name}.parquet"
    empty = pd.DataFrame(columns=list(_COLUMNS[name]))
    if not file.is_file():
        return empty
    try:
        table = pd.read_parquet(file)
    except (OSError, ValueError) as error:
        problems.append(f"{file.name} is not readable ({error}).")
        return empty
    missing = [column for column in _COLUMNS[name] if column not in table]
    if missing:
        if len(table):
            problems.append(f"{file.name} has no column {', '.join(missing)}, so it is not shown.")
        return empty
    return table


def _comparison(
    results: Results, base: Path | None, problems: list[str]
) -> tuple[pd.DataFrame, tuple[Overlay, ...]]:
    """Return the stored comparison (made now if there is none) and what can be drawn."""
    folder = results.folder
    if not (results.study.get("compare") or {}).get("measured"):
        return pd.DataFrame(), ()
    file = folder / "comparison.parquet"
    try:
        table = pd.read_parquet(file) if file.is_file() else compare_with_measured(folder, base)
    except (TwinError, OSError, ValueError) as error:
        problems.append(f"Measured curves were not compared: {error}")
        return pd.DataFrame(), ()
    try:
        return table, tuple(overlays(folder, base))
    except TwinError as error:
        problems.append(f"Measured curves are not drawn: {error}")
        return table, ()
