r"""What an experiment would have shown: quantities of a simulated life at the ages measured.

Losses of lithium and of material count from the first check-up, as measured ones do. The
irreversible swelling of a stack is the volume of reaction products over its footprint,

.. math::

    \Delta L = \beta\,\frac{1}{A F}\left( \frac{\bar V_{SEI}}{z} Q_{SEI}
        + \bar V_{Li} Q_{Li} \right),

with the charge :math:`Q` bound in the film (on cracks too) and in plated and dead lithium,
:math:`z` moles of lithium in a mole of film, the footprint :math:`A` = electrode width times
height, and a factor :math:`\beta` that is fitted: pores of the film and gas make it larger than
one, room inside the electrode smaller.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from twin.units import FARADAY_C_PER_MOL, SECONDS_PER_DAY, SECONDS_PER_HOUR

Array = NDArray[np.float64]
Table = Mapping[str, Array]
MICRO = 1e6
FILM = ("lithium_sei_Ah", "lithium_sei_on_cracks_Ah")
METAL = ("lithium_plated_Ah", "lithium_dead_Ah")
FROM_FIRST = ("lli_percent", "lam_negative_percent", "lam_positive_percent")
AGE_COLUMNS = {
    "cycle": ("cycle", 1.0),
    "efc": ("equivalent_full_cycles", 1.0),
    "time_d": ("time_s", 1.0 / SECONDS_PER_DAY),
}


def ages(table: Table, age: str) -> Array:
    """Return the age at each check-up, from zero at the first."""
    column, scale = AGE_COLUMNS[age]
    found = np.asarray(table[column], dtype=float) * scale
    return found if age == "cycle" else found - found[0]


def quantity(table: Table, name: str, observation: Mapping[str, float]) -> Array:
    """Return a quantity at each check-up.

    Parameters
    ----------
    table : columns of ``checkups.parquet``
    name : one of `twin.estimation.sections.COLUMN_QUANTITIES`
    observation : molar volumes, area and factor of swelling
    """
    if name == "swelling_um":
        return swelling_um(table, observation)
    found = np.asarray(table[name], dtype=float)
    return np.asarray(found - found[0] if name in FROM_FIRST else found, dtype=float)


def swelling_um(table: Table, observation: Mapping[str, float]) -> Array:
    """Return the irreversible swelling of the stack since the first check-up [um]."""
    per_mol = SECONDS_PER_HOUR / FARADAY_C_PER_MOL
    area = observation["width"] * observation["height"]
    film = observation["sei_volume"] / observation["sei_lithium"] * _sum(table, FILM)
    metal = observation.get("lithium_volume", 0.0) * _sum(table, METAL)
    found: Array = observation["swelling"] * MICRO * per_mol / area * (film + metal)
    return found


def _sum(table: Table, columns: tuple[str, ...]) -> Array:
    total: Array = np.zeros(len(table["cycle"]))
    for column in columns:
        total = total + np.nan_to_num(np.asarray(table[column], dtype=float))
    return np.asarray(total - total[0], dtype=float)


def at_ages(x: Array, y: Array, wanted: Array) -> Array:
    """Return values at the ages wanted, smoothly between check-ups.

    Beyond the last check-up of a run that ended early the last slope goes on.

    Examples
    --------
    >>> at_ages(np.array([0.0, 10.0, 20.0]), np.array([0.0, 1.0, 3.0]), np.array([5.0, 30.0]))
    array([0.39583333, 5.        ])
    """
    x, keep = np.unique(x, return_index=True)
    y = y[keep]
    known = np.isfinite(y)
    x, y = x[known], y[known]
    if not x.size:
        return np.full(wanted.shape, np.nan)
    if x.size == 1:
        return np.full(wanted.shape, y[0])
    found = np.asarray(PchipInterpolator(x, y)(np.clip(wanted, x[0], x[-1])), dtype=float)
    slope = (y[-1] - y[-2]) / (x[-1] - x[-2])
    return np.asarray(found + slope * np.maximum(wanted - x[-1], 0.0), dtype=float)
