"""Prepared statements of one session, by handle."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from localdb.errors import sql_error
from localdb.tsql import ast


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch and the parameters that it declares, or else a procedure to be called by name."""

    text: str
    parameters: tuple[ast.ProcedureParameter, ...] = ()
    procedure: str = ""


class PreparedStatements:
    """Handles are numbers that are never used twice in a session."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._statements: dict[int, Prepared] = {}

    def add(self, text: str, parameters: Sequence[ast.ProcedureParameter]) -> int:
        return self._keep(Prepared(text, tuple(parameters)))

    def add_call(self, procedure: str) -> int:
        return self._keep(Prepared("", (), procedure))

    def _keep(self, prepared: Prepared) -> int:
        handle = next(self._numbers)
        self._statements[handle] = prepared
        return handle

    def get(self, handle: int | None) -> Prepared:
        """Error 8179 when there is no such handle."""
        if handle is None or handle not in self._statements:
            raise sql_error(8179, handle)
        return self._statements[handle]

    def remove(self, handle: int | None) -> None:
        self.get(handle)
        assert handle is not None
        del self._statements[handle]

    def clear(self) -> None:
        self._statements.clear()
