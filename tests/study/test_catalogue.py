"""The catalogue is what PyBaMM's sets give today, and is read without PyBaMM."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from twin.catalogue import (
    CATALOGUE,
    FILE,
    FORMAT,
    GROUPS,
    LACKED,
    SKIPPED,
    info_from_names,
    materials,
    needed_groups,
)
from twin.models.description import GROWING_SEI, Electrode, Particle
from twin.models.extra_parameters import every_name
from twin.models.sei_laws import NEEDS
from twin.names import DOMAINS

# growth laws that read what hardly a set has
UNGIVEN = {f"sei-{law}" for law in NEEDS}


def test_the_sets_are_known() -> None:
    assert set(CATALOGUE) == {
        "Ai2020",
        "Bonkile2024",
        "Chen2020",
        "Chen2020_composite",
        "Ecker2015",
        "Marquis2019",
        "Mohtat2020",
        "NCA_Kim2011",
        "OKane2022",
        "ORegan2022",
        "Prada2013",
        "Ramadass2004",
    }
    assert SKIPPED["Xu2019"] == "a half-cell"
    assert SKIPPED["Chayambuka2022"] == "a sodium-ion cell"
    assert not set(SKIPPED) & set(CATALOGUE)


def test_what_sets_have() -> None:
    okane, chen, prada = (CATALOGUE[name] for name in ("OKane2022", "Chen2020", "Prada2013"))
    assert okane.has == {"DFN", "SPM", "SPMe", "thermal", *GROUPS} - UNGIVEN
    assert "cracks" not in chen.has
    assert "sei" in chen.has
    assert "Negative electrode cracking rate" in chen.missing["negative cracks"]
    assert not chen.has & {"mechanics", "plating", "lam-stress", "sei-on-cracks"}
    assert "thermal" not in prada.has
    assert CATALOGUE["Ai2020"].has >= {"cracks", "mechanics", "lam-stress"}
    assert (chen.nominal_capacity_Ah, chen.lower_voltage_V, chen.upper_voltage_V) == (5, 2.5, 4.2)
    assert chen.references == {"Chen2020": "10.1149/1945-7111/ab9050"}


def test_the_parameters_of_a_set_are_named() -> None:
    import pybamm

    for name, info in CATALOGUE.items():
        assert set(info.parameters) == set(pybamm.ParameterValues(name).keys()) - {"citations"}
        assert list(info.parameters) == sorted(info.parameters)


def test_a_missing_group_names_its_parameters() -> None:
    for info in CATALOGUE.values():
        for material, groups in info.groups.items():
            for group in GROUPS:
                assert (group in groups) == (f"{material} {group}" not in info.missing)


def test_two_sets_have_two_materials_in_the_negative_electrode() -> None:
    composite = {name for name, info in CATALOGUE.items() if info.is_composite("negative")}
    assert composite == {"Bonkile2024", "Chen2020_composite"}
    for name, info in CATALOGUE.items():
        assert not info.is_composite("positive")
        assert tuple(info.groups) == materials(["negative"] if name in composite else [])
    bonkile = CATALOGUE["Bonkile2024"].groups
    assert bonkile["negative"] == bonkile["negative secondary"]
    assert {"cracks", "dead-lithium", "sei-on-cracks"} <= bonkile["negative"]
    assert "sei" not in bonkile["positive"]


@pytest.mark.parametrize("law", NEEDS)
def test_what_a_growth_law_lacks_is_what_it_says_it_needs(law: str) -> None:
    """Where a set has the other laws; with the prefix of the material in a composite."""
    for info in CATALOGUE.values():
        for material, groups in info.groups.items():
            if groups >= {f"sei-{other}" for other in GROWING_SEI - set(NEEDS)}:
                missing = info.missing.get(f"{material} sei-{law}", ())
                absent = set(NEEDS[law]) - set(info.parameters)
                assert {name.rpartition(": ")[2] for name in missing} == absent
                prefix = "Secondary: " if "secondary" in material else "Primary: "
                composite = info.is_composite("negative") and "negative" in material
                assert all(name.startswith(prefix) == composite for name in missing)


def test_what_sets_lack_is_no_parameter_of_ours() -> None:
    assert not LACKED & every_name()
    assert {name for needs in NEEDS.values() for name in needs} <= LACKED


def test_needed_groups_say_which_key_asks() -> None:
    electrode = Electrode(
        particle=Particle(diffusion="stress-coupled"), sei="ec-reaction", plating="irreversible"
    )
    assert needed_groups(electrode) == (
        ("particle.diffusion", "mechanics"),
        ("sei", "sei"),
        ("sei", "sei-ec-reaction"),
        ("plating", "plating"),
    )


@pytest.mark.parametrize(
    ("plating", "groups"),
    [
        ("irreversible", ["plating"]),
        ("reversible", ["plating", "stripping"]),
        ("partially-reversible", ["plating", "stripping", "dead-lithium"]),
    ],
)
def test_only_lithium_that_comes_back_needs_parameters_of_stripping(
    plating: Any, groups: list[str]
) -> None:
    needed = needed_groups(Electrode(sei="constant", plating=plating))
    assert needed == (("sei", "sei"), *(("plating", group) for group in groups))


@pytest.mark.parametrize("loss", ["cracks", "stress-and-cracks", "stress-reaction-and-cracks"])
def test_loss_by_several_drivers_needs_the_groups_of_each(loss: Any) -> None:
    electrode = Electrode(sei="ec-reaction", cracks="fatigue", active_material_loss=loss)
    asked = {group for key, group in needed_groups(electrode) if key == "active_material_loss"}
    assert asked == {
        *(("mechanics", "lam-stress") if "stress" in loss else ()),
        *(("lam-reaction",) if "reaction" in loss else ()),
    }


def test_another_format_is_read_as_none(tmp_path: Any, monkeypatch: Any) -> None:
    import twin.catalogue

    file = tmp_path / "catalogue.json"
    monkeypatch.setattr(twin.catalogue, "FILE", file)
    for text in (None, '{"format": 2, "sets": {"a": {}}}'):
        if text is not None:
            file.write_text(text)
        assert twin.catalogue._read() == {"sets": {}, "skipped": {}, "needs": {}}
    assert json.loads(FILE.read_text(encoding="utf-8"))["format"] == FORMAT


def test_the_catalogue_is_read_without_pybamm() -> None:
    code = "import sys, twin.catalogue\nprint('pybamm' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("name", CATALOGUE)
def test_what_a_set_can_be_used_for_follows_from_its_names(name: str) -> None:
    info = CATALOGUE[name]
    limits = ("Lower voltage cut-off [V]", "Upper voltage cut-off [V]")
    volts = dict(zip(limits, (info.lower_voltage_V, info.upper_voltage_V), strict=True))
    numbers = {"Nominal cell capacity [A.h]": info.nominal_capacity_Ah, **volts}
    found = info_from_names(name, info.parameters, numbers)
    assert replace(found, references=info.references) == info


@pytest.mark.slow
def test_the_catalogue_is_what_pybamm_gives_today() -> None:
    from twin.parameter_sets.make_catalogue import catalogue

    written: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(catalogue())) == written


@pytest.mark.parametrize("name", ["Mohtat2020", "Chen2020_composite"])
def test_one_set_is_what_pybamm_gives_today(name: str) -> None:
    """The same for one set of each kind and a few questions, in seconds."""
    import pybamm

    from twin.models.lithium_ion import SPM
    from twin.parameter_sets.make_catalogue import (
        composite_electrodes,
        example,
        missing_parameters,
    )

    info, values = CATALOGUE[name], pybamm.ParameterValues(name)
    composite = composite_electrodes(values)
    assert composite == tuple(d for d in DOMAINS if info.is_composite(d))
    second = Electrode() if composite else None
    assert missing_parameters(SPM(negative=Electrode(secondary=second)), values) == set()
    for group in ("mechanics", "sei", "plating"):
        electrode = replace(example(group), secondary=second)
        missing = missing_parameters(SPM(negative=electrode), values)
        assert missing == set(info.missing.get(f"negative {group}", ())), group
