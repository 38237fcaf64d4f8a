"""The SET clause of UPDATE and of MERGE's UPDATE: ``column = value``, ``column += value``.

https://learn.microsoft.com/sql/t-sql/queries/update-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.ast import Slice
from localdb.tsql.bridge import parse_slice
from localdb.tsql.change_reader import ChangeReader, refuse_repeated
from localdb.tsql.expressions import bind_expression
from localdb.tsql.lexer import Kind
from localdb.tsql.scopes import QueryScope, Source
from localdb.tsql.targets import assigned, default_value
from localdb.types import ObjectName

_COMPOUND: dict[str, type[exp.Expression]] = {
    "+=": exp.Add,
    "-=": exp.Sub,
    "*=": exp.Mul,
    "/=": exp.Div,
    "%=": exp.Mod,
    "&=": exp.BitwiseAnd,
    "|=": exp.BitwiseOr,
    "^=": exp.BitwiseXor,
}


@dataclass(frozen=True, slots=True)
class Assignment:
    """``column operator value``; a value of None stands for DEFAULT."""

    column: ObjectName
    operator: str
    value: Slice | None


def read_assignments(reader: ChangeReader, *stops: str) -> tuple[Assignment, ...]:
    assignments = [_read_assignment(reader, stops)]
    while reader.accept(","):
        assignments.append(_read_assignment(reader, stops))
    return tuple(assignments)


def _read_assignment(reader: ChangeReader, stops: tuple[str, ...]) -> Assignment:
    if reader.current.kind is Kind.VARIABLE:
        raise reader.unsupported_option(f"SET {reader.current.text} = in UPDATE")
    column = reader.object_name()
    if reader.at("("):
        raise reader.unsupported_option(f".{column.name}()")
    operator = reader.expect_any("=", *_COMPOUND)
    if operator == "=" and reader.accept("DEFAULT"):
        return Assignment(column, operator, None)
    return Assignment(column, operator, reader.until(",", *stops))


def bind_assignments(
    assignments: Iterable[Assignment],
    target: Source,
    scope: QueryScope,
    column_of: Callable[[str], int],
) -> dict[int, str]:
    """The new values by the target's column, as DuckDB SQL over the FROM; 207, 264, 4104, 8102."""
    relation = target.relation
    assert relation is not None
    refuse_repeated(tuple(assignment.column.name for assignment in assignments))
    values: dict[int, str] = {}
    for assignment in assignments:
        _check_prefix(assignment.column, target)
        i = column_of(assignment.column.name)
        if relation.columns[i].identity is not None:
            raise sql_error(8102, relation.columns[i].name)
        if assignment.value is None:
            values[i] = default_value(relation, i, scope.context).sql
        else:
            node = _written_out(assignment, assignment.value, target)
            values[i] = assigned(relation, i, bind_expression(node, scope)).sql
    return values


def _check_prefix(column: ObjectName, target: Source) -> None:
    if column.schema is None:
        return
    known = {target.name.lower()}
    if target.relation is not None:
        known.add(target.relation.name.name.lower())
    if column.schema.lower() not in known:
        raise sql_error(4104, str(column))


def _written_out(assignment: Assignment, value: Slice, target: Source) -> exp.Expression:
    """``a += b`` as ``a + (b)``, where ``a`` is the target's column whatever else is called ``a``."""
    node = parse_slice(value, "expression")
    if assignment.operator == "=":
        return node
    column = exp.Column(
        this=exp.to_identifier(assignment.column.name, quoted=True),
        table=exp.to_identifier(target.name, quoted=True) if target.name else None,
    )
    return _COMPOUND[assignment.operator](this=column, expression=exp.Paren(this=node))
