r"""Laws for the loss of active material: each a share of the initial material per second.

A positive number is a loss. With the volume fraction :math:`\varepsilon_0` of active material at
first, the share lost per time is

.. math::

    r_\sigma &= \frac{\beta}{\varepsilon_0}
        \left( \frac{\max(\sigma_h, 0)}{\sigma_c} \right)^m , \qquad
    r_f = -\frac{\beta_f}{\varepsilon_0} \frac{a j_f}{F} , \qquad
    r_l = \kappa\, s\, \frac{1}{R} \frac{\mathrm{d} l}{\mathrm{d} t} ,

by stress [1]_, by growth of a film that cuts particles off [2]_, and by cracks that do;
the share that is left follows

.. math:: \frac{\mathrm{d} s}{\mathrm{d} t} = -(r_\sigma + r_f + r_l)\, q(s), \qquad s(0) = 1 .

The first two are PyBaMM's: a volume fraction per second, whatever is left of it
(:math:`\mathrm{d} \varepsilon / \mathrm{d} t = -\varepsilon_0 r`), hence the division here. Left
alone they take more than there is; the limiter :math:`q` is one above 2 % and falls to zero at 1 %:
what is left of a size stays in the model, so that its concentration remains one. The third is
proportional to what is left by itself: cracks cut off the share
:math:`1 - e^{-\kappa \Delta l / R}`.

Stress is the hydrostatic one at the surface, :math:`(\sigma_r + 2 \sigma_t)/3`, and the constants
are per second. PyBaMM's ``asymmetric stress-driven`` adds a second term for compression, with a
factor of its own and the same exponent [3]_.

References
----------
.. [1] J. M. Reniers, G. Mulder, D. A. Howey, "Review and performance comparison of
   mechanical-chemical degradation models for lithium-ion batteries," J. Electrochem. Soc.
   166, A3189 (2019). doi:10.1149/2.0281914jes
.. [2] V. Sulzer, S. G. Marquis, R. Timms, M. Robinson, S. J. Chapman, "Python Battery
   Mathematical Modelling (PyBaMM)," J. Open Res. Softw. 9, 14 (2021). doi:10.5334/jors.309
.. [3] S. Pannala, H. Movahedi, T. R. Garrick, A. G. Stefanopoulou, J. B. Siegel,
   "Consistently tuned battery lifetime predictive model of capacity loss, resistance increase,
   and irreversible thickness growth," J. Electrochem. Soc. 171, 010532 (2024).
   doi:10.1149/1945-7111/ad1294
"""

from __future__ import annotations

from typing import Any

import numpy as np

from twin.models.fracture import ramp
from twin.units import FARADAY_C_PER_MOL

LEAST_SHARE = 0.02  # of the initial material, below which losses slow down
LAST_SHARE = 0.01  # at which they end


def hydrostatic_surface_stress(sigma_r: Any, sigma_t: Any) -> Any:
    """Return the mean of the three normal stresses at the surface of a sphere [Pa].

    Parameters
    ----------
    sigma_r, sigma_t : radial and tangential stress, tension positive [Pa]

    Examples
    --------
    >>> hydrostatic_surface_stress(0.0, 60e6)
    40000000.0
    """
    return (sigma_r + 2 * sigma_t) / 3


def stress_loss_rate(sigma_h: Any, beta: Any, sigma_c: Any, m: Any, eps_0: Any) -> Any:
    """Return the loss of active material by tension [s-1].

    For loss by compression give the negative of the stress and the other factor.

    Parameters
    ----------
    sigma_h : hydrostatic stress at the surface, tension positive [Pa]
    beta : volume fraction lost per time at the critical stress [s-1]
    sigma_c : critical stress [Pa]
    m : exponent, positive [-]
    eps_0 : volume fraction of active material at first [-]

    Examples
    --------
    >>> [float(stress_loss_rate(s, 3e-7, 60e6, 2.0, 0.75)) for s in (60e6, 120e6, -60e6)]
    [4e-07, 1.6e-06, 0.0]
    """
    return beta / eps_0 * (np.maximum(sigma_h, 0.0) / sigma_c) ** m


def reaction_loss_rate(a_j_sei: Any, beta: Any, eps_0: Any) -> Any:
    """Return the loss of active material that goes with film growth [s-1].

    Parameters
    ----------
    a_j_sei : current density of film growth per volume of electrode, negative [A.m-3]
    beta : volume of material cut off per mole of electrons [m3.mol-1]
    eps_0 : volume fraction of active material at first [-]

    Examples
    --------
    >>> round(reaction_loss_rate(-10.0, 1e-4, 0.75) * 1e8, 3)
    1.382
    """
    return -beta / eps_0 * a_j_sei / FARADAY_C_PER_MOL


def crack_loss_rate(share_left: Any, growth_rate: Any, R: Any, kappa: Any) -> Any:
    """Return the loss of active material that growing cracks cut off [s-1].

    Parameters
    ----------
    share_left : of the initial material [-]
    growth_rate : of the crack length, not negative [m.s-1]
    R : radius of the particle [m]
    kappa : share cut off per relative growth of the cracks [-]

    Examples
    --------
    >>> round(crack_loss_rate(0.5, 1e-12, 5e-6, 0.2) * 1e8, 6)
    2.0
    """
    return kappa * share_left * growth_rate / R


def limiter(share_left: Any) -> Any:
    """Return the factor on losses that ends them before nothing is left [-].

    >>> [round(float(limiter(share)), 6) for share in (0.5, 0.015, 0.01, -0.1)]
    [1.0, 0.5, 0.0, 0.0]
    """
    return ramp(share_left - LAST_SHARE, LEAST_SHARE - LAST_SHARE)
