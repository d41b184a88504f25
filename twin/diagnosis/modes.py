r"""Modes of degradation: what a cell lost between two slow curves, and how sure that is.

With the charges of the electrode balance before and after,

.. math::

    \mathrm{LLI} = 1 - \frac{Q_{Li}'}{Q_{Li}}, \qquad
    \mathrm{LAM}_n = 1 - \frac{Q_n'}{Q_n}, \qquad \mathrm{LAM}_p = 1 - \frac{Q_p'}{Q_p}

(C. R. Birkl, M. R. Roberts, E. McTurk, P. G. Bruce, D. A. Howey, J. Power Sources 341, 373
(2017), doi:10.1016/j.jpowsour.2016.12.011). All are positive when something is lost, in percent.
LLI counts the lithium that went with lost material too.

Most of the error of a fit is that of the half-cells, which is the same in both fits and cancels
in part. The residuals of the two show how much: their correlation :math:`\rho`, lowered by half a
standard error of it (M. S. Bartlett, J. R. Stat. Soc. 98, 536 (1935), doi:10.2307/2342284, for
series that are each correlated), is taken for the errors, whose covariance between the two fits
is then :math:`\rho\, A_1 L_1 L_2^T A_2^T` with :math:`C_k = L_k L_k^T`. For the
errors that leave no residual (`twin.diagnosis.drift`) a correlation of `SHARED_HIDDEN` is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from twin.diagnosis.fitted import FittedBalance
from twin.errors import ParameterError, nearest

Numbers = NDArray[np.float64]
LOSSES = {
    "lli_percent": "lithium_Ah",
    "lam_negative_percent": "capacity_negative_Ah",
    "lam_positive_percent": "capacity_positive_Ah",
    "lam_negative_primary_percent": "capacity_negative_primary_Ah",
    "lam_negative_secondary_percent": "capacity_negative_secondary_Ah",
    "capacity_loss_percent": "capacity_Ah",
}
MOST_SHARED = 0.99
SHARED_HIDDEN = 0.8  # correlation of the errors that leave no residual, between two fits


@dataclass(frozen=True)
class Modes:
    """What was lost between two curves, in percent of the first.

    Parameters
    ----------
    values : loss by name, such as ``lli_percent``; positive when lost [%]
    covariance : of their errors, in the same order [%2]
    shared : correlation of the errors of the two fits [-]
    """

    values: dict[str, float]
    covariance: Numbers
    shared: float

    @property
    def standard_deviations(self) -> dict[str, float]:
        """Return one standard deviation of each loss [%]."""
        found = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return dict(zip(self.values, map(float, found), strict=True))

    def interval(self, name: str, share: float = 0.9) -> tuple[float, float]:
        """Return the interval that holds a loss with a probability [%]."""
        if name not in self.values:
            raise ParameterError(
                f"'{name}' is no loss; there are {', '.join(self.values)}"
                f"{nearest(name, self.values)}"
            )
        reach = float(ndtri(0.5 + share / 2)) * self.standard_deviations[name]
        return self.values[name] - reach, self.values[name] + reach


def degradation_modes(first: FittedBalance, later: FittedBalance) -> Modes:
    """Return what was lost between two fits of one cell.

    Parameters
    ----------
    first, later : fits with the same half-cells and the same free numbers

    Raises
    ------
    ParameterError
        where one of the fits has another quantity than the other.
    """
    if first.model.free != later.model.free:
        raise ParameterError(
            f"the first fit has free {', '.join(first.model.free)} and the later one "
            f"{', '.join(later.model.free)}; fit both in the same way"
        )
    names = [loss for loss, charge in LOSSES.items() if charge in first.names]
    charges = [LOSSES[loss] for loss in names]
    before, after = (np.array([fit.values[c] for c in charges]) for fit in (first, later))
    shared = shared_error(first, later)
    own, theirs = (_slopes(fit, charges) for fit in (first, later))
    common = shared * _root(first) @ _root(later).T
    common += SHARED_HIDDEN * first.errors.hidden @ later.errors.hidden.T
    between = first.gain @ common @ later.gain.T
    covariance = np.block(
        [
            [own @ first.covariance_of_free @ own.T, own @ between @ theirs.T],
            [theirs @ between.T @ own.T, theirs @ later.covariance_of_free @ theirs.T],
        ]
    )
    change = 100 * np.hstack([np.diag(after / before**2), np.diag(-1 / before)])
    values = dict(zip(names, map(float, 100 * (1 - after / before)), strict=True))
    return Modes(values, change @ covariance @ change.T, shared)


def _slopes(fit: FittedBalance, names: Sequence[str]) -> Numbers:
    return np.asarray(fit.slopes[[fit.names.index(name) for name in names]])


def _root(fit: FittedBalance) -> Numbers:
    return np.asarray(np.linalg.cholesky(fit.errors.seen))


def shared_error(first: FittedBalance, later: FittedBalance) -> float:
    """Return the correlation of the errors of two fits, half a standard error less than seen."""
    one, other = first.residuals_V, later.residuals_V
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    seen = float(one @ other) / size if size > 0 else 0.0
    if seen <= 0:
        return 0.0
    covariances = (fit.errors.seen for fit in (first, later))
    a, b = (c / np.sqrt(np.outer(np.diag(c), np.diag(c))) for c in covariances)
    error = float(np.sqrt(np.sum(a * b))) / one.size
    return float(np.clip(np.tanh(np.arctanh(min(seen, 0.9999)) - 0.5 * error), 0.0, MOST_SHARED))


def modes_table(fits: Sequence[FittedBalance]) -> list[dict[str, Any]]:
    """Return one row per fit: charges, losses since the first, and one standard deviation each.

    Parameters
    ----------
    fits : of one cell, in order of age

    Returns
    -------
    rows with the columns of a check-up table; ``<name>_sd`` is the standard deviation of
    ``<name>``
    """
    rows = []
    for fit in fits:
        modes = degradation_modes(fits[0], fit) if fit is not fits[0] else None
        row: dict[str, Any] = {"curve": fit.curve.label, "rmse_mV": fit.rmse_mV}
        losses = [name for name, charge in LOSSES.items() if charge in fit.names]
        for name in losses:
            row[name] = modes.values[name] if modes else 0.0
            row[f"{name}_sd"] = modes.standard_deviations[name] if modes else 0.0
        for name in fit.names:
            row[name] = fit.values[name]
            row[f"{name}_sd"] = fit.standard_deviations[name]
        rows.append(row)
    return rows


def write_checkups(fits: Sequence[FittedBalance], file: str | Path) -> None:
    """Write the table of fits as CSV: charges, losses and standard deviations, a row per fit.

    Parameters
    ----------
    fits : of one cell, in order of age
    file : the columns are those of a check-up table (`twin.data.read_checkups`), with
        ``<name>_sd`` beside each and the label of the curve first
    """
    import csv

    rows = modes_table(fits)
    with Path(file).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
