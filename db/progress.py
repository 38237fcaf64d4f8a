"""How long work tells what it does; the command line shows it, tests may ignore it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """What the database side calls while it works."""

    def say(self, text: str) -> None:
        """One line about what was done."""

    def bar(self, text: str, total: int | None) -> AbstractContextManager[Advance]:
        """A bar for ``total`` units (None: unknown); the block calls what it gets with units done."""


class Silent:
    """Says nothing."""

    def say(self, text: str) -> None:
        pass

    @contextmanager
    def bar(self, text: str, total: int | None) -> Iterator[Advance]:
        yield lambda _: None
