"""Events to tokens: MS-TDS 2.2.7, and the rules of DONE, DONEINPROC and DONEPROC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import assert_never

from localdb import events
from localdb.errors import SqlError
from localdb.server.arrow import wire_column
from localdb.tds.columns import encode_rows
from localdb.tds.tokens import (
    ColMetaData,
    ColumnData,
    Done,
    DoneInProc,
    DoneProc,
    DoneStatus,
    EnvChange,
    EnvType,
    Error,
    Info,
    ReturnStatus,
    ReturnValue,
    Token,
    encode_tokens,
)
from localdb.tds.typeinfo import TypeInfo, type_info
from localdb.types import Column

# DONE's CurCmd; MS-TDS leaves the numbers to the server, these are the ones that SQL Server sends.
_COMMANDS = {
    "SELECT": 0xC1,
    "INSERT": 0xC3,
    "DELETE": 0xC4,
    "UPDATE": 0xC5,
    "CREATE TABLE": 0xC6,
    "DROP TABLE": 0xC7,
    "EXECUTE": 0xE0,
    "MERGE": 0x117,
}
_OTHER_COMMAND = 0xFD

_SLICE_BYTES = 512 * 1024
_SLICE_ROWS = 32 * 1024

DoneToken = Done | DoneInProc | DoneProc
Trace = Callable[[Token], None]
"""Sees every token but rows, when a conversation is recorded."""


class Response:
    """The tokens of one response, in step with the events of one request.

    A DONE is held back until it is known whether anything follows it, which its MORE bit must say.
    ``remote`` is true for an RPC: its statements end in DONEINPROC and it ends in DONEPROC.
    """

    def __init__(self, server_name: str, *, remote: bool, trace: Trace | None = None) -> None:
        self._server_name = server_name
        self._trace = trace
        self._remote = remote
        self._held: DoneToken | None = None
        self._columns: tuple[TypeInfo, ...] | None = None
        self._outputs: list[ReturnValue] = []
        self._call_ended = False
        self.fatal = False
        """An error of severity 20 or more was sent: the connection ends with this response."""

    def encode(self, event: events.Event) -> Iterator[bytes]:
        """Whole tokens for one event, in pieces of a bounded size."""
        match event:
            case events.RowBatch():
                yield from self._rows(event)
            case events.ResultSetStart():
                yield self._result_set(event)
            case events.StatementDone():
                yield self._statement_done(event)
            case events.ProcedureDone():
                yield self._procedure_done(event)
            case events.OutputValue():
                info = type_info(event.type)
                self._outputs.append(ReturnValue(event.ordinal, event.name, info, event.value))
            case events.Info():
                yield self._put(info_token(event, self._server_name))
            case events.Failed():
                yield self.fail(event.error)
            case events.DatabaseChanged():
                yield self._put(*database_changed(event.old, event.new, self._server_name))
            case events.TransactionChanged():
                yield self._put(_transaction_changed(event))
            case _:
                assert_never(event)

    def fail(self, error: SqlError) -> bytes:
        """ERROR and the DONE of the statement that failed, which may have sent rows already.

        Errors before it and the messages behind it belong to the same statement: they share its DONE.
        """
        self._columns = None
        self.fatal = self.fatal or error.severity >= 20
        errors = [error_token(one, self._server_name) for one in (*error.earlier, error)]
        messages = [info_token(message, self._server_name) for message in error.messages]
        tokens = self._put(*errors, *messages)
        kind = DoneInProc if self._remote or error.procedure else Done
        self._held = kind(DoneStatus.ERROR, _OTHER_COMMAND)
        return tokens

    def ignore(self) -> bytes:
        """A request that its client gave up."""
        return self._hold(Done(DoneStatus.ERROR))

    def begin_call(self) -> None:
        """The next call of an RPC begins."""
        self._outputs = []
        self._call_ended = False

    def end_call(self) -> bytes:
        """The end of one call. A call that failed at once has no ProcedureDone: it gets its DONEPROC here."""
        if self._call_ended and isinstance(self._held, DoneProc):
            return b""
        failed = self._held is not None and self._held.status & DoneStatus.ERROR
        return self._hold(DoneProc(DoneStatus.ERROR if failed else DoneStatus.FINAL, _COMMANDS["EXECUTE"]))

    def finish(self) -> bytes:
        """The end of the response: the last DONE, the only one without MORE."""
        if self._held is None or isinstance(self._held, DoneInProc):
            tokens = self._hold(Done(command=_OTHER_COMMAND))
        else:
            tokens = b""
        assert self._held is not None
        return tokens + self._tokens(self._held)

    def _tokens(self, *tokens: Token) -> bytes:
        if self._trace is not None:
            for token in tokens:
                self._trace(token)
        return encode_tokens(*tokens)

    def acknowledge_reset(self) -> bytes:
        """The answer to the RESETCONNECTION bit: MS-TDS 2.2.7.9, type 18."""
        return self._put(EnvChange(EnvType.RESET_ACKNOWLEDGED))

    def _put(self, *tokens: Token) -> bytes:
        """Tokens behind the DONE that was held back, which hereby has a successor."""
        held, self._held = self._held, None
        if held is not None:
            return self._tokens(replace(held, status=held.status | DoneStatus.MORE), *tokens)
        return self._tokens(*tokens)

    def _hold(self, done: DoneToken) -> bytes:
        tokens = self._put()
        self._held = done
        return tokens

    def _result_set(self, event: events.ResultSetStart) -> bytes:
        columns = tuple(_column(column) for column in event.columns)
        self._columns = tuple(column.info for column in columns)
        return self._put(ColMetaData(columns))

    def _rows(self, event: events.RowBatch) -> Iterator[bytes]:
        assert self._columns is not None, "rows outside a result set"
        batch = event.batch
        arrays = [batch.column(i) for i in range(len(self._columns))]
        size = sum(array.nbytes for array in arrays)
        # Slices bound what a slow client makes the server hold.
        rows = max(1, min(_SLICE_ROWS, _SLICE_BYTES * batch.num_rows // max(size, 1)))
        for start in range(0, batch.num_rows, rows):
            count = min(rows, batch.num_rows - start)
            columns = [
                wire_column(info, array.slice(start, count))
                for info, array in zip(self._columns, arrays, strict=True)
            ]
            yield encode_rows(columns, count)

    def _statement_done(self, event: events.StatementDone) -> bytes:
        had_rows, self._columns = self._columns is not None, None
        if not had_rows and event.rows is None:
            # Nothing to tell: with a DONE of its own, DDL between two queries would look like a result.
            return b""
        kind = DoneInProc if self._remote or event.in_procedure else Done
        status = DoneStatus.FINAL if event.rows is None else DoneStatus.COUNT
        return self._hold(kind(status, _COMMANDS.get(event.command, _OTHER_COMMAND), event.rows or 0))

    def _procedure_done(self, event: events.ProcedureDone) -> bytes:
        outputs, self._outputs = self._outputs, []
        tokens = self._put(ReturnStatus(event.status), *outputs)
        self._held = DoneProc(command=_COMMANDS["EXECUTE"])
        self._call_ended = True
        return tokens


def _column(column: Column) -> ColumnData:
    return ColumnData(
        column.name,
        type_info(column.type, nullable=column.nullable),
        column.nullable,
        column.identity is not None,
    )


def error_token(error: SqlError, server_name: str) -> Error:
    return Error(
        error.number,
        error.state,
        error.severity,
        error.message,
        server_name,
        error.procedure,
        max(error.line, 1),
    )


def info_token(info: events.Info, server_name: str) -> Info:
    return Info(
        info.number, info.state, info.severity, info.message, server_name, info.procedure, max(info.line, 1)
    )


def database_changed(old: str, new: str, server_name: str) -> tuple[Token, ...]:
    """ENVCHANGE and the message 5701 that goes with it."""
    text = f"Changed database context to '{new}'."
    return EnvChange(EnvType.DATABASE, new, old), Info(5701, 2, 0, text, server_name, "", 1)


def _transaction_changed(event: events.TransactionChanged) -> EnvChange:
    descriptor = event.descriptor.to_bytes(8, "little")
    match event.kind:
        case "begin":
            return EnvChange(EnvType.BEGIN_TRANSACTION, descriptor, b"")
        case "commit":
            return EnvChange(EnvType.COMMIT_TRANSACTION, b"", descriptor)
        case "rollback":
            return EnvChange(EnvType.ROLLBACK_TRANSACTION, b"", descriptor)
        case _:
            raise ValueError(f"transaction {event.kind}")
