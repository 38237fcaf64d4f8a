"""Small random tables: DuckDB's answers against loops in Python, with SQL Server's idea of equal strings."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

NUMBERS = st.integers(-2, 3) | st.none()
STRINGS = st.sampled_from(["a", "A", "a ", "b", "B  ", "ab", "", " "]) | st.none()
T = st.lists(st.tuples(st.integers(0, 4), NUMBERS, STRINGS), max_size=6)
U = st.lists(st.tuples(NUMBERS, STRINGS), max_size=6)

quick = settings(max_examples=30, deadline=None)


def _key(value: Any) -> Any:
    return value.lower().rstrip(" ") if isinstance(value, str) else value


def _bag(rows: Any) -> Counter:
    return Counter(tuple(_key(value) for value in row) for row in rows)


def _equal(a: Any, b: Any) -> bool:
    return a is not None and b is not None and _key(a) == _key(b)


def _sortable(value: Any) -> tuple:
    return (value is not None, _key(value) if value is not None else 0)


@pytest.fixture(scope="module")
def ask(empty_database):
    """Answer a query over t (id int, n int, s varchar) and u (n int, s varchar) with the given rows."""

    def run(sql: str, t: list[tuple], u: list[tuple] = ()) -> list[tuple]:
        db = empty_database()
        db.table("t", "id int, n int null, s varchar(9) null", t)
        db.table("u", "n int null, s varchar(9) null", u)
        return db.rows(sql)

    return run


@quick
@given(t=T, u=U, side=st.sampled_from(["INNER", "LEFT", "RIGHT", "FULL"]), column=st.sampled_from(["n", "s"]))
def test_joins(ask, t: list, u: list, side: str, column: str) -> None:
    i, j = (1, 0) if column == "n" else (2, 1)
    pairs = [(a, b) for a in t for b in u if _equal(a[i], b[j])]
    expected = [(*a, *b) for a, b in pairs]
    if side in ("LEFT", "FULL"):
        expected += [(*a, None, None) for a in t if not any(_equal(a[i], b[j]) for b in u)]
    if side in ("RIGHT", "FULL"):
        expected += [(None, None, None, *b) for b in u if not any(_equal(a[i], b[j]) for a in t)]
    assert _bag(ask(f"SELECT * FROM t {side} JOIN u ON t.{column} = u.{column}", t, u)) == _bag(expected)


@quick
@given(t=T, u=U, outer=st.booleans(), top=st.integers(0, 3), descending=st.booleans())
def test_apply_with_top_and_order(ask, t: list, u: list, outer: bool, top: int, descending: bool) -> None:
    direction = "DESC" if descending else "ASC"
    expected = []
    for a in t:
        matches = sorted(
            (b for b in u if _equal(a[2], b[1])), key=lambda b: _sortable(b[0]), reverse=descending
        )
        taken = [(a[0], b[0]) for b in matches[:top]]
        expected += taken or ([(a[0], None)] if outer else [])
    kind = "OUTER" if outer else "CROSS"
    for count in (str(top), f"({top} + 0)"):
        sql = (
            f"SELECT t.id, x.n FROM t {kind} APPLY "
            f"(SELECT TOP {count if count[0] == '(' else f'({count})'} u.n FROM "
            f"u WHERE u.s = t.s ORDER BY u.n {direction}) x"
        )
        assert _bag(ask(sql, t, u)) == _bag(expected)


@quick
@given(t=T, having=st.integers(0, 2))
def test_group_by_strings(ask, t: list, having: int) -> None:
    groups: dict[Any, list[tuple]] = {}
    for row in t:
        groups.setdefault(_key(row[2]), []).append(row)
    expected = []
    for key, rows in groups.items():
        numbers = [row[1] for row in rows if row[1] is not None]
        if len(rows) > having:
            expected.append(
                (
                    key,
                    len(rows),
                    len(set(numbers)),
                    sum(numbers) if numbers else None,
                    max(r[0] for r in rows),
                )
            )
    sql = (
        f"SELECT s, COUNT(*), COUNT(DISTINCT n), SUM(n), MAX(id) FROM t GROUP BY s HAVING COUNT(*) > {having}"
    )
    assert _bag(ask(sql, t)) == _bag(expected)


@quick
@given(t=T)
def test_group_by_expression_and_distinct_strings(ask, t: list) -> None:
    counts = Counter(None if row[1] is None else row[1] + row[0] for row in t)
    assert _bag(ask("SELECT n + id, COUNT(*) FROM t GROUP BY n + id", t)) == _bag(counts.items())
    [(distinct,)] = ask("SELECT COUNT(DISTINCT s) FROM t", t)
    assert distinct == len({_key(row[2]) for row in t if row[2] is not None})


@quick
@given(t=T)
def test_rollup(ask, t: list) -> None:
    expected: Counter = Counter()
    for row in t:
        expected[("both", row[1], _key(row[2]))] += 1
        expected[("n", row[1], None)] += 1
        expected[("all", None, None)] += 1
    wanted = Counter((n, s, count) for (_, n, s), count in expected.items())
    rows = ask("SELECT n, s, COUNT(*) FROM t GROUP BY ROLLUP (n, s)", t)
    if not t:
        wanted = Counter([(None, None, 0)]) if rows else Counter()
    assert _bag(rows) == wanted


@quick
@given(
    t=T,
    keys=st.lists(
        st.tuples(st.sampled_from(["id", "n", "s"]), st.booleans()),
        min_size=1,
        max_size=3,
        unique_by=lambda k: k[0],
    ),
    offset=st.integers(0, 3),
    count=st.integers(1, 4),
)
def test_order_top_and_offset(ask, t: list, keys: list, offset: int, count: int) -> None:
    columns = {"id": 0, "n": 1, "s": 2}
    ordered = list(t)
    for name, descending in reversed(keys):
        ordered.sort(key=lambda row: _sortable(row[columns[name]]), reverse=descending)
    order = ", ".join(f"{name} {'DESC' if descending else ''}" for name, descending in keys)

    def shown(rows: list[tuple]) -> list[tuple]:
        return [tuple(_key(row[columns[name]]) for name, _ in keys) for row in rows]

    assert shown(ask(f"SELECT * FROM t ORDER BY {order}", t)) == shown(ordered)
    assert shown(ask(f"SELECT TOP {count} * FROM t ORDER BY {order}", t)) == shown(ordered[:count])
    page = f"SELECT * FROM t ORDER BY {order} OFFSET {offset} ROWS FETCH NEXT {count} ROWS ONLY"
    assert shown(ask(page, t)) == shown(ordered[offset : offset + count])
    last = shown(ordered[:count])[-1:]
    ties = [row for row in shown(ordered)[count:] if [row] == last]
    assert (
        shown(ask(f"SELECT TOP {count} WITH TIES * FROM t ORDER BY {order}", t))
        == shown(ordered[:count]) + ties
    )
    part = -(-len(t) * 40 // 100)
    assert shown(ask(f"SELECT TOP 40 PERCENT * FROM t ORDER BY {order}", t)) == shown(ordered[:part])


@quick
@given(t=T, u=U)
def test_set_operations(ask, t: list, u: list) -> None:
    left = [(row[1], _key(row[2])) for row in t]
    right = [(row[0], _key(row[1])) for row in u]
    for operator, expected in (
        ("UNION ALL", Counter(left + right)),
        ("UNION", Counter(set(left + right))),
        ("EXCEPT", Counter(set(left) - set(right))),
        ("INTERSECT", Counter(set(left) & set(right))),
    ):
        assert _bag(ask(f"SELECT n, s FROM t {operator} SELECT n, s FROM u", t, u)) == expected
    assert _bag(ask("SELECT DISTINCT n, s FROM t", t)) == Counter(set(left))


@quick
@given(t=T, u=U)
def test_rows_of_except_and_distinct_are_rows_of_the_left_side(ask, t: list, u: list) -> None:
    left = {(row[1], row[2]) for row in t}
    assert set(ask("SELECT n, s FROM t EXCEPT SELECT n, s FROM u", t, u)) <= left
    assert set(ask("SELECT n, s FROM t INTERSECT SELECT n, s FROM u", t, u)) <= left
    assert set(ask("SELECT DISTINCT n, s FROM t", t)) <= left


@quick
@given(t=T, u=U)
def test_correlated_subqueries(ask, t: list, u: list) -> None:
    rows = ask(
        "SELECT id, n, s, (SELECT COUNT(*) FROM u WHERE u.s = t.s), "
        "(SELECT MAX(n) FROM u WHERE u.n > t.n) FROM t",
        t,
        u,
    )
    expected = []
    for a in t:
        larger = [b[0] for b in u if b[0] is not None and a[1] is not None and b[0] > a[1]]
        expected.append((*a, sum(_equal(a[2], b[1]) for b in u), max(larger, default=None)))
    assert _bag(rows) == _bag(expected)
    exists = ask("SELECT id FROM t WHERE EXISTS (SELECT s FROM u WHERE u.n = t.n EXCEPT SELECT t.s)", t, u)
    wanted = [(a[0],) for a in t if any(_equal(a[1], b[0]) and _key(b[1]) != _key(a[2]) for b in u)]
    assert _bag(exists) == _bag(wanted)


PREDICATES = [
    "n = 1",
    "s = 'A'",
    "n > id OR s < 'b'",
    "s IN ('a', 'B') AND n <> 2",
    "n IN (SELECT n FROM u)",
    "s NOT IN (SELECT s FROM u)",
    "n + id = 2 AND NOT s = ' '",
    "n = (SELECT MAX(n) FROM u WHERE u.s = t.s)",
]


@pytest.mark.parametrize("predicate", PREDICATES)
@quick
@given(t=T, u=U)
def test_a_predicate_parts_the_rows_in_three(ask, t: list, u: list, predicate: str) -> None:
    """Ternary logic partitioning: rows where p, where NOT p, and where p is unknown make up the whole."""
    unknown = f"CASE WHEN {predicate} THEN 1 WHEN NOT ({predicate}) THEN 0 END IS NULL"
    parts = " UNION ALL ".join(
        f"SELECT * FROM t WHERE {p}" for p in (predicate, f"NOT ({predicate})", unknown)
    )
    assert _bag(ask(parts, t, u)) == _bag(t)
    counts = ask(f"SELECT COUNT(*) FROM t WHERE {predicate}", t, u)
    assert counts == [(len(ask(f"SELECT id FROM t WHERE {predicate}", t, u)),)]
