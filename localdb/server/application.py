"""What the wire needs of the application behind it; ``localdb.runtime`` provides it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from localdb.events import Event
from localdb.runtime.requests import Login, ProcedureArgument, TransactionRequest


class Session(Protocol):
    """One login. Its generators are pulled by one thread at a time; ``cancel`` may come from any."""

    @property
    def spid(self) -> int: ...

    @property
    def database(self) -> str: ...

    def run_batch(self, text: str) -> Iterator[Event]: ...

    def run_procedure(self, name: str, arguments: Sequence[ProcedureArgument]) -> Iterator[Event]: ...

    def run_transaction(self, request: TransactionRequest) -> Iterator[Event]: ...

    def reset(self, keep_transaction: bool) -> None: ...

    def cancel(self) -> None: ...

    def close(self) -> None: ...


class Instance(Protocol):
    """The server that sessions log in to."""

    def login(self, login: Login) -> Session:
        """SqlError 18456 or 4060."""
        ...
