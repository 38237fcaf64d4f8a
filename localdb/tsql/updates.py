"""UPDATE [TOP (n)] target SET ... [OUTPUT ...] [FROM ...] [WHERE ...] [OPTION (...)].

https://learn.microsoft.com/sql/t-sql/queries/update-transact-sql
"""

from __future__ import annotations

from localdb.tsql.assignments import bind_assignments, read_assignments
from localdb.tsql.ast import Slice
from localdb.tsql.binding import Context
from localdb.tsql.change_reader import ChangeReader
from localdb.tsql.constraints import violations
from localdb.tsql.names import Names
from localdb.tsql.outputs import bind_output, read_output
from localdb.tsql.plan import ChangePlan
from localdb.tsql.stages import STAGE, Stage
from localdb.tsql.targets import FromText, bind_change_from, read_from
from localdb.types import quote_name

_STOPS = ("OUTPUT", "FROM", "WHERE", "OPTION")


def compile_update(statement: Slice, names: Names) -> ChangePlan:
    reader = ChangeReader(statement)
    context = Context(names)
    common_tables = reader.common_tables()
    reader.expect("UPDATE")
    top = reader.top()
    target = reader.target()
    reader.expect("SET")
    assignments = read_assignments(reader, *_STOPS)
    output_text = read_output(reader)
    text = FromText(target, common_tables, top, *read_from(reader), statement.line)
    change = bind_change_from(text, context)
    values = bind_assignments(assignments, change.target, change.scope, change.column)

    change.access("UPDATE", output=output_text is not None)
    if output_text is not None:
        change.refuse_output()
    stage = Stage("UPDATE", change.relation, context, existing=True, updated=frozenset(values))
    output = bind_output(output_text, stage, change.scope, change.target) if output_text else None
    found = violations(stage) + (output.violations if output else ())
    needed = sorted(stage.new_used | set(values))
    items = ["'UPDATE' AS _action", f"{change.rid} AS _rid"]
    items += [f"{values.get(i, change.target.bound(i).sql)} AS _new{i}" for i in needed]
    items += [f"{change.target.bound(i).sql} AS _old{i}" for i in sorted(stage.old_used)]
    items += [f"{bound.sql} AS _src{k}" for k, bound in enumerate(output.passed if output else ())]
    rows = change.rows(items, order=[values[i] for i in sorted(values)])
    return ChangePlan(
        "UPDATE",
        change.relation,
        context.plan(change.prefix + stage.query(rows)),
        found,
        (update_statement(stage), *(output.apply if output else ())),
        output.clause if output else None,
    )


def update_statement(stage: Stage) -> str:
    """The DuckDB UPDATE that writes the stage's new values."""
    columns = stage.target.columns
    sets = ", ".join(f"{quote_name(columns[i].name)} = s._new{i}" for i in sorted(stage.updated))
    only = " AND s._action = 'UPDATE'" if stage.kind == "MERGE" else ""
    return f"UPDATE {stage.target.physical} AS t SET {sets} FROM {STAGE} AS s WHERE t.rowid = s._rid{only}"
