"""EXECUTE: https://learn.microsoft.com/sql/t-sql/language-elements/execute-transact-sql"""

from __future__ import annotations

from dataclasses import replace

from localdb.errors import sql_error
from localdb.tsql import ast
from localdb.tsql.ast_security import ExecuteAs
from localdb.tsql.cursor import Cursor
from localdb.tsql.impersonation import at_execute_as, parse_execute_as
from localdb.tsql.lexer import Kind
from localdb.tsql.statement_extent import refuse_common_table
from localdb.tsql.typenames import Subject, read_type
from localdb.types import ObjectName

_LITERALS = (Kind.STRING, Kind.NUMBER, Kind.BINARY, Kind.MONEY)


def parse_execute(cursor: Cursor) -> ast.Execute | ast.ExecuteString | ExecuteAs:
    """EXEC or EXECUTE as a statement, from its keyword on, with its WITH options."""
    if at_execute_as(cursor):
        return parse_execute_as(cursor)
    call = parse_call(cursor)
    return replace(call, result_sets=_parse_options(cursor))


def parse_call(cursor: Cursor) -> ast.Execute | ast.ExecuteString:
    """EXEC or EXECUTE without WITH options, as INSERT takes it."""
    line = cursor.line
    cursor.expect_any("EXEC", "EXECUTE")
    if cursor.at("("):
        return _parse_execute_string(cursor, line)
    status = None
    if cursor.current.kind is Kind.VARIABLE and cursor.ahead().word == "=":
        status = cursor.variable()
        cursor.expect("=")
    return _parse_procedure_call(cursor, line, status)


def parse_implicit_execute(cursor: Cursor) -> ast.Execute:
    """A procedure's name without EXECUTE, legal as a batch's first statement."""
    call = _parse_procedure_call(cursor, cursor.line, None)
    return replace(call, result_sets=_parse_options(cursor))


def _parse_execute_string(cursor: Cursor, line: int) -> ast.ExecuteString:
    """``('...' + @x)``: strings and variables joined by ``+``, no other expression."""
    cursor.expect("(")
    first = cursor.index
    while True:
        if cursor.current.kind not in (Kind.STRING, Kind.VARIABLE):
            raise cursor.syntax_error()
        cursor.advance()
        if not cursor.accept("+"):
            break
    text = cursor.slice(first)
    if cursor.at(","):
        raise cursor.unsupported_option("AT")
    cursor.expect(")")
    if cursor.at_any("AS", "AT"):
        raise cursor.unsupported_option(cursor.current.word)
    return ast.ExecuteString(line, text)


def _parse_procedure_call(cursor: Cursor, line: int, status: str | None) -> ast.Execute:
    procedure: ObjectName | str
    procedure = cursor.variable() if cursor.current.kind is Kind.VARIABLE else cursor.object_name()
    if cursor.at(";") and cursor.ahead().kind is Kind.NUMBER:
        raise cursor.unsupported_option(";number")
    arguments = []
    if _at_argument(cursor):
        arguments.append(_parse_argument(cursor))
        while cursor.accept(","):
            line_of_argument = cursor.line
            arguments.append(_parse_argument(cursor))
            if arguments[-1].name is None and arguments[-2].name is not None:
                raise sql_error(119, len(arguments), line=line_of_argument)
    return ast.Execute(line, procedure, tuple(arguments), status)


def _at_argument(cursor: Cursor) -> bool:
    token = cursor.current
    return (
        token.kind in (*_LITERALS, Kind.VARIABLE)
        or token.word in ("-", "+", "DEFAULT", "NULL")
        or (cursor.at_name and cursor.ahead().word != ":")
    )


def _parse_argument(cursor: Cursor) -> ast.Argument:
    name = None
    if cursor.current.kind is Kind.VARIABLE and cursor.ahead().word == "=":
        name = cursor.variable()
        cursor.expect("=")
    if cursor.accept("DEFAULT"):
        return ast.Argument(name, None)
    if not _at_argument(cursor):
        raise cursor.syntax_error()
    first = cursor.index
    is_signed = bool(cursor.accept_any("-", "+"))
    if is_signed and cursor.current.kind not in (Kind.NUMBER, Kind.MONEY):
        raise cursor.syntax_error()
    is_variable = cursor.advance().kind is Kind.VARIABLE
    value = cursor.slice(first)
    output = is_variable and bool(cursor.accept_any("OUTPUT", "OUT"))
    return ast.Argument(name, value, output)


def _parse_options(cursor: Cursor) -> ast.ResultSets | None:
    """``WITH RECOMPILE, RESULT SETS ...``; recompiling changes no result, so it is not kept."""
    refuse_common_table(cursor)
    if not cursor.accept("WITH"):
        return None
    result_sets = None
    while True:
        if cursor.accept("RESULT"):
            cursor.expect("SETS")
            result_sets = _parse_result_sets(cursor)
        else:
            cursor.expect("RECOMPILE")
        if not cursor.accept(","):
            return result_sets


def _parse_result_sets(cursor: Cursor) -> ast.ResultSets:
    kind = cursor.accept_any("UNDEFINED", "NONE")
    if kind:
        return ast.ResultSets(kind)
    cursor.expect("(")
    sets = [_parse_result_set(cursor)]
    while cursor.accept(","):
        sets.append(_parse_result_set(cursor))
    cursor.expect(")")
    return ast.ResultSets("DEFINED", tuple(sets))


def _parse_result_set(cursor: Cursor) -> tuple[ast.ResultSetColumn, ...]:
    if cursor.at("AS"):
        raise cursor.unsupported_option(f"RESULT SETS AS {cursor.ahead().value}")
    cursor.expect("(")
    columns = [_parse_result_column(cursor, 1)]
    while cursor.accept(","):
        columns.append(_parse_result_column(cursor, len(columns) + 1))
    cursor.expect(")")
    return tuple(columns)


def _parse_result_column(cursor: Cursor, ordinal: int) -> ast.ResultSetColumn:
    name = cursor.identifier()
    sql_type = read_type(cursor, Subject("column", name, ordinal))
    if cursor.at("COLLATE"):
        raise cursor.unsupported_option("COLLATE")
    if cursor.accept("NOT"):
        cursor.expect("NULL")
        return ast.ResultSetColumn(name, sql_type, nullable=False)
    cursor.accept("NULL")
    return ast.ResultSetColumn(name, sql_type)
