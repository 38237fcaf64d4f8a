"""The grammar of OVER: https://learn.microsoft.com/sql/t-sql/queries/select-over-clause-transact-sql"""

from __future__ import annotations

from typing import Any

from sqlglot import TokenType, exp

from localdb.tsql.expression_tokens import ExpressionTokens


class WindowGrammar(ExpressionTokens):
    """A mixin of ``sqlglot.Parser``; the values inside of OVER are the whole grammar's."""

    def _value(self) -> exp.Expr:
        raise NotImplementedError

    def _over(self, call: exp.Expr) -> exp.Expr:
        self._advance()
        self._expect(TokenType.L_PAREN)
        partition = []
        if self._match(TokenType.PARTITION_BY):
            partition.append(self._value())
            while self._match(TokenType.COMMA):
                partition.append(self._value())
        order = self._order_by() if self._curr.token_type == TokenType.ORDER_BY else None
        spec = self._frame() if self._curr.text.upper() in ("ROWS", "RANGE") else None
        self._expect(TokenType.R_PAREN)
        return exp.Window(this=call, partition_by=partition, order=order, spec=spec, over="OVER")

    def _order_by(self) -> exp.Expr:
        if not self._match(TokenType.ORDER_BY):
            self._fail("Expected ORDER BY")
        keys = [self._order_key()]
        while self._match(TokenType.COMMA):
            keys.append(self._order_key())
        return exp.Order(expressions=keys)

    def _order_key(self) -> exp.Expr:
        value = self._value()
        descending = bool(self._match(TokenType.DESC))
        if not descending:
            self._match(TokenType.ASC)
        return exp.Ordered(this=value, desc=descending)

    def _frame(self) -> exp.Expr:
        kind = self._curr.text.upper()
        self._advance()
        between = self._match(TokenType.BETWEEN)
        bounds: dict[str, Any] = {"kind": kind}
        bounds["start"], bounds["start_side"] = self._frame_bound()
        if between:
            if not self._match(TokenType.AND):
                self._fail("Expected AND")
            bounds["end"], bounds["end_side"] = self._frame_bound()
        return exp.WindowSpec(**bounds)

    def _frame_bound(self) -> tuple[str | exp.Expr, str | None]:
        if self._match_text_seq("CURRENT", "ROW"):
            return "CURRENT ROW", None
        value: str | exp.Expr = "UNBOUNDED"
        if not self._match_text_seq("UNBOUNDED"):
            if self._curr.token_type != TokenType.NUMBER:
                self._fail("Expected a number of rows")
            value = exp.Literal.number(self._curr.text)
            self._advance()
        side = self._curr.text.upper()
        if side not in ("PRECEDING", "FOLLOWING"):
            self._fail("Expected PRECEDING or FOLLOWING")
        self._advance()
        return value, side
