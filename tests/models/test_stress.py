"""Elastic stress: balance, compatibility, Hooke's law, energy, published closed forms.

A numerical solution for particles with and without a coating is in `test_coating`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pybamm
import pytest
from numpy.polynomial import Polynomial, legendre
from scipy.optimize import brentq
from scipy.special import spherical_jn

from twin.models.stress import (
    Elastic,
    StrainProfile,
    Stress,
    WallLoads,
    diffusion_induced_stress,
    elastic_energy_density,
    hydrostatic,
    lame_stress,
    mechanical_potential,
    radial_displacement,
    running_fill,
    stress_coupling,
    wall_loads,
)
from twin.units import GAS_CONSTANT_J_PER_MOL_K

RADIUS = 5e-6
HOST = Elastic(E=12e9, nu=0.27)
LOADS = WallLoads(outer=-31e6, inner=17e6, axial=11e6)
FREE = WallLoads(0.0, 0.0, 0.0)
# strain against r/R, with every power and no symmetry
COEFFICIENTS = (0.003, -0.002, 0.007, 0.004, -0.005)
CASES = [(n, a) for n in (0, 1, 2) for a in (0, 0.35 * RADIUS)]
HOLLOW = [(n, a) for n, a in CASES if a > 0]
STEP = 1e-30 * RADIUS
by_case = pytest.mark.parametrize(("n", "a"), CASES)


@dataclass(frozen=True)
class Particle:
    """A particle with a polynomial strain: means are exact, also at the walls."""

    n: int
    a: float
    loads: WallLoads = FREE
    coefficients: Sequence[float] = COEFFICIENTS

    def strain(self, r: Any) -> StrainProfile:
        inner = self.a / RADIUS
        powers = Polynomial([0.0] * self.n + [1.0])
        local = Polynomial(self.coefficients)
        moment, volume = (local * powers).integ(lbnd=inner), powers.integ(lbnd=inner)
        # what vanishes at the inner wall above and below is divided out
        common = Polynomial([-inner, 1.0] if inner else [0.0] * (self.n + 1) + [1.0])
        running = [divmod(part, common)[0] for part in (moment, volume)]
        x = r / RADIUS
        return StrainProfile(local(x), moment(1.0) / volume(1.0), running[0](x) / running[1](x))

    def stress(self, r: Any) -> Stress:
        fill = running_fill(self.n, r, self.a)
        own = diffusion_induced_stress(self.n, HOST.biaxial_modulus, self.strain(r), fill)
        return own + lame_stress(self.n, r, RADIUS, self.a, self.loads)

    def displacement(self, r: Any) -> Any:
        return radial_displacement(self.n, r, self.a, HOST, self.strain(r), self.stress(r))

    def axial_strain(self, r: Any) -> Any:
        stress = self.stress(r)
        across = stress.radial + self.n * stress.hoop + (1 - self.n) * stress.axial
        return (stress.axial - HOST.nu * across) / HOST.E + self.strain(r).local

    def inside(self) -> np.ndarray:
        return np.linspace(self.a, RADIUS, 41)[1:]

    def integral(self, values: Callable[[Any], Any], power: int) -> float:
        """Integral of values times r^power over the section, by Gauss's rule."""
        nodes, weights = legendre.leggauss(40)
        half = (RADIUS - self.a) / 2
        r = self.a + half * (1 + nodes)
        return half * float(np.sum(weights * values(r) * r**power))

    def volume(self) -> float:
        return self.integral(np.ones_like, self.n)


def slope(values: Callable[[Any], Any], r: Any) -> Any:
    """Derivative to rounding: a step along the imaginary axis subtracts nothing."""
    return np.imag(values(r + 1j * STEP)) / STEP


def peak(particle: Particle) -> float:
    stress = particle.stress(np.linspace(particle.a, RADIUS, 201))
    return max(float(np.max(np.abs(part))) for part in vars(stress).values())


def assert_same(found: Stress, expected: Stress, tolerance: float) -> None:
    for name, values in vars(expected).items():
        np.testing.assert_allclose(
            getattr(found, name), values, rtol=0, atol=tolerance, err_msg=name
        )


# ---- the laws of elasticity


@by_case
def test_every_ring_is_in_balance(n, a):
    particle = Particle(n, a, LOADS)
    r = particle.inside()
    stress = particle.stress(r)
    residual = slope(lambda r: particle.stress(r).radial, r) + n / r * (stress.radial - stress.hoop)
    assert np.max(np.abs(residual)) < 1e-12 * peak(particle) / np.min(r)


@by_case
def test_strains_of_hookes_law_come_from_one_displacement(n, a):
    particle = Particle(n, a, LOADS)
    r = particle.inside()
    stress = particle.stress(r)
    across = n * stress.hoop + (2 - n) * stress.axial
    along = particle.strain(r).local + (stress.radial - HOST.nu * across) / HOST.E
    np.testing.assert_allclose(slope(particle.displacement, r), along, rtol=0, atol=1e-15)
    if n < 2:
        np.testing.assert_allclose(np.ptp(particle.axial_strain(r)), 0, rtol=0, atol=1e-15)


@by_case
def test_an_unloaded_particle_has_free_walls_and_no_net_force(n, a):
    particle = Particle(n, a)
    small, section = 1e-12 * peak(particle), RADIUS - a
    walls = particle.stress(np.array([a, RADIUS]) if a else np.array([RADIUS]))
    np.testing.assert_allclose(walls.radial, 0, rtol=0, atol=small)
    hoop = particle.integral(lambda r: particle.stress(r).hoop, max(n - 1, 0))
    assert abs(n * hoop) < small * section * RADIUS ** max(n - 1, 0)
    axial = particle.integral(lambda r: particle.stress(r).axial, n)
    assert abs(axial) < small * particle.volume()


@by_case
def test_the_hydrostatic_stress_is_two_thirds_of_the_modulus_times_the_strain_lacking(n, a):
    particle = Particle(n, a)
    r = np.linspace(a, RADIUS, 41)
    strain = particle.strain(r)
    expected = 2 / 3 * HOST.E / (1 - HOST.nu) * (strain.mean - strain.local)
    found = hydrostatic(n, particle.stress(r))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * peak(particle))


@by_case
def test_an_unloaded_wall_moves_by_the_mean_strain(n, a):
    particle = Particle(n, a)
    length = RADIUS - a if n == 0 else RADIUS
    mean = particle.strain(RADIUS).mean
    assert particle.displacement(RADIUS) == pytest.approx(mean * length, rel=1e-13)
    if n < 2:
        assert particle.axial_strain(RADIUS) == pytest.approx(mean, rel=1e-13)


@by_case
def test_loaded_walls_carry_their_loads(n, a):
    loaded = lame_stress(n, np.array([a, RADIUS]) if a else RADIUS, RADIUS, a, LOADS)
    expected = [LOADS.inner, LOADS.outer] if a and n else LOADS.outer
    np.testing.assert_allclose(loaded.radial, expected, rtol=1e-13)
    assert loaded.axial == (LOADS.axial if n < 2 else 0.0)


@by_case
def test_the_elastic_energy_is_half_the_work(n, a):
    loads = replace(LOADS, inner=LOADS.outer) if n == 0 else LOADS
    particle = Particle(n, a, loads)
    stored = particle.integral(
        lambda r: elastic_energy_density(n, HOST.E, HOST.nu, particle.stress(r)), n
    )
    inner_wall = a**n * loads.inner * particle.displacement(a) if a else 0.0
    walls = RADIUS**n * loads.outer * particle.displacement(RADIUS) - inner_wall
    along = (2 - n) * loads.axial * particle.axial_strain(RADIUS) * particle.volume()
    swelling = particle.integral(
        lambda r: 3 * hydrostatic(n, particle.stress(r)) * particle.strain(r).local, n
    )
    assert stored > 0
    assert stored == pytest.approx((walls + along - swelling) / 2, rel=1e-12)


# ---- diffusion-induced stress: published forms


@pytest.mark.parametrize("gradient", [1e7, -1e7])
def test_the_quasi_steady_sphere_has_cheng_and_verbrugges_stresses(gradient):
    """Constant inward flux j: c rises as r^2 with slope j/D at the surface."""
    Omega = 3.5e-6
    strain = [0.01, 0.0, Omega / 3 * gradient * RADIUS / 2]
    particle = Particle(2, 0, coefficients=strain)
    unit = HOST.E * Omega * gradient * RADIUS / (15 * (1 - HOST.nu))
    surface, centre = particle.stress(RADIUS), particle.stress(0.0)
    assert surface.hoop == pytest.approx(-unit, rel=1e-12)
    assert (centre.radial, centre.hoop) == pytest.approx((unit, unit), rel=1e-12)


def series(tau: float, x: Any) -> StrainProfile:
    """Exact chi of the galvanostatic sphere and its means: Carslaw and Jaeger's series."""
    crossing = partial(brentq, lambda z: np.sin(z) - z * np.cos(z))
    roots = np.array([crossing(m * np.pi, (m + 0.5) * np.pi) for m in range(1, 400)])
    weights = 2 * np.exp(-(roots**2) * tau) / (roots * np.sin(roots))
    z = np.outer(x, roots)
    over_z = np.divide(3 * spherical_jn(1, z), z, out=np.ones_like(z), where=z > 0)
    local = 3 * tau + x**2 / 2 - 0.3 - spherical_jn(0, z) @ weights
    running = 3 * tau + 0.3 * x**2 - 0.3 - over_z @ weights
    return StrainProfile(local, 3 * tau, running)


def test_the_galvanostatic_sphere_follows_the_table(measured_data):
    path = measured_data / "analytic_dis" / "galvanostatic_sphere.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    table = np.genfromtxt(path, delimiter=",", skip_header=1)
    times = np.unique(table[:, 0])
    assert len(times) == 16
    for tau in times:
        x, chi, xi_r, xi_t, xi_h = table[table[:, 0] == tau, 1:].T
        strain = series(tau, x)
        xi = diffusion_induced_stress(2, 1.0, strain, running_fill(2, x, 0))
        np.testing.assert_allclose(strain.local, chi, rtol=0, atol=1e-10)  # as rounded there
        assert_same(xi, Stress(xi_r, xi_t, np.zeros_like(x)), 1e-10)
        np.testing.assert_allclose(hydrostatic(2, xi), xi_h, rtol=0, atol=1e-10)


@pytest.mark.parametrize("n", [1, 2])
def test_a_thin_hollow_wall_is_a_flat_plate(n):
    """Its hoop stress is M (mean - local) up to a part of the order of thickness/radius."""
    gaps = []
    for thin in (0.02, 0.01, 0.005):
        particle = Particle(n, (1 - thin) * RADIUS, coefficients=[0.0, 0.004 / thin])
        r = np.linspace(particle.a, RADIUS, 11)
        strain = particle.strain(r)
        plate = diffusion_induced_stress(0, HOST.biaxial_modulus, strain, 1.0).axial
        gaps.append(np.max(np.abs(particle.stress(r).hoop - plate)) / np.max(np.abs(plate)))
    orders = np.log2(np.array(gaps[:-1]) / gaps[1:])
    np.testing.assert_allclose(orders, 1, atol=0.1)
    assert gaps[-1] < 0.01


def test_a_thin_hollow_wall_under_pressure_follows_the_boiler_formula():
    thickness, pressure = 1e-4 * RADIUS, 1e5
    for n in (1, 2):
        a = RADIUS - thickness
        loads = wall_loads(n, RADIUS, a, pressure, 0.0, 0.0)
        hoop = lame_stress(n, np.array([a, RADIUS]), RADIUS, a, loads).hoop
        np.testing.assert_allclose(hoop, -pressure * RADIUS / (n * thickness), rtol=2e-4)


def test_the_centre_of_a_solid_needs_no_care():
    with np.errstate(all="raise"):
        for n in (0, 1, 2):
            r = np.array([0.0, RADIUS])
            stress = Particle(n, 0, LOADS).stress(r)
            assert np.all(np.isfinite(stress.radial + stress.hoop + stress.axial))
            assert Particle(n, 0, LOADS).displacement(0.0) == 0.0
    assert running_fill(2, np.array([0.0, 1.0]), np.float64(0.0)) == 1.0


@pytest.mark.parametrize(("n", "a"), HOLLOW)
def test_the_fill_runs_from_nothing_at_the_cavity_to_the_volume_of_host(n, a):
    fill = running_fill(n, np.array([a, 2 * a]), a)
    np.testing.assert_allclose(fill, [0.0, 1 - 0.5 ** (n + 1)], rtol=1e-15)


# ---- loads from outside


def mean_trace(n: int, a: float, loads: WallLoads) -> float:
    particle = Particle(n, a, loads, (0.0,))
    trace = particle.integral(lambda r: 3 * hydrostatic(n, particle.stress(r)), n)
    return trace / particle.volume()


@by_case
def test_surface_stress_sets_the_mean_trace_by_the_area(n, a):
    surface_stress = 1.3
    area = RADIUS**n + (a**n if a else 0.0)
    loads = wall_loads(n, RADIUS, a, 0.0, surface_stress, 0.0)
    expected = -2 * surface_stress * area / Particle(n, a).volume()
    assert mean_trace(n, a, loads) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("n", "a"), HOLLOW)
def test_surface_stress_pulls_a_cavity_inwards_and_spares_a_plate(n, a):
    loads = wall_loads(n, RADIUS, a, 0.0, 1.3, 0.0)
    assert (loads.outer, loads.inner) == pytest.approx((-n * 1.3 / RADIUS, n * 1.3 / a))


@by_case
def test_pressure_sets_the_mean_trace(n, a):
    """On a solid -3p. A cavity without pressure adds its share in the curved directions."""
    pressure = 2e5
    loads = wall_loads(n, RADIUS, a, pressure, 0.0, 0.0)
    curved = (n + 1) / (1 - (a / RADIUS) ** (n + 1)) if n > 0 else 1
    expected = -pressure * (curved + 2 - n)
    assert a > 0 or expected == -3 * pressure
    assert mean_trace(n, a, loads) == pytest.approx(expected, rel=1e-12)
    assert loads.inner == (-pressure if n == 0 else 0.0)


@pytest.mark.parametrize(
    ("n", "expected"),
    [(0, Stress(0.0, 0.0, 5e7)), (1, Stress(0.0, 0.0, 5e7)), (2, Stress(5e7, 5e7, 0.0))],
)
def test_a_misfit_acts_in_the_uniform_directions_and_on_a_sphere_in_all(n, expected):
    loads = wall_loads(n, RADIUS, 0, 0.0, 0.0, 5e7)
    assert lame_stress(n, RADIUS / 2, RADIUS, 0, loads) == expected
    assert wall_loads(n, RADIUS, RADIUS / 2, 0.0, 0.0, 5e7) == loads


def test_loads_and_stresses_add():
    assert WallLoads(1.0, 2.0, 3.0) + WallLoads(10.0, 20.0, 30.0) == WallLoads(11.0, 22.0, 33.0)
    assert Stress(1.0, 2.0, 3.0) + Stress(10.0, 20.0, 30.0) == Stress(11.0, 22.0, 33.0)


# ---- what stress does to lithium


@by_case
def test_the_potential_drives_the_flux_of_the_stress_coupling(n, a):
    Omega, T = 3.1e-6, 310.0
    particle = Particle(n, a, LOADS)
    r = particle.inside()
    concentration = 3 * particle.strain(r).local / Omega
    gradient = 3 * slope(lambda r: particle.strain(r).local, r) / Omega
    drop = slope(lambda r: mechanical_potential(Omega, hydrostatic(n, particle.stress(r))), r)
    flux = -(gradient - concentration / (GAS_CONSTANT_J_PER_MOL_K * T) * drop)
    theta = stress_coupling(Omega, HOST.biaxial_modulus, T)
    assert theta > 0
    expected = -(1 + theta * concentration) * gradient
    np.testing.assert_allclose(flux, expected, rtol=0, atol=1e-12 * np.max(np.abs(expected)))


def stiffness(c: Any) -> Any:
    return HOST.E * (1 + 0.3 * np.sin(1e-4 * c))


def test_the_potential_is_the_slope_of_the_energy_of_a_host_held_in_shape():
    """Held, all the energy is elastic: its slope in c is what stress adds to the potential."""
    Omega, nu, c = 3.1e-6, HOST.nu, 2e4

    def state(c: Any) -> tuple[Stress, Any]:
        held = -stiffness(c) / (1 - 2 * nu) * Omega * c / 3
        stress = Stress(held, held, 0.0)
        return stress, elastic_energy_density(2, stiffness(c), nu, stress)

    stress, energy = state(c)
    stiffening = np.imag(stiffness(c + 1e-20j)) / 1e-20 / stiffness(c)
    slope_of_energy = np.imag(state(c + 1e-20j)[1]) / 1e-20
    found = mechanical_potential(Omega, hydrostatic(2, stress), energy, stiffening)
    assert found == pytest.approx(-slope_of_energy, rel=1e-12)
    assert found != pytest.approx(mechanical_potential(Omega, hydrostatic(2, stress)), rel=1e-3)


def test_tension_lowers_the_potential_and_energy_counts_only_where_lithium_stiffens():
    for stiffness_unchanged in ({}, {"energy_density": 1e6}, {"relative_stiffening": 1.0}):
        assert mechanical_potential(3.5e-6, 1e8, **stiffness_unchanged) == pytest.approx(350.0)


# ---- symbols


@by_case
def test_pybamm_symbols_give_the_same_numbers(n, a):
    particle = Particle(n, a, LOADS)
    r = particle.inside()
    fields = (r, particle.strain(r).local, particle.strain(r).running_mean)
    size = len(r)
    at, local, running = (pybamm.StateVector(slice(i * size, (i + 1) * size)) for i in range(3))
    R, E, mean = (pybamm.InputParameter(name) for name in ("R", "E", "mean"))
    hole = pybamm.InputParameter("a") if a else 0
    host, strain = Elastic(E, HOST.nu), StrainProfile(local, mean, running)
    loads = wall_loads(n, R, hole, 2e5, 1.3, 4e6)
    stress = diffusion_induced_stress(
        n, host.biaxial_modulus, strain, running_fill(n, at, hole)
    ) + lame_stress(n, at, R, hole, loads)
    u = radial_displacement(n, at, hole, host, strain, stress)
    energy = elastic_energy_density(n, E, HOST.nu, stress)
    potential = mechanical_potential(3e-6, hydrostatic(n, stress), energy, 1e-6)
    numbers = Particle(n, a, wall_loads(n, RADIUS, a, 2e5, 1.3, 4e6))
    expected = numbers.stress(r)
    w = elastic_energy_density(n, HOST.E, HOST.nu, expected)
    given = {"R": RADIUS, "a": a, "E": HOST.E, "mean": particle.strain(r).mean}
    lowered = 3e-6 * hydrostatic(n, expected) - 1e-6 * w
    for symbol, values in ((u, numbers.displacement(r)), (potential, lowered)):
        found = symbol.evaluate(y=np.concatenate(fields), inputs=given)
        np.testing.assert_allclose(np.ravel(found), values, rtol=1e-10)
