"""Table-valued functions in FROM: OPENJSON, STRING_SPLIT, GENERATE_SERIES. Others are refused by name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Bound, Context
from localdb.tsql.casts import cast
from localdb.tsql.derived_tables import alias_names, name_columns
from localdb.tsql.expressions import bind_expression
from localdb.tsql.open_json import bind_open_json
from localdb.tsql.predict_grammar import Predict
from localdb.tsql.refusals import raise_in_duckdb, refuse_unread
from localdb.tsql.scopes import QueryScope, Source, query_source
from localdb.types import BIGINT, Column, nvarchar


def bind_table_function(
    node: exp.Expression, alias: exp.TableAlias | None, context: Context, outer: QueryScope | None
) -> tuple[str, Source]:
    """The DuckDB table source and what it offers; ``outer`` gives the names that arguments may use."""
    scope = QueryScope(context, outer, clause="FROM")
    name = str(node.this).upper() if isinstance(node, exp.Anonymous) else ""
    if isinstance(node, exp.OpenJSON):
        sql, columns = bind_open_json(node, scope)
    elif name == "STRING_SPLIT":
        sql, columns = _string_split(node.expressions, scope)
    elif name == "GENERATE_SERIES":
        sql, columns = _generate_series(node.expressions, scope)
    elif isinstance(node, Predict):
        raise sql_error(40514, "APPLY of PREDICT")
    else:
        raise sql_error(208, node.this if isinstance(node, exp.Anonymous) else node.sql(dialect="tsql"))
    if isinstance(node, exp.Anonymous):
        refuse_unread(node, "this", "expressions")
    table, names = alias_names(alias)
    if names:
        columns = name_columns(columns, (table, names))
    sql_alias = context.alias("t")
    return f"({sql}) {sql_alias}", query_source(table, sql_alias, columns)


def _arguments(
    name: str, nodes: Sequence[exp.Expression], least: int, most: int, scope: QueryScope
) -> list[Bound]:
    if not least <= len(nodes) <= most:
        raise sql_error(189, name.lower(), least, most)
    return [bind_expression(node, scope) for node in nodes]


def _string_split(nodes: Sequence[exp.Expression], scope: QueryScope) -> tuple[str, tuple[Column, ...]]:
    """``STRING_SPLIT(text, separator [, enable_ordinal])``: value, and ordinal when the third argument is
    1.
    """
    arguments = _arguments("STRING_SPLIT", nodes, 2, 3, scope)
    text, separator = arguments[0], arguments[1]
    if text.type is None or not text.type.is_character:
        text = cast(text, nvarchar(4000), mode="implicit")
    assert text.type is not None
    by = cast(separator, nvarchar(4000), mode="implicit").sql
    # The separator is compared by length, where blanks count.
    one = f"ldb_utf16_length({by}) = 1"
    split = f"CASE WHEN {one} THEN string_split({text.sql}, {by}) ELSE {raise_in_duckdb(214)} END"
    value = Column("value", text.type, text.nullable)
    ordinal = arguments[2].constant if len(arguments) == 3 else 0
    if ordinal not in (0, 1):
        raise sql_error(40514, "STRING_SPLIT with an enable_ordinal that is not the constant 0 or 1")
    if not ordinal:
        return f"SELECT unnest({split}) AS c0", (value,)
    inner = f"SELECT {split} AS l"
    sql = f"SELECT unnest(l) AS c0, unnest(range(1, len(l) + 1)) AS c1 FROM ({inner}) s"
    return sql, (value, Column("ordinal", BIGINT, nullable=False))


def _generate_series(nodes: Sequence[exp.Expression], scope: QueryScope) -> tuple[str, tuple[Column, ...]]:
    """``GENERATE_SERIES(start, stop [, step])`` of integers of one type (5373); without a step it is 1 or
    -1.
    """
    arguments = _arguments("GENERATE_SERIES", nodes, 2, 3, scope)
    own = arguments[0].type
    if any(argument.type != own for argument in arguments):
        raise sql_error(5373)
    if own is None or not own.is_integer:
        raise sql_error(40514, f"GENERATE_SERIES of {own}")
    start, stop, *rest = (cast(argument, BIGINT, mode="implicit").sql for argument in arguments)
    step = rest[0] if rest else f"CASE WHEN {start} <= {stop} THEN 1 ELSE -1 END"
    series = (
        f"CASE WHEN {step} = 0 THEN {raise_in_duckdb(4199)} ELSE generate_series({start}, {stop}, {step}) END"
    )
    value = cast(Bound("v", BIGINT), own, mode="implicit").sql
    return f"SELECT {value} AS c0 FROM (SELECT unnest({series}) AS v) s", (
        Column("value", own, nullable=False),
    )
