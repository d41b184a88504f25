"""The page on expressions is true: functions, limits, constants, messages and examples."""

import re

import pytest

from tests.conftest import ROOT
from twin.parameters.checks import size_checks
from twin.parameters.language.expression import (
    CONSTANTS,
    FUNCTIONS,
    MOST_ARGUMENTS,
    ExpressionError,
    function_text,
    in_bpx,
    parse,
    parse_function,
)
from twin.parameters.language.grammar import (
    DEEPEST_OPERATIONS,
    DEEPEST_PARENTHESES,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_DIGITS,
)
from twin.parameters.language.nodes import LONGEST_SUM, MOST_NODES
from twin.parameters.language.tables import MOST_POINTS, MOST_SECOND

PAGE = (ROOT / "docs" / "reference" / "expressions.md").read_text(encoding="utf-8")


def rows(heading):
    """Return the rows of the first table below a heading of the page."""
    below = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in below.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_the_page_names_every_function():
    said = {name.strip("`"): count for name, count, _ in rows("Functions")}
    assert said.keys() == FUNCTIONS.keys()
    for name, (least, most) in FUNCTIONS.items():
        assert said[name] in (f"{least}", f"{least} to {most}", f"{least} or {most}")
        assert (least == most) == (said[name] == f"{least}")


def test_the_page_has_the_limits():
    assert [int(value) for _, value in rows("Limits")] == [
        LONGEST_TEXT,
        MOST_NODES,
        DEEPEST_PARENTHESES,
        DEEPEST_OPERATIONS,
        MOST_DIGITS,
        LONGEST_NAME,
        MOST_ARGUMENTS,
        MOST_POINTS,
        size_checks.MOST_POINTS,
        MOST_SECOND,
        size_checks.MOST_NODES,
        size_checks.MOST_LEVELS,
    ]
    assert f"more than {LONGEST_SUM} terms" in PAGE


def test_the_page_has_the_constants():
    for value in CONSTANTS.values():
        assert repr(value) in PAGE


@pytest.mark.parametrize(("text", "message"), rows("Why it is not Python"))
def test_the_page_has_the_messages(text, message):
    with pytest.raises(ExpressionError) as caught:
        parse(text.strip("`"), ["x"])
    assert str(caught.value) == message


def test_the_examples_of_the_page_are_in_the_language():
    described = re.findall(r'"description": "([^"]*)"', PAGE)
    alone = re.findall(r"`(\([a-zA-Z_, ]*\) = [^`]*)`", PAGE)
    assert len(described) + len(alone) >= 5
    for text in (*described, *alone):
        assert function_text(parse_function(text)) == text
    field = re.search(r'"OCP \[V\]": "([^"]*)"', PAGE)
    assert in_bpx(parse(field[1], ["x"]))
    for row in rows("Grammar"):
        for text in re.findall(r"`([^`]*)`", row[1]):
            assert parse(text, ["a", "b", "c", "c_e", "T", "sto", "x"])
