"""Tables: closed forms, PyBaMM's interpolants in Python and in CasADi, and what is refused."""

import casadi
import numpy as np
import pybamm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import ParameterError
from twin.parameters.language.table_symbols import table_symbol
from twin.parameters.language.tables import (
    MOST_POINTS,
    Table,
    Table2,
    interpolate,
    read_table,
    read_tables,
)

UNEVEN = np.array([0, 0.1, 0.25, 0.5, 0.8, 1.0])
EVEN = np.linspace(0, 1, 6)
TEMPERATURES = np.array([270.0, 285, 300, 310, 330])
INSIDE = np.array([0, 0.05, 0.1, 0.17, 0.5, 0.6, 0.99, 1.0])
OUTSIDE = np.array([-0.3, -0.05, 1.001, 1.4])
EVERYWHERE = np.concatenate([OUTSIDE, INSIDE])
KINDS = ["linear", "cubic", "pchip"]


def table(x):
    return Table(tuple(x), tuple(np.cos(3 * x) + x**3))


def surface(x, second):
    z = np.cos(3 * x)[:, None] * (second / 300) + np.sin(second / 50)
    return Table2(tuple(x), tuple(second), tuple(map(tuple, z)))


def values(symbol, y):
    """Return what Python and what CasADi make of a symbol of the state."""
    states = casadi.MX.sym("y", len(y))
    compiled = casadi.Function("value", [states], [symbol.to_casadi(y=states)])
    return symbol.evaluate(y=y[:, None])[:, 0], compiled(y).full()[:, 0]


def state(first, count):
    return pybamm.StateVector(slice(first, first + count))


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_goes_through_its_points(kind):
    assert interpolate(table(UNEVEN), kind, UNEVEN) == pytest.approx(table(UNEVEN).y, abs=1e-15)
    both = surface(UNEVEN, TEMPERATURES)
    if kind != "pchip":
        found = interpolate(both, kind, UNEVEN[:, None], TEMPERATURES)
        assert found == pytest.approx(np.array(both.z), abs=1e-14)


def test_linear_joins_by_lines_and_goes_on_outside():
    lines = Table((0, 1, 3), (1, 3, 2))
    assert interpolate(lines, "linear", [-1, 0.5, 2, 5]).tolist() == [-1, 2, 2.5, 1]
    plane = Table2((0, 1), (280, 300), ((1, 2), (3, 6)))
    assert float(interpolate(plane, "linear", 0.5, 290)) == 3
    assert float(interpolate(plane, "linear", 2, 320)) == 1 + 2 * 2 + 2 + 2 * 2 * 2


def test_a_cubic_is_reproduced_by_a_cubic_everywhere():
    def polynomial(x):
        return 2 - x + 3 * x**2 - 4 * x**3

    cubic = Table(tuple(UNEVEN), tuple(polynomial(UNEVEN)))
    assert interpolate(cubic, "cubic", EVERYWHERE) == pytest.approx(
        polynomial(EVERYWHERE), abs=1e-13
    )
    second = np.array([1.0, 2, 4, 5])
    both = Table2(
        tuple(UNEVEN), tuple(second), tuple(map(tuple, np.outer(polynomial(UNEVEN), second**3)))
    )
    expected = polynomial(EVERYWHERE) * 6.0**3
    assert interpolate(both, "cubic", EVERYWHERE, 6.0) == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=12), st.floats(0, 1))
def test_pchip_overshoots_nowhere(y, place):
    steps = Table(tuple(range(len(y))), tuple(y))
    x = place * (len(y) - 1)
    left = min(int(x), len(y) - 2)
    low, high = sorted(y[left : left + 2])
    assert low - 1e-12 <= float(interpolate(steps, "pchip", x)) <= high + 1e-12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("x", [UNEVEN, EVEN], ids=["uneven", "even"])
def test_values_of_one_argument_are_those_of_pybamm(kind, x):
    given_table = table(x)
    symbol = pybamm.Interpolant(
        x, np.array(given_table.y), state(0, len(EVERYWHERE)), interpolator=kind
    )
    in_python = symbol.evaluate(y=EVERYWHERE[:, None])[:, 0]
    assert interpolate(given_table, kind, EVERYWHERE) == pytest.approx(in_python, abs=1e-14)


@pytest.mark.parametrize(("kind", "tolerance"), [("linear", 1e-14), ("cubic", 1e-4)])
def test_values_of_two_arguments_are_those_of_pybamm(kind, tolerance):
    """PyBaMM finds the cubic one by iteration."""
    both = surface(UNEVEN, TEMPERATURES)
    places = EVERYWHERE if kind == "linear" else INSIDE
    count = len(places)
    temperatures = np.linspace(270, 330, count)
    y = np.concatenate([places, temperatures])
    children = [state(0, count), state(count, count)]
    symbol = pybamm.Interpolant(
        (UNEVEN, TEMPERATURES), np.array(both.z), children, interpolator=kind
    )
    in_python = symbol.evaluate(y=y[:, None])[:, 0]
    found = interpolate(both, kind, places, temperatures)
    assert found == pytest.approx(in_python, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("x", [UNEVEN, EVEN], ids=["uneven", "even"])
def test_symbols_of_one_argument_have_these_values(kind, x):
    symbol = table_symbol(kind, table(x), (state(0, len(EVERYWHERE)),))
    expected = interpolate(table(x), kind, EVERYWHERE)
    for found in values(symbol, EVERYWHERE):
        assert found == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("points", [2, 3])
@pytest.mark.parametrize("kind", ["linear", "pchip"])
def test_symbols_of_few_points_have_these_values(kind, points):
    short = Table(tuple(UNEVEN[:points]), (1.0, 3.0, 2.0)[:points])
    symbol = table_symbol(kind, short, (state(0, len(EVERYWHERE)),))
    for found in values(symbol, EVERYWHERE):
        assert found == pytest.approx(interpolate(short, kind, EVERYWHERE), abs=1e-12)


@pytest.mark.parametrize("kind", ["linear", "cubic"])
@pytest.mark.parametrize("count", [1, len(EVERYWHERE)])
def test_symbols_of_two_arguments_have_these_values(kind, count):
    """Also where the second argument is one value for all of the first."""
    temperatures = np.linspace(262, 335, count)
    both = surface(UNEVEN, TEMPERATURES)
    children = state(0, len(EVERYWHERE)), state(len(EVERYWHERE), count)
    expected = interpolate(both, kind, EVERYWHERE, temperatures)
    for found in values(
        table_symbol(kind, both, children), np.concatenate([EVERYWHERE, temperatures])
    ):
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_symbols_of_constants_are_constants():
    both = surface(UNEVEN, TEMPERATURES)
    symbol = table_symbol("cubic", both, (state(0, 3), pybamm.Scalar(298.15)))
    expected = interpolate(both, "cubic", INSIDE[:3], 298.15)
    for found in values(symbol, INSIDE[:3]):
        assert found == pytest.approx(expected, abs=1e-12)
    alone = table_symbol("pchip", table(EVEN), (pybamm.Scalar(0.3),))
    assert isinstance(alone, pybamm.Scalar)
    assert alone.value == float(interpolate(table(EVEN), "pchip", 0.3))


@pytest.mark.parametrize("kind", ["cubic", "pchip"])  # PyBaMM has none of linear ones
def test_symbols_have_the_slope_of_their_values(kind):
    places = np.array([-0.2, 0.17, 0.6, 1.1])
    argument = state(0, len(places))
    slope = table_symbol(kind, table(UNEVEN), (argument,)).diff(argument)
    h = 1e-6
    up, down = (interpolate(table(UNEVEN), kind, places + sign * h) for sign in (1, -1))
    expected = (up - down) / (2 * h)
    for found in values(slope, places):
        found = np.diag(found) if found.ndim == 2 else found
        assert found == pytest.approx(expected, abs=1e-7)


def test_pybamm_still_has_no_cubic_outside_its_table():
    """When this fails, `table_symbols` can leave cubics of one argument to PyBaMM."""
    x = UNEVEN
    symbol = pybamm.Interpolant(x, np.array(table(x).y), state(0, 1), interpolator="cubic")
    in_python, in_casadi = values(symbol, np.array([-0.05]))
    assert in_python[0] == pytest.approx(0.987, abs=1e-3)
    assert in_casadi[0] == 0


def test_pybamm_still_transposes_cubics_of_two_arguments():
    """When this fails, `table_symbols` can leave cubics of two arguments to PyBaMM."""
    both = surface(UNEVEN, TEMPERATURES)
    symbol = pybamm.Interpolant(
        (UNEVEN, TEMPERATURES), np.array(both.z), [state(0, 1), state(1, 1)], interpolator="cubic"
    )
    in_python, in_casadi = values(symbol, np.array([0.5, 285.0]))
    assert in_python[0] == pytest.approx(both.z[3][1], rel=1e-4)
    assert abs(in_casadi[0] - in_python[0]) > 0.1


def test_pybamm_still_wants_arguments_of_one_shape():
    """When this fails, `table_symbols` can leave linear tables of two arguments to PyBaMM."""
    both = surface(UNEVEN, TEMPERATURES)
    children = [state(0, 3), state(3, 1)]
    symbol = pybamm.Interpolant((UNEVEN, TEMPERATURES), np.array(both.z), children)
    with pytest.raises(ValueError, match="same shape"):
        symbol.evaluate(y=np.array([[0.1], [0.2], [0.3], [300]]))


def test_x_in_any_order_is_sorted():
    read = read_table({"x": [1, 0, 0.5], "y": [10, 20, 30]})
    assert read == Table((0.0, 0.5, 1.0), (20.0, 30.0, 10.0))
    assert read.plain() == {"x": [0, 0.5, 1], "y": [20, 30, 10]}


def test_tables_become_one_of_two_arguments():
    data = {
        "300": {"x": [1, 0], "y": [4, 2]},
        "2.8e2": {"x": [0, 1], "y": [1, 3]},
    }
    read = read_tables(data)
    assert read == Table2((0.0, 1.0), (280.0, 300.0), ((1.0, 2.0), (3.0, 4.0)))
    assert read.plain() == {
        "280.0": {"x": [0, 1], "y": [1, 3]},
        "300.0": {"x": [0, 1], "y": [2, 4]},
    }
    assert read_tables(read.plain()) == read


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "the OCP has no keys; a table has x and y"),
        ([1, 2], "the OCP has no keys"),
        ({"x": [0, 1]}, "the OCP has the keys x; a table has x and y"),
        ({"x": [0, 1], "y": [0, 1], "z": 1}, "has the keys x, y, z"),
        ({"x": [0, 1], "y": 3}, "the OCP: y is no list"),
        ({"x": [0, 1], "y": "ab"}, "the OCP: y is no list"),
        ({"x": [0, 1], "y": {"0": 1}}, "the OCP: y is no list"),
        ({"x": [0, 1, 2], "y": [0, 1]}, "as many y as x, not 2 y for 3 x"),
        ({"x": [0], "y": [0]}, "x has 1 value\\(s\\); a table has at least 2"),
        ({"x": [0, 1, 0], "y": [0, 1, 2]}, "x has 0.0 twice; keep one"),
        ({"x": [0, float("nan")], "y": [0, 1]}, "x\\[2\\] is no finite number"),
        ({"x": [0, 1], "y": [float("inf"), 1]}, "y\\[1\\] is no finite number"),
        ({"x": [0, 10**400], "y": [0, 1]}, "x\\[2\\] is no finite number"),
        ({"x": [0, "1"], "y": [0, 1]}, "x\\[2\\] is '1'; give a number"),
        ({"x": [0, True], "y": [0, 1]}, "x\\[2\\] is True; give a number"),
        ({"x": [0, None], "y": [0, 1]}, "x\\[2\\] is None; give a number"),
        ({"x": [0, [1]], "y": [0, 1]}, "x\\[2\\] is \\[1\\]; give a number"),
        ({"x": [0] * (MOST_POINTS + 1), "y": [0]}, f"at most {MOST_POINTS}"),
    ],
)
def test_what_is_no_table_is_refused(data, message):
    with pytest.raises(ParameterError, match=message):
        read_table(data, "the OCP")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "give one table per value"),
        ({}, "a table has at least 2"),
        ({"300": {"x": [0, 1], "y": [0, 1]}}, "the second argument has 1 value"),
        (
            {"300": {"x": [0, 1], "y": [0, 1]}, "300.0": {"x": [0, 1], "y": [0, 1]}},
            "the second argument has 300.0 twice",
        ),
        (
            {"300": {"x": [0, 1], "y": [0, 1]}, "310": {"x": [0, 2], "y": [0, 1]}},
            "the tables at 300.0 and 310.0 differ in x",
        ),
        ({"300": {"x": [0, 1]}, "310": {}}, "the D, 300 has the keys x"),
        *(
            ({key: {"x": [0, 1], "y": [0, 1]}}, "is no value of the second argument")
            for key in (
                "",
                "warm",
                "nan",
                "inf",
                "1e999",
                "1_0",
                " 1",
                "\uff11",
                "0x1",
                300,
                "1" * 50,
            )
        ),
    ],
)
def test_what_are_no_tables_is_refused(data, message):
    with pytest.raises(ParameterError, match=message):
        read_tables(data, "the D")


def test_tables_made_by_hand_are_checked():
    with pytest.raises(ParameterError, match=r"x has 0\.0 after 1\.0; sort it"):
        Table((1, 0), (1, 2))
    with pytest.raises(ParameterError, match="as many rows and columns"):
        Table2((0, 1), (0, 1), ((1, 2),))
    with pytest.raises(ParameterError, match="as many rows and columns"):
        Table2((0, 1), (0, 1), ((1, 2), (3,)))


@pytest.mark.parametrize(
    ("kind", "count", "message"),
    [
        ("cubic", 3, "cubic_table needs 4 points in each argument, but the table has 3"),
        ("spline", 4, "not read by 'spline'; use linear, cubic, pchip"),
    ],
)
def test_a_way_that_does_not_suit_the_table_is_refused(kind, count, message):
    short = Table(tuple(range(count)), tuple(range(count)))
    with pytest.raises(ParameterError, match=message):
        interpolate(short, kind, 0.5)
    with pytest.raises(ParameterError, match=message):
        table_symbol(kind, short, (pybamm.Scalar(0.5),))


def test_pchip_reads_tables_of_one_argument_alone():
    with pytest.raises(ParameterError, match="use cubic_table"):
        interpolate(surface(UNEVEN, TEMPERATURES), "pchip", 0.5, 300)
