import math
import re
import subprocess
import sys
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from twin.protocol import Block, Checkups, Protocol, Run, Step, Stop, Storage

CYCLE = ["Discharge at 1C until 2.5 V", "Charge at 0.3C until 4.2 V", "Hold at 4.2 V until C/100"]
MEASURE = {"step": "Discharge at C/10 until 2.5 V", "measure": "capacity"}
PULSE = {"step": "Discharge at 1C for 10 seconds", "measure": ["capacity", "resistance"]}
CHECKUP = ["Rest for 1 hour", PULSE, MEASURE, "Charge at 0.3C until 4.2 V"]
STORAGE = {"days": 30, "temperature_degC": 45, "voltage_V": 3.9}


def protocol_of(*blocks, **keys):
    return Protocol.model_validate({"blocks": list(blocks), **keys})


def nested():
    inner = [{"repeat": 2, "cycle": CYCLE}, {"repeat": 3, "storage": STORAGE}]
    return protocol_of({"repeat": 4, "cycle": CYCLE}, {"repeat": 2, "blocks": inner})


def test_cycles_come_in_order_with_their_blocks():
    cycles = list(nested().cycles())
    paths = ["1"] * 4 + (["2.1"] * 2 + ["2.2"] * 3) * 2
    assert [cycle.block for cycle in cycles] == paths
    assert [cycle.number for cycle in cycles] == list(range(1, 15))
    assert {cycle.kind for cycle in cycles if cycle.block == "2.2"} == {"storage"}
    assert {cycle.kind for cycle in cycles if cycle.block != "2.2"} == {"ageing"}
    assert nested().n_cycles == len(cycles)


def test_repeats_hold_the_same_steps():
    cycles = list(nested().cycles())
    assert cycles[0].steps is cycles[3].steps
    assert cycles[4].steps is cycles[9].steps
    assert cycles[6].steps is cycles[11].steps


def test_cycles_are_made_one_by_one():
    inner = [{"repeat": 10**6, "cycle": CYCLE}, {"repeat": 1, "storage": STORAGE}]
    protocol = protocol_of({"repeat": 10**6, "blocks": inner})
    assert protocol.n_cycles == 10**6 * (10**6 + 1)
    assert [cycle.number for cycle in islice(protocol.cycles(), 3)] == [1, 2, 3]


def test_runs_are_the_longest_stretches_of_equal_cycles():
    runs = nested().runs()
    assert runs[0] == Run("1", 1, 4)
    assert [(run.block, run.first, run.last) for run in runs[1:]] == [
        ("2.1", 5, 6),
        ("2.2", 7, 9),
        ("2.1", 10, 11),
        ("2.2", 12, 14),
    ]
    repeated = protocol_of({"repeat": 3, "blocks": [{"repeat": 5, "cycle": CYCLE}]})
    assert repeated.runs() == (Run("1.1", 1, 15),)


blocks = st.recursive(
    st.builds(lambda n: {"repeat": n, "cycle": CYCLE}, st.integers(1, 4)),
    lambda inner: st.builds(
        lambda n, some: {"repeat": n, "blocks": some},
        st.integers(1, 3),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@given(st.lists(blocks, min_size=1, max_size=3))
def test_runs_cover_every_cycle_once(given_blocks):
    protocol = protocol_of(*given_blocks)
    cycles = list(protocol.cycles())
    assert len(cycles) == protocol.n_cycles
    covered = [(n, run.block) for run in protocol.runs() for n in range(run.first, run.last + 1)]
    assert covered == [(cycle.number, cycle.block) for cycle in cycles]


@given(st.lists(blocks, min_size=1, max_size=3), st.booleans())
def test_a_protocol_reads_back_equal(given_blocks, frozen):
    checkups = {"steps": CHECKUP, "frozen": frozen}
    stop = {"capacity_below_percent": 80.5, "time_d": 3}
    protocol = protocol_of(*given_blocks, checkups=checkups, stop=stop, temperature_degC=25.5)
    again = Protocol.model_validate(protocol.model_dump(mode="json"))
    assert again == protocol
    assert hash(again) == hash(protocol)
    assert Protocol.model_validate_json(protocol.model_dump_json()) == protocol


def test_a_protocol_is_written_readably():
    protocol = protocol_of({"repeat": 100, "cycle": CYCLE})
    assert protocol.model_dump(mode="json") == {"blocks": [{"repeat": 100, "cycle": CYCLE}]}


def test_storage_goes_to_its_voltage_and_rests():
    steps = Storage(**STORAGE, approach="C/5").steps()
    assert [step.text for step in steps] == [
        "Charge at C/5 until 3.9 V",
        "Discharge at C/5 until 3.9 V",
        "Hold at 3.9 V until C/50",
        "Rest for 30 days",
    ]
    assert {step.temperature_degC for step in steps} == {45}
    assert steps[-1].duration_s == 30 * 24 * 60 * 60


def test_storage_as_it_is_only_rests():
    assert [step.text for step in Storage(days=0.5).steps()] == ["Rest for 12 hours"]
    assert Storage(days=1, voltage_V=4, approach="500 mA").steps()[0].value == -0.5


def test_unique_steps_hold_each_step_once():
    checkups = {"steps": ["Rest for 1 hour", MEASURE, CYCLE[1]]}
    protocol = protocol_of(
        {"repeat": 2, "cycle": CYCLE}, {"cycle": [CYCLE[0], "Rest for 1 s"]}, checkups=checkups
    )
    texts = [step.text for step in protocol.unique_steps()]
    assert texts == [*CYCLE, "Rest for 1 s", "Rest for 1 hour", MEASURE["step"]]


def test_a_protocol_says_what_it_does():
    checkups = {"every_cycles": 5, "at_end": True, "frozen": True, "steps": CHECKUP[2:]}
    protocol = protocol_of(
        {"repeat": 4, "cycle": CYCLE[:1]},
        {"repeat": 2, "blocks": [{"repeat": 3, "storage": STORAGE}]},
        checkups=checkups,
        stop={"capacity_below_percent": 80, "cycles": 500, "maximum_voltage_V": 4.3},
        temperature_degC=25,
        period_s=60,
    )
    assert protocol.describe() == [
        "4 x [Discharge at 1C until 2.5 V]",
        "2 x the following:",
        "  3 x storage for 30 days at 45 °C, at 3.9 V reached at C/3",
        "Check-up at the start, every 5 cycles and at the end (on a copy of the cell, which does "
        "not age it): Discharge at C/10 until 2.5 V [capacity]; Charge at 0.3C until 4.2 V",
        "Stops below 80 % capacity, after 500 cycles or above 4.3 V",
        "Temperature 25 °C",
        "Output every 1 minute",
    ]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"repeat": 0, "cycle": CYCLE}, "0 is not a count; give a whole number of at least 1"),
        ({"repeat": 2.5, "cycle": CYCLE}, "2.5 is not a count"),
        ({"repeat": True, "cycle": CYCLE}, "True is not a number"),
        ({"repeat": 2}, "exactly one of cycle, blocks and storage, but none is given"),
        ({"cycle": CYCLE, "storage": STORAGE}, "but cycle and storage is given"),
        ({"cycle": []}, "'cycle' is empty"),
        ({"blocks": []}, "'blocks' is empty"),
        ({"cycle": "Rest for 1 h"}, "is not a list; put it in one, with '- ' before it"),
        ({"cycle": [PULSE]}, "measures resistance, so it must follow another step"),
        ({"cycle": [{"step": "Rest"}]}, "has no end"),
        ({"storage": {"days": 0}}, "0 must be positive"),
        ({"storage": {"days": 1, "approach": "C/3"}}, "add 'voltage_V'"),
        ({"storage": {**STORAGE, "approach": "3 V"}}, "'3 V' is a voltage, but a C-rate or a cur"),
        ({"storage": {**STORAGE, "approach": "-1C"}}, "must be positive"),
        ({"storage": {"days": 1, "voltage_V": 39}}, "39 V lies outside"),
        ({"cycles": CYCLE}, "Extra inputs are not permitted"),
    ],
)
def test_a_block_that_cannot_be_is_refused(block, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        protocol_of(block)


def test_a_protocol_without_cycles_is_refused():
    with pytest.raises(ValidationError, match="there is no ageing cycle"):
        protocol_of()


def checked(n=100, **keys):
    return protocol_of({"repeat": n, "cycle": CYCLE}, checkups={"steps": CHECKUP, **keys}).checkups


def test_checkups_happen_when_they_are_due():
    checkups = checked(every_cycles=25, at_cycles=[10, 50], at_end=True)
    due = [n for n in range(1, 101) if checkups.due_after(n, math.nan, math.nan, last=n == 99)]
    assert due == [10, 25, 50, 75, 99, 100]


def test_a_checkup_is_due_once_when_capacity_falls_through_a_value():
    checkups = checked(at_capacity_percent=[95, 90])
    capacity = [100, 97, 95, 94.9, 96, 95.5, 89, 80]
    due = [
        n
        for n in range(1, len(capacity))
        if checkups.due_after(n + 1, capacity[n - 1], capacity[n], last=False)
    ]
    assert due == [2, 6]


def test_unknown_capacity_makes_no_checkup_due():
    checkups = checked(at_capacity_percent=[95])
    assert not checkups.due_after(1, math.nan, 90.0, last=False)
    assert not checkups.due_after(1, 100.0, math.nan, last=False)


def test_the_only_discharge_to_a_voltage_measures_the_capacity():
    steps = ["Rest for 1 h", "Discharge at 1C for 10 s", "Discharge at C/10 until 2.5 V"]
    checkups = Checkups(steps=steps)
    assert [step.measure for step in checkups.steps] == [(), (), ("capacity",)]
    assert Checkups.model_validate(checkups.model_dump(mode="json")) == checkups


def test_finding_the_capacity_step_keeps_its_resistance():
    step = {"step": "Discharge at 1C for 10 s or until 2.5 V", "measure": "resistance"}
    assert Checkups(steps=["Rest for 1 h", step]).steps[1].measure == ("capacity", "resistance")


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (["Rest for 1 h"], "none ends at a voltage; mark one, e.g. {step: Discharge at C/10"),
        ([CYCLE[0], CYCLE[1], CYCLE[0]], "2 end at a voltage; mark one"),
        (["Discharge at 1 W until 2.5 V"], "none ends at a voltage"),
        ([PULSE, MEASURE], "must follow another step"),
        ([], "none ends at a voltage"),
        (MEASURE, "is not a list"),
    ],
)
def test_a_checkup_that_measures_nothing_is_refused(steps, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        Checkups.model_validate({"steps": steps})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"at_start": False}, "the check-ups would never happen"),
        ({"every_cycles": 0}, "0 is not a count"),
        ({"every_cycles": 101}, "every_cycles: 101 would never happen, because only 100 cycles"),
        ({"at_cycles": [0]}, "0 is not a count"),
        ({"at_cycles": [50, 101]}, "at_cycles: 101 would never happen, because only 100 cycles"),
        ({"at_capacity_percent": [100]}, "100 % must be at least 1 % and below 100 %"),
        ({"at_capacity_percent": [0.8]}, "below 100 %; did you mean 80?"),
        ({"at_capacity_percent": [0]}, "0 % must be at least 1 % and below 100 %"),
        ({"at_start": "yes"}, "Input should be a valid boolean"),
    ],
)
def test_checkups_at_impossible_times_are_refused(keys, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        checked(**keys)


def test_stopping_early_counts_for_checkups_and_stopping_late_is_fine():
    block = {"repeat": 100, "cycle": CYCLE}
    checkups = {"steps": CHECKUP, "every_cycles": 50}
    assert protocol_of(block, checkups=checkups, stop={"cycles": 500}).last_cycle == 100
    with pytest.raises(ValidationError, match="only 10 cycles are planned"):
        protocol_of(block, checkups=checkups, stop={"cycles": 10})


@pytest.mark.parametrize(
    ("stop", "message"),
    [
        ({"capacity_below_percent": 0}, "must be at least 1 % and below 100 %"),
        ({"capacity_below_percent": 120}, "must be at least 1 % and below 100 %"),
        ({"cycles": 0}, "0 is not a count"),
        ({"time_d": -1}, "-1 must be positive"),
        ({"time_d": math.nan}, "nan is not finite"),
        ({"minimum_voltage_V": -1}, "-1 V lies outside"),
        ({"minimum_voltage_V": 4, "maximum_voltage_V": 3}, "the run would stop at once"),
        ({"after": 3}, "Extra inputs are not permitted"),
    ],
)
def test_a_stop_out_of_range_is_refused(stop, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        protocol_of({"cycle": CYCLE}, stop=stop)


def test_no_stop_is_an_empty_stop():
    assert protocol_of({"cycle": CYCLE}, stop=None).stop == Stop()


def test_blocks_can_be_made_of_objects():
    block = Block(repeat=2, cycle=[Step.model_validate(text) for text in CYCLE])
    assert Protocol(blocks=[block]) == protocol_of({"repeat": 2, "cycle": CYCLE})


def test_reading_a_protocol_does_not_import_pybamm():
    code = (
        "import sys; from twin.protocol import Protocol; "
        "p = Protocol.model_validate({'blocks': [{'cycle': ['Rest for 1 h']}]}); p.describe(); "
        "sys.exit(bool({'pybamm', 'pandas', 'casadi'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
