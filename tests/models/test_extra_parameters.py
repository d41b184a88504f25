"""Parameters beyond PyBaMM's sets: what is listed is what a model asks for, no more, no less."""

import pybamm
import pytest

from twin import names
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models.extra_parameters import cell_extras, electrode_extras, every_name, pore_share
from twin.models.sizes import LogNormal, Weibull

SET = frozenset(pybamm.ParameterValues("OKane2022").keys())
COMPOSITE_SET = frozenset(pybamm.ParameterValues("Bonkile2024").keys())
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
    "fracture": {"cracks": "fatigue-and-fracture"},
    "longer path": {"cracks": "fatigue", "longer_path": True},
    "cut off": {"cracks": "fatigue", "active_material_loss": "stress-and-cracks"},
    "plating": {"plating": "reversible"},
    "activated plating": {"plating": "irreversible", "activated_plating": True},
    "sizes": {"sizes": LogNormal(sd=0.3, nodes=3)},
    "sizes and fracture": {"sizes": Weibull(sd=0.3, nodes=3), "cracks": "fatigue-and-fracture"},
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
        *cell_extras(model.constraint, model.dry_out),
        *electrode_extras("negative", model.electrodes["negative"]),
        *electrode_extras("positive", model.electrodes["positive"]),
    ]
    assert len({extra.name for extra in extras}) == len(extras)
    return {extra.name for extra in extras}


@pytest.mark.parametrize("domain", names.DOMAINS)
@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_lists_what_it_asks_for_beyond_the_set(domain, option):
    model = SPM(**{domain: Electrode(**OPTIONS[option])})
    assert asked_for(model) - SET == listed(model)


def composite(first, second):
    """Return an electrode of two materials; what is the whole electrode's from the first."""
    inner = {key: value for key, value in second.items() if key != "swelling"}
    return Electrode(**first, secondary=Electrode(**inner))


@pytest.mark.parametrize("option", OPTIONS)
def test_a_second_material_lists_what_it_asks_for_with_its_prefix(option):
    for electrode, prefix in (
        (composite(OPTIONS[option], {}), "Primary: "),
        (composite({}, OPTIONS[option]), "Secondary: "),
    ):
        model = SPM(negative=electrode)
        assert asked_for(model) - COMPOSITE_SET == listed(model)
        single = {
            extra.name for extra in electrode_extras("negative", Electrode(**OPTIONS[option]))
        }
        whole = {pore_share("negative")}
        own = {prefix + name for name in single - whole}
        assert listed(model) - whole == own


def test_a_key_leads_to_the_material_that_asks():
    electrode = composite(OPTIONS["fracture"], OPTIONS["hollow"])
    keys = {extra.name: extra.key for extra in electrode_extras("negative", electrode)}
    assert keys["Primary: Negative electrode fracture toughness [Pa.m0.5]"] == "cracks"
    assert keys["Secondary: Negative particle inner radius [m]"] == "secondary.particle.core"


@pytest.mark.parametrize("model", [SPM, DFN])
def test_dry_out_lists_what_it_asks_for_beyond_the_set(model):
    built = model(Electrode(sei="solvent-diffusion"), dry_out=True)
    assert asked_for(built) - SET == listed(built)
    assert len(listed(built)) == 3


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
        found |= {extra.name for extra in cell_extras(constraint, dry_out=True)}
    for choices in OPTIONS.values():
        for of_domain in names.DOMAINS:
            for electrode in (Electrode(**choices), composite(choices, choices)):
                found |= {extra.name for extra in electrode_extras(of_domain, electrode)}
    assert found == every_name()
    assert not found & (SET | COMPOSITE_SET)
    assert any(name.startswith(domain.capitalize()) for name in found)


def test_a_missing_parameter_is_named_by_pybamm():
    """There is no value that suits every material, so none is guessed."""
    simulation = pybamm.Simulation(
        SPM(Electrode(particle=Particle(surface_stress=True), **TENSE)),
        parameter_values=pybamm.ParameterValues("OKane2022"),
    )
    with pytest.raises(KeyError, match=r"Negative particle surface stress \[N.m-1\]"):
        simulation.build()
