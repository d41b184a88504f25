"""Slopes of material functions, and why they are not PyBaMM's derivatives."""

import casadi
import numpy as np
import pybamm
import pytest

from twin.models.slope import STEP, slope


def test_a_parabola_has_its_exact_slope():
    assert slope(lambda x: 2 - 3 * x + 5 * x**2, 0.3) == pytest.approx(0.0, abs=1e-10)


@pytest.mark.parametrize("x", [0.1, 0.5, 0.9])
def test_the_error_is_that_of_the_third_derivative(x):
    error = slope(np.exp, x) - np.exp(x)
    assert error == pytest.approx(np.exp(x) * STEP**2 / 6, rel=1e-2)


def test_a_table_has_a_slope_whose_jacobian_exists():
    x = np.linspace(0, 1, 51)
    c = pybamm.StateVector(slice(0, 3))
    table = slope(lambda at: pybamm.Interpolant(x, x**3, at, interpolator="cubic"), c)
    y = casadi.MX.sym("y", 3)
    jacobian = casadi.jacobian(table.to_casadi(y=y), y)
    found = casadi.Function("j", [y], [jacobian])([0.2, 0.5, 0.8])
    assert np.diag(np.asarray(found)) == pytest.approx([1.2, 3.0, 4.8], rel=1e-3)


def test_pybamm_still_cannot_differentiate_what_we_need():
    x = pybamm.Variable("x")

    def _made_here():
        return pybamm.FunctionParameter("Surface energy [J.m-2]", {"x": x})

    with pytest.raises(TypeError, match="NoneType"):
        _made_here().diff(x)


def test_pybamm_still_has_no_radial_integral():
    c = pybamm.Variable("c", domain="negative particle")
    r = pybamm.SpatialVariable("r_n", ["negative particle"], coord_sys="spherical polar")
    mesh = pybamm.Mesh(
        {"negative particle": {r: {"min": 0, "max": 1}}},
        {"negative particle": pybamm.Uniform1DSubMesh},
        {r: 5},
    )
    disc = pybamm.Discretisation(mesh, {"negative particle": pybamm.FiniteVolume()})
    disc.set_variable_slices([c])
    with pytest.raises(NotImplementedError, match="Indefinite integral"):
        disc.process_symbol(pybamm.IndefiniteIntegral(c, r))
