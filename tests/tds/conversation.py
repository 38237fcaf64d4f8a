"""Conversations recorded from real drivers, replayed into the codec without a socket.

``recorded/DRIVER.txt`` has one message a line: its packet type and the bytes of its packets, after TLS.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from localdb.tds.connection import ClientEvent, Connection, State
from localdb.tds.login7 import Login7
from localdb.tds.prelogin import Encryption, PreLogin
from localdb.tds.requests import Attention
from localdb.tds.tokens import Done, encode_tokens

VERSION = bytes([16, 0, 16, 39, 0, 0])
DRIVERS = ("odbc18", "freetds", "pytds", "mssql_python")
_RECORDED = Path(__file__).parent / "recorded"


@dataclass(frozen=True)
class Recorded:
    type: str
    data: bytes

    @property
    def payload(self) -> bytes:
        """The message without its packet headers."""
        rest, payload = self.data, b""
        while rest:
            length = int.from_bytes(rest[2:4], "big")
            payload += rest[8:length]
            rest = rest[length:]
        return payload


def recorded(driver: str) -> list[Recorded]:
    lines = (_RECORDED / f"{driver}.txt").read_text().splitlines()
    return [Recorded(kind, bytes.fromhex(data)) for kind, data in (line.split() for line in lines)]


def new_connection(encryption: Encryption = Encryption.NOT_SUPPORTED) -> Connection:
    return Connection(encryption, VERSION, message_limit=1024 * 1024)


def answer(connection: Connection, event: ClientEvent) -> None:
    """The server's side, as short as it may be."""
    done = encode_tokens(Done())
    match event:
        case PreLogin():
            connection.answer_prelogin(event)
        case Login7():
            connection.accept_login(done, 51, 4096)
        case Attention():
            connection.acknowledge_attention()
        case _:
            connection.finish(done)


def drain(connection: Connection) -> list[ClientEvent]:
    """All events that can be had now, each answered."""
    events = []
    while connection.state is not State.CLOSED and (event := connection.next_event()) is not None:
        events.append(event)
        answer(connection, event)
    return events


def ready_connection() -> Connection:
    """A connection that is logged in."""
    connection = new_connection()
    for message in recorded("pytds")[:2]:
        connection.receive_data(message.data)
        drain(connection)
    assert connection.state is State.READY
    return connection


def packet(kind: int, payload: bytes, status: int = 1, length: int | None = None) -> bytes:
    size = len(payload) + 8 if length is None else length
    return bytes([kind, status]) + size.to_bytes(2, "big") + b"\0\0\1\0" + payload


ALL_HEADERS = bytes.fromhex("16000000 12000000 0200 0000000000000000 01000000")


def batch(text: str, status: int = 1) -> bytes:
    return packet(1, ALL_HEADERS + text.encode("utf-16-le"), status)


ATTENTION = packet(6, b"")
