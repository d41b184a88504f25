"""Values that replace those of a set: what their names say about their size."""

from __future__ import annotations

import numbers

import pytest

from tests.study.conftest import Write
from twin.catalogue import CATALOGUE
from twin.parameters.ranges import range_of
from twin.study import CellSection, Study, load_study
from twin.study.values import value_problems

NO_RANGE = (
    "SEI open-circuit potential [V]",
    "SEI growth activation energy [J.mol-1]",
    "Negative electrode OCP entropic change [V.K-1]",
    "Negative electrode LAM constant proportional term [s-1]",
    "Positive electrode partial molar volume [m3.mol-1]",
    "Negative electrode charge transfer coefficient",
    "Current function [A]",
)
MAY_BE_ZERO = (
    "Initial plated lithium concentration [mol.m-3]",
    "Negative electrode reference concentration for free of deformation [mol.m-3]",
    "SEI solvent diffusivity [m2.s-1]",
    "Contact resistance [Ohm]",
)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_published_number_lies_in_its_range(name: str) -> None:
    import pybamm

    published = pybamm.ParameterValues(name)
    values = {key: published[key] for key in CATALOGUE[name].parameters}
    plain = {key: value for key, value in values.items() if isinstance(value, numbers.Real)}
    assert len(plain) > 30
    assert list(value_problems(plain, CATALOGUE[name])) == []


@pytest.mark.parametrize("name", NO_RANGE)
def test_what_may_be_negative_has_no_range(name: str) -> None:
    assert range_of(name) is None


@pytest.mark.parametrize("name", MAY_BE_ZERO)
def test_what_may_be_zero_is_not_refused(name: str) -> None:
    assert list(value_problems({name: 0.0}, CATALOGUE["OKane2022"])) == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("Positive particle radius [m]", 1e-12, 0.0),
        ("Electrode height [m]", 1e3, -1.0),
        ("Negative electrode Young's modulus [Pa]", 1.0, 0.0),
        ("Negative electrode density [kg.m-3]", 1.0, 0.0),
        ("Number of electrodes connected in parallel to make a cell", 2.0, 0.0),
        ("Maximum concentration in negative electrode [mol.m-3]", 1.0, 0.0),
        ("EC diffusivity [m2.s-1]", 1e-30, 0.0),
        ("Negative electrode conductivity [S.m-1]", 1e-30, -1e-30),
        ("Separator porosity", 1.0, 1.000001),
        ("Negative electrode active material volume fraction", 1e-9, 0.0),
        ("Initial temperature [K]", 150.0, 149.9),
        ("Reference temperature [K]", 500.0, 500.1),
        ("Cation transference number", 0.0, -1e-9),
        ("Cation transference number", 1.0, 1.1),
        ("Initial SEI thickness [m]", 0.0, -1e-9),
    ],
)
def test_the_ends_of_the_ranges(name: str, good: float, bad: float) -> None:
    info = CATALOGUE["OKane2022"]
    assert list(value_problems({name: good}, info)) == []
    (problem,) = value_problems({name: bad}, info)
    assert problem.key == (name,)
    assert "is out of range; allowed: " in problem.text


def test_names_of_an_unknown_set_are_not_told_wrong(write: Write) -> None:
    file = write(
        ("parameters: OKane2022", "parameters: OKane2202"), ("values: {}", 'values: {"a": 1}')
    )
    with pytest.raises(Exception, match="OKane2202") as caught:
        load_study(file)
    assert "cell.values" not in str(caught.value)


def test_values_of_an_object_are_left_to_the_run(write: Write) -> None:
    import pybamm

    study = load_study(write())
    cell = CellSection(
        parameters=pybamm.ParameterValues("OKane2022"), values={"My own thickness [m]": -1.0}
    )
    found = Study(name="a", cell=cell, protocol=study.protocol)
    assert found.cell.values == {"My own thickness [m]": -1.0}
