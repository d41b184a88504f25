"""One particle for the tests of the particle core: its parameters, equations and runs.

Unless told otherwise it has radius 1, diffusivity 1 and a maximum concentration of 1, so that
time is in units of R^2/D; the flux is that of lithium into the wall.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pybamm

from twin.models import extra_parameters as extra
from twin.models import lone_particle as lone
from twin.models.description import Particle
from twin.models.lone_particle import LoneParticle
from twin.models.quadrature import CROWDING
from twin.models.shapes import CURVED_DIRECTIONS

F, R_GAS = float(pybamm.constants.F.value), float(pybamm.constants.R.value)
T_ROOM = 298.15
METHODS = ("finite-volume", "polynomials")
SHAPES = ("slab", "cylinder", "sphere")
SURFACE, MEAN = "Surface stoichiometry", "Mean stoichiometry"
CONCENTRATION = "particle concentration [mol.m-3]"
THICKNESS, LAYER_E, LAYER_NU = extra.coating("negative")
NAMES = {
    "R": "Negative particle radius [m]",
    "a": extra.inner_radius("negative"),
    "c_max": "Maximum concentration in negative electrode [mol.m-3]",
    "c_init": "Initial concentration in negative electrode [mol.m-3]",
    "c_free": "Negative electrode reference concentration for free of deformation [mol.m-3]",
    "D": "Negative particle diffusivity [m2.s-1]",
    "Omega": "Negative electrode partial molar volume [m3.mol-1]",
    "E": "Negative electrode Young's modulus [Pa]",
    "nu": "Negative electrode Poisson's ratio",
    "U": "Negative electrode OCP [V]",
    "dUdT": "Negative electrode OCP entropic change [V.K-1]",
    "V_a": extra.diffusion_activation_volume("negative"),
    "f": extra.surface_stress("negative"),
    "misfit": extra.misfit_stress("negative"),
    "thickness": THICKNESS,
    "E_layer": LAYER_E,
    "nu_layer": LAYER_NU,
    "T": lone.TEMPERATURE,
    "T_ref": "Reference temperature [K]",
    "T_init": "Initial temperature [K]",
    "pressure": extra.OUTSIDE_PRESSURE,
    "j": lone.CURRENT_DENSITY,
    "rate": lone.EXCHANGE_RATE,
    "c_outside": lone.OUTSIDE_CONCENTRATION,
}
DEFAULTS = {
    "R": 1.0,
    "a": 0.5,
    "c_max": 1.0,
    "c_init": 0.0,
    "c_free": 0.0,
    "D": 1.0,
    "Omega": 3e-6,
    "E": 1e10,
    "nu": 0.3,
    "dUdT": 0.0,
    "T": T_ROOM,
    "T_ref": T_ROOM,
    "T_init": T_ROOM,
    "pressure": 0.0,
    "j": 0.0,
    "rate": 1e5,
    "c_outside": 1.0,
}


def curved(shape: str) -> int:
    return CURVED_DIRECTIONS[shape]


def polynomial_coordinate(r: Any, radius: float = 1.0, inner: float = 0.0) -> Any:
    """Return y of the quadrature module: what it calls s, with its map turned round."""
    s = (r - inner) / (radius - inner) if inner else (r / radius) ** 2
    return s / (1 + CROWDING - CROWDING * s)


@dataclass(frozen=True)
class Lone:
    """A discretised particle: its state and equations as plain arrays."""

    particle: Particle
    simulation: Any
    inner: float
    radius: float
    c_max: float
    states: dict[bytes, Any] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return curved(self.particle.shape)

    @cached_property
    def built(self) -> Any:
        self.simulation.build()
        return self.simulation.built_model

    @cached_property
    def mesh(self) -> Any:
        self.simulation.build()
        return self.simulation.mesh["negative particle"]

    @property
    def r(self) -> Any:
        return self.mesh.nodes

    @cached_property
    def weights(self) -> Any:
        """Integral of a function of r times r^n, as weights of its values."""
        if self.particle.discretisation == "polynomials":
            return self.mesh.rule.weights
        return np.diff(self.mesh.edges ** (self.n + 1)) / (self.n + 1)

    @property
    def wall_area(self) -> float:
        """Reacting area, in the unit of the weights' volume over length."""
        inside = self.inner**self.n if self.particle.core == "open-hollow" else 0.0
        return self.radius**self.n + inside

    def mean(self, values: Any) -> Any:
        return self.weights @ values / self.weights.sum()

    def state(self, c: Any) -> Any:
        """Return the state with a concentration, forces in balance (linear in the strain).

        PyBaMM's unit of the concentration is the maximum.
        """
        if c.tobytes() in self.states:
            return self.states[c.tobytes()]
        y = np.concatenate([c / self.c_max, np.zeros(self.built.len_alg)])[:, np.newaxis]
        if self.built.len_alg:
            balance = self.built.concatenated_algebraic
            start = balance.evaluate(0.0, y)
            columns = np.empty((y.size - c.size, y.size - c.size))
            for k in range(y.size - c.size):
                moved = y.copy()
                moved[c.size + k] = 1e-3
                columns[:, k] = (balance.evaluate(0.0, moved) - start)[:, 0] / 1e-3
            for _ in range(2):  # the second time takes off the rounding of the first
                y[c.size :] -= np.linalg.solve(columns, balance.evaluate(0.0, y))
        self.states[c.tobytes()] = y
        return y

    def rate(self, c: Any) -> Any:
        """Return dc/dt at the nodes."""
        return self.c_max * self.built.concatenated_rhs.evaluate(0.0, self.state(c))[:, 0]

    def value(self, quantity: str, c: Any) -> Any:
        """Return an output at a concentration; "X-averaged negative" may be left out."""
        if quantity not in (SURFACE, MEAN):
            quantity = f"X-averaged negative {quantity}"
        symbol = self.built.get_processed_variable_or_event(quantity)
        found = np.asarray(symbol.evaluate(0.0, self.state(c)), dtype=float).ravel()
        return found if found.size > 1 else float(found[0])

    def stress(self, c: Any) -> dict[str, Any]:
        """Return radial, hoop, axial and hydrostatic stress at the nodes, all as arrays."""
        return {
            name: np.broadcast_to(self.value(f"particle {name} stress [Pa]", c), self.r.shape)
            for name in ("radial", "hoop", "axial", "hydrostatic")
        }

    def solve(self, times: Any) -> Any:
        times = np.asarray(times, dtype=float)
        return self.simulation.solve([0.0, times[-1]], t_interp=np.union1d(0.0, times))


def parameters(flux: float | str | None = None, **changes: Any) -> Any:
    """Return parameter values; `flux` is that of lithium into the wall [mol.m-2.s-1]."""
    if flux is not None:
        changes["j"] = flux if isinstance(flux, str) else -F * flux
    values = {**DEFAULTS, **changes}
    return pybamm.ParameterValues({NAMES[key]: value for key, value in values.items()})


def particle(
    shape: str = "sphere",
    method: str = "finite-volume",
    points: int | None = None,
    *,
    drive: Any = "current",
    stress: bool = False,
    tolerance: float = 1e-9,
    choices: dict[str, Any] | None = None,
    **values: Any,
) -> Lone:
    """Return a particle; `choices` are those of `Particle`, the rest are parameters."""
    description = Particle(shape=shape, discretisation=method, **(choices or {}))  # type: ignore[arg-type]
    model = LoneParticle(description, drive=drive, stress=stress)
    given = parameters(**values)
    if points is None:
        points = 12 if method == "polynomials" else 30
    simulation = pybamm.Simulation(
        model,
        parameter_values=given,
        var_pts={"r_n": points},
        solver=pybamm.IDAKLUSolver(rtol=tolerance, atol=tolerance * 1e-2),
    )
    hollow = description.core != "solid"
    inner, radius, c_max = (float(given[NAMES[key]]) for key in ("a", "R", "c_max"))
    return Lone(description, simulation, inner if hollow else 0.0, radius, c_max)


def linear_system(one: Lone) -> tuple[Any, Any]:
    """Return A and b of dc/dt = A c + b, of a particle whose diffusivity is constant."""
    size = one.built.len_rhs
    b = one.rate(np.zeros(size))
    A = np.column_stack([one.rate(unit) - b for unit in np.eye(size)])
    return A, b


def exact_in_time(A: Any, b: Any, start: Any, times: Any) -> Any:
    """Return the solution of dc/dt = A c + b, one row per time, without an error in time.

    A has one eigenvalue 0: nothing but the walls changes the content.
    """
    lam, vectors = np.linalg.eig(A)
    lam, vectors = lam.real, vectors.real
    from_start, driven = np.linalg.solve(vectors, np.column_stack([start, b])).T
    lam[np.argmin(np.abs(lam))] = 0.0
    z = np.multiply.outer(np.asarray(times, dtype=float), lam)
    grown = np.divide(
        np.expm1(z), lam, out=np.broadcast_to(times, z.T.shape).T.copy(), where=lam != 0
    )
    return (np.exp(z) * from_start + grown * driven) @ vectors.T


def through(y: Any, values: Any, at: Any) -> Any:
    """Return the polynomial through values at y, elsewhere (barycentric)."""
    gaps = y[:, np.newaxis] - y
    np.fill_diagonal(gaps, 1.0)
    terms = 1 / gaps.prod(axis=1) / (np.asarray(at)[:, np.newaxis] - y)
    return terms @ values / terms.sum(axis=1)
