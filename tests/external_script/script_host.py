"""A host with a real launcher and a real DuckDB: what a session gives sp_execute_external_script."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pyarrow as pa

from localdb.events import Event, Info, ResultSetStart, RowBatch, StatementDone
from localdb.runtime.procedure_call import Argument
from localdb.runtime.scripts import external_script
from localdb.runtime.scripts.host import Language
from localdb.satellite.launcher import Launcher, Limits
from localdb.types import Column


class Cancelled(Exception):
    pass


@dataclass
class Query:
    columns: tuple[Column, ...]
    table: Callable[[], pa.Table]

    def batches(self):
        return iter(self.table().to_batches())


class Host:
    """``columns`` are the T-SQL types of what the input query returns."""

    def __init__(self, launcher: Launcher) -> None:
        self.launcher = launcher
        self.external_scripts_enabled = True
        self.cancelled = threading.Event()
        self.limits = Limits(wall_clock=30)
        self.needs_output_schema = True
        self.languages: dict[str, Language] = {}
        self.columns: tuple[Column, ...] = ()
        self.outputs: dict[str, Any] = {}

    def query(self, text, variables):
        values = {one.declared.name[1:]: one.value for one in variables}
        for name in values:
            text = text.replace(f"@{name}", f"${name}")
        used = {name: value for name, value in values.items() if f"${name}" in text}
        return Query(self.columns, lambda: duckdb.connect().execute(text, used).to_arrow_table())

    def language(self, name):
        return self.languages.get(name)

    def require_permission(self, language):
        pass

    def libraries(self, language):
        return ()

    def admitted(self, request):
        return nullcontext(replace(request, limits=self.limits))

    def convert(self, value, from_type, to_type):
        return value

    def set_output(self, name, value):
        self.outputs[name] = value

    def done(self, rows):
        return StatementDone("SELECT", rows)

    def raise_cancelled(self):
        raise Cancelled

    def events(self, *values: Argument, **arguments: Any) -> list[Event]:
        """Run with defaults for what is not given; ``values`` are those of @params."""
        given = {
            name: arguments.pop(name[1:], "Python" if name == "@language" else default)
            for name, _, default in external_script.PARAMETERS
        }
        assert not arguments
        return list(external_script.run(self, given, values))

    def table(self, *values: Argument, **arguments: Any) -> tuple[tuple[Column, ...], pa.Table]:
        """The columns and rows of the result set."""
        events = self.events(*values, **arguments)
        (start,) = (event for event in events if isinstance(event, ResultSetStart))
        batches = [event.batch for event in events if isinstance(event, RowBatch)]
        return start.columns, pa.Table.from_batches(batches)


def infos(events: list[Event]) -> list[tuple[int, str]]:
    return [(event.number, event.message) for event in events if isinstance(event, Info)]
