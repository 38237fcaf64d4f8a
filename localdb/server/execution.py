"""One request against a session, as tokens. Runs in a thread of its own and knows no socket."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from typing import assert_never

from localdb.errors import SqlError, sql_error
from localdb.events import Event
from localdb.runtime.requests import ProcedureArgument, TransactionRequest
from localdb.server.application import Session
from localdb.server.encode import Response, Trace
from localdb.tds.requests import Ignored, Refused, Request, Reset, Rpc, RpcCall, SqlBatch, TransactionManager

_LOG = logging.getLogger("localdb.server")

_UNEXPECTED = "80004005"
"""E_FAIL, the HRESULT of an error that has no better name."""


class Execution:
    """The response to one request. No exception of the session escapes: each becomes an ERROR token."""

    def __init__(
        self, session: Session, request: Request, server_name: str, trace: Trace | None = None
    ) -> None:
        self._session = session
        self._request = request
        self._response = Response(server_name, remote=isinstance(request, Rpc), trace=trace)

    @property
    def fatal(self) -> bool:
        """The connection ends with this response."""
        return self._response.fatal

    def tokens(self) -> Generator[bytes, None, None]:
        """The response's bytes, in pieces that end between two tokens."""
        try:
            if self._request.reset is not Reset.NO:
                self._session.reset(self._request.reset is Reset.KEEP_TRANSACTION)
                yield self._response.acknowledge_reset()
            yield from self._run()
        except Exception as exception:
            yield self._response.fail(as_sql_error(exception))
        yield self._response.finish()

    def _run(self) -> Iterator[bytes]:
        match self._request:
            case SqlBatch(text=text):
                yield from self._events(self._session.run_batch(text))
            case Rpc():
                yield from self._calls(self._request)
            case TransactionManager(kind=kind, name=name, isolation_level=level, then_begin=then_begin):
                request = TransactionRequest(kind, name, level, then_begin)
                yield from self._events(self._session.run_transaction(request))
            case Refused(error=error):
                yield self._response.fail(error)
            case Ignored():
                yield self._response.ignore()
            case _:
                assert_never(self._request)

    def _calls(self, rpc: Rpc) -> Iterator[bytes]:
        """Calls of one message are independent: one that fails does not stop the next."""
        for call in rpc.calls:
            self._response.begin_call()
            try:
                yield from self._events(self._session.run_procedure(call.procedure, _arguments(call)))
            except Exception as exception:
                yield self._response.fail(as_sql_error(exception))
            yield self._response.end_call()
            if self.fatal:
                return
        if rpc.error is not None:
            self._response.begin_call()
            yield self._response.fail(rpc.error)
            yield self._response.end_call()

    def _events(self, events: Iterator[Event]) -> Iterator[bytes]:
        try:
            for event in events:
                yield from self._response.encode(event)
        finally:
            # A client that hangs up or cancels leaves the statement in its middle: it unwinds here and now.
            close = getattr(events, "close", None)
            if close is not None:
                close()


def _arguments(call: RpcCall) -> list[ProcedureArgument]:
    return [ProcedureArgument(p.name, p.type, p.value, p.output, p.default) for p in call.parameters]


def as_sql_error(exception: Exception) -> SqlError:
    """A SqlError as it is; anything else is a defect of ours: logged, and told as error 8630."""
    if isinstance(exception, SqlError):
        return exception
    _LOG.error("unexpected exception in a request", exc_info=exception)
    return sql_error(8630, _UNEXPECTED)
