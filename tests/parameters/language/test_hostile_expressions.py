"""Hostile and broken texts: an error that says what and where, in no time, and never another."""

import random
import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.parameters.language.trees import ARGUMENTS, trees
from twin.parameters.language.expression import ExpressionError, parse, parse_function, to_text
from twin.parameters.language.grammar import (
    DEEPEST_PARENTHESES,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_DIGITS,
)
from twin.parameters.language.nodes import MOST_NODES

HOSTILE = {
    "exit(9)": "column 1: there is no function 'exit'",
    "__import__('os').system('x')": "column 1: found '_'",
    "x.__class__": "column 2: found '.'; nothing has attributes",
    "x.real": "column 2: found '.'",
    "(lambda: 0)()": "column 8: found ':'",
    "(x)(2)": "column 4: found '\\('; put an operator before it",
    '"a"*9': "column 1: found '\"'; there are no strings",
    "'a'": "there are no strings",
    "`x`": "there are no strings",
    "x[0]": "column 2: found '\\['; nothing is indexed",
    "x == 2": "column 3: found '='; nothing is compared",
    "x < 2": "column 3: found '<'; nothing is compared",
    "x; x": "column 2: found ';'; write one expression",
    "x\nx": "column 2: found the character U\\+000A; write the expression in one line",
    "x\0": "column 2: found the character U\\+0000",
    "\u0445 + 1": "column 1: found the character U\\+0445 CYRILLIC SMALL LETTER HA",
    "\uff58": "U\\+FF58 FULLWIDTH LATIN SMALL LETTER X",
    "x\u00b2": "U\\+00B2 SUPERSCRIPT TWO",
    "2\u00d7x": "U\\+00D7 MULTIPLICATION SIGN",
    "x\u00a0+ 1": "U\\+00A0 NO-BREAK SPACE",
    "\ud800": "U\\+D800",
    "x^2": "column 2: found '\\^'; write '\\*\\*' for a power",
    "2x": "column 2: found 'x'; put an operator before it",
    "x 2": "column 3: found '2'; put an operator before it",
    "(x)x": "column 4: found 'x'; put an operator before it",
    "x(3)": "column 1: x is not a function; write a product as x\\*",
    "F(3)": "column 1: F is not a function",
    "sin(x)": "did you mean 'sinh'\\?",
    "y": "'y' is no argument; the names are x, F, R",
    "X": "did you mean 'x'\\?",
    "exp": "exp is a function; write exp",
    "exp()": "exp has 1 argument\\(s\\), not 0",
    "exp(x, x)": "exp has 1 argument\\(s\\), not 2",
    "min(x)": "min has 2 to 20 argument\\(s\\), not 1",
    "pchip_table(x, x)": "pchip_table has 1 argument",
    "1, 2": "column 2: found ','; a comma separates",
    "x//2": "column 3: found '/'; there is no whole division",
    "x%2": "column 2: found '%'; an expression has",
    "x if x else 2": "column 3: found 'if'",
    "1_000": "column 2: found '_'",
    "0x10": "column 2: found 'x10'",
    "1.2.3": "column 4: found '.3'",
    "1e999": "column 1: 1e999 is beyond the range of numbers",
    "*x": "column 1: found '\\*'; a number, a name",
    "x +": "column 4: the expression ends too early: a number",
    "(x": "column 3: the expression ends too early: a '\\)' is missing",
    "x)": "column 2: found '\\)'; no '\\(' belongs to it",
    "()": "column 2: found '\\)'",
    "": "the expression is empty",
    " \t ": "the expression is empty",
    "{../../etc/passwd}": "'../../etc/passwd' is no name of a parameter",
    "{/etc/passwd}": "is no name of a parameter",
    "{a/../b}": "is no name of a parameter",
    "{C:\\x}": "is no name of a parameter",
    "{a; b}": "is no name of a parameter",
    "{x!r}": "is no name of a parameter",
    "{a__b}": "no name has two '_' in a row",
    "{}": "'' is no name of a parameter",
    "{a": "column 1: found '\\{'; close the name",
    "a}": "column 2: found '}'; the name of a parameter starts",
    "{{a}}": "column 1: found '\\{'",
    "{a}()": "give \\{a\\} its arguments",
    "a__b": "found 'a__b'; no name has two '_' in a row",
    "9" * (MOST_DIGITS + 1): f"at most {MOST_DIGITS} digits",
    "a" * (LONGEST_NAME + 1): f"at most {LONGEST_NAME} characters",
    "{" + "a" * (LONGEST_NAME + 1) + "}": f"at most {LONGEST_NAME} characters",
    "(" * 10_000 + "x" + ")" * 10_000: "20001 characters; at most 20000",
    "(" * 9_000: f"column {DEEPEST_PARENTHESES + 1}: more than {DEEPEST_PARENTHESES} parentheses",
    "exp(" * 51 + "x" + ")" * 51: f"more than {DEEPEST_PARENTHESES} parentheses",
    "1" * 1_000_000: f"1000000 characters; at most {LONGEST_TEXT}",
    "x+" * 9_000 + "x": f"18001 numbers, names and operators; at most {MOST_NODES}",
    "-" * 19_000 + "x": f"at most {MOST_NODES}",
    "-" * 200 + "x": "201 operations deep; at most 100",
    "x*" * 200 + "x": "at most 100 are read",
    "x**" * 200 + "x": "at most 100 are read",
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.items(), ids=lambda text: ascii(text)[:30])
def test_what_is_not_in_the_language_is_refused(text, message):
    start = time.perf_counter()
    with pytest.raises(ExpressionError, match=message) as caught:
        parse(text, ["x"])
    assert time.perf_counter() - start < 1.5
    assert len(str(caught.value)) < 600
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()


def outcome(text):
    """Read a text; any exception but `ExpressionError` fails the test."""
    start = time.perf_counter()
    try:
        tree = parse(text, ARGUMENTS)
    except ExpressionError as error:
        assert str(error).isprintable()  # noqa: PT017
    else:
        assert parse(to_text(tree), ARGUMENTS) == tree
    assert time.perf_counter() - start < 1.5


@given(st.text())
@example("{" * 20_000)
@example("{x}(" * 5_000)
@example("1." * 10_000)
@example("{a" * 10_000)
@example("e" * 20_000)
@example("x y " * 5_000)
def test_any_text_is_read_or_refused(text):
    outcome(text)


@given(st.text(alphabet="xT()+-*/ .,19eE{}_[]FRexpminlogtab", max_size=60))
@settings(max_examples=300)
def test_any_text_of_the_alphabet_is_read_or_refused(text):
    outcome(text)


@given(trees, st.randoms(use_true_random=False), st.integers(1, 6))
@settings(max_examples=200)
def test_mutated_texts_are_read_or_refused(tree, chance: random.Random, count):
    text = to_text(tree)
    for _ in range(count):
        place = chance.randrange(len(text) + 1)
        piece = chance.choice(["", "(", ")", "**", "-", "x", "9", "{", "}", ",", ".", "\0", "é"])
        text = text[:place] + piece + text[place + chance.randrange(3) :]
    outcome(text)
    start = time.perf_counter()
    with suppress(ExpressionError):
        parse_function(text)
    assert time.perf_counter() - start < 1.5
