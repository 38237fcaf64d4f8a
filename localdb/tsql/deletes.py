"""DELETE [TOP (n)] [FROM] target [OUTPUT ...] [FROM ...] [WHERE ...] [OPTION (...)].

https://learn.microsoft.com/sql/t-sql/statements/delete-transact-sql
"""

from __future__ import annotations

from localdb.tsql.ast import Slice
from localdb.tsql.binding import Context
from localdb.tsql.change_reader import ChangeReader
from localdb.tsql.constraints import violations
from localdb.tsql.names import Names
from localdb.tsql.outputs import bind_output, read_output
from localdb.tsql.plan import ChangePlan
from localdb.tsql.stages import STAGE, Stage
from localdb.tsql.targets import FromText, bind_change_from, read_from


def compile_delete(statement: Slice, names: Names) -> ChangePlan:
    reader = ChangeReader(statement)
    context = Context(names)
    common_tables = reader.common_tables()
    reader.expect("DELETE")
    top = reader.top()
    reader.accept("FROM")
    target = reader.target()
    output_text = read_output(reader)
    text = FromText(target, common_tables, top, *read_from(reader), statement.line)
    change = bind_change_from(text, context)

    change.access("DELETE", output=output_text is not None)
    if output_text is not None:
        change.refuse_output()
    stage = Stage("DELETE", change.relation, context, existing=True, deletes=True)
    output = bind_output(output_text, stage, change.scope, change.target) if output_text else None
    found = violations(stage) + (output.violations if output else ())
    items = ["'DELETE' AS _action", f"{change.rid} AS _rid"]
    items += [f"{change.target.bound(i).sql} AS _old{i}" for i in sorted(stage.old_used)]
    passed = [bound.sql for bound in (output.passed if output else ())]
    items += [f"{sql} AS _src{k}" for k, sql in enumerate(passed)]
    return ChangePlan(
        "DELETE",
        change.relation,
        context.plan(change.prefix + stage.query(change.rows(items, order=passed))),
        found,
        (delete_statement(stage), *(output.apply if output else ())),
        output.clause if output else None,
    )


def delete_statement(stage: Stage) -> str:
    """The DuckDB DELETE of the stage's rows."""
    only = " WHERE _action = 'DELETE'" if stage.kind == "MERGE" else ""
    return f"DELETE FROM {stage.target.physical} WHERE rowid IN (SELECT _rid FROM {STAGE}{only})"
