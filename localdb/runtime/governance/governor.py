"""The resource governor: which scripts may run, with how much, and what became of them.

https://learn.microsoft.com/sql/machine-learning/administration/resource-governor
There is no classifier function, so every session belongs to the workload group "default" and its scripts to
that group's external pool.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from localdb.catalog.governor import BUILT_IN, Configuration, ExternalPool
from localdb.catalog.store import now
from localdb.errors import SqlError, sql_error
from localdb.runtime.aborts import Cancelled
from localdb.runtime.governance.admissions import Admissions, ScriptSettings
from localdb.runtime.governance.affinity import require_cpus
from localdb.runtime.governance.pool_watch import PoolWatch, pool_memory
from localdb.runtime.governance.script_history import CANCELLED, FAILED, OK, ScriptHistory
from localdb.runtime.governance.script_run import ScriptFacts, ScriptRecord, ScriptRun
from localdb.runtime.security import authorization
from localdb.satellite.contract import Limits, ScriptRequest

if TYPE_CHECKING:
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session


class Governor:
    """``stored`` is what ``master`` keeps; what is in force follows it at RECONFIGURE."""

    def __init__(self, stored: Configuration, settings: ScriptSettings) -> None:
        self._effective = stored if stored.enabled else BUILT_IN
        self.admissions = Admissions(settings, lambda pool_id: self._pool(pool_id).max_processes)
        self.watch = PoolWatch(self._pool)
        self.history = ScriptHistory()

    @property
    def effective(self) -> Configuration:
        """The configuration in force."""
        return self._effective

    def apply(self, configuration: Configuration) -> None:
        """Put a stored configuration in force; a disabled one puts the built-in one in force."""
        self._effective = configuration if configuration.enabled else BUILT_IN

    def _pool(self, pool_id: int) -> ExternalPool:
        """A pool that was dropped while its scripts run has the limits of "default" from then on."""
        known = (pool for pool in self._effective.pools if pool.pool_id == pool_id)
        return next(known, self._effective.default_pool)


@contextmanager
def admitted(session: Session, frame: Frame, request: ScriptRequest) -> Iterator[ScriptRequest]:
    """Around the run of one script: waits for its turn, then yields the request with its pool's limits.

    The request's own limits stay where they are lower. Errors: 39108 and 39110 when there are too many
    scripts, 39127 in place of any other when the pool's memory was used up, 10926 when the pool's CPUs are
    not there. Raises ``Cancelled`` when the request is cancelled while it waits.
    """
    governor = session.instance.governor
    facts = _facts(session, frame, request)
    run = ScriptRun(facts, governor.effective.default_pool.pool_id)
    with (
        governor.admissions.slot(facts.login, run.pool_id, request.request_id, session.check_cancelled),
        governor.watch.watching(run),
        _recorded(governor.history, run),
        _exhaustion(run),
    ):
        # The pool as it is now, not when the request began to wait.
        limits = _limits(request.limits, governor.effective.default_pool)
        yield replace(request, limits=limits, watcher=run)


def _limits(own: Limits, pool: ExternalPool) -> Limits:
    require_cpus(pool.cpus)
    memory = pool_memory(pool)
    return replace(
        own,
        memory=memory if own.memory is None else min(memory, own.memory),
        cpus=pool.cpus or own.cpus,
    )


def _facts(session: Session, frame: Frame, request: ScriptRequest) -> ScriptFacts:
    return ScriptFacts(
        request.request_id,
        request.language,
        authorization.current_login(session, frame),
        frame.database,
        frame.procedure,
        session.spid,
        now(),
    )


@contextmanager
def _exhaustion(run: ScriptRun) -> Iterator[None]:
    """39127 in place of what a script's end looks like that the governor has ended."""
    exhausted = sql_error(39127, run.facts.language, run.facts.request_id)
    try:
        yield
    except SqlError as error:
        if not run.exhausted:
            raise
        exhausted.messages = error.messages
    if run.exhausted:
        raise exhausted


@contextmanager
def _recorded(history: ScriptHistory, run: ScriptRun) -> Iterator[None]:
    began = time.monotonic()
    outcome, number = FAILED, 0
    try:
        yield
        outcome = OK
    except SqlError as error:
        number = error.number
        raise
    except (Cancelled, GeneratorExit):
        # A client that is gone leaves a generator that is closed.
        outcome = CANCELLED
        raise
    finally:
        history.add(
            ScriptRecord(
                run.facts,
                elapsed_ms=round((time.monotonic() - began) * 1000),
                cpu_ms=round(run.cpu_seconds() * 1000),
                peak_memory_kb=run.usage.peak_memory // 1024,
                outcome=outcome,
                error=number,
            )
        )
