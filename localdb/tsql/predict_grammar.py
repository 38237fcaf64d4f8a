"""PREDICT in FROM: https://learn.microsoft.com/sql/t-sql/queries/predict-transact-sql

``PREDICT(name = value, ...) WITH (column type [COLLATE c] [NULL | NOT NULL], ...)``; which names and values
it takes is the binder's matter (``predictions``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import TokenType, exp

if TYPE_CHECKING:
    from localdb.tsql.expression_grammar import ExpressionGrammar as _Base
else:
    _Base = object

_TYPE_ENDS = (TokenType.COLLATE, TokenType.NOT, TokenType.NULL)


class Predict(exp.Expression):
    """``arguments`` are exp.Kwarg(this=exp.Var(NAME), expression), or the bare node of one without a name;
    ``expressions`` are ``PredictColumn``, [] without WITH."""

    arg_types = {"arguments": True, "expressions": False}  # noqa: RUF012 - sqlglot's own way


class PredictColumn(exp.Expression):
    """``kind`` is the type's text as exp.Var, ``collate`` the collation's name as exp.Var."""

    arg_types = {"this": True, "kind": True, "collate": False, "not_null": False}  # noqa: RUF012


class PredictGrammar(_Base):
    """A mixin of ``sqlglot.Parser``."""

    def _parse_predict(self) -> Predict:
        """What follows ``PREDICT(``; the caller reads the last ``)``."""
        arguments = self._parse_csv(self._predict_argument)
        columns: list[exp.Expr] = []
        if self._match_pair(TokenType.R_PAREN, TokenType.WITH):
            self._expect(TokenType.L_PAREN)
            columns = self._parse_csv(self._predict_column)
            if not columns:
                self._fail("Expected a column")
        return Predict(arguments=arguments, expressions=columns)

    def _predict_argument(self) -> exp.Expr | None:
        if not self._next_is(TokenType.EQ):
            return self._optional_value()
        name = self._curr.text.upper()
        self._advance(2)
        value = self._predict_value(name)
        if value is None:
            self._fail("Expected a value")
        return exp.Kwarg(this=exp.Var(this=name), expression=value)

    def _predict_value(self, name: str) -> exp.Expr | None:
        if name == "DATA":
            return self._parse_table()
        if name == "RUNTIME" and self._curr.token_type == TokenType.VAR:
            return exp.Var(this=self._word())
        return self._optional_value()

    def _predict_column(self) -> PredictColumn:
        name = self._identifier()
        kind = exp.Var(this=self._type_text(*_TYPE_ENDS))
        collate = exp.Var(this=self._word()) if self._match(TokenType.COLLATE) else None
        not_null = bool(self._match(TokenType.NOT))
        if not self._match(TokenType.NULL) and not_null:
            self._fail("Expected NULL")
        return PredictColumn(this=name, kind=kind, collate=collate, not_null=not_null)
