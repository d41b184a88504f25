r"""Half-cells: open-circuit potential of each electrode over how far it is filled with lithium.

An electrode of two materials, such as graphite with silicon, is filled as both are at one
potential :math:`U`: with the share :math:`w` of the charge that the second material holds,

.. math:: x(U) = (1 - w)\,x_1(U) + w\,x_2(U).

The share can be a free number of a fit, because the two lose capacity each at its own pace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from twin.diagnosis.balance import ElectrodeBalance, common_potential
from twin.errors import DataError
from twin.names import DOMAINS, Domain

if TYPE_CHECKING:
    from twin.parameters.parameter_set import ParameterSet

Numbers = NDArray[np.float64]
Direction = Literal["charge", "discharge"]
FEWEST_ROWS = 5
_ENDS, _DENSE = 1e-4, 0.02  # potentials are asked from the first, more closely up to the second
_GRID = 2001
_BRANCH = {
    ("negative", "discharge"): "delithiation",
    ("negative", "charge"): "lithiation",
    ("positive", "discharge"): "lithiation",
    ("positive", "charge"): "delithiation",
}


@dataclass(frozen=True)
class HalfCell:
    """One electrode: the potential of each of its materials on a common grid.

    Parameters
    ----------
    sto : stoichiometries, ascending [-]
    potentials : of each material at these [V]
    share : part of the electrode's charge that the second material holds [-]; 0 with one
    name : where the potentials are from
    """

    sto: Numbers
    potentials: tuple[Numbers, ...]
    share: float = 0.0
    name: str = ""

    @property
    def composite(self) -> bool:
        """Return whether there are two materials."""
        return len(self.potentials) > 1

    def potential(self, share: float | None = None) -> Numbers:
        """Return the potential of the whole electrode on the grid [V]."""
        if not self.composite:
            return self.potentials[0]
        part = self.share if share is None else share
        return common_potential(self.sto, self.potentials, [1 - part, part])

    def spline(self, share: float | None = None) -> Any:
        """Return the potential as a monotone piecewise cubic of the stoichiometry."""
        return PchipInterpolator(self.sto, self.potential(share))

    def with_share(self, share: float) -> HalfCell:
        """Return the electrode with another share of the second material."""
        return replace(self, share=share)


@dataclass(frozen=True)
class HalfCells:
    """The two electrodes of a cell."""

    negative: HalfCell
    positive: HalfCell

    def balance(self, lower_V: float, upper_V: float) -> ElectrodeBalance:
        """Return the pair between two voltages [V]."""
        halves = {"negative": self.negative, "positive": self.positive}
        curves = {domain: (half.sto, half.potential()) for domain, half in halves.items()}
        return ElectrodeBalance(curves, lower_V, upper_V)


def half_cells_of(
    parameters: str | Path | ParameterSet,
    direction: Direction = "discharge",
    *,
    negative: HalfCell | None = None,
    positive: HalfCell | None = None,
) -> HalfCells:
    """Return the half-cells of a parameter set, at its reference temperature.

    Parameters
    ----------
    parameters : name, folder or BPX file of a set, or the set
    direction : of the curve to be read; picks the branch where a material has two potentials
    negative, positive : take these instead of the set's

    Raises
    ------
    ParameterError
        where there is no such set, or it lacks a potential.
    """
    from twin.parameters.parameter_set import load_set

    loaded = load_set(parameters) if isinstance(parameters, str | Path) else parameters
    given = {"negative": negative, "positive": positive}
    found = {d: given[d] or _of_set(loaded, d, direction) for d in DOMAINS}
    return HalfCells(found["negative"], found["positive"])


def _of_set(loaded: ParameterSet, domain: Domain, direction: Direction) -> HalfCell:
    from twin.parameters.equilibrium import call, materials_of

    electrode = materials_of(loaded.values, domain)
    ends = np.geomspace(_ENDS, _DENSE, _GRID // 20)
    sto = np.concatenate([ends[:-1], np.linspace(_DENSE, 1 - _DENSE, _GRID), 1 - ends[-2::-1]])
    branch = _BRANCH[domain, direction]
    potentials = []
    for prefix in electrode.prefixes:
        whole = f"{prefix}{domain.capitalize()} electrode"
        own = f"{whole} {branch} OCP [V]"
        name = own if own in loaded.values else f"{whole} OCP [V]"
        volts = np.asarray(call(loaded.values, name, sto), dtype=float)
        potentials.append(np.broadcast_to(volts, sto.shape))
    share = electrode.charges[1] / electrode.charge if len(potentials) > 1 else 0.0
    return HalfCell(sto, tuple(potentials), share, f"{loaded.name}, {domain}")


def half_cell_of_points(
    stoichiometry: Sequence[float] | Numbers, potential_V: Sequence[float] | Numbers, name: str = ""
) -> HalfCell:
    """Return a half-cell from points of one potential curve.

    Parameters
    ----------
    stoichiometry : strictly rising or falling, within 0 to 1 [-]
    potential_V : against lithium metal [V]

    Raises
    ------
    DataError
        where these are too few, no numbers, out of range or not in order.
    """
    sto, volts = (np.asarray(given, dtype=float) for given in (stoichiometry, potential_V))
    where = name or "half-cell"
    if sto.ndim != 1 or sto.shape != volts.shape or sto.size < FEWEST_ROWS:
        raise DataError(
            f"{where}: {sto.shape} stoichiometries and {volts.shape} potentials; give two columns "
            f"of one length, at least {FEWEST_ROWS} rows"
        )
    if sto[0] > sto[-1]:
        sto, volts = sto[::-1], volts[::-1]
    bad = ~(np.isfinite(sto) & np.isfinite(volts) & (sto >= 0) & (sto <= 1))
    bad[1:] |= ~(np.diff(sto) > 0)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"{where}: point {at + 1} (stoichiometry {sto[at]:g}, {volts[at]:g} V) is out of "
            "order, beyond 0 to 1 or no number; sort the points and leave such out"
        )
    return HalfCell(sto, (volts,), 0.0, name)


def half_cell_of_table(file: str | Path, columns: Mapping[str, str] | None = None) -> HalfCell:
    """Return a half-cell from a file of two columns.

    Parameters
    ----------
    file : CSV or Parquet as :func:`twin.data.read_columns` reads them
    columns : names in the file of ``stoichiometry`` and ``potential_V``, if they are others

    Raises
    ------
    DataError
        where the file or a value in it cannot be used.
    """
    from twin.data import read_columns

    own = {"stoichiometry": "stoichiometry", "potential_V": "potential_V", **(columns or {})}
    unknown = sorted(set(own) - {"stoichiometry", "potential_V"})
    if unknown:
        raise DataError(
            f"{file}: '{unknown[0]}' is no column of a half-cell; allowed are stoichiometry and "
            "potential_V"
        )
    _, found = read_columns(Path(file), own)
    return half_cell_of_points(found["stoichiometry"], found["potential_V"], str(file))
