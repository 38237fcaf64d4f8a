"""Constraints against rows that are there already, and constraints' expressions against their table.

https://learn.microsoft.com/sql/relational-databases/tables/modify-check-constraints and its neighbours
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from localdb.catalog.objects import CHECK, FOREIGN_KEY, INDEX, PRIMARY_KEY, UNIQUE_KEY, Constraint, Table
from localdb.errors import SqlError, sql_error
from localdb.runtime.relations import table_relation
from localdb.runtime.scope import Frame
from localdb.runtime.security.security_context import scope_apart
from localdb.tsql.binding import Context
from localdb.tsql.constraints import check_violations
from localdb.tsql.foreign_keys import foreign_key_violations
from localdb.tsql.key_values import key_of, key_text, stored_values
from localdb.tsql.names import Relation
from localdb.tsql.plan import Violation
from localdb.tsql.stages import STAGE, Stage, column_indexes
from localdb.types import ObjectName, quote_name

if TYPE_CHECKING:
    from localdb.runtime.database import Database
    from localdb.runtime.session import Session
    from localdb.runtime.statements.existing_tables import ExistingTable


def check_expressions(session: Session, frame: Frame, table: Table, database: Database | None) -> None:
    """Every CHECK of a new or changed table must be a condition over its columns."""
    name = ObjectName(table.name, table.schema, database.name if database else "tempdb")
    relation = table_relation(table, name, "table", "", "")
    names = session.evaluator.names(scope_apart(session, frame))
    for check in relation.checks:
        check_violations(Stage("INSERT", relation, Context(names), inserts=True), check)


def check_existing_rows(
    found: ExistingTable, table: Table, constraints: Sequence[Constraint], rows: str
) -> None:
    """``constraints`` of the changed description ``table`` must hold for ``rows``, a DuckDB table source:
    1505 for keys, 547 for the others.
    """
    for constraint in constraints:
        one = Table(table.object_id, table.schema, table.name, table.columns, (constraint,))
        database = found.database.name if found.database else "tempdb"
        name = ObjectName(table.name, table.schema, database)
        relation = table_relation(one, name, "table", rows, "")
        if constraint.kind in (PRIMARY_KEY, UNIQUE_KEY, INDEX):
            _check_key(found.session, relation, constraint)
        elif constraint.kind in (CHECK, FOREIGN_KEY):
            _check_condition(found, relation, constraint)


def _check_key(session: Session, relation: Relation, constraint: Constraint) -> None:
    columns = column_indexes(relation, constraint.columns)
    values = stored_values(relation, columns, "t")
    chosen = ", ".join(
        f"any_value({value.sql}) AS {quote_name(relation.columns[i].name)}"
        for i, value in zip(columns, values, strict=True)
    )
    keys = ", ".join(key_of(value) for value in values)
    sql = (
        f"SELECT {key_text(values)} FROM (SELECT {chosen} FROM {relation.physical} AS t "
        f"GROUP BY {keys} HAVING count(*) > 1 LIMIT 1) AS t"
    )
    rows = session.connection.rows(sql)
    if rows:
        schema = relation.name.schema or "dbo"
        raise sql_error(1505, f"{schema}.{relation.name.name}", constraint.name, rows[0][0])


def _check_condition(found: ExistingTable, relation: Relation, constraint: Constraint) -> None:
    context = Context(found.session.evaluator.names(scope_apart(found.session, found.frame)))
    stage = Stage("ALTER TABLE", relation, context, inserts=True)
    if constraint.kind == CHECK:
        violations = check_violations(stage, relation.checks[0])
    else:
        violations = foreign_key_violations(stage)
    columns = ", ".join(f"{quote_name(c.name)} AS _new{i}" for i, c in enumerate(relation.columns))
    rows = f"(SELECT 'INSERT' AS _action, CAST(NULL AS BIGINT) AS _rid, {columns} FROM {relation.physical})"
    for violation in violations:
        _raise_violation(found.session, violation, rows)


def _raise_violation(session: Session, violation: Violation, rows: str) -> None:
    hits = session.connection.rows(violation.sql.replace(STAGE, rows))
    if hits:
        raise violation_error(violation, hits[0])


def violation_error(violation: Violation, row: tuple[object, ...]) -> SqlError:
    """The error of a violation query's first row."""
    arguments = [row[a] if isinstance(a, int) else a for a in violation.message_arguments]
    return sql_error(violation.number, *arguments)
