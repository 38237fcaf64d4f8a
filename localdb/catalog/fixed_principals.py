"""The principals and permissions that servers and databases have from the start, with SQL Server's ids.

https://learn.microsoft.com/sql/relational-databases/security/authentication-access/server-level-roles,
.../database-level-roles and .../principals-database-engine
"""

from __future__ import annotations

import datetime
import struct

from localdb.catalog.security import (
    DATABASE,
    DBO_ID,
    GRANT,
    GUEST_ID,
    PUBLIC_ID,
    ROLE,
    SA_ID,
    SA_SID,
    SERVER,
    SERVER_PUBLIC_ID,
    SQL_LOGIN,
    SQL_USER,
    Permission,
    Principal,
    Security,
)

FIRST_FIXED_ROLE = 16384
"""db_owner; users and roles of one's own have lower ids."""

_SERVER_ROLES = (
    (SERVER_PUBLIC_ID, "public"),
    (3, "sysadmin"),
    (4, "securityadmin"),
    (5, "serveradmin"),
    (6, "setupadmin"),
    (7, "processadmin"),
    (8, "diskadmin"),
    (9, "dbcreator"),
    (10, "bulkadmin"),
)
_DATABASE_ROLES = (
    (FIRST_FIXED_ROLE, "db_owner"),
    (16385, "db_accessadmin"),
    (16386, "db_securityadmin"),
    (16387, "db_ddladmin"),
    (16389, "db_backupoperator"),
    (16390, "db_datareader"),
    (16391, "db_datawriter"),
    (16392, "db_denydatareader"),
    (16393, "db_denydatawriter"),
)
_PUBLIC_SID = bytes.fromhex("01050000000000090400000083741B006749C04BA943C02702F2A762")


def server_security(sa_hash: str, moment: datetime.datetime) -> Security:
    """A new server: the login sa with its password's hash, and the fixed server roles."""
    sa = Principal(
        SA_ID,
        "sa",
        SQL_LOGIN,
        SA_SID,
        password_hash=sa_hash,
        default_database="master",
        created=moment,
        modified=moment,
    )
    roles = [
        Principal(
            number,
            name,
            ROLE,
            bytes([number]),
            SA_ID,
            is_fixed_role=number != SERVER_PUBLIC_ID,
            created=moment,
            modified=moment,
        )
        for number, name in _SERVER_ROLES
    ]
    return Security(
        _by_name([sa, *roles]),
        frozenset({(3, SA_ID)}),
        (
            Permission(SERVER, 0, "CONNECT SQL", GRANT, SA_ID, SA_ID),
            Permission(SERVER, 0, "VIEW ANY DATABASE", GRANT, SERVER_PUBLIC_ID, SA_ID),
        ),
    )


def database_security(database: str, moment: datetime.datetime) -> Security:
    """A new database: its fixed users and roles. Guests are let into master only."""
    public = Principal(PUBLIC_ID, "public", ROLE, _PUBLIC_SID, DBO_ID, created=moment, modified=moment)
    users = [
        _user(DBO_ID, "dbo", None, "dbo", moment),
        _user(GUEST_ID, "guest", b"\x00", "guest", moment),
        _user(3, "INFORMATION_SCHEMA", None, None, moment),
        _user(4, "sys", None, None, moment),
    ]
    roles = [
        Principal(
            number,
            name,
            ROLE,
            database_sid(4, 0, 0, 0, number),
            DBO_ID,
            is_fixed_role=True,
            created=moment,
            modified=moment,
        )
        for number, name in _DATABASE_ROLES
    ]
    let_in = (DBO_ID, GUEST_ID) if database.lower() == "master" else (DBO_ID,)
    connect = tuple(Permission(DATABASE, 0, "CONNECT", GRANT, user, DBO_ID) for user in let_in)
    return Security(_by_name([public, *users, *roles]), frozenset({(FIRST_FIXED_ROLE, DBO_ID)}), connect)


def database_sid(*parts: int) -> bytes:
    """The security identifier S-1-9-..., whose authority is SQL Server itself: MS-DTYP section 2.4.2."""
    return struct.pack(f"<BB6s{len(parts)}I", 1, len(parts), b"\0\0\0\0\0\x09", *parts)


def _user(
    number: int, name: str, sid: bytes | None, default_schema: str | None, moment: datetime.datetime
) -> Principal:
    return Principal(
        number,
        name,
        SQL_USER,
        sid,
        default_schema=default_schema,
        created=moment,
        modified=moment,
    )


def _by_name(principals: list[Principal]) -> dict[str, Principal]:
    return {principal.name.lower(): principal for principal in principals}
