"""A parameter set: its values by PyBaMM's names, with a source for each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from twin.errors import ParameterError, ParameterSetError
from twin.parameters.bpx.derived import derived_values
from twin.parameters.bpx.document import Document, Value
from twin.parameters.bpx.fields import DEGRADATION, ELECTRODES, INITIAL, PARAMETERISATION, STATE
from twin.parameters.bpx.reading import read_document
from twin.parameters.equilibrium import initial_concentrations, number
from twin.parameters.language.expression import Function
from twin.parameters.library.finding import find
from twin.parameters.library.set_files import canonical
from twin.parameters.provenance import Provenance
from twin.parameters.ranges import MATERIALS
from twin.parameters.strict_files import read_json

_SHARE = "active material volume fraction"
PARAMETERS, PROVENANCE, README = "parameters.json", "provenance.yaml", "README.md"


@dataclass(frozen=True)
class ParameterSet:
    """One set, read and checked; nothing of it is PyBaMM's yet.

    Parameters
    ----------
    name : of the folder, or of the file where it is a single one
    document : content of ``parameters.json``
    provenance : where each value is from, ``None`` where there is no such file
    path : the folder or file, ``None`` for a set made in Python
    """

    name: str
    document: Document
    provenance: Provenance | None = None
    path: Path | None = None

    def __repr__(self) -> str:
        where = f", {self.path}" if self.path is not None else ""
        return f"ParameterSet({self.name!r}, {len(self.values)} values{where})"

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """Return numbers and functions by PyBaMM's names, the state of the cell applied."""
        own = {**self.document.flat, **self.document.functions, **self.document.extra}
        found = {**derived_values(self.document), **own}
        return {**found, **self._initial(found, own)}

    @property
    def content_hash(self) -> str:
        """Return the SHA-256 of the values and the state, however the file is laid out."""
        raw = {key: self.document.raw.get(key) for key in (PARAMETERISATION, STATE)}
        content = canonical({"model": self.document.model, **raw})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def functions(self) -> Mapping[str, Function]:
        """Return what depends on the state, by PyBaMM's names."""
        return {n: value for n, value in self.values.items() if isinstance(value, Function)}

    def number(self, name: str) -> float:
        """Return one value as a number.

        Raises
        ------
        ParameterError
            where it is absent or a function.
        """
        return number(self.values, name)

    @property
    def degradation(self) -> Mapping[str, float]:
        """Return the losses of the state: ``LLI``, and ``LAM <prefix><domain>`` [-]."""
        path = (STATE, DEGRADATION)
        state = self.document.state
        found = {"LLI": float(state.get((*path, "LLI"), 0.0))}
        for electrode in ELECTRODES:
            domain = electrode.partition(" ")[0].lower()
            place = (*path, f"LAM: {electrode}")
            materials = self.document.materials(electrode)
            prefixes = dict(zip(MATERIALS, materials, strict=False)) if len(materials) > 1 else {}
            for prefix, material in (prefixes or {"": ""}).items():
                share = state.get((*place, material), state.get(place, 0.0))
                found[f"LAM {prefix}{domain}"] = float(share)
        return found

    def _initial(self, values: Mapping[str, Value], own: Collection[str]) -> dict[str, float]:
        """Return what the state of the cell sets: concentrations, and what material is left.

        Without losses, concentrations that the file gives under PyBaMM's names stay; with losses
        all follow from these and the state of charge.
        """
        losses = self.degradation
        soc = self.document.state.get((STATE, INITIAL, "Initial state-of-charge"))
        lam = {n.removeprefix("LAM "): v for n, v in losses.items() if n != "LLI"}
        try:
            start = 1.0 if soc is None else soc
            found = initial_concentrations(values, start, losses["LLI"], lam)
        except ParameterError:
            if self.document.model == "Partial" and not any(losses.values()):
                return {}  # it lacks what a balance needs
            raise
        return found if any(losses.values()) else {n: v for n, v in found.items() if n not in own}


def load_set(name_or_path: str | Path, project: Path | None = None) -> ParameterSet:
    """Return a set by its name, or from a folder or a BPX file.

    Parameters
    ----------
    name_or_path : looked for as :func:`twin.parameters.library.finding.find` does
    project : folder of the study that names it

    Raises
    ------
    ParameterError
        where there is none, or with a sentence for everything that is wrong with it.
    """
    location = find(name_or_path, project)
    return read_set(location.path, location.name)


def read_set(path: Path, name: str | None = None) -> ParameterSet:
    """Return the set in a folder, or in a single file.

    Raises
    ------
    ParameterSetError
        with a sentence for everything that is wrong with it, references that lead nowhere or in
        circles and shares of material beyond the volume among it.
    """
    from twin.parameters.checks.reference_checks import reference_findings

    file = path / PARAMETERS if path.is_dir() else path
    document = read_document(read_json(file, str(file), top_object=True), str(file))
    wrong = [f"{file}: {finding.place}: {finding.text}" for finding in reference_findings(document)]
    wrong += [f"{file}: {text}" for text in _beyond_the_volume(document)]
    if wrong:
        raise ParameterSetError(wrong, str(file))
    beside = file.parent / PROVENANCE
    known = path.is_dir() and beside.is_file()
    provenance = Provenance.read(beside) if known else None
    return ParameterSet(name or path.stem, document, provenance, path)


def _beyond_the_volume(document: Document) -> Iterator[str]:
    """Yield shares of active material that radius and surface together make impossible."""
    for name, share in derived_values(document).items():
        if name.endswith(_SHARE) and isinstance(share, float) and share > 1:
            yield (
                f"surface area times particle radius over 3 is {share:.3g} as '{name}'; allowed: "
                "at most 1; correct one of them"
            )
