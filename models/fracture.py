r"""Fracture of active-material particles: threshold, sudden growth, arrest, critical size.

A surface crack of length :math:`l` below a tangential stress :math:`\sigma` has the stress
intensity [1]_

.. math:: K = b \max(\sigma, 0) \sqrt{\pi l} .

It grows by fatigue, and on top of that at once where :math:`K` is above the toughness:

.. math::

    \frac{\mathrm{d} l}{\mathrm{d} t} = \left[ k \max(K^m - K_{th}^m, 0)
        + v \max \left( \frac{K}{K_{Ic}} - 1, 0 \right) \right] A(l) .

The threshold form [2]_ is continuous at :math:`K_{th}`, tends to Paris' law far above it and is
Paris' law for :math:`K_{th} = 0`; each maximum has one copy of its argument, which for two
equal numbers that differ by rounding is the difference between zero and a power of a negative
number. Unstable growth runs at about the speed of sound, which no ageing model resolves:
:math:`v` only has to be so large that a crack crosses a particle within the time that the
overload lasts. The arrest :math:`A` is one up to nine tenths of the particle and falls to zero
at its radius :math:`R` (or the wall of a hollow one), so no crack outgrows its particle.

**Critical size.** A crack releases the energy :math:`G = Z E \varepsilon_m^2 d` per area in a
particle of size :math:`d` with mismatch strain :math:`\varepsilon_m`; with the largest
:math:`Z` of all cracks below the fracture energy :math:`\Gamma` nothing can break [3]_ [4]_,

.. math:: d < d_c = \frac{\Gamma}{Z_\mathrm{max} E \varepsilon_m^2} .

**Diffusion.** Lithium goes round cracks: a path longer by :math:`1 + \chi l / R` makes
diffusion slower by its square, and the diffusivity of a particle without cracks is multiplied by
:math:`(1 + \chi l / R)^{-2}`. :math:`\chi` is fitted: about one where cracks cut across the
path, zero where they run along it.

References
----------
.. [1] R. Deshpande, M. Verbrugge, Y.-T. Cheng, J. Wang, P. Liu, "Battery cycle life
   prediction with coupled chemical degradation and fatigue mechanics,"
   J. Electrochem. Soc. 159, A1730 (2012). doi:10.1149/2.049210jes
.. [2] M. Klesnil, P. Lukáš, "Influence of strength and stress history on growth and
   stabilisation of fatigue cracks," Eng. Fract. Mech. 4, 77 (1972).
.. [3] K. Zhao, M. Pharr, J. J. Vlassak, Z. Suo, "Fracture of electrodes in lithium-ion
   batteries caused by fast charging," J. Appl. Phys. 108, 073517 (2010).
   doi:10.1063/1.3492617
.. [4] S.-K. Jung et al., "Nanoscale phenomena in lithium-ion batteries," Chem. Rev. 120,
   6684 (2020), their equation 9. doi:10.1021/acs.chemrev.9b00405
"""

from __future__ import annotations

from typing import Any

import numpy as np

ARREST_SHARE = 0.1  # of a particle's radius, over which a crack comes to rest
GATE_SHARE = 0.1  # of the critical size, over which growth comes in


def ramp(x: Any, width: Any) -> Any:
    """Return zero below zero, one above `width`, a straight line between [-].

    >>> [float(ramp(x, 0.1)) for x in (-1.0, 0.05, 2.0)]
    [0.0, 0.5, 1.0]
    """
    return np.maximum(np.minimum(x / width, 1.0), 0.0)


def stress_intensity(sigma: Any, l: Any, b: Any) -> Any:
    """Return the stress intensity of a crack [Pa.m0.5]; compression closes it.

    Parameters
    ----------
    sigma : tangential stress, tension positive [Pa]
    l : crack length [m]
    b : correction for the shape [-]

    Examples
    --------
    >>> round(float(stress_intensity(100e6, 20e-9, 1.12)))
    28074
    >>> float(stress_intensity(-100e6, 20e-9, 1.12))
    0.0
    """
    return b * np.maximum(sigma, 0.0) * np.sqrt(np.pi * l)


def fatigue_rate(K: Any, k: Any, m: Any, K_th: Any = 0.0) -> Any:
    """Return the speed of fatigue growth above a threshold [m.s-1].

    Parameters
    ----------
    K : stress intensity, not negative [Pa.m0.5]
    k : cracking rate [m.s-1.(Pa.m0.5)-m]; PyBaMM's sets give it per hour
    m : exponent of Paris' law, positive [-]
    K_th : threshold [Pa.m0.5]; zero is Paris' law

    Examples
    --------
    >>> float(fatigue_rate(2.0, 1.0, 2.0)), float(fatigue_rate(2.0, 1.0, 2.0, 1.0))
    (4.0, 3.0)
    """
    return k * np.maximum(K**m - K_th**m, 0.0)


def unstable_rate(K: Any, K_Ic: Any, v: Any) -> Any:
    """Return the speed that is added where a crack runs on its own [m.s-1].

    Parameters
    ----------
    K : stress intensity [Pa.m0.5]
    K_Ic : fracture toughness [Pa.m0.5]
    v : speed at twice the toughness [m.s-1]

    Examples
    --------
    >>> float(unstable_rate(0.9e6, 1e6, 1e-6)), float(unstable_rate(2e6, 1e6, 1e-6))
    (0.0, 1e-06)
    """
    return v * np.maximum(K / K_Ic - 1, 0.0)


def arrest(l: Any, R: Any) -> Any:
    """Return the factor that stops a crack before it is through its particle [-].

    Parameters
    ----------
    l : crack length [m]
    R : radius of the particle, or thickness of the wall of a hollow one [m]

    Examples
    --------
    >>> float(arrest(1e-6, 5e-6)), float(arrest(5e-6, 5e-6)), float(arrest(6e-6, 5e-6))
    (1.0, 0.0, 0.0)
    """
    return ramp(1 - l / R, ARREST_SHARE)


def critical_size(fracture_energy: Any, Z_max: Any, E: Any, mismatch_strain: Any) -> Any:
    """Return the size below which no crack in a particle can grow [m].

    Infinite without mismatch: give a strain that is not zero, or use `size_gate` with the
    largest strain of a cycle.

    Parameters
    ----------
    fracture_energy : energy per area of crack [J.m-2]
    Z_max : largest energy release rate, made dimensionless [-]; it sets which size is meant
    E : Young's modulus [Pa]
    mismatch_strain : strain that the parts of a particle differ by [-]

    Examples
    --------
    >>> round(critical_size(2.0, 0.5, 200e9, 0.01) * 1e9)  # nanometres
    200
    """
    return fracture_energy / (Z_max * E * mismatch_strain**2)


def size_gate(size: Any, critical: Any) -> Any:
    """Return the factor on crack growth by size: zero up to the critical one [-].

    It is one from 1.1 times the critical size: the straight line between stands for the
    spread of flaws and keeps the rate continuous where the critical size follows the state.

    Parameters
    ----------
    size : of the particle, the one that `critical` is meant for [m]
    critical : critical size [m]

    Examples
    --------
    >>> [round(float(size_gate(d, 150e-9)), 6) for d in (100e-9, 150e-9, 157.5e-9, 300e-9)]
    [0.0, 0.0, 0.5, 1.0]
    """
    return ramp(size / critical - 1, GATE_SHARE)


def path_factor(l: Any, R: Any, chi: Any) -> Any:
    """Return what cracks multiply the diffusivity by, through a longer path [-].

    Parameters
    ----------
    l : crack length [m]
    R : radius of the particle [m]
    chi : by what share of the radius a crack of its length lengthens the path [-]

    Examples
    --------
    >>> path_factor(0.0, 5e-6, 1.0), path_factor(5e-6, 5e-6, 1.0)
    (1.0, 0.25)
    """
    return (1 + chi * l / R) ** -2
