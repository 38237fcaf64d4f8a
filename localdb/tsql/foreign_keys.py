"""FOREIGN KEY, both sides: a new child needs a parent, a parent that goes must have no children (547).

After a change, a table holds the rows that the stage does not name and the stage's new rows; a constraint
that refers to its own table is checked against both.
https://learn.microsoft.com/sql/relational-databases/tables/primary-and-foreign-key-constraints
"""

from __future__ import annotations

from localdb.errors import sql_error
from localdb.tsql.key_values import same_key, stored_values
from localdb.tsql.names import ForeignKey, Relation
from localdb.tsql.plan import Violation
from localdb.tsql.stages import STAGE, Stage, column_indexes, database_name, object_name


def foreign_key_violations(stage: Stage) -> list[Violation]:
    found: list[Violation] = []
    for key in stage.target.foreign_keys:
        found += _children_without_parent(stage, key)
    for child, key in stage.target.referencing:
        found += _parents_with_children(stage, child, key)
    return found


def _referenced(parent: Relation, key: ForeignKey) -> tuple[int, ...]:
    """The columns of ``parent`` that ``key`` refers to: its primary key when none are named."""
    if key.referenced_columns:
        return column_indexes(parent, key.referenced_columns)
    for candidate in parent.keys:
        if candidate.kind == "PRIMARY KEY":
            return column_indexes(parent, candidate.columns)
    raise sql_error(40514, f"FOREIGN KEY {key.name} to a table without a primary key")


def _violation(
    stage: Stage, sql: str, constraint: str, key: ForeignKey, table: Relation, columns: tuple[str, ...]
) -> Violation:
    column = f", column '{columns[0]}'" if len(columns) == 1 else ""
    return Violation(
        sql, 547, (stage.kind, constraint, key.name, database_name(table), object_name(table), column)
    )


def _children_without_parent(stage: Stage, key: ForeignKey) -> list[Violation]:
    columns = column_indexes(stage.target, key.columns)
    parent = stage.context.names.relation(key.references)
    own = parent.physical == stage.target.physical
    referenced = _referenced(parent, key)
    parent_may_go = stage.touches(referenced) or stage.deletes
    if not (stage.touches(columns) or (own and stage.updated and parent_may_go)):
        return []
    child = [stage.new_value(i) for i in columns]
    stored = same_key(child, stored_values(parent, referenced, "p"), nulls_equal=False)
    stays = f" AND {stage.untouched('p')}" if own else ""
    tests = [stage.present("s"), *(f"{value.sql} IS NOT NULL" for value in child)]
    tests.append(f"NOT EXISTS (SELECT 1 FROM {parent.physical} AS p WHERE {stored}{stays})")
    if own:
        new = same_key(child, [stage.new_value(i, "n") for i in referenced], nulls_equal=False)
        tests.append(f"NOT EXISTS (SELECT 1 FROM {STAGE} AS n WHERE {stage.present('n')} AND {new})")
    sql = f"SELECT 1 FROM {STAGE} AS s WHERE {' AND '.join(tests)} LIMIT 1"
    constraint = "FOREIGN KEY SAME TABLE" if own else "FOREIGN KEY"
    names = tuple(parent.columns[i].name for i in referenced)
    return [_violation(stage, sql, constraint, key, parent, names)]


def _parents_with_children(stage: Stage, child: Relation, key: ForeignKey) -> list[Violation]:
    referenced = _referenced(stage.target, key)
    if not (stage.deletes or any(i in stage.updated for i in referenced)):
        return []
    own = child.physical == stage.target.physical
    old = [stage.old_value(i) for i in referenced]
    tests = ["s._rid IS NOT NULL"]
    if stage.inserts or stage.updated:
        kept = same_key(old, [stage.new_value(i, "n") for i in referenced], nulls_equal=False)
        tests.append(f"NOT EXISTS (SELECT 1 FROM {STAGE} AS n WHERE {stage.present('n')} AND {kept})")
    if own:
        tests.append(stage.untouched("c"))
    children = stored_values(child, column_indexes(child, key.columns), "c")
    refers = same_key(children, old, nulls_equal=False)
    # A join finds the first child faster than EXISTS: DuckDB prunes the child's scan by the stage's keys.
    joined = f"{STAGE} AS s JOIN {child.physical} AS c ON {refers}"
    sql = f"SELECT 1 FROM {joined} WHERE {' AND '.join(tests)} LIMIT 1"
    constraint = "SAME TABLE REFERENCE" if own else "REFERENCE"
    return [_violation(stage, sql, constraint, key, child, key.columns)]
