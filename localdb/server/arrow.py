"""Arrow columns, as the engine yields them, to the wire columns of ``tds.columns``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from localdb.errors import sql_error
from localdb.tds import fixed
from localdb.tds.collation import encode_varchar
from localdb.tds.columns import BytesColumn, FixedColumn, WireColumn
from localdb.tds.typeinfo import Layout, TypeInfo
from localdb.types import SqlType

Values = NDArray[Any]
Bools = NDArray[np.bool_]

_ARROW_TYPES = {
    "bit": pa.bool_(),
    "tinyint": pa.uint8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "float": pa.float64(),
    "money": pa.decimal128(19, 4),
    "smallmoney": pa.decimal128(10, 4),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "datetime": pa.timestamp("us"),
    "datetime2": pa.timestamp("us"),
    "smalldatetime": pa.timestamp("us"),
}


def wire_column(info: TypeInfo, array: Any) -> WireColumn:
    """One Arrow array as a wire column of the type ``info``.

    The Arrow type is that of ``types.storage_type``; one that differs is cast without loss or refused
    (ArrowInvalid). ValueError for NULL in a column that was announced as NOT NULL.
    """
    if info.type.is_character or info.type.is_binary:
        return _bytes_column(info, array)
    if info.type.name == "datetimeoffset":
        return _datetimeoffset_column(info, array)
    if info.type.name == "uniqueidentifier":
        return _uniqueidentifier_column(info, array)
    array = _cast(array, _arrow_type(info.type))
    return _fixed(info, _fields(info, array), array)


def _arrow_type(sql_type: SqlType) -> Any:
    if sql_type.name == "decimal":
        return pa.decimal128(sql_type.precision or 18, sql_type.scale or 0)
    return _ARROW_TYPES[sql_type.name]


def _cast(array: Any, wanted: Any) -> Any:
    return array if array.type == wanted else array.cast(wanted)


def _fixed(info: TypeInfo, fields: tuple[Values, ...], array: Any) -> FixedColumn:
    valid = _valid(array)
    if valid is not None and info.layout is Layout.FIXED:
        raise ValueError("NULL in a column that was announced as NOT NULL")
    return FixedColumn(info.layout, fields, valid)


def _valid(array: Any) -> Bools | None:
    if array.null_count == 0:
        return None
    if pa.types.is_null(array.type):
        return np.zeros(len(array), dtype=np.bool_)
    return _bits(array.buffers()[0], array.offset, len(array)).astype(np.bool_)


def _bits(buffer: Any, offset: int, length: int) -> NDArray[np.uint8]:
    """Arrow's bitmaps: the first element is the lowest bit."""
    if buffer is None or length == 0:
        return np.zeros(length, dtype=np.uint8)
    packed = np.frombuffer(buffer, dtype=np.uint8)
    return np.unpackbits(packed, count=offset + length, bitorder="little")[offset:]


def _numbers(array: Any, dtype: str, buffer: int = 1) -> Values:
    data = array.buffers()[buffer]
    if data is None or len(array) == 0:
        return np.zeros(len(array), dtype=dtype)
    size = np.dtype(dtype).itemsize
    return np.frombuffer(data, dtype=dtype, count=len(array), offset=array.offset * size)


def _fields(info: TypeInfo, array: Any) -> tuple[Values, ...]:
    scale = 7 if info.type.scale is None else info.type.scale
    match info.type.name:
        case "bit":
            return (_bits(array.buffers()[1], array.offset, len(array)),)
        case "tinyint" | "smallint" | "int" | "bigint":
            return (_numbers(array, f"<{'u' if info.size == 1 else 'i'}{info.size}"),)
        case "real" | "float":
            return (_finite(array, _numbers(array, f"<f{info.size}")),)
        case "decimal":
            words = _words(array)
            return fixed.decimal_fields(words[:, 0], words[:, 1].view(np.int64), info.size)
        case "money":
            return fixed.money_fields(_words(array)[:, 0].view(np.int64))
        case "smallmoney":
            return (_words(array)[:, 0].view(np.int64).astype("<i4"),)
        case "date":
            return fixed.date_fields(_numbers(array, "<i4"))
        case "time":
            return fixed.time_fields(_numbers(array, "<i8"), scale)
        case "datetime2":
            return fixed.datetime2_fields(_numbers(array, "<i8"), scale)
        case "datetime":
            return fixed.datetime_fields(_numbers(array, "<i8"))
        case _:
            return fixed.smalldatetime_fields(_numbers(array, "<i8"))


def _finite(array: Any, values: Values) -> Values:
    """SQL Server has neither NaN nor infinity; sending one would be a wrong answer."""
    finite = np.isfinite(values)
    if not finite.all():
        valid = _valid(array)
        if valid is None or not finite[valid].all():
            raise sql_error(8115, "expression", "float")
    return values


def _words(array: Any) -> NDArray[np.uint64]:
    """Decimals as their 128-bit integers, low word first: shape (rows, 2)."""
    data = array.buffers()[1]
    if data is None or len(array) == 0:
        return np.zeros((len(array), 2), dtype=np.uint64)
    flat = np.frombuffer(data, dtype="<u8", count=2 * len(array), offset=array.offset * 16)
    return flat.reshape(-1, 2)


def _datetimeoffset_column(info: TypeInfo, array: Any) -> FixedColumn:
    if pa.types.is_null(array.type):
        array = array.cast(pa.struct([("utc", pa.timestamp("us")), ("offset", pa.int16())]))
    utc, minutes = array.field(0), array.field(1)
    if array.offset and len(utc) != len(array):
        utc, minutes = utc.slice(array.offset, len(array)), minutes.slice(array.offset, len(array))
    scale = 7 if info.type.scale is None else info.type.scale
    return _fixed(
        info, fixed.datetimeoffset_fields(_numbers(utc, "<i8"), _numbers(minutes, "<i2"), scale), array
    )


def _uniqueidentifier_column(info: TypeInfo, array: Any) -> FixedColumn:
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if array.type == pa.binary(16):
        width16 = _numbers(array, "V16").view(np.uint8).reshape(-1, 16)
        return _fixed(info, fixed.uniqueidentifier_fields(width16), array)
    return _fixed(info, fixed.uniqueidentifier_fields(_parse_uuids(array)), array)


def _parse_uuids(array: Any) -> NDArray[np.uint8]:
    """Text of 36 characters, in either case, as 16 bytes in the order of the text."""
    filled = _cast(array, pa.string()).fill_null("00000000-0000-0000-0000-000000000000")
    data, offsets = _data_and_offsets(filled)
    if not (np.diff(offsets) == 36).all():
        raise sql_error(8169)
    text = data[int(offsets[0]) : int(offsets[-1])].reshape(-1, 36)
    digits = np.delete(text, [8, 13, 18, 23], axis=1)
    # '0'..'9' are 30..39, 'A'..'F' 41..46 and 'a'..'f' 61..66: a letter is nine more than its low four bits.
    nibbles = (digits & 0x0F) + (digits >> 6) * 9
    return (nibbles[:, 0::2] << 4 | nibbles[:, 1::2]).astype(np.uint8)


def _data_and_offsets(array: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of a string or binary array, and where each row begins."""
    large = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    _, offsets_buffer, data_buffer = array.buffers()
    if offsets_buffer is None or len(array) == 0:
        return np.zeros(0, dtype=np.uint8), np.zeros(len(array) + 1, dtype=np.int64)
    dtype, size = ("<i8", 8) if large else ("<i4", 4)
    offsets = np.frombuffer(offsets_buffer, dtype=dtype, count=len(array) + 1, offset=array.offset * size)
    data = np.zeros(0, np.uint8) if data_buffer is None else np.frombuffer(data_buffer, dtype=np.uint8)
    return data, offsets.astype(np.int64)


def _bytes_column(info: TypeInfo, array: Any) -> BytesColumn:
    binary = info.type.is_binary
    allowed = (pa.binary(), pa.large_binary()) if binary else (pa.string(), pa.large_string())
    if array.type not in allowed:
        array = array.cast(allowed[0])
    valid = _valid(array)
    if valid is not None:
        # A NULL row may cover bytes in Arrow; on the wire it must not.
        array = array.fill_null(b"" if binary else "")
    data, offsets = _data_and_offsets(array)
    if not binary:
        data, offsets = _transcode(data, offsets, unicode=info.type.is_unicode)
    return BytesColumn(info.layout, data, offsets, valid, info.size)


# How many UTF-16 code units the UTF-8 byte adds: a lead byte 1, the lead of four bytes 2, the others none.
_UNITS = np.ones(256, dtype=np.int64)
_UNITS[0x80:0xC0] = 0
_UNITS[0xF0:] = 2


def _transcode(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], *, unicode: bool
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """UTF-8 to UTF-16, or to code page 1252, of all rows at once."""
    first, last = int(offsets[0]), int(offsets[-1])
    data, offsets = data[first:last], offsets - first
    ascii_only = len(data) == 0 or int(data.max()) < 0x80
    if ascii_only and not unicode:
        return data, offsets
    if ascii_only:
        wide = np.zeros(2 * len(data), dtype=np.uint8)
        wide[::2] = data
        return wide, offsets * 2
    units = np.minimum(_UNITS, 1) if not unicode else _UNITS
    ends = np.concatenate(([0], np.cumsum(units[data])))
    text = str(data.tobytes(), "utf-8")
    encoded = text.encode("utf-16-le") if unicode else encode_varchar(text)
    starts = ends[offsets] * (2 if unicode else 1)
    return np.frombuffer(encoded, dtype=np.uint8), starts
