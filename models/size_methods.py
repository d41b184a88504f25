r"""Mesh and spatial method of the sizes: quadrature instead of finite volumes.

The nodes are those of :func:`twin.models.sizes.size_rule`. Nothing moves between sizes, so the
only operator is the sum: ``pybamm.Integral`` over the sizes is :math:`\sum_k f_k`, and shares of
area or volume that belong in it are spatial fields of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pybamm
from scipy.sparse import csr_matrix, kron

from twin.models.sizes import Sizes, size_rule

AREA_SHARE = "share of area"
VOLUME_SHARE = "share of volume"


@dataclass(frozen=True)
class Place:
    """Domains of a field over the sizes.

    Parameters
    ----------
    sizes : domain of the sizes
    domains : domains of the field, sizes first
    """

    sizes: list[str]
    domains: dict[str, Any]


def size_field(kind: str, place: Place) -> Any:
    """Return radius [m], share of area or share of volume as a symbol over the sizes."""
    return pybamm.SpatialVariable(f"{place.sizes[0]} {kind}", domains=place.domains)


class SizeSubMesh(pybamm.SubMesh1D):
    """Nodes of a size distribution; `radius` of the set scales one that is relative to it."""

    def __init__(self, lims: Any, npts: Any, *, sizes: Sizes, curved: int) -> None:
        variable, limits, _ = self.read_lims(dict(lims))
        rule = size_rule(sizes, radius=float(limits["max"]), curved=curved)
        inside = (rule.radii[1:] + rule.radii[:-1]) / 2
        super().__init__(
            np.concatenate([[0.0], inside, [2 * rule.radii[-1]]]), variable.coord_sys or "cartesian"
        )
        self.nodes = np.asarray(rule.radii)
        self.d_nodes = np.diff(self.nodes)
        self.fields = {
            "radius": np.asarray(rule.radii),
            AREA_SHARE: np.asarray(rule.area_share),
            VOLUME_SHARE: np.asarray(rule.volume_share),
        }


def size_mesh(sizes: Sizes, curved: int) -> Any:
    """Return the kind of mesh that sizes are on."""
    return pybamm.MeshGenerator(SizeSubMesh, {"sizes": sizes, "curved": curved})


class SizeQuadrature(pybamm.FiniteVolume):
    """Sums over the sizes.

    Overrides ``spatial_variable`` (radius and shares are fields of the mesh) and
    ``definite_integral_matrix`` (the sum along whichever level the sizes are).
    """

    def spatial_variable(self, symbol: Any) -> Any:
        fields = self.mesh[symbol.domain].fields
        kind = symbol.name.removeprefix(f"{symbol.domain[0]} ")
        repeats = self._get_auxiliary_domain_repeats(symbol.domains)
        return pybamm.Vector(
            np.tile(fields.get(kind, fields["radius"]), repeats), domains=symbol.domains
        )

    def definite_integral_matrix(
        self, child: Any, vector_type: str = "row", integration_dimension: str = "primary"
    ) -> Any:
        levels = ("primary", "secondary", "tertiary", "quaternary")
        counts = [self._points(child.domains[level]) for level in levels]
        at = levels.index(integration_dimension)
        inner, outer = int(np.prod(counts[:at])), int(np.prod(counts[at + 1 :]))
        row = kron(np.ones((1, counts[at])), np.eye(inner))
        return pybamm.Matrix(csr_matrix(kron(np.eye(outer), row)))

    def _points(self, domain: Any) -> int:
        return self.mesh[domain].npts_for_broadcast_to_nodes if domain else 1
