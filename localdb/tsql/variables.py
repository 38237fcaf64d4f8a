"""DECLARE, SET @variable and the SET options of a session.

https://learn.microsoft.com/sql/t-sql/statements/set-statements-transact-sql
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.cursor import Cursor
from localdb.tsql.expression_extent import read_value
from localdb.tsql.keywords import words
from localdb.tsql.lexer import Kind
from localdb.tsql.table_definitions import parse_table_elements
from localdb.tsql.typenames import Subject, read_type

_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=")
_SWITCHES = words(
    """
    ANSI_DEFAULTS ANSI_NULL_DFLT_OFF ANSI_NULL_DFLT_ON ANSI_NULLS ANSI_PADDING ANSI_WARNINGS
    ARITHABORT ARITHIGNORE CONCAT_NULL_YIELDS_NULL CURSOR_CLOSE_ON_COMMIT FMTONLY FORCEPLAN
    IMPLICIT_TRANSACTIONS NOCOUNT NOEXEC NO_BROWSETABLE NUMERIC_ROUNDABORT PARSEONLY QUOTED_IDENTIFIER
    REMOTE_PROC_TRANSACTIONS SHOWPLAN_ALL SHOWPLAN_TEXT SHOWPLAN_XML XACT_ABORT
    """
)
_STATISTICS = ("IO", "TIME", "PROFILE", "XML")
_VALUED = words(
    """
    CONTEXT_INFO DATEFIRST DATEFORMAT DEADLOCK_PRIORITY LANGUAGE LOCK_TIMEOUT
    QUERY_GOVERNOR_COST_LIMIT ROWCOUNT TEXTSIZE
    """
)
_ISOLATION_LEVELS = (
    ("READ", "UNCOMMITTED"),
    ("READ", "COMMITTED"),
    ("REPEATABLE", "READ"),
    ("SNAPSHOT",),
    ("SERIALIZABLE",),
)


def parse_declare(cursor: Cursor) -> ast.Statement:
    line = cursor.line
    cursor.expect("DECLARE")
    if cursor.current.kind is not Kind.VARIABLE and cursor.at_name:
        raise sql_error(40510, "DECLARE CURSOR", line=line)
    first = cursor.current
    if first.kind is Kind.VARIABLE and _names_table(cursor):
        name = cursor.variable()
        cursor.accept("AS")
        cursor.expect("TABLE")
        return ast.DeclareTable(line, name, parse_table_elements(cursor))
    variables = [_parse_variable(cursor, 1)]
    while cursor.accept(","):
        variables.append(_parse_variable(cursor, len(variables) + 1))
    return ast.Declare(line, tuple(variables))


def _names_table(cursor: Cursor) -> bool:
    return cursor.ahead().word == "TABLE" or (cursor.ahead().word == "AS" and cursor.ahead(2).word == "TABLE")


def _parse_variable(cursor: Cursor, ordinal: int) -> ast.VariableDeclaration:
    name = cursor.variable()
    cursor.accept("AS")
    if cursor.at("CURSOR"):
        raise cursor.unsupported_statement("DECLARE CURSOR")
    sql_type = read_type(cursor, Subject("parameter", name, ordinal))
    default = read_value(cursor) if cursor.accept("=") else None
    return ast.VariableDeclaration(name, sql_type, default)


def parse_set(cursor: Cursor) -> ast.Statement:
    line = cursor.line
    cursor.expect("SET")
    if cursor.current.kind is Kind.VARIABLE:
        return _parse_assignment(cursor, line)
    if cursor.accept("TRANSACTION"):
        cursor.expect("ISOLATION", "LEVEL")
        return ast.SetOption(line, ("TRANSACTION ISOLATION LEVEL",), _isolation_level(cursor))
    if cursor.accept("IDENTITY_INSERT"):
        table = cursor.object_name()
        return ast.SetIdentityInsert(line, table, cursor.expect_any("ON", "OFF") == "ON")
    if cursor.current.word in _VALUED:
        option = cursor.advance().word
        return ast.SetOption(line, (option,), _option_value(cursor))
    if cursor.at_any("ERRLVL", "FIPS_FLAGGER", "OFFSETS", "USER"):
        raise cursor.unsupported_option(f"SET {cursor.current.word}")
    if cursor.accept("STATISTICS"):
        kinds = [cursor.expect_any(*_STATISTICS)]
        while cursor.accept(","):
            kinds.append(cursor.expect_any(*_STATISTICS))
        options = tuple(f"STATISTICS {kind}" for kind in kinds)
    else:
        options = _switches(cursor)
    return ast.SetOption(line, options, cursor.expect_any("ON", "OFF"))


def _parse_assignment(cursor: Cursor, line: int) -> ast.SetVariable:
    name = cursor.variable()
    if cursor.at_any(".", "::"):
        raise cursor.unsupported_option("SET @variable.method")
    operator = cursor.expect_any(*_ASSIGNMENTS)
    if cursor.at("CURSOR"):
        raise sql_error(40510, "SET CURSOR", line=line)
    return ast.SetVariable(line, name, operator, read_value(cursor))


def _isolation_level(cursor: Cursor) -> str:
    for level in _ISOLATION_LEVELS:
        if cursor.accept(*level):
            return " ".join(level)
    raise cursor.syntax_error()


def _switches(cursor: Cursor) -> tuple[str, ...]:
    """``NOCOUNT, XACT_ABORT``; raises 195 for an unknown option."""
    options: list[str] = []
    while not options or cursor.accept(","):
        if not cursor.at_name:
            raise cursor.syntax_error()
        if cursor.current.word not in _SWITCHES:
            raise sql_error(195, cursor.current.value, "SET option", line=cursor.line)
        options.append(cursor.advance().word)
    return tuple(options)


def _option_value(cursor: Cursor) -> str:
    """A number, a word or a string's value in upper case, or a variable."""
    sign = cursor.accept_any("-", "+")
    token = cursor.current
    if token.kind is Kind.VARIABLE and not sign:
        return cursor.variable()
    is_word = not sign and (cursor.at_name or token.kind in (Kind.STRING, Kind.BINARY))
    if token.kind is not Kind.NUMBER and not is_word:
        raise cursor.syntax_error()
    return ("-" if sign == "-" else "") + cursor.advance().value.upper()
