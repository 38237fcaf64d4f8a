"""Procedures of logins, users and roles: members of roles, passwords, and lists for people.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/security-stored-procedures-transact-sql
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localdb.catalog.security import ROLE, SQL_LOGIN
from localdb.errors import sql_error
from localdb.runtime.procedure_call import Argument, Call, Flow, Parameter, SystemProcedure
from localdb.runtime.security.authorization import current_login
from localdb.runtime.security.current_principals import current_snapshot
from localdb.runtime.security.principals_logins import alter_login
from localdb.runtime.security.principals_roles import alter_role
from localdb.runtime.security.principals_server_roles import alter_server_role
from localdb.runtime.security.security_context import server_security
from localdb.tsql.ast_security import AlterLogin, AlterRole, AlterServerRole, LoginOptions
from localdb.types import INT, SMALLINT, SYSNAME, Column, nvarchar, varbinary

_SID = varbinary(85)
_LINE = 1


# --- members of roles ---


def _run_addrolemember(call: Call) -> Flow:
    """sp_addrolemember: 15410 for a member that does not exist, else as ALTER ROLE ... ADD MEMBER."""
    member = _name(call, "@membername")
    security = current_snapshot(call.session, call.frame).security
    role = security.find(_name(call, "@rolename"))
    if role is not None and role.type == ROLE and security.find(member) is None:
        raise sql_error(15410, member)
    return (yield from _change_role(call, "ADD MEMBER"))


def _run_droprolemember(call: Call) -> Flow:
    return (yield from _change_role(call, "DROP MEMBER"))


def _change_role(call: Call, action: str) -> Flow:
    statement = AlterRole(_LINE, _name(call, "@rolename"), action, _name(call, "@membername"))
    alter_role(call.session, call.frame, statement)
    yield from ()
    return 0


def _run_addsrvrolemember(call: Call) -> Flow:
    return (yield from _change_server_role(call, "ADD MEMBER"))


def _run_dropsrvrolemember(call: Call) -> Flow:
    return (yield from _change_server_role(call, "DROP MEMBER"))


def _change_server_role(call: Call, action: str) -> Flow:
    """15402 for what is no fixed role, 15007 for what is no login."""
    server = server_security(call.session)
    role, login = server.find(_name(call, "@rolename")), server.find(_name(call, "@loginame"))
    if role is None or not role.is_fixed_role:
        raise sql_error(15402, call.value("@rolename"))
    if login is None or login.type != SQL_LOGIN:
        raise sql_error(15007, call.value("@loginame"))
    alter_server_role(call.session, call.frame, AlterServerRole(_LINE, role.name, action, login.name))
    yield from ()
    return 0


def _name(call: Call, parameter: str) -> str:
    value = call.value(parameter)
    if value is None:
        raise sql_error(15004)
    return str(value)


def _run_password(call: Call) -> Flow:
    """sp_password: one's own password with the old one, or that of @loginame. An empty one is no password."""
    name = call.value("@loginame") or current_login(call.session, call.frame)
    new, old = call.value("@new"), call.value("@old")
    options = LoginOptions(password=str(new or ""), old_password=None if old is None else str(old))
    alter_login(call.session, call.frame, AlterLogin(_LINE, str(name), None, options))
    yield from ()
    return 0


# --- lists ---

_USERS = (
    Column("UserName", SYSNAME),
    Column("RoleName", SYSNAME),
    Column("LoginName", SYSNAME),
    Column("DefDBName", SYSNAME),
    Column("DefSchemaName", SYSNAME),
    Column("UserID", SMALLINT),
    Column("SID", _SID),
)
_ROLES = (Column("RoleName", SYSNAME), Column("RoleId", SMALLINT), Column("IsAppRole", INT))
_MEMBERS = (Column("DbRole", SYSNAME), Column("MemberName", SYSNAME), Column("MemberSID", _SID))
_SERVER_ROLES = (Column("ServerRole", SYSNAME), Column("Description", nvarchar(35)))
_SERVER_MEMBERS = (Column("ServerRole", SYSNAME), Column("MemberName", SYSNAME), Column("MemberSID", _SID))
_DESCRIPTIONS = (
    ("sysadmin", "System Administrators"),
    ("securityadmin", "Security Administrators"),
    ("serveradmin", "Server Administrators"),
    ("setupadmin", "Setup Administrators"),
    ("processadmin", "Process Administrators"),
    ("diskadmin", "Disk Administrators"),
    ("dbcreator", "Database Creators"),
    ("bulkadmin", "Bulk Insert Administrators"),
)


def _argument(call: Call, parameter: str) -> list[Argument]:
    return [Argument("@name", SYSNAME, call.value(parameter))]


def _run_helpuser(call: Call) -> Flow:
    """sp_helpuser: the users with each of their roles, else public. 15198 for nobody's name."""
    rows = call.query(
        "SELECT u.name, COALESCE(r.name, N'public'), l.name, l.default_database_name, u.default_schema_name, "
        "CAST(u.principal_id AS smallint), u.sid FROM sys.database_principals u "
        "LEFT JOIN sys.database_role_members m ON m.member_principal_id = u.principal_id "
        "LEFT JOIN sys.database_principals r ON r.principal_id = m.role_principal_id "
        "LEFT JOIN sys.server_principals l ON l.sid = u.sid "
        "WHERE u.type = 'S' AND (@name IS NULL OR u.name = @name) ORDER BY u.name, r.name",
        _argument(call, "@name_in_db"),
    )
    if not rows:
        raise sql_error(15198, call.value("@name_in_db"))
    yield from call.result(_USERS, rows)
    return 0


def _run_helprole(call: Call) -> Flow:
    """sp_helprole: the roles of the database. 15409 for what is no role."""
    rows = call.query(
        "SELECT name, CAST(principal_id AS smallint), 0 FROM sys.database_principals "
        "WHERE type = 'R' AND (@name IS NULL OR name = @name) ORDER BY principal_id",
        _argument(call, "@rolename"),
    )
    yield from call.result(_ROLES, _found(rows, 15409, call.value("@rolename")))
    return 0


def _run_helprolemember(call: Call) -> Flow:
    """sp_helprolemember: who is in a role, or in each. 15409 for what is no role."""
    argument = _argument(call, "@rolename")
    roles = "SELECT 1 FROM sys.database_principals WHERE type = 'R' AND (@name IS NULL OR name = @name)"
    _found(call.query(roles, argument), 15409, call.value("@rolename"))
    rows = call.query(
        "SELECT r.name, u.name, u.sid FROM sys.database_role_members m "
        "JOIN sys.database_principals r ON r.principal_id = m.role_principal_id "
        "JOIN sys.database_principals u ON u.principal_id = m.member_principal_id "
        "WHERE @name IS NULL OR r.name = @name ORDER BY r.name, u.name",
        argument,
    )
    yield from call.result(_MEMBERS, rows)
    return 0


def _run_helpsrvrole(call: Call) -> Flow:
    """sp_helpsrvrole: the fixed server roles. 15402 for what is none."""
    wanted = (call.value("@srvrolename") or "").lower()
    rows = [row for row in _DESCRIPTIONS if wanted in ("", row[0])]
    yield from call.result(_SERVER_ROLES, _found(rows, 15402, call.value("@srvrolename")))
    return 0


def _run_helpsrvrolemember(call: Call) -> Flow:
    """sp_helpsrvrolemember: who is in a fixed server role, or in each. 15402 for what is none."""
    wanted = (call.value("@srvrolename") or "").lower()
    _found([row for row in _DESCRIPTIONS if wanted in ("", row[0])], 15402, call.value("@srvrolename"))
    rows = call.query(
        "SELECT r.name, l.name, l.sid FROM sys.server_role_members m "
        "JOIN sys.server_principals r ON r.principal_id = m.role_principal_id "
        "JOIN sys.server_principals l ON l.principal_id = m.member_principal_id "
        "WHERE r.is_fixed_role = 1 AND (@name IS NULL OR r.name = @name) ORDER BY r.principal_id, l.name",
        _argument(call, "@srvrolename"),
    )
    yield from call.result(_SERVER_MEMBERS, rows)
    return 0


def _found(rows: list[tuple[Any, ...]], number: int, name: object) -> list[tuple[Any, ...]]:
    if not rows:
        raise sql_error(number, name)
    return rows


def _names(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, SYSNAME) for name in names)


PROCEDURES: Mapping[str, SystemProcedure] = {
    "sp_addrolemember": SystemProcedure(_run_addrolemember, _names("@rolename", "@membername")),
    "sp_addsrvrolemember": SystemProcedure(_run_addsrvrolemember, _names("@loginame", "@rolename")),
    "sp_droprolemember": SystemProcedure(_run_droprolemember, _names("@rolename", "@membername")),
    "sp_dropsrvrolemember": SystemProcedure(_run_dropsrvrolemember, _names("@loginame", "@rolename")),
    "sp_helprole": SystemProcedure(_run_helprole, (Parameter("@rolename", SYSNAME, None),)),
    "sp_helprolemember": SystemProcedure(_run_helprolemember, (Parameter("@rolename", SYSNAME, None),)),
    "sp_helpsrvrole": SystemProcedure(_run_helpsrvrole, (Parameter("@srvrolename", SYSNAME, None),)),
    "sp_helpsrvrolemember": SystemProcedure(
        _run_helpsrvrolemember, (Parameter("@srvrolename", SYSNAME, None),)
    ),
    "sp_helpuser": SystemProcedure(_run_helpuser, (Parameter("@name_in_db", SYSNAME, None),)),
    "sp_password": SystemProcedure(
        _run_password,
        (
            Parameter("@old", SYSNAME, None),
            Parameter("@new", SYSNAME),
            Parameter("@loginame", SYSNAME, None),
        ),
    ),
}
