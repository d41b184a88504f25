"""What users put into parameter values comes back, or is reported; nothing changes silently."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pybamm
import pytest

from twin.parameters.bpx.reading import read_document
from twin.parameters.bridge.from_pybamm import Imported, from_pybamm
from twin.parameters.bridge.to_pybamm import parameter_values
from twin.parameters.parameter_set import ParameterSet

D = "Negative particle diffusivity [m2.s-1]"
J0 = "Negative electrode exchange-current density [A.m-2]"
ENTROPIC = "Negative electrode OCP entropic change [V.K-1]"
ENDS = np.array([0.0, 1.0])
OCP = "Negative electrode OCP [V]"


def warm(T: Any) -> Any:
    return pybamm.exp(3e4 / pybamm.constants.R * (1 / 298.15 - 1 / T))


def round_trip(name: str, value: Any, base: str = "Chen2020") -> tuple[Any, Any, Imported]:
    values = pybamm.ParameterValues(base)
    values.update({name: value}, check_already_exists=False)
    made = from_pybamm(values, "odd")
    return values, parameter_values(ParameterSet("", read_document(made.data, "odd"))), made


def at(values: Any, name: str, *given: float) -> float:
    inputs = {str(k): pybamm.Scalar(v) for k, v in enumerate(given)}
    symbol = pybamm.FunctionParameter(name, inputs)
    return float(np.ravel(values.process_symbol(symbol).evaluate())[0])


def rate(c_e: Any, c_s: Any, c_max: Any) -> Any:
    return 6e-7 * c_e**0.5 * c_s**0.5 * (c_max - c_s) ** 0.5


@pytest.mark.parametrize(
    ("name", "function", "given"),
    [
        (D, lambda sto, T: 1e-14 * (1 + sto) * warm(pybamm.minimum(T, 333.15)), (0.5, 353.0)),
        (D, lambda sto, T: 1e-14 * (1 + sto) * warm(pybamm.maximum(T, 258.15)), (0.5, 240.0)),
        (D, lambda sto, T: 1e-14 * (1 + pybamm.exp(T - 400)) * warm(T), (0.5, 430.0)),
        (J0, lambda c_e, c_s, c_max, T: rate(pybamm.maximum(c_e, 30), c_s, c_max),
         (1, 9e3, 3e4, 300)),
        (ENTROPIC, lambda sto: 1e-4 * pybamm.minimum(pybamm.maximum(sto, 0.004), 0.996), (0.001,)),
        (ENTROPIC, lambda sto: 1e-4 * (sto - 0.5), (0.7,)),
        (D, lambda sto, T=298.15: 3e-14 * warm(T), (0.5, 320.0)),
        (D, lambda x, temperature: 1e-14 * (1 + x) * warm(temperature), (0.5, 320.0)),
        (J0, lambda a, b, c, d: rate(a, b, c) * warm(d), (900.0, 9e3, 3e4, 310.0)),
        (D, lambda sto, T: pybamm.Interpolant(
            np.linspace(0, 1, 201), np.linspace(1, 2, 201) ** 40, sto) * 1e-14 * warm(T),
         (0.001, 300.0)),
        (D, lambda sto, T: 3e-14 * pybamm.exp(-1.0 / pybamm.Constant(8.314, "R")), (0.5, 300.0)),
    ],
)  # fmt: skip
def test_it_comes_back_where_samples_do_not_look(
    name: str, function: Callable[..., Any], given: tuple[float, ...]
) -> None:
    values, back, made = round_trip(name, function)
    assert not made.not_carried
    assert at(back, name, *given) == pytest.approx(at(values, name, *given), rel=1e-12)


def test_a_function_of_another_parameter_follows_it() -> None:
    own = pybamm.Parameter("My D0 [m2.s-1]")
    values = pybamm.ParameterValues("Chen2020")
    values.update({"My D0 [m2.s-1]": 4e-14}, check_already_exists=False)
    values.update({D: lambda sto, T: own * warm(T)})
    made = from_pybamm(values, "odd")
    back = parameter_values(ParameterSet("", read_document(made.data, "odd")))
    back.update({"My D0 [m2.s-1]": 8e-14})
    assert at(back, D, 0.5, 298.15) == pytest.approx(8e-14)


@pytest.mark.parametrize("name", ["Ecker2015", "celltwin/KokamEcker2015"])
def test_the_diffusivity_of_ecker_follows_the_conductivity(name: str) -> None:
    values = pybamm.ParameterValues(name)
    values.update({"Electrolyte conductivity [S.m-1]": 2.0})
    assert at(values, "Electrolyte diffusivity [m2.s-1]", 1e3, 298.15) == pytest.approx(
        5.33e-10, rel=1e-3
    )


def test_an_expression_is_a_symbol_again() -> None:
    name = "Contact resistance [Ohm]"
    values, back, _ = round_trip(name, 0.001 * pybamm.Parameter("Lower voltage cut-off [V]"))
    assert back.evaluate(back[name]) == values.evaluate(values[name]) == 0.0025
    back.update({"Lower voltage cut-off [V]": 3.0})
    assert back.evaluate(pybamm.Parameter(name)) == pytest.approx(0.003)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (
            lambda sto: 1e-4 * pybamm.FunctionParameter(OCP, {"sto": sto}, diff_variable=sto),
            "derivative",
        ),
        (
            lambda sto: pybamm.Interpolant(ENDS, ENDS, sto, extrapolate=False),
            "ends at its last point",
        ),
        (lambda sto: sto * pybamm.t, "Time"),
        (lambda sto: pybamm.sin(sto), "Sin"),
        (lambda *a: a[0], "cannot be called"),
        (lambda sto: pybamm.FunctionParameter(ENTROPIC, {"sto": sto}), "itself"),
        (True, "neither a number nor a function"),
    ],
)
def test_what_is_not_carried_is_said_with_its_reason(value: Any, why: str) -> None:
    *_, made = round_trip(ENTROPIC, value)
    (lost,) = made.not_carried
    assert lost.name == ENTROPIC
    assert why in lost.why


def test_a_default_in_place_of_what_was_lost_is_said() -> None:
    *_, made = round_trip("Ambient temperature [K]", 298.15 + pybamm.t)
    (lost,) = made.not_carried
    assert "the set has the default 298.15 for it" in lost.why


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Separator Bruggeman coefficient (electrolyte)", -1.0),
        ("Number of electrodes connected in parallel to make a cell", 0.5),
        ("Number of electrodes connected in parallel to make a cell", 1.5),
    ],
)
def test_numbers_that_bpx_does_not_allow_stand_beside_it(name: str, value: float) -> None:
    values, back, made = round_trip(name, value)
    assert back[name] == values[name] == value
    assert made.data["Header"]["Model"] == "Partial"


def test_potentials_with_poles_have_no_limits() -> None:
    made = from_pybamm(pybamm.ParameterValues("Ramadass2004"), "Ramadass2004")
    electrode = made.data["Parameterisation"]["Negative electrode"]
    low, high = (electrode.get(f"{end} stoichiometry", 0.5) for end in ("Minimum", "Maximum"))
    assert low < high or (low, high) == (0.5, 0.5)
