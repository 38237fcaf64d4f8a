"""SQL Server's data types as ODBC sees them, for the catalog procedures.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-datatype-info-transact-sql
and https://learn.microsoft.com/sql/odbc/reference/appendixes/column-size-decimal-digits-transfer-octet-length-and-display-size
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

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
    user_type: int = 0
    """The USERTYPE of SQL Server 2000's systypes."""
    unsigned: int | None = None
    searchable: int = 2
    minimum_scale: int | None = None
    maximum_scale: int | None = None

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


def _text(code: int, tds: int, precision: int, octets: int, parameters: str, user_type: int) -> OdbcType:
    # A char that may be NULL is a varchar (39) in the old codes.
    return OdbcType(
        code, code, tds, 39, precision, octets, parameters, is_quoted=True, searchable=3, user_type=user_type
    )


def _time(
    odbc3: int, odbc2: int, tds: int, precision: int, octets: int, scale: int | None, user_type: int = 0
) -> OdbcType:
    return OdbcType(
        odbc3,
        odbc2,
        tds,
        111 if tds else 0,
        precision,
        octets,
        "scale" if scale == 7 else None,
        is_temporal=True,
        is_quoted=True,
        searchable=3,
        minimum_scale=0 if scale == 7 else scale,
        maximum_scale=scale,
        user_type=user_type,
    )


def _integer(code: int, tds: int, nullable: int, precision: int, octets: int, user_type: int) -> OdbcType:
    return _number(
        code,
        tds,
        nullable,
        precision,
        octets,
        can_be_identity=True,
        unsigned=int(code == -6),
        minimum_scale=0,
        maximum_scale=0,
        has_scale=True,
        user_type=user_type,
    )


def _money(tds: int, precision: int, octets: int, user_type: int) -> OdbcType:
    return _number(
        3,
        tds,
        110,
        precision,
        octets,
        has_scale=True,
        is_money=True,
        unsigned=0,
        minimum_scale=4,
        maximum_scale=4,
        user_type=user_type,
    )


_DECIMAL = _number(
    3,
    55,
    106,
    38,
    20,
    create_parameters="precision,scale",
    has_scale=True,
    unsigned=0,
    can_be_identity=True,
    minimum_scale=0,
    maximum_scale=38,
    user_type=24,
)

ODBC_TYPES: Mapping[str, OdbcType] = MappingProxyType(
    {
        "bit": OdbcType(-7, -7, 50, 50, 1, 1, minimum_scale=0, maximum_scale=0, user_type=16),
        "tinyint": _integer(-6, 48, 38, 3, 1, 5),
        "smallint": _integer(5, 52, 38, 5, 2, 6),
        "int": _integer(4, 56, 38, 10, 4, 7),
        "bigint": _integer(-5, 63, 108, 19, 8, 0),
        "real": OdbcType(7, 7, 59, 109, 24, 4, radix=2, unsigned=0, user_type=23),
        "float": OdbcType(6, 6, 62, 109, 53, 8, radix=2, unsigned=0, user_type=8),
        "decimal": _DECIMAL,
        "money": _money(60, 19, 21, 11),
        "smallmoney": _money(122, 10, 12, 21),
        "char": _text(1, 47, 8000, 8000, "length", 1),
        "varchar": _text(12, 39, 8000, 8000, "max length", 2),
        "nchar": _text(-8, 47, 4000, 8000, "length", 0),
        "nvarchar": _text(-9, 39, 4000, 8000, "max length", 0),
        "binary": OdbcType(-2, -2, 45, 37, 8000, 8000, "length", is_binary=True, user_type=3),
        "varbinary": OdbcType(-3, -3, 37, 37, 8000, 8000, "max length", is_binary=True, user_type=4),
        "date": _time(91, -9, 0, 10, 6, None),
        "time": _time(-154, -9, 0, 16, 12, 7),
        "datetime": _time(93, 11, 61, 23, 16, 3, 12),
        "smalldatetime": _time(93, 11, 58, 16, 16, 0, 22),
        "datetime2": _time(93, -9, 0, 27, 16, 7),
        "datetimeoffset": _time(-155, -9, 0, 34, 20, 7),
        "uniqueidentifier": OdbcType(-11, -11, 37, 37, 36, 16, is_quoted=True),
    }
)


@dataclass(frozen=True, slots=True)
class DataType:
    """A row of sp_datatype_info: a type, or a type with the IDENTITY property."""

    name: str
    odbc: OdbcType
    identity: bool = False
    is_sysname: bool = False

    @property
    def precision(self) -> int:
        return 128 if self.is_sysname else self.odbc.maximum_precision

    @property
    def nullable(self) -> bool:
        return not (self.identity or self.is_sysname)

    @property
    def prefix(self) -> str | None:
        odbc = self.odbc
        if odbc.is_quoted:
            return "N'" if odbc.odbc3 in (-8, -9) else "'"
        return "0x" if odbc.is_binary else "$" if odbc.is_money else None

    @property
    def suffix(self) -> str | None:
        return "'" if self.odbc.is_quoted else None

    @property
    def create_parameters(self) -> str | None:
        if self.is_sysname:
            return None
        return "precision" if self.identity and self.odbc.create_parameters else self.odbc.create_parameters

    @property
    def auto_increment(self) -> int | None:
        return int(self.identity) if self.odbc.unsigned is not None else None

    @property
    def scales(self) -> tuple[int | None, int | None]:
        """MINIMUM_SCALE and MAXIMUM_SCALE; an identity column has no fraction."""
        if self.identity:
            return 0, 0
        return self.odbc.minimum_scale, self.odbc.maximum_scale

    @property
    def user_type(self) -> int:
        return 18 if self.is_sysname else self.odbc.user_type

    def order(self, version: int) -> tuple[int, int, bool, int]:
        """By DATA_TYPE, AUTO_INCREMENT, MONEY and USERTYPE."""
        auto = -1 if self.auto_increment is None else self.auto_increment
        return self.odbc.code(version), auto, self.odbc.is_money, self.user_type


def _data_types() -> Iterator[DataType]:
    # For ODBC 2, dates and times share nvarchar's code, which it comes first of.
    yield DataType("nvarchar", ODBC_TYPES["nvarchar"])
    yield DataType("sysname", ODBC_TYPES["nvarchar"], is_sysname=True)
    numeric = replace(ODBC_TYPES["decimal"], odbc3=2, odbc2=2, user_type=10)
    for name, odbc in {**ODBC_TYPES, "numeric": numeric}.items():
        if name != "nvarchar":
            yield DataType(name, odbc)
        if odbc.can_be_identity:
            yield DataType(
                f"{name}() identity" if odbc.create_parameters else f"{name} identity", odbc, identity=True
            )


DATA_TYPES = tuple(_data_types())

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
