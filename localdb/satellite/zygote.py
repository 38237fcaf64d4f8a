"""The zygote: a warm process that has imported the scientific stack and forks one worker for every request.

Run as ``python -m localdb.satellite.zygote CONTROL DIRECTORY SERVER MODULE...``: the descriptor of the
control socket, a writable directory for the probe, the server's process id, and the modules to import. It
holds no descriptor of the server but that socket, has one thread, and never runs a script itself.

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
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from localdb.satellite import isolation
from localdb.satellite.contract import FrameError, Limits, close_all, receive_message
from localdb.satellite.worker import warm
from localdb.satellite.worker.serve import serve

_DESCRIPTORS = 4
_CHANNEL, _FIRST_UNUSED = 3, 4


@dataclass(frozen=True, slots=True)
class _Worker:
    pid: int
    pidfd: int
    report: socket.socket


class Zygote:
    """Forks workers and sees them to their end."""

    def __init__(self, control: socket.socket, layers: tuple[str, ...]) -> None:
        self._control = control
        self._layers = layers
        self._workers: dict[int, _Worker] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve until the control socket ends, then kill what still runs."""
        try:
            while True:
                for key, _ in self._selector.select():
                    if key.fileobj is self._control:
                        self._start_worker()
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
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            confinement = isolation.Confinement(Path(order["directory"]), Limits(**order["limits"]), zygote)
            _live(confinement, self._layers, channel, out, err)
        close_all((channel, out, err))
        worker = _Worker(pid, os.pidfd_open(pid), socket.socket(fileno=report))
        self._workers[worker.pidfd] = worker
        self._selector.register(worker.pidfd, selectors.EVENT_READ)
        with suppress(OSError):
            socket.send_fds(worker.report, [json.dumps({"pid": pid}).encode()], [worker.pidfd])

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
        known = {worker.pid for worker in self._workers.values()}
        while orphans := _children() - known:
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _children() -> set[int]:
    """The processes whose parent is this one, zombies included."""
    with suppress(FileNotFoundError):
        return {int(pid) for pid in Path("/proc/thread-self/children").read_text().split()}
    numbers = (entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return {int(number) for number in numbers if _parent(number) == os.getpid()}


def _parent(pid: str) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _live(
    confinement: isolation.Confinement, layers: tuple[str, ...], channel: int, out: int, err: int
) -> None:
    """The worker's whole life; it never returns into the zygote's code."""
    status = 1
    try:
        _take_descriptors(channel, out, err)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        isolation.confine(layers, confinement)
        gc.enable()
        faulthandler.enable(2)  # where a segmentation fault happened is worth a line on stderr
        serve(socket.socket(fileno=_CHANNEL), confinement.directory)
        status = 0
    except BaseException:
        with suppress(Exception):
            os.write(2, traceback.format_exc().encode("utf-8", "backslashreplace"))
    finally:
        os._exit(status)


def _take_descriptors(channel: int, out: int, err: int) -> None:
    """0 is /dev/null, 1 and 2 the pipes, 3 the channel; nothing else stays open."""
    # First out of the way of each other, above the numbers that they get.
    above = [fcntl.fcntl(number, fcntl.F_DUPFD, _FIRST_UNUSED) for number in (channel, out, err)]
    for number, wanted in zip(above, (_CHANNEL, 1, 2), strict=True):
        os.dup2(number, wanted, inheritable=wanted != _CHANNEL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(_FIRST_UNUSED, os.sysconf("SC_OPEN_MAX"))


def _import_all(modules: list[str]) -> list[str]:
    """Import what a script is likely to need; returns those that are not there."""
    missing = []
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    return missing


def main(arguments: list[str]) -> None:
    control = socket.socket(fileno=int(arguments[0]))
    directory, server = Path(arguments[1]), int(arguments[2])
    isolation.die_with_parent(server)
    isolation.adopt_orphans()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    missing = _import_all(arguments[3:])
    warm.up()
    states = isolation.probe(directory)
    # Only our own imports needed the folder of this package.
    own = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = [entry for entry in sys.path if entry not in own]
    # Frozen objects are not touched by a child's collections, so their pages stay shared.
    gc.collect()
    gc.disable()
    gc.freeze()
    ready: dict[str, Any] = {"layers": [asdict(state) for state in states], "missing": missing}
    with suppress(BrokenPipeError):  # the server may have ended meanwhile; ``run`` notices
        control.send(json.dumps(ready).encode())
    Zygote(control, tuple(state.name for state in states if state.available)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
