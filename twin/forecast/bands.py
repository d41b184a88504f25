r"""What a forecast of one quantity says: a mean and the 50 and 90 % intervals along life.

A `Band` gives at every `x` (cycles, equivalent full cycles or seconds) the mean and the
quantiles at 5, 25, 75 and 95 %, of what a **measurement** there will show. Between the given
levels the quantile function is linear in the standard normal score :math:`z = \Phi^{-1}(p)`,
beyond them it goes on with the slope of the outer piece: a band of a normal distribution is
that normal distribution, and a skewed band stays skewed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from twin.errors import DataError, nearest

Array = NDArray[np.float64]
LEVELS = {"q05": 0.05, "q25": 0.25, "q75": 0.75, "q95": 0.95}
INTERVALS = {50: ("q25", "q75"), 90: ("q05", "q95")}
_KEYS = ("mean", *LEVELS)
_SCORES = ndtri(np.array(list(LEVELS.values())))
# quantiles that cross by less than this part of the values are rounding, and are put in order
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Band:
    """Mean and quantiles of one quantity along life; all arrays have the length of ``x``.

    Parameters
    ----------
    x : where the forecast is given, strictly increasing
    mean : expected value, in the unit of the quantity
    q05, q25, q75, q95 : quantiles at 5, 25, 75 and 95 %, in order
    draws : sample of whole curves, shape (number of draws, length of ``x``), or ``None``
    reason : why the band is wider than its method would give, or ""

    Raises
    ------
    DataError
        if lengths differ, a number is not finite, ``x`` does not increase, or quantiles cross.
    """

    x: Array
    mean: Array
    q05: Array
    q25: Array
    q75: Array
    q95: Array
    draws: Array | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        x = places(self.x, "x of a band")
        object.__setattr__(self, "x", x)
        for key in _KEYS:
            object.__setattr__(self, key, _row(getattr(self, key), key, x.size))
        _order(self)
        if self.draws is not None:
            object.__setattr__(self, "draws", _table(self.draws, x.size))

    @classmethod
    def from_draws(cls, x: ArrayLike, draws: ArrayLike, reason: str = "") -> Band:
        """Return the band of a sample.

        Parameters
        ----------
        x : where the curves are given, strictly increasing
        draws : curves, shape (number of draws, length of ``x``); at least two
        reason : as in `Band`
        """
        at = places(x, "x of the draws")
        sample = _table(draws, at.size)
        quantiles = np.quantile(sample, list(LEVELS.values()), axis=0)
        rows = dict(zip(LEVELS, quantiles, strict=True))
        return cls(at, sample.mean(axis=0), draws=sample, reason=reason, **rows)

    @classmethod
    def from_normal(cls, x: ArrayLike, mean: ArrayLike, sd: ArrayLike, reason: str = "") -> Band:
        """Return the band of a normal distribution at each ``x``.

        Parameters
        ----------
        x : where the band is given, strictly increasing
        mean : expected value at each ``x``
        sd : standard deviation at each ``x``, or one for all; zero is allowed
        reason : as in `Band`
        """
        return cls.spread(x, mean, sd, _SCORES, reason)

    @classmethod
    def spread(
        cls, x: ArrayLike, mean: ArrayLike, sd: ArrayLike, scores: ArrayLike, reason: str = ""
    ) -> Band:
        """Return a band whose quantiles are ``mean + score * sd``.

        Parameters
        ----------
        x, mean, sd, reason : as for `from_normal`
        scores : standard quantiles at 5, 25, 75 and 95 %, for instance of Student's t
        """
        at = places(x, "x of a band")
        middle = np.broadcast_to(np.asarray(mean, dtype=float), at.shape)
        width = np.broadcast_to(np.asarray(sd, dtype=float), at.shape)
        if not np.all(width >= 0):
            row = int(np.argmin(np.where(width >= 0, 1.0, -1.0)))
            raise DataError(
                f"sd of a band, value {row + 1}: {width[row]:g} is no standard deviation; "
                "give zero or more"
            )
        rows = {key: middle + z * width for key, z in zip(LEVELS, np.asarray(scores), strict=True)}
        return cls(at, middle, reason=reason, **rows)

    @property
    def median(self) -> Array:
        """The quantile at 50 %: of the draws where there are any, else of the quantiles."""
        if self.draws is not None:
            return np.asarray(np.median(self.draws, axis=0))
        return np.asarray((self.q25 + self.q75) / 2)

    def quantile(self, levels: ArrayLike) -> Array:
        """Return quantiles at levels in (0, 1), shape (length of ``x``, number of levels).

        From the four quantiles, also where there are draws, so that no tail is cut off.
        """
        z = ndtri(np.atleast_1d(np.asarray(levels, dtype=float)))
        knots = np.stack([getattr(self, key) for key in LEVELS], axis=1)
        slopes = np.diff(knots, axis=1) / np.diff(_SCORES)
        piece = np.clip(np.searchsorted(_SCORES, z) - 1, 0, 2)
        return np.asarray(knots[:, piece] + slopes[:, piece] * (z - _SCORES[piece]))

    def probability_below(self, value: ArrayLike) -> Array:
        """Return at each ``x`` the probability [-] of less than a value, half of it at an atom.

        Parameters
        ----------
        value : one value for all ``x``, or one for each
        """
        knots = np.stack([getattr(self, key) for key in LEVELS], axis=1)
        y = np.broadcast_to(np.asarray(value, dtype=float), self.x.shape)
        return np.array([_score(row, float(v)) for row, v in zip(knots, y, strict=True)])

    def at(self, x: ArrayLike) -> Band:
        """Return the band at other places, linear in between.

        Quantiles and draws are each interpolated; independent noise in draws is averaged
        between two places, in the quantiles it is not.

        Raises
        ------
        DataError
            for places outside of the band: nothing is extrapolated.
        """
        new = places(x, "x asked of a band")
        if new[0] < self.x[0] or new[-1] > self.x[-1]:
            raise DataError(
                f"a band from x = {self.x[0]:g} to {self.x[-1]:g} is asked from {new[0]:g} to "
                f"{new[-1]:g}; ask within it, or forecast further"
            )
        rows = {key: np.interp(new, self.x, getattr(self, key)) for key in _KEYS}
        draws = None
        if self.draws is not None:
            draws = np.array([np.interp(new, self.x, draw) for draw in self.draws])
        return Band(new, draws=draws, reason=self.reason, **rows)

    def as_dict(self) -> dict[str, Any]:
        """Return the band without ``x`` and draws as plain data."""
        data: dict[str, Any] = {key: getattr(self, key).tolist() for key in _KEYS}
        return {**data, "reason": self.reason} if self.reason else data

    @classmethod
    def from_dict(cls, x: ArrayLike, data: Mapping[str, Any], where: str = "band") -> Band:
        """Return the band that plain data describe.

        Parameters
        ----------
        x : where it is given
        data : ``mean, q05, q25, q75, q95`` as lists, and perhaps ``reason``
        where : what messages call the data

        Raises
        ------
        DataError
            for a key that is missing or unknown, or a band that is none.
        """
        allowed = (*_KEYS, "reason")
        for key in data:
            if key not in allowed:
                said = f"give {', '.join(allowed)}"
                raise DataError(f"{where}: unknown key '{key}'{nearest(key, allowed)}; {said}")
        for key in _KEYS:
            if key not in data:
                raise DataError(f"{where}: '{key}' is missing; give {', '.join(_KEYS)}")
        reason = data.get("reason", "")
        if not isinstance(reason, str):
            raise DataError(f"{where}, reason: {reason!r} is no text; give one sentence")
        try:
            return cls(np.asarray(x), reason=reason, **{key: data[key] for key in _KEYS})
        except DataError as error:
            raise DataError(f"{where}: {error}") from None


def numbers(given: ArrayLike, what: str) -> Array:
    """Return finite numbers in a row.

    Raises
    ------
    DataError
        with the first value that is none; values count from 1.
    """
    row = _floats(given, f"{what}: these are not all numbers; give a list of numbers")
    if row.ndim != 1 or row.size == 0:
        shape = " x ".join(map(str, row.shape)) or "one value"
        raise DataError(f"{what}: the shape is {shape}; give a list of at least one number")
    bad = ~np.isfinite(row)
    if bad.any():
        first = int(np.argmax(bad))
        raise DataError(f"{what}, value {first + 1}: {row[first]} is not finite; leave it out")
    return row


def places(given: ArrayLike, what: str) -> Array:
    """Return strictly increasing finite numbers.

    Raises
    ------
    DataError
        with the first value that does not increase; values count from 1.
    """
    row = numbers(given, what)
    falls = np.diff(row) <= 0
    if falls.any():
        first = int(np.argmax(falls))
        raise DataError(
            f"{what}, value {first + 2}: {row[first + 1]:g} comes after {row[first]:g}; "
            "sort, and keep one of each"
        )
    return row


def _row(given: ArrayLike, key: str, size: int) -> Array:
    row = numbers(given, key)
    if row.size != size:
        raise DataError(f"{key}: {row.size} values for {size} places; give one for each")
    return row


def _floats(given: ArrayLike, problem: str) -> Array:
    """Return a copy as floating-point numbers; texts and truth values are none."""
    try:
        found = np.array(given)
    except ValueError:
        raise DataError(problem) from None
    if found.dtype.kind not in "iuf":
        raise DataError(problem)
    return found.astype(float)


def _table(given: ArrayLike, size: int) -> Array:
    table = _floats(given, "draws: these are not all numbers; give one row per draw")
    if table.ndim != 2 or table.shape[1] != size or table.shape[0] < 2:
        raise DataError(
            f"draws: the shape is {table.shape} for {size} places; give at least two rows of "
            f"{size} values"
        )
    bad = ~np.isfinite(table)
    if bad.any():
        row, column = np.unravel_index(int(np.argmax(bad)), table.shape)
        raise DataError(
            f"draws, row {row + 1}, value {column + 1}: {table[row, column]} is not finite; "
            "leave out draws that ended early, or end all of them there"
        )
    return table


def _order(band: Band) -> None:
    """Refuse quantiles that cross; those that cross by rounding are put in order."""
    rows = np.stack([getattr(band, key) for key in LEVELS])
    crossed = np.diff(rows, axis=0) < -_ROUNDING * np.abs(rows).max(axis=0)
    if crossed.any():
        pair, column = np.unravel_index(int(np.argmax(crossed)), crossed.shape)
        low, high = list(LEVELS)[pair], list(LEVELS)[pair + 1]
        raise DataError(
            f"{low} = {rows[pair, column]:g} is above {high} = {rows[pair + 1, column]:g} at "
            f"x = {band.x[column]:g}; give quantiles in order"
        )
    for key, row in zip(LEVELS, np.maximum.accumulate(rows, axis=0), strict=True):
        object.__setattr__(band, key, row)


def _score(knots: Array, value: float) -> float:
    """Return the probability of less than a value, from four quantiles in order."""
    below, up_to = np.searchsorted(knots, value, "left"), np.searchsorted(knots, value, "right")
    if up_to - below > 1:  # an atom: quantiles that are equal, and equal to the value
        ends = (0.0, *LEVELS.values(), 1.0)
        low = 0.0 if below == 0 else ends[below + 1]
        return float((low + (1.0 if up_to == len(knots) else ends[up_to])) / 2)
    piece = int(np.clip(below - 1, 0, 2))
    width = knots[piece + 1] - knots[piece]
    if width == 0:
        return 0.0 if below == 0 else 1.0
    slope = (_SCORES[piece + 1] - _SCORES[piece]) / width
    return float(ndtr(_SCORES[piece] + slope * (value - knots[piece])))
