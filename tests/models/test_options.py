"""What PyBaMM is told of a model, what is refused before it is, and what choices then do."""

from typing import get_args

import numpy as np
import pybamm
import pytest

from twin import names
from twin.errors import ModelError
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models.description import GROWING_SEI, ActiveMaterialLoss, Cracks, Plating, Sei
from twin.models.options import check, pybamm_options
from twin.models.sei_laws import NEEDS
from twin.models.sizes import LogNormal

COARSE = {"x_n": 4, "x_s": 4, "x_p": 4, "r_n": 8, "r_p": 8}
CYCLE = ("Discharge at 1C until 3.0 V", "Charge at 1C until 4.2 V")
PLAIN = Electrode()
FILLING = Electrode(sei="solvent-diffusion", porosity_change=True)
TWO = Electrode(secondary=Electrode())
SEI_PATHWAYS = (names.GAINED_SEI, names.LITHIUM_PARTICLES)
PLATED_AT_START = "Initial plated lithium concentration [mol.m-3]"
PARALLEL = "Number of electrodes connected in parallel to make a cell"
# numbers with which the laws differ from the reaction alone; of no particular cell
BESIDE_THE_SET = {
    "SEI growth transfer coefficient": 0.5,
    "SEI lithium ion conductivity [S.m-1]": 1e-6,
    "Tunneling distance for electrons [m]": 1e-9,
    "Tunneling barrier factor [m-1]": 1e8,
}
CHOICES = {
    **{f"sei: {law}": Electrode(sei=law) for law in get_args(Sei)},
    **{f"cracks: {kind}": Electrode(cracks=kind) for kind in get_args(Cracks)},
    **{f"plating: {kind}": Electrode(plating=kind, sei="constant") for kind in get_args(Plating)},
    **{
        f"loss: {kind}": Electrode(sei="tunnelling", cracks="fatigue", active_material_loss=kind)
        for kind in get_args(ActiveMaterialLoss)
    },
    "sizes": Electrode(sizes=LogNormal(sd=0.3)),
    "particle": Electrode(particle=Particle(shape="slab", diffusion="stress-coupled")),
    "pores": FILLING,
}


def options(negative=PLAIN, positive=PLAIN, thermal="isothermal", single_particle=True):
    return pybamm_options(negative, positive, thermal, single_particle=single_particle)


def solved(model, values=None):
    parameters = pybamm.ParameterValues("OKane2022")
    parameters.update(values or {}, check_already_exists=False)
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


# ---- what PyBaMM is told


@pytest.mark.parametrize("single_particle", [True, False])
@pytest.mark.parametrize("electrode", CHOICES.values(), ids=CHOICES)
def test_what_is_ours_is_not_asked_of_pybamm(electrode, single_particle):
    plain = dict(options(single_particle=single_particle))
    assert dict(options(electrode, PLAIN, single_particle=single_particle)) == plain
    assert dict(options(PLAIN, electrode, single_particle=single_particle)) == plain


@pytest.mark.parametrize(
    "option",
    ["SEI", "SEI on cracks", "lithium plating", "loss of active material", "particle mechanics"],
)
def test_pybamm_supplies_none_of_it(option):
    assert options(FILLING, Electrode(cracks="fatigue"))[option] in ("none", "false")


@pytest.mark.parametrize(
    ("negative", "positive", "phases"),
    [
        (PLAIN, PLAIN, "1"),
        (TWO, PLAIN, ("2", "1")),
        (PLAIN, TWO, ("1", "2")),
        (TWO, TWO, ("2", "2")),
    ],
)
@pytest.mark.parametrize("single_particle", [True, False])
def test_an_electrode_has_as_many_phases_as_materials(negative, positive, phases, single_particle):
    asked = options(negative, positive, single_particle=single_particle)
    assert asked["particle phases"] == phases
    assert asked["surface form"] == ("algebraic" if single_particle else "false")


@pytest.mark.parametrize("thermal", ["isothermal", "lumped"])
def test_temperature_is_passed_on(thermal):
    assert options(thermal=thermal)["thermal"] == thermal


@pytest.mark.parametrize(("single_particle", "word"), [(True, "true"), (False, "false")])
def test_side_reactions_are_averaged_only_for_single_particles(single_particle, word):
    asked = options(FILLING, single_particle=single_particle)
    assert asked["x-average side reactions"] == word


# ---- what is refused


def test_choices_that_go_together_are_not_refused():
    assert check(FILLING, TWO, "none", True) is None


def test_every_conflict_is_a_line_with_its_electrode():
    wrong = Electrode(longer_path=True)
    with pytest.raises(ModelError) as refused:
        check(wrong, Electrode(secondary=wrong), "pressure", True)
    starts = [line.partition(" needs")[0] for line in str(refused.value).splitlines()]
    assert starts[:2] == ["negative: longer_path: true", "positive: secondary: longer_path: true"]
    assert starts[2].startswith("constraint: pressure presses on particles, but neither")
    assert starts[3] == "dry_out: true"
    assert len(starts) == 4


@pytest.mark.parametrize("model", [SPM, SPMe, DFN])
def test_a_model_asks_for_all_of_it(model):
    with pytest.raises(ModelError, match=r"^positive: longer_path"):
        model(PLAIN, Electrode(longer_path=True))
    with pytest.raises(ModelError, match=r"^dry_out: true needs a growing SEI"):
        model(dry_out=True)


# ---- what choices do


@pytest.mark.parametrize("law", sorted(GROWING_SEI))
def test_each_growth_law_consumes_lithium_in_a_cycle(law):
    values = {name: BESIDE_THE_SET[name] for name in NEEDS.get(law, ())}
    solution = solved(SPM(Electrode(sei=law)), values)
    gained, lost = (change(solution, name) for name in SEI_PATHWAYS)
    assert gained > 2e-9
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
