"""The session as sp_execute_external_script sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Event as Flag
from typing import Any

from localdb.errors import sql_error
from localdb.events import StatementDone
from localdb.runtime.aborts import Cancelled
from localdb.runtime.declarations import parse_declarations
from localdb.runtime.external.languages import find_language
from localdb.runtime.external.libraries import library_folders
from localdb.runtime.governance.governor import admitted
from localdb.runtime.master import Master
from localdb.runtime.procedure_call import Call, Flow
from localdb.runtime.scope import Frame, Value
from localdb.runtime.scripts.external_script import run
from localdb.runtime.scripts.host import Language, ScriptRunner
from localdb.runtime.scripts.loopback import connected_back
from localdb.runtime.scripts.parameters import Bound
from localdb.runtime.scripts.query import InputQuery
from localdb.runtime.security import authorization
from localdb.satellite.launcher import ScriptRequest
from localdb.types import SqlType


def run_external_script(call: Call) -> Flow:
    """sp_execute_external_script."""
    arguments = {name: argument.value for name, argument in call.arguments.items()}
    return (yield from run(CallHost(call), arguments, call.extra))


class CallHost:
    """Implements ``host.ScriptHost`` for one call."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._session = call.session

    @property
    def external_scripts_enabled(self) -> bool:
        return Master(self._session.calculator).running_value("external scripts enabled") == 1

    @property
    def launcher(self) -> ScriptRunner:
        launcher = self._session.instance.launcher
        if launcher is None:
            raise sql_error(40514, "sp_execute_external_script without a launcher")
        return launcher

    @property
    def cancelled(self) -> Flag:
        return self._session.cancelled

    @property
    def needs_output_schema(self) -> bool:
        """INSERT ... EXEC takes the rows of every call inside of it."""
        wanted = self._call.result_sets
        if wanted is not None and wanted.kind != "UNDEFINED":
            return False
        return not any(frame.in_insert_execute for frame in self._call.frame.chain())

    def language(self, name: str) -> Language | None:
        return find_language(self._session, self._call.frame, name)

    def require_permission(self, language: str) -> None:
        authorization.require_external_script(self._session, self._call.frame, language)

    def libraries(self, language: str) -> tuple[str, ...]:
        return library_folders(self._session, self._call.frame, language)

    @contextmanager
    def admitted(self, request: ScriptRequest) -> Iterator[ScriptRequest]:
        limited = replace(request, limits=self._session.instance.limits)
        session, frame = self._session, self._call.frame
        with (
            admitted(session, frame, limited) as request,
            connected_back(session, frame, request) as connected,
        ):
            yield connected

    def query(self, text: str, variables: Sequence[Bound]) -> InputQuery:
        caller = self._call.frame
        frame = Frame(caller.database, parent=caller, level=caller.level)
        for one in variables:
            frame.variables[one.declared.name.lower()] = Value(one.declared.type, one.value)
        return InputQuery(self._call.interpreter, text, frame)

    def convert(self, value: Any, from_type: SqlType, to_type: SqlType) -> Any:
        return self._session.convert(value, from_type, to_type)

    def set_output(self, name: str, value: Any) -> None:
        """Arguments without a name stand in the order of @params."""
        declared = [one.name for one in parse_declarations(self._call.value("@params") or "")]
        for position, argument in enumerate(self._call.extra):
            if (argument.name or declared[position]).lower() == name.lower():
                self._call.set_output(argument.name or f"#{position}", value)

    def done(self, rows: int) -> StatementDone:
        return self._call.done("SELECT", rows)

    def raise_cancelled(self) -> None:
        raise Cancelled
