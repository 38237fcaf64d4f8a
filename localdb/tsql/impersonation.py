"""EXECUTE AS and REVERT.

https://learn.microsoft.com/sql/t-sql/statements/execute-as-transact-sql, revert-transact-sql and
execute-as-clause-transact-sql (the option of a procedure).
"""

from __future__ import annotations

from localdb.tsql.ast_security import ExecuteAs, Revert
from localdb.tsql.cursor import Cursor
from localdb.tsql.lexer import Kind


def at_execute_as(cursor: Cursor) -> bool:
    """EXEC AS begins an impersonation; AS cannot be a procedure's name."""
    return cursor.at_any("EXEC", "EXECUTE") and cursor.ahead().word == "AS"


def parse_execute_as(cursor: Cursor) -> ExecuteAs:
    """``EXECUTE AS {LOGIN | USER} = name [WITH NO REVERT]`` or ``EXECUTE AS CALLER``."""
    line = cursor.line
    cursor.expect_any("EXEC", "EXECUTE")
    cursor.expect("AS")
    kind = cursor.expect_any("USER", "LOGIN", "CALLER")
    if kind == "CALLER":
        return ExecuteAs(line, kind)
    cursor.expect("=")
    if cursor.current.kind not in (Kind.STRING, Kind.VARIABLE):
        raise cursor.syntax_error()
    first = cursor.index
    cursor.advance()
    return ExecuteAs(line, kind, cursor.slice(first), revertible=not _no_revert(cursor))


def _no_revert(cursor: Cursor) -> bool:
    if not cursor.at("WITH", "NO") and not cursor.at("WITH", "COOKIE"):
        return False
    cursor.expect("WITH")
    if cursor.at("COOKIE"):
        raise cursor.unsupported_option("EXECUTE AS ... WITH COOKIE")
    cursor.expect("NO", "REVERT")
    return True


def parse_revert(cursor: Cursor) -> Revert:
    line = cursor.line
    cursor.expect("REVERT")
    if cursor.at("WITH", "COOKIE"):
        raise cursor.unsupported_option("REVERT WITH COOKIE")
    return Revert(line)


def read_module_option(cursor: Cursor) -> str:
    """``EXECUTE AS {CALLER | SELF | OWNER | 'user'}`` of CREATE PROCEDURE from AS on, as an option:
    ``EXECUTE AS OWNER``, ``EXECUTE AS 'user'``.
    """
    cursor.expect("AS")
    if cursor.current.kind is Kind.STRING:
        return f"EXECUTE AS '{cursor.advance().value}'"
    return "EXECUTE AS " + cursor.expect_any("CALLER", "SELF", "OWNER")
