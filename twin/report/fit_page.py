"""The page of a fit: what was found, how sure, how well it fits, and what it took."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twin.report.forecast_figures import (
    NAMES,
    Line,
    Panel,
    Points,
    correlation_figure,
    life_figure,
    residual_figure,
)
from twin.report.sheets import Part, Picture, Sheet, write_sheets
from twin.report.tables import duration

if TYPE_CHECKING:
    from twin.estimation.discrepancy import Noise
    from twin.estimation.fitting import Fitted
    from twin.estimation.observations import Series

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """One measured series with what the best run says there.

    Parameters
    ----------
    stage : in which it was fitted
    series : what was measured
    best : the best run at the same ages
    noise : sizes of the errors of the quantity
    white : residuals made independent and of unit size
    """

    stage: str
    series: Series
    best: Array
    noise: Noise
    white: Array

    @property
    def residual(self) -> Array:
        """Measured minus best run."""
        return np.asarray(self.series.y - self.best, dtype=float)


def write_fit_page(fitted: Fitted, out: str | Path) -> Path:
    """Write ``fit.html`` with its figures and tables, and return its path.

    Parameters
    ----------
    fitted : the fit; one that was read back from its folder has no curves, as it does not
        hold the best runs
    out : folder
    """
    fits = list(_fits(fitted))
    sections = [
        Part("Parameters", sheets=[_parameters(fitted)], lines=_tied(fitted)),
        *_correlations(fitted),
        Part("Errors and spreads", sheets=[_errors(fitted)]),
        *_specimens(fitted),
        *_misfits(fits),
        *([Part("Measured and simulated", pictures=_lives(fits))] if fits else []),
        *_residuals(fits),
        Part("What ended early", **_ended(fitted)),
        Part("How it was computed", facts=_facts(fitted)),
    ]
    return write_sheets(
        Path(out) / "fit.html", f"Fit: {fitted.fit.name}", _answer(fitted, fits), sections
    )


def _fits(fitted: Fitted) -> Iterator[Fit]:
    for stage in fitted.stages:
        problem, found = stage.problem, stage.found
        best = found.prediction.values
        white = problem.whitener(found.sizes.noises)(problem.y - best)
        for series, part in zip(problem.series, problem.parts, strict=True):
            noise = found.sizes.noises[series.quantity]
            yield Fit(stage.name, series, best[part], noise, white[part])


# -- parameters ----------------------------------------------------------------------


def _parameters(fitted: Fitted) -> Sheet:
    import pandas as pd

    from twin.estimation.posterior import Z90, estimates
    from twin.estimation.transforms import Line as Place

    rows = []
    for one in estimates(fitted.fit, fitted.law):
        section = fitted.fit.parameters[one.name]
        place = Place(one.name, section)
        ends = [place.value(place.centre + k * Z90 * place.sd) for k in (-1, 1)]
        rows.append(
            {
                "parameter": one.name,
                "kind": section.kind,
                "before: 5 %": ends[0],
                "middle": place.value(place.centre),
                "95 %": ends[1],
                "best": one.value,
                "after: 5 %": one.low,
                "95 % ": one.high,
                "learnt [%]": 100 * one.learnt,
                "to be known": one.words,
            }
        )
    hint = (
        "A factor multiplies the values of the parameter set, a value replaces them. Before: the "
        "belief that the fit began with; after: the 90 % interval that the data leave (Laplace's "
        "approximation). Learnt: the share of the variance of the belief that the data took away; "
        "near 0 the value is the belief, not a finding. The targets are in the fit file."
    )
    return Sheet("fit_parameters", "", hint, pd.DataFrame(rows))


def _tied(fitted: Fitted) -> list[str]:
    from twin.estimation.posterior import tied

    return [
        f"The data do not tell {first} from {second}: their correlation is {value:.2f}. What is "
        "known is a combination of both; use them together."
        for first, second, value in tied(fitted.law)
    ]


def _correlations(fitted: Fitted) -> list[Part]:
    shared = [i for i, e in enumerate(fitted.law.entries) if not e.specimen]
    if len(shared) < 2:
        return []
    sd = fitted.law.sd()[shared]
    matrix = fitted.law.covariance[np.ix_(shared, shared)] / np.outer(sd, sd)
    names = [fitted.law.entries[i].parameter for i in shared]
    caption = (
        "How the errors of two parameters go together. Near 1 or -1 the data know only a "
        "combination of both; near 0 they know each by itself."
    )
    figure = correlation_figure(names, matrix)
    return [
        Part(
            "Which parameters go together",
            pictures=[Picture("fit_correlations", "Correlations", caption, figure)],
        )
    ]


def _errors(fitted: Fitted) -> Sheet:
    import pandas as pd

    rows = [
        {
            "of": quantity,
            "noise, one standard deviation": noise.sd,
            "discrepancy after 100 of the age": noise.walk,
            "estimated": "yes" if fitted.fit.noise[quantity].estimate else "given",
        }
        for quantity, noise in fitted.law.sizes.noises.items()
    ]
    rows += [
        {
            "of": f"{name}, between specimens",
            "noise, one standard deviation": spread,
            "discrepancy after 100 of the age": np.nan,
            "estimated": "yes" if fitted.fit.parameters[name].estimate_spread else "given",
        }
        for name, spread in fitted.law.sizes.spreads.items()
    ]
    hint = (
        "In the unit of the quantity. Noise is independent from one measurement to the next; the "
        "discrepancy is what the model leaves out, a random walk that grows with the root of the "
        "age. A spread is of the parameter after its transform: with a logarithm, 0.1 is 10 %."
    )
    return Sheet("fit_errors", "", hint, pd.DataFrame(rows))


def _specimens(fitted: Fitted) -> list[Part]:
    import pandas as pd

    from twin.estimation.posterior import Z90

    sd = fitted.law.sd()
    rows = [
        {
            "parameter": entry.parameter,
            "specimen": entry.specimen,
            "deviation": mean,
            "5 %": mean - Z90 * width,
            "95 %": mean + Z90 * width,
        }
        for entry, mean, width in zip(fitted.law.entries, fitted.law.mean, sd, strict=True)
        if entry.specimen
    ]
    if not rows:
        return []
    hint = (
        "How far each specimen is from the shared value, after the transform of the parameter: "
        "with a logarithm, 0.1 is 10 % more."
    )
    sheets = [Sheet("fit_specimens", "", hint, pd.DataFrame(rows), 3)]
    return [Part("Specimens", sheets=sheets)]


# -- how well it fits ----------------------------------------------------------------


def _misfits(fits: Sequence[Fit]) -> list[Part]:
    import pandas as pd

    if not fits:
        return []
    groups: dict[tuple[str, str], list[Fit]] = {}
    for one in fits:
        groups.setdefault((one.stage, one.series.quantity), []).append(one)
    rows = []
    for (stage, quantity), own in groups.items():
        residual = np.concatenate([one.residual for one in own])
        white = np.concatenate([one.white for one in own])
        rows.append(
            {
                "stage": stage,
                "quantity": quantity,
                "experiments": len({one.series.experiment for one in own}),
                "values": residual.size,
                "RMSE": np.sqrt(np.mean(residual**2)),
                "bias": -np.mean(residual),
                "largest": np.max(np.abs(residual)),
                "RMS in expected errors": np.sqrt(np.mean(white**2)),
            }
        )
    hint = (
        "Best run against measurements, in the unit of the quantity; bias: simulated minus "
        "measured. The last column is the misfit after noise and discrepancy were made "
        "independent and of size one: about 1 where their sizes are right."
    )
    sheets = [Sheet("fit_misfit", "", hint, pd.DataFrame(rows), 3)]
    return [Part("How well it fits", sheets=sheets)]


def _half(one: Fit, x: Array) -> Array:
    """Return the half width of the 90 % interval of a measurement about the best run."""
    from twin.estimation.discrepancy import error_covariance
    from twin.estimation.posterior import Z90

    sd = one.series.sd if x is one.series.x else np.full(x.shape, np.nan)
    return np.asarray(Z90 * np.sqrt(np.diag(error_covariance(x, sd, one.noise))), dtype=float)


def _lives(fits: Sequence[Fit]) -> list[Picture]:
    groups: dict[tuple[str, str], list[Fit]] = {}
    for one in fits:
        groups.setdefault((one.series.quantity, one.series.age), []).append(one)
    caption = (
        "Points: measured. Line: the best run at the same ages. Shaded: where 90 % of the "
        "measurements are expected about it, with the noise and the discrepancy that were found."
    )
    return [
        Picture(
            f"fit_{quantity}_{age}",
            NAMES.get(quantity, quantity).partition(" [")[0],
            caption,
            life_figure(_panels(own), quantity, age),
        )
        for (quantity, age), own in groups.items()
    ]


def _panels(own: Sequence[Fit]) -> list[Panel]:
    """Return a panel for each experiment, and for each of its curves."""
    found: dict[str, list[Fit]] = {}
    for one in own:
        curve = one.series.curve
        title = one.series.experiment if curve is None else f"{one.series.experiment}, {curve + 1}"
        found.setdefault(title, []).append(one)
    return [
        Panel(
            title,
            [Points(one.series.x, one.series.y) for one in several],
            [_line(one) for one in several],
        )
        for title, several in found.items()
    ]


def _line(one: Fit) -> Line:
    order = np.argsort(one.series.x, kind="stable")
    half = _half(one, one.series.x)
    return Line(one.series.x[order], one.best[order], half[order])


def _residuals(fits: Sequence[Fit]) -> list[Part]:
    rows: dict[tuple[str, str], list[tuple[str, Array, Array]]] = {}
    spreads: dict[str, Callable[[Array], Array]] = {}
    for one in fits:
        series = one.series
        key = series.quantity, series.age
        rows.setdefault(key, []).append((series.experiment, series.x, one.residual))
        spreads[series.quantity] = _spread(one)
    if not rows:
        return []
    caption = (
        "Measured minus best run, one colour for each experiment where there are few. Shaded: "
        "where 90 % are expected. Lines that leave zero together show what the model lacks."
    )
    picture = Picture("fit_residuals", "Residuals", caption, residual_figure(rows, spreads))
    return [Part("What is left over", pictures=[picture])]


def _spread(one: Fit) -> Callable[[Array], Array]:
    return lambda x: _half(one, x)


# -- the rest ------------------------------------------------------------------------


def _ended(fitted: Fitted) -> dict[str, Any]:
    lines = [f"{name}: {why}" for name, why in fitted.law.ended.items()]
    if not lines:
        return {"words": "All best runs went on to their end."}
    words = "These best runs ended early; beyond their ends the last slope goes on."
    return {"words": words, "lines": lines}


def _facts(fitted: Fitted) -> list[tuple[str, str]]:
    plain = fitted.plain()
    facts = [
        ("Time of the fit", duration(fitted.seconds)),
        ("Simulations made for it", f"{fitted.simulations}"),
        ("Versions", ", ".join(f"{n} {v}" for n, v in plain["versions"].items())),
        ("SHA-256 of the measurements", plain["data_sha256"]),
        ("Sources of the measurements", "; ".join(sorted({s.source for s in fitted.series}))),
    ]
    for stage in fitted.stages:
        state = "converged" if stage.found.converged else "not converged"
        costs = ", ".join(f"{cost:.2f}" for cost in stage.found.history)
        text = f"{state} after {stage.found.iterations} iterations; misfit {costs or 'unchanged'}"
        facts.append((f"Stage {stage.name}", text))
    return facts


def _answer(fitted: Fitted, fits: Sequence[Fit]) -> list[str]:
    from twin.estimation.posterior import LITTLE, estimates

    every = estimates(fitted.fit, fitted.law)
    known = [one.name for one in every if one.learnt >= LITTLE]
    unknown = [one.name for one in every if one.learnt < LITTLE]
    values = sum(series.x.size for series in fitted.series)
    cells = len({series.experiment for series in fitted.series})
    found = [
        f"{len(every)} parameter{'s were' if len(every) != 1 else ' was'} fitted to {values} "
        f"measured values of {cells} experiment{'s' if cells != 1 else ''}."
    ]
    found += [f"The data tell {', '.join(known)}."] if known else []
    found += [f"They do not tell {', '.join(unknown)}; there the belief stays."] if unknown else []
    stopped = [stage.name for stage in fitted.stages if not stage.found.converged]
    if stopped:
        found.append(f"The search did not converge in {', '.join(stopped)}: do not rely on it.")
    if not fits:
        found.append("This fit was read back from its folder, so that the best runs are not shown.")
    return found
