"""GRANT, DENY, REVOKE and ALTER AUTHORIZATION.

https://learn.microsoft.com/sql/t-sql/statements/grant-transact-sql, .../deny-transact-sql,
.../revoke-transact-sql and .../alter-authorization-transact-sql. Column lists are refused.
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql import ast_security
from localdb.tsql.ast_security import SecurableName
from localdb.tsql.cursor import Cursor
from localdb.tsql.keywords import words
from localdb.tsql.lexer import Kind
from localdb.types import ObjectName

_CLASSES = (
    "OBJECT",
    "SCHEMA",
    "DATABASE",
    "USER",
    "ROLE",
    "LOGIN",
    "SERVER",
    "SERVER ROLE",
    "EXTERNAL LANGUAGE",
    "EXTERNAL LIBRARY",
)
_LONGEST_CLASS = 3
"""Words of a class's name, such as XML SCHEMA COLLECTION."""

_BEHIND_PERMISSIONS = words("ON TO FROM AS WITH")


def parse_grant(cursor: Cursor) -> ast_security.Grant:
    line = cursor.line
    cursor.expect("GRANT")
    permissions, securable = _permissions(cursor, "GRANT"), _securable(cursor, "GRANT")
    cursor.expect("TO")
    grantees = _principals(cursor)
    option = cursor.accept("WITH", "GRANT", "OPTION")
    return ast_security.Grant(
        line, permissions, securable, grantees, False, _grantor(cursor), with_grant_option=option
    )


def parse_deny(cursor: Cursor) -> ast_security.Deny:
    line = cursor.line
    cursor.expect("DENY")
    permissions, securable = _permissions(cursor, "DENY"), _securable(cursor, "DENY")
    cursor.expect("TO")
    grantees = _principals(cursor)
    cascade = cursor.accept("CASCADE")
    return ast_security.Deny(line, permissions, securable, grantees, cascade, _grantor(cursor))


def parse_revoke(cursor: Cursor) -> ast_security.Revoke:
    line = cursor.line
    cursor.expect("REVOKE")
    option_only = cursor.accept("GRANT", "OPTION", "FOR")
    permissions, securable = _permissions(cursor, "REVOKE"), _securable(cursor, "REVOKE")
    cursor.expect_any("TO", "FROM")
    grantees = _principals(cursor)
    cascade = cursor.accept("CASCADE")
    return ast_security.Revoke(
        line, permissions, securable, grantees, cascade, _grantor(cursor), option_only=option_only
    )


def parse_alter_authorization(cursor: Cursor, line: int) -> ast_security.AlterAuthorization:
    """What stands behind ALTER."""
    cursor.expect("AUTHORIZATION")
    securable = _securable(cursor, "ALTER AUTHORIZATION")
    if securable is None:
        raise cursor.syntax_error()
    cursor.expect("TO")
    owner = None if cursor.accept("SCHEMA", "OWNER") else cursor.identifier()
    return ast_security.AlterAuthorization(line, securable, owner)


def _permissions(cursor: Cursor, statement: str) -> tuple[str, ...]:
    found = [_permission(cursor, statement)]
    while cursor.accept(","):
        found.append(_permission(cursor, statement))
    return tuple(found)


def _permission(cursor: Cursor, statement: str) -> str:
    parts: list[str] = []
    while cursor.current.kind is Kind.WORD and cursor.current.word not in _BEHIND_PERMISSIONS:
        parts.append(cursor.advance().word)
    if cursor.at("("):
        raise cursor.unsupported_option(f"{statement} ... (column)")
    if not parts:
        raise cursor.syntax_error()
    name = " ".join(parts)
    return "EXECUTE" if name == "EXEC" else name


def _securable(cursor: Cursor, statement: str) -> SecurableName | None:
    """``ON [class::]name``; None when there is no ON."""
    if not cursor.accept("ON"):
        return None
    class_name = _class_name(cursor, statement)
    name = cursor.object_name() if class_name == "OBJECT" else ObjectName(cursor.identifier())
    if cursor.at("("):
        raise cursor.unsupported_option(f"{statement} ... (column)")
    return SecurableName(class_name, name)


def _class_name(cursor: Cursor, statement: str) -> str:
    for count in range(1, _LONGEST_CLASS + 1):
        if cursor.ahead(count).word == "::":
            name = " ".join(cursor.ahead(i).word for i in range(count))
            if name not in _CLASSES:
                raise sql_error(40514, f"{statement} ON {name}", line=cursor.line)
            cursor.index += count + 1
            return name
    return "OBJECT"


def _principals(cursor: Cursor) -> tuple[str, ...]:
    found = [_principal(cursor)]
    while cursor.accept(","):
        found.append(_principal(cursor))
    return tuple(found)


def _principal(cursor: Cursor) -> str:
    """A grantee; ``public`` is a reserved word and may stand here."""
    return cursor.advance().value if cursor.at("PUBLIC") else cursor.identifier()


def _grantor(cursor: Cursor) -> str | None:
    return cursor.identifier() if cursor.accept("AS") else None
