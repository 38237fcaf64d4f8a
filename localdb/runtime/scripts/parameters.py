"""@params of sp_execute_external_script: declarations, paired with the values that were passed.

https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-execute-external-script-transact-sql

"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from localdb.errors import SqlError, sql_error
from localdb.runtime.procedure_call import DEFAULT
from localdb.satellite.launcher import ScriptParameter
from localdb.tsql.cursor import Cursor
from localdb.tsql.typenames import Subject, read_type
from localdb.types import SqlType

ROWS_PER_READ = "@r_rowsperread"
"""The reserved parameter that asks for streaming."""

_UNSUPPORTED = ("datetime2", "datetimeoffset", "time")
_MOST_ROWS = 2**31 - 1


class PassedArgument(Protocol):
    """A value that the caller passed; ``name`` has its @, or is '' when the value was positional."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> SqlType: ...
    @property
    def value(self) -> Any: ...
    @property
    def output(self) -> bool: ...


Convert = Callable[[Any, SqlType, SqlType], Any]
"""(value, its type, the wanted type) -> the value converted as an assignment does."""


@dataclass(frozen=True, slots=True)
class Declared:
    """``name`` with @ and as written: the script's variable has the same case."""

    name: str
    type: SqlType
    output: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A declared parameter with its value in the declared type, and the argument that it came from."""

    declared: Declared
    value: Any
    argument: PassedArgument


def parse_declarations(text: str, language: str, request_id: str) -> tuple[Declared, ...]:
    """``@a int, @b varbinary(max) OUTPUT``.

    Errors: 39018 for a type that no script can have, 39026 and 39027 for a name that is there twice, and
    those of the syntax.
    """
    cursor = Cursor(text)
    declarations: list[Declared] = []
    while not cursor.at_end:
        if declarations:
            cursor.expect(",")
        declared = _declaration(cursor, len(declarations) + 1, language, request_id)
        if any(declared.name.lower() == other.name.lower() for other in declarations):
            raise _twice(declared.name, request_id)
        declarations.append(declared)
    return tuple(declarations)


def _declaration(cursor: Cursor, ordinal: int, language: str, request_id: str) -> Declared:
    line = cursor.line
    cursor.variable()
    name = cursor.previous.text
    cursor.accept("AS")
    try:
        sql_type = read_type(cursor, Subject("parameter", name, ordinal))
    except SqlError as error:
        # 40514: T-SQL has the type (text, xml, sql_variant ...), this server does not.
        if error.number == 40514:
            raise sql_error(39018, name, language, request_id, line=line) from None
        raise
    if sql_type.name in _UNSUPPORTED:
        raise sql_error(39018, name, language, request_id, line=line)
    return Declared(name, sql_type, bool(cursor.accept_any("OUT", "OUTPUT")))


def _twice(name: str, request_id: str) -> SqlError:
    if name.lower() == ROWS_PER_READ:
        return sql_error(39026, request_id)
    return sql_error(39027, name)


def bind(
    declarations: Sequence[Declared],
    arguments: Sequence[PassedArgument],
    reserved: Sequence[str],
    convert: Convert,
    request_id: str,
) -> tuple[Bound, ...]:
    """Pair declarations with arguments: positional ones first, then by name. ``reserved`` are names with @
    that no parameter may have.

    Errors: 39008 (a reserved name), 39016 (no value), 39027 and 39026 (two values), 8145 (a value that is not
    declared), 8144 (too many values), 8162 (OUTPUT asked of a parameter that is not declared so).
    """
    forbidden = {name.lower() for name in reserved}
    for declared in declarations:
        if declared.name.lower() in forbidden:
            raise sql_error(39008, declared.name)
    passed = _paired(declarations, arguments, request_id)
    bound = []
    for declared in declarations:
        argument = passed.get(declared.name.lower())
        if argument is None:
            raise sql_error(39016, declared.name)
        if argument.output and not declared.output:
            raise sql_error(8162, declared.name)
        bound.append(Bound(declared, convert(argument.value, argument.type, declared.type), argument))
    return tuple(bound)


def _paired(
    declarations: Sequence[Declared], arguments: Sequence[PassedArgument], request_id: str
) -> dict[str, PassedArgument]:
    known = {declared.name.lower() for declared in declarations}
    passed: dict[str, PassedArgument] = {}
    for position, argument in enumerate(arguments):
        if argument.value is DEFAULT:
            continue  # a parameter of a script has no default
        if not argument.name and position >= len(declarations):
            raise sql_error(8144, "sp_execute_external_script")
        name = (argument.name or declarations[position].name).lower()
        if name not in known:
            raise sql_error(8145, argument.name, "sp_execute_external_script")
        if name in passed:
            raise _twice(argument.name or declarations[position].name, request_id)
        passed[name] = argument
    return passed


def rows_per_read(bound: Sequence[Bound]) -> int | None:
    """The value of @r_rowsPerRead, None when it is not declared; 39132 when it is no positive integer."""
    for one in bound:
        if one.declared.name.lower() == ROWS_PER_READ:
            if not one.declared.type.is_integer or one.value is None or one.value <= 0:
                raise sql_error(39132)
            return min(int(one.value), _MOST_ROWS)
    return None


def script_parameters(bound: Sequence[Bound]) -> tuple[ScriptParameter, ...]:
    """What the script gets: @r_rowsPerRead is for the server alone."""
    return tuple(script_parameter(one) for one in bound if one.declared.name.lower() != ROWS_PER_READ)


def script_parameter(bound: Bound) -> ScriptParameter:
    """The parameter as the satellite takes it: decimal and money as float, uniqueidentifier as its text."""
    sql_type, value = bound.declared.type, bound.value
    if isinstance(value, Decimal):
        value = float(value)
    elif isinstance(value, uuid.UUID):
        value = str(value).upper()
    return ScriptParameter(
        bound.declared.name[1:], sql_type.name, value, bound.declared.output, sql_type.length
    )
