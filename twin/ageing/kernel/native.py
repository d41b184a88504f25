"""Functions of a kernel as machine code, by the C compiler that is there.

CasADi writes a function of scalars as one block of C as long as the function, on which a compiler
spends more than its length in time and memory. Here it is cut into pieces that hand their numbers
on in CasADi's work array. Sums and products are done in the same order, none of them fused, so
that results are those of CasADi's interpreter to the last bit; where they are not, the machine
code is not used.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import casadi
import numpy as np
from numpy.typing import NDArray

from twin.ageing.kernel.cache import Cache, Entry
from twin.ageing.kernel.control import (
    AMBIENT,
    NO_CONTROL,
    OF_POWER,
    OF_VOLTAGE,
    OUT_OF_REACH,
    START,
)
from twin.ageing.kernel.fingerprint import hashed
from twin.ageing.kernel.functions import EVENTS, JACOBIAN, RESIDUAL, SERIES, Kernel

OFTEN = (RESIDUAL, SERIES, EVENTS)  # short and called often: won back soon
SELDOM = (JACOBIAN,)  # long and called seldom
PARTS = (OFTEN, SELDOM)
FLAGS = ("-O1", "-fPIC", "-shared", "-ffp-contract=off")
LIKELY = {**NO_CONTROL, **OUT_OF_REACH, OF_VOLTAGE: 0.5, OF_POWER: 0.5, AMBIENT: 300.0, START: 0.0}
LONGEST_S = 300
PIECE = 1000  # lines
SCALARS = "SXFunction"
LIBRARY = "kernel.so"
_BODY = re.compile(
    r"static int casadi_f0\(const casadi_real\*\* arg, casadi_real\*\* res, casadi_int\* iw, "
    r"casadi_real\* w, int mem\) \{\n(?P<body>.*?)\n  return 0;\n\}",
    re.DOTALL,
)
_VARIABLE = re.compile(r"\ba(\d+)\b")
_PARAMETERS = "(const casadi_real** arg, casadi_real** res, casadi_real* w)"


@cache
def compiler() -> tuple[str, str] | None:
    """Return path and version of the C compiler, ``None`` where there is none."""
    path = shutil.which("gcc") or shutil.which("cc")
    if path is None:
        return None
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return path, done.stdout.partition("\n")[0]


def library(kernel: Kernel, part: tuple[str, ...], kept: Cache, *, make: bool) -> bytes | None:
    """Return some of a kernel's functions as a shared library, ``None`` where there is none.

    Parameters
    ----------
    kernel : the functions
    part : names of those wanted
    kept : where libraries are kept
    make : whether to compile what is not there
    """
    found = compiler()
    if found is None:
        return None
    texts = {name: kernel.functions[name] for name in part}
    key = hashed(f"{found} {platform.machine()} {FLAGS} {PIECE} {sorted(texts.items())}")
    entry = kept.read(key)
    if entry is None:
        if not make:
            return None
        entry = _made(texts, found[0])
        kept.write(key, entry)
    code = entry.arrays.get("library")
    return None if code is None else code.tobytes()


@contextmanager
def loaded(
    kernel: Kernel, libraries: Mapping[tuple[str, ...], bytes]
) -> Iterator[Mapping[str, str]]:
    """Give a kernel's functions, with those of libraries in place of the interpreted ones.

    The files of the libraries are there inside the block alone.
    """
    texts = dict(kernel.functions)
    with tempfile.TemporaryDirectory(prefix="twin-kernel-") as folder:
        for number, (part, code) in enumerate(libraries.items()):
            path = Path(folder) / f"{number}_{LIBRARY}"
            path.write_bytes(code)
            compiled = {name: casadi.external(name, str(path)) for name in part}
            if all(_same(kernel, name, function) for name, function in compiled.items()):
                texts |= {name: function.serialize() for name, function in compiled.items()}
        yield texts


def _same(kernel: Kernel, name: str, compiled: casadi.Function) -> bool:
    """Return whether a compiled function gives the bits of the interpreted one, near the start."""
    function = casadi.Function.deserialize(kernel.functions[name])
    y = kernel.start * (1 + 1e-3 * np.sin(np.arange(kernel.start.size)))
    p = np.array([LIKELY[parameter] for parameter in kernel.layout.parameters])
    arguments = (0.0, y, p, 0.5)[: function.n_in()]
    wanted, found = (_entries(f(*arguments)) for f in (function, compiled))
    return np.array_equal(wanted, found, equal_nan=True)


def _entries(value: Any) -> NDArray[np.float64]:
    """Return what is not zero by structure in a matrix of CasADi's."""
    return np.asarray(value.nonzeros(), dtype=float)


def _made(texts: Mapping[str, str], path: str) -> Entry:
    """Compile functions; an entry without a library says that it cannot be done."""
    with tempfile.TemporaryDirectory(prefix="twin-compile-") as folder:
        files = []
        for name, text in texts.items():
            file = Path(folder) / f"{name}.c"
            file.write_text(c_source(casadi.Function.deserialize(text)), encoding="utf-8")
            files.append(str(file))
        target = Path(folder) / LIBRARY
        if not _run([path, *FLAGS, *files, "-o", str(target), "-lm"]):
            return Entry({})
        return Entry({}, {}, {"library": np.frombuffer(target.read_bytes(), dtype=np.uint8)})


def _run(command: list[str]) -> bool:
    """Run a compiler and return whether it succeeded; nothing of it outlives the call.

    A limit on its processor time holds even where this process is killed.
    """
    limited = ["/bin/sh", "-c", f'ulimit -t {LONGEST_S}; exec "$@"', "sh", *command]
    try:
        process = subprocess.Popen(
            limited, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError:
        return False
    try:
        return process.wait(timeout=2 * LONGEST_S) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def c_source(function: casadi.Function) -> str:
    """Return a function in C; one of scalars in pieces."""
    generator = casadi.CodeGenerator(function.name(), {"with_header": False})
    generator.add(function)
    source: str = generator.dump()
    return _in_pieces(source) if function.class_name() == SCALARS else source


def _in_pieces(source: str) -> str:
    found = _BODY.search(source)
    if found is None:
        return source
    lines = found["body"].split("\n")
    code = [line for line in lines if not line.lstrip().startswith("casadi_real ")]
    declared = " ".join(line for line in lines if line.lstrip().startswith("casadi_real "))
    numbers = [int(number) for number in _VARIABLE.findall(declared)]
    if len(code) <= PIECE or not numbers:
        return source
    code = [_VARIABLE.sub(lambda name: f"w[{int(name[1])}]", line) for line in code]
    pieces = [code[start : start + PIECE] for start in range(0, len(code), PIECE)]
    bodies = [
        f"static __attribute__((noinline)) void piece{number}{_PARAMETERS} {{\n"
        + "\n".join(piece)
        + "\n}\n"
        for number, piece in enumerate(pieces)
    ]
    calls = "\n".join(f"  piece{number}(arg, res, w);" for number in range(len(pieces)))
    head = found[0].partition("{\n")[0]
    size = max(numbers) + 1
    cut = f"{''.join(bodies)}{head}{{\n{calls}\n  return 0;\n}}"
    return (source[: found.start()] + cut + source[found.end() :]).replace(
        "*sz_w = 0", f"*sz_w = {size}"
    )
