"""The state of a cell between two steps, and what one step gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.protocol import Step


@dataclass(frozen=True)
class State:
    """Everything that the next step needs: nothing else carries over.

    Parameters
    ----------
    y : state vector of the model that produced it
    layout : key of that model; its variables say what the entries of ``y`` are
    time_s : experiment time [s]
    """

    y: NDArray[np.float64]
    layout: str
    time_s: float


@dataclass(frozen=True)
class Work:
    """Effort of the integrator: time steps, Newton iterations, factorisations, solves."""

    steps: int = 0
    newton_iterations: int = 0
    factorisations: int = 0
    solves: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.steps + other.steps,
            self.newton_iterations + other.newton_iterations,
            self.factorisations + other.factorisations,
            self.solves + other.solves,
        )


@dataclass(frozen=True)
class StepResult:
    """What one step did.

    Parameters
    ----------
    step : the step that was asked for
    state : the cell after it (the one before it, where the step was skipped)
    status : ``"done"`` or ``"skipped"`` (its end condition already held at the start)
    termination : what ended it
    series : time series by variable name, ``"Time [s]"`` among them; empty where skipped
    work : effort of the integrator
    retries : names of the fallbacks that were needed
    """

    step: Step
    state: State
    status: str
    termination: str
    series: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    work: Work = Work()
    retries: tuple[str, ...] = ()
