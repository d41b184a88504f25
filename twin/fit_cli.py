"""The commands ``twin fit``, ``twin forecast`` and ``twin backtest``."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.console import INTERRUPTED, print_table, reported

if TYPE_CHECKING:
    from twin.estimation import FitStudy, Fitted
    from twin.forecast.backtest import Backtest
    from twin.forecast.forecast import Forecast

FitFile = Annotated[Path, typer.Argument(metavar="FIT", help="YAML file of a fit.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", min=1, help="Simulations at a time; by default one for each core."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress.")]
SCORES = (
    ("rmse", "RMSE", 3),
    ("crps", "CRPS", 3),
    ("coverage_50_percent", "in 50 % interval [%]", 0),
    ("coverage_90_percent", "in 90 % interval [%]", 0),
)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("fit")(fit)
    app.command("forecast")(forecast)
    app.command("backtest")(backtest)


def fit(study: FitFile, out: Out, jobs: Jobs = None, quiet: Quiet = False) -> None:
    """Fit parameters to measurements; an interrupted fit goes on where it stopped."""
    with reported(), _going_on("fit", study, out):
        loaded = _load(study)
        with _telling(quiet) as tell:
            fitted = _fitted(loaded, out, jobs, tell)
        _print_estimates(loaded, fitted)
        _write_set(fitted, out)
        _draw_fit(fitted, out)
        typer.echo(f"results: {out}")


def forecast(study: FitFile, out: Out, jobs: Jobs = None, quiet: Quiet = False) -> None:
    """Forecast what a fit says, with intervals, and write forecast.json."""
    with reported(), _going_on("forecast", study, out):
        from twin.estimation.fitting import FILE
        from twin.forecast.forecast import write_forecasts
        from twin.forecast.from_fit import forecast as made

        loaded = _load(study)
        with _telling(quiet) as tell:
            if not (out / FILE).is_file():
                _fitted(loaded, out, jobs, tell)
            found = made(_kept(loaded, out), out=out, jobs=jobs, tell=tell)
        single = next(iter(found.values())) if len(found) == 1 else found
        write_forecasts(single, out / "forecast.json")
        _draw_forecasts(loaded, found, out)
        _print_forecasts(found)
        typer.echo(f"forecast: {out / 'forecast.json'}")


def backtest(
    study: FitFile,
    out: Out,
    name: Annotated[
        str | None, typer.Option("--only", metavar="NAME", help="One backtest; by default all.")
    ] = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Hide measurements, fit the rest, forecast what was hidden, and score it."""
    with reported(), _going_on("backtest", study, out):
        from twin.forecast.backtest import backtest as made

        loaded = _load(study)
        names = [name] if name else [test.name for test in loaded.backtests]
        if not names:
            typer.echo("the fit has no backtests; describe one under 'backtests'", err=True)
            raise typer.Exit(2)
        for one in names:
            with _telling(quiet) as tell:
                found = made(loaded, one, out, jobs=jobs, tell=tell)
            _print_scores(found)
            _draw_backtest(found, out)
        typer.echo(f"results: {out}")


# -- parts ---------------------------------------------------------------------------


def _load(study: Path) -> FitStudy:
    from twin.estimation.reading import load_fit

    return load_fit(study)


def _fitted(loaded: FitStudy, out: Path, jobs: int | None, tell: Callable[[str], None]) -> Fitted:
    from twin.estimation.fitting import fit as made

    return made(loaded, out, jobs=jobs, tell=tell)


def _kept(loaded: FitStudy, out: Path) -> Fitted:
    from twin.estimation.fitting import load_fitted

    return load_fitted(loaded, out)


@contextmanager
def _going_on(command: str, study: Path, out: Path) -> Iterator[None]:
    """Say how to go on where Ctrl-C stopped a command."""
    try:
        yield
    except KeyboardInterrupt:
        again = f"twin {command} {shlex.quote(str(study))} --out {shlex.quote(str(out))}"
        typer.echo(
            f"interrupted; what was simulated is kept in {out}. Go on with: {again}", err=True
        )
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _telling(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield what takes lines of progress."""
    if quiet:
        yield lambda text: None
        return
    yield lambda text: typer.echo(text, err=True)


def _print_estimates(loaded: FitStudy, fitted: Fitted) -> None:
    from twin.estimation.posterior import estimates, tied

    rows = [
        [
            e.name,
            f"{e.value:.4g}",
            f"{e.low:.4g}",
            f"{e.high:.4g}",
            f"{100 * e.learnt:.0f}",
            e.words,
        ]
        for e in estimates(loaded, fitted.law)
    ]
    print_table(["parameter", "best", "5 %", "95 %", "learnt [%]", ""], rows)
    for first, second, correlation in tied(fitted.law):
        typer.echo(
            f"the data do not tell {first} from {second}: correlation {correlation:.2f}", err=True
        )


def _write_set(fitted: Fitted, out: Path) -> None:
    from twin.estimation.fitted_set import write_fitted_sets

    for place in write_fitted_sets(fitted, out / "parameter_sets"):
        typer.echo(f"parameter set: {place}")


def _print_forecasts(found: dict[str, Forecast]) -> None:
    rows = []
    for name, one in found.items():
        for quantity, band in one.quantities.items():
            last = (band.mean, band.q05, band.q95)
            rows.append([name, quantity, f"{one.x[-1]:g}", *(f"{v[-1]:.4g}" for v in last)])
    print_table(["experiment", "quantity", "at", "mean", "5 %", "95 %"], rows)
    for name, one in found.items():
        for times in one.thresholds.values():
            for time in times:
                typer.echo(f"{name}: {time.threshold:g} % at {_time(time)}")


def _time(time: Any) -> str:
    import math

    def said(value: float) -> str:
        return f"{value:.0f}" if math.isfinite(value) else f"beyond {time.horizon:.0f}"

    return f"{said(time.median)} (90 % interval {said(time.q05)} to {said(time.q95)})"


def _print_scores(found: Backtest) -> None:
    typer.echo(f"backtest: {found.section.name}, {found.section.quantity}")
    scores = found.scores
    together = scores[(scores["cell"] == "all") | (scores["cells"] == 1)]
    several = (scores["cell"] == "all").any()
    rows = [
        [row["method"], *(f"{row[key]:.{digits}f}" for key, _, digits in SCORES)]
        for _, row in together.iterrows()
        if row["quantity"] == found.section.quantity and (row["cell"] == "all" or not several)
    ]
    print_table(["method", *(title for _, title, _ in SCORES)], rows)


def _draw_forecasts(loaded: FitStudy, found: dict[str, Forecast], out: Path) -> None:
    from twin.report.forecast_page import write_forecast_page

    typer.echo(f"report: {write_forecast_page(loaded, found, out)}")


def _draw_backtest(found: Backtest, out: Path) -> None:
    from twin.report.backtest_page import write_backtest_page

    typer.echo(f"report: {write_backtest_page(found, out)}")


def _draw_fit(fitted: Fitted, out: Path) -> None:
    from twin.report.fit_page import write_fit_page

    typer.echo(f"report: {write_fit_page(fitted, out)}")
