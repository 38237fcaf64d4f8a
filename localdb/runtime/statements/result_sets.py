"""EXECUTE ... WITH RESULT SETS: the result sets that are announced, and what comes, converted to them.

https://learn.microsoft.com/sql/t-sql/language-elements/execute-transact-sql
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from localdb.engine.arrow_types import select_of_table, table_of_batches
from localdb.errors import SqlError, sql_error
from localdb.events import Event, ResultSetStart, RowBatch
from localdb.tsql import ast
from localdb.tsql.binding import Bound
from localdb.tsql.casts import cast
from localdb.types import Column

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Interpreter
    from localdb.runtime.session import Session

_SOURCE = "localdb_result"


def convert_result_sets(
    run: Interpreter, wanted: ast.ResultSets | None, events: Iterable[Event]
) -> Generator[Event, None, None]:
    """The events of a call, its result sets made what the clause says.

    Errors: 11535 too many result sets, 11536 too few, 11537 another number of columns, 11538 a type that
    cannot be converted, 11553 NULL in a NOT NULL column.
    """
    if wanted is None or wanted.kind == "UNDEFINED":
        yield from events
        return
    sets = wanted.sets
    seen = 0
    current: _Converter | None = None
    for event in events:
        if isinstance(event, ResultSetStart):
            if seen == len(sets):
                raise sql_error(11535, len(sets))
            current = _Converter(run.session, event.columns, sets[seen], seen + 1)
            seen += 1
            yield ResultSetStart(current.target)
        elif isinstance(event, RowBatch):
            assert current is not None
            yield from current.convert(event)
        else:
            yield event
    if seen < len(sets):
        raise sql_error(11536, len(sets), seen)


class _Converter:
    """One result set's conversion."""

    def __init__(
        self,
        session: Session,
        source: tuple[Column, ...],
        wanted: Sequence[ast.ResultSetColumn],
        number: int,
    ) -> None:
        if len(source) != len(wanted):
            raise sql_error(11537, len(wanted), number, len(source))
        self._session = session
        self._source = source
        self._number = number
        self.target = tuple(Column(c.name, c.type, c.nullable) for c in wanted)
        items = []
        for i, (have, want) in enumerate(zip(source, wanted, strict=True)):
            try:
                bound = cast(Bound(f"c{i}", have.type), want.type, mode="implicit")
            except SqlError as error:
                raise sql_error(11538, want.type, i + 1, number, have.type) from error
            items.append(f"{bound.sql} AS c{i}")
        self._sql = f"SELECT {', '.join(items)} FROM ({select_of_table(_SOURCE, source)})"
        self._same = all(have.type == want.type for have, want in zip(source, wanted, strict=True))

    def convert(self, event: RowBatch) -> Generator[Event, None, None]:
        table = table_of_batches(self._source, [event.batch])
        if not self._same:
            table = self._converted(table)
        self._check_nulls(table)
        for batch in table.to_batches():
            yield RowBatch(batch)

    def _converted(self, table: pa.Table) -> Any:
        connection = self._session.calculator
        connection.register(_SOURCE, table)
        try:
            return connection.table(self._sql)
        finally:
            connection.unregister(_SOURCE)

    def _check_nulls(self, table: pa.Table) -> None:
        for i, column in enumerate(self.target):
            if not column.nullable and table.column(i).null_count:
                raise sql_error(11553, i + 1, self._number)
