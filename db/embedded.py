"""The embedded target: a server process on a data folder, found when it runs, else started for a while."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from db import connection_string
from db.drivers import Driver, find_driver
from db.errors import DeploymentError

PASSWORD_VARIABLE = "MSSQL_SA_PASSWORD"
_READY = "localdb: ready on "
_START_SECONDS = 60
_STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Server:
    """A server that accepts connections of sa."""

    host: str
    port: int
    password: str

    def connection_string(self, driver: Driver | None = None) -> str:
        """For the database master; another one is chosen by adding ``Database=``."""
        options = (driver or find_driver()).options(self.host, self.port)
        return connection_string.render({**options, "UID": "sa", "PWD": self.password})


@contextmanager
def embedded_server(folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """The server on ``folder``: the one that runs, or a new process that ends with the block."""
    running = _running(folder, environment)
    if running is not None:
        yield running
        return
    data = str(folder.resolve())
    process = subprocess.Popen(
        [sys.executable, "-m", "localdb", "serve", "--data", data, "--host", "127.0.0.1", "--port", "0"],
        # So that the package is found next to this one, also from another folder and without an installation.
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        text=True,
        # Ctrl-C is for the command, which then stops the server; without its own group both would get it.
        start_new_session=True,
    )
    try:
        host, port = _wait_until_ready(process)
        yield Server(host, port, _password(folder, environment))
    finally:
        _stop(process)


def _running(folder: Path, environment: Mapping[str, str]) -> Server | None:
    """The server that DATA/server.json tells of, if it still lives and listens."""
    try:
        told = json.loads((folder / "server.json").read_text(encoding="utf-8"))
        host, port, pid = str(told["host"]), int(told["port"]), int(told["pid"])
        os.kill(pid, 0)
        if not _in_use(folder):
            return None  # a killed server told this; its process id belongs to another process now
        # Listening on all addresses is reached at this one.
        host = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host
        socket.create_connection((host, port), timeout=5).close()
    except PermissionError:
        raise DeploymentError(
            f"another user's server uses {folder}; give --target a connection string"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Server(host, port, _password(folder, environment))


def _in_use(folder: Path) -> bool:
    """A server holds a lock on its folder for as long as it lives."""
    with (folder / "lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _password(folder: Path, environment: Mapping[str, str]) -> str:
    given = environment.get(PASSWORD_VARIABLE)
    if given:
        return given
    try:
        return (folder / "sa_password").read_text(encoding="utf-8").strip()
    except OSError as error:
        where = f"{PASSWORD_VARIABLE} nor in {folder / 'sa_password'}"
        raise DeploymentError(f"the password of sa is neither in {where}: {error.strerror}") from error


def _wait_until_ready(process: subprocess.Popen[str]) -> tuple[str, int]:
    assert process.stdout is not None and process.stderr is not None
    lines: queue.Queue[str] = queue.Queue()
    errors: list[str] = []
    # Both pipes are read to their ends: a full pipe would stop the server.
    _in_background(process.stdout, lines.put)
    reader = _in_background(process.stderr, errors.append)
    try:
        first = lines.get(timeout=_START_SECONDS)
    except queue.Empty:
        raise DeploymentError(f"the embedded server did not start within {_START_SECONDS} s") from None
    if not first.startswith(_READY):
        process.wait(_STOP_SECONDS)
        reader.join(_STOP_SECONDS)
        said = (first + "".join(errors)).strip() or f"exit status {process.returncode}"
        raise DeploymentError(f"the embedded server did not start: {said}")
    host, _, port = first.removeprefix(_READY).strip().rpartition(":")
    return host, int(port)


def _in_background(stream: IO[str], take: object) -> threading.Thread:
    def read() -> None:
        assert callable(take)
        with contextlib.suppress(ValueError, OSError):
            for line in stream:
                take(line)
            take("")

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
