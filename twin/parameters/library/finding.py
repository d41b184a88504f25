"""Where parameter sets are looked for, and which one a name means.

A set is a folder with ``parameters.json`` in it; the folder's name is the name of the set. In this
order, the first that has the name counts:

1. what is given as a path: a folder, its ``parameters.json``, or another BPX file,
2. ``parameter_sets`` beside the study, then in the working directory (the project),
3. the folders that ``TWIN_PARAMETER_SETS`` names,
4. the user's folder,
5. installed packages with an entry point in the group ``celltwin_parameter_sets``,
6. the sets that celltwin brings along.

No code of a package is run: the value of its entry point is the dotted name of a package, whose
folder is found through its metadata, and sets are looked for in that folder and in
``parameter_sets`` below it. An attribute after a colon is passed over, since reading it would run
the package.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from twin.catalogue import CATALOGUE, SKIPPED
from twin.errors import ParameterError, nearest

VARIABLE = "TWIN_PARAMETER_SETS"
USER_VARIABLE = "TWIN_USER_FOLDER"
ENTRY_POINTS = "celltwin_parameter_sets"
FOLDER = "parameter_sets"
PARAMETERS_FILE = "parameters.json"
BUNDLED = Path(__file__).resolve().parents[2] / FOLDER
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
LONGEST_NAME = 80
# no file or folder of Windows may be called so, with whatever ending
RESERVED = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(10)
}
_ENDINGS = (".json", ".zip")


@dataclass(frozen=True)
class Location:
    """A parameter set and where it is.

    Parameters
    ----------
    name : name of the set
    path : its folder, or a BPX file
    origin : ``"path"``, ``"project"``, ``"environment"``, ``"user"``, ``"bundled"`` or
        ``"package <name>"``
    shadowed : whether another set of the name comes before it
    """

    name: str
    path: Path
    origin: str
    shadowed: bool = False


@dataclass(frozen=True)
class Library:
    """A folder of sets.

    Parameters
    ----------
    path : the folder, whether it is there or not
    origin : as for `Location`
    """

    path: Path
    origin: str


def name_problem(name: str) -> str:
    """Return what is wrong with the name of a set, or "".

    >>> name_problem("LGM50Chen2020")
    ''
    >>> name_problem("../x")
    "'../x' is no name of a parameter set; a name is a letter, then letters, digits, _, - and ."
    """
    if not NAME.fullmatch(name):
        rule = "a name is a letter, then letters, digits, _, - and ."
        return f"{name[:LONGEST_NAME]!r} is no name of a parameter set; {rule}"
    if len(name) > LONGEST_NAME:
        return f"'{name[:20]}...' has {len(name)} characters; a name has at most {LONGEST_NAME}"
    if name.endswith(".") or ".." in name or name.lower().endswith(_ENDINGS):
        return f"'{name}' looks like a file; a name does not end in ., .json or .zip or hold .."
    if name.split(".")[0].lower() in RESERVED:
        return f"'{name}' is a name that Windows keeps for itself; take another one"
    return ""


def check_name(name: str) -> str:
    """Return the name of a set.

    Raises
    ------
    ParameterError
        if it cannot be one.
    """
    problem = name_problem(name)
    if problem:
        raise ParameterError(problem)
    return name


def new_name(name: str) -> str:
    """Return the name of a new set.

    Raises
    ------
    ParameterError
        if it cannot be one, or is one of PyBaMM's, which a study would get in its place.
    """
    if name in CATALOGUE or name in SKIPPED:
        raise ParameterError(
            f"'{name}' is the name of one of PyBaMM's sets, so no study could name the new one; "
            "give another name"
        )
    return check_name(name)


def user_folder() -> Path:
    """Return the folder of the user's own sets; ``TWIN_USER_FOLDER`` puts it elsewhere."""
    given = os.environ.get(USER_VARIABLE, "").strip()
    base = _expanded(given) if given else platformdirs.user_data_path("celltwin")
    return base.absolute() / FOLDER


def _expanded(given: str) -> Path:
    try:
        return Path(given).expanduser().absolute()
    except RuntimeError:  # ~ of nobody
        return Path(given).absolute()


def libraries(project: Path | None = None) -> Iterator[Library]:
    """Yield the folders in which sets are looked for, in order, each once.

    Parameters
    ----------
    project : folder of the study
    """
    seen = {_real(BUNDLED)}  # kept for the end, also where the working directory is its parent
    for library in _candidates(project):
        real = _real(library.path)
        if real not in seen:
            seen.add(real)
            yield library
    yield Library(BUNDLED, "bundled")


def _real(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _candidates(project: Path | None) -> Iterator[Library]:
    for folder in (project, Path.cwd()):
        if folder is not None:
            yield Library(folder.absolute() / FOLDER, "project")
    for part in os.environ.get(VARIABLE, "").split(os.pathsep):
        if part.strip():
            yield Library(_expanded(part.strip()), "environment")
    yield Library(user_folder(), "user")
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: (p.name, p.value)):
        yield from _of_package(point)


def _of_package(point: EntryPoint) -> Iterator[Library]:
    """Yield the folders of an entry point; nothing is imported."""
    distribution = point.dist.name if point.dist is not None else point.name
    top, *below = point.value.partition(":")[0].strip().split(".")
    if not all(part.isidentifier() for part in (top, *below)):
        return
    for place in _places(top):
        folder = Path(place).joinpath(*below)
        yield Library(folder.absolute(), f"package {distribution}")
        yield Library(folder.absolute() / FOLDER, f"package {distribution}")


def _places(package: str) -> list[str]:
    """Return the folders of a top-level package; finding it does not run it."""
    try:
        spec: ModuleSpec | None = find_spec(package)
    except (ImportError, ValueError, AttributeError):
        return []
    return list(spec.submodule_search_locations or ()) if spec is not None else []


def sets_in(folder: Path) -> list[str]:
    """Return the names of the sets in a folder, sorted; none where it cannot be read.

    What is not a set, such as files and folders of other names, is passed over.
    """
    try:
        found = sorted(path.name for path in folder.iterdir())
        return [name for name in found if not name_problem(name) and is_set(folder / name)]
    except OSError:
        return []


def is_set(folder: Path) -> bool:
    """Return whether a folder is a parameter set: whether it has parameters."""
    try:
        return (folder / PARAMETERS_FILE).is_file()
    except (OSError, ValueError):
        return False


def all_sets(project: Path | None = None) -> list[Location]:
    """Return every set that a name can mean, and those that others shadow, in order."""
    found: list[Location] = []
    names: set[str] = set()
    for library in libraries(project):
        for name in sets_in(library.path):
            location = Location(name, library.path / name, library.origin)
            found.append(replace(location, shadowed=name in names))
            names.add(name)
    return found


def find(name_or_path: str | Path, project: Path | None = None) -> Location:
    """Return the set that a name or a path means.

    Parameters
    ----------
    name_or_path : name of a set; or a path, which is a ``Path`` or a text with a slash, or one
        that starts with . or ~, or one that ends in .json. A relative path starts at the project
    project : folder of the study; without one, the working directory

    Raises
    ------
    ParameterError
        if there is no such set; says where it was looked for.
    """
    if is_path(name_or_path):
        return _at(Path(name_or_path), project)
    name = check_name(str(name_or_path))
    for library in libraries(project):
        if name in sets_in(library.path):
            return Location(name, library.path / name, library.origin)
    raise ParameterError(_unknown(name, project))


def is_path(given: str | Path) -> bool:
    """Return whether a path is meant, not a name.

    >>> is_path("Chen2020"), is_path("./Chen2020"), is_path("cell.json")
    (False, True, True)
    """
    if isinstance(given, Path):
        return True
    slashes = any(slash in given for slash in ("/", "\\"))
    return slashes or given.startswith((".", "~")) or given.lower().endswith(".json")


def _at(given: Path, project: Path | None) -> Location:
    base = project if project is not None else Path.cwd()
    try:
        path = Path(os.path.normpath(base.absolute() / given.expanduser()))
        if path.is_file():
            if path.name == PARAMETERS_FILE:
                return Location(path.parent.name, path.parent, "path")
            return Location(path.stem, path, "path")
        there = path.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        raise ParameterError(f"'{given}' is no path that can be read ({error})") from None
    if is_set(path):
        return Location(path.name, path, "path")
    problem = f"the folder {path} has no {PARAMETERS_FILE}" if there else f"there is no {path}"
    raise ParameterError(
        f"'{given}': {problem}; give the folder of a parameter set, or a BPX file (.json)"
    )


def _unknown(name: str, project: Path | None) -> str:
    known = sorted({location.name for location in all_sets(project)})
    searched = "".join(
        f"\n  {library.path} ({library.origin}{'' if library.path.is_dir() else ', not there'})"
        for library in libraries(project)
    )
    return (
        f"there is no parameter set '{name}'{nearest(name, known)}; sets that were found: "
        f"{', '.join(known) or 'none'}. Give one of them, or the path of a set. "
        f"It was looked for in{searched}"
    )
