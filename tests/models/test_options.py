"""From a description to PyBaMM's options, word for word, and what the options then do."""

import numpy as np
import pybamm
import pytest

from twin import names
from twin.models import SPM, Electrode, Particle
from twin.models.options import pybamm_options

COARSE = {"x_n": 4, "x_s": 4, "x_p": 4, "r_n": 8, "r_p": 8}
CYCLE = ("Discharge at 1C until 3.0 V", "Charge at 1C until 4.2 V")
PLAIN = Electrode()
STRESSED = Particle(diffusion="stress-coupled")
GROWING = Electrode(sei="solvent-diffusion")
FILLING = Electrode(sei="solvent-diffusion", porosity_change=True)
PLATING = Electrode(plating="irreversible")
CLOGGING = Electrode(plating="irreversible", porosity_change=True)
REVERSIBLY_CLOGGING = Electrode(sei="constant", plating="reversible", porosity_change=True)
CRACKED = Electrode(cracks="fatigue")
ON_CRACKS = Electrode(sei="solvent-diffusion", cracks="fatigue", sei_on_cracks=True)
LAWS = {
    "reaction-limited": "reaction limited",
    "solvent-diffusion": "solvent-diffusion limited",
    "electron-migration": "electron-migration limited",
    "interstitial-diffusion": "interstitial-diffusion limited",
    "ec-reaction": "ec reaction limited",
}
SEI_PATHWAYS = (names.GAINED_SEI, names.LITHIUM_PARTICLES)
PLATED_AT_START = "Initial plated lithium concentration [mol.m-3]"
PARALLEL = "Number of electrodes connected in parallel to make a cell"


def options(negative=PLAIN, positive=PLAIN, thermal="isothermal", single_particle=True):
    return pybamm_options(negative, positive, thermal, single_particle=single_particle)


def solved(model, values=None):
    parameters = pybamm.ParameterValues("OKane2022")
    parameters.update(values or {})
    simulation = pybamm.Simulation(
        model,
        parameter_values=parameters,
        var_pts=COARSE,
        experiment=pybamm.Experiment([CYCLE]),
        solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8),
    )
    solution = simulation.solve(calc_esoh=False)
    assert len(solution.cycles[-1].steps) == len(CYCLE)
    return solution


def change(solution, name):
    entries = solution[name].entries
    return entries[..., -1] - entries[..., 0]


@pytest.mark.parametrize(
    ("negative", "option", "word"),
    [
        (Electrode(sei="constant"), "SEI", "constant"),
        *((Electrode(sei=ours), "SEI", theirs) for ours, theirs in LAWS.items()),
        (Electrode(plating="reversible"), "lithium plating", "reversible"),
        (PLATING, "lithium plating", "irreversible"),
        (
            Electrode(sei="constant", plating="partially-reversible"),
            "lithium plating",
            "partially reversible",
        ),
        (Electrode(active_material_loss="stress"), "loss of active material", "stress-driven"),
        (
            Electrode(sei="ec-reaction", active_material_loss="reaction"),
            "loss of active material",
            "reaction-driven",
        ),
        (
            Electrode(sei="ec-reaction", active_material_loss="stress-and-reaction"),
            "loss of active material",
            "stress and reaction-driven",
        ),
        (CRACKED, "particle mechanics", "swelling and cracking"),
        (Electrode(particle=STRESSED), "particle mechanics", "swelling only"),
        (Electrode(active_material_loss="stress"), "particle mechanics", "swelling only"),
        (Electrode(particle=STRESSED), "stress-induced diffusion", "false"),  # ours has it
        (CRACKED, "stress-induced diffusion", "false"),
        (ON_CRACKS, "SEI on cracks", "true"),
        (CRACKED, "SEI on cracks", "false"),
    ],
)
def test_a_choice_is_exactly_one_option_of_its_electrode(negative, option, word):
    absent = options()[option]
    one = word if word == absent else (word, absent)
    assert options(negative)[option] == one
    assert options(PLAIN, negative)[option] == (one if one == word else one[::-1])
    film = option in {"SEI", "SEI on cracks", "lithium plating"} and word != absent
    assert options(negative, negative)[option] == ((word, word) if film else word)


@pytest.mark.parametrize(
    ("option", "word"),
    [
        ("SEI", "none"),
        ("lithium plating", "none"),
        ("loss of active material", "none"),
        ("particle mechanics", "none"),
        ("stress-induced diffusion", "false"),
        ("SEI on cracks", "false"),
        ("SEI porosity change", "false"),
        ("lithium plating porosity change", "false"),
    ],
)
def test_nothing_described_is_nothing_asked_of_pybamm(option, word):
    assert options()[option] == word


def test_reaction_driven_loss_needs_no_mechanics():
    asked = options(Electrode(sei="ec-reaction", active_material_loss="reaction"))
    assert asked["particle mechanics"] == "none"


@pytest.mark.parametrize(
    ("negative", "positive", "by_sei", "by_plating"),
    [
        (GROWING, PLAIN, "false", "false"),
        (PLATING, PLAIN, "false", "false"),
        (FILLING, PLAIN, "true", "false"),
        (PLAIN, FILLING, "true", "false"),
        (CLOGGING, PLAIN, "false", "true"),
        (PLAIN, CLOGGING, "false", "true"),
        (REVERSIBLY_CLOGGING, PLAIN, "false", "true"),
        (FILLING, CLOGGING, "true", "true"),
    ],
)
def test_pores_are_filled_by_what_grows_where_it_is_asked_for(
    negative, positive, by_sei, by_plating
):
    asked = options(negative, positive)
    assert asked["SEI porosity change"] == by_sei
    assert asked["lithium plating porosity change"] == by_plating


@pytest.mark.parametrize("thermal", ["isothermal", "lumped"])
def test_temperature_is_passed_on(thermal):
    assert options(thermal=thermal)["thermal"] == thermal


@pytest.mark.parametrize(
    ("single_particle", "negative", "positive", "form"),
    [
        (True, ON_CRACKS, PLAIN, "algebraic"),
        (True, PLAIN, ON_CRACKS, "algebraic"),
        (True, CRACKED, GROWING, None),
        (True, PLAIN, PLAIN, None),
        (False, ON_CRACKS, ON_CRACKS, None),
    ],
)
def test_the_surface_is_algebraic_only_for_sei_on_cracks_of_a_single_particle(
    single_particle, negative, positive, form
):
    asked = options(negative, positive, single_particle=single_particle)
    assert asked.get("surface form") == form


@pytest.mark.parametrize(("single_particle", "word"), [(True, "true"), (False, None)])
def test_side_reactions_are_averaged_only_for_single_particles(single_particle, word):
    asked = options(GROWING, single_particle=single_particle)
    assert asked.get("x-average side reactions") == word


@pytest.mark.parametrize("law", LAWS)
def test_each_growth_law_consumes_lithium_in_a_cycle(law):
    solution = solved(SPM(Electrode(sei=law)))
    gained, lost = (change(solution, name) for name in SEI_PATHWAYS)
    assert gained > 2e-8
    assert gained == pytest.approx(-lost, rel=2e-4)
    assert change(solution, names.sei_thickness("negative")) > 0
    assert change(solution, names.sei_thickness("positive")) == 0


def test_a_constant_sei_consumes_nothing():
    solution = solved(SPM(Electrode(sei="constant")))
    gained, lost = (change(solution, name) for name in SEI_PATHWAYS)
    assert gained == 0
    assert lost == pytest.approx(0, abs=1e-8)


def test_pores_lose_the_volume_of_the_film_that_grows():
    """d(porosity) = -a dL: a thin film on the surface of the particles."""
    solution = solved(SPM(FILLING))
    area = solution["X-averaged negative electrode surface area to volume ratio [m-1]"].entries[0]
    lost = np.mean(change(solution, names.porosity("negative")))
    assert lost == pytest.approx(
        -area * change(solution, names.sei_thickness("negative")), rel=1e-2
    )
    assert lost < -1e-6
    assert np.max(np.abs(change(solution, names.porosity("positive")))) == 0


def test_lithium_plated_at_the_start_is_no_gain():
    solution = solved(
        SPM(Electrode(plating="reversible")),
        {PLATED_AT_START: 100.0, PARALLEL: 3, names.NOMINAL_CAPACITY: 15.0},
    )
    for name in (names.GAINED_PLATED, names.GAINED_DEAD, names.GAINED_SEI):
        assert solution[name].entries[0] == pytest.approx(0, abs=1e-12), name
    gained, returned = (
        change(solution, names.GAINED_PLATED),
        change(solution, names.LITHIUM_PARTICLES),
    )
    assert abs(gained) > 1e-3
    assert gained == pytest.approx(-returned, rel=1e-3)
