"""The sets that come along, for PyBaMM: ``pybamm.ParameterValues("celltwin/LGM50Chen2020")``.

The entry points of the group ``pybamm_parameter_sets`` name attributes of this module; each is a
function that returns a dictionary, as PyBaMM asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twin.parameters.library.finding import BUNDLED, sets_in

PREFIX = "celltwin/"


def __getattr__(name: str) -> Callable[[], dict[str, Any]]:
    """Return the function that gives one set.

    Raises
    ------
    AttributeError
        where no such set comes along.
    """
    if name not in sets_in(BUNDLED):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def values() -> dict[str, Any]:
        from twin.parameters.bridge.to_pybamm import parameter_values
        from twin.parameters.parameter_set import read_set

        return dict(parameter_values(read_set(BUNDLED / name, name)))

    values.__name__ = name
    values.__doc__ = f"Return the set {name} of celltwin; its README and sources: 'twin params'."
    return values
