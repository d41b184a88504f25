r"""Differential curves of a slow charge or discharge, with their uncertainty.

At each grid point a parabola is fitted to the rows in a window of the charge, with tricube
weights (local regression [1]_). Its slope is :math:`\mathrm{d}U/\mathrm{d}q`, its value the
smoothed voltage, and :math:`\mathrm{d}q/\mathrm{d}U` is the inverse of the slope, so both are
the same curve.

The standard deviation of the slope follows from the weights and from noise that is alike in
neighbouring rows, :math:`\operatorname{corr}(e_i, e_k) = \rho^{|i-k|}`, with one :math:`\rho` for
the curve and the size of the noise from each window. A local fit swallows part of such noise,
so :math:`\rho` and the size are those whose residuals, after the same fit, would be as large
and as alike as the ones seen. Rows are taken as evenly spaced in charge.

References
----------
.. [1] W. S. Cleveland, "Robust locally weighted regression and smoothing scatterplots,"
   J. Am. Stat. Assoc. 74, 829 (1979). doi:10.1080/01621459.1979.10481038
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
WINDOW_SHARE = 0.02
POINTS = 500
FEWEST_ROWS = 20
FEWEST_IN_WINDOW = 6
PARABOLA = 3  # its coefficients
MOST_ROWS = 300
CORRELATIONS = (0.0, 0.2, 0.4, 0.55, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97)


@dataclass(frozen=True)
class DifferentialCurve:
    """Slope of a voltage curve over the charge.

    Parameters
    ----------
    charge_Ah : grid, increasing, from the start of the curve [A.h], shape (m,)
    voltage_V : smoothed voltage [V], shape (m,)
    dv_dq_V_per_Ah : slope [V.A-1.h-1], shape (m,)
    dv_dq_sd : its standard deviation [V.A-1.h-1], shape (m,)
    window_Ah : full width of the window [A.h]
    """

    charge_Ah: Values
    voltage_V: Values
    dv_dq_V_per_Ah: Values
    dv_dq_sd: Values
    window_Ah: float

    @property
    def dq_dv_Ah_per_V(self) -> Values:
        """Inverse slope [A.h.V-1], shape (m,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(1.0 / self.dv_dq_V_per_Ah)

    @property
    def dq_dv_sd(self) -> Values:
        """Standard deviation of the inverse slope, to first order [A.h.V-1], shape (m,)."""
        return np.asarray(self.dq_dv_Ah_per_V**2 * self.dv_dq_sd)

    def frame(self) -> pd.DataFrame:
        """Return the curve as a DataFrame."""
        import pandas as pd

        return pd.DataFrame(
            {
                "charge_Ah": self.charge_Ah,
                "voltage_V": self.voltage_V,
                "dv_dq_V_per_Ah": self.dv_dq_V_per_Ah,
                "dv_dq_sd": self.dv_dq_sd,
                "dq_dv_Ah_per_V": self.dq_dv_Ah_per_V,
                "dq_dv_sd": self.dq_dv_sd,
            }
        )


def differential_curve(
    charge_Ah: Values, voltage_V: Values, *, window_Ah: float | None = None, points: int = POINTS
) -> DifferentialCurve:
    """Return dV/dQ and dQ/dV of a slow curve.

    Parameters
    ----------
    charge_Ah : charge passed in the direction of the curve, not decreasing, shape (n,) [A.h]
    voltage_V : voltage, shape (n,) [V]
    window_Ah : full width of the window; by default a fiftieth of the charge [A.h]
    points : size of the grid

    Raises
    ------
    DataError
        If there are fewer than 20 rows, the charge goes back, a value is not finite, or a
        window has too few rows for its slope.
    """
    charge, voltage = np.asarray(charge_Ah, dtype=float), np.asarray(voltage_V, dtype=float)
    _check_curve(charge, voltage)
    span = float(charge[-1] - charge[0])
    width = WINDOW_SHARE * span if window_Ah is None else float(window_Ah)
    if not 0 < width < span:
        raise DataError(f"window_Ah = {width:g}: allowed is more than 0 and less than {span:g} A.h")
    grid = np.linspace(charge[0], charge[-1], points)
    fits = [_local(charge, voltage, at, width / 2) for at in grid]
    sd = _deviations(fits)
    value, slope = (np.array([getattr(fit, key) for fit in fits]) for key in ("value", "slope"))
    half = width / 2
    return DifferentialCurve(grid, value, slope / half, sd / half, width)


def resample_monotone(charge_Ah: Values, voltage_V: Values, grid_V: Values) -> Values:
    """Return the charge at given voltages [A.h], shape of the grid; NaN outside the curve.

    The voltage is first made monotone by isotonic regression: the nearest curve, in least
    squares, that does not turn.

    Parameters
    ----------
    charge_Ah : charge passed, not decreasing, shape (n,) [A.h]
    voltage_V : voltage, rising or falling on the whole, shape (n,) [V]
    grid_V : voltages [V]

    Raises
    ------
    DataError
        As `differential_curve`.
    """
    from scipy.optimize import isotonic_regression

    charge, voltage = np.asarray(charge_Ah, dtype=float), np.asarray(voltage_V, dtype=float)
    _check_curve(charge, voltage)
    rises = bool(voltage[-1] > voltage[0])
    level = np.asarray(isotonic_regression(voltage, increasing=rises).x)
    steps, first = np.unique(level, return_index=True)
    last = np.searchsorted(level if rises else -level, steps if rises else -steps, side="right") - 1
    middle = 0.5 * (charge[first] + charge[last])
    return np.asarray(np.interp(grid_V, steps, middle, left=np.nan, right=np.nan))


def _check_curve(charge: Values, voltage: Values) -> None:
    if charge.shape != voltage.shape or charge.ndim != 1 or charge.size < FEWEST_ROWS:
        raise DataError(
            f"a slow curve needs charge and voltage of the same length, {FEWEST_ROWS} rows or "
            f"more; given: {charge.shape} and {voltage.shape}"
        )
    if not (np.isfinite(charge).all() and np.isfinite(voltage).all()):
        raise DataError("a slow curve needs finite numbers; take the other rows out")
    back = np.flatnonzero(np.diff(charge) < 0)
    if back.size:
        raise DataError(
            f"the charge of a slow curve goes back at place {back[0] + 1}, from "
            f"{charge[back[0]]:g} to {charge[back[0] + 1]:g} A.h; give one charge or discharge, "
            "counted in its direction"
        )


@dataclass(frozen=True)
class _Fit:
    """A local parabola over the charge in half windows.

    Parameters
    ----------
    value, slope : at the grid point [V]
    slope_weights : slope as a sum over the voltages of the rows, shape (n,)
    root : square roots of the weights of the rows, shape (n,)
    residual : weighted residuals [V], shape (n,)
    """

    value: float
    slope: float
    slope_weights: Values
    root: Values
    residual: Values


def _local(charge: Values, voltage: Values, at: float, half: float) -> _Fit:
    """Return the parabola around one place."""
    low, high = np.searchsorted(charge, [at - half, at + half], side="left")
    high = max(int(high), int(np.searchsorted(charge, at + half, side="right")))
    x, y = (charge[low:high] - at) / half, voltage[low:high]
    if x.size < FEWEST_IN_WINDOW or np.unique(x).size < PARABOLA + 1:
        raise DataError(
            f"{x.size} rows within {half:.3g} A.h of {at:.4g} A.h are too few for a slope; give a "
            "larger window_Ah"
        )
    root, basis, solve = _smoother(x)
    coefficients = solve @ (root * y)
    residual = root * (y - basis @ coefficients)
    return _Fit(float(coefficients[0]), float(coefficients[1]), solve[1] * root, root, residual)


def _smoother(x: Values) -> tuple[Values, Values, Values]:
    """Return roots of the tricube weights, basis of parabolas, and its weighted inverse."""
    root = np.sqrt((1 - np.abs(np.clip(x, -1, 1)) ** 3) ** 3)
    basis = np.column_stack([np.ones_like(x), x, x**2])
    return root, basis, np.linalg.pinv(root[:, None] * basis)


def _deviations(fits: Sequence[_Fit]) -> Values:
    """Return the standard deviation of each slope [V per half window]."""
    size = np.array([(fit.residual**2).sum() for fit in fits])
    alike = np.array([(fit.residual[1:] * fit.residual[:-1]).sum() for fit in fits])
    if not size.any():
        return np.zeros(len(fits))
    rows = int(np.median([fit.root.size for fit in fits]))
    ratios, shares = zip(
        *(_expected(min(rows, MOST_ROWS), rho) for rho in CORRELATIONS), strict=True
    )
    seen = float(alike.sum() / size.sum())
    rho = float(np.interp(seen, ratios, CORRELATIONS))
    share = float(np.interp(rho, CORRELATIONS, shares))
    weight = np.array([(fit.root**2).sum() for fit in fits])
    factor = np.array([_of_alike_rows(fit.slope_weights, rho) for fit in fits])
    return np.asarray(np.sqrt(size / (weight * share) * factor))


def _expected(rows: int, rho: float) -> tuple[float, float]:
    """Return what a local fit leaves of noise of unit size: how alike, and its share.

    Parameters
    ----------
    rows : in the window
    rho : correlation of neighbouring rows
    """
    root, basis, solve = _smoother(np.linspace(-1, 1, rows + 2)[1:-1])
    leave = root[:, None] * (np.eye(rows) - basis @ (solve * root))
    noise = rho ** np.abs(np.subtract.outer(np.arange(rows), np.arange(rows)))
    left = leave @ noise @ leave.T
    whole = float(np.trace(left))
    return float(np.trace(left, offset=1)) / whole, whole / float((root**2).sum())


def _of_alike_rows(weights: Values, rho: float) -> float:
    """Return the variance of a weighted sum of rows of unit noise."""
    apart = np.correlate(weights, weights, "full")[weights.size - 1 :]
    return float(apart[0] + 2 * (rho ** np.arange(1, weights.size)) @ apart[1:])
