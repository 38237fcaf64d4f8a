"""What was acknowledged survives kill -9; an identity value is never given out twice."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from localdb.events import Failed
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login
from tests.runtime.conftest import rows

_WRITER = """
import sys
from pathlib import Path
from localdb.events import Failed
from localdb.runtime.instance import Instance
from localdb.runtime.requests import Login

instance = Instance(Path(sys.argv[1]), sa_password="x", threads=1)
session = instance.login(Login("sa", "x"))

def run(text):
    for event in session.run_batch(text):
        if isinstance(event, Failed):
            raise SystemExit(str(event.error))

if instance.database("d") is None:
    run("CREATE DATABASE d")
run("USE d")
if instance.database("d").snapshot.find("dbo", "t") is None:
    run("CREATE TABLE t (id int IDENTITY PRIMARY KEY, a int NOT NULL, half int NOT NULL)")
print("start", flush=True)
for number in range(1, 10**9):
    run(f"BEGIN TRAN INSERT t (a, half) VALUES ({number}, 1) INSERT t (a, half) VALUES ({number}, 2) COMMIT")
    if number % 5 == 0:
        run(f"CREATE TABLE extra_{sys.argv[2]}_{number} (a int IDENTITY, b int DEFAULT 5)")
    if number % 7 == 0:
        run("BEGIN TRAN INSERT t (a, half) VALUES (0, 0) ROLLBACK")
    print(number, flush=True)
"""


@pytest.mark.parametrize("seed", range(2))
def test_kill_loses_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    acknowledged = 0
    chance = random.Random(seed)
    for attempt in range(2):
        acknowledged += _write_and_kill(tmp_path, attempt, chance.randint(3, 25))
        _check(tmp_path, acknowledged, killed=attempt + 1)


def _write_and_kill(folder: Path, attempt: int, lines: int) -> int:
    """Transactions that the writer has acknowledged before it was killed."""
    command = [sys.executable, "-c", _WRITER, str(folder), str(attempt)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "start\n"
        last = 0
        for _ in range(lines):
            last = int(writer.stdout.readline())
        writer.kill()
        return max([last, *(int(line) for line in writer.stdout if line.endswith("\n"))])


def _check(folder: Path, acknowledged: int, killed: int) -> None:
    instance = Instance(folder, sa_password="x", threads=1)
    session = instance.login(Login("sa", "x", "d"))
    try:
        ((count, distinct, halves),) = rows(
            session.run_batch("SELECT COUNT(*), COUNT(DISTINCT id), SUM(half) FROM t")
        )
        assert count >= 2 * acknowledged
        # At most the transaction that was running at each kill was committed and not yet acknowledged.
        assert count <= 2 * (acknowledged + killed)
        assert distinct == count
        assert halves * 2 == count * 3
        broken = [e for e in session.run_batch("INSERT t (a, half) VALUES (1, 1)") if isinstance(e, Failed)]
        assert not broken
        session_rows = rows(session.run_batch("SELECT COUNT(*), COUNT(DISTINCT id) FROM t"))
        assert session_rows == [(count + 1, count + 1)]
        rows(session.run_batch("DELETE t WHERE id = (SELECT MAX(id) FROM t)"))
    finally:
        instance.close()
