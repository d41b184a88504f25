"""Parameter sets kept with the results of a run, so that these can be resumed anywhere.

Sets that come along, and PyBaMM's, have a name everywhere. Any other is copied into the results
folder, and the study that is kept there names the copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from twin.catalogue import CATALOGUE
from twin.parameters.library.finding import find
from twin.parameters.library.set_files import REQUIRED
from twin.study import Study

FOLDER = "parameter_set"


@dataclass(frozen=True)
class KeptSets:
    """The sets of one study, read before anything in the results folder is removed.

    Parameters
    ----------
    places : set as the study names it -> as the study in the results folder does
    files : path in the results folder -> content
    """

    places: dict[str, str]
    files: dict[str, bytes]

    def write(self, folder: Path) -> None:
        """Write the sets into a results folder."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def kept_sets(study: Study) -> KeptSets:
    """Return what is to be kept of the sets that a study names."""
    own = study.cell.parameters
    kept = KeptSets({}, {})
    for given in (*([own] if isinstance(own, str) else []), *study.compare.parameter_sets):
        if given in CATALOGUE:
            continue
        location = find(given)
        if location.origin == "bundled":
            continue
        if location.path.is_file():
            place = f"{FOLDER}/{location.path.name}"
            kept.files[place] = location.path.read_bytes()
        else:
            place = f"{FOLDER}/{location.name}"
            for name in REQUIRED:
                if (location.path / name).is_file():
                    kept.files[f"{place}/{name}"] = (location.path / name).read_bytes()
        kept.places[given] = f"./{place}"
    return kept
