"""CREATE, ALTER and DROP EXTERNAL LIBRARY: packages that are uploaded into a database for its scripts.

https://learn.microsoft.com/sql/t-sql/statements/create-external-library-transact-sql
A statement keeps the file as it is; it is looked into, and installed, when the next script runs that may see
it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.external import PYTHON, External, ExternalLibrary, LibraryFile
from localdb.catalog.external_store import ExternalStore
from localdb.catalog.security import DBO_ID, EXTERNAL_LIBRARY
from localdb.catalog.store import Store
from localdb.errors import sql_error
from localdb.runtime.external.files import (
    named_owner,
    new_owner,
    platform_of,
    redefine,
)
from localdb.runtime.external.languages import interpreter_of
from localdb.runtime.external.library_files import library_content
from localdb.runtime.external.library_installation import folder_name
from localdb.runtime.scope import Frame
from localdb.runtime.security.authorization import may, require_database
from localdb.runtime.security.securables import language_securable, library_securable
from localdb.runtime.security.security_changes import forget_securable
from localdb.runtime.security.security_context import caller_in
from localdb.tsql import ast
from localdb.tsql.ast_external import (
    AlterExternalLibrary,
    CreateExternalLibrary,
    DropExternalLibrary,
    FileSpecification,
)

if TYPE_CHECKING:
    from localdb.catalog.objects import Snapshot
    from localdb.runtime.database import Database
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session
    from localdb.runtime.transactions import Transaction


def library_folders(session: Session, frame: Frame, language: str) -> tuple[str, ...]:
    """The folders that the caller's scripts in ``language`` import from, private ones first.

    What is missing is installed now. Error 39048 when a library cannot be installed.
    """
    database = session.instance.require_database(frame.database)
    external = session.transactions.relations(database).snapshot.external
    if not external.libraries:
        return ()
    own = caller_in(session, frame, database.name).users - {DBO_ID}
    scopes = (
        ("private", _installable(external, language, own)),
        ("public", _installable(external, language, {DBO_ID})),
    )
    return session.instance.libraries.folders(
        session, database, interpreter_of(external, language), [scope for scope in scopes if scope[1]]
    )


def known_folders(database: Database) -> Iterator[str]:
    """The folders of the libraries that ``database`` has, whether installed or not."""
    external = database.snapshot.external
    for library in external.libraries:
        yield folder_name(database, library, interpreter_of(external, library.language))


def _installable(
    external: External, language: str, owners: set[int] | frozenset[int]
) -> list[ExternalLibrary]:
    """Those of ``owners`` that have a file for this platform."""
    return [one for one in external.libraries_of(language, owners) if one.digest is not None]


def run_create_library(run: Interpreter, statement: CreateExternalLibrary, frame: Frame) -> Flow:
    session = run.session
    yield from run.begin_implicitly()
    require_database(session, frame, "CREATE EXTERNAL LIBRARY")
    contents = [library_content(run, file, "CREATE", number, frame) for number, file in _numbered(statement)]
    database = session.instance.require_database(frame.database)
    with session.transactions.writing(database) as transaction:
        snapshot = session.transactions.relations(database).snapshot
        owner = new_owner(session, frame, snapshot, statement.owner)
        if owner is None:
            raise sql_error(39046, statement.owner)
        _require_free(snapshot, statement.name, owner)
        language = _language(session, frame, snapshot, statement.language)
        files = tuple(map(_described, statement.files, contents))
        number = Store(database.name, session.connection).new_id()
        library = ExternalLibrary(number, statement.name, owner, language, files)
        store = ExternalStore(database.name, session.connection)
        store.add_library(library)
        for file, content in zip(files, contents, strict=True):
            store.write_content(library, file, content)
        redefine(session, transaction, snapshot.with_external(snapshot.external.with_library(library)))
        _clean_afterwards(session, database, transaction)
    yield run.done("CREATE EXTERNAL LIBRARY", frame)
    return None


def run_alter_library(run: Interpreter, statement: AlterExternalLibrary, frame: Frame) -> Flow:
    session = run.session
    yield from run.begin_implicitly()
    content = library_content(run, statement.file, "ALTER", 1, frame)
    database = session.instance.require_database(frame.database)
    with session.transactions.writing(database) as transaction:
        snapshot = session.transactions.relations(database).snapshot
        library = _changeable(session, frame, snapshot, statement.name, statement.owner, "alter")
        if library.language.lower() != statement.language.lower():
            raise sql_error(39007, statement.language)
        file = _described(statement.file, content)
        if file.platform not in (one.platform for one in library.files):
            raise sql_error(39115, file.platform)
        ExternalStore(database.name, session.connection).write_content(library, file, content)
        changed = library.with_file(file)
        redefine(session, transaction, snapshot.with_external(snapshot.external.with_library(changed)))
        _clean_afterwards(session, database, transaction)
    yield run.done("ALTER EXTERNAL LIBRARY", frame)
    return None


def run_drop_library(run: Interpreter, statement: DropExternalLibrary, frame: Frame) -> Flow:
    session = run.session
    yield from run.begin_implicitly()
    database = session.instance.require_database(frame.database)
    with session.transactions.writing(database) as transaction:
        snapshot = session.transactions.relations(database).snapshot
        library = _changeable(session, frame, snapshot, statement.name, statement.owner, "drop")
        ExternalStore(database.name, session.connection).remove_library(library)
        after = forget_securable(session, snapshot, EXTERNAL_LIBRARY, library.library_id)
        redefine(session, transaction, after.with_external(snapshot.external.without_library(library)))
        _clean_afterwards(session, database, transaction)
    yield run.done("DROP EXTERNAL LIBRARY", frame)
    return None


def _numbered(statement: CreateExternalLibrary) -> Iterator[tuple[int, FileSpecification]]:
    return enumerate(statement.files, start=1)


def _described(file: FileSpecification, content: bytes) -> LibraryFile:
    return LibraryFile(platform_of(file), hashlib.sha256(content).hexdigest())


def _require_free(snapshot: Snapshot, name: str, owner: int) -> None:
    """39047: names are unique for each owner."""
    if snapshot.external.library(name, owner) is not None:
        principal = snapshot.security.by_id(owner)
        raise sql_error(39047, name, principal.name if principal else owner, snapshot.database)


def _language(session: Session, frame: Frame, snapshot: Snapshot, name: str) -> str:
    """The language as the catalog calls it; 39007 for one that does not exist or may not be referred to."""
    if name.lower() == PYTHON.lower():
        return PYTHON
    language = snapshot.external.language(name)
    if language is None or not may(
        session, frame, "REFERENCES", language_securable(language.language_id, language.owner_id)
    ):
        raise sql_error(39007, name)
    return language.name


def _changeable(
    session: Session, frame: Frame, snapshot: Snapshot, name: str, owner_name: str | None, action: str
) -> ExternalLibrary:
    """15151 for a library that does not exist, or that the caller may not change."""
    owner = named_owner(session, frame, snapshot, owner_name)
    library = None if owner is None else snapshot.external.library(name, owner)
    if library is None or not may(
        session, frame, "ALTER", library_securable(library.library_id, library.owner_id)
    ):
        raise sql_error(15151, action, "external library", name)
    return library


def _clean_afterwards(session: Session, database: Database, transaction: Transaction) -> None:
    """When the change is final, or taken back, remove the folders that no library has any more."""

    def clean() -> None:
        session.instance.libraries.remove_unknown(session, database, known_folders(database))

    transaction.on_commit.append(clean)
    transaction.on_rollback.append(clean)


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        CreateExternalLibrary: run_create_library,
        AlterExternalLibrary: run_alter_library,
        DropExternalLibrary: run_drop_library,
    }
)
