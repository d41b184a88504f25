r"""Voltage of a slow curve from two half-cells, and its derivatives.

With the share of the charge :math:`s`, 0 at the emptiest and 1 at the fullest point of the curve,

.. math::

    V(s) = U_p\big(y_0 + s\,(y_{100} - y_0)\big) - U_n\big(x_0 + s\,(x_{100} - x_0)\big) \pm \eta ,

where the overpotential :math:`\eta` is added on charge and taken off on discharge. The charges
follow from the charge :math:`Q` of the curve (electrode balance, P. Mohtat, S. Lee,
J. B. Siegel, A. G. Stefanopoulou, J. Power Sources 427, 101 (2019),
doi:10.1016/j.jpowsour.2019.03.104):

.. math::

    Q_n = \frac{Q}{x_{100} - x_0}, \qquad Q_p = \frac{Q}{y_0 - y_{100}}, \qquad
    Q_{Li} = x_0 Q_n + y_0 Q_p .
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.half_cells import Direction, HalfCells
from twin.errors import ParameterError, nearest

Numbers = NDArray[np.float64]
ENDS = ("x_0", "x_100", "y_0", "y_100")
OVERPOTENTIAL, SHARE = "overpotential_V", "secondary_share"
LARGEST_OVERPOTENTIAL_V = 0.2
LARGEST_SHARE = 0.6
MOST_KEPT = 16  # negative electrodes of other shares that are remembered
_SHARE_STEP = 1e-3


@dataclass(frozen=True)
class VoltageModel:
    """Voltage at given shares of the charge as a function of the free numbers of a fit.

    Parameters
    ----------
    half_cells : the two electrodes
    direction : of the curve
    free : names of the free numbers, the four ends of stoichiometry first
    """

    half_cells: HalfCells
    direction: Direction
    free: tuple[str, ...]
    _kept: dict[float | None, Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def _positive(self) -> Any:
        return self.half_cells.positive.spline()

    def _splines(self, given: Numbers) -> tuple[Any, Any]:
        share = float(given[self.free.index(SHARE)]) if SHARE in self.free else None
        if share not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[share] = self.half_cells.negative.spline(share)
        return self._kept[share], self._positive

    def voltage(self, share: Numbers, given: Numbers) -> Numbers:
        """Return the voltage [V]."""
        negative, positive = self._splines(given)
        x_0, x_1, y_0, y_1 = given[:4]
        x, y = x_0 + share * (x_1 - x_0), y_0 + share * (y_1 - y_0)
        return np.asarray(positive(y) - negative(x) + self._shift(given))

    def _shift(self, given: Numbers) -> float:
        if OVERPOTENTIAL not in self.free:
            return 0.0
        sign = 1.0 if self.direction == "charge" else -1.0
        return sign * float(given[self.free.index(OVERPOTENTIAL)])

    def slope(self, share: Numbers, given: Numbers) -> Numbers:
        """Return the derivative of the voltage with the share of the charge [V]."""
        negative, positive = self._splines(given)
        x_0, x_1, y_0, y_1 = given[:4]
        rise_p = positive(y_0 + share * (y_1 - y_0), 1) * (y_1 - y_0)
        return np.asarray(rise_p - negative(x_0 + share * (x_1 - x_0), 1) * (x_1 - x_0))

    def jacobian(self, share: Numbers, given: Numbers) -> Numbers:
        """Return the derivatives of the voltage with each free number, one column each."""
        negative, positive = self._splines(given)
        x_0, x_1, y_0, y_1 = given[:4]
        by_x = -negative(x_0 + share * (x_1 - x_0), 1)
        by_y = positive(y_0 + share * (y_1 - y_0), 1)
        columns = [by_x * (1 - share), by_x * share, by_y * (1 - share), by_y * share]
        for name in self.free[4:]:
            columns.append(self._by_other(name, share, given))
        return np.column_stack(columns)

    def _by_other(self, name: str, share: Numbers, given: Numbers) -> Numbers:
        if name == OVERPOTENTIAL:
            return np.full(share.shape, 1.0 if self.direction == "charge" else -1.0)
        up, down, at = given.copy(), given.copy(), self.free.index(name)
        up[at], down[at] = given[at] + _SHARE_STEP, max(given[at] - _SHARE_STEP, 0.0)
        change = self.voltage(share, up) - self.voltage(share, down)
        return np.asarray(change / (up[at] - down[at]))


def free_numbers(half_cells: HalfCells, overpotential: bool, free_share: bool) -> tuple[str, ...]:
    """Return the names of the free numbers of a fit.

    Raises
    ------
    ParameterError
        where a share is to be free and the negative electrode has one material.
    """
    if free_share and not half_cells.negative.composite:
        raise ParameterError(
            f"free_share: the negative electrode '{half_cells.negative.name}' has one material; "
            "take a set with two, such as LGM50Chen2020Composite, or leave free_share out"
        )
    return (
        *ENDS,
        *((OVERPOTENTIAL,) if overpotential else ()),
        *((SHARE,) if free_share else ()),
    )


def bounds_of(
    half_cells: HalfCells, free: tuple[str, ...], given: Mapping[str, tuple[float, float]]
) -> tuple[Numbers, Numbers]:
    """Return the lowest and the highest value of each free number.

    Raises
    ------
    ParameterError
        for a bound of something that is not free, or without room between the two.
    """
    x, y = half_cells.negative.sto, half_cells.positive.sto
    allowed = {
        "x_0": (x[0], x[-1]),
        "x_100": (x[0], x[-1]),
        "y_0": (y[0], y[-1]),
        "y_100": (y[0], y[-1]),
        OVERPOTENTIAL: (-LARGEST_OVERPOTENTIAL_V, LARGEST_OVERPOTENTIAL_V),
        SHARE: (0.0, LARGEST_SHARE),
    }
    for name, (low, high) in given.items():
        if name not in free:
            raise ParameterError(
                f"bounds: '{name}' is not free in this fit; free are {', '.join(free)}"
                f"{nearest(name, free)}"
            )
        least, most = allowed[name]
        if not least <= low < high <= most:
            raise ParameterError(
                f"bounds, {name}: {low:g} to {high:g}; allowed are two values in order within "
                f"{least:g} to {most:g}"
            )
        allowed[name] = (low, high)
    pairs = np.array([allowed[name] for name in free], dtype=float)
    return pairs[:, 0], pairs[:, 1]
