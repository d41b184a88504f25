"""PyBaMM models and submodels of the twin; imported as ``twin.models``."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if __name__ != "twin.models":
    raise ImportError(
        "import twin.models, not models (run 'pip install -e .' in the repository root)"
    )

from twin.models.description import Electrode, Particle

if TYPE_CHECKING:
    from twin.models.lithium_ion import DFN, SPM, SPMe

__all__ = ["DFN", "SPM", "Electrode", "Particle", "SPMe"]


def __getattr__(name: str) -> Any:
    """Import the model classes, and with them PyBaMM, when they are first asked for."""
    if name in {"DFN", "SPM", "SPMe"}:
        return getattr(import_module("twin.models.lithium_ion"), name)
    raise AttributeError(f"module 'twin.models' has no attribute {name!r}")
