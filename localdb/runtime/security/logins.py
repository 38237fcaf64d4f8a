"""SQL logins: salted scrypt hashes in ``master``; a failed login says only 18456.

https://learn.microsoft.com/sql/relational-databases/security/authentication-access/create-a-login
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from localdb.catalog.security import Principal
from localdb.errors import SqlError, sql_error

_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
"""scrypt's parameters: 16 MB and some 40 ms for each try (RFC 7914)."""


NO_PASSWORD = f"scrypt${_COST}${_BLOCK}${_PARALLEL}${'A' * 22}==${'A' * 86}=="
"""In the place of a hash where there is none: no password has it, and trying one takes the usual time."""


def hash_password(password: str) -> str:
    """``scrypt$N$r$p$salt$hash``, with 16 random bytes of salt; salt and hash in base64."""
    salt = os.urandom(16)
    digest = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL)
    encoded = (base64.b64encode(part).decode() for part in (salt, digest))
    return "$".join(("scrypt", str(_COST), str(_BLOCK), str(_PARALLEL), *encoded))


def verify_password(password: str, stored: str) -> bool:
    kind, cost, block, parallel, salt, digest = stored.split("$")
    if kind != "scrypt":
        return False
    tried = _scrypt(password, base64.b64decode(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(tried, base64.b64decode(digest))


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    # Passwords are case-sensitive Unicode strings; their bytes are UTF-16 as SQL Server hashes them.
    text = password.encode("utf-16-le", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=cost, r=block, p=parallel, maxmem=2**26)


def check_login(user: str, password: str, known: Principal | None) -> None:
    """``known`` is the principal of the server named ``user``, None when there is none. Raises 18456."""
    # An unknown user costs the same time as a wrong password, so that time tells nothing.
    stored = known.password_hash if known is not None else None
    matches = verify_password(password, stored or NO_PASSWORD)
    if known is None or known.is_disabled or not matches:
        raise login_failed(user)


def login_failed(user: str) -> SqlError:
    return sql_error(18456, user)
