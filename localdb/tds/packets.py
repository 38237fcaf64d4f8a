"""Packets: MS-TDS 2.2.3. A message is one or more packets of the same type; the last carries EOM."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np

from localdb.tds.buffers import MalformedError

HEADER_SIZE = 8
DEFAULT_PACKET_SIZE = 4096
SMALLEST_PACKET_SIZE = 512
LARGEST_PACKET_SIZE = 32767

_HEADER = struct.Struct(">BBHHBB")


class PacketType(IntEnum):
    """Packet header type: MS-TDS 2.2.3.1.1."""

    SQL_BATCH = 1
    PRE_TDS7_LOGIN = 2
    RPC = 3
    TABULAR_RESULT = 4
    ATTENTION = 6
    BULK_LOAD = 7
    FEDERATED_AUTHENTICATION = 8
    TRANSACTION_MANAGER = 14
    LOGIN7 = 16
    SSPI = 17
    PRELOGIN = 18


class Status(IntFlag):
    """Packet header status: MS-TDS 2.2.3.1.2."""

    END_OF_MESSAGE = 0x01
    IGNORE = 0x02
    RESET_CONNECTION = 0x08
    RESET_CONNECTION_SKIP_TRANSACTION = 0x10


@dataclass(frozen=True, slots=True)
class Message:
    """The payload of a whole message; ``status`` unites the bits of its packets."""

    type: PacketType
    status: Status
    payload: bytes


class MessageReader:
    """Merges packets into messages, from bytes that come in any pieces."""

    def __init__(self, limit: int) -> None:
        self._data = bytearray()
        self._payload = bytearray()
        self._type: PacketType | None = None
        self._status = Status(0)
        self.limit = limit
        """The longest message accepted, in bytes."""

    @property
    def buffered(self) -> int:
        """Bytes received and not yet handed out."""
        return len(self._data) + len(self._payload)

    def receive(self, data: bytes) -> None:
        self._data += data

    def take_rest(self) -> bytes:
        """Everything received that does not belong to a message yet: what follows a TLS handshake."""
        rest = bytes(self._data)
        self._data.clear()
        return rest

    def peek_type(self) -> int | None:
        """The type byte of the packet that comes next, if any of it has come."""
        return self._data[0] if self._data else None

    def next_message(self) -> Message | None:
        """The next whole message, or None when more bytes are needed. Raises MalformedError."""
        while len(self._data) >= HEADER_SIZE:
            kind, status, length, _spid, _packet_id, _window = _HEADER.unpack_from(self._data)
            self._check(kind, length)
            if len(self._data) < length:
                return None
            self._type = PacketType(kind)
            self._status |= Status(status & 0x1B)
            self._payload += memoryview(self._data)[HEADER_SIZE:length]
            del self._data[:length]
            if status & Status.END_OF_MESSAGE:
                return self._complete()
        return None

    def _check(self, kind: int, length: int) -> None:
        if kind not in PacketType.__members__.values():
            raise MalformedError(f"packet type {kind}")
        if self._type is not None and kind != self._type:
            raise MalformedError(f"packet type {kind} within a message of type {int(self._type)}")
        if not HEADER_SIZE <= length <= LARGEST_PACKET_SIZE + 1:
            raise MalformedError(f"packet length {length}")
        if len(self._payload) + length - HEADER_SIZE > self.limit:
            raise MalformedError(f"a message longer than {self.limit} bytes")

    def _complete(self) -> Message:
        assert self._type is not None
        message = Message(self._type, self._status, bytes(self._payload))
        self._payload = bytearray()
        self._type = None
        self._status = Status(0)
        return message


class MessageWriter:
    """Splits one direction's messages into packets; packet ids count up from 1 and wrap."""

    def __init__(self, packet_size: int = DEFAULT_PACKET_SIZE) -> None:
        self.packet_size = packet_size
        self.spid = 0
        self._rest = bytearray()
        self._packet_id = 0

    def write(self, kind: PacketType, payload: bytes, *, last: bool) -> bytes:
        """Packets for ``payload``. What does not fill one waits for more, unless the message ends here."""
        self._rest += payload
        room = self.packet_size - HEADER_SIZE
        # The last packet must not be empty, so a payload that just fills a packet is held back.
        full = max(0, (len(self._rest) - 1) // room)
        framed = self._full_packets(kind, full, room)
        if not last:
            return framed
        tail = self._header(kind, Status.END_OF_MESSAGE, len(self._rest)) + bytes(self._rest)
        self._rest.clear()
        self._packet_id = 0
        return framed + tail

    def _header(self, kind: PacketType, status: Status, payload_size: int) -> bytes:
        self._packet_id = (self._packet_id + 1) & 0xFF
        length = payload_size + HEADER_SIZE
        return _HEADER.pack(kind, status, length, self.spid, self._packet_id, 0)

    def _full_packets(self, kind: PacketType, number: int, room: int) -> bytes:
        """``number`` full packets, framed in one go: a large result has tens of thousands of them."""
        if number == 0:
            return b""
        packets = np.empty((number, self.packet_size), dtype=np.uint8)
        packets[:, :HEADER_SIZE] = np.frombuffer(
            _HEADER.pack(kind, 0, self.packet_size, self.spid, 0, 0), dtype=np.uint8
        )
        packets[:, 6] = (np.arange(1, number + 1) + self._packet_id) & 0xFF
        body = np.frombuffer(memoryview(self._rest)[: number * room], dtype=np.uint8)
        packets[:, HEADER_SIZE:] = body.reshape(number, room)
        del body
        del self._rest[: number * room]
        self._packet_id = (self._packet_id + number) & 0xFF
        return packets.tobytes()
