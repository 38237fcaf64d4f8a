"""Canonical numpy values to the bytes of each fixed-width type, as the fields of ``columns.FixedColumn``.

Canonical means what the engine stores: days since 1970-01-01, microseconds since midnight or since 1970,
decimals as two 64-bit words of a 128-bit integer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from localdb.tds.typeinfo import time_size

Values = NDArray[Any]

_DAY_US = 86_400_000_000
_DAYS_TO_1970 = 719_162
"""From 0001-01-01."""
_DAYS_1900_TO_1970 = 25_567


def date_fields(days: Values) -> tuple[Values, ...]:
    """MS-TDS 2.2.5.5.1.7: days since 0001-01-01 in three bytes."""
    return _three_bytes(days.astype(np.int64) + _DAYS_TO_1970)


def time_fields(microseconds: Values, scale: int) -> tuple[Values, ...]:
    """MS-TDS 2.2.5.5.1.8: units of 10**-scale seconds in three to five bytes."""
    ticks = microseconds * 10 if scale == 7 else microseconds // 10 ** (6 - scale)
    size = time_size(scale)
    if size == 3:
        return _three_bytes(ticks)
    low = ticks.astype("<u4")
    return (low,) if size == 4 else (low, (ticks >> 32).astype(np.uint8))


def datetime2_fields(microseconds: Values, scale: int) -> tuple[Values, ...]:
    days, rest = np.divmod(microseconds, _DAY_US)
    return (*time_fields(rest, scale), *date_fields(days))


def datetimeoffset_fields(utc: Values, minutes: Values, scale: int) -> tuple[Values, ...]:
    return (*datetime2_fields(utc, scale), minutes.astype("<i2"))


def datetime_fields(microseconds: Values) -> tuple[Values, ...]:
    """MS-TDS 2.2.5.5.1.7: days since 1900-01-01 and 1/300 seconds, rounded, perhaps up to the next day."""
    days, rest = np.divmod(microseconds, _DAY_US)
    ticks = (rest * 3 + 5000) // 10_000
    full = ticks == 300 * 86_400
    days = days + full + _DAYS_1900_TO_1970
    return days.astype("<i4"), np.where(full, 0, ticks).astype("<u4")


def smalldatetime_fields(microseconds: Values) -> tuple[Values, ...]:
    days, rest = np.divmod(microseconds, _DAY_US)
    return (days + _DAYS_1900_TO_1970).astype("<u2"), (rest // 60_000_000).astype("<u2")


def decimal_fields(low: Values, high: Values, size: int) -> tuple[Values, ...]:
    """MS-TDS 2.2.5.5.1.6: a sign byte (1 is positive) and ``size`` - 1 bytes of magnitude.

    ``low`` (uint64) and ``high`` (int64) are the words of a 128-bit two's complement integer.
    """
    negative = high < 0
    magnitude = np.where(negative, ~low + np.uint64(1), low)
    carry = negative & (low == 0)
    top = np.where(negative, ~high + carry, high).astype(np.uint64)
    fields = [(~negative).astype(np.uint8), magnitude.astype("<u4")]
    if size >= 9:
        fields[1:] = [magnitude.astype("<u8")]
    if size >= 13:
        fields.append(top.astype("<u4") if size == 13 else top.astype("<u8"))
    return tuple(fields)


def money_fields(units: Values) -> tuple[Values, ...]:
    """MS-TDS 2.2.5.5.1.4: ten-thousandths, the high half first."""
    return (units >> 32).astype("<i4"), (units & 0xFFFFFFFF).astype("<u4")


def uniqueidentifier_fields(big_endian: NDArray[np.uint8]) -> tuple[Values, ...]:
    """MS-TDS 2.2.5.5.3: the first three groups are little-endian. ``big_endian`` has the shape (rows, 16)."""
    order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
    return (np.ascontiguousarray(big_endian[:, order]).view("V16").reshape(-1),)


def _three_bytes(numbers: Values) -> tuple[Values, ...]:
    return (numbers & 0xFFFF).astype("<u2"), (numbers >> 16).astype(np.uint8)
