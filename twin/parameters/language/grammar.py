"""From the text of an expression to its tree: the grammar, its limits, and what is refused."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import cache
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, VisitError
from lark.visitors import Transformer_NonRecursive

from twin.errors import nearest
from twin.parameters.language.nodes import (
    CONSTANTS,
    FUNCTIONS,
    MOST_NODES,
    Argument,
    Call,
    Constant,
    ExpressionError,
    Negative,
    Node,
    Number,
    Operation,
    Reference,
    fold,
    operands,
    walk,
)

LONGEST_TEXT = 20_000
LONGEST_NAME = 200
MOST_DIGITS = 40
DEEPEST_PARENTHESES = 50
DEEPEST_OPERATIONS = 100

GRAMMAR = r"""
?start: sum
?sum: product
    | sum (PLUS | MINUS) product -> operation
?product: sign
    | product (TIMES | OVER) sign -> operation
?sign: power
    | MINUS sign -> negative
    | PLUS sign -> positive
?power: atom
    | atom POWER sign -> operation
?atom: NUMBER -> number
    | NAME -> name
    | NAME "(" [sum ("," sum)*] ")" -> call
    | REFERENCE -> reference
    | REFERENCE "(" [sum ("," sum)*] ")" -> reference_to_function
    | "(" sum ")"

NUMBER: /([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?/
NAME: /[A-Za-z][A-Za-z0-9_]*/
REFERENCE: /\{[^{}]*\}/
PLUS: "+"
MINUS: "-"
TIMES: "*"
OVER: "/"
POWER: "**"
%ignore /[ \t]+/
"""

_PARAMETER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 %'()*+,./:\[\]^_=-]*")
_UNREADABLE = re.compile(r"[^\t\x20-\x7e]")
_BRACKETS = re.compile(r"\{[^{}]*\}?|[()]")
_SHOWN = 30
# what is found where nothing of the language can stand -> what to do
_HINTS = {
    "^": "write '**' for a power",
    ";": "write one expression",
    ":": "there are no lambda functions, conditions or slices",
    ".": "nothing has attributes, and a point stands only within a number",
    "_": "a name starts with a letter",
    "{": "close the name of the parameter with '}'",
    "}": "the name of a parameter starts with '{'",
    **dict.fromkeys("=<>!", "nothing is compared or assigned; use min(...) or max(...)"),
    **dict.fromkeys("'\"`", "there are no strings"),
    **dict.fromkeys("[]", "nothing is indexed; a parameter stands in braces: {Thickness [m]}"),
}
_ALLOWED = "an expression has numbers, names, + - * / **, parentheses and {parameters} alone"


def failure(text: str, position: int, problem: str) -> ExpressionError:
    """Return an error that says where, with what stands around it."""
    start = max(0, position - _SHOWN)
    end = position + _SHOWN
    shown = f"{'...' * (start > 0)}{text[start:end]}{'...' * (end < len(text))}"
    return ExpressionError(f"column {position + 1}: {problem}; in {shown!a}")


def read(text: str, arguments: frozenset[str], start: int = 0) -> Node:
    """Return the tree of a text from a position on.

    Parameters
    ----------
    arguments : names that it may use
    start : where the expression starts; columns in messages count from the start of the text

    Raises
    ------
    ExpressionError
        if it is not in the language or beyond its limits.
    """
    check_text(text)
    _check_parentheses(text)
    try:
        tree = _parser().parse(" " * start + text[start:])
        node: Node = _Builder(text, arguments).transform(tree)
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None
    except VisitError as error:
        raise error.orig_exc from None
    _check_size(node)
    return node


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=False)


def check_text(text: Any) -> None:
    """Refuse what is no text, too long a text, and characters that no expression has."""
    if not isinstance(text, str):
        raise ExpressionError(f"an expression is a text, not an object of {type(text).__name__}")
    if len(text) > LONGEST_TEXT:
        raise ExpressionError(
            f"the expression has {len(text)} characters; at most {LONGEST_TEXT} are read, so "
            "use a table"
        )
    strange = _UNREADABLE.search(text)
    if strange:
        raise failure(text, strange.start(), f"found {_named(strange[0])}; {_plain(strange[0])}")
    if not text.strip():
        raise ExpressionError("the expression is empty; write a number, a name or a formula")


def _named(character: str) -> str:
    return f"the character U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _plain(character: str) -> str:
    if character in "\r\n":
        return "write the expression in one line"
    return "an expression is written in ASCII characters"


def _check_parentheses(text: str) -> None:
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth > DEEPEST_PARENTHESES:
            problem = f"more than {DEEPEST_PARENTHESES} parentheses are open; use a table"
            raise failure(text, match.start(), problem)


def _check_size(node: Node) -> None:
    count = sum(1 for _ in walk(node))
    if count > MOST_NODES:
        raise ExpressionError(
            f"the expression has {count} numbers, names and operators; at most {MOST_NODES} "
            "are read, so use a table"
        )
    depth = fold(node, _depth, operands)
    if depth > DEEPEST_OPERATIONS:
        raise ExpressionError(
            f"the expression is {depth} operations deep; at most "
            f"{DEEPEST_OPERATIONS} are read, so set parentheses, or use a table"
        )


def _depth(node: Node, parts: tuple[int, ...]) -> int:
    """Return how deep the evaluation of a node is, long sums being taken by halves."""
    if isinstance(node, Operation):
        return max(parts) + (len(parts) - 1).bit_length()
    return 1 + max(parts, default=0)


def _unexpected(text: str, error: UnexpectedInput) -> ExpressionError:
    """Return what is wrong with a text that is not in the grammar."""
    if isinstance(error, UnexpectedCharacters):
        place = error.pos_in_stream or 0
        found = text[place]
        return failure(text, place, f"found {found!r}; {_HINTS.get(found, _ALLOWED)}")
    token: Token | None = getattr(error, "token", None)
    if token is None or token.type == "$END":
        missing = "a ')' is missing" if _open(text) else "a number, a name or '(' is missing"
        return failure(text, len(text), f"the expression ends too early: {missing}")
    position = token.start_pos or 0
    before = text[:position].rstrip()
    beside = bool(before) and (before[-1].isalnum() or before[-1] in ")}_.")
    found = str(token)[:_SHOWN]
    return failure(text, position, f"found {found!r}; {_advice(token, beside, before)}")


def _open(text: str) -> bool:
    brackets = [match[0] for match in _BRACKETS.finditer(text)]
    return brackets.count("(") > brackets.count(")")


def _advice(token: Token, beside: bool, before: str) -> str:
    """Return what to do about a token that cannot stand where it stands."""
    if token.type == "RPAR" and beside:
        return "no '(' belongs to it"
    if token.type == "COMMA" and beside:
        return "a comma separates the arguments of a function alone"
    if beside:
        return "put an operator before it; a product is written out, as 2*x"
    if token.type == "OVER" and before.endswith("/"):
        return "there is no whole division"
    return "a number, a name, '(' or '-' is expected there"


class _Builder(Transformer_NonRecursive[Token, Any]):
    """Nodes from the parse tree, with the names checked."""

    def __init__(self, text: str, arguments: frozenset[str]) -> None:
        super().__init__(visit_tokens=False)
        self._text = text
        self._arguments = arguments

    def operation(self, parts: list[Any]) -> Node:
        left, sign, right = parts
        return Operation(str(sign), left, right)

    def negative(self, parts: list[Any]) -> Node:
        return Negative(parts[1])

    def positive(self, parts: list[Any]) -> Node:
        operand: Node = parts[1]
        return operand

    def number(self, parts: list[Token]) -> Node:
        token = parts[0]
        if sum(character.isdigit() for character in token) > MOST_DIGITS:
            raise self._failure(token, f"a number has at most {MOST_DIGITS} digits; shorten it")
        value = float(token)
        if not math.isfinite(value):
            raise self._failure(token, f"{token} is beyond the range of numbers; make it smaller")
        return Number(value)

    def name(self, parts: list[Token]) -> Node:
        token = parts[0]
        name = self._short(token, str(token))
        if name in self._arguments:
            return Argument(name)
        if name in CONSTANTS:
            return Constant(name)
        if name in FUNCTIONS:
            raise self._failure(token, f"{name} is a function; write {name}(...)")
        raise self._failure(token, self._unknown(name))

    def call(self, parts: list[Any]) -> Node:
        token, *arguments = parts
        name = self._short(token, str(token))
        if name in self._arguments or name in CONSTANTS:
            problem = f"{name} is not a function; write a product as {name}*(...)"
            raise self._failure(token, problem)
        if name not in FUNCTIONS:
            known = f"the functions are {', '.join(FUNCTIONS)}"
            raise self._failure(
                token, f"there is no function {name!r}; {known}{nearest(name, FUNCTIONS)}"
            )
        least, most = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            number = f"{least}" if least == most else f"{least} to {most}"
            problem = f"{name} has {number} argument(s), not {len(arguments)}"
            raise self._failure(token, problem)
        return Call(name, tuple(arguments))

    def reference(self, parts: list[Token]) -> Node:
        return Reference(self._parameter(parts[0]))

    def reference_to_function(self, parts: list[Any]) -> Node:
        token, *arguments = parts
        name = self._parameter(token)
        if not arguments:
            problem = f"give {{{name}}} its arguments, or leave the parentheses out"
            raise self._failure(token, problem)
        return Reference(name, tuple(arguments))

    def _parameter(self, token: Token) -> str:
        name = self._short(token, str(token)[1:-1].strip())
        if not _PARAMETER.fullmatch(name) or ".." in name or "//" in name or "__" in name:
            raise self._failure(token, f"{name!r} is no name of a parameter, as {{Thickness [m]}}")
        return name

    def _short(self, token: Token, name: str) -> str:
        if len(name) > LONGEST_NAME:
            problem = f"a name has at most {LONGEST_NAME} characters, not {len(name)}; shorten it"
            raise self._failure(token, problem)
        if "__" in name:
            raise self._failure(token, f"found {name!r}; no name has two '_' in a row")
        return name

    def _unknown(self, name: str) -> str:
        known = ", ".join((*sorted(self._arguments), *CONSTANTS))
        near = nearest(name, [*self._arguments, *CONSTANTS, *FUNCTIONS])
        return f"{name!r} is no argument; the names are {known}{near}"

    def _failure(self, token: Token, problem: str) -> ExpressionError:
        return failure(self._text, token.start_pos or 0, problem)
