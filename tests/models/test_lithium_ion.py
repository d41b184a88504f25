"""Models from descriptions: they build, reduce to PyBaMM's, conserve lithium, refuse conflicts."""

import itertools

import numpy as np
import pybamm
import pytest

from tests.models.cells import (
    FILM,
    FREE_OF_LIMITS,
    PARALLEL,
    PORES,
    RADIUS,
    SINKS,
    SOLID,
    STOCK,
    change,
    imbalance,
    okane,
    solved,
)
from twin import names
from twin.errors import ModelError
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models.description import conflicts
from twin.models.ledger import ledger_variables

COARSE = {"x_n": 6, "x_s": 4, "x_p": 6, "r_n": 10, "r_p": 10}
CYCLE = ("Discharge at 1C until 2.5 V", "Charge at C/2 until 4.2 V", "Hold at 4.2 V until C/20")
STRESSED = Particle(diffusion="stress-coupled")
AGEING_NEGATIVE = Electrode(
    particle=STRESSED,
    sei="solvent-diffusion",
    sei_on_cracks=True,
    cracks="fatigue",
    plating="partially-reversible",
    active_material_loss="stress",
)
AGEING_POSITIVE = Electrode(particle=STRESSED, cracks="fatigue", active_material_loss="stress")
LOSING = Electrode(cracks="fatigue", active_material_loss="stress")


def cycle(model, cycles=1, parallel=1, rtol=1e-6, atol=1e-8):
    values = pybamm.ParameterValues("OKane2022")
    values.update({PARALLEL: parallel, names.NOMINAL_CAPACITY: 5.0 * parallel})
    simulation = pybamm.Simulation(
        model,
        parameter_values=values,
        var_pts=COARSE,
        experiment=pybamm.Experiment([CYCLE] * cycles),
        solver=pybamm.IDAKLUSolver(rtol=rtol, atol=atol),
    )
    solution = simulation.solve(calc_esoh=False)
    assert len(solution.cycles[-1].steps) == len(CYCLE)
    return solution


@pytest.mark.parametrize("model", [DFN, SPMe, SPM])
@pytest.mark.parametrize("parallel", [1, 3])
def test_books_of_lithium_close(model, parallel):
    solution = cycle(model(AGEING_NEGATIVE, AGEING_POSITIVE), parallel=parallel)
    assert min(change(solution, name) for name in SINKS) > 0
    assert -change(solution, names.LITHIUM_PARTICLES) > 1e-4
    # every entry is linear in states, so no tolerance of the integration is in it
    assert imbalance(solution) < 1e-11


def test_parallel_electrodes_multiply_every_sink():
    one, three = (cycle(SPM(AGEING_NEGATIVE, AGEING_POSITIVE), parallel=n) for n in (1, 3))
    for name in SINKS:
        assert change(three, name) == pytest.approx(3 * change(one, name), rel=2e-5)


def test_pybamm_still_forgets_parallel_electrodes():
    """Fails when PyBaMM counts them: then the factor in `ledger_variables` must go."""
    model = pybamm.lithium_ion.SPM({"SEI": "solvent-diffusion limited"})
    model.variables.update(ledger_variables(model.param, model.variables, model.options))
    solution = cycle(model, parallel=3, rtol=1e-8, atol=1e-10)
    counted = change(solution, "Loss of lithium to negative SEI [mol]")
    assert -change(solution, names.LITHIUM_PARTICLES) == pytest.approx(3 * counted, rel=1e-3)
    assert change(solution, names.GAINED_SEI) == pytest.approx(3 * counted, rel=1e-12)


def test_pybamm_still_forgets_sei_on_cracks_in_single_particle_models():
    """Fails when PyBaMM debits it: then the algebraic surface form need not be forced."""
    options = {
        "SEI": ("solvent-diffusion limited", "none"),
        "SEI on cracks": ("true", "false"),
        "particle mechanics": "swelling and cracking",
    }
    model = pybamm.lithium_ion.SPM(options)
    simulation = pybamm.Simulation(
        model,
        parameter_values=pybamm.ParameterValues("OKane2022"),
        var_pts=COARSE,
        experiment=pybamm.Experiment([CYCLE]),
    )
    solution = simulation.solve(calc_esoh=False)
    on_cracks = change(solution, "Loss of lithium to negative SEI on cracks [mol]")
    sei = change(solution, "Loss of lithium to negative SEI [mol]")
    lost = -change(solution, names.LITHIUM_PARTICLES)
    assert lost == pytest.approx(sei, rel=1e-2)
    assert on_cracks > sei


@pytest.mark.parametrize("ours", STOCK)
def test_nothing_asked_for_is_pybamms_model(ours):
    found, expected = (cycle(model(), rtol=1e-8, atol=1e-10) for model in (ours, STOCK[ours]))
    times = np.linspace(0, 0.999 * min(found.t[-1], expected.t[-1]), 50)
    # the mean overpotential of SPMe is a series (`test_kinetics.py`); the rest is integration
    gap = 3e-6 if ours is SPMe else 1e-7
    voltage, theirs = (run[names.VOLTAGE](times) for run in (found, expected))
    assert voltage == pytest.approx(theirs, rel=0, abs=gap)


def error_of_the_account(model):
    """Of the lithium in lost material, at default tolerances [-]."""
    name = names.trapped_lithium("negative")
    exact, default = (
        change(cycle(model(), rtol=rtol, atol=1e-2 * rtol), name) for rtol in (1e-9, 1e-4)
    )
    return abs(default / exact - 1)


@pytest.mark.parametrize("pair", [(AGEING_NEGATIVE, AGEING_POSITIVE), (LOSING, LOSING)])
def test_scaled_account_follows_a_tight_solution_at_default_tolerances(pair):
    assert error_of_the_account(lambda: SPM(*pair)) < 2e-3


def test_pybamm_still_follows_its_unscaled_account_loosely():
    """Fails when PyBaMM has given it a scale."""
    options = {
        "particle mechanics": "swelling and cracking",
        "loss of active material": "stress-driven",
    }
    assert error_of_the_account(lambda: pybamm.lithium_ion.SPM(dict(options))) > 1e-2


# ---- films of lost material

QUICK_LOSS = {
    "Negative electrode LAM constant proportional term [s-1]": 1e-2,
    "Positive electrode LAM constant proportional term [s-1]": 0.0,
}
FILMED = {"sei": "solvent-diffusion", "cracks": "fatigue"}
FOR_A_WHILE = ((0.5, 1200), (0, 600))


def film_and_material(model):
    """Thickness of the film [m], and the share of material left."""
    solution = solved(model, okane(FREE_OF_LIMITS, QUICK_LOSS), FOR_A_WHILE)
    thickness = solution[names.sei_thickness("negative")].entries
    left = solution["X-averaged negative electrode active material volume fraction"].entries
    return thickness, left / left[0]


def test_films_of_lost_material_do_not_thicken_those_that_are_left():
    """This film grows by its thickness alone, and so it does whatever is lost beside it."""
    found, left = film_and_material(SPM(Electrode(**FILMED, active_material_loss="stress")))
    kept, whole = film_and_material(SPM(Electrode(**FILMED)))
    assert left[-1] < 0.95
    assert np.all(whole == 1)
    assert kept[-1] > 1.001 * FILM
    assert found == pytest.approx(kept, rel=1e-7)


def test_pybamm_still_puts_films_of_lost_material_on_what_is_left():
    options = {
        "SEI": ("solvent-diffusion limited", "none"),
        "particle mechanics": "swelling and cracking",
        "stress-induced diffusion": "false",
        "loss of active material": ("stress-driven", "none"),
    }
    found, left = film_and_material(pybamm.lithium_ion.SPM(options))
    kept, ours = film_and_material(SPM(Electrode(**FILMED, active_material_loss="stress")))
    assert left == pytest.approx(ours, abs=1e-6)
    assert left[-1] < 0.95
    assert found[-1] / kept[-1] == pytest.approx(1 / left[-1], rel=1e-3)


def choices():
    for sei, cracks, plating, loss in itertools.product(
        ("none", "solvent-diffusion", "ec-reaction"),
        ("none", "fatigue"),
        ("none", "reversible", "partially-reversible"),
        ("none", "stress", "stress-and-reaction"),
    ):
        for on_cracks in (False, True):
            yield Electrode(
                sei=sei,
                cracks=cracks,
                plating=plating,
                active_material_loss=loss,
                sei_on_cracks=on_cracks,
            )


def test_every_combination_builds_or_is_refused_with_a_reason():
    built = refused = 0
    for negative in choices():
        problems = conflicts(negative)
        if problems:
            with pytest.raises(ModelError, match=r"because|would|choose"):
                SPM(negative, build=False)
            refused += 1
        else:
            SPM(negative)
            built += 1
    # no SEI: 2 cracks x 2 plating x 2 losses; each of two SEI laws: 2 x 3 x 3, and on cracks 3 x 3
    assert built == 8 + 2 * (18 + 9)
    assert built + refused == 108


@pytest.mark.parametrize(
    ("electrode", "words"),
    [
        ({"sei_on_cracks": True, "sei": "solvent-diffusion"}, "needs cracks: fatigue"),
        ({"sei_on_cracks": True, "cracks": "fatigue"}, "needs a growing SEI"),
        ({"active_material_loss": "reaction"}, "driven by the SEI reaction"),
        ({"plating": "partially-reversible"}, "needs an SEI"),
        ({"porosity_change": True}, "fills the pores"),
    ],
)
def test_conflicts_name_both_choices(electrode, words):
    with pytest.raises(ModelError, match=words):
        DFN(Electrode(**electrode))


@pytest.mark.parametrize("model", [SPM, DFN])
@pytest.mark.parametrize(("filling", "other"), [("negative", "positive"), ("positive", "negative")])
def test_one_electrode_fills_its_pores_and_the_other_does_not(model, filling, other):
    film = {"sei": "solvent-diffusion"}
    # a film of EC diffusion does not ask for the potential, so it grows on either electrode
    quick = {"SEI solvent diffusivity [m2.s-1]": 1e-17}
    electrodes = {
        filling: Electrode(**film, porosity_change=True),
        other: Electrode(**film),
    }
    solution = solved(model(**electrodes), okane(FREE_OF_LIMITS, quick), ((1, 600),))
    grown = {
        domain: solution[f"{domain.capitalize()} SEI thickness [m]"].entries - FILM
        for domain in names.DOMAINS
    }
    assert min(grown[domain][..., -1].min() for domain in names.DOMAINS) > 1e-9
    a = 3 / RADIUS[filling] * SOLID[filling]
    pores = solution[names.porosity(filling)].entries
    assert pores == pytest.approx(PORES[filling] - a * grown[filling], rel=1e-9)
    still = solution[names.porosity(other)].entries
    assert still == pytest.approx(PORES[other], rel=1e-14)


def test_an_unknown_choice_names_the_nearest():
    with pytest.raises(ModelError, match=r"did you mean 'solvent-diffusion'"):
        Electrode(sei="solvent-difusion")


@pytest.mark.parametrize("name", ["celltwin_DFN", "celltwin_SPMe", "celltwin_SPM"])
def test_models_are_registered_with_pybamm(name):
    model = pybamm.Model(name, AGEING_NEGATIVE)
    assert type(model).__name__ == name.removeprefix("celltwin_")
