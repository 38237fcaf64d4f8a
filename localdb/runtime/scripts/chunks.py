"""The input of an external script cut into chunks: the script runs once for each.

A plain call has one chunk, a partitioned call one for every partition, and a streamed call
(``@r_rowsPerRead``) one for every so many rows. A chunk is made when it is asked for, so at most two of them
are in memory.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

import numpy as np
import pyarrow as pa

from localdb.satellite.launcher import Chunk


def by_rows(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Tables of ``rows`` rows; the last may have fewer."""
    kept: list[pa.RecordBatch] = []
    missing = rows
    for batch in batches:
        while batch.num_rows >= missing:
            yield pa.Table.from_batches([*kept, batch.slice(0, missing)])
            batch, kept, missing = batch.slice(missing), [], rows
        if batch.num_rows:
            kept.append(batch)
            missing -= batch.num_rows
    if kept:
        yield pa.Table.from_batches(kept)


def by_partition(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """A table for every partition; its number, by which the rows are sorted, is the last column and is left
    out."""
    kept: list[pa.RecordBatch] = []
    number = None
    for batch in batches:
        for piece in _split(batch):
            here = piece.column(piece.num_columns - 1)[0]
            if kept and here != number:
                yield _without_number(kept)
                kept = []
            kept.append(piece)
            number = here
    if kept:
        yield _without_number(kept)


def _split(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The runs of rows with the same number."""
    numbers = batch.column(batch.num_columns - 1).to_numpy()
    ends = [*(np.flatnonzero(numbers[1:] != numbers[:-1]) + 1).tolist(), batch.num_rows]
    start = 0
    for end in ends:
        if end > start:
            yield batch.slice(start, end - start)
        start = end


def _without_number(batches: list[pa.RecordBatch]) -> pa.Table:
    table = pa.Table.from_batches(batches)
    return table.select(range(table.num_columns - 1))


def announced(tables: Iterator[pa.Table], empty: pa.Table) -> Generator[Chunk, None, None]:
    """Each table, and whether another follows; ``empty`` alone when there is none."""
    current = next(tables, empty)
    for following in tables:
        yield Chunk(current, more=True)
        current = following
    yield Chunk(current, more=False)
