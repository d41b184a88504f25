"""Diffusion through the three layers of a cell, for the tests of what resolves them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pybamm

from twin.models.cell_methods import LAYERS, cell_mesh, cell_method

EDGES = (0.0, 1.0, 1.5, 3.0)
COORDINATES = ("x_n", "x_s", "x_p")


class Layers:
    """``du/dt = (k u')' + s`` with k and s of each layer, discretised.

    Parameters
    ----------
    across : the method
    points : in each layer
    k : of each layer; numbers, or functions of x
    source : of each layer
    right : value at the right face; closed if None
    as_sum : whether the flux is written as k times a sum of two gradients, as the current is
    """

    def __init__(
        self,
        across: Any,
        points: Any,
        k: Any = (1.0, 1.0, 1.0),
        source: Any = (0.0, 0.0, 0.0),
        *,
        right: float | None = None,
        as_sum: bool = False,
    ) -> None:
        coordinates = [
            pybamm.SpatialVariable(name, domain=[layer], coord_sys="cartesian")
            for name, layer in zip(COORDINATES, LAYERS, strict=True)
        ]
        geometry = {
            layer: {x: {"min": low, "max": high}}
            for layer, x, low, high in zip(LAYERS, coordinates, EDGES, EDGES[1:], strict=False)
        }
        kind = cell_mesh(across)
        mesh = pybamm.Mesh(
            geometry,
            dict.fromkeys(LAYERS, kind),
            dict(zip(coordinates, points, strict=True)),
        )
        self.parts = [pybamm.Variable(f"u {layer}", domain=[layer]) for layer in LAYERS]
        u = pybamm.concatenation(*self.parts)
        fields = [
            [
                value(x) if callable(value) else pybamm.PrimaryBroadcast(value, layer)
                for value, x, layer in zip(values, coordinates, LAYERS, strict=True)
            ]
            for values in (k, source)
        ]
        k_all, s_all = (pybamm.concatenation(*field) for field in fields)
        flux = -k_all * pybamm.grad(u)
        if as_sum:
            two = pybamm.concatenation(
                *[pybamm.NotConstant(pybamm.PrimaryBroadcast(2, layer)) for layer in LAYERS]
            )
            flux = k_all * (pybamm.grad(u) - two * pybamm.grad(u))
        model = pybamm.BaseModel()
        model.rhs = {u: -pybamm.div(flux) + s_all}
        model.initial_conditions = {u: pybamm.Scalar(0)}
        closed = (pybamm.Scalar(0), "Neumann")
        given = closed if right is None else (pybamm.Scalar(right), "Dirichlet")
        model.boundary_conditions = {u: {"left": closed, "right": given}}
        model.variables = {
            "mean": pybamm.x_average(u),
            "left": pybamm.boundary_value(u, "left"),
            "right": pybamm.boundary_value(u, "right"),
        }
        method = cell_method(across)
        disc = pybamm.Discretisation(mesh, dict.fromkeys(LAYERS, method))
        self.model = disc.process_model(model, inplace=True)
        self.mesh = mesh
        size = self.model.len_rhs
        self.b = self._rate(np.zeros(size))
        self.A = np.column_stack([self._rate(unit) - self.b for unit in np.eye(size)])

    def _rate(self, y: Any) -> Any:
        return self.model.concatenated_rhs.evaluate(0.0, y[:, np.newaxis])[:, 0]

    @property
    def x(self) -> Any:
        return np.concatenate([self.mesh[layer].nodes for layer in LAYERS])

    @property
    def weights(self) -> Any:
        return np.concatenate([self.mesh[layer].d_edges for layer in LAYERS])

    def value(self, name: str, y: Any) -> float:
        symbol = self.model.get_processed_variable_or_event(name)
        return float(np.asarray(symbol.evaluate(0.0, y[:, np.newaxis])).ravel()[0])
