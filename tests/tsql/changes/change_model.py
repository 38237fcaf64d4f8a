"""Data changes computed the slow way, on lists of dicts, to judge the compiled ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, int | None]
Env = Mapping[str, Mapping[str, int | None]]


@dataclass(frozen=True)
class Term:
    """A piece of T-SQL and what it means; NULL and unknown are None."""

    sql: str
    value: Callable[[Env], Any]


def column(alias: str, name: str) -> Term:
    return Term(f"{alias}.{name}", lambda env: env[alias][name])


def constant(number: int | None) -> Term:
    return Term("NULL" if number is None else str(number), lambda env: number)


def add(a: Term, b: Term) -> Term:
    def value(env: Env) -> int | None:
        x, y = a.value(env), b.value(env)
        return None if x is None or y is None else x + y

    return Term(f"({a.sql} + {b.sql})", value)


def compare(a: Term, operator: str, b: Term) -> Term:
    tests: dict[str, Callable[[int, int], bool]] = {
        "=": lambda x, y: x == y,
        "<>": lambda x, y: x != y,
        "<": lambda x, y: x < y,
    }

    def value(env: Env) -> bool | None:
        x, y = a.value(env), b.value(env)
        return None if x is None or y is None else tests[operator](x, y)

    return Term(f"{a.sql} {operator} {b.sql}", value)


def is_null(a: Term) -> Term:
    return Term(f"{a.sql} IS NULL", lambda env: a.value(env) is None)


def either(a: Term, b: Term) -> Term:
    def value(env: Env) -> bool | None:
        x, y = a.value(env), b.value(env)
        return True if x or y else None if x is None or y is None else False

    return Term(f"({a.sql} OR {b.sql})", value)


def negation(a: Term) -> Term:
    def value(env: Env) -> bool | None:
        x = a.value(env)
        return None if x is None else not x

    return Term(f"NOT ({a.sql})", value)


@dataclass(frozen=True)
class Reference:
    child: str
    column: str
    parent: str
    parent_column: str


@dataclass(frozen=True)
class Schema:
    """Constraints by table."""

    unique: Mapping[str, Sequence[tuple[str, ...]]]
    not_null: Mapping[str, Sequence[str]]
    checks: Mapping[str, Sequence[Term]]
    references: Sequence[Reference]

    def broken(self, tables: Mapping[str, list[Row]], changed: str) -> set[int]:
        """The numbers of the errors that the tables' new contents break."""
        numbers: set[int] = set()
        rows = tables[changed]
        for keys in self.unique.get(changed, ()):
            values = [tuple(row[name] for name in keys) for row in rows]
            if len(set(values)) < len(values):
                numbers.add(2627)
        if any(row[name] is None for name in self.not_null.get(changed, ()) for row in rows):
            numbers.add(515)
        if any(
            check.value({changed: row}) is False for check in self.checks.get(changed, ()) for row in rows
        ):
            numbers.add(547)
        for ref in self.references:
            parents = {row[ref.parent_column] for row in tables[ref.parent]}
            values_in_child = {row[ref.column] for row in tables[ref.child]} - {None}
            if changed in (ref.child, ref.parent) and values_in_child - parents:
                numbers.add(547)
        return numbers


@dataclass(frozen=True)
class Clause:
    """WHEN of MERGE: ``when`` matched, target (not matched by target) or source; ``values`` None deletes."""

    when: str
    condition: Term | None
    values: Mapping[str, Term] | None


def update(
    rows: list[Row], name: str, sets: Mapping[str, Term], where: Term, other: list[Row] | None
) -> list[Row]:
    """UPDATE name SET ... [FROM name JOIN s]: the first matching row of ``other`` counts."""
    result = []
    for row in rows:
        match = _first(row, name, where, other)
        if match is None:
            result.append(row)
        else:
            result.append({**row, **{key: term.value(match) for key, term in sets.items()}})
    return result


def delete(rows: list[Row], name: str, where: Term, other: list[Row] | None) -> list[Row]:
    return [row for row in rows if _first(row, name, where, other) is None]


def _first(row: Row, name: str, where: Term, other: list[Row] | None) -> Env | None:
    envs = [{name: row}] if other is None else [{name: row, "s": source} for source in other]
    return next((env for env in envs if where.value(env)), None)


class ChangedTwice(Exception):
    """8672."""


def merge(rows: list[Row], name: str, source: list[Row], on: Term, clauses: Sequence[Clause]) -> list[Row]:
    result: list[Row] = []
    empty = dict.fromkeys(rows[0] if rows else ())
    for row in rows:
        pairs: list[Env] = [{name: row, "s": s} for s in source if on.value({name: row, "s": s})]
        if pairs:
            chosen = [(clause, env) for env in pairs if (clause := _applies(clauses, "matched", env))]
        else:
            env: Env = {name: row}
            clause = _applies(clauses, "source", env)
            chosen = [(clause, env)] if clause else []
        if len(chosen) > 1:
            raise ChangedTwice
        if not chosen:
            result.append(row)
        elif chosen[0][0].values is not None:
            values = {key: term.value(chosen[0][1]) for key, term in chosen[0][0].values.items()}
            result.append({**row, **values})
    for s in source:
        if not any(on.value({name: row, "s": s}) for row in rows):
            inserting = _applies(clauses, "target", {"s": s})
            if inserting is not None and inserting.values is not None:
                given = {key: term.value({"s": s}) for key, term in inserting.values.items()}
                result.append({**empty, **given})
    return result


def _applies(clauses: Sequence[Clause], when: str, env: Env) -> Clause | None:
    for clause in clauses:
        if clause.when == when and (clause.condition is None or clause.condition.value(env)):
            return clause
    return None
