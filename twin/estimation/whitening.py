"""Errors made independent and of unit size, block by block.

Errors of different quantities and experiments are independent, so that their covariance is a
block for each: many small factorisations in place of a large one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin.estimation.discrepancy import Noises, error_covariance
from twin.estimation.observations import Series

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """Measurements that share one discrepancy: one quantity of one experiment, or one curve.

    Parameters
    ----------
    quantity : of all of them
    rows : where they are among all measurements
    x, sd : their ages, and their standard deviations where they are known
    """

    quantity: str
    rows: NDArray[np.intp]
    x: Array
    sd: Array

    @cached_property
    def alike(self) -> tuple[str, bytes, bytes]:
        """Tell which groups have the same covariance."""
        return self.quantity, self.x.tobytes(), self.sd.tobytes()


def groups_of(series: Sequence[Series]) -> list[Group]:
    """Return which measurements share a discrepancy, from series one below the other."""
    ends = np.cumsum([0, *(s.x.size for s in series)])
    together: dict[tuple[str, str, str, int | None], list[int]] = {}
    for i, one in enumerate(series):
        together.setdefault((one.experiment, one.quantity, one.age, one.curve), []).append(i)
    return [
        Group(
            series[own[0]].quantity,
            np.concatenate([np.arange(ends[i], ends[i + 1]) for i in own]),
            np.concatenate([series[i].x for i in own]),
            np.concatenate([series[i].sd for i in own]),
        )
        for own in together.values()
    ]


class Whitener:
    """Multiplies by the inverse of a root of the covariance of all errors.

    Parameters
    ----------
    groups : measurements that share a discrepancy
    noises : sizes of the errors
    """

    def __init__(self, groups: Sequence[Group], noises: Noises) -> None:
        roots: dict[tuple[str, bytes, bytes], Array] = {}
        for group in groups:
            if group.alike not in roots:
                covariance = error_covariance(group.x, group.sd, noises[group.quantity])
                roots[group.alike] = np.linalg.inv(np.linalg.cholesky(covariance))
        self._blocks = [(group.rows, roots[group.alike]) for group in groups]

    @property
    def log_det(self) -> float:
        """Return the logarithm of the determinant of the covariance."""
        return float(sum(-2 * np.sum(np.log(np.diag(inverse))) for _, inverse in self._blocks))

    def __call__(self, columns: Array) -> Array:
        """Return residuals, or columns of them, as independent numbers of variance one."""
        found = np.empty_like(columns)
        for rows, inverse in self._blocks:
            found[rows] = inverse @ columns[rows]
        return found
