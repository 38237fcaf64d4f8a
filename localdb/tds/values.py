"""Single values: RPC parameters are decoded, OUTPUT values encoded. Python types are those of localdb.types.

Result sets do not come here: ``columns`` encodes them whole.
"""

from __future__ import annotations

import math
import struct
import uuid
from decimal import Decimal
from typing import Any

from localdb.errors import sql_error
from localdb.tds import temporal
from localdb.tds.buffers import Reader, Writer
from localdb.tds.collation import code_page, decode_varchar, encode_varchar
from localdb.tds.typeinfo import Layout, Parameter, TypeInfo

_PLP_NULL = 0xFFFFFFFFFFFFFFFF
_PLP_UNKNOWN_LENGTH = 0xFFFFFFFFFFFFFFFE
_LARGEST_DECIMAL = 17


def decode_value(reader: Reader, info: TypeInfo, parameter: Parameter) -> Any:
    """The value behind a TYPE_INFO. MalformedError when it is cut short, SqlError when it is no value."""
    data = _decode_bytes(reader, info, parameter)
    reader.check()
    if data is None:
        return None
    try:
        return _decode(info, data, parameter)
    except (ValueError, OverflowError):
        raise parameter.bad_value(info.type) from None


def _decode_bytes(reader: Reader, info: TypeInfo, parameter: Parameter) -> bytes | None:
    match info.layout:
        case Layout.NOTHING:
            return None
        case Layout.FIXED:
            return reader.bytes(info.size)
        case Layout.BYTE:
            size = reader.u8()
            return None if size == 0 else _sized(reader, info, size, parameter)
        case Layout.USHORT:
            size = reader.u16()
            return None if size == 0xFFFF else _sized(reader, info, size, parameter)
        case Layout.LONG:
            size = reader.u32()
            return None if size == 0xFFFFFFFF else reader.bytes(size)
        case Layout.PLP:
            return _decode_plp(reader)


def _sized(reader: Reader, info: TypeInfo, size: int, parameter: Parameter) -> bytes:
    if info.type.name == "decimal":
        fits = 2 <= size <= _LARGEST_DECIMAL
    elif info.type.is_character or info.type.is_binary:
        fits = size <= info.size
    else:
        fits = size == info.size
    if not fits:
        raise parameter.bad_length(info.token)
    return reader.bytes(size)


def _decode_plp(reader: Reader) -> bytes | None:
    total = reader.u64()
    if total == _PLP_NULL:
        return None
    parts: list[memoryview] = []
    while size := reader.u32():
        parts.append(reader.take(size))
    data = b"".join(parts)
    if total not in (len(data), _PLP_UNKNOWN_LENGTH):
        reader.fail(f"parts of {len(data)} bytes where {total} were announced")
    return data


def _decode(info: TypeInfo, data: bytes, parameter: Parameter) -> Any:
    match info.type.name:
        case "bit":
            return data != b"\0"
        case "tinyint":
            return data[0]
        case "smallint" | "int" | "bigint":
            return int.from_bytes(data, "little", signed=True)
        case "real" | "float":
            return _decode_float(data)
        case "decimal":
            return _decode_decimal(info, data)
        case "money" | "smallmoney":
            return _decode_money(data)
        case "nchar" | "nvarchar":
            return str(data, "utf-16-le")
        case "char" | "varchar":
            return _decode_varchar(info, data)
        case "binary" | "varbinary":
            return data
        case "uniqueidentifier":
            return uuid.UUID(bytes_le=data)
        case _:
            return _decode_temporal(info, data)


def _decode_float(data: bytes) -> float:
    value = float(struct.unpack("<f" if len(data) == 4 else "<d", data)[0])
    if not math.isfinite(value):
        raise ValueError("SQL Server has neither NaN nor infinity")
    return value


def _decode_decimal(info: TypeInfo, data: bytes) -> Decimal:
    magnitude = int.from_bytes(data[1:], "little")
    if data[0] > 1 or magnitude >= 10 ** (info.type.precision or 38):
        raise ValueError("decimal out of its precision")
    digits = tuple(map(int, str(magnitude)))
    # Built from digits: arithmetic would round to the context's 28.
    return Decimal((1 - data[0], digits, -(info.type.scale or 0)))


def _decode_money(data: bytes) -> Decimal:
    if len(data) == 4:
        units = int.from_bytes(data, "little", signed=True)
    else:
        units = int.from_bytes(data[4:] + data[:4], "little", signed=True)
    return Decimal(units).scaleb(-4)


def _decode_varchar(info: TypeInfo, data: bytes) -> str:
    page = code_page(info.collation) if info.collation else "cp1252"
    if not page:
        raise sql_error(40514, f"collation 0x{info.collation.hex().upper()}")
    return decode_varchar(data, page)


def _decode_temporal(info: TypeInfo, data: bytes) -> Any:
    scale = 7 if info.type.scale is None else info.type.scale
    match info.type.name:
        case "date":
            return temporal.decode_date(data)
        case "time":
            return temporal.decode_time(data, scale)
        case "datetime2":
            return temporal.decode_datetime2(data, scale)
        case "datetimeoffset":
            return temporal.decode_datetimeoffset(data, scale)
        case "datetime":
            return temporal.decode_datetime(data)
        case _:
            return temporal.decode_smalldatetime(data)


def encode_value(writer: Writer, info: TypeInfo, value: Any) -> None:
    """A value behind its TYPE_INFO; ``info`` comes from ``typeinfo.type_info`` and is nullable."""
    data = None if value is None else _encode(info, value)
    match info.layout:
        case Layout.BYTE:
            writer.b_varbyte(data or b"")
        case Layout.USHORT:
            _encode_ushort(writer, info, data)
        case Layout.PLP:
            _encode_plp(writer, data)
        case _:
            raise AssertionError(f"values are not sent as {info.layout}")


def _encode_ushort(writer: Writer, info: TypeInfo, data: bytes | None) -> None:
    if data is None:
        writer.u16(0xFFFF)
        return
    if len(data) > info.size:
        raise sql_error(8152)
    writer.u16(len(data))
    writer.raw(data)


def _encode_plp(writer: Writer, data: bytes | None) -> None:
    if data is None:
        writer.u64(_PLP_NULL)
        return
    writer.u64(len(data))
    if data:
        writer.u32(len(data))
        writer.raw(data)
    writer.u32(0)


def _encode(info: TypeInfo, value: Any) -> bytes:
    match info.type.name:
        case "bit":
            return b"\1" if value else b"\0"
        case "tinyint":
            return bytes([value])
        case "smallint" | "int" | "bigint":
            return int(value).to_bytes(info.size, "little", signed=True)
        case "real" | "float":
            return struct.pack("<f" if info.size == 4 else "<d", value)
        case "decimal":
            return _encode_decimal(info, value)
        case "money" | "smallmoney":
            return _encode_money(info, value)
        case "nchar" | "nvarchar":
            return _pad(info, str(value).encode("utf-16-le"), b" \0", "nchar")
        case "char" | "varchar":
            return _pad(info, encode_varchar(value), b" ", "char")
        case "binary" | "varbinary":
            return _pad(info, bytes(value), b"\0", "binary")
        case "uniqueidentifier":
            return uuid.UUID(str(value)).bytes_le
        case _:
            return _encode_temporal(info, value)


def _pad(info: TypeInfo, data: bytes, blank: bytes, fixed_type: str) -> bytes:
    if info.type.name != fixed_type:
        return data
    return data + blank * ((info.size - len(data)) // len(blank))


def _encode_decimal(info: TypeInfo, value: Decimal) -> bytes:
    magnitude = _unscaled(value, info.type.scale or 0)
    if abs(magnitude) >= 10 ** (info.type.precision or 38):
        raise sql_error(8115, "numeric", "numeric")
    return bytes([magnitude >= 0]) + abs(magnitude).to_bytes(info.size - 1, "little")


def _unscaled(value: Decimal, scale: int) -> int:
    """``value`` times 10**scale as an integer, exactly; a value with more digits is refused."""
    sign, digits, exponent = Decimal(value).as_tuple()
    if not isinstance(exponent, int):
        raise sql_error(8115, "numeric", "numeric")
    shift = exponent + scale
    number, rest = int("".join(map(str, digits))), 0
    if shift >= 0:
        number *= int(10**shift)
    else:
        number, rest = divmod(number, int(10**-shift))
    if rest:
        raise sql_error(8115, "numeric", "numeric")
    return -number if sign else number


def _encode_money(info: TypeInfo, value: Decimal) -> bytes:
    data = _unscaled(value, 4).to_bytes(info.size, "little", signed=True)
    return data if info.size == 4 else data[4:] + data[:4]


def _encode_temporal(info: TypeInfo, value: Any) -> bytes:
    scale = 7 if info.type.scale is None else info.type.scale
    match info.type.name:
        case "date":
            return temporal.encode_date(value)
        case "time":
            return temporal.encode_time(value, scale)
        case "datetime2":
            return temporal.encode_datetime2(value, scale)
        case "datetimeoffset":
            return temporal.encode_datetimeoffset(value, scale)
        case "datetime":
            return temporal.encode_datetime(value)
        case _:
            return temporal.encode_smalldatetime(value)
