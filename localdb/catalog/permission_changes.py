"""What GRANT, DENY and REVOKE make of the permissions of a database or of the server.

https://learn.microsoft.com/sql/t-sql/statements/grant-transact-sql, .../deny-transact-sql and
.../revoke-transact-sql. A thing has one entry for each grantee, permission and grantor, which a new one
replaces: so nobody who may pass on a permission lifts what the owner denied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from localdb.catalog.security import DENY, GRANT, GRANT_WITH_GRANT_OPTION, Permission
from localdb.errors import sql_error

Permissions = tuple[Permission, ...]


def granted(known: Permissions, new: Permission) -> Permissions:
    """``new`` in the place of what its grantor gave or denied the grantee before."""
    return (*(one for one in known if not (_same(one, new) and one.grantor_id == new.grantor_id)), new)


def denied(known: Permissions, new: Permission, *, cascade: bool) -> Permissions:
    """4611 when the grantee may grant the permission to others, except with CASCADE: then those lose it."""
    may_pass_on = any(_same(one, new) and one.state == GRANT_WITH_GRANT_OPTION for one in known)
    if may_pass_on and not cascade:
        raise sql_error(4611)
    left = granted(known, new)
    return _without_delegations(left, new) if cascade else left


def revoked(known: Permissions, gone: Permission, *, cascade: bool, option_only: bool) -> Permissions:
    """Take back what ``gone.grantor_id`` granted or denied; nothing when there is no such entry.

    4611 when the grantee may grant the permission to others, except with CASCADE. ``option_only`` leaves the
    permission itself.
    """
    old = next((one for one in known if _same(one, gone) and one.grantor_id == gone.grantor_id), None)
    if old is None or (option_only and old.state != GRANT_WITH_GRANT_OPTION):
        return known
    if old.state == GRANT_WITH_GRANT_OPTION and not cascade:
        raise sql_error(4611)
    kept = (replace(old, state=GRANT),) if option_only else ()
    left = (*(one for one in known if one != old), *kept)
    return _without_delegations(left, gone) if cascade else left


def _without_delegations(known: Iterable[Permission], start: Permission) -> Permissions:
    """Without what the grantee of ``start`` passed on, and those to whom it was passed on."""
    left = tuple(known)
    grantors, waiting = {start.grantee_id}, [start.grantee_id]
    while waiting:
        grantor = waiting.pop()
        passed = [one for one in left if _same_thing(one, start) and one.grantor_id == grantor]
        left = tuple(one for one in left if one not in passed)
        new = {one.grantee_id for one in passed if one.state != DENY} - grantors
        grantors |= new
        waiting += new
    return left


def _same_thing(one: Permission, other: Permission) -> bool:
    return (one.class_id, one.major_id, one.name) == (other.class_id, other.major_id, other.name)


def _same(one: Permission, other: Permission) -> bool:
    return _same_thing(one, other) and one.grantee_id == other.grantee_id
