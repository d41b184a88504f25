"""What a person sees while a run is going: cycle, capacity, time left."""

from __future__ import annotations

import sys
import time
from typing import Protocol as Interface

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

SECONDS_BETWEEN_LINES = 10.0
SECONDS_PER_MINUTE = 60


class Display(Interface):
    """What the loop tells whoever is watching."""

    def start(self, title: str, total: int, done: int) -> None:
        """Begin a run of ``total`` ageing cycles, ``done`` of them already behind."""

    def cycle(self, done: int, capacity_Ah: float, percent: float) -> None:
        """One more cycle is finished."""

    def doing(self, what: str) -> None:
        """Something other than an ageing cycle is going on."""

    def stop(self) -> None:
        """Leave the screen as it is."""


class Silent:
    """Says nothing."""

    def start(self, title: str, total: int, done: int) -> None:
        """Say nothing."""

    def cycle(self, done: int, capacity_Ah: float, percent: float) -> None:
        """Say nothing."""

    def doing(self, what: str) -> None:
        """Say nothing."""

    def stop(self) -> None:
        """Say nothing."""


class _Clock:
    """Estimates the time left from the cycles done since the start."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._start: tuple[int, float] | None = None

    def left(self, done: int) -> str:
        """Return the time left; the first cycle, in which models are built, does not count."""
        if self._start is None:
            self._start = done, time.monotonic()
        first, began = self._start
        if done == first:
            return "time left: estimating" if done < self._total else "done"
        seconds = (time.monotonic() - began) / (done - first) * max(self._total - done, 0)
        return f"about {in_words(seconds)} left"


def in_words(seconds: float) -> str:
    """Return a duration as a person says it.

    >>> in_words(4.2), in_words(75), in_words(7260)
    ('4 s', '1 min 15 s', '2 h 1 min')
    """
    whole = round(seconds)
    minutes, rest = divmod(whole, SECONDS_PER_MINUTE)
    hours, minutes_left = divmod(minutes, SECONDS_PER_MINUTE)
    if hours:
        return f"{hours} h {minutes_left} min"
    return f"{minutes} min {rest} s" if minutes else f"{whole} s"


class Terminal:
    """A progress bar on a terminal; a line now and then where output is not a terminal."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr)
        self._bar: Bar | None = None
        self._clock = _Clock(0)
        self._total = 0
        self._last_line = 0.0

    def start(self, title: str, total: int, done: int) -> None:
        """Begin a run."""
        self.stop()
        self._clock, self._total = _Clock(total), total
        if not self._console.is_terminal:
            self._line(f"{title}: {total} cycles" + (f", {done} already done" if done else ""))
            return
        self._line(title)
        self._bar = Bar(
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[status]}", markup=False),
            console=self._console,
        )
        self._bar.start()
        self._bar.add_task(title, total=total, completed=done, status="building the model")

    def cycle(self, done: int, capacity_Ah: float, percent: float) -> None:
        """Show cycle, capacity and time left."""
        status = f"{capacity_Ah:.4f} A.h ({percent:.2f} %), {self._clock.left(done)}"
        self._show(done, status, always=done == self._total)

    def doing(self, what: str) -> None:
        """Show what is going on."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], status=what)

    def stop(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _show(self, done: int, status: str, *, always: bool) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, status=status)
        elif always or time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES:
            self._line(f"cycle {done} of {self._total}: {status}")

    def _line(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False)
        self._last_line = time.monotonic()
