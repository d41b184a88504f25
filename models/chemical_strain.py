r"""Strain of a host by the lithium in it.

The exact integral of a partial molar volume that may vary,

.. math:: \epsilon(c) = \frac{1}{3} \int_{c_0}^{c} \Omega(c')\, \mathrm{d}c' ,

by a five-point Gauss rule (exact up to ninth-degree polynomials).
"""

from __future__ import annotations

from typing import Any

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)


def chemical_strain(Omega: Any, c: Any, c_0: Any) -> Any:
    """Return the linear strain of the host from the composition c_0 to c [-].

    Parameters
    ----------
    Omega : function that returns the partial molar volume [m3.mol-1] at a concentration
    c, c_0 : concentration, and that of the unstrained host [mol.m-3]

    Examples
    --------
    >>> round(chemical_strain(lambda c: 3e-6 * c / 1e4, 2e4, 0.0), 12)  # 3e-10 c^2/2 / 3
    0.02
    """
    change = c - c_0
    mean = sum(
        float(w) / 2 * Omega(c_0 + (1 + float(s)) / 2 * change)
        for s, w in zip(_NODES, _WEIGHTS, strict=True)
    )
    return change / 3 * mean
