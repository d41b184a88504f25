"""How well would each cell have been forecast from the others, and the late life from the early?

The fit is taken as linear around its best values, so that whatever is hidden is forecast without
another simulation: measurements, parameters and discrepancy are one normal law, and what is hidden
is conditioned on what is shown. Sizes of errors are those of the whole fit.
Run ``forecast.py`` first, then ``python examples/10_umich_nmc532/backtests.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.estimation import Fitted, fit, load_fit
from twin.estimation.observations import Series
from twin.forecast import Band
from twin.forecast.baselines import baselines

HERE = Path(__file__).parent
RESULTS = Path("results/10_umich_nmc532")
HALVES = {"cell 1": 200.0, "cell 4": 170.0, "cell 13": 260.0}
Array = NDArray[np.float64]


def conditioned(fitted: Fitted, hidden: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return mean and standard deviation of the hidden measurements, given the others [A.h].

    Parameters
    ----------
    hidden : which of the measurements are hidden
    """
    stage = fitted.stages[-1]
    problem, found = stage.problem, stage.found
    scaled = found.jacobian * problem.belief_sd(found.sizes.spreads)
    covariance = scaled @ scaled.T + problem.error_covariance(found.sizes.noises)
    mean = found.prediction.values + found.jacobian @ (problem.centre - found.z)
    shown = ~hidden
    gain = np.linalg.solve(covariance[np.ix_(shown, shown)], covariance[np.ix_(shown, hidden)]).T
    left = covariance[np.ix_(hidden, hidden)] - gain @ covariance[np.ix_(shown, hidden)]
    return mean[hidden] + gain @ (problem.y - mean)[shown], np.sqrt(np.diag(left))


def row(name: str, observed: Array, band: Band) -> str:
    """Return one line of the table: error, and how often the intervals held."""
    rmse = float(np.sqrt(np.mean((band.mean - observed) ** 2)))
    in90 = np.mean((band.q05 <= observed) & (observed <= band.q95))
    in50 = np.mean((band.q25 <= observed) & (observed <= band.q75))
    return f"| {name} | {rmse:.3f} | {100 * in90:.0f} % | {100 * in50:.0f} % | {observed.size} |"


def table(fitted: Fitted, hide: Callable[[Series], Array]) -> list[str]:
    """Return the scores of one kind of backtest.

    Parameters
    ----------
    hide : series -> which of its measurements are hidden, as a mask
    """
    problem = fitted.stages[-1].problem
    hidden = np.concatenate([hide(one) for one in problem.series]).astype(bool)
    mean, sd = conditioned(fitted, hidden)
    places = np.flatnonzero(hidden)
    lines = []
    for one, part in zip(problem.series, problem.parts, strict=True):
        own = np.isin(places, np.arange(part.start, part.stop))
        if own.any():
            x, y = one.x[hidden[part]], problem.y[part][hidden[part]]
            band = Band.from_normal(x, mean[own], sd[own])
            lines.append(row(f"{one.experiment}, {one.quantity}: physics", y, band))
            if one.quantity == "capacity_Ah":
                lines += _beside(problem.series, one, hide, y)
    return lines


def _beside(
    series: list[Series], one: Series, hide: Callable[[Series], Array], y: Array
) -> list[str]:
    """Return the lines of the baselines, which see what the fit sees."""
    mask = hide(one).astype(bool)
    own = None if mask.all() else (one.x[~mask], one.y[~mask])
    others = [
        (s.x[~hide(s).astype(bool)], s.y[~hide(s).astype(bool)])
        for s in series
        if s.quantity == one.quantity and s is not one
    ]
    bands = baselines(own, [pair for pair in others if pair[0].size], one.x[mask])
    return [row(f"{one.experiment}, {one.quantity}: {name}", y, b) for name, b in bands.items()]


if __name__ == "__main__":
    fitted = fit(load_fit(HERE / "fit.yaml"), RESULTS, jobs=1)
    head = ["| hidden, method | RMSE [A.h] | in 90 % | in 50 % | points |", "|---|---|---|---|---|"]
    lines = list(head)
    for cell in HALVES:
        lines += table(fitted, lambda s, cell=cell: np.full(s.x.size, s.experiment == cell))
    lines += ["", "Late half hidden in all three:", "", *head]
    lines += table(fitted, lambda s: s.x > HALVES[s.experiment])
    (HERE / "backtests.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
