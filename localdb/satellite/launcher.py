"""Runs external scripts, each in a process of its own:
https://learn.microsoft.com/sql/machine-learning/concepts/extensibility-framework

The rest of the server knows satellites only through this module.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from localdb.satellite.contract import (
    BUILTIN,
    EXTENSION,
    Chunk,
    Limits,
    Outcome,
    ScriptParameter,
    ScriptRequest,
    ScriptResult,
)
from localdb.satellite.execution import Execution
from localdb.satellite.interpreters import Interpreters, check, refused
from localdb.satellite.isolation import BEST_EFFORT, REQUIRE_FULL, Isolation, LayerState
from localdb.satellite.work_directory import remove, work_directory
from localdb.satellite.zygote_process import ZygoteProcess, ZygoteSettings

__all__ = [
    "BEST_EFFORT",
    "BUILTIN",
    "EXTENSION",
    "REQUIRE_FULL",
    "Chunk",
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
    "dill",
    "revoscalepy",
    "pickle",
    "json",
    "encodings.idna",
)
"""Imported once, in the zygote; a script that imports them pays nothing."""

CONCURRENCY = 20
"""SQL Server's number of concurrent external-script sessions."""

_DEFAULT_ISOLATION = Isolation()

SPARES = 2
"""Children that a zygote keeps ready: one for a next call that comes before another could be made."""

IDLE_SECONDS = 300.0
"""After this long without a script, the zygote of another interpreter is ended."""

_LIBRARY_NAMES = 10_000  # an order is one message, and JSON may need six bytes for a character
_WAIT_STEP_SECONDS = 0.05
_RESTART_SECONDS = 30.0
_ATTEMPTS = 3

_log = logging.getLogger(__name__)


class Launcher:
    """``directory`` is the launcher's alone: what an earlier server left in it is removed. ``libraries``,
    next to it unless it is given, is the folder of the installed external libraries, each in a folder of
    its own that any user can read; it is kept.

    At most ``concurrency`` scripts run at once; others wait their turn. Where ``isolation`` requires what the
    system does not have, every script is REFUSED.
    """

    def __init__(
        self,
        directory: Path,
        concurrency: int = CONCURRENCY,
        modules: Sequence[str] = PRELOADED,
        isolation: Isolation = _DEFAULT_ISOLATION,
        libraries: Path | None = None,
        spares: int = SPARES,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._directory = directory
        self.libraries = libraries or directory.parent / "libraries"
        self._slots = threading.BoundedSemaphore(concurrency)
        settings = ZygoteSettings(directory, self.libraries, isolation, tuple(modules), spares)
        self._interpreters = Interpreters(settings, idle_seconds)
        self._zygote = self._interpreters.own

    def start(self) -> None:
        """Start the zygote in the background (it imports for about a second)."""
        for folder, mode in ((self._directory, 0o700), (self.libraries, 0o711)):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
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
        """End every zygote and every running script."""
        self._interpreters.close()

    def check(self, interpreter: str) -> str:
        """Why the Python executable ``interpreter`` cannot run scripts, as one sentence with what was
        found; '' when it can."""
        return check(interpreter, self._directory.parent)

    def interpreter_pids(self) -> dict[str, int]:
        """The zygotes of other interpreters than the server's own."""
        return self._interpreters.pids()

    def run(self, request: ScriptRequest, cancelled: threading.Event) -> ScriptResult:
        """Run one script once, to its end; blocks. Setting ``cancelled`` kills it, from any thread."""
        runs = self.stream(request, iter(()), cancelled)
        try:
            next(runs)
        except StopIteration as end:
            result: ScriptResult = end.value
            return result
        raise AssertionError("a request for one run had several")

    def stream(
        self, request: ScriptRequest, further: Iterator[Chunk], cancelled: threading.Event
    ) -> Generator[pa.Table, None, ScriptResult]:
        """Run one script for ``request.input`` and for every chunk of ``further``, in one worker.

        Yields the output of every run but the last, if it has any; the next chunk is taken after that.
        Closing the generator, and any error of ``further``, ends the worker.
        """
        with self._slot(cancelled) as free:
            if not free:
                return ScriptResult(Outcome.CANCELLED, error="the execution was cancelled")
            if reason := self._refused(request):
                return ScriptResult(Outcome.NOT_STARTED, error=reason)
            with work_directory(self._directory, request.request_id) as directory:
                result = yield from self._run(request, further, directory, cancelled)
        if result.outcome not in (Outcome.OK, Outcome.SCRIPT_ERROR, Outcome.CANCELLED):
            _log.warning("External script request %s: %s", request.request_id, result.error)
        return result

    def _refused(self, request: ScriptRequest) -> str:
        """Why the interpreter or a folder of libraries cannot be one, '' when all can."""
        if request.interpreter and (reason := refused(request.interpreter, self._directory.parent)):
            return reason
        if sum(map(len, request.libraries)) > _LIBRARY_NAMES:
            return f"the names of the installed libraries are longer than {_LIBRARY_NAMES} characters"
        shelf = self.libraries.resolve()
        for folder in request.libraries:
            if not Path(folder).is_relative_to(self.libraries) or shelf not in Path(folder).resolve().parents:
                return f"the folder {folder} is not one of the installed libraries"
            if not Path(folder).is_dir():
                return f"the folder {folder} of an installed library is missing"
        return ""

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

    def _run(
        self, request: ScriptRequest, further: Iterator[Chunk], directory: Path, cancelled: threading.Event
    ) -> Generator[pa.Table, None, ScriptResult]:
        """A zygote that dies before it forked the worker costs another attempt, not the script."""
        result = ScriptResult(Outcome.NOT_STARTED, error="the zygote does not start")
        with self._interpreters.zygote(request.interpreter) as zygote:
            for _ in range(_ATTEMPTS):
                number = zygote.number
                try:
                    result = yield from Execution(request, further, directory, cancelled).run(zygote.send)
                except OSError as error:
                    result = ScriptResult(Outcome.NOT_STARTED, error=str(error))
                if result.outcome is not Outcome.NOT_STARTED or not _another(zygote, number, cancelled):
                    break
            if result.outcome is Outcome.NOT_STARTED and zygote.problem:
                result = replace(result, error=zygote.problem)
        return result


def _another(zygote: ZygoteProcess, number: int, cancelled: threading.Event) -> bool:
    """Wait for a later zygote than ``number``; False when none comes or it is not wanted any more."""
    deadline = time.monotonic() + _RESTART_SECONDS
    while not cancelled.is_set() and not zygote.problem and time.monotonic() < deadline:
        if zygote.wait_ready(_WAIT_STEP_SECONDS, after=number):
            return True
    return False
