"""What a run used, to be cited: PyBaMM's register, kept apart per run."""

from __future__ import annotations

import copy
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pybamm


@contextmanager
def collected_citations() -> Iterator[Any]:
    """Collect the citations registered inside the block in a register of their own.

    On leaving, they are also handed to the register that was there before, so that
    ``pybamm.print_citations()`` still knows them.
    """
    outer = pybamm.citations
    inner = copy.copy(outer)  # a new one would read PyBaMM's whole bibliography again
    inner._reset()
    pybamm.citations = inner
    try:
        yield inner
    finally:
        pybamm.citations = outer
        for key in sorted(inner._papers_to_cite):
            outer.register(key)


def citation_texts(register: Any) -> list[str]:
    """Return the register's references, one line each, without their numbers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "citations.txt"
        register.print(str(path), output_format="text")
        lines = path.read_text(encoding="utf-8").splitlines()
    return [re.sub(r"^\[\d+\]\s*", "", line) for line in lines if line.strip()]
