"""The result set of an external script: the data sets of its runs, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from localdb.events import Event, ResultSetStart, RowBatch
from localdb.runtime.scripts.data import conformed, output_columns, streamed_columns
from localdb.types import Column


class OutputRows:
    """Of one call. ``extension`` chooses the profile of types.

    Where the script may run more than once (``streamed``), the columns are sent before the later runs are
    known: numbers are float, strings and bytes are (max), and every column is nullable. A data set without
    columns adds nothing; one without rows only says which columns there are when no other does.
    """

    def __init__(self, *, extension: bool, streamed: bool) -> None:
        self._extension = extension
        self._streamed = streamed
        self._columns: tuple[Column, ...] | None = None
        self._empty: pa.Table | None = None
        self.count = 0

    @property
    def begun(self) -> bool:
        """The columns have been sent."""
        return self._columns is not None

    def add(self, output: pa.Table) -> Iterator[Event]:
        """The rows of one of several runs; ValueError when its columns do not fit those of earlier ones."""
        if output.num_rows == 0:
            self._empty = output
        elif self._columns is None:
            self._columns = streamed_columns(output, extension=self._extension)
            yield ResultSetStart(self._columns)
        if output.num_rows and self._columns is not None:
            yield from self._batches(conformed(output, self._columns))

    def end(self, output: pa.Table | None) -> Iterator[Event]:
        """The rows of the last run."""
        if self._streamed:
            if output is not None:
                yield from self.add(output)
            if self._columns is None and self._empty is not None:
                self._columns = streamed_columns(self._empty, extension=self._extension)
                yield ResultSetStart(self._columns)
        elif output is not None:
            self._columns, table = output_columns(output, extension=self._extension)
            yield ResultSetStart(self._columns)
            yield from self._batches(table)

    def _batches(self, table: pa.Table) -> Iterator[Event]:
        self.count += table.num_rows
        for batch in table.to_batches():
            yield RowBatch(batch)
