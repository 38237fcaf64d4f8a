"""Holds the scripts of every external pool to the pool's share of the CPUs and of the memory.

There may be no cgroup that the server can write, so it measures: several times a second it looks at what the
scripts of a pool have used. A pool that has used up its share of CPU time has its scripts stopped until the
share has grown again; one that has allocated too much memory loses the script that has the most.
"""

from __future__ import annotations

import datetime
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from localdb.catalog.governor import ExternalPool
from localdb.catalog.store import now
from localdb.runtime.governance.script_run import ScriptRun
from localdb.satellite.contract import LEAST_MEMORY

_SLICE_SECONDS = 0.05
_SAVED_SECONDS = 0.2
"""For how long a pool's share is saved up while its scripts do not use it."""


@dataclass(slots=True)
class PoolStatistics:
    """What the scripts of one pool used since ``since`` (UTC): the most bytes at once; CPU time, in seconds,
    of those that ended."""

    since: datetime.datetime = field(default_factory=now)
    peak_memory: int = 0
    user: float = 0.0
    system: float = 0.0


class _Meter:
    """The CPU time that a pool may still use, in seconds."""

    def __init__(self) -> None:
        self.left = 0.0
        self.seen: dict[ScriptRun, float] = {}

    def used(self, run: ScriptRun) -> float:
        """What ``run`` has used since the last look; nothing more of one whose end nobody reported."""
        total, seen = run.cpu_seconds(), self.seen.get(run, 0.0)
        self.seen[run] = total
        return max(0.0, total - seen)

    def charge(self, used: float, share: float, seconds: float) -> bool:
        """Whether the pool has to wait."""
        self.left = min(self.left + share * seconds, share * _SAVED_SECONDS) - used
        return self.left < 0


class PoolWatch:
    """``pool`` describes a pool as it is in force now. The thread runs only while scripts do."""

    def __init__(self, pool: Callable[[int], ExternalPool]) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._runs: list[ScriptRun] = []
        self._meters: dict[int, _Meter] = {}
        self._statistics: dict[int, PoolStatistics] = {}
        self._thread: threading.Thread | None = None
        self._looked = time.monotonic()

    @contextmanager
    def watching(self, run: ScriptRun) -> Iterator[None]:
        with self._lock:
            self._runs.append(run)
            run.hold(self._meter(run.pool_id).left < 0)
            if self._thread is None or not self._thread.is_alive():
                self._looked = time.monotonic()
                self._thread = threading.Thread(target=self._watch, name="script-pools", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            run.close()
            with self._lock:
                self._runs.remove(run)
                self._settle(run)

    @property
    def runs(self) -> list[ScriptRun]:
        with self._lock:
            return list(self._runs)

    def statistics(self, pool_id: int) -> PoolStatistics:
        with self._lock:
            return self._statistics.setdefault(pool_id, PoolStatistics())

    def reset_statistics(self) -> None:
        with self._lock:
            self._statistics.clear()

    def _meter(self, pool_id: int) -> _Meter:
        return self._meters.setdefault(pool_id, _Meter())

    def _settle(self, run: ScriptRun) -> None:
        """What the script used after the last look, and in all."""
        meter = self._meter(run.pool_id)
        if self._share(run.pool_id) < cpu_count():
            meter.left -= meter.used(run)
        meter.seen.pop(run, None)
        statistics = self._statistics.setdefault(run.pool_id, PoolStatistics())
        statistics.user += run.usage.user
        statistics.system += run.usage.system

    def _watch(self) -> None:
        while True:
            time.sleep(_SLICE_SECONDS)
            with self._lock:
                seconds = time.monotonic() - self._looked
                self._looked += seconds
                for pool_id in {run.pool_id for run in self._runs} | set(self._meters):
                    self._govern(pool_id, seconds)
                if not self._runs and not self._meters:
                    self._thread = None
                    return

    def _govern(self, pool_id: int, seconds: float) -> None:
        runs = [run for run in self._runs if run.pool_id == pool_id]
        self._govern_cpu(pool_id, runs, seconds)
        self._govern_memory(pool_id, runs)

    def _govern_cpu(self, pool_id: int, runs: list[ScriptRun], seconds: float) -> None:
        meter, share = self._meter(pool_id), self._share(pool_id)
        waits = meter.charge(sum(meter.used(run) for run in runs), share, seconds)
        if share >= cpu_count():
            waits, meter.left = False, 0.0
        for run in runs:
            run.hold(waits)
        if not runs and not waits:
            del self._meters[pool_id]

    def _govern_memory(self, pool_id: int, runs: list[ScriptRun]) -> None:
        used = [(run.memory(), run) for run in runs if not run.exhausted]
        total = sum(memory for memory, _ in used)
        statistics = self._statistics.setdefault(pool_id, PoolStatistics())
        statistics.peak_memory = max(statistics.peak_memory, total)
        if total > pool_memory(self._pool(pool_id)):
            max(used, key=lambda one: one[0])[1].exhaust()

    def _share(self, pool_id: int) -> float:
        """CPU seconds in a second."""
        return cpu_count() * self._pool(pool_id).max_cpu_percent / 100


def cpu_count() -> int:
    """The CPUs that the server may use."""
    return len(os.sched_getaffinity(0))


def pool_memory(pool: ExternalPool) -> int:
    """Bytes that all scripts of a pool may have allocated together, and at most one of them alone."""
    return max(host_memory() * pool.max_memory_percent // 100, LEAST_MEMORY)


def host_memory() -> int:
    """Bytes of the machine's memory, or of the container's if that is less."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = (_number(Path("/sys/fs/cgroup") / name) for name in _CONTAINER_LIMITS)
    return min((installed, *(limit for limit in limits if limit is not None)))


_CONTAINER_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
"""cgroup v2, cgroup v1"""


def _number(file: Path) -> int | None:
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
