"""SELECT, INSERT, UPDATE, DELETE, MERGE and TRUNCATE TABLE.

Their text is for the compiler; only INSERT ... EXECUTE is taken apart here.
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.cursor import Cursor
from localdb.tsql.execute import parse_call
from localdb.tsql.expression_extent import skip_case
from localdb.tsql.keywords import STATEMENT_STARTS, words
from localdb.tsql.lexer import Kind, Token
from localdb.tsql.statement_extent import skip_clauses
from localdb.tsql.token_sequence import check_sequence
from localdb.types import ObjectName

_ROWSETS = ("OPENROWSET", "OPENQUERY", "OPENDATASOURCE")
_LOCK_HINTS = words("HOLDLOCK PAGLOCK READCOMMITTED ROWLOCK SERIALIZABLE TABLOCK TABLOCKX UPDLOCK XLOCK")


def parse_data_statement(cursor: Cursor) -> ast.Statement:
    """A query or a data change from its WITH clause or its first keyword on."""
    first, line = cursor.index, cursor.line
    if cursor.at("WITH"):
        _skip_common_tables(cursor)
    word = cursor.current.word
    if word == "SELECT" or word == "(":
        skip_query(cursor)
        return ast.Query(line, _checked_slice(cursor, first))
    cursor.expect_any("INSERT", "UPDATE", "DELETE", "MERGE")
    if word == "INSERT":
        return _parse_insert(cursor, first, line)
    if word == "UPDATE":
        _skip_update(cursor)
    elif word == "DELETE":
        _skip_top(cursor)
        cursor.accept("FROM")
        _skip_target(cursor)
        skip_clauses(cursor)
    else:
        skip_clauses(cursor, _belongs_to_merge)
    text = _checked_slice(cursor, first)
    if word == "MERGE" and not cursor.at(";"):
        raise sql_error(10713, line=line)
    return ast.DataChange(line, word, text)


def skip_query(cursor: Cursor) -> None:
    """Pass a query that begins with SELECT or with a parenthesis."""
    if cursor.at("("):
        cursor.skip_group()
    else:
        cursor.expect("SELECT")
    skip_clauses(cursor)


def read_view_query(cursor: Cursor) -> ast.Slice:
    """The query behind AS of CREATE VIEW, with its WITH clause."""
    first = cursor.index
    if cursor.at("WITH"):
        _skip_common_tables(cursor)
    skip_query(cursor)
    return _checked_slice(cursor, first)


def parse_truncate(cursor: Cursor) -> ast.Statement:
    line = cursor.line
    cursor.expect("TRUNCATE", "TABLE")
    table = cursor.object_name()
    if cursor.at("WITH"):
        raise cursor.unsupported_option("PARTITIONS")
    return ast.TruncateTable(line, table)


def _checked_slice(cursor: Cursor, first: int) -> ast.Slice:
    check_sequence(cursor, first, cursor.index)
    return cursor.slice(first)


def _skip_common_tables(cursor: Cursor) -> None:
    cursor.expect("WITH")
    if cursor.at_any("XMLNAMESPACES", "CHANGE_TRACKING_CONTEXT"):
        raise cursor.unsupported_option(cursor.current.word)
    while True:
        cursor.identifier()
        if cursor.at("("):
            cursor.skip_group()
        cursor.expect("AS")
        cursor.skip_group()
        if not cursor.accept(","):
            return


def _skip_top(cursor: Cursor) -> bool:
    if not cursor.accept("TOP"):
        return False
    if cursor.at("("):
        cursor.skip_group()
    elif cursor.current.kind is Kind.NUMBER:
        cursor.advance()
    else:
        raise cursor.syntax_error()
    cursor.accept("PERCENT")
    return True


def _skip_target(cursor: Cursor) -> ObjectName | None:
    """The target of a data change: a table, a variable, or a rowset function (None)."""
    if cursor.current.kind is Kind.VARIABLE:
        return ObjectName(cursor.variable())
    if cursor.accept_any(*_ROWSETS):
        cursor.skip_group()
        while cursor.accept("."):
            cursor.identifier()
        return None
    return cursor.object_name()


def _skip_update(cursor: Cursor) -> None:
    if cursor.at("STATISTICS"):
        raise cursor.unsupported_statement("UPDATE STATISTICS")
    _skip_top(cursor)
    _skip_target(cursor)
    if cursor.accept("WITH"):
        cursor.skip_group()
    cursor.expect("SET")
    skip_clauses(cursor)


def _belongs_to_merge(cursor: Cursor) -> bool:
    word, before = cursor.current.word, cursor.previous.word
    if word in ("UPDATE", "DELETE", "INSERT"):
        return before == "THEN"
    return word == "SET" and before == "UPDATE"


def _parse_insert(cursor: Cursor, first: int, line: int) -> ast.Statement:
    """INSERT from behind its keyword."""
    has_top = _skip_top(cursor)
    cursor.accept("INTO")
    target = _skip_target(cursor)
    hints = _lock_hints(cursor)
    columns_at = cursor.index
    if cursor.at("(") and not cursor.holds_query():
        cursor.skip_group()
    has_columns = cursor.index > columns_at
    has_output = cursor.at("OUTPUT")
    if has_output:
        _skip_output(cursor)
    if not cursor.at_any("EXEC", "EXECUTE"):
        _skip_source(cursor)
        return ast.DataChange(line, "INSERT", _checked_slice(cursor, first))
    if has_output:
        raise sql_error(483, line=line)
    if has_top or target is None or cursor.tokens[first].word == "WITH":
        raise sql_error(40514, "INSERT ... EXECUTE with TOP, WITH or a rowset function", line=line)
    for hint in hints:
        if hint.word not in _LOCK_HINTS:
            raise sql_error(40517, hint.text, line=cursor.line_of(hint))
    source_at, cursor.index = cursor.index, columns_at
    columns = cursor.name_list() if has_columns else None
    cursor.index = source_at
    return ast.InsertExecute(line, target, columns, parse_call(cursor))


def _lock_hints(cursor: Cursor) -> list[Token]:
    if not cursor.accept("WITH"):
        return []
    first = cursor.index
    cursor.skip_group()
    return [token for token in cursor.tokens[first + 1 : cursor.index - 1] if token.word != ","]


def _skip_output(cursor: Cursor) -> None:
    """Pass the OUTPUT clause of INSERT, up to the source of the rows."""
    while not (cursor.at_any("VALUES", "SELECT", "EXEC", "EXECUTE") or cursor.at("DEFAULT", "VALUES")):
        if cursor.at("("):
            if cursor.holds_query():
                return
            cursor.skip_group()
        elif cursor.at("CASE"):
            skip_case(cursor)
        elif (
            cursor.at_end or cursor.at_any(";", ")", "END", "ELSE") or cursor.current.word in STATEMENT_STARTS
        ):
            raise cursor.syntax_error()
        else:
            cursor.advance()


def _skip_source(cursor: Cursor) -> None:
    """Pass the rows of INSERT: VALUES, DEFAULT VALUES or a query."""
    if cursor.accept("DEFAULT", "VALUES"):
        return
    if cursor.accept("VALUES"):
        cursor.skip_group()
        while cursor.accept(","):
            cursor.skip_group()
        if cursor.at("OPTION"):
            skip_clauses(cursor)
    elif cursor.at("SELECT") or cursor.holds_query():
        skip_query(cursor)
    else:
        raise cursor.syntax_error()
