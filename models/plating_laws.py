r"""Laws for plating and stripping of lithium metal, and for plated lithium that dies.

Current densities are positive for stripping (oxidation) and negative for plating. With
:math:`\eta = \phi_s - \phi_e - j R_f L` (lithium metal is the zero of the potential, the last
term is the drop across the film), reversible plating follows Butler and Volmer [1]_,

.. math::

    j = j_{0,s} \exp \left( \frac{\alpha_s F \eta}{R T} \right)
      - j_{0,p} \exp \left( -\frac{\alpha_p F \eta}{R T} \right) ,

and irreversible plating is its second term alone. Plated lithium of concentration :math:`c`
per volume of electrode turns into dead lithium at the rate :math:`\gamma c`, with
:math:`\gamma = \gamma_0 L_0 / L` since a thicker film lets less solvent through [2]_:

.. math::

    \frac{\mathrm{d} c}{\mathrm{d} t} = -\frac{a j}{F} - \gamma c , \qquad
    \frac{\mathrm{d} c_\mathrm{dead}}{\mathrm{d} t} = \gamma c .

Reversible plating has no dead lithium; irreversible plating has nothing else.

References
----------
.. [1] S. E. J. O'Kane, I. D. Campbell, M. W. J. Marzook, G. J. Offer, M. Marinescu,
   "Physical origin of the differential voltage minimum associated with lithium plating in
   Li-ion batteries," J. Electrochem. Soc. 167, 090540 (2020). doi:10.1149/1945-7111/ab90ac
.. [2] S. E. J. O'Kane et al., "Lithium-ion battery degradation: how to model it,"
   Phys. Chem. Chem. Phys. 24, 7909 (2022). doi:10.1039/D2CP00417H
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from twin.units import FARADAY_C_PER_MOL, GAS_CONSTANT_J_PER_MOL_K

Kind = Literal["reversible", "irreversible", "partially-reversible"]


def activation(E_a: Any, T: Any, T_ref: Any) -> Any:
    r"""Return the factor of Arrhenius, :math:`\exp [(E_a/R)(1/T_{ref} - 1/T)]` [-].

    It is one at the reference temperature and rises with temperature.

    Parameters
    ----------
    E_a : activation energy [J.mol-1]
    T : temperature [K]
    T_ref : temperature at which the rate was measured [K]

    Examples
    --------
    >>> float(activation(38e3, 298.15, 298.15))
    1.0
    >>> [round(float(activation(38e3, T, 298.15)), 3) for T in (308.15, 288.15)]
    [1.645, 0.587]
    """
    return np.exp(E_a / GAS_CONSTANT_J_PER_MOL_K * (1 / T_ref - 1 / T))


def plating_current_density(
    kind: Kind,
    j0_plating: Any,
    j0_stripping: Any,
    alpha_plating: Any,
    alpha_stripping: Any,
    eta: Any,
    T: Any,
) -> Any:
    """Return the current density of stripping less that of plating [A.m-2].

    Parameters
    ----------
    kind : ``reversible`` and ``partially-reversible`` have one law; ``irreversible`` no stripping
    j0_plating, j0_stripping : exchange current densities [A.m-2]
    alpha_plating, alpha_stripping : transfer coefficients [-]; PyBaMM's add up to one
    eta : overpotential against lithium metal, positive for stripping [V]
    T : temperature [K]

    Examples
    --------
    >>> float(plating_current_density("reversible", 0.1, 0.1, 0.65, 0.35, 0.0, 298.15))
    0.0
    >>> float(plating_current_density("irreversible", 0.1, 0.1, 0.65, 0.35, 0.0, 298.15))
    -0.1
    """
    over_thermal = FARADAY_C_PER_MOL / (GAS_CONSTANT_J_PER_MOL_K * T) * eta
    plating = j0_plating * np.exp(-alpha_plating * over_thermal)
    if kind == "irreversible":
        return -plating
    return j0_stripping * np.exp(alpha_stripping * over_thermal) - plating


def dead_lithium_decay_rate(gamma_0: Any, thickness_0: Any, thickness: Any) -> Any:
    """Return the share of plated lithium that dies per time [s-1], less below a thicker film.

    Parameters
    ----------
    gamma_0 : rate below a film of the first thickness [s-1]
    thickness_0, thickness : of the film, at first and now [m]

    Examples
    --------
    >>> dead_lithium_decay_rate(1e-6, 5e-9, 10e-9)
    5e-07
    """
    return gamma_0 * thickness_0 / thickness


def dead_lithium_rate(kind: Kind, a_j: Any, c_plated: Any, gamma: Any) -> Any:
    """Return the growth of dead lithium per volume of electrode [mol.m-3.s-1].

    Parameters
    ----------
    kind : of plating
    a_j : current density of plating per volume of electrode, negative for plating [A.m-3]
    c_plated : plated lithium that can still strip, per volume of electrode [mol.m-3]
    gamma : rate at which it dies [s-1]

    Examples
    --------
    >>> round(dead_lithium_rate("partially-reversible", -1e3, 200.0, 1e-6), 9)
    0.0002
    >>> dead_lithium_rate("reversible", -1e3, 200.0, 1e-6)
    0.0
    """
    if kind == "reversible":
        return 0.0 * c_plated
    if kind == "irreversible":
        return -a_j / FARADAY_C_PER_MOL
    return gamma * c_plated


def plated_lithium_rate(kind: Kind, a_j: Any, c_plated: Any, gamma: Any) -> Any:
    """Return the growth of lithium that can still strip, per volume [mol.m-3.s-1].

    With `dead_lithium_rate` it adds up to the lithium that the current brings. Parameters
    are those of `dead_lithium_rate`.

    Examples
    --------
    >>> round(plated_lithium_rate("partially-reversible", -1e3, 200.0, 1e-6), 6)
    0.010164
    """
    if kind == "irreversible":
        return 0.0 * c_plated
    return -a_j / FARADAY_C_PER_MOL - dead_lithium_rate(kind, a_j, c_plated, gamma)
