"""The grammar of queries: sqlglot's, made strict where it would accept or drop what T-SQL does not allow.

* a comma that nothing follows is an error (sqlglot reads ``SELECT a, FROM t`` and ``FROM a,``);
* a comma between table sources is ``exp.Join(method="COMMA")``, so that JOIN without ON is seen to lack it;
* ``t.x = 5`` in a select list is no alias;
* the type of a column of OPENJSON stays text: ``exp.OpenJSONColumnDef(this, kind=exp.Var, path, as_json)``.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sqlglot import TokenType, exp

from localdb.tsql.dialect import LocalParser, LocalTSQL
from localdb.tsql.predict_grammar import PredictGrammar
from localdb.tsql.reserved import RESERVED_WORDS

COMMA = "COMMA"
_NAME_START = re.compile(r"[^\W\d]")
_TYPE_ENDS = (TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.ALIAS)


class QueryParser(PredictGrammar, LocalParser):
    OPTIONAL_ALIAS_TOKEN_CTE = False
    FUNCTION_PARSERS: ClassVar = {
        "OPENJSON": lambda self: self._parse_open_json(),
        "PREDICT": lambda self: self._parse_predict(),
    }

    def _starts_operand(self, allow_not: bool = False) -> bool:
        return self._curr.token_type == TokenType.HASH or super()._starts_operand(allow_not)

    def _word(self) -> str:
        """A name; that of a temporary table, as in ``#t.x``, comes as two or three tokens."""
        marks = ""
        while self._match(TokenType.HASH):
            marks += "#"
        return marks + super()._word()

    def _parenthesis(self) -> exp.Expr:
        """``(SELECT 1) UNION SELECT 2`` behind an operator: UNION belongs to the query around it."""
        return self._subquery() if self._starts_subquery() else super()._parenthesis()

    def _parse_id_var(self, any_token: bool = True, tokens: Any = None) -> exp.Expr | None:
        """A name or an alias: words that T-SQL reserves are none."""
        if self._curr and self._curr.token_type == TokenType.HASH:
            return exp.Identifier(this=self._word(), quoted=False)
        if self._curr and self._curr.token_type != TokenType.IDENTIFIER:
            text = self._curr.text
            if text.upper() in RESERVED_WORDS or not _NAME_START.match(text):
                return None
        return super()._parse_id_var(any_token, tokens)

    def _parse_statement(self) -> exp.Expr | None:
        """Also a query that begins with a parenthesis, which sqlglot takes for an expression."""
        if self._curr.token_type != TokenType.L_PAREN:
            return super()._parse_statement()
        query = self._parse_select(nested=True)
        return self._parse_query_modifiers(self._parse_set_operations(query))

    def _parse_select_query(self, *arguments: Any, **options: Any) -> exp.Expr | None:
        if self._curr and self._curr.token_type == TokenType.FROM:
            self._fail("Expected SELECT")
        return super()._parse_select_query(*arguments, **options)

    def _parse_limit(self, *arguments: Any, **options: Any) -> exp.Expr | None:
        """TOP takes a number, or anything in parentheses."""
        if not (options.get("top") and self._curr.token_type == TokenType.TOP):
            return super()._parse_limit(*arguments, **options)
        following = self._next.token_type if self._next else None
        if following not in (TokenType.NUMBER, TokenType.L_PAREN):
            self._fail("Expected a number of rows")
        limit = super()._parse_limit(*arguments, **options)
        if self._prev.text.upper() == "ONLY":
            self._fail("ONLY belongs to FETCH")
        return limit

    def _parse_grouping_set(self) -> exp.Expr | None:
        """One of GROUPING SETS: ``(a, b)`` and ``()`` are exp.Tuple."""
        nested = self._parse_grouping_sets() or self._parse_cube_or_rollup()
        if nested is not None:
            return nested
        if not self._match(TokenType.L_PAREN):
            return self._optional_value()
        items = self._parse_csv(self._optional_value)
        self._match_r_paren()
        return exp.Tuple(expressions=items)

    def _parse_csv(self, parse_method: Any, sep: TokenType = TokenType.COMMA) -> list[Any]:
        items = []
        item = parse_method()
        if item is not None:
            items.append(item)
        while self._match(sep):
            item = parse_method()
            if item is None:
                self._fail("Expected an item after the comma")
            items.append(item)
        return items

    def _parse_projections(self) -> tuple[list[exp.Expr], None]:
        projections = self._parse_expressions()
        return [_with_leading_alias(item) for item in projections], None

    def _parse_join(self, *arguments: Any, **options: Any) -> exp.Join | None:
        if self._match(TokenType.COMMA):
            table = self._parse_table(alias_tokens=options.get("alias_tokens"))
            if table is None:
                self._fail("Expected a table source after the comma")
            return exp.Join(this=table, method=COMMA)
        join = super()._parse_join(*arguments, **options)
        if join is not None and self._prev.token_type in (TokenType.ON, TokenType.USING):
            self._fail("Expected a condition")
        return join

    def _parse_table(self, *arguments: Any, **options: Any) -> exp.Expr | None:
        table = super()._parse_table(*arguments, **options)
        if isinstance(table, exp.Table) and self._prev.token_type == TokenType.STAR:
            self._fail("Incorrect syntax")
        return table

    def _parse_open_json(self) -> exp.OpenJSON:
        """``OPENJSON(json [, path]) [WITH (column type [path] [AS JSON], ...)]``; the caller reads the last
        ``)``.
        """
        this = self._optional_value()
        path = self._optional_value() if self._match(TokenType.COMMA) else None
        if self._prev.token_type == TokenType.COMMA:
            self._fail("Expected a path")
        columns = None
        if self._match_pair(TokenType.R_PAREN, TokenType.WITH):
            self._match_l_paren()
            columns = self._parse_csv(self._open_json_column)
        return exp.OpenJSON(this=this, path=path, expressions=columns)

    def _open_json_column(self) -> exp.OpenJSONColumnDef:
        name = self._identifier()
        kind = exp.Var(this=self._type_text(*_TYPE_ENDS))
        path = None
        if self._curr and self._curr.token_type in (TokenType.STRING, TokenType.NATIONAL_STRING):
            path = exp.Literal.string(self._curr.text)
            self._advance()
        as_json = bool(self._match(TokenType.ALIAS))
        if as_json and not self._match_text_seq("JSON"):
            self._fail("Expected JSON")
        return exp.OpenJSONColumnDef(this=name, kind=kind, path=path, as_json=as_json)


def _with_leading_alias(item: exp.Expr) -> exp.Expr:
    """``name = value`` and ``'name' = value`` of a select list are aliases; ``@x = value`` stays an
    assignment.
    """
    if not isinstance(item, exp.EQ):
        return item
    name = item.this
    if isinstance(name, exp.Column) and isinstance(name.this, exp.Identifier) and len(name.parts) == 1:
        return exp.Alias(this=item.expression, alias=name.this)
    if isinstance(name, exp.Literal) and name.is_string:
        return exp.Alias(this=item.expression, alias=exp.Identifier(this=name.name, quoted=True))
    return item


class QueryTSQL(LocalTSQL):
    """The dialect of one slice: a query, an expression or a search condition."""

    Parser = QueryParser
