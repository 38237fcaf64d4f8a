"""Blocks, IF, WHILE, TRY ... CATCH, RETURN, WAITFOR, and the messages PRINT, RAISERROR and THROW.

https://learn.microsoft.com/sql/t-sql/language-elements/control-of-flow
"""

from __future__ import annotations

from localdb.tsql import ast
from localdb.tsql.cursor import Cursor
from localdb.tsql.expression_extent import at_value, read_condition, read_value
from localdb.tsql.lexer import Kind
from localdb.tsql.modules import ParseStatement

_CONSTANTS = (Kind.STRING, Kind.NUMBER, Kind.VARIABLE)


def parse_block(cursor: Cursor, parse_statement: ParseStatement) -> ast.Block:
    line = cursor.line
    cursor.expect("BEGIN")
    body = _statements(cursor, parse_statement)
    if not body:
        raise cursor.syntax_error()
    cursor.expect("END")
    return ast.Block(line, body)


def parse_try(cursor: Cursor, parse_statement: ParseStatement) -> ast.TryCatch:
    """BEGIN TRY ... END TRY BEGIN CATCH ... END CATCH: nothing, not even ``;``, between the two."""
    line = cursor.line
    cursor.expect("BEGIN", "TRY")
    body = _statements(cursor, parse_statement)
    if not body:
        raise cursor.syntax_error()
    cursor.expect("END", "TRY", "BEGIN", "CATCH")
    handler = _statements(cursor, parse_statement)
    cursor.expect("END", "CATCH")
    return ast.TryCatch(line, body, handler)


def _statements(cursor: Cursor, parse_statement: ParseStatement) -> tuple[ast.Statement, ...]:
    """The statements before END."""
    statements = []
    cursor.skip_semicolons()
    while not (cursor.at("END") or cursor.at_end):
        statements.append(parse_statement(cursor))
    return tuple(statements)


def parse_if(cursor: Cursor, parse_statement: ParseStatement) -> ast.If:
    """IF; a chain of ELSE IF is read in a loop, but counts as nesting all the same."""
    links: list[tuple[int, ast.Slice, ast.Statement]] = []
    otherwise: ast.Statement | None = None
    while True:
        line = cursor.line
        cursor.expect("IF")
        condition = read_condition(cursor)
        links.append((line, condition, parse_statement(cursor)))
        if not cursor.accept("ELSE"):
            break
        if not cursor.at("IF"):
            otherwise = parse_statement(cursor)
            break
        cursor.nest()
    for line, condition, then in reversed(links):
        otherwise = ast.If(line, condition, then, otherwise)
    assert isinstance(otherwise, ast.If)
    return otherwise


def parse_while(cursor: Cursor, parse_statement: ParseStatement) -> ast.While:
    line = cursor.line
    cursor.expect("WHILE")
    return ast.While(line, read_condition(cursor), parse_statement(cursor))


def parse_word(cursor: Cursor) -> ast.Break | ast.Continue:
    """BREAK or CONTINUE"""
    line = cursor.line
    return ast.Break(line) if cursor.expect_any("BREAK", "CONTINUE") == "BREAK" else ast.Continue(line)


def parse_return(cursor: Cursor) -> ast.Return:
    line = cursor.line
    cursor.expect("RETURN")
    is_label = cursor.at_name and cursor.ahead().word == ":"
    return ast.Return(line, read_value(cursor) if at_value(cursor) and not is_label else None)


def parse_print(cursor: Cursor) -> ast.Print:
    line = cursor.line
    cursor.expect("PRINT")
    return ast.Print(line, read_value(cursor))


def parse_throw(cursor: Cursor) -> ast.Throw:
    line = cursor.line
    cursor.expect("THROW")
    if cursor.current.kind not in _CONSTANTS:
        return ast.Throw(line)
    number = _throw_argument(cursor, Kind.NUMBER)
    cursor.expect(",")
    message = _throw_argument(cursor, Kind.STRING)
    cursor.expect(",")
    return ast.Throw(line, number, message, _throw_argument(cursor, Kind.NUMBER))


def _throw_argument(cursor: Cursor, kind: Kind) -> ast.Slice:
    if cursor.current.kind not in (kind, Kind.VARIABLE):
        raise cursor.syntax_error()
    return _constant(cursor)


def parse_raiserror(cursor: Cursor) -> ast.RaisError:
    """RAISERROR takes literals and variables, no expressions."""
    line = cursor.line
    cursor.expect("RAISERROR", "(")
    values = [_constant(cursor)]
    while cursor.accept(","):
        values.append(_constant(cursor))
    if len(values) < 3:
        raise cursor.syntax_error()
    cursor.expect(")")
    options: list[str] = []
    if cursor.accept("WITH"):
        while not options or cursor.accept(","):
            options.append(cursor.expect_any("LOG", "NOWAIT", "SETERROR"))
    return ast.RaisError(line, values[0], values[1], values[2], tuple(values[3:]), tuple(options))


def _constant(cursor: Cursor) -> ast.Slice:
    """A literal, a negative number, NULL or a variable."""
    first = cursor.index
    is_signed = bool(cursor.accept_any("-", "+"))
    kind = cursor.current.kind
    if kind is not Kind.NUMBER and (
        is_signed or not (kind in (*_CONSTANTS, Kind.BINARY) or cursor.at("NULL"))
    ):
        raise cursor.syntax_error()
    cursor.advance()
    return cursor.slice(first)


def parse_waitfor(cursor: Cursor) -> ast.WaitFor:
    line = cursor.line
    cursor.expect("WAITFOR")
    if cursor.at_any("TIME", "("):
        raise cursor.unsupported_option("WAITFOR TIME" if cursor.at("TIME") else "WAITFOR (")
    cursor.expect("DELAY")
    if cursor.current.kind not in (Kind.STRING, Kind.VARIABLE):
        raise cursor.syntax_error()
    return ast.WaitFor(line, "DELAY", _constant(cursor))
