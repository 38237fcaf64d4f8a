"""One external script while it runs, and what is remembered of it afterwards."""

from __future__ import annotations

import datetime
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from localdb.satellite.contract import Usage


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    """Who runs what. ``started`` is UTC; ``procedure`` is '' outside of procedures."""

    request_id: str
    language: str
    login: str
    database: str
    procedure: str
    spid: int
    started: datetime.datetime


@dataclass(frozen=True, slots=True)
class ScriptRecord:
    """A script that ended; ``error`` is the number of the error that ended it, 0 for none."""

    facts: ScriptFacts
    elapsed_ms: int
    cpu_ms: int
    peak_memory_kb: int
    outcome: str
    error: int


class ScriptRun:
    """Implements ``satellite.contract.Watcher``: knows the script's process from its start to its end."""

    def __init__(self, facts: ScriptFacts, pool_id: int) -> None:
        self.facts = facts
        self.pool_id = pool_id
        self.usage = Usage(0.0, 0.0, 0)
        self.exhausted = False
        self._lock = threading.Lock()
        self._pid = 0
        self._pidfd: int | None = None
        self._inherited = 0
        self._stopped = False

    # --- what the satellite tells ---

    def started(self, pid: int, pidfd: int) -> None:
        with self._lock:
            self._pid, self._pidfd = pid, os.dup(pidfd)
            self._inherited = _resident(pid)[0]
            if self._stopped:
                self._signal(signal.SIGSTOP)

    def ended(self, usage: Usage) -> None:
        with self._lock:
            self.usage = usage
            self._pid = 0

    def close(self) -> None:
        with self._lock:
            if self._pidfd is not None:
                os.close(self._pidfd)
            self._pidfd, self._pid = None, 0

    # --- what the governor asks and orders ---

    @property
    def user(self) -> str:
        """The user id under which the process runs, '' when there is none."""
        with self._lock, suppress(FileNotFoundError):
            return str(_process(self._pid).stat().st_uid) if self._pid else ""
        return ""

    def cpu_seconds(self) -> float:
        """CPU time so far; that of the whole life once the process has ended."""
        with self._lock:
            if self._pid:
                with suppress(OSError):
                    return time.clock_gettime(_cpu_clock(self._pid))
        return self.usage.user + self.usage.system

    def memory(self) -> int:
        """Bytes that the script has allocated: what it inherited at its start is the server's."""
        with self._lock:
            if not self._pid:
                return 0
            anonymous, shared = _resident(self._pid)
        return max(0, anonymous - self._inherited) + shared

    def hold(self, stopped: bool) -> None:
        """Stop the process, or let it go on; one that starts later is stopped then."""
        with self._lock:
            if self._stopped != stopped:
                self._stopped = stopped
                self._signal(signal.SIGSTOP if stopped else signal.SIGCONT)

    def exhaust(self) -> None:
        """End the script because its pool has no more memory."""
        with self._lock:
            self.exhausted = True
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._pidfd is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)


def _process(pid: int) -> Path:
    return Path("/proc", str(pid))


def _cpu_clock(pid: int) -> int:
    """The clock of a process's CPU time, as clock_getcpuclockid(3) makes it."""
    return (~pid << 3) | 2


def _resident(pid: int) -> tuple[int, int]:
    """Bytes of anonymous and of shared memory in use; nothing of a process that has ended."""
    try:
        lines = (_process(pid) / "status").read_text("ascii", errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    fields = dict(line.split(":", 1) for line in lines)
    anonymous, shared = (fields.get(name, "0").split()[0] for name in ("RssAnon", "RssShmem"))
    return int(anonymous) * 1024, int(shared) * 1024
