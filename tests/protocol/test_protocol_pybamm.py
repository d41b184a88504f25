import datetime as dt
import re

import numpy as np
import pybamm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protocol_strings import STRINGS, step_strings

from twin.errors import DataError, ProtocolError
from twin.protocol import Protocol, Step
from twin.protocol.pybamm_bridge import from_pybamm_step, to_pybamm_step

CYCLE = ("Discharge at 1C until 2.5 V", "Charge at 0.3C until 4.2 V", "Rest for 1 hour")
DRIVE = np.array([[0, 1.5], [10, 2], [30, -1.5]])
WRITTEN = [
    pybamm.step.current(5, termination="2.5V", duration="1 hour"),
    pybamm.step.current(-5.0, termination=["4.2 V", "> 4.1 V"]),
    pybamm.step.current(np.float64(0.3), duration=10),
    pybamm.step.c_rate(-0.5, duration=10, temperature="45 oC", period="5 s"),
    pybamm.step.c_rate(1 / 3, termination=pybamm.step.VoltageTermination(3, "<")),
    pybamm.step.voltage(4.2, termination=["50mA", "C/20"]),
    pybamm.step.voltage(4.2, termination=pybamm.step.CurrentTermination(-0.1, ">")),
    pybamm.step.power(2, duration=5, description="a burst"),
    pybamm.step.power(-2.5, duration=5, termination="C/50"),
    pybamm.step.resistance(-2.0, duration=5),
    pybamm.step.rest(duration="30 minutes", temperature=263.15),
    pybamm.step.rest(duration=30, termination=pybamm.step.VoltageTermination(3.0, ">")),
    pybamm.step.string("Charge at 1 C until 4.1V (10 second period)", temperature="10oC"),
    pybamm.step.current(DRIVE),
    pybamm.step.c_rate(DRIVE.astype(int), duration=100),
    pybamm.step.power(DRIVE, termination=pybamm.step.VoltageTermination(2.5, "<"), period=1),
    pybamm.step.voltage(np.array([[0, 4.0], [60, 4.1]])),
]
HELD = [
    pybamm.step.current(lambda t: 1 + t, duration=10),
    pybamm.step.CustomStepExplicit(lambda variables: 1, duration=3),
    pybamm.step.c_rate(1, termination=pybamm.step.CustomTermination("cut", lambda v: 1)),
    pybamm.step.current(1, duration=5, skip_ok=False),
    pybamm.step.c_rate(1),
    pybamm.step.current(0, duration=5),
    pybamm.step.current(DRIVE, termination=pybamm.step.VoltageTermination(2.5)),
    pybamm.step.resistance(DRIVE),
    pybamm.step.voltage(4.2, duration=5, direction="charge"),
    pybamm.step.current(pybamm.InputParameter("I"), duration=5),
]


def same_steps(first, second):
    for one, other in zip(first.steps, second.steps, strict=True):
        assert one.basic_repr() == other.basic_repr()
        assert one.duration == other.duration
        assert one.period == other.period
        assert one.temperature == pytest.approx(other.temperature, abs=1e-9)
        assert one.uses_default_duration == other.uses_default_duration


def round_trip(experiment):
    protocol = Protocol.from_pybamm(experiment)
    again = protocol.to_pybamm()
    assert again.cycle_lengths == experiment.cycle_lengths
    same_steps(again, experiment)
    assert Protocol.from_pybamm(again) == protocol
    return protocol


@pytest.mark.parametrize("item", [*WRITTEN, *HELD], ids=lambda item: type(item).__name__)
def test_a_pybamm_step_survives_the_round_trip(item):
    round_trip(pybamm.Experiment([item]))


@pytest.mark.parametrize("item", WRITTEN, ids=lambda item: type(item).__name__)
def test_a_pybamm_step_with_a_written_form_reads_back(item):
    step = from_pybamm_step(item)
    assert step.mode != "pybamm"
    again = Step.model_validate(step.model_dump(mode="json"))
    assert again == step
    copied, theirs = to_pybamm_step(again).copy(), item.copy()
    assert copied.duration == theirs.duration
    assert copied.termination == theirs.termination
    if not item.is_drive_cycle:
        assert copied.value == theirs.value


@pytest.mark.parametrize("item", HELD, ids=lambda item: type(item).__name__)
def test_a_pybamm_step_without_a_written_form_is_held(item):
    step = from_pybamm_step(item)
    assert step.mode == "pybamm"
    assert step.pybamm_step is item
    assert to_pybamm_step(step) is item
    filled = to_pybamm_step(step, 45.0, 10.0)
    assert (filled.temperature, filled.period) == (318.15, 10.0)
    assert item.temperature is None
    assert step.model_dump(mode="json") == {"mode": "pybamm", "text": step.text}


def test_held_steps_are_equal_only_if_they_are_the_same():
    one, other = from_pybamm_step(HELD[1]), from_pybamm_step(HELD[1].copy())
    assert one == from_pybamm_step(HELD[1])
    assert one != other


def test_an_experiment_of_strings_survives_the_round_trip():
    round_trip(pybamm.Experiment([tuple(STRINGS), *STRINGS], period="5 minutes"))


@given(st.lists(st.lists(step_strings, min_size=1, max_size=3), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_any_experiment_of_strings_survives_the_round_trip(cycles):
    round_trip(pybamm.Experiment([tuple(cycle) for cycle in cycles]))


def test_period_temperature_and_termination_are_carried_over():
    experiment = pybamm.Experiment(
        [CYCLE] * 3,
        period="2 minutes",
        temperature="30oC",
        termination=["80% capacity", "2.4 V", "10 h"],
    )
    protocol = round_trip(experiment)
    assert protocol.period_s == 120
    assert protocol.temperature_degC == 30
    assert protocol.stop.capacity_below_percent == 80
    assert protocol.stop.minimum_voltage_V == 2.4
    assert protocol.stop.time_d == pytest.approx(10 / 24, rel=1e-15)
    assert protocol.to_pybamm().termination == experiment.termination


def test_equal_cycles_in_a_row_are_folded():
    other = ("Rest for 1 hour",)
    protocol = round_trip(pybamm.Experiment([CYCLE] * 5 + [other] * 2 + [CYCLE]))
    assert [block.repeat for block in protocol.blocks] == [5, 2, 1]


@pytest.mark.parametrize(
    ("experiment", "message"),
    [
        ([pybamm.step.current(1, duration=1, tags=["a", "b"])], "has the tags a, b"),
        (
            [pybamm.step.current(1, duration=1, start_time=dt.datetime(2026, 1, 1))],
            "has a start time, which a protocol does not keep",
        ),
        (["Rest until 3 V"], "step 'Rest until 3 V': it is open from which side"),
        (["Hold at 42 V for 1 h"], "42 V lies outside 0 to 10 V"),
    ],
)
def test_what_cannot_be_honoured_is_refused(experiment, message):
    with pytest.raises(ProtocolError, match=re.escape(message)):
        Protocol.from_pybamm(pybamm.Experiment(experiment))


def test_an_end_at_a_capacity_in_ampere_hours_is_refused():
    experiment = pybamm.Experiment([CYCLE], termination="4 Ah capacity")
    with pytest.raises(ProtocolError, match="ends at 4 Ah capacity, which a protocol cannot say"):
        Protocol.from_pybamm(experiment)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            {"mode": "current", "value": "5 A", "direction": "charge", "until": "4.2 V"},
            pybamm.step.current(-5.0, termination=[pybamm.step.VoltageTermination(4.2)]),
        ),
        (
            {"mode": "power", "value": "2 kW", "direction": "discharge", "for": "1 d"},
            pybamm.step.power(2000.0, duration=86400),
        ),
        (
            {"mode": "voltage", "value": "4.2 V", "until": ["C/50", "< -0.1 A"], "for": "1 h"},
            pybamm.step.voltage(
                4.2,
                duration=3600,
                termination=[
                    pybamm.step.CRateTermination(0.02),
                    pybamm.step.CurrentTermination(-0.1, "<"),
                ],
            ),
        ),
        ({"mode": "rest", "for": "10 min"}, pybamm.step.rest(duration=600)),
        (
            {"mode": "profile", "profile": {"time_s": [0, 60], "current_A": [1.0, 2.0]}},
            pybamm.step.current(np.array([[0, 1.0], [60, 2.0]])),
        ),
        (
            {
                "mode": "profile",
                "profile": {"time_s": [0, 60], "c_rate": [1, 2], "charge_positive": True},
                "for": "5 min",
            },
            pybamm.step.c_rate(np.array([[0, -1], [60, -2]]), duration=300),
        ),
    ],
)
def test_a_structured_step_means_the_same_to_pybamm(form, expected):
    ours = to_pybamm_step(Step.model_validate(form))
    assert ours.basic_repr() == expected.basic_repr()
    assert ours.duration == expected.duration
    assert ours.termination == expected.termination
    assert ours.direction == expected.direction
    assert ours.skip_ok


def test_charging_is_negative_in_pybamm_however_it_is_written():
    forms = ["Charge at 2 A for 1 h", {"mode": "current", "value": 2, "direction": "charge"}]
    forms[1]["for"] = "1 h"
    for form in forms:
        step = to_pybamm_step(Step.model_validate(form))
        assert step.value == -2
        assert step.direction == "charge"


def test_the_protocol_gives_temperature_and_period_where_a_step_has_none():
    plain = to_pybamm_step(Step.model_validate("Rest for 1 hour"), 45.0, 30.0)
    assert (plain.temperature, plain.period) == (318.15, 30.0)
    own = {"step": "Rest for 1 hour", "temperature_degC": 0, "period_s": 5}
    step = to_pybamm_step(Step.model_validate(own), 45.0, 30.0)
    assert (step.temperature, step.period) == (273.15, 5)


def test_an_absent_profile_is_an_error_of_the_data(tmp_path):
    profile = {"file": str(tmp_path / "a.csv"), "time_s": "t", "current_A": "I"}
    step = Step(mode="profile", profile=profile)
    with pytest.raises(DataError, match="no such file; correct the path"):
        to_pybamm_step(step)


CHECKUP = ["Discharge at C/10 until 2.5 V", "Charge at C/10 until 4.2 V"]


def aged(checkups=None, stop=None, n=4):
    block = {"repeat": n, "cycle": list(CYCLE)}
    return Protocol.model_validate({"blocks": [block], "checkups": checkups, "stop": stop})


def lengths(protocol):
    return protocol.to_pybamm().cycle_lengths


def test_checkups_become_cycles_at_their_places():
    assert lengths(aged({"steps": CHECKUP, "every_cycles": 2})) == [2, 3, 3, 2, 3, 3, 2]
    late = {"steps": CHECKUP, "at_start": False, "at_end": True, "at_cycles": [1]}
    assert lengths(aged(late)) == [3, 2, 3, 3, 3, 2]
    assert lengths(aged(late, {"cycles": 2})) == [3, 2, 3, 2]


def test_storage_becomes_a_cycle():
    storage = {"storage": {"days": 2, "temperature_degC": 45, "voltage_V": 3.9}}
    (step,) = Protocol(blocks=[storage]).to_pybamm().steps[3:]
    assert step.duration == 2 * 86400
    assert step.temperature == 318.15


@pytest.mark.parametrize(
    ("checkups", "stop", "message"),
    [
        ({"frozen": True}, {}, "cannot have check-ups on a copy of the cell (frozen: true)"),
        ({"at_capacity_percent": [90]}, {}, "check-ups at_capacity_percent"),
        ({}, {"capacity_below_percent": 80}, "capacity_below_percent beside check-ups"),
        ({}, {"maximum_voltage_V": 4.3}, "a maximum_voltage_V to stop at"),
    ],
)
def test_what_an_experiment_cannot_say_is_refused(checkups, stop, message):
    protocol = aged({"steps": CHECKUP, **checkups}, stop)
    with pytest.raises(ProtocolError, match=re.escape(message)):
        protocol.to_pybamm()


def test_profiles_that_an_experiment_would_mix_up_are_refused():
    forms = []
    for middle in (1, 2):
        current = [0] * 400 + [middle] * 400 + [0] * 400
        profile = {"time_s": list(range(1200)), "current_A": current}
        forms.append({"mode": "profile", "profile": profile})
    first, second = (to_pybamm_step(Step.model_validate(form)) for form in forms)
    assert first.basic_repr() == second.basic_repr()
    with pytest.raises(ProtocolError, match=r"would take .* for the same step"):
        Protocol.model_validate({"blocks": [{"cycle": forms}]}).to_pybamm()
    assert len(Protocol.model_validate({"blocks": [{"cycle": forms[:1]}]}).to_pybamm().steps) == 1
