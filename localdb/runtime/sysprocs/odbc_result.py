"""What the catalog procedures for ODBC have in common: result columns, filters of names, the qualifier."""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.runtime.procedure_call import Argument, Call, Parameter
from localdb.types import BIT, Column, SqlType, nvarchar

NAME = nvarchar(384)


def columns(*pairs: tuple[str, SqlType]) -> tuple[Column, ...]:
    return tuple(Column(name, sql_type) for name, sql_type in pairs)


def optional(*names: str) -> tuple[Parameter, ...]:
    """Parameters for names or patterns of names, NULL when they are left out."""
    return tuple(Parameter(name, NAME, None) for name in names)


def pattern_parameter() -> Parameter:
    """@fUsePattern: whether names are LIKE patterns."""
    return Parameter("@fusepattern", BIT, True)


def uses_patterns(call: Call) -> bool:
    return bool(call.value("@fusepattern"))


def matches(column: str, parameter: str, *, pattern: bool) -> str:
    """A T-SQL condition: the column is, or is like, the parameter's value; NULL is every name."""
    operator = "LIKE" if pattern else "="
    return f"({parameter} IS NULL OR {column} {operator} {parameter})"


def texts(call: Call, *names: str) -> list[Argument]:
    """The named parameters' values, for ``Call.query``."""
    return [Argument(name, NAME, call.value(name)) for name in names]


def check_qualifier(call: Call, *names: str) -> None:
    """Error 15250 when the call names another database than the one it runs in."""
    for name in names:
        wanted = call.value(name)
        if wanted is not None and wanted.lower() != call.frame.database.lower():
            raise sql_error(15250)
