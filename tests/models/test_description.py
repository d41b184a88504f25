"""Descriptions: what excludes what, in words; and any other mixture builds."""

import dataclasses
import random
from typing import get_args, get_type_hints

import pybamm
import pytest

from twin import names
from twin.errors import ModelError
from twin.models import DFN, SPM, Electrode, Particle, SPMe
from twin.models import extra_parameters as extra
from twin.models.description import Constraint, conflicts, constraint_conflicts

COARSE = {"x_n": 3, "x_s": 3, "x_p": 3, "r_n": 5, "r_p": 5}
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


# ---- random mixtures


def draw(rng, kind):
    """A description with every choice drawn; three of four the default."""
    given = {}
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        if hint is Particle:
            given[field.name] = draw(rng, Particle)
        elif rng.random() < 0.75:
            given[field.name] = field.default
        else:
            given[field.name] = rng.choice([False, True] if hint is bool else get_args(hint))
    return kind(**given)


def descriptions(count, seed):
    rng = random.Random(seed)
    for _ in range(count):
        yield draw(rng, Electrode), draw(rng, Electrode), rng.choice(get_args(Constraint))


def with_extras(model):
    values = pybamm.ParameterValues("OKane2022")
    extras = list(extra.cell_extras(model.constraint))
    for domain, electrode_ in model.electrodes.items():
        extras += extra.electrode_extras(domain, electrode_)
    values.update({item.name: 1e-7 for item in extras}, check_already_exists=False)
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
    simulation = pybamm.Simulation(model, parameter_values=with_extras(model), var_pts=COARSE)
    simulation.build()
    assert simulation.built_model.concatenated_rhs.shape[0] > 0
    return True


def test_random_descriptions_build_or_are_refused_with_a_reason():
    counts = [builds(SPM, *case) for case in descriptions(40, SEED)]
    assert 10 <= sum(counts) <= 34


@pytest.mark.slow
@pytest.mark.parametrize("model", [SPM, SPMe, DFN])
@pytest.mark.parametrize("seed", range(3))
def test_more_random_descriptions_build_or_are_refused_with_a_reason(model, seed):
    counts = [builds(model, *case) for case in descriptions(60, seed)]
    assert any(counts)
    assert not all(counts)
