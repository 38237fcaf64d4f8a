"""Clients that write until the server is killed, and know what must be there afterwards."""

from __future__ import annotations

import random
import threading
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

import pyodbc

from tests.faults.server import ServerProcess, until

State = TypeVar("State")


class Writer(ABC, Generic[State]):
    """One client with data of its own.

    ``state`` is what the server has acknowledged. ``pending`` is what holds if the operation that was on its
    way when the server died was done. Nothing but these two may be found after the restart.
    """

    def __init__(self, number: int, seed: int, state: State) -> None:
        self.number = number
        self.random = random.Random(f"{seed} {number}")
        self.state = state
        self.pending: State | None = None
        self.acknowledged = 0
        self.survived = 0
        """How many operations were done though not acknowledged."""
        self.failure: BaseException | None = None

    @abstractmethod
    def step(self, connection: Any) -> None:
        """One operation: ``self.attempt(state afterwards)``, the statements, ``self.acknowledge()``."""

    @abstractmethod
    def observe(self, connection: Any) -> State:
        """What is there."""

    def attempt(self, state: State) -> None:
        self.pending = state

    def acknowledge(self) -> None:
        assert self.pending is not None
        self.state, self.pending = self.pending, None
        self.acknowledged += 1

    def check(self, connection: Any) -> None:
        """After a restart."""
        found = self.observe(connection)
        assert found == self.state or (self.pending is not None and found == self.pending), (
            f"writer {self.number}\nfound        {found}\n"
            f"acknowledged {self.state}\npending      {self.pending}"
        )
        if found != self.state:
            self.survived += 1
        self.state, self.pending = found, None

    def work(self, server: ServerProcess, database: str, killed: threading.Event) -> None:
        """Steps until the server is gone."""
        try:
            connection = server.connect(database)
            try:
                while not killed.is_set():
                    self.step(connection)
            finally:
                connection.close()
        except pyodbc.Error as error:
            # Anything but a broken link is an answer, and no step expects a refusal.
            if error.args[0][:2] != "08" and not _broken(error):
                self.failure = error
        except BaseException as error:
            self.failure = error


def _broken(error: pyodbc.Error) -> bool:
    text = str(error.args[-1])
    return any(part in text for part in ("Communication link failure", "TCP Provider", "Session Provider"))


def run_until_killed(
    server: ServerProcess, database: str, writers: list[Any], chance: random.Random, most: int
) -> None:
    """Let all write, and kill the server a moment after some operation was acknowledged."""
    killed = threading.Event()
    wanted = sum(w.acknowledged for w in writers) + chance.randint(1, most)
    threads = [threading.Thread(target=w.work, args=(server, database, killed)) for w in writers]
    for thread in threads:
        thread.start()
    until(
        lambda: sum(w.acknowledged for w in writers) >= wanted or any(w.failure for w in writers),
        "operations",
        30,
    )
    # Anywhere in the operations that follow: this is the fault, not a wait for something.
    threading.Event().wait(chance.random() * 0.06)
    server.kill()
    killed.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    for writer in writers:
        if writer.failure is not None:
            raise AssertionError(f"writer {writer.number}: {writer.failure}") from writer.failure
