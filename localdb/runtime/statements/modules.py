"""CREATE and ALTER of views and procedures.

https://learn.microsoft.com/sql/t-sql/statements/create-view-transact-sql and
.../create-procedure-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.objects import Parameter, Procedure, SchemaObject, TableColumn, View
from localdb.catalog.store import Store, now
from localdb.errors import sql_error
from localdb.runtime.describe import check_procedure
from localdb.runtime.scope import Frame
from localdb.runtime.security.authorization import may_on_object, require_new_object
from localdb.runtime.security.default_schemas import default_schema
from localdb.runtime.security.impersonation import execute_as_of
from localdb.runtime.security.security_context import scope_apart
from localdb.runtime.statements.table_targets import require_free, write_object
from localdb.tsql import ast
from localdb.tsql.plan import QueryPlan
from localdb.types import Column, ObjectName

if TYPE_CHECKING:
    from localdb.runtime.database import Database
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session


def run_create_view(run: Interpreter, statement: ast.CreateView, frame: Frame) -> Flow:
    """The view's query must compile now; its columns are kept."""
    for option in statement.options:
        raise sql_error(40517, f"CREATE VIEW WITH {option}")
    session = run.session
    yield from run.begin_implicitly()
    columns = _view_columns(run, statement, frame)
    database, schema = module_place(session, statement.name, frame)
    with session.transactions.writing(database) as transaction:
        old = _existing(session, frame, database, schema, statement)
        moment = now()
        number = old.object_id if old else Store(database.name, session.connection).new_id()
        created = old.created if old else moment
        name = old.name if old else statement.name.name
        view = View(number, schema, name, columns, statement.text, created, moment)
        write_object(session, database, view, transaction, physical=False)
    yield run.done(f"{statement.mode} VIEW", frame)
    return None


def _view_columns(run: Interpreter, statement: ast.CreateView, frame: Frame) -> tuple[TableColumn, ...]:
    """Errors: 4511 a column without a name, 4502 and 8158/8159 counts that differ, 4506 a name used twice."""
    # A view's names without a schema are dbo's wherever it is used.
    scope = scope_apart(run.session, frame, statement.name.name, "dbo")
    compiled = run.evaluator.statement(ast.Query(statement.line, statement.query), scope)
    if any(name.name.startswith(("#", "@")) for name in compiled.relations):
        raise sql_error(4508)
    plan = compiled.plan
    if not isinstance(plan, QueryPlan):
        raise sql_error(156, "INTO")
    run.evaluator.authorize(plan.plan, frame)
    found = plan.plan.columns
    if statement.columns:
        if len(statement.columns) > len(found):
            raise sql_error(8159, statement.name.name)
        if len(statement.columns) < len(found):
            raise sql_error(8158, statement.name.name)
        found = tuple(c.renamed(name) for c, name in zip(found, statement.columns, strict=True))
    seen: set[str] = set()
    for number, column in enumerate(found, start=1):
        if not column.name:
            raise sql_error(4511, number)
        if column.name.lower() in seen:
            raise sql_error(4506, column.name, statement.name.name)
        seen.add(column.name.lower())
    return tuple(
        TableColumn(number, Column(column.name, column.type, column.nullable))
        for number, column in enumerate(found, start=1)
    )


def run_create_procedure(run: Interpreter, statement: ast.CreateProcedure, frame: Frame) -> Flow:
    """The text is kept; names in it are resolved when it runs."""
    for option in statement.options:
        if option != "RECOMPILE" and not option.startswith("EXECUTE AS "):
            raise sql_error(40517, f"CREATE PROCEDURE WITH {option}")
    session = run.session
    yield from run.begin_implicitly()
    if statement.name.name.startswith("#"):
        raise sql_error(40514, f"temporary procedure {statement.name.name}")
    parameters = _parameters(statement)
    database, schema = module_place(session, statement.name, frame)
    check_procedure(run, statement, schema, frame)
    with session.transactions.writing(database) as transaction:
        old = _existing(session, frame, database, schema, statement)
        execute_as = execute_as_of(session, frame, schema, statement.options)
        moment = now()
        number = old.object_id if old else Store(database.name, session.connection).new_id()
        created = old.created if old else moment
        name = old.name if old else statement.name.name
        procedure = Procedure(number, schema, name, parameters, statement.text, created, moment, execute_as)
        write_object(session, database, procedure, transaction, physical=False)
    yield run.done(f"{statement.mode} PROCEDURE", frame)
    return None


def _parameters(statement: ast.CreateProcedure) -> tuple[Parameter, ...]:
    seen: set[str] = set()
    for parameter in statement.parameters:
        if parameter.name in seen:
            raise sql_error(134, parameter.name)
        seen.add(parameter.name)
    return tuple(
        Parameter(p.name, p.type, p.default.text if p.default else None, p.output)
        for p in statement.parameters
    )


def module_place(session: Session, name: ObjectName, frame: Frame) -> tuple[Database, str]:
    """The database (the current one: 166 when another is named) and the schema (2760 when there is none)."""
    if name.database is not None and name.database.lower() != frame.database.lower():
        raise sql_error(166, "CREATE/ALTER")
    database = session.instance.require_database(frame.database)
    snapshot = session.transactions.relations(database).snapshot
    wanted = name.schema or default_schema(session, frame, snapshot)
    schema = snapshot.schema(wanted)
    if schema is None or schema.name in ("sys", "INFORMATION_SCHEMA"):
        raise sql_error(2760, wanted)
    return database, schema.name


def _existing(
    session: Session,
    frame: Frame,
    database: Database,
    schema: str,
    statement: ast.CreateView | ast.CreateProcedure,
) -> SchemaObject | None:
    """The object that is altered, None when it is new: 208 does not exist, 2714 exists, 2010 is something
    else. Who may not know of it learns nothing: 262 without CREATE VIEW or CREATE PROCEDURE, 2760 without
    ALTER on the schema, 3701 without ALTER on what is changed."""
    snapshot = session.transactions.relations(database).snapshot
    name, mode = statement.name, statement.mode
    kind, word = (View, "VIEW") if isinstance(statement, ast.CreateView) else (Procedure, "PROCEDURE")
    found = snapshot.find(schema, name.name)
    if found is None and mode == "ALTER":
        raise sql_error(208, name)
    if found is None or mode == "CREATE":
        place = snapshot.schema(schema)
        assert place is not None
        require_new_object(session, frame, f"CREATE {word}", database, place)
        require_free(session, database, schema, name.name)
        return None
    if not may_on_object(session, frame, "ALTER", database, found):
        raise sql_error(3701, "alter", word.lower(), found.name)
    if not isinstance(found, kind):
        raise sql_error(2010, name)
    return found


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {ast.CreateView: run_create_view, ast.CreateProcedure: run_create_procedure}
)
