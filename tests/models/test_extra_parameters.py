"""Parameters beyond PyBaMM's sets: what is listed is what a model asks for, no more, no less."""

import pybamm
import pytest

from twin import names
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models.extra_parameters import cell_extras, electrode_extras, every_name

SET = frozenset(pybamm.ParameterValues("OKane2022").keys())
TENSE = {"stress_in_kinetics": "potential"}
THICK = {"swelling": "thickness"}
OPTIONS = {
    "nothing": {},
    "cylinder": {"particle": Particle(shape="cylinder")},
    "hollow": {"particle": Particle(core="hollow")},
    "open": {"particle": Particle(shape="slab", core="open-hollow")},
    "polynomials": {"particle": Particle(discretisation="polynomials")},
    **{
        law: {"particle": Particle(diffusion=law)}
        for law in (
            "stress-coupled",
            "stress-coupled-lattice-gas",
            "thermodynamic",
            "stress-coupled-thermodynamic",
            "stress-activated",
        )
    },
    "modulus": {"particle": Particle(diffusion="stress-coupled", modulus="composition-dependent")},
    "surface stress": {"particle": Particle(surface_stress=True)},
    "misfit": {"particle": Particle(misfit_stress=True)},
    "coating": {"particle": Particle(coating=True)},
    "potential": TENSE,
    "exchange": {"stress_in_kinetics": "potential-and-exchange-current"},
    "surface energy": {"surface_energy": True},
    "thickness": THICK,
    "pores": {"swelling": "thickness-and-porosity"},
    "cracks": {"cracks": "fatigue", "active_material_loss": "stress", "sei": "ec-reaction"},
}
# with stress in the kinetics, so that it is used and not only computed
USED = {
    name: {**TENSE, **choices} if "particle" in choices else choices
    for name, choices in OPTIONS.items()
}


def asked_for(model):
    """Names of the parameters in the equations, events, variables and geometry of a model."""
    symbols = model.parameters
    for limits in model.default_geometry.values():
        for bounds in limits.values():
            if isinstance(bounds, dict):
                for bound in bounds.values():
                    if isinstance(bound, pybamm.Symbol):
                        symbols = [*symbols, *bound.pre_order()]
    wanted = (pybamm.Parameter, pybamm.FunctionParameter)
    return {symbol.name for symbol in symbols if isinstance(symbol, wanted)}


def listed(model):
    extras = [
        *cell_extras(model.constraint),
        *electrode_extras("negative", model.negative_electrode),
        *electrode_extras("positive", model.positive_electrode),
    ]
    assert len({extra.name for extra in extras}) == len(extras)
    return {extra.name for extra in extras}


@pytest.mark.parametrize("domain", names.DOMAINS)
@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_lists_what_it_asks_for_beyond_the_set(domain, option):
    model = SPM(**{domain: Electrode(**OPTIONS[option])})
    assert asked_for(model) - SET == listed(model)


@pytest.mark.slow
@pytest.mark.parametrize("model", [SPMe, DFN])
@pytest.mark.parametrize("option", USED)
def test_an_option_lists_the_same_for_every_model(model, option):
    electrode = Electrode(**USED[option])
    built = model(electrode, electrode)
    assert asked_for(built) - SET == listed(built)


@pytest.mark.parametrize(
    ("constraint", "electrode"),
    [
        ("none", Electrode(**TENSE)),
        ("pressure", Electrode(**TENSE)),
        ("stiffness", Electrode(**TENSE)),
        ("stiffness", Electrode(**TENSE, swelling="thickness-and-porosity")),
    ],
)
def test_a_constraint_lists_what_it_asks_for_beyond_the_set(constraint, electrode):
    model = SPM(electrode, electrode, constraint=constraint)
    assert asked_for(model) - SET == listed(model)


def test_defaults_are_given_only_where_they_suit_every_cell():
    everything = Electrode(
        particle=Particle(core="hollow", diffusion="stress-activated", surface_stress=True),
        stress_in_kinetics="potential-and-exchange-current",
        surface_energy=True,
        swelling="thickness-and-porosity",
    )
    found = {extra.key: extra.default for extra in electrode_extras("positive", everything)}
    assert found == {
        "particle.core": None,
        "particle.diffusion": None,
        "particle.surface_stress": None,
        "stress_in_kinetics": None,
        "surface_energy": None,
        "swelling": 1.0,
    }
    pressed, held = (
        {extra.name: extra.default for extra in cell_extras(constraint)}
        for constraint in ("pressure", "stiffness")
    )
    assert set(pressed.values()) == {None, 1.0}
    assert sorted(str(value) for value in held.values()) == ["0.0", "1.0", "None", "None"]


@pytest.mark.parametrize("domain", names.DOMAINS)
def test_every_name_is_every_name(domain):
    found = set()
    for constraint in ("none", "pressure", "stiffness"):
        found |= {extra.name for extra in cell_extras(constraint)}
    for choices in OPTIONS.values():
        for of_domain in names.DOMAINS:
            found |= {extra.name for extra in electrode_extras(of_domain, Electrode(**choices))}
    assert found == every_name()
    assert not found & SET
    assert any(name.startswith(domain.capitalize()) for name in found)


def test_a_missing_parameter_is_named_by_pybamm():
    """There is no value that suits every material, so none is guessed."""
    simulation = pybamm.Simulation(
        SPM(Electrode(particle=Particle(surface_stress=True), **TENSE)),
        parameter_values=pybamm.ParameterValues("OKane2022"),
    )
    with pytest.raises(KeyError, match=r"Negative particle surface stress \[N.m-1\]"):
        simulation.build()
