r"""Equilibrium capacity of a cell from its electrodes and its lithium, and what changes it.

Let :math:`q` be the charge held as lithium in the negative electrode. The cell's
open-circuit voltage is

.. math::

    V(q) = U_p\!\left(\frac{Q_{Li} - q}{Q_p}\right) - U_n\!\left(\frac{q}{Q_n}\right),

and the equilibrium capacity between two voltages is
:math:`Q = q(V_{max}) - q(V_{min})` (electrode balance; P. Mohtat, S. Lee, J. B. Siegel,
A. G. Stefanopoulou, J. Power Sources 427, 101 (2019), doi:10.1016/j.jpowsour.2019.03.104).
At a fixed voltage, with :math:`x = q/Q_n`, :math:`y = (Q_{Li}-q)/Q_p` and
:math:`s = U_p'/Q_p + U_n'/Q_n`, differentiating gives

.. math::

    \mathrm{d} q = \frac{1}{s}\left[ \frac{U_p'}{Q_p}
        \left(\mathrm{d} Q_{Li} - y\,\mathrm{d} Q_p\right)
        + \frac{U_n'}{Q_n}\, x\,\mathrm{d} Q_n \right].

The difference of this between the two voltages says how much capacity a loss of lithium,
of negative or of positive material costs at this moment; its integral along the life of
the cell splits the loss of capacity into parts that add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

# Gauss-Legendre nodes on [0, 1] between two check-ups: exact to fifth order in the path
SEARCHED = 4001  # charges at which a voltage is looked for
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)


@dataclass(frozen=True)
class Balance:
    """Charge that a cell can hold [A.h]: active material of each electrode, and lithium."""

    negative: float
    positive: float
    lithium: float

    def towards(self, other: Balance, fraction: float) -> Balance:
        """Return the balance part of the way (0 to 1) to another."""
        return Balance(
            *(
                a + fraction * (b - a)
                for a, b in (
                    (self.negative, other.negative),
                    (self.positive, other.positive),
                    (self.lithium, other.lithium),
                )
            )
        )


@dataclass(frozen=True)
class Sensitivities:
    """Change of equilibrium capacity per change of each charge [A.h/A.h]."""

    negative: float
    positive: float
    lithium: float


class ElectrodeBalance:
    """Open-circuit behaviour of one pair of electrodes between two voltages.

    Parameters
    ----------
    curves : stoichiometry [-] and open-circuit potential [V] of each electrode
    lower_V, upper_V : voltage window [V]
    """

    def __init__(
        self,
        curves: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
        lower_V: float,
        upper_V: float,
    ) -> None:
        self._sto = {domain: sto for domain, (sto, _) in curves.items()}
        self._U = {domain: PchipInterpolator(sto, ocp) for domain, (sto, ocp) in curves.items()}
        self._slope = {domain: spline.derivative() for domain, spline in self._U.items()}
        self.lower_V = lower_V
        self.upper_V = upper_V

    def voltage(self, q: float, balance: Balance) -> float:
        """Return the open-circuit voltage [V] with a charge ``q`` [A.h] in the negative."""
        y, x = (balance.lithium - q) / balance.positive, q / balance.negative
        return float(self._U["positive"](y) - self._U["negative"](x))

    def charge_at(self, voltage: float, balance: Balance) -> float:
        """Return the charge in the negative electrode [A.h] at an open-circuit voltage.

        Where an electrode is empty or full before the voltage is reached: the charge there.
        """
        low, high = max(self._empty(balance)), min(self._full(balance))
        if self.voltage(low, balance) >= voltage:
            return low
        if self.voltage(high, balance) <= voltage:
            return high
        return float(brentq(lambda q: self.voltage(q, balance) - voltage, low, high, xtol=1e-12))

    def charge_near(self, voltage: float, balance: Balance, near: float) -> float:
        """Return the charge [A.h] at which the voltage rises through a value, nearest to a charge.

        For potentials with poles or plateaus, where a voltage is met more than once. Where it is
        met nowhere: the end at which it would be.
        """
        low, high = max(self._empty(balance)), min(self._full(balance))
        q = np.linspace(low, high, SEARCHED)
        y, x = (balance.lithium - q) / balance.positive, q / balance.negative
        volts = self._U["positive"](y) - self._U["negative"](x)
        (found,) = np.nonzero((volts[:-1] < voltage) & (volts[1:] >= voltage))
        if not found.size:
            return high if volts[-1] < voltage else low
        at = found[np.argmin(np.abs(q[found] - near))]
        ends = float(q[at]), float(q[at + 1])
        return float(brentq(lambda c: self.voltage(c, balance) - voltage, *ends, xtol=1e-12))

    def _empty(self, balance: Balance) -> tuple[float, float]:
        """Return the charge at which the negative is empty, and the one with a full positive."""
        x, y = self._sto["negative"], self._sto["positive"]
        return float(x[0] * balance.negative), float(balance.lithium - y[-1] * balance.positive)

    def _full(self, balance: Balance) -> tuple[float, float]:
        """Return the charge at which the negative is full, and the one with an empty positive."""
        x, y = self._sto["negative"], self._sto["positive"]
        return float(x[-1] * balance.negative), float(balance.lithium - y[0] * balance.positive)

    def capacity(self, balance: Balance) -> float:
        """Return the equilibrium capacity between the two voltages [A.h]."""
        return self.charge_at(self.upper_V, balance) - self.charge_at(self.lower_V, balance)

    def sensitivities(self, balance: Balance) -> Sensitivities:
        """Return how the equilibrium capacity answers to each charge [A.h/A.h]."""
        top, bottom = (self._end(v, balance) for v in (self.upper_V, self.lower_V))
        return Sensitivities(*(t - b for t, b in zip(top, bottom, strict=True)))

    def _end(self, voltage: float, balance: Balance) -> tuple[float, float, float]:
        """Return dq/dQ_n, dq/dQ_p and dq/dQ_Li at one end of the window."""
        q = self.charge_at(voltage, balance)
        x, y = q / balance.negative, (balance.lithium - q) / balance.positive
        by_negative, by_positive = zip(self._empty(balance), self._full(balance), strict=True)
        if q in by_negative:
            return x, 0.0, 0.0
        if q in by_positive:
            return 0.0, -y, 1.0
        return capacity_sensitivities(
            x,
            y,
            float(self._slope["negative"](x)) / balance.negative,
            float(self._slope["positive"](y)) / balance.positive,
        )

    def split(
        self, start: Balance, end: Balance, lithium_losses: Mapping[str, float]
    ) -> dict[str, float]:
        """Split the change of equilibrium capacity from one balance to the next [A.h].

        Parameters
        ----------
        start, end : the cell at two check-ups
        lithium_losses : what the particles lost to each sink between the two [A.h]

        Returns
        -------
        loss of capacity (positive when capacity is lost) by each lithium sink, and under
        ``"lam_negative"`` and ``"lam_positive"`` by each electrode's material. Their sum is
        the loss of equilibrium capacity, to the accuracy of a three-point quadrature, when
        the sinks add up to the lithium lost.
        """
        mean = np.zeros(3)
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            found = self.sensitivities(start.towards(end, 0.5 * (node + 1)))
            mean += 0.5 * weight * np.array([found.negative, found.positive, found.lithium])
        parts = {sink: float(mean[2] * lost) for sink, lost in lithium_losses.items()}
        parts["lam_negative"] = float(-mean[0] * (end.negative - start.negative))
        parts["lam_positive"] = float(-mean[1] * (end.positive - start.positive))
        return parts


def capacity_sensitivities(
    x: float, y: float, slope_n: float, slope_p: float
) -> tuple[float, float, float]:
    """Return dq/dQ_n, dq/dQ_p and dq/dQ_Li at a fixed voltage [-].

    Parameters
    ----------
    x, y : stoichiometry of the negative and of the positive electrode
    slope_n, slope_p : slope of each open-circuit potential per charge [V.A-1.h-1]

    Examples
    --------
    A flat negative electrode: the positive alone sets the end point.

    >>> capacity_sensitivities(0.5, 0.9, 0.0, -1.0)
    (0.0, -0.9, 1.0)
    """
    total = slope_n + slope_p
    weight = slope_p / total
    return (1 - weight) * x, -weight * y, weight


def common_potential(
    sto: NDArray[np.float64], potentials: Sequence[NDArray[np.float64]], charges: Sequence[float]
) -> NDArray[np.float64]:
    r"""Return the potential [V] at which materials side by side are together filled so far.

    .. math:: x(U) = \frac{\sum_k Q_k x_k(U)}{\sum_k Q_k}

    Parameters
    ----------
    sto : stoichiometries, ascending [-]
    potentials : of each material at these [V]; where one rises it counts as level
    charges : that each material holds when full, in any unit

    Examples
    --------
    >>> common_potential(np.array([0.0, 0.5, 1.0]), [np.array([1.0, 0.6, 0.2])] * 2, [1.0, 3.0])
    array([1. , 0.6, 0.2])
    """
    falling = [np.minimum.accumulate(potential) for potential in potentials]
    common = np.unique(np.concatenate(falling))
    share = np.asarray(charges) / sum(charges)
    filled = sum(
        part * np.interp(common, potential[::-1], sto[::-1])
        for part, potential in zip(share, falling, strict=True)
    )
    found: NDArray[np.float64] = np.interp(sto, np.asarray(filled)[::-1], common[::-1])
    return found
