r"""What a step holds and what ends it, as numbers: one model serves all ordinary steps.

The cell current :math:`I` is an algebraic state, with the equation

.. math:: 0 = a I + b V + c V I - d .

Current has :math:`a = 1`, voltage :math:`b = 1`, power :math:`c = 1`, each with the value as
:math:`d`; resistance :math:`R` has :math:`a = -R, b = 1, d = 0`. Limits have a place for each
quantity and side; those that a step does not have are out of reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import pybamm

OF_CURRENT, OF_VOLTAGE, OF_POWER, VALUE = (
    "Control of current [-]",
    "Control of voltage [-]",
    "Control of power [-]",
    "Control value",
)
VOLTAGE_BELOW, VOLTAGE_ABOVE = "Voltage to fall below [V]", "Voltage to rise above [V]"
CURRENT_BELOW, CURRENT_ABOVE = "Current to fall below [A]", "Current to rise above [A]"
MAGNITUDE_BELOW = "Magnitude of current to fall below [A]"
AMBIENT = "Ambient temperature [K]"
START = "start time"
FAR = 1e9
OUT_OF_REACH = {
    VOLTAGE_BELOW: -FAR,
    VOLTAGE_ABOVE: FAR,
    CURRENT_BELOW: -FAR,
    CURRENT_ABOVE: FAR,
    MAGNITUDE_BELOW: -FAR,
}
NO_CONTROL = {OF_CURRENT: 1.0, OF_VOLTAGE: 0.0, OF_POWER: 0.0, VALUE: 0.0}
RISING = (VOLTAGE_ABOVE, CURRENT_ABOVE)
_MODES = {
    pybamm.step.Current: "current",
    pybamm.step.Rest: "current",
    pybamm.step.CRate: "c_rate",
    pybamm.step.Voltage: "voltage",
    pybamm.step.Power: "power",
    pybamm.step.Resistance: "resistance",
}


@dataclass(frozen=True)
class Control:
    """A step in the numbers that the model of all ordinary steps takes.

    Parameters
    ----------
    inputs : values by name of the input, limits included
    limits : by name of the input, PyBaMM's name for the event
    current_A : current that the step holds, ``None`` where it follows from the model [A]
    """

    inputs: Mapping[str, float]
    limits: Mapping[str, str] = field(default_factory=dict)
    current_A: float | None = None


def control_residual(variables: Mapping[str, Any]) -> Any:
    """Return what is zero in a step, of inputs and of the model's current and voltage."""
    current, voltage = variables["Current [A]"], variables["Voltage [V]"]
    by_current, by_voltage, by_power, value = (
        pybamm.InputParameter(name) for name in (OF_CURRENT, OF_VOLTAGE, OF_POWER, VALUE)
    )
    return by_current * current + by_voltage * voltage + by_power * voltage * current - value


def limit_events(variables: Mapping[str, Any]) -> list[Any]:
    """Return an event for every limit that a step can have: positive until it is met."""
    current, voltage = variables["Current [A]"], variables["Battery voltage [V]"]
    quantity = {
        VOLTAGE_BELOW: voltage,
        VOLTAGE_ABOVE: voltage,
        CURRENT_BELOW: current,
        CURRENT_ABOVE: current,
        MAGNITUDE_BELOW: abs(current),
    }
    return [
        pybamm.Event(name, (-1 if name in RISING else 1) * (seen - pybamm.InputParameter(name)))
        for name, seen in quantity.items()
    ]


def ordinary_control(step: Any, capacity_Ah: float) -> Control | None:
    """Return a PyBaMM step as numbers, ``None`` where it is more than that.

    Parameters
    ----------
    step : PyBaMM step
    capacity_Ah : capacity that defines 1C [A.h]
    """
    mode, value = _MODES.get(type(step)), step.input_value
    if mode is None or isinstance(value, bool) or not isinstance(value, Real):
        return None
    limits: dict[str, tuple[float, str]] = {}
    for given in step.termination:
        found = _limit(given, step, capacity_Ah)
        if found is None:
            return None
        name, text, bound = found
        if name and (name not in limits or _sooner(name, bound, limits[name][0])):
            limits[name] = bound, text
    control, current = _law(mode, float(value), capacity_Ah)
    inputs = {**NO_CONTROL, **control, **OUT_OF_REACH}
    inputs |= {name: bound for name, (bound, _) in limits.items()}
    return Control(inputs, {name: text for name, (_, text) in limits.items()}, current)


def _law(mode: str, value: float, capacity_Ah: float) -> tuple[dict[str, float], float | None]:
    """Return the coefficients of a control law, and the current where that is what it holds."""
    if mode in ("current", "c_rate"):
        current = value * capacity_Ah if mode == "c_rate" else value
        return {VALUE: current}, current
    if mode == "voltage":
        return {OF_CURRENT: 0.0, OF_VOLTAGE: 1.0, VALUE: value}, None
    if mode == "power":
        return {OF_CURRENT: 0.0, OF_POWER: 1.0, VALUE: value}, None
    return {OF_CURRENT: -value, OF_VOLTAGE: 1.0}, None


def _limit(given: Any, step: Any, capacity_Ah: float) -> tuple[str, str, float] | None:
    """Return input, event and value of a limit; no input where PyBaMM watches nothing."""
    kind = type(given)
    if kind not in (
        pybamm.step.VoltageTermination,
        pybamm.step.CurrentTermination,
        pybamm.step.CRateTermination,
    ):
        return None
    text, bound = str(given.get_event_name(step)), float(given.value)
    side = str(given.operator or "")
    if kind is pybamm.step.CRateTermination:
        return MAGNITUDE_BELOW, text, bound * capacity_Ah
    if kind is pybamm.step.CurrentTermination:
        return {"<": CURRENT_BELOW, ">": CURRENT_ABOVE}.get(side, MAGNITUDE_BELOW), text, bound
    side = side or {"charge": ">", "discharge": "<"}.get(str(step.direction), "")
    return {"<": VOLTAGE_BELOW, ">": VOLTAGE_ABOVE}.get(side, ""), text, bound


def _sooner(name: str, bound: float, than: float) -> bool:
    return bound < than if name in RISING else bound > than
