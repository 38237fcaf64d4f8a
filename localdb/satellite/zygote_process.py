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
from dataclasses import asdict
from pathlib import Path

from localdb.satellite import isolation
from localdb.satellite.contract import FrameError, receive_message
from localdb.satellite.isolation import Isolation, LayerState

_log = logging.getLogger(__name__)

_SHORT_LIFE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 30.0


class ZygoteProcess:
    """One zygote at a time, kept by a thread of its own.

    The thread that starts the zygote must live as long as it: the kernel sends the parent's death signal when
    the starting *thread* ends. ``directory`` is where the zygote may write while it probes the layers.
    """

    def __init__(self, directory: Path, modules: Sequence[str], settings: Isolation) -> None:
        self._directory = directory
        self._settings = settings
        self._modules = tuple(modules)
        self._changed = threading.Condition()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._number = 0
        self._closing = False
        self._layers: tuple[LayerState, ...] = ()
        self._keeper = threading.Thread(target=self._keep, name="satellite-zygote", daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def wait_ready(self, timeout: float, after: int = 0) -> bool:
        """True as soon as a zygote has imported everything; one later than number ``after``."""
        with self._changed:
            return self._changed.wait_for(lambda: self._ready and self._number > after, timeout)

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
    def closed(self) -> bool:
        with self._changed:
            return self._closing

    def send(self, order: bytes, descriptors: list[int]) -> None:
        """An order for one worker; it waits in the socket while the zygote is still importing. OSError when
        there is no zygote at this moment."""
        with self._changed:
            if self._control is None:
                raise ConnectionError("the zygote is not running")
            socket.send_fds(self._control, [order], descriptors)

    def close(self) -> None:
        """End the zygote, and with it every worker."""
        with self._changed:
            self._closing = True
            if self._control is not None:
                self._control.shutdown(socket.SHUT_RDWR)
            self._changed.notify_all()
        if self._keeper.is_alive():
            self._keeper.join()

    def _keep(self) -> None:
        pause = 0.0
        while not self._closing:
            started = time.monotonic()
            self._live()
            if self._closing:
                return
            short = time.monotonic() - started < _SHORT_LIFE_SECONDS
            pause = min(max(2 * pause, 0.5), _LONGEST_PAUSE_SECONDS) if short else 0.0
            _log.error("The satellite zygote ended; it is started again in %g s.", pause)
            with self._changed:
                self._changed.wait_for(lambda: self._closing, pause)

    def _live(self) -> None:
        """One zygote from its start to its end."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                process = self._spawn(theirs)
            with self._changed:
                self._control, self._process = ours, process
                self._number += 1
                if self._closing:
                    ours.shutdown(socket.SHUT_RDWR)
                self._changed.notify_all()
            try:
                self._hear(ours)
            finally:
                with self._changed:
                    self._control, self._process, self._ready = None, None, False
                    self._changed.notify_all()
        process.wait()

    def _hear(self, control: socket.socket) -> None:
        """The zygote speaks once, when it is ready; after that only its end is heard."""
        with suppress(FrameError):
            message, _ = receive_message(control, 0)
            news = json.loads(message)
            layers = tuple(LayerState(**state) for state in news["layers"])
            self._log_isolation(layers)
            if news["missing"]:
                _log.warning("Not installed for external scripts: %s", ", ".join(news["missing"]))
            with self._changed:
                self._layers, self._ready = layers, True
                self._changed.notify_all()
            receive_message(control, 0)

    def _spawn(self, control: socket.socket) -> subprocess.Popen[bytes]:
        # -P and -s: neither the current folder nor the user's site-packages are on the path of a script.
        command = [sys.executable, "-P", "-s", "-m", "localdb.satellite.zygote"]
        settings = json.dumps(asdict(self._settings))
        server = os.pidfd_open(os.getpid())
        descriptors = (control.fileno(), server)
        try:
            return subprocess.Popen(
                [*command, *map(str, descriptors), str(self._directory), settings, *self._modules],
                env=self._environment(),
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=descriptors,
                start_new_session=True,
            )
        finally:
            os.close(server)

    def _log_isolation(self, layers: Sequence[LayerState]) -> None:
        """Every layer that is missing, and at each start that the requirement is lowered."""
        grade = isolation.grade(layers)
        level = logging.INFO if grade is isolation.Grade.FULL else logging.WARNING
        for state in layers:
            if not state.available:
                _log.log(level, "Isolation layer '%s' is not available: %s", state.name, state.reason)
        if self._settings.policy == isolation.BEST_EFFORT:
            gaps = isolation.missing(layers) or "nothing"
            _log.warning("Isolation is best-effort: the grade is %s; not isolated: %s", grade.value, gaps)
        elif refusal := isolation.refusal(layers, self._settings):
            _log.error("No external script is run: %s", refusal)

    def _environment(self) -> dict[str, str]:
        """Nothing of the server's own environment. One thread per worker: see the limits in isolation."""
        return {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(Path(__file__).parents[2]),
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
            "HOME": str(self._directory),
            "TMPDIR": str(self._directory),
        }
