"""The server's tokens: MS-TDS 2.2.7. Each knows its bytes; nothing here reads any."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any

from localdb.tds.buffers import Writer
from localdb.tds.login7 import TDS_74
from localdb.tds.typeinfo import TypeInfo, encode_type_info
from localdb.tds.values import encode_value

_LONGEST_MESSAGE = 30_000


class EnvType(IntEnum):
    """ENVCHANGE types: MS-TDS 2.2.7.9."""

    DATABASE = 1
    LANGUAGE = 2
    PACKET_SIZE = 4
    SQL_COLLATION = 7
    BEGIN_TRANSACTION = 8
    COMMIT_TRANSACTION = 9
    ROLLBACK_TRANSACTION = 10
    RESET_ACKNOWLEDGED = 18


class DoneStatus(IntFlag):
    """DONE status: MS-TDS 2.2.7.6."""

    FINAL = 0x00
    MORE = 0x01
    ERROR = 0x02
    COUNT = 0x10
    ATTENTION = 0x20
    SERVER_ERROR = 0x100


@dataclass(frozen=True, slots=True)
class LoginAck:
    """LOGINACK: MS-TDS 2.2.7.14. ``version`` is major, minor, build."""

    program: str
    version: tuple[int, int, int]

    def encode(self, writer: Writer) -> None:
        writer.u8(0xAD)
        with writer.u16_length():
            writer.u8(1)  # interface: T-SQL
            writer.raw(TDS_74.to_bytes(4, "big"))
            writer.b_varchar(self.program)
            major, minor, build = self.version
            writer.raw(bytes([major, minor, build >> 8, build & 0xFF]))


@dataclass(frozen=True, slots=True)
class EnvChange:
    """ENVCHANGE: MS-TDS 2.2.7.9. Names and sizes are text, collations and transactions bytes."""

    type: EnvType
    new: str | bytes = b""
    old: str | bytes = b""

    def encode(self, writer: Writer) -> None:
        writer.u8(0xE3)
        with writer.u16_length():
            writer.u8(self.type)
            for value in (self.new, self.old):
                if isinstance(value, str):
                    writer.b_varchar(value)
                else:
                    writer.b_varbyte(value)


@dataclass(frozen=True, slots=True)
class _Message:
    number: int
    state: int
    severity: int
    text: str
    server: str
    procedure: str
    line: int

    def _encode(self, writer: Writer, token: int) -> None:
        writer.u8(token)
        with writer.u16_length():
            writer.i32(self.number)
            writer.u8(self.state & 0xFF)
            writer.u8(self.severity)
            writer.us_varchar(self.text, _LONGEST_MESSAGE)
            writer.b_varchar(self.server)
            writer.b_varchar(self.procedure)
            writer.u32(self.line)


@dataclass(frozen=True, slots=True)
class Error(_Message):
    """ERROR: MS-TDS 2.2.7.10."""

    def encode(self, writer: Writer) -> None:
        self._encode(writer, 0xAA)


@dataclass(frozen=True, slots=True)
class Info(_Message):
    """INFO: MS-TDS 2.2.7.13."""

    def encode(self, writer: Writer) -> None:
        self._encode(writer, 0xAB)


@dataclass(frozen=True, slots=True)
class ColumnData:
    """One column of COLMETADATA."""

    name: str
    info: TypeInfo
    nullable: bool = True
    identity: bool = False

    @property
    def flags(self) -> int:
        """fNullable 0x1, usUpdateable 0xC (2: unknown, 0: read-only), fIdentity 0x10."""
        return (0x01 if self.nullable else 0) | (0x10 if self.identity else 0x08)


@dataclass(frozen=True, slots=True)
class ColMetaData:
    """COLMETADATA: MS-TDS 2.2.7.4."""

    columns: tuple[ColumnData, ...]

    def encode(self, writer: Writer) -> None:
        writer.u8(0x81)
        writer.u16(len(self.columns))
        for column in self.columns:
            writer.u32(0)  # user type
            writer.u16(column.flags)
            encode_type_info(writer, column.info)
            writer.b_varchar(column.name)


@dataclass(frozen=True, slots=True)
class _DoneToken:
    status: DoneStatus = DoneStatus.FINAL
    command: int = 0
    rows: int = 0

    def _encode(self, writer: Writer, token: int) -> None:
        writer.u8(token)
        writer.u16(self.status)
        writer.u16(self.command)
        writer.u64(self.rows)


@dataclass(frozen=True, slots=True)
class Done(_DoneToken):
    """DONE: MS-TDS 2.2.7.6."""

    def encode(self, writer: Writer) -> None:
        self._encode(writer, 0xFD)


@dataclass(frozen=True, slots=True)
class DoneInProc(_DoneToken):
    """DONEINPROC: MS-TDS 2.2.7.7."""

    def encode(self, writer: Writer) -> None:
        self._encode(writer, 0xFF)


@dataclass(frozen=True, slots=True)
class DoneProc(_DoneToken):
    """DONEPROC: MS-TDS 2.2.7.8."""

    def encode(self, writer: Writer) -> None:
        self._encode(writer, 0xFE)


@dataclass(frozen=True, slots=True)
class ReturnStatus:
    """RETURNSTATUS: MS-TDS 2.2.7.18."""

    value: int

    def encode(self, writer: Writer) -> None:
        writer.u8(0x79)
        writer.i32(self.value)


@dataclass(frozen=True, slots=True)
class ReturnValue:
    """RETURNVALUE: MS-TDS 2.2.7.19, of an OUTPUT parameter."""

    ordinal: int
    name: str
    info: TypeInfo
    value: Any

    def encode(self, writer: Writer) -> None:
        writer.u8(0xAC)
        writer.u16(self.ordinal)
        writer.b_varchar(self.name)
        writer.u8(0x01)  # an OUTPUT parameter, not a function's result
        writer.u32(0)  # user type
        writer.u16(0x01)  # flags: nullable
        encode_type_info(writer, self.info)
        encode_value(writer, self.info, self.value)


@dataclass(frozen=True, slots=True)
class FeatureExtAck:
    """FEATUREEXTACK: MS-TDS 2.2.7.11. ``features`` are those granted, with their data."""

    features: tuple[tuple[int, bytes], ...]

    def encode(self, writer: Writer) -> None:
        writer.u8(0xAE)
        for feature, data in self.features:
            writer.u8(feature)
            writer.u32(len(data))
            writer.raw(data)
        writer.u8(0xFF)


Token = (
    LoginAck
    | EnvChange
    | Error
    | Info
    | ColMetaData
    | Done
    | DoneInProc
    | DoneProc
    | ReturnStatus
    | ReturnValue
    | FeatureExtAck
)


def encode_tokens(*tokens: Token) -> bytes:
    writer = Writer()
    for token in tokens:
        token.encode(writer)
    return writer.getvalue()
