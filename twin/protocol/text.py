"""PyBaMM's step strings, read without PyBaMM.

The grammar, as :func:`pybamm.step.string` reads it::

    Discharge at <A, C, W, Ohm> <end>        Charge at <A, C, W, Ohm> <end>
    Hold at <V> <end>                        Rest <end>
    end:  for <time>   |   until <limit>   |   for <time> or until <limit>
    last: (10 second period), optional

Spacing is free. What PyBaMM refuses is refused. So are strings that PyBaMM reads but that
cannot mean what they say, such as ``Charge at 4.2 V``, which it takes for a hold at −4.2 V.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from twin.errors import nearest
from twin.units import Kind, parse_quantity

Side = Literal["<", ">"]
StepMode = Literal["current", "c_rate", "voltage", "power", "resistance", "rest"]
LimitQuantity = Literal["voltage", "current", "c_rate"]

VERBS = ("Discharge", "Charge", "Hold", "Rest")
EXAMPLE = "'Discharge at 1C until 2.5 V' or 'Rest for 1 hour'"
_DRIVEN: tuple[Kind, ...] = ("current", "c_rate", "power", "resistance")
_NOT_IN_STRINGS = ("kW", "d", "day", "days")  # ours, but PyBaMM's strings do not have them
_WORDS = ("for", "until")
_RIGHT = {*_WORDS, "or"}
_CLOSE = 0.75  # such as 'untill', 'unitl', 'fr'; 'or' and 'hour' are further from 'for'
_PERIOD = re.compile(r"(?P<text>[^()]*?) ?\((?P<period>[^()]*?) ?period\)")


@dataclass(frozen=True)
class StepText:
    """What a step string says.

    Parameters
    ----------
    text : the string with its spacing tidied, as PyBaMM reads it
    mode : what is controlled
    value : A, C-rate, V, W or Ohm, positive on discharge; ``None`` for a rest
    duration_s : longest duration [s]
    limit : text of the limit that ends the step, as written
    period_s : interval between outputs [s]
    """

    text: str
    mode: StepMode
    value: float | None
    duration_s: float | None
    limit: str | None
    period_s: float | None


def parse_step(text: str) -> StepText:
    """Return what a step string says.

    Raises
    ------
    ValueError
        What was given, what is allowed or nearest, and what to do.

    Examples
    --------
    >>> parse_step("Charge at C / 3 until 4.2V").value
    -0.3333333333333333
    >>> parse_step("Rest for 10 minutes").duration_s
    600.0
    """
    tidy = _tidy(text)
    try:
        return _parse(tidy)
    except ValueError as error:
        raise ValueError(f"step '{tidy}': {_misspelt(tidy) or error}") from None


def parse_limit(text: str) -> tuple[LimitQuantity, float, Side | None]:
    """Return quantity, value (V, A or C-rate) and side of a limit.

    Raises
    ------
    ValueError
        If it is not a voltage, a current or a C-rate.

    Examples
    --------
    >>> parse_limit("2.5V"), parse_limit("< C / 50"), parse_limit("50 mA")
    (('voltage', 2.5, None), ('c_rate', 0.02, '<'), ('current', 0.05, None))
    """
    given = text.strip()
    side: Side | None = "<" if given[:1] == "<" else ">" if given[:1] == ">" else None
    quantity = parse_quantity(given[1:] if side else given, "voltage", "current", "c_rate")
    if quantity.kind == "voltage" or quantity.kind == "current" or quantity.kind == "c_rate":
        return quantity.kind, quantity.value, side
    raise ValueError(f"'{given}' is no limit; write e.g. 2.5 V, C/50 or 50 mA")


def _tidy(text: str) -> str:
    """Return the text with single spaces and with fractions of C as PyBaMM reads them."""
    single = " ".join(text.split())
    single = re.sub(r" ?\((?=[^()]*\)$)", " (", single)
    return re.sub(r" at C ?/ ?(?=[\d.])", " at C/", re.sub(r"(?<=\d)([eE])\+(?=\d)", r"\1", single))


def _misspelt(text: str) -> str:
    """Return which word of a string that cannot be read is nearly 'for' or 'until', or "".

    >>> _misspelt("Charge at 0.3C untill 4.2 V")
    "'untill' is no word of a step; did you mean 'until'?"
    """
    for word in re.findall(r"\b[A-Za-z]+\b", text):
        close = difflib.get_close_matches(word.lower(), _WORDS, n=1, cutoff=_CLOSE)
        if close and word not in _RIGHT:
            return f"'{word}' is no word of a step; did you mean '{close[0]}'?"
    return ""


def _parse(text: str) -> StepText:
    if re.search(r"\b(oC|degC)\b|\d(oC|degC)\b", text):
        raise ValueError(
            "a temperature does not belong in the string; write {step: '...', temperature_degC: 25}"
        )
    rest, period = _split_period(text)
    rest, limit = _split_once(rest, "until")
    if limit is not None:
        _check_limit_text(limit)
        rest = rest.removesuffix(" or")
    rest, lasting = _split_once(rest, "for")
    mode, value = _parse_instruction(rest)
    if limit is None and lasting is None:
        raise ValueError(f"it has no end; {end_advice(rest, mode)}")
    return StepText(
        text,
        mode,
        value,
        None if lasting is None else parse_time(lasting),
        limit,
        None if period is None else parse_time(period),
    )


def end_advice(text: str, mode: str) -> str:
    """Return how to give a step an end.

    >>> end_advice("Rest", "rest")
    "add 'for <time>', e.g. 'Rest for 1 hour'"
    """
    if mode == "rest":
        return f"add 'for <time>', e.g. '{text} for 1 hour'"
    limit = _usual_limit(text, mode)
    return f"add 'for <time>', 'until <limit>' or both, e.g. '{text} until {limit}'"


def _usual_limit(text: str, mode: str) -> str:
    return "C/50" if mode == "voltage" else "4.2 V" if text.startswith("Charge") else "2.5 V"


def parse_time(text: str) -> float:
    """Return a positive time of a step string [s].

    Raises
    ------
    ValueError
        If it is not a time in seconds, minutes or hours, or is not positive.

    Examples
    --------
    >>> parse_time("0.5 hours")
    1800.0
    """
    quantity = parse_quantity(text, "time", excluding=_NOT_IN_STRINGS)
    if quantity.value <= 0:
        raise ValueError(f"'{text}' must be positive; give a time above 0 s")
    return quantity.value


def _split_period(text: str) -> tuple[str, str | None]:
    if "(" not in text and ")" not in text:
        return text, None
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise ValueError("brackets hold only a period, at the end, as in '(10 second period)'")
    return match["text"], match["period"]


def _split_once(text: str, word: str) -> tuple[str, str | None]:
    """Return what stands before and after a word."""
    before, *after = re.split(rf"(?:^| ){word}(?: |$)", text)
    if len(after) > 1:
        raise ValueError(
            f"'{word}' stands there {len(after)} times; say it once (for several limits write "
            "a structured step with 'until: [2.5 V, C/50]')"
        )
    if after and not after[0]:
        raise ValueError(f"nothing follows '{word}'; write e.g. {EXAMPLE}")
    return before, after[0] if after else None


def _check_limit_text(limit: str) -> None:
    if " for " in f" {limit} " or " or " in f" {limit} ":
        raise ValueError(
            f"'{limit}' is not one limit; write the time first, as in 'for 1 hour or until "
            "2.5 V' (for several limits write a structured step with 'until: [2.5 V, C/50]')"
        )
    parse_limit(limit)


def _parse_instruction(text: str) -> tuple[StepMode, float | None]:
    verb, _, value = text.partition(" at ")
    first = text.split(" ")[0]
    if first == "Run":
        raise ValueError(
            "drive cycles are not strings; write {mode: profile, profile: {file: us06.csv, "
            "time_s: t, current_A: I}}"
        )
    if first not in VERBS:
        raise ValueError(
            f"it begins with '{first}'; a step begins with {', '.join(VERBS)}"
            f"{nearest(first, VERBS)}"
        )
    if first == "Rest":
        if text != "Rest":
            raise ValueError(f"after 'Rest' comes 'for <time>', not '{text[5:]}'")
        return "rest", None
    if verb != first or not value:
        raise ValueError(f"after '{first}' comes 'at <value>', as in {EXAMPLE}")
    return _parse_value(first, value)


def _parse_value(verb: str, text: str) -> tuple[StepMode, float]:
    hold = verb == "Hold"
    kinds: tuple[Kind, ...] = ("voltage",) if hold else _DRIVEN
    try:
        quantity = parse_quantity(text, *kinds, excluding=_NOT_IN_STRINGS)
    except ValueError as error:
        raise ValueError(f"{error}{_other_verb(hold, text)}") from None
    kind, value = quantity.kind, quantity.value
    if kind == "time" or kind == "temperature":
        raise ValueError(f"'{text}' cannot be controlled; write e.g. {EXAMPLE}")
    if value <= 0 and not hold:
        raise ValueError(
            f"'{text}' must be positive, the verb gives the direction; write 'Discharge at', "
            "'Charge at', or 'Rest' for no current"
        )
    return kind, -value if verb == "Charge" else value


def _other_verb(hold: bool, text: str) -> str:
    """Return the advice to use another verb, where that would help."""
    try:
        kind = parse_quantity(text).kind
    except ValueError:
        return ""
    if hold and kind in _DRIVEN:
        return f" (or write 'Discharge at {text}' or 'Charge at {text}')"
    if not hold and kind == "voltage":
        return f" (to keep a voltage write 'Hold at {text}')"
    return ""
