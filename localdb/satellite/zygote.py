"""The zygote: a warm process that has imported the scientific stack and forks one worker for every request.

Run as ``python -m localdb.satellite.zygote CONTROL SERVER DIRECTORY ISOLATION MODULE...``: the descriptors of
the control socket and of the server's pidfd, the folder of the work directories, the fields of
``isolation.Isolation`` as JSON, and the modules to import. It has one thread, never runs a script itself, and
holds no descriptor of the server but those.

Every message on the control socket asks for one worker and brings four descriptors: the worker's channel, the
report socket, and the write ends of the pipes for stdout and stderr. On the report socket the zygote sends
first the worker's process id with a pidfd, at the end its wait status, after which nothing that the worker
started is left. End of file on the control socket ends everything.
"""

from __future__ import annotations

import faulthandler
import fcntl
import gc
import importlib
import itertools
import json
import os
import selectors
import signal
import site
import socket
import sys
import traceback
import warnings
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from localdb.satellite import isolation
from localdb.satellite.contract import (
    RESPONSE_PARTS,
    FrameError,
    Limits,
    close_all,
    memory_file,
    receive_message,
)
from localdb.satellite.isolation import Isolation
from localdb.satellite.runtime_paths import runtime_paths
from localdb.satellite.worker import warm
from localdb.satellite.worker.serve import serve

_DESCRIPTORS = 4
_CHANNEL, _ZYGOTE, _FIRST_UNUSED = 3, 4, 5


@dataclass(frozen=True, slots=True)
class _Worker:
    pid: int
    pidfd: int
    user: int
    report: socket.socket


class Zygote:
    """Forks workers and sees them to their end."""

    def __init__(
        self,
        control: socket.socket,
        layers: tuple[str, ...],
        settings: Isolation,
        init: int | None,
        refusal: str,
    ) -> None:
        """``init`` is the first process of the workers' process namespace, if they have one. Where there is a
        ``refusal``, every order is answered with it."""
        self._control = control
        self._layers = layers
        self._first_user = settings.first_user
        self._init = init
        self._refusal = refusal
        self._readable = runtime_paths()
        self._self = os.pidfd_open(os.getpid())
        self._workers: dict[int, _Worker] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._init_end = None if init is None else os.pidfd_open(init)
        if self._init_end is not None:
            self._selector.register(self._init_end, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve until the control socket ends, then kill what still runs."""
        try:
            while True:
                for key, _ in self._selector.select():
                    if key.fileobj is self._control:
                        self._start_worker()
                    elif key.fd == self._init_end:
                        return  # no process can be started in its namespace any more
                    else:
                        self._end_worker(self._workers[key.fd])
        except FrameError:
            pass
        finally:
            for worker in list(self._workers.values()):
                os.kill(worker.pid, signal.SIGKILL)
                self._end_worker(worker)

    def _start_worker(self) -> None:
        message, descriptors = receive_message(self._control, _DESCRIPTORS)
        order = json.loads(message)
        channel, report, out, err = descriptors
        if self._refusal:
            with socket.socket(fileno=report) as answer, suppress(OSError):
                answer.send(json.dumps({"refused": self._refusal}).encode())
            close_all((channel, out, err))
            return
        directory, limits, user = Path(order["directory"]), Limits(**order["limits"]), self._free_user()
        pid = os.fork()
        if pid == 0:
            confinement = isolation.Confinement(
                directory, limits, _ZYGOTE, user, self._layers, self._readable
            )
            _live(confinement, channel, out, err, self._self)
        close_all((channel, out, err))
        worker = _Worker(pid, os.pidfd_open(pid), user, socket.socket(fileno=report))
        self._workers[worker.pidfd] = worker
        self._selector.register(worker.pidfd, selectors.EVENT_READ)
        with suppress(OSError):
            socket.send_fds(worker.report, [json.dumps({"pid": pid}).encode()], [worker.pidfd])

    def _free_user(self) -> int:
        """The first user id that no process of an earlier worker can have any more."""
        used = {worker.user for worker in self._workers.values()}
        return next(user for user in itertools.count(self._first_user) if user not in used)

    def _end_worker(self, worker: _Worker) -> None:
        """Kill the rest of the worker's process group while its id is still taken, then the descendants that
        left the group (they are our children now), and report."""
        os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        _, status = os.waitpid(worker.pid, 0)
        self._selector.unregister(worker.pidfd)
        del self._workers[worker.pidfd]
        os.close(worker.pidfd)
        self._kill_orphans()
        with suppress(OSError):
            worker.report.send(json.dumps({"status": status}).encode())
        worker.report.close()

    def _kill_orphans(self) -> None:
        known = {worker.pid for worker in self._workers.values()} | {self._init}
        while orphans := _children(os.getpid()) - known:
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        # In a process namespace, orphans go to its init, which reaps them.
        while self._init is not None and (orphans := _children(self._init)):
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _children(parent: int) -> set[int]:
    """The processes whose parent is this one, zombies included."""
    with suppress(FileNotFoundError):
        return {int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}
    numbers = (entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return {int(number) for number in numbers if _parent(number) == parent}


def _parent(pid: str) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _live(
    confinement: isolation.Confinement,
    channel: int,
    out: int,
    err: int,
    zygote: int,
) -> None:
    """The worker's whole life; it never returns into the zygote's code."""
    status = 1
    try:
        _take_descriptors(channel, out, err, zygote)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        files = [memory_file("response") for _ in range(RESPONSE_PARTS)]
        isolation.confine(confinement)
        os.close(_ZYGOTE)
        gc.enable()
        faulthandler.enable(2)  # where a segmentation fault happened is worth a line on stderr
        serve(socket.socket(fileno=_CHANNEL), confinement.directory, files)
        status = 0
    except BaseException:
        with suppress(Exception):
            os.write(2, traceback.format_exc().encode("utf-8", "backslashreplace"))
    finally:
        os._exit(status)


def _take_descriptors(channel: int, out: int, err: int, zygote: int) -> None:
    """0 is /dev/null, 1 and 2 the pipes, 3 the channel, 4 the zygote's pidfd; nothing else stays open."""
    # First out of the way of each other, above the numbers that they get.
    above = [fcntl.fcntl(number, fcntl.F_DUPFD, _FIRST_UNUSED) for number in (channel, out, err, zygote)]
    for number, wanted in zip(above, (_CHANNEL, 1, 2, _ZYGOTE), strict=True):
        os.dup2(number, wanted, inheritable=wanted in (1, 2))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(_FIRST_UNUSED, os.sysconf("SC_OPEN_MAX"))


def _import_all(modules: list[str]) -> list[str]:
    """Import what a script is likely to need; returns those that are not there."""
    missing = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joblib says that it will not start processes: just so
        for name in modules:
            try:
                importlib.import_module(name)
            except ImportError:
                missing.append(name)
    return missing


def main(arguments: list[str]) -> None:
    control, server = socket.socket(fileno=int(arguments[0])), int(arguments[1])
    directory, settings = Path(arguments[2]), Isolation(**json.loads(arguments[3]))
    isolation.die_with_parent(server)
    isolation.adopt_orphans()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _forget_own_folder()
    states = isolation.probe(directory, settings)
    layers = tuple(state.name for state in states if state.available)
    init = None
    if isolation.NAMESPACES in layers:
        init = isolation.enter(directory)
        isolation.die_with_parent(server)  # a new user namespace clears the signal
    os.close(server)
    # From here on the zygote has only what a script may read: nothing can fail there that works here.
    missing = _import_all(arguments[4:])
    warm.up()
    # Frozen objects are not touched by a child's collections, so their pages stay shared.
    gc.collect()
    gc.disable()
    gc.freeze()
    ready: dict[str, Any] = {"layers": [asdict(state) for state in states], "missing": missing}
    with suppress(BrokenPipeError):  # the server may have ended meanwhile; ``run`` notices
        control.send(json.dumps(ready).encode())
    # From here on the end of the server is the end of the control socket. The kernel would end the workers
    # too, but not what they have started.
    isolation.outlive_parent()
    Zygote(control, layers, settings, init, isolation.refusal(states, settings)).run()


def _forget_own_folder() -> None:
    """Only our own imports, which are done, needed the folder of this package on the path."""
    own = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = [entry for entry in sys.path if entry not in own or entry in site.getsitepackages()]


if __name__ == "__main__":
    main(sys.argv[1:])
