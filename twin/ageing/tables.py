"""Results tables on disk that are whole at any moment and can be cut back to a checkpoint.

A Parquet file has its index at its end, so an open one cannot be read. Rows are gathered
in memory and each `flush` writes a new file beside the old one, then puts it in its place
in one move: a reader, and a killed process, finds the old table or the new one.
"""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType

import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

BATCH_ROWS = 16_384
TABLES = ("cycles", "steps", "timeseries", "checkups", "sizes")


class ResultTables:
    """The Parquet tables of one results folder.

    Parameters
    ----------
    folder : results folder
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pending: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
        self._last_flush = time.monotonic()
        self._last_cost = 0.0

    def add(self, table: str, rows: pd.DataFrame | list[dict[str, object]]) -> None:
        """Append rows; they reach the disk with the next flush."""
        frame = pd.DataFrame(rows)
        if len(frame):
            self._pending[table].append(frame)

    def due(self, seconds: float, share: float = 0.01) -> bool:
        """Return whether it is time to flush.

        Parameters
        ----------
        seconds : least time between two flushes [s]
        share : largest share of the computing time that flushing may take
        """
        waited = time.monotonic() - self._last_flush
        return waited >= seconds and self._last_cost <= share * waited

    def flush(self) -> None:
        """Write the gathered rows."""
        started = time.monotonic()
        for table, frames in self._pending.items():
            if frames:
                rows = pa.Table.from_pandas(pd.concat(frames), preserve_index=False)
                _rewrite(self._path(table), added=rows)
                frames.clear()
        self._last_flush = time.monotonic()
        self._last_cost = self._last_flush - started

    def discard_after(self, sequence: int) -> None:
        """Forget rows that are not on disk yet, after a cycle's sequence number."""
        for table, frames in self._pending.items():
            kept = [frame[frame["sequence"] <= sequence] for frame in frames]
            self._pending[table] = [frame for frame in kept if len(frame)]

    def take_after(self, table: str, sequence: int) -> pd.DataFrame:
        """Take rows that are not on disk yet, after a cycle's sequence number, out again."""
        frames = pd.concat(self._pending[table], ignore_index=True)
        later = frames["sequence"] > sequence
        self._pending[table] = [frames[~later]] if not later.all() else []
        return frames[later].reset_index(drop=True)

    def cut(self, sequence: int) -> None:
        """Drop rows after a cycle's sequence number, so that a run can go on from there."""
        for table in TABLES:
            self._keep(table, pa.compute.field("sequence") <= sequence)

    def drop_series(self, sequence: int) -> None:
        """Drop the time series of one cycle."""
        self._keep("timeseries", pa.compute.field("sequence") != sequence)

    def _keep(self, table: str, rows: pa.compute.Expression) -> None:
        if self._path(table).exists():
            _rewrite(self._path(table), keep=rows)

    def _path(self, table: str) -> Path:
        return self._folder / f"{table}.parquet"


def _rewrite(
    path: Path, *, added: pa.Table | None = None, keep: pa.compute.Expression | None = None
) -> None:
    """Replace a table by the rows of it that are kept, lengthened by new ones.

    Batch by batch, so that memory does not grow with the table.
    """
    with _Replacement(path) as replacement:
        if path.exists():
            for batch in pq.ParquetFile(path).iter_batches(batch_size=BATCH_ROWS):
                table = pa.Table.from_batches([batch])
                if keep is not None:
                    table = table.filter(keep)
                replacement.write(table)
        if added is not None:
            replacement.write(added)


class _Replacement:
    """A Parquet file written under another name and moved into place when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_suffix(".parquet.partial")
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> _Replacement:
        return self

    def write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._partial, table.schema)
        self._writer.write_table(table.select(self._writer.schema.names).cast(self._writer.schema))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()
            if kind is None:
                self._partial.replace(self._path)
