"""Which components of a state cannot be negative, by the names of their variables."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

AMOUNTS = (
    "concentration",
    "thickness",
    "length",
    "share of active material",
    "volume fraction",
    "porosity",
    "saturation",
    "lithium",
    "volume per",
)


def positive(slices: Iterable[tuple[str, slice]], size: int) -> NDArray[np.bool_]:
    """Return a mask of amounts: concentrations, lengths, shares, lithium.

    Potentials, overpotentials, currents and counters of charge may have any sign.

    >>> positive([("Porosity", slice(0, 1)), ("Electrolyte potential [V]", slice(1, 3))], 3)
    array([ True, False, False])
    """
    mask = np.zeros(size, dtype=bool)
    for name, part in slices:
        lower = name.lower()
        if any(amount in lower for amount in AMOUNTS) and "potential" not in lower:
            mask[part] = True
    return mask
