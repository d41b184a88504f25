"""The mesh of a study: an error that it holds, or the number of points in each part of the cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, model_validator

from twin.models.description import Across, Electrode
from twin.models.mesh_choice import DEFAULT_VOLTAGE_MV, TABLE, mesh_for, with_methods
from twin.names import DOMAINS, Domain
from twin.study.fields import MeshPoints, Number, Section

POINTS = 20  # in each part that a study with points does not name, as in PyBaMM
ACROSS = {"x_negative": "x_n", "x_separator": "x_s", "x_positive": "x_p"}
ALONG = {"r_negative": "r_n", "r_positive": "r_p"}
PARTS = (*ACROSS, *ALONG)
_ENDS = {"primary": "_prim", "secondary": "_sec"}
_MATERIALS = {"": "", "prim": " primary", "sec": " secondary"}
MeshError = Annotated[Number, Field(ge=TABLE[-1].voltage_mV, le=100)]


class Mesh(Section):
    """How finely the cell is resolved: an error, or points in each part.

    Parameters
    ----------
    voltage_mV : error of the voltage that the mesh is chosen for, root of the mean square over a
        cycle [mV]; 1 if nothing is named
    x_negative, x_separator, x_positive : points across the electrodes and the separator
    r_negative, r_positive : points along the radius of the particles
    across : how electrodes and separator are resolved where points are named
    """

    voltage_mV: MeshError | None = None
    x_negative: MeshPoints | None = None
    x_separator: MeshPoints | None = None
    x_positive: MeshPoints | None = None
    r_negative: MeshPoints | None = None
    r_positive: MeshPoints | None = None
    across: Across | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_of_two(cls, given: Any) -> Any:
        """Fill in what goes with what is named."""
        if not isinstance(given, dict):
            return given
        named = [key for key in (*PARTS, "across") if given.get(key) is not None]
        error = given.get("voltage_mV")
        if named and error is not None:
            raise ValueError(
                f"voltage_mV ({error}) chooses the mesh, and {', '.join(named)} "
                f"{'gives' if len(named) == 1 else 'give'} it; keep one of the two"
            )
        if not named:
            return given if error is not None else {**given, "voltage_mV": DEFAULT_VOLTAGE_MV}
        filled = {**dict.fromkeys(PARTS, POINTS), "across": "finite-volume"}
        return {**given, **{k: v for k, v in filled.items() if given.get(k) is None}}


@dataclass(frozen=True)
class ResolvedMesh:
    """What a cell is solved on.

    Parameters
    ----------
    across : how electrodes and separator are resolved
    points : number of points by PyBaMM's coordinate
    electrodes : as described, with the methods of their particles
    voltage_mV : error that it was chosen for, None where points were given [mV]
    """

    across: Across
    points: Mapping[str, int]
    electrodes: Mapping[Domain, Electrode]
    voltage_mV: float | None

    @property
    def words(self) -> str:
        """Return the points and the methods that are not finite volumes in words."""
        said = []
        for short, count in self.points.items():
            coordinate, _, material = short.partition("_")[2].partition("_")
            part = next(
                k for k, v in {**ACROSS, **ALONG}.items() if v == f"{short[0]}_{coordinate}"
            )
            said.append(f"{part}{_MATERIALS[material]} {count}")
        methods = []
        if self.across != "finite-volume":
            methods.append(f"across: {self.across}")
        radial = {
            phase.particle.method for e in self.electrodes.values() for phase in e.phases.values()
        }
        if "polynomials" in radial:
            methods.append(f"along radii: {' and '.join(sorted(radial))}")
        if self.voltage_mV is not None:
            methods.append(f"chosen for {self.voltage_mV:g} mV")
        return "; ".join([", ".join(said), *methods])


def resolved_mesh(mesh: Mesh, negative: Electrode, positive: Electrode) -> ResolvedMesh:
    """Return what a cell of two electrodes is solved on."""
    error = mesh.voltage_mV
    described: dict[Domain, Electrode] = {"negative": negative, "positive": positive}
    electrodes = {d: with_methods(e, chosen=error is not None) for d, e in described.items()}
    choice = None if error is None else mesh_for(error)
    if choice is None:
        points = {short: _number(mesh, key) for key, short in ACROSS.items()}
    else:
        points = dict(zip(ACROSS.values(), choice.x, strict=True))
    for domain in DOMAINS:
        key = f"r_{domain}"
        phases = electrodes[domain].phases
        for name, phase in phases.items():
            end = _ENDS[name] if len(phases) > 1 else ""
            given = _number(mesh, key) if choice is None else choice.along_radius(phase.particle)
            points[ALONG[key] + end] = given
    given_across: Across = mesh.across or "finite-volume"
    across: Across = given_across if choice is None else "polynomials"
    return ResolvedMesh(across, points, electrodes, error)


def _number(mesh: Mesh, key: str) -> int:
    value: int | None = getattr(mesh, key)
    return POINTS if value is None else value


def plain_mesh(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mesh with points as studies had it before it could be chosen, for the hash."""
    found = {key: value for key, value in plain.items() if value is not None}
    if found.get("across") == "finite-volume":
        del found["across"]
    return found
