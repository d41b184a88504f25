r"""Spatial methods across the cell: finite volumes and polynomials in electrodes and separator.

**Polynomials.** In each layer the unknowns :math:`u` are at Gauss' points and the fluxes
:math:`F = -k\, u'` at Lobatto's (:mod:`twin.models.cell_mesh`). The balance is
:math:`\dot u_j = -F'(x_j)` with the polynomial through the fluxes, so with Gauss' weights the
content of a layer changes by the fluxes through its faces and nothing else, to rounding. A face
between the layers A and B has one flux,

.. math::

    F = \frac{\hat u_A - \hat u_B}{w_A/k_A + w_B/k_B}, \qquad
    \hat u_A = u_A - w_A u_A', \quad \hat u_B = u_B + w_B u_B' ,

with the end weights :math:`w` of Lobatto's rules: for equal values and fluxes on both sides the
flux itself, and otherwise also the jump :math:`u_A - u_B` over the same resistance. Because
Lobatto's rule is exact for :math:`u' F`,

.. math:: \frac{1}{2} \frac{\mathrm{d}}{\mathrm{d}t} \int u^2 \mathrm{d}x
          = -\sum_i w_i \frac{F_i^2}{k_i} - \sum_\mathrm{faces} F^2
            \left( \frac{w_A}{k_A} + \frac{w_B}{k_B} \right) \le 0

in a closed cell whatever the number of points. With one point in a layer these are finite volumes.

**Means of conductivities.** Where a layer ends the conductivity jumps, and only the harmonic mean
lets the flux through both layers be one. PyBaMM takes it before a gradient, but an arithmetic one
before the sum of gradients of the electrolyte's current; here it is harmonic there too. Between
Gauss' and Lobatto's points of one layer a conductivity is the polynomial through its values.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pybamm

from twin.models.cell_mesh import GradedSubMesh, LegendreSubMesh
from twin.models.description import Across
from twin.models.lagrange import Array

LAYERS = ("negative electrode", "separator", "positive electrode")
FURTHEST = 10.0  # a conductivity at a face over that at the nearest node, or under it


class CellFiniteVolume(pybamm.FiniteVolume):
    """PyBaMM's finite volumes, with harmonic means of every conductivity.

    Overrides ``process_binary_operators``.
    """

    def process_binary_operators(
        self, bin_op: Any, left: Any, right: Any, disc_left: Any, disc_right: Any
    ) -> Any:
        sides = [left.evaluates_on_edges("primary"), right.evaluates_on_edges("primary")]
        sums = pybamm.Addition | pybamm.Subtraction
        if isinstance(bin_op, pybamm.Multiplication) and sides[0] != sides[1]:
            if sides[1] and isinstance(right, sums):
                disc_left = self.node_to_edge(disc_left, method="harmonic")
            elif sides[0] and isinstance(left, sums):
                disc_right = self.node_to_edge(disc_right, method="harmonic")
            else:
                return super().process_binary_operators(bin_op, left, right, disc_left, disc_right)
            return pybamm.simplify_if_constant(bin_op.create_copy([disc_left, disc_right]))
        return super().process_binary_operators(bin_op, left, right, disc_left, disc_right)


class CellPolynomials(CellFiniteVolume):
    """Polynomials in each layer; see the module.

    Overrides every operator of the finite volumes that knows where its points are.
    """

    def build(self, mesh: Any) -> None:
        """Give the whole cell the nodes and weights of its layers."""
        super().build(mesh)
        layers = [mesh[layer] for layer in LAYERS]
        whole = mesh[LAYERS]
        whole.nodes = np.concatenate([layer.nodes for layer in layers])
        whole.d_nodes = np.diff(whole.nodes)
        whole.d_edges = np.concatenate([layer.d_edges for layer in layers])

    def _layers(self, symbol: Any) -> list[Any]:
        return [self.mesh[layer] for layer in symbol.domain]

    def _matrix(self, block: Array, symbol: Any) -> Any:
        repeats = self._get_auxiliary_domain_repeats(symbol.domains)
        return pybamm.Matrix(self._block_diagonal(block, repeats))

    # -- operators --------------------------------------------------------------

    def gradient(self, symbol: Any, discretised_symbol: Any, boundary_conditions: Any) -> Any:
        layers = self._layers(symbol)
        block = _at_edges([layer.slopes for layer in layers])
        first, columns = 0, _starts(layers)
        for (a, b), (at, mid, end) in zip(pairwise(layers), _triples(columns), strict=True):
            first += a.npts
            across = a.end_weight + b.end_weight
            block[first] = 0.0
            block[first, at:mid] = -a.ends[1] / across
            block[first, mid:end] = b.ends[0] / across
        given = boundary_conditions.get(symbol, {})
        known: Any = 0
        for side, row, layer in (("left", 0, layers[0]), ("right", -1, layers[-1])):
            if side in given:
                known = known + self._outer(block, row, layer, given[side])
        return self._matrix(block, symbol) @ discretised_symbol + known

    def _outer(self, block: Array, row: int, layer: Any, condition: Any) -> Any:
        """Put a condition at an outer face into the gradient; return the part that is known."""
        value, kind = condition
        place = np.zeros((block.shape[0], 1))
        place[row] = 1.0
        if kind == "Dirichlet":
            sign = 1.0 if row == 0 else -1.0
            end = layer.ends[row]
            block[row] = 0.0
            columns = slice(0, end.size) if row == 0 else slice(-end.size, None)
            block[row, columns] = sign * end / layer.end_weight
            place[row] = -sign / layer.end_weight
        else:
            block[row] = 0.0
        if value.evaluates_to_number():
            return value * pybamm.Vector(place)
        return pybamm.Matrix(place) @ value.without_domains()

    def divergence(self, symbol: Any, discretised_symbol: Any, boundary_conditions: Any) -> Any:
        block = _from_edges([layer.divergence for layer in self._layers(symbol)])
        # kept apart from the matrix of the flux, see `_ParticleMethod._conserving`
        return self._matrix(block, symbol) @ pybamm.NotConstant(discretised_symbol)

    def shift(self, discretised_symbol: Any, shift_key: str, method: str) -> Any:
        if discretised_symbol.size == 1:
            return discretised_symbol
        layers = self._layers(discretised_symbol)
        if shift_key == "edge to node":
            back = _from_edges([layer.back for layer in layers])
            return self._matrix(back, discretised_symbol) @ discretised_symbol
        block = _at_edges([layer.values for layer in layers])
        if method != "harmonic" or len(layers) == 1:
            return self._matrix(block, discretised_symbol) @ discretised_symbol
        faces = np.cumsum([layer.npts for layer in layers])[:-1]
        block[faces] = 0.0
        place = np.zeros((block.shape[0], faces.size))
        place[faces, np.arange(faces.size)] = 1.0
        inside = self._matrix(block, discretised_symbol) @ discretised_symbol
        across = self._matrix(place, discretised_symbol) @ self._at_faces(
            layers, discretised_symbol
        )
        return inside + across

    def _at_faces(self, layers: list[Any], k: Any) -> Any:
        """Return the harmonic means at the faces between layers."""
        starts = _starts(layers)
        resistance: Any = 0
        for side in (0, 1):
            rows, near = (np.zeros((len(layers) - 1, starts[-1])) for _ in range(2))
            shares = np.empty((len(layers) - 1, 1))
            for i, pair in enumerate(pairwise(layers)):
                layer, start = pair[side], starts[i + side]
                columns = slice(start, start + layer.npts)
                rows[i, columns] = layer.values[-1 if side == 0 else 0]
                near[i, start + (layer.npts - 1 if side == 0 else 0)] = 1.0
                shares[i] = layer.end_weight / (pair[0].end_weight + pair[1].end_weight)
            node = self._matrix(near, k) @ k
            ratio = (self._matrix(rows, k) @ k) / node
            ratio = pybamm.maximum(pybamm.minimum(ratio, FURTHEST), 1 / FURTHEST)
            repeats = self._get_auxiliary_domain_repeats(k.domains)
            resistance += pybamm.Vector(np.tile(shares, (repeats, 1))) / (node * ratio)
        return 1 / resistance

    def boundary_value_or_flux(self, symbol: Any, discretised_child: Any, bcs: Any = None) -> Any:
        layers = self._layers(discretised_child)
        end = 0 if symbol.side == "left" else -1
        layer = layers[end]
        row = (
            layer.slopes[end] if isinstance(symbol, pybamm.BoundaryGradient) else layer.values[end]
        )
        block = np.zeros((1, _starts(layers)[-1]))
        columns = slice(0, row.size) if end == 0 else slice(-row.size, None)
        block[0, columns] = row
        out = self._matrix(block, discretised_child) @ discretised_child
        return out.with_domains(symbol)

    def internal_neumann_condition(
        self, left_symbol_disc: Any, right_symbol_disc: Any, left_mesh: Any, right_mesh: Any
    ) -> Any:
        rows = left_mesh.ends[1], right_mesh.ends[0]
        here, there = (
            (self._matrix(row[np.newaxis, :], symbol) @ symbol).without_domains()
            for row, symbol in zip(rows, (left_symbol_disc, right_symbol_disc), strict=True)
        )
        return (there - here) / (left_mesh.end_weight + right_mesh.end_weight)


def _starts(layers: list[Any]) -> list[int]:
    """Return where the nodes of each layer begin, and where the last ends."""
    return [0, *(int(end) for end in np.cumsum([layer.npts for layer in layers]))]


def _triples(starts: list[int]) -> list[tuple[int, int, int]]:
    return list(zip(starts, starts[1:], starts[2:], strict=False))


def _at_edges(blocks: list[Array]) -> Array:
    """Return layers' matrices from nodes to edges as one; at shared edges the mean of the two."""
    rows, columns = (sum(block.shape[k] for block in blocks) for k in (0, 1))
    out = np.zeros((rows - len(blocks) + 1, columns))
    row = column = 0
    for i, block in enumerate(blocks):
        part = block.copy()
        part[0] *= 0.5 if i > 0 else 1.0
        part[-1] *= 0.5 if i < len(blocks) - 1 else 1.0
        out[row : row + block.shape[0], column : column + block.shape[1]] += part
        row, column = row + block.shape[0] - 1, column + block.shape[1]
    return out


def _from_edges(blocks: list[Array]) -> Array:
    """Return layers' matrices from edges to nodes as one."""
    rows, columns = (sum(block.shape[k] for block in blocks) for k in (0, 1))
    out = np.zeros((rows, columns - len(blocks) + 1))
    row = column = 0
    for block in blocks:
        out[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1] - 1
    return out


def cell_mesh(across: Across) -> Any:
    """Return the kind of mesh that a layer of the cell is solved on."""
    kinds = {
        "finite-volume": pybamm.Uniform1DSubMesh,
        "graded-finite-volume": GradedSubMesh,
        "polynomials": LegendreSubMesh,
    }
    return pybamm.MeshGenerator(kinds[across])


def cell_method(across: Across) -> Any:
    """Return the spatial method that the layers of the cell are solved with."""
    kinds = {
        "finite-volume": pybamm.FiniteVolume,
        "graded-finite-volume": CellFiniteVolume,
        "polynomials": CellPolynomials,
    }
    return kinds[across]()
