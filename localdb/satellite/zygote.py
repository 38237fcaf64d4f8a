"""The zygote: a warm process that has imported the scientific stack and forks one worker for every request.

It is started by ``bootstrap``, has one thread, never runs a script itself, and holds no descriptor of the
server but the control socket. A few children are forked ahead (spares, see ``child``): forking a large
process takes longer than a small script runs. Each child serves one order at most.

Every message on the control socket asks for one worker and brings four descriptors: the worker's channel, the
report socket, and the write ends of the pipes for stdout and stderr. On the report socket the zygote sends
first the worker's process id with a pidfd, at the end its wait status and usage, after which nothing that the
worker started is left. End of file on the control socket ends everything.
"""

from __future__ import annotations

import gc
import importlib
import itertools
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from localdb.satellite import isolation
from localdb.satellite.child import live
from localdb.satellite.contract import FrameError, Usage, close_all, receive_message
from localdb.satellite.isolation import Isolation, Prepared
from localdb.satellite.orphans import kill_orphans
from localdb.satellite.probe import probe
from localdb.satellite.runtime_paths import SCRIPT_PACKAGES, runtime_paths
from localdb.satellite.worker import warm

_DESCRIPTORS, _REPORT = 4, 1
_ATTEMPTS = 3
_QUIET_SECONDS = 0.1


@dataclass(slots=True)
class _Order:
    """What the server asked for: the message and descriptors for the worker, and the report socket.
    ``attempts`` are the children that may still be killed before one takes it."""

    message: bytes
    descriptors: list[int]
    report: socket.socket
    attempts: int = _ATTEMPTS


@dataclass(slots=True)
class _Child:
    """A spare until it has an ``order``, a worker as soon as it has ``taken`` it."""

    pid: int
    pidfd: int
    user: int
    orders: socket.socket
    order: _Order | None = None
    taken: bool = False


class Zygote:
    """Forks children and sees them to their end."""

    def __init__(
        self,
        control: socket.socket,
        prepared: isolation.Prepared,
        spares: int,
        init: int | None,
        refusal: str,
    ) -> None:
        """``prepared`` is what all children start from, ``user`` being the first one's; ``spares`` are kept
        ready. ``init`` is the first process of the children's process namespace, if they have one. Where
        there is a ``refusal``, every order is answered with it."""
        self._control = control
        self._prepared = prepared
        self._wanted = 0 if refusal else spares
        self._init = init
        self._refusal = refusal
        self._children: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._init_end = None if init is None else os.pidfd_open(init)
        if self._init_end is not None:
            self._selector.register(self._init_end, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve until the control socket ends, then kill what still runs."""
        try:
            while self._handle(self._selector.select(self._patience())):
                pass
        except FrameError:
            pass
        finally:
            for child in list(self._children.values()):
                if not child.taken:
                    child.order = None  # the server is gone, or sees our end
                os.kill(child.pid, signal.SIGKILL)
                self._end(child)

    def _patience(self) -> float | None:
        """Seconds until a spare is made: no script must wait for that, nor be slowed down by it."""
        spares = len(self._spares())
        if spares >= self._wanted:
            return None
        return 0 if spares == len(self._children) else _QUIET_SECONDS

    def _handle(self, events: list[tuple[selectors.SelectorKey, int]]) -> bool:
        """False when no process can be started any more."""
        for key, _ in events:
            if key.fileobj is self._control:
                self._take_order()
            elif key.fd == self._init_end:
                return False
            else:
                self._hear(key.data, key.fd)
        if not events:
            self._make_spare()
        return True

    def _hear(self, child: _Child, descriptor: int) -> None:
        if self._children.get(child.pid) is not child:
            return  # an event before has ended it
        if descriptor == child.pidfd:
            self._end(child)
        elif child.order is not None:
            self._begin(child, child.order)

    def _make_spare(self) -> None:
        try:
            self._fork()
        except OSError:
            self._wanted = 0  # there is no room; what is ordered is still tried

    def _spares(self) -> list[_Child]:
        return [child for child in self._children.values() if child.order is None]

    def _take_order(self) -> None:
        message, descriptors = receive_message(self._control, _DESCRIPTORS)
        report = socket.socket(fileno=descriptors.pop(_REPORT))
        if self._refusal:
            with report:
                _send(report, {"refused": self._refusal})
            close_all(descriptors)
        else:
            self._give(_Order(message, descriptors, report))

    def _give(self, order: _Order) -> None:
        """Give an order to a spare, if there is one. A spare that has ended, and one that ends before it
        takes the order, is not the script's fault: the next one gets it."""
        for child in self._spares():
            if self._offer(child, order):
                return
            os.kill(child.pid, signal.SIGKILL)
            self._end(child)
        self._offer(self._fork(), order)

    def _offer(self, child: _Child, order: _Order) -> bool:
        try:
            socket.send_fds(child.orders, [order.message], order.descriptors)
        except OSError:
            return False
        child.order = order
        self._selector.register(child.orders, selectors.EVENT_READ, child)
        return True

    def _begin(self, child: _Child, order: _Order) -> None:
        """The child has taken its order; or has ended, which its pidfd tells, too."""
        self._selector.unregister(child.orders)
        with suppress(OSError):
            if child.orders.recv(1):
                self._report_start(child, order)

    def _report_start(self, child: _Child, order: _Order) -> None:
        child.taken = True
        close_all(order.descriptors)
        _send(order.report, {"pid": child.pid}, [child.pidfd])

    def _fork(self) -> _Child:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        prepared = replace(self._prepared, user=self._free_user())
        pid = os.fork()
        if pid == 0:
            live(theirs.fileno(), prepared)
        theirs.close()
        child = _Child(pid, os.pidfd_open(pid), prepared.user, ours)
        self._children[pid] = child
        self._selector.register(child.pidfd, selectors.EVENT_READ, child)
        return child

    def _free_user(self) -> int:
        """The first user id that no process of an earlier child can have any more."""
        used = {child.user for child in self._children.values()}
        return next(user for user in itertools.count(self._prepared.user) if user not in used)

    def _end(self, child: _Child) -> None:
        """See a child to its end; report it, if there is somebody who wants to know."""
        status, usage = _reap(child.pid)
        del self._children[child.pid]
        kill_orphans({*self._children, self._init}, self._init)
        order = child.order
        if order is None:
            self._lose_spare(status)
        elif child.taken or not _try_again(order, status):
            self._report_end(child, order, {"status": status, "usage": asdict(usage)})
        else:
            self._give(order)
        self._release(child)

    def _report_end(self, child: _Child, order: _Order, news: dict[str, Any]) -> None:
        if not child.taken:
            self._report_start(child, order)
        with order.report:
            _send(order.report, news)

    def _release(self, child: _Child) -> None:
        self._selector.unregister(child.pidfd)
        with suppress(KeyError):
            self._selector.unregister(child.orders)
        child.orders.close()
        os.close(child.pidfd)

    def _lose_spare(self, status: int) -> None:
        """One that was killed is replaced; one that fails by itself would fail again and again."""
        if os.WIFEXITED(status):
            self._wanted = 0


def _reap(pid: int) -> tuple[int, Usage]:
    """Wait for a child; kill the rest of its process group while its id is still taken."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    _, status, used = os.wait4(pid, 0)
    return status, Usage(used.ru_utime, used.ru_stime, used.ru_maxrss * 1024)


def _try_again(order: _Order, status: int) -> bool:
    """A child that was killed before it took its order is not the script's fault."""
    order.attempts -= 1
    return os.WIFSIGNALED(status) and order.attempts > 0


def _send(report: socket.socket, news: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """The server may have lost interest."""
    with suppress(OSError):
        socket.send_fds(report, [json.dumps(news).encode()], descriptors)


def main(control: socket.socket, server: int, settings: dict[str, Any]) -> None:
    """``server`` is the server's pidfd. ``settings`` has the folders ``directory`` (of the work
    directories) and ``shelf`` (of the libraries), ``isolation`` (the fields of ``isolation.Isolation``),
    the number of ``spares``, and the ``modules`` to import."""
    _set_up(server)
    directory, shelf = Path(settings["directory"]), Path(settings["shelf"])
    policy = Isolation(**settings["isolation"])
    states = probe(directory, shelf, policy)
    layers = tuple(state.name for state in states if state.available)
    init = None
    if isolation.NAMESPACES in layers:
        init = isolation.enter(directory, shelf)
        isolation.die_with_parent(server)  # a new user namespace clears the signal
    os.close(server)
    # From here on the zygote has only what a script may read: nothing can fail there that works here.
    missing = _import_all(settings["modules"])
    _settle()
    ready: dict[str, Any] = {"layers": [asdict(state) for state in states], "missing": missing}
    with suppress(BrokenPipeError):  # the server may have ended meanwhile; ``run`` notices
        control.send(json.dumps(ready).encode())
    # From here on the end of the server is the end of the control socket. The kernel would end the workers
    # too, but not what they have started.
    isolation.outlive_parent()
    prepared = Prepared(os.pidfd_open(os.getpid()), policy.first_user, layers, runtime_paths(), shelf)
    Zygote(control, prepared, settings["spares"], init, isolation.refusal(states, policy)).run()


def _set_up(server: int) -> None:
    """What a zygote needs of its process."""
    isolation.name_process("zygote")
    isolation.die_with_parent(server)
    isolation.adopt_orphans()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o022)
    sys.path.append(str(SCRIPT_PACKAGES))


def _settle() -> None:
    """Fill the caches, then freeze: frozen objects are not touched by a child's collections, so their pages
    stay shared."""
    warm.up()
    gc.collect()
    gc.disable()
    gc.freeze()


def _import_all(modules: Sequence[str]) -> list[str]:
    """Import what a script is likely to need; returns those that are not there, or broken."""
    missing = []
    # dill asks for it; none can be written to here, and a script has its own.
    tempfile.tempdir = os.environ["TMPDIR"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joblib says that it will not start processes: just so
        for name in modules:
            try:
                importlib.import_module(name)
            except Exception:
                missing.append(name)
    tempfile.tempdir = None
    return missing
