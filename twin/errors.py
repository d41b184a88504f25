"""What can go wrong, said once: bad input is an error, a solve that ends early is a `Failure`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


class TwinError(Exception):
    """Bad input: what was given, where, what is allowed or nearest, and what to do."""


class StudyError(TwinError):
    """One or more problems in a study file or a study given in Python."""

    def __init__(self, problems: Iterable[str], source: str = "study") -> None:
        self.problems = tuple(problems)
        self.source = source
        super().__init__("\n".join(self.problems))


class ProtocolError(TwinError):
    """A step, block, check-up or stop condition that cannot be read or cannot be run."""


class ModelError(TwinError):
    """Two choices in a model description that exclude each other."""


class ParameterError(TwinError):
    """A parameter set or value that is unknown, missing or outside its range."""


class ParameterSetError(ParameterError):
    """One or more problems in the files of a parameter set."""

    def __init__(self, problems: Iterable[str], source: str = "parameter set") -> None:
        self.problems = tuple(problems)
        self.source = source
        super().__init__("\n".join(self.problems))


class DataError(TwinError):
    """A measured-data file that is absent or cannot be read as described."""


class ResultsError(TwinError):
    """A results folder that is absent, incomplete or belongs to another study."""


@dataclass(frozen=True)
class Failure:
    """Why a run ended early. Everything up to ``cycle`` is kept.

    Parameters
    ----------
    reason : what happened, in one sentence
    advice : what to try
    kind : ``"infeasible"``, ``"solver"``, ``"event"`` or ``"duration"``
    cycle : ageing cycle that was running (0 before the first)
    sequence : its row in ``cycles.parquet`` had it finished
    step : step of that cycle, counted from 1
    step_text : the step, as the protocol says it
    time_s : experiment time at which it happened [s]
    """

    reason: str
    advice: str
    kind: str
    cycle: int
    sequence: int
    step: int
    step_text: str
    time_s: float

    def __str__(self) -> str:
        return (
            f"cycle {self.cycle}, step {self.step} ({self.step_text}), "
            f"t = {self.time_s:.0f} s: {self.reason} {self.advice}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the failure as plain data for the manifest."""
        return asdict(self)


def nearest(given: str, allowed: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest allowed word, or nothing.

    >>> nearest("Okane2022", ["OKane2022", "Chen2020"])
    "; did you mean 'OKane2022'?"
    >>> nearest("zzz", ["OKane2022"])
    ''
    """
    words = {word.lower(): word for word in allowed}
    match = difflib.get_close_matches(given.lower(), words, n=1, cutoff=0.6)
    return f"; did you mean '{words[match[0]]}'?" if match else ""
