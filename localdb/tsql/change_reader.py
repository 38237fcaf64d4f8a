"""Cuts the text of INSERT, UPDATE, DELETE and MERGE into clauses; what is inside a clause stays a ``Slice``.

sqlglot parses expressions, queries and FROM clauses. Of the four statements it drops or refuses too much
(``UPDATE TOP (n)``, ``SET a += 1``, ``DELETE ... OUTPUT``, ``INSERT TOP``), so that it never sees them whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.ast import Slice
from localdb.tsql.bridge import parse_slice
from localdb.tsql.cursor import Cursor
from localdb.tsql.hints import check_hints
from localdb.tsql.lexer import Kind, Token
from localdb.types import ObjectName

_DEPTH = {"(": 1, "CASE": 1, ")": -1, "END": -1}


@dataclass(frozen=True, slots=True)
class Target:
    """The table that a statement names as its target: its name, and that name as written."""

    name: ObjectName
    text: Slice


class ChangeReader(Cursor):
    """A place in the tokens of one data change."""

    def __init__(self, statement: Slice) -> None:
        self._first_line = statement.line
        super().__init__(statement.text)

    def line_of(self, token: Token) -> int:
        return super().line_of(token) + self._first_line - 1

    def until(self, *stops: str) -> Slice:
        """Everything before the first of ``stops`` outside of parentheses and CASE, or to the end.

        102 or 156 when there is nothing.
        """
        first = self.index
        depth = 0
        while not self.at_end:
            word = self.current.word
            if depth == 0 and (word in stops or word in (";", ")")) and not self._in_distinct_from():
                break
            depth += _DEPTH.get(word, 0)
            self.advance()
        if self.index == first:
            raise self.syntax_error()
        return self.slice(first)

    def _in_distinct_from(self) -> bool:
        """The FROM of ``IS [NOT] DISTINCT FROM`` begins no clause."""
        return self.at("FROM") and self.index > 0 and self.previous.word == "DISTINCT"

    def list_until(self, *stops: str) -> list[Slice]:
        """Items separated by commas, up to one of ``stops``."""
        items = [self.until(",", *stops)]
        while self.accept(","):
            items.append(self.until(",", *stops))
        return items

    def in_parentheses(self) -> Slice:
        """The text inside ``( ... )``."""
        self.expect("(")
        inner = self.until(")")
        self.expect(")")
        return inner

    def finish(self) -> None:
        """Nothing but semicolons may follow."""
        while self.accept(";"):
            pass
        if not self.at_end:
            raise self.syntax_error()

    # --- clauses that several statements share ---

    def common_tables(self) -> Slice | None:
        """``WITH a AS (...), b (x) AS (...)`` in front of the statement."""
        if not self.at("WITH"):
            return None
        first = self.index
        self.advance()
        while True:
            self.identifier()
            if self.at("("):
                self.skip_group()
            self.expect("AS")
            self.skip_group()
            if not self.accept(","):
                return self.slice(first)

    def top(self) -> Slice | None:
        """``TOP (n)``; PERCENT is refused."""
        if not self.accept("TOP"):
            return None
        count = self.in_parentheses()
        if self.at("PERCENT"):
            raise self.unsupported_option("TOP PERCENT")
        return count

    def target(self) -> Target:
        """A table's name, a variable or an alias, with its locking hints."""
        first = self.index
        name = ObjectName(self.variable()) if self.current.kind is Kind.VARIABLE else self.object_name()
        target = Target(name, self.slice(first))
        if self.at("WITH", "("):
            first = self.index
            self.advance()
            self.skip_group()
            hints = self.slice(first)
            query = parse_slice(Slice(f"SELECT 1 FROM x {hints.text}", hints.line), "query")
            for table in query.find_all(exp.Table):
                check_hints(table)
        return target

    def column_list(self) -> tuple[str, ...]:
        """``(a, b)``; a prefix, as in ``(t.a, t.b)``, is not read, as in SQL Server."""
        self.expect("(")
        names = [self.object_name().name]
        while self.accept(","):
            names.append(self.object_name().name)
        self.expect(")")
        return tuple(names)

    def options(self) -> Slice | None:
        """``OPTION (...)`` at the end."""
        if not self.at("OPTION"):
            return None
        first = self.index
        self.advance()
        self.skip_group()
        return self.slice(first)


def compose(line: int, *parts: str | Slice | None) -> Slice:
    """Pieces of a statement as one text, blanks between them, each on the line where it was written."""
    text = ""
    for part in parts:
        if isinstance(part, Slice):
            text += "\n" * (part.line - line - text.count("\n")) + part.text
        elif part is not None:
            text += part
        text += " "
    return Slice(text, line)


def refuse_repeated(columns: tuple[str, ...]) -> None:
    """264: a column named twice."""
    seen: set[str] = set()
    for name in columns:
        if name.lower() in seen:
            raise sql_error(264, name)
        seen.add(name.lower())
