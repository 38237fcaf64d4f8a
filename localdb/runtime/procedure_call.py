"""What a system procedure is given and what it may do.

A system procedure is a generator of events whose return value is the procedure's return status::

    def run_help(call: Call) -> Flow:
        name = call.value("@objname")
        yield from call.result((Column("Name", SYSNAME),), [(name,)])
        return 0

    PROCEDURES = {"sp_help": SystemProcedure(run_help, (Parameter("@objname", nvarchar(776), default=None),))}

``runtime/sysprocs/registry.py`` puts the mappings of all modules together. Raise ``SqlError`` to fail; the
caller's rules (TRY, XACT_ABORT) then apply.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from localdb.engine.arrow_types import from_storage, table_of_rows
from localdb.errors import sql_error
from localdb.events import Event, Info, ResultSetStart, RowBatch, StatementDone
from localdb.runtime.convert import convert_value
from localdb.tsql import ast
from localdb.types import Column, SqlType

if TYPE_CHECKING:
    from localdb.runtime.interpreter import Interpreter
    from localdb.runtime.scope import Frame
    from localdb.runtime.session import Session

Flow: TypeAlias = Generator[Event, None, int]

REQUIRED = object()
"""The default of a parameter that must be given."""

DEFAULT = object()
"""The value of an argument given as the keyword DEFAULT."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: ``name`` with @ and in lower case, ``default`` a Python value or ``REQUIRED``."""

    name: str
    type: SqlType
    default: Any = REQUIRED
    output: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """A value that was passed: ``name`` is '' when it was positional; ``output`` when it is to come back."""

    name: str
    type: SqlType
    value: Any
    output: bool = False


@dataclass(frozen=True, slots=True)
class SystemProcedure:
    """``extra``: further arguments, of any names and types, are accepted and reach ``Call.extra`` as
    given.
    """

    run: Callable[[Call], Flow]
    parameters: tuple[Parameter, ...] = ()
    extra: bool = False


@dataclass(slots=True)
class Call:
    """One call of a system procedure, its arguments bound and converted to the declared types."""

    name: str
    interpreter: Interpreter
    frame: Frame
    """The caller's frame: current database, variables, temporary tables."""
    arguments: dict[str, Argument]
    extra: tuple[Argument, ...] = ()
    outputs: dict[str, Any] = field(default_factory=dict)
    """Values of OUTPUT parameters by name; an extra argument without a name is called ``#0``, ``#1`` ..."""
    output_types: dict[str, SqlType] = field(default_factory=dict)
    result_sets: ast.ResultSets | None = None
    """WITH RESULT SETS of the EXECUTE that calls."""

    @property
    def session(self) -> Session:
        return self.interpreter.session

    def value(self, name: str) -> Any:
        return self.arguments[name].value

    def set_output(self, name: str, value: Any, sql_type: SqlType | None = None) -> None:
        """Give an OUTPUT parameter its value; ignored when the caller did not ask for it.

        ``sql_type`` is the value's type when it is not the parameter's (or, for an extra argument, the
        argument's).
        """
        self.outputs[name.lower()] = value
        if sql_type is not None:
            self.output_types[name.lower()] = sql_type

    def result(self, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Iterator[Event]:
        """A result set of Python values."""
        yield from self.result_table(columns, table_of_rows(columns, rows))

    def result_table(self, columns: Sequence[Column], table: pa.Table) -> Iterator[Event]:
        """A result set that is an Arrow table with one column per ``columns``, in their storage types."""
        yield ResultSetStart(tuple(columns))
        for batch in table.to_batches():
            yield RowBatch(batch)
        yield self.done("SELECT", table.num_rows)

    def done(self, command: str, rows: int | None = None) -> StatementDone:
        """The end of a statement, with its row count unless SET NOCOUNT is ON."""
        shown = None if self.session.options.nocount else rows
        return StatementDone(command, shown, in_procedure=True)

    def message(self, number: int, text: str, severity: int = 0, state: int = 1) -> Info:
        return Info(number, text, severity, state, line=1, procedure=self.name)

    def run_text(self, text: str, arguments: Sequence[Argument] = ()) -> Flow:
        """Run T-SQL text as sp_executesql does: a scope of its own in which ``arguments`` are variables."""
        return self.interpreter.run_text(text, self.frame, arguments)

    def query(self, text: str, arguments: Sequence[Argument] = ()) -> list[tuple[Any, ...]]:
        """The rows of the T-SQL query ``text`` as Python values."""
        columns, table = self.query_table(text, arguments)
        values = [table.column(i).to_pylist() for i in range(len(columns))]
        typed = [
            [from_storage(cell, column.type) for cell in cells]
            for column, cells in zip(columns, values, strict=True)
        ]
        return list(zip(*typed, strict=True))

    def query_table(
        self, text: str, arguments: Sequence[Argument] = ()
    ) -> tuple[tuple[Column, ...], pa.Table]:
        """The columns and rows (named c0, c1 ...) of the T-SQL query ``text``."""
        return self.interpreter.query_table(text, self.frame, arguments)

    def convert(self, argument: Argument, to: SqlType) -> Any:
        """An argument's value converted to another type as an assignment does."""
        return convert_value(self.session, argument.value, argument.type, to)

    def describe(self, text: str, arguments: Sequence[Argument] = ()) -> tuple[Column, ...] | None:
        """The columns of the first result set of the batch ``text``, without running it; None when it has
        none.
        """
        return self.interpreter.describe(text, self.frame, arguments)


def bind_arguments(
    name: str, parameters: Sequence[Parameter], given: Sequence[Argument]
) -> tuple[dict[str, Argument], tuple[Argument, ...]]:
    """Pair arguments with parameters by position, then by name; the rest is returned second.

    Errors: 119 (positional after named), 201 (missing), 8143 (given twice).
    """
    bound: dict[str, Argument] = {}
    extra: list[Argument] = []
    by_name = {parameter.name: parameter for parameter in parameters}
    named = False
    for position, argument in enumerate(given):
        if argument.name:
            named = True
            parameter = by_name.get(argument.name.lower())
        else:
            if named:
                raise sql_error(119, position + 1)
            parameter = parameters[position] if position < len(parameters) else None
        if parameter is None:
            extra.append(argument)
        elif parameter.name in bound:
            raise sql_error(8143, parameter.name)
        elif argument.value is not DEFAULT:
            bound[parameter.name] = argument
    for parameter in parameters:
        if parameter.name not in bound:
            if parameter.default is REQUIRED:
                raise sql_error(201, name, parameter.name)
            bound[parameter.name] = Argument(parameter.name, parameter.type, parameter.default)
    return bound, tuple(extra)
