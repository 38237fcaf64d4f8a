"""Children that are forked ahead: each serves one order, is replaced, and brings nothing with it."""

from __future__ import annotations

import os
import select
import signal
import threading
import uuid
from pathlib import Path

import pytest

from localdb.satellite.launcher import BEST_EFFORT, SPARES, Isolation, Launcher, Outcome, ScriptRequest
from tests.satellite.processes import children, name, settled

OPEN = Isolation(BEST_EFFORT, without=("namespaces", "dedicated user", "Landlock", "seccomp"))


@pytest.fixture
def make(tmp_path):
    """``make(**arguments)``: a launcher that is ready and a function that runs a script in it."""
    made = []

    def make(**arguments):
        launcher = Launcher(tmp_path / "work", modules=(), **{"isolation": OPEN, **arguments})
        made.append(launcher)
        launcher.start()
        assert launcher.wait_ready()
        return launcher, lambda script: launcher.run(_request(script), threading.Event())

    yield make
    for launcher in made:
        launcher.close()


def _request(script: str) -> ScriptRequest:
    return ScriptRequest(script, str(uuid.uuid4()))


@pytest.mark.parametrize("spares", [0, 1, SPARES, 5])
def test_as_many_as_asked_for_are_kept(make, spares):
    launcher, run = make(spares=spares)
    for _ in range(3):
        settled(launcher.zygote_pid, spares)
        assert run("x = 1").outcome is Outcome.OK


def test_an_order_takes_a_spare(make):
    launcher, run = make()
    ready = settled(launcher.zygote_pid)
    assert int(run("import os; print(os.getpid())").stdout) in ready


def test_every_execution_has_a_process_of_its_own(make):
    _, run = make()
    pids = [run("import os; print(os.getpid())").stdout for _ in range(10)]
    assert len(set(pids)) == 10


def test_more_orders_than_spares_at_once(make):
    """Those that find none are served all the same; spares are made even while scripts run."""
    launcher, _ = make()
    cancelled = threading.Event()
    threads = [
        threading.Thread(target=launcher.run, args=(_request("while True: pass"), cancelled))
        for _ in range(SPARES + 2)
    ]
    for thread in threads:
        thread.start()
    settled(launcher.zygote_pid, workers=len(threads))
    cancelled.set()
    for thread in threads:
        thread.join()
    settled(launcher.zygote_pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_spare_that_is_killed_is_replaced_and_costs_no_script(make, number):
    """Also one that is dying while it gets the order."""
    launcher, run = make()
    for _ in range(20):
        for pid in settled(launcher.zygote_pid):
            os.kill(pid, number)
        result = run("print(1)")
        assert (result.outcome, result.stdout) == (Outcome.OK, "1\n"), result


def test_a_stopped_spare_does_not_stop_the_others(make):
    """Its order waits, as for any process that does not run; when it is killed, another child gets it."""
    launcher, run = make(spares=1)
    (pid,) = settled(launcher.zygote_pid, 1)
    os.kill(pid, signal.SIGSTOP)
    results = []
    waiting = threading.Thread(target=lambda: results.append(run("print('first')")))
    waiting.start()
    while name(pid) == "spare" and len(children(launcher.zygote_pid)) == 1:
        pass  # the zygote makes another as soon as this one has its order
    assert run("print('second')").stdout == "second\n"
    os.kill(pid, signal.SIGKILL)
    waiting.join()
    assert [result.stdout for result in results] == ["first\n"]


def test_no_spares_where_scripts_are_refused(make):
    launcher, run = make(isolation=Isolation(without=("seccomp",)))
    assert run("x = 1").outcome is Outcome.REFUSED
    settled(launcher.zygote_pid, spares=0)


def test_they_end_with_the_zygote(make):
    launcher, _ = make()
    ends = [os.pidfd_open(pid) for pid in settled(launcher.zygote_pid)]
    os.kill(launcher.zygote_pid, signal.SIGKILL)
    for end in ends:
        assert select.select([end], [], [], 5)[0]
        os.close(end)


def test_random_numbers_of_spares_that_were_forked_together(make):
    """Both come from the same zygote; neither repeats the other."""
    launcher, run = make(spares=5)
    settled(launcher.zygote_pid, 5)
    script = (
        "import random, numpy, uuid, tempfile\nprint(random.random(), numpy.random.rand(), "
        "numpy.random.default_rng().random(), uuid.uuid4(), next(tempfile._get_candidate_names()))"
    )
    values = [value for _ in range(5) for value in run(script).stdout.split()]
    assert len(values) == len(set(values)) == 25


def test_what_a_spare_has_open(make):
    """As in any other child: the pipes, the channel, the memory files of the answer."""
    _, run = make()
    script = "import os\nprint(sorted(int(number) for number in os.listdir('/proc/self/fd')))"
    assert {run(script).stdout for _ in range(2 * SPARES)} == {"[0, 1, 2, 3, 4, 5, 6, 7]\n"}


def test_a_spare_has_nothing_open_of_any_request(make):
    """Also one that was forked while a script ran. 2 is the server's stderr, for a failure of its own."""
    launcher, _ = make(isolation=Isolation(BEST_EFFORT))
    if not all(layer.available for layer in launcher.layers if layer.name == "Landlock"):
        pytest.skip("its rules are one of the descriptors")
    cancelled = threading.Event()
    running = threading.Thread(target=launcher.run, args=(_request("while True: pass"), cancelled))
    running.start()
    found = settled(launcher.zygote_pid, workers=1)
    kinds = [_open_kinds(pid) for pid in found if name(pid) == "spare"]
    cancelled.set()
    running.join()
    expected = {0: "/dev/null", 1: "/dev/null", 3: "socket", 4: "anon_inode"}
    expected |= {**dict.fromkeys((5, 6, 7), "/memfd"), 8: "anon_inode"}
    assert kinds == [expected] * SPARES


def _open_kinds(pid: int) -> dict[int, str]:
    paths = [path for path in Path(f"/proc/{pid}/fd").iterdir() if path.name != "2"]
    return {int(path.name): str(path.readlink()).partition(":")[0] for path in paths}


def test_no_secret_of_a_request_is_in_a_spare(make):
    """Nor in the zygote, which sees neither scripts nor data."""
    if os.getuid() != 0:
        pytest.skip("only root can read the memory of the zygote")
    launcher, run = make()
    secret = uuid.uuid4().hex
    worker = run(f"text = {secret!r}\nprint(text)")
    assert worker.stdout.strip() == secret
    spares = settled(launcher.zygote_pid)
    assert not any(_holds(pid, secret.encode()) for pid in (launcher.zygote_pid, *spares))
    assert _holds(os.getpid(), secret.encode())  # so that it would be found


def _holds(pid: int, text: bytes) -> bool:
    """True when a writable mapping of the process contains ``text``."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(number, 16) for number in place.split("-"))
            memory.seek(start)
            if text in memory.read(end - start):
                return True
    return False
