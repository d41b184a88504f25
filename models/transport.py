r"""Laws for the flux of lithium in a solid, from the gradient of its chemical potential.

With mobility :math:`M` and the potential :math:`\mu = \mu_\mathrm{chem}(c) - W` (:math:`W` is
what stress takes off, :func:`twin.models.stress.mechanical_potential`),

.. math::

    N = -M \nabla \mu
      = -D \left( \Gamma\, \nabla c - \frac{m}{R T}\, \nabla W \right) .

============================  ===========================  ==============  =============
law                           D is                         :math:`\Gamma`  :math:`m`
============================  ===========================  ==============  =============
fickian                       the measured (chemical) one  1               0
stress-coupled                that of a dilute solution    1               :math:`c`
stress-coupled-lattice-gas    that of a lattice gas        1               :math:`c(1-x)`
thermodynamic                 the self-diffusivity         from the OCP    0
stress-coupled-thermodynamic  the self-diffusivity         from the OCP    :math:`c`
stress-coupled-measured       the measured (chemical) one  1               :math:`c/\Gamma_U`
stress-activated              the unstressed one           1               0
============================  ===========================  ==============  =============

*Dilute* is ideal dilute solution, :math:`\mu_\mathrm{chem} = R T \ln c` [1]_ [2]_; in the
*lattice gas* a jump needs an empty neighbour, :math:`M = D c (1-x)/(R T)` and
:math:`\mu_\mathrm{chem} = R T \ln (x/(1-x))`. A measured diffusivity already holds the
thermodynamic factor

.. math:: \Gamma = \frac{x}{R T} \frac{\mathrm{d} \mu_\mathrm{chem}}{\mathrm{d} x}
                 = -\frac{F x}{R T} \frac{\mathrm{d} U}{\mathrm{d} x} ;

the thermodynamic laws take it from the open-circuit potential :math:`U(x)`, so that theirs
is the self-diffusivity [3]_; :math:`\Gamma_U` in the *measured* law is the same factor, by which
a measured diffusivity overstates the mobility, so that stress adds :math:`\theta c/\Gamma_U` to it
and not :math:`\theta c`. In the *stress-activated* law stress lowers the barrier of a jump,

.. math:: D = D_0(c) \exp \left( \frac{\sigma_h V_a}{R T} \right) ,

with a volume of activation :math:`V_a` [4]_.

References
----------
.. [1] J. Christensen, J. Newman, "Stress generation and fracture in lithium insertion
   materials," J. Solid State Electrochem. 10, 293 (2006). doi:10.1007/s10008-006-0095-1
.. [2] X. Zhang, W. Shyy, A. M. Sastry, "Numerical simulation of intercalation-induced stress
   in Li-ion battery electrode particles," J. Electrochem. Soc. 154, A910 (2007).
   doi:10.1149/1.2759840
.. [3] W. Weppner, R. A. Huggins, "Determination of the kinetic parameters of mixed-conducting
   electrodes and application to the system Li3Sb," J. Electrochem. Soc. 124, 1569 (1977).
   doi:10.1149/1.2133112
.. [4] S.-K. Jung et al., "Nanoscale phenomena in lithium-ion batteries," Chem. Rev. 120,
   6684 (2020), their equation 8. doi:10.1021/acs.chemrev.9b00405
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.units import FARADAY_C_PER_MOL, GAS_CONSTANT_J_PER_MOL_K

LEAST_FACTOR = 0.02
POTENTIAL_STEP = 5e-3  # of the slope of a potential: tables are wavier than that below it


@dataclass(frozen=True)
class Law:
    """What tells one flux law from another.

    Parameters
    ----------
    stress : whether the gradient of the mechanical potential drives lithium
    exclusion : whether a jump needs an empty neighbour
    factor : whether the thermodynamic factor comes from the open-circuit potential
    activation : whether stress changes the barrier of a jump
    measured : whether the given diffusivity holds the thermodynamic factor already
    """

    stress: bool = False
    exclusion: bool = False
    factor: bool = False
    activation: bool = False
    measured: bool = False


LAWS = {
    "fickian": Law(),
    "stress-coupled": Law(stress=True),
    "stress-coupled-lattice-gas": Law(stress=True, exclusion=True),
    "thermodynamic": Law(factor=True),
    "stress-coupled-thermodynamic": Law(stress=True, factor=True),
    "stress-coupled-measured": Law(stress=True, factor=True, measured=True),
    "stress-activated": Law(activation=True),
}


def thermodynamic_factor(x: Any, dU_dx: Any, T: Any) -> Any:
    r"""Return the thermodynamic factor [-].

    Below `LEAST_FACTOR` it is cut off: there the host would separate into phases, or the
    measured potential is flat within its noise, and the law does not hold.

    Parameters
    ----------
    x : stoichiometry [-]
    dU_dx : slope of the open-circuit potential [V]
    T : temperature [K]

    Examples
    --------
    >>> kT = GAS_CONSTANT_J_PER_MOL_K * 300 / FARADAY_C_PER_MOL
    >>> round(float(thermodynamic_factor(0.25, -kT / (0.25 * 0.75), 300.0)), 6)
    1.333333
    """
    factor = -FARADAY_C_PER_MOL * x / (GAS_CONSTANT_J_PER_MOL_K * T) * dU_dx
    return np.maximum(factor, LEAST_FACTOR)


def driven_concentration(law: Law, c: Any, c_max: Any) -> Any:
    """Return m, the concentration that a gradient of mechanical potential drives [mol.m-3].

    >>> driven_concentration(LAWS["stress-coupled-lattice-gas"], 250.0, 1000.0)
    187.5
    """
    return c * (1 - c / c_max) if law.exclusion else c


def activation_factor(sigma_h: Any, V_a: Any, T: Any) -> Any:
    """Return what stress multiplies the diffusivity by, where it lowers the barrier [-].

    Parameters
    ----------
    sigma_h : hydrostatic stress, tension positive [Pa]
    V_a : activation volume of a jump [m3.mol-1]
    T : temperature [K]

    Examples
    --------
    >>> [round(float(activation_factor(s, 8.5e-6, 298.0)), 2) for s in (1e8, -1e8, 5e8)]
    [1.41, 0.71, 5.56]
    """
    return np.exp(sigma_h * V_a / (GAS_CONSTANT_J_PER_MOL_K * T))


def stress_enhancement(m: Any, stiffness: Any, T: Any) -> Any:
    r"""Return the share of chemical diffusion that stress adds where E is uniform [-].

    The gradient of the mechanical potential is then local, :math:`-\nabla W = k \nabla c`,
    and the flux is :math:`-D (\Gamma + m k / (R T)) \nabla c`; for a dilute solution
    :math:`k/(R T)` is :math:`\theta`.

    Parameters
    ----------
    m : driven concentration [mol.m-3]
    stiffness : k [J.m3.mol-2], see `potential_stiffness`
    T : temperature [K]
    """
    return m * stiffness / (GAS_CONSTANT_J_PER_MOL_K * T)


def potential_stiffness(Omega: Any, modulus: Any, dOmega_dc: Any, sigma_h: Any) -> Any:
    r"""Return k in :math:`-\nabla W = k \nabla c` for a uniform modulus [J.m3.mol-2].

    With :math:`W = \Omega \sigma_h` and
    :math:`\nabla \sigma_h = -\tfrac{2}{9} \frac{E}{1-\nu} \Omega \nabla c`,

    .. math:: k = \frac{2}{9} \frac{E}{1-\nu} \Omega^2 - \frac{d \Omega}{d c} \sigma_h .

    Parameters
    ----------
    Omega : partial molar volume [m3.mol-1]
    modulus : biaxial modulus E/(1-nu) [Pa]
    dOmega_dc : its derivative [m6.mol-2]
    sigma_h : hydrostatic stress [Pa]
    """
    return 2 / 9 * modulus * Omega**2 - dOmega_dc * sigma_h
