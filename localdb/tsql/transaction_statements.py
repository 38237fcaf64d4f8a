"""BEGIN, COMMIT and ROLLBACK TRANSACTION.

https://learn.microsoft.com/sql/t-sql/language-elements/transactions-transact-sql
"""

from __future__ import annotations

from localdb.tsql import ast
from localdb.tsql.cursor import Cursor
from localdb.tsql.lexer import Kind


def parse_begin_transaction(cursor: Cursor) -> ast.BeginTransaction:
    line = cursor.line
    cursor.expect("BEGIN")
    if cursor.at("DISTRIBUTED"):
        raise cursor.unsupported_statement("BEGIN DISTRIBUTED TRANSACTION")
    cursor.expect_any("TRAN", "TRANSACTION")
    name = _name(cursor)
    if cursor.at("WITH", "MARK"):
        raise cursor.unsupported_option("WITH MARK")
    return ast.BeginTransaction(line, name)


def parse_commit(cursor: Cursor) -> ast.CommitTransaction:
    """COMMIT; delayed durability may always be answered by full durability."""
    line = cursor.line
    cursor.expect("COMMIT")
    name = _ending(cursor)
    if cursor.accept("WITH"):
        cursor.expect("(", "DELAYED_DURABILITY", "=")
        cursor.expect_any("ON", "OFF")
        cursor.expect(")")
    return ast.CommitTransaction(line, name)


def parse_rollback(cursor: Cursor) -> ast.RollbackTransaction:
    line = cursor.line
    cursor.expect("ROLLBACK")
    return ast.RollbackTransaction(line, _ending(cursor))


def _ending(cursor: Cursor) -> str | None:
    if cursor.accept_any("TRAN", "TRANSACTION"):
        return _name(cursor)
    if not cursor.accept("WORK") and cursor.at("THROW"):
        raise cursor.syntax_error()  # THROW needs a semicolon before it
    return None


def _name(cursor: Cursor) -> str | None:
    """A transaction's name, or the variable that holds it. Any word will do, THROW too."""
    if cursor.current.kind is Kind.VARIABLE:
        return cursor.variable()
    return cursor.identifier() if cursor.at_name else None
