"""What ``parameters.json`` holds, once it has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twin.parameters.bpx.fields import PARAMETERISATION, PARTICLE
from twin.parameters.language.expression import Function

Path = tuple[str, ...]
Value = float | Function


@dataclass(frozen=True)
class Document:
    """What a file holds, read and checked field by field.

    Parameters
    ----------
    raw : the content of the file
    model : ``DFN``, ``SPMe``, ``SPM`` or ``Partial``
    fields : place -> number or function, of the parameterisation without the user-defined part
    state : place -> number
    flat : PyBaMM's name -> number or function of one argument
    functions : PyBaMM's name -> function, of our block
    extra : name -> number, of our block
    citations : keys by which PyBaMM cites the set, of our block
    """

    raw: Mapping[str, Any]
    model: str
    fields: Mapping[Path, Value]
    state: Mapping[Path, float]
    flat: Mapping[str, Value]
    functions: Mapping[str, Function]
    extra: Mapping[str, float]
    citations: tuple[str, ...] = ()

    def materials(self, electrode: str) -> tuple[str, ...]:
        """Return the names of the materials of an electrode, none where it has one."""
        return tuple(self.raw[PARAMETERISATION].get(electrode, {}).get(PARTICLE, {}))


def placed(path: Path) -> str:
    """Return a place in the file as text.

    >>> placed(("Negative electrode", "OCP [V]"))
    'Negative electrode / OCP [V]'
    """
    return " / ".join(path)


def shown(value: Any) -> str:
    """Return a value as a message shows it, shortened."""
    words = {dict: "an object", list: "a list", type(None): "null", bool: str(value).lower()}
    text = words.get(type(value), repr(value))
    return text if len(text) <= 60 else f"{text[:60]}..."
