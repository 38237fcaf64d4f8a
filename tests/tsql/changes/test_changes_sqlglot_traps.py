"""What sqlglot's own T-SQL parser makes of data changes, and why it never sees them whole.

When an upgrade moves one of these, look whether ``change_reader`` can become simpler.
"""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE TOP (5) t SET a = 1",
        "UPDATE t SET a += 1",
        "INSERT TOP (2) INTO t SELECT 1",
        "DELETE FROM t OUTPUT deleted.* WHERE a = 1",
        "INSERT INTO t EXEC p",
    ],
)
def test_refused_though_legal(statement: str) -> None:
    with pytest.raises(ParseError):
        sqlglot.parse_one(statement, read="tsql")


def test_top_becomes_a_table_named_top() -> None:
    tree = sqlglot.parse_one("DELETE TOP (3) FROM t", read="tsql")
    assert [table.name for table in tree.args["tables"]] == ["TOP"]
    assert tree.find(exp.Limit) is None


def test_assignment_to_a_variable_and_comparison_look_alike() -> None:
    tree = sqlglot.parse_one("UPDATE t SET @v = a = a + 1", read="tsql")
    assert isinstance(tree.expressions[0].expression, exp.EQ)


def test_default_becomes_a_word_like_any_other() -> None:
    tree = sqlglot.parse_one("INSERT INTO t VALUES (DEFAULT)", read="tsql")
    row = tree.find(exp.Tuple)
    assert row is not None
    assert isinstance(row.expressions[0], exp.Var)


def test_action_becomes_a_column() -> None:
    tree = sqlglot.parse_one(
        "MERGE t USING s ON t.a = s.a WHEN MATCHED THEN DELETE OUTPUT $action;", read="tsql"
    )
    assert isinstance(tree.args["returning"].expressions[0], exp.Column)


def test_output_is_written_for_duckdb_as_if_it_were_returning() -> None:
    sql = sqlglot.transpile("INSERT INTO t OUTPUT inserted.id VALUES (1)", read="tsql", write="duckdb")[0]
    assert sql.endswith("RETURNING inserted.id")


def test_delete_with_a_join_is_written_for_duckdb_as_it_stands() -> None:
    text = "DELETE t FROM dbo.t AS t JOIN s ON s.a = t.a"
    assert sqlglot.transpile(text, read="tsql", write="duckdb")[0] == text
