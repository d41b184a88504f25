"""Parameter sets for others: as one BPX file, or as the JSON that plain PyBaMM loads."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.errors import ParameterError
from twin.parameters.bpx.document import Document, Value
from twin.parameters.bpx.fields import BLOCK, PARAMETERISATION, USER_DEFINED
from twin.parameters.bpx.parts import NEAR, difference, same, samples_for
from twin.parameters.bpx.reading import read_document
from twin.parameters.bridge.pybamm_json import DEEPEST
from twin.parameters.language.expression import Function, Number
from twin.parameters.parameter_set import ParameterSet
from twin.parameters.strict_files import DEEPEST as DEEPEST_BPX
from twin.parameters.strict_files import write_json


@dataclass(frozen=True)
class Loss:
    """One value that a plain BPX file does not give as the set does.

    Parameters
    ----------
    name : PyBaMM's name
    error : largest relative difference between -13 and 57 degC of what the file says instead;
        infinite where it says nothing, not a number where that cannot be told
    """

    name: str
    error: float

    @property
    def text(self) -> str:
        """What is lost, in a sentence."""
        if math.isinf(self.error):
            return f"{self.name}: not in the file"
        if math.isnan(self.error):
            return f"{self.name}: the file says something else"
        return f"{self.name}: the file says it to within {self.error:.1g} of its largest value"


def export_bpx(parameter_set: ParameterSet, file: Path, *, plain: bool = False) -> list[Loss]:
    """Write a set as one BPX file, and return what a plain one does not say.

    Parameters
    ----------
    parameter_set : the set
    file : is replaced where it is there
    plain : whether the block that only celltwin reads is left out

    Raises
    ------
    ParameterError
        if the file cannot be written.
    """
    data = parameter_set.document.raw
    losses: list[Loss] = []
    if plain:
        data = without_block(data)
        losses = lost(parameter_set, read_document(data, str(file)))
    _write(data, file)
    return losses


def without_block(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of ``parameters.json`` without our block."""
    found: dict[str, Any] = copy.deepcopy(dict(data))
    own = found[PARAMETERISATION].get(USER_DEFINED)
    if isinstance(own, dict):
        own.pop(BLOCK, None)
        if not own:
            del found[PARAMETERISATION][USER_DEFINED]
    return found


def lost(parameter_set: ParameterSet, plain: Document) -> list[Loss]:
    """Return what a file says otherwise than a set, sorted by name.

    Parameters
    ----------
    parameter_set : the set
    plain : the file
    """
    return sorted(_losses(parameter_set.values, _values(plain)), key=lambda loss: loss.name)


def _values(document: Document) -> Mapping[str, Value]:
    return ParameterSet("", document).values


def _losses(full: Mapping[str, Value], told: Mapping[str, Value]) -> Iterator[Loss]:
    samples = samples_for()
    both = {**told, **full}
    for name, value in full.items():
        if name not in told:
            yield Loss(name, math.inf)
        elif not _same(value, told[name], both, samples):
            yield Loss(name, _error(value, told[name], both, samples))


def _same(value: Value, other: Value, values: Mapping[str, Value], samples: Any) -> bool:
    if isinstance(value, Function) != isinstance(other, Function):
        return _error(value, other, values, samples) < NEAR
    return same(value, other, values)


def _error(value: Value, other: Value, values: Mapping[str, Value], samples: Any) -> float:
    """Return the difference of two values; a number counts as a function of what the other is."""
    arguments = next((f.arguments for f in (value, other) if isinstance(f, Function)), ())
    alike = [f if isinstance(f, Function) else _constant(f, arguments) for f in (value, other)]
    try:
        return difference(alike[0], alike[1], values, samples)
    except ParameterError:  # refers to what the file does not have
        return math.nan


def _constant(number: float, arguments: tuple[str, ...]) -> Value:
    return Function(arguments, Number(float(number))) if arguments else number


def export_pybamm(parameter_set: ParameterSet, file: Path) -> int:
    """Write a set as the JSON that ``pybamm.ParameterValues.from_json`` loads.

    Returns
    -------
    the number of values that it has.

    Raises
    ------
    ParameterError
        if the file cannot be written.
    """
    from twin.parameters.bridge.to_pybamm import parameter_values

    data: dict[str, Any] = parameter_values(parameter_set).to_json()
    _write(data, file, DEEPEST)
    return len(parameter_set.values)


def _write(data: Mapping[str, Any], file: Path, deepest: int = DEEPEST_BPX) -> None:
    if file.is_dir():
        raise ParameterError(f"{file} is a folder; give a file such as {file / 'cell.json'}")
    if not file.absolute().parent.is_dir():
        raise ParameterError(f"there is no folder {file.absolute().parent}; make it first")
    write_json(data, file, deepest=deepest)
