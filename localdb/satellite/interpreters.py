"""The zygotes of a launcher: one for every Python interpreter, those of external languages only while
needed."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from localdb.satellite.zygote_process import ZygoteProcess, ZygoteSettings, command, environment

_CHECK_SECONDS = 60.0
_USERS, _RANGES = 100, 39
"""How many ids of users a zygote has for its workers, and how many zygotes there are ids for."""


@dataclass(slots=True)
class _Other:
    """The zygote of another interpreter, how many executions use it, and since when none does."""

    zygote: ZygoteProcess
    users: int = 0
    idle_since: float = 0.0


class Interpreters:
    """``own`` is the zygote of the server's own Python, which always runs. The others are started at their
    first use and ended when they were not used for ``idle_seconds``."""

    def __init__(self, settings: ZygoteSettings, idle_seconds: float) -> None:
        self.own = ZygoteProcess(settings)
        self._settings = settings
        self._idle_seconds = idle_seconds
        self._others: dict[str, _Other] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._numbers = itertools.count()
        self._ender: threading.Thread | None = None

    @contextmanager
    def zygote(self, interpreter: str) -> Iterator[ZygoteProcess]:
        """That of ``interpreter``, '' for the server's own, which is not ended inside the block."""
        if not interpreter:
            yield self.own
            return
        other = self._take(interpreter)
        try:
            yield other.zygote
        finally:
            self._give_back(other)

    def pids(self) -> dict[str, int]:
        """The process of every zygote of another interpreter that runs."""
        with self._changed:
            found = {name: other.zygote.pid for name, other in self._others.items()}
        return {name: pid for name, pid in found.items() if pid is not None}

    def close(self) -> None:
        """End every zygote."""
        with self._changed:
            self._closed = True
            others = list(self._others.values())
            self._changed.notify_all()
        for zygote in (self.own, *(other.zygote for other in others)):
            zygote.close()
        if self._ender is not None:
            self._ender.join()

    def _take(self, interpreter: str) -> _Other:
        with self._changed:
            other = self._others.get(interpreter)
            if other is None or other.zygote.problem:  # which may have been solved since
                other = _Other(ZygoteProcess(self._own_users(), interpreter))
                self._others[interpreter] = other
                if self._closed:
                    other.zygote.close()
                else:
                    other.zygote.start()
                    self._start_ender()
            other.users += 1
            return other

    def _own_users(self) -> ZygoteSettings:
        """The settings with ids for the workers that no other zygote of today uses."""
        number = next(self._numbers) % _RANGES + 1
        confined = self._settings.isolation
        confined = replace(confined, first_user=confined.first_user + number * _USERS)
        return replace(self._settings, isolation=confined)

    def _give_back(self, other: _Other) -> None:
        with self._changed:
            other.users -= 1
            other.idle_since = time.monotonic()
            self._changed.notify_all()

    def _start_ender(self) -> None:
        if self._ender is None:
            self._ender = threading.Thread(target=self._end_idle, name="satellite-idle", daemon=True)
            self._ender.start()

    def _end_idle(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed, self._next_end())
                if self._closed:
                    return
                ended = [name for name, other in self._others.items() if self._left(other) <= 0]
                zygotes = [self._others.pop(name).zygote for name in ended]
            for zygote in zygotes:
                zygote.close()

    def _next_end(self) -> float:
        """Seconds until the next zygote may be idle for long enough."""
        return max(
            0.0, min((self._left(other) for other in self._others.values()), default=self._idle_seconds)
        )

    def _left(self, other: _Other) -> float:
        if other.users:
            return self._idle_seconds
        return other.idle_since + self._idle_seconds - time.monotonic()


def refused(interpreter: str, data: Path) -> str:
    """Why a path is none of an interpreter that may be started, as one sentence; '' when it may be. Nothing
    in the folder ``data``, where clients can have files put, is started: the zygote begins with the
    server's rights."""
    path = Path(interpreter)
    if not path.is_absolute() or not path.is_file() or not os.access(path, os.X_OK):
        return f"{interpreter} is not the absolute path of an executable."
    if path.is_relative_to(data) or path.resolve().is_relative_to(data.resolve()):
        return f"{interpreter} is in the folder of the server's data."
    return ""


def check(interpreter: str, data: Path) -> str:
    """Why the Python executable ``interpreter`` cannot run scripts, as one sentence; '' when it can."""
    if reason := refused(interpreter, data):
        return reason
    try:
        done = subprocess.run(
            command(interpreter),
            env=environment(Path("/")),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_CHECK_SECONDS,
            check=False,
        )
    except OSError as error:
        return f"{interpreter} cannot be started: {error.strerror}."
    except subprocess.TimeoutExpired:
        return f"{interpreter} did not answer within {_CHECK_SECONDS:g} s."
    try:
        return str(json.loads(done.stdout)["problem"])
    except (ValueError, KeyError, TypeError):
        return f"{interpreter} is not a Python that can run scripts (exit code {done.returncode})."
