"""Who may run and who waits: the queue alone, with threads but without scripts."""

from __future__ import annotations

import threading

import pytest
from governed import wait_until
from hypothesis import given, settings
from hypothesis import strategies as st

from localdb.errors import SqlError
from localdb.runtime.governance.admissions import Admissions, ScriptSettings

POOL = 2


class Cancelled(Exception):
    pass


class Visitor:
    """A script of nobody's: in a thread of its own it waits for its slot, then to be let go."""

    def __init__(self, admissions: Admissions, login: str = "sa", pool_id: int = POOL) -> None:
        self.login, self.pool_id = login, pool_id
        self.admissions = admissions
        self.running = threading.Event()
        self.cancelled = threading.Event()
        self._leave = threading.Event()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._visit)
        self.thread.start()

    def _check(self) -> None:
        if self.cancelled.is_set():
            raise Cancelled

    def _visit(self) -> None:
        try:
            with self.admissions.slot(self.login, self.pool_id, "a request", self._check):
                self.running.set()
                assert self._leave.wait(60)
        except (SqlError, Cancelled) as error:
            self.error = error

    def leave(self) -> None:
        self._leave.set()
        self.end()

    def end(self) -> None:
        self.thread.join(60)
        assert not self.thread.is_alive()


def visitors(admissions: Admissions, number: int, **fields: object) -> list[Visitor]:
    """One after the other has joined the queue or runs."""
    made: list[Visitor] = []
    for _ in range(number):
        waiting = admissions.queued()
        made.append(Visitor(admissions, **fields))  # type: ignore[arg-type]
        wait_until(lambda: made[-1].running.is_set() or admissions.queued() > waiting)  # noqa: B023
    return made


def no_limit(pool_id: int) -> int:
    return 0


@settings(max_examples=20, deadline=None)
@given(scripts=st.integers(1, 4), visits=st.integers(1, 9), data=st.data())
def test_first_come_first_served_and_never_more_than_allowed(
    scripts: int, visits: int, data: st.DataObject
) -> None:
    admissions = Admissions(ScriptSettings(scripts=scripts), no_limit)
    made = visitors(admissions, visits)
    begun = [visitor for visitor in made if visitor.running.is_set()]
    assert begun == made[:scripts]
    inside, waiting = begun, made[scripts:]
    while inside:
        inside.pop(data.draw(st.integers(0, len(inside) - 1))).leave()
        if waiting:
            inside.append(waiting.pop(0))
            assert inside[-1].running.wait(60)
        assert not any(visitor.running.is_set() for visitor in waiting)
    assert admissions.queued() == 0


def test_a_full_pool_keeps_its_own_waiting_and_nobody_else() -> None:
    limit: dict[int, int] = {POOL: 1, 256: 0}
    admissions = Admissions(ScriptSettings(), lambda pool_id: limit[pool_id])
    first, second = visitors(admissions, 2)
    (other,) = visitors(admissions, 1, pool_id=256)
    assert [visitor.running.is_set() for visitor in (first, second, other)] == [True, False, True]
    limit[POOL] = 2
    assert second.running.wait(60)
    for visitor in (first, second, other):
        visitor.leave()


@pytest.mark.parametrize(
    ("queue_length", "queue_seconds", "most_of_pool", "limit"),
    [(1, 60, 0, 2), (5, 0, 0, 2), (0, 60, 1, 1)],
    ids=["queue full", "waited too long", "pool full"],
)
def test_too_many(queue_length: int, queue_seconds: float, most_of_pool: int, limit: int) -> None:
    settings = ScriptSettings(scripts=2, queue_length=queue_length, queue_seconds=queue_seconds)
    admissions = Admissions(settings, lambda pool_id: most_of_pool)
    inside = visitors(admissions, limit)
    waiting = visitors(admissions, queue_length) if queue_seconds else []
    refused = Visitor(admissions)
    refused.end()
    assert isinstance(refused.error, SqlError)
    assert refused.error.number == 39108
    assert f"Limit is {limit}." in refused.error.message
    for visitor in (*inside, *waiting):
        visitor.leave()


def test_one_login_cannot_have_everything() -> None:
    admissions = Admissions(ScriptSettings(scripts=2, per_login=3), no_limit)
    made = visitors(admissions, 3)
    refused = Visitor(admissions, login="SA")
    refused.end()
    assert isinstance(refused.error, SqlError)
    assert refused.error.number == 39110
    assert "Limit is 3." in refused.error.message
    (other,) = visitors(admissions, 1, login="somebody")
    assert not other.running.is_set()
    for visitor in (*made, other):
        visitor.leave()


def test_who_is_cancelled_leaves_the_queue_to_the_others() -> None:
    admissions = Admissions(ScriptSettings(scripts=1), no_limit)
    inside, cancelled, following = visitors(admissions, 3)
    cancelled.cancelled.set()
    cancelled.end()
    assert isinstance(cancelled.error, Cancelled)
    assert admissions.queued() == 1
    inside.leave()
    assert following.running.wait(60)
    following.leave()


def test_no_script_at_all_is_no_setting() -> None:
    with pytest.raises(ValueError, match="0 external scripts"):
        ScriptSettings(scripts=0)
