r"""Shapes of particles: slab, cylinder and sphere, solid or hollow.

One coordinate :math:`r` runs from the inner wall :math:`a` (0 for a solid particle) to the
outer wall :math:`R`. The shape enters through one number, the count :math:`n` of curved
directions: area grows as :math:`r^n`, volume as :math:`r^{n+1}/(n+1)`.

========  ===  ======================================
shape      n   r
========  ===  ======================================
slab       0   distance from the plane of symmetry
cylinder   1   distance from the axis; free ends
sphere     2   distance from the centre
========  ===  ======================================

A hollow particle has a closed cavity; an open one is wetted by electrolyte at both walls,
which react alike. A hollow slab is a pair of plates, each closed at its inner face.
"""

from __future__ import annotations

from typing import Any

CURVED_DIRECTIONS = {"slab": 0, "cylinder": 1, "sphere": 2}
COORDINATES = {"slab": "cartesian", "cylinder": "cylindrical polar", "sphere": "spherical polar"}


def volume(n: int, radius: Any, inner: Any = 0) -> Any:
    """Return the volume between two walls over the constant of the shape [m^(n+1)].

    >>> volume(2, 3.0)
    9.0
    """
    return (radius ** (n + 1) - inner ** (n + 1)) / (n + 1)


def surface_to_volume(n: int, radius: Any, inner: Any = 0, *, open_core: bool = False) -> Any:
    """Return the reacting area per volume of particle [m-1].

    Parameters
    ----------
    n : curved directions of the shape
    radius, inner : outer and inner wall [m]
    open_core : whether the inner wall reacts too

    Examples
    --------
    >>> surface_to_volume(2, 2.0)
    1.5
    >>> surface_to_volume(0, 2.0, 1.0, open_core=True)
    2.0
    """
    area = radius**n + (inner**n if open_core else 0)
    return area / volume(n, radius, inner)
