"""SQL Server's data types as ODBC sees them, for the catalog procedures.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-datatype-info-transact-sql
and https://learn.microsoft.com/sql/odbc/reference/appendixes/column-size-decimal-digits-transfer-octet-length-and-display-size
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_DATETIME = 9  # SQL_DATETIME, the verbose type code


@dataclass(frozen=True, slots=True)
class OdbcType:
    """``odbc3`` is ODBC 3's concise type code; ``tds_type`` and ``nullable_tds_type`` are SS_DATA_TYPE's."""

    odbc3: int
    odbc2: int
    tds_type: int
    nullable_tds_type: int
    maximum_precision: int
    maximum_length: int
    create_parameters: str | None = None
    radix: int | None = None
    has_scale: bool = False
    is_temporal: bool = False
    is_quoted: bool = False
    is_binary: bool = False
    is_money: bool = False
    can_be_identity: bool = False
    unsigned: int | None = None
    searchable: int = 2
    minimum_scale: int | None = None
    maximum_scale: int | None = None

    @property
    def has_parameters(self) -> bool:
        return self.create_parameters is not None

    def code(self, odbc_version: int) -> int:
        """DATA_TYPE: the concise type code."""
        return self.odbc3 if odbc_version >= 3 else self.odbc2

    def verbose_code(self, odbc_version: int) -> int:
        """SQL_DATA_TYPE: SQL_DATETIME for the date and time types of the standard."""
        return _DATETIME if self.odbc3 in (91, 92, 93) else self.code(odbc_version)

    def datetime_sub(self, odbc_version: int) -> int | None:
        """SQL_DATETIME_SUB: 1 date, 2 time, 3 timestamp."""
        return self.odbc3 - 90 if self.odbc3 in (91, 92, 93) else None


def _number(code: int, tds: int, nullable: int, precision: int, octets: int, **more: object) -> OdbcType:
    return OdbcType(code, code, tds, nullable, precision, octets, radix=10, **more)  # type: ignore[arg-type]


def _text(code: int, tds: int, precision: int, octets: int, parameters: str | None) -> OdbcType:
    return OdbcType(code, code, tds, tds, precision, octets, parameters, is_quoted=True, searchable=3)


def _time(odbc3: int, odbc2: int, tds: int, precision: int, octets: int, scale: int | None) -> OdbcType:
    return OdbcType(
        odbc3,
        odbc2,
        tds,
        tds,
        precision,
        octets,
        "scale" if scale == 7 else None,
        is_temporal=True,
        is_quoted=True,
        searchable=3,
        minimum_scale=0 if scale == 7 else scale,
        maximum_scale=scale,
    )


ODBC_TYPES: Mapping[str, OdbcType] = {
    "bit": OdbcType(-7, -7, 50, 50, 1, 1),
    "tinyint": _number(
        -6, 48, 38, 3, 1, can_be_identity=True, unsigned=1, minimum_scale=0, maximum_scale=0, has_scale=True
    ),
    "smallint": _number(
        5, 52, 38, 5, 2, can_be_identity=True, unsigned=0, minimum_scale=0, maximum_scale=0, has_scale=True
    ),
    "int": _number(
        4, 56, 38, 10, 4, can_be_identity=True, unsigned=0, minimum_scale=0, maximum_scale=0, has_scale=True
    ),
    "bigint": _number(
        -5, 63, 108, 19, 8, can_be_identity=True, unsigned=0, minimum_scale=0, maximum_scale=0, has_scale=True
    ),
    "real": OdbcType(7, 7, 59, 109, 24, 4, radix=2, unsigned=0),
    "float": OdbcType(6, 6, 62, 109, 53, 8, radix=2, unsigned=0),
    "decimal": _number(
        3,
        55,
        106,
        38,
        20,
        create_parameters="precision,scale",
        has_scale=True,
        unsigned=0,
        can_be_identity=True,
    ),
    "money": _number(
        3, 60, 110, 19, 21, has_scale=True, is_money=True, unsigned=0, minimum_scale=4, maximum_scale=4
    ),
    "smallmoney": _number(
        3, 122, 110, 10, 12, has_scale=True, is_money=True, unsigned=0, minimum_scale=4, maximum_scale=4
    ),
    "char": _text(1, 47, 8000, 8000, "length"),
    "varchar": _text(12, 39, 8000, 8000, "max length"),
    "nchar": _text(-8, 47, 4000, 8000, "length"),
    "nvarchar": _text(-9, 39, 4000, 8000, "max length"),
    "binary": OdbcType(-2, -2, 45, 37, 8000, 8000, "length", is_binary=True),
    "varbinary": OdbcType(-3, -3, 37, 37, 8000, 8000, "max length", is_binary=True),
    "date": _time(91, -9, 0, 10, 6, None),
    "time": _time(-154, -9, 0, 16, 12, 7),
    "datetime": _time(93, 11, 61, 23, 16, 3),
    "smalldatetime": _time(93, 11, 58, 16, 16, 0),
    "datetime2": _time(93, -9, 0, 27, 16, 7),
    "datetimeoffset": _time(-155, -9, 0, 34, 20, 7),
    "uniqueidentifier": OdbcType(-11, -11, 37, 37, 36, 16, is_quoted=True),
}

_FRACTION_BASE = {"time": 8, "datetime2": 19, "datetimeoffset": 26}


def odbc_precision(type_name: str, length: int | None, precision: int | None, fraction: int | None) -> int:
    """COLUMN_SIZE: characters, bytes, digits, or the width of a date or time as text; 0 for (max)."""
    if length is not None:
        return 0 if length == -1 else length
    if type_name in _FRACTION_BASE:
        digits = fraction or 0
        return _FRACTION_BASE[type_name] + digits + (1 if digits else 0)
    if type_name == "decimal" and precision is not None:
        return precision
    return ODBC_TYPES[type_name].maximum_precision


def odbc_length(type_name: str, length: int | None, precision: int | None, fraction: int | None) -> int:
    """BUFFER_LENGTH: the octets that a transfer in the default C type takes; 0 for (max)."""
    if length is not None:
        if length == -1:
            return 0
        return length * 2 if type_name in ("nchar", "nvarchar") else length
    if type_name == "decimal" and precision is not None:
        return precision + 2
    return ODBC_TYPES[type_name].maximum_length
