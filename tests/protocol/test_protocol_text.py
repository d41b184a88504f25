import re

import pybamm
import pytest
from hypothesis import given
from protocol_strings import STRINGS, step_strings
from pydantic import ValidationError

from twin.protocol import Limit, Step
from twin.protocol.pybamm_bridge import to_pybamm_step


def same_step(text):
    ours = to_pybamm_step(Step.model_validate(text))
    theirs = pybamm.step.string(text)
    assert type(ours) is type(theirs)
    assert ours.basic_repr() == theirs.basic_repr()
    assert ours.duration == theirs.duration
    assert ours.period == theirs.period
    assert ours.termination == theirs.termination
    assert ours.direction == theirs.direction
    assert ours.uses_default_duration == theirs.uses_default_duration
    assert ours.description == theirs.description


def read_by_pybamm(text):
    try:
        pybamm.step.string(text)
    except (ValueError, LookupError, ZeroDivisionError):
        return False
    return True


@pytest.mark.parametrize("text", STRINGS)
def test_a_string_means_what_it_means_to_pybamm(text):
    same_step(text)


@given(step_strings)
def test_any_string_means_what_it_means_to_pybamm(text):
    same_step(text)


@given(step_strings)
def test_a_string_is_written_as_it_was_read(text):
    step = Step.model_validate(text)
    assert step.model_dump(mode="json") == text
    assert Step.model_validate(step.model_dump(mode="json")) == step


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("  Discharge  at 1C   until 2.5V ", "Discharge at 1C until 2.5V"),
        ("Discharge at C / 20 until 2.5 V", "Discharge at C/20 until 2.5 V"),
        ("Discharge at 1e+0 A for 1 h", "Discharge at 1e0 A for 1 h"),
        ("Rest for 1 hour(10 second period)", "Rest for 1 hour (10 second period)"),
    ],
)
def test_spacing_is_free(text, tidy):
    step = Step.model_validate(text)
    assert step.text == tidy
    assert to_pybamm_step(step).basic_repr() == pybamm.step.string(tidy).basic_repr()


REFUSED_BY_BOTH = [
    ("Dischrge at 1C until 2.5 V", "begins with 'Dischrge'; a step begins with Discharge, Charge,"),
    ("Dischrge at 1C until 2.5 V", "did you mean 'Discharge'?"),
    ("discharge at 1C until 2.5 V", "did you mean 'Discharge'?"),
    ("Charge at 0.3C untill 4.2 V", "'untill' is no word of a step; did you mean 'until'?"),
    ("Charge at 1C for 1 hour or unitl 4.2 V", "'unitl' is no word of a step"),
    ("Rest fro 1 hour", "after 'Rest' comes 'for <time>'"),
    ("Rest fr 1 hour", "'fr' is no word of a step; did you mean 'for'?"),
    ("Discharge at 1C for 1 hor", "unknown unit 'hor'"),
    ("Discharge at 1 parsec until 2.5V", "unknown unit 'parsec'; allowed units: A, mA, C (as 1C"),
    ("Discharge at 1C", "has no end; add 'for <time>', 'until <limit>' or both, e.g. 'Discharge"),
    ("Charge at 1C", "e.g. 'Charge at 1C until 4.2 V'"),
    ("Rest", "has no end; add 'for <time>', e.g. 'Rest for 1 hour'"),
    ("Hold at 4.2 V", "e.g. 'Hold at 4.2 V until C/50'"),
    ("Rest for 3 days", "unknown unit 'days'; allowed units: s, min, h"),
    ("Discharge at 1 kW for 1 h", "unknown unit 'kW'; allowed units: A, mA, C (as 1C or C/20), W,"),
    ("Discharge at 1 for 1 h", "'1' has no unit"),
    ("Discharge at 1C for 1", "'1' has no unit; allowed units: s, min, h"),
    ("Discharge at 1C until 3 W", "'3 W' is a power, but a voltage, a current or a C-rate is"),
    ("Discharge at 1C until 3 V or for 1 h", "is not one limit; write the time first"),
    ("Discharge at 1C until 3 V or 1 A", "several limits write a structured step"),
    ("Discharge at 1C until 3 V until 2 V", "'until' stands there 2 times"),
    ("Discharge at 1C for 1 h for 2 h", "'for' stands there 2 times"),
    ("Discharge 1C for 1 h", "after 'Discharge' comes 'at <value>'"),
    ("Discharge at C/0 for 1 h", "cannot be divided by zero"),
    ("Run US06 (A) for 1 hour", "brackets hold only a period"),
    ("Run US06 for 1 hour", "drive cycles are not strings; write {mode: profile"),
    ("Rest at 25oC for 1 hour", "write {step: '...', temperature_degC: 25}"),
    ("Discharge at 1C for 1 h (10 s)", "brackets hold only a period"),
    ("Discharge at 1C from 3 V for 1 h", "unknown unit 'C from 3 V'"),
    ("", "it begins with ''"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED_BY_BOTH)
def test_what_pybamm_refuses_is_refused_with_advice(text, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        Step.model_validate(text)
    assert not read_by_pybamm(text)


# PyBaMM reads these, and does something else than they say
REFUSED_BY_US = [
    ("Charge at 4.2 V until C/50", "to keep a voltage write 'Hold at 4.2 V'"),
    ("Hold at 1 A for 1 h", "write 'Discharge at 1 A' or 'Charge at 1 A'"),
    ("Charge at 1C until -2 V", "-2 V lies outside 0 to 10 V"),
    ("Charge at 1C until 42 V", "42 V lies outside 0 to 10 V"),
    ("Hold at 42 V for 1 h", "42 V lies outside 0 to 10 V"),
    ("Hold at 4.2 V until 4.3 V", "the voltage is held, so it never reaches 4.3 V"),
    ("Discharge at 1C until C/50", "the current is constant, so it never falls to C/50"),
    ("Rest until 3 V", "write '> 3 V' or '< 3 V'"),
    ("Rest until C/50", "the current is constant"),
    ("Discharge at 1C until C/50", "e.g. 'until 2.5 V'"),
    ("Charge at 1C until C/20", "never falls to C/20; end it by a voltage, e.g. 'until 4.2 V'"),
    ("Charge at 1 A until 50 mA", "e.g. 'until 4.2 V'"),
    ("Discharge at -1C for 1 h", "'-1C' must be positive, the verb gives the direction"),
    ("Discharge at 0 A for 1 h", "'Rest' for no current"),
    ("Discharge at 1C for 0 s", "must be positive; give a time above 0 s"),
    ("Hold at 4.2 V until -1 A", "compared with a magnitude"),
    ("Hold at 4.2 V until > C/50", "write the limit as a current"),
    ("Resting for 1 hour", "did you mean 'Rest'?"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED_BY_US)
def test_what_pybamm_takes_for_something_else_is_refused(text, message):
    assert read_by_pybamm(text)
    with pytest.raises(ValidationError, match=re.escape(message)):
        Step.model_validate(text)


def test_a_message_names_the_step_once():
    with pytest.raises(ValidationError) as caught:
        Step.model_validate("Discharge at 1C")
    (problem,) = caught.value.errors()
    assert problem["msg"].count("step 'Discharge at 1C'") == 1


@pytest.mark.parametrize("text", ["2.5 V", "< 2.5 V", "C/50", "0.3C", "> 0.05 A", "50 A"])
def test_a_limit_is_written_as_it_is_read(text):
    limit = Limit.model_validate(text)
    assert limit.text == text
    assert Limit.model_validate(limit.model_dump(mode="json")) == limit
