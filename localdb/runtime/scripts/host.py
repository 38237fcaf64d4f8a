"""What sp_execute_external_script asks of the session that calls it; ``call_host.CallHost`` answers."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag
from typing import Any, Protocol

import pyarrow as pa

from localdb.events import StatementDone
from localdb.runtime.scripts.parameters import Bound
from localdb.satellite.launcher import BUILTIN, EXTENSION, Chunk, ScriptRequest, ScriptResult
from localdb.types import Column, SqlType


class ScriptRunner(Protocol):
    """The part of ``satellite.launcher.Launcher`` that is used here."""

    @property
    def libraries(self) -> Path:
        """The folder of the installed external libraries."""

    def check(self, interpreter: str) -> str:
        """Why a Python executable cannot run scripts; '' when it can."""

    def run(self, request: ScriptRequest, cancelled: Flag) -> ScriptResult: ...

    def stream(
        self, request: ScriptRequest, further: Iterator[Chunk], cancelled: Flag
    ) -> Generator[pa.Table, None, ScriptResult]: ...


class ScriptQuery(Protocol):
    """The input query; ``query.InputQuery``."""

    @property
    def columns(self) -> tuple[Column, ...]: ...
    def table(self) -> pa.Table: ...
    def batches(self) -> Iterator[pa.RecordBatch]: ...
    def partitions(
        self, partition: Sequence[int], order: Sequence[tuple[int, bool]]
    ) -> Iterator[pa.RecordBatch]: ...


@dataclass(frozen=True, slots=True)
class Language:
    """What runs a language: ``interpreter`` is the Python executable of CREATE EXTERNAL LANGUAGE, '' for the
    server's own."""

    name: str
    interpreter: str = ""
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def profile(self) -> str:
        return EXTENSION if self.interpreter else BUILTIN


class ScriptHost(Protocol):
    """The session that calls the procedure."""

    @property
    def external_scripts_enabled(self) -> bool:
        """The running value of ``external scripts enabled``."""

    @property
    def launcher(self) -> ScriptRunner: ...

    @property
    def cancelled(self) -> Flag:
        """Set when the client cancels the request."""

    @property
    def needs_output_schema(self) -> bool:
        """The rows go to the client, and WITH RESULT SETS does not say which columns they have."""

    def language(self, name: str) -> Language | None:
        """A language that CREATE EXTERNAL LANGUAGE made in the current database."""

    def require_permission(self, language: str) -> None:
        """Raise the error of a caller who may not run scripts in ``language``."""

    def libraries(self, language: str) -> tuple[str, ...]:
        """The folders of the external libraries that the caller's scripts can import from."""

    def admitted(self, request: ScriptRequest) -> AbstractContextManager[ScriptRequest]:
        """The request with its limits, while it has a place among those that run."""

    def query(self, text: str, variables: Sequence[Bound]) -> ScriptQuery:
        """The SELECT ``text``, in which ``variables`` are variables."""

    def convert(self, value: Any, from_type: SqlType, to_type: SqlType) -> Any:
        """A value converted as an assignment does."""

    def set_output(self, name: str, value: Any) -> None:
        """Hand back the value of the OUTPUT parameter declared as ``name``, in the type of its argument."""

    def done(self, rows: int) -> StatementDone:
        """The end of the result set."""

    def raise_cancelled(self) -> None:
        """Raise what ends a request that the client cancelled."""
