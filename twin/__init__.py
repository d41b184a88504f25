"""A digital twin of a battery cell: protocols, degradation and forecasts, on PyBaMM.

>>> import twin
>>> solution = twin.run("study.yaml")  # doctest: +SKIP
>>> solution.cycles["discharge_capacity_Ah"].iloc[-1]  # doctest: +SKIP
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")
# Arrow's own pool keeps what has been freed; a long run rewrites its tables many times
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

if TYPE_CHECKING:
    from twin.ageing import resume, run
    from twin.errors import Failure, TwinError
    from twin.protocol import Protocol
    from twin.solution import Solution
    from twin.study import Study, load_study

_WHERE = {
    "run": "twin.ageing",
    "resume": "twin.ageing",
    "Failure": "twin.errors",
    "TwinError": "twin.errors",
    "Protocol": "twin.protocol",
    "Solution": "twin.solution",
    "Study": "twin.study",
    "load_study": "twin.study",
}
__all__ = [
    "Failure",
    "Protocol",
    "Solution",
    "Study",
    "TwinError",
    "load_study",
    "resume",
    "run",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: ``import twin`` stays fast."""
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'twin' has no attribute {name!r}")
