"""Fields over position, particle radius and time, for the cycles that a study asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twin.ageing.engine import Engine
from twin.ageing.measure import Place
from twin.ageing.state import State, StepResult
from twin.errors import StudyError

LEVELS = ("tertiary", "secondary", "primary")
IGNORED = ("current collector",)


def step_fields(
    engine: Engine, before: State, result: StepResult, variables: Sequence[str], points: int
) -> xr.Dataset:
    """Return fields at evenly spaced times of a step, its end included (its start not).

    The step is solved once more with its whole state; the run itself is not touched.
    """
    solution, layout = engine.full_solution(before, result, points)
    snapshots = [
        engine.observe(State(solution.y[:, k], layout, float(solution.t[k])), variables)
        for k in range(1, solution.t.size)
    ]
    data = {}
    for name in variables:
        dims, coords = _axes(engine, name)
        shape = [len(coords[dim][1]) for dim in dims]
        values = np.stack([snapshot[name].reshape(shape) for snapshot in snapshots])
        data[name.replace("/", " per ")] = xr.DataArray(
            values, dims=("snapshot", *dims), coords=coords, attrs={"long_name": name}
        )
    times = ("snapshot", np.asarray(solution.t[1:], dtype=float), {"units": "s"})
    return xr.Dataset(data, coords={"time_s": times})


def _axes(engine: Engine, name: str) -> tuple[list[str], dict[str, Any]]:
    """Return the dimensions of a variable, outermost first, with the coordinates of its nodes."""
    domains = engine.variable(name).domains
    dims, coords = [], {}
    for level in LEVELS:
        parts = tuple(part for part in domains[level] if part not in IGNORED)
        if not parts:
            continue
        nodes = np.asarray(engine.mesh[parts if len(parts) > 1 else parts[0]].nodes, dtype=float)
        dim = "cell" if len(parts) > 1 else parts[0].replace(" ", "_")
        dims.append(dim)
        coords[dim] = (dim, nodes, {"units": "m", "long_name": f"position in {' + '.join(parts)}"})
    return dims, coords


def check_variables(engine: Engine, fields: Sequence[str], series: Sequence[str]) -> None:
    """Refuse outputs that the model does not have, or that are fields where numbers are due.

    Raises
    ------
    StudyError
        naming the variable, its key and the nearest that exists.
    """
    problems = []
    for key, wanted in (("outputs.fields", fields), ("outputs.timeseries", series)):
        problems += [
            f"{key}.variables: the model has no variable '{name}'{engine.nearest(name)}"
            for name in wanted
            if not engine.has(name)
        ]
    problems += [
        f"outputs.timeseries.variables: '{name}' is a field; ask for it under outputs.fields, "
        "or take its x-average"
        for name in series
        if engine.has(name) and _axes(engine, name)[0]
    ]
    if problems:
        raise StudyError(problems)


def write_part(folder: Path, place: Place, parts: Mapping[int, xr.Dataset]) -> None:
    """Write the fields of one cycle: snapshots by number of the step, in order."""
    labelled = [
        part.assign_coords(
            sequence=("snapshot", np.full(part.sizes["snapshot"], place.sequence)),
            cycle=("snapshot", np.full(part.sizes["snapshot"], place.cycle)),
            step=("snapshot", np.full(part.sizes["snapshot"], number)),
        )
        for number, part in parts.items()
    ]
    store = folder / "fields"
    store.mkdir(exist_ok=True)
    path = store / f"{place.sequence:06d}.nc"
    partial = path.with_suffix(".partial")
    xr.concat(labelled, dim="snapshot").to_netcdf(partial, engine="h5netcdf")
    partial.replace(path)


def cut_parts(folder: Path, sequence: int) -> None:
    """Drop fields after a cycle's sequence number."""
    for path in (folder / "fields").glob("*.nc"):
        if int(path.stem) > sequence:
            path.unlink()


def gather(folder: Path) -> None:
    """Join the fields of all cycles into ``fields.nc``."""
    paths = sorted((folder / "fields").glob("*.nc"))
    if not paths:
        return
    parts = [xr.load_dataset(path, engine="h5netcdf") for path in paths]
    partial = folder / "fields.nc.partial"
    xr.concat(parts, dim="snapshot").to_netcdf(partial, engine="h5netcdf")
    partial.replace(folder / "fields.nc")
