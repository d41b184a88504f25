"""A study, run: one cell through one protocol, written to one folder as it goes."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twin.ageing.checkpoint import Progress, read_checkpoint
from twin.ageing.citations import citation_texts, collected_citations
from twin.ageing.condition import reference
from twin.ageing.cycle import Desk
from twin.ageing.display import Display, Silent, Terminal
from twin.ageing.engine import Engine
from twin.ageing.fields import check_variables, cut_parts
from twin.ageing.jumps.control import INTEGRATOR_PERCENT
from twin.ageing.jumps.memory import JumpMemory
from twin.ageing.kept_sets import FOLDER as SETS
from twin.ageing.kept_sets import KeptSets, kept_sets
from twin.ageing.life import Life
from twin.ageing.manifest import FILE as MANIFEST
from twin.ageing.manifest import new_manifest
from twin.ageing.tables import TABLES, ResultTables
from twin.cell import Cell, build_cell
from twin.compare import check_measured, compare_with_measured
from twin.errors import ParameterError, ResultsError
from twin.parameters.known import set_name
from twin.solution import Solution
from twin.study import Study, load_study

STUDY = "study.yaml"
VARIANTS = "variants"
LOCK = ".lock"
OURS = (
    STUDY,
    MANIFEST,
    "checkpoint.npz*",
    *(f"{table}.parquet{part}" for table in (*TABLES, "comparison") for part in ("", ".partial")),
    "fields.nc*",
    "fields/*.nc",
    "fields",
    "figures/*.png",
    "figures",
    "report.html",
    f"{SETS}/*/*",
    f"{SETS}/*",
    SETS,
)


def run(
    study: Study | str | Path,
    out: str | Path | None = None,
    *,
    overwrite: bool = False,
    progress: bool = False,
) -> Solution:
    """Run a study and return its results.

    Parameters
    ----------
    study : a study, or the path of a study file
    out : results folder; a temporary one, gone with the returned object, if not given
    overwrite : whether to replace the results that are there
    progress : whether to show cycle, capacity and time left

    Raises
    ------
    TwinError
        for bad input, before anything is computed. A run that ends early does not raise: see
        ``solution.failure``.
    """
    if not isinstance(study, Study):
        study = load_study(Path(study))
    check_measured(study.compare.measured)
    folder, owner = _new_folder(out, overwrite=overwrite)
    display: Display = Terminal() if progress else Silent()
    try:
        _run_all(study, folder, display, fresh=True)
    finally:
        display.stop()
    return Solution.open(folder, owner=owner)


def resume(folder: str | Path, *, study: Study | None = None, progress: bool = False) -> Solution:
    """Continue a run that was stopped, from its last checkpoint, and return its results.

    Parameters
    ----------
    folder : results folder of the unfinished run
    study : the study, where it holds PyBaMM objects that a file cannot; otherwise read from
        the folder
    progress : whether to show cycle, capacity and time left

    Raises
    ------
    ResultsError
        where the folder holds no run, or a run of another study.
    """
    folder = Path(folder)
    if not (folder / STUDY).exists():
        raise ResultsError(
            f"{folder}: there is no {STUDY}, so this is not a results folder; name the folder "
            "that was given to 'twin run ... --out'"
        )
    study = study or load_study(folder / STUDY)
    display: Display = Terminal() if progress else Silent()
    try:
        _run_all(study, folder, display, fresh=False)
    finally:
        display.stop()
    return Solution.open(folder)


def _run_all(study: Study, folder: Path, display: Display, *, fresh: bool) -> None:
    """Run the study and its variants, each from where it stands; then compare and report."""
    lives = {folder: study}
    for name in study.compare.parameter_sets:
        lives[folder / VARIANTS / set_name(name)] = study.variant(name)
    for place, part in lives.items():
        _live(part, place, display, fresh=fresh)
    _finish(study, folder)


def _live(study: Study, folder: Path, display: Display, *, fresh: bool) -> None:
    """Run one cell, from its checkpoint if it is to be continued."""
    with collected_citations() as register:
        try:
            cell = build_cell(study)
            engine = Engine(cell, study.solver, study.protocol, study.outputs.timeseries.variables)
            engine.initial_state()
        except KeyError as error:
            raise ParameterError(
                f"cell.parameters: the model needs a parameter that is not there: {error}. Choose "
                "a set that has it, or leave out the physics that needs it"
            ) from None
        fields = study.outputs.fields.variables if study.outputs.fields else ()
        check_variables(engine, fields, study.outputs.timeseries.variables)
        engine.read_protocol()
        citations = citation_texts(register)
    kept = kept_sets(study)
    with _sole_writer(folder):
        if fresh:
            clear_results(folder)
        manifest = new_manifest(study, cell, citations)
        desk = Desk(folder, ResultTables(folder), manifest, display)
        _live_in(study, kept, cell, engine, desk)


def _live_in(study: Study, kept: KeptSets, cell: Cell, engine: Engine, desk: Desk) -> None:
    """Begin the run of one cell in its folder, or go on with the one that is there."""
    folder, manifest = desk.folder, desk.manifest
    if (folder / MANIFEST).exists():
        old = Solution.open(folder).manifest
        _check_same(old, manifest, folder)
        if old["status"] in {"complete", "stopped", "failed"}:
            return
        manifest.update(started=old["started"], resumed=old["resumed"] + 1)
        life = _continued(study, cell, engine, desk)
    else:
        life = _begun(study, cell, engine, desk)
        life.announce()
        kept.write(folder)
        (folder / STUDY).write_text(study.to_yaml(kept.places), encoding="utf-8")
    manifest["states"] = engine.states
    desk.display.start(
        f"{study.name} [{cell.parameters.name}]", life.planned_cycles, life.progress.completed
    )
    life.live()


def _begun(study: Study, cell: Cell, engine: Engine, desk: Desk) -> Life:
    start = engine.initial_state()
    memory = Progress(
        checkup_due=bool(study.protocol.checkups and study.protocol.checkups.at_start),
        reference=reference(engine, start).as_dict(),
        warnings=list(cell.warnings),
    )
    if study.solver.jump == "auto" and study.protocol.stretches():
        memory.errors["capacity_error_percent"] = INTEGRATOR_PERCENT * study.solver.relative
    return Life(study, cell, engine, desk, start, memory, JumpMemory())


def _continued(study: Study, cell: Cell, engine: Engine, desk: Desk) -> Life:
    folder, tables = desk.folder, desk.tables
    if not (folder / "checkpoint.npz").exists():  # killed before its first checkpoint
        tables.cut(0)
        cut_parts(folder, 0)
        return _begun(study, cell, engine, desk)
    state, memory, jumped = read_checkpoint(folder)
    steps = study.protocol.unique_steps()
    engine.prepare(steps)
    tables.cut(memory.sequence)
    if memory.provisional_series is not None:
        tables.drop_series(memory.provisional_series)
        memory.provisional_series = None
    cut_parts(folder, memory.sequence)
    return Life(study, cell, engine, desk, state, memory, jumped)


def _check_same(old: dict[str, Any], new: dict[str, Any], folder: Path) -> None:
    if old.get("format") != new["format"]:
        raise ResultsError(
            f"{folder}: begun with another version of celltwin, whose states are not those of this "
            "one; run the study anew with --overwrite"
        )

    def values_of(manifest: dict[str, Any]) -> list[Any]:  # where they are from may be corrected
        return [manifest["parameter_set"][key] for key in ("name", "hash", "overrides")]

    other = "study" if old["study_hash"] != new["study_hash"] else ""
    other = other or ("parameter set" if values_of(old) != values_of(new) else "")
    if other:
        raise ResultsError(
            f"{folder}: these results are of another {other}, so they cannot be continued; "
            "give another --out, or --overwrite to replace them"
        )
    if old["outputs"] != new["outputs"]:
        raise ResultsError(
            f"{folder}: 'outputs' of the study is not what the run began with, and its tables "
            "cannot change half-way; put it back, or run the study anew"
        )
    if old["versions"]["pybamm"] != new["versions"]["pybamm"]:
        raise ResultsError(
            f"{folder}: begun with PyBaMM {old['versions']['pybamm']}, and this is "
            f"{new['versions']['pybamm']}; install the same version to continue"
        )


def _new_folder(
    out: str | Path | None, *, overwrite: bool
) -> tuple[Path, tempfile.TemporaryDirectory[str] | None]:
    if out is None:
        owner = tempfile.TemporaryDirectory(prefix="twin-")
        return Path(owner.name), owner
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise ResultsError(f"{folder} is a file; --out names a folder for the results")
    if folder.exists() and any(path.name != LOCK for path in folder.iterdir()):
        if not (folder / MANIFEST).exists():
            raise ResultsError(
                f"{folder} is not empty and holds no results of ours; give another --out"
            )
        if not overwrite:
            raise ResultsError(
                f"{folder} holds results already. To go on with an unfinished run: "
                f"'twin run --resume {folder}'; to replace them: --overwrite"
            )
    return folder, None


@contextmanager
def _sole_writer(folder: Path) -> Iterator[None]:
    """Keep a second process out of a folder; the lock ends with the process, however it ends.

    Raises
    ------
    ResultsError
        where another process is writing there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ResultsError(
                f"{folder}: another process is writing there; wait for it, end it, or give "
                "another --out"
            ) from None
        yield


def clear_results(folder: Path) -> None:
    """Remove the results in a folder, and nothing else that may lie there."""
    for pattern in OURS:
        for path in folder.glob(pattern):
            if not path.is_dir():
                path.unlink()
            elif not any(path.iterdir()):
                path.rmdir()
    for variant in (folder / VARIANTS).glob("*"):
        clear_results(variant)


def _finish(study: Study, folder: Path) -> None:
    """Compare with measurements, and write figures and page."""
    with _sole_writer(folder):
        _compare_and_report(study, folder)


def _compare_and_report(study: Study, folder: Path) -> None:
    if study.compare.measured:
        compare_with_measured(folder)
    if study.outputs.report:
        from twin.report import write_report

        write_report(folder)
