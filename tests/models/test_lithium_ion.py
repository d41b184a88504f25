"""Models from descriptions: they build, reduce to PyBaMM's, conserve lithium, refuse conflicts."""

import itertools

import numpy as np
import pybamm
import pytest

from twin import names
from twin.errors import ModelError
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models.description import conflicts

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
SINKS = (
    names.GAINED_SEI,
    names.GAINED_SEI_ON_CRACKS,
    names.GAINED_PLATED,
    names.GAINED_DEAD,
    names.GAINED_LOST_MATERIAL,
)


def cycle(model, cycles=1, parallel=1, rtol=1e-6, atol=1e-8):
    values = pybamm.ParameterValues("OKane2022")
    name = "Number of electrodes connected in parallel to make a cell"
    values.update({name: parallel, names.NOMINAL_CAPACITY: 5.0 * parallel})
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


def change(solution, name):
    entries = solution[name].entries
    return entries[-1] - entries[0]


@pytest.mark.parametrize("model", [DFN, SPMe, SPM])
@pytest.mark.parametrize("parallel", [1, 3])
def test_books_of_lithium_close(model, parallel):
    solution = cycle(model(AGEING_NEGATIVE, AGEING_POSITIVE), parallel=parallel)
    gained = {name: change(solution, name) for name in SINKS}
    lost = -change(solution, names.LITHIUM_PARTICLES) - change(solution, names.LITHIUM_ELECTROLYTE)
    assert min(gained.values()) > 0
    assert sum(gained.values()) == pytest.approx(lost, rel=2e-4)


def test_parallel_electrodes_multiply_every_sink():
    one, three = (cycle(SPM(AGEING_NEGATIVE, AGEING_POSITIVE), parallel=n) for n in (1, 3))
    for name in SINKS:
        assert change(three, name) == pytest.approx(3 * change(one, name), rel=1e-3)


def test_pybamm_still_forgets_parallel_electrodes():
    """Fails when PyBaMM counts them: then the factor in `ledger_variables` must go."""
    model = SPM(Electrode(sei="solvent-diffusion"))
    solution = cycle(model, parallel=3)
    stock = change(solution, "Loss of lithium to negative SEI [mol]")
    assert change(solution, names.GAINED_SEI) == pytest.approx(3 * stock, rel=1e-12)


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


@pytest.mark.parametrize(
    ("ours", "stock"),
    [(DFN, pybamm.lithium_ion.DFN), (SPMe, pybamm.lithium_ion.SPMe), (SPM, pybamm.lithium_ion.SPM)],
)
def test_nothing_asked_for_is_pybamms_model(ours, stock):
    ours, stock = cycle(ours()), cycle(stock())
    times = np.linspace(0, 0.999 * min(ours.t[-1], stock.t[-1]), 50)
    assert ours[names.VOLTAGE](times) == pytest.approx(stock[names.VOLTAGE](times), abs=2e-5)


def test_scaled_account_follows_a_tight_solution_at_default_tolerances():
    """PyBaMM's unscaled account is several per cent off here."""
    exact = cycle(SPM(AGEING_NEGATIVE, AGEING_POSITIVE), rtol=1e-9, atol=1e-11)
    default = cycle(SPM(AGEING_NEGATIVE, AGEING_POSITIVE), rtol=1e-4, atol=1e-6)
    name = names.GAINED_LOST_MATERIAL
    assert change(default, name) == pytest.approx(change(exact, name), rel=1e-2)


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


def test_electrodes_that_fill_their_pores_do_so_together():
    filling = Electrode(sei="solvent-diffusion", porosity_change=True)
    other = Electrode(sei="solvent-diffusion")
    with pytest.raises(ModelError, match="give both the same"):
        SPM(filling, other)
    assert SPM(filling, Electrode()).options["SEI porosity change"] == "true"


def test_an_unknown_choice_names_the_nearest():
    with pytest.raises(ModelError, match=r"did you mean 'solvent-diffusion'"):
        Electrode(sei="solvent-difusion")


@pytest.mark.parametrize("name", ["celltwin_DFN", "celltwin_SPMe", "celltwin_SPM"])
def test_models_are_registered_with_pybamm(name):
    model = pybamm.Model(name, AGEING_NEGATIVE)
    assert type(model).__name__ == name.removeprefix("celltwin_")
