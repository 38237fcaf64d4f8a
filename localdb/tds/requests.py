"""Requests of a logged-in client: RPC, SQL batch, transaction manager (MS-TDS 2.2.6.6, 2.2.6.7, 2.2.6.9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from localdb.errors import SqlError, sql_error
from localdb.tds.buffers import MalformedError, Reader
from localdb.tds.typeinfo import Parameter, decode_type_info
from localdb.tds.values import decode_value
from localdb.types import SqlType

PROCEDURES = {
    1: "sp_cursor",
    2: "sp_cursoropen",
    3: "sp_cursorprepare",
    4: "sp_cursorexecute",
    5: "sp_cursorprepexec",
    6: "sp_cursorunprepare",
    7: "sp_cursorfetch",
    8: "sp_cursoroption",
    9: "sp_cursorclose",
    10: "sp_executesql",
    11: "sp_prepare",
    12: "sp_execute",
    13: "sp_prepexec",
    14: "sp_prepexecrpc",
    15: "sp_unprepare",
}
"""ProcID: MS-TDS 2.2.6.6."""

_BATCH_FLAG = 0xFF
_NO_EXECUTE_FLAG = 0xFE
_TRANSACTION_DESCRIPTOR = 2


class Reset(Enum):
    """The RESETCONNECTION bits of the request's first packet."""

    NO = "no"
    ALL = "reset"
    KEEP_TRANSACTION = "reset, transaction kept"


@dataclass(frozen=True, slots=True)
class SqlBatch:
    text: str
    reset: Reset = Reset.NO


@dataclass(frozen=True, slots=True)
class RpcParameter:
    """``name`` is '' when the parameter is positional; otherwise it begins with @."""

    name: str
    type: SqlType
    value: Any
    output: bool = False
    default: bool = False


@dataclass(frozen=True, slots=True)
class RpcCall:
    procedure: str
    parameters: tuple[RpcParameter, ...]


@dataclass(frozen=True, slots=True)
class Rpc:
    """One message; a client may put several calls into it.

    ``error`` says why the call after the last of ``calls`` cannot be read: those before it run, it fails, and
    the connection goes on, for the message's end is known.
    """

    calls: tuple[RpcCall, ...]
    reset: Reset = Reset.NO
    error: SqlError | None = None


@dataclass(frozen=True, slots=True)
class TransactionManager:
    """``kind``: begin, commit, rollback or save. ``isolation_level`` is 0 when it is to stay as it is."""

    kind: str
    name: str = ""
    isolation_level: int = 0
    then_begin: bool = False
    reset: Reset = Reset.NO


@dataclass(frozen=True, slots=True)
class Refused:
    """A well-framed request that localdb does not serve: it is answered by ``error``."""

    error: SqlError
    reset: Reset = Reset.NO


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that its client gave up half-way; a DONE with the error bit answers it (MS-TDS 2.2.1.7)."""

    reset: Reset = Reset.NO


@dataclass(frozen=True, slots=True)
class Attention:
    """MS-TDS 2.2.1.7: stop what runs and acknowledge."""


Request = SqlBatch | Rpc | TransactionManager | Refused | Ignored


def _skip_all_headers(reader: Reader) -> None:
    """ALL_HEADERS: MS-TDS 2.2.5.3. Without MARS the one transaction's descriptor says nothing new."""
    total = reader.u32()
    if total < 4:
        reader.fail(f"ALL_HEADERS of {total} bytes")
    headers = Reader(reader.take(total - 4))
    while headers.remaining:
        length, kind = headers.u32(), headers.u16()
        if kind == _TRANSACTION_DESCRIPTOR and length != 18:
            headers.fail(f"transaction descriptor header of {length} bytes")
        headers.take(length - 6)
    headers.check()


def decode_sql_batch(payload: bytes, reset: Reset) -> SqlBatch | Refused:
    """SQLBatch: MS-TDS 2.2.6.7. Raises MalformedError."""
    reader = Reader(payload)
    _skip_all_headers(reader)
    text = reader.bytes(reader.remaining)
    reader.finish()
    if len(text) % 2:
        raise MalformedError("SQL batch of an odd number of bytes")
    try:
        return SqlBatch(text.decode("utf-16-le"), reset)
    except UnicodeDecodeError:
        return Refused(sql_error(40514, "half of a surrogate pair"), reset)


def decode_rpc(payload: bytes, reset: Reset) -> Rpc:
    """RPC request: MS-TDS 2.2.6.6. Raises MalformedError."""
    reader = Reader(payload)
    _skip_all_headers(reader)
    calls: list[RpcCall] = []
    try:
        while True:
            calls.append(_decode_call(reader))
            if not reader.remaining:
                break
            if reader.u8() == _NO_EXECUTE_FLAG:
                raise sql_error(40514, "RPC with the NoExec flag")
            if not reader.remaining:
                break
    except SqlError as error:
        return Rpc(tuple(calls), reset, error)
    reader.finish()
    return Rpc(tuple(calls), reset)


def _decode_call(reader: Reader) -> RpcCall:
    name = _decode_procedure(reader)
    reader.u16()  # option flags: recompile, and metadata that the client would do without
    parameters: list[RpcParameter] = []
    while reader.remaining and reader.peek() not in (_BATCH_FLAG, _NO_EXECUTE_FLAG):
        parameters.append(_decode_parameter(reader, len(parameters) + 1))
    reader.check()
    return RpcCall(name, tuple(parameters))


def _decode_procedure(reader: Reader) -> str:
    units = reader.u16()
    if units != 0xFFFF:
        name = reader.text(units)
        reader.check()
        return name
    number = reader.u16()
    reader.check()
    if number not in PROCEDURES:
        raise sql_error(2812, f"ProcID {number}")
    return PROCEDURES[number]


def _decode_parameter(reader: Reader, ordinal: int) -> RpcParameter:
    name = reader.b_varchar()
    flags = reader.u8()
    reader.check()
    parameter = Parameter(ordinal, name)
    if flags & 0x08:
        raise sql_error(40514, "encrypted parameter")
    info = decode_type_info(reader, parameter)
    value = decode_value(reader, info, parameter)
    return RpcParameter(name, info.type, value, output=bool(flags & 0x01), default=bool(flags & 0x02))


def decode_transaction_manager(payload: bytes, reset: Reset) -> TransactionManager | Refused:
    """Transaction manager request: MS-TDS 2.2.6.9. Raises MalformedError."""
    reader = Reader(payload)
    _skip_all_headers(reader)
    request = reader.u16()
    reader.check()
    match request:
        case 5:
            level, name = reader.u8(), _decode_name(reader)
            reader.finish()
            return TransactionManager("begin", name, level, reset=reset)
        case 7 | 8:
            return _decode_end(reader, "commit" if request == 7 else "rollback", reset)
        case 9:
            name = _decode_name(reader)
            reader.finish()
            return TransactionManager("save", name, reset=reset)
        case _:
            return Refused(sql_error(40514, f"transaction manager request {request}"), reset)


def _decode_name(reader: Reader) -> str:
    """B_VARBYTE holding UTF-16 text."""
    return reader.decode(reader.take(reader.u8()))


def _decode_end(reader: Reader, kind: str, reset: Reset) -> TransactionManager:
    name, flags, level = _decode_name(reader), reader.u8(), 0
    if flags & 1:
        level = reader.u8()
        _decode_name(reader)
    reader.finish()
    return TransactionManager(kind, name, level, bool(flags & 1), reset)
