"""What tells the functions of one cell from those of another, in this process and in the next.

It takes in everything that they are made of: the description of the model, the values of its
parameters, functions among them, the mesh, and the versions and sources of the programs. Where
something cannot be told apart, such as a function of the user's, there is no fingerprint.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import sys
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from twin.cell import MODELS, Cell

FORMAT = 1
TRUSTED = ("pybamm", "twin", "numpy", "math")
SOURCES = (".py", ".json", ".csv")
SETTLED_S = 2.0
_BEGAN = time.time()


class NoFingerprint(Exception):
    """Something that cannot be told from others."""


def fingerprint(cell: Cell, series: Sequence[str]) -> str | None:
    """Return the hash of a cell and its time series, ``None`` where there is none."""
    sources = source_hash()
    if sources is None or type(cell.model) not in MODELS.values():
        return None
    model = cell.model
    parts = (
        FORMAT,
        sources,
        *(version(name) for name in ("pybamm", "casadi", "pybammsolvers", "numpy")),
        sys.version,
        platform.machine(),
        type(model).__name__,
        dict(model.electrodes),
        model.constraint,
        model.dry_out,
        dict(model.options),
        dict(cell.parameters.values),
        dict(cell.mesh_points),
        tuple(series),
    )
    try:
        return hashed("".join(_words(parts)))
    except NoFingerprint:
        return None


def hashed(text: str) -> str:
    """Return a short hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@functools.cache
def source_hash() -> str | None:
    """Return a hash of all sources of celltwin.

    ``None`` where one was changed after this process began, or just before: what is in memory
    may be older than what is on disk.
    """
    digest = hashlib.sha256()
    for path in sorted(_sources(Path(__file__).resolve().parents[2])):
        if path.stat().st_mtime > _BEGAN - SETTLED_S:
            return None
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for place, _, files in os.walk(folder, followlinks=True):
        for name in files:
            if name.endswith(SOURCES):
                yield Path(place) / name


def _words(value: Any) -> Iterator[str]:
    """Yield what tells a value from all others."""
    if value is None or isinstance(value, str | bool | Number):
        yield f"{type(value).__name__} {value!r};"
    elif isinstance(value, np.ndarray) and value.dtype != object:
        data = np.ascontiguousarray(value)
        yield f"array {data.dtype} {data.shape} {hashlib.sha256(data.tobytes()).hexdigest()};"
    elif isinstance(value, Mapping):
        pairs = sorted(value.items(), key=lambda pair: str(pair[0]))
        yield from _all("map", [part for pair in pairs for part in pair])
    elif isinstance(value, tuple | list):
        yield from _all(type(value).__name__, value)
    elif isinstance(value, BaseModel):
        yield from _all(_place(type(value)), list(dict(value).items()))
    elif is_dataclass(value) and not isinstance(value, type):
        parts = [(f.name, getattr(value, f.name)) for f in fields(value)]
        yield from _all(_place(type(value)), parts)
    else:
        yield from _words_of_function(value)


def _words_of_function(value: Any) -> Iterator[str]:
    if isinstance(value, functools.partial):
        yield from _all("partial", [value.func, value.args, value.keywords])
    elif isinstance(value, types.FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        yield from _all(
            f"{_place(value)} line {value.__code__.co_firstlineno}",
            [cells, value.__defaults__, value.__kwdefaults__],
        )
    elif isinstance(value, type | types.BuiltinFunctionType | np.ufunc):
        yield f"{_place(value)};"
    else:
        raise NoFingerprint(f"{type(value).__name__} cannot be told from others")


def _all(name: str, parts: Sequence[Any]) -> Iterator[str]:
    yield f"{name}("
    for part in parts:
        yield from _words(part)
    yield ");"


def _place(value: Any) -> str:
    """Return where a class or function is defined, which must be in a program of known version."""
    module = getattr(value, "__module__", None) or "numpy"
    if module.partition(".")[0] not in TRUSTED:
        raise NoFingerprint(f"{module} is not known here")
    return f"{module}.{getattr(value, '__qualname__', value)}"
