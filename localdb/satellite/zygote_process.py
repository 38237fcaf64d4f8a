"""Keeps a zygote process running: starts it, hears that it is ready, starts another when it dies."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from localdb.satellite import isolation
from localdb.satellite.contract import FrameError, receive_message
from localdb.satellite.isolation import Isolation, LayerState

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")

_log = logging.getLogger(__name__)

_SHORT_LIFE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ZygoteSettings:
    """What all zygotes of a launcher have in common. ``directory`` is the folder of the work directories,
    where a zygote may write while it probes the layers; ``shelf`` holds the installed libraries."""

    directory: Path
    shelf: Path
    isolation: Isolation
    modules: Sequence[str]
    spares: int

    def text(self) -> str:
        """As ``zygote.main`` takes it, JSON."""
        return json.dumps(asdict(self), default=str)


class ZygoteProcess:
    """One zygote at a time, kept by a thread of its own.

    The thread that starts the zygote must live as long as it: the kernel sends the parent's death signal when
    the starting *thread* ends. ``interpreter`` is a Python executable, '' for the server's own. Another one
    than that which ends before it is ready has a ``problem`` and is not started again.
    """

    def __init__(self, settings: ZygoteSettings, interpreter: str = "") -> None:
        self._settings = settings
        self._interpreter = interpreter
        self._changed = threading.Condition()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._number = 0
        self._closing = False
        self._problem = ""
        self._layers: tuple[LayerState, ...] = ()
        self._keeper = threading.Thread(target=self._keep, name="satellite-zygote", daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def wait_ready(self, timeout: float, after: int = 0) -> bool:
        """True as soon as a zygote has imported everything; one later than number ``after``."""
        with self._changed:
            self._changed.wait_for(lambda: self._problem or (self._ready and self._number > after), timeout)
            return self._ready and self._number > after

    @property
    def number(self) -> int:
        """How many zygotes have been started."""
        with self._changed:
            return self._number

    @property
    def layers(self) -> tuple[LayerState, ...]:
        """What the zygote's probe found; empty before it is ready."""
        with self._changed:
            return self._layers

    @property
    def pid(self) -> int | None:
        with self._changed:
            return None if self._process is None else self._process.pid

    @property
    def problem(self) -> str:
        """Why there is no zygote and will be none, as one sentence; '' as long as there may be one."""
        with self._changed:
            return self._problem

    def send(self, order: bytes, descriptors: list[int]) -> None:
        """An order for one worker; it waits in the socket while the zygote is still importing. OSError when
        there is no zygote at this moment."""
        with self._changed:
            # Another interpreter's zygote is started by its first order, which may come before its thread
            # runs.
            self._changed.wait_for(
                lambda: self._control or self._problem or self._number, _SHORT_LIFE_SECONDS
            )
            if self._control is None:
                raise ConnectionError(self._problem or "the zygote is not running")
            socket.send_fds(self._control, [order], descriptors)

    def close(self) -> None:
        """End the zygote, and with it every worker."""
        with self._changed:
            self._closing = True
            self._problem = self._problem or "the zygote was ended"
            if self._control is not None:
                self._control.shutdown(socket.SHUT_RDWR)
            self._changed.notify_all()
        if self._keeper.is_alive():
            self._keeper.join()

    def _keep(self) -> None:
        pause = 0.0
        while not self.problem:
            started = time.monotonic()
            self._live()
            if self.problem:
                break
            short = time.monotonic() - started < _SHORT_LIFE_SECONDS
            pause = min(max(2 * pause, 0.5), _LONGEST_PAUSE_SECONDS) if short else 0.0
            _log.error("The satellite zygote ended; it is started again in %g s.", pause)
            with self._changed:
                self._changed.wait_for(lambda: self._closing, pause)
        if not self._closing and not self._interpreter:
            _log.error("No external script can run: %s", self.problem)

    def _live(self) -> None:
        """One zygote from its start to its end."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            try:
                with theirs:
                    process = self._spawn(theirs)
            except OSError as error:
                self._not_spawned(f"{self._executable} cannot be started: {error.strerror}.")
                return
            with self._changed:
                self._control, self._process = ours, process
                self._number += 1
                if self._closing:
                    ours.shutdown(socket.SHUT_RDWR)
                self._changed.notify_all()
            try:
                self._hear(ours)
            finally:
                was_ready = self._forget()
        status = process.wait()
        if self._interpreter and not was_ready:
            self._give_up(f"{self._executable} ended with exit code {status} before it could run scripts.")

    def _forget(self) -> bool:
        """The zygote is gone, or going; True when it was ready."""
        with self._changed:
            was_ready = self._ready
            self._control, self._process, self._ready = None, None, False
            self._changed.notify_all()
        return was_ready

    def _not_spawned(self, reason: str) -> None:
        if self._interpreter:
            self._give_up(reason)
        else:  # the system may have no room for it, just now
            _log.error("%s", reason)

    def _give_up(self, reason: str) -> None:
        with self._changed:
            self._problem = self._problem or reason
            self._changed.notify_all()

    def _hear(self, control: socket.socket) -> None:
        """The zygote speaks once, when it is ready; after that only its end is heard."""
        with suppress(FrameError):
            message, _ = receive_message(control, 0)
            news = json.loads(message)
            if "problem" in news:
                self._give_up(news["problem"])
                return
            layers = tuple(LayerState(**state) for state in news["layers"])
            self._log_isolation(layers)
            if news["missing"] and not self._interpreter:
                _log.warning("Not installed for external scripts: %s", ", ".join(news["missing"]))
            with self._changed:
                self._layers, self._ready = layers, True
                self._changed.notify_all()
            receive_message(control, 0)

    @property
    def _executable(self) -> str:
        return self._interpreter or sys.executable

    def _spawn(self, control: socket.socket) -> subprocess.Popen[bytes]:
        server = os.pidfd_open(os.getpid())
        descriptors = (control.fileno(), server)
        try:
            return subprocess.Popen(
                [*command(self._executable), *map(str, descriptors), self._settings.text()],
                env=environment(self._settings.directory),
                cwd=self._settings.directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=descriptors,
                start_new_session=True,
            )
        finally:
            os.close(server)

    def _log_isolation(self, layers: Sequence[LayerState]) -> None:
        """Every layer and the grade; at each start that the requirement is lowered."""
        settings = self._settings.isolation
        grade = isolation.grade(layers)
        level = logging.INFO if grade is isolation.Grade.FULL else logging.WARNING
        for state in layers:
            if state.available:
                _log.info("Isolation layer '%s' works", state.name)
            else:
                _log.log(level, "Isolation layer '%s' is not available: %s", state.name, state.reason)
        working = ", ".join(state.name for state in layers if state.available)
        _log.info("The isolation of external scripts has the grade %s: %s", grade.value, working)
        if settings.policy == isolation.BEST_EFFORT:
            gaps = isolation.missing(layers) or "nothing"
            _log.warning("Isolation is best-effort: the grade is %s; not isolated: %s", grade.value, gaps)
        elif refusal := isolation.refusal(layers, settings):
            _log.error("No external script is run: %s", refusal)


def command(executable: str) -> list[str]:
    """-I: neither the current folder, nor the user's site-packages, nor PYTHON... variables mean anything."""
    return [executable, "-I", str(BOOTSTRAP)]


def environment(home: Path) -> dict[str, str]:
    """Nothing of the server's own environment. One thread per worker: see the limits in isolation."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "LOKY_MAX_CPU_COUNT": "1",
        "JOBLIB_MULTIPROCESSING": "0",
        "MPLBACKEND": "Agg",
        # jemalloc, Arrow's default, starts a thread, which a fork would not copy and without which alone
        # the zygote may make namespaces.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "HOME": str(home),
        "TMPDIR": str(home),
    }
