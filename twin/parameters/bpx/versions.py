"""BPX files of version 0.x, brought to 1.x, with a sentence on everything that changes.

The standard's own package converts (``bpx.convert_v0_to_v1``). It leaves out the thermal
conductivity of the cell and assumes that the cell is full; here the conductivity is kept, and
both are said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.errors import ParameterError
from twin.parameters.bpx.document import shown
from twin.parameters.bpx.fields import (
    CELL,
    ELECTROLYTE,
    ENVIRONMENT,
    INITIAL,
    PARAMETERISATION,
    STATE,
    USER_DEFINED,
)
from twin.parameters.bpx.pybamm_names import LAYERS, THERMAL

THERMAL_CONDUCTIVITY = "Thermal conductivity [W.m-1.K-1]"
Key = tuple[str, ...]
# place in the new file -> places in the old one that say it
_MOVED: Mapping[Key, Key] = {
    (INITIAL, "Initial temperature [K]"): (CELL, "Initial temperature [K]"),
    (INITIAL, "Initial electrolyte concentration [mol.m-3]"): (
        ELECTROLYTE,
        "Initial concentration [mol.m-3]",
    ),
    (ENVIRONMENT, "Ambient temperature [K]"): (CELL, "Ambient temperature [K]"),
}
_BY_CONVERSION = "assumed on the way from BPX 0.x, which does not state it"


def is_old(data: Mapping[str, Any], where: str) -> bool:
    """Return whether a BPX file is of version 0.x.

    Raises
    ------
    ParameterError
        if it does not say its version, or lacks the parts that every version has.
    """
    from bpx import is_legacy_bpx

    parts = data.get(PARAMETERISATION)
    inner = [parts.get(name, {}) for name in (CELL, ELECTROLYTE)] if isinstance(parts, dict) else []
    if not isinstance(data.get("Header"), dict) or not inner or not all(map(_is_object, inner)):
        raise ParameterError(
            f"{where}: it has no Header, or no {PARAMETERISATION}, as objects {{...}}; give a "
            "BPX file"
        )
    try:
        return bool(is_legacy_bpx(dict(data)))
    except ValueError:
        given = data["Header"].get("BPX")
        raise ParameterError(
            f"{where}, Header / BPX: {given!r} is no version of BPX; write one such as '1.1.0'"
        ) from None


def _is_object(data: Any) -> bool:
    return isinstance(data, dict)


def _is_number(data: Any) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool)


def migrated(
    data: Mapping[str, Any],
) -> tuple[dict[str, Any], tuple[str, ...], dict[Key, str]]:
    """Return a file of version 0.x in the current form, and what has changed.

    Raises
    ------
    ParameterError
        for a thermal conductivity that is no number.

    Returns
    -------
    the content, a sentence for each change, and notes on values that were assumed, by their place.
    """
    from bpx import convert_v0_to_v1

    new: dict[str, Any] = convert_v0_to_v1(dict(data))
    before, after = data["Header"].get("BPX"), new["Header"]["BPX"]
    changed = [f"Header / BPX: {before} became {after}"]
    if STATE in data:
        changed.append(f"{STATE}: replaced by what follows; BPX 0.x has no such section")
    notes: dict[Key, str] = {}
    for place, value in _states(new):
        said, assumed = _came(data, place, value)
        changed.append(said)
        if assumed:
            notes[STATE, *place] = _BY_CONVERSION
    conductivity = data[PARAMETERISATION].get(CELL, {}).get(THERMAL_CONDUCTIVITY)
    if conductivity is not None and not _is_number(conductivity):
        raise ParameterError(
            f"{CELL} / {THERMAL_CONDUCTIVITY}: {shown(conductivity)} is given where a number is "
            "needed"
        )
    if conductivity is not None:
        own = new[PARAMETERISATION].setdefault(USER_DEFINED, {})
        for layer in LAYERS:
            own.setdefault(f"{layer} {THERMAL[THERMAL_CONDUCTIVITY]}", conductivity)
        changed.append(
            f"{CELL} / {THERMAL_CONDUCTIVITY}: BPX 1.x has no such field; {shown(conductivity)} is "
            f"carried on under {USER_DEFINED}, for each layer"
        )
    return new, tuple(changed), notes


def _states(new: Mapping[str, Any]) -> list[tuple[Key, Any]]:
    return [
        ((part, name), value) for part, held in new[STATE].items() for name, value in held.items()
    ]


def _came(old: Mapping[str, Any], place: Key, value: Any) -> tuple[str, bool]:
    """Return in a sentence where a value of the state is from, and whether it was assumed."""
    where = " / ".join((STATE, *place))
    source = _MOVED.get(place)
    if source is not None and source[1] in old[PARAMETERISATION].get(source[0], {}):
        return f"{' / '.join(source)}: moved to {where}", False
    if source is not None:
        return f"{where}: {shown(value)}, after another temperature of the file, or 298.15 K", True
    return f"{where}: {shown(value)}, assumed; BPX 0.x does not state it", True
