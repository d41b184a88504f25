"""Descriptions: what excludes what, in words; and any other mixture builds."""

import dataclasses
import random
from dataclasses import replace
from typing import get_args, get_type_hints

import pybamm
import pytest

from twin import names
from twin.catalogue import CATALOGUE
from twin.errors import ModelError
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models import extra_parameters as extra
from twin.models.description import Constraint, conflicts, constraint_conflicts
from twin.models.sizes import LogNormal, Weibull

COARSE = {"x_n": 3, "x_s": 3, "x_p": 3}
COARSE |= dict.fromkeys(("r_n", "r_p", "r_n_prim", "r_n_sec"), 5)
TENSE = Electrode(stress_in_kinetics="potential")
THICK = Electrode(swelling="thickness")
SEED = 20261121


def electrode(**particle):
    return Electrode(particle=Particle(**particle))


@pytest.mark.parametrize("domain", names.DOMAINS)
@pytest.mark.parametrize(
    ("particle", "first", "second"),
    [
        ({"coating": True, "core": "hollow"}, "coating: true", "core is 'hollow'"),
        ({"coating": True, "core": "open-hollow"}, "coating: true", "core is 'open-hollow'"),
        (
            {"coating": True, "modulus": "composition-dependent"},
            "coating: true",
            "modulus: uniform",
        ),
        ({"coating": True, "misfit_stress": True}, "misfit_stress: true", "coating: true"),
    ],
)
def test_a_conflict_in_a_particle_names_both_choices_and_the_electrode(
    domain, particle, first, second
):
    with pytest.raises(ModelError) as refused:
        SPM(**{domain: electrode(**particle)})
    message = str(refused.value)
    assert message.startswith(f"{domain}: particle: ")
    assert first in message
    assert second in message
    assert "\n" not in message
    # each of them by itself is no conflict
    for name, choice in particle.items():
        assert conflicts(electrode(**{name: choice})) == []


@pytest.mark.parametrize("model", [SPM, SPMe, DFN])
@pytest.mark.parametrize(
    ("electrodes", "constraint", "words"),
    [
        ((Electrode(), Electrode()), "pressure", r"constraint: pressure .* neither .* stress"),
        ((THICK, THICK), "pressure", r"constraint: pressure .* neither .* stress"),
        ((THICK, THICK), "stiffness", r"constraint: stiffness .* neither .* stress"),
        ((TENSE, Electrode()), "stiffness", r"stiffness .* positive .* swelling: thickness"),
        ((Electrode(), TENSE), "stiffness", r"stiffness .* negative .* swelling: thickness"),
        ((electrode(coating=True), TENSE), "pressure", r"pressure .* coating of the negative"),
        ((TENSE, electrode(coating=True)), "stiffness", r"stiffness .* coating of the positive"),
    ],
)
def test_a_constraint_with_nothing_to_act_on_is_refused(model, electrodes, constraint, words):
    with pytest.raises(ModelError, match=words):
        model(*electrodes, constraint=constraint)


@pytest.mark.parametrize(
    ("electrodes", "constraint"),
    [
        ((TENSE, Electrode()), "pressure"),
        ((Electrode(), TENSE), "pressure"),
        ((TENSE, THICK), "stiffness"),
        ((TENSE, TENSE), "stiffness"),
        ((Electrode(), Electrode()), "none"),
    ],
)
def test_a_constraint_with_something_to_act_on_is_not(electrodes, constraint):
    assert constraint_conflicts(*electrodes, constraint) == []


def test_every_conflict_is_told_at_once():
    bad = electrode(coating=True, core="hollow", misfit_stress=True)
    with pytest.raises(ModelError) as refused:
        SPM(bad, Electrode(sei_on_cracks=True), constraint="stiffness")
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["negative"] * 2 + ["positive"] * 2 + [
        "constraint"
    ]


@pytest.mark.parametrize(
    ("choice", "stressed"),
    [
        ({}, False),
        ({"shape": "cylinder", "core": "hollow", "discretisation": "polynomials"}, False),
        ({"diffusion": "thermodynamic"}, False),
        ({"diffusion": "stress-activated"}, True),
        ({"modulus": "composition-dependent"}, True),
        ({"surface_stress": True}, True),
        ({"misfit_stress": True}, True),
        ({"coating": True}, True),
    ],
)
def test_stress_is_computed_where_a_choice_needs_it(choice, stressed):
    particle = electrode(**choice)
    assert particle.mechanics == particle.swells == stressed
    model = SPM(particle)
    assert ("negative primary particle stress" in model.submodels) == stressed
    assert "positive primary particle stress" not in model.submodels


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"sei_on_cracks": True, "cracks": "fatigue"}, "sei_on_cracks: true needs a growing SEI"),
        ({"sei_on_cracks": True, "sei": "tunnelling"}, "sei_on_cracks: true needs cracks"),
        ({"longer_path": True}, "longer_path: true needs cracks"),
        ({"active_material_loss": "stress-and-cracks"}, "active_material_loss: stress-and-cracks"),
        ({"active_material_loss": "reaction"}, "active_material_loss: reaction is driven by the"),
        ({"activated_plating": True}, "activated_plating: true needs plating"),
        ({"plating": "partially-reversible"}, "plating: partially-reversible needs an SEI"),
    ],
)
def test_a_conflict_in_a_material_starts_with_its_key_and_the_material(choices, said):
    alone = Electrode(**choices)
    (message,) = conflicts(alone)
    assert message.startswith(said)
    assert conflicts(replace(alone, secondary=Electrode())) == [f"primary: {message}"]
    assert conflicts(Electrode(secondary=alone)) == [f"secondary: {message}"]
    assert conflicts(Electrode(secondary=Electrode())) == []


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"swelling": "thickness"}, "secondary: swelling: thickness is chosen for the whole"),
        ({"porosity_change": True}, "secondary: porosity_change: true is chosen for the whole"),
        ({"secondary": Electrode()}, "secondary: secondary: an electrode has at most two"),
    ],
)
def test_what_is_not_a_choice_of_one_material_is_refused_for_one(choice, said):
    (message,) = conflicts(Electrode(secondary=Electrode(sei="tunnelling", **choice)))
    assert message.startswith(said)


def test_pores_may_be_filled_by_either_material():
    for choices in ({"sei": "tunnelling"}, {"secondary": Electrode(plating="reversible")}):
        assert conflicts(Electrode(porosity_change=True, **choices)) == []
    (message,) = conflicts(Electrode(porosity_change=True, secondary=Electrode(sei="constant")))
    assert message.startswith("porosity_change: true needs a growing SEI or plating")


@pytest.mark.parametrize(
    "wrong", [{"sizes": 0.3}, {"sizes": LogNormal}, {"secondary": Particle()}, {"particle": {}}]
)
def test_a_part_of_another_kind_is_refused(wrong):
    with pytest.raises(
        ModelError, match=rf"Electrode\({next(iter(wrong))}=...\): an object of type"
    ):
        Electrode(**wrong)


# ---- random mixtures

SIZES = (LogNormal(sd=0.3, nodes=2), Weibull(sd=0.3, nodes=3))


def draw(rng, kind):
    """A description with every choice drawn; most the default; of one material."""
    given = {}
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        if hint is Particle:
            given[field.name] = draw(rng, Particle)
        elif rng.random() < 0.85 or field.name == "secondary":
            given[field.name] = field.default
        elif field.name == "sizes":
            given[field.name] = rng.choice(SIZES)
        else:
            words = get_args(hint)
            if type(None) in words:
                words = (*get_args(words[0]), None)
            given[field.name] = rng.choice([False, True] if hint is bool else words)
    return kind(**given)


def descriptions(count, seed, composite):
    rng = random.Random(seed)
    for _ in range(count):
        negative, positive = draw(rng, Electrode), draw(rng, Electrode)
        if composite:
            second = replace(draw(rng, Electrode), swelling="none", porosity_change=False)
            negative = replace(negative, secondary=second)
        yield negative, positive, rng.choice(get_args(Constraint))


def with_extras(model):
    """Parameters of a set with as many materials, and whatever else the model asks for."""
    composite = model.electrodes["negative"].secondary is not None
    values = pybamm.ParameterValues("Bonkile2024" if composite else "OKane2022")
    extras = list(extra.cell_extras(model.constraint))
    for domain, electrode_ in model.electrodes.items():
        extras += extra.electrode_extras(domain, electrode_)
    info = CATALOGUE["Bonkile2024" if composite else "OKane2022"]
    given = {name: 0.37 for names_ in info.missing.values() for name in names_}
    values.update(given | {item.name: 1e-7 for item in extras}, check_already_exists=False)
    return values


def builds(model_class, negative, positive, constraint):
    """Whether a description builds, with its own parameters and no others; or is refused."""
    try:
        model = model_class(negative, positive, constraint=constraint)
    except ModelError as refusal:
        advice = ("because", "choose", "Choose", "give", "keep", "leave out")
        if not any(word in str(refusal) for word in advice):
            raise
        return False
    points = {**model.default_var_pts, **COARSE}
    simulation = pybamm.Simulation(model, parameter_values=with_extras(model), var_pts=points)
    simulation.build()
    assert simulation.built_model.concatenated_rhs.shape[0] > 0
    return True


@pytest.mark.parametrize("composite", [False, True])
def test_random_descriptions_build_or_are_refused_with_a_reason(composite):
    counts = [builds(SPM, *case) for case in descriptions(30, SEED, composite)]
    assert 4 <= sum(counts) <= 27


@pytest.mark.slow
@pytest.mark.parametrize("model", [SPM, SPMe, DFN])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("composite", [False, True])
def test_more_random_descriptions_build_or_are_refused_with_a_reason(model, seed, composite):
    counts = [builds(model, *case) for case in descriptions(60, seed, composite)]
    assert any(counts)
    assert not all(counts)
