"""The baselines by name, and what all of them say about one cell.

What each assumes is in `twin.forecast.laws` (linear, square root, last value),
`twin.forecast.separable_laws` (power law, double exponential), `twin.forecast.gaussian_process`
and `twin.forecast.population` (mean of other cells, cells most like this one).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from twin.forecast.bands import Band
from twin.forecast.gaussian_process import GaussianProcess
from twin.forecast.laws import LastValue, Law, Linear, SquareRoot
from twin.forecast.population import NearestNeighbours, PopulationMean
from twin.forecast.separable_laws import DoubleExponential, PowerLaw

Curve = tuple[ArrayLike, ArrayLike]
BASELINES: Mapping[str, Law] = MappingProxyType(
    {
        "last value": LastValue(),
        "linear": Linear(),
        "square root": SquareRoot(),
        "power law": PowerLaw(),
        "double exponential": DoubleExponential(),
        "gaussian process": GaussianProcess(),
    }
)
POPULATION = ("population mean", "nearest neighbours")


def baselines(own: Curve | None, others: Sequence[Curve], x: ArrayLike) -> dict[str, Band]:
    """Return what each baseline says about a cell.

    Parameters
    ----------
    own : ``x`` and ``y`` that were measured on the cell, ``x`` not decreasing, or ``None``
    others : the same of other cells that live alike
    x : where to forecast, strictly increasing

    Returns
    -------
    name of the baseline -> band. Those of a single cell (`BASELINES`) need ``own``; the mean of
    the population needs three other cells, the nearest neighbours ``own`` and five.

    Raises
    ------
    DataError
        for values that are not finite or an ``x`` that decreases.
    """
    found = {}
    if own is not None:
        found = {name: law.fit(*own).forecast(x) for name, law in BASELINES.items()}
    if len(others) >= 3:
        start = others[0] if own is None else own
        mean = PopulationMean(others).fit(*(np.asarray(row) for row in start))
        found[POPULATION[0]] = mean.forecast(x)
    if own is not None and len(others) >= 5:
        found[POPULATION[1]] = NearestNeighbours(others).fit(*own).forecast(x)
    return found
