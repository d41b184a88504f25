"""What BPX's fields give, against PyBaMM's own reader and by hand."""

import copy
import json
import math
import warnings
from typing import Any

import pybamm
import pytest

from twin.parameters.bpx.reading import read_document
from twin.parameters.bridge.to_pybamm import parameter_values
from twin.parameters.bridge.value_differences import value_difference
from twin.parameters.language.expression import Function, function_text
from twin.parameters.library.finding import BUNDLED
from twin.parameters.parameter_set import ParameterSet

NAMES = ("LGM50Chen2020", "LGM50OKane2022", "KokamEcker2015", "A123Prada2013", "UMichMohtat2020")


def bpx_alone(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((BUNDLED / name / "parameters.json").read_text())
    del data["Parameterisation"]["User-defined"]
    return data


def theirs(data: dict[str, Any]) -> pybamm.ParameterValues:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pybamm.ParameterValues.create_from_bpx_obj(copy.deepcopy(data))


def ours(data: dict[str, Any]) -> ParameterSet:
    return ParameterSet("a", read_document(data, "a"))


@pytest.mark.parametrize("name", NAMES)
def test_bpx_means_what_it_means_to_pybamm(name: str) -> None:
    data = bpx_alone(name)
    data["State"]["Initial conditions"]["Initial state-of-charge"] = 1
    data["Parameterisation"]["Cell"] |= {
        "Density [kg.m-3]": 2000.0,
        "Specific heat capacity [J.K-1.kg-1]": 900.0,
    }
    their, our = theirs(data), parameter_values(ours(data))
    common = set(their.keys()) & set(our.keys())
    assert len(common) > 55
    assert set(our.keys()) <= set(their.keys())
    starts = {n for n in common if n.startswith("Initial concentration in")}
    for n in common - starts:
        assert value_difference(their, our, n) < 1e-12, n
    for n in starts:  # theirs follow from the voltage limits, ours from the stoichiometries
        assert value_difference(their, our, n) < 2e-3, n


def test_what_pybamm_hands_on_beside_is_what_the_file_says() -> None:
    """Of PyBaMM's names that ours lack all are raw fields, which nothing asks for."""
    data = bpx_alone("LGM50Chen2020")
    lacking = set(theirs(data).keys()) - set(parameter_values(ours(data)).keys())
    raw = ("transport efficiency", "surface area per unit volume", "reaction rate constant")
    others = ("activation energy", "Electrode area", "electrode pairs", "surface area", "Volume")
    rest = {name for name in lacking if not any(word in name for word in (*raw, *others))}
    assert rest <= {"Transport efficiency", "Porosity", "Thickness [m]"}


def test_numbers_by_hand() -> None:
    values = ours(bpx_alone("LGM50Chen2020")).values
    assert values["Separator Bruggeman coefficient (electrolyte)"] == pytest.approx(1.5)
    assert values["Negative electrode active material volume fraction"] == pytest.approx(0.75)
    height, width = values["Electrode height [m]"], values["Electrode width [m]"]
    assert height == width == pytest.approx(math.sqrt(0.065 * 1.58))


def test_the_exchange_current_density_by_hand() -> None:
    """At half charge in the initial electrolyte it is ``F k / 2``; warmer, it is Arrhenius'."""
    from twin.parameters.equilibrium import call

    values = ours(bpx_alone("LGM50Chen2020")).values
    name = "Negative electrode exchange-current density [A.m-2]"
    k, energy, c_max = 7.036788051486824e-06, 35000.0, 33133.0
    cold = call(values, name, 1000.0, c_max / 2, c_max, 298.15)
    assert cold == pytest.approx(96485.33212 * k / 2, rel=1e-9)
    warm = call(values, name, 1000.0, c_max / 2, c_max, 318.15)
    assert warm / cold == pytest.approx(
        math.exp(energy / 8.31446261815324 * (1 / 298.15 - 1 / 318.15)), rel=1e-12
    )


def test_without_an_activation_energy_there_is_no_temperature() -> None:
    values = ours(bpx_alone("LGM50Chen2020")).values
    assert values["Negative particle diffusivity [m2.s-1]"] == 3.3e-14
    conductivity = values["Electrolyte conductivity [S.m-1]"]
    assert isinstance(conductivity, Function)
    assert function_text(conductivity).startswith("(c_e, T) = ")
    assert "exp" not in function_text(conductivity)


def test_entries_by_pybamms_names_come_before_fields_and_the_block_before_both() -> None:
    data = bpx_alone("LGM50Chen2020")
    name = "Positive particle diffusivity [m2.s-1]"
    block = {"format": 1, "functions": {name: {"description": "(sto, T) = 2e-15*sto"}}}
    data["Parameterisation"]["User-defined"] = {name: 7e-15, "Electrode width [m]": 2.0}
    assert ours(data).values[name] == 7e-15
    assert ours(data).values["Electrode width [m]"] == 2.0
    data["Parameterisation"]["User-defined"]["celltwin"] = block
    found = ours(data).values[name]
    assert isinstance(found, Function)
    assert function_text(found) == "(sto, T) = 2e-15*sto"


def test_a_block_of_an_older_format_is_brought_to_this_one() -> None:
    data = bpx_alone("LGM50Chen2020")
    data["Parameterisation"]["User-defined"] = {
        "celltwin": {
            "format": 0,
            "functions": {"Positive particle diffusivity [m2.s-1]": "(sto, T) = 2e-15*sto"},
            "Negative electrode fracture toughness [Pa.m0.5]": 1e6,
        }
    }
    found = ours(data)
    assert isinstance(found.values["Positive particle diffusivity [m2.s-1]"], Function)
    assert found.document.extra == {"Negative electrode fracture toughness [Pa.m0.5]": 1e6}


def test_a_block_of_a_newer_format_is_refused() -> None:
    from twin.errors import ParameterError

    data = bpx_alone("LGM50Chen2020")
    data["Parameterisation"]["User-defined"] = {"celltwin": {"format": 99}}
    with pytest.raises(ParameterError, match="99 is not known here; this version reads 1"):
        ours(data)


def test_the_order_of_materials_is_part_of_the_content() -> None:
    data = bpx_alone("LGM50Chen2020Composite")
    turned = copy.deepcopy(data)
    electrode = turned["Parameterisation"]["Negative electrode"]
    electrode["Particle"] = dict(reversed(electrode["Particle"].items()))
    assert ours(turned).content_hash != ours(data).content_hash
    sorted_otherwise = json.loads(json.dumps(data))
    cell = sorted_otherwise["Parameterisation"]["Cell"]
    sorted_otherwise["Parameterisation"]["Cell"] = dict(reversed(cell.items()))
    assert ours(sorted_otherwise).content_hash == ours(data).content_hash
    whole = copy.deepcopy(data)
    whole["Parameterisation"]["Cell"]["Nominal cell capacity [A.h]"] = 5
    assert ours(whole).content_hash == ours(data).content_hash
