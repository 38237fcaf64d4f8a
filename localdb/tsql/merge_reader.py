"""MERGE as written: its clauses, in order, and the rules of which may stand where.

https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass

from localdb.errors import sql_error
from localdb.tsql.assignments import Assignment, read_assignments
from localdb.tsql.ast import Slice
from localdb.tsql.change_reader import ChangeReader, Target
from localdb.tsql.outputs import OutputText, read_output

MATCHED = "WHEN MATCHED"
NOT_MATCHED = "WHEN NOT MATCHED"
NOT_MATCHED_BY_SOURCE = "WHEN NOT MATCHED BY SOURCE"
_STOPS = ("WHEN", "OUTPUT", "OPTION")


@dataclass(frozen=True, slots=True)
class MergeClause:
    """``when`` is one of the three above, ``action`` UPDATE, DELETE or INSERT.

    ``values`` is the text ``VALUES (...)`` of INSERT, None for DEFAULT VALUES; ``columns`` its column list.
    """

    when: str
    action: str
    condition: Slice | None = None
    assignments: tuple[Assignment, ...] = ()
    columns: tuple[str, ...] | None = None
    values: Slice | None = None


@dataclass(frozen=True, slots=True)
class MergeText:
    common_tables: Slice | None
    top: Slice | None
    target: Target
    alias: str
    source: Slice
    on: Slice
    clauses: tuple[MergeClause, ...]
    output: OutputText | None
    options: Slice | None
    line: int

    def any(self, when: str = "", action: str = "") -> bool:
        return any(
            (not when or clause.when == when) and (not action or clause.action == action)
            for clause in self.clauses
        )


def read_merge(statement: Slice) -> MergeText:
    reader = ChangeReader(statement)
    common_tables = reader.common_tables()
    reader.expect("MERGE")
    top = reader.top()
    reader.accept("INTO")
    target = reader.target()
    alias = ""
    if reader.accept("AS") or (reader.at_name and not reader.at("USING")):
        alias = reader.identifier()
    reader.expect("USING")
    source = reader.until("ON", "JOIN", "APPLY", ",")
    if not reader.at("ON"):
        raise reader.unsupported_option("MERGE USING several tables")
    reader.expect("ON")
    on = reader.until(*_STOPS)
    clauses = []
    while reader.accept("WHEN"):
        clauses.append(_read_clause(reader))
    if not clauses:
        raise reader.syntax_error()
    _check_clauses(clauses)
    output = read_output(reader)
    options = reader.options()
    reader.finish()
    return MergeText(
        common_tables, top, target, alias, source, on, tuple(clauses), output, options, statement.line
    )


def _read_clause(reader: ChangeReader) -> MergeClause:
    when = MATCHED
    if reader.accept("NOT"):
        when = NOT_MATCHED
    reader.expect("MATCHED")
    if when == NOT_MATCHED and reader.accept("BY"):
        when = NOT_MATCHED_BY_SOURCE if reader.expect_any("SOURCE", "TARGET") == "SOURCE" else NOT_MATCHED
    condition = reader.until("THEN") if reader.accept("AND") else None
    reader.expect("THEN")
    action = reader.expect_any("UPDATE", "DELETE", "INSERT")
    if (action == "INSERT") != (when == NOT_MATCHED):
        raise sql_error(10710, action, when, line=reader.line)
    if action == "DELETE":
        return MergeClause(when, action, condition)
    if action == "UPDATE":
        reader.expect("SET")
        return MergeClause(when, action, condition, read_assignments(reader, *_STOPS))
    columns = reader.column_list() if reader.at("(") else None
    if reader.accept("DEFAULT", "VALUES"):
        return MergeClause(when, action, condition, columns=columns)
    first = reader.index
    reader.expect("VALUES")
    reader.skip_group()
    return MergeClause(when, action, condition, columns=columns, values=reader.slice(first))


def _check_clauses(clauses: list[MergeClause]) -> None:
    """10714: the same action twice for the same rows; 5324: a clause that can never be reached."""
    for i, clause in enumerate(clauses):
        for earlier in clauses[:i]:
            if earlier.when != clause.when:
                continue
            if earlier.action == clause.action:
                raise sql_error(10714, clause.action, clause.when)
            if earlier.condition is None:
                raise sql_error(5324, clause.when, clause.when)
