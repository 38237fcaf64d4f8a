"""What of the catalog the caller sees: what he owns, and what he has some permission on.

https://learn.microsoft.com/sql/relational-databases/security/metadata-visibility-configuration
The catalog views are queries over the catalog's tables; for a caller who may not see everything each of these
tables is replaced by those of its rows that he sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localdb.catalog.effective import (
    WHOLE_DATABASE,
    WHOLE_SERVER,
    Caller,
    Decision,
    Securable,
    effective,
)
from localdb.catalog.external import External
from localdb.catalog.objects import Snapshot
from localdb.catalog.permission_names import CLASSES
from localdb.catalog.security import SA_ID, Principal, Security
from localdb.runtime.security.securables import (
    language_securable,
    library_securable,
    login_securable,
    object_securable,
    user_securable,
)
from localdb.runtime.security.security_context import caller_in, server_security

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session

_LAST_SYSTEM_USER = 4
_SHOWS_DEFINITION = ("VIEW DEFINITION", "ALTER", "CONTROL", "TAKE OWNERSHIP")


@dataclass(frozen=True, slots=True)
class Visible:
    """What a caller sees in one database: ids of objects, and those whose definition he sees.

    ``rows`` has for tables of the catalog a query (``{table}`` stands for the table) of the rows that he
    sees; a table that is not listed is seen whole.
    """

    objects: frozenset[int]
    definitions: frozenset[int]
    rows: Mapping[str, str]


class Visibility:
    """Remembers what the session's last callers saw, as long as nothing has changed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, tuple[Caller, Snapshot, Security, Visible]] = {}

    def visible(self, frame: Frame, database: str) -> Visible | None:
        """None for a caller who sees everything: a member of sysadmin. 916 for one who has no user there."""
        caller = caller_in(self._session, frame, database)
        if caller.is_sysadmin:
            return None
        found = self._session.instance.require_database(database)
        snapshot = self._session.transactions.relations(found).snapshot
        server = server_security(self._session)
        known = self._known.get(found.name)
        if known is None or not (known[0] is caller and known[1] is snapshot and known[2] is server):
            known = (caller, snapshot, server, _visible(caller, snapshot, server))
            self._known[found.name] = known
        return known[3]


def has_any(caller: Caller, thing: Securable) -> bool:
    """Whether the caller has some permission on a thing, and VIEW DEFINITION is not denied."""
    names = CLASSES[thing.class_name].permissions
    return effective(caller, "VIEW DEFINITION", thing) is not Decision.DENIED and any(
        effective(caller, name, thing) is Decision.GRANTED for name in names
    )


def _visible(caller: Caller, snapshot: Snapshot, server: Security) -> Visible:
    rows = _server_rows(caller, server) | _database_rows(caller, server)
    things = {thing.object_id: object_securable(snapshot, thing) for thing in snapshot.objects.values()}
    if caller.is_dbo:
        return Visible(frozenset(things), frozenset(things), rows)
    objects = frozenset(number for number, thing in things.items() if has_any(caller, thing))
    definitions = frozenset(number for number in objects if _shows_definition(caller, things[number]))
    shown = _where("object_id", objects)
    readable = _condition("object_id", definitions)

    def hiding(column: str, instead: str) -> str:
        text = f"CASE WHEN {readable} OR {column} IS NULL THEN {column} ELSE {instead} END AS {column}"
        return shown.replace("*", f"* REPLACE ({text})", 1)

    rows |= {
        "objects": hiding("definition", "NULL"),
        # That a column has a DEFAULT is seen: a text without anything in it shows as NULL.
        "columns": hiding("default_text", "''"),
        "parameters": shown,
        "constraints": hiding("expression", "NULL"),
        **_principal_rows(caller, snapshot.security),
        **_external_rows(caller, snapshot.external),
    }
    return Visible(objects, definitions, rows)


def _shows_definition(caller: Caller, thing: Securable) -> bool:
    return any(effective(caller, name, thing) is Decision.GRANTED for name in _SHOWS_DEFINITION)


def _principal_rows(caller: Caller, users: Security) -> dict[str, str]:
    """https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-database-principals-transact-sql"""
    if effective(caller, "VIEW DEFINITION", WHOLE_DATABASE) is Decision.GRANTED:
        return {}
    shown = {p.principal_id for p in users.principals.values() if _sees_user(caller, p)}
    return {
        "database_principals": _where("principal_id", shown),
        "database_members": _where("member_id", shown & caller.users),
        "database_permissions": _where("grantee_id", shown & caller.users),
    }


def _external_rows(caller: Caller, external: External) -> dict[str, str]:
    """The caller's own languages and libraries, and those that he has some permission on."""
    languages = {
        one.language_id
        for one in external.languages.values()
        if has_any(caller, language_securable(one.language_id, one.owner_id))
    }
    libraries = {
        one.library_id
        for one in external.libraries
        if has_any(caller, library_securable(one.library_id, one.owner_id))
    }
    return {
        "external_languages": _where("external_language_id", languages),
        "external_language_files": _where("external_language_id", languages),
        "external_libraries": _where("external_library_id", libraries),
        "external_library_files": _where("external_library_id", libraries),
    }


def _sees_user(caller: Caller, principal: Principal) -> bool:
    number = principal.principal_id
    return (
        number <= _LAST_SYSTEM_USER
        or principal.is_fixed_role
        or number in caller.users
        or has_any(caller, user_securable(principal))
    )


def _server_rows(caller: Caller, server: Security) -> dict[str, str]:
    """https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-server-principals-transact-sql"""
    if effective(caller, "VIEW ANY DEFINITION", WHOLE_SERVER) is Decision.GRANTED:
        return {}
    shown = {p.principal_id for p in server.principals.values() if _sees_login(caller, p)}
    return {
        "server_principals": _where("principal_id", shown),
        "server_members": _where("member_id", shown & caller.logins),
        "server_permissions": _where("grantee_id", shown & caller.logins),
    }


def sees_database(session: Session, frame: Frame, name: str) -> bool:
    """Whether the caller knows of a database: of master, tempdb and the current one always, of others when he
    owns them or may view or make databases.
    https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-databases-transact-sql
    """
    if name.lower() in ("master", "tempdb", frame.database.lower()):
        return True
    caller = caller_in(session, frame, frame.database)
    if _sees_databases(caller):
        return True
    found = session.instance.database(name)
    owner = found.snapshot.security.find("dbo") if found is not None else None
    return owner is not None and owner.sid in _sids(caller, server_security(session))


def _database_rows(caller: Caller, server: Security) -> dict[str, str]:
    if _sees_databases(caller):
        return {}
    sids = "".join(f" OR owner_sid = from_hex('{sid.hex()}')" for sid in sorted(_sids(caller, server)))
    always = "name IN ('master', 'tempdb') OR name = {database}"
    return {"databases": f"SELECT * FROM {{table}} WHERE {always}{sids}"}


def _sees_databases(caller: Caller) -> bool:
    names = ("VIEW ANY DATABASE", "ALTER ANY DATABASE", "CREATE ANY DATABASE")
    return any(effective(caller, name, WHOLE_SERVER) is Decision.GRANTED for name in names)


def _sids(caller: Caller, server: Security) -> set[bytes]:
    mine = (p for p in server.principals.values() if p.principal_id in caller.logins)
    return {principal.sid for principal in mine if principal.sid is not None}


def _sees_login(caller: Caller, principal: Principal) -> bool:
    number = principal.principal_id
    built_in = number == SA_ID or principal.is_fixed_role or number in caller.logins
    return built_in or has_any(caller, login_securable(principal))


def _where(column: str, numbers: Iterable[int]) -> str:
    return f"SELECT * FROM {{table}} WHERE {_condition(column, numbers)}"


def _condition(column: str, numbers: Iterable[int]) -> str:
    listed = ", ".join(map(str, sorted(numbers)))
    return f"{column} IN ({listed})" if listed else "false"
