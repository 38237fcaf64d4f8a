"""The variables and table variables of a scope: a DECLARE counts for the whole batch, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from localdb.errors import sql_error
from localdb.runtime.scope import Frame, Value
from localdb.tsql import ast
from localdb.tsql.parser import parse_batch

if TYPE_CHECKING:
    from localdb.runtime.session import Session


def walk(statements: Sequence[ast.Statement]) -> Iterator[ast.Statement]:
    """Every statement in the order of the text, the ones inside blocks too (not those of CREATE
    PROCEDURE).
    """
    for statement in statements:
        yield statement
        match statement:
            case ast.Block(body=body):
                yield from walk(body)
            case ast.If(then=then, otherwise=otherwise):
                yield from walk((then,) if otherwise is None else (then, otherwise))
            case ast.While(body=looped):
                yield from walk((looped,))
            case ast.TryCatch(body=body, handler=handler):
                yield from walk(body)
                yield from walk(handler)


def parse_declarations(text: str) -> tuple[ast.ProcedureParameter, ...]:
    """The parameters that sp_executesql and its like declare: ``@a int, @b nvarchar(max) OUTPUT``."""
    if not text.strip():
        return ()
    # The list is that of a procedure; a text that goes on behind it is caught as one.
    statement = parse_batch(f"CREATE PROCEDURE p\n{text}\nAS RETURN")[0]
    if not isinstance(statement, ast.CreateProcedure) or len(statement.body) != 1 or statement.options:
        raise sql_error(102, text)
    return statement.parameters


def declare_all(session: Session, statements: Sequence[ast.Statement], frame: Frame) -> None:
    """Create what the scope declares: variables are NULL and tables empty. 134 for a name declared twice."""
    for statement in walk(statements):
        match statement:
            case ast.Declare(variables=variables, line=line):
                for variable in variables:
                    if variable.name in frame.variables or variable.name in frame.table_variables:
                        raise sql_error(134, variable.name, line=line)
                    frame.variables[variable.name] = Value(variable.type)
            case ast.DeclareTable(name=name, definition=definition, line=line):
                if name in frame.variables or name in frame.table_variables:
                    raise sql_error(134, name, line=line)
                session.local_tables.declare(frame, name, definition)


def drop_locals(session: Session, frame: Frame) -> None:
    """Drop the scope's local tables; those of the client's own batches stay until the session ends."""
    for local in frame.table_variables.values():
        session.local_tables.discard(local)
    frame.table_variables.clear()
    if frame.parent is not None or frame.remote:
        for local in frame.temp_tables.values():
            session.local_tables.discard(local)
        frame.temp_tables.clear()
