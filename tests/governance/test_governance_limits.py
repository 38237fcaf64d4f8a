"""The limits of the external pool, held by real scripts in real processes."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from governed import (
    PASSWORD,
    Background,
    call,
    errors,
    messages,
    ok,
    printed,
    rows,
    set_pool,
    wait_until,
)
from hypothesis import given
from hypothesis import strategies as st

from localdb.runtime.governance.admissions import ScriptSettings
from localdb.runtime.governance.affinity import masks
from localdb.runtime.governance.pool_watch import cpu_count, host_memory
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from localdb.runtime.session import Session

BUSY = """
import json, time
start = time.monotonic()
while time.monotonic() - start < {seconds}:
    pass
print(json.dumps([time.process_time(), time.monotonic() - start]))
"""
WAIT = "import time\ntime.sleep(60)"
RUNNING = "SELECT active_processes_count FROM sys.dm_resource_governor_external_resource_pools"


def log_in(instance: Instance) -> Session:
    return instance.login(Login("sa", PASSWORD))


def busy(session: Session, seconds: float = 4) -> float:
    """The share of all CPUs that a busy loop got. Measured by CPU time: the machine has other work."""
    used, elapsed = json.loads(printed(session, BUSY.format(seconds=seconds)))
    return float(used) / (elapsed * cpu_count())


def running(instance: Instance) -> int:
    """Scripts whose processes have started."""
    return sum(run.user != "" for run in instance.governor.watch.runs)


@pytest.mark.parametrize("percent", [10, 25])
def test_a_pool_s_share_of_the_cpus(session: Session, percent: int) -> None:
    set_pool(session, f"MAX_CPU_PERCENT = {percent}")
    share = busy(session)
    assert share <= (percent + 5) / 100
    # Far less than that would be a script that is stopped for nothing.
    assert share >= percent / 100 / 4


def test_two_scripts_share_the_pool_s_share(instance: Instance, session: Session) -> None:
    set_pool(session, "MAX_CPU_PERCENT = 20")
    shares: list[float] = []
    threads = [threading.Thread(target=lambda: shares.append(busy(log_in(instance)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(shares) <= 0.25
    assert min(shares) > 0


def test_a_new_share_holds_for_a_script_that_runs_and_a_stopped_one_can_be_cancelled(
    instance: Instance, session: Session
) -> None:
    other = log_in(instance)
    script = Background(other, call("while True: pass"))
    wait_until(lambda: running(instance) == 1)
    (run,) = instance.governor.watch.runs
    set_pool(session, "MAX_CPU_PERCENT = 2")
    used, began = run.cpu_seconds(), time.monotonic()
    wait_until(lambda: time.monotonic() - began > 2)
    assert run.cpu_seconds() - used <= 0.07 * (time.monotonic() - began) * cpu_count()
    set_pool(session, "MAX_CPU_PERCENT = 100")
    wait_until(lambda: run.cpu_seconds() - used > 1)
    set_pool(session, "MAX_CPU_PERCENT = 1")
    other.cancel()
    assert script.end() == []
    assert printed(session, "print(1)").strip() == "1"


def test_affinity(session: Session) -> None:
    cpu = max(os.sched_getaffinity(0))
    set_pool(session, f"AFFINITY CPU = ({cpu})")
    assert printed(session, "import os; print(os.sched_getaffinity(0))").strip() == f"{{{cpu}}}"
    mask = [(2, cpu // 64, 1 << cpu % 64)]
    assert rows(session, "SELECT * FROM sys.resource_governor_external_resource_pool_affinity") == mask
    assert rows(session, "SELECT * FROM sys.dm_resource_governor_external_resource_pool_affinity") == mask
    script = "import os\ntry: os.sched_setaffinity(0, range(64))\nexcept PermissionError: print('no')"
    assert printed(session, script).strip() == "no"
    set_pool(session, "AFFINITY CPU = AUTO")
    assert printed(session, "import os; print(len(os.sched_getaffinity(0)))").strip() == str(cpu_count())


def test_a_pool_whose_cpus_are_gone_runs_nothing(instance: Instance, session: Session) -> None:
    stored = instance.governor.effective
    pool = replace(stored.default_pool, cpus=(0, 9999))
    instance.governor.apply(replace(stored.with_pool(pool), enabled=True))
    assert errors(session, call("print(1)")) == [10926]


def test_scripts_leave_no_descriptor_and_no_thread_behind(instance: Instance, session: Session) -> None:
    printed(session, "print(1)")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        printed(session, "print(1)")
        assert errors(session, call("import os; os._exit(3)")) == [39012]
    assert instance.governor.watch.runs == []
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    wait_until(lambda: all(thread.name != "script-pools" for thread in threading.enumerate()))


@given(cpus=st.sets(st.integers(0, 300)))
def test_masks_hold_every_cpu_in_a_bigint(cpus: set[int]) -> None:
    found = masks(sorted(cpus))
    assert all(-(2**63) <= mask < 2**63 for mask in found.values())
    assert {g * 64 + bit for g, mask in found.items() for bit in range(64) if mask >> bit & 1} == cpus


def test_one_script_s_memory_is_the_pool_s(session: Session) -> None:
    limit = "import resource; print(resource.getrlimit(resource.RLIMIT_DATA)[0])"
    assert int(printed(session, limit)) == max(host_memory() * 20 // 100, 512 * 2**20)
    set_pool(session, "MAX_MEMORY_PERCENT = 1")
    assert int(printed(session, limit)) == max(host_memory() // 100, 512 * 2**20)
    hog = "kept = []\nwhile True: kept.append(bytearray(10**7))"
    assert errors(session, call(hog)) == [39004, 39019]
    assert printed(session, "print(1)").strip() == "1"


@pytest.mark.skipif(host_memory() // 100 > 600 * 2**20, reason="1 % of the memory is more than the test uses")
def test_scripts_that_use_too_much_memory_together_lose_one(instance: Instance, session: Session) -> None:
    set_pool(session, "MAX_MEMORY_PERCENT = 1")
    hog = "import time\nkept = b'x' * {size}_000_000\ntime.sleep(60)"
    small = Background(log_in(instance), call(hog.format(size=230)))
    wait_until(lambda: any(run.memory() > 200_000_000 for run in instance.governor.watch.runs))
    large = Background(log_in(instance), call(hog.format(size=320)))
    assert large.end() == [39127]
    assert running(instance) == 1
    small.session.cancel()
    assert small.end() == []
    (peak,) = rows(session, "SELECT peak_memory_kb FROM sys.dm_resource_governor_external_resource_pools")
    assert peak[0] > 400_000
    history = "SELECT outcome, error_number FROM sys.dm_external_script_history ORDER BY error_number"
    assert rows(session, history) == [("cancelled", 0), ("failed", 39127)]


def test_max_processes_makes_scripts_wait_and_cancel_ends_the_wait(
    instance: Instance, session: Session
) -> None:
    set_pool(session, "MAX_PROCESSES = 1")
    first = Background(log_in(instance), call(WAIT))
    wait_until(lambda: running(instance) == 1)
    assert rows(session, RUNNING) == [(1,)]
    second = Background(log_in(instance), call("print(2)"))
    third = Background(log_in(instance), call("print(3)"))
    wait_until(lambda: instance.governor.admissions.queued() == 2)
    assert running(instance) == 1
    second.session.cancel()
    assert second.end() == []
    assert rows(second.session, "SELECT 1") == [(1,)]
    first.session.cancel()
    assert first.end() == []
    assert third.end() == []


def test_a_login_with_too_many_scripts_is_refused(open_instance: Callable[..., Instance]) -> None:
    instance = open_instance(ScriptSettings(per_login=1))
    session = log_in(instance)
    ok(session, "EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE")
    first = Background(log_in(instance), call(WAIT))
    wait_until(lambda: running(instance) == 1)
    assert errors(session, call("print(1)")) == [39110]
    first.session.cancel()
    assert first.end() == []


def test_too_many_scripts_are_refused_after_a_while(open_instance: Callable[..., Instance]) -> None:
    instance = open_instance(ScriptSettings(scripts=1, queue_seconds=0))
    session = log_in(instance)
    ok(session, "EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE")
    first = Background(log_in(instance), call(WAIT))
    wait_until(lambda: running(instance) == 1)
    (text,) = messages(session, call("print(1)"))
    assert text.startswith("Maximum number of concurrent external script users has been reached. Limit is 1.")
    assert errors(session, call("print(1)")) == [39108]
    first.session.cancel()
    assert first.end() == []
    assert printed(session, "print(1)").strip() == "1"
