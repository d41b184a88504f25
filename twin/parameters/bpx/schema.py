"""JSON schema of ``parameters.json``, for editors that complete and check it.

The standard's own package says what BPX holds; what celltwin reads below ``User-defined`` is
merged in. A schema knows form, not meaning: ``twin params check`` says more.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from twin.parameters.bpx.fields import BLOCK
from twin.parameters.bpx.migrations import FORMAT

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER = f"urn:celltwin:parameters:{FORMAT}"
_TABLE = {"$ref": "#/$defs/InterpolatedTable"}
_NUMBER = {"type": "number"}
_TEXT = "an expression in x, of numbers, + - * / **, exp, tanh and cosh"
_FUNCTION: Mapping[str, Any] = {
    "type": "object",
    "description": "A function of any arguments; it overrides what other fields give",
    "additionalProperties": False,
    "required": ["description"],
    "properties": {
        "description": {
            "type": "string",
            "pattern": r"^[ \t]*\([^()=]*\)[ \t]*=",
            "description": "arguments and expression; tables are read by linear_table(...), "
            "cubic_table(...) and pchip_table(...), other parameters by {name} or {name}(...)",
            "examples": ["(c_e, T) = 8.8e-11*(c_e/1000)**2*exp(2044*(1/298.15 - 1/T))"],
        },
        "table": {**_TABLE, "description": "values over one argument"},
        "tables": {
            "type": "object",
            "description": "values over two arguments: one table per value of the second",
            "patternProperties": {r"^[+-]?[0-9.]+([eE][+-]?[0-9]+)?$": _TABLE},
            "additionalProperties": False,
            "minProperties": 2,
        },
    },
    "not": {"required": ["table", "tables"]},
}
_BLOCK: Mapping[str, Any] = {
    "type": "object",
    "title": BLOCK,
    "description": "What celltwin reads, and other readers of BPX pass over",
    "additionalProperties": False,
    "required": ["format"],
    "properties": {
        "format": {"const": FORMAT, "description": "format of this block"},
        "functions": {
            "type": "object",
            "description": "PyBaMM's name, with unit -> function",
            "additionalProperties": {"$ref": "#/$defs/CelltwinFunction"},
        },
        "parameters": {
            "type": "object",
            "description": "name, with unit -> number, of physics that PyBaMM does not have",
            "additionalProperties": _NUMBER,
        },
        "citations": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "description": {
                    "type": "string",
                    "description": "keys by which PyBaMM cites the set, with spaces between",
                }
            },
        },
    },
}


def parameters_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of the parameters of a set."""
    from bpx import BPX

    schema: dict[str, Any] = BPX.model_json_schema(by_alias=True, mode="validation")
    defined = schema["$defs"]
    defined |= {"CelltwinFunction": dict(_FUNCTION), "CelltwinBlock": dict(_BLOCK)}
    own = defined["UserDefined"]
    own["description"] = "Values that BPX has no field for, under PyBaMM's names with units"
    own["properties"][BLOCK] = {"$ref": "#/$defs/CelltwinBlock"}
    own["additionalProperties"] = {
        "anyOf": [
            _NUMBER,
            {"type": "string", "description": _TEXT},
            _TABLE,
            {"type": "object", "description": "data of another program"},
        ]
    }
    head = {"$schema": DIALECT, "$id": IDENTIFIER, "version": f"BPX {version('bpx')}"}
    return {**head, **schema, "title": "celltwin parameter set"}
