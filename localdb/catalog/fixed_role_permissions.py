"""What the fixed roles may and may not do: permissions that no GRANT made and no REVOKE takes away.

https://learn.microsoft.com/sql/relational-databases/security/authentication-access/database-level-roles
and .../server-level-roles. Only the permissions that mean something here; sysadmin and dbo are never asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from localdb.catalog.security import DATABASE, DENY, GRANT, SERVER, Permission

_DDL_ADMIN = (
    "ALTER ANY SCHEMA",
    "CREATE FUNCTION",
    "CREATE PROCEDURE",
    "CREATE SYNONYM",
    "CREATE TABLE",
    "CREATE TYPE",
    "CREATE VIEW",
    "REFERENCES",
)
_DATABASE_ROLES: Mapping[int, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        16384: (GRANT, ("CONTROL",)),  # db_owner
        16385: (GRANT, ("ALTER ANY USER", "CONNECT", "CREATE SCHEMA")),  # db_accessadmin
        16386: (GRANT, ("ALTER ANY ROLE", "CREATE SCHEMA", "VIEW DEFINITION")),  # db_securityadmin
        16387: (GRANT, _DDL_ADMIN),  # db_ddladmin
        16390: (GRANT, ("SELECT",)),  # db_datareader
        16391: (GRANT, ("DELETE", "INSERT", "UPDATE")),  # db_datawriter
        16392: (DENY, ("SELECT",)),  # db_denydatareader
        16393: (DENY, ("DELETE", "INSERT", "UPDATE")),  # db_denydatawriter
    }
)
_SERVER_ROLES: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        4: ("ALTER ANY LOGIN",),  # securityadmin
        5: ("ALTER RESOURCES", "ALTER SERVER STATE", "ALTER SETTINGS", "SHUTDOWN"),  # serveradmin
        6: ("ALTER ANY LINKED SERVER",),  # setupadmin
        7: ("ALTER ANY CONNECTION", "ALTER SERVER STATE"),  # processadmin
        8: ("ALTER RESOURCES",),  # diskadmin
        9: ("ALTER ANY DATABASE", "CREATE ANY DATABASE"),  # dbcreator
        10: ("ADMINISTER BULK OPERATIONS",),  # bulkadmin
    }
)


def database_role_permissions(role_id: int) -> tuple[Permission, ...]:
    """What a fixed database role has on the whole database; nothing for other roles."""
    state, names = _DATABASE_ROLES.get(role_id, (GRANT, ()))
    return tuple(Permission(DATABASE, 0, name, state, role_id, role_id) for name in names)


def server_role_permissions(role_id: int) -> tuple[Permission, ...]:
    """What a fixed server role other than sysadmin has on the server; nothing for other roles."""
    names = _SERVER_ROLES.get(role_id, ())
    return tuple(Permission(SERVER, 0, name, GRANT, role_id, role_id) for name in names)
