r"""Electrode balance from a slow curve, by weighted least squares, with honest errors.

The free numbers :math:`\theta` (the stoichiometries at both ends of the curve; if asked an
overpotential and the share of a second material) minimise :math:`r^T M r` with the residuals
:math:`r` of the voltage. The weight :math:`M` is

- ``"correlated"``: the mean precision of the errors that :mod:`twin.diagnosis.drift` reads off
  the residuals, which weighs features of the curve more and slow drift less;
- ``"voltage"``: the same for every point, plain least squares;
- ``"derivative"``: :math:`I + \lambda^2 D^T D`, least squares on voltage and on
  :math:`\lambda\,\mathrm{d}V/\mathrm{d}s` together.

With :math:`A = (J^T M J)^{-1} J^T M` the errors of all three have the covariance
:math:`A C A^T`, where :math:`C` is the covariance of the errors of the points, not a multiple of
the identity: residuals of such fits are errors of the half-cells and not noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.curves import SlowCurve
from twin.diagnosis.drift import ErrorModel, error_model
from twin.diagnosis.fitted import FittedBalance
from twin.diagnosis.half_cells import HalfCells
from twin.diagnosis.search import Optimum, refine, spans, starts
from twin.diagnosis.verdict import verdict
from twin.diagnosis.voltage_model import VoltageModel, bounds_of, free_numbers
from twin.errors import DataError, ParameterError, nearest

Numbers = NDArray[np.float64]
Bounds = tuple[Numbers, Numbers]
Points = tuple[Numbers, Numbers]
Weighting = Literal["correlated", "voltage", "derivative"]
POINTS = 100
DERIVATIVE_LENGTH = 0.03  # of the charge: how much a slope counts beside a voltage
_ROUNDS = 1
TIE = 2.0  # half the weighted squares of errors within which optima fit equally well
_SAME = 0.02  # optima nearer than this in stoichiometry are one
LARGEST_MISFIT_V = 0.25


def fit_balance(
    curve: SlowCurve,
    half_cells: HalfCells,
    *,
    overpotential: bool = True,
    free_share: bool = False,
    weighting: Weighting = "voltage",
    window_V: tuple[float, float] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
) -> FittedBalance:
    """Return the charges of the electrodes and of lithium that explain a slow curve.

    Parameters
    ----------
    curve : charge [A.h] and voltage [V] of a slow charge or discharge
    half_cells : potentials of the two electrodes
    overpotential : find a constant overpotential [V] too, positive when it costs voltage
    free_share : find the share of the second material of the negative electrode
    weighting : how points count; see the module
    window_V : voltages of 0 and 100 % charge [V]; without, the ends of the curve
    bounds : name of a free number -> lowest and highest value

    Returns
    -------
    FittedBalance
        with standard deviations, correlations and sentences on what the curve leaves open.

    Raises
    ------
    ParameterError
        for a weighting, a window or bounds that cannot be.
    DataError
        where no balance of these half-cells comes near the curve.
    """
    _check(weighting, window_V)
    free = free_numbers(half_cells, overpotential, free_share)
    model = VoltageModel(half_cells, curve.direction, free)
    limits = bounds_of(half_cells, free, bounds or {})
    points = curve.resampled(POINTS)
    optima = _plausible(model, points, _optima(model, points, limits, curve.label), curve.rate)
    best, weight, errors = _weighted(
        model, points, optima[0].given, limits, (weighting, curve.rate)
    )
    share, volts = points
    J = model.jacobian(share, best)
    gain = np.linalg.pinv(J.T @ weight @ J, rcond=1e-14, hermitian=True) @ J.T @ weight
    near = (_refined(model, points, errors.precision, o.given, limits) for o in optima[1:])
    rivals = [rival for rival in near if spans(rival.given)]
    fit = FittedBalance(
        curve,
        model,
        best,
        gain @ errors.covariance @ gain.T,
        gain,
        weight,
        (share, volts, model.voltage(share, best)),
        errors,
        window_V,
    )
    own = 0.5 * float(fit.residuals_V @ errors.precision @ fit.residuals_V)
    return verdict(fit, [rival for rival in rivals if rival.cost < own + TIE], limits)


def _check(weighting: str, window_V: tuple[float, float] | None) -> None:
    allowed = get_args(Weighting)
    if weighting not in allowed:
        raise ParameterError(
            f"weighting '{weighting}'; allowed are {', '.join(allowed)}"
            f"{nearest(weighting, allowed)}"
        )
    if window_V is not None and not 0 < window_V[0] < window_V[1]:
        raise ParameterError(
            f"window_V: {window_V[0]:g} to {window_V[1]:g} V; give the voltage of the empty cell "
            "first and a higher one for the full cell"
        )


def _optima(model: VoltageModel, points: Points, limits: Bounds, label: str) -> list[Optimum]:
    """Return the distinct local optima of plain least squares, the best first."""
    even = np.eye(points[0].size)
    begin = starts(model, *points, limits)
    if not begin:
        raise DataError(f"{label}: the bounds leave no room for a curve; widen them")
    found = sorted((refine(model, points, even, s, limits) for s in begin), key=lambda o: o.cost)
    usable = [one for one in found if spans(one.given)]
    misfit = np.sqrt(2 * (usable or found)[0].cost / points[0].size)
    if not usable or not misfit < LARGEST_MISFIT_V:
        cells = model.half_cells
        raise DataError(
            f"{label}: the nearest balance of these half-cells is {misfit:.2f} V off (root mean "
            f"square); take the half-cells of this cell ('{cells.negative.name}' and "
            f"'{cells.positive.name}' were given) and check the unit of the voltage"
        )
    kept: list[Optimum] = []
    for one in usable:
        if all(np.max(np.abs(one.given - other.given)) > _SAME for other in kept):
            kept.append(one)
    return kept


def _plausible(
    model: VoltageModel, points: Points, optima: list[Optimum], rate: float
) -> list[Optimum]:
    """Return the optima with, among those that fit equally well, the least unused charge first.

    A curve on a plateau fits a huge electrode of which it uses a little as well as a small one
    that it uses up.
    """
    precision = _errors(model, points, optima[0].given, rate).precision
    residuals = [points[1] - model.voltage(points[0], o.given) for o in optima]
    costs = [0.5 * float(r @ precision @ r) for r in residuals]

    def used(one: Optimum) -> float:
        x_0, x_1, y_0, y_1 = one.given[:4]
        return float(min(x_1 - x_0, y_0 - y_1))

    tied = [o for o, cost in zip(optima, costs, strict=True) if cost < costs[0] + TIE]
    first = max(tied, key=used)
    return [first, *(o for o in optima if o is not first)]


def _weighted(
    model: VoltageModel,
    points: Points,
    given: Numbers,
    limits: Bounds,
    how: tuple[Weighting, float],
) -> tuple[Numbers, Numbers, ErrorModel]:
    """Return the best fit under a weighting and at a rate, the weight, and the points' errors."""
    weighting, rate = how
    size = points[0].size
    weight = np.eye(size)
    if weighting == "derivative":
        slopes = DERIVATIVE_LENGTH * np.asarray(np.gradient(np.eye(size), points[0], axis=0))
        weight = weight + slopes.T @ slopes
        given = _refined(model, points, weight, given, limits).given
    errors = _errors(model, points, given, rate)
    for _ in range(_ROUNDS if weighting == "correlated" else 0):
        weight = errors.precision
        given = _refined(model, points, weight, given, limits).given
        errors = _errors(model, points, given, rate)
    return given, weight, errors


def _refined(
    model: VoltageModel, points: Points, weight: Numbers, given: Numbers, limits: Bounds
) -> Optimum:
    return refine(model, points, np.asarray(np.linalg.cholesky(weight).T), given, limits)


def _errors(model: VoltageModel, points: Points, given: Numbers, rate: float) -> ErrorModel:
    share, volts = points
    residual = volts - model.voltage(share, given)
    J = model.jacobian(share, given)
    return error_model(share, model.slope(share, given), residual, J, rate)
