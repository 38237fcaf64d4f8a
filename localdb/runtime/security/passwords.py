"""The password policy: what a login with CHECK_POLICY = ON may have as a password.

https://learn.microsoft.com/sql/relational-databases/security/password-policy: eight characters, of three
kinds among upper case, lower case, digits and others, and not the login's name.
"""

from __future__ import annotations

from localdb.errors import sql_error

_SHORTEST, _LONGEST = 8, 128
_KINDS = 3


def check_password(name: str, password: str, policy: bool) -> None:
    """Errors: 15156 too long; with the policy 15116 too short, 15118 not complex enough."""
    if len(password) > _LONGEST:
        raise sql_error(15156, _LONGEST)
    if not policy:
        return
    if len(password) < _SHORTEST:
        raise sql_error(15116)
    if name.lower() in password.lower() or _kinds(password) < _KINDS:
        raise sql_error(15118)


def _kinds(password: str) -> int:
    return len({_kind(character) for character in password})


def _kind(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.isupper():
        return "upper"
    return "lower" if character.islower() else "other"
