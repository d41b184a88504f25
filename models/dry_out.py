r"""Drying-out of the pores: solvent goes into the film, and what is left may not fill them.

Film growth takes :math:`\nu` moles of solvent of molar volume :math:`V_s` per mole of lithium
and leaves a film of volume :math:`V_f / z` behind. From the lithium :math:`n` in new film,

.. math::

    V_\mathrm{liquid} = V_0 + V_\mathrm{excess} - \nu V_s n , \qquad
    V_\mathrm{pore} = V_0 - V_f n / z , \qquad
    S = \min \left( \frac{V_\mathrm{liquid}}{V_\mathrm{pore}}, 1 \right) ,

where :math:`V_0` is the volume of the pores at first and :math:`V_\mathrm{excess}` waits in a
reservoir beside them. The volumes of the balance are those of [1]_. There the dry share of the
cell takes no current at all: the area of the electrodes shrinks by it, and the rest stays full.
Here the saturation :math:`S` is uniform and lowers the volume fraction of electrolyte
:math:`\varepsilon S` in both electrodes and the separator, so that drying-out slows transport and
concentrates the salt, while the whole area goes on working. That suits cells whose liquid spreads
by capillarity faster than it is used up; dry patches at the edge of a large cell it does not
describe.

Assumptions: the salt that is used up, the gas, and the shrinkage of the liquid with
concentration have no volume; the reservoir refills the pores at once; its salt is not counted.

References
----------
.. [1] R. Li, S. O'Kane, M. Marinescu, G. J. Offer, "Modelling solvent consumption from SEI
   layer growth in lithium-ion batteries," J. Electrochem. Soc. 169, 060516 (2022).
   doi:10.1149/1945-7111/ac6f84
"""

from __future__ import annotations

from typing import Any

import numpy as np

LEAST_SATURATION = 1e-3  # below which the equations of transport have no meaning


def pore_volume(eps: Any, thickness: Any, area: Any) -> Any:
    """Return the volume of the pores of one layer [m3].

    Parameters
    ----------
    eps : porosity [-]
    thickness : of the layer [m]
    area : of the layer [m2]

    Examples
    --------
    >>> round(pore_volume(0.25, 85.2e-6, 0.1027) * 1e6, 4)  # cubic centimetres
    2.1875
    """
    return eps * thickness * area


def solvent_volume_used(n_lithium: Any, solvent_per_lithium: Any, V_solvent: Any) -> Any:
    """Return the volume of solvent that film growth has used up [m3].

    Parameters
    ----------
    n_lithium : lithium in film that has grown since the start [mol]
    solvent_per_lithium : moles of solvent per mole of lithium [-]; one where two molecules of
        ethylene carbonate and two lithium ions form one ethylene dicarbonate
    V_solvent : molar volume of the solvent [m3.mol-1]

    Examples
    --------
    >>> round(solvent_volume_used(0.01, 1.0, 6.7e-5) * 1e6, 4)  # cubic centimetres
    0.67
    """
    return solvent_per_lithium * V_solvent * n_lithium


def film_volume_grown(n_lithium: Any, z_sei: Any, V_film: Any) -> Any:
    """Return the volume of the film that has grown [m3].

    Parameters
    ----------
    n_lithium : lithium in film that has grown since the start [mol]
    z_sei : moles of lithium per mole of film [-]
    V_film : molar volume of the film [m3.mol-1]

    Examples
    --------
    >>> round(film_volume_grown(0.01, 2.0, 9.585e-5) * 1e6, 5)  # cubic centimetres
    0.47925
    """
    return V_film * n_lithium / z_sei


def saturation(liquid: Any, pores: Any) -> Any:
    """Return the share of the pores that liquid fills, at most one [-].

    Parameters
    ----------
    liquid : volume of liquid that is left, with the reservoir [m3]
    pores : volume of the pores [m3]

    Examples
    --------
    >>> float(saturation(1.2e-6, 1e-6)), float(saturation(0.8e-6, 1e-6))
    (1.0, 0.8)
    """
    return np.maximum(np.minimum(liquid / pores, 1.0), LEAST_SATURATION)


def reservoir_left(liquid: Any, pores: Any) -> Any:
    """Return the volume of liquid outside the pores [m3].

    Parameters are those of `saturation`.

    Examples
    --------
    >>> round(float(reservoir_left(1.25e-6, 1e-6)) * 1e6, 6), float(reservoir_left(8e-7, 1e-6))
    (0.25, 0.0)
    """
    return np.maximum(liquid - pores, 0.0)


def electrolyte_fraction(eps: Any, S: Any) -> Any:
    """Return the volume fraction of electrolyte in a layer [-].

    Parameters
    ----------
    eps : porosity, after what the film has filled [-]
    S : saturation [-]

    Examples
    --------
    >>> electrolyte_fraction(0.25, 0.8)
    0.2
    """
    return eps * S
