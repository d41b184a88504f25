"""Values of expressions: closed forms, Python's numbers, and PyBaMM's symbols."""

import math

import casadi
import numpy as np
import pybamm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parameters.language.trees import plain_trees
from twin.errors import ParameterError
from twin.parameters.language.arithmetic import NUMPY, evaluate, pybamm_operations
from twin.parameters.language.expression import (
    CONSTANTS,
    FUNCTIONS,
    Call,
    ExpressionError,
    Negative,
    Number,
    Operation,
    Reference,
    fold,
    parse,
    parse_function,
    to_text,
)
from twin.parameters.language.tables import Table, Table2, interpolate

X, Y = 0.7, -1.3
TABLE = Table((0, 0.25, 0.5, 1, 1.5), (1, 2, 0.5, 3, 4))
TABLE2 = Table2((0, 1), (280, 300), ((1, 2), (3, 6)))


def no_reference(name, arguments):
    raise AssertionError(name)


def number(text, table=None, **arguments):
    """Return the value of a text in NumPy."""
    tree = parse(text, arguments)
    return evaluate(tree, arguments, NUMPY, no_reference, table)


def symbol(text, table=None, **arguments):
    """Return the value of a text through PyBaMM, which has to be that through CasADi."""
    names = {
        name: pybamm.StateVector(slice(place, place + 1)) for place, name in enumerate(arguments)
    }
    tree = evaluate(parse(text, arguments), names, pybamm_operations(), no_reference, table)
    y = np.array(list(arguments.values()))
    in_python = np.ravel(tree.evaluate(y=y[:, None]))
    states = casadi.MX.sym("y", len(y))
    in_casadi = casadi.Function("value", [states], [tree.to_casadi(y=states)])(y)
    assert np.ravel(in_casadi.full()) == pytest.approx(in_python, rel=1e-14, abs=1e-14)
    return in_python[0]


CLOSED_FORMS = {
    "2 + 3*4": 14,
    "-x**2": -(X**2),
    "(-x)**2": X**2,
    "2**-1": 0.5,
    "2**3**2": 512,
    "10 - 4 - 3": 3,
    "64/4/2": 8,
    "exp(x)": math.exp(X),
    "log(x)": math.log(X),
    "tanh(x)": math.tanh(X),
    "cosh(x)": math.cosh(X),
    "sinh(x)": math.sinh(X),
    "sqrt(x)": math.sqrt(X),
    "abs(y)": -Y,
    "min(x, y, 0)": Y,
    "max(x, y, 0)": X,
    "R*x/F": 8.31446261815324 * X / 96485.33212331001,
    "cosh(x)**2 - sinh(x)**2": 1,
    "exp(log(x) + log(2))": 2 * X,
}


@pytest.mark.parametrize(("text", "value"), CLOSED_FORMS.items())
def test_values_are_closed_forms(text, value):
    assert number(text, x=X, y=Y) == pytest.approx(value, rel=1e-14)
    assert symbol(text, x=X, y=Y) == pytest.approx(value, rel=1e-14)


def test_every_function_has_a_closed_form_or_a_table():
    said = " ".join(CLOSED_FORMS)
    assert all(f"{name}(" in said or name.endswith("_table") for name in FUNCTIONS)


def test_the_constants_are_those_of_pybamm():
    assert CONSTANTS["F"] == pybamm.constants.F.value
    assert CONSTANTS["R"] == pybamm.constants.R.value
    assert number("F*R", F=2.0, R=3.0) == 6


@given(plain_trees, st.floats(-2, 2))
@settings(max_examples=200)
def test_values_are_those_of_python(tree, x):
    """In NumPy, as Python evaluates the text with NumPy's numbers in it."""
    there = {"x": np.float64(x), "exp": np.exp, "tanh": np.tanh, "cosh": np.cosh}
    text = to_text(boxed(tree)).replace("{", "").replace("}", "")
    with np.errstate(all="ignore"):
        expected = eval(text, {"__builtins__": {}, "n": np.float64, **there})
    found = evaluate(tree, {"x": x}, NUMPY, no_reference)
    assert np.array_equal(found, expected, equal_nan=True)


def boxed(tree):
    """Return a tree whose numbers are NumPy's when Python evaluates the text."""

    def box(node, parts):
        if isinstance(node, Number):
            return Reference("n", (node,))
        if isinstance(node, Operation):
            return Operation(node.operator, *parts)
        if isinstance(node, Negative):
            return Negative(*parts)
        return Call(node.function, parts) if isinstance(node, Call) else node

    return fold(tree, box)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/(x - x)", math.inf),
        ("-1/(x - x)", -math.inf),
        ("(x - x)/(x - x)", math.nan),
        ("exp(1000)", math.inf),
        ("9**9**9**9**9", math.inf),
        ("log(0)", -math.inf),
        ("log(-x)", math.nan),
        ("sqrt(-x)", math.nan),
        ("(-8)**(1/3)", math.nan),
        ("1e308*10", math.inf),
        ("max(log(-x), 1)", math.nan),
    ],
)
@pytest.mark.filterwarnings("error")
def test_what_has_no_value_is_infinite_or_no_number(text, value):
    assert np.array_equal(number(text, x=X), value, equal_nan=True)


def test_pybamms_division_by_zero_is_refused_where_it_is_seen():
    tree = parse("x + 1/(2 - 2)", ["x"])
    with pytest.raises(ExpressionError, match=r"1/\(2 - 2\) divides by zero"):
        evaluate(tree, {"x": pybamm.InputParameter("x")}, pybamm_operations(), no_reference)


def test_arrays_broadcast():
    assert number("x*y + 1", x=np.arange(3), y=2).tolist() == [1, 3, 5]
    assert number("1 + 2") == 3


def test_other_parameters_are_asked_for():
    asked = []

    def reference(name, arguments):
        asked.append((name, arguments))
        return 10 if arguments is None else sum(arguments)

    tree = parse("{a [m]}*{k}(x, 2*x) + {k}", ["x"])
    assert evaluate(tree, {"x": 3.0}, NUMPY, reference) == 10 * 9 + 10
    assert asked == [("a [m]", None), ("k", (3.0, 6.0)), ("k", None)]


def test_an_argument_without_a_value_is_named():
    with pytest.raises(ExpressionError, match="'sto' has no value; given are sto2, T; did you"):
        evaluate(parse("sto", ["sto"]), {"sto2": 1, "T": 2}, NUMPY, no_reference)


def test_a_table_is_looked_up():
    assert number("2*linear_table(x) + 1", TABLE, x=0.125) == 4
    assert number("linear_table(x, y)", TABLE2, x=0.5, y=290) == 3
    assert number("cubic_table(x)", TABLE, x=0.6) == interpolate(TABLE, "cubic", 0.6)
    assert number("pchip_table(x/2)", TABLE, x=0.6) == interpolate(TABLE, "pchip", 0.3)


@pytest.mark.parametrize("operations", [NUMPY, pybamm_operations()], ids=["numpy", "pybamm"])
@pytest.mark.parametrize(
    ("text", "table", "message"),
    [
        ("linear_table(x)", None, "linear_table reads a table, but there is none"),
        ("linear_table(x, x)", TABLE, "the table has 1 argument"),
        ("linear_table(x)", TABLE2, "the table has 2 argument"),
        ("cubic_table(x, x)", TABLE2, "cubic_table needs 4 points in each argument"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(operations, text, table, message):
    with pytest.raises(ParameterError, match=message):
        evaluate(parse(text, ["x"]), {"x": 1.0}, operations, no_reference, table)


def test_long_sums_are_added_up():
    """A sum of many terms, which PyBaMM could not process from left to right."""
    signs = [(-1) ** (i // 3 % 2) for i in range(999)]
    text = "".join(f"{'+-'[sign < 0]}{i + 1}*x" for i, sign in enumerate(signs))
    total = sum(sign * (i + 1) for i, sign in enumerate(signs))
    tree = parse(text, ["x"])
    assert evaluate(tree, {"x": 0.5}, NUMPY, no_reference) == total / 2
    symbolic = evaluate(tree, {"x": pybamm.Parameter("x")}, pybamm_operations(), no_reference)
    values = pybamm.ParameterValues({"x": pybamm.InputParameter("in")})
    processed = values.process_symbol(symbolic)
    assert processed.evaluate(inputs={"in": 0.5}) == total / 2


@pytest.mark.parametrize("count", [2, 29, 30, 31, 64, 65])
def test_signs_survive_the_halving(count):
    random = np.random.default_rng(count)
    terms = random.integers(-50, 50, count)
    text = "-".join(f"({term})" for term in terms)
    assert number(text) == terms[0] - terms[1:].sum()


def test_deep_trees_are_evaluated():
    tree = Number(1)
    for _ in range(4000):
        tree = Operation("*", Negative(tree), Number(1))
    assert evaluate(tree, {}, NUMPY, no_reference) == 1


def test_a_published_conductivity_has_its_value():
    """Landesfeind & Gasteiger, J. Electrochem. Soc. 166, A3079 (2019), in a form as in sets."""
    function = parse_function(
        "(c_e, T) = 0.1*(0.521*(1 + (T - 228)) * (c_e/1000)"
        " * (1 - 1.06*(c_e/1000)**0.5 + 0.353*(1 - 0.00359*exp(1000/T))*(c_e/1000))"
        " / (1 + (c_e/1000)**4 * (0.00148*exp(1000/T))))"
    )
    c, temperature = 1.2, 298.15
    over = math.exp(1000 / temperature)
    expected = 0.1 * 0.521 * (1 + temperature - 228) * c
    expected *= 1 - 1.06 * c**0.5 + 0.353 * (1 - 0.00359 * over) * c
    expected /= 1 + c**4 * 0.00148 * over
    values = {"c_e": 1200.0, "T": temperature}
    assert evaluate(function.body, values, NUMPY, no_reference) == pytest.approx(expected, 1e-14)
