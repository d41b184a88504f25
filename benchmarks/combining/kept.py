"""Results on disk as they come, so that a run that is stopped goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Kept:
    """Results of one version of everything, by key.

    Parameters
    ----------
    path : file of JSON lines, the first of which says what the results are of
    of : what they are of; results of something else are thrown away
    """

    def __init__(self, path: Path, of: str) -> None:
        self.path = path
        self.rows: dict[str, Row] = {}
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if lines and lines[0] == of:
            # a line that was being written when the run was stopped has no end
            whole = [line for line in lines[1:] if line.endswith("]")]
            self.rows = dict(json.loads(line) for line in whole)
        else:
            lines = [of]
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = [json.dumps([key, row]) for key, row in self.rows.items()]
        path.write_text("\n".join([lines[0], *kept, ""]), encoding="utf-8")

    def add(self, key: str, row: Row) -> None:
        """Keep one result."""
        self.rows[key] = row
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, row]) + "\n")


def fingerprint(versions: Iterable[str], folders: Iterable[Path]) -> str:
    """Return what changes when a result may: versions, and sources below the folders."""
    digest = hashlib.sha256(" ".join(versions).encode())
    for folder in folders:
        for path in sorted(folder.glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
