"""The vocabulary of types: a SQL Server data type, a column, and how localdb stores each type.

Values in Python (variables, parameters, OUTPUT values) are, per type: bit ``bool``; integers ``int``;
real and float ``float``; decimal and money ``decimal.Decimal``; character types ``str``; binary types
``bytes``; date ``datetime.date``; time ``datetime.time``; datetime, datetime2 and smalldatetime naive
``datetime.datetime``; datetimeoffset aware ``datetime.datetime``; uniqueidentifier ``uuid.UUID``.
NULL is ``None`` for every type.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MAX = -1
"""The length of ``varchar(max)``, ``nvarchar(max)`` and ``varbinary(max)``."""

INTEGERS = ("tinyint", "smallint", "int", "bigint")
EXACT_NUMERICS = ("decimal", "money", "smallmoney")
APPROXIMATE_NUMERICS = ("real", "float")
CHARACTERS = ("char", "varchar", "nchar", "nvarchar")
BINARIES = ("binary", "varbinary")
TEMPORALS = ("date", "time", "datetime", "smalldatetime", "datetime2", "datetimeoffset")


@dataclass(frozen=True, slots=True)
class SqlType:
    """A SQL Server data type: https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql

    ``name`` is the base type in lower case, synonyms resolved (``numeric`` is ``decimal``, ``sysname`` is
    ``nvarchar(128)``). ``length`` is characters for character types, bytes for binary types, ``MAX`` for
    (max). ``precision`` and ``scale`` belong to decimal; ``scale`` alone is the fractional digits (0..7) of
    time, datetime2 and datetimeoffset.
    """

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None

    def __str__(self) -> str:
        if self.length is not None:
            return f"{self.name}({'max' if self.length == MAX else self.length})"
        if self.precision is not None:
            return f"{self.name}({self.precision},{self.scale})"
        if self.scale is not None:
            return f"{self.name}({self.scale})"
        return self.name

    @property
    def is_integer(self) -> bool:
        return self.name in INTEGERS

    @property
    def is_exact(self) -> bool:
        """Exact numeric other than the integers and bit."""
        return self.name in EXACT_NUMERICS

    @property
    def is_approximate(self) -> bool:
        return self.name in APPROXIMATE_NUMERICS

    @property
    def is_number(self) -> bool:
        return self.name == "bit" or self.is_integer or self.is_exact or self.is_approximate

    @property
    def is_character(self) -> bool:
        return self.name in CHARACTERS

    @property
    def is_unicode(self) -> bool:
        return self.name in ("nchar", "nvarchar")

    @property
    def is_binary(self) -> bool:
        return self.name in BINARIES

    @property
    def is_temporal(self) -> bool:
        return self.name in TEMPORALS


BIT = SqlType("bit")
TINYINT = SqlType("tinyint")
SMALLINT = SqlType("smallint")
INT = SqlType("int")
BIGINT = SqlType("bigint")
REAL = SqlType("real")
FLOAT = SqlType("float")
MONEY = SqlType("money")
SMALLMONEY = SqlType("smallmoney")
DATE = SqlType("date")
DATETIME = SqlType("datetime")
SMALLDATETIME = SqlType("smalldatetime")
UNIQUEIDENTIFIER = SqlType("uniqueidentifier")
SYSNAME = SqlType("nvarchar", length=128)


def decimal_type(precision: int, scale: int) -> SqlType:
    return SqlType("decimal", precision=precision, scale=scale)


def varchar(length: int) -> SqlType:
    return SqlType("varchar", length=length)


def nvarchar(length: int) -> SqlType:
    return SqlType("nvarchar", length=length)


def varbinary(length: int) -> SqlType:
    return SqlType("varbinary", length=length)


def datetime2(scale: int = 7) -> SqlType:
    return SqlType("datetime2", scale=scale)


def time_type(scale: int = 7) -> SqlType:
    return SqlType("time", scale=scale)


def datetimeoffset(scale: int = 7) -> SqlType:
    return SqlType("datetimeoffset", scale=scale)


_STORAGE = {
    "bit": "BOOLEAN",
    "tinyint": "UTINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "real": "FLOAT",
    "float": "DOUBLE",
    "money": "DECIMAL(19,4)",
    "smallmoney": "DECIMAL(10,4)",
    "char": "VARCHAR",
    "varchar": "VARCHAR",
    "nchar": "VARCHAR",
    "nvarchar": "VARCHAR",
    "binary": "BLOB",
    "varbinary": "BLOB",
    "date": "DATE",
    "time": "TIME",
    "datetime": "TIMESTAMP",
    "datetime2": "TIMESTAMP",
    "smalldatetime": "TIMESTAMP",
    # The instant in UTC first, so that the offset is carried along and never compared.
    "datetimeoffset": 'STRUCT(utc TIMESTAMP, "offset" SMALLINT)',
    "uniqueidentifier": "UUID",
}


def storage_type(sql_type: SqlType) -> str:
    """The DuckDB type that holds a T-SQL type: ``decimal(7,2)`` -> ``DECIMAL(7,2)``.

    char(n) and binary(n) are stored padded to n; times keep microseconds.
    """
    if sql_type.name == "decimal":
        return f"DECIMAL({sql_type.precision},{sql_type.scale})"
    return _STORAGE[sql_type.name]


@dataclass(frozen=True, slots=True)
class Identity:
    """IDENTITY(seed, increment)."""

    seed: int
    increment: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table or of a result set; ``name`` is '' for an unnamed result column.

    ``default`` is the DEFAULT's expression as T-SQL text.
    """

    name: str
    type: SqlType
    nullable: bool = True
    identity: Identity | None = None
    default: str | None = None

    def renamed(self, name: str) -> Column:
        return replace(self, name=name)


@dataclass(frozen=True, slots=True)
class ObjectName:
    """A name of up to four parts as written, quotes removed: ``db.schema.name``; a missing part is None."""

    name: str
    schema: str | None = None
    database: str | None = None

    def __str__(self) -> str:
        if self.database is not None:
            return f"{self.database}.{self.schema or ''}.{self.name}"
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


def quote_name(name: str) -> str:
    """An identifier in DuckDB's double quotes: the one place where a name becomes SQL text."""
    return '"' + name.replace('"', '""') + '"'
