"""The command ``twin diagnose``: electrode balance and losses from slow curves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.console import print_table, printable, reported
from twin.errors import DataError

if TYPE_CHECKING:
    from twin.diagnosis.curve_map import CurveMap
    from twin.diagnosis.curves import SlowCurve
    from twin.diagnosis.fitted import FittedBalance

CSV, JSON = "modes.csv", "balance.json"
# quantity, its title, digits behind the point
SHOWN = (
    ("capacity_Ah", "capacity [A.h]", 3),
    ("capacity_negative_Ah", "negative [A.h]", 3),
    ("capacity_positive_Ah", "positive [A.h]", 3),
    ("lithium_Ah", "lithium [A.h]", 3),
    ("x_0", "x at 0 %", 4),
    ("x_100", "x at 100 %", 4),
    ("y_0", "y at 0 %", 4),
    ("y_100", "y at 100 %", 4),
    ("overpotential_V", "overpotential [V]", 4),
    ("secondary_share", "share of second material", 4),
    ("capacity_negative_primary_Ah", "first material [A.h]", 3),
    ("capacity_negative_secondary_Ah", "second material [A.h]", 3),
)
LOST = (
    ("capacity_loss_percent", "capacity [%]"),
    ("lli_percent", "LLI [%]"),
    ("lam_negative_percent", "LAM negative [%]"),
    ("lam_positive_percent", "LAM positive [%]"),
    ("lam_negative_primary_percent", "LAM first material [%]"),
    ("lam_negative_secondary_percent", "LAM second material [%]"),
)


def diagnose(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Slow curves of one cell in order of age, or a results folder."
        ),
    ],
    parameters: Annotated[
        str, typer.Option("--set", metavar="NAME", help="Parameter set with the half-cells.")
    ],
    curve_map: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="What the columns are (YAML).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for tables and figures.")
    ] = None,
    weighting: Annotated[
        str, typer.Option("--weighting", help="voltage, derivative or correlated.")
    ] = "voltage",
    free_share: Annotated[
        bool, typer.Option("--free-share", help="Find the share of a second negative material.")
    ] = False,
    no_overpotential: Annotated[
        bool, typer.Option("--no-overpotential", help="Take the voltage as the open-circuit one.")
    ] = False,
) -> None:
    """Read charges of electrodes and lithium, and their losses, off slow curves."""
    with reported():
        from twin.diagnosis.curve_map import default_map, read_map

        how = default_map() if curve_map is None else read_map(curve_map)
        options: dict[str, Any] = {
            "weighting": weighting,
            "free_share": free_share,
            "overpotential": not no_overpotential,
        }
        curves = _curves(files, how)
        for note in (note for curve in curves for note in curve.notes):
            typer.echo(printable(note), err=True)
        fits = [_fit(curve, parameters, how, options) for curve in curves]
        _print(fits)
        if out is not None:
            _write(fits, out)


def _curves(files: list[Path], how: CurveMap) -> list[SlowCurve]:
    from twin.diagnosis.curve_files import curves_of_run, read_slow_curve

    found = []
    for file in files:
        found += curves_of_run(file) if file.is_dir() else [read_slow_curve(file, how)]
    if len({curve.direction for curve in found}) > 1:
        raise DataError(
            "some curves are charges and some discharges; give those of one direction, whose "
            "errors are alike"
        )
    return found


def _fit(
    curve: SlowCurve, parameters: str, how: CurveMap, options: dict[str, Any]
) -> FittedBalance:
    from twin.diagnosis.fitting import fit_balance
    from twin.diagnosis.half_cells import half_cell_of_table, half_cells_of

    own = how.half_cells
    given = {
        domain: half_cell_of_table(file)
        for domain, file in (("negative", own.negative), ("positive", own.positive))
        if file is not None
    }
    cells = half_cells_of(parameters, curve.direction, **given)
    window = None if how.window is None else (how.window.lower_V, how.window.upper_V)
    bounds = {name: (low, high) for name, (low, high) in how.bounds.items()}
    return fit_balance(curve, cells, window_V=window, bounds=bounds, **options)


def _print(fits: list[FittedBalance]) -> None:
    """Print the balance of each curve, what was lost between them, and what stays open."""
    from twin.diagnosis.modes import modes_table

    shown = [entry for entry in SHOWN if entry[0] in fits[0].names]
    rows = []
    for fit in fits:
        cells = [_with_error(fit, name, digits) for name, _, digits in shown]
        rows.append([printable(fit.curve.label), *cells, f"{fit.rmse_mV:.1f}"])
    titles = ["curve", *(title for _, title, _ in shown), "misfit [mV]"]
    if len(rows) == 1:
        pairs = [list(pair) for pair in zip(titles, rows[0], strict=True)]
        print_table(pairs[0], pairs[1:], flush_left=True)
    else:
        print_table(titles, rows)
        table = modes_table(fits)
        lost = [entry for entry in LOST if entry[0] in table[0]]
        typer.echo("")
        print_table(
            ["curve", *(title for _, title in lost)],
            [
                [
                    printable(str(row["curve"])),
                    *(f"{row[name]:.2f} ± {row[f'{name}_sd']:.2f}" for name, _ in lost),
                ]
                for row in table
            ],
        )
    typer.echo("± is one standard deviation.")
    for fit in fits:
        for sentence in fit.sentences:
            typer.echo(printable(f"{fit.curve.label}: {sentence}"))


def _with_error(fit: FittedBalance, name: str, digits: int) -> str:
    deviation = fit.standard_deviations[name]
    text = f"{fit.values[name]:.{digits}f}"
    return text if deviation < 0.5 * 10**-digits else f"{text} ± {deviation:.{digits}f}"


def _write(fits: list[FittedBalance], out: Path) -> None:
    """Write the table of check-ups, everything as JSON, and the figures."""
    import json

    from twin.diagnosis.figure import balance_figure, modes_figure
    from twin.diagnosis.modes import modes_table, write_checkups
    from twin.report.canvas import png

    out.mkdir(parents=True, exist_ok=True)
    write_checkups(fits, out / CSV)
    text = json.dumps([fit.as_dict() for fit in fits], indent=1, ensure_ascii=False)
    (out / JSON).write_text(text + "\n", encoding="utf-8")
    for number, fit in enumerate(fits, start=1):
        (out / f"balance_{number}.png").write_bytes(png(balance_figure(fit)))
    if len(fits) > 1:
        (out / "modes.png").write_bytes(png(modes_figure(modes_table(fits))))
    typer.echo(f"written: {out}")
