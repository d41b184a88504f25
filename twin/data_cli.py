"""The commands ``twin data``: measured files checked, drawn and summed up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.console import print_table, printable, reported

if TYPE_CHECKING:
    from twin.data import CheckupTable, Cycle, PulseResistance, Recording, Step

PICTURES = (".png", ".pdf", ".svg")
MOST_ROWS = 60
# attribute, title, digits behind the point
STEPS = (
    ("step", "step", 0),
    ("kind", "kind", 0),
    ("first_row", "from row", 0),
    ("duration_s", "time [s]", 0),
    ("current_A", "current [A]", 3),
    ("voltage_start_V", "from [V]", 3),
    ("voltage_end_V", "to [V]", 3),
    ("charge_Ah", "charge [A.h]", 4),
    ("energy_Wh", "energy [W.h]", 3),
)
CYCLES = (
    ("cycle", "cycle", 0),
    ("first_row", "from row", 0),
    ("charge_capacity_Ah", "charged [A.h]", 4),
    ("discharge_capacity_Ah", "discharged [A.h]", 4),
    ("coulombic_efficiency", "coulombic efficiency", 5),
    ("energy_efficiency", "energy efficiency", 4),
    ("gaps", "gaps", 0),
)
PULSES = (
    ("step", "step", 0),
    ("direction", "direction", 0),
    ("current_A", "current [A]", 3),
    ("voltage_V", "voltage [V]", 3),
    ("time_s", "after [s]", 1),
    ("resistance_mOhm", "resistance [mOhm]", 2),
)
app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Check, draw and sum up files of measurements.",
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="Cycler file or table of check-ups.")]
Map = Annotated[
    Path | None, typer.Option("--map", metavar="MAP.yaml", help="What its columns are.")
]


@app.command()
def check(file: File, how: Map = None) -> None:
    """Read a file and report what was found in it, row by row."""
    with reported():
        measured = _read(file, how)
        for line in measured.quality.sentences():
            typer.echo(printable(line))
        _echo_ranges(measured)


@app.command()
def plot(
    file: File,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.png", help="The picture.")],
    how: Map = None,
) -> None:
    """Draw what a file holds."""
    if out.suffix.lower() not in PICTURES:
        allowed = ", ".join(PICTURES)
        raise typer.BadParameter(f"'{out.name}' ends in none of {allowed}", param_hint="--out")
    with reported():
        from twin.data import Recording, find_cycles, find_steps
        from twin.data.figures import checkups_figure, recording_figure
        from twin.report.canvas import DPI

        measured = _read(file, how)
        if isinstance(measured, Recording):
            whole = "current_A" in measured and "voltage_V" in measured
            steps = find_steps(measured) if whole else ()
            cycles = find_cycles(measured) if whole else ()
            figure = recording_figure(measured, steps, cycles)
        else:
            figure = checkups_figure(measured)
        figure.savefig(out, dpi=DPI, facecolor="white")
        typer.echo(f"picture: {out}")


@app.command()
def summary(file: File, how: Map = None) -> None:
    """Print steps, cycles, capacity, efficiency and resistance of a file."""
    with reported():
        from twin.data import Recording, find_cycles, find_steps, pulse_resistances

        measured = _read(file, how)
        typer.echo(printable(measured.quality.sentences()[0]))
        if not isinstance(measured, Recording):
            _print_checkups(measured)
            return
        steps = find_steps(measured)
        _print("steps", STEPS, steps)
        _print("cycles", CYCLES, find_cycles(measured))
        resistances = pulse_resistances(measured, steps=steps)
        _print("resistances", PULSES, [one for one in resistances if not one.reason])


def _read(file: Path, how: Path | None) -> Recording | CheckupTable:
    from twin.data.data_map import default_map, read_map, read_measured

    return read_measured(file, default_map(file) if how is None else read_map(how))


def _echo_ranges(measured: Recording | CheckupTable) -> None:
    """Print from where to where each quantity goes."""
    from twin.data import Recording
    from twin.data.vocabulary import RECORDED, VOCABULARY

    known = RECORDED if isinstance(measured, Recording) else VOCABULARY
    columns = (
        dict(measured.columns)
        if isinstance(measured, Recording)
        else {measured.x_name: measured.x, **measured.values}
    )
    rows = []
    for key, values in columns.items():
        there = values[values == values]
        ends = (f"{there.min():.6g}", f"{there.max():.6g}") if there.size else ("-", "-")
        rows.append([key, known[key].unit, str(there.size), *ends])
    print_table(["quantity", "unit", "numbers", "lowest", "highest"], rows)


def _print(
    title: str,
    columns: Sequence[tuple[str, str, int]],
    items: Sequence[Step] | Sequence[Cycle] | Sequence[PulseResistance],
) -> None:
    """Print steps, cycles or resistances as a table; long ones without their middle."""
    typer.echo(f"\n{title}: {len(items) or 'none'}")
    if not items:
        return
    rows = [[_cell(getattr(item, key), digits) for key, _, digits in columns] for item in items]
    if len(rows) > MOST_ROWS:
        half = MOST_ROWS // 2
        rows = [*rows[:half], ["..."] * len(columns), *rows[-half:]]
    print_table([name for _, name, _ in columns], rows)


def _print_checkups(table: CheckupTable) -> None:
    from twin.data.vocabulary import QUANTITIES

    titles = [table.x_name, *(f"{key} [{QUANTITIES[key].unit}]" for key in table.values)]
    columns = [table.x, *table.values.values()]
    rows = [
        [f"{value:.6g}" if value == value else "-" for value in row]
        for row in zip(*columns, strict=True)
    ]
    print_table(titles, rows)


def _cell(value: float | str, digits: int) -> str:
    if isinstance(value, str):
        return value
    return "-" if math.isnan(value) else f"{round(value, digits) + 0.0:.{digits}f}"
