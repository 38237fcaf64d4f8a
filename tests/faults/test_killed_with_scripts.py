"""kill -9 of a server whose external scripts are running: nothing of them outlives it for long."""

from __future__ import annotations

import threading
from contextlib import suppress

import pyodbc

from tests.faults.server import ServerProcess, alive, descendants, until, workers

ENABLE = "EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE"
SCRIPTS = (
    "import time; time.sleep(3600)",
    "while True: pass",
    # A descendant that has left the group and ignores what can be ignored, if isolation allows one.
    "import os, signal, time\n"
    "try:\n"
    "    if os.fork() == 0:\n"
    "        os.setsid()\n"
    "        for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)\n"
    "except OSError: pass\n"
    "time.sleep(3600)",
)


def execute(script: str) -> str:
    return f"EXEC sp_execute_external_script @language = N'Python', @script = N'{script}'"


def start_scripts(server: ServerProcess) -> list[threading.Thread]:
    """One connection per script; returns when every worker runs."""

    def run(script: str) -> None:
        with suppress(pyodbc.Error):
            server.run(execute(script))

    threads = [threading.Thread(target=run, args=(script,)) for script in SCRIPTS]
    for thread in threads:
        thread.start()
    until(lambda: len(workers(server.pid)) >= len(SCRIPTS), "the scripts run", 20)
    return threads


def test_killed_with_scripts(server: ServerProcess) -> None:
    server.run(ENABLE)
    server.run(execute("pass"))  # from here on the zygote is ready
    satellites = server.folder / "satellites"
    for _ in range(3):
        threads = start_scripts(server)
        below = descendants(server.pid)
        left = {entry.name for entry in satellites.iterdir() if entry.is_dir()}
        assert len(left) >= len(SCRIPTS)
        (satellites / next(iter(left)) / "locked").mkdir(mode=0)
        server.kill()
        seconds = until(lambda below=below: not any(map(alive, below)), "the end of the scripts", 1.0)
        for thread in threads:
            thread.join(10)
        server.start()
        assert not left & {entry.name for entry in satellites.iterdir()}
        print(f"{len(below)} processes gone after {seconds:.3f} s")
        server.run(execute("pass"))
    assert "Traceback" not in server.log


def test_ended_with_scripts(server: ServerProcess) -> None:
    """SIGTERM with scripts running and connections open: a clean end, and soon."""
    server.run(ENABLE)
    server.run(execute("pass"))
    idle = server.connect()
    threads = start_scripts(server)
    below = descendants(server.pid)
    assert server.terminate() == 0
    assert not any(alive(pid) for pid in below)
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    with suppress(pyodbc.Error):
        idle.close()
    assert "Traceback" not in server.log
    assert not (server.folder / "server.json").exists()
    assert list(server.folder.glob("*.wal")) == [], "everything is in the files"
