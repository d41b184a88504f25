"""The command ``twin``: check, run and look at a study.

Exit codes: 0 done, 2 bad input, 3 a run that ended early by a failure, 130 interrupted.
PyBaMM, pandas and matplotlib are imported by the commands that need them, when they run.
"""

from __future__ import annotations

import math
import os
import shlex
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.console import FAILED, INTERRUPTED, print_table, reported
from twin.data_cli import app as data
from twin.diagnosis_cli import diagnose
from twin.errors import Failure
from twin.fit_cli import add_to
from twin.params_cli import app as params

if TYPE_CHECKING:
    from twin.solution import Solution
    from twin.study import Study

# column of checkups.parquet, its title, digits behind the point
COLUMNS = (
    ("cycle", "cycle", 0),
    ("capacity_Ah", "capacity [A.h]", 4),
    ("capacity_percent", "capacity [%]", 2),
    ("lli_percent", "LLI [%]", 2),
    ("lam_negative_percent", "LAM negative [%]", 2),
    ("lam_positive_percent", "LAM positive [%]", 2),
    ("resistance_mOhm", "resistance [mOhm]", 2),
)
# quantity of comparison.parquet, its title, digits behind the point
MEASURED = (
    ("discharge voltage", "RMSE voltage on discharge [mV]", 1),
    ("voltage", "RMSE voltage [mV]", 1),
    ("temperature", "RMSE temperature [K]", 2),
)
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A digital twin of a battery cell: check, run and look at studies.",
)
app.add_typer(params, name="params")
app.add_typer(data, name="data")
add_to(app)
app.command()(diagnose)

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="YAML file of a study.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Results folder of a run.")]


def main() -> None:
    """Run the command line."""
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    signal.signal(signal.SIGTERM, _interrupt)  # a polite kill is a Ctrl-C
    app()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"celltwin {version('celltwin')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that come before a command."""


@app.command()
def check(study: StudyFile) -> None:
    """Check a study without running it."""
    with reported():
        from twin.study import load_study

        loaded = load_study(study)
        typer.echo(f"ok: {study}")
        for title, text in _summary(loaded):
            typer.echo(f"  {title:<10}{text}")


@app.command()
def schema() -> None:
    """Print the JSON schema of a study, for editors."""
    import json

    from twin.study import study_schema

    typer.echo(json.dumps(study_schema(), indent=2, ensure_ascii=False))


@app.command()
def run(
    study: Annotated[
        Path | None, typer.Argument(metavar="STUDY", help="YAML file of a study.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the results.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="DIR", help="Go on with an interrupted run."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace results that are in the folder.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, no table.")] = False,
) -> None:
    """Run a study, or go on with an interrupted one."""
    folder = _folder_of_run(study, out, resume, overwrite)
    with reported():
        try:
            solution = _solve(study, folder, overwrite=overwrite, progress=not quiet)
        except KeyboardInterrupt:
            _say_interrupted(folder)
        if solution.status == "interrupted":
            _say_interrupted(folder)
        _finish(solution, quiet=quiet)


@app.command()
def report(folder: Folder) -> None:
    """Write the figures and the page of a run again."""
    with reported():
        from twin.report import write_report

        write_report(folder)
        typer.echo(f"report: {folder / 'report.html'}")


@app.command()
def show(folder: Folder) -> None:
    """Print the check-ups of a run."""
    with reported():
        from twin.solution import Solution

        solution = Solution.open(folder)
        typer.echo(f"{folder}: {solution.status}")
        _print_checkups(solution)
        _print_comparison(solution)
        if solution.failure is not None:
            typer.echo(str(solution.failure))


def _folder_of_run(
    study: Path | None, out: Path | None, resume: Path | None, overwrite: bool
) -> Path:
    """Return where a run writes, or refuse options that do not go together."""
    if resume is not None:
        if study is not None or out is not None or overwrite:
            raise typer.BadParameter(
                "goes on in its own folder with its own study; give no STUDY, --out or --overwrite",
                param_hint="--resume",
            )
        return resume
    if study is None:
        raise typer.BadParameter("give a STUDY, or --resume DIR", param_hint="STUDY")
    if out is None:
        raise typer.BadParameter("give a folder for the results: --out DIR", param_hint="--out")
    return out


def _solve(study: Path | None, folder: Path, *, overwrite: bool, progress: bool) -> Solution:
    """Run or resume; a bad study is refused before the engine is imported."""
    loaded = None
    if study is not None:
        from twin.study import load_study

        loaded = load_study(study)
    from twin import ageing

    if loaded is None:
        return ageing.resume(folder, progress=progress)
    return ageing.run(loaded, folder, overwrite=overwrite, progress=progress)


def _say_interrupted(folder: Path) -> None:
    if not (folder / "manifest.json").is_file():
        typer.echo("interrupted before anything was computed", err=True)
        raise typer.Exit(INTERRUPTED)
    command = f"twin run --resume {shlex.quote(str(folder))}"
    typer.echo(f"interrupted; what was done is kept in {folder}. Go on with: {command}", err=True)
    raise typer.Exit(INTERRUPTED)


def _finish(solution: Solution, *, quiet: bool) -> None:
    """Print what a run gave; a run that failed ends with its reason."""
    page = solution.path / "report.html"
    if not quiet:
        _print_checkups(solution)
        _print_comparison(solution)
        reason = solution.manifest.get("stop_reason")
        if reason:
            typer.echo(f"stopped: {reason}")
        for warning in solution.manifest.get("warnings", []):
            typer.echo(f"warning: {warning}", err=True)
    typer.echo(f"results: {solution.path}")
    if page.is_file():
        typer.echo(f"report: {page}")
    if solution.failure is not None:
        _print_failure(solution.failure, solution.path)
        raise typer.Exit(FAILED)


def _print_failure(failure: Failure, folder: Path) -> None:
    where = f"cycle {failure.cycle}, step {failure.step} ({failure.step_text})"
    typer.echo(f"failed in {where}, t = {failure.time_s:.0f} s: {failure.reason}", err=True)
    typer.echo(f"advice: {failure.advice}", err=True)
    typer.echo(f"everything up to there is in {folder}", err=True)


def _print_checkups(solution: Solution) -> None:
    """Print the check-ups as a table; plain text where the output is no terminal."""
    rows = checkup_rows(solution.checkups.to_dict("records"))
    if not rows:
        typer.echo("no check-ups")
        return
    print_table([title for _, title, _ in COLUMNS], rows)


def _print_comparison(solution: Solution) -> None:
    """Print the differences from measured curves, one row per curve and parameter set."""
    found = solution.comparison
    if found is None or found.empty:
        return
    rows = []
    for label, name in found[["label", "variant"]].drop_duplicates().itertuples(index=False):
        own = found[(found["label"] == label) & (found["variant"] == name)]
        values = own.set_index("quantity")
        rmse = {key: values["rmse"].get(key) for key, *_ in MEASURED}
        skipped = "; ".join(own.loc[own["quantity"] == "all", "reason"])
        rows.append([label, name, *(_cell(rmse[key], digits) for key, _, digits in MEASURED)])
        if skipped:
            typer.echo(f"not compared with {label}: {skipped}", err=True)
    print_table(["measured", "parameters", *(title for _, title, _ in MEASURED)], rows)


def checkup_rows(records: Iterable[Mapping[Any, Any]]) -> list[list[str]]:
    """Return the rows of the table of check-ups as text; ``-`` where there is no number."""
    return [[_cell(record.get(name), digits) for name, _, digits in COLUMNS] for record in records]


def _cell(value: Any, digits: int) -> str:
    missing = value is None or math.isnan(value)
    return "-" if missing else f"{value:.{digits}f}"


def _summary(study: Study) -> list[tuple[str, str]]:
    """Return what a study is, in five lines."""
    return [
        ("study", f"{study.name} (hash {study.hash[:12]})"),
        ("cell", _cell_words(study)),
        ("protocol", _protocol_words(study)),
        ("model", _model_words(study.model)),
        ("compare", _compare_words(study)),
    ]


def _cell_words(study: Study) -> str:
    from twin.study.parts import set_of

    info = set_of(str(study.cell.parameters))
    if info is None:  # given in Python
        return str(study.cell.parameters)
    path = study.cell.parameters
    where = f" ({path})" if path != info.name else ""
    words = (
        f"{info.name}{where}, {info.nominal_capacity_Ah:g} A.h, "
        f"{info.lower_voltage_V:g} to {info.upper_voltage_V:g} V"
    )
    initial = study.cell.initial
    if initial is not None and initial.soc_percent is not None:
        words += f", starts at {initial.soc_percent:g} % charge"
    if initial is not None and initial.voltage_V is not None:
        words += f", starts at {initial.voltage_V:g} V"
    changed = len(study.cell.values)
    noun = "value" if changed == 1 else "values"
    return f"{words}, {changed} {noun} replaced" if changed else words


def _protocol_words(study: Study) -> str:
    protocol = study.protocol
    blocks = len(protocol.blocks)
    cycles = protocol.n_cycles
    words = f"{cycles} cycle{'s' if cycles > 1 else ''}"
    words += f" in {blocks} block{'s' if blocks > 1 else ''}"
    if protocol.checkups is not None:
        every = protocol.checkups.every_cycles
        words += f", check-ups every {every} cycles" if every else ", check-ups"
    if protocol.temperature_degC is not None:
        words += f", {protocol.temperature_degC:g} degC"
    return words


def _model_words(model: Any) -> str:
    from twin.study.words import electrode_in_words

    words = [f"{model.type}, {model.thermal}"]
    words[0] += f", constraint: {model.constraint}" if model.constraint != "none" else ""
    words[0] += ", dry out" if model.dry_out else ""
    for domain in ("negative", "positive"):
        words.append(f"{domain}: {electrode_in_words(getattr(model, domain))}")
    return "; ".join(words)


def _compare_words(study: Study) -> str:
    from twin.study.files import absence

    words = [f"with {name}" for name in study.compare.parameter_sets]
    for entry in study.compare.measured:
        absent = absence(entry.file)
        words.append(f"with '{entry.label}'" + (f" (skipped: {absent})" if absent else ""))
    return ", ".join(words) or "nothing"
