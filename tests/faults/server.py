"""A server process that can be killed, started again and looked into."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyodbc

from db import connection_string
from db.drivers import find_driver
from tests.server.application import PASSWORD

ROOT = Path(__file__).parents[2]

READY = "localdb: ready on "
START_SECONDS = 30.0


def until(condition: Callable[[], Any], what: str, seconds: float = 10.0) -> float:
    """Waits for what another process is about to do; returns the seconds that it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.005)
    return time.monotonic() - started


def descendants(pid: int) -> set[int]:
    """The processes below ``pid``."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if state[0] != "Z":
                parents[int(entry.name)] = int(state[1])
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in {pid, *found}} - found:
        found |= more
    return found


def workers(pid: int) -> set[int]:
    """The processes below ``pid`` that run a script; spares, which wait for one, are not among them."""
    found = set()
    for child in descendants(pid):
        with suppress(OSError):
            if Path(f"/proc/{child}/comm").read_text().strip() == "worker":
                found.add(child)
    return found


def alive(pid: int) -> bool:
    """True for a process that has not ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class ServerProcess:
    """``python -m localdb serve`` on ``folder`` with further options; killed at the end of the block if it
    still runs."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.host = "127.0.0.1"
        self.port = 0
        self.starts: list[float] = []
        """The seconds of every start."""
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread()
        self._log = folder.with_name(folder.name + ".log")

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None:
            self.kill()
        if self.starts:
            slowest, mean = max(self.starts), sum(self.starts) / len(self.starts)
            print(f"{len(self.starts)} starts: {mean:.2f} s on average, {slowest:.2f} s at most")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """All that the servers on this folder wrote to stderr."""
        return self._log.read_text()

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        assert self._process is None
        self._lines = queue.Queue()
        with self._log.open("a") as errors:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "localdb",
                    "serve",
                    "--data",
                    self.folder,
                    "--port",
                    "0",
                    *self.options,
                ],
                cwd=ROOT,
                env={**os.environ, "MSSQL_SA_PASSWORD": PASSWORD},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._lines))
        self._reader.start()

    def wait_ready(self) -> None:
        line = self._lines.get(timeout=START_SECONDS)
        assert line.startswith(READY), f"{line!r}\n{self.log}"
        self.port = int(line.rpartition(":")[2])

    def start(self) -> float:
        """Start and wait until clients can connect; the seconds that it took."""
        started = time.monotonic()
        self.spawn()
        self.wait_ready()
        self.starts.append(time.monotonic() - started)
        return self.starts[-1]

    def refusal(self) -> str:
        """Start a server that must not come up; it ends with status 1. What it said on stderr."""
        before = len(self.log) if self._log.exists() else 0
        self.spawn()
        line = self._lines.get(timeout=START_SECONDS)
        assert not line.startswith(READY), "the server has started"
        assert self._end() == 1, self.log
        return self.log[before:]

    def kill(self) -> None:
        """kill -9, and wait for the end."""
        assert self._process is not None
        self._process.kill()
        self._end()

    def terminate(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._end()

    def _end(self) -> int:
        assert self._process is not None
        status = self._process.wait(timeout=20)
        self._reader.join(10)
        self._process = None
        return status

    def connect(self, database: str = "", **options: Any) -> Any:
        """A pyodbc connection of sa in autocommit mode."""
        parts = {
            **find_driver().options(self.host, self.port),
            "UID": "sa",
            "PWD": PASSWORD,
            **({"Database": database} if database else {}),
        }
        return pyodbc.connect(connection_string.render(parts), autocommit=True, timeout=10, **options)

    def run(self, text: str, database: str = "") -> list[tuple[Any, ...]]:
        """One batch on a connection of its own; its first rows."""
        with_rows = self.connect(database)
        try:
            return rows(with_rows, text)
        finally:
            with_rows.close()

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def threads(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"Threads:\s+(\d+)", status)
        assert found is not None
        return int(found[1])


def rows(connection: Any, text: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of the first result of a batch; [] when it has none. Later results are read to their end."""
    cursor = connection.execute(text, *parameters)
    found: list[tuple[Any, ...]] = []
    while cursor.description is None and cursor.nextset():
        pass
    if cursor.description is not None:
        found = [tuple(row) for row in cursor.fetchall()]
    while cursor.nextset():
        pass
    cursor.close()
    return found


def number(error: pyodbc.Error) -> int:
    """The SQL Server error number in the text of an ODBC error: the first in parentheses."""
    found = re.search(r"\((\d+)\)", str(error.args[1]))
    return int(found[1]) if found else 0


def _read(stream: Any, lines: queue.Queue[str]) -> None:
    with stream:
        for line in stream:
            lines.put(line)
    lines.put("")
