"""The folders of installed external libraries, below ``Launcher.libraries``.

* ``<database id>-<library id>-<digest>``: one library, unpacked.
* ``<database id>-public-<digest>`` and ``<database id>-private-<digest>``: hard links to the files of all
  libraries that one caller's scripts import from. Only these are shown to scripts.

A name tells the content, so a folder is never changed: it is made beside and renamed, or it is removed. What
a crash leaves is removed at the next start.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from localdb.catalog.external import HOST_PLATFORM, ExternalLibrary
from localdb.catalog.external_store import ExternalStore
from localdb.errors import SqlError, sql_error
from localdb.libraries.archive import LibraryError, find_package
from localdb.libraries.merging import link_all
from localdb.libraries.wheels import Wheel
from localdb.runtime.external.library_scripts import LibraryScripts, NotPossibleNow
from localdb.runtime.external.library_setup_errors import SetupErrors
from localdb.runtime.scripts.host import ScriptRunner

if TYPE_CHECKING:
    from localdb.runtime.database import Database
    from localdb.runtime.session import Session

_NEW = ".new-"
"""Of folders that are being made or removed."""
_POLL_SECONDS = 0.05
"""How often a session that waits for another one's installation looks whether it was cancelled."""

_log = logging.getLogger(__name__)


class InstalledLibraries:
    """The folders of one server, in ``root``. Safe to use from many threads."""

    def __init__(self, root: Path, errors: SetupErrors) -> None:
        self._root = root
        self._errors = errors
        self._failed: dict[str, str] = {}
        """Why a library cannot be installed, by the name that its folder would have."""
        self._in_use: dict[int, set[str]] = {}
        """The folders that a session's latest script may be importing from, by session id."""
        self._installing = threading.Lock()
        self._shelf = threading.Lock()
        """Held for a moment, while folders appear, are taken into use or are removed."""

    def folders(
        self,
        session: Session,
        database: Database,
        interpreter: str,
        scopes: Sequence[tuple[str, Sequence[ExternalLibrary]]],
    ) -> tuple[str, ...]:
        """For each scope (private, public) the folder of its libraries; what is missing is installed now.

        Error 39048 when one of them cannot be: its reason stays in sys.external_library_setup_errors, and no
        script that could see the library runs.
        """
        self._in_use[session.spid] = set()
        return tuple(
            self._folder(session, database, interpreter, scope, libraries) for scope, libraries in scopes
        )

    def _folder(
        self,
        session: Session,
        database: Database,
        interpreter: str,
        scope: str,
        libraries: Sequence[ExternalLibrary],
    ) -> str:
        parts = [interpreter, *(f"{one.library_id}:{one.digest}" for one in libraries)]
        name = f"{database.database_id}-{scope}-{_digest(parts)}"
        if not self._take(session, name):
            with self._alone(session.check_cancelled):
                if not self._take(session, name):
                    self._make(session, database, interpreter, libraries, name)
                    self._take(session, name)
        return str(self._root / name)

    def _take(self, session: Session, name: str) -> bool:
        """Whether the folder is there; it stays as long as the session may be using it."""
        with self._shelf:
            found = (self._root / name).is_dir()
            if found:
                self._in_use[session.spid].add(name)
        return found

    @contextmanager
    def _alone(self, check: Callable[[], None]) -> Iterator[None]:
        """One installation at a time."""
        while not self._installing.acquire(timeout=_POLL_SECONDS):
            check()
        try:
            yield
        finally:
            self._installing.release()

    def _make(
        self,
        session: Session,
        database: Database,
        interpreter: str,
        libraries: Sequence[ExternalLibrary],
        name: str,
    ) -> None:
        with self._new_folder(name) as merged:
            merged.mkdir(mode=0o755)
            for library in libraries:
                with self._reported(database, library):
                    link_all(self._unpacked(session, database, interpreter, library), merged)

    def _unpacked(
        self, session: Session, database: Database, interpreter: str, library: ExternalLibrary
    ) -> Path:
        name = folder_name(database, library, interpreter)
        if (self._root / name).is_dir():
            return self._root / name
        if name in self._failed:
            raise LibraryError(self._failed[name])
        scripts = LibraryScripts(
            _launcher_of(session), interpreter, session.instance.limits, session.cancelled
        )
        content = ExternalStore(database.name, session.connection).content(library, HOST_PLATFORM)
        try:
            wheel = _checked_wheel(content, scripts)
            with self._new_folder(name) as folder:
                wheel.install(folder)
        except LibraryError as error:
            self._failed[name] = str(error)
            raise
        return self._root / name

    @contextmanager
    def _new_folder(self, name: str) -> Iterator[Path]:
        """A folder to be made, which has its name once it is complete and on the disk."""
        with tempfile.TemporaryDirectory(prefix=_NEW, dir=self._root) as place:
            made = Path(place) / name
            yield made
            os.sync()
            with self._shelf:
                made.rename(self._root / name)

    @contextmanager
    def _reported(self, database: Database, library: ExternalLibrary) -> Iterator[None]:
        """Every way in which a library is not installed is error 39048."""
        try:
            yield
        except (LibraryError, NotPossibleNow) as error:
            raise self._failure(database, library, str(error)) from error
        except OSError as error:
            raise self._failure(database, library, error.strerror or str(error)) from error
        self._errors.forget(database.database_id, library.library_id)

    def _failure(self, database: Database, library: ExternalLibrary, reason: str) -> SqlError:
        error = sql_error(39048, "install", library.name, reason.rstrip("."))
        self._errors.record(database.database_id, library, error)
        return error

    # --- removing ---

    def remove_all_but(self, known: Iterable[str]) -> None:
        """At the start of the server: nothing is in use."""
        keep = set(known)
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)

    def remove_unknown(self, session: Session, database: Database, known: Iterable[str]) -> None:
        """After a change of the libraries of ``database``: what nobody can ask for any more. Left for later
        while somebody installs; never an error."""
        if not self._installing.acquire(blocking=False):
            return
        try:
            with tempfile.TemporaryDirectory(
                prefix=_NEW, dir=self._root, ignore_cleanup_errors=True
            ) as place:
                self._take_away(session, database, set(known), Path(place))
        except OSError as error:
            _log.warning("external libraries of %s: %s", database.name, error)
        finally:
            self._installing.release()

    def _take_away(self, session: Session, database: Database, known: set[str], place: Path) -> None:
        with self._shelf:
            keep = known.union(self._busy(session))
            for folder in self._root.glob(f"{database.database_id}-*"):
                if folder.name not in keep:
                    folder.rename(place / folder.name)

    def _busy(self, session: Session) -> Iterator[str]:
        """What the scripts of other sessions may be importing from."""
        running = {one.spid for one in session.instance.sessions() if one.is_running} - {session.spid}
        for spid in [*self._in_use]:
            if spid in running:
                yield from self._in_use[spid]
            else:
                del self._in_use[spid]


def folder_name(database: Database, library: ExternalLibrary, interpreter: str) -> str:
    """The folder of one library. An interpreter checks a library anew."""
    digest = _digest([interpreter, str(library.digest)])
    return f"{database.database_id}-{library.library_id}-{digest}"


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _launcher_of(session: Session) -> ScriptRunner:
    launcher = session.instance.launcher
    if launcher is None:
        raise NotPossibleNow("the server runs no external scripts")
    return launcher


def _checked_wheel(content: bytes, scripts: LibraryScripts) -> Wheel:
    """The wheel inside ``content``, built if need be, that fits its language and replaces nothing in it.

    System packages cannot be added, updated or removed:
    https://learn.microsoft.com/sql/t-sql/statements/drop-external-library-transact-sql
    """
    package = find_package(content)
    wheel = Wheel(package if package.is_wheel else scripts.build(package))
    found = scripts.examine(wheel)
    wheel.check_fits(found.python)
    if found.installed is not None:
        raise LibraryError(
            f"The package {wheel.name} {found.installed} is preinstalled and cannot be replaced"
        )
    if found.taken:
        raise LibraryError(f"The library would replace the preinstalled {', '.join(found.taken)}")
    return wheel
