"""The zygote's own life, many executions at once, and the end of the server."""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localdb.satellite.isolation import LAYERS
from localdb.satellite.launcher import BEST_EFFORT, Isolation, Launcher, Limits, Outcome, ScriptRequest
from tests.satellite.processes import children

OPEN = Isolation(BEST_EFFORT, without=("namespaces", "dedicated user", "Landlock", "seccomp"))


@pytest.fixture
def own(tmp_path):
    """A launcher that a test may hurt; few imports, so that it is ready soon."""
    launcher = Launcher(tmp_path / "work", concurrency=3, modules=(), isolation=OPEN)
    launcher.start()
    assert launcher.wait_ready()
    yield launcher
    launcher.close()


def _request(script: str, **fields) -> ScriptRequest:
    return ScriptRequest(script, str(uuid.uuid4()), **fields)


def _gone(pid: int) -> bool:
    """Wait until a process that may not be our child has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 5)[0])
    finally:
        os.close(descriptor)


def _wait_for_line(path: Path) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return text.strip()
    raise AssertionError(f"{path} was not written")


def test_the_layers_are_reported(own):
    assert [layer.name for layer in own.layers] == [layer.name for layer in LAYERS]
    assert all(layer.available or layer.reason for layer in own.layers), own.layers


def test_the_zygote_is_started_again(own):
    first = own.zygote_pid
    os.kill(first, signal.SIGKILL)
    assert _gone(first)
    result = own.run(_request("print('again')"), threading.Event())
    assert (result.outcome, result.stdout) == (Outcome.OK, "again\n")
    assert own.zygote_pid != first


def test_the_zygote_dies_under_a_script(own, tmp_path):
    note = tmp_path / "note"
    script = f"""
import subprocess, os
child = subprocess.Popen(['/bin/sleep', '3600'])
with open({str(note)!r}, 'w') as f: print(os.getpid(), child.pid, file=f)
while True: pass
"""
    with ThreadPoolExecutor() as pool:
        running = pool.submit(own.run, _request(script), threading.Event())
        pids = [int(pid) for pid in _wait_for_line(note).split()]
        os.kill(own.zygote_pid, signal.SIGKILL)
        result = running.result(timeout=20)
    assert (result.outcome, result.error) == (Outcome.DIED, "the worker and the zygote ended")
    assert all(_gone(pid) for pid in pids)
    assert own.run(_request("x = 1"), threading.Event()).outcome is Outcome.OK


def test_close_ends_running_scripts(own, tmp_path):
    note = tmp_path / "note"
    script = f"import os\nwith open({str(note)!r}, 'w') as f: print(os.getpid(), file=f)\nwhile True: pass"
    with ThreadPoolExecutor() as pool:
        running = pool.submit(own.run, _request(script), threading.Event())
        pid = int(_wait_for_line(note))
        own.close()
        assert running.result(timeout=20).outcome is Outcome.DIED
    assert _gone(pid)


def test_after_close_nothing_starts(own):
    own.close()
    started = time.monotonic()
    assert own.run(_request("x = 1"), threading.Event()).outcome is Outcome.NOT_STARTED
    assert time.monotonic() - started < 5


def test_workers_killed_at_random_moments(own, tmp_path):
    """Whenever the worker is killed, the call ends with OK or DIED, and the next one works."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    delays = random.Random(seed)
    script = "import numpy\nOutputDataSet = DataFrame({'x': numpy.arange(50_000)})"
    for _ in range(25):
        killer = threading.Timer(delays.uniform(0, 0.04), _kill_children, [own.zygote_pid])
        killer.start()
        result = own.run(_request(script), threading.Event())
        killer.join()
        assert result.outcome is Outcome.OK or (result.outcome, result.signal) == (Outcome.DIED, 9), result
        assert own.run(_request("print(1)"), threading.Event()).stdout == "1\n"
    assert list((tmp_path / "work").iterdir()) == []


def _kill_children(pid: int) -> None:
    for child in children(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


PROBE = """
from pathlib import Path
from localdb.satellite.isolation import Isolation
from localdb.satellite.probe import probe
states = probe(Path("/no/such"), Path("/no/such"), Isolation())
print([f"{state.name}: {state.reason}" for state in states if not state.available])
"""


def test_a_layer_that_does_not_work_is_reported():
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert "private work directory: [Errno 2] No such file or directory" in done.stdout


def test_a_bounded_number_at_once(own, tmp_path):
    """Three run, the fourth waits; it can be cancelled while it waits."""
    notes = [tmp_path / f"note{number}" for number in range(3)]
    release = threading.Event()
    with ThreadPoolExecutor() as pool:
        running = [
            pool.submit(
                own.run,
                _request(f"with open({str(note)!r}, 'w') as f: print(1, file=f)\nwhile True: pass"),
                release,
            )
            for note in notes
        ]
        for note in notes:
            _wait_for_line(note)
        cancelled = threading.Event()
        waiting = pool.submit(own.run, _request("x = 1"), cancelled)
        cancelled.set()
        assert waiting.result(timeout=5).outcome is Outcome.CANCELLED
        next_one = pool.submit(own.run, _request("print('my turn')"), threading.Event())
        release.set()
        assert next_one.result(timeout=20).stdout == "my turn\n"
        assert {future.result(timeout=5).outcome for future in running} == {Outcome.CANCELLED}


def test_many_at_once(run):
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda n: run(f"print({n})").stdout, range(48)))
    assert results == [f"{n}\n" for n in range(48)]


def test_what_an_earlier_server_left_is_removed(tmp_path):
    work = tmp_path / "work"
    (work / "old" / "deep").mkdir(parents=True)
    (work / "stray").write_text("x")
    (work / "link").symlink_to(tmp_path)
    launcher = Launcher(work, modules=())
    launcher.start()
    launcher.close()
    assert list(work.iterdir()) == [] and tmp_path.exists()


def test_a_missing_module_is_no_obstacle(tmp_path, caplog):
    launcher = Launcher(tmp_path / "work", modules=("no_such_module",))
    launcher.start()
    assert launcher.wait_ready()
    assert launcher.run(_request("x = 1"), threading.Event()).outcome is Outcome.OK
    launcher.close()
    assert "Not installed for external scripts: no_such_module" in caplog.text


SERVER = '''
import sys, threading, uuid
from pathlib import Path
from localdb.satellite.launcher import Isolation, Launcher, ScriptRequest
launcher = Launcher(
    Path(sys.argv[1]),
    modules=(),
    isolation=Isolation("best-effort", without=("namespaces", "dedicated user", "Landlock", "seccomp")),
)
launcher.start()
launcher.wait_ready()
script = f"""
import os
with open({sys.argv[2]!r}, 'w') as f: print({launcher.zygote_pid}, os.getpid(), file=f)
while True: pass
"""
launcher.run(ScriptRequest(script, str(uuid.uuid4())), threading.Event())
'''


def test_kill_9_of_the_server_ends_everything(tmp_path):
    note = tmp_path / "note"
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path / "work"), str(note)])
    pids = [int(pid) for pid in _wait_for_line(note).split()]
    server.kill()
    server.wait()
    assert len(pids) == 2 and all(_gone(pid) for pid in pids)


def test_latency_of_a_warm_call(run):
    times = []
    for _ in range(30):
        started = time.perf_counter()
        assert run("x = 1", limits=Limits()).outcome is Outcome.OK
        times.append((time.perf_counter() - started) * 1000)
    print(f"\nwarm call: median {sorted(times)[15]:.1f} ms, worst {max(times):.1f} ms")
