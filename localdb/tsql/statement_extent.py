"""Where a query or a data change ends. T-SQL needs no semicolons: this is the parser's delicate part.

Such a statement ends before ``;``, END, ELSE, the end of the batch, or, outside parentheses and CASE, before
a reserved word that begins a statement, unless that word belongs to this statement (UNION SELECT, INNER MERGE
JOIN, OFFSET ... FETCH, THEN UPDATE SET).
"""

from __future__ import annotations

from collections.abc import Callable

from localdb.errors import sql_error
from localdb.tsql.cursor import Cursor
from localdb.tsql.expression_extent import skip_case
from localdb.tsql.keywords import STATEMENT_STARTS
from localdb.tsql.lexer import Kind

_OPERANDS = (Kind.STRING, Kind.NUMBER, Kind.BINARY, Kind.MONEY, Kind.VARIABLE)


def skip_clauses(cursor: Cursor, belongs: Callable[[Cursor], bool] | None = None) -> None:
    """Pass tokens to the end of the statement; ``belongs`` names further words that continue it."""
    while not (cursor.at_end or cursor.at_any(";", "END", "ELSE")):
        word = cursor.current.word
        if word == "(":
            if _begins_query(cursor):
                return
            cursor.skip_group()
        elif word == ")":
            raise cursor.syntax_error()
        elif word == "CASE":
            skip_case(cursor)
        else:
            if word in STATEMENT_STARTS and not (_continues(cursor) or (belongs and belongs(cursor))):
                return
            if cursor.at("WITH", "CHECK", "OPTION"):
                return  # the end of a view
            refuse_common_table(cursor)
            if word == "THROW" and cursor.ahead().kind in (Kind.NUMBER, Kind.VARIABLE):
                raise cursor.syntax_error()  # THROW needs a semicolon before it: else it would be an alias
            cursor.advance()


def _continues(cursor: Cursor) -> bool:
    """Whether a word that begins statements continues the present one, whatever its kind."""
    word, before = cursor.current.word, cursor.previous.word
    if word == "SELECT":
        is_union_all = before == "ALL" and cursor.tokens[cursor.index - 2].word == "UNION"
        return is_union_all or before in ("UNION", "EXCEPT", "INTERSECT")
    if word == "MERGE":
        return cursor.ahead().word == "JOIN" and before in ("INNER", "LEFT", "RIGHT", "FULL", "OUTER")
    if word == "FETCH":
        return before in ("ROW", "ROWS") and cursor.ahead().word in ("NEXT", "FIRST")
    return False


def _begins_query(cursor: Cursor) -> bool:
    """Whether a parenthesis begins the next statement: it holds a query and stands behind an operand."""
    if not cursor.holds_query():
        return False
    before = cursor.tokens[cursor.index - 2]
    if cursor.previous.word == ")":
        before = cursor.before_group(cursor.index - 1)
    elif cursor.previous.kind not in _OPERANDS:
        return before.word == "AS" and cursor.previous.kind in (Kind.WORD, Kind.QUOTED)
    return before.word != "TOP"


def refuse_common_table(cursor: Cursor) -> None:
    """Raises 319 at a WITH clause: it must follow a semicolon; elsewhere WITH begins hints or options."""
    if not cursor.at("WITH"):
        return
    if cursor.ahead().kind not in (Kind.WORD, Kind.QUOTED):
        return
    behind = cursor.index + 2
    if cursor.tokens[behind].word == "(":
        behind = cursor.group_end(behind)
    if cursor.tokens[behind].word == "AS" and cursor.tokens[behind + 1].word == "(":
        raise sql_error(319, line=cursor.line)
