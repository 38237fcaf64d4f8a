"""Where an expression ends: the parser keeps expressions as text, so it only finds their extent.

No recursion: what stands in parentheses is passed over as a whole, and read later with the expression itself.
https://learn.microsoft.com/sql/t-sql/language-elements/expressions-transact-sql
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql.ast import Slice
from localdb.tsql.cursor import Cursor
from localdb.tsql.keywords import STATEMENT_STARTS, words
from localdb.tsql.lexer import Kind
from localdb.tsql.token_sequence import COMPARISONS, SPACED_COMPARISONS, check_sequence

_LITERALS = (Kind.STRING, Kind.NUMBER, Kind.BINARY, Kind.MONEY)
_SIGNS = ("+", "-", "~")
_BINARY = frozenset(("+", "-", "*", "/", "%", "&", "|", "^", "||", "<<", ">>"))
_PREDICATE_WORDS = COMPARISONS | {
    "AND",
    "OR",
    "NOT",
    "IS",
    "IN",
    "LIKE",
    "BETWEEN",
    "EXISTS",
    "CONTAINS",
    "FREETEXT",
}
_RESERVED_VALUES = words(
    "NULL CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME CURRENT_USER SESSION_USER SYSTEM_USER USER"
)
_RESERVED_FUNCTIONS = words("LEFT RIGHT COALESCE NULLIF CONVERT TRY_CONVERT")
_PREDICATE_FUNCTIONS = ("CONTAINS", "FREETEXT", "UPDATE")


def read_value(cursor: Cursor) -> Slice:
    """Pass an expression that yields a value, and return it. Raises 102 or 156 where it is malformed."""
    first = cursor.index
    skip_value(cursor)
    check_sequence(cursor, first, cursor.index)
    return cursor.slice(first)


def read_condition(cursor: Cursor) -> Slice:
    """Pass a search condition, and return it. Raises 4145 where a value stands in a condition's place."""
    first = cursor.index
    _skip_condition(cursor)
    check_sequence(cursor, first, cursor.index)
    return cursor.slice(first)


def at_value(cursor: Cursor) -> bool:
    """Whether the current token can begin a value. A bare THROW cannot: it begins a statement."""
    token = cursor.current
    return (
        token.kind in (*_LITERALS, Kind.VARIABLE, Kind.PSEUDO)
        or token.word in ("(", "{", "CASE", *_SIGNS)
        or token.word in _RESERVED_VALUES
        or token.word in _RESERVED_FUNCTIONS
        or (cursor.at_name and token.word != "THROW")
    )


def skip_value(cursor: Cursor) -> None:
    while True:
        while cursor.accept_any(*_SIGNS):
            pass
        _skip_operand(cursor)
        while cursor.accept("COLLATE"):
            cursor.identifier()
        if cursor.accept("AT", "TIME", "ZONE") or cursor.current.word in _BINARY:
            if cursor.current.word in _BINARY:
                cursor.advance()
            continue
        return


def skip_case(cursor: Cursor) -> None:
    """Pass CASE ... END with everything nested in it."""
    depth = 0
    while True:
        word = cursor.current.word
        if word == "(":
            cursor.skip_group()
            continue
        if cursor.at_end or word in (";", ")") or word in STATEMENT_STARTS:
            raise cursor.syntax_error()
        depth += {"CASE": 1, "END": -1}.get(word, 0)
        cursor.advance()
        if depth == 0:
            return


def _skip_operand(cursor: Cursor) -> None:
    token = cursor.current
    if token.word == "(":
        cursor.skip_group()
    elif token.word == "CASE":
        skip_case(cursor)
    elif token.word == "{":
        _skip_odbc_escape(cursor)
    elif token.kind in _LITERALS or token.word in _RESERVED_VALUES:
        cursor.advance()
    elif token.word in _RESERVED_FUNCTIONS:
        cursor.advance()
        cursor.skip_group()
    elif cursor.accept("NEXT", "VALUE", "FOR"):
        _skip_dotted_name(cursor)
        _skip_over(cursor)
    elif token.kind in (Kind.VARIABLE, Kind.PSEUDO):
        cursor.advance()
        _skip_members(cursor)
    elif cursor.at_name:
        _skip_dotted_name(cursor)
        if cursor.at("("):
            cursor.skip_group()
            _skip_over(cursor)
        _skip_members(cursor)
    else:
        raise cursor.syntax_error()


def _skip_dotted_name(cursor: Cursor) -> None:
    cursor.identifier()
    while cursor.accept_any(".", "::"):
        if not cursor.at("."):
            cursor.identifier()


def _skip_members(cursor: Cursor) -> None:
    """``.method(...)`` behind a variable or a function call."""
    while cursor.accept("."):
        cursor.identifier()
        if cursor.at("("):
            cursor.skip_group()


def _skip_over(cursor: Cursor) -> None:
    """What may follow a function's arguments: WITHIN GROUP, IGNORE NULLS, OVER."""
    if cursor.accept("WITHIN", "GROUP"):
        cursor.skip_group()
    if cursor.accept("IGNORE", "NULLS") or cursor.accept("RESPECT", "NULLS"):
        pass
    if cursor.accept("OVER"):
        if cursor.at("("):
            cursor.skip_group()
        else:
            cursor.identifier()


def _skip_odbc_escape(cursor: Cursor) -> None:
    """``{fn now()}``, ``{d '2024-01-31'}``"""
    while not cursor.accept("}"):
        if cursor.at_end or cursor.at(";"):
            raise cursor.syntax_error()
        if cursor.at("("):
            cursor.skip_group()
        else:
            cursor.advance()


def _skip_condition(cursor: Cursor) -> None:
    while True:
        while cursor.accept("NOT"):
            pass
        _skip_predicate(cursor)
        if not cursor.accept_any("AND", "OR"):
            return


def _skip_predicate(cursor: Cursor) -> None:
    if cursor.accept("EXISTS") or (
        cursor.at_any(*_PREDICATE_FUNCTIONS) and cursor.ahead().word == "(" and cursor.advance()
    ):
        cursor.skip_group()
        return
    if cursor.at("(") and _holds_condition(cursor, cursor.index):
        cursor.skip_group()
        return
    skip_value(cursor)
    if cursor.current.word in COMPARISONS:
        if (cursor.advance().word, cursor.current.word) in SPACED_COMPARISONS:
            cursor.advance()
        if not cursor.accept_any("ALL", "ANY", "SOME"):
            skip_value(cursor)
        else:
            cursor.skip_group()
    elif cursor.accept("IS"):
        cursor.accept("NOT")
        if cursor.accept("DISTINCT", "FROM"):
            skip_value(cursor)
        else:
            cursor.expect("NULL")
    else:
        _skip_membership(cursor)


def _skip_membership(cursor: Cursor) -> None:
    negated = cursor.accept("NOT")
    if cursor.accept("IN"):
        cursor.skip_group()
    elif cursor.accept("LIKE"):
        skip_value(cursor)
        if cursor.accept("ESCAPE"):
            skip_value(cursor)
    elif cursor.accept("BETWEEN"):
        skip_value(cursor)
        cursor.expect("AND")
        skip_value(cursor)
    elif negated:
        raise cursor.syntax_error()
    else:
        token = cursor.current if not cursor.at_end else cursor.previous
        raise sql_error(4145, token.value, line=cursor.line_of(token))


def _holds_condition(cursor: Cursor, index: int) -> bool:
    """Whether the parentheses that open at ``index`` hold a condition: not a value, not a subquery."""
    end = cursor.group_end(index) - 1
    index += 1
    while cursor.tokens[index].word == "(" and cursor.group_end(index) == end:
        index, end = index + 1, end - 1
    if cursor.tokens[index].word in ("SELECT", "WITH"):
        return False
    depth = 0
    while index < end:
        word = cursor.tokens[index].word
        if word == "(":
            index = cursor.group_end(index)
            continue
        depth += {"CASE": 1, "END": -1}.get(word, 0)
        if depth == 0 and (word in _PREDICATE_WORDS or word == "UPDATE"):
            return True
        index += 1
    return False
