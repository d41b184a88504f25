r"""Elastic stress in a slab, a cylinder or a sphere whose free strain varies with r alone.

Lithium strains the host by :math:`\epsilon(r)` in every direction,
:math:`\mathrm{d}\epsilon/\mathrm{d}c = \Omega/3`, which takes the place of
:math:`\alpha T` in thermal stress [1]_. Strains are small, :math:`E` and :math:`\nu` are
uniform and isotropic, and stress is positive in tension.

A particle is :math:`a \le r \le R` with a whole number `n` of curved directions:

===  ========  =======================================  ==========  ===============
n    shape     ``radial``                               ``hoop``    ``axial``
===  ========  =======================================  ==========  ===============
0    slab      through the thickness, r from mid-plane  none        both in-plane
1    cylinder  radial                                   one         along the axis
2    sphere    radial                                   two         none
===  ========  =======================================  ==========  ===============

A component that a shape does not have is zero. In the `axial` directions the strain is
uniform (generalised plane strain: long free cylinder, wide flat slab). A particle is solid
if its inner radius is the Python number 0; a hollow slab is two plates, each kept flat.

Derivation. With Hooke's law, balance along r and compatibility are

.. math::

    \sigma_r' + \frac{n}{r} (\sigma_r - \sigma_\theta) = 0, \qquad
    \left( \sigma_r + n \sigma_\theta + \frac{n E}{1 - \nu} \epsilon \right)' = 0
    \quad (n \ge 1),

so :math:`(r^{n+1} \sigma_r)' = r^n (\sigma_r + n \sigma_\theta)` integrates once: the
strain gives `diffusion_induced_stress`, the tractions on the walls give `lame_stress`, and
the two superpose. In the slab :math:`\sigma_r` is constant and the in-plane strain
:math:`\epsilon + \sigma (1 - \nu) / E` is uniform. The same results serve for batteries in
[2]_ [3]_ [4]_.

References
----------
.. [1] S. P. Timoshenko, J. N. Goodier, "Theory of Elasticity," McGraw-Hill (thermal stress).
.. [2] Y.-T. Cheng, M. W. Verbrugge, "Evolution of stress within a spherical insertion
   electrode particle under potentiostatic and galvanostatic operation," J. Power Sources
   190, 453 (2009). doi:10.1016/j.jpowsour.2009.01.021
.. [3] J. Christensen, J. Newman, "Stress generation and fracture in lithium insertion
   materials," J. Solid State Electrochem. 10, 293 (2006). doi:10.1007/s10008-006-0095-1
.. [4] X. Zhang, W. Shyy, A. M. Sastry, "Numerical simulation of intercalation-induced
   stress in Li-ion battery electrode particles," J. Electrochem. Soc. 154, A910 (2007).
   doi:10.1149/1.2759840
.. [5] F. C. Larché, J. W. Cahn, "The interactions of composition and stress in crystalline
   solids," Acta Metall. 33, 331 (1985). doi:10.1016/0001-6160(85)90077-X
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

from twin.units import GAS_CONSTANT_J_PER_MOL_K


@dataclass(frozen=True)
class Stress:
    """The principal stresses [Pa] at a point, tension positive; they add component-wise.

    Parameters
    ----------
    radial : along r
    hoop : in each of the n curved directions
    axial : in each of the 2 - n uniform directions
    """

    radial: Any
    hoop: Any
    axial: Any

    def __add__(self, other: Stress) -> Stress:
        return Stress(self.radial + other.radial, self.hoop + other.hoop, self.axial + other.axial)


@dataclass(frozen=True)
class StrainProfile:
    """The free linear strain [-] of the host at a point, and its volume means.

    Parameters
    ----------
    local : at r
    mean : over the whole particle, from a to R
    running_mean : from a to r; at r = a this is the local strain
    """

    local: Any
    mean: Any
    running_mean: Any


@dataclass(frozen=True)
class Elastic:
    """Elastic constants of a uniform isotropic solid.

    Parameters
    ----------
    E : Young's modulus [Pa]
    nu : Poisson's ratio [-], below 1/2
    """

    E: Any
    nu: Any

    @property
    def biaxial_modulus(self) -> Any:
        """Return E/(1 - nu) [Pa]: equal stress per equal strain in two directions."""
        return self.E / (1 - self.nu)


@dataclass(frozen=True)
class WallLoads:
    """What acts on a particle from outside [Pa], tension positive; loads add.

    Parameters
    ----------
    outer : radial stress at the outer wall
    inner : radial stress at the inner wall; nothing in a solid. Balance across a flat plate
        makes it equal to `outer` in a hollow slab
    axial : mean stress over the section in the uniform directions; nothing in a sphere
    """

    outer: Any
    inner: Any
    axial: Any

    def __add__(self, other: WallLoads) -> WallLoads:
        return WallLoads(
            self.outer + other.outer, self.inner + other.inner, self.axial + other.axial
        )


def _is_solid(inner_radius: Any) -> bool:
    return isinstance(inner_radius, Real) and inner_radius == 0


def hydrostatic(n: int, stress: Stress) -> Any:
    """Return the hydrostatic stress [Pa], a third of the trace.

    >>> hydrostatic(1, Stress(radial=1.0, hoop=2.0, axial=6.0))
    3.0
    """
    return (stress.radial + n * stress.hoop + (2 - n) * stress.axial) / 3


def running_fill(n: int, r: Any, a: Any) -> Any:
    """Return the part [-] of the volume within r that is host: 1 - (a/r)^(n+1), 1 if solid.

    Parameters
    ----------
    n : number of curved directions
    r : distance from the centre, the axis or the mid-plane [m]
    a : inner radius [m]; the Python number 0 for a solid particle, then r may be 0

    Examples
    --------
    >>> running_fill(2, 2.0, 1.0)
    0.875
    >>> running_fill(2, 0.0, 0)
    1.0
    """
    if _is_solid(a):
        return 1.0
    return (r ** (n + 1) - a ** (n + 1)) / r ** (n + 1)


def diffusion_induced_stress(n: int, modulus: Any, strain: StrainProfile, fill: Any) -> Stress:
    r"""Return the stress [Pa] of uneven strain in a particle with free walls.

    .. math::

        \sigma_r &= \frac{n}{n+1} M f (\bar\epsilon - \bar\epsilon_r) \\
        \sigma_\theta &= \frac{M}{n+1} \left[ (n + 1 - f) \bar\epsilon
            + f \bar\epsilon_r - (n + 1) \epsilon \right] \\
        \sigma_z &= M (\bar\epsilon - \epsilon)

    The second relation of the module makes :math:`\sigma_r + n \sigma_\theta =
    n k - n M \epsilon` with a constant :math:`k` (the third stress of a cylinder,
    :math:`k - M \epsilon`, is in balance along the axis if :math:`k = M \bar\epsilon`).
    Integrated from the free inner wall, :math:`r^{n+1} \sigma_r = n (k - M \bar\epsilon_r)
    (r^{n+1} - a^{n+1}) / (n+1)`, and the free outer wall sets :math:`k = M \bar\epsilon`.
    The hydrostatic stress is :math:`2 M (\bar\epsilon - \epsilon) / 3` in every shape.

    Parameters
    ----------
    n : number of curved directions
    modulus : M = E/(1 - nu) [Pa], the `Elastic.biaxial_modulus`
    strain : free strain of the host [-]
    fill : f [-], of `running_fill`

    Examples
    --------
    >>> surface = StrainProfile(local=0.02, mean=0.01, running_mean=0.01)
    >>> diffusion_induced_stress(2, 1e10, surface, 1.0)
    Stress(radial=0.0, hoop=-100000000.0, axial=0.0)
    """
    lacking = modulus * (strain.mean - strain.local)
    if n == 0:
        return Stress(radial=0.0, hoop=0.0, axial=lacking)
    bulge = modulus * fill * (strain.mean - strain.running_mean) / (n + 1)
    return Stress(radial=n * bulge, hoop=lacking - bulge, axial=lacking if n == 1 else 0.0)


def wall_loads(
    n: int, radius: Any, inner_radius: Any, pressure: Any, surface_stress: Any, misfit: Any
) -> WallLoads:
    """Return the loads [Pa] of an outside pressure, of surface stress and of epitaxy.

    Surface stress f pulls a convex wall in by n f/R and a concave one by n f/a, and shrinks
    the uniform directions by f times the length of wall around a section over its area. The
    mean trace is then -2 f (wall area)/(volume), end faces and edges left out.

    Parameters
    ----------
    n : number of curved directions
    radius, inner_radius : R and a [m]; a is the Python number 0 for a solid particle
    pressure : on all of the outside, ends and edges too [Pa]. A hollow cylinder or sphere is
        closed and empty inside; the ends of a hollow cylinder feel the pressure on the solid
        section alone (with capped ends the mean axial stress is -p R^2/(R^2 - a^2)). The
        two plates of a hollow slab are held apart, so the pressure passes through
    surface_stress : f of both walls [N.m-1]
    misfit : stress from coherent contact in the uniform directions [Pa]; a sphere is strained
        equally in all directions, by its outer wall

    Examples
    --------
    >>> wall_loads(2, 1e-6, 0, 1e5, 1.0, 0.0)
    WallLoads(outer=-2100000.0, inner=0.0, axial=0.0)
    """
    outer = -pressure - n * surface_stress / radius
    if n == 2:
        outer = outer + misfit
    if n == 0:
        inner = outer
    else:
        inner = 0.0 if _is_solid(inner_radius) else n * surface_stress / inner_radius
    if n == 2:
        return WallLoads(outer, inner, axial=0.0)
    # two walls on a plate; (R + a)/(R^2 - a^2) = 1/(R - a) gives the cylinder the same form
    thickness = 2 * radius if n == 0 and _is_solid(inner_radius) else radius - inner_radius
    return WallLoads(outer, inner, axial=misfit - pressure - 2 * surface_stress / thickness)


def lame_stress(n: int, r: Any, radius: Any, inner_radius: Any, loads: WallLoads) -> Stress:
    r"""Return the stress [Pa] that the loads on the walls add (Lamé's solution).

    .. math::

        \sigma_r = A - B (a/r)^{n+1}, \qquad \sigma_\theta = A + \frac{B}{n} (a/r)^{n+1},
        \qquad \sigma_z = \text{given}

    with A and B from the two walls. In a slab and in a solid the stress is uniform, and the
    components are the loads themselves, not arrays over r.

    Parameters
    ----------
    n : number of curved directions
    r : where [m]
    radius, inner_radius : R and a [m]; a is the Python number 0 for a solid particle
    loads : of `wall_loads`, or of a coating

    Examples
    --------
    >>> lame_stress(1, 1.0, 2.0, 1.0, WallLoads(outer=-3.0, inner=0.0, axial=0.0))
    Stress(radial=0.0, hoop=-8.0, axial=0.0)
    """
    if n == 0:
        return Stress(loads.outer, 0.0, loads.axial)
    axial = loads.axial if n == 1 else 0.0
    if _is_solid(inner_radius):
        return Stress(loads.outer, loads.outer, axial)
    hole = (inner_radius / radius) ** (n + 1)
    A = (loads.outer - loads.inner * hole) / (1 - hole)
    B_r = (loads.outer - loads.inner) / (1 - hole) * (inner_radius / r) ** (n + 1)
    return Stress(A - B_r, A + B_r / n, axial)


def radial_displacement(
    n: int, r: Any, inner_radius: Any, elastic: Elastic, strain: StrainProfile, stress: Stress
) -> Any:
    r"""Return the displacement [m] along r.

    A curved direction is strained by :math:`u/r`. A slab is measured from its inner face,
    :math:`u = \int_a^r \epsilon_r \mathrm{d}r`, where :math:`\sigma_z + M \epsilon` is
    uniform, so that the mean of :math:`\sigma_z` from a to r is :math:`\sigma_z +
    M (\epsilon - \bar\epsilon_r)`. With free walls :math:`u(R) = \bar\epsilon R` in every
    shape, :math:`\bar\epsilon (R - a)` in a hollow slab.

    Parameters
    ----------
    n : number of curved directions
    r, inner_radius : where, and a [m]
    elastic : constants of the host
    strain : free strain [-]
    stress : all of the stress at r [Pa]
    """
    E, nu = elastic.E, elastic.nu
    if n == 0:
        in_plane = stress.axial + elastic.biaxial_modulus * (strain.local - strain.running_mean)
        return (r - inner_radius) * (strain.running_mean + (stress.radial - 2 * nu * in_plane) / E)
    across = stress.radial + (n - 1) * stress.hoop + (2 - n) * stress.axial
    return r * (strain.local + (stress.hoop - nu * across) / E)


def elastic_energy_density(n: int, E: Any, nu: Any, stress: Stress) -> Any:
    r"""Return the elastic energy [J.m-3], half of stress times elastic strain.

    .. math::

        w = \frac{(1 + \nu) \, \sigma : \sigma - \nu (\operatorname{tr} \sigma)^2}{2 E}

    Parameters
    ----------
    n : number of curved directions
    E : Young's modulus [Pa]
    nu : Poisson's ratio [-]
    stress : all of the stress [Pa]

    Examples
    --------
    >>> elastic_energy_density(1, 100.0, 0.3, Stress(0.0, 0.0, axial=10.0))
    0.5
    """
    squares = stress.radial**2 + n * stress.hoop**2 + (2 - n) * stress.axial**2
    trace = 3 * hydrostatic(n, stress)
    return ((1 + nu) * squares - nu * trace**2) / (2 * E)


def stress_coupling(Omega: Any, modulus: Any, T: Any) -> Any:
    r"""Return theta [m3.mol-1]: stress turns a flux D c' into D (1 + theta c) c' [4]_.

    The dilute potential :math:`R T \ln c - \Omega \sigma_h` drives the flux
    :math:`-D (c' - \Omega c \, \sigma_h' / R T)`, and in a particle with uniform constants
    :math:`\sigma_h' = -2 M \Omega c' / 9` whatever the shape and the loads. So

    .. math::

        \theta = \frac{2 \Omega^2 M}{9 R T} .

    Parameters
    ----------
    Omega : partial molar volume of lithium in the host [m3.mol-1]
    modulus : M = E/(1 - nu) [Pa]
    T : temperature [K]

    Examples
    --------
    >>> round(stress_coupling(3.1e-6, 15e9 / 0.7, 298.15) * 1e5, 3)
    1.846
    """
    return 2 * Omega**2 * modulus / (9 * GAS_CONSTANT_J_PER_MOL_K * T)


def mechanical_potential(
    Omega: Any, sigma_h: Any, energy_density: Any = 0.0, relative_stiffening: Any = 0.0
) -> Any:
    r"""Return by how much stress lowers the chemical potential of lithium [J.mol-1].

    At given stress the potential density is :math:`g(c, \sigma) = f(c) - \Omega c \,
    \sigma_h - w(c, \sigma)`, the work of the stress on the free strain and the
    complementary energy taken off [5]_. With :math:`w \propto 1/E(c)` and constant
    :math:`\nu` and :math:`\Omega`,

    .. math::

        \mu = \left( \frac{\partial g}{\partial c} \right)_\sigma
            = f'(c) - \left( \Omega \sigma_h - w \frac{E'(c)}{E} \right) .

    Parameters
    ----------
    Omega : partial molar volume of lithium in the host [m3.mol-1]
    sigma_h : hydrostatic stress [Pa]
    energy_density : w, of `elastic_energy_density` [J.m-3]
    relative_stiffening : E'(c)/E, positive if lithium stiffens the host [m3.mol-1]

    Examples
    --------
    >>> mechanical_potential(4e-6, 1e8)
    400.0
    """
    return Omega * sigma_h - energy_density * relative_stiffening
