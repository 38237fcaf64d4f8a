"""A server's stand-in: a process with a Launcher, run as root or as another user, that a test speaks to in
lines of JSON. It owns what a script would want to reach: sockets, a file with a secret, a sibling script."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localdb.satellite.isolation import Isolation
from localdb.satellite.launcher import Launcher, Limits, ScriptRequest
from localdb.satellite.syscalls import system_call
from tests.satellite.processes import children, name, settled

SECRET = "the secret of the server"
OWN, FOREIGN = "own", "foreign"
"""Two libraries, the second of which is another user's."""

_NEW_MOUNT, _BIND, _RECURSIVE, _PRIVATE = 0x00020000, 4096, 16384, 1 << 18


def become(user: int, arguments: list[str]) -> None:
    """Start anew as ``user``, in a mount namespace in which that user can read the Python runtime."""
    system_call("unshare", _NEW_MOUNT)
    system_call("mount", b"none", b"/", None, _RECURSIVE | _PRIVATE, None)
    needed = [Path(sys.base_prefix), Path(sys.prefix), Path(__file__).resolve().parents[2]]
    sources = [os.open(path, os.O_PATH) for path in needed]
    covered = {hidden for path in needed for hidden in _hidden(path)}
    for hidden in sorted(covered, key=lambda path: len(path.parts))[:1]:
        system_call("mount", b"tmpfs", os.fsencode(hidden), b"tmpfs", 0, b"mode=755")
        for path, source in zip(needed, sources, strict=True):
            if path.is_relative_to(hidden):
                path.mkdir(parents=True, exist_ok=True)
                here = f"/proc/self/fd/{source}".encode()
                system_call("mount", here, os.fsencode(path), None, _BIND | _RECURSIVE, None)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.execv(sys.executable, [sys.executable, __file__, *arguments])


def _hidden(path: Path) -> list[Path]:
    """The folders above ``path`` that others may not enter."""
    return [parent for parent in path.parents if not parent.stat().st_mode & 0o001]


class World:
    """What belongs to the server, and whether a script has touched it."""

    def __init__(self, folder: Path) -> None:
        self.secret = folder / "data.duckdb"
        self.secret.write_text(SECRET)
        self.secret.chmod(0o644)
        os.environ["MSSQL_SA_PASSWORD"] = SECRET
        for kind in (OWN, FOREIGN):
            library = folder / "libraries" / kind
            library.mkdir()
            library.chmod(0o755)
            (library / f"{kind}_library.py").write_text(f"secret = {SECRET!r}\n")
        self.libraries = folder / "libraries"
        self.touched: list[str] = []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.path = folder / "server.sock"
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(self.path))
        self.path.chmod(0o777)
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0localdb-{os.getpid()}")
        self.datagram = folder / "datagram.sock"
        self.log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.log.bind(str(self.datagram))
        self.datagram.chmod(0o777)
        for server in (self.unix, self.abstract):
            server.listen()
        for kind, server in (("tcp", self.tcp), ("unix", self.unix), ("abstract", self.abstract)):
            threading.Thread(target=self._accept, args=(kind, server), daemon=True).start()
        for kind, receiver in (("udp", self.udp), ("datagram", self.log)):
            threading.Thread(target=self._receive, args=(kind, receiver), daemon=True).start()

    def _accept(self, name: str, server: socket.socket) -> None:
        while True:
            server.accept()[0].close()
            self.touched.append(name)

    def _receive(self, name: str, receiver: socket.socket) -> None:
        while receiver.recv(100):
            self.touched.append(name)

    def targets(self, launcher: Launcher) -> dict[str, Any]:
        return {
            "server": os.getpid(),
            "zygote": launcher.zygote_pid,
            "libraries": str(self.libraries),
            "secret": str(self.secret),
            "folder": str(self.secret.parent),
            "tcp": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "unix": str(self.path),
            "datagram": str(self.datagram),
            "abstract": f"\0localdb-{os.getpid()}",
            "packages": next(path for path in sys.path if path.endswith("site-packages")),
        }

    def findings(self) -> list[str]:
        found = list(self.touched)
        if self.secret.read_text() != SECRET or self.secret.stat().st_mode & 0o777 != 0o644:
            found.append("the secret was changed")
        if sorted(path.name for path in self.libraries.rglob("*.py")) != [
            "foreign_library.py",
            "own_library.py",
        ]:
            found.append("the libraries were changed")
        return found


def left_over(launcher: Launcher, work: Path, running: int) -> dict[str, Any]:
    """What a test compares before and after: descriptors, processes, folders."""
    pid = launcher.zygote_pid
    assert pid is not None
    return {
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "children": [child for child in settled(pid, workers=running) if name(child) != "spare"],
        "folders": sorted(path.name for path in work.iterdir()),
        "zygote": pid,
    }


def spares(launcher: Launcher, running: int) -> list[int]:
    """The process ids of the spares, outside and inside of their namespace."""
    pid = launcher.zygote_pid
    assert pid is not None
    found = [child for child in settled(pid, workers=running) if name(child) == "spare"]
    texts = [Path(f"/proc/{child}/status").read_text() for child in found]
    return [int(number) for text in texts for number in text.split("NSpid:")[1].splitlines()[0].split()]


def serve(folder: Path, settings: dict[str, Any]) -> None:
    work = folder / "satellites"
    options = {"modules": settings.pop("modules")} if "modules" in settings else {}
    launcher = Launcher(work, isolation=Isolation(**settings), **options)
    launcher.start()
    launcher.wait_ready()
    world = World(folder)
    layers = [[layer.name, layer.available, layer.reason] for layer in launcher.layers]
    _say({"layers": layers, "targets": world.targets(launcher)})
    running: dict[str, threading.Event] = {}
    try:
        for line in sys.stdin:
            order = json.loads(line)
            if order["do"] == "run":
                _say(_run(launcher, order))
            elif order["do"] == "start":
                running[order["name"]] = cancelled = threading.Event()
                threading.Thread(target=_run, args=(launcher, order, cancelled), daemon=True).start()
                _say({})
            elif order["do"] == "spares":
                _say({"spares": spares(launcher, len(running))})
            elif order["do"] == "look":
                _say({"findings": world.findings(), **left_over(launcher, work, len(running))})
    finally:
        for cancelled in running.values():
            cancelled.set()
        launcher.close()


def _run(
    launcher: Launcher, order: dict[str, Any], cancelled: threading.Event | None = None
) -> dict[str, Any]:
    request = ScriptRequest(
        order["script"],
        str(uuid.uuid4()),
        limits=Limits(**order.get("limits", {})),
        libraries=tuple(str(launcher.libraries / name) for name in order.get("libraries", ())),
    )
    started = time.monotonic()
    with _killed_after(launcher, order.get("kill")):
        result = launcher.run(request, cancelled or threading.Event())
    return {
        "outcome": result.outcome.name,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "error": result.error,
        "signal": result.signal,
        "seconds": time.monotonic() - started,
    }


@contextlib.contextmanager
def _killed_after(launcher: Launcher, delay: float | None) -> Iterator[None]:
    """Kill the worker that is started inside the block after ``delay`` seconds, unless it has ended, and the
    spares, one of which it may still be."""
    if delay is None:
        yield
        return
    pid = launcher.zygote_pid
    assert pid is not None
    others = {child for child in children(pid) if name(child) != "spare"}
    ended = threading.Event()

    def kill() -> None:
        if not ended.wait(delay):
            for child in set(children(pid)) - others:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        ended.set()
        killer.join()


def _say(news: dict[str, Any]) -> None:
    print(json.dumps(news), flush=True)


if __name__ == "__main__":
    user, place, given = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    if os.getuid() != user:
        become(user, sys.argv[1:])
    serve(Path(place), json.loads(given))
