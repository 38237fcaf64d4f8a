"""The external scripts that ended lately, and counters of all since the server's start."""

from __future__ import annotations

import threading
from collections import Counter, deque

from localdb.runtime.governance.script_run import ScriptRecord

REMEMBERED = 1000
"""Scripts; older ones are forgotten."""

OK, FAILED, CANCELLED = "ok", "failed", "cancelled"
"""``ScriptRecord.outcome``"""


class ScriptHistory:
    """Kept in memory: a restart forgets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: deque[ScriptRecord] = deque(maxlen=REMEMBERED)
        self._counters: Counter[tuple[str, str]] = Counter()

    def add(self, record: ScriptRecord) -> None:
        language = record.facts.language
        with self._lock:
            self._records.append(record)
            self._counters[language, "Total Executions"] += 1
            self._counters[language, "Execution Errors"] += record.outcome == FAILED
            self._counters[language, "Cancelled Executions"] += record.outcome == CANCELLED
            self._counters[language, "Total Execution Time (ms)"] += record.elapsed_ms
            self._counters[language, "Total CPU Time (ms)"] += record.cpu_ms

    def records(self) -> list[ScriptRecord]:
        """The newest last."""
        with self._lock:
            return list(self._records)

    def counters(self) -> dict[tuple[str, str], int]:
        """By language and the counter's name."""
        with self._lock:
            return dict(self._counters)

    def total(self, counter: str) -> int:
        """A counter's sum over the languages."""
        return sum(value for (_, name), value in self.counters().items() if name == counter)
