"""Window functions against lists in Python, and what SQL Server refuses."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from evaluation import Evaluator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from querying import outcome, query

from localdb.errors import SqlError

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="session")
def sums(duck: duckdb.DuckDBPyConnection) -> Evaluator:
    """For property tests, which may not use a fixture of one test."""
    return Evaluator(duck)


BOUNDS = ["UNBOUNDED PRECEDING", "2 PRECEDING", "1 PRECEDING", "0 PRECEDING", "CURRENT ROW"]
BOUNDS += ["0 FOLLOWING", "1 FOLLOWING", "2 FOLLOWING", "UNBOUNDED FOLLOWING"]
OFFSETS = dict(zip(BOUNDS, [-99, -2, -1, 0, 0, 0, 1, 2, 99], strict=True))


@pytest.fixture
def numbers(evaluator: Evaluator) -> Evaluator:
    rows = [(1, 10, "x"), (2, None, "X "), (3, 10, None), (4, 20, "y")]
    evaluator.table(rows, id="int", a="int", s="varchar(10)")
    evaluator.declare("@two", "int", 2)
    evaluator.declare("@zero", "int", 0)
    evaluator.declare("@minus", "int", -1)
    evaluator.declare("@null", "int", None)
    evaluator.declare("@text", "varchar(5)", "2")
    return evaluator


# --- ORDER BY of a window ---


@pytest.mark.parametrize(
    ("order", "number"),
    [
        ("1", 5308),
        ("(2)", 5308),
        ("-1", 5309),
        ("0", 5309),
        ("NULL", 5309),
        ("CAST(NULL AS int)", 5309),
        ("1 + 1", 5309),
        ("'x'", 5309),
        ("N'x'", 5309),
        ("0x01", 5309),
        ("1.5", 5309),
        ("$1", 5309),
        ("CASE WHEN 1 = 1 THEN 'a' END", 5309),
        ("a, 'x'", 5309),
        ("ROW_NUMBER() OVER (ORDER BY id)", 4109),
        ("s COLLATE Latin1_General_CS_AS", 40514),
        ("a COLLATE Latin1_General_BIN2", 447),
    ],
)
def test_what_a_window_is_not_sorted_by(numbers: Evaluator, order: str, number: int) -> None:
    assert outcome(numbers, f"SELECT ROW_NUMBER() OVER (ORDER BY {order}) FROM t") == number
    assert outcome(numbers, f"SELECT SUM(id) OVER (PARTITION BY id ORDER BY {order} DESC) FROM t") == number


@pytest.mark.parametrize("order", ["(SELECT NULL)", "(SELECT 1)", "((SELECT 'x'))", "@null", "@two"])
def test_any_order_will_do(numbers: Evaluator, order: str) -> None:
    found = query(numbers, f"SELECT ROW_NUMBER() OVER (ORDER BY {order}) FROM t")
    assert sorted(found) == [(1,), (2,), (3,), (4,)]
    assert query(numbers, f"SELECT SUM(id) OVER (ORDER BY {order}) FROM t") == [(10,)] * 4


@pytest.mark.parametrize("setting", ["nulls_last", "nulls_first"])
def test_null_is_the_least_value_whatever_duckdb_is_set_to(numbers: Evaluator, setting: str) -> None:
    numbers.connection.execute(f"SET default_null_order = '{setting}'")
    try:
        for function in ("ROW_NUMBER()", "MIN(id)", "FIRST_VALUE(id)"):
            up = query(numbers, f"SELECT id, {function} OVER (ORDER BY a, id) FROM t")
            down = query(numbers, f"SELECT id, {function} OVER (ORDER BY a DESC, id) FROM t")
            if function == "ROW_NUMBER()":
                assert dict(up) == {2: 1, 1: 2, 3: 3, 4: 4}
                assert dict(down) == {4: 1, 1: 2, 3: 3, 2: 4}
            if function == "FIRST_VALUE(id)":
                assert {row[1] for row in up} == {2} and {row[1] for row in down} == {4}
        ascending = query(numbers, "SELECT STRING_AGG(id, ',') WITHIN GROUP (ORDER BY a, id) FROM t")
        descending = query(numbers, "SELECT STRING_AGG(id, ',') WITHIN GROUP (ORDER BY a DESC, id) FROM t")
        assert (ascending, descending) == ([("2,1,3,4",)], [("4,1,3,2",)])
    finally:
        numbers.connection.execute("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")


def test_a_collation_sorts_and_parts_a_window(numbers: Evaluator) -> None:
    ranks = query(numbers, "SELECT id, RANK() OVER (ORDER BY s COLLATE Latin1_General_BIN2) FROM t")
    assert dict(ranks) == {3: 1, 2: 2, 1: 3, 4: 4}
    ranks = query(numbers, "SELECT id, RANK() OVER (ORDER BY s) FROM t")
    assert dict(ranks) == {3: 1, 2: 2, 1: 2, 4: 4}
    counts = query(numbers, "SELECT id, COUNT(*) OVER (PARTITION BY s COLLATE Latin1_General_CS_AS) FROM t")
    assert dict(counts) == {1: 1, 2: 1, 3: 1, 4: 1}


# --- arguments ---


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("LAG(NULL)", 8117),
        ("LEAD(NULL, 1)", 8117),
        ("FIRST_VALUE(NULL)", 8117),
        ("LAST_VALUE(NULL)", 8117),
        ("LAG(a, NULL)", 40514),
        ("LAG(a, @null)", 40514),
        ("LEAD(a, a)", 40514),
        ("LAG(a, -1)", 8730),
        ("LEAD(a, @minus)", 8730),
        ("LAG(id, id - 2)", 8730),
        ("LAG(id, @two)", [None, None, 1, 2]),
        ("LAG(id, id - 1, 0)", [1, 1, 1, 1]),
        ("LEAD(id, @zero)", [1, 2, 3, 4]),
        ("LEAD(id, 1, NULL)", [2, 3, 4, None]),
        ("NTILE(NULL)", 4116),
        ("NTILE(0)", 4116),
        ("NTILE(-1)", 4116),
        ("NTILE(2.5)", 4116),
        ("NTILE('2')", 4116),
        ("NTILE(@zero)", 4116),
        ("NTILE(@null)", 4116),
        ("NTILE(@text)", 4116),
        ("NTILE(CAST(NULL AS int))", 4116),
        ("NTILE((SELECT MAX(a) - 20 FROM t))", 4116),
        ("NTILE(a)", 4195),
        ("NTILE(@two)", [1, 1, 2, 2]),
        ("NTILE(1 + 2)", [1, 1, 2, 3]),
        ("NTILE((SELECT MAX(a) - 18 FROM t))", [1, 1, 2, 2]),
        ("LAG(RANK() OVER (ORDER BY id))", 4109),
    ],
)
def test_arguments(numbers: Evaluator, call: str, expected: Any) -> None:
    found = outcome(numbers, f"SELECT id, {call} OVER (ORDER BY id) FROM t")
    if isinstance(expected, list):
        expected = list(enumerate(expected, 1))
    assert (found if isinstance(found, int) else sorted(found)) == expected


def test_the_text_of_a_negative_offset(numbers: Evaluator) -> None:
    for offset in ("-1", "@minus"):
        with pytest.raises(
            SqlError, match="Offset parameter for Lag and Lead functions cannot be a negative"
        ):
            query(numbers, f"SELECT LAG(a, {offset}) OVER (ORDER BY id) FROM t")


def test_a_window_in_a_join_condition(numbers: Evaluator) -> None:
    sql = "SELECT 1 FROM t JOIN t u ON t.id = ROW_NUMBER() OVER (ORDER BY u.id)"
    assert outcome(numbers, sql) == 4108


# --- frames ---


@pytest.mark.parametrize("start", BOUNDS)
@pytest.mark.parametrize("end", BOUNDS)
def test_frames_of_rows(numbers: Evaluator, start: str, end: str) -> None:
    sql = f"SELECT id, SUM(id) OVER (ORDER BY id ROWS BETWEEN {start} AND {end}) FROM t"
    first, last = OFFSETS[start], OFFSETS[end]
    if BOUNDS.index(start) > BOUNDS.index(end) or first == 99 or last == -99:
        assert outcome(numbers, sql) == 4193
        return
    ids = [1, 2, 3, 4]
    frames = [[j for j in ids if first <= j - i <= last] for i in ids]
    assert sorted(query(numbers, sql)) == [
        (i, sum(f) if f else None) for i, f in zip(ids, frames, strict=True)
    ]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("ROWS 1 PRECEDING", [1, 3, 5, 7]),
        ("ROWS CURRENT ROW", [1, 2, 3, 4]),
        ("ROWS UNBOUNDED PRECEDING", [1, 3, 6, 10]),
        ("RANGE UNBOUNDED PRECEDING", [1, 3, 6, 10]),
        ("ROWS 1 FOLLOWING", 4193),
        ("ROWS UNBOUNDED FOLLOWING", 4193),
        ("RANGE UNBOUNDED FOLLOWING", 4193),
        ("RANGE BETWEEN CURRENT ROW AND UNBOUNDED PRECEDING", 4193),
        ("RANGE 1 PRECEDING", 4194),
        ("ROWS 1.5 PRECEDING", 102),
    ],
)
def test_short_and_range_frames(numbers: Evaluator, frame: str, expected: Any) -> None:
    found = outcome(numbers, f"SELECT id, SUM(id) OVER (ORDER BY id {frame}) FROM t")
    if isinstance(expected, list):
        expected = list(enumerate(expected, 1))
    assert (found if isinstance(found, int) else sorted(found)) == expected


# --- running totals of any rows ---


@SLOW
@given(st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(-9, 9)), max_size=9))
def test_running_totals_take_peers_together(sums: Evaluator, rows: list[tuple[Any, Any]]) -> None:
    sums.table([(i, *row) for i, row in enumerate(rows)], id="int", k="int", v="int")
    found = query(sums, "SELECT id, SUM(v) OVER (ORDER BY k), COUNT(v) OVER (ORDER BY k DESC) FROM t")

    def rank(k: int | None) -> int:
        return -1 if k is None else k

    for i, total, count in found:
        before = [v for k, v in rows if rank(k) <= rank(rows[i][0]) and v is not None]
        behind = [v for k, v in rows if rank(k) >= rank(rows[i][0]) and v is not None]
        assert (total, count) == (sum(before) if before else None, len(behind))
    assert len(found) == len(rows)
