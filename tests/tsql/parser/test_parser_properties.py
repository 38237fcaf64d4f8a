"""Random lists of statements, joined without semicolons, parse back to the same statements."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from localdb.errors import SqlError
from localdb.tsql import ast
from localdb.tsql.lexer import tokenize
from localdb.tsql.parser import parse_batch

EXPRESSIONS = [
    "1",
    "-1.5",
    "@x",
    "N'it''s; SELECT'",
    "(SELECT MAX(a) FROM t)",
    "f(@x, 2) + 1",
    "CASE WHEN @x = 1 THEN 2 ELSE 3 END",
    "a.b",
    "[end] * 2",
    "COALESCE(@x, 0) % 3",
    "CAST(@x AS varchar(10)) + 'y'",
    "ROW_NUMBER() OVER (ORDER BY a)",
    "NULL",
]
CONDITIONS = [
    "1 = 1",
    "@x IS NOT NULL",
    "EXISTS (SELECT 1 FROM t)",
    "(@x > 1 OR @y LIKE 'a%')",
    "@x IN (1, 2) AND NOT @y BETWEEN 1 AND 2",
]
QUERIES = [
    "SELECT 1",
    "SELECT a, b AS c FROM t WITH (NOLOCK) WHERE a IN (SELECT 1) GROUP BY a, b HAVING COUNT(*) > 1",
    "SELECT @x = 1, @y = a FROM t OPTION (RECOMPILE)",
    "SELECT 1 UNION ALL SELECT 2 EXCEPT (SELECT 3)",
    "SELECT a INTO #u FROM t CROSS APPLY f(a) x",
    "SELECT a FROM t ORDER BY a OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY",
    "SELECT CASE a WHEN 1 THEN 2 END [end] FROM t FOR JSON PATH",
]
OTHERS = [
    "DECLARE @a int, @b nvarchar(max) = N'x'",
    "DECLARE @t TABLE (a int PRIMARY KEY, b int)",
    "SET NOCOUNT, XACT_ABORT ON",
    "INSERT INTO t (a, b) VALUES (1, 2), (3, 4)",
    "INSERT t SELECT 1 FROM u",
    "INSERT #t (a) EXEC dbo.p @x, 1",
    "INSERT t EXEC ('SELECT 1')",
    "INSERT t DEFAULT VALUES",
    "UPDATE t SET a = 1, b += 2 FROM t JOIN u ON t.a = u.a WHERE b = 1",
    "DELETE FROM t WHERE a = 1",
    "EXEC p",
    "EXEC @r = dbo.p @a = 1, @b = @x OUTPUT",
    "EXEC (N'SELECT 1' + @x)",
    "EXECUTE p N'a', DEFAULT, bare WITH RESULT SETS ((a int NOT NULL, [b c] nvarchar(10)))",
    "RAISERROR('x', 16, 1, @a) WITH NOWAIT",
    "BEGIN TRAN",
    "COMMIT TRANSACTION",
    "ROLLBACK TRAN",
    "TRUNCATE TABLE dbo.t",
    "DROP TABLE IF EXISTS a, b",
    "CREATE TABLE #t (a int NOT NULL DEFAULT 0, b int, CONSTRAINT c CHECK (a > b), )",
    "CREATE UNIQUE INDEX i ON t (a, b DESC)",
    "ALTER TABLE t ADD c int NULL",
    "USE master",
    "RECONFIGURE",
    "BREAK",
    "WAITFOR DELAY '00:00:01'",
    "SET TRANSACTION ISOLATION LEVEL SNAPSHOT",
    "SET LOCK_TIMEOUT -1",
]

simple = st.one_of(
    st.sampled_from(QUERIES),
    st.sampled_from(OTHERS),
    st.builds("SET @x {} {}".format, st.sampled_from(["=", "+=", "-=", "^="]), st.sampled_from(EXPRESSIONS)),
    st.builds("PRINT {}".format, st.sampled_from(EXPRESSIONS)),
    st.builds("DECLARE @v float = {}".format, st.sampled_from(EXPRESSIONS)),
)


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Statements around statements. IF without ELSE only in a block: else it would take another's ELSE."""
    body = st.lists(inner, min_size=1, max_size=3).map(" ".join)
    condition = st.sampled_from(CONDITIONS)
    block = body.map("BEGIN {} END".format)
    return st.one_of(
        block,
        st.builds("IF {} {} ELSE {}".format, condition, block, block),
        st.builds("BEGIN IF {} {} END".format, condition, inner),
        st.builds("WHILE {} {}".format, condition, block),
        st.builds("BEGIN TRY {} END TRY BEGIN CATCH {} END CATCH".format, body, body),
    )


statements = st.recursive(simple, compound, max_leaves=6)
glue = st.sampled_from([" ", "\n", "\r\n", "\t", " -- SELECT 1 '\n", ' /* ; /* BEGIN */ " */ ', "/**/ "])


def shapes(text: str) -> list[Any]:
    return [shape(statement) for statement in parse_batch(text)]


def shape(value: Any) -> Any:
    """A node without its lines and, in the text that it keeps, without white space and comments."""
    if isinstance(value, ast.Slice):
        return [token.text for token in tokenize(value.text)[:-1]]
    if isinstance(value, tuple):
        return [shape(item) for item in value]
    if is_dataclass(value):
        inner = {
            field.name: shape(getattr(value, field.name)) for field in fields(value) if field.name != "line"
        }
        return type(value).__name__, inner
    return value


@settings(deadline=None)
@given(st.lists(statements, min_size=1, max_size=6))
def test_joined_statements_are_the_statements(parts: list[str]) -> None:
    alone = [node for part in parts for node in shapes(part)]
    assert shapes(" ".join(parts)) == alone
    assert shapes(";\n".join(parts)) == alone
    assert shapes("\n".join(parts)) == alone


@settings(deadline=None)
@given(statements, st.data())
def test_white_space_and_comments_change_nothing(text: str, data: st.DataObject) -> None:
    words = [token.text for token in tokenize(text)[:-1]]
    spaced = "".join(word + data.draw(glue) for word in words)
    assert shapes(spaced) == shapes(text)


@settings(deadline=None)
@given(statements, st.data())
def test_damage_ends_in_an_sql_error_with_a_line(text: str, data: st.DataObject) -> None:
    words = [token.text for token in tokenize(text)[:-1]]
    at = data.draw(st.integers(0, len(words) - 1))
    other = data.draw(
        st.sampled_from([*words, "SELECT", "END", "(", ")", ",", "CASE", "'", "ELSE", "WITH", "@", "."])
    )
    damaged = "\n".join([*words[:at], other, *words[at + data.draw(st.integers(0, 1)) :]])
    try:
        parse_batch(damaged)
    except SqlError as error:
        assert 1 <= error.line <= len(words) + 1
        assert error.message
