"""MERGE: the pairs of source and target rows, each with the clause that applies to it, then as every change.

https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from localdb.errors import sql_error
from localdb.tsql.assignments import bind_assignments
from localdb.tsql.ast import Slice
from localdb.tsql.binding import Bound, Context
from localdb.tsql.bridge import parse_slice
from localdb.tsql.change_reader import compose
from localdb.tsql.constraints import violations
from localdb.tsql.deletes import delete_statement
from localdb.tsql.expressions import bind_condition
from localdb.tsql.inserts import insert_columns
from localdb.tsql.merge_reader import (
    MATCHED,
    NOT_MATCHED,
    NOT_MATCHED_BY_SOURCE,
    MergeClause,
    MergeText,
    read_merge,
)
from localdb.tsql.names import Names, Relation
from localdb.tsql.outputs import BoundOutput, bind_output
from localdb.tsql.plan import ChangePlan, Violation
from localdb.tsql.row_values import bind_cell
from localdb.tsql.scopes import QueryScope, Source
from localdb.tsql.sources import bind_from
from localdb.tsql.stages import STAGE, Stage, column_index, typed_null
from localdb.tsql.targets import (
    BoundSources,
    bind_sources,
    change_target,
    identity_index,
    insert_value,
    next_identity,
    refuse_rowid_column,
)
from localdb.tsql.updates import update_statement
from localdb.types import quote_name, storage_type

_TWICE = Violation(
    f"SELECT 1 FROM {STAGE} WHERE _rid IS NOT NULL GROUP BY _rid HAVING count(*) > 1 LIMIT 1", 8672, ()
)


@dataclass(frozen=True, slots=True)
class _Clause:
    """A bound clause: when it applies, and the values that it gives to columns of the target."""

    number: int
    text: MergeClause
    test: str
    values: dict[int, str]


class _Merge:
    """One MERGE while it is compiled."""

    def __init__(self, text: MergeText, context: Context) -> None:
        self.text = text
        self.context = context
        self.relation: Relation = change_target(context, text.target.name)
        refuse_rowid_column(self.relation)
        self.identity = identity_index(self.relation)
        self.pairs: BoundSources = bind_sources(self._pairs_query(), context)
        *self.sources, self.target = self.pairs.scope.sources
        self.alone, self.target_alone = self._bind_target_alone()
        self.clauses = [self._bind_clause(k, clause) for k, clause in enumerate(text.clauses, 1)]

    def _target_text(self) -> tuple[str | Slice, ...]:
        alias = (f"AS {_bracketed(self.text.alias)}",) if self.text.alias else ()
        return (self.text.target.text, *alias)

    def _pairs_query(self) -> Slice:
        """The pairs as a query for sqlglot; source rows without a target row are needed for INSERT only."""
        text = self.text
        top = ("TOP (", text.top, ")") if text.top else ()
        join = "LEFT JOIN" if text.any(NOT_MATCHED) else "INNER JOIN"
        pairs = (text.source, join, *self._target_text(), "ON (", text.on, ")")
        return compose(text.line, text.common_tables, "SELECT", *top, "1 FROM", *pairs, text.options)

    def _bind_target_alone(self) -> tuple[str, Source]:
        """The target for WHEN NOT MATCHED BY SOURCE, where no source column has a meaning."""
        node = parse_slice(compose(self.text.line, "SELECT 1 FROM", *self._target_text()), "query")
        sql, scope = bind_from(node.args["from_"], None, self.context, self.pairs.scope.outer, changing=True)
        return sql, scope.sources[0]

    def _bind_clause(self, number: int, clause: MergeClause) -> _Clause:
        outer = self.pairs.scope.outer
        if clause.when == MATCHED:
            scope, target, test = self.pairs.scope, self.target, f"{self.target.sql}.rowid IS NOT NULL"
        elif clause.when == NOT_MATCHED:
            scope = QueryScope(self.context, outer, list(self.sources))
            target, test = self.target, f"{self.target.sql}.rowid IS NULL"
        else:
            scope = QueryScope(self.context, outer, [self.target_alone])
            target, test = self.target_alone, "true"
        if clause.condition is not None:
            condition = bind_condition(parse_slice(clause.condition, "condition"), scope)
            test = f"{test} AND ({condition})"
        if clause.action == "UPDATE":
            values = bind_assignments(clause.assignments, target, scope, self._column)
            return _Clause(number, clause, test, values)
        if clause.action == "INSERT":
            return _Clause(number, clause, test, self._inserted(clause, scope))
        return _Clause(number, clause, test, {})

    def _column(self, name: str) -> int:
        return column_index(self.relation, name)

    def _inserted(self, clause: MergeClause, scope: QueryScope) -> dict[int, str]:
        """The values of INSERT for every column but an identity column that draws its own."""
        columns = insert_columns(self.relation, clause.columns)
        given: dict[int, Bound | None] = {}
        if clause.values is not None:
            cells = [bind_cell(node, scope) for node in _single_row(clause.values)]
            if len(cells) != len(columns):
                raise sql_error(213 if clause.columns is None else 109 if len(cells) < len(columns) else 110)
            given = dict(zip(columns, cells, strict=True))
        if self.identity is not None and self.identity in given and given[self.identity] is None:
            raise sql_error(339)
        drawn = self.identity if self.identity not in given else None
        return {
            i: insert_value(self.relation, i, given.get(i), self.context)
            for i in range(len(self.relation.columns))
            if i != drawn
        }

    @property
    def draws_identity(self) -> bool:
        return self.identity is not None and any(
            clause.text.action == "INSERT" and self.identity not in clause.values for clause in self.clauses
        )

    def stage(self) -> Stage:
        text = self.text
        updated = {i for clause in self.clauses if clause.text.action == "UPDATE" for i in clause.values}
        return Stage(
            "MERGE",
            self.relation,
            self.context,
            inserts=text.any(action="INSERT"),
            deletes=text.any(action="DELETE"),
            existing=text.any(action="UPDATE") or text.any(action="DELETE"),
            updated=frozenset(updated),
        )

    def rows(self, stage: Stage, passed: tuple[Bound, ...]) -> str:
        """The query of the rows to be changed, with the columns that the stage needs."""
        columns = sorted(stage.new_used)
        query = self._select(self.target, self.pairs.sources, stage, columns, [bound.sql for bound in passed])
        if self.text.any(NOT_MATCHED_BY_SOURCE):
            nulls = [f"CAST(NULL AS {storage_type(bound.type)})" for bound in passed if bound.type]
            left = self._select(self.target_alone, self.alone, stage, columns, nulls)
            unmatched = f"{self.target_alone.sql}.rowid NOT IN (SELECT _rid FROM m WHERE _rid IS NOT NULL)"
            query = f"WITH m AS MATERIALIZED ({query}) SELECT * FROM m UNION ALL {left} WHERE {unmatched}"
        actions = " ".join(f"WHEN {clause.number} THEN '{clause.text.action}'" for clause in self.clauses)
        items = [f"CASE r._ldb_clause {actions} END AS _action"]
        source = f"({query}) AS r"
        excluded = ["_ldb_clause"]
        if self.draws_identity and self.identity is not None:
            drawing = [str(c.number) for c in self.clauses if c.text.action == "INSERT"]
            value = next_identity(self.relation, self.identity)
            new = f"r._new{self.identity}"
            inserted = f"r._ldb_clause IN ({', '.join(drawing)})"
            items.append(f"CASE WHEN {inserted} THEN {value} ELSE {new} END AS _new{self.identity}")
            excluded.append(f"_new{self.identity}")
        if stage.numbered or (self.identity is not None and stage.inserts):
            source = (
                f"(SELECT row_number() OVER () AS _n, * FROM {source} WHERE r._ldb_clause IS NOT NULL) AS r"
            )
            stage.numbered = False
        count = self.pairs.limit()
        limit = f" LIMIT {count}" if count else ""
        items.append(f"r.* EXCLUDE ({', '.join(excluded)})")
        return f"SELECT {', '.join(items)} FROM {source} WHERE r._ldb_clause IS NOT NULL{limit}"

    def _select(
        self, target: Source, sources: str, stage: Stage, columns: list[int], passed: list[str]
    ) -> str:
        alone = target is self.target_alone
        own = [clause for clause in self.clauses if (clause.text.when == NOT_MATCHED_BY_SOURCE) == alone]
        tests = " ".join(f"WHEN {clause.test} THEN {clause.number}" for clause in own)
        items = [f"{target.sql}.rowid AS _rid"]
        items.append(f"CASE {tests} END AS _ldb_clause" if tests else "CAST(NULL AS INTEGER) AS _ldb_clause")
        items += [f"{self._new(i, own, target)} AS _new{i}" for i in columns]
        items += [f"{target.bound(i).sql} AS _old{i}" for i in sorted(stage.old_used)]
        items += [f"{sql} AS _src{k}" for k, sql in enumerate(passed)]
        return f"SELECT {', '.join(items)}{sources}"

    def _new(self, i: int, clauses: list[_Clause], target: Source) -> str:
        """Column ``i`` after the change: as the clause says; else as before; NULL when the row goes."""
        null = typed_null(self.relation.columns[i])
        cases = []
        for clause in clauses:
            kept = target.bound(i).sql if clause.text.action == "UPDATE" else null
            cases.append(f"WHEN {clause.number} THEN {clause.values.get(i, kept)}")
        return f"CASE _ldb_clause {' '.join(cases)} END" if cases else null


def compile_merge(statement: Slice, names: Names) -> ChangePlan:
    text = read_merge(statement)
    context = Context(names)
    merge = _Merge(text, context)
    stage = merge.stage()
    output = bind_output(text.output, stage, merge.pairs.scope, merge.target) if text.output else None
    found = (_TWICE, *violations(stage), *(output.violations if output else ()))
    for action in sorted({clause.action for clause in text.clauses}):
        context.access(action, merge.relation)
    stage.new_used |= stage.updated
    if stage.inserts:
        stage.new_used |= set(range(len(merge.relation.columns)))
    rows = merge.rows(stage, output.passed if output else ())
    inserts_identity = merge.identity if stage.inserts else None
    return ChangePlan(
        "MERGE",
        merge.relation,
        context.plan(merge.pairs.prefix + stage.query(rows)),
        found,
        _apply(stage, output),
        output.clause if output else None,
        inserts_identity,
        explicit_identity=inserts_identity is not None and merge.relation.identity_insert,
    )


def _apply(stage: Stage, output: BoundOutput | None) -> tuple[str, ...]:
    statements = []
    if stage.deletes:
        statements.append(delete_statement(stage))
    if stage.updated:
        statements.append(update_statement(stage))
    if stage.inserts:
        columns = stage.target.columns
        names = ", ".join(quote_name(column.name) for column in columns)
        news = ", ".join(f"_new{i}" for i in range(len(columns)))
        rows = f"SELECT {news} FROM {STAGE} WHERE _action = 'INSERT'"
        statements.append(f"INSERT INTO {stage.target.physical} ({names}) {rows}")
    return (*statements, *(output.apply if output else ()))


def _single_row(values: Slice) -> list[exp.Expression]:
    node = parse_slice(compose(values.line, "SELECT 1 FROM (", values, ") AS v"), "query")
    source = node.args["from_"].this
    if not isinstance(source, exp.Values) or len(source.expressions) != 1:
        raise sql_error(102, "VALUES", line=values.line)
    row = source.expressions[0]
    return list(row.expressions)


def _bracketed(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"
