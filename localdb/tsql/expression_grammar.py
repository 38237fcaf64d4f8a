"""The grammar of T-SQL expressions and search conditions, over sqlglot's tokens.

https://learn.microsoft.com/sql/t-sql/language-elements/expressions-transact-sql
https://learn.microsoft.com/sql/t-sql/queries/search-condition-transact-sql
https://learn.microsoft.com/sql/t-sql/language-elements/operator-precedence-transact-sql

Loosest first: OR, AND, NOT, predicates, ``+ - & | ^``, ``* / %`` (which a unary minus takes whole), ``~``,
then primaries with COLLATE and AT TIME ZONE behind them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import TokenType, exp

from localdb.tsql.expression_tokens import ADDITIVE, MULTIPLICATIVE, SPECIAL_FORMS
from localdb.tsql.reserved import FUNCTION_WORDS, NILADIC_FUNCTIONS, RESERVED_WORDS
from localdb.tsql.window_grammar import WindowGrammar

_COMPARISONS = {
    TokenType.EQ: exp.EQ,
    TokenType.NEQ: exp.NEQ,
    TokenType.LT: exp.LT,
    TokenType.LTE: exp.LTE,
    TokenType.GT: exp.GT,
    TokenType.GTE: exp.GTE,
}
_QUANTIFIERS = {"ANY": exp.Any, "SOME": exp.Any, "ALL": exp.All}


class ExpressionGrammar(WindowGrammar):
    """A mixin of ``sqlglot.Parser``: ``_optional_*`` return None where no expression starts, the others
    raise."""

    # --- entry points ---

    def _optional_condition(self) -> exp.Expr | None:
        return self._condition() if self._starts_operand(allow_not=True) else None

    def _optional_value(self) -> exp.Expr | None:
        return self._value() if self._starts_operand() else None

    def _expression_or_assignment(self) -> exp.Expr | None:
        """A condition or value, or ``target op= value`` (UPDATE ... SET, SELECT @x += 1), written out in
        full."""
        if self._at_word("DEFAULT") and not self._next_is(TokenType.L_PAREN):
            self._advance()
            return exp.Var(this="DEFAULT")
        left = self._optional_condition()
        if not isinstance(left, exp.Column | exp.Parameter) or not self._at_compound_assignment():
            return left
        operator = {**ADDITIVE, **MULTIPLICATIVE}[self._curr.token_type]
        self._advance(2)
        right = exp.Paren(this=self._value())
        return exp.EQ(this=left, expression=operator(this=left.copy(), expression=right))

    # --- conditions ---

    def _condition(self) -> exp.Expr:
        left = self._conjunction()
        while self._match(TokenType.OR):
            left = exp.Or(this=left, expression=self._conjunction())
        return left

    def _conjunction(self) -> exp.Expr:
        left = self._negation()
        while self._match(TokenType.AND):
            left = exp.And(this=left, expression=self._negation())
        return left

    def _negation(self) -> exp.Expr:
        if self._curr.token_type == TokenType.NOT and self._curr.text != "!":
            self._advance()
            return exp.Not(this=self._negation())
        return self._predicate()

    def _predicate(self) -> exp.Expr:
        if self._at_word("EXISTS") and self._next_is(TokenType.L_PAREN):
            self._advance()
            return exp.Exists(this=self._subquery().this)
        left = self._value()
        comparison = self._comparison_operator()
        if comparison is not None:
            if comparison is exp.EQ and self._at_word("DEFAULT"):
                self._advance()  # UPDATE ... SET column = DEFAULT; the binder refuses it anywhere else
                return exp.EQ(this=left, expression=exp.Var(this="DEFAULT"))
            return comparison(this=left, expression=self._comparand())
        if self._match(TokenType.IS):
            return self._is_predicate(left)
        negated = self._curr.token_type == TokenType.NOT and self._curr.text != "!"
        if negated:
            self._advance()
        predicate = self._range_predicate(left)
        if predicate is None:
            if negated:
                self._fail("Expected IN, LIKE or BETWEEN after NOT")
            return left
        return exp.Not(this=predicate) if negated else predicate

    def _comparison_operator(self) -> type[exp.Expr] | None:
        if self._curr.token_type == TokenType.NOT and self._curr.text == "!":
            for token_type, inverse in ((TokenType.LT, exp.GTE), (TokenType.GT, exp.LTE)):
                if self._next_is(token_type):
                    self._advance(2)
                    return inverse
        operator = _COMPARISONS.get(self._curr.token_type)
        if operator is not None:
            self._advance()
        return operator

    def _comparand(self) -> exp.Expr:
        quantifier = _QUANTIFIERS.get(self._curr.text.upper()) if self._next_is(TokenType.L_PAREN) else None
        if quantifier is None:
            return self._value()
        self._advance()
        return quantifier(this=self._subquery())

    def _is_predicate(self, left: exp.Expr) -> exp.Expr:
        negated = bool(self._match(TokenType.NOT))
        if self._match_text_seq("DISTINCT", "FROM"):
            node = exp.NullSafeEQ if negated else exp.NullSafeNEQ
            return node(this=left, expression=self._value())
        if not self._match(TokenType.NULL):
            self._fail("Expected NULL")
        test = exp.Is(this=left, expression=exp.Null())
        return exp.Not(this=test) if negated else test

    def _range_predicate(self, left: exp.Expr) -> exp.Expr | None:
        if self._match(TokenType.BETWEEN):
            low = self._value()
            if not self._match(TokenType.AND):
                self._fail("Expected AND")
            return exp.Between(this=left, low=low, high=self._value())
        if self._match(TokenType.LIKE):
            like: exp.Expr = exp.Like(this=left, expression=self._value())
            if self._match(TokenType.ESCAPE):
                like = exp.Escape(this=like, expression=self._value())
            return like
        if self._match(TokenType.IN):
            if self._starts_subquery():
                return exp.In(this=left, query=self._subquery())
            self._expect(TokenType.L_PAREN)
            values = [self._value()]
            while self._match(TokenType.COMMA):
                values.append(self._value())
            self._expect(TokenType.R_PAREN)
            return exp.In(this=left, expressions=values)
        return None

    # --- values ---

    def _value(self) -> exp.Expr:
        left = self._product()
        while (operator := ADDITIVE.get(self._curr.token_type)) and not self._at_compound_assignment():
            self._advance()
            left = operator(this=left, expression=self._product())
        return left

    def _product(self) -> exp.Expr:
        left = self._signed()
        while (operator := MULTIPLICATIVE.get(self._curr.token_type)) and not self._at_compound_assignment():
            self._advance()
            left = operator(this=left, expression=self._signed())
        return left

    def _signed(self) -> exp.Expr:
        """A unary minus or plus ranks with binary ones, below ``*``: ``-100.0/-100.0*10.0`` is 0.1 in
        T-SQL."""
        if self._match(TokenType.DASH):
            return exp.Neg(this=self._product())
        if self._match(TokenType.PLUS):
            return self._product()
        if self._match(TokenType.TILDE):
            return exp.BitwiseNot(this=self._signed())
        return self._postfixed()

    def _postfixed(self) -> exp.Expr:
        value = self._primary()
        while True:
            if self._match(TokenType.COLLATE):
                value = exp.Collate(this=value, expression=exp.Var(this=self._word()))
            elif self._match_text_seq("AT", "TIME", "ZONE"):
                value = exp.AtTimeZone(this=value, zone=self._primary())
            else:
                return value

    def _primary(self) -> exp.Expr:
        literal = self._literal()
        if literal is not None:
            return literal
        token_type = self._curr.token_type
        if token_type == TokenType.L_PAREN:
            return self._parenthesis()
        if token_type == TokenType.L_BRACE:
            return self._odbc_escape()
        if token_type == TokenType.PARAMETER:
            return self._at_variable()
        if token_type == TokenType.STAR:
            self._advance()
            return exp.Star()
        word = self._curr.text.upper()
        if token_type != TokenType.IDENTIFIER and word in SPECIAL_FORMS:
            return self._special_form(word)
        return self._name_or_call()

    def _parenthesis(self) -> exp.Expr:
        if self._starts_subquery():
            start = self._index
            subquery = self._subquery()
            if self._curr.token_type not in (TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT):
                return subquery
            self._retreat(start)
        self._expect(TokenType.L_PAREN)
        inner = self._condition()
        self._expect(TokenType.R_PAREN)
        return exp.Paren(this=inner)

    def _starts_subquery(self) -> bool:
        """``(SELECT`` or ``((SELECT ...) UNION``; ``((SELECT 1) + 1)`` is none."""
        index = self._index
        self._match(TokenType.L_PAREN)
        found = self._curr.token_type in (TokenType.SELECT, TokenType.WITH)
        if not found and self._curr.token_type == TokenType.L_PAREN and self._starts_subquery():
            self._subquery()
            found = self._curr.token_type in (TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT)
        self._retreat(index)
        return found

    def _subquery(self) -> exp.Expr:
        self._expect(TokenType.L_PAREN)
        nested = self._curr.token_type == TokenType.L_PAREN
        query = self._parse_set_operations(self._parse_select(nested=nested))
        if query is None:
            self._fail("Expected a subquery")
        self._expect(TokenType.R_PAREN)
        return exp.Subquery(this=query)

    # --- CASE, CAST, CONVERT ---

    def _special_form(self, word: str) -> exp.Expr:
        self._advance()
        if word == "CASE":
            return self._case()
        self._expect(TokenType.L_PAREN)
        if word in ("CAST", "TRY_CAST"):
            value = self._value()
            if not self._match(TokenType.ALIAS):
                self._fail("Expected AS")
            to = exp.Var(this=self._type_text())
            self._expect(TokenType.R_PAREN)
            return exp.TryCast(this=value, to=to) if word == "TRY_CAST" else exp.Cast(this=value, to=to)
        to = exp.Var(this=self._type_text())
        self._expect(TokenType.COMMA)
        value = self._value()
        style = self._value() if self._match(TokenType.COMMA) else None
        self._expect(TokenType.R_PAREN)
        return exp.Convert(this=to, expression=value, style=style, safe=word == "TRY_CONVERT")

    def _type_text(self, *ends: TokenType) -> str:
        """The source up to the comma, the parenthesis or the one of ``ends`` that ends the type:
        ``decimal(7, 2)``."""
        start, depth = self._curr.start, 0
        last = self._curr
        ends = (TokenType.COMMA, TokenType.R_PAREN, *ends)
        if self._curr.token_type in ends:
            self._fail("Expected a type")
        while depth > 0 or self._curr.token_type not in ends:
            if not self._curr:
                self._fail("Expected )")
            opens, closes = (self._curr.token_type == t for t in (TokenType.L_PAREN, TokenType.R_PAREN))
            depth += opens - closes
            last = self._curr
            self._advance()
        return self.sql[start : last.end + 1]

    def _case(self) -> exp.Expr:
        operand = None if self._at_word("WHEN") else self._value()
        branches = []
        while self._match(TokenType.WHEN):
            test = self._condition() if operand is None else self._value()
            if not self._match(TokenType.THEN):
                self._fail("Expected THEN")
            branches.append(exp.If(this=test, true=self._value()))
        if not branches:
            self._fail("Expected WHEN")
        default = self._value() if self._match(TokenType.ELSE) else None
        if not self._match(TokenType.END):
            self._fail("Expected END")
        return exp.Case(this=operand, ifs=branches, default=default)

    # --- names and calls ---

    def _name_or_call(self) -> exp.Expr:
        token = self._curr
        word = token.text.upper()
        quoted = token.token_type == TokenType.IDENTIFIER
        if not quoted and self._next_is(TokenType.L_PAREN):
            if word in RESERVED_WORDS and word not in FUNCTION_WORDS:
                self._fail("Incorrect syntax")
            self._advance()
            return self._call(token.text)
        if not quoted and word in NILADIC_FUNCTIONS and not self._next_is(TokenType.DOT):
            self._advance()
            return exp.Anonymous(this=token.text, expressions=[])
        parts = [self._identifier()]
        while self._match(TokenType.DOT):
            if self._match(TokenType.STAR):
                return self._column([*parts, exp.Star()])
            if self._next_is(TokenType.L_PAREN):
                name = self._identifier()
                return exp.Dot(this=self._column(parts), expression=self._call(name.name))
            parts.append(self._identifier())
        return self._column(parts)

    def _column(self, parts: Sequence[exp.Expr]) -> exp.Expr:
        if len(parts) > 4:
            self._fail("Too many prefixes")
        names = dict(zip(("this", "table", "db", "catalog"), reversed(parts), strict=False))
        return exp.Column(**names)

    def _call(self, name: str) -> exp.Expr:
        self._expect(TokenType.L_PAREN)
        arguments = self._trim_arguments() if name.upper() == "TRIM" else self._arguments()
        self._expect(TokenType.R_PAREN)
        call: exp.Expr = exp.Anonymous(this=name, expressions=arguments)
        if self._match_text_seq("WITHIN", "GROUP"):
            self._expect(TokenType.L_PAREN)
            call = exp.WithinGroup(this=call, expression=self._order_by())
            self._expect(TokenType.R_PAREN)
        for nulls in (exp.IgnoreNulls, exp.RespectNulls):
            if self._match_text_seq("IGNORE" if nulls is exp.IgnoreNulls else "RESPECT", "NULLS"):
                call = nulls(this=call)
        return self._over(call) if self._at_word("OVER") else call

    def _arguments(self) -> list[exp.Expr]:
        if self._curr.token_type == TokenType.R_PAREN:
            return []
        if self._match(TokenType.DISTINCT):
            first: exp.Expr = exp.Distinct(expressions=[self._value()])
        else:
            if self._at_word("ALL"):
                self._advance()
            first = self._condition()
        arguments = [first]
        while self._match(TokenType.COMMA):
            arguments.append(self._condition())
        return arguments

    def _trim_arguments(self) -> list[exp.Expr]:
        """``TRIM([LEADING | TRAILING | BOTH] [characters FROM] x)`` -> [x, characters, side]."""
        side = "BOTH"
        if self._curr.text.upper() in ("LEADING", "TRAILING", "BOTH") and not self._next_is(
            TokenType.R_PAREN
        ):
            side = self._curr.text.upper()
            self._advance()
        first = self._value()
        if not self._match(TokenType.FROM):
            if side != "BOTH":
                self._fail("Expected FROM")
            return [first]
        return [self._value(), first, exp.Var(this=side)]
