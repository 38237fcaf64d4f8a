"""What a data change must not violate: NOT NULL, keys, CHECK and FOREIGN KEY, as queries over its stage.

They run before anything is modified, in the order in which SQL Server's plans meet them: a row goes into the
clustered index and the other unique indexes first, CHECK and FOREIGN KEY are asserted above that.
https://learn.microsoft.com/sql/relational-databases/tables/unique-constraints-and-check-constraints
"""

from __future__ import annotations

import re

from localdb.tsql.ast import Slice
from localdb.tsql.bridge import parse_slice
from localdb.tsql.expressions import bind_condition
from localdb.tsql.foreign_keys import foreign_key_violations
from localdb.tsql.key_values import key_of, key_text, same_key, stored_values
from localdb.tsql.names import Check, Key
from localdb.tsql.plan import Violation
from localdb.tsql.rows import RowScope
from localdb.tsql.stages import (
    STAGE,
    Stage,
    column_indexes,
    complete_name,
    database_name,
    object_name,
    quote_text,
)

_PARAMETER = re.compile(r"\$p\d")


def violations(stage: Stage) -> tuple[Violation, ...]:
    """Every query that must come back empty before ``stage`` may be applied."""
    found = not_null_violations(stage)
    for key in stage.target.keys:
        found += key_violations(stage, key)
    for check in stage.target.checks:
        found += check_violations(stage, check)
    found += foreign_key_violations(stage)
    return tuple(found)


def not_null_violations(stage: Stage) -> list[Violation]:
    """515 for the first row that has NULL in a NOT NULL column; in that row, the first such column."""
    columns = [i for i, c in enumerate(stage.target.columns) if not c.nullable and stage.touches((i,))]
    if not columns:
        return []
    tests = [f"{stage.new(i)} IS NULL" for i in columns]
    names = [quote_text(stage.target.columns[i].name) for i in columns]
    cases = " ".join(f"WHEN {test} THEN {name}" for test, name in zip(tests, names, strict=True))
    action = "s._action" if stage.kind == "MERGE" else quote_text(stage.kind)
    sql = (
        f"SELECT CASE {cases} END, {action} FROM {STAGE} AS s "
        f"WHERE {stage.present('s')} AND ({' OR '.join(tests)}) LIMIT 1"
    )
    return [Violation(sql, 515, (0, complete_name(stage.target), 1))]


def key_violations(stage: Stage, key: Key) -> list[Violation]:
    """2627 for a PRIMARY KEY or UNIQUE constraint, 2601 for a unique index; NULLs count as equal.

    A new key must differ from the other new keys and from those of the rows that stay as they are.
    """
    columns = column_indexes(stage.target, key.columns)
    if not stage.touches(columns):
        return []
    queries = [] if stage.single_row else [_repeated_in_stage(stage, columns)]
    queries.append(_repeated_in_target(stage, columns))
    table = object_name(stage.target)
    if key.kind == "INDEX":
        return [Violation(sql, 2601, (table, key.name, 0)) for sql in queries]
    return [Violation(sql, 2627, (key.kind, key.name, table, 0)) for sql in queries]


def _repeated_in_stage(stage: Stage, columns: tuple[int, ...]) -> str:
    values = [stage.new_value(i) for i in columns]
    chosen = ", ".join(f'any_value({stage.new(i)}) AS "{stage.prefix}{i}"' for i in columns)
    keys = ", ".join(key_of(value) for value in values)
    return (
        f"SELECT {key_text(values)} FROM (SELECT {chosen} FROM {STAGE} AS s WHERE {stage.present('s')} "
        f"GROUP BY {keys} HAVING count(*) > 1 LIMIT 1) AS s"
    )


def _repeated_in_target(stage: Stage, columns: tuple[int, ...]) -> str:
    new = [stage.new_value(i) for i in columns]
    existing = stored_values(stage.target, columns, "t")
    return (
        f"SELECT {key_text(new)} FROM {STAGE} AS s JOIN {stage.target.physical} AS t "
        f"ON {same_key(new, existing, nulls_equal=True)} "
        f"WHERE {stage.present('s')} AND {stage.untouched('t')} LIMIT 1"
    )


def check_violations(stage: Stage, check: Check) -> list[Violation]:
    """547 when the condition is false; unknown passes.

    The stage computes a condition that needs parameters, for violations have none.
    """
    table = stage.target
    scope = RowScope(stage.context, [(table.name.name, table, stage.new_value)])
    condition = bind_condition(parse_slice(Slice(check.expression, 1), "condition"), scope)
    columns = tuple(sorted(scope.columns_used))
    if not stage.touches(columns):
        return []
    if _PARAMETER.search(condition):
        name = f"_check{len(stage.extra)}"
        stage.extra[name], condition = condition, f"s.{name}"
    sql = f"SELECT 1 FROM {STAGE} AS s WHERE {stage.present('s')} AND ({condition}) IS FALSE LIMIT 1"
    column = f", column '{table.columns[columns[0]].name}'" if len(columns) == 1 else ""
    arguments = (stage.kind, "CHECK", check.name, database_name(table), object_name(table), column)
    return [Violation(sql, 547, arguments)]
