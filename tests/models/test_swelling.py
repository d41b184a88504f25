"""From particles that swell to the thickness of electrodes and cell, and to pores."""

import numpy as np
import pybamm
import pytest

from twin import names
from twin.errors import ModelError
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models import extra_parameters as extra

COARSE = {"x_n": 4, "x_s": 3, "x_p": 4, "r_n": 8, "r_p": 8}
STOCK = {
    SPM: pybamm.lithium_ion.SPM,
    SPMe: pybamm.lithium_ion.SPMe,
    DFN: pybamm.lithium_ion.DFN,
}
CURRENT = "Current function [A]"
PARALLEL = "Number of electrodes connected in parallel to make a cell"
THICK = Electrode(swelling="thickness")
FILLING = Electrode(swelling="thickness-and-porosity")
SHARE = {"negative": 0.6, "positive": 0.25}
SOLID = {"negative": 0.75, "positive": 0.665}
PORES = {"negative": 0.25, "positive": 0.335}
LENGTH = {"negative": 85.2e-6, "positive": 75.6e-6}
FILM = 5e-9
BOTH_WAYS = ((1, 900), (-1, 600), (0, 300))
CYCLE = ((1, 1200), (0, 300), (-1, 1200), (0, 300))


def okane(changes=None):
    values = pybamm.ParameterValues("OKane2022")
    given = {
        "Positive electrode partial molar volume [m3.mol-1]": 1.2e-6,
        "Positive electrode Young's modulus [Pa]": 142.5e9,
        names.LOWER_VOLTAGE: 0.1,
        names.UPPER_VOLTAGE: 9.0,
        CURRENT: "[input]",
        **{extra.pore_share(domain): SHARE[domain] for domain in names.DOMAINS},
        **(changes or {}),
    }
    values.update(given, check_already_exists=False)
    return values


def solved(model, steps=BOTH_WAYS, changes=None, rtol=1e-8):
    values = okane(changes)
    solver = pybamm.IDAKLUSolver(rtol=rtol, atol=1e-2 * rtol)
    simulation = pybamm.Simulation(model, parameter_values=values, var_pts=COARSE, solver=solver)
    for rate, seconds in steps:
        current = {CURRENT: rate * 5.0 * values[PARALLEL]}
        simulation.step(seconds, t_interp=np.linspace(0, seconds, 11), inputs=current)
    return simulation.solution


def thickness(domain):
    return f"{domain.capitalize()} electrode thickness change [m]"


def grown(solution, domain):
    """Growth in volume of the particles at each place since the start, from the set's table."""
    x = solution[f"R-averaged {domain} particle concentration"].entries
    model = pybamm.lithium_ion.SPM({"particle mechanics": "swelling only"})
    phase = model.param.domain_params[domain].prim
    theta = okane().process_symbol(phase.t_change(pybamm.Vector(x.ravel()))).evaluate()
    theta = theta.reshape(x.shape)
    return theta - theta[:, :1]


@pytest.mark.parametrize("model", STOCK)
@pytest.mark.parametrize("thermal", ["isothermal", "lumped"])
def test_thickness_is_that_of_pybamms_swelling(model, thermal):
    changes = {PARALLEL: 3}
    found = solved(model(THICK, THICK, thermal=thermal), changes=changes)
    options = {
        "particle mechanics": "swelling only",
        "stress-induced diffusion": "false",
        "thermal": thermal,
    }
    expected = solved(STOCK[model](options), changes=changes)
    for name in (*map(thickness, names.DOMAINS), names.CELL_THICKNESS_CHANGE):
        scale = np.max(np.abs(expected[name].entries))
        assert scale > 1e-6
        assert found[name].entries == pytest.approx(expected[name].entries, abs=1e-7 * scale)


@pytest.mark.parametrize("thick", [THICK, Electrode(stress_in_kinetics="potential")])
def test_thickness_by_hand(thick):
    """N L eps_s times the growth in volume, electrode by electrode, and heat; SPM."""
    solution = solved(SPM(thick, thick, thermal="lumped"), changes={PARALLEL: 2})
    total = 0.0
    for domain in names.DOMAINS:
        expected = 2 * LENGTH[domain] * SOLID[domain] * grown(solution, domain)[0]
        found = solution[thickness(domain)].entries
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-16)
        total += expected
    warmed = solution[names.CELL_TEMPERATURE].entries - 298.15
    assert 1.1e-6 * warmed[-1] > 1e-7
    found = solution[names.CELL_THICKNESS_CHANGE].entries
    assert found == pytest.approx(total + 1.1e-6 * warmed, rel=1e-9, abs=1e-16)
    assert solution[names.FREE_THICKNESS_CHANGE].entries == pytest.approx(found, abs=0)


@pytest.mark.parametrize("model", [SPM, SPMe, DFN])
def test_a_share_of_the_swelling_fills_pores_and_the_rest_thickens(model):
    solution = solved(model(FILLING, FILLING))
    for domain in names.DOMAINS:
        taken = SHARE[domain] * SOLID[domain] * grown(solution, domain)
        assert np.max(np.abs(taken)) > 1e-3
        porosity = solution[names.porosity(domain)].entries
        assert porosity == pytest.approx(PORES[domain] - taken, rel=1e-9)
        rest = (1 - SHARE[domain]) * SOLID[domain] * LENGTH[domain]
        # PyBaMM's entries hold the ends of the electrode beside its cells
        inside = slice(1, -1) if taken.shape[0] > COARSE["x_n"] else slice(None)
        expected = rest * np.mean(grown(solution, domain)[inside], axis=0)
        found = solution[thickness(domain)].entries
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-14)


def test_one_electrode_that_fills_its_pores_leaves_the_other_as_it_was():
    solution = solved(SPMe(FILLING, THICK))
    positive = solution[names.porosity("positive")].entries
    assert positive == pytest.approx(PORES["positive"], rel=1e-14)
    expected = LENGTH["positive"] * SOLID["positive"] * grown(solution, "positive")[0]
    assert solution[thickness("positive")].entries == pytest.approx(expected, rel=1e-9, abs=1e-16)
    assert np.ptp(solution[names.porosity("negative")].entries) > 1e-3
    separator = solution["Separator porosity"].entries
    assert separator == pytest.approx(0.47, rel=1e-14)


@pytest.mark.parametrize("model", [DFN, SPMe])
def test_pores_that_breathe_keep_the_salt(model):
    solution = solved(model(FILLING, FILLING), CYCLE)
    salt = solution[names.LITHIUM_ELECTROLYTE].entries
    assert np.ptp(salt) < 1e-10 * salt[0]
    lithium = solution["Total lithium [mol]"].entries
    assert np.ptp(lithium) < 1e-10 * lithium[0]
    pores = solution["X-averaged negative electrode porosity"].entries
    assert np.ptp(pores) > 1e-3


@pytest.mark.parametrize("model", [DFN, SPM])
def test_films_and_particles_take_up_the_pores_together(model):
    filling = {"sei": "solvent-diffusion", "porosity_change": True}
    both = Electrode(swelling="thickness-and-porosity", **filling)
    thick_films = {"SEI solvent diffusivity [m2.s-1]": 1e-17}
    solution = solved(model(both, Electrode(sei="none")), CYCLE, thick_films)
    film = solution["Negative SEI thickness [m]"].entries - FILM
    a = 3 / 5.86e-6 * SOLID["negative"]
    taken = SHARE["negative"] * SOLID["negative"] * grown(solution, "negative")
    assert np.max(a * film) > 1e-3
    porosity = solution[names.porosity("negative")].entries
    assert porosity == pytest.approx(PORES["negative"] - taken - a * film, rel=1e-7)
    salt = solution[names.LITHIUM_ELECTROLYTE].entries
    if model is DFN:
        assert np.ptp(salt) < 1e-10 * salt[0]
    gained = solution[names.GAINED_SEI].entries
    lithium = solution["Total lithium [mol]"].entries
    assert lithium[0] - lithium == pytest.approx(gained, abs=1e-9 * lithium[0])


@pytest.mark.parametrize("electrodes", [(THICK, Electrode()), (Electrode(), THICK)])
def test_half_a_cell_that_swells_gives_no_thickness_of_the_cell(electrodes):
    model = SPM(*electrodes)
    for domain, electrode in zip(names.DOMAINS, electrodes, strict=True):
        assert (thickness(domain) in model.variables) == (electrode is THICK)
    assert names.CELL_THICKNESS_CHANGE not in model.variables
    assert names.FREE_THICKNESS_CHANGE not in model.variables
    with pytest.raises(ModelError, match=r"stiffness .* swelling of the (negative|positive)"):
        SPM(*electrodes, constraint="stiffness")


@pytest.mark.parametrize(
    "particle", [Particle(shape="cylinder"), Particle(shape="slab", core="hollow")]
)
def test_the_measured_growth_is_that_of_any_shape(particle):
    """At the same charge the mean composition is the same, and it alone counts."""
    changes = {extra.inner_radius(domain): 1e-6 for domain in names.DOMAINS}
    shaped = Electrode(particle=particle, swelling="thickness")
    found = solved(SPM(shaped, shaped), changes=changes)[names.CELL_THICKNESS_CHANGE].entries
    expected = solved(SPM(THICK, THICK))[names.CELL_THICKNESS_CHANGE].entries
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-13)
