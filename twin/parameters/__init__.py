"""Parameter sets as data: read, checked, shared, and handed to PyBaMM.

What needs PyBaMM is imported when it is first asked for, so that sets can be listed, checked
and compared without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.parameters.bridge.to_pybamm import parameter_values
    from twin.parameters.library.finding import all_sets
    from twin.parameters.parameter_set import ParameterSet, load_set
    from twin.parameters.values import LoadedParameters, load_parameters

_WHERE = {
    "LoadedParameters": "twin.parameters.values",
    "ParameterSet": "twin.parameters.parameter_set",
    "all_sets": "twin.parameters.library.finding",
    "load_parameters": "twin.parameters.values",
    "load_set": "twin.parameters.parameter_set",
    "parameter_values": "twin.parameters.bridge.to_pybamm",
}
__all__ = [
    "LoadedParameters",
    "ParameterSet",
    "all_sets",
    "load_parameters",
    "load_set",
    "parameter_values",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'twin.parameters' has no attribute {name!r}")
