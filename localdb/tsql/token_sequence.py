"""What can be seen wrong in a query, a data change or an expression from neighbouring tokens alone.

It answers with SQL Server's number, text and line at once, before any statement of the batch has run, and it
catches what a tolerant reader of the text would let pass, such as a comma in front of FROM.
"""

from __future__ import annotations

from localdb.tsql.cursor import Cursor
from localdb.tsql.keywords import NEVER_IN_DATA_STATEMENTS, words
from localdb.tsql.lexer import Token

COMPARISONS = frozenset(("=", "<", ">", "<=", ">=", "<>", "!=", "!<", "!>", "!"))
SPACED_COMPARISONS = frozenset((("<", "="), ("<", ">"), (">", "="), ("!", "="), ("!", "<"), ("!", ">")))
"""T-SQL allows blanks between the two characters of an operator: ``> =`` is ``>=``."""

_NEEDS_MORE = COMPARISONS | words(
    """
    , + - / % & | ^ ~ || << >> SELECT FROM WHERE ON AND OR HAVING BY JOIN UNION EXCEPT INTERSECT INTO
    VALUES SET WHEN THEN ELSE IN LIKE BETWEEN AS FOR
    """
)
"""Behind these something must follow."""

_BEGINS_NOTHING = COMPARISONS | words(
    """
    , ) ; / % & | ^ || << >> FROM WHERE GROUP HAVING ORDER UNION EXCEPT INTERSECT JOIN INNER CROSS
    OUTER FULL ON THEN WHEN ELSE END AND OR IN LIKE BETWEEN IS INTO OPTION
    """
)
"""These cannot be the first of what must follow."""


def check_sequence(cursor: Cursor, first: int, end: int) -> None:
    """Raise 102 or 156 for the first wrong pair among the tokens ``first`` .. ``end``."""
    tokens = cursor.tokens
    for index in range(first, end):
        token, following = tokens[index], tokens[index + 1]
        if token.word in NEVER_IN_DATA_STATEMENTS and tokens[index - 1].word != ".":
            raise cursor.syntax_error(token)
        if token.word == "VALUES" and tokens[index - 1].word == "DEFAULT":
            continue
        if token.word in _NEEDS_MORE and (index + 1 == end or _ends_early(token, following)):
            raise cursor.syntax_error(following)


def _ends_early(token: Token, following: Token) -> bool:
    if (token.word, following.word) in SPACED_COMPARISONS:
        return False
    return following.word in _BEGINS_NOTHING
