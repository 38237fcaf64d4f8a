"""The session as sp_execute_external_script sees it."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event as Flag
from typing import Any

import pyarrow as pa

from localdb.errors import sql_error
from localdb.events import StatementDone
from localdb.runtime.aborts import Cancelled
from localdb.runtime.declarations import parse_declarations
from localdb.runtime.external_script import ScriptRunner, run
from localdb.runtime.external_script_parameters import Bound
from localdb.runtime.procedure_call import Argument, Call, Flow
from localdb.satellite.launcher import Limits
from localdb.types import Column, SqlType


def run_external_script(call: Call) -> Flow:
    """sp_execute_external_script."""
    arguments = {name: argument.value for name, argument in call.arguments.items()}
    return (yield from run(CallHost(call), arguments, call.extra))


class CallHost:
    """Implements ``external_script.ScriptHost`` for one call."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._session = call.session

    @property
    def external_scripts_enabled(self) -> bool:
        return self._session.instance.running_value("external scripts enabled") == 1

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
    def limits(self) -> Limits:
        return self._session.instance.limits

    def query(self, text: str, variables: Sequence[Bound]) -> tuple[tuple[Column, ...], pa.Table]:
        arguments = [Argument(one.declared.name, one.declared.type, one.value) for one in variables]
        return self._call.query_table(text, arguments)

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
