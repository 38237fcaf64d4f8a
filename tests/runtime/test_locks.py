from __future__ import annotations

import threading

import pytest

from localdb.errors import SqlError
from localdb.runtime.aborts import Cancelled
from localdb.runtime.database import WriteLock


def never() -> None:
    pass


def test_time_out_is_1222() -> None:
    lock = WriteLock()
    lock.acquire(1, -1, never)
    with pytest.raises(SqlError) as refused:
        lock.acquire(2, 0, never)
    assert refused.value.number == 1222
    assert lock.owner == 1
    lock.release(2)
    assert lock.owner == 1
    lock.release(1)
    assert lock.owner is None


def test_cancel_ends_the_wait() -> None:
    lock = WriteLock()
    lock.acquire(1, -1, never)

    def cancelled() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        lock.acquire(2, -1, cancelled)


def test_one_owner_at_a_time() -> None:
    lock = WriteLock()
    inside: list[int] = []
    most: list[int] = []

    def work(owner: int) -> None:
        for _ in range(50):
            lock.acquire(owner, -1, never)
            inside.append(owner)
            most.append(len(inside))
            inside.remove(owner)
            lock.release(owner)

    threads = [threading.Thread(target=work, args=(owner,)) for owner in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 200
