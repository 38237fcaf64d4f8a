"""Views of external scripts: those that run, those that ran, and how they are locked in.

https://learn.microsoft.com/sql/relational-databases/system-dynamic-management-views/sys-dm-external-script-requests
``sys.dm_external_script_isolation`` and ``sys.dm_external_script_history`` are localdb's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from localdb.runtime.security import authorization
from localdb.satellite.isolation import grade
from localdb.satellite.launcher import Launcher

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session

_Row = Sequence[Any]

_LARGE_RAW_COUNT = 65792
"""PERF_COUNTER_LARGE_RAWCOUNT, the type of counters that only grow."""

_COUNTERS = ("Execution Errors", "Total Execution Time (ms)", "Total Executions")
"""Of the object External Scripts: those that have a meaning here."""


def _requests(session: Session) -> list[_Row]:
    runs = session.instance.governor.watch.runs
    return [(run.facts.request_id, run.facts.language, 1, run.user or None) for run in runs]


def _execution_stats(session: Session) -> list[_Row]:
    counters = session.instance.governor.history.counters()
    return [(language, name, min(value, 2**31 - 1)) for (language, name), value in counters.items()]


def _isolation(session: Session) -> list[_Row]:
    """No rows until the first satellite is ready."""
    launcher = session.instance.launcher
    layers = launcher.layers if isinstance(launcher, Launcher) else ()
    quality = grade(layers).value
    return [(layer.name, layer.available, layer.reason or None, quality) for layer in layers]


def _history(session: Session) -> list[_Row]:
    return [
        (
            *(record.facts.request_id, record.facts.language, record.facts.login, record.facts.database),
            *(record.facts.procedure or None, record.facts.spid, record.facts.started),
            *(record.elapsed_ms, record.cpu_ms, record.peak_memory_kb, record.outcome, record.error),
        )
        for record in session.instance.governor.history.records()
    ]


def _performance_counters(session: Session) -> list[_Row]:
    history = session.instance.governor.history
    names = ("SQLServer:External Scripts", "")
    return [(names[0], counter, names[1], history.total(counter), _LARGE_RAW_COUNT) for counter in _COUNTERS]


def _for_state(read: Callable[[Session], Sequence[_Row]]) -> Callable[[Session, Frame], Sequence[_Row]]:
    def rows(session: Session, frame: Frame) -> Sequence[_Row]:
        authorization.require_server(session, frame, "VIEW SERVER STATE")
        return read(session)

    return rows


VIEWS: Mapping[str, Callable[[Session, Frame], Sequence[_Row]]] = MappingProxyType(
    {
        "dm_external_script_requests": _for_state(_requests),
        "dm_external_script_execution_stats": _for_state(_execution_stats),
        "dm_external_script_isolation": _for_state(_isolation),
        "dm_external_script_history": _for_state(_history),
        "dm_os_performance_counters": _for_state(_performance_counters),
    }
)
