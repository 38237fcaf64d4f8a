"""Sequences of tokens that are no T-SQL but that sqlglot would read over without a trace in its tree."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import Token, TokenType

from localdb.tsql.reserved import RESERVED_WORDS

NESTING_LIMIT = 1_000

_FOREIGN = frozenset(
    (
        TokenType.ARROW,
        TokenType.COLON,
        TokenType.COLON_EQ,
        TokenType.DAMP,
        TokenType.DARROW,
        TokenType.DCOLON,
        TokenType.DPIPE,
        TokenType.FARROW,
        TokenType.PIPE_GT,
        TokenType.PLACEHOLDER,
    )
)
_QUOTED = (TokenType.IDENTIFIER, TokenType.STRING, TokenType.NATIONAL_STRING)
_TYPES_OF_RESERVED_WORDS = ("DOUBLE", "NATIONAL")
_BEFORE_NO_AS = (TokenType.SELECT, TokenType.L_PAREN, TokenType.COMMA, TokenType.WITH, TokenType.DISTINCT)
_BEFORE_DISTINCT = (TokenType.SELECT, TokenType.L_PAREN, TokenType.IS, TokenType.NOT)
_LIST_STARTS = (
    None,
    TokenType.COMMA,
    TokenType.FROM,
    TokenType.GROUP_BY,
    TokenType.JOIN,
    TokenType.L_PAREN,
    TokenType.ORDER_BY,
    TokenType.PARTITION_BY,
    TokenType.SELECT,
    TokenType.VALUES,
    TokenType.WITH,
)
_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)
_NO_FACTOR = (TokenType.WITH, TokenType.JOIN, TokenType.INNER, TokenType.CROSS, TokenType.OUTER)
_ESCAPES = ("D", "T", "TS")


def misplaced(tokens: Sequence[Token]) -> Token | None:
    """The first token that cannot stand where it does."""
    for i, token in enumerate(tokens):
        if token.token_type in _QUOTED:
            continue
        before = tokens[i - 1] if i else None
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        if _is_misplaced(token, before, after):
            return token
        if token.token_type == TokenType.STAR and i > 1 and _is_distinct_star(tokens[i - 2], tokens[i - 1]):
            return token
    return None


def _is_misplaced(token: Token, before: Token | None, after: Token | None) -> bool:
    kind = token.token_type
    previous = before.token_type if before else None
    following = after.token_type if after else None
    if kind == TokenType.ALIAS:
        return not (_may_precede_as(before) and _may_follow_as(after))
    if kind == TokenType.COMMA:
        return previous in _LIST_STARTS
    if kind == TokenType.DISTINCT:
        return previous not in _BEFORE_DISTINCT
    if kind == TokenType.DOT:
        return previous in _LIST_STARTS and following != TokenType.NUMBER
    if kind == TokenType.EQ:
        return following in (TokenType.R_PAREN, TokenType.COMMA)
    if kind == TokenType.L_BRACE:
        return after is None or after.text.upper() not in _ESCAPES
    if kind == TokenType.ON:
        return previous == TokenType.DISTINCT
    if kind == TokenType.STAR:
        return following == TokenType.ALIAS or (previous in _NAMES and following in _NO_FACTOR)
    if kind == TokenType.HASH:
        return after is None or after.start != token.end + 1
    if kind == TokenType.VALUES:
        return previous not in (None, TokenType.L_PAREN)
    return kind in _FOREIGN or (kind == TokenType.VAR and token.text.upper() == "BY")


def _is_distinct_star(parenthesis: Token, distinct: Token) -> bool:
    """``COUNT(DISTINCT *)``"""
    return parenthesis.token_type == TokenType.L_PAREN and distinct.token_type == TokenType.DISTINCT


def _may_precede_as(token: Token | None) -> bool:
    return token is not None and token.token_type not in _BEFORE_NO_AS


def _may_follow_as(token: Token | None) -> bool:
    """A name, a string, a type, or the parenthesis of a common table expression."""
    if token is None:
        return False
    if token.token_type in (*_QUOTED, TokenType.L_PAREN, TokenType.HASH):
        return True
    word = token.text.upper()
    return (word[:1].isalpha() or word[:1] == "_") and (
        word not in RESERVED_WORDS or word in _TYPES_OF_RESERVED_WORDS
    )


def too_deep(tokens: Sequence[Token]) -> bool:
    """Are there more parentheses open at once than any stack could hold?"""
    if len(tokens) < NESTING_LIMIT:
        return False
    depth = 0
    for token in tokens:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth > NESTING_LIMIT:
            return True
    return False
