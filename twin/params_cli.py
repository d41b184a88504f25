"""The commands ``twin params``: parameter sets listed, looked at, checked, taken in and given out.

Nothing here solves a model; what only some commands need is imported when they run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.console import BAD_INPUT, print_table, printable, reported

if TYPE_CHECKING:
    from twin.parameters.exporting import Loss
    from twin.parameters.importing import Taken
    from twin.parameters.parameter_set import ParameterSet

CAPACITY = "Nominal cell capacity [A.h]"
WINDOW = ("Lower voltage cut-off [V]", "Upper voltage cut-off [V]")
PICTURES = (".png", ".pdf", ".svg")
app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="List, check, show, compare, import and export parameter sets.",
)

Set = Annotated[
    str, typer.Argument(metavar="SET", help="Name of a set, its folder, or a BPX file.")
]
Folder = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder for it; ./parameter_sets by default."),
]


@app.command("list")
def list_() -> None:
    """List all parameter sets that a study can name."""
    with reported():
        from twin.catalogue import CATALOGUE
        from twin.parameters.library.finding import all_sets

        rows = []
        for location in all_sets():
            hidden = location.shadowed or location.name in CATALOGUE
            origin = f"{location.origin} (shadowed)" if hidden else location.origin
            rows.append([location.name, *_at_a_glance(location.path), origin])
        for info in CATALOGUE.values():
            window = f"{info.lower_voltage_V:g} to {info.upper_voltage_V:g}"
            papers = ", ".join(f"doi:{doi}" for doi in info.references.values() if doi)
            capacity = f"{info.nominal_capacity_Ah:g}"
            rows.append([info.name, _cut(papers), capacity, window, "PyBaMM"])
        titles = ["name", "cell", "capacity [A.h]", "window [V]", "from"]
        print_table(titles, rows, flush_left=True)


@app.command()
def show(
    name: Set,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Show the values of a set, and where each is from."""
    with reported():
        from twin.parameters import showing

        found = _loaded(name)
        if as_json:
            from twin.parameters.strict_files import json_text

            typer.echo(printable(json_text(showing.as_json(found))), nl=False)
            return
        for title, text in showing.summary(found):
            typer.echo(f"{printable(title):<14}{printable(text)}")
        rows = showing.rows(found)
        for section in dict.fromkeys(row.section for row in rows):
            typer.echo(f"\n{printable(section)}")
            own = [row for row in rows if row.section == section]
            print_table(
                ["name", "value", "unit", "how sure", "source"],
                [
                    [printable(t) for t in (r.name, r.value, r.unit, r.how_sure, r.source)]
                    for r in own
                ],
                flush_left=True,
            )


@app.command()
def check(
    names: Annotated[list[str], typer.Argument(metavar="SET|FILE...", help="As for show.")],
) -> None:
    """Check sets: form, ranges, physics, sources. Ends with 2 where one is not ok."""
    with reported():
        from twin.parameters.checks.checking import check_set

        reports = [check_set(path) for path in map(_path, names)]
        typer.echo("\n".join(printable(report.text()) for report in reports))
        if not all(report.ok for report in reports):
            raise typer.Exit(BAD_INPUT)


@app.command()
def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A set.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another set.")],
    sources: Annotated[
        bool, typer.Option("--sources", help="List equal values from other sources, too.")
    ] = False,
) -> None:
    """Compare two sets value by value."""
    with reported():
        from twin.parameters.comparing import difference, text

        a, b = _loaded(first), _loaded(second)
        found = difference(a, b)
        values = [each for each in found if sources or each.kind != "provenance"]
        typer.echo(printable(text(values, a.name, b.name)))
        if len(values) < len(found):
            count = len(found) - len(values)
            typer.echo(f"\n{count} equal values are from other sources; --sources lists them")


@app.command("import")
def import_(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="BPX file, PyBaMM's JSON, or a set of PyBaMM.")
    ],
    name: Annotated[str | None, typer.Option("--name", help="Name of the new set.")] = None,
    out: Folder = None,
    kind: Annotated[
        str | None, typer.Option("--from", metavar="bpx|pybamm|json", help="What SOURCE is.")
    ] = None,
) -> None:
    """Make a set of a BPX file, of PyBaMM's JSON, or of one of PyBaMM's sets."""
    with reported():
        from twin.parameters.importing import import_set

        _print_taken(import_set(source, out or _here(), name, kind))


@app.command()
def export(
    name: Set,
    bpx: Annotated[
        Path | None, typer.Option("--bpx", metavar="FILE", help="Write one BPX file.")
    ] = None,
    pybamm: Annotated[
        Path | None,
        typer.Option("--pybamm", metavar="FILE", help="Write JSON that plain PyBaMM loads."),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="With --bpx: leave out what only celltwin reads.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
) -> None:
    """Write a set as one file for others: BPX, or PyBaMM's JSON."""
    if (bpx is None) == (pybamm is None):
        raise typer.BadParameter("give one of --bpx FILE and --pybamm FILE", param_hint="--bpx")
    if plain and bpx is None:
        raise typer.BadParameter("goes with --bpx FILE alone", param_hint="--plain")
    with reported():
        from twin.parameters import exporting

        found = _loaded(name)
        _check_free(bpx or pybamm, overwrite)
        if bpx is not None:
            _print_losses(exporting.export_bpx(found, bpx, plain=plain))
            typer.echo(f"BPX file: {bpx}")
        if pybamm is not None:
            count = exporting.export_pybamm(found, pybamm)
            typer.echo(f"PyBaMM's JSON: {pybamm}, {count} values")


@app.command()
def plot(
    name: Set,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.png", help="The picture.")],
) -> None:
    """Draw the functions of a set: potentials, diffusivities, conductivity."""
    if out.suffix.lower() not in PICTURES:
        allowed = ", ".join(PICTURES)
        raise typer.BadParameter(f"'{out.name}' ends in none of {allowed}", param_hint="--out")
    with reported():
        from twin.report.canvas import DPI
        from twin.report.parameter_figures import parameter_figure

        parameter_figure(_loaded(name)).savefig(out, dpi=DPI, facecolor="white")
        typer.echo(f"picture: {out}")


@app.command()
def add(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="Folder, archive, BPX file, or https address."),
    ],
    name: Annotated[str | None, typer.Option("--name", help="Name that it is to have.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Folder of sets; yours by default.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace one that is there.")] = (
        False
    ),
    sha256: Annotated[
        str | None,
        typer.Option("--sha256", metavar="HEX", help="Checksum that the file must have."),
    ] = None,
) -> None:
    """Take up a set from elsewhere, after it was checked."""
    with reported():
        from twin.parameters.library.archive import add as take_up
        from twin.parameters.library.finding import BUNDLED, sets_in, user_folder

        library = to or user_folder()
        found = take_up(source, library, overwrite, check=_sound, name=name, checksum=sha256)
        typer.echo(f"added: {found.name} in {found.path}")
        if found.name in sets_in(BUNDLED):
            typer.echo(
                f"warning: {found.name} is also the name of a set that comes along; studies of "
                "that name now get this one where it is found first",
                err=True,
            )


@app.command()
def pack(
    name: Set,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the archive; here.")
    ] = None,
) -> None:
    """Pack a set into one file to share, after it was checked."""
    with reported():
        from twin.parameters.library.archive import pack as packed

        typer.echo(f"archive: {packed(_folder(name), out or Path.cwd(), _sound)}")


@app.command()
def cite(
    name: Set,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="The papers, in BibTeX.")] = False,
) -> None:
    """Print whom to cite for a set."""
    with reported():
        from twin.parameters.library import citing

        folder = _folder(name)
        text = citing.as_bibtex(folder) if bibtex else citing.as_text(folder)
        typer.echo(printable(text), nl=False)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new set.")],
    out: Folder = None,
) -> None:
    """Make a set to be filled in."""
    with reported():
        from twin.parameters.library.template import new_set

        place = new_set(name, out or _here())
        typer.echo(f"new set: {place}")
        typer.echo("Replace everything after 'fill in'; 'twin params check' says what is left.")


@app.command()
def schema() -> None:
    """Print the JSON schema of parameters.json, for editors."""
    import json

    from twin.parameters.bpx.schema import parameters_schema

    typer.echo(json.dumps(parameters_schema(), indent=2, ensure_ascii=False))


def _check_free(file: Path | None, overwrite: bool) -> None:
    """Raise if a file is there that is not to be replaced."""
    from twin.errors import ParameterError

    if file is not None and file.exists() and not overwrite:
        raise ParameterError(f"{file} is there already; name another file, or give --overwrite")


def _here() -> Path:
    from twin.parameters.library.finding import FOLDER

    return Path.cwd() / FOLDER


def _path(name: str) -> Path:
    """Return the folder or file of a set, by its name or path."""
    from twin.catalogue import CATALOGUE
    from twin.errors import ParameterError
    from twin.parameters.library.finding import find

    try:
        return find(name).path
    except ParameterError:
        if name not in CATALOGUE:
            raise
        raise ParameterError(
            f"'{name}' is a set of PyBaMM, not one of ours; 'twin params import {name}' makes one "
            "of it"
        ) from None


def _folder(name: str) -> Path:
    from twin.errors import ParameterError

    path = _path(name)
    if path.is_file():
        raise ParameterError(
            f"{path} is a single file; 'twin params import {path}' makes a set with sources of it"
        )
    return path


def _loaded(name: str) -> ParameterSet:
    from twin.parameters.parameter_set import read_set

    path = _path(name)
    return read_set(path, path.name if path.is_dir() else path.stem)


def _sound(folder: Path) -> None:
    """Raise unless a set is sound."""
    from twin.errors import ParameterError
    from twin.parameters.checks.checking import check_set

    report = check_set(folder)
    if not report.ok:
        raise ParameterError(f"{printable(report.text())}\nnothing was written; correct the errors")


def _at_a_glance(path: Path) -> list[str]:
    """Return title, capacity [A.h] and voltage window [V] of a set, as far as they can be read."""
    from twin.errors import ParameterError
    from twin.parameters.library.finding import PARAMETERS_FILE
    from twin.parameters.strict_files import read_json

    try:
        data = read_json(path / PARAMETERS_FILE, PARAMETERS_FILE, top_object=True)
    except ParameterError as error:
        return [_cut(f"cannot be read: {error}"), "-", "-"]
    header, values = data.get("Header"), data.get("Parameterisation")
    cell = values.get("Cell") if isinstance(values, dict) else None
    numbers = [_number(cell, name) for name in (CAPACITY, *WINDOW)]
    title = header.get("Title") if isinstance(header, dict) else None
    return [_cut(str(title or "-")), numbers[0], f"{numbers[1]} to {numbers[2]}"]


def _number(cell: object, name: str) -> str:
    value = cell.get(name) if isinstance(cell, dict) else None
    return f"{value:g}" if isinstance(value, int | float) else "-"


def _cut(text: str, longest: int = 60) -> str:
    plain = printable(" ".join(text.split()))
    return plain if len(plain) <= longest else f"{plain[: longest - 3].rstrip()}..."


def _print_taken(taken: Taken) -> None:
    groups: Sequence[tuple[str, Sequence[str]]] = (
        ("changed", taken.changed),
        ("not carried", taken.not_carried),
        ("BPX only nearly", taken.approximate),
    )
    for title, items in groups:
        for item in items:
            typer.echo(f"{title}: {printable(item)}")
    typer.echo(f"new set: {taken.path}, {taken.values} values, all with method 'assumed'")
    from twin.parameters.parameter_set import read_set

    if read_set(taken.path).document.model == "Partial":
        typer.echo("It lacks what a cell needs; the check says what.", err=True)
    typer.echo(f"Look them up in the papers, then: twin params check {taken.path}")


def _print_losses(losses: Sequence[Loss]) -> None:
    for loss in losses:
        typer.echo(f"lost: {printable(loss.text)}")
    if losses:
        typer.echo(f"{len(losses)} values that the file does not give as the set does")
