"""The words of an expression: names, constants, variables, and what sqlglot's tokens leave in pieces.

https://learn.microsoft.com/sql/t-sql/data-types/constants-transact-sql
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from sqlglot import TokenType, exp

from localdb.tsql.reserved import FUNCTION_WORDS, NILADIC_FUNCTIONS, RESERVED_WORDS

if TYPE_CHECKING:
    from sqlglot.parsers.tsql import TSQLParser as _Base
else:
    _Base = object

ADDITIVE = {
    TokenType.PLUS: exp.Add,
    TokenType.DASH: exp.Sub,
    TokenType.AMP: exp.BitwiseAnd,
    TokenType.PIPE: exp.BitwiseOr,
    TokenType.CARET: exp.BitwiseXor,
}
MULTIPLICATIVE = {TokenType.STAR: exp.Mul, TokenType.SLASH: exp.Div, TokenType.MOD: exp.Mod}
SPECIAL_FORMS = ("CASE", "CAST", "TRY_CAST", "CONVERT", "TRY_CONVERT")
_OPERAND_TOKENS = frozenset(
    (
        TokenType.STRING,
        TokenType.NATIONAL_STRING,
        TokenType.HEX_STRING,
        TokenType.IDENTIFIER,
        TokenType.NUMBER,
        TokenType.NULL,
        TokenType.PARAMETER,
        TokenType.DASH,
        TokenType.PLUS,
        TokenType.TILDE,
        TokenType.STAR,
        TokenType.L_BRACE,
        TokenType.L_PAREN,
    )
)
_WORD = re.compile(r"[^\W\d]\w*[\w@#$]*|[#_@$][\w@#$]*")
_VARIABLE = re.compile(r"@@?[\w@#$]+")
_MONEY = re.compile(r"[$£¤¥€]([+-]?(?:\d+\.?\d*|\.\d+))?")
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE]([+-]?\d+)?)?")
_HEX = re.compile(r"0[xX][0-9a-fA-F]*")


class MoneyLiteral(exp.Expression, exp.Condition):
    """A money constant, ``$1.5``: ``this`` is the number's text ('' for a lone ``$``, which is zero)."""

    arg_types = {"this": True}  # noqa: RUF012 - sqlglot's own way of declaring arguments


class ExpressionTokens(_Base):
    """A mixin of ``sqlglot.Parser``."""

    # --- constants ---

    def _literal(self) -> exp.Expr | None:
        token = self._curr
        if token.token_type == TokenType.NULL:
            self._advance()
            return exp.Null()
        if token.token_type == TokenType.STRING:
            self._advance()
            return exp.Literal.string(token.text)
        if token.token_type == TokenType.NATIONAL_STRING:
            self._advance()
            return exp.National(this=token.text)
        if token.token_type == TokenType.HEX_STRING:
            return self._source_literal(_HEX, exp.HexString, 2)
        if token.token_type == TokenType.IDENTIFIER and self.sql[token.start : token.start + 2] in (
            "0x",
            "0X",
        ):
            return self._source_literal(_HEX, exp.HexString, 2)
        if token.token_type == TokenType.NUMBER or (
            token.token_type == TokenType.DOT and self._next_is(TokenType.NUMBER)
        ):
            return self._source_literal(_NUMBER, exp.Literal, 0)
        if _MONEY.match(token.text) and not _WORD.fullmatch(token.text[1:]):
            return self._source_literal(_MONEY, MoneyLiteral, 1)
        return None

    def _source_literal(self, pattern: re.Pattern[str], node: type[exp.Expr], skip: int) -> exp.Expr:
        """The constant as the source writes it: sqlglot's tokens cut ``$1.5`` and ``.5`` into pieces."""
        match = pattern.match(self.sql, self._curr.start)
        if match is None:
            self._fail("Incorrect constant")
        end = match.end()
        while self._curr and self._curr.start < end:
            if self._curr.end >= end:
                self._fail("Incorrect constant")
            self._advance()
        text = match.group(0)[skip:]
        return exp.Literal.number(text) if node is exp.Literal else node(this=text)

    def _odbc_escape(self) -> exp.Expr:
        """``{d '...'}``, ``{t '...'}``, ``{ts '...'}``: a datetime constant."""
        self._expect(TokenType.L_BRACE)
        kind = self._word().lower()
        if kind not in ("d", "t", "ts") or self._curr.token_type != TokenType.STRING:
            self._fail("Unknown escape sequence")
        text = exp.Literal.string(self._curr.text)
        self._advance()
        self._expect(TokenType.R_BRACE)
        return exp.Cast(this=text, to=exp.Var(this="datetime"))

    def _at_variable(self) -> exp.Expr:
        """``@x`` -> exp.Parameter(this=exp.Var("x")), ``@@x`` -> exp.SessionParameter(this=exp.Var("x"))."""
        match = _VARIABLE.match(self.sql, self._curr.start)
        if match is None:
            self._fail("Incorrect variable name")
        end = match.end()
        while self._curr and self._curr.start < end:
            self._advance()
        text = match.group(0)
        if text.startswith("@@"):
            return exp.SessionParameter(this=exp.Var(this=text[2:]))
        return exp.Parameter(this=exp.Var(this=text[1:]))

    # --- names ---

    def _identifier(self) -> exp.Identifier:
        quoted = self._curr.token_type == TokenType.IDENTIFIER
        return exp.Identifier(this=self._word(), quoted=quoted)

    def _word(self) -> str:
        """A name: quoted, or a word that T-SQL does not reserve."""
        token = self._curr
        if not token or (
            token.token_type != TokenType.IDENTIFIER
            and (
                token.token_type in (TokenType.STRING, TokenType.NATIONAL_STRING)
                or not _WORD.fullmatch(token.text)
                or token.text.upper() in RESERVED_WORDS
            )
        ):
            self._fail("Expected a name")
        self._advance()
        return token.text

    # --- tokens ---

    def _starts_operand(self, allow_not: bool = False) -> bool:
        token = self._curr
        if not token:
            return False
        word = token.text.upper()
        if token.token_type in _OPERAND_TOKENS:
            return True
        if token.token_type == TokenType.DOT:
            return self._next_is(TokenType.NUMBER)
        if token.token_type == TokenType.NOT:
            return allow_not and token.text != "!"
        if _MONEY.match(token.text):
            return True
        if word in (*SPECIAL_FORMS, "EXISTS") or word in NILADIC_FUNCTIONS:
            return True
        if word in FUNCTION_WORDS:
            return self._next_is(TokenType.L_PAREN)
        return bool(_WORD.fullmatch(token.text)) and word not in RESERVED_WORDS

    def _at_compound_assignment(self) -> bool:
        """``+=``: sqlglot makes two tokens of it."""
        token, following = self._curr, self._next
        return bool(
            following
            and following.token_type == TokenType.EQ
            and following.start == token.end + 1
            and (token.token_type in ADDITIVE or token.token_type in MULTIPLICATIVE)
        )

    def _at_word(self, word: str) -> bool:
        return (
            bool(self._curr)
            and self._curr.text.upper() == word
            and self._curr.token_type
            not in (
                TokenType.IDENTIFIER,
                TokenType.STRING,
                TokenType.NATIONAL_STRING,
            )
        )

    def _next_is(self, token_type: TokenType) -> bool:
        return bool(self._next) and self._next.token_type == token_type

    def _expect(self, token_type: TokenType) -> None:
        if not self._match(token_type):
            self._fail(f"Expected {token_type.name}")

    def _fail(self, message: str) -> NoReturn:
        """Raise at the current token (the parser runs at ErrorLevel.IMMEDIATE or RAISE)."""
        self.raise_error(message, self._curr or self._prev)
        raise self.errors[-1]
