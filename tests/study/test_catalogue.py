"""The catalogue is what PyBaMM's sets give today, and is read without PyBaMM."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from twin.catalogue import CATALOGUE, DOMAINS, FILE, GROUPS, SKIPPED, needed_groups
from twin.models.description import Electrode, Particle


def test_the_sets_are_known() -> None:
    assert set(CATALOGUE) == {
        "Ai2020",
        "Chen2020",
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
    assert okane.has >= {"DFN", "SPM", "SPMe", "thermal", *GROUPS}
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
        for domain in DOMAINS:
            for group in GROUPS:
                assert (group in info.electrode(domain)) == (
                    f"{domain} {group}" not in info.missing
                )


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


def test_the_catalogue_is_read_without_pybamm() -> None:
    code = "import sys, twin.catalogue\nprint('pybamm' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.slow
def test_the_catalogue_is_what_pybamm_gives_today() -> None:
    from twin.parameter_sets.make_catalogue import catalogue

    written: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(catalogue())) == written


def test_one_set_is_what_pybamm_gives_today() -> None:
    """The same for one set and a few questions, in seconds."""
    import pybamm

    from twin.models.lithium_ion import SPM
    from twin.parameter_sets.make_catalogue import example, missing_parameters

    info, values = CATALOGUE["Mohtat2020"], pybamm.ParameterValues("Mohtat2020")
    assert missing_parameters(SPM(), values) == set()
    for group in ("mechanics", "sei", "plating"):
        missing = missing_parameters(SPM(negative=example(group)[0]), values)
        assert missing == set(info.missing.get(f"negative {group}", ())), group
