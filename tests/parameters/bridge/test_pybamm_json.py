"""PyBaMM's JSON is data: known nodes become expressions, others are named, nothing is run."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from twin.errors import ParameterError
from twin.parameters.bridge.pybamm_json import plain_data, read_pybamm_json
from twin.parameters.language.expression import Function, function_text


def scalar(value: Any) -> dict[str, Any]:
    return {"$type": "pybamm.expression_tree.scalar.Scalar", "value": value}


def node(kind: str, *children: Any, **extra: Any) -> dict[str, Any]:
    return {"$type": f"pybamm.somewhere.{kind}", "children": list(children), **extra}


def function(body: Any, *arguments: str) -> dict[str, Any]:
    return node("ExpressionFunctionParameter", body, func_args=list(arguments), name="f")


T = {"$type": "pybamm.expression_tree.parameter.Parameter", "name": "T"}
TABLE = {"x": [[0.0, 1.0, 2.0]], "y": [1.0, 2.0, 4.0]}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (function(node("Multiplication", scalar(2), T), "T"), "(T) = 2*T"),
        (function(node("Power", node("Negate", T), scalar(0.5)), "T"), "(T) = (-T)**0.5"),
        (function(node("Minimum", node("Exp", T), 3), "T"), "(T) = min(exp(T), 3)"),
        (function(node("AbsoluteValue", T), "T"), "(T) = abs(T)"),
        (function({**T, "name": "Porosity"}, "T"), "(T) = {Porosity}"),
        (function(node("FunctionParameter", T, name="D [m]"), "T"), "(T) = {D [m]}(T)"),
        (function({"type": "Scalar", "value": 1.5}, "T"), "(T) = 1.5"),
        (function(scalar(1 / 298.15), "T"), "(T) = 1/298.15"),
        (function(node("Constant", name="R", value=8.31446261815324)), "() = R"),
        (function(node("Constant", name="R", value=8.3)), "() = 8.3"),
        (
            function(node("Interpolant", T, interpolator="cubic", **TABLE), "T"),
            "(T) = cubic_table(T)",
        ),
    ],
)
def test_nodes_become_expressions(given: Any, text: str) -> None:
    plain = plain_data({"f": given})
    assert plain.unread == {}
    value = plain.values["f"]
    assert isinstance(value, Function)
    assert function_text(value) == text


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (function(node("Arctan", T), "T"), "it uses Arctan, which expressions do not have"),
        (function({"$type": "os.system", "children": ["exit 9"]}), "it holds 'os.system'"),
        (function({"$type": "twin_trap.Trap", "children": []}), "it holds 'twin_trap.Trap'"),
        (function({"py/object": "builtins.eval"}), "it holds 'builtins.eval'"),
        ({"$type": "numpy.ndarray", "data": [1.0], "dtype": "float"}, "it holds 'numpy.ndarray'"),
        ({"a": 1}, "it holds an object, not of PyBaMM"),
        (function("__import__('os')"), "stands where a node of an expression is needed"),
        (function(scalar("1")), "'1' is given where a number is needed"),
        (function(scalar({"$type": "builtins.float", "value": "NaN"})), "an object is given"),
        (function(node("Addition", T), "T"), "its Addition has 1 operands, not 2"),
        (function(node("Negate", children=3)), "operands, not 1"),
        (function(node("Exp", {**T, "name": 3}), "T"), "its Parameter has no name"),
        (function({**T, "name": "a}b"}), "column"),
        (function(T, "T", "T"), "the argument 'T' is given twice"),
        (function(T, "exp"), "has the name of a function"),
        (function(node("FunctionParameter", name="D", has_diff_variable=True)), "a derivative"),
        (function(node("Interpolant", T, interpolator="nearest", **TABLE), "T"), "by 'nearest'"),
        (
            function(
                node("Interpolant", T, interpolator="cubic", _num_derivatives=1, **TABLE), "T"
            ),
            "tables do not do that",
        ),
        (function(node("Interpolant", T, x=[[0, 1]], y=[1]), "T"), "as many y as x"),
        (function(node("Interpolant", T, x=[[0, "a"]], y=[1, 2]), "T"), "give a number"),
        (function(node("Interpolant", T, x=[[0, 1]] * 3, y=[[[1]]]), "T"), "of 3 arguments"),
        (node("ExpressionFunctionParameter", T), "what its arguments are called"),
        (True, "True is neither a number nor a function"),
        ("lithium", "'lithium' is neither a number nor a function"),
        ([1.0], "[1.0] is neither a number nor a function"),
        (None, "None is neither a number nor a function"),
    ],
)
def test_what_is_not_in_the_list_is_named(given: Any, why: str) -> None:
    plain = plain_data({"f": given})
    assert plain.values == {}
    assert why in plain.unread["f"]


@pytest.mark.parametrize("deep", [150, 2000, 100_000])
def test_a_file_that_is_too_deep_is_refused(deep: int, tmp_path: Path) -> None:
    text = '{"f": ' + '{"$type": "pybamm.Negate", "children": [' * deep + "1" + "]}" * deep + "}"
    file = tmp_path / "deep.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match="more than 300 levels deep"):
        read_pybamm_json(file)


def test_a_sum_of_a_hundred_terms_is_read() -> None:
    body: Any = T
    for _ in range(100):
        body = node("Addition", body, scalar(1))
    assert plain_data({"f": function(body, "T")}).unread == {}


def test_an_expression_that_could_not_be_read_back_is_not_carried() -> None:
    body: Any = T
    for _ in range(14):
        body = node("Addition", body, copy.deepcopy(body))
    assert "at most" in plain_data({"f": function(body, "T")}).unread["f"]


def test_arguments_that_only_a_default_has_given_are_left_out() -> None:
    given = function(node("Multiplication", T, scalar(2)), "sto", "T", "T_ref", "t_plus")
    value = plain_data({"f": given}).values["f"]
    assert isinstance(value, Function)
    assert value.arguments == ("sto", "T")
    alone = plain_data({"f": function(scalar(2), "z")}).values["f"]
    assert isinstance(alone, Function)
    assert alone.arguments == ("z",)
