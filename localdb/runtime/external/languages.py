"""CREATE, ALTER and DROP EXTERNAL LANGUAGE: another Python, under a name, in one database.

https://learn.microsoft.com/sql/t-sql/statements/create-external-language-transact-sql
SQL Server takes an archive with a shared library. Here CONTENT is the path of a Python executable, such as a
virtual environment's, whose numpy, pandas and pyarrow the scripts use. The server itself starts it before the
sandbox closes around it: so only sysadmin may name one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.catalog.external import (
    HOST_PLATFORM,
    SYSTEM_LANGUAGES,
    External,
    ExternalLanguage,
    LanguageFile,
)
from localdb.catalog.external_store import ExternalStore
from localdb.catalog.security import EXTERNAL_LANGUAGE
from localdb.catalog.store import Store, now
from localdb.error_texts import MESSAGES
from localdb.errors import SqlError, sql_error
from localdb.events import Info
from localdb.runtime.external.environment import parse_environment
from localdb.runtime.external.files import (
    MAX_FILE_PATH,
    content_of,
    named_owner,
    new_owner,
    platform_of,
    redefine,
)
from localdb.runtime.scope import Frame
from localdb.runtime.scripts.host import Language
from localdb.runtime.security.authorization import may, require_database
from localdb.runtime.security.securables import language_securable
from localdb.runtime.security.security_changes import forget_securable
from localdb.runtime.security.security_context import caller_in
from localdb.tsql import ast
from localdb.tsql.ast_external import (
    AlterExternalLanguage,
    CreateExternalLanguage,
    DropExternalLanguage,
    FileSpecification,
)

if TYPE_CHECKING:
    from localdb.catalog.objects import Snapshot
    from localdb.runtime.interpreter import Flow, Interpreter
    from localdb.runtime.session import Session

_WANTED = (
    "localdb takes the absolute path of a Python executable that is called FILE_NAME, such as the bin/python "
    "of a virtual environment"
)
_NOT_SYSADMIN = "only members of the server role sysadmin may name a file of the server"
_FAILED = "80004005"
"""E_FAIL."""


def find_language(session: Session, frame: Frame, name: str) -> Language | None:
    """A language that CREATE EXTERNAL LANGUAGE made in the current database, as it runs on this platform.

    None when there is none of that name. Error 39124 for one that has files of the other platform only."""
    database = session.instance.require_database(frame.database)
    language = session.transactions.relations(database).snapshot.external.language(name)
    if language is None:
        return None
    file = language.file(HOST_PLATFORM)
    if file is None:
        raise sql_error(39124, HOST_PLATFORM, language.name)
    return Language(language.name, file.path, parse_environment(file.environment))


def interpreter_of(external: External, language: str) -> str:
    """The Python executable of a language on this platform, '' for the server's own."""
    found = external.language(language)
    file = found.file(HOST_PLATFORM) if found is not None else None
    return file.path if file is not None else ""


def run_create_language(run: Interpreter, statement: CreateExternalLanguage, frame: Frame) -> Flow:
    session = run.session
    yield from run.begin_implicitly()
    _refuse_system("CREATE EXTERNAL LANGUAGE", 39130, statement.name)
    require_database(session, frame, "CREATE EXTERNAL LANGUAGE")
    files = tuple(_file(run, file, "CREATE", frame) for file in statement.files)
    _check_runtime(session, statement.name, files)
    database = session.instance.require_database(frame.database)
    with session.transactions.writing(database) as transaction:
        snapshot = session.transactions.relations(database).snapshot
        owner = new_owner(session, frame, snapshot, statement.owner)
        if owner is None:
            raise sql_error(39121, statement.owner)
        if snapshot.external.language(statement.name) is not None:
            raise sql_error(39122, statement.name)
        number = Store(database.name, session.connection).new_id()
        language = ExternalLanguage(number, statement.name, owner, now(), files)
        ExternalStore(database.name, session.connection).write_language(language)
        redefine(session, transaction, snapshot.with_external(snapshot.external.with_language(language)))
    yield run.done("CREATE EXTERNAL LANGUAGE", frame)
    return None


def run_alter_language(run: Interpreter, statement: AlterExternalLanguage, frame: Frame) -> Flow:
    session = run.session
    yield from run.begin_implicitly()
    _refuse_system("ALTER EXTERNAL LANGUAGE", 39131, statement.name)
    database = session.instance.require_database(frame.database)
    _changeable(session, frame, session.transactions.relations(database).snapshot, statement.name, "alter")
    file = _checked_file(run, statement, frame)
    with session.transactions.writing(database) as transaction:
        snapshot = session.transactions.relations(database).snapshot
        language = _changeable(session, frame, snapshot, statement.name, "alter")
        if named_owner(session, frame, snapshot, statement.owner) != language.owner_id and statement.owner:
            raise sql_error(15151, "alter", "external language", statement.name)
        changed = _changed(statement, language, file)
        ExternalStore(database.name, session.connection).write_language(changed)
        redefine(session, transaction, snapshot.with_external(snapshot.external.with_language(changed)))
    yield run.done("ALTER EXTERNAL LANGUAGE", frame)
    return None


def run_drop_language(run: Interpreter, statement: DropExternalLanguage, frame: Frame) -> Flow:
    session = run.session
    yield from run.begin_implicitly()
    _refuse_system("DROP EXTERNAL LANGUAGE", 39131, statement.name)
    database = session.instance.require_database(frame.database)
    with session.transactions.writing(database) as transaction:
        snapshot = session.transactions.relations(database).snapshot
        language = _changeable(session, frame, snapshot, statement.name, "drop")
        folded = language.name.lower()
        user = next((one for one in snapshot.external.libraries if one.language.lower() == folded), None)
        if user is not None:
            raise sql_error(39129, language.name, user.name)
        ExternalStore(database.name, session.connection).remove_language(language)
        after = forget_securable(session, snapshot, EXTERNAL_LANGUAGE, language.language_id)
        redefine(session, transaction, after.with_external(snapshot.external.without_language(language)))
    yield run.done("DROP EXTERNAL LANGUAGE", frame)
    return None


def _refuse_system(statement: str, number: int, name: str) -> None:
    system = next((one for one in SYSTEM_LANGUAGES if one.lower() == name.lower()), None)
    if system is not None:
        raise sql_error(number, statement, system)


def _changeable(
    session: Session, frame: Frame, snapshot: Snapshot, name: str, action: str
) -> ExternalLanguage:
    """15151 for a language that does not exist, or that the caller may not change."""
    language = snapshot.external.language(name)
    if language is None or not may(
        session, frame, "ALTER", language_securable(language.language_id, language.owner_id)
    ):
        raise sql_error(15151, action, "external language", name)
    return language


def _checked_file(run: Interpreter, statement: AlterExternalLanguage, frame: Frame) -> LanguageFile | None:
    """The new file, None for REMOVE. Its Python is tried before the database is locked."""
    if statement.action == "REMOVE":
        return None
    file = _file(run, statement.file, "ALTER", frame)
    _check_runtime(run.session, statement.name, (file,))
    return file


def _changed(
    statement: AlterExternalLanguage, language: ExternalLanguage, file: LanguageFile | None
) -> ExternalLanguage:
    """Errors: 39124 to set or remove the file of a platform that has none, 39125 to add a second one, 39126
    to remove the only one."""
    platform = platform_of(statement.file)
    exists = language.file(platform) is not None
    if statement.action == "ADD" and exists:
        raise sql_error(39125)
    if statement.action != "ADD" and not exists:
        raise sql_error(39124, platform, language.name)
    others = language.without_file(platform)
    if file is not None:
        return others.with_file(file)
    if not others.files:
        raise sql_error(39126)
    return others


def _file(run: Interpreter, file: FileSpecification, verb: str, frame: Frame) -> LanguageFile:
    """Errors: 39117 no expression, 40514 bytes, 39118 too long, 39123 no FILE_NAME, 39119, 39133."""
    content = content_of(run, file, frame)
    if content is None:
        raise sql_error(39117, verb, "CONTENT")
    if isinstance(content, bytes):
        raise sql_error(40514, f"CONTENT of an external language as bytes; {_WANTED}")
    if len(content) > MAX_FILE_PATH:
        raise sql_error(39118, verb, content[:MAX_FILE_PATH], MAX_FILE_PATH)
    if not file.file_name:
        raise sql_error(39123, verb, "FILE_NAME")
    parse_environment(file.environment)
    if platform_of(file) == HOST_PLATFORM:
        _check_path(run.session, verb, Path(content), file.file_name, frame)
    return LanguageFile(platform_of(file), content, file.file_name, file.parameters, file.environment)


def _check_path(session: Session, verb: str, path: Path, file_name: str, frame: Frame) -> None:
    if not caller_in(session, frame, frame.database).is_sysadmin:
        raise sql_error(39119, verb, path, _NOT_SYSADMIN)
    if not path.is_absolute() or path.name != file_name or path.suffix in (".zip", ".gz"):
        raise sql_error(39119, verb, path, _WANTED)


def _check_runtime(session: Session, name: str, files: tuple[LanguageFile, ...]) -> None:
    """39128 with the reason in a 39006 message when an interpreter cannot run scripts."""
    launcher = session.instance.launcher
    if launcher is None:
        raise sql_error(40514, "CREATE EXTERNAL LANGUAGE without a launcher")
    for file in files:
        reason = launcher.check(file.path) if file.platform == HOST_PLATFORM else ""
        if reason:
            raise _unprovisioned(name, reason)


def _unprovisioned(name: str, reason: str) -> SqlError:
    error = sql_error(39128, name, _FAILED)
    status = MESSAGES[39006]
    error.messages = (Info(39006, status.template.format(reason.rstrip(".")), status.severity),)
    return error


HANDLERS: Mapping[type[ast.Statement], Any] = MappingProxyType(
    {
        CreateExternalLanguage: run_create_language,
        AlterExternalLanguage: run_alter_language,
        DropExternalLanguage: run_drop_language,
    }
)
