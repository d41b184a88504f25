import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from twin.protocol import Limit, Step

PULSE = {"step": "Discharge at 1C for 10 seconds", "measure": ["capacity", "resistance"]}


def test_current_is_positive_on_discharge():
    assert Step.model_validate("Discharge at 2 A for 1 h").value == 2
    assert Step.model_validate("Charge at 2 A for 1 h").value == -2
    assert Step(mode="current", value="2 A", direction="charge", duration_s=1).value == -2
    assert Step(mode="power", value=3, direction="discharge", duration_s=1).value == 3


def test_a_structured_step_holds_what_it_says():
    form = {
        "mode": "current",
        "value": "500 mA",
        "direction": "charge",
        "until": ["4.2 V", "> 4.1 V"],
        "for": "30 min",
        "temperature_degC": 25,
        "period_s": 10,
    }
    step = Step.model_validate(form)
    assert (step.value, step.duration_s, step.temperature_degC) == (-0.5, 1800, 25)
    assert step.until[1] == Limit(quantity="voltage", value=4.1, side=">")
    assert step.text == "Charge at 0.5 A for 30 minutes or until 4.2 V or > 4.1 V"
    assert step.model_dump(mode="json") == {**form, "value": "0.5 A"}


@pytest.mark.parametrize(
    "form",
    [
        "Discharge at 1C until 2.5 V",
        PULSE,
        {"step": "Rest for 1 hour", "temperature_degC": 45, "period_s": 60},
        {"step": "Rest for 1 hour (10 second period)", "temperature_degC": 45},
        {"mode": "rest", "for": "30 d"},
        {"mode": "voltage", "value": "4.2 V", "until": ["C/50"]},
        {"mode": "c_rate", "value": "C/3", "direction": "discharge", "until": ["2.5 V"]},
        {"mode": "resistance", "value": "2 Ohm", "direction": "discharge", "for": "0.5 s"},
        {"mode": "rest", "for": "1 h", "text": "soak"},
        {"mode": "profile", "profile": {"time_s": [0, 1, 5], "power_W": [1, 2.5, -1]}},
        {"mode": "profile", "profile": {"file": "a.csv", "time_s": "t", "c_rate": "C"}},
    ],
)
def test_a_step_is_written_as_it_was_read(form):
    step = Step.model_validate(form)
    assert step.model_dump(mode="json") == form
    again = Step.model_validate(step.model_dump(mode="json"))
    assert again == step
    assert hash(again) == hash(step)


@given(
    st.sampled_from(["current", "c_rate", "power", "resistance"]),
    st.floats(min_value=1e-9, max_value=1e20),
    st.sampled_from(["charge", "discharge"]),
    st.floats(min_value=1e-6, max_value=1e12),
    st.floats(min_value=0, max_value=10),
)
def test_any_structured_step_survives_writing(mode, value, direction, duration, volts):
    step = Step(
        mode=mode,
        value=value,
        direction=direction,
        duration_s=duration,
        until=[Limit(quantity="voltage", value=volts)],
    )
    assert Step.model_validate(step.model_dump(mode="json")) == step


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (5, "5 is not a step; write a string such as"),
        ({"cycle": 1}, "the keys cycle make no step"),
        ({"step": 5}, "5 is not a string"),
        ({"step": "Rest for 1 h", "for": "1 h"}, "unknown key 'for' beside 'step'"),
        ({"step": "Rest for 1 h", "mesure": "capacity"}, "did you mean 'measure'?"),
        ({"step": "Rest for 1 h (5 s period)", "period_s": 5}, "keep one of them"),
        ({"mode": "curent", "value": 1}, "did you mean 'current'?"),
        ({"mode": "rest", "for": "1 h", "untill": "3 V"}, "did you mean 'until'?"),
        ({"mode": "current", "value": "5 A", "for": "1 h"}, "needs a 'direction'"),
        (
            {"mode": "current", "value": "5 A", "direction": "chrge", "for": "1 h"},
            "did you mean 'charge'?",
        ),
        ({"mode": "current", "direction": "charge", "for": "1 h"}, "needs a 'value' in A"),
        (
            {"mode": "current", "value": "5 V", "direction": "charge", "for": "1 h"},
            "'5 V' is a voltage, but a current is needed here",
        ),
        (
            {"mode": "current", "value": "-5 A", "direction": "charge", "for": "1 h"},
            "must be positive; 'direction' tells charge from discharge",
        ),
        ({"mode": "current", "value": True, "direction": "charge"}, "True is not a number"),
        ({"mode": "voltage", "value": "4 V", "direction": "charge"}, "takes no 'direction'"),
        ({"mode": "rest", "value": 0, "for": "1 h"}, "takes no 'value'"),
        ({"mode": "rest", "for": 3600}, "has no unit; write e.g. 'for: 3600 s'"),
        ({"mode": "rest", "for": "1 h", "duration_s": 1}, "say the same"),
        ({"mode": "rest", "for": "0 s"}, "must be positive"),
        ({"mode": "rest", "duration_s": -1}, "-1 must be positive"),
        ({"mode": "rest"}, "it has no end"),
        ({"mode": "voltage", "value": "42 V", "for": "1 h"}, "42 V lies outside 0 to 10 V"),
        ({"mode": "voltage", "value": "4 V", "until": "4.2 V"}, "the voltage is held"),
        ({"mode": "profile"}, "'profile:' and 'mode: profile' go together"),
        ({"mode": "pybamm", "text": "CustomStep"}, "was a PyBaMM object that has no written form"),
        ({"step": "Rest for 1 h", "temperature_degC": 298.15}, "(298.15 K is 25 degC)"),
        ({"step": "Rest for 1 h", "temperature_degC": "25"}, "'25' is not a number"),
        ({"step": "Rest for 1 h", "period_s": 0}, "0 must be positive"),
        ({"step": "Rest for 1 h", "measure": "resitance"}, "did you mean 'resistance'?"),
        ({"step": "Rest for 1 h", "measure": "capacity"}, "needs a discharge at constant current"),
        (
            {"step": "Charge at 1C until 4.2 V", "measure": "capacity"},
            "needs a discharge at constant current",
        ),
        (
            {"step": "Discharge at 1 W for 1 h", "measure": "capacity"},
            "needs a discharge at constant current",
        ),
        (
            {"step": "Discharge at 1C until 2.5 V", "measure": "resistance"},
            "needs a pulse of constant current or C-rate with a duration",
        ),
    ],
)
def test_a_step_that_cannot_be_is_refused(form, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        Step.model_validate(form)


def test_a_profile_needs_to_know_the_side_of_a_voltage_limit():
    profile = {"time_s": [0, 1], "current_A": [0, 1]}
    with pytest.raises(ValidationError, match=r"write '> 2\.5 V' or '< 2\.5 V'"):
        Step(mode="profile", profile=profile, until="2.5 V")
    step = Step(mode="profile", profile=profile, until="< 2.5 V")
    assert step.until[0].side == "<"


def test_measures_are_in_one_order():
    step = Step.model_validate({**PULSE, "measure": ["resistance", "capacity"]})
    assert step.measure == ("capacity", "resistance")
    assert step == Step.model_validate(PULSE)
    assert step.measuring("capacity").measure == ("capacity",)
    assert step.measuring("capacity") != step


def test_steps_with_other_numbers_differ():
    one = Step(mode="rest", duration_s=1)
    assert one != Step(mode="rest", duration_s=2)
    assert one != Step(mode="rest", duration_s=1, temperature_degC=25)
    assert one != "Rest for 1 second"
    first, second = ({"time_s": [0, 1], "current_A": [1, value]} for value in (1, 2))
    assert Step(mode="profile", profile=first) != Step(mode="profile", profile=second)


def test_a_step_cannot_be_changed():
    step = Step.model_validate("Rest for 1 hour")
    with pytest.raises(ValidationError, match="frozen"):
        step.value = 1.0


def test_the_json_schema_offers_all_forms():
    forms = Step.model_json_schema()["anyOf"]
    assert forms[0]["type"] == "string"
    assert forms[1]["required"] == ["step"]
    assert forms[2]["required"] == ["mode"]
