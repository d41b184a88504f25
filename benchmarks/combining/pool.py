"""Jobs in processes of their own: one that hangs or dies is a result like any other."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

Row = dict[str, Any]
Work = Callable[[Any], Row]
PATIENCE_S = 1.0
READY = "ready"


class _Worker:
    """A process that does one job after the other, and what it is doing now."""

    def __init__(self, work: Work) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(work, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.ready = False
        self.job: int | None = None
        self.deadline = 0.0

    def give(self, number: int, job: Any, timeout_s: float) -> None:
        """Start a job; its time begins when the process has imported what it needs."""
        self.ready = self.ready or self.pipe.recv() == READY
        self.job, self.deadline = number, time.monotonic() + timeout_s
        self.pipe.send(job)

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(work: Work, pipe: Connection) -> None:
    pipe.send(READY)
    while True:
        pipe.send(work(pipe.recv()))


def in_processes(
    work: Work, jobs: Sequence[Any], timeout_s: float, workers: int | None = None
) -> Iterator[tuple[int, Row]]:
    """Yield the place of each job and its result, as they come.

    Parameters
    ----------
    work : what makes a result of a job; at the top of a module, for a new process to find
    jobs : what it is given
    timeout_s : after which a job is given up [s]; its result says so under ``failure``
    workers : number of processes; as many as cores if not given
    """
    waiting = list(enumerate(jobs))[::-1]
    count = min(workers or os.cpu_count() or 1, len(jobs))
    crew = [_Worker(work) for _ in range(count)]
    try:
        while waiting or any(worker.job is not None for worker in crew):
            for worker in crew:
                if worker.job is None and waiting:
                    worker.give(*waiting.pop(), timeout_s)
            wait([worker.pipe for worker in crew if worker.job is not None], PATIENCE_S)
            for place, worker in enumerate(crew):
                number, row = worker.job, _result(worker, timeout_s)
                if row is None or number is None:
                    continue
                if worker.job is not None:  # it did not finish: the next job needs another
                    worker.end()
                    crew[place] = _Worker(work)
                yield number, row
    finally:
        for worker in crew:
            worker.end()


def _result(worker: _Worker, timeout_s: float) -> Row | None:
    """Return what a worker has to say, None if nothing; it has no job if it has finished."""
    if worker.job is None:
        return None
    if worker.pipe.poll():
        try:
            row: Row = worker.pipe.recv()
        except EOFError:
            worker.process.join()
            return {"failure": f"its process ended with code {worker.process.exitcode}"}
        worker.job = None
        return row
    if time.monotonic() > worker.deadline:
        return {"failure": f"not finished after {timeout_s:g} s"}
    return None
