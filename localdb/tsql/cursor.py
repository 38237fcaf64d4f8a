"""A place in the tokens of a batch: what every part of the parser reads with."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager

from localdb.errors import SqlError, sql_error
from localdb.tsql.ast import Slice
from localdb.tsql.lexer import Kind, Token, line_starts, tokenize
from localdb.types import ObjectName

MAX_PARENTHESES = 500
MAX_NESTED_STATEMENTS = 200
"""Beyond these error 191 is raised, long before Python runs out of stack."""

_LINE_CONTINUATION = re.compile(r"\\\r?\n")


class Cursor:
    """The tokens of ``text`` and the index of the one that is read next.

    Raises the lexer's errors, and 191 when parentheses are nested too deeply.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.index = 0
        self._nesting = 0
        self._line_starts = line_starts(text)
        self._closing: dict[int, int] = {}
        self._opening: dict[int, int] = {}
        self._match_parentheses()

    def _match_parentheses(self) -> None:
        open_indexes: list[int] = []
        for index, token in enumerate(self.tokens):
            if token.word == "(":
                open_indexes.append(index)
                if len(open_indexes) > MAX_PARENTHESES:
                    raise sql_error(191, line=self.line_of(token))
            elif token.word == ")" and open_indexes:
                opening = open_indexes.pop()
                self._closing[opening] = index
                self._opening[index] = opening

    # --- looking ---

    @property
    def current(self) -> Token:
        return self.tokens[self.index]

    @property
    def previous(self) -> Token:
        return self.tokens[self.index - 1]

    def ahead(self, distance: int = 1) -> Token:
        """The token ``distance`` behind the current one; the END token when there are not so many."""
        return self.tokens[min(self.index + distance, len(self.tokens) - 1)]

    @property
    def at_end(self) -> bool:
        return self.current.kind is Kind.END

    @property
    def line(self) -> int:
        """The 1-based line of the current token."""
        return self.line_of(self.current)

    def line_of(self, token: Token) -> int:
        return bisect_right(self._line_starts, token.start)

    def at(self, *words: str) -> bool:
        """Whether the next tokens are these words or symbols, in this order."""
        return all(self.ahead(distance).word == word for distance, word in enumerate(words))

    def at_any(self, *words: str) -> bool:
        return self.current.word in words

    @property
    def at_name(self) -> bool:
        """Whether the current token can be an identifier."""
        token = self.current
        return token.kind is Kind.QUOTED or (token.kind is Kind.WORD and not token.is_reserved)

    # --- moving ---

    def advance(self) -> Token:
        token = self.current
        if token.kind is not Kind.END:
            self.index += 1
        return token

    def accept(self, *words: str) -> bool:
        """Pass these words if they are the next tokens."""
        if not self.at(*words):
            return False
        self.index += len(words)
        return True

    def accept_any(self, *words: str) -> str:
        """Pass one of these words and return it, or return ''."""
        return self.advance().word if self.current.word in words else ""

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                raise self.syntax_error()

    def expect_any(self, *words: str) -> str:
        word = self.accept_any(*words)
        if not word:
            raise self.syntax_error()
        return word

    def skip_semicolons(self) -> None:
        while self.accept(";"):
            pass

    def group_end(self, index: int) -> int:
        """The index behind the ')' that closes the '(' at ``index``."""
        closing = self._closing.get(index)
        if closing is None:
            raise self.syntax_error(self.tokens[-1])
        return closing + 1

    def before_group(self, index: int) -> Token:
        """The token before the '(' that the ')' at ``index`` closes."""
        return self.tokens[self._opening[index] - 1]

    def holds_query(self) -> bool:
        """Whether the current token opens parentheses around a query, maybe through further parentheses."""
        index = self.index
        while self.tokens[index].word == "(":
            index += 1
        return index > self.index and self.tokens[index].word in ("SELECT", "WITH")

    def skip_group(self) -> None:
        """Pass a balanced pair of parentheses."""
        if not self.at("("):
            raise self.syntax_error()
        self.index = self.group_end(self.index)

    # --- reading ---

    def identifier(self) -> str:
        """A name of one part, quotes removed."""
        if not self.at_name:
            raise self.syntax_error()
        return self.advance().value

    def variable(self) -> str:
        """``@name`` in lower case."""
        if self.current.kind is not Kind.VARIABLE:
            raise self.syntax_error()
        return self.advance().text.lower()

    def object_name(self) -> ObjectName:
        """A name of up to three parts; ``db..name`` has no schema. A fourth, a linked server, is refused."""
        line = self.line
        parts: list[str | None] = [self.identifier()]
        while self.accept("."):
            parts.append(None if self.at(".") else self.identifier())
        if len(parts) > 4:
            raise sql_error(117, self.text_of_name(parts), line=line)
        if len(parts) == 4:
            raise sql_error(40514, "Linked server " + self.text_of_name(parts), line=line)
        padded = [None] * (3 - len(parts)) + parts
        name = padded[2]
        assert name is not None
        return ObjectName(name, padded[1], padded[0])

    @staticmethod
    def text_of_name(parts: list[str | None]) -> str:
        return ".".join(part or "" for part in parts)

    def name_list(self) -> tuple[str, ...]:
        """``(a, b, ...)``"""
        self.expect("(")
        names = [self.identifier()]
        while self.accept(","):
            names.append(self.identifier())
        self.expect(")")
        return tuple(names)

    def slice(self, first: int) -> Slice:
        """The text from the token at index ``first`` to the one before the current.

        A backslash at the end of a line inside a literal is resolved here: the two are not part of the value.
        https://learn.microsoft.com/sql/t-sql/language-elements/sql-server-utilities-statements-backslash
        """
        tokens = self.tokens[first : self.index]
        start, end = tokens[0].start, tokens[-1].end
        line = self.line_of(tokens[0])
        text = self.text[start:end]
        if not _LINE_CONTINUATION.search(text):
            return Slice(text, line)
        pieces: list[str] = []
        position = start
        for token in tokens:
            if token.kind in (Kind.STRING, Kind.BINARY):
                pieces += self.text[position : token.start], _LINE_CONTINUATION.sub("", token.text)
                position = token.end
        return Slice("".join(pieces) + self.text[position:end], line)

    # --- errors and limits ---

    def syntax_error(self, token: Token | None = None) -> SqlError:
        """102, or 156 for a keyword, near ``token`` (default: the current one); at the end, near the last."""
        token = self.current if token is None else token
        if token.kind is Kind.END:
            last = self.tokens[-2] if len(self.tokens) > 1 else token
            return sql_error(102, last.value, line=self.line_of(last))
        return sql_error(156 if token.is_reserved else 102, token.value, line=self.line_of(token))

    def unsupported_statement(self, name: str) -> SqlError:
        return sql_error(40510, name, line=self.line)

    def unsupported_option(self, name: str) -> SqlError:
        return sql_error(40517, name, line=self.line)

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Around a statement inside another one; raises 191 when there are too many."""
        before = self._nesting
        self.nest()
        yield
        self._nesting = before

    def nest(self) -> None:
        """One level more, until the ``nested`` around it ends."""
        self._nesting += 1
        if self._nesting > MAX_NESTED_STATEMENTS:
            raise sql_error(191, line=self.line)
