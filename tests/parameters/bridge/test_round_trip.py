"""From PyBaMM to our files and back: every number and every function, to the last digits."""

import json
import math
from pathlib import Path

import numpy as np
import pybamm
import pytest

from twin.catalogue import CATALOGUE
from twin.errors import ParameterError
from twin.parameters.bpx.reading import read_document
from twin.parameters.bridge.from_pybamm import from_pybamm
from twin.parameters.bridge.to_pybamm import parameter_values
from twin.parameters.bridge.value_differences import called, largest_difference, samples
from twin.parameters.parameter_set import ParameterSet
from twin.parameters.strict_files import read_json, write_json

EXACT = 1e-12
# what the sets that PyBaMM ships hold and the format does not: nothing of a full lithium-ion cell
NOT_CARRIED: dict[str, set[str]] = {}


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_number_and_function_of_pybamm_comes_back(name: str, tmp_path: Path) -> None:
    values = pybamm.ParameterValues(name)
    made = from_pybamm(values, name)
    assert {item.name for item in made.not_carried} == NOT_CARRIED.get(name, set())
    file = tmp_path / "parameters.json"
    write_json(made.data, file)
    back = parameter_values(ParameterSet(name, read_document(read_json(file, str(file)), name)))
    assert set(values.keys()) <= set(back.keys())
    worst = largest_difference(values, back)
    assert worst[0] < EXACT, worst
    assert back["citations"] == values["citations"]


def test_made_again_from_what_came_back_it_is_the_same() -> None:
    first = from_pybamm(pybamm.ParameterValues("OKane2022"), "a").data
    back = parameter_values(ParameterSet("a", read_document(first, "a")))
    again = from_pybamm(back, "a").data
    values = [
        ParameterSet("a", read_document(json.loads(json.dumps(data)), "a")).values
        for data in (first, again)
    ]
    assert values[0].keys() == values[1].keys()
    for name, value in values[0].items():
        other = values[1][name]
        if isinstance(value, float | int):
            assert math.isclose(value, other, rel_tol=1e-14), name
        else:
            assert value == other, name


def test_a_difference_is_seen_in_numbers_and_functions() -> None:
    values, other = (pybamm.ParameterValues("Chen2020") for _ in range(2))
    other.update({"Separator porosity": 0.47 * (1 + 1e-9)})
    found = largest_difference(values, other)
    assert found[0] == pytest.approx(1e-9, rel=1e-5)
    assert found[1] == "Separator porosity"
    potential = values["Positive electrode OCP [V]"]
    other.update({"Positive electrode OCP [V]": lambda sto: potential(sto) + 1e-6 * sto})
    assert largest_difference(values, other)[1] == "Positive electrode OCP [V]"


@pytest.mark.parametrize("name", ["Xu2019", "MSMR_Example", "ECM_Example"])
def test_what_is_no_full_cell_is_refused_with_what_it_lacks(name: str) -> None:
    with pytest.raises(ParameterError, match="is missing where a number is needed"):
        from_pybamm(pybamm.ParameterValues(name), name)


def test_an_input_without_a_value_is_named_and_left_out() -> None:
    values = pybamm.ParameterValues("Chen2020")
    values.update({"Separator porosity": "[input]", "SEI resistivity [Ohm.m]": "[input]"})
    made = from_pybamm(values, "Chen2020")
    assert {item.name for item in made.not_carried} == {
        "Separator porosity",
        "SEI resistivity [Ohm.m]",
    }
    assert "input without a value" in made.not_carried[0].why
    assert made.data["Header"]["Model"] == "Partial"


def test_a_function_of_what_is_not_there_is_named() -> None:
    whole = dict(pybamm.ParameterValues("OKane2022"))
    del whole["Dead lithium decay constant [s-1]"]
    values = pybamm.ParameterValues(whole)
    made = from_pybamm(values, "OKane2022")
    (lost,) = made.not_carried
    assert lost.name == "Dead lithium decay rate [s-1]"
    assert "'Dead lithium decay constant [s-1]', which the set does not have" in lost.why


def test_what_follows_another_parameter_still_does() -> None:
    name, rate = (
        "Exchange-current density for plating [A.m-2]",
        "Lithium plating kinetic rate constant",
    )
    made = from_pybamm(pybamm.ParameterValues("OKane2022"), "OKane2022")
    back = parameter_values(ParameterSet("a", read_document(made.data, "a")))
    given = samples(["c_e", "c_Li", "T"])
    before = called(back, name, given)
    back.update({f"{rate} [m.s-1]": 2 * back[f"{rate} [m.s-1]"]})
    np.testing.assert_allclose(called(back, name, given), 2 * before, rtol=1e-14)


def test_a_cell_gives_the_same_voltage_to_the_solver_and_in_plain_pybamm() -> None:
    """The file read by PyBaMM's own reader of BPX, by ours, and the set that it was made from."""
    values = pybamm.ParameterValues("Marquis2019")
    made = from_pybamm(values, "Marquis2019")
    ours = parameter_values(ParameterSet("a", read_document(made.data, "a")))
    plain = pybamm.ParameterValues.create_from_bpx_obj(json.loads(json.dumps(made.data)))
    plain.update({n: values[n] for n in values if n.startswith("Initial concentration in")})
    volts = [
        pybamm.Simulation(pybamm.lithium_ion.SPMe(), parameter_values=given).solve([0, 1800])[
            "Voltage [V]"
        ](np.linspace(0, 1800, 30))
        for given in (values, ours, plain)
    ]
    np.testing.assert_allclose(volts[1], volts[0], atol=2e-6)
    np.testing.assert_allclose(volts[2], volts[0], atol=2e-5)
