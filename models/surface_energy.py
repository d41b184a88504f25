r"""Open-circuit potential of small particles: what surface energy adds.

Making a particle's surface costs :math:`\gamma` per area. Per mole of host the excess is
:math:`(A/V)\, V_m(x)\, \gamma(x)`, which is :math:`3 V_m \gamma / R` in a sphere [1]_, and the
potential shifts by its slope at constant size,

.. math:: \Delta U(x, R) = -\frac{1}{F} \frac{\mathrm{d}}{\mathrm{d} x}
                     \left[ \frac{A}{V} V_m(x)\, \gamma(x) \right] .

It is zero where neither :math:`\gamma` nor :math:`V_m` depends on composition. Where a
particle holds two phases both follow the lever rule (`lever_rule`), the shift is the same all
along the plateau, :math:`-(A/V) [V_\beta \gamma_\beta - V_\alpha \gamma_\alpha] / (F \Delta x)`,
and each phase has its own. The convention is that of constant radius; at a constant number of
formula units the part from :math:`V_m` is two thirds of it.

References
----------
.. [1] S.-K. Jung et al., "Nanoscale phenomena in lithium-ion batteries," Chem. Rev. 120,
   6684 (2020), their equation 4. doi:10.1021/acs.chemrev.9b00405
"""

from __future__ import annotations

from typing import Any

from twin.units import FARADAY_C_PER_MOL


def surface_potential_shift(
    area_per_volume: Any, V_m: Any, dVm_dx: Any, gamma: Any, dgamma_dx: Any
) -> Any:
    """Return the shift of the open-circuit potential by surface energy [V].

    Parameters
    ----------
    area_per_volume : surface of a particle over its volume [m-1]
    V_m : molar volume of the host [m3.mol-1]
    dVm_dx : its slope in stoichiometry [m3.mol-1]
    gamma : surface energy [J.m-2]
    dgamma_dx : its slope in stoichiometry [J.m-2]

    Examples
    --------
    >>> surface_potential_shift(3e8, 4.4e-5, 0.0, 1.0, 0.0) == 0.0
    True
    >>> round(1e3 * surface_potential_shift(3e8, 4.4e-5, 0.0, 1.0, 1.0), 1)
    -136.8
    """
    return -area_per_volume / FARADAY_C_PER_MOL * (dVm_dx * gamma + V_m * dgamma_dx)


def lever_rule(x: Any, start: tuple[float, Any], end: tuple[float, Any]) -> Any:
    """Return a property of two phases in one particle, linear between their compositions.

    Parameters
    ----------
    x : mean stoichiometry
    start, end : stoichiometry and value of each phase

    Examples
    --------
    >>> lever_rule(0.5, (0.0, 1.0), (1.0, 3.0))
    2.0
    """
    share = (x - start[0]) / (end[0] - start[0])
    return start[1] + share * (end[1] - start[1])
