"""Comparisons, LIKE, IN, BETWEEN, IS NULL: DuckDB booleans with T-SQL's three values.

https://learn.microsoft.com/sql/t-sql/language-elements/comparison-operators-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence

from localdb.errors import sql_error
from localdb.tsql import casts, like_patterns, sqltext, typerules
from localdb.tsql.binding import Bound
from localdb.tsql.collations import Collation, equality, ordering
from localdb.types import INT, MAX, Column, SqlType, nvarchar, varchar


def compare(operator: str, left: Bound, right: Bound, collation: Collation = Collation.DEFAULT) -> str:
    """``left operator right`` for ``= <> < <= > >=``, in the operands' common type."""
    x, y, sql_type = _operands(left, right)
    key = equality if operator in ("=", "<>") else ordering
    return f"({key(x, sql_type, collation)} {operator} {key(y, sql_type, collation)})"


def _operands(left: Bound, right: Bound) -> tuple[Bound, Bound, SqlType]:
    if left.type is None and right.type is None:
        return casts.cast(left, INT), casts.cast(right, INT), INT
    sql_type = comparison_type(left, right)
    return casts.cast(left, sql_type), casts.cast(right, sql_type), sql_type


def comparison_type(left: Bound, right: Bound) -> SqlType:
    """The common type; strings keep all their characters, so that nothing is padded or cut to compare."""
    if left.type is None or right.type is None:
        known = left.type or right.type
        assert known is not None
        return known
    sql_type = typerules.common_type_of((left, right))
    assert sql_type is not None
    if sql_type.is_character:
        return nvarchar(MAX) if sql_type.is_unicode else varchar(MAX)
    if sql_type.is_binary:
        return SqlType("varbinary", length=MAX)
    return sql_type


def distinct_from(left: Bound, right: Bound, negated: bool) -> str:
    """IS [NOT] DISTINCT FROM: NULLs are equal."""
    x, y, sql_type = _operands(left, right)
    word = "IS NOT DISTINCT FROM" if negated else "IS DISTINCT FROM"
    return f"({equality(x, sql_type, Collation.DEFAULT)} {word} {equality(y, sql_type, Collation.DEFAULT)})"


def between(value: Bound, low: Bound, high: Bound, collation: Collation) -> str:
    """``value >= low AND value <= high``, each in its own common type."""
    return f"({compare('>=', value, low, collation)} AND {compare('<=', value, high, collation)})"


def in_list(value: Bound, members: Sequence[Bound], collation: Collation) -> str:
    """Members of the same type become one DuckDB IN; others are compared one by one."""
    if value.type is not None:
        common = [comparison_type(value, member) for member in members]
        if all(sql_type == common[0] for sql_type in common):
            key = equality(casts.cast(value, common[0]), common[0], collation)
            keys = (equality(casts.cast(member, common[0]), common[0], collation) for member in members)
            return f"({key} IN ({', '.join(keys)}))"
    return "(" + " OR ".join(compare("=", value, member, collation) for member in members) + ")"


def is_null(value: Bound) -> str:
    return f"({value.sql} IS NULL)"


# --- LIKE ---


def like(value: Bound, pattern: Bound, escape: Bound | None, collation: Collation) -> str:
    """LIKE: trailing blanks of a varchar value need no match, those of the pattern and of nvarchar do."""
    unicode = _is_unicode(value) or _is_unicode(pattern)
    text, wanted = _text(value, unicode), _text(pattern, unicode)
    folded = collation is Collation.DEFAULT
    subject = f"lower({text.sql})" if folded else text.sql
    if pattern.type is None or value.type is None or (escape is not None and escape.type is None):
        return "CAST(NULL AS BOOLEAN)"
    blanks = "" if unicode else " *"
    if isinstance(pattern.constant, str) and (escape is None or isinstance(escape.constant, str)):
        character = None if escape is None else str(escape.constant)
        return _constant_like(subject, pattern.constant, character, blanks, folded)
    escape_sql = "''" if escape is None else casts.cast(escape, nvarchar(1)).sql
    lowered = f"lower({wanted.sql})" if folded else wanted.sql
    regex = f"ldb_like_regex({lowered}, {escape_sql})"
    return f"regexp_full_match({subject}, {regex} || '{blanks}', 's')"


def _is_unicode(bound: Bound) -> bool:
    return bound.type is not None and bound.type.is_unicode


def _text(bound: Bound, unicode: bool) -> Bound:
    if bound.type is not None and bound.type.is_character:
        return bound
    if bound.type is not None and bound.type.is_binary:
        raise sql_error(8116, bound.type.name, 1, "like")
    return casts.cast(bound, nvarchar(MAX) if unicode else varchar(MAX), mode="explicit")


def _constant_like(subject: str, pattern: str, escape: str | None, blanks: str, folded: bool) -> str:
    if escape is not None and len(escape) != 1:
        raise sql_error(506, escape)
    compiled = like_patterns.compile_pattern(pattern, escape, folded=folded)
    if compiled is None:
        return f"({subject} IS NULL AND NULL)"
    if compiled.plain is not None and not blanks:
        return f"({subject} = {sqltext.text(compiled.plain)})"
    simple = _duckdb_like(pattern.lower() if folded else pattern, escape)
    if simple is not None and (not blanks or simple.endswith("%")):
        return f"({subject} LIKE {sqltext.text(simple)} ESCAPE '\\')"
    return f"regexp_full_match({subject}, {sqltext.text(compiled.regex + blanks)}, 's')"


def _duckdb_like(pattern: str, escape: str | None) -> str | None:
    """The same pattern for DuckDB's LIKE, which is faster; None when it holds a set or an escape
    character."""
    if "[" in pattern or (escape is not None and escape in pattern):
        return None
    return pattern.replace("\\", "\\\\")


# --- subqueries ---


def in_subquery(value: Bound, sql: str, column: Column, collation: Collation) -> str:
    member = Bound("q.c0", column.type, column.nullable)
    x, y, sql_type = _operands(value, member)
    key = [equality(side, sql_type, collation) for side in (x, y)]
    return f"({key[0]} IN (SELECT {key[1]} FROM ({sql}) AS q(c0)))"


def quantified(
    operator: str, value: Bound, sql: str, column: Bound, quantifier: str, collation: Collation
) -> str:
    """``value operator ANY|ALL (subquery)``, where ``column`` is the subquery's only column under the alias
    q."""
    test = compare(operator, value, column, collation)
    decides = "t" if quantifier == "ANY" else "NOT t"
    counted = f"count(*), count(CASE WHEN {decides} THEN 1 END), count(t)"
    return f"(SELECT ldb_{quantifier.lower()}({counted}) FROM (SELECT {test} AS t FROM {sql}))"
