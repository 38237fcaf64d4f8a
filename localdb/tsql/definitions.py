"""CREATE, ALTER and DROP: which object it is about; USE and RECONFIGURE.

What localdb does not have is refused by name (40510).
"""

from __future__ import annotations

from localdb.errors import SqlError, sql_error
from localdb.tsql import ast
from localdb.tsql.cursor import Cursor
from localdb.tsql.external_statements import (
    at_external,
    parse_alter_external,
    parse_create_external,
    parse_drop_external,
)
from localdb.tsql.keywords import words
from localdb.tsql.lexer import Kind
from localdb.tsql.modules import ParseStatement, parse_procedure, parse_view, require_first_statement
from localdb.tsql.permission_statements import parse_alter_authorization
from localdb.tsql.resource_governor import parse_alter_governed, parse_create_governed, parse_drop_governed
from localdb.tsql.security_statements import (
    at_principal,
    parse_alter_principal,
    parse_create_principal,
    parse_drop_principal,
)
from localdb.tsql.table_statements import (
    parse_alter_table,
    parse_create_index,
    parse_create_table,
    parse_drop_index,
)
from localdb.types import ObjectName

DEFAULT_COLLATION = "SQL_Latin1_General_CP1_CI_AS"

_TWO_WORDS = words(
    """
    APPLICATION ASYMMETRIC AVAILABILITY BROKER CRYPTOGRAPHIC DATABASE EVENT EXTERNAL FULLTEXT MASTER
    MESSAGE PARTITION PRIMARY REMOTE RESOURCE SEARCH SECURITY SELECTIVE SENSITIVITY SERVER SERVICE
    SPATIAL SYMMETRIC WORKLOAD XML
    """
)
"""First words of kinds of objects named by two, such as EXTERNAL LIBRARY."""

_ONE_WORD = words(
    """
    AGGREGATE ASSEMBLY AUTHORIZATION CERTIFICATE COLUMN CONTRACT CREDENTIAL DEFAULT ENDPOINT FUNCTION
    INDEX LOGIN PROC PROCEDURE QUEUE ROLE ROUTE RULE SCHEMA SEQUENCE SIGNATURE STATISTICS SYNONYM
    TABLE TRIGGER TYPE USER VIEW
    """
)
_DATABASE_PARTS = ("AUDIT", "ENCRYPTION", "SCOPED")


def parse_create(cursor: Cursor, parse_statement: ParseStatement) -> ast.Statement:
    line = cursor.line
    start = cursor.index
    cursor.expect("CREATE")
    mode = "CREATE"
    if cursor.accept("OR"):
        cursor.expect("ALTER")
        mode = "CREATE OR ALTER"
    if cursor.at_any("VIEW", "PROC", "PROCEDURE"):
        return _parse_module(cursor, line, start, mode, parse_statement)
    if mode != "CREATE" and not cursor.at_any("FUNCTION", "TRIGGER"):
        raise cursor.syntax_error()
    if cursor.accept("TABLE"):
        return parse_create_table(cursor, line)
    if cursor.at_any("INDEX", "UNIQUE", "CLUSTERED", "NONCLUSTERED"):
        return parse_create_index(cursor, line)
    if cursor.at("SCHEMA"):
        return _parse_schema(cursor, line, start)
    if cursor.at("DATABASE") and cursor.ahead().word not in _DATABASE_PARTS:
        return _parse_database(cursor, line)
    if at_principal(cursor):
        return parse_create_principal(cursor, line)
    if at_external(cursor):
        return parse_create_external(cursor, line)
    governed = parse_create_governed(cursor, line)
    if governed is not None:
        return governed
    raise _unsupported(cursor, "CREATE", line)


def parse_alter(cursor: Cursor, parse_statement: ParseStatement) -> ast.Statement:
    line = cursor.line
    start = cursor.index
    cursor.expect("ALTER")
    if cursor.accept("TABLE"):
        return parse_alter_table(cursor, line)
    if cursor.at_any("VIEW", "PROC", "PROCEDURE"):
        return _parse_module(cursor, line, start, "ALTER", parse_statement)
    if cursor.at("AUTHORIZATION"):
        return parse_alter_authorization(cursor, line)
    if at_principal(cursor):
        return parse_alter_principal(cursor, line)
    if at_external(cursor):
        return parse_alter_external(cursor, line)
    governed = parse_alter_governed(cursor, line)
    if governed is not None:
        return governed
    raise _unsupported(cursor, "ALTER", line)


def parse_drop(cursor: Cursor) -> ast.Statement:
    line = cursor.line
    cursor.expect("DROP")
    if cursor.accept("INDEX"):
        return parse_drop_index(cursor, line)
    if at_principal(cursor):
        return parse_drop_principal(cursor, line)
    if at_external(cursor):
        return parse_drop_external(cursor, line)
    governed = parse_drop_governed(cursor, line)
    if governed is not None:
        return governed
    is_database_part = cursor.at("DATABASE") and cursor.ahead().word in _DATABASE_PARTS
    if is_database_part or not cursor.at_any("TABLE", "VIEW", "PROC", "PROCEDURE", "SCHEMA", "DATABASE"):
        raise _unsupported(cursor, "DROP", line)
    kind = cursor.advance().word
    if_exists = cursor.accept("IF", "EXISTS")
    names = [_dropped_name(cursor, kind)]
    while kind != "SCHEMA" and cursor.accept(","):
        names.append(_dropped_name(cursor, kind))
    return ast.Drop(line, "PROCEDURE" if kind == "PROC" else kind, tuple(names), if_exists)


def parse_use(cursor: Cursor) -> ast.Use:
    line = cursor.line
    cursor.expect("USE")
    return ast.Use(line, cursor.identifier())


def parse_reconfigure(cursor: Cursor) -> ast.Reconfigure:
    line = cursor.line
    cursor.expect("RECONFIGURE")
    return ast.Reconfigure(line, cursor.accept("WITH", "OVERRIDE"))


def _dropped_name(cursor: Cursor, kind: str) -> ObjectName:
    return ObjectName(cursor.identifier()) if kind in ("SCHEMA", "DATABASE") else cursor.object_name()


def _parse_module(
    cursor: Cursor, line: int, start: int, mode: str, parse_statement: ParseStatement
) -> ast.Statement:
    at, word = cursor.index, cursor.current.word
    kind = "VIEW" if word == "VIEW" else "PROCEDURE"
    cursor.index = start
    require_first_statement(cursor, f"CREATE/ALTER {kind}" if kind == "PROCEDURE" else "CREATE VIEW")
    cursor.index = at + 1
    if kind == "VIEW":
        return parse_view(cursor, line, mode)
    return parse_procedure(cursor, line, mode, parse_statement)


def _parse_schema(cursor: Cursor, line: int, start: int) -> ast.CreateSchema:
    at = cursor.index
    cursor.index = start
    require_first_statement(cursor, "CREATE SCHEMA")
    cursor.index = at + 1
    name = None if cursor.at("AUTHORIZATION") else cursor.identifier()
    owner = cursor.identifier() if cursor.accept("AUTHORIZATION") else None
    if cursor.at_any("CREATE", "GRANT", "DENY", "REVOKE"):
        raise cursor.unsupported_option(f"CREATE SCHEMA ... {cursor.current.word}")
    cursor.skip_semicolons()
    if not cursor.at_end:
        raise cursor.syntax_error()
    name = name or owner
    assert name is not None
    return ast.CreateSchema(line, name, owner)


def _parse_database(cursor: Cursor, line: int) -> ast.CreateDatabase:
    """CREATE DATABASE with the options that change nothing: CONTAINMENT = NONE and the one collation."""
    cursor.expect("DATABASE")
    name = cursor.identifier()
    if cursor.accept("CONTAINMENT"):
        cursor.expect("=")
        if not cursor.accept("NONE"):
            raise cursor.unsupported_option("CONTAINMENT")
    if cursor.accept("COLLATE"):
        if cursor.current.value.lower() != DEFAULT_COLLATION.lower():
            raise cursor.unsupported_option(f"COLLATE {cursor.current.value}")
        cursor.identifier()
    if cursor.at_any("ON", "LOG", "WITH", "FOR", "AS") or cursor.at("("):
        raise cursor.unsupported_option(f"CREATE DATABASE ... {cursor.current.word}")
    return ast.CreateDatabase(line, name)


def _unsupported(cursor: Cursor, verb: str, line: int) -> SqlError:
    """40510 for a kind of object that only SQL Server has; a syntax error for any other word."""
    token = cursor.current
    if token.kind is Kind.WORD and token.word in _TWO_WORDS:
        following = cursor.ahead()
        second = f" {following.word}" if following.kind is Kind.WORD else ""
        if token.word == "DATABASE" and following.word not in _DATABASE_PARTS:
            second = ""
        return sql_error(40510, f"{verb} {token.word}{second}", line=line)
    if token.kind is Kind.WORD and token.word in _ONE_WORD:
        return sql_error(40510, f"{verb} {token.word}", line=line)
    return cursor.syntax_error()
