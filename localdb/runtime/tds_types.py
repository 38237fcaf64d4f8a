"""System and TDS type ids, and sizes as the catalog states them.

https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-types-transact-sql and
MS-TDS 2.2.5.4 (data type definitions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localdb.types import MAX, SqlType


@dataclass(frozen=True, slots=True)
class TdsType:
    """``length``, ``precision`` and ``scale`` are those of a type that has no parameters."""

    system_type_id: int
    tds_type_id: int
    length: int = 0
    precision: int = 0
    scale: int = 0


TDS_TYPES: Mapping[str, TdsType] = {
    "bit": TdsType(104, 104, 1, 1),
    "tinyint": TdsType(48, 38, 1, 3),
    "smallint": TdsType(52, 38, 2, 5),
    "int": TdsType(56, 38, 4, 10),
    "bigint": TdsType(127, 38, 8, 19),
    "real": TdsType(59, 109, 4, 24),
    "float": TdsType(62, 109, 8, 53),
    "decimal": TdsType(106, 106),
    "money": TdsType(60, 110, 8, 19, 4),
    "smallmoney": TdsType(122, 110, 4, 10, 4),
    "char": TdsType(175, 175),
    "varchar": TdsType(167, 167),
    "nchar": TdsType(239, 239),
    "nvarchar": TdsType(231, 231),
    "binary": TdsType(173, 173),
    "varbinary": TdsType(165, 165),
    "date": TdsType(40, 40, 3, 10),
    "time": TdsType(41, 41),
    "datetime": TdsType(61, 111, 8, 23, 3),
    "smalldatetime": TdsType(58, 111, 4, 16),
    "datetime2": TdsType(42, 42),
    "datetimeoffset": TdsType(43, 43),
    "uniqueidentifier": TdsType(36, 36, 16),
}

_TEMPORAL = {"time": (3, 8), "datetime2": (6, 19), "datetimeoffset": (8, 26)}
"""Octets at scale 0 and digits of the text form without a fraction."""


def maximum_length(sql_type: SqlType) -> int:
    """max_length: octets of storage; -1 for (max)."""
    if sql_type.length is not None:
        if sql_type.length == MAX:
            return -1
        return sql_type.length * 2 if sql_type.is_unicode else sql_type.length
    if sql_type.name == "decimal":
        digits = sql_type.precision or 18
        return 5 if digits <= 9 else 9 if digits <= 19 else 13 if digits <= 28 else 17
    if sql_type.name in _TEMPORAL:
        scale = sql_type.scale or 0
        return _TEMPORAL[sql_type.name][0] + (0 if scale <= 2 else 1 if scale <= 4 else 2)
    return TDS_TYPES[sql_type.name].length


def type_precision(sql_type: SqlType) -> int:
    if sql_type.name == "decimal":
        return sql_type.precision or 18
    if sql_type.name in _TEMPORAL:
        scale = sql_type.scale or 0
        return _TEMPORAL[sql_type.name][1] + scale + (1 if scale else 0)
    return TDS_TYPES[sql_type.name].precision


def type_scale(sql_type: SqlType) -> int:
    return sql_type.scale if sql_type.scale is not None else TDS_TYPES[sql_type.name].scale
