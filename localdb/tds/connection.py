"""One client's conversation, without the socket: bytes in, events out; tokens in, bytes out.

The legal order is ``_TRANSITIONS`` and nothing else; only ``_go`` changes the state. Malformed input moves
the connection to CLOSED and raises a SqlError whose number says what was wrong.
"""

from __future__ import annotations

from enum import Enum

from localdb.errors import SqlError, sql_error
from localdb.tds.buffers import MalformedError
from localdb.tds.login7 import TDS_74, Login7, decode_login7
from localdb.tds.packets import (
    LARGEST_PACKET_SIZE,
    SMALLEST_PACKET_SIZE,
    Message,
    MessageReader,
    MessageWriter,
    PacketType,
    Status,
)
from localdb.tds.prelogin import Encryption, PreLogin, decode_prelogin, encode_prelogin, negotiate
from localdb.tds.requests import (
    Attention,
    Ignored,
    Refused,
    Request,
    Reset,
    decode_rpc,
    decode_sql_batch,
    decode_transaction_manager,
)
from localdb.tds.tokens import Done, DoneStatus, encode_tokens

_LOGIN_LIMIT = 128 * 1024
_TLS_HANDSHAKE_RECORD = 0x16
DEFAULT_MESSAGE_LIMIT = 512 * 1024 * 1024


class State(Enum):
    PRELOGIN = "PRELOGIN"
    TLS = "TLS"
    LOGIN = "LOGIN"
    READY = "READY"
    BUSY = "BUSY"
    ATTENTION = "ATTENTION"
    CLOSED = "CLOSED"


class Step(Enum):
    """What changes the state: the client's messages and the server's answers."""

    PRELOGIN_PLAIN = "PRELOGIN answered, no TLS"
    PRELOGIN_TLS = "PRELOGIN answered, TLS handshake follows"
    TLS_DONE = "TLS handshake done"
    LOGIN_ACCEPTED = "login accepted"
    REQUEST = "request received"
    ATTENTION = "attention received"
    RESPONSE_DONE = "response complete"
    ATTENTION_DONE = "attention acknowledged"
    CLOSE = "login refused, malformed input, or the end"


_TRANSITIONS: dict[State, dict[Step, State]] = {
    State.PRELOGIN: {
        Step.PRELOGIN_PLAIN: State.LOGIN,
        Step.PRELOGIN_TLS: State.TLS,
        Step.CLOSE: State.CLOSED,
    },
    State.TLS: {Step.TLS_DONE: State.LOGIN, Step.CLOSE: State.CLOSED},
    State.LOGIN: {Step.LOGIN_ACCEPTED: State.READY, Step.CLOSE: State.CLOSED},
    # An attention may cross the end of the response that it was meant for; it is acknowledged all the same.
    State.READY: {
        Step.REQUEST: State.BUSY,
        Step.ATTENTION: State.ATTENTION,
        Step.CLOSE: State.CLOSED,
    },
    State.BUSY: {
        Step.RESPONSE_DONE: State.READY,
        Step.ATTENTION: State.ATTENTION,
        Step.CLOSE: State.CLOSED,
    },
    State.ATTENTION: {Step.ATTENTION_DONE: State.READY, Step.CLOSE: State.CLOSED},
    State.CLOSED: {Step.CLOSE: State.CLOSED},
}


class TlsHandshake(bytes):
    """TLS records that the client sent inside a PRELOGIN packet: MS-TDS 2.2.6.5."""

    __slots__ = ()


ClientEvent = PreLogin | TlsHandshake | Login7 | Request | Attention


class Connection:
    """The server's end of one TDS 7.4 connection.

    ``encryption`` is the server's setting: OFF (as the client likes), REQUIRED or NOT_SUPPORTED.
    """

    def __init__(
        self, encryption: Encryption, version: bytes, message_limit: int = DEFAULT_MESSAGE_LIMIT
    ) -> None:
        self._reader = MessageReader(_LOGIN_LIMIT)
        self._writer = MessageWriter()
        self._offered = encryption
        self._version = version
        self._message_limit = message_limit
        self._interrupted = False
        self.state = State.PRELOGIN
        self.encryption: Encryption | None = None
        """What PRELOGIN settled."""

    def _go(self, step: Step) -> None:
        following = _TRANSITIONS[self.state].get(step)
        if following is None:
            raise MalformedError(f"{step.value} in state {self.state.value}")
        self.state = following

    @property
    def buffered(self) -> int:
        """Received bytes that wait: for the rest of a message, or for the running request to end."""
        return self._reader.buffered

    @property
    def begins_with_tls(self) -> bool:
        """The client opened with a TLS record, as TDS 8.0 does."""
        return self.state is State.PRELOGIN and self._reader.peek_type() == _TLS_HANDSHAKE_RECORD

    def close(self) -> None:
        self._go(Step.CLOSE)

    # Client to server.

    def receive_data(self, data: bytes) -> None:
        if self.state is not State.CLOSED:
            self._reader.receive(data)

    def take_rest(self) -> bytes:
        """Bytes received behind the last message: after a handshake, they are TLS records."""
        return self._reader.take_rest()

    def next_event(self) -> ClientEvent | None:
        """The next complete message, or None when there is none that may be handled now.

        While a request runs only an attention is handed out. Raises SqlError, and the connection is closed.
        """
        if self.state is State.CLOSED:
            return None
        state = self.state
        try:
            return self._next_event()
        except MalformedError as malformed:
            self.close()
            raise _malformed(state, str(malformed)) from malformed
        except SqlError:
            self.close()
            raise

    def _next_event(self) -> ClientEvent | None:
        # A further request, sent before the answer to the last, waits for its turn.
        if self.state is State.ATTENTION:
            return None
        if self.state is State.BUSY and self._reader.peek_type() != PacketType.ATTENTION:
            return None
        message = self._reader.next_message()
        return None if message is None else self._decode(message)

    def _decode(self, message: Message) -> ClientEvent:
        match self.state, message.type:
            case State.PRELOGIN, PacketType.PRELOGIN:
                return decode_prelogin(message.payload)
            case State.TLS, PacketType.PRELOGIN:
                return TlsHandshake(message.payload)
            case State.LOGIN, PacketType.LOGIN7:
                return self._login(decode_login7(message.payload))
            case ((State.READY | State.BUSY), PacketType.ATTENTION):
                self._interrupted = self.state is State.BUSY
                self._go(Step.ATTENTION)
                return Attention()
            case State.READY, _:
                request = _decode_request(message)
                self._go(Step.REQUEST)
                return request
            case _:
                raise MalformedError(f"{message.type.name} in state {self.state.value}")

    def _login(self, login: Login7) -> Login7:
        if login.tds_version != TDS_74:
            raise sql_error(17802, f"{login.tds_version:08x}")
        return login

    # Server to client.

    def answer_prelogin(self, prelogin: PreLogin) -> bytes:
        """Settles the encryption; the connection closes when the two sides cannot agree."""
        answer = negotiate(prelogin.encryption, self._offered)
        self.encryption = answer
        payload = encode_prelogin(self._version, answer, prelogin.fed_auth)
        if _disagree(prelogin.encryption, answer):
            self.close()
        else:
            self._go(Step.PRELOGIN_PLAIN if answer is Encryption.NOT_SUPPORTED else Step.PRELOGIN_TLS)
        return self._writer.write(PacketType.TABULAR_RESULT, payload, last=True)

    def send_handshake(self, records: bytes) -> bytes:
        """TLS records to the client, in PRELOGIN packets."""
        return self._writer.write(PacketType.PRELOGIN, records, last=True)

    def finish_handshake(self) -> None:
        self._go(Step.TLS_DONE)

    def accept_login(self, tokens: bytes, spid: int, packet_size: int) -> bytes:
        """The answer to LOGIN7; ``packet_size`` holds from the next message on."""
        self._go(Step.LOGIN_ACCEPTED)
        self._reader.limit = self._message_limit
        self._writer.spid = spid & 0xFFFF
        data = self._writer.write(PacketType.TABULAR_RESULT, tokens, last=True)
        self._writer.packet_size = packet_size
        return data

    def refuse(self, tokens: bytes) -> bytes:
        """The last message: why the login, or the connection, ends."""
        self.close()
        return self._writer.write(PacketType.TABULAR_RESULT, tokens, last=True)

    def send(self, tokens: bytes) -> bytes:
        """A part of the response to the running request: whole tokens."""
        return self._writer.write(PacketType.TABULAR_RESULT, tokens, last=False)

    def finish(self, tokens: bytes) -> bytes:
        """The end of the response to the running request."""
        self._go(Step.RESPONSE_DONE)
        return self._writer.write(PacketType.TABULAR_RESULT, tokens, last=True)

    def acknowledge_attention(self) -> bytes:
        """The one DONE with the attention bit: MS-TDS 2.2.1.7. It also ends a response that was under way.

        The interrupted request has a DONE of its own before; by that ODBC drivers know that it was cancelled.
        """
        self._go(Step.ATTENTION_DONE)
        interrupted = [Done(DoneStatus.ERROR | DoneStatus.MORE)] if self._interrupted else []
        tokens = encode_tokens(*interrupted, Done(DoneStatus.ATTENTION))
        return self._writer.write(PacketType.TABULAR_RESULT, tokens, last=True)


def packet_size(wanted: int, default: int) -> int:
    """The packet size that holds after a login that asks for ``wanted`` bytes (0: the server's default)."""
    if wanted == 0:
        return default
    return min(max(wanted, SMALLEST_PACKET_SIZE), LARGEST_PACKET_SIZE)


def _disagree(client: Encryption, answer: Encryption) -> bool:
    if answer is Encryption.NOT_SUPPORTED:
        return client in (Encryption.ON, Encryption.REQUIRED)
    return client is Encryption.NOT_SUPPORTED


def _malformed(state: State, reason: str) -> SqlError:
    """The error of SQL Server's own for each phase; the reason follows, as it does in its log."""
    number = {State.PRELOGIN: 17828, State.TLS: 17828, State.LOGIN: 17832}.get(state, 17836)
    return sql_error(number, reason)


def _reset(status: Status) -> Reset:
    if status & Status.RESET_CONNECTION_SKIP_TRANSACTION:
        return Reset.KEEP_TRANSACTION
    return Reset.ALL if status & Status.RESET_CONNECTION else Reset.NO


def _decode_request(message: Message) -> Request:
    reset = _reset(message.status)
    if message.status & Status.IGNORE:
        return Ignored(reset)
    match message.type:
        case PacketType.SQL_BATCH:
            return decode_sql_batch(message.payload, reset)
        case PacketType.RPC:
            return decode_rpc(message.payload, reset)
        case PacketType.TRANSACTION_MANAGER:
            return decode_transaction_manager(message.payload, reset)
        case PacketType.BULK_LOAD:
            return Refused(sql_error(40510, "INSERT BULK"), reset)
        case _:
            raise MalformedError(f"{message.type.name} after the login")
