"""Dates and times on the wire: MS-TDS 2.2.5.5.1.7 to 2.2.5.5.1.9, as Python values.

Values are kept to the microsecond: a seventh fractional digit is cut. Decoders raise ValueError, or
OverflowError for a year beyond 9999, for bytes that are no date or time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

from localdb.tds.typeinfo import time_size

_DAY_US = 86_400_000_000
_EPOCH_1900 = datetime(1900, 1, 1)
_DATETIME_LOWEST = datetime(1753, 1, 1)


def _microseconds(value: time | datetime) -> int:
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond


def _time(microseconds: int) -> time:
    return (datetime.min + timedelta(microseconds=microseconds)).time()


def decode_time(data: bytes, scale: int) -> time:
    ticks = int.from_bytes(data, "little")
    microseconds = ticks * 10 ** (6 - scale) if scale <= 6 else ticks // 10
    if microseconds >= _DAY_US:
        raise ValueError("time of more than a day")
    return _time(microseconds)


def encode_time(value: time | datetime, scale: int) -> bytes:
    microseconds = _microseconds(value)
    ticks = microseconds // 10 ** (6 - scale) if scale <= 6 else microseconds * 10
    return ticks.to_bytes(time_size(scale), "little")


def decode_date(data: bytes) -> date:
    return date.fromordinal(int.from_bytes(data, "little") + 1)


def encode_date(value: date) -> bytes:
    return (value.toordinal() - 1).to_bytes(3, "little")


def decode_datetime2(data: bytes, scale: int) -> datetime:
    return datetime.combine(decode_date(data[-3:]), decode_time(data[:-3], scale))


def encode_datetime2(value: datetime, scale: int) -> bytes:
    return encode_time(value, scale) + encode_date(value)


def decode_datetimeoffset(data: bytes, scale: int) -> datetime:
    """The wire carries UTC and the offset in minutes."""
    minutes = int.from_bytes(data[-2:], "little", signed=True)
    if not -840 <= minutes <= 840:
        raise ValueError("offset of more than 14 hours")
    utc = decode_datetime2(data[:-2], scale).replace(tzinfo=UTC)
    return utc.astimezone(timezone(timedelta(minutes=minutes)))


def encode_datetimeoffset(value: datetime, scale: int) -> bytes:
    offset = value.utcoffset() or timedelta()
    minutes = offset // timedelta(minutes=1)
    return encode_datetime2(value.astimezone(UTC), scale) + minutes.to_bytes(2, "little", signed=True)


def decode_datetime(data: bytes) -> datetime:
    """Days since 1900 and 1/300 seconds; shown with three digits, as SQL Server rounds them."""
    days = int.from_bytes(data[:4], "little", signed=True)
    ticks = int.from_bytes(data[4:], "little")
    if ticks >= 300 * 86_400:
        raise ValueError("time of more than a day")
    milliseconds = (ticks * 10 + 1) // 3
    value = _EPOCH_1900 + timedelta(days=days, milliseconds=milliseconds)
    if value < _DATETIME_LOWEST:
        raise ValueError("datetime before 1753")
    return value


def encode_datetime(value: datetime) -> bytes:
    days = (value - _EPOCH_1900).days
    ticks = (_microseconds(value) * 3 + 5000) // 10_000
    days, ticks = (days + 1, 0) if ticks == 300 * 86_400 else (days, ticks)
    return days.to_bytes(4, "little", signed=True) + ticks.to_bytes(4, "little")


def decode_smalldatetime(data: bytes) -> datetime:
    days, minutes = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:], "little")
    if minutes >= 24 * 60:
        raise ValueError("time of more than a day")
    return _EPOCH_1900 + timedelta(days=days, minutes=minutes)


def encode_smalldatetime(value: datetime) -> bytes:
    days = (value - _EPOCH_1900).days
    return days.to_bytes(2, "little") + (value.hour * 60 + value.minute).to_bytes(2, "little")
