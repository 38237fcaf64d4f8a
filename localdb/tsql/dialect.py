"""The sqlglot dialect that parses one slice: sqlglot's T-SQL clauses around our own grammar of expressions.

What differs from sqlglot's own ``tsql`` dialect, and why (tests/tsql/expressions/test_dialect.py holds the
traps):

* every function arrives as ``exp.Anonymous(this=name as written, expressions=arguments in source order)``;
  sqlglot's
  own classes merge ISNULL with COALESCE, LEN with DATALENGTH, CONVERT with TRY_CONVERT, and rewrite date
  parts;
* operators have T-SQL's precedence (``& | ^`` bind like ``+``, unary minus takes a whole product);
* the type of CAST and CONVERT stays text: ``exp.Cast(this, to=exp.Var)``, ``exp.TryCast`` likewise,
  ``exp.Convert(this=exp.Var, expression, style, safe=True for TRY_CONVERT)``;
* N'x' is ``exp.National``, 0xAB ``exp.HexString(this="AB")``, $1.5 ``MoneyLiteral``, @@name
  ``exp.SessionParameter``;
* an operand that is missing, or a word that T-SQL reserves, is a ParseError: nothing is taken as a name by
  chance;
* ``"x"`` is always a quoted name (QUOTED_IDENTIFIER ON), and no token swallows the rest of the text.
"""

from __future__ import annotations

from typing import ClassVar

from sqlglot import TokenType, exp
from sqlglot.dialects.tsql import TSQL
from sqlglot.parsers.tsql import TSQLParser

from localdb.tsql.expression_grammar import ExpressionGrammar
from localdb.tsql.expression_tokens import MoneyLiteral

__all__ = ["LocalTSQL", "MoneyLiteral"]


class LocalParser(ExpressionGrammar, TSQLParser):
    """sqlglot's clause grammar; every expression goes to ``ExpressionGrammar``."""

    FUNCTIONS: ClassVar = {}
    NO_PAREN_FUNCTIONS: ClassVar = {}
    NO_PAREN_FUNCTION_PARSERS: ClassVar = {}
    FUNCTION_PARSERS: ClassVar = {
        name: parse for name, parse in TSQLParser.FUNCTION_PARSERS.items() if name == "OPENJSON"
    }

    def _parse_expression(self) -> exp.Expr | None:
        return self._parse_alias(self._parse_assignment())

    def _parse_assignment(self) -> exp.Expr | None:
        return self._expression_or_assignment()

    def _parse_disjunction(self) -> exp.Expr | None:
        return self._optional_condition()

    def _parse_conjunction(self) -> exp.Expr | None:
        return self._optional_condition()

    def _parse_equality(self, parse_is: bool = True) -> exp.Expr | None:
        return self._expression_or_assignment()

    def _parse_update_assignment(self) -> exp.Expr | None:
        return self._expression_or_assignment()

    def _parse_lambda(self, alias: bool = False) -> exp.Expr | None:
        return self._optional_condition()

    def _parse_bitwise(self) -> exp.Expr | None:
        return self._optional_value()

    def _parse_term(self, parse_mod: bool = True) -> exp.Expr | None:
        return self._optional_value()

    def _parse_factor(self, parse_mod: bool = True) -> exp.Expr | None:
        return self._optional_value()

    def _parse_unary(self) -> exp.Expr | None:
        return self._optional_value()

    def _parse_type(
        self, parse_interval: bool = True, fallback_to_identifier: bool = False
    ) -> exp.Expr | None:
        return self._optional_value()


class LocalTSQL(TSQL):
    """Use it by class: ``sqlglot.parse_one(text, read=LocalTSQL)``."""

    class Tokenizer(TSQL.Tokenizer):
        QUOTES: ClassVar = ["'"]
        COMMANDS: ClassVar[set[TokenType]] = set()

    Parser = LocalParser
