"""One client's socket: bytes to the codec, requests to the session, tokens back.

Sockets and the codec belong to the event loop; a request runs in a thread, which hands whole tokens to the
loop and waits while the client is slow. Meanwhile the loop reads on, for an attention or the client's end.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from localdb.errors import SqlError, sql_error
from localdb.runtime.requests import Transport
from localdb.server.application import Instance, Session
from localdb.server.execution import Execution, as_sql_error
from localdb.server.login import accepted, checked_login, refused
from localdb.server.settings import Settings
from localdb.server.tls import TlsChannel
from localdb.tds.connection import ClientEvent, Connection, State
from localdb.tds.login7 import Login7
from localdb.tds.prelogin import Encryption, PreLogin
from localdb.tds.requests import Attention, Request
from localdb.tds.tokens import Token, encode_tokens
from localdb.tds.trace import trace

_LOG = logging.getLogger("localdb.server")

_READ_SIZE = 64 * 1024
_FLUSH_SIZE = 256 * 1024
# Requests that a client sends ahead wait in memory up to this size, then in its own socket.
_READ_AHEAD = 1024 * 1024
_CANCEL_EVERY = 0.1
_FAREWELL_TIMEOUT = 5.0
# TLS alert "protocol version": the answer to TDS 8.0, which begins with a TLS handshake.
_TLS_ALERT = bytes.fromhex("15030300020246")


@dataclass(frozen=True, slots=True)
class Environment:
    """What all connections share; ``workers`` has a thread for every request that may run at once."""

    instance: Instance
    settings: Settings
    workers: Executor
    tls_context: ssl.SSLContext
    server_name: str


class Pump:
    """``full`` refuses the login with error 17809."""

    def __init__(
        self,
        environment: Environment,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        full: bool = False,
    ) -> None:
        self._environment = environment
        self._reader = reader
        self._writer = writer
        self._full = full
        settings = environment.settings
        self._connection = Connection(settings.encryption, settings.wire_version, settings.message_limit)
        self._tls: TlsChannel | None = None
        self._user = ""
        self._login_work: asyncio.Future[Session] | None = None

    async def run(self) -> None:
        """Serves the client to its end. Only a cancellation of the task comes out."""
        try:
            session = await asyncio.wait_for(self._log_in(), self._environment.settings.login_timeout)
            if session is not None:
                await self._serve(session)
        except SqlError as error:
            await self._refuse(error)
        except (ConnectionError, TimeoutError, ssl.SSLError) as end:
            _LOG.debug("connection ended: %r", end)
        except Exception as defect:
            await self._refuse(as_sql_error(defect))
        finally:
            await self._end()

    # Before the first request.

    async def _log_in(self) -> Session | None:
        """The session, or None when the connection has been closed already."""
        await self._read()
        if self._connection.begins_with_tls:
            await self._write(_TLS_ALERT)
            return None
        prelogin = await self._next_event()
        assert isinstance(prelogin, PreLogin)
        await self._write(self._connection.answer_prelogin(prelogin))
        if self._connection.state is State.TLS:
            await self._handshake()
        if self._connection.state is State.CLOSED:
            return None
        login7 = await self._next_event()
        assert isinstance(login7, Login7)
        if self._connection.encryption is Encryption.OFF:
            self._tls = None
        return await self._answer_login(login7)

    async def _handshake(self) -> None:
        channel = TlsChannel(self._environment.tls_context)
        while not channel.established:
            records = await self._next_event()
            assert isinstance(records, bytes)
            try:
                answer = channel.handshake(records)
            except ssl.SSLError:
                await self._write(self._connection.send_handshake(channel.pending()))
                raise
            if answer:
                await self._write(self._connection.send_handshake(answer))
        self._connection.finish_handshake()
        self._tls = channel
        self._receive(self._connection.take_rest())

    async def _answer_login(self, login7: Login7) -> Session:
        self._user = login7.user
        if self._full:
            raise sql_error(17809, self._environment.settings.max_connections)
        login = checked_login(login7, self._transport())
        loop = asyncio.get_running_loop()
        self._login_work = loop.run_in_executor(
            self._environment.workers, self._environment.instance.login, login
        )
        # A login that is given up half-way must still be found and closed.
        session = await asyncio.shield(self._login_work)
        tokens, size = accepted(session, login7, self._environment.settings, self._environment.server_name)
        await self._write(self._connection.accept_login(self._encode(tokens), session.spid, size))
        return session

    def _transport(self) -> Transport:
        ends = [self._writer.get_extra_info(name) for name in ("peername", "sockname")]
        client, server = (end[:2] if end else None for end in ends)
        return Transport(client, server, encrypted=self._tls is not None)

    async def _refuse(self, error: SqlError) -> None:
        """The last words, if they can be said in time."""
        _LOG.info("connection refused or broken: %s", error)
        tokens = self._encode(refused(error, self._user, self._environment.server_name))
        with suppress(ConnectionError, TimeoutError, ssl.SSLError):
            await asyncio.wait_for(self._write(self._connection.refuse(tokens)), _FAREWELL_TIMEOUT)

    # Requests.

    async def _serve(self, session: Session) -> None:
        while self._connection.state is not State.CLOSED:
            event = await self._next_event()
            if isinstance(event, Attention):
                await self._write(self._connection.acknowledge_attention())
                continue
            assert isinstance(event, Request)
            await self._respond(session, event)

    async def _respond(self, session: Session, request: Request) -> None:
        """Runs one request while watching for the client's attention, its end, or its malformed bytes."""
        execution = Execution(session, request, self._environment.server_name, self._trace_token)
        cancelled = threading.Event()
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._environment.workers, self._work, execution, cancelled, loop)
        watch = asyncio.ensure_future(self._watch())
        both: set[asyncio.Future[Any]] = {work, watch}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not work.done():
                cancelled.set()
                await self._cancel(session, work)
            attention = await _stopped(watch)
        if attention:
            # What the request still had to say, be it an error, is discarded.
            work.exception()
            await self._write(self._connection.acknowledge_attention())
            return
        await self._write(self._connection.finish(work.result()))
        if execution.fatal:
            self._connection.close()

    def _work(
        self, execution: Execution, cancelled: threading.Event, loop: asyncio.AbstractEventLoop
    ) -> bytes:
        """In a thread: pulls tokens, sends them as they fill a buffer, and returns the last of them."""
        waiting = bytearray()
        tokens = execution.tokens()
        try:
            for piece in tokens:
                if cancelled.is_set():
                    return b""
                waiting += piece
                if len(waiting) >= _FLUSH_SIZE:
                    asyncio.run_coroutine_threadsafe(self._send(bytes(waiting)), loop).result()
                    waiting.clear()
        finally:
            tokens.close()
        return bytes(waiting)

    async def _send(self, tokens: bytes) -> None:
        await self._write(self._connection.send(tokens))

    async def _watch(self) -> bool:
        """True when an attention comes. Raises when the client goes away or breaks the protocol."""
        while True:
            event = self._connection.next_event()
            if event is not None:
                self._trace("C", event)
                return True
            if self._connection.buffered > _READ_AHEAD:
                await asyncio.get_running_loop().create_future()
            await self._read()

    async def _cancel(self, session: Session, work: asyncio.Future[bytes]) -> None:
        """Cancels until the request has ended: one call could come before the statement has begun."""
        loop = asyncio.get_running_loop()
        while not work.done():
            await loop.run_in_executor(self._environment.workers, session.cancel)
            await asyncio.wait({work}, timeout=_CANCEL_EVERY)
        work.exception()

    # The socket.

    async def _next_event(self) -> ClientEvent:
        while (event := self._connection.next_event()) is None:
            await self._read()
        self._trace("C", event)
        return event

    async def _read(self) -> None:
        data = await self._reader.read(_READ_SIZE)
        if not data:
            raise ConnectionResetError("the client closed the connection")
        self._receive(data)

    def _receive(self, data: bytes) -> None:
        if data:
            self._connection.receive_data(data if self._tls is None else self._tls.decrypt(data))

    async def _write(self, data: bytes) -> None:
        """Returns when the client has taken enough for more to be buffered."""
        self._writer.write(data if self._tls is None else self._tls.encrypt(data))
        timeout = self._environment.settings.send_timeout
        await asyncio.wait_for(self._writer.drain(), timeout or None)

    async def _end(self) -> None:
        if self._connection.state is not State.CLOSED:
            self._connection.close()
        self._writer.close()
        if self._login_work is not None:
            await self._close_session(self._login_work)
        try:
            await asyncio.wait_for(self._writer.wait_closed(), _FAREWELL_TIMEOUT)
        except (ConnectionError, TimeoutError):
            self._writer.transport.abort()

    async def _close_session(self, login: asyncio.Future[Session]) -> None:
        try:
            session = await login
        except SqlError:
            return
        except Exception as defect:
            as_sql_error(defect)
            return
        try:
            await asyncio.get_running_loop().run_in_executor(self._environment.workers, session.close)
        except Exception as defect:
            as_sql_error(defect)

    def _encode(self, tokens: Iterable[Token]) -> bytes:
        tokens = tuple(tokens)
        for token in tokens:
            self._trace_token(token)
        return encode_tokens(*tokens)

    def _trace_token(self, token: Token) -> None:
        self._trace("S", token)

    def _trace(self, side: str, message: object) -> None:
        if _LOG.isEnabledFor(logging.DEBUG):
            _LOG.debug("%s", trace(side, message))


async def _stopped(watch: asyncio.Future[bool]) -> bool:
    """Ends the watch. True when it saw an attention; what it raised is raised."""
    watch.cancel()
    try:
        return await watch
    except asyncio.CancelledError:
        return False
