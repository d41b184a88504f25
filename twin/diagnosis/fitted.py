"""What a fit found: charges and stoichiometries of a cell, how sure, and what stays open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from twin.diagnosis.balance import Balance
from twin.diagnosis.curves import SlowCurve
from twin.diagnosis.drift import ErrorModel
from twin.diagnosis.half_cells import HalfCells
from twin.diagnosis.voltage_model import ENDS, SHARE, VoltageModel
from twin.errors import ParameterError, nearest

Numbers = NDArray[np.float64]
QUANTITIES = (
    "capacity_negative_Ah",
    "capacity_positive_Ah",
    "lithium_Ah",
    "capacity_Ah",
    *ENDS,
)
MATERIALS = ("capacity_negative_primary_Ah", "capacity_negative_secondary_Ah")
_STEP = 0.05  # of a standard deviation, for differences


@dataclass(frozen=True)
class FittedBalance:
    """The balance of a cell read off a slow curve.

    Parameters
    ----------
    curve : the curve that was fitted
    model : of its voltage, with the half-cells and the names of the free numbers
    given : the free numbers at the best fit
    covariance_of_free : of their errors
    gain : change of the free numbers per change of the voltage at each point [V-1]
    weight : of the squares of the residuals [V-2]
    points : shares of the charge, measured and fitted voltages that were compared [-, V, V]
    errors : how the errors of the points hang together
    window_V : voltages of 0 and 100 % charge; the ends of the curve where None
    sentences : what a reader should know about the fit
    """

    curve: SlowCurve
    model: VoltageModel
    given: Numbers
    covariance_of_free: Numbers
    gain: Numbers
    weight: Numbers
    points: tuple[Numbers, Numbers, Numbers]
    errors: ErrorModel
    window_V: tuple[float, float] | None = None
    sentences: tuple[str, ...] = ()

    @cached_property
    def _transformed(self) -> tuple[tuple[str, ...], Numbers, Numbers]:
        """Return names, values and derivatives of the quantities with the free numbers."""

        def of(given: Numbers) -> dict[str, float]:
            return quantities(self.model, given, self.curve.span_Ah, self.window_V)

        values = of(self.given)
        names = tuple(values)
        return names, np.array([values[n] for n in names]), self._derivatives(of, names)

    def _derivatives(
        self, of: Callable[[Numbers], Mapping[str, float]], names: tuple[str, ...]
    ) -> Numbers:
        slopes = np.empty((len(names), self.given.size))
        deviations = np.sqrt(np.diag(self.covariance_of_free))
        for k, deviation in enumerate(deviations):
            step = min(max(_STEP * deviation, 1e-7), 1e-3)
            up, down = self.given.copy(), self.given.copy()
            up[k] += step
            down[k] -= step
            above, below = of(up), of(down)
            slopes[:, k] = [(above[n] - below[n]) / (2 * step) for n in names]
        return slopes

    @property
    def half_cells(self) -> HalfCells:
        """Return the half-cells, with the share of the second material as fitted."""
        cells = self.model.half_cells
        if SHARE not in self.model.free:
            return cells
        share = float(self.given[self.model.free.index(SHARE)])
        return HalfCells(cells.negative.with_share(share), cells.positive)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all quantities."""
        return self._transformed[0]

    @property
    def slopes(self) -> Numbers:
        """Return the derivative of every quantity with every free number."""
        return self._transformed[2]

    @property
    def values(self) -> dict[str, float]:
        """Return every quantity by its name, the unit at the end of it."""
        return dict(zip(self.names, map(float, self._transformed[1]), strict=True))

    @cached_property
    def covariance(self) -> Numbers:
        """Return the covariance of the errors of all quantities, in the order of the names."""
        return np.asarray(self.slopes @ self.covariance_of_free @ self.slopes.T)

    @property
    def standard_deviations(self) -> dict[str, float]:
        """Return one standard deviation of each quantity."""
        found = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return dict(zip(self.names, map(float, found), strict=True))

    @property
    def correlations(self) -> Numbers:
        """Return the correlations of the errors; 0 where one of two is exact."""
        deviation = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        scale = np.outer(deviation, deviation)
        found = np.divide(self.covariance, scale, out=np.zeros_like(scale), where=scale > 0)
        np.fill_diagonal(found, 1.0)
        return np.asarray(found)

    def interval(self, name: str, share: float = 0.9) -> tuple[float, float]:
        """Return the interval that holds a quantity with a probability."""
        if name not in self.names:
            raise ParameterError(
                f"'{name}' is no quantity of a fitted balance; there are "
                f"{', '.join(self.names)}{nearest(name, self.names)}"
            )
        reach = float(ndtri(0.5 + share / 2)) * self.standard_deviations[name]
        return self.values[name] - reach, self.values[name] + reach

    @property
    def balance(self) -> Balance:
        """Return the charges of both electrodes and the lithium [A.h]."""
        return Balance(*(self.values[name] for name in QUANTITIES[:3]))

    @property
    def residuals_V(self) -> Numbers:
        """Return measured less fitted voltage at the points [V]."""
        return self.points[1] - self.points[2]

    @property
    def rmse_mV(self) -> float:
        """Return the root mean square of measured less fitted voltage [mV]."""
        return 1e3 * float(np.sqrt(np.mean(self.residuals_V**2)))

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "curve": self.curve.label,
            "direction": self.curve.direction,
            "half_cells": [
                half.name
                for half in (self.model.half_cells.negative, self.model.half_cells.positive)
            ],
            "values": self.values,
            "standard_deviations": self.standard_deviations,
            "names": list(self.names),
            "correlations": self.correlations.round(4).tolist(),
            "rmse_mV": self.rmse_mV,
            "error_length": self.errors.length,
            "sentences": list(self.sentences),
        }


def quantities(
    model: VoltageModel, given: Numbers, span_Ah: float, window_V: tuple[float, float] | None
) -> dict[str, float]:
    """Return charges and stoichiometries by name, from the free numbers of a fit.

    Parameters
    ----------
    model : names the free numbers and knows the half-cells
    given : the free numbers
    span_Ah : charge between the ends of the curve [A.h]
    window_V : voltages of 0 and 100 % charge; the ends of the curve where None
    """
    x_0, x_1, y_0, y_1 = map(float, given[:4])
    negative, positive = span_Ah / (x_1 - x_0), span_Ah / (y_0 - y_1)
    lithium = x_0 * negative + y_0 * positive
    others = {name: float(value) for name, value in zip(model.free[4:], given[4:], strict=True)}
    if window_V is not None:
        cells = model.half_cells
        if SHARE in others:
            cells = HalfCells(cells.negative.with_share(others[SHARE]), cells.positive)
        pair, cell = cells.balance(*window_V), Balance(negative, positive, lithium)
        empty, full = (pair.charge_at(volts, cell) for volts in window_V)
        x_0, x_1 = empty / negative, full / negative
        y_0, y_1 = ((lithium - q) / positive for q in (empty, full))
    found = dict(
        zip(
            QUANTITIES,
            (negative, positive, lithium, (x_1 - x_0) * negative, x_0, x_1, y_0, y_1),
            strict=True,
        )
    )
    if SHARE in others:
        parts = (negative * (1 - others[SHARE]), negative * others[SHARE])
        found |= dict(zip(MATERIALS, parts, strict=True))
    return {**found, **others}
