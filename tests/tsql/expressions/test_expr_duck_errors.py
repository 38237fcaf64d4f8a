"""DuckDB's exceptions as SQL Server errors: real ones, raised by DuckDB itself."""

import duckdb
import pytest
from evaluation import Evaluator

from localdb.engine.duck_errors import translate
from localdb.errors import SqlError, sql_error


@pytest.mark.parametrize(
    ("sql", "number", "part"),
    [
        ("SELECT error('ldb:8134:')", 8134, "Divide by zero"),
        (
            "SELECT error('ldb:245:varchar' || chr(31) || 'it''s ''x''' || chr(31) || 'int')",
            245,
            "'it's 'x''",
        ),
        ("SELECT error('ldb:2628:t' || chr(31) || 'c' || chr(31) || 'a' || chr(10) || 'b')", 2628, "'a\nb'"),
        ("SELECT 2147483647 + i FROM (VALUES (1)) v(i)", 8115, "data type int"),
        ("SELECT i * i FROM (VALUES (CAST(9e18 AS BIGINT))) v(i)", 8115, "data type bigint"),
        ("SELECT CAST(i AS UTINYINT) FROM (VALUES (300)) v(i)", 220, "tinyint, value = 300"),
        ("SELECT CAST(i AS INTEGER) FROM (VALUES (CAST(5e9 AS BIGINT))) v(i)", 8115, "data type int"),
        ("SELECT CAST(i AS INTEGER) FROM (VALUES (CAST(5e9 AS DOUBLE))) v(i)", 232, "5000000000.000000"),
        ("SELECT CAST(i AS DECIMAL(3,1)) FROM (VALUES (CAST(1234.5 AS DECIMAL(5,1)))) v(i)", 8115, "numeric"),
        ("SELECT CAST(i AS DECIMAL(3,1)) FROM (VALUES (12345)) v(i)", 8115, "converting int to"),
        ("SELECT CAST(i AS SMALLINT) FROM (VALUES (CAST(99999.5 AS DECIMAL(10,1)))) v(i)", 8115, "smallint"),
        ("SELECT (SELECT i FROM range(2) t(i))", 512, "more than 1 value"),
        ("SELECT j, (SELECT i FROM range(2) t(i) WHERE i <= j) FROM range(3) u(j)", 512, "more than 1 value"),
        ("SELECT * FROM nosuch", 8624, "nosuch"),
        ("SELECT (", 8624, "Parser Error"),
    ],
)
def test_translation(evaluator: Evaluator, sql: str, number: int, part: str) -> None:
    with pytest.raises(duckdb.Error) as caught:
        evaluator.connection.execute(sql).fetchall()
    error = translate(caught.value)
    assert error.number == number
    assert part in error.message


def test_interrupt_and_memory() -> None:
    assert translate(duckdb.InterruptException("INTERRUPT Error: Interrupted!")).number == 3617
    assert translate(duckdb.OutOfMemoryException("Out of Memory Error: ...")).number == 701
    full = duckdb.IOException("IO Error: Could not write file: No space left on device")
    assert translate(full).number == 1105


def test_our_own_error_passes() -> None:
    error = sql_error(208, "dbo.t")
    assert translate(error) is error


def test_a_raised_error_does_not_depend_on_the_row_before(evaluator: Evaluator) -> None:
    """Guards in a branch that is not taken stay silent, for constants and for columns."""
    evaluator.table([(0, 1), (2, 4)], a="int", b="int")
    assert evaluator.rows("CASE WHEN a <> 0 THEN b / a END") == [None, 2]
    assert evaluator.rows("IIF(a = 0, 0, b / a)") == [0, 2]
    assert evaluator.rows("b / NULLIF(a, 0)") == [None, 2]
    assert evaluator.rows("COALESCE(NULLIF(b, 4), b / a)") == [1, 2]
    assert evaluator.rows("CASE WHEN 1 = 1 THEN a ELSE 1 / 0 END") == [0, 2]
    assert evaluator.rows("CASE WHEN a <> 0 AND b / a = 2 THEN 1 ELSE 0 END") == [0, 1]
    assert evaluator.rows("CASE WHEN NOT (a = 0 OR b / a = 3) THEN 1 ELSE 0 END") == [0, 1]
    assert evaluator.rows("CASE WHEN a = 0 OR b / a = 2 THEN 1 ELSE 0 END") == [1, 1]
    with pytest.raises(SqlError) as caught:
        evaluator.rows("b / a")
    assert caught.value.number == 8134
    evaluator.table([(0, None)], a="int", b="int")
    assert evaluator.rows("b / a") == [None]
    assert evaluator.rows("a / b") == [None]


def test_a_null_parameter_keeps_its_type(evaluator: Evaluator) -> None:
    """DuckDB forgets the type of an operator with a NULL parameter; the evaluator checks the type of every
    result."""
    for name in (
        "int",
        "bigint",
        "decimal(7,2)",
        "float",
        "money",
        "varchar(5)",
        "nvarchar(max)",
        "datetime",
    ):
        evaluator.declare("@x", name, None)
        for text in ("@x", "@x + @x", "ISNULL(@x, NULL)", "CASE WHEN 1 = 0 THEN @x END", "COALESCE(@x, @x)"):
            assert evaluator.value(text) is None
    for name in ("int", "decimal(7,2)", "float", "money"):
        evaluator.declare("@x", name, None)
        for text in (
            "-@x",
            "@x / 2",
            "@x * 2",
            "2 - @x",
            "ABS(@x)",
            "ROUND(@x, 1)",
            "CAST(@x AS varchar(30))",
        ):
            assert evaluator.value(text) is None
