"""Simulations by the dozen: in parallel, remembered on disk, and never fatal.

A run that fails is an answer too: it says why, and gives what it had.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import TwinError
from twin.names import CELL_THICKNESS_CHANGE

DIGITS = 10
TEXT_COLUMNS = ("frozen",)
FILE = "simulations.jsonl"
# quantity of a curve -> column of the time series, and what it is multiplied by
CURVE_COLUMNS = {
    "voltage_V": ("voltage_V", 1.0),
    "temperature_degC": ("temperature_degC", 1.0),
    "thickness_um": (CELL_THICKNESS_CHANGE, 1e6),
}


# sequence, steps and times at which a curve is wanted
CurveAsked = tuple[int, tuple[int, ...], tuple[float, ...]]


@dataclass(frozen=True)
class Request:
    """One simulation to be made.

    Parameters
    ----------
    study : plain data of a study
    curves : sequence, steps and times at which curves are wanted
    origin : what else its answer depends on: the values of the parameter set, versions
    """

    study: dict[str, Any]
    curves: tuple[CurveAsked, ...] = ()
    origin: str = ""

    @property
    def key(self) -> str:
        """Return what tells it from others."""
        plain = {"study": {**self.study, "name": ""}, "curves": self.curves}
        plain["origin"] = self.origin
        text = json.dumps(plain, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Answer:
    """What a simulation gave.

    Parameters
    ----------
    table : columns of the check-ups; empty where there are none
    curves : for each curve asked for, its quantities at the times
    ended : why it ended early, or ""
    seconds : how long it took
    """

    table: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    curves: tuple[dict[str, NDArray[np.float64]], ...] = ()
    ended: str = ""
    seconds: float = 0.0

    def plain(self) -> dict[str, Any]:
        """Return plain data, with as many digits as are kept."""
        return {
            "table": {name: _plain(values) for name, values in self.table.items()},
            "curves": [{n: _plain(v) for n, v in curve.items()} for curve in self.curves],
            "ended": self.ended,
            "seconds": round(self.seconds, 3),
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Answer:
        """Return the answer that plain data hold."""
        return cls(
            {name: _array(values) for name, values in plain["table"].items()},
            tuple({n: _array(v) for n, v in curve.items()} for curve in plain["curves"]),
            plain["ended"],
            plain["seconds"],
        )


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [float(f"{v:.{DIGITS}g}") if np.isfinite(v) else None for v in values]


def _array(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if v is None else v for v in values], dtype=float)


def simulate(request: Request) -> Answer:
    """Return what a study gives; a failure is part of the answer."""
    os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")
    began = time.monotonic()
    from pydantic import ValidationError

    from twin.ageing import run
    from twin.study import Study
    from twin.study.messages import dotted, problems_of

    try:
        solution = run(Study.model_validate(request.study))
    except ValidationError as error:
        text = "; ".join(f"{dotted(p.key)}: {p.text}" for p in problems_of(error, Study))
        return Answer(ended=text, seconds=time.monotonic() - began)
    except (TwinError, ArithmeticError, ValueError, RuntimeError) as error:
        return Answer(ended=f"{type(error).__name__}: {error}", seconds=time.monotonic() - began)
    ended = str(solution.failure) if solution.failure is not None else ""
    checkups = solution.checkups
    table = {
        str(name): np.asarray(checkups[name], dtype=float)
        for name in checkups.columns
        if name not in TEXT_COLUMNS
    }
    curves = tuple(_curve(solution.timeseries, *asked) for asked in request.curves)
    return Answer(table, curves, ended, time.monotonic() - began)


def _curve(
    series: Any, sequence: int, steps: tuple[int, ...], times: tuple[float, ...]
) -> dict[str, NDArray[np.float64]]:
    """Return the quantities of some steps at times from their start; empty where they are not."""
    if not len(series):
        return {}
    rows = series[(series["sequence"] == sequence) & series["step"].isin(list(steps))]
    if len(rows) < 2:
        return {}
    t = rows["time_s"].to_numpy(dtype=float)
    t = t - t[0]
    wanted = np.asarray(times, dtype=float)
    return {
        name: np.interp(wanted, t, scale * rows[column].to_numpy(dtype=float))
        for name, (column, scale) in CURVE_COLUMNS.items()
        if column in rows
    }


class Journal:
    """Answers kept on disk, so that nothing is simulated twice and a stopped fit goes on.

    Parameters
    ----------
    folder : where; ``None`` keeps them in memory alone
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = None if folder is None else folder / FILE
        self._known: dict[str, Answer] = {}
        self._cut = False  # whether the last line of the file has no end
        if self._file is not None and self._file.is_file():
            text = self._file.read_text(encoding="utf-8", errors="replace")
            self._cut = bool(text) and not text.endswith("\n")
            for line in text.splitlines():
                # a line that a kill cut short tells nothing
                with suppress(ValueError, KeyError, TypeError, AttributeError):
                    plain = json.loads(line)
                    self._known[plain["key"]] = Answer.of(plain)

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str) -> Answer | None:
        """Return what is known under a key."""
        return self._known.get(key)

    def put(self, key: str, answer: Answer) -> Answer:
        """Keep an answer, and return it as it will be read back.

        One that holds nothing is kept in memory alone: a file may have been missing.
        """
        plain = answer.plain()
        if self._file is not None and answer.table:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write("\n" * self._cut + json.dumps({"key": key, **plain}) + "\n")
            self._cut = False
        self._known[key] = Answer.of(plain)
        return self._known[key]


class Runner:
    """Makes simulations on the cores there are.

    Parameters
    ----------
    journal : what is known already
    jobs : processes; by default one for each core
    tell : is called after each simulation with how many are done and how many there are
    """

    def __init__(
        self,
        journal: Journal | None = None,
        jobs: int | None = None,
        tell: Callable[[int, int], None] | None = None,
    ) -> None:
        self.journal = Journal() if journal is None else journal
        self.jobs = jobs or os.cpu_count() or 1
        self.simulated = 0
        self.seconds = 0.0
        self._tell = tell or (lambda done, total: None)

    def run(self, requests: Sequence[Request]) -> list[Answer]:
        """Return an answer to each request, in order."""
        keys = [request.key for request in requests]
        waiting = {
            key: request
            for key, request in zip(keys, requests, strict=True)
            if self.journal.get(key) is None
        }
        order = list(waiting)
        for done, answer in enumerate(self._answers([waiting[key] for key in order])):
            self.journal.put(order[done], answer)
            self.simulated += 1
            self.seconds += answer.seconds
            self._tell(done + 1, len(order))
        found = [self.journal.get(key) for key in keys]
        return [answer for answer in found if answer is not None]

    def _answers(self, requests: Sequence[Request]) -> Iterator[Answer]:
        if self.jobs == 1 or len(requests) == 1:
            yield from map(simulate, requests)
            return
        from joblib import Parallel, delayed, parallel_config

        with parallel_config(backend="loky", inner_max_num_threads=1):
            pool = Parallel(n_jobs=self.jobs, return_as="generator", batch_size=1)
            yield from pool(delayed(simulate)(request) for request in requests)
