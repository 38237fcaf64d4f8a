"""TYPE_INFO: MS-TDS 2.2.5.4 to 2.2.5.6, between wire tokens and SqlType."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from localdb import types
from localdb.errors import SqlError, sql_error
from localdb.tds.buffers import Reader, Writer
from localdb.tds.collation import DEFAULT_COLLATION
from localdb.types import MAX, SqlType

PLP_SIZE = 0xFFFF
"""The maximum length that announces a (max) type, sent in parts."""

_LARGEST_USHORT = 8000


class Token(IntEnum):
    """Data type tokens: MS-TDS 2.2.5.4."""

    NULL = 0x1F
    IMAGE = 0x22
    TEXT = 0x23
    GUID = 0x24
    VARBINARY = 0x25
    INTN = 0x26
    VARCHAR = 0x27
    DATEN = 0x28
    TIMEN = 0x29
    DATETIME2N = 0x2A
    DATETIMEOFFSETN = 0x2B
    BINARY = 0x2D
    CHAR = 0x2F
    INT1 = 0x30
    BIT = 0x32
    INT2 = 0x34
    DECIMAL = 0x37
    INT4 = 0x38
    DATETIM4 = 0x3A
    FLT4 = 0x3B
    MONEY = 0x3C
    DATETIME = 0x3D
    FLT8 = 0x3E
    NUMERIC = 0x3F
    SSVARIANT = 0x62
    NTEXT = 0x63
    BITN = 0x68
    DECIMALN = 0x6A
    NUMERICN = 0x6C
    FLTN = 0x6D
    MONEYN = 0x6E
    DATETIMN = 0x6F
    MONEY4 = 0x7A
    INT8 = 0x7F
    BIGVARBINARY = 0xA5
    BIGVARCHAR = 0xA7
    BIGBINARY = 0xAD
    BIGCHAR = 0xAF
    NVARCHAR = 0xE7
    NCHAR = 0xEF
    UDT = 0xF0
    XML = 0xF1
    TVP = 0xF3


class Layout(Enum):
    """How a value's bytes are delimited: MS-TDS 2.2.5.2.1 to 2.2.5.2.3."""

    NOTHING = "no bytes: NULLTYPE"
    FIXED = "bytes only; never NULL"
    BYTE = "one length byte; 0 is NULL"
    USHORT = "two length bytes; FFFF is NULL"
    LONG = "four length bytes; FFFFFFFF is NULL"
    PLP = "parts, each with four length bytes, behind eight bytes of total length; all FF is NULL"


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A wire type. ``size`` is the (maximum) length of its value in bytes."""

    token: Token
    layout: Layout
    type: SqlType
    size: int
    collation: bytes = b""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Which parameter is being read, for error texts; ``ordinal`` counts from 1."""

    ordinal: int
    name: str

    def bad_length(self, token: int) -> SqlError:
        return sql_error(8016, self.ordinal, self.name, f"{token:02X}")

    def bad_value(self, sql_type: SqlType) -> SqlError:
        return sql_error(8023, self.ordinal, self.name, sql_type.name)


_FIXED: dict[Token, tuple[SqlType, int]] = {
    Token.INT1: (types.TINYINT, 1),
    Token.BIT: (types.BIT, 1),
    Token.INT2: (types.SMALLINT, 2),
    Token.INT4: (types.INT, 4),
    Token.INT8: (types.BIGINT, 8),
    Token.FLT4: (types.REAL, 4),
    Token.FLT8: (types.FLOAT, 8),
    Token.MONEY: (types.MONEY, 8),
    Token.MONEY4: (types.SMALLMONEY, 4),
    Token.DATETIME: (types.DATETIME, 8),
    Token.DATETIM4: (types.SMALLDATETIME, 4),
}
_NULLABLE_FIXED: dict[Token, dict[int, SqlType]] = {
    Token.BITN: {1: types.BIT},
    Token.INTN: {1: types.TINYINT, 2: types.SMALLINT, 4: types.INT, 8: types.BIGINT},
    Token.FLTN: {4: types.REAL, 8: types.FLOAT},
    Token.MONEYN: {4: types.SMALLMONEY, 8: types.MONEY},
    Token.DATETIMN: {4: types.SMALLDATETIME, 8: types.DATETIME},
    Token.GUID: {16: types.UNIQUEIDENTIFIER},
}
_SHORT_STRINGS = {
    Token.CHAR: "char",
    Token.VARCHAR: "varchar",
    Token.BINARY: "binary",
    Token.VARBINARY: "varbinary",
}
_STRINGS = {
    Token.BIGCHAR: "char",
    Token.BIGVARCHAR: "varchar",
    Token.NCHAR: "nchar",
    Token.NVARCHAR: "nvarchar",
    Token.BIGBINARY: "binary",
    Token.BIGVARBINARY: "varbinary",
}
_LONG_STRINGS = {Token.TEXT: "varchar", Token.NTEXT: "nvarchar", Token.IMAGE: "varbinary"}
_REFUSED = {
    Token.SSVARIANT: "sql_variant",
    Token.UDT: "CLR user-defined type",
    Token.XML: "xml",
    Token.TVP: "table-valued parameter",
}
_STRING_TOKENS = {name: token for token, name in _STRINGS.items()}
_FIXED_TOKENS = {sql_type.name: (token, size) for token, (sql_type, size) in _FIXED.items()}
_NULLABLE_TOKENS = {
    sql_type.name: (token, size)
    for token, sizes in _NULLABLE_FIXED.items()
    for size, sql_type in sizes.items()
}


def decode_type_info(reader: Reader, parameter: Parameter) -> TypeInfo:
    """The TYPE_INFO of an RPC parameter. SqlError 8009, 8016 or 40514 for a type that cannot be read."""
    number = reader.u8()
    reader.check()
    try:
        token = Token(number)
    except ValueError:
        raise sql_error(8009, parameter.ordinal, parameter.name, f"{number:02X}") from None
    if token in _REFUSED:
        raise sql_error(40514, _REFUSED[token])
    if token is Token.NULL:
        # An untyped NULL is int in T-SQL.
        return TypeInfo(token, Layout.NOTHING, types.INT, 0)
    if token in _FIXED:
        return TypeInfo(token, Layout.FIXED, *_FIXED[token])
    if token in _NULLABLE_FIXED:
        size = reader.u8()
        if size not in _NULLABLE_FIXED[token]:
            raise parameter.bad_length(token)
        return TypeInfo(token, Layout.BYTE, _NULLABLE_FIXED[token][size], size)
    if token in (Token.DATEN, Token.TIMEN, Token.DATETIME2N, Token.DATETIMEOFFSETN):
        return _decode_temporal(reader, token, parameter)
    if token in (Token.DECIMAL, Token.NUMERIC, Token.DECIMALN, Token.NUMERICN):
        return _decode_decimal(reader, token, parameter)
    return _decode_string(reader, token, parameter)


def _decode_temporal(reader: Reader, token: Token, parameter: Parameter) -> TypeInfo:
    if token is Token.DATEN:
        return TypeInfo(token, Layout.BYTE, types.DATE, 3)
    scale = reader.u8()
    if scale > 7:
        raise parameter.bad_length(token)
    return _temporal({Token.TIMEN: "time", Token.DATETIME2N: "datetime2"}.get(token, "datetimeoffset"), scale)


def _decode_decimal(reader: Reader, token: Token, parameter: Parameter) -> TypeInfo:
    size, precision, scale = reader.u8(), reader.u8(), reader.u8()
    # FreeTDS declares sizes of its own for small precisions; the value has its length anyway.
    if not (1 <= precision <= 38 and scale <= precision):
        raise parameter.bad_length(token)
    return TypeInfo(token, Layout.BYTE, types.decimal_type(precision, scale), size)


def _decode_string(reader: Reader, token: Token, parameter: Parameter) -> TypeInfo:
    if token in _SHORT_STRINGS:
        size = reader.u8()
        return TypeInfo(token, Layout.BYTE, SqlType(_SHORT_STRINGS[token], length=max(size, 1)), size)
    if token in _LONG_STRINGS:
        size = reader.u32()
        name = _LONG_STRINGS[token]
        collation = reader.bytes(5) if name != "varbinary" else b""
        return TypeInfo(token, Layout.LONG, SqlType(name, length=MAX), size, collation)
    name = _STRINGS[token]
    size = reader.u16()
    collation = reader.bytes(5) if name not in types.BINARIES else b""
    if size == PLP_SIZE and name in ("varchar", "nvarchar", "varbinary"):
        return TypeInfo(token, Layout.PLP, SqlType(name, length=MAX), size, collation)
    unit = 2 if name in ("nchar", "nvarchar") else 1
    if size > _LARGEST_USHORT or size % unit:
        raise parameter.bad_length(token)
    # Clients declare an empty string with length 0; T-SQL's smallest is 1.
    return TypeInfo(token, Layout.USHORT, SqlType(name, length=max(size // unit, 1)), size, collation)


def type_info(sql_type: SqlType, *, nullable: bool = True) -> TypeInfo:
    """The wire type in which localdb sends a column or an OUTPUT parameter."""
    name = sql_type.name
    if not nullable and name in _FIXED_TOKENS:
        token, size = _FIXED_TOKENS[name]
        return TypeInfo(token, Layout.FIXED, sql_type, size)
    if name in _NULLABLE_TOKENS:
        token, size = _NULLABLE_TOKENS[name]
        return TypeInfo(token, Layout.BYTE, sql_type, size)
    if name == "decimal":
        return TypeInfo(Token.DECIMALN, Layout.BYTE, sql_type, decimal_size(sql_type.precision or 18))
    if name == "date":
        return TypeInfo(Token.DATEN, Layout.BYTE, sql_type, 3)
    if name in ("time", "datetime2", "datetimeoffset"):
        return _temporal(name, 7 if sql_type.scale is None else sql_type.scale)
    if name in _STRING_TOKENS:
        return _string(sql_type)
    raise sql_error(40514, name)


def decimal_size(precision: int) -> int:
    """Bytes of a decimal's value: a sign byte and 4, 8, 12 or 16 bytes of magnitude (MS-TDS 2.2.5.5.1.6)."""
    return 5 if precision <= 9 else 9 if precision <= 19 else 13 if precision <= 28 else 17


def time_size(scale: int) -> int:
    """Bytes of a time with ``scale`` fractional digits (MS-TDS 2.2.5.5.1.8)."""
    return 3 if scale <= 2 else 4 if scale <= 4 else 5


def _temporal(name: str, scale: int) -> TypeInfo:
    token, extra = {
        "time": (Token.TIMEN, 0),
        "datetime2": (Token.DATETIME2N, 3),
        "datetimeoffset": (Token.DATETIMEOFFSETN, 5),
    }[name]
    return TypeInfo(token, Layout.BYTE, SqlType(name, scale=scale), time_size(scale) + extra)


def _string(sql_type: SqlType) -> TypeInfo:
    collation = b"" if sql_type.is_binary else DEFAULT_COLLATION
    token = _STRING_TOKENS[sql_type.name]
    if sql_type.length == MAX:
        return TypeInfo(token, Layout.PLP, sql_type, PLP_SIZE, collation)
    size = (sql_type.length or 1) * (2 if sql_type.is_unicode else 1)
    return TypeInfo(token, Layout.USHORT, sql_type, size, collation)


def encode_type_info(writer: Writer, info: TypeInfo) -> None:
    writer.u8(info.token)
    if info.token in (Token.TIMEN, Token.DATETIME2N, Token.DATETIMEOFFSETN):
        writer.u8(7 if info.type.scale is None else info.type.scale)
    elif info.layout is Layout.BYTE and info.token is not Token.DATEN:
        writer.u8(info.size)
    elif info.layout in (Layout.USHORT, Layout.PLP):
        writer.u16(info.size)
    if info.token is Token.DECIMALN:
        writer.u8(info.type.precision or 18)
        writer.u8(info.type.scale or 0)
    writer.raw(info.collation)
