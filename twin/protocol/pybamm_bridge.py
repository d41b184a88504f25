"""Steps and protocols to PyBaMM and back; the only file of the protocol that imports PyBaMM.

A step written as a PyBaMM string becomes the step that :func:`pybamm.step.string` makes of it.
A PyBaMM step that has no written form here (a function of time, a custom step or termination,
``skip_ok=False``, no end) is held as it is, in a step of mode ``"pybamm"``.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from itertools import groupby, islice
from math import isfinite, nan
from numbers import Real
from typing import Any, TypeVar

import pybamm
from pydantic import BaseModel, ValidationError

from twin.errors import ProtocolError
from twin.protocol.checkups import Stop
from twin.protocol.fields import as_number
from twin.protocol.profile import COLUMN_KEYS
from twin.protocol.protocol import Protocol
from twin.protocol.schedule import Block
from twin.protocol.step import Step
from twin.protocol.text import parse_step
from twin.protocol.wording import number
from twin.units import SECONDS_PER_DAY, ZERO_CELSIUS_K

Model = TypeVar("Model", bound=BaseModel)
_MAKERS = {
    "current": pybamm.step.current,
    "c_rate": pybamm.step.c_rate,
    "voltage": pybamm.step.voltage,
    "power": pybamm.step.power,
    "resistance": pybamm.step.resistance,
}
_MODES = {
    pybamm.step.Current: "current",
    pybamm.step.CRate: "c_rate",
    pybamm.step.Voltage: "voltage",
    pybamm.step.Power: "power",
    pybamm.step.Resistance: "resistance",
    pybamm.step.Rest: "rest",
}
_LIMITS = {
    "voltage": pybamm.step.VoltageTermination,
    "current": pybamm.step.CurrentTermination,
    "c_rate": pybamm.step.CRateTermination,
}
_QUANTITIES = {termination: quantity for quantity, termination in _LIMITS.items()}
# decimals kept when kelvins become degrees: enough for any temperature, too few for rounding noise
_TEMPERATURE_DECIMALS = 9


def to_pybamm_step(
    step: Step,
    protocol_temperature_degC: float | None = None,
    protocol_period_s: float | None = None,
) -> Any:
    """Return the PyBaMM step that does the same.

    Parameters
    ----------
    step : the step
    protocol_temperature_degC : temperature if the step has none of its own
    protocol_period_s : interval between outputs if the step has none of its own [s]

    Raises
    ------
    DataError
        If the file of a profile is absent or cannot be followed.
    """
    if step.pybamm_step is not None:
        return _held_step(step.pybamm_step, protocol_temperature_degC, protocol_period_s)
    celsius = step.temperature_degC
    celsius = protocol_temperature_degC if celsius is None else celsius
    options = {
        "duration": step.duration_s,
        "termination": _terminations(step),
        "period": protocol_period_s if step.period_s is None else step.period_s,
        "temperature": _kelvin(celsius),
        "description": step.text,
    }
    if step.mode == "rest":
        return pybamm.step.rest(**options)
    if step.profile is not None:
        return _MAKERS[step.profile.mode](step.profile.load(), **options)
    return _MAKERS[step.mode](step.value, **options)


def to_experiment(protocol: Protocol) -> Any:
    """Return a protocol as a :class:`pybamm.Experiment`, check-ups at their places.

    Raises
    ------
    ProtocolError
        If PyBaMM has no way to say it.
    """
    _refuse_what_experiments_lack(protocol)
    items: dict[Step, Any] = {}
    for step in protocol.unique_steps():
        items[step] = _experiment_item(step)
    _refuse_profiles_taken_for_one(items)
    cycles = [tuple(items[step] for step in steps) for steps in _all_cycles(protocol)]
    return pybamm.Experiment(
        cycles,
        period=protocol.period_s,
        temperature=_kelvin(protocol.temperature_degC),
        termination=_termination_strings(protocol.stop) or None,
    )


def from_experiment(experiment: Any) -> Protocol:
    """Return the protocol of a :class:`pybamm.Experiment`; equal cycles in a row are folded.

    Raises
    ------
    ProtocolError
        If it holds something that would not be honoured.
    """
    known: dict[Any, Step] = {}
    cycles = []
    for cycle in experiment.cycles:
        keys = [item if isinstance(item, str) else id(item) for item in cycle]
        for key, item in zip(keys, cycle, strict=True):
            if key not in known:
                known[key] = from_pybamm_step(item)
        cycles.append(tuple(known[key] for key in keys))
    fields = {
        "temperature_degC": _celsius(experiment.temperature),
        "period_s": experiment.period,
        "blocks": [Block(repeat=len(list(same)), cycle=steps) for steps, same in groupby(cycles)],
        "stop": _stop_fields(experiment.termination),
    }
    return _validated(Protocol, fields)


def from_pybamm_step(item: Any) -> Step:
    """Return the step for a PyBaMM step or step string.

    Raises
    ------
    ProtocolError
        If it has tags or a start time, or cannot be read.
    """
    if isinstance(item, str):
        return _validated(Step, item)
    name = re.sub(r" at 0x[0-9a-f]+", "", " ".join(str(item).split()))
    if item.tags:
        raise ProtocolError(
            f"step '{name}' has the tags {', '.join(item.tags)}, which a protocol does not keep; "
            "make it without tags"
        )
    if item.start_time:
        raise ProtocolError(
            f"step '{name}' has a start time, which a protocol does not keep; make it without "
            "one, and put a rest of the right length before it"
        )
    fields = _fields(item)
    if fields is None:
        return Step(mode="pybamm", pybamm_step=item, text=name)
    return _validated(Step, fields)


def _terminations(step: Step) -> Any:
    """Return the terminations of a step, as text where the step is a PyBaMM string."""
    if step.written_as_text:
        return parse_step(step.text).limit
    return [_LIMITS[limit.quantity](limit.value, limit.side) for limit in step.until] or None


def _held_step(item: Any, celsius: float | None, period_s: float | None) -> Any:
    """Return a PyBaMM step with the temperature and period of the protocol where it has none."""
    if celsius is None and period_s is None:
        return item
    filled = copy.copy(item)
    if filled.temperature is None:
        filled.temperature = _kelvin(celsius)
    if filled.period is None:
        filled.period = period_s
    return filled


def _experiment_item(step: Step) -> Any:
    """Return the string of a step that is nothing but a string, else its PyBaMM step."""
    form = step.form()
    return form if isinstance(form, str) else to_pybamm_step(step)


def _all_cycles(protocol: Protocol) -> Iterator[tuple[Step, ...]]:
    """Yield the steps of cycles and check-ups in the order in which they run."""
    checkups, last = protocol.checkups, protocol.last_cycle
    if checkups and checkups.at_start:
        yield checkups.steps
    for cycle in islice(protocol.cycles(), last):
        yield cycle.steps
        if checkups and checkups.due_after(cycle.number, nan, nan, cycle.number == last):
            yield checkups.steps


def _refuse_what_experiments_lack(protocol: Protocol) -> None:
    problems = []
    if protocol.checkups and protocol.checkups.frozen:
        problems.append("check-ups on a copy of the cell (frozen: true); set frozen: false")
    if protocol.checkups and protocol.checkups.at_capacity_percent:
        problems.append("check-ups at_capacity_percent; use every_cycles or at_cycles")
    if protocol.checkups and protocol.stop.capacity_below_percent is not None:
        problems.append(
            "capacity_below_percent beside check-ups, because it counts the capacity of check-ups "
            "as that of cycles; remove one of them"
        )
    if protocol.stop.maximum_voltage_V is not None:
        problems.append("a maximum_voltage_V to stop at; remove it")
    if problems:
        raise ProtocolError(f"a PyBaMM experiment cannot have {'; nor '.join(problems)}")


def _refuse_profiles_taken_for_one(items: dict[Step, Any]) -> None:
    """Refuse profiles that an experiment would mix up.

    PyBaMM tells steps apart by ``basic_repr``, in which a long array is shortened and the
    duration, which decides how often a profile is repeated, does not occur.
    """
    seen: dict[str, Step] = {}
    for step, item in items.items():
        if step.profile is not None:
            other = seen.setdefault(item.basic_repr(), step)
            if other is not step:
                raise ProtocolError(
                    f"a PyBaMM experiment would take '{step.text}' and '{other.text}' for the "
                    "same step, because their profiles look alike when shortened; run the "
                    "protocol here, or make two experiments"
                )


def _termination_strings(stop: Stop) -> list[str]:
    strings = []
    if stop.capacity_below_percent is not None:
        strings.append(f"{number(stop.capacity_below_percent)}% capacity")
    if stop.minimum_voltage_V is not None:
        strings.append(f"{number(stop.minimum_voltage_V)} V")
    if stop.time_d is not None:
        strings.append(f"{number(stop.time_d * SECONDS_PER_DAY)} s")
    return strings


def _stop_fields(termination: dict[str, Any]) -> dict[str, float]:
    fields = {}
    for kind, given in termination.items():
        if kind == "capacity" and given[1] == "%":
            fields["capacity_below_percent"] = given[0]
        elif kind == "voltage":
            fields["minimum_voltage_V"] = given[0]
        elif kind == "time":
            fields["time_d"] = given / SECONDS_PER_DAY
        else:
            raise ProtocolError(
                f"the experiment ends at {given[0]:g} {given[1]} capacity, which a protocol cannot "
                "say; give a percentage of the first cycle, such as '80% capacity'"
            )
    return fields


def _fields(item: Any) -> dict[str, Any] | None:
    """Return the written form of a PyBaMM step, or ``None`` if it has none."""
    mode = _MODES.get(type(item))
    if mode is None or not item.skip_ok or (mode == "voltage" and item.direction):
        return None
    if item.uses_default_duration and not item.termination:
        return None
    if any(type(limit) not in _QUANTITIES for limit in item.termination):
        return None
    drive = _profile_fields(mode, item) if item.is_drive_cycle else _value_fields(mode, item)
    if drive is None:
        return None
    until = [
        {"quantity": _QUANTITIES[type(limit)], "value": limit.value, "side": limit.operator}
        for limit in item.termination
    ]
    return {
        **drive,
        "until": until,
        "duration_s": None if item.input_duration is None else item.duration,
        "period_s": item.period,
        "temperature_degC": _celsius(item.temperature),
        "text": item.description,
    }


def _value_fields(mode: str, item: Any) -> dict[str, Any] | None:
    """Return mode, value and direction of a constant step, or ``None`` if it is not one."""
    value = item.input_value
    if mode == "rest":
        return {"mode": mode}
    if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
        return None
    value = as_number(value)
    if mode == "voltage":
        return {"mode": mode, "value": value}
    if value == 0:
        return None
    direction = "discharge" if value > 0 else "charge"
    return {"mode": mode, "value": abs(value), "direction": direction}


def _profile_fields(mode: str, item: Any) -> dict[str, Any] | None:
    """Return the profile of a drive cycle, or ``None`` if a profile cannot hold it."""
    key = next((key for key, followed in COLUMN_KEYS.items() if followed == mode), None)
    open_side = any(
        type(limit) is pybamm.step.VoltageTermination and limit.operator is None
        for limit in item.termination
    )
    if key is None or open_side:
        return None
    times, values = item.input_value.T.tolist()
    return {"mode": "profile", "profile": {"time_s": times, key: values}}


def _kelvin(celsius: float | None) -> float | None:
    return None if celsius is None else celsius + ZERO_CELSIUS_K


def _celsius(kelvin: float | None) -> float | None:
    return None if kelvin is None else round(kelvin - ZERO_CELSIUS_K, _TEMPERATURE_DECIMALS)


def _validated(model: type[Model], given: Any) -> Model:
    """Return a validated object; what is wrong with it becomes a `ProtocolError`."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        messages = [problem["msg"].removeprefix("Value error, ") for problem in error.errors()]
        raise ProtocolError("; ".join(messages)) from None
