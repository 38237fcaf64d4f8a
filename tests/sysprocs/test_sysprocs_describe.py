"""What a statement returns and what its parameters are, without running it."""

from __future__ import annotations

import pytest

from localdb.types import SqlType
from tests.sysprocs.conftest import Ask


def test_the_first_result_set_of_a_query(ask: Ask) -> None:
    found = ask("sp_describe_first_result_set N'SELECT *, 1 AS one FROM parent'").records
    keys = ("name", "is_nullable", "system_type_id", "system_type_name", "max_length", "precision", "scale")
    assert [tuple(r[k] for k in keys) for r in found] == [
        ("a", False, 56, "int", 4, 10, 0),
        ("b", False, 167, "varchar(10)", 10, 0, 0),
        ("c", True, 106, "decimal(10,2)", 9, 10, 2),
        ("d", True, 42, "datetime2(3)", 7, 23, 3),
        ("e", True, 231, "nvarchar(max)", -1, 0, 0),
        ("f", True, 36, "uniqueidentifier", 16, 0, 0),
        ("g", True, 165, "varbinary(20)", 20, 0, 0),
        ("h", False, 231, "nvarchar(30)", 60, 0, 0),
        ("one", False, 56, "int", 4, 10, 0),
    ]
    assert [r["column_ordinal"] for r in found] == list(range(1, 10))


def test_the_first_result_set_of_other_batches(ask: Ask) -> None:
    assert [r["name"] for r in ask("sp_describe_first_result_set N'EXEC p 1, @c = NULL'").records] == [
        "x",
        "y",
    ]
    assert ask("sp_describe_first_result_set N'DECLARE @x int'").rows == []
    call = "sp_describe_first_result_set N'SELECT @v AS v', N'@v decimal(5, 1)'"
    assert [r["system_type_name"] for r in ask(call).records] == ["decimal(5,1)"]
    assert ask("sp_describe_first_result_set N'SELECT nope FROM parent'").errors == [207]
    assert ask("sp_describe_first_result_set N'SELECT @undeclared'").errors == [137]


UNDECLARED = {
    "INSERT INTO parent VALUES (@P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8)": "int varchar(10) decimal(10,2) "
    "datetime2(3) nvarchar(max) uniqueidentifier varbinary(20) nvarchar(30)",
    "INSERT INTO dbo.parent (d, b) VALUES (@P1, @P2), (@P3, @P4)": "datetime2(3) varchar(10) "
    "datetime2(3) varchar(10)",
    "INSERT child (a, m) SELECT @P1, @P2": "int money",
    "INSERT child VALUES (@P1, NULL)": "int",
    "INSERT child (a) SELECT a FROM parent WHERE d > @P1": "datetime2(3)",
    "UPDATE parent SET b = @P1, g = @P2 WHERE a = @P3": "varchar(10) varbinary(20) int",
    "UPDATE parent SET c = c + @P1 WHERE b LIKE @P2": "decimal(10,2) varchar(8000)",
    "DELETE parent WHERE a BETWEEN @P1 AND @P2 AND h IN (@P3, N'x')": "int int nvarchar(4000)",
    "SELECT TOP (@P1) * FROM parent WHERE f = @P2": "bigint uniqueidentifier",
    "SELECT CAST(@P1 AS decimal(7, 2)), CONVERT(date, @P2)": "decimal(7,2) date",
    "SELECT COALESCE(@P1, d) FROM parent": "datetime2(3)",
    "SELECT 1 FROM parent x JOIN child y ON x.a = y.a WHERE x.a = @P1 AND y.b = @P2": "int varchar(8000)",
    "MERGE parent AS t USING child AS s ON t.a = s.a AND t.a = @P1 WHEN MATCHED THEN UPDATE SET h = @P2 "
    "WHEN NOT MATCHED THEN INSERT (a, b) VALUES (@P3, @P4);": "int nvarchar(30) int varchar(10)",
    "EXEC p @P1, @P2, @P3": "int nvarchar(20) decimal(10,3)",
    "EXEC dbo.p @a = @P1, @e = @P2, @c = NULL": "int varbinary(max)",
    "EXEC sp_pkeys @P1": "nvarchar(384)",
}


@pytest.mark.parametrize("text", UNDECLARED)
def test_undeclared_parameters(ask: Ask, text: str) -> None:
    quoted = text.replace("'", "''")
    found = ask(f"sp_describe_undeclared_parameters N'{quoted}'").records
    assert [r["name"] for r in found] == [f"@P{i}" for i in range(1, len(found) + 1)]
    assert [r["suggested_system_type_name"] for r in found] == UNDECLARED[text].split()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT @P1",
        "SELECT @P1 + @P2",
        "SELECT UPPER(@P1)",
        "INSERT nope VALUES (@P1)",
        "IF @P1 > 0 SELECT 1",
        "INSERT child (a) SELECT x FROM (VALUES (@P1)) AS v(x)",
        "EXEC p @nope = @P1",
    ],
)
def test_a_type_that_cannot_be_told_is_an_error(ask: Ask, text: str) -> None:
    answer = ask(f"sp_describe_undeclared_parameters N'{text}'")
    assert answer.errors
    assert not answer.sets


def test_a_temporary_table_is_not_the_table_of_that_name(ask: Ask) -> None:
    text = "INSERT INTO #parent VALUES (@P1, @P2)"
    found = ask(f"CREATE TABLE #parent (x money, y date) EXEC sp_describe_undeclared_parameters N'{text}'")
    assert [r["suggested_system_type_name"] for r in found.records] == ["money", "date"]
    assert ask("DROP TABLE #parent " + f"EXEC sp_describe_undeclared_parameters N'{text}'").errors == [11521]


def test_declared_parameters_are_left_out(ask: Ask) -> None:
    found = ask(
        "sp_describe_undeclared_parameters N'SELECT 1 FROM parent WHERE a = @x AND b = @y', N'@x int'"
    ).records
    assert [r["name"] for r in found] == ["@y"]


def test_results_are_described_with_their_types(ask: Ask) -> None:
    columns = {c.name: c.type for c in ask("sp_describe_first_result_set N'SELECT 1 AS a'").columns}
    assert columns["system_type_name"] == SqlType("nvarchar", length=256)
    assert columns["max_length"] == SqlType("smallint")
    assert columns["tds_type_id"] == SqlType("int")
    assert len(columns) == 39
