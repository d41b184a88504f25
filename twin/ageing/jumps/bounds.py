"""What a state must keep to: amounts that cannot be negative, particles that cannot overfill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from twin.names import DOMAINS

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
EXTREMES = tuple(
    f"{extreme} {domain} {phase}particle surface stoichiometry"
    for extreme in ("Minimum", "Maximum")
    for domain in DOMAINS
    for phase in ("", "primary ", "secondary ")
)
SMALLEST_SHARE = 0.3  # of what there was, that may be left after a jump
# of the way to empty or full that a particle had left: less changes from cycle to cycle
SMALLEST_WAY = 0.05


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


def keeps_amounts(
    before: NDArray[np.float64], after: NDArray[np.float64], mask: NDArray[np.bool_]
) -> bool:
    """Return whether a state is finite, and none of its amounts is far below what it was."""
    least = np.where(before > 0, SMALLEST_SHARE * before, before)
    return bool(np.all(np.isfinite(after)) and np.all((after >= least)[mask]))


def keeps_inside(
    before: Mapping[str, NDArray[np.float64]], after: Mapping[str, NDArray[np.float64]]
) -> bool:
    """Return whether no particle is empty or full, or all but there, that was not before.

    Parameters
    ----------
    before, after : stoichiometries by the names in `EXTREMES`
    """
    for name, values in before.items():
        now, then = after[name], values
        if name.startswith("Maximum"):
            now, then = 1 - now, 1 - then
        if np.any(now < np.where(then > 0, SMALLEST_WAY * then, then)):
            return False
    return True
