"""Names of data types."""

from __future__ import annotations

import pytest

from localdb import types
from localdb.errors import SqlError
from localdb.tsql.typenames import parse_type
from localdb.types import MAX, SqlType


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INT", types.INT),
        ("integer", types.INT),
        ("[int]", types.INT),
        ('"sys"."int"', types.INT),
        ("numeric", types.decimal_type(18, 0)),
        ("[numeric](5)", types.decimal_type(5, 0)),
        ("dec ( 38 , 38 )", types.decimal_type(38, 38)),
        ("float", types.FLOAT),
        ("float(24)", types.REAL),
        ("float(25)", types.FLOAT),
        ("float(53)", types.FLOAT),
        ("DOUBLE PRECISION", types.FLOAT),
        ("varchar", types.varchar(1)),
        ("varchar(MAX)", types.varchar(MAX)),
        ("char varying(7)", types.varchar(7)),
        ("character varying(max)", types.varchar(MAX)),
        ("national character varying(4000)", types.nvarchar(4000)),
        ("national char(5)", SqlType("nchar", length=5)),
        ("binary varying(5)", types.varbinary(5)),
        ("varbinary(max)", types.varbinary(MAX)),
        ("sysname", types.SYSNAME),
        ("dbo.sysname", types.SYSNAME),
        ("time", types.time_type(7)),
        ("datetime2(0)", types.datetime2(0)),
        ("datetimeoffset(3)", types.datetimeoffset(3)),
        ("uniqueidentifier", types.UNIQUEIDENTIFIER),
    ],
)
def test_types(text: str, expected: SqlType) -> None:
    assert parse_type(text) == expected


def test_length_of_a_cast() -> None:
    assert parse_type("nvarchar", default_length=30) == types.nvarchar(30)


def test_a_types_own_text_reads_back() -> None:
    for text in ("nvarchar(max)", "decimal(7,2)", "datetime2(7)", "char(3)", "bigint", "real"):
        assert str(parse_type(text)) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("foo", 2715),
        ("dbo.int", 2715),
        ("a.b.int", 2715),
        ("[integer]", 2715),
        ("[double precision]", 2715),
        ("xml", 40514),
        ("[sys].[geography]", 40514),
        ("rowversion", 40514),
        ("sql_variant", 40514),
        ("text", 40514),
        ("int(4)", 2716),
        ("sysname(5)", 2716),
        ("varchar(8001)", 131),
        ("nvarchar(4001)", 2717),
        ("nvarchar(8001)", 131),
        ("binary(0)", 1001),
        ("decimal(0)", 1001),
        ("decimal(39)", 2750),
        ("decimal(3,4)", 192),
        ("time(8)", 1002),
        ("float(0)", 1001),
        ("float(54)", 2750),
        ("char(max)", 102),
        ("varchar(-1)", 102),
        ("varchar(1.5)", 102),
        ("varchar(", 102),
        ("decimal(1,2,3)", 102),
        ("int int", 102),
        ("table", 156),
        ("", 102),
    ],
)
def test_errors(text: str, number: int) -> None:
    with pytest.raises(SqlError) as error:
        parse_type(text)
    assert error.value.number == number
