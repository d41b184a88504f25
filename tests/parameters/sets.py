"""A small parameter set for tests of files; its physics does not matter."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

NAME = "CellTest2026"
PARAMETERS: dict[str, Any] = {
    "Header": {"BPX": "1.1.0", "Title": "A cell", "Model": "Partial", "References": "A paper."},
    "Parameterisation": {
        "Cell": {"Electrode area [m2]": 0.1, "Nominal cell capacity [A.h]": 5},
        "Negative electrode": {
            "Thickness [m]": 8.5e-5,
            "Particle": {"Graphite": {"OCP [V]": {"x": [0, 1], "y": [1.5, 0.1]}}},
        },
        "User-defined": {
            "Negative electrode Young's modulus [Pa]": 1.5e10,
            "celltwin": {
                "format": 1,
                "functions": {"Electrolyte conductivity [S.m-1]": {"description": "(c_e, T) = 1"}},
                "parameters": {"Initial plated lithium concentration [mol.m-3]": 0.0},
            },
        },
    },
    "State": {"Initial conditions": {"Initial temperature [K]": 298.15}},
}
PROVENANCE = """\
Cell:
  Electrode area [m2]: {source: "doi:10.1149/1945-7111/ab9050", where: Table VII, method: measured}
  Nominal cell capacity [A.h]: {source: the maker, method: specified}
Negative electrode:
  Thickness [m]:
    source: "doi:10.1149/1945-7111/AB9050"
    method: measured
    uncertainty: 1.0e-6
    range: [20.0e-6, 200.0e-6]
  Particle:
    Graphite:
      OCP [V]: {source: ["doi:10.1149/1945-7111/ab9050", "doi:10.9999/unknown.1"], method: fitted}
User-defined:
  Negative electrode Young's modulus [Pa]:
    source: doi:10.1149/2.0122001JES
    method: borrowed
    from_cell: Enertech SPB655060
  Electrolyte conductivity [S.m-1]:
    source: doi:10.1016/j.electacta.2008.04.023
    method: borrowed
    from_cell: 1 M LiPF6 in EC:EMC 3:7
    valid: {c_e: [0, 2000]}
  Initial plated lithium concentration [mol.m-3]: {source: nobody, method: assumed}
State:
  Initial conditions:
    Initial temperature [K]: {source: a choice, method: assumed}
"""
README = """\
# A cell

## What it is good for

Tests.

## How to cite

Name the paper.

## Licence

None.
"""


def write_set(
    folder: Path,
    name: str = NAME,
    parameters: Any = PARAMETERS,
    provenance: str = PROVENANCE,
) -> Path:
    """Return the folder of a set that was written into a folder."""
    place = folder / name
    place.mkdir(parents=True)
    (place / "parameters.json").write_text(json.dumps(parameters), encoding="utf-8")
    (place / "provenance.yaml").write_text(provenance, encoding="utf-8")
    (place / "README.md").write_text(README, encoding="utf-8")
    return place


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with what is in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def members(path: Path | io.BytesIO) -> dict[str, bytes]:
    """Return what is in an archive by name."""
    with zipfile.ZipFile(path) as held:
        return {name: held.read(name) for name in held.namelist()}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive of members by name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as held:
        for name, data in files.items():
            held.writestr(name, data)
    return stream.getvalue()
