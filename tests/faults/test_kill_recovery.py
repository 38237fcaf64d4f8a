"""kill -9 again and again while the server recovers: the next start is as good as if there had been one."""

from __future__ import annotations

import random
import threading

from tests.faults.server import ServerProcess, until
from tests.faults.test_kill_definitions import Designer
from tests.faults.test_kill_writes import check, opened
from tests.faults.writers import run_until_killed

KILLS_IN_A_ROW = 4


def kill_during_recovery(server: ServerProcess, chance: random.Random, span: float) -> None:
    """Within ``span`` seconds after the server has taken the folder: that is when it opens the files."""
    server.spawn()
    lock = server.folder / "lock"
    until(lambda: lock.read_text().strip() == str(server.pid), "the lock on the folder", 30)
    threading.Event().wait(chance.random() * span)
    server.kill()


def test_kill_during_recovery(server: ServerProcess, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    clerks = opened(server, seed)
    server.run("CREATE DATABASE design")
    designers = [Designer(number, seed) for number in range(2)]
    span = 0.3
    for done in range(0, kills, KILLS_IN_A_ROW + 2):
        run_until_killed(server, "books", clerks, chance, most=100)
        for _ in range(min(KILLS_IN_A_ROW, kills - done)):
            kill_during_recovery(server, chance, span)
        server.start()
        check(server, clerks)
        run_until_killed(server, "design", designers, chance, most=20)
        kill_during_recovery(server, chance, span)
        server.start()
        connection = server.connect("design")
        for designer in designers:
            designer.check(connection)
        connection.close()
    assert "Traceback" not in server.log
