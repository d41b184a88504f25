r"""Elastic coating around a solid particle: what the swelling of the core does to both.

The layer, :math:`R \le r \le R + h`, is bonded to the core and does not take up lithium. Its
outside and the ends are free. The core, left alone, would strain by :math:`\bar\epsilon`, the
volume mean of its free strain since the pair was free of stress: this is how far a free
particle's outer wall moves, and its ends, however uneven the strain is inside (see
`twin.models.stress`). So a uniform reaction of the layer is all that adds to the stress of
the uneven strain.

Let :math:`d = (1 + h/R)^{n+1} - 1` be the volume of the layer over that of the core. In a
cylinder the layer has the radial and hoop stresses :math:`A (1 \mp (R + h)^2 / r^2)` and the
uniform axial stress :math:`T`; the core has :math:`\sigma_r = \sigma_\theta = -A d` and, in
balance over the section, :math:`\sigma_z = -T d`. Equal hoop and axial strains at R are

.. math::

    \bar\epsilon - \frac{d}{E} \left[ (1 - \nu) A - \nu T \right] &=
        \frac{1}{E_s} \left[ (2 + (1 + \nu_s) d) A - \nu_s T \right] \\
    \bar\epsilon - \frac{d}{E} \left[ T - 2 \nu A \right] &=
        \frac{1}{E_s} \left[ T - 2 \nu_s A \right] .

A sphere has one such equation and a slab the other. All are divided by the moduli and none
by the thickness, so that h = 0 (a thin film: the layer's stress stays, its load is gone) and
:math:`E_s = \infty` (a rigid shell) are allowed. The elastic solutions are Lamé's [1]_.

References
----------
.. [1] S. P. Timoshenko, J. N. Goodier, "Theory of Elasticity," McGraw-Hill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twin.models.stress import Elastic, Stress, WallLoads


@dataclass(frozen=True)
class Layer:
    """A coating.

    Parameters
    ----------
    thickness : h [m]
    elastic : its elastic constants
    """

    thickness: Any
    elastic: Elastic


@dataclass(frozen=True)
class Coated:
    """What core and coating do to each other [Pa], tension positive.

    Parameters
    ----------
    core : loads on the core, for `lame_stress` of a solid particle
    layer : stress in the layer where it meets the core
    """

    core: WallLoads
    layer: Stress


def coating_loads(n: int, radius: Any, core: Elastic, layer: Layer, mean_strain: Any) -> Coated:
    """Return the loads on a solid core and the stress in its coating [Pa].

    Parameters
    ----------
    n : number of curved directions; the slab is coated on both faces
    radius : R of the core, or its half-thickness [m]
    core : elastic constants of the core
    layer : thickness and elastic constants of the coating
    mean_strain : volume mean of the core's free strain, from the state free of stress [-]

    Examples
    --------
    >>> rigid = Layer(1e-7, Elastic(float("inf"), 0.3))
    >>> core = coating_loads(2, 1e-6, Elastic(1e10, 0.3), rigid, 0.004).core
    >>> round(core.outer)  # held in shape: minus the strain times E/(1 - 2 nu)
    -100000000
    """
    x = layer.thickness / radius
    if n == 0:
        return _coated_slab(x, core, layer.elastic, mean_strain)
    if n == 1:
        return _coated_cylinder(x * (2 + x), core, layer.elastic, mean_strain)
    return _coated_sphere(x * (3 + x * (3 + x)), core, layer.elastic, mean_strain)


def _coated_slab(d: Any, core: Elastic, layer: Elastic, mean_strain: Any) -> Coated:
    T = mean_strain / (1 / layer.biaxial_modulus + d / core.biaxial_modulus)
    return Coated(WallLoads(outer=0.0, inner=0.0, axial=-T * d), Stress(0.0, 0.0, T))


def _coated_cylinder(d: Any, core: Elastic, layer: Elastic, mean_strain: Any) -> Coated:
    s, c = 1 / layer.E, d / core.E
    # the equations of the module as  hoop A - cross T = strain,  axial T - 2 cross A = strain
    hoop = (2 + (1 + layer.nu) * d) * s + (1 - core.nu) * c
    axial = s + c
    cross = layer.nu * s + core.nu * c
    per_determinant = mean_strain / (hoop * axial - 2 * cross**2)
    A = (axial + cross) * per_determinant
    T = (hoop + 2 * cross) * per_determinant
    loads = WallLoads(outer=-A * d, inner=0.0, axial=-T * d)
    return Coated(loads, Stress(radial=-A * d, hoop=A * (2 + d), axial=T))


def _coated_sphere(d: Any, core: Elastic, layer: Elastic, mean_strain: Any) -> Coated:
    # strain of the layer's inner wall and of the core, each per A = p/d
    stretch = ((1 - 2 * layer.nu) + (1 + layer.nu) * (1 + d) / 2) / layer.E
    squeeze = (1 - 2 * core.nu) * d / core.E
    A = mean_strain / (stretch + squeeze)
    loads = WallLoads(outer=-A * d, inner=0.0, axial=0.0)
    return Coated(loads, Stress(radial=-A * d, hoop=A * (1 + (1 + d) / 2), axial=0.0))
