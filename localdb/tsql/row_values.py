"""The rows of INSERT ... VALUES: each column's values have one type, as if UNION ALL had joined the rows.

https://learn.microsoft.com/sql/t-sql/queries/table-value-constructor-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.binding import Bound, Context
from localdb.tsql.casts import cast
from localdb.tsql.expressions import bind_expression
from localdb.tsql.names import Relation
from localdb.tsql.rows import RowScope
from localdb.tsql.scopes import QueryScope
from localdb.tsql.targets import assigned, default_value
from localdb.tsql.typerules import common_type_of

_MAX_ROWS = 1000

Cell = Bound | None
"""None stands for the keyword DEFAULT."""


def bind_value_rows(
    rows: Sequence[exp.Tuple],
    columns: Sequence[int],
    relation: Relation,
    context: Context,
    outer: QueryScope | None,
) -> tuple[str, tuple[Cell, ...]]:
    """A DuckDB table source with the alias ``v``, and the value of each of ``columns`` in its rows.

    Raises 10709 (rows of different lengths) and 10738 (more than 1000 rows).
    """
    if len(rows) > _MAX_ROWS:
        raise sql_error(10738, _MAX_ROWS)
    if any(len(row.expressions) != len(rows[0].expressions) for row in rows):
        raise sql_error(10709)
    scope = RowScope(context, outer=outer, subqueries=True)
    cells = [[bind_cell(node, scope) for node in row.expressions] for row in rows]
    if len(cells) == 1:
        return "(SELECT 1) AS v", tuple(cells[0])
    by_column = [_unified([row[k] for row in cells]) for k in range(len(columns))]
    texts: list[list[str]] = []
    values: list[Cell] = []
    for i, column in zip(columns, by_column, strict=True):
        text, value = _column(column, i, len(texts), relation, context)
        if text:
            texts.append(text)
        values.append(value)
    plain = not any(row.find(exp.Query) for row in rows)
    return _source(list(zip(*texts, strict=True)) or [("1",)] * len(rows), plain), tuple(values)


def bind_cell(node: exp.Expression, scope: QueryScope) -> Cell:
    if isinstance(node, exp.Var) and node.name.upper() == "DEFAULT":
        return None
    return bind_expression(node, scope)


def _unified(column: list[Cell]) -> list[Cell]:
    common = common_type_of(cell for cell in column if cell is not None)
    if common is None:
        return column
    return [cast(cell, common, mode="implicit") if cell is not None else None for cell in column]


def _column(
    cells: list[Cell], i: int, position: int, relation: Relation, context: Context
) -> tuple[list[str], Cell]:
    """The texts of column ``i`` in the source (none when it is DEFAULT in every row), and its value there."""
    if all(cell is None for cell in cells):
        return [], None
    typed = [cell for cell in cells if cell is not None and cell.type is not None]
    if any(cell is None for cell in cells) or not typed:
        default = default_value(relation, i, context).sql
        texts = [assigned(relation, i, cell).sql if cell is not None else default for cell in cells]
        return texts, Bound(f'"v"."c{position}"', relation.columns[i].type)
    texts = [cell.sql for cell in cells if cell is not None]
    return texts, Bound(f'"v"."c{position}"', typed[0].type, any(cell.nullable for cell in typed))


def _source(rows: Sequence[Sequence[str]], plain: bool) -> str:
    if plain:
        names = ", ".join(f"c{k}" for k in range(len(rows[0])))
        tuples = ", ".join(f"({', '.join(row)})" for row in rows)
        return f"(VALUES {tuples}) AS v({names})"
    selects = (", ".join(f"{cell} AS c{k}" for k, cell in enumerate(row)) for row in rows)
    return f"({' UNION ALL '.join(f'SELECT {items}' for items in selects)}) AS v"
