r"""Meshes across the cell: cells that are narrow at the faces of a layer, and Legendre's points.

Electrodes and separator are layers :math:`a \le x \le b`. The electrolyte's gradients, the
reaction and the plated metal are steepest at the faces of the electrodes.

*Graded* cells have the edges

.. math:: x_i = \frac{a+b}{2} - \frac{b-a}{2}
          \left[ (1-g) (1 - 2 i/N) + g \cos \frac{\pi i}{N} \right] ;

with :math:`g = 0` they are uniform, with :math:`g = 1` Chebyshev's extrema.

*Legendre's* points are the nodes and weights of Gauss' rule for the unknowns, and those of
Lobatto's rule with one point more, among them both faces, for the fluxes [1]_. The two interlace
as nodes and edges of cells do.

References
----------
.. [1] D. A. Kopriva, J. H. Kolias, "A conservative staggered-grid Chebyshev multidomain method
   for compressible flows," J. Comput. Phys. 125, 244 (1996). doi:10.1006/jcph.1996.0091
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pybamm
from numpy.polynomial import legendre

from twin.errors import ModelError
from twin.models.lagrange import Array, differentiation_matrix, interpolation_matrix

GRADING = 0.5
MOST_POINTS = 60


class GradedSubMesh(pybamm.SubMesh1D):
    """Cells of a layer, narrower at its faces."""

    def __init__(self, lims: Any, npts: Any, *, grading: float = GRADING) -> None:
        variable, limits, _ = self.read_lims(dict(lims))
        low, high, points = limits["min"], limits["max"], npts[variable.name]
        i = np.arange(points + 1) / points
        inside = (1 - grading) * (1 - 2 * i) + grading * np.cos(np.pi * i)
        edges = (low + high) / 2 - (high - low) / 2 * inside
        edges[0], edges[-1] = low, high
        super().__init__(edges, variable.coord_sys)


def lobatto_rule(points: int) -> tuple[Array, Array]:
    """Return nodes in [-1, 1], both ends among them, and weights.

    >>> nodes, weights = lobatto_rule(3)
    >>> (nodes.round(12) + 0.0).tolist(), weights.round(12).tolist()
    ([-1.0, 0.0, 1.0], [0.333333333333, 1.333333333333, 0.333333333333])
    """
    n = points - 1
    last = np.zeros(n + 1)
    last[n] = 1.0
    inside = np.sort(legendre.legroots(legendre.legder(last)).real) if n > 1 else np.empty(0)
    nodes = np.concatenate([[-1.0], inside, [1.0]])
    return nodes, 2 / (n * points * legendre.legval(nodes, last) ** 2)


class LegendreSubMesh(pybamm.SubMesh1D):
    """Gauss' points of a layer as nodes and Lobatto's as edges; weights in place of widths."""

    def __init__(self, lims: Any, npts: Any) -> None:
        variable, limits, _ = self.read_lims(dict(lims))
        points = npts[variable.name]
        if points > MOST_POINTS:
            raise ModelError(
                f"{points} points along {variable.name}: polynomials of more than {MOST_POINTS} "
                "gain nothing; 4 to 8 are enough, or take across: finite-volume"
            )
        low, high = float(limits["min"]), float(limits["max"])
        edges, end = lobatto_rule(points + 1)
        super().__init__(low + (high - low) / 2 * (1 + edges), variable.coord_sys)
        self.edges[-1] = high
        nodes, weights = legendre.leggauss(points)
        self.nodes = low + (high - low) / 2 * (1 + nodes)
        self.d_nodes = np.diff(self.nodes)
        self.d_edges = (high - low) / 2 * weights
        self.end_weight = float((high - low) / 2 * end[0])

    @cached_property
    def values(self) -> Array:
        """Return the matrix from nodes to values at the edges."""
        return interpolation_matrix(self.nodes, self.edges)

    @cached_property
    def slopes(self) -> Array:
        """Return the matrix from nodes to slopes at the edges."""
        return self.values @ differentiation_matrix(self.nodes)

    @cached_property
    def back(self) -> Array:
        """Return the matrix from edges to values at the nodes."""
        return interpolation_matrix(self.edges, self.nodes)

    @cached_property
    def divergence(self) -> Array:
        """Return the matrix from edges to slopes at the nodes; weights @ it is a difference."""
        return self.back @ differentiation_matrix(self.edges)

    @cached_property
    def ends(self) -> tuple[Array, Array]:
        """Return the rows that stand for the layer in the flux through its two faces."""
        left = self.values[0] + self.end_weight * self.slopes[0]
        right = self.values[-1] - self.end_weight * self.slopes[-1]
        return left, right
