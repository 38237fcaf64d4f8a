"""Workers that die, hang, or are cancelled; and that nothing is left of any of them."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from localdb.satellite.launcher import Limits, Outcome
from tests.satellite.processes import settled

SHORT = Limits(wall_clock=0.3)


@pytest.mark.parametrize(
    ("script", "number"),
    [
        ("import ctypes; ctypes.string_at(0)", signal.SIGSEGV),
        ("import os; os.abort()", signal.SIGABRT),
        ("import os; os.kill(os.getpid(), 9)", signal.SIGKILL),
        ("import os; os.kill(os.getpid(), 15)", signal.SIGTERM),
        ("import resource as r; r.setrlimit(r.RLIMIT_CPU, (1, 1))\nwhile True: pass", signal.SIGKILL),
    ],
)
def test_a_signal(run, script, number):
    result = run("print('printed before', flush=True)\n" + script)
    assert (result.outcome, result.signal) == (Outcome.DIED, number)
    assert result.error == f"the worker was ended by signal {number.value} ({number.name})"
    assert result.stdout == "printed before\n"


def test_a_segmentation_fault_names_the_line(run):
    result = run("x = 1\nimport ctypes\nctypes.string_at(0)")
    assert 'sqlindb_0.py", line 3 in transform' in result.stderr
    assert "Extension modules" not in result.stderr


@pytest.mark.parametrize("code", [0, 3])
def test_an_exit_without_an_answer(run, code):
    result = run(f"import os\nprint('x')\nos._exit({code})")
    assert (result.outcome, result.exit_code, result.stdout) == (Outcome.DIED, code, "x\n")


@pytest.mark.parametrize(
    "script",
    [
        "while True: pass",
        "import time; time.sleep(3600)",
        "import signal\nfor s in (2, 14, 15, 24): signal.signal(s, signal.SIG_IGN)\nwhile True: pass",
        "sum(range(10**15))",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        "import os\nos.close(3)\nwhile True: pass",
        "import atexit, threading, time\nthreading.Thread(target=time.sleep, "
        "args=(3600,)).start()\nwhile True: pass",
        "while True: print('x' * 1000)",
        "class R:\n  def __repr__(s):\n    while True: pass\nraise ValueError(R())",
    ],
)
def test_the_wall_clock_limit(run, script):
    started = time.monotonic()
    result = run(script, limits=SHORT)
    assert (result.outcome, result.error) == (Outcome.TIMED_OUT, "the script ran longer than 0.3 s")
    assert time.monotonic() - started < 1.3


def test_a_script_that_ends_does_not_wait_for_its_threads(run):
    result = run("import threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()")
    assert result.outcome is Outcome.OK


def test_cancel(run):
    cancelled = threading.Event()
    results = []
    thread = threading.Thread(target=lambda: results.append(run("while True: pass", cancelled)))
    thread.start()
    cancelled.set()
    thread.join(timeout=5)
    assert [result.outcome for result in results] == [Outcome.CANCELLED]


def test_cancelled_before_it_starts(run):
    cancelled = threading.Event()
    cancelled.set()
    assert run("1/0", cancelled).outcome is Outcome.CANCELLED


def test_a_memory_limit_makes_a_memory_error(run):
    limits = Limits(memory=1024 * 2**20, wall_clock=20)
    result = run("x = bytearray(3 * 2**30)", limits=limits)
    assert result.outcome is Outcome.SCRIPT_ERROR
    assert result.error.endswith("MemoryError\n")


def test_limits_of_the_worker(run):
    result = run(
        "import resource as r\nprint([r.getrlimit(x) for x in (r.RLIMIT_CORE, "
        "r.RLIMIT_NOFILE, r.RLIMIT_FSIZE)])\n"
        "print([l for l in open('/proc/self/status') if 'NoNewPrivs' in l])\n"
        "import os; print(os.getsid(0) == os.getpid() == os.getpgid(0))",
        limits=Limits(open_files=64, file_size=1000),
    )
    assert result.stdout == "[(0, 0), (64, 64), (1000, 1000)]\n['NoNewPrivs:\\t1\\n']\nTrue\n"


def test_too_large_a_file(run):
    result = run("with open('big', 'wb') as f: f.write(b'x' * 2000)", limits=Limits(file_size=1000))
    assert result.error.endswith("OSError: [Errno 27] File too large\n")


def _open_descriptors(process: object) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def test_nothing_is_left_after_200_runs(run, launcher, work):
    table = pa.table({"a": pa.array([1], pa.int32())})
    run("OutputDataSet = InputDataSet", input=table, input_types=("int",))
    descriptors = _open_descriptors("self")
    threads = threading.active_count()
    zygote = launcher.zygote_pid
    settled(zygote)
    theirs = _open_descriptors(zygote)
    endings = [
        "x = 1",
        "1/0",
        "import os; os._exit(1)",
        "open('f', 'w').write('x')",
        "OutputDataSet = InputDataSet",
    ]
    started = time.monotonic()
    for number in range(200):
        run(endings[number % len(endings)], input=table, input_types=("int",))
    print(f"{(time.monotonic() - started) / 200 * 1000:.1f} ms per run")
    assert _open_descriptors("self") == descriptors
    assert threading.active_count() == threads
    assert launcher.zygote_pid == zygote
    settled(zygote)
    assert _open_descriptors(zygote) == theirs
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    "escape",
    [
        "subprocess.Popen(['/bin/sleep', '3600'])",
        "subprocess.Popen(['/bin/sleep', '3600'], start_new_session=True)",
        "subprocess.Popen(['/bin/sh', '-c', "
        "'setsid sleep 3600 & setsid sleep 3600 &'], start_new_session=True)",
    ],
)
@pytest.mark.parametrize("ending", ["x = 1", "os._exit(0)", "os.kill(os.getpid(), 9)", "while True: pass"])
def test_no_process_of_a_script_outlives_it(run, launcher, escape, ending):
    run(f"import os, subprocess\n{escape}\n{ending}", limits=SHORT)
    settled(launcher.zygote_pid)


def test_a_work_directory_that_resists(run, work, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    script = f"""
import os
os.makedirs('a/b/c'); open('a/b/c/f', 'w').close()
os.symlink({str(kept)!r}, 'a/link'); os.symlink('/', 'root')
os.mkdir('new\\nline'); os.mkfifo('fifo'); os.link(__file__, 'hard')
os.chmod('a/b', 0); os.chmod('a', 0); os.chmod('.', 0)
"""
    assert run(script).outcome is Outcome.OK
    assert list(work.iterdir()) == []
    assert (kept / "file").read_text() == "x"
