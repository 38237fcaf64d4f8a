"""INSERT, UPDATE, DELETE and MERGE: stage, check, apply, as one unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from localdb.errors import sql_error
from localdb.events import ResultSetStart, RowBatch
from localdb.runtime.predict.predictions import predictions
from localdb.runtime.scope import Frame
from localdb.runtime.sequences import next_value, sequence_range
from localdb.tsql import ast
from localdb.tsql.names import Relation
from localdb.tsql.plan import ChangePlan, Violation

if TYPE_CHECKING:
    from localdb.runtime.database import Database
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session

STAGE = '"temp"."main"."localdb_stage"'


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did: its row count, the rows of OUTPUT, the last identity value."""

    rows: int
    output: pa.Table | None = None
    identity: int | None = None


def run_change(run: Interpreter, statement: ast.DataChange, frame: Frame) -> Flow:
    compiled = run.evaluator.statement(statement, frame)
    yield from run.begin_implicitly()
    plan: ChangePlan = compiled.plan
    changed = apply_change(run, plan, frame)
    if changed.output is not None:
        assert plan.output is not None
        yield ResultSetStart(plan.output.columns)
        for batch in changed.output.to_batches():
            yield RowBatch(batch)
    yield run.done(statement.kind, frame, changed.rows)
    return None


def apply_change(run: Interpreter, plan: ChangePlan, frame: Frame) -> Changed:
    """Do what the plan says, or nothing at all."""
    session = run.session
    run.evaluator.authorize(plan.stage, frame)
    targets = [plan.target]
    if plan.output is not None and plan.output.target is not None:
        targets.append(plan.output.target)
    for target in targets:
        local = session.local_tables.find(target.physical, frame)
        if local is not None:
            session.local_tables.before_change(local)
    parameters = run.evaluator.parameters(plan.stage, frame)
    with (
        predictions(session, session.connection, plan.stage, frame),
        session.transactions.writing(written_database(session, targets)),
    ):
        changed = _staged(session, plan, parameters)
    if changed.identity is not None:
        frame.identity = session.state.identity = changed.identity
    return changed


def written_database(session: Session, targets: list[Relation]) -> Database | None:
    """The database that a change writes to; None when it changes local tables only. Two are refused."""
    names = {str(target.name.database) for target in targets if target.kind == "table"}
    if len(names) > 1:
        raise sql_error(40514, "a statement that writes to two databases")
    return session.instance.require_database(names.pop()) if names else None


def _staged(session: Session, plan: ChangePlan, parameters: dict[str, Any]) -> Changed:
    connection = session.connection
    if plan.direct is not None:
        return Changed(connection.execute(plan.direct, parameters))
    rows = connection.execute(f"CREATE TEMP TABLE {STAGE} AS {plan.stage.sql}", parameters)
    try:
        for violation in plan.violations:
            _check(session, violation)
        for statement in plan.apply:
            connection.execute(statement.replace("{stage}", STAGE))
        identity = _identity(session, plan)
        if plan.explicit_identity and identity is not None:
            _continue_behind(session, plan)
        return Changed(rows, _output(session, plan), identity)
    finally:
        if not connection.failed:
            connection.execute(f"DROP TABLE {STAGE}")


def _check(session: Session, violation: Violation) -> None:
    found = session.connection.rows(violation.sql.replace("{stage}", STAGE))
    if found:
        row = found[0]
        arguments = [row[a] if isinstance(a, int) else a for a in violation.message_arguments]
        raise sql_error(violation.number, *arguments)


def _output(session: Session, plan: ChangePlan) -> pa.Table | None:
    if plan.output is None or plan.output.target is not None:
        return None
    columns = ", ".join(f"_out{i}" for i in range(len(plan.output.columns)))
    return session.connection.table(f"SELECT {columns} FROM {STAGE}")


def _identity(session: Session, plan: ChangePlan) -> int | None:
    """The identity value of the last row that was inserted."""
    if plan.identity_column is None:
        return None
    rows = session.connection.rows(
        f"SELECT _new{plan.identity_column} FROM {STAGE} WHERE _action = 'INSERT' ORDER BY _n DESC LIMIT 1"
    )
    return int(rows[0][0]) if rows else None


def _continue_behind(session: Session, plan: ChangePlan) -> None:
    """After SET IDENTITY_INSERT ON, values beyond the sequence's next one push it on."""
    assert plan.identity_column is not None
    identity = plan.target.columns[plan.identity_column].identity
    assert identity is not None
    extreme = "max" if identity.increment > 0 else "min"
    rows = session.connection.rows(
        f"SELECT {extreme}(_new{plan.identity_column}) FROM {STAGE} WHERE _action = 'INSERT'"
    )
    following = int(rows[0][0]) + identity.increment
    current = next_value(session.connection, plan.target.sequence)
    if (following - current) * identity.increment > 0:
        temporary = "TEMP " if plan.target.kind != "table" else ""
        options = sequence_range(following, identity.increment)
        session.connection.execute(f"CREATE OR REPLACE {temporary}SEQUENCE {plan.target.sequence} {options}")


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType({ast.DataChange: run_change})
