"""A server in process with a database, for the tests of principals and permissions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localdb.errors import SqlError
from localdb.events import Failed, Info
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session
from tests.runtime.conftest import assert_ok, rows

SA_PASSWORD = "Principals-1!"


class Shop:
    """``session`` is sa's in the database shop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.instance = Instance(folder, sa_password=SA_PASSWORD, threads=2)
        if self.instance.database("shop") is None:
            assert_ok(self.instance.login(Login("sa", SA_PASSWORD)).run_batch("CREATE DATABASE shop"))
        self.session = self.log_in("sa", SA_PASSWORD)

    def log_in(self, name: str, password: str, database: str = "shop") -> Session:
        return self.instance.login(Login(name, password, database))

    def do(self, *texts: str, session: Session | None = None) -> None:
        for text in texts:
            assert_ok((session or self.session).run_batch(text))

    def ask(self, text: str, session: Session | None = None) -> list[tuple[Any, ...]]:
        return rows((session or self.session).run_batch(text))

    def value(self, text: str, session: Session | None = None) -> Any:
        return self.ask(f"SELECT {text}", session)[0][0]

    def error(self, text: str, session: Session | None = None) -> SqlError:
        """The one error of a batch."""
        failed = [e.error for e in (session or self.session).run_batch(text) if isinstance(e, Failed)]
        assert len(failed) == 1, failed
        return failed[0]

    def messages(self, text: str) -> list[int]:
        """The numbers of the messages of a batch that has no error."""
        return [e.number for e in assert_ok(self.session.run_batch(text)) if isinstance(e, Info)]

    def grants(self, grantee: str) -> list[tuple[str, str, str]]:
        """(permission, state, grantor) of what a principal has, CONNECT left out."""
        return self.ask(
            "SELECT permission_name, state_desc, USER_NAME(grantor_principal_id) "
            f"FROM sys.database_permissions WHERE USER_NAME(grantee_principal_id) = '{grantee}' "
            "AND permission_name <> 'CONNECT' ORDER BY permission_name"
        )


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    shop = Shop(folder)
    try:
        yield shop
    finally:
        shop.instance.close()
