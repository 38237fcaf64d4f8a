"""What the statements about external languages and libraries have in common: CONTENT, owners, a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localdb.catalog.external import HOST_PLATFORM
from localdb.runtime.scope import Frame
from localdb.runtime.security.authorization import current_user_id, may_in_database
from localdb.tsql.ast_external import FileSpecification

if TYPE_CHECKING:
    from localdb.catalog.objects import Snapshot
    from localdb.runtime.interpreter import Interpreter
    from localdb.runtime.session import Session
    from localdb.runtime.transactions import Transaction

MAX_FILE_PATH = 4000
"""Characters."""


def platform_of(file: FileSpecification) -> str:
    """The platform that a file is for; the server's own where nothing is said."""
    return file.platform or HOST_PLATFORM


def content_of(run: Interpreter, file: FileSpecification, frame: Frame) -> str | bytes | None:
    """CONTENT: text is the path of a file, which must be written as a literal; bytes are the file itself.
    None for everything else."""
    assert file.content is not None
    found = run.evaluator.typed_value(file.content, frame)
    if found.type.is_binary and found.value is not None:
        return bytes(found.value)
    if found.type.is_character and file.content.text.lower().startswith(("'", "n'")):
        return str(found.value)
    return None


def new_owner(session: Session, frame: Frame, snapshot: Snapshot, name: str | None) -> int | None:
    """Who owns the new thing: AUTHORIZATION, else the caller.

    None for somebody who does not exist, and for another than the caller unless he controls the database.
    """
    caller = current_user_id(session, frame)
    owner = named_owner(session, frame, snapshot, name)
    return owner if owner == caller or may_in_database(session, frame, "CONTROL") else None


def named_owner(session: Session, frame: Frame, snapshot: Snapshot, name: str | None) -> int | None:
    """Whose thing is meant: AUTHORIZATION, else the caller's; None for somebody who does not exist."""
    if name is None:
        return current_user_id(session, frame)
    owner = snapshot.security.find(name)
    return None if owner is None else owner.principal_id


def redefine(session: Session, transaction: Transaction, snapshot: Snapshot) -> None:
    """Give the transaction its own languages and libraries; the store has been written."""
    session.transactions.redefine(transaction, snapshot, physical=False)
