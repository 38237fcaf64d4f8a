"""Statements about logins, users, roles and permissions.

https://learn.microsoft.com/sql/t-sql/statements/permissions-grant-deny-revoke-azure-sql-data-warehouse-parallel-data-warehouse
lists them. A password never shows in a node's ``repr``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from localdb.tsql.ast import Slice, Statement
from localdb.types import ObjectName


@dataclass(frozen=True, slots=True)
class LoginOptions:
    """WITH of CREATE and ALTER LOGIN; None where an option is not written. ``name`` is NAME = of ALTER."""

    password: str | None = field(default=None, repr=False)
    old_password: str | None = field(default=None, repr=False)
    sid: bytes | None = None
    default_database: str | None = None
    check_policy: bool | None = None
    check_expiration: bool | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CreateLogin(Statement):
    """``options.password`` is always there."""

    name: str
    options: LoginOptions


@dataclass(frozen=True, slots=True)
class AlterLogin(Statement):
    """``enable`` is True for ENABLE, False for DISABLE and None for WITH, when ``options`` count."""

    name: str
    enable: bool | None
    options: LoginOptions = field(default_factory=LoginOptions)


@dataclass(frozen=True, slots=True)
class DropLogin(Statement):
    name: str


@dataclass(frozen=True, slots=True)
class CreateUser(Statement):
    """``login`` is None for WITHOUT LOGIN, and the user's own name where no login is written."""

    name: str
    login: str | None
    default_schema: str | None = None


@dataclass(frozen=True, slots=True)
class AlterUser(Statement):
    """None where an option is not written."""

    name: str
    new_name: str | None = None
    default_schema: str | None = None
    login: str | None = None


@dataclass(frozen=True, slots=True)
class DropUser(Statement):
    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateRole(Statement):
    name: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class CreateServerRole(CreateRole):
    pass


@dataclass(frozen=True, slots=True)
class AlterRole(Statement):
    """``action`` is ADD MEMBER, DROP MEMBER or NAME; ``principal`` the member, or the new name."""

    name: str
    action: str
    principal: str


@dataclass(frozen=True, slots=True)
class AlterServerRole(AlterRole):
    pass


@dataclass(frozen=True, slots=True)
class DropRole(Statement):
    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropServerRole(DropRole):
    pass


@dataclass(frozen=True, slots=True)
class SecurableName:
    """``class::name``; ``class_name`` as it stands there in upper case, OBJECT for a bare name."""

    class_name: str
    name: ObjectName


@dataclass(frozen=True, slots=True)
class ChangePermissions(Statement):
    """GRANT, DENY or REVOKE. ``permissions`` are in upper case, EXEC written out.

    ``securable`` is None for the database or the server; ``grantor`` is who stands behind AS.
    """

    permissions: tuple[str, ...]
    securable: SecurableName | None
    grantees: tuple[str, ...]
    cascade: bool = False
    grantor: str | None = None


@dataclass(frozen=True, slots=True)
class Grant(ChangePermissions):
    with_grant_option: bool = False


@dataclass(frozen=True, slots=True)
class Deny(ChangePermissions):
    pass


@dataclass(frozen=True, slots=True)
class Revoke(ChangePermissions):
    """``option_only``: GRANT OPTION FOR."""

    option_only: bool = False


@dataclass(frozen=True, slots=True)
class AlterAuthorization(Statement):
    """``owner`` is None for SCHEMA OWNER."""

    securable: SecurableName
    owner: str | None


@dataclass(frozen=True, slots=True)
class ExecuteAs(Statement):
    """``kind`` is USER, LOGIN or CALLER; ``name`` is a string or a variable, None for CALLER."""

    kind: str
    name: Slice | None = None
    revertible: bool = True


@dataclass(frozen=True, slots=True)
class Revert(Statement):
    pass
