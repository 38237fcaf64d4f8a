"""Random tables and statements against ``change_model``: the same rows, or the same refusal and no change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import pytest
from change_database import ChangeDatabase, connect
from change_model import (
    ChangedTwice,
    Clause,
    Reference,
    Row,
    Schema,
    Term,
    add,
    column,
    compare,
    constant,
    delete,
    either,
    is_null,
    merge,
    negation,
    update,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.errors import SqlError

COLUMNS = {"p": ("id", "g"), "t": ("k", "v", "p"), "s": ("k", "w"), "n": ("id", "up")}
SCHEMA = Schema(
    unique={"p": [("id",)], "t": [("k", "v")], "n": [("id",)]},
    not_null={"p": ["id"], "n": ["id"]},
    checks={"t": [compare(column("t", "v"), "<>", constant(4))]},
    references=[Reference("t", "p", "p", "id"), Reference("n", "up", "n", "id")],
)
DEFINITIONS = """
    CREATE TABLE p (id int NOT NULL PRIMARY KEY, g int)
    CREATE TABLE t (k int, v int CHECK (4 <> v), p int REFERENCES p (id), UNIQUE (k, v))
    CREATE TABLE s (k int, w int)
    CREATE TABLE n (id int NOT NULL PRIMARY KEY, up int, FOREIGN KEY (up) REFERENCES n (id))
"""

numbers = st.one_of(st.none(), st.integers(0, 5))


def rows_of(name: str) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS[name], numbers)), max_size=5)


@st.composite
def contents(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Tables that keep their constraints."""
    tables = {name: draw(rows_of(name)) for name in COLUMNS}
    for name in ("p", "t", "n"):
        kept: list[Row] = []
        for row in tables[name]:
            parents = {r["id"] for r in tables["p"]} | {None}
            if name == "t" and row["p"] not in parents:
                row = {**row, "p": None}
            if name == "n" and row["up"] not in {r["id"] for r in kept} | {None, row["id"]}:
                row = {**row, "up": None}
            if not SCHEMA.broken({**tables, name: [*kept, row]}, name):
                kept.append(row)
        tables[name] = kept
    return tables


def values(*aliases: str) -> st.SearchStrategy[Term]:
    columns = [column(alias, name) for alias in aliases for name in COLUMNS[alias]]
    leaf = st.one_of(st.sampled_from(columns), st.integers(0, 5).map(constant))
    return st.one_of(leaf, leaf, st.builds(add, leaf, st.integers(1, 2).map(constant)))


def conditions(*aliases: str) -> st.SearchStrategy[Term]:
    value = values(*aliases)
    leaf = st.one_of(
        st.builds(compare, value, st.sampled_from(["=", "<>", "<", "="]), value), st.builds(is_null, value)
    )
    return st.one_of(leaf, leaf, st.builds(either, leaf, leaf), st.builds(negation, leaf))


def assignments(name: str, *aliases: str) -> st.SearchStrategy[Mapping[str, Term]]:
    value = st.one_of(values(*aliases), st.just(constant(None)))
    return st.dictionaries(st.sampled_from(COLUMNS[name]), value, min_size=1, max_size=2)


def sets(terms: Mapping[str, Term]) -> str:
    return ", ".join(f"{name} = {term.sql}" for name, term in terms.items())


@pytest.fixture(scope="module")
def shared() -> Iterator[ChangeDatabase]:
    database = ChangeDatabase(connect())
    database.create(DEFINITIONS)
    yield database
    database.close()


def literal(value: int | None) -> str:
    return "NULL" if value is None else str(value)


def judge(
    db: ChangeDatabase, tables: dict[str, list[Row]], name: str, sql: str, expected: list[Row] | None
) -> None:
    """Run ``sql``: table ``name`` becomes ``expected`` (None: 8672), unless a constraint forbids it."""
    for table, rows in tables.items():
        db.connection.execute(f"DELETE FROM shop.dbo.{table}")
        if rows:
            literals = ("(" + ", ".join(literal(row[c]) for c in COLUMNS[table]) + ")" for row in rows)
            db.connection.execute(f"INSERT INTO shop.dbo.{table} VALUES {', '.join(literals)}")
    allowed = {8672}
    if expected is not None:
        allowed = SCHEMA.broken({**tables, name: expected}, name)
    try:
        db.run(sql)
    except SqlError as error:
        assert error.number in allowed, f"{error}\n{sql}"
        expected = tables[name]
    else:
        assert not allowed, f"not refused: {allowed}\n{sql}"
    assert expected is not None
    for table in tables:
        wanted = expected if table == name else tables[table]
        found = db.connection.execute(f"SELECT * FROM shop.dbo.{table}").fetchall()
        assert Counter(found) == Counter(tuple(row[c] for c in COLUMNS[table]) for row in wanted), sql


targets = st.sampled_from(["p", "t", "n"])
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(data=st.data(), tables=contents(), name=targets, joined=st.booleans())
def test_update(
    shared: ChangeDatabase, data: st.DataObject, tables: dict[str, list[Row]], name: str, joined: bool
) -> None:
    aliases = (name, "s") if joined else (name,)
    terms = data.draw(assignments(name, *aliases))
    where = data.draw(conditions(*aliases))
    source = f" FROM {name} JOIN s ON 1 = 1" if joined else ""
    expected = update(tables[name], name, terms, where, tables["s"] if joined else None)
    judge(shared, tables, name, f"UPDATE {name} SET {sets(terms)}{source} WHERE {where.sql}", expected)


@many
@given(data=st.data(), tables=contents(), name=targets, joined=st.booleans())
def test_delete(
    shared: ChangeDatabase, data: st.DataObject, tables: dict[str, list[Row]], name: str, joined: bool
) -> None:
    aliases = (name, "s") if joined else (name,)
    where = data.draw(conditions(*aliases))
    source = f" FROM s, {name}" if joined else ""
    expected = delete(tables[name], name, where, tables["s"] if joined else None)
    judge(shared, tables, name, f"DELETE {name}{source} WHERE {where.sql}", expected)


@many
@given(data=st.data(), tables=contents(), name=targets)
def test_insert(shared: ChangeDatabase, data: st.DataObject, tables: dict[str, list[Row]], name: str) -> None:
    terms = data.draw(assignments(name, "s"))
    where = data.draw(conditions("s"))
    empty: Row = dict.fromkeys(COLUMNS[name])
    new = [
        {**empty, **{key: term.value({"s": row}) for key, term in terms.items()}}
        for row in tables["s"]
        if where.value({"s": row})
    ]
    items = ", ".join(term.sql for term in terms.values())
    sql = f"INSERT INTO {name} ({', '.join(terms)}) SELECT {items} FROM s WHERE {where.sql}"
    judge(shared, tables, name, sql, tables[name] + new)


@st.composite
def clauses(draw: st.DrawFn, name: str) -> list[Clause]:
    result = []
    for when, aliases in (("matched", (name, "s")), ("target", ("s",)), ("source", (name,))):
        if when == "target":
            if draw(st.booleans()):
                condition = draw(st.one_of(st.none(), conditions(*aliases)))
                result.append(Clause(when, condition, draw(assignments(name, *aliases))))
            continue
        kinds = draw(
            st.sampled_from([[], ["update"], ["delete"], ["delete", "update"], ["update", "delete"]])
        )
        for i, kind in enumerate(kinds):
            must = i + 1 < len(kinds)
            condition = draw(conditions(*aliases) if must else st.one_of(st.none(), conditions(*aliases)))
            terms = draw(assignments(name, *aliases)) if kind == "update" else None
            result.append(Clause(when, condition, terms))
    return draw(st.permutations(result)) if not any(c.condition is None for c in result) else result


WORDS = {"matched": "MATCHED", "target": "NOT MATCHED BY TARGET", "source": "NOT MATCHED BY SOURCE"}


def clause_sql(clause: Clause) -> str:
    condition = f" AND {clause.condition.sql}" if clause.condition else ""
    if clause.values is None:
        action = "DELETE"
    elif clause.when == "target":
        items = ", ".join(term.sql for term in clause.values.values())
        action = f"INSERT ({', '.join(clause.values)}) VALUES ({items})"
    else:
        action = f"UPDATE SET {sets(clause.values)}"
    return f"WHEN {WORDS[clause.when]}{condition} THEN {action}"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), tables=contents(), name=targets)
def test_merge(shared: ChangeDatabase, data: st.DataObject, tables: dict[str, list[Row]], name: str) -> None:
    chosen = data.draw(clauses(name).filter(bool))
    on = data.draw(conditions(name, "s"))
    expected: list[Row] | None
    try:
        expected = merge(tables[name], name, tables["s"], on, chosen)
    except ChangedTwice:
        expected = None
    if expected is not None:
        expected = [{**dict.fromkeys(COLUMNS[name]), **row} for row in expected]
    whens = " ".join(clause_sql(clause) for clause in chosen)
    judge(shared, tables, name, f"MERGE INTO {name} USING s ON {on.sql} {whens};", expected)
