"""Runs external scripts, each in a process of its own:
https://learn.microsoft.com/sql/machine-learning/concepts/extensibility-framework

The rest of the server knows satellites only through this module.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from localdb.satellite.contract import (
    BUILTIN,
    EXTENSION,
    Limits,
    Outcome,
    ScriptParameter,
    ScriptRequest,
    ScriptResult,
)
from localdb.satellite.execution import Execution
from localdb.satellite.isolation import BEST_EFFORT, REQUIRE_FULL, Isolation, LayerState
from localdb.satellite.work_directory import remove, work_directory
from localdb.satellite.zygote_process import ZygoteProcess

__all__ = [
    "BEST_EFFORT",
    "BUILTIN",
    "EXTENSION",
    "REQUIRE_FULL",
    "Isolation",
    "Launcher",
    "LayerState",
    "Limits",
    "Outcome",
    "ScriptParameter",
    "ScriptRequest",
    "ScriptResult",
]

PRELOADED = (
    "numpy",
    "pandas",
    "pyarrow",
    "pyarrow.compute",
    "scipy.sparse",
    "scipy.spatial",
    "scipy.stats",
    "sklearn.cluster",
    "sklearn.decomposition",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.naive_bayes",
    "sklearn.neighbors",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sklearn.svm",
    "sklearn.tree",
    "pickle",
    "json",
    "encodings.idna",
)
"""Imported once, in the zygote; a script that imports them pays nothing."""

CONCURRENCY = 20
"""SQL Server's number of concurrent external-script sessions."""

_DEFAULT_ISOLATION = Isolation()

_WAIT_STEP_SECONDS = 0.05
_RESTART_SECONDS = 30.0
_ATTEMPTS = 3

_log = logging.getLogger(__name__)


class Launcher:
    """``directory`` is the launcher's alone: what an earlier server left in it is removed.

    At most ``concurrency`` scripts run at once; others wait their turn. Where ``isolation`` requires what the
    system does not have, every script is REFUSED.
    """

    def __init__(
        self,
        directory: Path,
        concurrency: int = CONCURRENCY,
        modules: Sequence[str] = PRELOADED,
        isolation: Isolation = _DEFAULT_ISOLATION,
    ) -> None:
        self._directory = directory
        self._slots = threading.BoundedSemaphore(concurrency)
        self._zygote = ZygoteProcess(directory, modules, isolation)

    def start(self) -> None:
        """Start the zygote in the background (it imports for about a second)."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        for left in self._directory.iterdir():
            if left.is_dir() and not left.is_symlink():
                remove(left)
            else:
                left.unlink()
        self._zygote.start()

    def wait_ready(self, timeout: float = _RESTART_SECONDS) -> bool:
        return self._zygote.wait_ready(timeout)

    @property
    def layers(self) -> tuple[LayerState, ...]:
        """The isolation layers with what the probe found, once the zygote is ready."""
        return self._zygote.layers

    @property
    def zygote_pid(self) -> int | None:
        return self._zygote.pid

    def close(self) -> None:
        """End the zygote and every running script."""
        self._zygote.close()

    def run(self, request: ScriptRequest, cancelled: threading.Event) -> ScriptResult:
        """Run one script to its end; blocks. Setting ``cancelled`` kills it, from any thread."""
        with self._slot(cancelled) as free:
            if not free:
                return ScriptResult(Outcome.CANCELLED, error="the execution was cancelled")
            with work_directory(self._directory, request.request_id) as directory:
                result = self._run(request, directory, cancelled)
        if result.outcome not in (Outcome.OK, Outcome.SCRIPT_ERROR, Outcome.CANCELLED):
            _log.warning("External script request %s: %s", request.request_id, result.error)
        return result

    @contextmanager
    def _slot(self, cancelled: threading.Event) -> Iterator[bool]:
        while not self._slots.acquire(timeout=_WAIT_STEP_SECONDS):
            if cancelled.is_set():
                yield False
                return
        try:
            yield not cancelled.is_set()
        finally:
            self._slots.release()

    def _run(self, request: ScriptRequest, directory: Path, cancelled: threading.Event) -> ScriptResult:
        """A zygote that dies before it forked the worker costs another attempt, not the script."""
        result = ScriptResult(Outcome.NOT_STARTED, error="the zygote does not start")
        for _ in range(_ATTEMPTS):
            number = self._zygote.number
            try:
                result = Execution(request, directory, cancelled).run(self._zygote.send)
            except OSError as error:
                result = ScriptResult(Outcome.NOT_STARTED, error=str(error))
            if result.outcome is not Outcome.NOT_STARTED or not self._another(number, cancelled):
                break
        return result

    def _another(self, number: int, cancelled: threading.Event) -> bool:
        """Wait for a later zygote than ``number``; False when none comes or it is not wanted any more."""
        deadline = time.monotonic() + _RESTART_SECONDS
        while not cancelled.is_set() and not self._zygote.closed and time.monotonic() < deadline:
            if self._zygote.wait_ready(_WAIT_STEP_SECONDS, after=number):
                return True
        return False
