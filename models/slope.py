"""Slope of a material function of composition, whatever the function is made of.

A symbolic derivative would do for formulas, but not for the tables of measured potentials
and moduli: CasADi cannot differentiate the derivative of an interpolant again, which the
Jacobian needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

STEP = 1e-4


def slope(function: Callable[[Any], Any], x: Any, step: float = STEP) -> Any:
    """Return the central difference of a function of stoichiometry.

    Exact for parabolas; otherwise off by the third derivative times step^2/6.

    Parameters
    ----------
    function : of stoichiometry
    x : stoichiometry
    step : how far to each side

    Examples
    --------
    >>> round(slope(lambda x: 3 * x**2, 0.5), 9)
    3.0
    """
    return (function(x + step) - function(x - step)) / (2 * step)
