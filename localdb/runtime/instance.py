"""One server: the engine, the databases, the logins, the sessions.

``Instance(data, sa_password=...)`` opens the data folder, making ``master`` with the login sa at first start.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from pathlib import Path

from localdb.catalog.governor_store import GovernorStore
from localdb.catalog.objects import Table
from localdb.engine.duck import Connection, Engine
from localdb.errors import sql_error
from localdb.runtime.database import Database
from localdb.runtime.databases import Databases
from localdb.runtime.external.libraries import known_folders
from localdb.runtime.external.library_installation import InstalledLibraries
from localdb.runtime.external.library_setup_errors import SetupErrors
from localdb.runtime.governance.admissions import ScriptSettings
from localdb.runtime.governance.governor import Governor
from localdb.runtime.master import Master
from localdb.runtime.plan_cache import LONGEST_TEXT, PlanCache
from localdb.runtime.relations import sequence_name
from localdb.runtime.requests import Login
from localdb.runtime.scripts.host import ScriptRunner
from localdb.runtime.scripts.loopback import LoopbackService
from localdb.runtime.security.logins import check_login, login_failed
from localdb.runtime.security.security_context import SecurityContext, find_caller, may_log_in
from localdb.runtime.sequences import next_value
from localdb.runtime.session import Session
from localdb.runtime.views.system_views import SystemViews
from localdb.satellite.launcher import Limits
from localdb.tsql import ast
from localdb.tsql.parser import parse_batch

_FIRST_SPID = 51
"""Session ids up to 50 are the system's."""

_PARSED_TEXTS = 500


class Instance:
    """``launcher`` runs external scripts within ``limits``, as many as ``scripts`` says. Raises
    ``DataFolderInUse`` when another server has ``data``.

    ``memory_limit`` ('2GB') and ``threads`` are the engine's, None its defaults. Safe to use from many
    threads.
    """

    def __init__(
        self,
        data: Path,
        *,
        sa_password: str,
        launcher: ScriptRunner | None = None,
        limits: Limits | None = None,
        scripts: ScriptSettings | None = None,
        memory_limit: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.launcher = launcher
        self.loopback: LoopbackService | None = None
        """The way back for running scripts, where the administrator allows it."""
        self.limits = limits or Limits()
        self.plans = PlanCache()
        self.system_views = SystemViews()
        self.engine = Engine(data, memory_limit=memory_limit, threads=threads)
        try:
            self._databases = Databases(self.engine, sa_password)
            with self._own_connection() as connection:
                self.governor = Governor(GovernorStore(connection).load(), scripts or ScriptSettings())
            self._setup_errors = SetupErrors(self.engine.connect())
        except BaseException:
            self.engine.close()
            raise
        shelf = launcher.libraries if launcher is not None else data / "libraries"
        self.libraries = InstalledLibraries(shelf, self._setup_errors)
        self.libraries.remove_all_but(
            name for database in self._databases.opened() for name in known_folders(database)
        )
        self._sessions: dict[int, Session] = {}
        self._spids = itertools.count(_FIRST_SPID)
        self._descriptors = itertools.count(1)
        self._parsed: OrderedDict[str, tuple[ast.Statement, ...]] = OrderedDict()
        self._lock = threading.Lock()

    # --- sessions ---

    def login(self, login: Login) -> Session:
        """A new session.

        Errors: 18456 wrong name or password, or no permission to connect; 4060 (4064 for the login's own
        default) no such database, or one that the login may not use.
        """
        server = self.require_database("master").snapshot.server
        check_login(login.user, login.password, server.find(login.user))
        return self.open_session(login)

    def open_session(self, login: Login) -> Session:
        """A session of somebody whose identity is proved. Errors: as for ``login``."""
        server = self.require_database("master").snapshot.server
        stored = server.find(login.user)
        if stored is None or stored.is_disabled or not may_log_in(server, stored):
            raise login_failed(login.user)
        wanted = login.database or stored.default_database or "master"
        context = SecurityContext(stored.name, stored.sid)
        database = self.database(wanted)
        if (
            database is None
            or find_caller(context, server, database.snapshot.security, database.name) is None
        ):
            raise sql_error(4060, wanted) if login.database else sql_error(4064)
        session = Session(self, next(self._spids), login, context, database.name)
        with self._lock:
            self._sessions[session.spid] = session
        return session

    def forget(self, session: Session) -> None:
        with self._lock:
            self._sessions.pop(session.spid, None)

    def sessions(self) -> list[Session]:
        with self._lock:
            return list(self._sessions.values())

    def close(self) -> None:
        """Close every session and the engine. No request may be running."""
        for session in self.sessions():
            session.close()
        self._setup_errors.close()
        self._databases.close()
        self.engine.close()

    # --- databases ---

    def database(self, name: str) -> Database | None:
        """An open database by name; None for one that does not exist or is a name only (tempdb, model,
        msdb).
        """
        return self._databases.find(name)

    def is_name_only(self, name: str) -> bool:
        """Whether ``name`` is tempdb, model or msdb, which cannot be used."""
        return self._databases.is_name_only(name)

    def require_database(self, name: str) -> Database:
        """Error 911 when there is none."""
        found = self.database(name)
        if found is None:
            raise sql_error(911, name)
        return found

    def usable_database(self, name: str, login: str) -> Database:
        """What USE may name: 911 no such database, 916 one that is a name only."""
        if self._databases.is_name_only(name):
            raise sql_error(916, login, name)
        return self.require_database(name)

    def database_name(self, database_id: int) -> str | None:
        return self._databases.name_of(database_id)

    def create_database(self, session: Session, name: str, owner_sid: bytes) -> None:
        """CREATE DATABASE, owned by the login with ``owner_sid``.

        Errors: 226 inside a transaction, 1801 exists, 40514 a name that cannot be had.
        """
        _refuse_in_transaction(session, "CREATE DATABASE")
        self._databases.create(name, owner_sid, session.check_cancelled)

    def change_database_owner(self, session: Session, name: str, owner_sid: bytes) -> None:
        """ALTER AUTHORIZATION ON DATABASE. Errors: 226 inside a transaction, 911 no such database."""
        _refuse_in_transaction(session, "ALTER AUTHORIZATION ON DATABASE")
        self._databases.change_owner(name, owner_sid, session.check_cancelled)

    def drop_database(self, session: Session, name: str) -> None:
        """DROP DATABASE. Errors: 226, 3701 does not exist, 3702 in use, 3708 a system database."""
        _refuse_in_transaction(session, "DROP DATABASE")
        wanted = name.lower()
        with self._databases.changing:
            self._databases.require_droppable(name)
            if any(wanted in other.databases_in_use() for other in self.sessions()):
                raise sql_error(3702, name)
            self._databases.drop(name, session.check_cancelled)

    # --- configuration ---

    def configure(self, session: Session, option: str, value: int) -> None:
        with session.transactions.writing(self.require_database("master")):
            Master(session.connection).configure(option, value)

    def reconfigure(self, session: Session) -> None:
        with session.transactions.writing(self.require_database("master")):
            Master(session.connection).reconfigure()

    # --- what sessions share ---

    def new_descriptor(self) -> int:
        """A transaction's id, never used before."""
        return next(self._descriptors)

    def parsed(self, text: str) -> tuple[ast.Statement, ...]:
        """The statements of a batch; texts seen lately are not parsed again."""
        with self._lock:
            known = self._parsed.get(text)
            if known is not None:
                self._parsed.move_to_end(text)
                return known
        statements = parse_batch(text)
        if len(text) > LONGEST_TEXT:
            return statements
        with self._lock:
            self._parsed[text] = statements
            while len(self._parsed) > _PARSED_TEXTS:
                self._parsed.popitem(last=False)
        return statements

    def identity_current(self, session: Session, table: Table) -> int | None:
        """The last value that a table's identity column got, its seed when none; None without identity."""
        identity = next((c.column.identity for c in table.columns if c.column.identity), None)
        if identity is None:
            return None
        following = next_value(session.connection, sequence_name(session.database, table.object_id))
        return identity.seed if following == identity.seed else following - identity.increment

    def _own_connection(self) -> _Closing:
        return _Closing(self.engine.connect())


class _Closing:
    """A connection for one question."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Connection:
        return self._connection

    def __exit__(self, *error: object) -> None:
        self._connection.close()


def _refuse_in_transaction(session: Session, statement: str) -> None:
    if session.transactions.count or session.options.implicit_transactions:
        raise sql_error(226, statement)
