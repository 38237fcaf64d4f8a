"""CREATE and ALTER of views and procedures: their text is the whole batch.

https://learn.microsoft.com/sql/t-sql/statements/create-procedure-transact-sql, create-view-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.cursor import Cursor
from localdb.tsql.data_statements import read_view_query
from localdb.tsql.impersonation import read_module_option
from localdb.tsql.lexer import Kind
from localdb.tsql.typenames import Subject, read_type
from localdb.types import ObjectName

ParseStatement = Callable[[Cursor], ast.Statement]


def parse_view(cursor: Cursor, line: int, mode: str) -> ast.CreateView:
    """CREATE VIEW from behind VIEW; ``mode`` as in the node. It must be the batch's only statement."""
    name = _module_name(cursor, "CREATE VIEW")
    columns = cursor.name_list() if cursor.at("(") else ()
    options: list[str] = []
    if cursor.accept("WITH"):
        while not options or cursor.accept(","):
            options.append(cursor.expect_any("SCHEMABINDING", "ENCRYPTION", "VIEW_METADATA"))
    cursor.expect("AS")
    query = read_view_query(cursor)
    if cursor.at("WITH", "CHECK", "OPTION"):
        raise cursor.unsupported_option("WITH CHECK OPTION")
    cursor.skip_semicolons()
    if not cursor.at_end:
        raise cursor.syntax_error()
    return ast.CreateView(line, name, mode, columns, query, cursor.text, tuple(options))


def parse_procedure(
    cursor: Cursor, line: int, mode: str, parse_statement: ParseStatement
) -> ast.CreateProcedure:
    """CREATE PROCEDURE from behind PROCEDURE; its body is the rest of the batch."""
    name = _module_name(cursor, "CREATE/ALTER PROCEDURE")
    if cursor.at(";"):
        raise cursor.unsupported_option(";number")
    parameters = _parse_parameters(cursor)
    options = _parse_options(cursor)
    if cursor.at("FOR"):
        raise cursor.unsupported_option("FOR REPLICATION")
    cursor.expect("AS")
    if cursor.at("EXTERNAL"):
        raise cursor.unsupported_option("EXTERNAL NAME")
    body: list[ast.Statement] = []
    cursor.skip_semicolons()
    while not cursor.at_end:
        body.append(parse_statement(cursor))
    return ast.CreateProcedure(line, name, mode, parameters, options, tuple(body), cursor.text)


def _module_name(cursor: Cursor, statement: str) -> ObjectName:
    line = cursor.line
    name = cursor.object_name()
    if name.database is not None:
        raise sql_error(166, statement, line=line)
    return name


def _parse_parameters(cursor: Cursor) -> tuple[ast.ProcedureParameter, ...]:
    in_parentheses = cursor.accept("(")
    parameters: list[ast.ProcedureParameter] = []
    if cursor.current.kind is Kind.VARIABLE:
        parameters.append(_parse_parameter(cursor, 1))
        while cursor.accept(","):
            parameters.append(_parse_parameter(cursor, len(parameters) + 1))
    elif in_parentheses:
        raise cursor.syntax_error()
    if in_parentheses:
        cursor.expect(")")
    return tuple(parameters)


def _parse_parameter(cursor: Cursor, ordinal: int) -> ast.ProcedureParameter:
    name = cursor.variable()
    cursor.accept("AS")
    if cursor.at("CURSOR"):
        raise cursor.unsupported_option("CURSOR VARYING")
    sql_type = read_type(cursor, Subject("parameter", name, ordinal), large_objects=True)
    if cursor.at("NOT"):
        raise cursor.unsupported_option("NOT NULL")
    cursor.accept("NULL")
    default = _parse_default(cursor) if cursor.accept("=") else None
    output = bool(cursor.accept_any("OUTPUT", "OUT"))
    if cursor.at("READONLY"):
        raise cursor.unsupported_option("READONLY")
    return ast.ProcedureParameter(name, sql_type, default, output)


def _parse_default(cursor: Cursor) -> ast.Slice:
    """A constant: a literal, optionally signed, NULL, or a bare word, which is a string."""
    first = cursor.index
    is_signed = bool(cursor.accept_any("-", "+"))
    kind = cursor.current.kind
    is_number = kind in (Kind.NUMBER, Kind.MONEY)
    is_other = kind in (Kind.STRING, Kind.BINARY) or cursor.at("NULL") or cursor.at_name
    if not is_number and (is_signed or not is_other):
        raise cursor.syntax_error()
    cursor.advance()
    return cursor.slice(first)


def _parse_options(cursor: Cursor) -> tuple[str, ...]:
    options: list[str] = []
    if not cursor.accept("WITH"):
        return ()
    while not options or cursor.accept(","):
        if cursor.accept_any("EXECUTE", "EXEC"):
            options.append(read_module_option(cursor))
        elif cursor.at_any("NATIVE_COMPILATION", "SCHEMABINDING"):
            raise cursor.unsupported_option(cursor.current.word)
        else:
            options.append(cursor.expect_any("RECOMPILE", "ENCRYPTION"))
    return tuple(options)


def require_first_statement(cursor: Cursor, statement: str) -> None:
    """Raise 111 unless the statement that begins at the current token is the batch's first."""
    if any(token.word != ";" for token in cursor.tokens[: cursor.index]):
        raise sql_error(111, statement, line=cursor.line)
