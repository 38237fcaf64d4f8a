"""Aggregates against the same sums in Python, and what SQL Server refuses."""

from __future__ import annotations

import statistics
from collections import defaultdict
from decimal import Decimal, localcontext
from typing import Any

import duckdb
import pytest
from evaluation import Evaluator
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from querying import outcome, query

from localdb.errors import SqlError

LARGEST = 10**38 - 1
BYTES = st.binary(max_size=4).map(lambda b: b.translate(bytes([0, 1, 16] * 85 + [0])))
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="session")
def sums(duck: duckdb.DuckDBPyConnection) -> Evaluator:
    """For property tests, which may not use a fixture of one test."""
    return Evaluator(duck)


def truncated(total: int, count: int) -> int:
    """An exact division cuts off towards zero."""
    return abs(total) // count * (1 if total >= 0 else -1)


def scaled(digits: int, scale: int) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return Decimal(digits).scaleb(-scale)


# --- SUM and AVG of decimal ---


@pytest.mark.parametrize("scale", [0, 4, 10, 38])
@SLOW
@given(st.lists(st.integers(-LARGEST, LARGEST) | st.integers(-(10**31), 10**31), min_size=1, max_size=4))
@example([LARGEST, 1])
@example([-LARGEST, -1])
@example([LARGEST, 0])
@example([9 * 10**31] * 4)
@example([9 * 10**37, 7 * 10**37])
def test_a_total_has_at_most_38_digits(sums: Evaluator, scale: int, digits: list[int]) -> None:
    sums.table([(f"{scaled(d, scale):f}",) for d in digits], d=f"decimal(38,{scale})")
    within = all(abs(sum(part)) <= LARGEST for part in _orders(digits))
    total, wide = sum(digits), max(scale, 6)
    average = truncated(total * 10 ** (wide - scale), len(digits))
    if abs(total) > LARGEST:
        assert outcome(sums, "SELECT SUM(d) FROM t") == 8115
        assert outcome(sums, "SELECT SUM(d) OVER () FROM t") == 8115
        assert outcome(sums, "SELECT AVG(d) FROM t") == 8115
    elif within:  # else DuckDB may pass 38 digits on the way, as SQL Server may
        assert outcome(sums, "SELECT SUM(d) FROM t") == [(scaled(total, scale),)]
        expected = [(scaled(average, wide),)] if abs(average) <= LARGEST else 8115
        assert outcome(sums, "SELECT AVG(d) FROM t") == expected


def _orders(digits: list[int]) -> list[list[int]]:
    """Sums of one sign are the largest that a total can pass on the way."""
    return [[d for d in digits if d > 0], [d for d in digits if d < 0], digits]


# --- binaries ---


@SLOW
@given(st.lists(st.none() | BYTES, max_size=8))
@example([b"\x01", b"\x01\x00", b"", b"\x00", b"\x10", b"\x10\x00\x00", None])
def test_binaries_are_equal_without_their_trailing_zeros(sums: Evaluator, values: list[Any]) -> None:
    """https://dba.stackexchange.com/q/48660: = , DISTINCT and GROUP BY all ignore them."""
    sums.table(list(enumerate(values)), id="int", b="varbinary(4)")
    groups: dict[Any, list[int]] = defaultdict(list)
    for i, value in enumerate(values):
        groups[None if value is None else value.rstrip(b"\0")].append(i)
    known = [key for key in groups if key is not None]

    [(count, distinct, low, high)] = query(sums, "SELECT COUNT(b), COUNT(DISTINCT b), MIN(b), MAX(b) FROM t")
    assert (count, distinct) == (sum(v is not None for v in values), len(known))
    assert (low is None) == (not known)
    if known:
        assert (low.rstrip(b"\0"), high.rstrip(b"\0")) == (min(known), max(known))
    assert len(query(sums, "SELECT DISTINCT b FROM t")) == len(groups)
    found = query(sums, "SELECT MIN(id), COUNT(*) FROM t GROUP BY b")
    assert sorted(found) == sorted((ids[0], len(ids)) for ids in groups.values())
    found = query(sums, "SELECT id, COUNT(*) OVER (PARTITION BY b) FROM t")
    assert sorted(found) == sorted((i, len(ids)) for ids in groups.values() for i in ids)
    [(pairs,)] = query(sums, "SELECT COUNT(*) FROM t x JOIN t y ON x.b = y.b")
    assert pairs == sum(len(groups[key]) ** 2 for key in known)
    found = query(sums, "SELECT id, RANK() OVER (ORDER BY b) FROM t WHERE b IS NOT NULL")
    before = {i: sum(len(groups[k]) for k in known if k < key) for key in known for i in groups[key]}
    assert dict(found) == {i: n + 1 for i, n in before.items()}
    assert len(query(sums, "SELECT b FROM t UNION SELECT b FROM t")) == len(groups)


# --- the key of strings ---


@SLOW
@given(st.lists(st.none() | st.text("aA éÉ\t\xa0\x00", max_size=4), min_size=1, max_size=8))
def test_strings_are_equal_without_case_and_trailing_blanks(sums: Evaluator, values: list[Any]) -> None:
    sums.table(list(enumerate(values)), id="int", s="nvarchar(4)")
    groups: dict[Any, list[int]] = defaultdict(list)
    for i, value in enumerate(values):
        groups[None if value is None else value.rstrip(" ").lower()].append(i)
    expected = sorted((ids[0], len(ids)) for ids in groups.values())
    assert sorted(query(sums, "SELECT MIN(id), COUNT(*) FROM t GROUP BY s")) == expected
    long = "+".join(["s"] + ["N''"] * 60)  # longer than what is written several times
    assert sorted(query(sums, f"SELECT MIN(id), COUNT(*) FROM t GROUP BY {long}")) == expected
    [(pairs,)] = query(sums, "SELECT COUNT(*) FROM t WHERE s = (SELECT TOP 1 s FROM t ORDER BY id)")
    assert pairs == (0 if values[0] is None else len(groups[values[0].rstrip(" ").lower()]))


# --- STRING_AGG ---


@pytest.fixture
def words(evaluator: Evaluator) -> Evaluator:
    rows = [(1, 10, "x", "b"), (2, None, "X ", "a"), (3, 10, None, "c"), (4, 20, "y", None)]
    evaluator.table(rows, id="int", a="int", s="varchar(10)", n="nvarchar(10)")
    evaluator.declare("@v", "varchar(5)", "+")
    evaluator.declare("@n", "nvarchar(5)", "+")
    evaluator.declare("@max", "varchar(max)", "+")
    evaluator.declare("@null", "varchar(5)", None)
    return evaluator


@pytest.mark.parametrize(
    ("separator", "expected"),
    [
        ("','", "x,X ,y"),
        ("''", "xX y"),
        ("@v", "x+X +y"),
        ("CHAR(13) + CHAR(10)", "x\r\nX \r\ny"),
        ("NULL", "xX y"),
        ("@null", "xX y"),
        ("CAST(NULL AS varchar(3))", "xX y"),
        ("N','", 8116),
        ("@n", 8116),
        ("1", 8116),
        ("0x2C", 8116),
        ("s", 8733),
        ("(SELECT ',')", 8733),
        ("CAST(',' AS varchar(max))", 8733),
        ("@max", 8734),
    ],
)
def test_separator(words: Evaluator, separator: str, expected: Any) -> None:
    found = outcome(words, f"SELECT STRING_AGG(s, {separator}) WITHIN GROUP (ORDER BY id) FROM t")
    assert found == (expected if isinstance(expected, int) else [(expected,)])


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT STRING_AGG(n, N',') WITHIN GROUP (ORDER BY id) FROM t", [("b,a,c",)]),
        ("SELECT STRING_AGG(n, ',') WITHIN GROUP (ORDER BY id) FROM t", [("b,a,c",)]),
        ("SELECT STRING_AGG(id, N',') WITHIN GROUP (ORDER BY id DESC) FROM t", [("4,3,2,1",)]),
        ("SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY n) FROM t", [("y,X ,x",)]),
        ("SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY n DESC) FROM t", [("x,X ,y",)]),
        (
            "SELECT a, STRING_AGG(s, ',') WITHIN GROUP (ORDER BY n DESC) FROM t GROUP BY a ORDER BY a",
            [(None, "X "), (10, "x"), (20, "y")],
        ),
        (
            "SELECT a FROM t GROUP BY a HAVING STRING_AGG(s, '') WITHIN GROUP (ORDER BY id) > 'x' ",
            [(20,)],
        ),
        (
            "SELECT a FROM t GROUP BY a "
            "ORDER BY STRING_AGG(s, '') WITHIN GROUP (ORDER BY id + 1) DESC, 1 DESC",
            [(20,), (10,), (None,)],
        ),
        ("SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY SUM(id)) FROM t", 130),
        ("SELECT MAX(STRING_AGG(s, ',') WITHIN GROUP (ORDER BY id)) FROM t", 130),
        ("SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY id), n FROM t", 8120),
        ("SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY 1) FROM t", 5308),
        ("SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY NULL) FROM t", 5309),
        ("SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY ROW_NUMBER() OVER (ORDER BY id)) FROM t", 4109),
        ("SELECT STRING_AGG(NULL, ',') FROM t", 8116),
    ],
)
def test_string_agg(words: Evaluator, sql: str, expected: Any) -> None:
    assert outcome(words, sql) == expected


@pytest.mark.parametrize(
    ("count", "character", "fits"),
    [(4000, "é", True), (4001, "é", False), (2000, "😀", True), (2001, "😀", False)],
)
def test_string_agg_of_nvarchar_holds_4000_utf16_units(
    evaluator: Evaluator, count: int, character: str, fits: bool
) -> None:
    evaluator.table([(character,)], n="nvarchar(2)")
    evaluator.connection.execute(f"INSERT INTO test_rows SELECT n FROM test_rows, range({count - 1})")
    assert outcome(evaluator, "SELECT DATALENGTH(STRING_AGG(n, N'')) FROM t") == (
        [(count * len(character.encode("utf-16-le")),)] if fits else 9829
    )


# --- what else may stand in an aggregate ---


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT SUM(ROW_NUMBER() OVER (ORDER BY id)) FROM t", 4109),
        ("SELECT COUNT(SUM(id) OVER ()) FROM t", 4109),
        ("SELECT SUM(SUM(id) OVER ()) OVER () FROM t", 4109),
        ("SELECT SUM(SUM(id)) OVER () FROM t", [(10,)]),
        (
            "SELECT MIN(s COLLATE Latin1_General_BIN2), MAX(s COLLATE Latin1_General_BIN2) FROM t",
            [("X ", "y")],
        ),
        ("SELECT COUNT(DISTINCT s COLLATE Latin1_General_CS_AS), COUNT(DISTINCT s) FROM t", [(3, 2)]),
        ("SELECT COUNT(DISTINCT id COLLATE Latin1_General_CS_AS) FROM t", 447),
        ("SELECT MAX(s COLLATE Latin1_General_CS_AS) FROM t", 40514),
        ("SELECT 1 FROM t HAVING MIN(s COLLATE Latin1_General_BIN2) = 'x'", 40514),
        ("SELECT a, MIN(s COLLATE Latin1_General_BIN2) m FROM t GROUP BY a ORDER BY m", 40514),
        ("SELECT m FROM (SELECT MIN(s COLLATE Latin1_General_BIN2) m FROM t) q", 40514),
        ("SELECT MAX(CAST(1 AS bit)) FROM t", 8117),
        ("SELECT SUM(NULL) FROM t", 8117),
    ],
)
def test_arguments(words: Evaluator, sql: str, expected: Any) -> None:
    assert outcome(words, sql) == expected


@pytest.mark.parametrize("name", ["STDEV", "STDEVP", "VAR", "VARP"])
@pytest.mark.parametrize("over", ["", " OVER ()"])
def test_a_deviation_out_of_range(evaluator: Evaluator, name: str, over: str) -> None:
    evaluator.table([(1e308,), (-1e308,), (1e307,)], x="float")
    with pytest.raises(SqlError) as caught:
        query(evaluator, f"SELECT {name}(x){over} FROM t")
    assert (caught.value.number, caught.value.message[-6:]) == (8115, "float.")


JUDGES = {
    "STDEV": (statistics.stdev, statistics.pstdev),
    "VAR": (statistics.variance, statistics.pvariance),
}


@SLOW
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8), st.sampled_from(["STDEV", "VAR"])
)
@example([(1, 0), (1, 1), (2, 0)], "VAR")
def test_a_deviation_of_distinct_numbers_that_are_one_float(
    sums: Evaluator, values: list[tuple[int, int]], name: str
) -> None:
    """1 and 1 + 10^-30 are two numbers."""
    numbers = [scaled(whole * 10**30 + part, 30) for whole, part in values]
    sums.table([(f"{number:f}",) for number in numbers], d="decimal(38,30)")
    different = [float(number) for number in {*numbers}]
    of_sample, of_all = JUDGES[name]
    expected = pytest.approx(of_sample(different)) if len(different) > 1 else None
    population = pytest.approx(of_all(different)) if different else None
    assert query(sums, f"SELECT {name}(DISTINCT d), {name}P(DISTINCT d) FROM t") == [(expected, population)]


# --- GROUPING_ID ---


@SLOW
@given(st.lists(st.tuples(*[st.none() | st.integers(0, 1)] * 3), max_size=8))
def test_grouping_id_of_a_cube(sums: Evaluator, rows: list[tuple[Any, ...]]) -> None:
    sums.table(rows, a="int", b="int", c="int")
    expected: dict[tuple[Any, ...], int] = defaultdict(int)
    for mask in range(8):
        for row in rows:
            kept = tuple(None if mask & (4 >> i) else row[i] for i in range(3))
            expected[(*kept, mask)] += 1
    if not rows:
        expected[None, None, None, 7] = 0
    found = query(
        sums,
        "SELECT a, b, c, GROUPING_ID(a, b, c), GROUPING(a) * 4 + GROUPING(b) * 2 + GROUPING(c), COUNT(*) "
        "FROM t GROUP BY CUBE (a, b, c)",
    )
    assert {(*row[:3], row[3]): row[5] for row in found} == expected
    assert all(row[3] == row[4] for row in found)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT GROUPING_ID(a + 1) FROM t WHERE id = 1 GROUP BY a + 1", [(0,)]),
        (
            "SELECT GROUPING_ID(s, a) FROM t WHERE id = 1 GROUP BY GROUPING SETS ((a, s), (a)) ORDER BY 1",
            [(0,), (2,)],
        ),
        ("SELECT a FROM t WHERE id = 1 GROUP BY ROLLUP (a) HAVING GROUPING_ID(a) = 1", [(None,)]),
        ("SELECT GROUPING_ID(a, s) FROM t GROUP BY a", 8161),
        ("SELECT GROUPING_ID(a) FROM t", 8161),
        ("SELECT GROUPING(a) FROM t", 8161),
        ("SELECT GROUPING(a, s) FROM t GROUP BY a, s", 174),
    ],
)
def test_grouping_id(words: Evaluator, sql: str, expected: Any) -> None:
    assert outcome(words, sql) == expected
