"""Which schema a name without one means: the module's or the user's own first, then dbo.

https://learn.microsoft.com/sql/relational-databases/security/authentication-access/ownership-and-user-schema-separation
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localdb.catalog.objects import Snapshot
from localdb.catalog.security import DBO_ID
from localdb.runtime.security.security_context import caller_in
from localdb.types import ObjectName

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session

_DBO = "dbo"


def default_schema(session: Session, frame: Frame, snapshot: Snapshot) -> str:
    """Where something new goes: to the schema of the procedure that runs, else to the caller's default."""
    if frame.schema:
        return frame.schema
    user_id = caller_in(session, frame, snapshot.database).user_id
    if user_id == DBO_ID:
        return _DBO
    user = snapshot.security.by_id(user_id)
    return (user.default_schema if user is not None else None) or _DBO


def schema_of(session: Session, frame: Frame, snapshot: Snapshot, name: ObjectName) -> str:
    """The schema of something that may exist: the default one when the thing is there, else dbo."""
    if name.schema is not None:
        return name.schema
    default = default_schema(session, frame, snapshot)
    return default if snapshot.find(default, name.name) is not None else _DBO
