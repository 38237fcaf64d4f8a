# ruff: noqa: E501 (one script, one line)
"""Scripts that loop, hog, crash or are killed: a result within the limit + 1 s, nothing left."""

from __future__ import annotations

import random
import time

import pytest

LOOPS = {
    "processor": "while True: pass",
    "sleep": "import time\ntime.sleep(3600)",
    "a C call that holds the lock": "sum(range(10**15))",
    "signals ignored": "import signal\nfor n in (2, 14, 15, 24): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
}
HOGS = {
    "at once": "x = bytearray(3 * 2**30)",
    "gradual": "x = []\nwhile True: x.append(bytearray(2**20))",
    "many small": "x = []\nwhile True: x.append([len(x)] * 3)",
    "shared mappings": "import mmap\nx = []\nwhile True:\n  x.append(mmap.mmap(-1, 2**26)); x[-1].write(bytes(2**26))",
    "thread stacks": "import threading\nstop = threading.Event()\n"
    "while True: threading.Thread(target=stop.wait, daemon=True).start()",
    "list bomb pickle": "import pickle\nx = ['x' * 1000] * 1000\n"
    "for _ in range(30): x = [pickle.loads(pickle.dumps(x)) for _ in range(10)]",
}
DEATHS = {
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", 11),
    "abort": ("import os; os.abort()", 6),
    "SIGKILL": ("import os; os.kill(os.getpid(), 9)", 9),
    "os._exit": ("import os; os._exit(3)", None),
}
LIMIT = 1.0
MEMORY_SECONDS = 2.0


def _nothing_left(server, before) -> None:
    # The zygote has reported the worker's end, but its own descriptors may be a moment behind.
    assert server.look() == before
    result = server.run("print('next')")
    assert (result["outcome"], result["stdout"]) == ("OK", "next\n")


@pytest.mark.parametrize("name", LOOPS)
def test_loops(usual, name):
    before = usual.look()
    result = usual.run(LOOPS[name], wall_clock=LIMIT)
    assert result["outcome"] == "TIMED_OUT", result
    assert result["seconds"] < LIMIT + 1
    _nothing_left(usual, before)


@pytest.mark.parametrize("name", DEATHS)
def test_deaths(usual, name):
    body, number = DEATHS[name]
    before = usual.look()
    result = usual.run(body, wall_clock=LIMIT)
    assert (result["outcome"], result["signal"]) == ("DIED", number), result
    assert result["seconds"] < LIMIT + 1
    _nothing_left(usual, before)


@pytest.mark.parametrize("name", HOGS)
def test_hogs(usual, name, megabytes):
    before = usual.look()
    result = usual.run(HOGS[name], memory=megabytes * 2**20, wall_clock=MEMORY_SECONDS)
    assert result["outcome"] in ("SCRIPT_ERROR", "DIED", "TIMED_OUT"), result
    assert result["seconds"] < MEMORY_SECONDS + 1
    _nothing_left(usual, before)


def test_killed_at_random_points(usual):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    delays = random.Random(seed)
    before = usual.look()
    script = "import numpy\nOutputDataSet = DataFrame({'x': numpy.arange(50_000)})"
    outcomes = set()
    for _ in range(50):
        started = time.monotonic()
        result = usual.run(script, kill=delays.uniform(0, 0.04))
        assert time.monotonic() - started < 2
        assert result["outcome"] == "OK" or (result["outcome"], result["signal"]) == ("DIED", 9), result
        outcomes.add(result["outcome"])
        assert usual.run("print(1)")["stdout"] == "1\n"
    print(outcomes)
    assert usual.look() == before
