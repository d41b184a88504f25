"""The language: what is read, what is refused, and that trees and texts go together."""

import ast
import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parameters.language.trees import ARGUMENTS, plain_trees, trees
from twin.parameters.language.expression import (
    Argument,
    Call,
    Constant,
    ExpressionError,
    Function,
    Negative,
    Number,
    Operation,
    Reference,
    arguments_of,
    function_text,
    in_bpx,
    parse,
    parse_function,
    references,
    substitute,
    to_text,
    walk,
)
from twin.parameters.language.grammar import (
    DEEPEST_PARENTHESES,
    LONGEST_NAME,
    MOST_DIGITS,
)
from twin.parameters.language.nodes import MOST_NODES
from twin.parameters.language.tables import Table

X = Argument("x")
ONE, TWO, THREE = Number(1), Number(2), Number(3)
DIFFUSIVITY = "(c_e, T) = 8.8e-11*(c_e/1000)**2*exp(2044*(1/298.15 - 1/T))"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("2", TWO),
        (" 2.\t", TWO),
        (".5", Number(0.5)),
        ("2e-05", Number(2e-5)),
        ("x", X),
        ("+x", X),
        ("-x", Negative(X)),
        ("((x))", X),
        ("1-2-3", Operation("-", Operation("-", ONE, TWO), THREE)),
        ("1-(2-3)", Operation("-", ONE, Operation("-", TWO, THREE))),
        ("1/2*3", Operation("*", Operation("/", ONE, TWO), THREE)),
        ("1+2*3", Operation("+", ONE, Operation("*", TWO, THREE))),
        ("1**2**3", Operation("**", ONE, Operation("**", TWO, THREE))),
        ("(1**2)**3", Operation("**", Operation("**", ONE, TWO), THREE)),
        ("-x**2", Negative(Operation("**", X, TWO))),
        ("(-x)**2", Operation("**", Negative(X), TWO)),
        ("2**-1", Operation("**", TWO, Negative(ONE))),
        ("-2*x", Operation("*", Negative(TWO), X)),
        ("1--x", Operation("-", ONE, Negative(X))),
        ("exp (x)", Call("exp", (X,))),
        ("min(1, x, 2)", Call("min", (ONE, X, TWO))),
        ("linear_table(x, 2)", Call("linear_table", (X, TWO))),
        ("R*F", Operation("*", Constant("R"), Constant("F"))),
        ("{ Thickness [m] }", Reference("Thickness [m]")),
        ("{k}(x, 1+2)", Reference("k", (X, Operation("+", ONE, TWO)))),
    ],
)
def test_a_text_has_this_tree(text, tree):
    assert parse(text, ["x"]) == tree


@pytest.mark.parametrize(
    "text",
    [
        "-x**2",
        "a - (b - c)",
        "a - b - c",
        "a/(b*c)",
        "a/b*c",
        "(a + b)*c",
        "(a**b)**c",
        "a**b**c",
        "(-a)**2",
        "2**-a",
        "-(a + b)",
        "-(a*b)",
        "-a*b",
        "a - -b",
        "a*-b",
        "exp(a + b)",
        "min(a, b + 1, 2)",
        "{Thickness [m]}*(a + 1)",
        "{k (1)}(a, b*2)",
        "1e-05*a",
        "1e+16",
        "0.1",
        "cubic_table(a, b)",
    ],
)
def test_a_text_has_no_parentheses_that_it_does_not_need(text):
    assert to_text(parse(text, "abcx")) == text


@given(trees)
def test_reading_the_text_of_a_tree_gives_the_tree(tree):
    text = to_text(tree)
    assert parse(text, ARGUMENTS) == tree
    assert to_text(parse(text, ARGUMENTS)) == text


SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


def of_python(node):
    """Return the tree that Python's own parser sees."""
    if isinstance(node, ast.BinOp):
        return Operation(SIGNS[type(node.op)], of_python(node.left), of_python(node.right))
    if isinstance(node, ast.UnaryOp):
        operand = of_python(node.operand)
        return Negative(operand) if isinstance(node.op, ast.USub) else operand
    if isinstance(node, ast.Call):
        return Call(node.func.id, tuple(of_python(part) for part in node.args))
    return Argument(node.id) if isinstance(node, ast.Name) else Number(node.value)


@given(plain_trees)
def test_python_sees_the_same_tree(tree):
    assert of_python(ast.parse(to_text(tree), mode="eval").body) == tree


@given(st.lists(st.sampled_from(["x", "2.5", "-", "+", "*", "/", "**", "(", ")"]), max_size=14))
@settings(max_examples=500)
def test_what_is_read_is_read_as_python_does(tokens):
    text = " ".join(tokens)
    try:
        tree = parse(text, ["x"])
    except ExpressionError:
        return
    assert of_python(ast.parse(text, mode="eval").body) == tree


@given(plain_trees)
def test_bpx_reads_what_is_said_to_be_in_bpx(tree):
    bpx = pytest.importorskip("bpx")
    assert in_bpx(tree)
    assert bpx.Function.validate(to_text(tree)) == to_text(tree)


@pytest.mark.parametrize(
    "text",
    [
        "T",
        "log(x)",
        "sinh(x)",
        "sqrt(x)",
        "abs(x)",
        "min(x, 1)",
        "F*x",
        "{a}",
        "linear_table(x)",
        "x + {k}(x)",
    ],
)
def test_what_bpx_does_not_read_is_known(text):
    assert not in_bpx(parse(text, ["x", "T"]))


@given(trees, trees)
def test_equal_trees_have_equal_hashes_and_survive_copies(one, other):
    assert (one == other) == (to_text(one) == to_text(other))
    twin = pickle.loads(pickle.dumps(one))
    assert twin == one
    assert hash(twin) == hash(one)
    assert copy.deepcopy(one) == one


def test_a_negative_number_equals_minus_its_size():
    assert Number(-2) == Negative(TWO)
    assert hash(Number(-2)) == hash(Negative(TWO))
    assert Number(0) != Number(-0.0)
    for tree in (Operation("**", Number(-2), TWO), Negative(Number(-2)), Number(-0.0)):
        assert parse(to_text(tree), []) == tree


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_numbers_are_finite(value):
    with pytest.raises(ExpressionError, match="give a finite one"):
        Number(value)


def test_names_in_a_tree_are_found():
    tree = parse("{a [m]}*x + {b}(T, {c}) + F", ["x", "T", "other"])
    assert references(tree) == {"a [m]", "b", "c"}
    assert arguments_of(tree) == {"x", "T"}
    assert [type(node).__name__ for node in walk(parse("-x + 1", ["x"]))] == [
        "Operation",
        "Negative",
        "Argument",
        "Number",
    ]


def test_arguments_are_renamed_and_replaced():
    tree = parse("sto**2 + {k}(sto, T)", ["sto", "T"])
    changed = substitute(tree, {"sto": parse("1 - x", ["x"])})
    assert to_text(changed) == "(1 - x)**2 + {k}(1 - x, T)"
    swapped = substitute(tree, {"sto": Argument("T"), "T": Argument("sto")})
    assert to_text(swapped) == "T**2 + {k}(T, sto)"


def test_filling_in_does_not_grow_without_bound():
    tree = parse(" + ".join(["x*x"] * 100), ["x"])
    with pytest.raises(ExpressionError, match=f"at most {MOST_NODES} are read"):
        substitute(tree, {"x": tree})


def test_a_function_is_read_with_its_arguments():
    function = parse_function(DIFFUSIVITY)
    assert function.arguments == ("c_e", "T")
    assert function_text(function) == DIFFUSIVITY
    assert parse_function(function_text(function)) == function
    assert parse_function("() = 2*{a}") == Function((), parse("2*{a}", []))
    assert parse_function("(F) = F").body == Argument("F")
    table = Table((0, 1), (2, 3))
    assert hash(Function(("x",), Call("linear_table", (X,)), table)) is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("c_e*2", "column 1: a function starts with its arguments"),
        ("(x) == 2", "a function starts with its arguments"),
        ("(x) 2", "a function starts with its arguments"),
        ("(x,) = 2", "the argument '' is no name"),
        ("(x, x) = 2", "'x' is given twice"),
        ("(exp) = 2", "'exp' has the name of a function"),
        ("(1x) = 2", "'1x' is no name"),
        ("(_x) = 2", "'_x' is no name"),
        ("(x__y) = 2", "'x__y' is no name"),
        ("(x.y) = 2", "'x.y' is no name"),
        ("(x) = x + y", "column 11: 'y' is no argument; the names are x, F, R"),
        ("(x) = ", "column 7: the expression ends too early"),
        ("(x) = x = 2", "column 9: found '='"),
        (f"({', '.join(f'a{i}' for i in range(21))}) = 1", "there are 21 arguments"),
        (f"({'a' * 201}) = 1", "at most 200 characters"),
    ],
)
def test_a_function_without_a_proper_signature_is_refused(text, message):
    with pytest.raises(ExpressionError, match=message.replace("(", r"\(").replace(")", r"\)")):
        parse_function(text)


def test_a_function_uses_its_arguments_alone():
    with pytest.raises(ExpressionError, match="uses T, but its arguments are x"):
        Function(("x",), parse("x*T", ["x", "T"]))
    with pytest.raises(ExpressionError, match="the argument F hides the constant F"):
        Function(("F",), parse("F", []))


@pytest.mark.parametrize("text", [None, 2, b"x", ["x"]])
def test_only_texts_are_read(text):
    with pytest.raises(ExpressionError, match="an expression is a text"):
        parse(text, ["x"])


def test_just_within_the_limits_is_read():
    assert parse("(" * DEEPEST_PARENTHESES + "x" + ")" * DEEPEST_PARENTHESES, ["x"]) == X
    assert parse("9" * MOST_DIGITS, []).value == float("9" * MOST_DIGITS)
    name = "a" * LONGEST_NAME
    assert parse(f"{{{name}}}", []) == Reference(name)
    assert parse(name, [name]) == Argument(name)
    assert parse("9**9**9**9**9", []).operator == "**"


def test_long_sums_overflow_nothing():
    text = " + ".join(["x - 0.5"] * 1200)
    tree = parse(text, ["x"])
    assert to_text(tree) == text
    twin = parse(text, ["x"])
    assert tree == twin
    assert hash(tree) == hash(twin)
    assert pickle.loads(pickle.dumps(tree)) == tree
    assert copy.deepcopy(tree) == tree
    assert sum(1 for _ in walk(tree)) == 4799
    assert arguments_of(substitute(tree, {"x": Argument("y")})) == {"y"}
    assert repr(tree).startswith("Operation('x - 0.5 + x")
