"""ALTER AUTHORIZATION: whose a schema, a role or a database is.

https://learn.microsoft.com/sql/t-sql/statements/alter-authorization-transact-sql
A table, view or procedure is its schema's owner's, so that there is nothing to change for one. The
permissions on what gets a new owner are gone, except on a database; with a schema's go those on its objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.security import OBJECT, PRINCIPAL, SCHEMA, SQL_LOGIN, Principal, Security
from localdb.catalog.store import Store
from localdb.errors import sql_error
from localdb.runtime.master import SYSTEM_DATABASES
from localdb.runtime.scope import Frame
from localdb.runtime.security import authorization
from localdb.runtime.security.current_principals import current_snapshot
from localdb.runtime.security.grant_targets import find_target
from localdb.runtime.security.principal_rules import find_own_role, missing
from localdb.runtime.security.principals_roles import require_owner
from localdb.runtime.security.security_changes import change_database_security, forget_securable
from localdb.runtime.security.security_context import server_security
from localdb.tsql import ast, ast_security
from localdb.tsql.ast_security import AlterAuthorization

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session


def run_alter_authorization(run: Interpreter, statement: AlterAuthorization, frame: Frame) -> Flow:
    """Errors: 15151 no such thing, no such owner or no permission, 15150 a fixed schema or role, 40514 things
    whose owner cannot be changed."""
    session, kind, owner = run.session, statement.securable.class_name, statement.owner
    if kind not in ("SCHEMA", "ROLE", "DATABASE"):
        raise sql_error(40514, f"ALTER AUTHORIZATION ON {kind}")
    if owner is None:
        raise sql_error(40517, "ALTER AUTHORIZATION ... TO SCHEMA OWNER")
    name = statement.securable.name.name
    if kind == "DATABASE":
        _give_database(session, frame, name, owner)
    else:
        yield from run.begin_implicitly()
        target = find_target(session, frame, statement.securable)
        if not authorization.may(session, frame, "TAKE OWNERSHIP", target.securable):
            raise missing("find", kind.lower(), name)
        require_owner(session, frame, owner)
        give = _give_schema if kind == "SCHEMA" else _give_role
        give(session, frame, name, _owner(session, frame, owner))
    yield run.done("ALTER AUTHORIZATION", frame)
    return None


def _owner(session: Session, frame: Frame, name: str) -> Principal:
    found = current_snapshot(session, frame).security.find(name)
    if found is None:
        raise missing("find", "principal", name)
    return found


def _give_schema(session: Session, frame: Frame, name: str, owner: Principal) -> None:
    database = session.instance.require_database(frame.database)
    with session.transactions.writing(database) as transaction:
        snapshot = session.transactions.relations(database).snapshot
        schema = snapshot.schema(name)
        if schema is None:
            raise missing("find", "schema", name)
        if schema.schema_id < 5:
            raise sql_error(15150, "alter", "schema", schema.name)
        changed = replace(schema, owner_id=owner.principal_id)
        Store(database.name, session.connection).write_schema(changed)
        after = snapshot.with_schema(changed)
        if schema.owner_id != owner.principal_id:
            after = forget_securable(session, after, SCHEMA, schema.schema_id)
            for thing in snapshot.objects.values():
                if thing.schema.lower() == schema.name.lower():
                    after = forget_securable(session, after, OBJECT, thing.object_id)
        session.transactions.redefine(transaction, after, physical=False)


def _give_role(session: Session, frame: Frame, name: str, owner: Principal) -> None:
    def change(security: Security) -> Security:
        role = find_own_role(security, name, "alter")
        if role.owner_id != owner.principal_id:
            security = security.without_securable(PRINCIPAL, role.principal_id)
        return security.with_principal(replace(role, owner_id=owner.principal_id))

    change_database_security(session, frame.database, change)


def _give_database(session: Session, frame: Frame, name: str, owner: str) -> None:
    """Only those with CONTROL SERVER may. 15109 a system database, 15110 the login is a user there."""
    database = session.instance.database(name)
    if database is None or not authorization.may_on_server(session, frame, "CONTROL SERVER"):
        raise missing("find", "database", name)
    if name.lower() in (system for _, system in SYSTEM_DATABASES):
        raise sql_error(15109)
    login = server_security(session).find(owner)
    if login is None or login.type != SQL_LOGIN or login.sid is None:
        raise missing("find", "principal", owner)
    user = database.snapshot.security.by_sid(login.sid)
    if user is not None and user.name != "dbo":
        raise sql_error(15110)
    session.instance.change_database_owner(session, database.name, login.sid)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {ast_security.AlterAuthorization: run_alter_authorization}
)
