"""A BPX file alone made a set: what it does not say of its values is said to be unknown."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from twin.errors import ParameterError
from twin.parameters.bpx.fields import PARAMETERISATION
from twin.parameters.library.finding import PARAMETERS_FILE, check_name
from twin.parameters.library.set_files import LARGEST_FILE, README_FILE
from twin.parameters.provenance import FILE as PROVENANCE_FILE
from twin.parameters.provenance import value_paths
from twin.parameters.strict_files import read_json

NOTE = "as carried by the file; where the value comes from is not stated there"
_README = """# {name}

{title}{description}Made of one BPX file, which does not say where its values come from:
`provenance.yaml` calls every value *assumed* until somebody looks it up.

## How to cite

{references}
"""


def set_of(data: bytes, name: str, where: str) -> dict[str, bytes]:
    """Return the files of a set whose parameters are one BPX file.

    Parameters
    ----------
    data : the BPX file
    name : name that the set is to have
    where : what messages call the file

    Raises
    ------
    ParameterError
        if the name cannot be one of a set, or the file is no BPX file.
    """
    check_name(name)
    if len(data) > LARGEST_FILE:
        raise ParameterError(f"{where} has {len(data)} bytes; a file has at most {LARGEST_FILE}")
    parameters = read_json(data, where)
    if not isinstance(parameters, dict) or PARAMETERISATION not in parameters:
        raise ParameterError(
            f"{where} has no '{PARAMETERISATION}', so it is no BPX file; give a BPX file, an "
            "archive or the folder of a set"
        )
    header = parameters.get("Header")
    return {
        PARAMETERS_FILE: data,
        PROVENANCE_FILE: _provenance(parameters, where).encode(),
        README_FILE: _readme(header if isinstance(header, dict) else {}, name).encode(),
    }


def _provenance(parameters: Mapping[str, Any], where: str) -> str:
    from ruamel.yaml import YAML

    tree: dict[str, Any] = {}
    for path in value_paths(parameters):
        inner = tree
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = {"source": f"the BPX file {where}", "method": "assumed", "note": NOTE}
    stream = io.StringIO()
    writer: Any = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False
    writer.dump(tree, stream)
    return stream.getvalue()


def _readme(header: Mapping[str, Any], name: str) -> str:
    title, description, references = (
        _paragraph(header.get(key)) for key in ("Title", "Description", "References")
    )
    return _README.format(
        name=name,
        title=f"{title}\n\n" if title else "",
        description=f"{description}\n\n" if description else "",
        references=references or "The file names no reference.",
    )


def _paragraph(given: Any) -> str:
    """Return a text in one line, so that it cannot make headings."""
    return " ".join(given.split()).lstrip("#> ") if isinstance(given, str) else ""
