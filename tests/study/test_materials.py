"""Electrodes of two materials in a study, and what parameter sets have for the choices."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import twin
from tests.study.conftest import Write, composite, given, problems
from twin.catalogue import CATALOGUE
from twin.cli import app
from twin.models.description import Electrode
from twin.models.sizes import LogNormal
from twin.study import load_study

TUNNELLING = "Tunneling barrier factor [m-1]"
# what an electrode has, and parts of the one message: line and key, and what it says
BAD_MATERIALS = {
    "no mapping": (
        "secondary: silicon",
        ":9: model.negative.secondary: 'silicon' is not a section; give a mapping with particle",
    ),
    "misspelt key": (
        "secondary:\n      crack: fatigue",
        ":10: model.negative.secondary.crack: unknown key",
        "did you mean 'cracks'?",
    ),
    "misspelt law": (
        "secondary:\n      sei: tunneling",
        ":10: model.negative.secondary.sei: 'tunneling' is not allowed",
        "did you mean 'tunnelling'?",
    ),
    "word for true": (
        "secondary:\n      longer_path: yes",
        ":10: model.negative.secondary.longer_path: 'yes' is neither true nor false",
    ),
    "word for true in a particle": (
        "secondary: {particle: {coating: yes}}",
        "model.negative.secondary.particle.coating: 'yes' is neither true nor false",
    ),
    "sizes": (
        "secondary:\n      sizes:\n        law: weibull\n        sd: 3",
        ":12: model.negative.secondary.sizes.sd: 3.0 is not a width",
    ),
    "file of sizes": (
        "secondary:\n      sizes:\n        law: histogram\n        file: none.csv",
        ":12: model.negative.secondary.sizes.file: there is no file",
    ),
    "swelling of one material": (
        "secondary:\n      swelling: thickness",
        ":10: model.negative.secondary.swelling: thickness is chosen for the whole electrode, not "
        "for one of its materials; give it one level up",
    ),
    "pores of one material": (
        "secondary: {porosity_change: true}",
        "model.negative.secondary.porosity_change: true is chosen for the whole electrode",
    ),
    "three materials": (
        "secondary:\n      secondary: {}",
        ":10: model.negative.secondary.secondary: an electrode has at most two materials",
    ),
    "conflict in the second": (
        "secondary:\n      longer_path: true",
        ":10: model.negative.secondary.longer_path: true needs cracks: fatigue",
    ),
    "conflict in the first": (
        "longer_path: true\n    secondary: {}",
        ":9: model.negative.longer_path: true needs cracks: fatigue",
    ),
    "law that the set has no parameters for": (
        "secondary: {sei: von-kolzenberg}",
        "model.negative.secondary.sei: 'von-kolzenberg' needs parameters for von-kolzenberg "
        "growth of the SEI, which Bonkile2024 does not have (Secondary: SEI lithium ion "
        "conductivity [S.m-1], Secondary: Tunneling distance for electrons [m]). No set has "
        "them; give values under cell.values, or leave it out",
    ),
    "parameter of ours": (
        "secondary: {cracks: fatigue-and-fracture}",
        "model.negative.secondary.cracks: needs a value for "
        "'Secondary: Negative electrode fracture toughness [Pa.m0.5]'",
    ),
}


@pytest.mark.parametrize("case", BAD_MATERIALS.values(), ids=BAD_MATERIALS.keys())
def test_a_defect_in_a_second_material_gives_one_message_at_its_line(
    case: tuple[str, ...], write: Write
) -> None:
    choices, *parts = case
    (problem,) = problems(given(write, choices, "Bonkile2024"))
    for part in parts:
        assert part in problem


def test_a_conflict_in_a_particle_is_said_at_its_key(write: Write) -> None:
    particle = "particle: {coating: true, core: hollow}"
    for choices, key in ((particle, ""), (f"secondary: {{{particle}}}", "secondary.")):
        file = given(write, choices, "Bonkile2024" if key else "OKane2022")
        said = f": model.negative.{key}particle.coating: true is for solid particles, but core is"
        assert sum(said in problem for problem in problems(file)) == 1


def test_all_that_is_wrong_in_an_electrode_is_said_at_once(write: Write) -> None:
    choices = """\
sei: tunneling
    longer_path: 1
    particle: {coating: yes, shap: sphere}
    sizes: {law: lognormal, sd: "0.3", men: 1}
    secondary:
      sizes:
        law: mixture
        parts: [{law: weibul}, {law: weibull, sd: 9, mean: 1e-6}]
        shares: [1]
      plating: sometimes"""
    keys = [text.split(": ")[1] for text in problems(given(write, choices, "Bonkile2024"))]
    assert keys == [
        "model.negative.sei",
        "model.negative.longer_path",
        "model.negative.particle.shap",
        "model.negative.particle.coating",
        "model.negative.sizes.sd",
        "model.negative.sizes.men",
        "model.negative.secondary.sizes.parts[1].law",
        "model.negative.secondary.sizes.parts[2].sd",
        "model.negative.secondary.plating",
    ]


# ---- parameter sets


def test_a_second_material_needs_a_set_that_has_one(write: Write) -> None:
    (problem,) = problems(given(write, "secondary: {sei: solvent-diffusion, plating: reversible}"))
    assert ":9: model.negative.secondary: needs a parameter set with two materials" in problem
    assert "in the negative electrode, and OKane2022 has one. Sets that have two: " in problem
    assert problem.endswith("Bonkile2024; choose one of these as cell.parameters, or leave it out")


def test_a_set_of_two_materials_needs_both_described(write: Write) -> None:
    (problem,) = problems(given(write, "sei: ec-reaction", "Chen2020_composite"))
    assert ":3: cell.parameters: Chen2020_composite has two materials" in problem
    assert "describe the other under model.negative.secondary ({} if it does not age)" in problem
    named = problem.partition("Sets that have one: ")[2].split(", ")
    assert {"Chen2020", "OKane2022"} <= set(named)
    assert not {"Bonkile2024", "Prada2013"} & set(named)
    assert load_study(given(write, "secondary: {}", "Chen2020_composite"))


def test_no_set_has_two_materials_in_the_positive_electrode(write: Write) -> None:
    file = given(write, "sei: none\n  positive: {secondary: {}}")
    (problem,) = problems(file)
    assert "model.positive.secondary: needs a parameter set with two materials" in problem
    assert "Sets that have two: none" in problem


@pytest.mark.parametrize(
    ("choices", "name", "other", "said"),
    [
        ("secondary: {}", "Bonkile2024", "Chen2020", "has one material in the negative electrode"),
        ("sei: none", "Chen2020", "Bonkile2024", "has two materials in the negative electrode"),
    ],
)
def test_a_compared_set_has_as_many_materials(
    choices: str, name: str, other: str, said: str, write: Write
) -> None:
    file = given(write, f"{choices}\ncompare: {{parameter_sets: [{other}]}}", name)
    (problem,) = problems(file)
    assert f"compare.parameter_sets[1]: '{other}' {said}" in problem
    fitting = problem.partition("model needs: ")[2].partition(";")[0].split(", ")
    assert name in fitting
    assert other not in fitting


def test_a_parameter_that_no_set_has_may_be_given(write: Write) -> None:
    choices = "sei: tunnelling"
    (problem,) = problems(given(write, choices))
    assert problem.partition("a.yaml")[2] == (
        ":9: model.negative.sei: 'tunnelling' needs parameters for tunnelling growth of the SEI, "
        f"which OKane2022 does not have ({TUNNELLING}). No set has them; give values under "
        "cell.values, or leave it out"
    )
    study = load_study(given(write, choices, values=f'{{"{TUNNELLING}": 1e9}}'))
    assert study.cell.values == {TUNNELLING: 1e9}
    (problem,) = problems(given(write, choices, values=f'{{"{TUNNELLING}": -1}}'))
    assert f"cell.values.{TUNNELLING}: -1 m-1 is out of range; allowed: 0 or above" in problem
    (problem,) = problems(given(write, "sei: ec-reaction", values=f'{{"{TUNNELLING}": 1e9}}'))
    assert f"cell.values.{TUNNELLING}: is a value that this model does not use" in problem


def test_a_misspelt_parameter_that_the_model_needs_is_recognised(write: Write) -> None:
    values = '{"Tunnelling barrier factor [m-1]": 1e9}'
    found = problems(given(write, "sei: tunnelling", values=values))
    assert len(found) == 2
    assert f"did you mean '{TUNNELLING}'?" in found[0]


def test_a_set_is_completed_by_values_of_all_that_it_lacks(write: Write) -> None:
    lacked = CATALOGUE["Chen2020"].missing["negative plating"]
    assert len(lacked) == 5
    values = dict.fromkeys(lacked, 1.0) | {"Lithium plating transfer coefficient": 0.5}
    assert load_study(given(write, "plating: irreversible", "Chen2020", str(values)))
    first = values.pop(lacked[0])
    (problem,) = problems(given(write, "plating: irreversible", "Chen2020", str(values)))
    assert f"which Chen2020 does not have ({lacked[0]}). Sets that have them: Ecker2015" in problem
    assert first == 1.0


def test_a_variant_keeps_what_the_other_set_lacks_too(write: Write) -> None:
    values = f'{{"{TUNNELLING}": 1e9, "SEI resistivity [Ohm.m]": 1e5}}'
    choices = "sei: tunnelling\ncompare: {parameter_sets: [Chen2020]}"
    study = load_study(given(write, choices, values=values))
    assert study.variant("Chen2020").cell.values == {TUNNELLING: 1e9}


# ---- hash and words


def test_the_hash_sees_the_second_material(write: Write) -> None:
    hashes = {
        load_study(given(write, f"secondary: {{{inner}}}", "Bonkile2024")).hash
        for inner in ("", "sei: ec-reaction", "cracks: fatigue", "sizes: {law: weibull, sd: 0.3}")
    }
    assert len(hashes) == 4


def test_check_says_sizes_and_materials(write: Write) -> None:
    choices = """\
sei: solvent-diffusion
    sizes: {law: lognormal, sd: 0.3, nodes: 5}
    secondary: {sei: ec-reaction, cracks: fatigue, sizes: {law: weibull, mean: 2e-6, sd: 6e-7}}
  dry_out: true"""
    file = given(write, choices, "Bonkile2024")
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 0, result.output
    assert (
        "SPM, isothermal, dry out; negative: sizes: lognormal, 5 nodes, solvent-diffusion, "
        "secondary: (sizes: weibull, 7 nodes, ec-reaction, fatigue); positive: no ageing"
    ) in result.stdout


def test_the_manifest_says_sizes_and_materials() -> None:
    pytest.importorskip("pybamm")
    from twin.ageing.manifest import describe_model

    inner = {"particle": {"diffusion": "stress-coupled"}, "sizes": {"law": "weibull", "sd": 0.3}}
    study = composite({"dry_out": True, "negative": {"sei": "ec-reaction", "secondary": inner}})
    lines = describe_model(study.model)
    assert lines[0] == "DFN, isothermal, dry out"
    assert lines[1] == (
        "negative electrode: sphere, fickian diffusion; sei: ec-reaction; secondary: (diffusion: "
        "stress-coupled, sizes: weibull, 7 nodes)"
    )


def test_words_of_one_node_and_of_nothing() -> None:
    from twin.study.words import electrode_in_words

    one = Electrode(sizes=LogNormal(sd=0.3, nodes=1), secondary=Electrode())
    assert electrode_in_words(one) == "sizes: lognormal, 1 node, secondary: (no ageing)"


def test_the_balance_of_a_composite_cell_is_what_a_slow_discharge_gives(tmp_path: Path) -> None:
    """C/100 after a hold: 0.2 % below equilibrium, where the kinetics of a C/100 step are."""
    steps = [
        "Charge at C/5 until 4.1 V",
        "Hold at 4.1 V until C/500",
        {"step": "Discharge at C/100 until 2.8 V", "measure": "capacity"},
    ]
    study = composite(
        {"type": "SPM", "negative": {"secondary": {}}, "mesh": {"r_negative": 8, "r_positive": 8}},
        "Chen2020_composite",
        checkups={"at_start": True, "steps": steps},
    )
    row = twin.run(study, tmp_path / "out").checkups.iloc[0]
    assert row["equilibrium_capacity_Ah"] == pytest.approx(row["capacity_Ah"], rel=5e-3)
    assert row["capacity_Ah"] < row["equilibrium_capacity_Ah"]
