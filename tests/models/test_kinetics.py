"""Stress in the exchange current: how fast the reaction is, and never where equilibrium is."""

from itertools import pairwise

import numpy as np
import pybamm
import pytest

from tests.models import cells
from tests.models.cells import COARSE, FREE_OF_LIMITS, MODELS
from twin import names
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models import extra_parameters as extra
from twin.models.kinetics import effective_ratio
from twin.units import FARADAY_C_PER_MOL, GAS_CONSTANT_J_PER_MOL_K

PARTICLE = Particle(diffusion="stress-coupled")
POTENTIAL = Electrode(particle=PARTICLE, stress_in_kinetics="potential")
EXCHANGE = Electrode(particle=PARTICLE, stress_in_kinetics="potential-and-exchange-current")
VOLUME = {"negative": 9e-6, "positive": -4e-6}
PRESSURE = 200e6
KT = GAS_CONSTANT_J_PER_MOL_K * 298.15
PRESSED = {extra.OUTSIDE_PRESSURE: PRESSURE, extra.PRESSURE_RATIO: 1.0}


def okane(changes=None):
    volumes = {extra.reaction_activation_volume(d): VOLUME[d] for d in names.DOMAINS}
    return cells.okane(FREE_OF_LIMITS, PRESSED, volumes, changes)


def solved(model, steps, changes=None):
    return cells.solved(model, okane(changes), steps)


def exchange(solution, domain):
    return solution[f"{domain.capitalize()} electrode exchange current density [A.m-2]"].entries


def overpotential(solution, domain):
    return solution[f"{domain.capitalize()} electrode reaction overpotential [V]"].entries


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "stressed",
    [
        ("negative",),
        pytest.param(("positive",), marks=pytest.mark.slow),
        pytest.param(names.DOMAINS, marks=pytest.mark.slow),
    ],
)
def test_pressure_at_rest_slows_the_exchange_and_leaves_equilibrium(model, stressed):
    """The factor is exp(-p V_j/(R T)), in the electrode that has it; the voltage stays."""
    choice = {d: EXCHANGE if d in stressed else POTENTIAL for d in names.DOMAINS}
    found = solved(model(**choice, constraint="pressure"), ((0, 3600),))
    plain = solved(model(POTENTIAL, POTENTIAL, constraint="pressure"), ((0, 3600),))
    for domain in names.DOMAINS:
        factor = np.exp(-PRESSURE * VOLUME[domain] / KT) if domain in stressed else 1.0
        ratio = exchange(found, domain) / exchange(plain, domain)
        assert ratio == pytest.approx(factor, rel=1e-9)
    assert np.exp(-PRESSURE * VOLUME["negative"] / KT) < 0.5
    assert found[names.VOLTAGE].entries == pytest.approx(plain[names.VOLTAGE].entries, abs=1e-9)


def over_thermal(solution, domain):
    """F eta / (2 R T), as one row."""
    eta = solution[f"X-averaged {domain} electrode reaction overpotential [V]"].entries
    return eta * FARADAY_C_PER_MOL / (2 * KT)


def spread(solution, domain):
    """Variance across an electrode of the logarithm of what the set has as sqrt(c_e)."""
    c_e = solution[f"{domain.capitalize()} electrolyte concentration [mol.m-3]"].entries
    inside = c_e[1:-1] if c_e.shape[0] > COARSE["x_n"] else c_e  # not the ends PyBaMM adds
    return np.var(np.log(inside) / 2, axis=0)


@pytest.mark.parametrize("model", [SPM, SPMe])
@pytest.mark.parametrize("steps", [((1, 600), (-1, 300))])
def test_the_exchange_follows_the_stress_of_the_surface_while_current_flows(model, steps):
    """Beside it, a mean over places that differ depends a little on the overpotential."""
    found = solved(model(EXCHANGE, EXCHANGE), steps)
    plain = solved(model(POTENTIAL, POTENTIAL), steps)
    for domain in names.DOMAINS:
        name = f"X-averaged {domain} particle surface hydrostatic stress [Pa]"
        factor = np.exp(found[name].entries * VOLUME[domain] / KT)
        assert np.ptp(factor) > 1e-2
        y, before = (over_thermal(run, domain) for run in (found, plain))
        uneven = 1 / np.cosh(before) ** 2 - 1 / np.cosh(y) ** 2
        factor = factor * np.exp(spread(plain, domain) / 2 * uneven)
        j0, j0_before = (
            run[f"X-averaged {domain} electrode exchange current density [A.m-2]"].entries
            for run in (found, plain)
        )
        assert j0 / j0_before == pytest.approx(factor, rel=1e-7)
        assert np.sinh(y) == pytest.approx(np.sinh(before) / factor, rel=1e-5, abs=1e-9)
    if model is SPMe:
        assert np.max(spread(plain, "negative")) > 1e-4


def mean_over_an_electrode(make):
    """Evaluate a mean of a function of x/L in [0, 1], on 400 cells."""
    geometry = pybamm.battery_geometry()
    values = pybamm.ParameterValues("OKane2022")
    values.process_geometry(geometry)
    points = {"x_n": 400, "x_s": 1, "x_p": 1, "r_n": 1, "r_p": 1}
    mesh = pybamm.Mesh(geometry, pybamm.lithium_ion.SPM().default_submesh_types, points)
    methods = pybamm.lithium_ion.SPM().default_spatial_methods
    disc = pybamm.Discretisation(mesh, methods)
    x = pybamm.standard_spatial_vars.x_n / pybamm.LithiumIonParameters().n.L
    found = disc.process_symbol(values.process_symbol(make(x)))
    return float(np.asarray(found.evaluate()).ravel()[0])


def gap_of_the_series(amplitude, drive):
    """Between the overpotential of the series and the mean of all places, over 2RT/F.

    No place has the exchange current of another; `drive` is the current over twice its unit.
    """

    def uneven(x):
        return pybamm.exp(amplitude * pybamm.exp(x))

    exact = mean_over_an_electrode(lambda x: pybamm.x_average(pybamm.arcsinh(drive / uneven(x))))
    ratio = mean_over_an_electrode(lambda x: effective_ratio(uneven(x), exact))
    return abs(np.arcsinh(drive / ratio) - exact)


@pytest.mark.parametrize("drive", [0.05, 1.0, 20.0])
def test_the_error_of_the_mean_overpotential_is_of_third_order_in_the_variation(drive):
    gaps = [gap_of_the_series(amplitude, drive) for amplitude in (0.02, 0.01, 0.005)]
    orders = [np.log2(before / after) for before, after in pairwise(gaps)]
    assert orders == pytest.approx([3, 3], abs=0.2)


def test_an_even_electrode_has_the_exchange_current_of_every_place():
    ratio = mean_over_an_electrode(lambda x: effective_ratio(2.5 + 0 * x, 0.7))
    assert ratio == pytest.approx(2.5, rel=1e-12)


def test_the_overpotential_of_averaged_particles_is_the_mean_of_all_places():
    """In a cell at 1C, to what the series leaves out, within a microvolt."""
    built, values = SPMe(), okane()
    points = {**COARSE, "x_n": 12, "x_p": 12}
    found = cells.solved(built, values, ((1, 60),), points, rtol=1e-11)
    for domain in names.DOMAINS:
        Domain, phase = domain.capitalize(), built.param.domain_params[domain].prim
        c_e = found[f"{Domain} electrolyte concentration [mol.m-3]"].entries[:, 1:]
        c = found[f"{Domain} particle surface concentration [mol.m-3]"].entries[:, 1:]
        places = (pybamm.Vector(part.ravel()) for part in (c_e, c))
        j0 = values.process_symbol(phase.j0(*places, pybamm.Scalar(298.15))).evaluate()
        j = found[f"X-averaged {domain} electrode interfacial current density [A.m-2]"].entries
        exact = np.mean(np.arcsinh(j[1:] / 2 / j0.reshape(c.shape)), axis=0)
        gap = over_thermal(found, domain)[1:] - exact
        assert np.max(np.abs(gap)) * 2 * KT / FARADAY_C_PER_MOL < 1e-6
        leading = np.arcsinh(j[1:] / 2 / np.mean(j0.reshape(c.shape), axis=0))
        assert np.max(np.abs(leading - exact)) > 10 * np.max(np.abs(gap))


@pytest.mark.parametrize(("model", "thermal"), [(DFN, "isothermal"), (SPM, "lumped")])
def test_the_exchange_follows_stress_and_temperature_of_each_place(model, thermal):
    """Against the set's own exchange current at the compositions of each place."""
    built, values = model(EXCHANGE, EXCHANGE, thermal=thermal), okane()
    found = solved(built, ((2, 300), (-1, 100)))
    for domain in names.DOMAINS:
        Domain, phase = domain.capitalize(), built.param.domain_params[domain].prim
        electrolyte, surface, T = (
            found[f"{Domain} {quantity}"].entries
            for quantity in (
                "electrolyte concentration [mol.m-3]",
                "particle surface concentration [mol.m-3]",
                "electrode temperature [K]",
            )
        )
        at_places = (pybamm.Vector(part.ravel()) for part in (electrolyte, surface, T))
        own = values.process_symbol(phase.j0(*at_places)).evaluate().reshape(T.shape)
        assert np.ptp(T) > 1 if thermal == "lumped" else np.ptp(T) == 0
        sigma_h = found[f"{Domain} particle surface hydrostatic stress [Pa]"].entries
        factor = np.exp(sigma_h * VOLUME[domain] / (GAS_CONSTANT_J_PER_MOL_K * T))
        assert np.max(np.abs(factor - 1)) > 1e-2
        # PyBaMM smooths the powers of its exchange current by some 1e-5
        assert exchange(found, domain) / own == pytest.approx(factor, rel=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_no_volume_of_activation_is_no_effect(model):
    steps = ((1, 600),)
    none = {extra.reaction_activation_volume(domain): 0.0 for domain in names.DOMAINS}
    found, plain = (
        solved(model(electrode, electrode), steps, none)[names.VOLTAGE].entries
        for electrode in (EXCHANGE, POTENTIAL)
    )
    assert found == pytest.approx(plain, abs=1e-9)
