"""The four drivers that judge the wire, behind one small face."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mssql_python
import pyodbc
import pytds

from tests.server.application import PASSWORD

ROOT = Path(__file__).parents[2]


def microsoft_driver() -> str:
    """The ODBC driver 18 that comes with the mssql-python-odbc wheel."""
    spec = find_spec("mssql_python_odbc")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0])
    return str(next(folder.glob("libs/linux/debian_ubuntu/x86_64/lib/libmsodbcsql-18*.so*")))


@dataclass(frozen=True)
class Server:
    """A running server process."""

    host: str
    port: int
    folder: Path

    def odbc(self, **options: str) -> Any:
        """pyodbc over Microsoft's driver."""
        values = {
            "Driver": "{" + microsoft_driver() + "}",
            "Server": f"{self.host},{self.port}",
            "UID": "sa",
            "PWD": PASSWORD,
            "TrustServerCertificate": "yes",
            "Encrypt": "yes",
            **options,
        }
        return pyodbc.connect(_joined(values), autocommit=True, timeout=20)

    def freetds(self, **options: str) -> Any:
        """pyodbc over FreeTDS."""
        values = {
            "Driver": "FreeTDS",
            "Server": self.host,
            "Port": str(self.port),
            "UID": "sa",
            "PWD": PASSWORD,
            "TDS_Version": "7.4",
            **options,
        }
        return pyodbc.connect(_joined(values), autocommit=True, timeout=20)

    def mssql_python(self, **options: str) -> Any:
        values = {
            "Server": f"{self.host},{self.port}",
            "UID": "sa",
            "PWD": PASSWORD,
            "TrustServerCertificate": "yes",
            "Encrypt": "yes",
            **options,
        }
        return mssql_python.connect(_joined(values), autocommit=True)

    def pytds(self, **options: Any) -> Any:
        values = {"user": "sa", "password": PASSWORD, "autocommit": True, "login_timeout": 20, **options}
        return pytds.connect(self.host, port=self.port, **values)

    def connect(self, client: str, **options: Any) -> Any:
        connect: Callable[..., Any] = getattr(self, client)
        return connect(**options)

    def refusal(self, client: str, **options: Any) -> str:
        """The text of the error with which a connection fails."""
        try:
            self.connect(client, **options)
        except Exception as error:
            text = f"{type(error).__name__} {error}"
        else:
            raise AssertionError("the connection was accepted")
        with warnings.catch_warnings():
            # pytds leaves the socket of a failed login to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
        return text

    def state(self) -> dict[str, Any]:
        """What the application has seen."""
        with self.pytds() as connection, connection.cursor() as cursor:
            cursor.execute("STATE")
            facts: dict[str, Any] = json.loads(cursor.fetchall()[0][0])
            return facts


CLIENTS = ("odbc", "freetds", "mssql_python", "pytds")


def _joined(values: dict[str, str]) -> str:
    return ";".join(f"{key}={value}" for key, value in values.items())


@contextmanager
def running_server(folder: Path, **settings: Any) -> Iterator[Server]:
    """A server process for the block; it must end well when asked to and log no defect but that of DEFECT."""
    command = [sys.executable, "-W", "error", "-m", "tests.server.serve_application", folder]
    log = folder / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [*command, json.dumps(settings)], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            ready = process.stdout.readline().split()
            assert ready, log.read_text()
            yield Server(ready[1], int(ready[2]), folder)
        finally:
            process.terminate()
            process.wait(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in log.read_text().replace(_EXPECTED, ""), log.read_text()


_EXPECTED = "unexpected exception in a request\nTraceback"


def rows(cursor: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in cursor.fetchall()]
