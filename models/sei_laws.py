r"""Laws for the growth of the film on an electrode (SEI): each a current density.

Growth is a reduction, so its current density :math:`j` is negative. With
:math:`\Delta\phi = \phi_s - \phi_e`, the film's thickness :math:`L`, the current density
:math:`j_m` of the main reaction (positive when lithium leaves the particle),
:math:`f = F/(RT)` and the overpotential behind the film

.. math:: \eta = \Delta\phi - U - j_m R_f L ,

============================  ==========================================================
law                           :math:`-j`
============================  ==========================================================
reaction-limited              :math:`j_0 e^{-f \eta / 2}` [1]_
solvent-diffusion             :math:`F D_{sol} c_{sol} / L` [1]_
electron-migration            :math:`\kappa \max(U - \Delta\phi, 0) / L` [1]_
interstitial-diffusion        :math:`F D_{Li} c_{Li} e^{-f \Delta\phi} / L` [1]_
ec-reaction                   :math:`F c_{ec} k_e / (1 + k_e L / D_{ec})`,
                              :math:`k_e = k e^{-f \eta / 2}` [2]_
tunnelling                    :math:`j_0 e^{-f \Delta\phi / 2 - \beta L}` [3]_
von-kolzenberg                :math:`j_0 e^{-f \Delta\phi / 2} \,
                              m / (m + L_a / L_d)` [4]_
reaction-and-diffusion        :math:`1/j = 1/j_\mathrm{reaction} + 1/j_\mathrm{diffusion}`
============================  ==========================================================

The two with ``-asymmetric`` in their name have a transfer coefficient of their own in place
of one half. Transfer through the film is counted from :math:`\Delta\phi` alone in
*interstitial-diffusion*, *tunnelling* and *von-kolzenberg*: neither :math:`U` nor the drop
across the film is in them; *electron-migration* has :math:`U` and not the drop. Every law is
multiplied by :math:`\exp[(E/R)(1/T_{ref} - 1/T)]`, solvent diffusion too. These are PyBaMM's
laws, with its parameters, but for the two marked below. PyBaMM's :math:`j_m` in the drop is the
main reaction's in its DFN and the cell's mean with side reactions in its single-particle models.

**reaction-and-diffusion.** Solvent of concentration :math:`c_{sol}` outside diffuses through
the film to its inner face, where a reaction of first order uses it up. In steady state

.. math::

    -\frac{j}{F} = D_{sol} \frac{c_{sol} - c}{L}
                 = \frac{-j_\mathrm{reaction}}{F} \frac{c}{c_{sol}} ,

and leaving out :math:`c` gives the sum of resistances above. It is the reaction for thin films,
:math:`L \ll F D_{sol} c_{sol} / |j_\mathrm{reaction}|`, and the diffusion for thick ones, with
no thickness at which it is infinite. The model is that of [5]_, and *ec-reaction* is the same
law with :math:`j_0 = F c_{ec} k`. One electron (one lithium) goes with each solvent, as in
PyBaMM's laws.

**Where kinks and poles are.** PyBaMM's *electron-migration* multiplies the overpotential with a
step; here a maximum, which has the same values. In *von-kolzenberg*
:math:`L_a = \max(L - L_t, 0)` lies beyond the reach of tunnelling, :math:`L_d = F D_{Li} c_{Li}
e^{-f \Delta\phi / 2} / j_0`, and

.. math:: m = \max \left( 1 - \frac{f\, j_m L_a}{2\, \kappa_{Li}}, \, 0 \right)

is what migration of electrons does: discharge pulls them back. PyBaMM has no maximum: above
:math:`j_m = 2 \kappa_{Li} / (f L_a)` its film dissolves, up to a pole at
:math:`1 + L_a / L_d` times that, and beyond it grows faster than the reaction would without a
film. Here it rests. Laws that divide by the thickness need a
film to begin with.

References
----------
.. [1] S. G. Marquis, "Long-term degradation of lithium-ion batteries," PhD thesis,
   University of Oxford (2020), section 5.6.4.
.. [2] X.-G. Yang, Y. Leng, G. Zhang, S. Ge, C.-Y. Wang, "Modeling of lithium plating induced
   aging of lithium-ion batteries: transition from linear to nonlinear aging," J. Power
   Sources 360, 28 (2017), their equations 10 and 11. doi:10.1016/j.jpowsour.2017.05.110
.. [3] M. Tang, S. Lu, J. Newman, "Experimental and theoretical investigation of
   solid-electrolyte-interphase formation mechanisms on glassy carbon," J. Electrochem. Soc.
   159, A1775 (2012), their equation 25. doi:10.1149/2.025211jes
.. [4] L. von Kolzenberg, A. Latz, B. Horstmann, "Solid-electrolyte interphase during battery
   cycling: theory of growth regimes," ChemSusChem 13, 3901 (2020), their equation 19.
   doi:10.1002/cssc.202000867
.. [5] M. Safari, M. Morcrette, A. Teyssot, C. Delacourt, "Multimodal physics-based aging model
   for life prediction of Li-ion batteries," J. Electrochem. Soc. 156, A145 (2009).
   doi:10.1149/1.3043429
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from twin.models.plating_laws import activation
from twin.units import FARADAY_C_PER_MOL, GAS_CONSTANT_J_PER_MOL_K

SYMMETRIC = 0.5


@dataclass(frozen=True)
class FilmState:
    """What a law reads of the state, numbers or PyBaMM symbols.

    Parameters
    ----------
    delta_phi : potential of the electrode less that of the electrolyte [V]
    j : current density of the main reaction, positive when lithium leaves [A.m-2]
    thickness : of the film [m]
    T : temperature [K]
    """

    delta_phi: Any
    j: Any
    thickness: Any
    T: Any


def inverse_thermal_voltage(T: Any) -> Any:
    """Return F/(RT) [V-1].

    >>> round(inverse_thermal_voltage(298.15), 2)
    38.92
    """
    return FARADAY_C_PER_MOL / (GAS_CONSTANT_J_PER_MOL_K * T)


def film_drop(state: FilmState, p: Any) -> Any:
    """Return the drop of potential across the film, positive on discharge [V].

    >>> from types import SimpleNamespace
    >>> film_drop(FilmState(0.1, 2.0, 1e-8, 298.15), SimpleNamespace(R_sei=2e5))
    0.004
    """
    return state.j * state.thickness * p.R_sei


def reaction_overpotential(state: FilmState, p: Any) -> Any:
    """Return the overpotential of the film's reaction, behind the drop across the film [V].

    >>> from types import SimpleNamespace
    >>> p = SimpleNamespace(R_sei=2e5, U_sei=0.4)
    >>> round(reaction_overpotential(FilmState(0.1, 2.0, 1e-8, 298.15), p), 6)
    -0.304
    """
    return state.delta_phi - p.U_sei - film_drop(state, p)


def film_growth_rate(j_sei: Any, p: Any) -> Any:
    r"""Return the volume of film that grows per area and time, :math:`-V j / (F z)` [m.s-1].

    PyBaMM holds moles of film per volume of electrode, :math:`c`, with
    :math:`\mathrm{d} c / \mathrm{d} t = -a j / (F z)` and :math:`L = V c / a`. The two are the
    same while the surface per volume :math:`a` stays; where active material is lost PyBaMM
    spreads the old film over what is left, and it thickens by that too.

    Parameters
    ----------
    j_sei : current density of growth, negative [A.m-2]
    p : has the film's molar volume ``V_bar_sei`` [m3.mol-1] and ``z_sei``, moles of lithium
        per mole of film

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> p = SimpleNamespace(V_bar_sei=9.585e-5, z_sei=2.0)
    >>> round(film_growth_rate(-1e-3, p) * 1e12, 4)  # picometres per second
    0.4967
    """
    return -p.V_bar_sei * j_sei / (FARADAY_C_PER_MOL * p.z_sei)


def ec_concentration(law: str, state: FilmState, p: Any) -> Any:
    """Return the concentration of solvent at the inner face of the film [mol.m-3].

    PyBaMM's: without the factor of temperature that multiplies the current density, so the
    two fit together at the reference temperature only.

    Parameters
    ----------
    law : ``ec-reaction`` or ``ec-reaction-asymmetric``
    state : of the film
    p : PyBaMM's parameters of a phase, or numbers under the same names
    """
    rate = _ec_kinetics(state, p, _transfer(law, p))
    return p.c_ec_0 / _hindrance(rate, state.thickness, p.D_ec, p.c_ec_0)


def sei_current_density(law: str, state: FilmState, p: Any) -> Any:
    """Return the current density of film growth, negative [A.m-2].

    Parameters
    ----------
    law : a key of `LAWS`
    state : of the film
    p : PyBaMM's parameters of a phase (`pybamm.LithiumIonParameters().n.prim`), or numbers
        under the same names; ``p.main_param.T_ref`` is the reference temperature

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> p = SimpleNamespace(D_sol=2.5e-22, c_sol=2636.0, E_sei=38e3)
    >>> p.main_param = SimpleNamespace(T_ref=298.15)
    >>> film = FilmState(0.1, 1.0, 1e-8, 298.15)
    >>> round(float(sei_current_density("solvent-diffusion", film, p)) * 1e6, 3)
    -6.358
    """
    hotter = activation(p.E_sei, state.T, p.main_param.T_ref)
    return hotter * LAWS[law](state, p, _transfer(law, p))


def _transfer(law: str, p: Any) -> Any:
    return p.alpha_SEI if law.endswith("-asymmetric") else SYMMETRIC


def _hindrance(rate: Any, thickness: Any, D: Any, c: Any) -> Any:
    """Return how many times diffusion through the film slows a reaction down [-]."""
    return 1 - rate * thickness / (FARADAY_C_PER_MOL * D * c)


def _reaction(state: FilmState, p: Any, alpha: Any) -> Any:
    eta = reaction_overpotential(state, p)
    return -p.j0_sei * np.exp(-alpha * inverse_thermal_voltage(state.T) * eta)


def _solvent_diffusion(state: FilmState, p: Any, alpha: Any) -> Any:
    return -p.D_sol * p.c_sol * FARADAY_C_PER_MOL / state.thickness


def _reaction_and_diffusion(state: FilmState, p: Any, alpha: Any) -> Any:
    rate = _reaction(state, p, alpha)
    return rate / _hindrance(rate, state.thickness, p.D_sol, p.c_sol)


def _ec_kinetics(state: FilmState, p: Any, alpha: Any) -> Any:
    eta = reaction_overpotential(state, p)
    rate = p.k_sei * np.exp(-alpha * inverse_thermal_voltage(state.T) * eta)
    return -FARADAY_C_PER_MOL * p.c_ec_0 * rate


def _ec_reaction(state: FilmState, p: Any, alpha: Any) -> Any:
    rate = _ec_kinetics(state, p, alpha)
    return rate / _hindrance(rate, state.thickness, p.D_ec, p.c_ec_0)


def _electron_migration(state: FilmState, p: Any, alpha: Any) -> Any:
    driving = np.maximum(p.U_sei - state.delta_phi, 0.0)
    return -p.kappa_inner * driving / state.thickness


def _interstitial_diffusion(state: FilmState, p: Any, alpha: Any) -> Any:
    reach = np.exp(-inverse_thermal_voltage(state.T) * state.delta_phi)
    return -p.D_li * p.c_li_0 * FARADAY_C_PER_MOL / state.thickness * reach


def _tunnelling(state: FilmState, p: Any, alpha: Any) -> Any:
    kinetics = np.exp(-alpha * inverse_thermal_voltage(state.T) * state.delta_phi)
    return -p.j0_sei * kinetics * np.exp(-p.beta_tunnelling * state.thickness)


def _von_kolzenberg(state: FilmState, p: Any, alpha: Any) -> Any:
    f = inverse_thermal_voltage(state.T)
    beyond = np.maximum(state.thickness - p.L_tunneling, 0.0)
    length = FARADAY_C_PER_MOL * p.D_li * p.c_li_0 / p.j0_sei
    length = length * np.exp(-(1 - alpha) * f * state.delta_phi)
    migration = np.maximum(1 - beyond * f * state.j / (2 * p.kappa_Li_ion), 0.0)
    share = migration / (migration + beyond / length)
    return -p.j0_sei * share * np.exp(-alpha * f * state.delta_phi)


LAWS: Mapping[str, Callable[[FilmState, Any, Any], Any]] = MappingProxyType(
    {
        "reaction-limited": _reaction,
        "reaction-limited-asymmetric": _reaction,
        "solvent-diffusion": _solvent_diffusion,
        "electron-migration": _electron_migration,
        "interstitial-diffusion": _interstitial_diffusion,
        "ec-reaction": _ec_reaction,
        "ec-reaction-asymmetric": _ec_reaction,
        "von-kolzenberg": _von_kolzenberg,
        "tunnelling": _tunnelling,
        "reaction-and-diffusion": _reaction_and_diffusion,
    }
)

PYBAMM_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "reaction-limited": "reaction limited",
        "reaction-limited-asymmetric": "reaction limited (asymmetric)",
        "solvent-diffusion": "solvent-diffusion limited",
        "electron-migration": "electron-migration limited",
        "interstitial-diffusion": "interstitial-diffusion limited",
        "ec-reaction": "ec reaction limited",
        "ec-reaction-asymmetric": "ec reaction limited (asymmetric)",
        "von-kolzenberg": "VonKolzenberg2020",
        "tunnelling": "tunnelling limited",
    }
)

# what a law reads that PyBaMM's set OKane2022 does not give
NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "reaction-limited-asymmetric": ("SEI growth transfer coefficient",),
        "ec-reaction-asymmetric": ("SEI growth transfer coefficient",),
        "von-kolzenberg": (
            "SEI lithium ion conductivity [S.m-1]",
            "Tunneling distance for electrons [m]",
        ),
        "tunnelling": ("Tunneling barrier factor [m-1]",),
    }
)
