"""How good a jump was, and how far the next one may go: numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEAST = 3  # units; shorter ones save nothing, as two are simulated after each jump
SAFETY = 0.85
# what is reported, over what a jump is judged by: noise of the integrator, multiplied by later
# jumps, is not in a jump's own estimate (calibrated on the varied lives of benchmarks/ageing_speed)
REPORTED = 3.0
# of capacity, in per cent, for each unit of relative tolerance: what the integrator leaves
INTEGRATOR_PERCENT = 200.0
USUAL_JUMPS = 25  # half of the tolerance goes by length, half by jumps, so that short ones may be
LARGEST_GROWTH = 3.0
LARGEST_CUT = 0.1
PREDICTOR_SHARE = 15.0
# errors of the modes relative to their change over the jump, in multiples of the tolerance
MODE_SHARE = 30.0
# of other quantities relative to their size: they hardly touch capacity
OTHER_SHARE = 100.0
# a mode that changes much less than the largest is not asked for the same relative accuracy
SMALL = 0.02


@dataclass(frozen=True)
class Estimates:
    """Of the errors of one jump.

    Parameters
    ----------
    capacity_percent : of capacity, of the initial capacity [%]
    predicted_percent : of capacity before the correction, or what settling has changed it by if
        that is more [%]
    modes : of lithium and material lost, by column [%]
    changes : of these over the jump [%]
    others : of what else is told of the state, relative to its size [-]
    """

    capacity_percent: float
    predicted_percent: float
    modes: Mapping[str, float]
    changes: Mapping[str, float]
    others: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """Of one jump.

    Parameters
    ----------
    error : estimated error over the allowed one
    errors : estimated error by column of the results, as reported [%]
    """

    error: float
    errors: Mapping[str, float]


def judged(found: Estimates, tolerance_percent: float, share: float) -> Verdict:
    """Return how good a jump was.

    Parameters
    ----------
    found : its errors
    tolerance_percent : error of capacity allowed over the whole life [%]
    share : of the life that the jump goes over
    """
    allowed = tolerance_percent * (share + 1 / USUAL_JUMPS) / 2
    of_capacity = found.capacity_percent / allowed
    # drifts are measured where the predictor went: it must not be far off; and a unit in which
    # much more happens than in the next one has something in it that a jump must not go over
    of_capacity = max(of_capacity, found.predicted_percent / (PREDICTOR_SHARE * allowed))
    largest = max((abs(change) for change in found.changes.values()), default=0.0)
    relative = [
        found.modes[name] / max(abs(change), SMALL * largest, 1e-12)
        for name, change in found.changes.items()
    ]
    of_modes = max(relative, default=0.0) * 100 / (MODE_SHARE * tolerance_percent)
    of_others = found.others * 100 / (OTHER_SHARE * tolerance_percent)
    # where hardly anything changes, nothing is gained by a small relative error
    error = max(of_capacity, min(of_modes, MODE_SHARE * of_capacity), of_others)
    found_errors = {
        "capacity_error_percent": found.capacity_percent,
        **{name.replace("percent", "error_percent"): e for name, e in found.modes.items()},
        "other_error_percent": 100 * found.others,
    }
    return Verdict(error, {name: REPORTED * e for name, e in found_errors.items()})


def next_size(count: int, error: float, order: int) -> float:
    """Return how many units the next jump may go over.

    The error of a jump over ``count`` units by ``order`` drifts grows as ``count**(order + 1)``,
    what is allowed as ``count``.
    """
    factor: float = SAFETY * max(error, 1e-12) ** (-1 / order)
    return count * min(max(factor, LARGEST_CUT), LARGEST_GROWTH)


def even_share(room: int, size: float, landing: int) -> int:
    """Return how many units to jump over now, if the room is gone through in even jumps.

    >>> even_share(98, 1000, 2), even_share(98, 60, 2)
    (98, 48)
    """
    pieces = -(-(room + landing) // int(size + landing))
    return (room + landing) // pieces - landing
