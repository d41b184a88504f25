"""Parameter sets as data: read, checked, shared, and handed to PyBaMM.

What needs PyBaMM is imported when it is first asked for, so that sets can be listed, checked
and compared without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.parameters.values import LoadedParameters, load_parameters

_WHERE = {
    "LoadedParameters": "twin.parameters.values",
    "load_parameters": "twin.parameters.values",
}
__all__ = [
    "LoadedParameters",
    "load_parameters",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'twin.parameters' has no attribute {name!r}")
