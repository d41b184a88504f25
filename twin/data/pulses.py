r"""Resistance from steps of the current after a rest.

.. math::

    R(\tau) = \frac{U(t_0) - U(t_0 + \tau)}{I(t_0 + \tau) - I(t_0)},

with :math:`t_0` the last row at rest and the current :math:`I` positive on discharge; the
values at :math:`t_0 + \tau` are interpolated between the rows around it. A resistance that the
rows do not resolve is NaN, with the reason.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.data.recording import Recording
from twin.data.steps import Step, find_steps

TIMES_S = (0.1, 1.0, 10.0)
SHORTEST_REST_S = 10.0
LATEST_START = 0.5  # of the time asked for
STEADY = 0.02
MILLI = 1000.0


@dataclass(frozen=True)
class PulseResistance:
    """Resistance of one step of the current at one time.

    Parameters
    ----------
    step : number of the step
    first_row : its first line or row in the file
    start_s : time of the last row at rest [s]
    direction : ``"discharge"`` or ``"charge"``
    current_A : current of the step, positive on discharge [A]
    rest_s : how long the cell rested before [s]
    voltage_V : voltage at the end of the rest [V]
    time_s : time since the start [s]
    resistance_mOhm : resistance, or NaN [mOhm]
    reason : why there is none, or ""
    """

    step: int
    first_row: int
    start_s: float
    direction: str
    current_A: float
    rest_s: float
    voltage_V: float
    time_s: float
    resistance_mOhm: float
    reason: str


def pulse_resistances(
    recording: Recording,
    times_s: Sequence[float] = TIMES_S,
    *,
    steps: Sequence[Step] | None = None,
    shortest_rest_s: float = SHORTEST_REST_S,
) -> tuple[PulseResistance, ...]:
    """Return the resistance of every pulse and of every constant current that follows a rest.

    Parameters
    ----------
    recording : with time, current and voltage
    times_s : times since the current began [s]
    steps : the steps, if they have been found already
    shortest_rest_s : rests shorter than this do not count [s]
    """
    found = find_steps(recording) if steps is None else steps
    return tuple(
        _resistance(recording, rest, step, float(time))
        for rest, step in itertools.pairwise(found)
        if rest.kind == "rest"
        and rest.duration_s >= shortest_rest_s
        and step.kind in ("pulse", "constant current")
        for time in times_s
    )


def _resistance(recording: Recording, rest: Step, step: Step, time: float) -> PulseResistance:
    clock, current, voltage = (recording[key] for key in ("time_s", "current_A", "voltage_V"))
    before = rest.last
    reason = _reason(recording, rest, step, time)
    value = math.nan
    if not reason:
        moment = clock[before] + time
        places = slice(step.first, step.last + 1)
        after = float(np.interp(moment, clock[places], current[places])) - float(current[before])
        fall = float(voltage[before]) - float(np.interp(moment, clock[places], voltage[places]))
        value = MILLI * fall / after
    return PulseResistance(
        step=step.step,
        first_row=step.first_row,
        start_s=float(clock[before]),
        direction="discharge" if step.current_A > 0 else "charge",
        current_A=step.current_A,
        rest_s=rest.duration_s,
        voltage_V=float(voltage[before]),
        time_s=time,
        resistance_mOhm=value,
        reason=reason,
    )


def _reason(recording: Recording, rest: Step, step: Step, time: float) -> str:
    """Return why there is no resistance at this time, or nothing."""
    clock, current = recording["time_s"], recording["current_A"]
    begin = float(clock[rest.last])
    first = float(clock[step.first]) - begin
    if first > LATEST_START * time:
        return f"the first row with current comes {first:.3g} s after the last at rest"
    if float(clock[step.last]) - begin < time:
        return f"the current ends after {float(clock[step.last]) - begin:.3g} s"
    after = int(np.searchsorted(clock[step.first : step.last + 1], begin + time)) + step.first
    if after > step.first and float(clock[after] - clock[after - 1]) > time:
        return f"no row within {time:g} s of it"
    for held in current[max(after - 1, step.first) : after + 1].tolist():
        if abs(held - step.current_A) > STEADY * abs(step.current_A):
            return f"the current is {held:.4g} A there, {step.current_A:.4g} A in the mean"
    return ""
