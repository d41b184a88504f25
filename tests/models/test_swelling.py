"""From particles that swell to the thickness of electrodes and cell, and to pores."""

import numpy as np
import pybamm
import pytest

from tests.models import cells
from tests.models.cells import (
    COARSE,
    FILM,
    FREE_OF_LIMITS,
    LENGTH,
    MODELS,
    PARALLEL,
    PORES,
    RADIUS,
    SOLID,
    STOCK,
    okane,
)
from twin import names
from twin.errors import ModelError
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models import extra_parameters as extra

THICK = Electrode(swelling="thickness")
FILLING = Electrode(swelling="thickness-and-porosity")
SHARE = {"negative": 0.6, "positive": 0.25}
EXPANSION = 1.1e-6  # of the cell with temperature, m/K
BOTH_WAYS = ((1, 900), (-1, 600), (0, 300))
CYCLE = ((1, 1200), (0, 300), (-1, 1200), (0, 300))


def solved(model, steps=BOTH_WAYS, changes=None):
    shares = {extra.pore_share(domain): SHARE[domain] for domain in names.DOMAINS}
    return cells.solved(model, okane(FREE_OF_LIMITS, shares, changes), steps)


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
    warmer = found[names.CELL_TEMPERATURE].entries - expected[names.CELL_TEMPERATURE].entries
    # SPMe's overpotential is a series (`test_kinetics.py`), and so is the heat it makes; that of
    # SPM follows a potential that is solved for, PyBaMM's one that is given
    assert np.max(np.abs(warmer)) < (1e-4 if model is SPMe else 5e-6)
    for name in (*map(thickness, names.DOMAINS), names.CELL_THICKNESS_CHANGE):
        heated = EXPANSION * warmer if name == names.CELL_THICKNESS_CHANGE else 0.0
        theirs = expected[name].entries
        scale = np.max(np.abs(theirs))
        assert scale > 1e-6
        assert found[name].entries - heated == pytest.approx(theirs, rel=0, abs=1e-7 * scale)


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
    assert EXPANSION * warmed[-1] > 1e-7
    found = solution[names.CELL_THICKNESS_CHANGE].entries
    assert found == pytest.approx(total + EXPANSION * warmed, rel=1e-9, abs=1e-16)
    assert solution[names.FREE_THICKNESS_CHANGE].entries == pytest.approx(found, abs=0)


@pytest.mark.parametrize("model", MODELS)
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
    assert np.ptp(salt) < 1e-12 * salt[0]
    lithium = solution["Total lithium [mol]"].entries
    assert np.ptp(lithium) < 1e-11 * lithium[0]
    pores = solution["X-averaged negative electrode porosity"].entries
    assert np.ptp(pores) > 1e-3


@pytest.mark.parametrize("model", MODELS)
def test_films_and_particles_take_up_the_pores_together(model):
    filling = {"sei": "solvent-diffusion", "porosity_change": True}
    both = Electrode(swelling="thickness-and-porosity", **filling)
    thick_films = {"SEI solvent diffusivity [m2.s-1]": 1e-17}
    solution = solved(model(both, Electrode(sei="none")), CYCLE, thick_films)
    film = solution["Negative SEI thickness [m]"].entries - FILM
    a = 3 / RADIUS["negative"] * SOLID["negative"]
    taken = SHARE["negative"] * SOLID["negative"] * grown(solution, "negative")
    assert np.max(a * film) > 1e-3
    porosity = solution[names.porosity("negative")].entries
    assert porosity == pytest.approx(PORES["negative"] - taken - a * film, rel=1e-7)
    salt = solution[names.LITHIUM_ELECTROLYTE].entries
    assert np.ptp(salt) < 1e-12 * salt[0]
    assert cells.change(solution, names.GAINED_SEI) > 1e-4
    assert cells.imbalance(solution) < 1e-11


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
