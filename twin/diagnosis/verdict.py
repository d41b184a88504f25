"""What a fit can and cannot say, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.fitted import FittedBalance
from twin.diagnosis.search import Optimum, refine
from twin.diagnosis.voltage_model import OVERPOTENTIAL, bounds_of

Numbers = NDArray[np.float64]
POORLY = 0.03  # a charge with a larger relative standard deviation is called poorly known
UNKNOWN = 0.10  # and beyond this, unknown
LARGE_MISFIT_MV = 15.0
TIED = 0.98  # errors with a larger correlation are called tied
_APART = 3.0  # standard deviations beyond which it is another
_EDGE = 1e-3
_IN_WORDS = {
    "capacity_negative_Ah": "the charge of the negative electrode",
    "capacity_positive_Ah": "the charge of the positive electrode",
    "lithium_Ah": "the lithium",
    "capacity_negative_primary_Ah": "the charge of the first negative material",
    "capacity_negative_secondary_Ah": "the charge of the second negative material",
}


def verdict(
    fit: FittedBalance, rivals: Sequence[Optimum], limits: tuple[Numbers, Numbers]
) -> FittedBalance:
    """Return the fit with sentences on what it leaves open.

    Parameters
    ----------
    fit : the best one
    rivals : other local optima
    limits : lowest and highest value of each free number
    """
    said = [
        *_misfit(fit),
        *_poorly_known(fit),
        *_tied(fit),
        *_at_bounds(fit, limits),
        *_beyond_the_curve(fit),
        *_rival(fit, rivals),
        *_hidden_overpotential(fit),
    ]
    return replace(fit, sentences=tuple(said))


def _misfit(fit: FittedBalance) -> Iterator[str]:
    if fit.rmse_mV > LARGE_MISFIT_MV:
        yield (
            f"The fit is {fit.rmse_mV:.0f} mV off (root mean square): these half-cells do not "
            "describe the cell well, and the intervals hold only if errors are as large elsewhere."
        )


def _poorly_known(fit: FittedBalance) -> Iterator[str]:
    x, y = (_window(fit, names) for names in (("x_0", "x_100"), ("y_0", "y_100")))
    for name, words in _IN_WORDS.items():
        if name not in fit.names:
            continue
        value, deviation = fit.values[name], fit.standard_deviations[name]
        if deviation <= POORLY * value:
            continue
        unknown = deviation > UNKNOWN * value
        how = "does not determine" if unknown else "hardly determines"
        advice = "; give bounds, or a longer curve" if unknown else ""
        where = (
            f"y {y}" if "positive" in name else f"x {x}" if "negative" in name else f"x {x}, y {y}"
        )
        yield (
            f"The curve {how} {words}: {value:.3g} A.h with a standard deviation of "
            f"{100 * deviation / value:.0f} %. It covers {where}{advice}."
        )


def _window(fit: FittedBalance, names: tuple[str, str]) -> str:
    low, high = sorted(float(fit.given[fit.model.free.index(name)]) for name in names)
    return f"{low:.2f} to {high:.2f}"


def _tied(fit: FittedBalance) -> Iterator[str]:
    known = [name for name in _IN_WORDS if name in fit.names]
    for k, one in enumerate(known):
        for other in known[k + 1 :]:
            found = fit.correlations[fit.names.index(one), fit.names.index(other)]
            if abs(found) > TIED:
                kind = "ratio" if found > 0 else "sum"
                yield (
                    f"Only a {kind} of {_IN_WORDS[one]} and {_IN_WORDS[other]} is known well: "
                    f"their errors have a correlation of {found:.3f}."
                )


def _at_bounds(fit: FittedBalance, limits: tuple[Numbers, Numbers]) -> Iterator[str]:
    room = _EDGE * (limits[1] - limits[0])
    for name, value, low, high, near in zip(fit.model.free, fit.given, *limits, room, strict=True):
        if (value - low < near and name not in ("x_0", "y_100")) or high - value < near:
            yield (
                f"{name} = {value:.4f} lies at its bound ({low:.4g} to {high:.4g}); its error, and "
                "those of what hangs on it, are too small."
            )


def _beyond_the_curve(fit: FittedBalance) -> Iterator[str]:
    if fit.window_V is None:
        return
    ends = float(fit.curve.voltage_V[0]), float(fit.curve.voltage_V[-1])
    added = fit.values["capacity_Ah"] / fit.curve.span_Ah - 1
    if added > POORLY:
        yield (
            f"The curve covers {ends[0]:.3f} to {ends[1]:.3f} V; {100 * added:.0f} % more "
            f"charge up to {fit.window_V[0]:g} and {fit.window_V[1]:g} V is extrapolated by the "
            "half-cells."
        )


def _rival(fit: FittedBalance, rivals: Sequence[Optimum]) -> Iterator[str]:
    deviation = np.sqrt(np.diag(fit.covariance_of_free))[:4]
    for rival in rivals:
        far = np.abs(rival.given[:4] - fit.given[:4]) > _APART * deviation
        if far.any():
            x_0, x_1, y_0, y_1 = rival.given[:4]
            span = fit.curve.span_Ah
            yield (
                f"Another balance fits as well: {span / (x_1 - x_0):.3g} A.h negative, "
                f"{span / (y_0 - y_1):.3g} A.h positive, x {x_0:.2f} to {x_1:.2f}, "
                f"y {y_0:.2f} to {y_1:.2f}. Give bounds, or a longer curve."
            )


def _hidden_overpotential(fit: FittedBalance) -> Iterator[str]:
    """Say what a constant overpotential would change, where none was asked for."""
    if OVERPOTENTIAL in fit.model.free:
        return
    free = (*fit.model.free[:4], OVERPOTENTIAL, *fit.model.free[4:])
    model = replace(fit.model, free=free)
    start = np.insert(fit.given, 4, 0.0)
    root = np.asarray(np.linalg.cholesky(fit.weight).T)
    share, volts, _ = fit.points
    found = refine(model, (share, volts), root, start, bounds_of(model.half_cells, free, {}))
    rest = np.delete(found.given, 4)
    deviation = np.sqrt(np.diag(fit.covariance_of_free))
    rmse = 1e3 * float(np.sqrt(np.mean((volts - model.voltage(share, found.given)) ** 2)))
    if np.any(np.abs(rest - fit.given) > 2 * deviation) and rmse < 0.8 * fit.rmse_mV:
        yield (
            f"A constant overpotential of {1e3 * found.given[4]:.0f} mV would lower the "
            f"misfit from {fit.rmse_mV:.1f} to {rmse:.1f} mV and move the result by more than two "
            "standard deviations; let it be found too."
        )
