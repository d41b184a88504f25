"""A coating: closed forms in the limits, and a numerical solution.

The numerical solution minimises the elastic energy and knows none of the formulas; bare
particles, solid and hollow, are put to it too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pybamm
import pytest
from numpy.polynomial import Polynomial, legendre

from tests.models.test_stress import (
    COEFFICIENTS,
    FREE,
    HOST,
    LOADS,
    RADIUS,
    Particle,
    assert_same,
    by_case,
    peak,
)
from twin.models.coating import Coated, Layer, coating_loads
from twin.models.stress import (
    Elastic,
    StrainProfile,
    Stress,
    WallLoads,
    diffusion_induced_stress,
    lame_stress,
    radial_displacement,
    wall_loads,
)

STRAIN = 0.006
OXIDE = Elastic(E=140e9, nu=0.21)
SHAPES = pytest.mark.parametrize("n", [0, 1, 2])
LAYERS = {
    "oxide": Layer(0.07 * RADIUS, OXIDE),
    "soft": Layer(0.6 * RADIUS, Elastic(0.4e9, 0.44)),
    "same": Layer(0.2 * RADIUS, HOST),
}


def coated(n: int, layer: Layer, strain: Any = STRAIN) -> Coated:
    return coating_loads(n, RADIUS, HOST, layer, strain)


def parts(record: Any) -> tuple[Any, ...]:
    """Fields as they are; `dataclasses.astuple` would copy symbols."""
    return tuple(vars(record).values())


def inside_layer(n: int, r: Any, layer: Layer, pair: Coated) -> Stress:
    """The layer is a hollow particle loaded by what it meets at the core."""
    loads = WallLoads(0.0, pair.layer.radial, pair.layer.axial)
    return lame_stress(n, r, RADIUS + layer.thickness, RADIUS, loads)


# ---- a numerical solution that shares nothing with the formulas


@dataclass(frozen=True)
class Shell:
    """One material between two radii, with its free strain."""

    inner: float
    outer: float
    elastic: Elastic
    strain: Callable[[Any], Any] = np.zeros_like


@dataclass(frozen=True)
class Numerical:
    """Displacement and uniform strain of least elastic energy; one polynomial per shell."""

    n: int
    shells: Sequence[Shell]
    loads: WallLoads = FREE
    degree: int = 20

    def shapes(self, k: int, r: Any) -> tuple[Any, Any]:
        """Values and slopes at r of the nodal polynomials of shell k."""
        shell, p = self.shells[k], self.degree
        half = (shell.outer - shell.inner) / 2
        to_nodes = np.linalg.inv(legendre.legvander(-np.cos(np.pi * np.arange(p + 1) / p), p))
        xi = (r - shell.inner) / half - 1
        slopes = legendre.legvander(xi, p - 1) @ legendre.legder(np.eye(p + 1))
        return legendre.legvander(xi, p) @ to_nodes, slopes @ to_nodes / half

    def strains(self, k: int, r: Any) -> tuple[Any, Any, Any]:
        """Rows that give the strains at r from all unknowns: nodes, then uniform strain."""
        values, slopes = self.shapes(k, r)
        here = slice(k * self.degree, (k + 1) * self.degree + 1)
        rows = np.zeros((3, len(r), len(self.shells) * self.degree + 2))
        rows[0, :, here] = slopes
        if self.n > 0:
            rows[1, :, here] = values / r[:, np.newaxis]
        rows[2, :, -1] = 1.0
        return rows[0], rows[1], rows[2]

    def lame(self, k: int) -> tuple[float, float]:
        E, nu = self.shells[k].elastic.E, self.shells[k].elastic.nu
        return E * nu / ((1 + nu) * (1 - 2 * nu)), E / (2 * (1 + nu))

    @cached_property
    def unknowns(self) -> Any:
        n, counts = self.n, (1, self.n, 2 - self.n)
        size = len(self.shells) * self.degree + 2
        stiffness, force = np.zeros((size, size)), np.zeros(size)
        nodes, weights = legendre.leggauss(self.degree + 8)
        for k, shell in enumerate(self.shells):
            half = (shell.outer - shell.inner) / 2
            r = shell.inner + half * (1 + nodes)
            w = (half * weights * r**n)[:, np.newaxis]
            (lam, G), rows = self.lame(k), self.strains(k, r)
            trace = sum(m * row for m, row in zip(counts, rows, strict=True))
            stiffness += lam * trace.T @ (w * trace)
            for m, row in zip(counts, rows, strict=True):
                stiffness += 2 * G * m * row.T @ (w * row)
            force += (3 * lam + 2 * G) * trace.T @ (w[:, 0] * shell.strain(r))
            force[-1] += (2 - n) * self.loads.axial * w.sum()
        force[0] -= self.shells[0].inner ** n * self.loads.inner
        force[-2] += self.shells[-1].outer ** n * self.loads.outer
        held = n == 0 or self.shells[0].inner == 0
        free = np.arange(1 if held else 0, size - 1 if n == 2 else size)
        found = np.zeros(size)
        found[free] = np.linalg.solve(stiffness[np.ix_(free, free)], force[free])
        return found

    def displacement(self, k: int, r: Any) -> Any:
        here = slice(k * self.degree, (k + 1) * self.degree + 1)
        return self.shapes(k, r)[0] @ self.unknowns[here]

    def stress(self, k: int, r: Any) -> Stress:
        (lam, G), free = self.lame(k), self.shells[k].strain(r)
        parts = [row @ self.unknowns - free for row in self.strains(k, r)]
        trace = parts[0] + self.n * parts[1] + (2 - self.n) * parts[2]
        radial, hoop, axial = (lam * trace + 2 * G * part for part in parts)
        return Stress(radial, hoop if self.n > 0 else 0.0, axial if self.n < 2 else 0.0)


@by_case
@pytest.mark.parametrize("loads", [FREE, LOADS], ids=["free", "loaded"])
def test_minimising_the_energy_of_a_bare_particle_gives_the_same(n, a, loads):
    if n == 0:
        loads = replace(loads, inner=loads.outer)
    particle = Particle(n, a, loads)
    strain = Polynomial(COEFFICIENTS)
    numerical = Numerical(n, [Shell(a, RADIUS, HOST, lambda r: strain(r / RADIUS))], loads)
    r = particle.inside()
    assert_same(particle.stress(r), numerical.stress(0, r), 1e-9 * peak(particle))
    u = numerical.displacement(0, r)
    np.testing.assert_allclose(particle.displacement(r), u, rtol=0, atol=1e-9 * np.max(np.abs(u)))


@SHAPES
@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_minimising_the_energy_gives_the_same_core_and_layer(n, layer):
    particle = Particle(n, 0)
    pair = coated(n, layer, particle.strain(RADIUS).mean)
    strain = Polynomial(particle.coefficients)
    shells = [
        Shell(0, RADIUS, HOST, lambda r: strain(r / RADIUS)),
        Shell(RADIUS, RADIUS + layer.thickness, layer.elastic),
    ]
    numerical = Numerical(n, shells)
    core_r = particle.inside()
    layer_r = np.linspace(RADIUS, RADIUS + layer.thickness, 11)
    in_core = Particle(n, 0, pair.core)
    expected_core, expected_layer = numerical.stress(0, core_r), numerical.stress(1, layer_r)
    scale = 1e-9 * max(np.max(np.abs(part)) for part in parts(expected_core))
    assert_same(in_core.stress(core_r), expected_core, scale)
    scale = 1e-9 * max(np.max(np.abs(part)) for part in parts(expected_layer))
    assert_same(inside_layer(n, layer_r, layer, pair), expected_layer, scale)
    at_interface = Stress(*(np.broadcast_to(part, 11)[0] for part in parts(expected_layer)))
    assert_same(pair.layer, at_interface, scale)
    u = numerical.displacement(0, core_r)
    np.testing.assert_allclose(in_core.displacement(core_r), u, rtol=1e-9)


@SHAPES
def test_a_layer_of_the_same_stuff_is_the_rim_of_a_larger_particle(n):
    """That particle's free strain falls to nothing where the layer begins."""
    layer = LAYERS["same"]
    size = RADIUS + layer.thickness
    mean = STRAIN * (RADIUS / size) ** (n + 1)
    pair = coated(n, layer)
    modulus = HOST.biaxial_modulus
    rim = diffusion_induced_stress(n, modulus, StrainProfile(0.0, mean, STRAIN), 1.0)
    assert_same(pair.layer, rim, 1e-12 * rim.axial if n == 0 else 1e-12 * rim.hoop)
    core = diffusion_induced_stress(n, modulus, StrainProfile(STRAIN, mean, STRAIN), 1.0)
    in_core = lame_stress(n, RADIUS, RADIUS, 0, pair.core)
    assert_same(in_core, core, 1e-12 * abs(core.axial if n == 0 else core.hoop))


@SHAPES
@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_core_and_layer_move_together_and_hold_no_net_force(n, layer):
    pair = coated(n, layer)
    flat = StrainProfile(STRAIN, STRAIN, STRAIN)
    none = StrainProfile(0.0, 0.0, 0.0)
    in_core = lame_stress(n, RADIUS, RADIUS, 0, pair.core)
    assert pair.core.inner == 0.0
    if n > 0:
        core_u = radial_displacement(n, RADIUS, 0, HOST, flat, in_core)
        layer_u = radial_displacement(n, RADIUS, RADIUS, layer.elastic, none, pair.layer)
        assert core_u == pytest.approx(layer_u, rel=1e-12)
        assert in_core.radial == pair.layer.radial
        outside = inside_layer(n, RADIUS + layer.thickness, layer, pair).radial
        assert outside == pytest.approx(0.0, abs=1e-12 * pair.layer.hoop)
    if n < 2:
        volumes = RADIUS ** (n + 1), (RADIUS + layer.thickness) ** (n + 1) - RADIUS ** (n + 1)
        net = volumes[0] * pair.core.axial + volumes[1] * pair.layer.axial
        assert net == pytest.approx(0.0, abs=1e-12 * volumes[0] * abs(pair.core.axial))


def test_a_coated_sphere_is_the_closed_form_of_a_pressed_sphere_and_a_vessel():
    layer = LAYERS["oxide"]
    R3, S3 = RADIUS**3, (RADIUS + layer.thickness) ** 3
    vessel = ((1 - 2 * OXIDE.nu) * R3 + (1 + OXIDE.nu) * S3 / 2) / (OXIDE.E * (S3 - R3))
    p = STRAIN / ((1 - 2 * HOST.nu) / HOST.E + vessel)
    pair = coated(2, layer)
    assert pair.core.outer == pytest.approx(-p, rel=1e-12)
    assert pair.layer.hoop == pytest.approx(p * (R3 + S3 / 2) / (S3 - R3), rel=1e-12)


@SHAPES
def test_a_vanishing_layer_is_a_stretched_film_without_load(n):
    film = OXIDE.E / (1 - OXIDE.nu) * STRAIN
    pair = coated(n, Layer(0.0, OXIDE))
    assert_same(lame_stress(n, RADIUS, RADIUS, 0, pair.core), Stress(0.0, 0.0, 0.0), 0.0)
    expected = Stress(0.0, film if n > 0 else 0.0, film if n < 2 else 0.0)
    assert_same(pair.layer, expected, 1e-12 * film)
    thin = Layer(1e-7 * RADIUS, OXIDE)
    loads, as_surface = (
        coated(n, thin).core,
        wall_loads(n, RADIUS, 0, 0.0, film * thin.thickness, 0.0),
    )
    assert (loads.outer, loads.axial) == pytest.approx(
        (as_surface.outer, as_surface.axial), rel=2e-6
    )


@SHAPES
def test_a_rigid_layer_holds_the_core_in_shape(n):
    pair = coated(n, Layer(0.1 * RADIUS, Elastic(float("inf"), 0.21)))
    in_core = lame_stress(n, RADIUS, RADIUS, 0, pair.core)
    held = -STRAIN * HOST.E / ((1 - HOST.nu) if n == 0 else (1 - 2 * HOST.nu))
    expected = Stress(*(held if here else 0.0 for here in (n > 0, n > 0, n < 2)))
    assert_same(in_core, expected, 1e-12 * abs(held))
    assert np.all(np.isfinite(parts(pair.layer)))


@SHAPES
def test_a_swelling_core_is_pressed_and_its_layer_stretched(n):
    for strain, sign in ((STRAIN, 1), (-STRAIN, -1)):
        pair = coated(n, LAYERS["oxide"], strain)
        stretched = pair.layer.hoop if n > 0 else pair.layer.axial
        pressed = pair.core.outer if n > 0 else pair.core.axial
        assert sign * stretched > 0 > sign * pressed


@SHAPES
def test_pybamm_symbols_give_the_same_numbers(n):
    names = ("R", "E", "nu", "h", "E_s", "nu_s")
    R, E, nu, h, E_s, nu_s = (pybamm.InputParameter(name) for name in names)
    strain = pybamm.StateVector(slice(0, 2))
    found = coating_loads(n, R, Elastic(E, nu), Layer(h, Elastic(E_s, nu_s)), strain)
    layer = LAYERS["oxide"]
    numbers = (RADIUS, HOST.E, HOST.nu, layer.thickness, OXIDE.E, OXIDE.nu)
    given = dict(zip(names, numbers, strict=True))
    strains = np.array([STRAIN, -0.5 * STRAIN])
    expected = coated(n, layer, strains)
    for symbols, values in ((found.core, expected.core), (found.layer, expected.layer)):
        for symbol, value in zip(parts(symbols), parts(values), strict=True):
            is_symbol = isinstance(symbol, pybamm.Symbol)
            number = symbol.evaluate(y=strains, inputs=given) if is_symbol else symbol
            np.testing.assert_allclose(np.ravel(number), np.ravel(value), rtol=1e-13)
