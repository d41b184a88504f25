"""Parameter sets made of what is elsewhere: BPX files, PyBaMM's sets, and PyBaMM's JSON.

What comes in is data; nothing of a file is run. The new set says of every value who carried it
here and that nobody has looked it up yet, and the report says item by item what was changed on
the way, what could not be carried, and what BPX's own fields say only nearly.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from twin.catalogue import CATALOGUE, SKIPPED
from twin.errors import ParameterError, nearest
from twin.parameters.bpx.fields import BLOCK, PARAMETERISATION, USER_DEFINED
from twin.parameters.bpx.reading import read_document
from twin.parameters.bpx.versions import is_old, migrated
from twin.parameters.bridge.pybamm_json import DEEPEST, plain_data
from twin.parameters.library.finding import is_path, new_name
from twin.parameters.library.template import is_unfilled, new_set
from twin.parameters.parameter_set import PARAMETERS, PROVENANCE, README, read_set
from twin.parameters.provenance import Entry, Key, value_paths
from twin.parameters.strict_files import read_json, write_json

if TYPE_CHECKING:
    from twin.parameters.bridge.from_pybamm import Imported

KINDS = ("bpx", "pybamm", "json")
UNSTATED = "not stated in the file"
_GROUP = "pybamm_parameter_sets"  # entry points by which PyBaMM finds sets
_OURS = "celltwin/"  # what PyBaMM calls the sets that come along
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s,;]+")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")
_PROVENANCE = """\
# Made by 'twin params import'. It knows who carried a value here, not who measured it: every
# entry is to be replaced by what the papers say, or left as 'assumed'.
"""


@dataclass(frozen=True)
class Taken:
    """A set that was taken over, and what became of its values.

    Parameters
    ----------
    path : folder of the set
    kind : ``"bpx"``, ``"pybamm"`` or ``"json"``
    values : number of values that it has
    changed : what is written otherwise than it came, in a sentence each
    not_carried : what the set does not hold, in a sentence each
    approximate : what BPX's own fields say only nearly, in a sentence each
    """

    path: Path
    kind: str
    values: int
    changed: tuple[str, ...] = ()
    not_carried: tuple[str, ...] = ()
    approximate: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Content:
    """What a set is made of.

    Parameters
    ----------
    data : content of ``parameters.json``
    sources : of every value
    note : on every value
    notes : on single values, by their place
    """

    data: Mapping[str, Any]
    sources: tuple[str, ...]
    note: str
    notes: Mapping[Key, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    not_carried: tuple[str, ...] = ()
    approximate: tuple[str, ...] = ()


def import_set(
    source: str | Path, folder: Path, name: str | None = None, kind: str | None = None
) -> Taken:
    """Return a new set made of a BPX file, one of PyBaMM's sets, or PyBaMM's JSON.

    Parameters
    ----------
    source : a file, or the name of one of PyBaMM's sets
    folder : where the folder of the set is made
    name : of the set; from the source where nothing is said
    kind : one of `KINDS`; found out where nothing is said

    Raises
    ------
    ParameterError
        if the source cannot be read, or something of the name is there. Nothing is left behind.
    """
    if kind is not None and kind not in KINDS:
        raise ParameterError(
            f"'{kind}' is nothing to import from; allowed are {', '.join(KINDS)}"
            f"{nearest(kind, KINDS)}"
        )
    file = _file(source) if kind != "pybamm" else None
    name = new_name(name or (f"PyBaMM_{source}" if file is None else _name(file.stem)))
    place = Path(folder).absolute() / name
    if place.exists():
        raise ParameterError(f"{place} is there already; give another name or remove it")
    if file is None:
        kind, content = "pybamm", _from_name(str(source))
    else:
        kind, content = _from_file(file, kind)
    document = read_document(content.data, str(source))
    _write(content, place)
    count = len(value_paths(document.raw))
    return Taken(place, kind, count, content.changed, content.not_carried, content.approximate)


def _file(source: str | Path) -> Path | None:
    """Return the file that is meant, nothing where it is a name."""
    path = Path(source).expanduser()
    if path.is_dir():
        raise ParameterError(
            f"{path} is a folder; give a BPX file, PyBaMM's JSON, or the name of one of PyBaMM's "
            "sets. A folder with parameters.json is taken up by 'twin params add'"
        )
    return path if is_path(source) or path.is_file() else None


def _name(stem: str) -> str:
    """Return a name for a set from that of a file.

    >>> _name("nmc pouch (cell)"), _name("18650 cell")
    ('nmc_pouch_cell', 'Cell_18650_cell')
    """
    plain = _NOT_IN_NAMES.sub("_", stem.removesuffix(".bpx")).strip("._-")
    return plain if plain[:1].isalpha() else f"Cell_{plain}".rstrip("_")


def _from_file(file: Path, kind: str | None) -> tuple[str, _Content]:
    data = read_json(file, str(file), top_object=True, deepest=DEEPEST)
    found = "bpx" if {"Header", PARAMETERISATION} & set(data) else "json"
    if kind is not None and kind != found:
        what = {"bpx": "is a BPX file", "json": "has no header and no parameterisation of BPX"}
        raise ParameterError(f"{file} {what[found]}; import it from {found}, or leave that out")
    return found, _from_bpx(file, data) if found == "bpx" else _from_json(file, data)


def _from_bpx(file: Path, data: Mapping[str, Any]) -> _Content:
    changed: tuple[str, ...] = ()
    notes: Mapping[Key, str] = {}
    header = data.get("Header")
    given = header.get("BPX") if isinstance(header, dict) else None
    if is_old(data, str(file)):
        data, changed, notes = migrated(data)
    elif isinstance(given, float | int) and not isinstance(given, bool):
        data = {**data, "Header": {**header, "BPX": str(float(given))}}  # type: ignore[dict-item]
        changed = (f"Header / BPX: the number {given} became a text, as BPX wants it",)
    header = header if isinstance(header, dict) else {}
    sources = _sources((header.get("References"), header.get("Title")), file.name)
    return _Content(data, sources, UNSTATED, notes, changed, tuple(_nested(data)))


def _nested(data: Mapping[str, Any]) -> Iterable[str]:
    """Yield what stays in the file and is not read here."""
    parameterisation = data.get(PARAMETERISATION)
    given = parameterisation.get(USER_DEFINED) if isinstance(parameterisation, dict) else None
    for name, value in given.items() if isinstance(given, dict) else ():
        if isinstance(value, dict) and name != BLOCK and not {"x", "y"} <= set(value):
            yield (
                f"{USER_DEFINED} / {name}: data of another program; they stay in the file and "
                "are not used"
            )


def _sources(texts: Iterable[Any], file: str) -> tuple[str, ...]:
    """Return the DOIs of the first text that is one, or the text itself."""
    for text in texts:
        if not isinstance(text, str) or not text.strip():
            continue
        dois = tuple(dict.fromkeys(f"doi:{d.rstrip('.)]')}" for d in _DOI.findall(text)))
        found = dois or (" ".join(text.split()),)
        try:
            return Entry.model_validate({"source": list(found), "method": "assumed"}).source
        except ValidationError:
            continue
    return (f"the BPX file {file}",)


def _from_name(name: str) -> _Content:
    points = {point.name for point in entry_points(group=_GROUP)}
    known = {point for point in points if not point.startswith(_OURS)}
    if name not in known:
        raise ParameterError(
            f"there is no file '{name}', and PyBaMM has no set of that name"
            f"{nearest(name, known)}; give a BPX file, PyBaMM's JSON, or one of "
            f"{', '.join(sorted(known - set(SKIPPED)))}"
        )
    if name in SKIPPED:
        raise ParameterError(f"PyBaMM's '{name}' is of {SKIPPED[name]}; give a lithium-ion cell")
    import pybamm

    from twin.parameters.bridge.from_pybamm import from_pybamm

    values = pybamm.ParameterValues(name)
    carried = f"PyBaMM {version('pybamm')}"
    title = f"{name}, as carried by {carried}"
    sources = _cited(values.get("citations") or [], f"PyBaMM's parameter set {name}")
    header = {"References": "; ".join(sources)}
    made = _made(lambda: from_pybamm(values, title, header=header), name)
    return _of_pybamm(made, sources, f"as carried by {carried}")


def _from_json(file: Path, data: Mapping[str, Any]) -> _Content:
    from twin.parameters.bridge.from_pybamm import NotCarried, from_values, without_dangling

    plain = plain_data(data)
    lost = [NotCarried(name, why) for name, why in plain.unread.items()]
    values = without_dangling(dict(plain.values), lost)
    sources = _cited(plain.citations, f"the file {file.name}")
    header = {"References": "; ".join(sources)}
    made = _made(lambda: from_values(values, file.stem, None, header, plain.citations), str(file))
    unread = tuple(f"{item.name}: {item.why}" for item in lost)
    return _of_pybamm(made, sources, f"as carried by the file {file.name}", unread)


def _made(make: Callable[[], Imported], where: str) -> Imported:
    """Return a set made of PyBaMM's values; what it lacks is said with where."""
    try:
        return make()
    except (ParameterError, ArithmeticError, ValueError) as error:
        raise ParameterError(
            f"{where}: {error}; a set needs the values of a lithium-ion cell of two electrodes"
        ) from None


def _of_pybamm(
    made: Imported, sources: tuple[str, ...], note: str, unread: tuple[str, ...] = ()
) -> _Content:
    lost = (*unread, *(f"{item.name}: {item.why}" for item in made.not_carried))
    near = tuple(
        f"{item.name}: {_how_near(item.error)}; '{BLOCK}' says it exactly"
        for item in made.approximate
    )
    return _Content(made.data, sources, note, not_carried=lost, approximate=near)


def _how_near(error: float) -> str:
    if math.isnan(error):
        return "BPX's fields may say something else"
    return f"BPX's fields say it to within {error:.1g} of its largest value"


def _cited(keys: Iterable[Any], otherwise: str) -> tuple[str, ...]:
    """Return the DOIs of PyBaMM's citations, as far as they are known here."""
    known: dict[str, str] = {}
    for info in CATALOGUE.values():
        known |= info.references
    found = [
        f"doi:{known[key]}" if known.get(key) else f"{key}, as PyBaMM cites it" for key in keys
    ]
    return tuple(found) or (otherwise,)


def _write(content: _Content, place: Path) -> None:
    """Write a set beside its place, read it back, and move it there."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".importing-", dir=place.parent) as room:
            made = new_set(place.name, Path(room))
            write_json(content.data, made / PARAMETERS)
            (made / PROVENANCE).write_text(_provenance(content), encoding="utf-8", newline="\n")
            readme = (made / README).read_text(encoding="utf-8")
            (made / README).write_text(_readme(readme, content), encoding="utf-8", newline="\n")
            read_set(made)
            made.rename(place)
    except OSError as error:
        raise ParameterError(f"{place} cannot be written ({error}); give another folder") from None


def _provenance(content: _Content) -> str:
    import io

    from ruamel.yaml import YAML

    tree: dict[str, Any] = {}
    for path in value_paths(content.data):
        inner = tree
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        note = content.notes.get(path, content.note)
        source = content.sources[0] if len(content.sources) == 1 else list(content.sources)
        inner[path[-1]] = {"source": source, "method": "assumed", "note": note}
    stream = io.StringIO()
    writer: Any = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.width = 100
    writer.sort_base_mapping_type_on_output = False
    writer.dump(tree, stream)
    return _PROVENANCE + stream.getvalue()


def _readme(text: str, content: _Content) -> str:
    """Return the README of a template with what is known filled in."""
    header = content.data["Header"]
    about = ". ".join(
        " ".join(part.split()).strip(".")
        for part in (header.get("Title"), header.get("Description"))
        if isinstance(part, str) and part.strip()
    )
    known = {"#": f"{about}.", "## How to cite": "\n".join(f"- {s}" for s in content.sources)}
    lines, heading = [], ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line if line.startswith("##") else "#"
        filled = known.get(heading, "").lstrip("#> ") if is_unfilled(line) else ""
        lines.append(filled or line)
    return "\n".join(lines) + "\n"
