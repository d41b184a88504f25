"""A whole study: the one object that says what is simulated and what is kept."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr, model_validator

from twin.catalogue import SECONDARY
from twin.models.description import Particle
from twin.names import DOMAINS
from twin.parameters.known import content_hash, set_name
from twin.protocol import Protocol
from twin.study.checks import steps_with_keys, study_problems
from twin.study.fields import Name, Section
from twin.study.files import absolute
from twin.study.mesh import plain_mesh
from twin.study.messages import raise_problems
from twin.study.model_checks import lacked_names
from twin.study.parts import Parts, set_of
from twin.study.sections import (
    DESCRIBED_OBJECT,
    CellSection,
    Compared,
    CompareSection,
    Kept,
    Modelled,
    ModelSection,
    OutputsSection,
    Protocolled,
    Solved,
    SolverSection,
)

# keys that came after the first studies were hashed: at their defaults, they leave a hash as it was
_LATER_SOLVED = ("jump", "capacity_tolerance_percent", "compile")
# unset, they leave a hash as it was
_LATER = frozenset({"dry_out", "sizes", "longer_path", "activated_plating", "secondary"})


class Study(Section):
    """What is simulated, how exactly, and what is kept.

    Parameters
    ----------
    name : title of the study
    cell : which cell it is and how it starts
    protocol : what the cell lives through; in Python also a ``pybamm.Experiment``
    model : which equations are solved; in Python also a PyBaMM model
    solver : how exactly
    outputs : what is kept
    compare : what the result is set beside

    Raises
    ------
    StudyError
        with every problem that was found.
    """

    name: Name
    cell: CellSection
    protocol: Protocolled
    model: Modelled = ModelSection()
    solver: Solved = SolverSection()
    outputs: Kept = OutputsSection()
    compare: Compared = CompareSection()
    _source: Path | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _fits_together(self) -> Study:
        raise_problems(
            study_problems(Parts(self.cell, self.protocol, self.model, self.outputs, self.compare))
        )
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Study) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def source(self) -> Path | None:
        """The file that the study was loaded from; ``None`` for one made in Python."""
        return self._source

    @property
    def hash(self) -> str:
        """SHA-256 of all that changes numbers: cell, protocol, model and solver.

        Wording of steps, order of keys, ``1`` or ``1.0`` make no difference, names of files
        neither: what counts is what is in them.
        """
        plain = {key: self._plain()[key] for key in ("cell", "model", "solver")}
        plain["model"] = _model_numbers(plain["model"])
        if isinstance(self.cell.parameters, str):
            plain["cell"]["parameters"] = content_hash(self.cell.parameters)
        if isinstance(self.model, ModelSection) and self.model.mesh.voltage_mV is None:
            _name_methods(plain["model"])
        plain["solver"] = _without_defaults(plain["solver"], SolverSection())
        if self.cell.open_circuit_potentials == "published":  # a later key, at rest
            del plain["cell"]["open_circuit_potentials"]
        plain["protocol"] = _protocol_numbers(self.protocol)
        text = json.dumps(_canonical(plain), sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_yaml(self, sets: Mapping[str, str] | None = None) -> str:
        """Return the study as a file, with defaults filled in and files named absolutely.

        Parameters
        ----------
        sets : parameter sets -> what they are to be called, such as copies beside the file

        It loads back to an equal study from any folder of the same machine. A PyBaMM object
        is only described, as ``{pybamm: "<class>, <size>, sha256 ..."}``: such a study cannot
        be run again from the file alone, and `load_study` says so.
        """
        from ruamel.yaml import YAML

        yaml = YAML()
        yaml.default_flow_style = False
        yaml.width = 10_000
        stream = io.StringIO()
        plain = self._plain()
        for given, place in (sets or {}).items():
            compared = plain["compare"].get("parameter_sets", [])
            plain["compare"]["parameter_sets"] = [place if n == given else n for n in compared]
            if plain["cell"]["parameters"] == given:
                plain["cell"]["parameters"] = place
        yaml.dump(plain, stream)
        return stream.getvalue()

    def variant(self, parameters: str) -> Study:
        """Return the study with another parameter set, without overrides and comparisons.

        What the model needs and the other set does not have stays.

        Raises
        ------
        StudyError
            if the set is unknown or lacks parameters that the model needs.
        """
        needed: set[str] = set()
        if isinstance(self.model, ModelSection):
            needed = {extra.name for _, extra in self.model.extras}
            info = set_of(parameters)
            if info is not None:
                needed |= lacked_names(info, self.model)
        values = {key: value for key, value in self.cell.values.items() if key in needed}
        found = Study(
            name=f"{self.name} ({set_name(parameters)})",
            cell=CellSection(
                parameters=parameters,
                initial=self.cell.initial,
                values=values,
                open_circuit_potentials=self.cell.open_circuit_potentials,
            ),
            protocol=self.protocol,
            model=self.model,
            solver=self.solver,
            outputs=self.outputs,
        )
        found._source = self._source
        return found

    def _plain(self) -> dict[str, Any]:
        """Return the study as mappings, lists, texts and numbers."""
        cell: dict[str, Any] = {"parameters": self.cell.parameters}
        if not isinstance(self.cell.parameters, str):
            cell["parameters"] = {DESCRIBED_OBJECT: _described_parameters(self.cell.parameters)}
        if self.cell.initial is not None:
            cell["initial"] = self.cell.initial.model_dump(exclude_none=True)
        cell["values"] = dict(self.cell.values)
        cell["open_circuit_potentials"] = self.cell.open_circuit_potentials
        model = self.model
        return {
            "name": self.name,
            "cell": cell,
            "protocol": _located(self.protocol.model_dump(mode="json")),
            "model": model.model_dump(mode="json")
            if isinstance(model, ModelSection)
            else {DESCRIBED_OBJECT: _described_model(model)},
            "solver": self.solver.model_dump(mode="json", exclude_none=True),
            "outputs": self.outputs.model_dump(mode="json", exclude_none=True),
            "compare": self.compare.model_dump(mode="json", exclude_none=True),
        }


def _located(protocol: Any) -> Any:
    """Return the plain protocol with absolute file names."""
    if isinstance(protocol, dict):
        return {
            key: absolute(value, Path.cwd())
            if key == "file" and isinstance(value, str)
            else _located(value)
            for key, value in protocol.items()
        }
    return [_located(item) for item in protocol] if isinstance(protocol, list) else protocol


def _protocol_numbers(protocol: Protocol) -> dict[str, Any]:
    """Return the protocol with steps as numbers, not as words."""
    plain = protocol.model_dump(mode="json")
    for key, step in steps_with_keys(protocol):
        at: Any = plain
        for part in key[1:-1]:
            at = at[part]
        at[key[-1]] = {
            "mode": step.mode,
            "value": step.value,
            "until": [[limit.quantity, limit.value, limit.side] for limit in step.until],
            "numbers": [step.duration_s, step.temperature_degC, step.period_s],
            "measure": list(step.measure),
            "profile": _profile_content(step.profile),
            "pybamm": step.text if step.mode == "pybamm" else None,
        }
    return dict(plain)


def _profile_content(profile: Any) -> Any:
    if profile is None:
        return None
    form = profile.form()
    if profile.file is not None:
        form["file"] = _content(form["file"], profile.file)
    return form


def _content(name: Any, file: Path) -> Any:
    """Return the SHA-256 of a file, or its name if it is gone."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else name


def _model_numbers(plain: dict[str, Any]) -> dict[str, Any]:
    """Return the plain model with files by what is in them, and without later keys at rest."""
    found = {key: value for key, value in plain.items() if not (key in _LATER and not value)}
    for key in (*DOMAINS, SECONDARY):
        if isinstance(found.get(key), dict):
            found[key] = _model_numbers(found[key])
    sizes = found.get("sizes") or {}
    if sizes.get("file"):
        found["sizes"] = {**sizes, "file": _content(sizes["file"], Path(sizes["file"]))}
    return found


def _without_defaults(plain: dict[str, Any], default: SolverSection) -> dict[str, Any]:
    """Return the plain solver section without later keys at their defaults."""
    return {
        key: value
        for key, value in plain.items()
        if not (key in _LATER_SOLVED and value == getattr(default, key))
    }


def _name_methods(model: dict[str, Any]) -> None:
    """Write a model with points as it was before meshes could be chosen."""
    model["mesh"] = plain_mesh(model["mesh"])
    for domain in DOMAINS:
        electrode = model[domain]
        for material in (electrode, electrode.get(SECONDARY) or {}):
            if "particle" in material and material["particle"]["discretisation"] is None:
                particle = Particle().method
                material["particle"] = {**material["particle"], "discretisation": particle}


def _canonical(value: Any) -> Any:
    """Return plain data in which equal numbers have equal text."""
    if isinstance(value, dict):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _described_parameters(values: Any) -> str:
    from twin.parameters.values import parameter_hash

    count = len(list(values.keys()))
    return f"{type(values).__name__}, {count} values, sha256 {parameter_hash(values)}"


def _described_model(model: Any) -> str:
    parts = [type(model).__module__, type(model).__qualname__, repr(sorted(_options(model)))]
    submodels = getattr(model, "submodels", {})
    parts += [f"{key}={type(submodel).__qualname__}" for key, submodel in submodels.items()]
    equations = {**getattr(model, "rhs", {}), **getattr(model, "algebraic", {})}
    parts += [f"{variable}: {equation}" for variable, equation in equations.items()]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{type(model).__name__}, {len(equations)} equations, sha256 {digest}"


def _options(model: Any) -> list[tuple[str, str]]:
    options = getattr(model, "options", None) or {}
    return [(str(key), repr(value)) for key, value in dict(options).items()]
