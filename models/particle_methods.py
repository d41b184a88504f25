r"""Spatial methods for particles: finite volumes and orthogonal polynomials.

Both solve the balance :math:`\partial c/\partial t = -\nabla\cdot N` of a particle in the same
words. Inside, ``pybamm.div(N)`` is the divergence of a flux that cannot cross a wall; what
crosses a wall is added by `WallSource`, which spreads it over what the method calls a cell
at that wall. So the flux law never has to be turned into a boundary condition on a gradient,
whatever it is, and what enters is what is found inside, to rounding.

Finite volumes are PyBaMM's. The orthogonal polynomials are those of
:mod:`twin.models.quadrature`; integrating the balance against a basis function
:math:`\varphi_i` gives, with the rule's weights :math:`w`,

.. math::

    w_i \dot c_i = \sum_j w_j \varphi_i'(r_j) N_j + R^n \varphi_i(R)\, N_\mathrm{in}(R)
                   + a^n \varphi_i(a)\, N_\mathrm{in}(a) ,

which is exact for constant diffusivity and needs it nowhere but at the nodes otherwise. The
outer wall is a node, so the surface concentration is a state.

In PyBaMM's terms the "edges" of the polynomials are the inner wall and the nodes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm
from scipy.sparse import csr_matrix

from twin.errors import ModelError
from twin.models.description import Particle
from twin.models.quadrature import CROWDING, Rule, radial_rule
from twin.models.shapes import COORDINATES

CURVED = {name: n for n, name in enumerate(COORDINATES.values())}
MOST_POINTS = 100
SPHERE_FACTORS = (1.0, 2 * np.pi, 4 * np.pi)  # of PyBaMM's integrals over r


class WallSource(pybamm.DeltaFunction):
    """Source [mol.m-3.s-1] in a particle of a flux density that enters at a wall.

    Parameters
    ----------
    flux : flux density into the particle [mol.m-2.s-1], on the domains outside the particle
    side : ``"right"`` for the outer wall, ``"left"`` for the inner one
    domain : domain of the particle
    """

    def __init__(self, flux: Any, side: str, domain: Any) -> None:
        self.side = side
        levels = ("primary", "secondary", "tertiary", "quaternary")
        outer = [flux.domains[level] for level in levels[:3]]
        domains = dict(zip(levels, [domain, *outer], strict=True))
        pybamm.SpatialOperator.__init__(self, "wall source", flux, domains)

    def _unary_new_copy(self, child: Any, perform_simplifications: bool = True) -> Any:
        return self.__class__(child, self.side, self.domain)

    def evaluate_for_shape(self) -> Any:
        return pybamm.evaluate_for_shape_using_domain(self.domains)


class RunningMean(pybamm.DeltaFunction):
    """Volume mean of a function of the radius between the inner wall and each radius.

    It takes the place of PyBaMM's delta function in the discretisation, because that
    operator alone hands itself to the spatial method.
    """

    def __init__(self, child: Any) -> None:
        self.side = "inside"
        pybamm.SpatialOperator.__init__(self, "running mean", child, child.domains)

    def _unary_new_copy(self, child: Any, perform_simplifications: bool = True) -> Any:
        return self.__class__(child)

    def evaluate_for_shape(self) -> Any:
        return self.children[0].evaluate_for_shape()


class NodeSlope(RunningMean):
    """Derivative of a function of the radius at the nodes, of second order up to the walls."""

    def __init__(self, child: Any) -> None:
        self.side = "at nodes"
        pybamm.SpatialOperator.__init__(self, "node slope", child, child.domains)


class _ParticleMethod(pybamm.FiniteVolume):
    """What both methods share."""

    def delta_function(self, symbol: Any, discretised_symbol: Any) -> Any:
        """Return a `WallSource` or a `RunningMean` as matrix times vector."""
        mesh = self.mesh[symbol.domain]
        repeats = self._get_auxiliary_domain_repeats(symbol.domains)
        if isinstance(symbol, NodeSlope):
            block = self._node_slopes(mesh)
        elif isinstance(symbol, RunningMean):
            block = self._running_means(mesh)
        else:
            block = self._wall_column(mesh, symbol.side)
            if discretised_symbol.shape_for_testing in ((), (1,), (1, 1)) and repeats > 1:
                discretised_symbol = discretised_symbol * pybamm.Vector(np.ones(repeats))
            if discretised_symbol.shape_for_testing == ():
                return discretised_symbol * pybamm.Vector(block[:, 0])
        return pybamm.Matrix(self._block_diagonal(block, repeats)) @ discretised_symbol

    def _times(self, block: Any, symbol: Any, discretised: Any) -> Any:
        repeats = self._get_auxiliary_domain_repeats(symbol.domains)
        return pybamm.Matrix(self._block_diagonal(csr_matrix(block), repeats)) @ discretised

    def _conserving(self, block: Any, symbol: Any, flux: Any) -> Any:
        """Return the divergence of a flux whose matrix is kept apart from that of the flux.

        PyBaMM would multiply the two where the diffusivity is constant. The columns of their
        product sum to zero only to the rounding of its largest entries, which in particles
        of 0.3 um cost 1e-10 of the lithium per cycle.
        """
        return self._times(block, symbol, pybamm.NotConstant(flux))

    def _running_means(self, mesh: Any) -> Any:
        raise NotImplementedError

    def _node_slopes(self, mesh: Any) -> Any:
        raise NotImplementedError

    def _wall_column(self, mesh: Any, side: str) -> Any:
        raise NotImplementedError


class ParticleFiniteVolume(_ParticleMethod):
    """PyBaMM's finite volumes with closed walls, for every shape.

    Overrides ``gradient``, ``divergence`` and ``shift`` (nothing crosses a wall) and
    ``delta_function``.
    """

    def gradient(self, symbol: Any, discretised_symbol: Any, boundary_conditions: Any) -> Any:
        mesh = self.mesh[symbol.domain]
        block = np.zeros((mesh.npts + 1, mesh.npts))
        for i, width in enumerate(mesh.d_nodes):
            block[i + 1, i : i + 2] = -1 / width, 1 / width
        return self._times(block, symbol, discretised_symbol)

    def divergence(self, symbol: Any, discretised_symbol: Any, boundary_conditions: Any) -> Any:
        mesh = self.mesh[symbol.domain]
        area = mesh.edges ** CURVED[mesh.coord_sys]
        volumes = _cell_volumes(mesh)
        block = np.zeros((mesh.npts, mesh.npts + 1))
        for i in range(mesh.npts):
            block[i, i : i + 2] = -area[i] / volumes[i], area[i + 1] / volumes[i]
        block[:, [0, -1]] = 0.0
        return self._conserving(block, symbol, discretised_symbol)

    def shift(self, discretised_symbol: Any, shift_key: str, method: str) -> Any:
        """Return values between cells; at a wall, which nothing crosses, those of its cell.

        The harmonic mean is PyBaMM's, with one division less a cell.
        """
        if method != "harmonic" or shift_key != "node to edge" or discretised_symbol.size == 1:
            return super().shift(discretised_symbol, shift_key, method)
        mesh = self.mesh[discretised_symbol.domain]
        near = mesh.d_edges[:-1] / (mesh.d_edges[:-1] + mesh.d_edges[1:])
        block = np.zeros((mesh.npts + 1, mesh.npts))
        for i, share in enumerate(near):
            block[i + 1, i : i + 2] = share, 1 - share
        block[0, 0] = block[-1, -1] = 1.0
        return 1 / self._times(block, discretised_symbol, 1 / discretised_symbol)

    def _wall_column(self, mesh: Any, side: str) -> Any:
        n, volumes = CURVED[mesh.coord_sys], _cell_volumes(mesh)
        place, wall = (-1, mesh.edges[-1]) if side == "right" else (0, mesh.edges[0])
        column = np.zeros((mesh.npts, 1))
        column[place] = wall**n / volumes[place]
        return column

    def _node_slopes(self, mesh: Any) -> Any:
        """Central inside, one-sided at a wall; about the centre functions are even."""
        block = np.diag(np.ones(mesh.npts - 1), 1) - np.diag(np.ones(mesh.npts - 1), -1)
        block[-1, -3:] = 1, -4, 3
        block[0, :3] = (-1, 1, 0) if mesh.edges[0] == 0 else (-3, 4, -1)
        return block / (2 * mesh.d_nodes[0])

    def _running_means(self, mesh: Any) -> Any:
        n, volumes = CURVED[mesh.coord_sys], _cell_volumes(mesh)
        inside = (mesh.nodes ** (n + 1) - mesh.edges[:-1] ** (n + 1)) / (n + 1)
        sums = np.tril(np.broadcast_to(volumes, (mesh.npts, mesh.npts)), -1) + np.diag(inside)
        return sums / sums.sum(axis=1, keepdims=True)


def _cell_volumes(mesh: Any) -> Any:
    n = CURVED[mesh.coord_sys]
    return np.diff(mesh.edges ** (n + 1)) / (n + 1)


class PolynomialSubMesh(pybamm.SubMesh1D):
    """Nodes of :func:`twin.models.quadrature.radial_rule` between two radii."""

    rule: Rule
    walls: tuple[float, float]

    def __init__(
        self, lims: Any, npts: Any, *, open_core: bool = False, crowding: float = CROWDING
    ) -> None:
        variable, limits, _ = self.read_lims(dict(lims))
        low, high = float(limits["min"]), float(limits["max"])
        points = npts[variable.name]
        if points > MOST_POINTS:
            raise ModelError(
                f"{points} points along {variable.name}: polynomials of more than {MOST_POINTS} "
                "gain nothing; 8 to 20 are enough, or take discretisation: finite-volume"
            )
        n = CURVED[variable.coord_sys]
        rule = radial_rule(n, points, high, low, open_core=open_core, crowding=crowding)
        # an inner wall that is a node comes twice, a hair apart, for PyBaMM's interpolation
        first = low - 1e-9 * (high - low) if open_core else low
        super().__init__(np.concatenate([[first], rule.nodes]), variable.coord_sys)
        self.nodes = rule.nodes
        self.d_nodes = np.diff(rule.nodes)
        self.rule = rule
        self.walls = low, high


class ParticlePolynomials(_ParticleMethod):
    """Orthogonal polynomials along the radius of a particle; see the module.

    Overrides every operator of the finite volumes that knows where its points are.
    """

    def gradient(self, symbol: Any, discretised_symbol: Any, boundary_conditions: Any) -> Any:
        rule = self.mesh[symbol.domain].rule
        block = np.vstack([rule.inner_derivative, rule.derivative])
        return self._times(block, symbol, discretised_symbol)

    def divergence(self, symbol: Any, discretised_symbol: Any, boundary_conditions: Any) -> Any:
        rule = self.mesh[symbol.domain].rule
        weak = -(rule.derivative.T * rule.weights) / rule.weights[:, np.newaxis]
        block = np.hstack([np.zeros((rule.nodes.size, 1)), weak])
        return self._conserving(block, symbol, discretised_symbol)

    def _wall_column(self, mesh: Any, side: str) -> Any:
        rule, n = mesh.rule, CURVED[mesh.coord_sys]
        if side == "right":
            values, wall = np.arange(rule.nodes.size) == rule.nodes.size - 1, mesh.walls[1]
        else:
            values, wall = rule.inner_value, mesh.walls[0]
        return (wall**n * values / rule.weights)[:, np.newaxis]

    def _node_slopes(self, mesh: Any) -> Any:
        return mesh.rule.derivative

    def _running_means(self, mesh: Any) -> Any:
        return mesh.rule.running

    def boundary_value_or_flux(self, symbol: Any, discretised_child: Any, bcs: Any = None) -> Any:
        rule = self.mesh[discretised_child.domain].rule
        last = (np.arange(rule.nodes.size) == rule.nodes.size - 1).astype(float)
        rows = {
            (pybamm.BoundaryValue, "right"): last,
            (pybamm.BoundaryValue, "left"): rule.inner_value,
            (pybamm.BoundaryGradient, "right"): rule.derivative[-1],
            (pybamm.BoundaryGradient, "left"): rule.inner_derivative,
        }
        row = rows[type(symbol), symbol.side][np.newaxis, :]
        out = self._times(row, discretised_child, discretised_child)
        return out.with_domains(symbol)

    def definite_integral_matrix(
        self, child: Any, vector_type: str = "row", integration_dimension: str = "primary"
    ) -> Any:
        if integration_dimension != "primary":
            return super().definite_integral_matrix(child, vector_type, integration_dimension)
        mesh = self.mesh[child.domain]
        weights = SPHERE_FACTORS[CURVED[mesh.coord_sys]] * mesh.rule.weights
        block = weights[np.newaxis, :] if vector_type == "row" else weights[:, np.newaxis]
        repeats = self._get_auxiliary_domain_repeats(child.domains)
        return pybamm.Matrix(self._block_diagonal(block, repeats))

    def shift(self, discretised_symbol: Any, shift_key: str, method: str) -> Any:
        if discretised_symbol.size == 1:
            return discretised_symbol
        rule = self.mesh[discretised_symbol.domain].rule
        identity = np.eye(rule.nodes.size)
        if shift_key == "node to edge":
            block = np.vstack([rule.inner_value, identity])
        else:
            block = np.hstack([np.zeros((rule.nodes.size, 1)), identity])
        return self._times(block, discretised_symbol, discretised_symbol)


SHELL_CROWDING = 0.5  # the stress of a shell of varying modulus needs its inner wall resolved


def particle_mesh(particle: Particle) -> Any:
    """Return the kind of mesh that a particle is solved on."""
    if particle.method == "finite-volume":
        return pybamm.MeshGenerator(pybamm.Uniform1DSubMesh)
    shell = particle.core != "solid" and particle.modulus == "composition-dependent"
    chosen = {
        "open_core": particle.core == "open-hollow",
        "crowding": SHELL_CROWDING if shell else CROWDING,
    }
    return pybamm.MeshGenerator(PolynomialSubMesh, chosen)


def particle_method(particle: Particle) -> Any:
    """Return the spatial method that a particle is solved with."""
    if particle.method == "polynomials":
        return ParticlePolynomials()
    return ParticleFiniteVolume()
