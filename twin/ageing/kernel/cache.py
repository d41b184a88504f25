"""What takes long to make is kept on disk: CasADi's own text of functions, numbers and JSON.

Nothing is unpickled. A file begins with a hash of the rest, so one that is damaged or was left
half-way is not there; it is written beside its place and put there in one move, so two processes
can share a folder. The folder is that of the user's caches, or what ``TWIN_CACHE`` names;
``TWIN_CACHE=off`` keeps nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import uuid
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

VARIABLE = "TWIN_CACHE"
OFF = "off"
SUFFIX = ".kernel"
LARGEST_BYTES = 500_000_000
HASH_BYTES = 32
COMPRESSION = 1  # most of the gain, at little time


@dataclass(frozen=True)
class Entry:
    """What is kept.

    Parameters
    ----------
    facts : plain data
    texts : serialised functions by name
    arrays : numbers by name
    """

    facts: Mapping[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def cache_folder() -> Path | None:
    """Return the folder of the cache, ``None`` where nothing is to be kept."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        return None if given.strip().lower() in ("", OFF) else Path(given).expanduser()
    return Path(platformdirs.user_cache_dir("celltwin"))


class Cache:
    """A folder of files by key; without a folder it keeps nothing.

    Parameters
    ----------
    folder : where, ``None`` for nowhere
    largest_bytes : size of all files beyond which those that were not used for longest go
    """

    def __init__(self, folder: Path | None, largest_bytes: int = LARGEST_BYTES) -> None:
        self.folder, self._largest = folder, largest_bytes

    def read(self, key: str) -> Entry | None:
        """Return what is kept under a key, ``None`` where there is nothing sound."""
        if self.folder is None:
            return None
        path = self.folder / f"{key}{SUFFIX}"
        try:
            whole = path.read_bytes()
            entry = _unpacked(whole)
        except (OSError, ValueError, KeyError, zlib.error, zipfile.BadZipFile):
            return None
        with suppress(OSError):
            os.utime(path)
        return entry

    def write(self, key: str, entry: Entry) -> None:
        """Keep something; where the folder cannot be written, nothing happens."""
        if self.folder is None:
            return
        partial = self.folder / f"{key}.{uuid.uuid4().hex}.partial"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.write_bytes(_packed(entry))
            partial.replace(self.folder / f"{key}{SUFFIX}")
            self._make_room()
        except OSError:
            with suppress(OSError):
                partial.unlink()

    def _make_room(self) -> None:
        """Remove the files that were not used for longest, beyond the largest size."""
        if self.folder is None:
            return
        found = [(path, path.stat()) for path in self.folder.iterdir() if path.is_file()]
        total = 0
        for path, stat in sorted(found, key=lambda pair: pair[1].st_mtime, reverse=True):
            total += stat.st_size
            if total > self._largest:
                path.unlink(missing_ok=True)


def _packed(entry: Entry) -> bytes:
    arrays = {f"array {name}": np.asarray(value) for name, value in entry.arrays.items()}
    texts = {
        f"text {name}": np.frombuffer(text.encode(), dtype=np.uint8)
        for name, text in entry.texts.items()
    }
    facts = np.frombuffer(json.dumps(dict(entry.facts)).encode(), dtype=np.uint8)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, facts=facts, **texts, **arrays)
    payload = zlib.compress(file.getvalue(), COMPRESSION)
    return hashlib.sha256(payload).digest() + payload


def _unpacked(whole: bytes) -> Entry:
    """Return the entry of a file's bytes.

    Raises
    ------
    ValueError
        where they are not what was written.
    """
    digest, payload = whole[:HASH_BYTES], whole[HASH_BYTES:]
    if hashlib.sha256(payload).digest() != digest:
        raise ValueError("the file is damaged")
    with np.load(io.BytesIO(zlib.decompress(payload)), allow_pickle=False) as stored:
        found = {name: stored[name] for name in stored.files}
    facts = json.loads(found.pop("facts").tobytes())
    texts = {n[5:]: v.tobytes().decode() for n, v in found.items() if n.startswith("text ")}
    arrays = {n[6:]: v for n, v in found.items() if n.startswith("array ")}
    return Entry(facts, texts, arrays)
