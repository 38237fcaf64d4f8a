"""Text of a batch -> tokens with exact places in the source.

Rules: https://learn.microsoft.com/sql/t-sql/language-elements/ (comments nest, ``]]`` and ``''`` double the
closing mark, QUOTED_IDENTIFIER is ON) and .../databases/database-identifiers (length of names).
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from localdb.errors import SqlError, sql_error
from localdb.tsql.keywords import RESERVED

MAX_NAME = 128
MAX_TEMPORARY_NAME = 116
_SHOWN = 1000
"""Characters of an unclosed string that error 105 repeats."""


class Kind(Enum):
    WORD = auto()
    """A keyword or a name without quotes, ``#t`` too."""
    QUOTED = auto()
    """``[name]`` or ``"name"``."""
    VARIABLE = auto()
    """``@x`` or ``@@x``."""
    STRING = auto()
    NUMBER = auto()
    BINARY = auto()
    MONEY = auto()
    PSEUDO = auto()
    """``$action`` and other names that begin with a dollar sign."""
    SYMBOL = auto()
    END = auto()


class Token(NamedTuple):
    """``text`` is as written. ``word`` is a word in upper case or a symbol, and '' for every other kind: so
    comparing it never takes ``[select]`` or ``'select'`` for the keyword."""

    kind: Kind
    text: str
    word: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_reserved(self) -> bool:
        return self.kind is Kind.WORD and self.word in RESERVED

    @property
    def value(self) -> str:
        """The text without its quotes: a name's or a string's value; other tokens as they are."""
        if self.kind is Kind.QUOTED:
            close = "]" if self.text[0] == "[" else '"'
            return self.text[1:-1].replace(close * 2, close)
        if self.kind is Kind.STRING:
            return self.text[self.text.index("'") + 1 : -1].replace("''", "'")
        return self.text


_CURRENCY = "$¢£¤¥৲৳฿៛₠-₱﷼﹩＄￠￡￥￦"
_TOKEN = re.compile(
    rf"""
    [\s\ufeff]*+
    (?:(?P<blank>--[^\r\n]*|\Z)
    |(?P<comment>/\*)
    |(?P<STRING>[nN]?'[^']*+(?:''[^']*+)*+')
    |(?P<QUOTED>\[[^\]]*+(?:\]\][^\]]*+)*+\]|"[^"]*+(?:""[^"]*+)*+")
    |(?P<unclosed>[nN]?'|\[|")
    |(?P<VARIABLE>@[\w@$\#]*)
    |(?P<BINARY>0[xX](?:[0-9a-fA-F]|\\\r?\n)*)
    |(?P<NUMBER>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d*)?)
    |(?P<WORD>(?:[^\W\d]|\#)[\w@$\#]*)
    |(?P<PSEUDO>\$[A-Za-z_]\w*)
    |(?P<MONEY>[{_CURRENCY}]\d*(?:\.\d*)?)
    |(?P<SYMBOL>[-+*/%&|^]=|<=|>=|<>|!=|!<|!>|::|\|\||<<|>>|[-+*/%&|^~=<>(){{}},;.:?!])
    |(?P<unknown>.))
    """,
    re.VERBOSE,
)
_KINDS = {kind.name: kind for kind in Kind if kind is not Kind.END}
_NAMES = (Kind.WORD, Kind.QUOTED, Kind.VARIABLE)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_LINE_END = re.compile(r"\r\n|\n|\r")


def line_starts(text: str) -> list[int]:
    """The offset at which each line of the text begins."""
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def tokenize(text: str) -> list[Token]:
    """The tokens of a batch, the last of them of kind END.

    Raises 102 (a character that T-SQL does not know), 103, 105, 113, 193 and 1038.
    """
    tokens = []
    position = 0
    while match := _TOKEN.match(text, position):
        group = match.lastgroup or ""
        start, position = match.start(group), match.end()
        kind = _KINDS.get(group)
        if kind is not None:
            token = _token(kind, match[group], start)
            if kind in _NAMES:
                _check_name(token, text)
            tokens.append(token)
        elif group == "comment":
            position = _comment_end(text, start)
        elif group == "unclosed":
            raise _error(105, text, start, text[position : position + _SHOWN])
        elif group == "unknown":
            raise _error(102, text, start, match[group])
        elif position == len(text):
            break
    tokens.append(Token(Kind.END, "", "", len(text)))
    return tokens


def _token(kind: Kind, text: str, start: int) -> Token:
    if kind is Kind.WORD:
        return Token(kind, text, text.upper(), start)
    return Token(kind, text, text if kind is Kind.SYMBOL else "", start)


def _comment_end(text: str, start: int) -> int:
    depth, position = 1, start + 2
    while depth:
        edge = _COMMENT_EDGE.search(text, position)
        if edge is None:
            raise _error(113, text, start)
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position


def _check_name(token: Token, text: str) -> None:
    name = token.value
    if not name:
        raise _error(1038, text, token.start)
    if name[0] == "#" and name[:2] != "##" and len(name) > MAX_TEMPORARY_NAME:
        raise _error(193, text, token.start, name)
    if len(name) > MAX_NAME:
        raise _error(103, text, token.start, name[:MAX_NAME])


def _error(number: int, text: str, position: int, *arguments: str) -> SqlError:
    line = 1 + sum(1 for _ in _LINE_END.finditer(text, 0, position))
    return sql_error(number, *arguments, line=line)
