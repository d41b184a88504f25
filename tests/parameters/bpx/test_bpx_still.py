"""What the standard's reader and PyBaMM's still do with a file; each is stepped round."""

import copy
import json
import warnings
from typing import Any

import bpx
import pybamm
import pytest

from twin.parameters.library.finding import BUNDLED

DATA: dict[str, Any] = json.loads((BUNDLED / "LGM50Chen2020" / "parameters.json").read_text())


def changed(section: str, field: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(DATA)
    data["Parameterisation"].setdefault(section, {})[field] = value
    return data


def test_bpx_still_runs_the_text_of_a_potential() -> None:
    with pytest.raises(SystemExit) as caught:
        bpx.parse_bpx_obj(changed("Positive electrode", "OCP [V]", "exit(9)"))
    assert caught.value.code == 9


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [("Cell", "Nominal cell capacity [A.h]", -2.0), ("Positive electrode", "Porosity", 7.0)],
)
def test_bpx_still_takes_numbers_that_cannot_be(section: str, field: str, value: float) -> None:
    assert bpx.parse_bpx_obj(changed(section, field, value))


def test_bpx_still_drops_the_values_of_a_table_of_two_arguments() -> None:
    table = {"x": [0.0, 1.0], "y": [1.0, 2.0], "z": [[1.0, 2.0], [3.0, 4.0]]}
    read = bpx.parse_bpx_obj(changed("User-defined", "My table [-]", table))
    kept = read.parameterisation.user_defined.model_dump()["My table [-]"]
    assert set(kept) == {"x", "y"}


def test_bpx_still_takes_texts_of_a_user_under_description_alone() -> None:
    own = {"description": "(c_e, T) = c_e/T"}
    read = bpx.parse_bpx_obj(changed("User-defined", "mine", {"functions": {"f": own}}))
    assert read.parameterisation.user_defined.model_dump()["mine"]["functions"]["f"] == own
    with pytest.raises(Exception, match="Expected"):
        bpx.parse_bpx_obj(changed("User-defined", "mine", {"f": "(c_e, T) = c_e/T"}))


def from_bpx(data: dict[str, Any]) -> pybamm.ParameterValues:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pybamm.ParameterValues.create_from_bpx_obj(data)


def test_pybamm_still_divides_by_the_logarithm_of_a_porosity() -> None:
    data = changed("Separator", "Porosity", 1.0)
    data["Parameterisation"]["Separator"]["Transport efficiency"] = 1.0
    with pytest.raises(ZeroDivisionError):
        from_bpx(data)


def test_pybamm_still_asks_for_what_bpx_does_not() -> None:
    data = copy.deepcopy(DATA)
    del data["Parameterisation"]["Cell"]["External surface area [m2]"]
    assert bpx.parse_bpx_obj(copy.deepcopy(data))
    with pytest.raises(KeyError, match="External surface area"):
        from_bpx(data)


def test_pybamm_still_sets_initial_concentrations_of_its_own() -> None:
    name = "Initial concentration in negative electrode [mol.m-3]"
    read = from_bpx(changed("User-defined", name, 20_000.0))
    assert read[name] == pytest.approx(29_866.0, rel=1e-6)  # that of the state of charge
